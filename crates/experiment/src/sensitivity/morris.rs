//! Morris' elementary effects.

use serde::Serialize;

use super::{Estimate, SensitivityError, whole};
use crate::design::MorrisDesign;
use crate::statistics::bootstrap::bca;
use crate::statistics::{Moments, interval, magnitude};

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

/// One factor's effects: changes of the outcome per unit of the coordinate, so per whole range of the factor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MorrisFactor {
    /// The mean effect.
    pub mu: Estimate,
    /// The mean of the effects' absolute values: how much the factor matters, whatever its direction.
    pub mu_star: Estimate,
    /// The effects' standard deviation: how much they depend on the other factors or bend.
    pub sigma: Estimate,
}

/// Estimates elementary effects from the outcomes of a design's points.
///
/// ```text
/// effect = (f(after the step) - f(before)) / step
/// ```
/// Intervals of the means are those of `statistics`; sigma's is `bootstrap::bca`. Both are rough below 20 trajectories.
/// Sources: Morris 1991, doi:10.1080/00401706.1991.10484804; Campolongo, Cariboni, Saltelli 2007 (mu star),
/// doi:10.1016/j.envsoft.2006.10.004.
///
/// # Errors
/// If outcomes and design differ in length, or fewer than two trajectories are whole.
pub fn morris_effects(
    design: &MorrisDesign,
    outcomes: &[Option<f64>],
) -> Result<MorrisEffects, SensitivityError> {
    let walks = whole(design.rows(), outcomes, design.factors() + 1)?;
    let mut effects = vec![Vec::with_capacity(walks.len()); design.factors()];
    for (number, values) in &walks {
        for (step, pair) in design.trajectory(*number).steps.iter().zip(values.windows(2)) {
            effects[step.factor].push((pair[1] - pair[0]) / step.by);
        }
    }
    let factors = effects
        .into_iter()
        .map(|of_factor| {
            let sizes: Vec<f64> = of_factor.iter().map(|effect| effect.abs()).collect();
            MorrisFactor { mu: mean(&of_factor), mu_star: mean(&sizes), sigma: deviation(&of_factor) }
        })
        .collect();
    Ok(MorrisEffects { trajectories: walks.len(), missing: design.trajectories() - walks.len(), factors })
}

fn mean(effects: &[f64]) -> Estimate {
    let sorted = sorted(effects);
    let interval = interval::of_mean(&sorted, magnitude(sorted.iter().copied()));
    Estimate { value: moments(&sorted).mean, interval }
}

fn deviation(effects: &[f64]) -> Estimate {
    let sd = |values: &[f64]| moments(&sorted(values)).sd.unwrap_or(0.0);
    Estimate { value: sd(effects), interval: bca(effects, sd) }
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
    use super::*;
    use crate::design::DesignSeed;

    fn effects(trajectories: usize, factors: usize, model: impl Fn(&[f64]) -> f64) -> MorrisEffects {
        let design = MorrisDesign::new(DesignSeed(7), trajectories, factors, 4).expect("valid");
        let outcomes: Vec<Option<f64>> = design.points().map(|point| Some(model(&point))).collect();
        morris_effects(&design, &outcomes).expect("whole")
    }

    fn near(estimate: Estimate, known: f64, tolerance: f64) -> bool {
        (estimate.value - known).abs() < tolerance
    }

    #[test]
    fn a_linear_model_has_its_slopes_as_effects_and_no_spread() {
        let found = effects(10, 3, |x| 3.0 * x[0] - 2.0 * x[1] + 100.0);
        for (factor, slope) in found.factors.iter().zip([3.0_f64, -2.0, 0.0]) {
            assert!(near(factor.mu, slope, 1e-12) && near(factor.mu_star, slope.abs(), 1e-12));
            assert!(factor.sigma.value < 1e-12);
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
            let outcomes: Vec<Option<f64>> =
                design.points().map(|x| Some(x[0] * (1.0 - 2.0 * x[1]))).collect();
            let factor = morris_effects(&design, &outcomes).expect("whole").factors[0];
            covered[0] += u32::from(factor.mu.interval.expect("twenty").contains(0.0));
            covered[1] += u32::from(factor.mu_star.interval.expect("twenty").contains(2.0 / 3.0));
        }
        assert!(covered.iter().all(|&it| it >= 372), "{covered:?}");
    }

    #[test]
    fn a_trajectory_with_a_hole_is_left_out_and_counted() {
        let design = MorrisDesign::new(DesignSeed(7), 3, 2, 4).expect("valid");
        let mut outcomes: Vec<Option<f64>> = design.points().map(|x| Some(5.0 * x[0])).collect();
        outcomes[4] = None;
        let found = morris_effects(&design, &outcomes).expect("two are whole");
        assert_eq!((found.trajectories, found.missing), (2, 1));
        assert!(near(found.factors[0].mu, 5.0, 1e-12));
        outcomes[0] = None;
        let refused = morris_effects(&design, &outcomes);
        assert_eq!(refused, Err(SensitivityError::TooFew { whole: 1, planned: 3 }));
    }
}
