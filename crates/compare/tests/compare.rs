//! Rules beside each other: what is equal, what is random, and what a run under each rule gives by itself.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use dtao_compare::rules::rules;
use dtao_compare::{Comparison, OwnMetrics, Prepared, Question, written};
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::{Options, Progress, run};
use dtao_experiment::scenario::Loaded;
use tempfile::TempDir;

const NOISE: &str =
    r#"Noise(netuids: [1, 2], trades_per_day: 2000.0, buys: 0.6, median_size: "3 TAO", size_deviation: 1.0)"#;
const QUIET: &str = "Script(calls: [])";

/// Two subnets of one age, a trader with a strategy, and changes of the rules during the run.
fn scenario(folder: &Path, strategy: &str, eras: &str) -> PathBuf {
    fs::write(folder.join("subnets.csv"), "netuid,moving_price,registered_at\n1,0.7,0\n2,0.3,0\n")
        .expect("the folder can be written to");
    let text = format!(
        r#"Scenario(
    about: "A market for a comparison.",
    protocol: (spec: 246),
    eras: [{eras}],
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "trader", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 600,
    kinds: {{"second": [2]}},
    agents: [(name: "trader", count: 1, tao: "1000 TAO", strategy: {strategy})],
    record: (every: 50, subnets: All, agents: Groups, calls: All),
    metrics: {{ "price": SubnetValue(netuid: 1, of: Price, at: 5_000_500) }},
)"#
    );
    let path = folder.join("market.ron");
    fs::write(&path, text).expect("the folder can be written to");
    path
}

fn question(list: &str, seeds: u64) -> Question {
    Question {
        first: 1,
        rules: rules(list).expect("a good list"),
        seeds,
        outcomes: Vec::new(),
        own_metrics: OwnMetrics::Reported,
        attackers: Vec::new(),
        flow: None,
        jobs: NonZeroUsize::MIN,
    }
}

fn compare(path: &Path, question: Question) -> Comparison {
    compare_with(path, &[], question)
}

fn compare_with(path: &Path, assignments: &[&str], question: Question) -> Comparison {
    let assignments: Vec<String> = assignments.iter().map(|&text| text.to_owned()).collect();
    let library = Library::default();
    let prepared = Prepared::read(&library, path, &assignments, question).expect("a good scenario");
    prepared.compare(&|_| Progress::Continue).expect("the books close").expect("nobody stops it")
}

/// The entries of an outcome.
#[track_caller]
fn means(comparison: &Comparison, outcome: &str) -> Vec<Option<f64>> {
    let row = comparison.rows.iter().find(|row| row.outcome == outcome).expect("the outcome is reported");
    row.entries.iter().map(|entry| entry.mean).collect()
}

#[test]
fn what_is_not_random_runs_once_and_has_no_intervals() {
    let folder = TempDir::new().expect("a folder");
    let found = compare(&scenario(folder.path(), QUIET, ""), question("SpotPrice,MarketCap,MovingPrice", 5));
    assert!(
        found.rows.iter().flat_map(|row| &row.entries).all(|entry| entry.n <= 1 && entry.interval.is_none())
    );
    assert!(found.about.contains("one run each"), "{}", found.about);
    assert!(found.notes.iter().any(|note| note.starts_with("Nothing is random")), "{:?}", found.notes);
    // The scenario's own rule is not run twice.
    let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["MovingPrice", "SpotPrice", "MarketCap"]);
    assert!(found.notes.iter().any(|note| note.starts_with("MovingPrice is the scenario's own rule")));
    // Of subnets of one age as much alpha exists, so that capitalisations are as prices.
    let like = found.columns[2].like.as_ref().map(|(other, _)| other.as_str());
    assert_eq!(like, Some("SpotPrice"), "{}", found.sentence);
    let shares = means(&found, "emission.second");
    assert!((shares[0].expect("emitted") - 0.3).abs() < 0.01, "moving prices begin with 0.7 and 0.3");
    assert_ne!(shares[0], shares[1]);
}

