//! What is asked of a scenario, and the table of payoffs that its runs give.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use dtao_engine::run::Audit;
use dtao_equilibrium::plan::{Asked, Question};
use dtao_experiment::run::Progress;
use dtao_files::folder::Beginning;
use dtao_sweep::{Ending, Format, Settings, Watch};

/// A role whose name is no plain step of a path, with two strategies.
const SCENARIO: &str = r#"Scenario(
    about: "A test.",
    protocol: (spec: 246),
    start: Genesis(
        block: 5_100_000,
        root_stake: "1_000_000 TAO",
        subnets: "example_subnets.csv",
        holder: "holder",
        last_registration: (cost: "100 TAO", block: 5_000_000),
    ),
    blocks: 72,
    agents: [
        (name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
        (name: "2.role=b", count: 2, tao: "100 TAO", strategy: Switcher(
            options: [
                (name: "busy", outside: Exactly(0.0), strategy: Noise(netuids: [1], trades_per_day: 3_600.0, buys: 0.5,
                    median_size: "1 TAO", size_deviation: 1.0)),
                (name: "idle", outside: Exactly(3.0), strategy: Script(calls: [])),
            ],
            intensity: LogUniform(1.0, 100.0),
            period: Exactly(500),
            reviews: Exactly(1.0),
            memory: Exactly(0.0),
            by: Profit,
            on_change: Keeps,
            works: AsWritten,
        )),
    ],
    record: (every: 72, subnets: All, agents: Groups, calls: Nothing),
    metrics: {},
)"#;

fn asked(folder: &Path, scenario: &str) -> Result<Question, String> {
    let market = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/market/example_subnets.csv");
    fs::copy(market, folder.join("example_subnets.csv")).expect("it is shipped");
    let file = folder.join("role.ron");
    fs::write(&file, scenario).expect("room");
    let asked = Asked { role: None, parts: 2, seeds: (3, 5), from: None, set: vec![] };
    Question::read(&file, &asked).map_err(|error| error.to_string())
}

struct Nobody;

impl Watch for Nobody {
    fn begins(&self, _: u64, _: u64, _: u64) {}

    fn made(&self, _: bool) {}

    fn note(&self, _: &str) {}

    fn progress(&self) -> Progress {
        Progress::Continue
    }
}

#[test]
fn payoffs_are_those_of_the_runs_of_their_split() {
    let folder = tempfile::tempdir().expect("a folder");
    let question = asked(folder.path(), SCENARIO).expect("it is right");
    assert_eq!((question.role.as_str(), question.plan.runs()), ("2.role=b", 6));
    let out = folder.path().join("runs");
    let settings = Settings {
        jobs: NonZeroUsize::MIN,
        beginning: Beginning::Fresh,
        shard: None,
        audit: Audit::Off,
        format: Format::Csv,
    };
    let ending = dtao_sweep::sweep(&question.plan, &out, &settings, &Nobody).expect("it is right");
    assert!(matches!(ending, Ending::Complete(report) if report.failed == 0));

    let text = fs::read_to_string(out.join("runs.csv")).expect("it is there");
    let mut runs = csv::Reader::from_reader(text.as_bytes());
    let mut gained: BTreeMap<(String, &str), Vec<f64>> = BTreeMap::new();
    for run in runs.deserialize::<BTreeMap<String, String>>() {
        let run = run.expect("a row");
        for strategy in ["busy", "idle"] {
            let cell = &run[&format!("payoff.{strategy}")];
            if !cell.is_empty() {
                let gain = cell.parse().expect("a number");
                gained.entry((run["allotted"].clone(), strategy)).or_default().push(gain);
            }
        }
    }
    let game = question.game(&out).expect("all runs have payoffs");
    let rows: Vec<_> = game.rows().collect();
    assert_eq!(rows.len(), 4);
    for (split, strategy, payoff, half) in rows {
        let gained = &gained[&(format!("[{}, {}]", split[0], split[1]), strategy)];
        // A hundredth of a day.
        let of = |gain: f64| gain / 0.01 + if strategy == "idle" { 3.0 } else { 0.0 };
        let [one, two] = gained[..] else { panic!("two seeds: {gained:?}") };
        let mean = f64::midpoint(of(one), of(two));
        assert!((payoff - mean).abs() < 1e-9, "{split:?} {strategy}: {payoff} for {mean}");
        assert_eq!(half == Some(0.0), strategy == "idle", "{split:?} {strategy}: {half:?}");
    }

    // What is not as the sweep wrote it gives no payoffs.
    fs::write(out.join("runs.csv"), text.replacen("busy", "Busy", 1)).expect("room");
    let error = question.game(&out).expect_err("it was changed").to_string();
    assert!(error.contains("runs.csv: the file is damaged"), "{error}");
    fs::write(out.join("runs.csv"), text.replacen(",3,", ",4,", 1)).expect("room");
    let error = question.game(&out).expect_err("it was changed").to_string();
    assert!(error.contains("SHA-256"), "{error}");
    fs::remove_file(out.join("manifest.json")).expect("it is there");
    let error = question.game(&out).expect_err("no manifest").to_string();
    assert!(error.contains("not that of a finished sweep"), "{error}");
}

#[test]
fn more_strategies_than_can_be_compared_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let with = |more: usize| {
        let options = (0..more)
            .map(|at| format!("(name: \"more{at}\", outside: Exactly(0.0), strategy: Script(calls: [])),\n"));
        let options = options.collect::<String>() + "(name: \"busy\"";
        asked(folder.path(), &SCENARIO.replace("(name: \"busy\"", &options))
    };
    assert_eq!(with(3).expect("five").strategies.len(), 5);
    let error = with(4).expect_err("six");
    assert!(error.contains("6 options: at most 5 are compared, since"), "{error}");
}
