//! Quantities over time are sampled in every run, and their spread is the same whatever made the runs.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use dtao_engine::run::Audit;
use dtao_experiment::run::Progress;
use dtao_statistics::quantile;
use dtao_sweep::plan::Plan;
use dtao_sweep::shard::Shard;
use dtao_sweep::{Beginning, Ending, Format, Settings, Watch, merge, sweep};
use tempfile::TempDir;

const SCENARIO: &str = r#"Scenario(
    about: "Two traders without a view.",
    protocol: Launch(spec: 246),
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "holder", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 60,
    agents: [(name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])), (name: "crowd", count: 2, tao: "1000 TAO", strategy: Noise(
        netuids: [1], trades_per_day: 900, buys: 0.6, median_size: "1 TAO", size_deviation: 1))],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
    metrics: {
        "early": SubnetValue(netuid: 1, of: Price, at: 5_000_019),
        "late": SubnetValue(netuid: 1, of: Price, at: 5_000_059),
    },
)"#;
const SWEEP: &str = r#"Sweep(about: "x", scenario: "a.ron", seeds: (0, 12),
    design: Grid({"agents.crowd.strategy.Noise.buys": [0.4, 0.8]}),
    arms: {"a": {}, "b": {"agents.crowd.count": 3}},
    series: {"price": (netuid: 1, of: Price, every: 20, from: 5_000_019), "rank": (netuid: 2, of: PriceRank, every: 30)})"#;

/// Stops after a number of runs.
struct Patience(u64, AtomicU64);

impl Watch for Patience {
    fn begins(&self, _: u64, _: u64, _: u64) {}

    fn made(&self, _: bool) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }

    fn note(&self, _: &str) {}

    fn progress(&self) -> Progress {
        if self.1.load(Ordering::Relaxed) >= self.0 { Progress::Stop } else { Progress::Continue }
    }
}

fn patience(runs: u64) -> Patience {
    Patience(runs, AtomicU64::new(0))
}

fn written(sweep: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files = [
        ("a.ron", SCENARIO),
        ("sweep.ron", sweep),
        ("subnets.csv", "netuid,registered_at,moving_price\n1,4500000,0.2\n2,4500000,0.1\n"),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    folder
}

fn plan(folder: &TempDir) -> Plan {
    Plan::read(&folder.path().join("sweep.ron"), None).expect("a good plan")
}

fn settings(jobs: usize, beginning: Beginning, shard: Option<Shard>) -> Settings {
    let jobs = NonZeroUsize::new(jobs).expect("not 0");
    Settings { jobs, beginning, shard, audit: Audit::Off, format: Format::Csv }
}

fn text(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("it is there")
}

fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.expect("a row")).collect()
}

#[test]
fn the_spread_of_a_series_is_that_of_the_outcome_at_the_same_block() {
    let folder = written(SWEEP);
    let out = folder.path().join("out");
    sweep(&plan(&folder), &out, &settings(2, Beginning::Fresh, None), &patience(99)).expect("a result");
    let (series, runs) = (rows(&text(&out, "series.csv")), rows(&text(&out, "runs.csv")));
    // Two points in two arms: three blocks of one series, two of the other.
    assert_eq!(series.len(), 4 * (3 + 2));
    let mut compared = 0;
    for row in series.iter().filter(|row| row["series"] == "price") {
        let outcome = match row["block"].as_str() {
            "5000019" => "early",
            "5000059" => "late",
            _ => continue,
        };
        let of_cell = runs.iter().filter(|run| run["point"] == row["point"] && run["arm"] == row["arm"]);
        let mut values: Vec<f64> = of_cell.map(|run| run[outcome].parse().expect("a number")).collect();
        values.sort_by(f64::total_cmp);
        assert_eq!((row["n"].as_str(), values.len()), ("12", 12));
        for (column, part) in [("q05", 0.05), ("q50", 0.5), ("q95", 0.95)] {
            assert_eq!(row[column].parse(), Ok(quantile(&values, part)), "{column} of {row:?}");
        }
        let bound = |column: &str| row[column].parse::<f64>().expect("a number");
        assert!(bound("q50_low") < bound("q50_high"), "{row:?}");
        compared += 1;
    }
    assert_eq!(compared, 8);
}

#[test]
fn any_number_of_threads_shards_and_stops_writes_the_same_bytes() {
    let folder = written(SWEEP);
    let (plan, out) = (plan(&folder), |name: &str| folder.path().join(name));
    sweep(&plan, &out("one"), &settings(1, Beginning::Fresh, None), &patience(99)).expect("a result");
    let stopped = sweep(&plan, &out("again"), &settings(3, Beginning::Fresh, None), &patience(17));
    assert!(matches!(stopped.expect("no error"), Ending::Stopped(_)));
    sweep(&plan, &out("again"), &settings(3, Beginning::Resuming, None), &patience(99)).expect("a result");
    for index in 1..=3 {
        let shard = Shard::new(index, 3).expect("a shard");
        sweep(&plan, &out("shards"), &settings(2, Beginning::Fresh, Some(shard)), &patience(99))
            .expect("a shard");
    }
    merge(&[out("shards")], &out("shards"), Beginning::Fresh, Format::Csv, &patience(99)).expect("merged");
    for other in ["again", "shards"] {
        for name in ["series.csv", "runs.csv", "cells.csv"] {
            assert_eq!(text(&out("one"), name), text(&out(other), name), "{name} of {other}");
        }
    }
    // What was sampled is in no other table: a damaged result is made again, to the same bytes.
    let whole = text(&out("one"), "series.csv");
    fs::write(out("one").join("series.csv"), "point\n").expect("written");
    sweep(&plan, &out("one"), &settings(2, Beginning::Resuming, None), &patience(99)).expect("a result");
    assert_eq!(text(&out("one"), "series.csv"), whole);
}

#[test]
fn what_is_wrong_with_a_series_is_said_where_it_stands() {
    let price = "netuid: 1, of: Price, every: 20, from: 5_000_019";
    for (instead, told) in [
        ("netuid: 1, of: Price, every: 0", "series.price.every: 0 blocks from one sample to the next"),
        ("netuid: 9, of: Price, every: 20", "series.price.netuid: the scenario has no subnet 9"),
        (
            "netuid: 1, of: Price, every: 20, from: 5_000_060",
            "series.price.from: block 5000060 is outside the runs",
        ),
        (
            "netuid: 1, of: Price, every: 20, to: 4_999_999",
            "series.price.to: block 4999999 is outside the runs",
        ),
        (
            "netuid: 1, of: Price, every: 20, from: 5_000_019, to: 5_000_018",
            "series.price.to: block 5000018 is before 5000019",
        ),
        ("netuid: 1, of: Prize, every: 20", "series.price.of: "),
    ] {
        let folder = written(&SWEEP.replace(price, instead));
        let read = Plan::read(&folder.path().join("sweep.ron"), None);
        let error = read.and_then(|plan| plan.check()).expect_err(instead).to_string();
        assert!(error.contains(told), "{error}");
    }
    let many = SWEEP.replace("seeds: (0, 12)", "seeds: (0, 5_000_000)");
    let folder = written(&many);
    let error = Plan::read(&folder.path().join("sweep.ron"), None).expect_err("too many").to_string();
    assert!(error.contains("series: 5 samples of each run are too many"), "{error}");
}