#[test]
fn an_entry_is_what_runs_under_the_rule_give_and_differences_are_paired_by_seed() {
    let folder = TempDir::new().expect("a folder");
    let path = scenario(folder.path(), NOISE, "");
    let found = compare(&path, question("SpotPrice,spec:234", 3));
    let price = |assignments: &[&str]| -> Vec<f64> {
        let assignments: Vec<String> = assignments.iter().map(|&text| text.to_owned()).collect();
        let loaded = Loaded::read(&path, &assignments).expect("a good scenario");
        let of = |seed| {
            let options = Options { seed: RunSeed(seed), audit: Audit::EveryBlock };
            let summary = run(&loaded, options, None, &mut |_| Progress::Continue).expect("the books close");
            summary.metrics["price"].expect("reached")
        };
        (1..=3).map(of).collect()
    };
    let own = price(&[]);
    let row = found.rows.iter().find(|row| row.outcome == "price").expect("a metric of the scenario");
    for (at, other) in
        [(1, price(&["protocol.rules.emission=SpotPrice"])), (2, price(&["protocol.spec=234"]))]
    {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / 3.0;
        let differences: Vec<f64> = other.iter().zip(&own).map(|(a, b)| a - b).collect();
        let near = |found: Option<f64>, expected: f64| {
            let found = found.expect("three runs");
            assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} is not {expected}");
        };
        near(row.entries[at].mean, mean(&other));
        near(row.entries[at].difference, mean(&differences));
        assert!(row.entries[at].interval.is_some_and(|interval| interval.contains(mean(&differences))));
    }
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let folder = TempDir::new().expect("a folder");
    let path = scenario(folder.path(), NOISE, "");
    let with = |jobs: usize| {
        let jobs = NonZeroUsize::new(jobs).expect("not zero");
        let found = compare(&path, Question { jobs, ..question("SpotPrice,TaoFlow(exponent: 2)", 4) });
        (written::csv(&found), written::markdown(&found))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn a_recorded_flow_repeats_its_own_run_and_meets_other_rules_unchanged() {
    let folder = TempDir::new().expect("a folder");
    let path = scenario(folder.path(), NOISE, "");
    let plain = compare(&path, question("SpotPrice", 2));
    let flow = Some("trader".to_owned());
    let repeated = compare(&path, Question { flow: flow.clone(), ..question("SpotPrice", 2) });
    let of_calls = "calls.tao_a_day";
    assert_eq!(means(&plain, "price")[0], means(&repeated, "price")[0], "to the last bit");
    assert_eq!(means(&plain, of_calls)[0], means(&repeated, of_calls)[0]);
    assert_ne!(means(&repeated, "price")[0], means(&repeated, "price")[1]);
    // Stake that is moved is no purchase and no sale.
    let moves = r#"Script(calls: [(block: 5_000_100, call: Stake(netuid: 1, tao: "10 TAO")), (block: 5_000_200, call: SwapStake(from: 1, to: 2, alpha: "1 alpha"))])"#;
    let path = scenario(folder.path(), moves, "");
    let question = Question { flow, ..question("SpotPrice", 1) };
    let prepared = Prepared::read(&Library::default(), &path, &[], question).expect("good");
    let error = prepared.compare(&|_| Progress::Continue).expect_err("it cannot be repeated").to_string();
    assert!(error.contains("the trades of the group `trader` do not repeat its own run"), "{error}");
}

#[test]
fn a_rule_that_the_scenario_itself_replaces_is_told() {
    let folder = TempDir::new().expect("a folder");
    let path = scenario(folder.path(), QUIET, "(at: 5_000_100, rules: (emission: MarketCap))");
    let found = compare(&path, question("SpotPrice", 1));
    let told = |name: &str| {
        let told = format!("{name} holds at the start only");
        found.notes.iter().any(|note| note.starts_with(&told) && note.contains("MarketCap"))
    };
    assert!(told("SpotPrice") && told("MovingPrice"), "{:?}", found.notes);
}

#[test]
fn a_rule_that_changes_nothing_is_marked_as_the_own_one() {
    let folder = TempDir::new().expect("a folder");
    // Both runtimes share alike; nobody is there whom the gate between them would stop.
    let found = compare(&scenario(folder.path(), QUIET, ""), question("spec:247", 1));
    let like = found.columns[1].like.as_ref().map(|(other, _)| other.as_str());
    assert_eq!(like, Some("MovingPrice"));
    assert_eq!(
        found.sentence,
        "Against MovingPrice: spec:247 has the same outcomes and leaves the same state as MovingPrice, to the rao."
    );
}

#[test]
fn one_seed_of_what_is_random_tells_no_difference_and_says_so() {
    let folder = TempDir::new().expect("a folder");
    let found = compare(&scenario(folder.path(), NOISE, ""), question("SpotPrice", 1));
    let entries: Vec<_> = found.rows.iter().map(|row| &row.entries[1]).collect();
    assert!(entries.iter().any(|entry| entry.difference.is_some_and(|difference| difference != 0.0)));
    assert!(entries.iter().all(|entry| entry.n <= 1 && entry.interval.is_none() && !entry.telling));
    assert!(found.about.ends_with("seed 1"), "{}", found.about);
    assert!(
        found.notes.iter().any(|note| note.contains("any difference may be due to chance")),
        "{:?}",
        found.notes
    );
    assert_eq!(
        found.sentence,
        "Against MovingPrice: with one seed, the effect of SpotPrice cannot be told from chance."
    );
    // Where nothing is random, one seed says all.
    let found = compare(&scenario(folder.path(), QUIET, ""), question("SpotPrice", 1));
    assert!(found.rows.iter().any(|row| row.entries[1].telling), "{}", found.sentence);
    assert!(found.notes.iter().any(|note| note.starts_with("Nothing is random")), "{:?}", found.notes);
}

/// Traders who have nothing: which of their calls are refused is random, and nothing else.
#[test]
fn what_differs_in_refused_calls_alone_is_random() {
    let folder = TempDir::new().expect("a folder");
    let path = scenario(folder.path(), NOISE, "");
    let text = fs::read_to_string(&path).expect("it was written").replace("1000 TAO", "0 TAO");
    fs::write(&path, text).expect("the folder can be written to");
    let found = compare(&path, question("SpotPrice", 3));
    let refused = found.rows.iter().find(|row| row.outcome == "calls.refused").expect("always reported");
    assert_eq!(refused.entries[0].n, 3);
    assert!(found.notes.iter().all(|note| !note.starts_with("Nothing is random")), "{:?}", found.notes);
}

#[test]
fn a_rule_replaces_the_one_that_an_assignment_sets_and_is_blamed_alone_for_what_is_wrong_with_it() {
    let folder = TempDir::new().expect("a folder");
    let path = scenario(folder.path(), QUIET, "");
    let set = ["protocol.rules.emission=SpotPrice"];
    let found = compare_with(&path, &set, question("MarketCap,MovingPrice,SpotPrice", 1));
    let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["SpotPrice", "MarketCap", "MovingPrice"]);
    let plain = compare(&path, question("SpotPrice", 1));
    assert_eq!(means(&found, "emission.second")[0], means(&plain, "emission.second")[1]);
    assert_eq!(means(&found, "emission.second")[2], means(&plain, "emission.second")[0]);
    let read = |set: &[&str], list: &str| {
        let set: Vec<String> = set.iter().map(|&text| text.to_owned()).collect();
        Prepared::read(&Library::default(), &path, &set, question(list, 1)).expect_err("wrong").to_string()
    };
    let wrong_rule = read(&set, "RootVote");
    assert!(
        wrong_rule.contains("RootVote: root no longer votes") && !wrong_rule.contains("--set"),
        "{wrong_rule}"
    );
    let wrong_value = read(&["blocks=0"], "MarketCap");
    assert!(wrong_value.contains("(from `--set blocks=0`)"), "{wrong_value}");
}

