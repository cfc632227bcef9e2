//! A search of a small world: what it finds, that it finds it again, and that it claims nothing where there is nothing.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use dtao_agents::program::{Action, Key, Place, Program, Step};
use dtao_attack::folder::{AttackFolder, Found};
use dtao_attack::{Attack, Broken, Effort, Goal, Kind, Method, Prepared, Question, Report, written};
use dtao_compare::rules::rules;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::Progress;
use dtao_files::folder::Beginning;
use dtao_protocol::units::{Netuid, RAO, Tao};

/// Six pools that begin nearly empty, and thirty traders.
fn noise() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/noise.ron")
}

fn question() -> Question {
    Question {
        kinds: Kind::list(&["Stake".into(), "Unstake".into()]).expect("two calls"),
        seed: 3,
        ..Question::new(Tao::from_rao(50 * RAO), Effort::Evaluations(400))
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
    let stops = |begin: u64| {
        let more = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(begin));
        if more.is_ok() { Progress::Continue } else { Progress::Stop }
    };
    assert!(begun.attack(Some(&open.journals()), &stops).expect("it can be run").is_none());
    drop(open);
    // Everything that was run is noted, but for the three honest uses with each racing seed of a rung.
    let journal = out.join("parts/000000.runs");
    let text = std::fs::read_to_string(&journal).expect("it is there");
    let others = 330 - text.lines().count();
    assert!([2, 4, 16, 64].map(|seeds| 3 * seeds).contains(&others), "{others} runs were not noted");
    // A line that was cut off when the process died.
    std::fs::write(&journal, &text[..text.len() - 5]).expect("it can be written");

    let (open, found) = AttackFolder::open(&out, &begun, Beginning::Resuming).expect("it is the same");
    assert_eq!(found, Found::Due);
    let resumed = begun.attack(Some(&open.journals()), &|_| Progress::Continue).expect("it can be run");
    let resumed = resumed.expect("it was not stopped");
    assert_eq!(written::tables(&resumed), written::tables(&whole));
    open.complete(&begun, &resumed).expect("it can be written");
    drop(open);
    let (_, found) = AttackFolder::open(&out, &begun, Beginning::Resuming).expect("it is the same");
    assert!(matches!(found, Found::Complete { .. }), "{found:?}");
    let other = prepared(Question { seed: 4, ..question() }, &[]);
    let refused = AttackFolder::open(&out, &other, Beginning::Resuming).expect_err("it is another search");
    assert!(refused.to_string().contains("something else"), "{refused}");
}

#[test]
fn a_search_by_the_clock_is_repeated_by_its_number_of_runs() {
    for seed in [3, 4] {
        let minutes = Question { effort: Effort::Minutes(0.01), seed, ..question() };
        let timed = prepared(minutes, &[]);
        let by_clock = searched(&timed);
        let runs = by_clock.own.repeated_by;
        assert!(by_clock.own.evaluations >= runs, "what was found is shortened and confirmed after it");
        let told = written::sentences(&timed, &by_clock).join(" ");
        assert!(told.contains(&format!("`--evaluations {runs}` repeats the search")), "{told}");
        let again = Question { effort: Effort::Evaluations(runs), seed, ..question() };
        assert_eq!(written::tables(&searched(&prepared(again, &[]))), written::tables(&by_clock));
    }
}

#[test]
fn a_search_can_be_stopped_in_the_middle_of_a_run() {
    let begun = AtomicU64::new(0);
    let stops = |more: u64| {
        begun.fetch_add(more, Ordering::SeqCst);
        if more == 0 { Progress::Stop } else { Progress::Continue }
    };
    // Whether anything is random is found out first, by runs of the scenario without an attack.
    let long = Prepared::read(&Library::default(), &noise(), &[], question()).expect("the scenario is good");
    assert!(long.attack(None, &stops).expect("it can be run").is_none());
    assert_eq!(begun.load(Ordering::SeqCst), 0);
}

