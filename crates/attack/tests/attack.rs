//! A search of a small world: what it finds, that it finds it again, and that it claims nothing where there is nothing.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use dtao_attack::folder::{AttackFolder, Found};
use dtao_attack::{Effort, Goal, Kind, Method, Prepared, Question, Report, written};
use dtao_compare::rules::rules;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::Progress;
use dtao_files::folder::Beginning;
use dtao_protocol::units::{RAO, Tao};

/// Six pools that begin nearly empty, and thirty traders.
fn noise() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/noise.ron")
}

fn question() -> Question {
    Question {
        budget: Tao::from_rao(50 * RAO),
        goal: Goal::Profit,
        accounts: 1,
        kinds: Kind::list(&["Stake".into(), "Unstake".into()]).expect("two calls"),
        seeded: vec![],
        against: vec![],
        seed: 3,
        method: Method::Search,
        effort: Effort::Evaluations(400),
        jobs: NonZeroUsize::MIN,
    }
}

fn prepared(question: Question, set: &[&str]) -> Prepared {
    let few = ["blocks=120", "agents.traders.count=3"];
    let set: Vec<String> = few.iter().chain(set).map(|&set| set.to_owned()).collect();
    Prepared::read(&Library::default(), &noise(), &set, question).expect("the scenario is good")
}

/// A real market in which somebody buys subnet 28 up to ten times its price in the 29th block.
fn pumped(question: Question) -> Prepared {
    let question = Question { budget: Tao::from_rao(500 * RAO), ..question };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/ellipse.ron");
    Prepared::read(&Library::default(), &path, &["blocks=40".to_owned()], question)
        .expect("the scenario is good")
}

fn searched(prepared: &Prepared) -> Report {
    prepared.attack(None, &|_| Progress::Continue).expect("it can be run").expect("it was not stopped")
}

#[test]
fn a_search_is_the_same_for_any_number_of_threads_and_after_it_was_killed() {
    let whole = searched(&prepared(question(), &[]));
    let two = Question { jobs: NonZeroUsize::new(2).expect("not zero"), ..question() };
    assert_eq!(written::tables(&searched(&prepared(two, &[]))), written::tables(&whole));

    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let begun = prepared(question(), &[]);
    let (open, found) = AttackFolder::open(&out, &begun, Beginning::Fresh).expect("it is empty");
    assert_eq!(found, Found::Due);
    let left = AtomicU64::new(330);
    let stops = |_| {
        let more = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if more.is_ok() { Progress::Continue } else { Progress::Stop }
    };
    assert!(begun.attack(Some(&open.journals()), &stops).expect("it can be run").is_none());
    drop(open);
    // A line that was cut off when the process died.
    let journal = out.join("parts/000000.runs");
    let text = std::fs::read_to_string(&journal).expect("it is there");
    assert!(text.lines().count() > 20, "{text}");
    std::fs::write(&journal, &text[..text.len() - 5]).expect("it can be written");

    let (open, found) = AttackFolder::open(&out, &begun, Beginning::Resuming).expect("it is the same");
    assert_eq!(found, Found::Due);
    let resumed = begun.attack(Some(&open.journals()), &|_| Progress::Continue).expect("it can be run");
    let resumed = resumed.expect("it was not stopped");
    assert_eq!(written::tables(&resumed), written::tables(&whole));
    open.complete(&begun, &resumed).expect("it can be written");
    drop(open);
    let (_, found) = AttackFolder::open(&out, &begun, Beginning::Resuming).expect("it is the same");
    assert_eq!(found, Found::Complete);
    let other = prepared(Question { seed: 4, ..question() }, &[]);
    let refused = AttackFolder::open(&out, &other, Beginning::Resuming).expect_err("it is another search");
    assert!(refused.to_string().contains("something else"), "{refused}");
}

