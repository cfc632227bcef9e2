//! Attacks by rules, in a small world in which nothing is random, and in one in which something is.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use dtao_agents::program::{Action, Key, Place, Program, Step};
use dtao_attack::folder::{AttackFolder, Found};
use dtao_attack::table::{Table, Verdict};
use dtao_attack::{Effort, Goal, Prepared, Question, written};
use dtao_compare::rules::rules;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::Progress;
use dtao_files::folder::Beginning;
use dtao_protocol::units::{RAO, Tao};

/// Buys of a subnet after a hundred blocks with a part of the budget, and holds.
fn buys(on: Place, part: f64) -> Program {
    let stake = Action::Stake { on, part, hotkey: Key::Validator, limit: None };
    Program::new(vec![Step::after(100, stake)])
}

/// Which part of the emission stands behind what is bought, of three attacks.
fn question(against: &str) -> Question {
    let attacks = [
        ("smallest", buys(Place::Smallest, 0.05)),
        ("largest", buys(Place::Largest, 1.0)),
        ("holds", Program::new(vec![])),
    ];
    let (names, seeded) = attacks.map(|(name, program)| (name.to_owned(), program)).into_iter().unzip();
    Question {
        names,
        seeded,
        against: rules(against).expect("rules"),
        goal: Goal::Share,
        ..Question::new(Tao::from_rao(50 * RAO), Effort::Evaluations(1))
    }
}

/// Six pools that begin nearly empty, whose values are measured with some noise.
fn prepared(question: Question, rule: &str, noise: &str, traders: &str) -> Prepared {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/noise.ron");
    let rule = format!("protocol.rules.emission={rule}");
    let traders = format!("agents.traders.strategy={traders}");
    let measured = format!("protocol.rules.measurement=(noise: {noise}, every: 10, delay: 1)");
    let set = ["blocks=240", &traders, "values=(others: 1.0)", &rule, &measured];
    let set = set.map(str::to_owned);
    Prepared::read(&Library::default(), &path, &set, question).expect("the scenario is good")
}

/// Traders who do nothing.
const ASLEEP: &str = "Script(calls: [])";

fn table(prepared: &Prepared) -> Table {
    Table::of(prepared, None, &|_| Progress::Continue).expect("it can be run").expect("it was not stopped")
}

fn verdicts(table: &Table, column: usize) -> Vec<Verdict> {
    table.columns[column].cells.iter().map(|cell| cell.verdict).collect()
}

#[test]
fn a_gain_under_one_rule_only_is_created_by_it_and_stopped_by_the_other() {
    let of = |own: &str, other: &str| table(&prepared(question(other), own, "0.0", ASLEEP));
    // The smallest subnet gets 3 % under the one rule and a sixth under the other.
    let created = of("MovingPrice", "Uniform");
    assert_eq!(verdicts(&created, 0), [Verdict::Nothing, Verdict::Kept, Verdict::Nothing]);
    assert_eq!(verdicts(&created, 1), [Verdict::Created, Verdict::Kept, Verdict::Nothing]);
    let stopped = of("Uniform", "MovingPrice");
    assert_eq!(verdicts(&stopped, 1), [Verdict::Stopped, Verdict::Kept, Verdict::Nothing]);
    // Two seeds are enough where nothing is random, under each of two rules, for each of three attacks.
    assert_eq!((created.seeds, created.evaluations), (2, 12));
    let (own, there) = (&created.columns[0].cells[0], &created.columns[1].cells[0]);
    let change = there.change.as_ref().and_then(|change| change.mean).expect("a number");
    let difference = there.gain.mean.expect("a number") - own.gain.mean.expect("a number");
    assert!((change - difference).abs() < 1e-12 && change > 0.0, "{change} {difference}");
    assert!(own.change.is_none() && own.gain.interval.is_none());
    let told =
        written::table::sentences(&prepared(question("Uniform"), "MovingPrice", "0.0", ASLEEP), &created)
            .join(" ");
    assert!(told.contains("own rule 1 of 3 attacks are claimed at 5 % together"), "{told}");
    assert!(told.contains("Under Uniform: 1 created, 1 kept, 1 nothing."), "{told}");
}

