//! What was drawn of a scenario's priors is a column of each run, whatever made the runs.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Progress, run};
use dtao_sweep::plan::Plan;
use dtao_sweep::shard::Shard;
use dtao_sweep::{Beginning, Ending, Format, Settings, Watch, merge, sweep};
use tempfile::TempDir;

const SCENARIO: &str = r#"Scenario(
    about: "Priors.",
    protocol: Launch(spec: 246),
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "a", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 60,
    agents: [
        (name: "a", count: 1, tao: "1000 TAO", strategy: Script(calls: [])),
        (name: "crowd", count: 1, tao: "1000 TAO", strategy: NoiseTrader(
            netuids: [1], trades_per_day: Uniform(200, 900), median: Uniform("1 TAO", "2 TAO"), sigma: Exactly(1),
            cap: Exactly("20 TAO"), bias: Uniform(0.1, 0.8), reversion: None, clustering: None, mood: None)),
        (name: "heirs", count: 3, tao: "1 TAO",
            inherits: (root: Some(Uniform(0.1, 0.2))),
            strategy: Script(calls: [])),
    ],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
    metrics: { "price": SubnetValue(netuid: 1, of: Price, at: 5_000_059) },
)"#;
const SWEEP: &str = r#"Sweep(about: "x", scenario: "a.ron", seeds: (5, 25),
    names: { "bias": "agents.crowd.strategy.NoiseTrader.bias" },
    arms: { "drawn": {}, "fixed": { "bias": "Exactly(0.5)" } })"#;
const COLUMNS: [&str; 4] =
    ["prior.crowd.bias", "prior.crowd.median", "prior.crowd.trades_per_day", "prior.heirs.inherits.root"];

/// Stops after a number of runs.
struct Patience {
    most: u64,
    made: AtomicU64,
}

impl Watch for Patience {
    fn begins(&self, _: u64, _: u64, _: u64) {}

    fn made(&self, _: bool) {
        self.made.fetch_add(1, Ordering::Relaxed);
    }

    fn note(&self, _: &str) {}

    fn progress(&self) -> Progress {
        if self.made.load(Ordering::Relaxed) >= self.most { Progress::Stop } else { Progress::Continue }
    }
}

fn for_runs(most: u64) -> Patience {
    Patience { most, made: AtomicU64::new(0) }
}

fn plan(folder: &Path) -> Plan {
    let subnets = "netuid,moving_price,registered_at\n1,0.5,0\n2,0.5,0\n";
    for (name, text) in [("a.ron", SCENARIO), ("s.ron", SWEEP), ("subnets.csv", subnets)] {
        fs::write(folder.join(name), text).expect("room");
    }
    Plan::read(&folder.join("s.ron"), None).unwrap_or_else(|error| panic!("{error}"))
}

fn settings(jobs: usize, beginning: Beginning, shard: Option<Shard>) -> Settings {
    let jobs = NonZeroUsize::new(jobs).expect("at least one");
    Settings { jobs, beginning, shard, audit: Audit::Off, format: Format::Csv }
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("a table")
}

#[test]
fn draws_are_columns_after_the_outcomes_and_those_of_the_run_alone() {
    let folder = TempDir::new().expect("a folder");
    let plan = plan(folder.path());
    let out = folder.path().join("out");
    sweep(&plan, &out, &settings(2, Beginning::Fresh, None), &for_runs(1_000)).expect("done");
    let mut runs = csv::Reader::from_path(out.join("runs.csv")).expect("a table");
    let header: Vec<String> = runs.headers().expect("a header").iter().map(str::to_owned).collect();
    assert_eq!(header, [&["run", "point", "arm", "seed", "price"][..], &COLUMNS].concat());
    let mut seen = 0;
    for record in runs.records() {
        let record = record.expect("a row");
        let number: u64 = record[0].parse().expect("a run");
        let loaded = plan.load(plan.cell(number)).expect("a good cell");
        let options = Options { seed: RunSeed(record[3].parse().expect("a seed")), audit: Audit::Off };
        let summary = run(&loaded, options, None, &mut |_| Progress::Continue).expect("it ends");
        let column = |at: usize| record[5 + at].parse::<f64>().expect("a number");
        let mut columns: BTreeMap<String, f64> = COLUMNS
            .iter()
            .enumerate()
            .map(|(at, name)| (name.trim_start_matches("prior.").to_owned(), column(at)))
            .collect();
        assert!((0.1..=0.2).contains(&columns["heirs.inherits.root"]), "{columns:?}");
        assert!((1.0..=2.0).contains(&columns["crowd.median"]), "in TAO: {columns:?}");
        if &record[2] == "fixed" {
            // What nobody draws is no prior of that run alone, but has its value in the table.
            assert_eq!(columns.remove("crowd.bias"), Some(0.5));
        }
        assert_eq!(columns, summary.priors);
        seen += 1;
    }
    assert_eq!(seen, 40);
    // Both arms of a seed share what both draw.
    let table = text(&out, "runs.csv");
    let row = |number: usize| table.lines().nth(1 + number).expect("a row").split(',').collect::<Vec<_>>();
    assert_eq!(row(0)[6..], row(20)[6..]);
    assert_ne!(row(0)[6..], row(1)[6..]);
}

#[test]
fn jobs_interruptions_damage_and_shards_leave_the_same_bytes() {
    let folder = TempDir::new().expect("a folder");
    let plan = plan(folder.path());
    let out = |name: &str| folder.path().join(name);
    let one = out("one");
    sweep(&plan, &one, &settings(1, Beginning::Fresh, None), &for_runs(1_000)).expect("done");
    let same = |other: &str| {
        for name in ["plan.csv", "points.csv", "runs.csv", "cells.csv", "failures.csv", "manifest.json"] {
            assert!(text(&one, name) == text(&out(other), name), "{other}: {name} differs");
        }
    };
    let mut stops = 0;
    while let Ending::Stopped(_) =
        sweep(&plan, &out("stopped"), &settings(3, Beginning::Resuming, None), &for_runs(9))
            .expect("no error")
    {
        stops += 1;
        assert!(stops < 20, "each time goes further");
    }
    assert!(stops >= 3, "{stops}");
    same("stopped");
    // What the runs say is enough to make the other tables again.
    fs::write(out("stopped").join("cells.csv"), "spoilt").expect("room");
    let ending = sweep(&plan, &out("stopped"), &settings(2, Beginning::Resuming, None), &for_runs(1));
    assert!(matches!(ending, Ok(Ending::Complete(_))), "no run is made again: {ending:?}");
    same("stopped");
    for index in 1..=3 {
        let shard = Shard::new(index, 3).expect("one of three");
        sweep(&plan, &out("shards"), &settings(2, Beginning::Fresh, Some(shard)), &for_runs(1_000))
            .expect("done");
    }
    merge(&[out("shards")], &out("shards"), Beginning::Fresh, Format::Csv, &for_runs(1_000)).expect("merged");
    same("shards");
}

#[test]
fn a_name_that_begins_like_a_prior_is_refused() {
    let folder = TempDir::new().expect("a folder");
    plan(folder.path());
    let metric = SCENARIO.replace("\"price\"", "\"prior.crowd.bias\"");
    fs::write(folder.path().join("a.ron"), metric).expect("room");
    let error = Plan::read(&folder.path().join("s.ron"), None).expect_err("two columns of one name");
    assert!(
        error.to_string().contains("the metric `prior.crowd.bias` begins like the columns of what is drawn"),
        "{error}"
    );
}
