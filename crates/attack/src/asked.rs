//! What is asked, held against what a scenario knows under its own rule and the others: refused before anything is run.

use dtao_agents::program::{ACCOUNTS, Program, Wait};
use dtao_agents::{Agent, Parameters};
use dtao_experiment::scenario::Loaded;
use dtao_files::input::InputError;
use dtao_protocol::units::Netuid;

use crate::kind::{Kind, rules_of};
use crate::respond::groups;
use crate::seeds::MOST_SEED;
use crate::{Effort, Others, Question};

/// The longest search: more than two months.
const MOST_MINUTES: f64 = 100_000.0;

/// A world that is searched: the scenario under a rule.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The rule's name; nothing of the scenario as it is.
    pub rule: String,
    pub loaded: Loaded,
    /// The calls that are tried there.
    pub kinds: Vec<Kind>,
    /// The programs that the search begins with there.
    pub seeded: Vec<Program>,
}

/// The worlds of a question, each with the calls and programs that are tried there; the first is the scenario as it is.
///
/// # Errors
/// If something is asked for that cannot be searched in any of them, or in one of them nothing can be tried.
pub(crate) fn cases(question: &Question, worlds: Vec<(String, Loaded)>) -> Result<Vec<Case>, InputError> {
    check_numbers(question, &worlds[0].1)?;
    if question.others == Others::Answer && groups(&worlds[0].1).is_empty() {
        let message = "no group of the scenario can answer: none trades or holds by a strategy of its own";
        let help = "leave it out, or give a group a strategy such as Noise, NoiseTrader, Speculator, ValueTrader, Delegator or BasketHolder";
        return Err(InputError::file("--respond", message, Some(help.into())));
    }
    if let Some(netuid) = question.subnets.iter().find(|&&netuid| !worlds[0].1.may_have(netuid)) {
        let message = format!("subnet {netuid} does not exist in this scenario");
        let help = "name subnets that it has, such as --subnets 1,28; root needs no naming";
        return Err(InputError::file("--subnets", message, Some(help.into())));
    }
    let known: Vec<Vec<Kind>> = worlds.iter().map(|(_, loaded)| Kind::known_in(loaded)).collect();
    let in_any = |kind: &Kind| known.iter().any(|known| known.contains(kind));
    if let Some(kind) = question.kinds.iter().find(|kind| !in_any(kind)) {
        return Err(unknown(format!("the call `{}`", kind.name()), &known[0]));
    }
    let mut cases = Vec::new();
    for ((rule, loaded), known) in worlds.into_iter().zip(&known) {
        let asked = |kind: &Kind| question.kinds.is_empty() || question.kinds.contains(kind);
        let kinds: Vec<Kind> = known.iter().copied().filter(asked).collect();
        if kinds.is_empty() {
            let under = if rule.is_empty() { rule } else { format!(" under {rule}") };
            return Err(unknown(format!("any of the calls that --ops names{under}"), known));
        }
        cases.push(Case { rule, loaded, kinds, seeded: vec![] });
    }
    for (number, program) in question.seeded.iter().enumerate() {
        let name = question.names.get(number).map_or_else(String::new, |name| format!(" (`{name}`)"));
        let of = |message: String| format!("program {}{name}: {message}", number + 1);
        check_program(program, question, &cases[0].loaded, of)?;
        let mut taken = false;
        for case in &mut cases {
            if foreign(program, &case.kinds).is_none() {
                case.seeded.push(program.clone());
                taken = true;
            }
        }
        if let Some((step, kind)) = foreign(program, &cases[0].kinds).filter(|_| !taken) {
            let message = of(format!("steps[{step}] makes the call `{}`, which is not tried", kind.name()));
            let names = names(&cases[0].kinds);
            let wider = if question.kinds.is_empty() { "" } else { "name the call after --ops, or " };
            let help = format!(
                "these are: {names}; {wider}leave the program out (of a folder: name the attack_N.ron that are to be tried)"
            );
            return Err(InputError::file("--seed-with", message, Some(help)));
        }
    }
    Ok(cases)
}

/// The first step of a program that makes a call which is not tried.
fn foreign(program: &Program, kinds: &[Kind]) -> Option<(usize, Kind)> {
    let mut made = program.steps.iter().map(|step| Kind::of(&step.action)).enumerate();
    made.find(|(_, kind)| !kinds.contains(kind))
}

fn unknown(what: String, known: &[Kind]) -> InputError {
    let message = format!("the scenario's rules do not know {what}");
    InputError::file("--ops", message, Some(format!("they know {}", names(known))))
}

