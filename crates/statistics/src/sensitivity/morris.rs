//! Morris' elementary effects.

use serde::Serialize;

use super::{Estimate, SensitivityError, whole};
use crate::bootstrap::bca;
use crate::design::{MorrisDesign, Step};
use crate::{Moments, NoInterval, constant, interval, magnitude};

/// How an outcome answers to steps of single factors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MorrisEffects {
    /// How many trajectories were used.
    pub trajectories: usize,
    /// How many were left out, since one of their points has no outcome.
    pub missing: usize,
    /// One per factor, in the design's order.
    pub factors: Vec<MorrisFactor>,
}

/// One factor's effects: changes of the outcome per whole range of the factor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MorrisFactor {
    /// The mean effect.
    pub mu: Estimate,
    /// The mean of the effects' absolute values: how much the factor matters, whatever its direction.
    pub mu_star: Estimate,
    /// The effects' standard deviation: how much they depend on the other factors or bend.
    pub sigma: Estimate,
}

/// Estimates elementary effects from the outcomes of a design's points, and from where the values that were written
/// lie in the factors' ranges: 0 at the lower and 1 at the upper bound.
///
/// ```text
/// effect = (f(after the step) - f(before)) / (position after the step - position before)
/// ```
/// The step is that of the values, not of the design in the unit cube: values are rounded, and there may be fewer
/// whole numbers than levels. So an outcome that is linear in a factor has the same effect at every step.
///
/// Effects that differ by the rounding of the outcomes alone have a sigma of 0. Intervals of the means are those of
/// `statistics`; sigma's is `bootstrap::bca`. Both are rough below 20 trajectories.
/// Sources: Morris 1991, doi:10.1080/00401706.1991.10484804; Campolongo, Cariboni, Saltelli 2007 (mu star),
/// doi:10.1016/j.envsoft.2006.10.004.
///
/// # Errors
/// If outcomes or positions and design differ in length, fewer than two trajectories are whole, or a step does not
/// change its factor.
pub fn morris_effects(
    design: &MorrisDesign,
    positions: &[Vec<f64>],
    outcomes: &[Option<f64>],
) -> Result<MorrisEffects, SensitivityError> {
    let size = design.factors() + 1;
    let walks = whole(design.rows(), outcomes, size)?;
    if positions.len() != design.rows() {
        return Err(SensitivityError::Length { rows: design.rows(), outcomes: positions.len() });
    }
    let mut effects = vec![Effects::default(); design.factors()];
    for (number, values) in &walks {
        let points = &positions[number * size..(number + 1) * size];
        let steps = design.trajectory(*number).steps;
        for ((Step { factor, .. }, f), x) in steps.iter().zip(values.windows(2)).zip(points.windows(2)) {
            let by = x[1][*factor] - x[0][*factor];
            if !(by.abs() > 0.0 && by.is_finite()) {
                return Err(SensitivityError::NoStep { factor: *factor });
            }
            effects[*factor].add(f[0], f[1], by);
        }
    }
    let factors = effects.into_iter().map(Effects::estimates).collect();
    Ok(MorrisEffects { trajectories: walks.len(), missing: design.trajectories() - walks.len(), factors })
}

/// The effects of one factor.
#[derive(Clone, Debug, Default)]
struct Effects {
    effects: Vec<f64>,
    /// The size of the largest number that an effect is a difference of.
    magnitude: f64,
}

impl Effects {
    fn add(&mut self, before: f64, after: f64, by: f64) {
        self.effects.push((after - before) / by);
        self.magnitude = self.magnitude.max(magnitude([before / by, after / by]));
    }

    fn estimates(self) -> MorrisFactor {
        let sizes: Vec<f64> = self.effects.iter().map(|effect| effect.abs()).collect();
        let mut mu_star = self.mean(&sizes);
        // No mean of sizes is negative, but an interval that allows for skewness may reach there.
        if let Ok(interval) = &mut mu_star.interval {
            interval.low = interval.low.max(0.0);
        }
        MorrisFactor { mu: self.mean(&self.effects), mu_star, sigma: self.deviation() }
    }

    fn mean(&self, of: &[f64]) -> Estimate {
        let sorted = sorted(of);
        Estimate { value: moments(&sorted).mean, interval: interval::of_mean(&sorted, self.magnitude) }
    }

    fn deviation(&self) -> Estimate {
        if constant(&sorted(&self.effects), self.magnitude) {
            return Estimate { value: 0.0, interval: Err(NoInterval::Constant) };
        }
        let sd = |values: &[f64]| moments(&sorted(values)).sd.unwrap_or(0.0);
        Estimate { value: sd(&self.effects), interval: bca(&self.effects, sd) }
    }
}

