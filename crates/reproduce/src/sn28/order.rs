//! The order and the size of the dump's steps.

use crate::{Answer, Arms};

const ORDER: &str = "In what order did the steps come?";

/// The recorded order, loosely: so many steps beyond 12 %, and such a part of the fall, before the largest.
const STEPS: f64 = 2.0;
const PART: f64 = 0.35;

/// How often a mechanism makes steps in the recorded order, and who sells in the largest.
pub(super) fn answers(mechanism: &'static str, main: &Arms) -> Vec<Answer> {
    let outcomes = ["worst.steps_before", "worst.fall_before", "worst.sold_over_bought"];
    let runs = main.together("baseline", outcomes);
    let ordered = |[steps, part, _]: &[f64; 3]| *steps >= STEPS && *part >= PART;
    let to = |measure| Answer::to(ORDER, mechanism, "baseline", measure);
    let how_often = |measure, is: &dyn Fn(&[f64; 3]) -> bool| {
        to(measure).proportion(&runs.iter().map(is).collect::<Vec<_>>())
    };
    let mut answers = vec![
        how_often(
            "part of the seeds with 2 steps beyond 12 % and 35 % of the fall before the largest",
            &ordered,
        ),
        how_often("part of the seeds with 3 steps beyond 12 % before the largest", &|run| run[0] >= 3.0),
        how_often(
            "part of the seeds that sell more in the largest step than all bought before the peak",
            &|run| run[2] > 1.0,
        ),
        how_often("part of the seeds with that order and that size", &|run| ordered(run) && run[2] > 1.0),
    ];
    for (outcome, measure) in [
        ("worst.by_pumper", "part of the seeds in which the pumper makes most of the largest step"),
        ("worst.by_holders", "part of the seeds in which holders make most of the largest step"),
        ("worst.by_owner", "part of the seeds in which the owner makes most of the largest step"),
        ("worst_by_older", "part of the seeds in which the older holder makes most of the largest step"),
    ] {
        let most: Vec<bool> = main.together("baseline", [outcome]).iter().map(|[part]| *part > 0.5).collect();
        if !most.is_empty() {
            answers.push(to(measure).proportion(&most));
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::arms;

    #[test]
    fn order_and_size_are_asked_of_the_same_run() {
        let runs = arms(
            "run,point,arm,seed,worst.steps_before,worst.fall_before,worst.sold_over_bought,worst.by_pumper\n\
             0,0,baseline,1,3,0.5,0.5,0.9\n1,0,baseline,2,0,0,2,0.4\n2,0,baseline,3,2,0.4,1.5,0.6\n3,0,baseline,4,2,0.3,,1\n",
        );
        let found: Vec<_> = answers("M1", &runs).into_iter().map(|answer| (answer.value, answer.n)).collect();
        let third = |ones: u32| (Some(f64::from(ones) / 3.0), 3);
        assert_eq!(found, [third(2), third(1), third(2), third(1), (Some(0.75), 4)]);
    }
}