#[test]
fn an_attack_that_was_found_is_a_scenario_that_repeats_it() {
    let prepared = pumped(Question { effort: Effort::Evaluations(1_000), ..question() });
    let report = searched(&prepared);
    let best = report.own.attacks.first().expect("whoever buys before the pumper gains");
    assert!(best.claimed && best.mean() > 100.0 && best.breach.is_none(), "{best:?}");
    assert!(report.exact && best.values.len() == 2 && best.losses() == 0.0);
    assert!(best.program.steps.len() <= 2, "it is as short as it can be: {:?}", best.program);

    let folder = tempfile::tempdir().expect("a folder");
    let (open, _) = AttackFolder::open(folder.path(), &prepared, Beginning::Fresh).expect("it is empty");
    open.complete(&prepared, &report).expect("it can be written");
    let seeded = Question { effort: Effort::Evaluations(1), method: Method::Random, ..question() };
    let path = folder.path().join("attack_1.ron");
    let again = dtao_experiment::scenario::Resolved::read(&path, &[]).expect("it is a scenario");
    let attacker = again.scenario.agents.iter().find(|group| group.name == "attacker").expect("it is there");
    let dtao_agents::StrategySpec::Program(program) = &attacker.strategy else { panic!("{attacker:?}") };
    assert_eq!(program.steps, best.program.steps);
    // The files that it names are found from where it lies.
    Prepared::read(&Library::default(), &path, &[], seeded).expect("it can be read with all that it names");
}

#[test]
fn nothing_is_claimed_where_nothing_can_be_gained() {
    // The pools are deep, nothing is emitted to speak of in a few blocks, and nobody else trades: a round trip costs its fees.
    let april = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/ellipse.ron");
    let set: Vec<String> =
        ["blocks=20", "agents.pumper.strategy=Script(calls: [])"].map(str::to_owned).to_vec();
    let question = Question { effort: Effort::Evaluations(100), ..question() };
    let prepared = Prepared::read(&Library::default(), &april, &set, question).expect("the scenario is good");
    let report = searched(&prepared);
    assert!(report.exact, "nobody draws a number");
    assert!(report.own.attacks.iter().all(|attack| !attack.claimed), "{:?}", report.own.attacks);
    let told = written::sentences(&prepared, &report).join(" ");
    assert!(told.contains("evidence for this search only"), "{told}");
}

#[test]
fn another_rule_is_searched_as_well() {
    let against = rules("Uniform").expect("a rule");
    let question = Question { against, effort: Effort::Evaluations(1_000), ..question() };
    let prepared = pumped(question);
    let report = searched(&prepared);
    let other = &report.elsewhere[0];
    assert_eq!((other.rule.as_str(), other.replayed.len()), ("Uniform", report.own.attacks.len()));
    assert!(other.searched.evaluations >= 1_000);
    let own: Vec<f64> = report.own.attacks[0].values.clone();
    assert_ne!(other.replayed[0], own, "the rule makes a difference");
    let told = written::sentences(&prepared, &report).join(" ");
    assert!(told.contains("Under Uniform: the best found goes from"), "{told}");
}

#[test]
fn what_cannot_be_searched_is_refused() {
    let refused = |question: Question, words: &[&str]| {
        let few = vec!["blocks=120".to_owned()];
        let error = Prepared::read(&Library::default(), &noise(), &few, question)
            .map(|_| ())
            .expect_err("it is refused");
        let told = format!("{error} {}", error.help().unwrap_or_default());
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
    };
    let neurons = Kind::list(&["RegisterNeuron".into()]).expect("a call");
    refused(Question { kinds: neurons, ..question() }, &["--ops", "RegisterNeuron", "Stake"]);
    refused(Question { budget: Tao::from_rao(1), ..question() }, &["--budget"]);
    let own = rules("MovingPrice").expect("a rule");
    refused(Question { against: own, ..question() }, &["--against", "own rule"]);
    let error = Kind::list(&["Stakes".into()]).expect_err("no such call");
    assert!(format!("{:?}", error.help()).contains("Stake"), "{error}");
}
