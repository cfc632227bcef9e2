//! Fit files, reference tables and results.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use dtao_experiment::run::Progress;
use dtao_experiment::scenario::Loaded;
use dtao_files::folder::Beginning;
use dtao_fit::file::Question;
use dtao_fit::folder::FitFolder;
use dtao_fit::sensitivity::sensitivity;
use dtao_fit::{Settings, TableError, fit, read, written};
use dtao_sweep::plan::Plan;
use dtao_sweep::{Format, Settings as Sweeping, Watch, sweep};
use tempfile::TempDir;

/// Somebody buys as much as is drawn, or nothing.
const SCENARIO: &str = r#"Scenario(
    about: "A buyer.",
    protocol: Launch(spec: 246),
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "a", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 60,
    agents: [
        (name: "a", count: 1, tao: "1000 TAO", strategy: Script(calls: [])),
        (name: "pumper", count: 1, tao: "1000 TAO", strategy: Pumper(
            netuid: 1, budget: Uniform("1 TAO", "300 TAO"), early_part: Exactly(0), clip: Same(Exactly("1 TAO")),
            from: Exactly(5_000_001), at: Exactly(5_000_020), steps: [1.0], step_interval: Exactly(1),
            holds_for_emission: No, exits: [After(blocks: Same(Uniform(1, 9)))], slices: 1, slice_interval: Exactly(1), look: 10)),
    ],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
    metrics: {
        "before": SubnetValue(netuid: 1, of: Price, at: 5_000_019),
        "peak": SubnetValue(netuid: 1, of: Price, at: 5_000_020),
        "price": SubnetValue(netuid: 1, of: Price, at: 5_000_059),
        "rank": SubnetValue(netuid: 1, of: PriceRank, at: 5_000_020),
    },
    expect: [(metric: "peak", target: 0.51, within: (0.5, 0.52), kind: Validation, source: "made up")],
)"#;
const SWEEP: &str = r#"Sweep(about: "x", scenario: "a.ron", seeds: (0, 60), DESIGN
    names: { "exits": "agents.pumper.strategy.Pumper.exits" },
    arms: { "leaves": {}, "stays": { "exits": "[]" } })"#;
const FIT: &str = r#"Fit(about: "x", sweep: "s.ron",
    models: { "L": (arm: "leaves", others: { "other": "stays" }), "S": (arm: "stays", others: { "other": "leaves" }) },
    facts: { "peak": { "peak": Log }, "both": { "peak": Log, "price": Recorded(value: 0.5, scale: Linear) } },
    answers: {
        "last": Outcome("price"),
        "less": Less(outcome: "price", than: "other"),
        "first": Down(before: "before", after: "peak", to: 1.02, rank: "rank", beyond: 0),
    })"#;

struct Quiet;

impl Watch for Quiet {
    fn begins(&self, _: u64, _: u64, _: u64) {}
    fn made(&self, _: bool) {}
    fn note(&self, _: &str) {}
    fn progress(&self) -> Progress {
        Progress::Continue
    }
}

fn write(folder: &Path, design: &str, fit: &str) {
    let subnets = "netuid,moving_price,registered_at\n1,0.5,0\n2,0.5,0\n";
    let sweep = SWEEP.replace("DESIGN", design);
    for (name, text) in [("a.ron", SCENARIO), ("s.ron", &sweep), ("f.ron", fit), ("subnets.csv", subnets)] {
        fs::write(folder.join(name), text).expect("room");
    }
}

/// The runs of the sweep in a folder.
fn made(folder: &Path) -> PathBuf {
    let plan = Plan::read(&folder.join("s.ron"), None).unwrap_or_else(|error| panic!("{error}"));
    let settings = Sweeping {
        jobs: NonZeroUsize::new(2).expect("two"),
        beginning: Beginning::Fresh,
        shard: None,
        audit: dtao_engine::run::Audit::Off,
        format: Format::Csv,
    };
    let out = folder.join("table");
    sweep(&plan, &out, &settings, &Quiet).unwrap_or_else(|error| panic!("{error}"));
    out
}