#[test]
fn an_attack_that_was_found_is_a_scenario_that_repeats_it() {
    let prepared = pumped(Question { effort: Effort::Evaluations(1_000), ..question() });
    let report = searched(&prepared);
    let best = report.own.attacks.first().expect("whoever buys before the pumper gains");
    assert!(best.claimed && best.mean() > 100.0 && best.breach.is_none(), "{best:?}");
    assert!(report.exact && best.values.len() == 2 && best.losses() == 0.0);
    // It holds to the end from its first call on, or has sold.
    assert!(best.blocks <= 40, "{best:?}");
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

    let table = |report: &Report, name: &str| {
        let tables = written::tables(report).into_iter();
        tables.filter(|(other, _)| *other == name).map(|(_, table)| table).collect::<String>()
    };
    let mut nothing = report.clone();
    nothing.own.attacks.clear();
    nothing.elsewhere[0].replayed.clear();
    let best = report.elsewhere[0].searched.attacks[0].mean();
    let rules = table(&nothing, "rules.csv");
    assert!(
        rules.lines().nth(1).is_some_and(|row| row.starts_with(&format!("Uniform,,,,{best},"))),
        "{rules}"
    );

    // A fault of the simulator is one wherever it comes to light.
    assert_eq!(report.faults(), 0);
    let program = report.own.attacks[0].program.clone();
    let fault = |why: &str| Broken { program: program.clone(), seed: 1, why: why.to_owned() };
    let mut faulty = report.clone();
    faulty.elsewhere[0].broken.push(fault("replayed"));
    faulty.elsewhere[0].searched.broken.push(fault("searched"));
    faulty.elsewhere[0].searched.attacks[0].breach = Some("a breach".into());
    assert_eq!(faulty.faults(), 3);
    faulty.own.broken.push(fault("own"));
    faulty.own.attacks[0].breach = Some("a breach".into());
    assert_eq!(faulty.faults(), 5);
    let failures = table(&faulty, "failures.csv");
    for row in ["own,1,own,", "Uniform,1,replayed,", "Uniform,1,searched,"] {
        assert!(failures.contains(row), "{failures}");
    }
    let told = written::sentences(&prepared, &faulty).join(" ");
    assert!(told.contains("the simulator is at fault, and no attack is: 5"), "{told}");
}

#[test]
fn where_another_rule_is_random_attacks_are_replayed_with_all_fresh_seeds() {
    let path = noise();
    let set = [
        "blocks=60",
        "agents.traders.strategy=Script(calls: [])",
        "values=(others: 1.0)",
        "protocol.rules.measurement=(noise: 1.0, every: 10, delay: 1)",
    ];
    let set: Vec<String> = set.map(str::to_owned).to_vec();
    let against = rules("Objective").expect("a rule");
    let question = Question { against, effort: Effort::Evaluations(100), goal: Goal::Share, ..question() };
    let prepared = Prepared::read(&Library::default(), &path, &set, question).expect("the scenario is good");
    let report = searched(&prepared);
    assert!(report.exact, "nothing is measured, and nobody draws a number");
    assert_eq!(report.own.attacks[0].values.len(), 2);
    let replayed = &report.elsewhere[0].replayed[0];
    assert_eq!(replayed.len(), 64);
    assert!(replayed.iter().any(|value| *value != replayed[0]), "measurements are random");
}

#[test]
fn programs_are_about_the_subnets_that_are_asked_for() {
    let places = |subnets: &[u16]| {
        let subnets = subnets.iter().copied().map(Netuid).collect();
        let report = searched(&prepared(Question { subnets, ..question() }, &[]));
        let archive = written::tables(&report).into_iter().find(|(name, _)| *name == "archive.csv");
        let (_, rows) = archive.expect("it is written");
        let named = rows.split("(on:").skip(1).filter_map(|rest| rest.split([',', ')']).next());
        let named: BTreeSet<String> =
            named.filter(|place| !place.starts_with("Root")).map(str::to_owned).collect();
        (named, report.own.grid.1)
    };
    let (all, of_all) = places(&[]);
    let (one, of_one) = places(&[3]);
    assert!(all.len() > 1 && one.len() == 1, "{all:?}, {one:?}");
    assert!(all.is_superset(&one), "{all:?}, {one:?}");
    assert!(of_one < of_all, "the grid is about one subnet as well: {of_one} of {of_all}");
}

