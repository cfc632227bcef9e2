use std::f64::consts::PI;

use proptest::prelude::*;
use salib_estimators::estimate_saltelli2010_from_outputs;

use super::*;
use crate::design::{DesignSeed, Range, Role};

/// Ishigami, Homma 1990, with a = 7 and b = 0.1; all factors from -pi to pi.
fn ishigami(point: &[f64]) -> f64 {
    let range = Range::linear(-PI, PI).expect("valid");
    let sin = |x: f64| {
        // The platform's sine is banned from results; a test may do with a series over a tenth of the angle.
        let y = x / 32.0;
        let mut z = (y - y.powi(3) / 6.0 + y.powi(5) / 120.0 - y.powi(7) / 5040.0, 0.0);
        z.1 = (1.0 - z.0 * z.0).sqrt();
        for _ in 0..5 {
            z = (2.0 * z.0 * z.1, z.1 * z.1 - z.0 * z.0);
        }
        z.0
    };
    let [x, y, z] = [0, 1, 2].map(|i| range.at(point[i]));
    sin(x) + 7.0 * sin(y) * sin(y) + 0.1 * z.powi(4) * sin(x)
}

/// The known indices: V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2.
fn known() -> (f64, [f64; 3], [f64; 3]) {
    let (a, b) = (7.0_f64, 0.1_f64);
    let variance = a * a / 8.0 + b * PI.powi(4) / 5.0 + b * b * PI.powi(8) / 18.0 + 0.5;
    let first = [0.5 * (1.0 + b * PI.powi(4) / 5.0).powi(2), a * a / 8.0, 0.0];
    let third = 8.0 * b * b * PI.powi(8) / 225.0;
    let total = [first[0] + third, first[1], third];
    (variance, first.map(|part| part / variance), total.map(|part| part / variance))
}

fn outcomes(design: &SobolDesign, model: impl Fn(&[f64]) -> f64) -> Vec<Option<f64>> {
    design.points().map(|point| Some(model(&point))).collect()
}

#[test]
fn ishigamis_indices_are_met_within_two_hundredths_at_4096_rows() {
    let (variance, first, total) = known();
    for seed in 0..3 {
        let design = SobolDesign::new(DesignSeed(seed), 4_096, 3).expect("in bounds");
        let indices = sobol_indices(&design, &outcomes(&design, ishigami)).expect("whole");
        assert!((indices.variance / variance - 1.0).abs() < 0.01, "{}", indices.variance);
        for (factor, (first, total)) in indices.factors.iter().zip(first.into_iter().zip(total)) {
            assert!((factor.first.value - first).abs() < 0.02, "{factor:?} against {first}");
            assert!((factor.total.value - total).abs() < 0.02, "{factor:?} against {total}");
            assert!(factor.first.interval.expect("many rows").contains(first), "{factor:?} against {first}");
            assert!(factor.total.interval.expect("many rows").contains(total), "{factor:?} against {total}");
        }
    }
}

#[test]
fn an_independent_implementation_finds_the_same_on_the_same_matrices() {
    let design = SobolDesign::new(DesignSeed(28), 4_096, 3).expect("in bounds");
    let outcomes = outcomes(&design, ishigami);
    let ours = sobol_indices(&design, &outcomes).expect("whole");

    let of = |role: Role| -> Vec<f64> {
        (0..design.rows())
            .filter(|&row| design.role(row).1 == role)
            .map(|row| outcomes[row].expect("all"))
            .collect()
    };
    let (a, b) = (of(Role::A), of(Role::B));
    let centre = a.iter().chain(&b).sum::<f64>() / (a.len() + b.len()) as f64;
    let centred = |values: Vec<f64>| -> Vec<f64> { values.into_iter().map(|value| value - centre).collect() };
    let hybrids: Vec<Vec<f64>> = (0..3).map(|factor| centred(of(Role::Hybrid(factor)))).collect();
    let theirs = estimate_saltelli2010_from_outputs(&centred(a), &centred(b), &hybrids);
    for (factor, ours_of) in ours.factors.iter().enumerate() {
        // They take the variance from A alone, we from A and B: the parts of the variance must be equal.
        let part = |index: f64, variance: f64| index * variance;
        let first = part(ours_of.first.value, ours.variance)
            - part(theirs.first_order[factor], theirs.total_variance);
        let total = part(ours_of.total.value, ours.variance)
            - part(theirs.total_order[factor], theirs.total_variance);
        assert!(first.abs() < 1e-11 && total.abs() < 1e-11, "{factor}: {first} {total}");
        let difference = (ours_of.first.value - theirs.first_order[factor])
            .abs()
            .max((ours_of.total.value - theirs.total_order[factor]).abs());
        assert!(difference < 0.01, "{factor}: {difference}");
    }
}

#[test]
fn intervals_cover_the_truth_at_a_few_hundred_rows() {
    let (_, first, total) = known();
    let (mut covered, mut all) = (0, 0);
    for seed in 0..40 {
        let design = SobolDesign::new(DesignSeed(1_000 + seed), 256, 3).expect("in bounds");
        let indices = sobol_indices(&design, &outcomes(&design, ishigami)).expect("whole");
        for (factor, truth) in indices.factors.iter().zip(first.into_iter().zip(total)) {
            covered += usize::from(factor.first.interval.expect("many rows").contains(truth.0));
            covered += usize::from(factor.total.interval.expect("many rows").contains(truth.1));
            all += 2;
        }
    }
    let coverage = f64::from(covered as u32) / f64::from(all);
    assert!(coverage >= 0.93, "{coverage}");
}