fn question(folder: &Path) -> Question {
    Question::read(&folder.join("f.ron")).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_sweeps_runs_are_fitted_and_written_whole_and_the_same_each_time() {
    let folder = TempDir::new().expect("a folder");
    write(folder.path(), "", FIT);
    let (table, question) = (made(folder.path()), question(folder.path()));
    let found = read(&table, &question, None).unwrap_or_else(|error| panic!("{error}"));
    assert!(!found.other_scenario);
    assert_eq!(found.table.models[0].runs, 60);
    let names: Vec<&str> = found.table.models[0].quantities.iter().map(|quantity| &*quantity.name).collect();
    assert_eq!(names, ["pumper.budget", "pumper.exits.After.blocks", "last", "less", "first"]);
    let settings = Settings { accept: 0.3, truths: 20 };
    let findings: Vec<_> = question.sets.iter().map(|set| fit(&found.table, set, &settings)).collect();
    let budget = &findings[0].believed[0];
    // The peak says the budget almost exactly.
    let width = |belief: dtao_fit::Belief| belief.high - belief.low;
    assert!(budget.contraction > 0.9 && width(budget.posterior) < 0.05 * width(budget.prior), "{budget:?}");
    let out = folder.path().join("out");
    let mut texts = Vec::new();
    for beginning in [Beginning::Fresh, Beginning::Replacing] {
        let again = read(&table, &question, None).expect("it is there");
        let folder = FitFolder::open(&out, &question, &again, None, &settings, beginning).expect("a folder");
        let findings: Vec<_> = question.sets.iter().map(|set| fit(&again.table, set, &settings)).collect();
        folder.complete(&written::tables(&findings)).expect("room");
        let names = [
            "weights.csv",
            "posterior.csv",
            "calibration.csv",
            "confusion.csv",
            "telling.csv",
            "manifest.json",
        ];
        texts.push(names.map(|name| fs::read_to_string(out.join(name)).expect("a table")));
    }
    assert_eq!(texts[0], texts[1]);
    assert!(texts[0][5].contains("\"dtao\": \"fit\"") && texts[0][5].contains("\"complete\": true"));
    let refused = FitFolder::open(&out, &question, &found, None, &settings, Beginning::Fresh);
    assert!(refused.is_err_and(|error| error.to_string().contains("--force")));
    // Fewer draws are the first ones.
    let few = read(&table, &question, Some(25)).expect("enough");
    assert_eq!(few.table.models[0].quantities[0].values, found.table.models[0].quantities[0].values[..25]);
    let error = read(&table, &question, Some(19)).expect_err("too few");
    assert!(matches!(error, TableError::Few { runs: 19, .. }), "{error}");
}

#[test]
fn a_table_that_is_not_the_fits_or_not_whole_is_refused() {
    let folder = TempDir::new().expect("a folder");
    write(folder.path(), "", FIT);
    let own = question(folder.path());
    let says = |question: &Question| {
        read(&folder.path().join("table"), question, None)
            .map_or_else(|error| error.to_string(), |_| "good".into())
    };
    assert!(says(&own).contains("there is no finished sweep in this folder"), "{}", says(&own));
    let table = made(folder.path());
    assert_eq!(says(&own), "good");
    fs::write(folder.path().join("s.ron"), SWEEP.replace("DESIGN", "design: Grid({\"blocks\": [60, 61]}),"))
        .expect("room");
    let other = question(folder.path());
    assert!(says(&other).contains("with other points than those of its file now"), "{}", says(&other));
    fs::rename(folder.path().join("s.ron"), folder.path().join("t.ron")).expect("a file");
    fs::write(folder.path().join("f.ron"), FIT.replace("s.ron", "t.ron")).expect("room");
    let other = question(folder.path());
    assert!(says(&other).contains("the runs of the sweep `s`, but the fit is of `t`"), "{}", says(&other));
    let runs = fs::read_to_string(table.join("runs.csv")).expect("a table");
    fs::write(table.join("runs.csv"), runs.replacen("0.5", "0.6", 1)).expect("room");
    assert!(says(&own).contains("the file is damaged"), "{}", says(&own));
}

#[test]
fn a_sweep_of_trajectories_says_what_the_answers_depend_on() {
    let folder = TempDir::new().expect("a folder");
    let design = r#"design: Morris(trajectories: 4, levels: 4, seed: 1, ranges: {
        "agents.pumper.strategy.Pumper.budget": (from: 1, to: 300, decimals: 0, write: "Exactly(\"{} TAO\")"),
        "agents.a.tao": (from: 1, to: 300, decimals: 0, write: "\"{} TAO\"")}),"#;
    let fit = FIT.replace("facts: {", "facts: {}, ").replace(
        r#" "peak": { "peak": Log }, "both": { "peak": Log, "price": Recorded(value: 0.5, scale: Linear) } },"#,
        "",
    );
    write(folder.path(), design, &fit);
    let sweep = fs::read_to_string(folder.path().join("s.ron")).expect("a file").replace("(0, 60)", "(0, 2)");
    fs::write(folder.path().join("s.ron"), sweep).expect("room");
    let (table, question) = (made(folder.path()), question(folder.path()));
    let found = read(&table, &question, None).unwrap_or_else(|error| panic!("{error}"));
    let rows = sensitivity(&question, &found).expect("the design is made for it");
    let mu = |answer: &str, factor: &str| {
        let row = rows.iter().find(|row| {
            row.model == "S"
                && row.answer == answer
                && row.index == "mu_star"
                && row.factor.as_deref() == Some(factor)
        });
        row.and_then(|row| row.estimate.as_ref().ok()).map(|estimate| estimate.value).expect("an estimate")
    };
    assert!(mu("last", "agents.pumper.strategy.Pumper.budget") > 0.0, "{rows:?}");
    assert_eq!(mu("last", "agents.a.tao"), 0.0);
    assert!(mu("less", "agents.pumper.strategy.Pumper.budget") > 0.0, "who stays leaves a higher price");
    assert!(
        written::sensitivity(&rows)
            .starts_with("model,answer,factor,index,value,low,high,used,missing,note\n")
    );
}