#[test]
fn where_anything_is_random_under_any_rule_all_have_the_same_seeds() {
    let noisy = table(&prepared(question("Objective"), "MovingPrice", "1.0", ASLEEP));
    assert_eq!(noisy.seeds, 64);
    for column in &noisy.columns {
        assert!(column.cells.iter().all(|cell| cell.gain.n == 64 && cell.honest.n == 64), "{}", column.rule);
    }
    let own = &noisy.columns[0].cells[1];
    assert!(own.gain.interval.is_none(), "nothing is measured under the scenario's own rule");
    let there = noisy.columns[1].cells[1].change.as_ref().and_then(|change| change.interval);
    assert!(there.is_some_and(|of| of.low < of.high), "{there:?}");
}

#[test]
fn what_others_have_more_by_an_attack_is_told() {
    // Whoever sells after a purchase is paid more: they have what the attacker has put into the pool.
    let trades =
        "Noise(netuids: [1], trades_per_day: 20.0, buys: 0.6, median_size: \"1 TAO\", size_deviation: 1.0)";
    let asked = Question { goal: Goal::Profit, ..question("Uniform") };
    let found = table(&prepared(asked, "MovingPrice", "0.0", trades));
    let [_, largest, holds] = &found.columns[0].cells[..] else { panic!("three attacks") };
    assert_eq!(
        (holds.honest.mean, holds.verdict),
        (Some(0.0), Verdict::Nothing),
        "who holds changes nothing"
    );
    let honest = largest.honest.interval.expect("traders are random");
    assert!(honest.low > 0.0, "{honest:?}");
    assert!(largest.gain.mean.is_some_and(|gain| gain < 0.0), "what they have more was the attacker's");
}

#[test]
fn a_table_that_was_killed_goes_on_to_the_same_bytes() {
    let begun = prepared(question("Objective"), "MovingPrice", "1.0", ASLEEP);
    let whole = table(&begun);
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (open, found) = AttackFolder::open(&out, &begun, Beginning::Fresh).expect("it is empty");
    assert_eq!(found, Found::Due);
    let left = AtomicU64::new(500);
    let stops = |begin: u64| {
        let more = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(begin));
        if more.is_ok() { Progress::Continue } else { Progress::Stop }
    };
    assert!(Table::of(&begun, Some(&open.journals()), &stops).expect("it can be run").is_none());
    drop(open);
    let two = Question { jobs: NonZeroUsize::new(2).expect("not zero"), ..question("Objective") };
    let resumed = prepared(two, "MovingPrice", "1.0", ASLEEP);
    let (open, found) = AttackFolder::open(&out, &resumed, Beginning::Resuming).expect("it is the same");
    assert_eq!(found, Found::Due);
    let again = AtomicU64::new(0);
    let counts = |begin: u64| {
        again.fetch_add(begin, Ordering::SeqCst);
        Progress::Continue
    };
    let table = Table::of(&resumed, Some(&open.journals()), &counts).expect("it can be run");
    let table = table.expect("it was not stopped");
    assert_eq!(written::table::tables(&table), written::table::tables(&whole));
    // Two rules, three attacks and three honest uses with 64 seeds are 768 runs; the attacks' that were made are not made again.
    let again = again.load(Ordering::SeqCst);
    assert!(again < 768, "{again}");
    open.complete_table(&resumed, &table).expect("it can be written");
    drop(open);
    let (_, found) = AttackFolder::open(&out, &begun, Beginning::Resuming).expect("it is the same");
    assert!(matches!(found, Found::Complete { .. }), "{found:?}");
    let other = prepared(Question { names: vec![], ..question("Objective") }, "MovingPrice", "1.0", ASLEEP);
    let refused = AttackFolder::open(&out, &other, Beginning::Resuming).expect_err("that is a search");
    assert!(refused.to_string().contains("something else"), "{refused}");
}
