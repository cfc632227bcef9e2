//! What is left of an attack once those who trade have answered it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use dtao_agents::program::{Action, Key, Place, Program, Step};
use dtao_attack::folder::AttackFolder;
use dtao_attack::respond::{Answer, End};
use dtao_attack::{Effort, Kind, Method, Others, Prepared, Question, Report, written};
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::Progress;
use dtao_files::folder::Beginning;
use dtao_files::input::InputError;
use dtao_protocol::units::{RAO, Tao};

/// Buys all of subnet 1, and holds: one program, which is not searched for.
fn question() -> Question {
    let stake = Action::Stake { on: Place::Netuid(1), part: 1.0, hotkey: Key::Validator, limit: None };
    Question {
        kinds: Kind::list(&["Stake".into()]).expect("a call"),
        seeded: vec![Program::new(vec![Step::new(stake)])],
        method: Method::Random,
        others: Others::Answer,
        ..Question::new(Tao::from_rao(50 * RAO), Effort::Evaluations(1))
    }
}

/// Four pools for an hour in which nothing is emitted, and three traders.
fn read(question: Question, set: &[&str]) -> Result<Prepared, InputError> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/null.ron");
    let few = ["blocks=300", "agents.traders.count=3"];
    let set: Vec<String> = few.iter().chain(set).map(|&set| set.to_owned()).collect();
    Prepared::read(&Library::default(), &path, &set, question)
}

/// The traders buy more than they sell of subnet 1, and pay what the attack gains.
const PAYERS: &str = "agents.traders.strategy=Noise(netuids: [1], trades_per_day: 400.0, buys: 0.9, median_size: \"2 TAO\", \
                      size_deviation: 1.0)";

fn searched(prepared: &Prepared) -> Report {
    prepared.attack(None, &|_| Progress::Continue).expect("it can be run").expect("it was not stopped")
}

fn gains(report: &Report) -> (f64, f64) {
    let best = report.own.attacks.first().expect("whoever buys first gains");
    assert!(best.claimed, "{best:?}");
    (best.mean(), report.own.answers[0].gain.mean.expect("a number"))
}

#[test]
fn who_pays_for_an_attack_stops_trading_and_nothing_is_left_of_it() {
    let prepared = read(question(), &[PAYERS]).expect("the scenario is good");
    let report = searched(&prepared);
    let (before, after) = gains(&report);
    assert!(before > 5.0 && after < 0.1, "{before} {after}");
    let answers = &report.own.answers[0];
    assert_eq!((answers.end, answers.switches.len()), (End::Settled, 1));
    let switch = &answers.switches[0];
    assert!(switch.group == "traders" && switch.to != Answer::Own, "{switch:?}");
    // It saves what the attack takes, which nobody takes otherwise.
    assert!(switch.gains > 5.0 && !switch.anyway, "{switch:?}");
    let told = written::sentences(&prepared, &report).join(" ");
    assert!(told.contains("After others answered it comes to") && told.contains("traders "), "{told}");

    // Nobody is asked unless that is wanted, and then all else is the same.
    let asleep = Question { others: Others::Asleep, ..question() };
    let asleep = searched(&read(asleep, &[PAYERS]).expect("the scenario is good"));
    assert!(asleep.own.answers.is_empty());
    assert_eq!(asleep.own.attacks[0].values, report.own.attacks[0].values);
    assert!(asleep.own.evaluations < report.own.evaluations, "answers are runs that count");
}

#[test]
fn an_attack_on_somebody_who_cannot_answer_keeps_its_gain() {
    // A script buys; the traders trade elsewhere, and whatever they do does not matter.
    let elsewhere = PAYERS.replace("[1]", "[2]").replace("0.9", "0.5");
    let script = "agents.holder.strategy=Script(calls: [(block: 5_100_200, call: Stake(netuid: 1, tao: \"500 TAO\"))])";
    let prepared = read(question(), &[&elsewhere, "agents.holder.tao=\"1000 TAO\"", script]);
    let report = searched(&prepared.expect("the scenario is good"));
    let (before, after) = gains(&report);
    assert!(before > 40.0 && (after - before).abs() < 0.1 * before, "{before} {after}");
}

#[test]
fn answers_are_the_same_after_a_search_was_killed() {
    let prepared = read(question(), &[PAYERS]).expect("the scenario is good");
    let whole = searched(&prepared);
    let folder = tempfile::tempdir().expect("a folder");
    let (open, _) = AttackFolder::open(folder.path(), &prepared, Beginning::Fresh).expect("it is empty");
    // The last runs are those of answers.
    let made = AtomicU64::new(0);
    let count = |begun: u64| {
        made.fetch_add(begun, Ordering::SeqCst);
        Progress::Continue
    };
    prepared.attack(None, &count).expect("it can be run").expect("it was not stopped");
    let left = AtomicU64::new(made.load(Ordering::SeqCst) - 20);
    let stops = |begun: u64| {
        let more = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(begun));
        if more.is_ok() { Progress::Continue } else { Progress::Stop }
    };
    assert!(prepared.attack(Some(&open.journals()), &stops).expect("it can be run").is_none());
    let again = AtomicU64::new(0);
    let count = |begun: u64| {
        again.fetch_add(begun, Ordering::SeqCst);
        Progress::Continue
    };
    let resumed = prepared.attack(Some(&open.journals()), &count).expect("it can be run");
    assert_eq!(written::tables(&resumed.expect("it was not stopped")), written::tables(&whole));
    // Honest uses of the capital are run again, programs are not, but for those that it was stopped in.
    let (made, again) = (made.load(Ordering::SeqCst), again.load(Ordering::SeqCst));
    assert!(again + whole.evaluations < made + 40, "{again} of {made} runs were made again");
}

#[test]
fn where_nobody_can_answer_nobody_is_asked() {
    let refused = read(question(), &["agents.traders.strategy=Script(calls: [])"]).map(|_| ());
    let refused = refused.expect_err("all is written down");
    assert!(refused.to_string().contains("--respond"), "{refused}");
}
