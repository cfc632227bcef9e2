//! What the pump adds to what its makers and its followers gain: always less what they gain without it, seed by seed.

use super::Mechanism;
use crate::{Answer, Arms, pairs, sorted};

const ADDS: &str = "What does the pump add to what they gain, TAO?";
const PAYS: &str = "In how many seeds does the pump pay?";
const GAIN: &str = "What do they gain, TAO?";

/// Outcomes in TAO, and whose they are.
const WHOSE: [(&str, &str); 4] = [
    ("profit.pumper", "the pumper"),
    ("profit.pumper_and_holders", "pumper and holders together"),
    ("profit.pumper_holders_and_owner", "pumper, holders and owner together"),
    ("profit.followers", "those who followed"),
];

/// What ends the name of an arm that is another's control.
const CONTROL: &str = "_without";

/// All arms with a pump, each with its control.
fn arms<'a>(mechanism: &Mechanism, main: &'a Arms, attack: Option<&'a Arms>) -> Vec<Pumped<'a>> {
    let mut arms = vec![Pumped { runs: main, arm: "baseline", control: (main, "no_pumper") }];
    if mechanism.is_cut() {
        arms.push(Pumped { runs: main, arm: "no_intervention", control: (main, "neither") });
    }
    let Some(attack) = attack else { return arms };
    for arm in attack.names().filter(|name| !name.ends_with(CONTROL)) {
        let control = match arm {
            // With the same followers.
            "quick_100" => "many_followers",
            _ => arm,
        };
        let named = attack.names().find(|name| name.strip_suffix(CONTROL) == Some(control));
        arms.push(Pumped {
            runs: attack,
            arm,
            control: named.map_or((main, "no_pumper"), |name| (attack, name)),
        });
    }
    arms
}

struct Pumped<'a> {
    runs: &'a Arms,
    arm: &'a str,
    control: (&'a Arms, &'a str),
}

/// What a mechanism says of gains.
pub(super) fn answers(mechanism: &Mechanism, main: &Arms, attack: Option<&Arms>) -> Vec<Answer> {
    let arms = arms(mechanism, main, attack);
    let name = mechanism.name;
    let mut answers = Vec::new();
    for (outcome, whose) in WHOSE {
        let added = |pumped: &Pumped| -> Vec<f64> {
            let pairs = pairs((pumped.runs, pumped.arm), pumped.control, outcome);
            pairs.into_iter().map(|(with, without)| with - without).collect()
        };
        answers.extend(arms.iter().map(|arm| Answer::to(ADDS, name, arm.arm, whose).median(&added(arm))));
        answers.extend(arms.iter().map(|arm| {
            let pays: Vec<bool> = added(arm).into_iter().map(|added| added > 0.0).collect();
            Answer::to(PAYS, name, arm.arm, whose).proportion(&pays)
        }));
        let controls: &[&str] = if mechanism.is_cut() { &["no_pumper", "neither"] } else { &["no_pumper"] };
        let levels =
            arms.iter().map(|arm| (arm.runs, arm.arm)).chain(controls.iter().map(|&arm| (main, arm)));
        answers
            .extend(levels.map(|(runs, arm)| {
                Answer::to(GAIN, name, arm, whose).median(&sorted(runs.of(arm, outcome)))
            }));
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sn28::MECHANISMS;
    use crate::tests::arms as read;

    #[test]
    fn a_pumps_gain_is_less_that_without_it_in_the_same_seed() {
        let header = "run,point,arm,seed,profit.pumper\n";
        let main = read(&format!(
            "{header}0,0,baseline,1,-5\n1,0,baseline,2,10\n2,0,no_pumper,2,4\n3,0,no_pumper,1,1\n4,0,no_intervention,1,7\n5,0,neither,1,9\n"
        ));
        let attack = read(&format!(
            "{header}0,0,budget_150,1,3\n1,0,many_followers,1,8\n2,0,many_followers_without,1,10\n3,0,quick_100,1,11\n"
        ));
        let found = answers(&MECHANISMS[0], &main, Some(&attack));
        let of = |question, arm: &str| {
            let asked = |answer: &&Answer| {
                answer.question == question && answer.arm == arm && answer.measure == "the pumper"
            };
            found.iter().find(asked).map(|answer| (answer.value, answer.n))
        };
        assert_eq!(of(ADDS, "baseline"), Some((Some(0.0), 2)));
        assert_eq!(of(PAYS, "baseline"), Some((Some(0.5), 2)));
        assert_eq!(of(ADDS, "no_intervention"), Some((Some(-2.0), 1)));
        assert_eq!(of(ADDS, "budget_150"), Some((Some(2.0), 1)));
        assert_eq!(of(ADDS, "many_followers"), Some((Some(-2.0), 1)));
        assert_eq!(of(ADDS, "quick_100"), Some((Some(1.0), 1)));
        assert_eq!(of(ADDS, "many_followers_without"), None);
        assert_eq!(of(GAIN, "neither"), Some((Some(9.0), 1)));
    }
}