#[test]
fn what_a_fit_names_must_be_there() {
    let folder = TempDir::new().expect("a folder");
    for (from, to, says) in [
        ("arm: \"leaves\"", "arm: \"leave\"", "models.L.arm: the sweep has no arm `leave`"),
        ("\"other\": \"stays\"", "\"other\": \"sta\"", "models.L.others.other: the sweep has no arm `sta`"),
        ("\"peak\": Log }", "\"peek\": Log }", "facts.peak.peek: the sweep has no outcome `peek`"),
        (
            "\"peak\": Log }",
            "\"price\": Log }",
            "the scenario expects nothing of `price`, so nothing was recorded",
        ),
        (
            "value: 0.5, scale: Linear",
            "value: -1, scale: Log",
            "`price` was recorded as -1, which has no place on this scale",
        ),
        ("\"peak\": { \"peak\": Log }", "\"peak\": {}", "facts.peak: a set without facts says nothing"),
        ("than: \"other\"", "than: \"others\"", "answers.less: the model `L` has no other arm `others`"),
        ("Outcome(\"price\")", "Outcome(\"prices\")", "answers.last: the sweep has no outcome `prices`"),
        ("about: \"x\",", "about: \"x\", opponent: \"M\",", "opponent: there is no model `M`"),
        ("\"s.ron\"", "\"none.ron\"", "none.ron"),
        ("facts:", "fact:", "fact"),
    ] {
        assert!(FIT.contains(from), "{from}");
        write(folder.path(), "", &FIT.replacen(from, to, 1));
        let error = Question::read(&folder.path().join("f.ron")).expect_err(says).to_string();
        assert!(error.contains(says), "{error}\n{says}");
    }
}

fn configs(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs").join(path)
}

#[test]
fn every_fit_of_the_project_can_be_asked() {
    let mut count = 0;
    for entry in fs::read_dir(configs("fits")).expect("the folder of fits") {
        let path = entry.expect("an entry").path();
        Question::read(&path).unwrap_or_else(|error| panic!("{error}"));
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn the_arms_that_are_scored_are_the_scenarios_of_the_mechanisms_and_of_the_opponent() {
    let plan = Plan::read(&configs("sweeps/sn28_scores.ron"), None).expect("a sweep of the project");
    let files = ["sn28.ron", "sn28_stops.ron", "sn28_clock.ron", "sn28_opponent.ron"];
    for (cell, file) in files.into_iter().enumerate() {
        let arm = plan.load(cell as u64).unwrap_or_else(|error| panic!("{error}")).scenario;
        let alone =
            Loaded::read(&configs("scenarios").join(file), &[]).unwrap_or_else(|error| panic!("{error}"));
        for (group, other) in arm.agents.iter().zip(&alone.scenario.agents) {
            // Recorded prices have gaps, which equal nothing.
            let replays = matches!(group.strategy, dtao_agents::StrategySpec::Replay(_));
            assert!(replays || group == other, "{file}: {group:?}\n{other:?}");
        }
        assert_eq!(arm.agents.len(), alone.scenario.agents.len());
        for (name, metric) in &alone.scenario.metrics {
            assert!(arm.metrics.get(name) == Some(metric), "{file}: {name}");
        }
    }
}