fn names(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")
}

/// The seed, the accounts, the time and the budget.
fn check_numbers(question: &Question, own: &Loaded) -> Result<(), InputError> {
    if !(1..=ACCOUNTS).contains(&question.accounts) {
        let message = format!("{} accounts: a program has 1 to {ACCOUNTS}", question.accounts);
        return Err(InputError::file("--accounts", message, Some("write 1, 2 or 3".into())));
    }
    if let Effort::Minutes(minutes) = question.effort
        && !(0.0..=MOST_MINUTES).contains(&minutes)
    {
        let message = format!("{minutes} minutes: a search lasts 0 to {MOST_MINUTES}");
        return Err(InputError::file("--minutes", message, Some("write a number such as 10".into())));
    }
    if question.seed > MOST_SEED {
        let message = format!("{}: the seeds of its runs would be beyond the last number", question.seed);
        return Err(InputError::file("--seed", message, Some(format!("write at most {MOST_SEED}"))));
    }
    let (budget, least) = (question.budget, rules_of(own)[0].min_stake);
    if budget < least {
        let (budget, least) = (budget.to_f64(), least.to_f64());
        let message = format!("{budget} TAO: less than the {least} TAO of the chain's smallest stake");
        let help = "write more, such as \"500 TAO\"".to_owned();
        return Err(InputError::file("--budget", message, Some(help)));
    }
    Ok(())
}

/// A program that is tried as it is: the search would shorten it or give its steps to other accounts.
fn check_program(
    program: &Program,
    question: &Question,
    own: &Loaded,
    of: impl Fn(String) -> String,
) -> Result<(), InputError> {
    let refuse =
        |message: String, help: String| Err(InputError::file("--seed-with", of(message), Some(help)));
    if let Err(error) = program.check_all() {
        return refuse(error.to_string(), "correct the program".into());
    }
    if program.accounts() > question.accounts {
        let message =
            format!("it has {} accounts, and {} may be tried", program.accounts(), question.accounts);
        let help = format!("write --accounts {}, or leave the program out", program.accounts());
        return refuse(message, help);
    }
    let blocks: u64 = program.steps.iter().map(|step| blocks_of(&step.wait)).fold(0, u64::saturating_add);
    if blocks >= own.scenario.blocks {
        let message = format!(
            "its last step is {blocks} blocks after the first block, and the run has {} in all",
            own.scenario.blocks
        );
        return refuse(message, "make more blocks, or leave the program out".into());
    }
    let there = |netuid: Netuid| program.registrations() > 0 || own.may_have(netuid);
    if let Some((_, netuid)) = program.netuids().into_iter().find(|(_, netuid)| !there(*netuid)) {
        let help = "name a subnet by what it is, such as `Smallest`, or leave the program out";
        return refuse(format!("subnet {netuid} does not exist in this scenario"), help.into());
    }
    Ok(())
}