fn sorted(effects: &[f64]) -> Vec<f64> {
    let mut sorted = effects.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

fn moments(sorted: &[f64]) -> Moments {
    Moments::of(sorted).expect("a factor has an effect per trajectory, and there are two")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::design::{Axis, DesignSeed, Needs, Range, written};

    fn effects(trajectories: usize, factors: usize, model: impl Fn(&[f64]) -> f64) -> MorrisEffects {
        let design = MorrisDesign::new(DesignSeed(7), trajectories, factors, 4).expect("valid");
        let points: Vec<Vec<f64>> = design.points().collect();
        let outcomes: Vec<Option<f64>> = points.iter().map(|point| Some(model(point))).collect();
        morris_effects(&design, &points, &outcomes).expect("whole")
    }

    fn near(estimate: Estimate, known: f64, tolerance: f64) -> bool {
        (estimate.value - known).abs() < tolerance
    }

    #[test]
    fn a_linear_model_has_its_slopes_as_effects_and_no_spread() {
        let found = effects(10, 3, |x| 3.0 * x[0] - 2.0 * x[1] + 100.0);
        for (factor, slope) in found.factors.iter().zip([3.0_f64, -2.0, 0.0]) {
            assert!(near(factor.mu, slope, 1e-12) && near(factor.mu_star, slope.abs(), 1e-12));
            assert_eq!(factor.sigma, Estimate { value: 0.0, interval: Err(NoInterval::Constant) });
            assert_eq!(factor.mu.interval, Err(NoInterval::Constant), "no spread says nothing of it");
        }
    }

    #[test]
    fn effects_of_a_square_and_a_product_are_the_known_ones() {
        // Four levels, step 2/3. Of x^2 the effects are 2/3 (from 0 or to 0) and 4/3, equally likely: mean 1,
        // standard deviation 1/3. Of y z the effect of y is z, equally likely 0, 1/3, 2/3 or 1 at a step: mean
        // 1/2, variance 5/36. Tolerances are four standard errors at 2,000 trajectories.
        let found = effects(2_000, 3, |x| x[0] * x[0] + x[1] * x[2]);
        let [square, product, _] = found.factors[..] else { panic!("three factors") };
        assert!(near(square.mu, 1.0, 0.03) && near(square.sigma, 1.0 / 3.0, 0.01), "{square:?}");
        assert!(
            near(product.mu, 0.5, 0.034) && near(product.sigma, 5.0_f64.sqrt() / 6.0, 0.02),
            "{product:?}"
        );
        assert!(square.mu.interval.is_ok_and(|interval| interval.contains(1.0)));
        assert!(product.sigma.interval.is_ok_and(|interval| interval.contains(5.0_f64.sqrt() / 6.0)));
    }

    #[test]
    fn a_mean_size_is_not_told_to_be_negative() {
        let one = Effects { effects: [[0.0; 9].as_slice(), &[1.0]].concat(), magnitude: 1.0 }.estimates();
        let interval = one.mu_star.interval.expect("ten effects");
        assert!(interval.low >= 0.0 && interval.high > 0.1, "{interval:?}");
        assert!(one.mu.interval.expect("ten effects").low < 0.0);
    }

    #[test]
    fn opposite_effects_cancel_in_mu_but_not_in_mu_star() {
        // The effect of the first factor is 1 - 2 y: 1, 1/3, -1/3 or -1.
        let found = effects(2_000, 2, |x| x[0] * (1.0 - 2.0 * x[1]));
        assert!(near(found.factors[0].mu, 0.0, 0.07) && near(found.factors[0].mu_star, 2.0 / 3.0, 0.03));
    }

    #[test]
    fn intervals_of_twenty_trajectories_cover_in_93_of_100_or_more() {
        let mut covered = [0, 0];
        for seed in 0..400 {
            let design = MorrisDesign::new(DesignSeed(seed), 20, 2, 4).expect("valid");
            let points: Vec<Vec<f64>> = design.points().collect();
            let outcomes: Vec<Option<f64>> = points.iter().map(|x| Some(x[0] * (1.0 - 2.0 * x[1]))).collect();
            let factor = morris_effects(&design, &points, &outcomes).expect("whole").factors[0];
            covered[0] += u32::from(factor.mu.interval.expect("twenty").contains(0.0));
            covered[1] += u32::from(factor.mu_star.interval.expect("twenty").contains(2.0 / 3.0));
        }
        assert!(covered.iter().all(|&it| it >= 372), "{covered:?}");
    }

    #[test]
    fn a_trajectory_with_a_hole_is_left_out_and_counted() {
        let design = MorrisDesign::new(DesignSeed(7), 3, 2, 4).expect("valid");
        let points: Vec<Vec<f64>> = design.points().collect();
        let mut outcomes: Vec<Option<f64>> = points.iter().map(|x| Some(5.0 * x[0])).collect();
        outcomes[4] = None;
        let found = morris_effects(&design, &points, &outcomes).expect("two are whole");
        assert_eq!((found.trajectories, found.missing), (2, 1));
        assert!(near(found.factors[0].mu, 5.0, 1e-12));
        outcomes[0] = None;
        let refused = morris_effects(&design, &points, &outcomes);
        assert_eq!(refused, Err(SensitivityError::TooFew { whole: 1, planned: 3 }));
    }

    #[test]
    fn a_step_that_changes_nothing_is_an_error_and_no_division() {
        let design = MorrisDesign::new(DesignSeed(7), 3, 2, 4).expect("valid");
        let flat: Vec<Vec<f64>> = design.points().map(|point| vec![point[0], 0.5]).collect();
        let refused = morris_effects(&design, &flat, &[Some(1.0); 9]);
        assert_eq!(refused, Err(SensitivityError::NoStep { factor: 1 }));
    }

    /// A range of whole numbers, of rounded ones, or of all.
    fn axis() -> impl Strategy<Value = (Axis, f64, f64)> {
        let (low, width) = (-1_000..1_000_i64, 1..5_000_i64);
        (low, width, 0..4_u8, prop_oneof![Just(true), Just(false)]).prop_map(|(low, width, places, whole)| {
            let unit = if whole { 1.0 } else { (0..places).fold(1.0, |unit, _| unit * 10.0) };
            // Six levels need a width of as many units.
            let width = if whole { width } else { width + 5 };
            let (from, to) = (low as f64 / unit, (low + width) as f64 / unit);
            let range = if whole { Range::whole(from, to) } else { Range::linear(from, to) };
            let places = (!whole && places < 3).then_some(places);
            (Axis::new(range.expect("valid"), places).expect("the bounds have no more places"), from, to)
        })
    }

    proptest! {
        #[test]
        fn an_outcome_that_is_linear_in_what_was_written_has_its_slope_and_no_spread(
            axes in prop::collection::vec(axis(), 1..4),
            slopes in prop::array::uniform4(0.0..100.0_f64),
            sign in prop_oneof![Just(1.0), Just(-1.0)],
            seed: u64, half in 1..4_usize,
        ) {
            let levels = 2 * half;
            let design = MorrisDesign::new(DesignSeed(seed), 8, axes.len(), levels).expect("valid");
            let of: Vec<Axis> = axes.iter().map(|(axis, ..)| *axis).collect();
            let points = written(design.points(), &of, Needs::Levels(levels)).expect("wide enough");
            let values: Vec<Vec<f64>> =
                points.iter().map(|point| point.iter().map(|x| x.parse().expect("a number")).collect()).collect();
            // All terms have one sign, so that none is lost in the rounding of larger ones that cancel.
            let linear = |x: &Vec<f64>| {
                let terms = x.iter().zip(&axes).zip(slopes).map(|((x, (_, low, _)), slope)| slope * (x - low));
                sign * (slopes[3] + terms.sum::<f64>())
            };
            let outcomes: Vec<Option<f64>> = values.iter().map(|x| Some(linear(x))).collect();
            let positions: Vec<Vec<f64>> =
                values.iter().map(|x| x.iter().zip(&of).map(|(&x, axis)| axis.position(x)).collect()).collect();
            let found = morris_effects(&design, &positions, &outcomes).expect("whole");
            let size = magnitude(outcomes.iter().flatten().copied()).max(1.0);
            for ((factor, (_, low, high)), slope) in found.factors.iter().zip(&axes).zip(slopes) {
                let known = sign * slope * (high - low);
                prop_assert!((factor.mu.value - known).abs() < 1e-9 * size, "{factor:?} is not {known}");
                prop_assert!((factor.mu_star.value - known.abs()).abs() < 1e-9 * size);
                prop_assert_eq!(factor.sigma.value, 0.0);
            }
        }

        #[test]
        fn an_outcome_that_is_linear_in_the_logarithm_has_no_spread_on_a_range_of_ratios(
            low in 1..50_u32, ratio in 6..500_u32, slope in -100.0..100.0_f64, seed: u64,
        ) {
            let (from, to) = (f64::from(low), f64::from(low * ratio));
            let axis = Axis::new(Range::log(from, to).expect("valid"), Some(0)).expect("whole bounds");
            let design = MorrisDesign::new(DesignSeed(seed), 8, 1, 4).expect("valid");
            let points = written(design.points(), &[axis], Needs::Levels(4)).expect("wide enough");
            let values: Vec<f64> = points.iter().map(|point| point[0].parse().expect("a number")).collect();
            let outcomes: Vec<Option<f64>> =
                values.iter().map(|&x| Some(slope * libm::log(x))).collect();
            let positions: Vec<Vec<f64>> = values.iter().map(|&x| vec![axis.position(x)]).collect();
            let found = morris_effects(&design, &positions, &outcomes).expect("whole").factors[0];
            let known = slope * libm::log(f64::from(ratio));
            prop_assert!((found.mu.value - known).abs() < 1e-9 * (1.0 + known.abs()));
            prop_assert_eq!(found.sigma.value, 0.0);
        }
    }
}