#[test]
fn what_several_searches_found_is_joined_by_one_that_begins_with_it() {
    let island = |seed: u64| searched(&pumped(Question { seed, ..question() }));
    let islands = [island(3), island(4)];
    let found = || islands.iter().flat_map(|island| &island.own.attacks);
    let seeded: Vec<Program> = found().map(|attack| attack.program.clone()).collect();
    let joining = Question { seed: 5, seeded, effort: Effort::Evaluations(1), ..question() };
    let joined = searched(&pumped(joining));
    let best = |attacks: &[Attack]| attacks.iter().map(Attack::mean).fold(0.0, f64::max);
    let most = islands.iter().map(|island| best(&island.own.attacks)).fold(0.0, f64::max);
    // What is reported is shortened again, to at least 95 % of its value.
    assert!(
        most > 1_000.0 && best(&joined.own.attacks) >= 0.95 * most,
        "{} of {most}",
        best(&joined.own.attacks)
    );
    let island_runs = islands.iter().map(|island| island.evaluations).sum::<u64>();
    assert!(joined.evaluations < island_runs, "{} runs after {island_runs}", joined.evaluations);
}

#[test]
fn an_attack_is_told_of_as_it_was_shortened() {
    // The second account does nothing but keep a half of the budget.
    let stake = |on| Action::Stake { on, part: 1.0, hotkey: Key::Validator, limit: None };
    let idle = Action::Unstake { on: Place::Smallest, part: 1.0, hotkey: Key::Validator, limit: None };
    let seeded = vec![Program::new(vec![
        Step::new(stake(Place::Netuid(28))),
        Step { account: 1, ..Step::after(2, idle) },
    ])];
    let question = Question { accounts: 2, seeded, effort: Effort::Evaluations(1), ..question() };
    let report = searched(&pumped(question));
    let best = &report.own.attacks[0];
    assert_eq!((best.program.steps.len(), best.program.accounts()), (1, 1), "{:?}", best.program);
    for attack in &report.own.attacks {
        let accounts = if attack.program.accounts() == 1 { ".one_account" } else { ".several_accounts" };
        assert!(attack.cell.ends_with(accounts), "{} is {:?}", attack.cell, attack.program);
        let sells = matches!(attack.program.steps.last(), Some(Step { action: Action::Unstake { .. }, .. }));
        assert_eq!(attack.cell.contains(".to_the_end."), !sells, "{} is {:?}", attack.cell, attack.program);
    }
}

#[test]
fn a_gain_of_share_is_told_in_points_over_the_best_honest_use() {
    let prepared = pumped(Question { goal: Goal::Share, effort: Effort::Evaluations(300), ..question() });
    let report = searched(&prepared);
    assert!(
        !report.own.attacks.is_empty(),
        "whoever buys the largest subnet alone has more than of an index"
    );
    let told = written::sentences(&prepared, &report).join(" ");
    assert!(told.contains("percentage points of the emission over the best honest use"), "{told}");
    let text = written::scenario(&prepared, &report.own.attacks[0], Path::new("."));
    assert!(text.contains("It gains "), "{text}");
    let mut attack = report.own.attacks[0].clone();
    attack.claimed = false;
    attack.one_block_late = None;
    let text = written::scenario(&prepared, &attack, Path::new("."));
    assert!(text.contains("No gain is claimed for it. It gains "), "{text}");
    assert!(text.contains("was not measured, since it waits for prices or trades."), "{text}");
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