/// The blocks that a wait takes for certain.
const fn blocks_of(wait: &Wait) -> u64 {
    match *wait {
        Wait::Blocks(blocks) => blocks,
        Wait::Epoch { .. } | Wait::Above { .. } | Wait::Below { .. } | Wait::Pending { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use dtao_agents::program::{Action, Key, Place, Step};
    use dtao_protocol::units::{RAO, Tao};

    use super::*;

    fn question() -> Question {
        Question::new(Tao::from_rao(50 * RAO), Effort::Evaluations(1))
    }

    /// A market whose own rule measures nothing, the same where values are measured, and under a runtime with locks.
    fn worlds() -> Vec<(String, Loaded)> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/noise.ron");
        let read = |rule: &str, set: &[&str]| {
            let all = ["blocks=120", "values=(others: 1.0)"].iter().chain(set);
            let set: Vec<String> = all.map(|&set| set.to_owned()).collect();
            (rule.to_owned(), Loaded::read(&path, &set).expect("the scenario is good"))
        };
        vec![
            read("", &[]),
            read("Objective", &["protocol.rules.emission=Objective"]),
            read("spec:425", &["protocol.spec=425"]),
        ]
    }

    fn kinds(names: &[&str]) -> Vec<Kind> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        Kind::list(&names).expect("they are calls")
    }

    fn told(question: Question) -> String {
        let error = cases(&question, worlds()).expect_err("it is refused");
        format!("{}: {error} {}", error.path().display(), error.help().unwrap_or_default())
    }

    #[test]
    fn under_each_rule_the_calls_are_tried_that_it_knows() {
        let all = cases(&question(), worlds()).expect("a good question");
        let has = |kind: Kind| all.iter().map(|case| case.kinds.contains(&kind)).collect::<Vec<_>>();
        assert_eq!(has(Kind::Stake), [true, true, true]);
        assert_eq!(has(Kind::FakeValue), [false, true, false]);
        assert_eq!(has(Kind::LockStake), [false, false, true]);

        let some = Question { kinds: kinds(&["Stake", "FakeValue"]), ..question() };
        let some = cases(&some, worlds()).expect("a good question");
        let of: Vec<&[Kind]> = some.iter().map(|case| case.kinds.as_slice()).collect();
        assert_eq!(of, [&[Kind::Stake][..], &[Kind::Stake, Kind::FakeValue], &[Kind::Stake]]);

        let none = told(Question { kinds: kinds(&["Stake", "RegisterNeuron"]), ..question() });
        assert!(none.contains("--ops") && none.contains("`RegisterNeuron`"), "{none}");
        let nothing_here = told(Question { kinds: kinds(&["FakeValue"]), ..question() });
        assert!(nothing_here.contains("do not know any of the calls that --ops names"), "{nothing_here}");
        let both = Question { kinds: kinds(&["FakeValue"]), ..question() };
        let mut twice = worlds();
        twice.remove(0);
        let nothing_there = cases(&both, twice).expect_err("spec 425 measures nothing").to_string();
        assert!(nothing_there.contains("under spec:425"), "{nothing_there}");
    }

    #[test]
    fn programs_to_begin_with_are_tried_as_they_are_or_refused() {
        let stake = |on: Place| Action::Stake { on, part: 1.0, hotkey: Key::Validator, limit: None };
        let fake = Action::FakeValue { on: Place::Largest, part: 0.5 };
        let first = Step::new(stake(Place::Largest));
        let seeded = |steps: &[Step]| Question { seeded: vec![Program::new(steps.to_vec())], ..question() };

        let there = cases(&seeded(&[first, Step::new(fake)]), worlds()).expect("a rule knows its calls");
        let of: Vec<usize> = there.iter().map(|case| case.seeded.len()).collect();
        assert_eq!(of, [0, 1, 0]);

        let wrong = |question: Question, word: &str| {
            let told = told(question);
            assert!(
                told.contains("--seed-with") && told.contains("program 1") && told.contains(word),
                "{told}"
            );
        };
        wrong(Question { kinds: kinds(&["Unstake"]), ..seeded(&[first]) }, "`Stake`");
        wrong(seeded(&[first, Step { account: 1, ..first }]), "--accounts 2");
        wrong(seeded(&[first; 13]), "at most 12");
        wrong(seeded(&[first, Step::after(120, first.action)]), "120");
        wrong(seeded(&[Step::new(stake(Place::Netuid(99)))]), "subnet 99");
        let own = [Step::new(Action::RegisterSubnet), Step::after(119, stake(Place::Netuid(99)))];
        assert!(cases(&seeded(&own), worlds()).is_ok());
    }

    #[test]
    fn numbers_that_cannot_be_searched_with_are_refused_with_the_bound() {
        let seed = told(Question { seed: MOST_SEED + 1, ..question() });
        assert!(seed.contains("--seed") && seed.contains(&MOST_SEED.to_string()), "{seed}");
        assert!(cases(&Question { seed: MOST_SEED, ..question() }, worlds()).is_ok());
        for accounts in [0, 4] {
            assert!(told(Question { accounts, ..question() }).contains("--accounts"));
        }
        for minutes in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(told(Question { effort: Effort::Minutes(minutes), ..question() }).contains("--minutes"));
        }
        for netuid in [0, 99] {
            let subnets = told(Question { subnets: vec![Netuid(1), Netuid(netuid)], ..question() });
            assert!(
                subnets.contains("--subnets") && subnets.contains(&format!("subnet {netuid} ")),
                "{subnets}"
            );
        }
        assert!(cases(&Question { subnets: vec![Netuid(1)], ..question() }, worlds()).is_ok());
        let budget = Tao::from_rao(400_000);
        assert!(told(Question { budget, ..question() }).contains("--budget"));
        // What a scenario makes of the rule counts.
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/noise.ron");
        let set = "protocol.rules.min_stake=\"0.0001 TAO\"".to_owned();
        let lower = vec![(String::new(), Loaded::read(&path, &[set]).expect("the scenario is good"))];
        assert!(cases(&Question { budget, ..question() }, lower).is_ok());
    }
}