#[test]
fn a_metric_of_the_scenario_means_what_the_scenario_says_under_any_name() {
    let folder = TempDir::new().expect("a folder");
    let path = scenario(folder.path(), QUIET, "");
    let text = fs::read_to_string(&path).expect("it was written");
    let price = text.replace(r#""price":"#, r#""calls.refused":"#);
    fs::write(&path, &price).expect("the folder can be written to");
    let plain = |outcomes: &[&str]| {
        let outcomes = outcomes.iter().map(|&name| name.to_owned()).collect();
        compare(&path, Question { outcomes, own_metrics: OwnMetrics::Named, ..question("SpotPrice", 1) })
    };
    let found = plain(&[]);
    let names =
        |found: &Comparison| -> Vec<String> { found.rows.iter().map(|row| row.outcome.clone()).collect() };
    assert_eq!(names(&found).iter().filter(|name| *name == "calls.refused").count(), 1);
    let refused = means(&found, "calls.refused")[0].expect("reached");
    assert!(refused > 0.1, "{refused} is no price of a subnet");
    assert_eq!(names(&plain(&["calls.refused"])), ["calls.refused"]);
    fs::write(&path, &text).expect("the folder can be written to");
    assert_eq!(means(&plain(&["calls.refused"]), "calls.refused"), [Some(0.0), Some(0.0)]);
    // So with one that is ready to use, in its place and without --metrics.
    fs::write(&path, text.replace(r#""price":"#, r#""pools.tao":"#)).expect("the folder can be written to");
    assert_eq!(means(&plain(&[]), "pools.tao")[0], Some(refused));
}

#[test]
fn seeds_that_are_none_or_beyond_the_last_number_are_refused() {
    let folder = TempDir::new().expect("a folder");
    let path = scenario(folder.path(), QUIET, "");
    let asked = |first: u64, seeds: u64| {
        let question = Question { first, ..question("SpotPrice", seeds) };
        Prepared::read(&Library::default(), &path, &[], question).map(|_| ()).map_err(|error| {
            format!("{}: {error} {}", error.path().display(), error.help().unwrap_or_default())
        })
    };
    let last = u64::MAX - 3;
    assert_eq!(asked(last, 3), Ok(()));
    for (first, seeds) in [(last + 1, 3), (u64::MAX, 3), (u64::MAX - 1, 1)] {
        let told = asked(first, seeds).expect_err("a seed is beyond the last number");
        assert!(told.contains("--seeds") && told.contains("at most"), "{told}");
    }
    assert!(asked(1, 0).expect_err("no seeds").contains("there are none"));
    // Two are tried where one is asked for.
    let prepared = Prepared::read(
        &Library::default(),
        &path,
        &["blocks=600".to_owned()],
        Question { first: u64::MAX - 2, ..question("SpotPrice", 1) },
    );
    let made = prepared.expect("a good scenario").compare(&|_| Progress::Continue);
    assert!(made.expect("the books close").is_some());
}

#[test]
fn values_of_the_rules_are_columns_and_what_the_scenario_sets_again_is_told() {
    let folder = TempDir::new().expect("a folder");
    let path = scenario(folder.path(), NOISE, "(at: 5_000_300, rules: (moving_alpha: 0.0003))");
    let list = "moving_alpha: 3e-5,owner_cut=0.1,(owner_cut: 0.1, moving_alpha: 3e-5)";
    let found = compare(&path, question(list, 1));
    assert_eq!(found.columns.len(), 4);
    let notes = |of: &str| found.notes.iter().filter(|note| note.contains(of)).count();
    let told = "`moving_alpha: 3.000e-5` holds at the start only: by block 5000300 the scenario itself has set 3.000e-4";
    assert_eq!(notes(told), 2, "{:#?}", found.notes);
    assert_eq!(notes("owner_cut: 0.1`"), 0, "{:#?}", found.notes);
    // Each is what a run with that assignment comes to.
    let set = compare_with(&path, &["protocol.rules.owner_cut=0.1"], question("MarketCap", 1));
    assert_eq!(means(&found, "pools.tao")[2], means(&set, "pools.tao")[0]);
    // An assignment that is undone is told, too.
    let set = compare_with(&path, &["protocol.rules.moving_alpha=3e-5"], question("MarketCap", 1));
    assert_eq!(set.notes.iter().filter(|note| note.contains(told)).count(), 2, "{:#?}", set.notes);
}