#[test]
fn a_row_without_an_outcome_takes_its_base_row_out() {
    let design = SobolDesign::new(DesignSeed(1), 64, 3).expect("in bounds");
    let whole_outcomes = outcomes(&design, ishigami);
    let mut holed = whole_outcomes.clone();
    holed[63 * 5 + 2] = None;
    holed[62 * 5] = Some(f64::NAN);
    let indices = sobol_indices(&design, &holed).expect("62 rows are whole");
    assert_eq!((indices.base_rows, indices.missing), (62, 2));
    let shorter = SobolDesign::new(DesignSeed(1), 62, 3).expect("in bounds");
    let expected = sobol_indices(&shorter, &whole_outcomes[..310]).expect("whole");
    assert_eq!(indices.factors, expected.factors);
}

#[test]
fn what_cannot_be_analysed_is_refused() {
    let design = SobolDesign::new(DesignSeed(1), 4, 2).expect("in bounds");
    assert_eq!(
        sobol_indices(&design, &[Some(1.0); 3]),
        Err(SensitivityError::Length { rows: 16, outcomes: 3 })
    );
    assert_eq!(sobol_indices(&design, &[Some(0.1); 16]), Err(SensitivityError::Constant));
    assert_eq!(sobol_indices(&design, &[None; 16]), Err(SensitivityError::TooFew { whole: 0, planned: 4 }));
}

#[test]
fn an_outcome_is_said_to_be_the_same_in_all_rows_only_if_it_is() {
    let design = SobolDesign::new(DesignSeed(1), 8, 2).expect("in bounds");
    let same = [Some(0.3); 32];
    assert_eq!(sobol_indices(&design, &same), Err(SensitivityError::Constant));
    // Rows that lack it are told of, whether their base rows are complete or not.
    let mut holed = same;
    (holed[1], holed[9]) = (None, Some(f64::NAN));
    let told = SensitivityError::ConstantWhereReached { reached: 30, rows: 32 };
    assert_eq!(sobol_indices(&design, &holed), Err(told));
    // The base row that is not complete has another value.
    holed[0] = Some(7.0);
    assert_eq!(sobol_indices(&design, &holed), Err(SensitivityError::NoVariance { whole: 6 }));
    // A hybrid has another value, A and B have not.
    let mut hybrid = same;
    hybrid[2] = Some(7.0);
    assert_eq!(sobol_indices(&design, &hybrid), Err(SensitivityError::NoVariance { whole: 8 }));
    // What differs by rounding is not moved by a factor.
    let mut rounded = same;
    rounded[3] = Some(0.1 + 0.2);
    assert_eq!(sobol_indices(&design, &rounded), Err(SensitivityError::Rounding));
    assert_eq!((super::super::complete(&holed, 4), super::super::complete(&same, 4)), (6, 8));
}

#[test]
fn an_idle_factors_total_index_is_zero_without_an_interval() {
    let design = SobolDesign::new(DesignSeed(1), 16, 2).expect("in bounds");
    let indices = sobol_indices(&design, &outcomes(&design, |point| point[0])).expect("whole");
    let idle = indices.factors[1].total;
    assert_eq!((idle.value, idle.interval), (0.0, Err(crate::NoInterval::Constant)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn level_and_unit_of_the_outcome_change_no_index(level in -1e3..1e3_f64, unit in 1e-3..1e3_f64) {
        let design = SobolDesign::new(DesignSeed(9), 32, 3).expect("in bounds");
        let plain = sobol_indices(&design, &outcomes(&design, ishigami)).expect("whole");
        let moved = sobol_indices(&design, &outcomes(&design, |point| level + unit * ishigami(point)));
        for (plain, moved) in plain.factors.iter().zip(moved.expect("whole").factors) {
            prop_assert!((plain.first.value - moved.first.value).abs() < 1e-7);
            prop_assert!((plain.total.value - moved.total.value).abs() < 1e-7);
        }
    }

    #[test]
    fn a_sum_of_factors_has_no_interaction_and_an_idle_factor_no_part(
        weights in prop::array::uniform2(0.5..2.0_f64),
    ) {
        let design = SobolDesign::new(DesignSeed(9), 4_096, 3).expect("in bounds");
        let model = |point: &[f64]| weights[0] * point[0] + weights[1] * point[1];
        let indices = sobol_indices(&design, &outcomes(&design, model)).expect("whole");
        let squares = weights[0] * weights[0] + weights[1] * weights[1];
        for (factor, weight) in indices.factors.iter().zip([weights[0], weights[1], 0.0]) {
            prop_assert!((factor.first.value - weight * weight / squares).abs() < 0.01);
            prop_assert!((factor.total.value - weight * weight / squares).abs() < 0.01);
        }
        prop_assert_eq!(indices.factors[2].total.value, 0.0);
    }
}
