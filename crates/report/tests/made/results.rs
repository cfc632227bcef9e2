//! Results as commands write them, made for tests: tables, and a manifest that names them.

use std::fmt::Write as _;
use std::path::Path;

use dtao_files::folder::table::Completed;
use serde_json::{Value, json};

/// Writes a result: its tables, and a manifest with what is given besides.
pub fn result(folder: &Path, manifest: Value, tables: &[(&str, String)]) {
    let completed = Completed::default();
    for (name, text) in tables {
        let is_csv = Path::new(name).extension().is_some_and(|ending| ending == "csv");
        let rows = is_csv.then(|| csv::Reader::from_reader(text.as_bytes()).records().count() as u64);
        completed.write(&folder.join(name), text, rows).expect("room");
    }
    let mut manifest = manifest;
    manifest["complete"] = json!(true);
    manifest["tables"] = serde_json::to_value(completed.tables()).expect("plain data");
    for (field, value) in [("commit", "0"), ("commit_state", "clean"), ("version", "0.1.0")] {
        manifest[field] = json!(value);
    }
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).expect("room");
}

/// Rows as CSV.
pub fn csv(columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).expect("memory");
    for row in rows {
        writer.write_record(row).expect("memory");
    }
    String::from_utf8(writer.into_inner().expect("memory")).expect("text")
}

const FIRST: u32 = 4_920_351;

/// The columns of `subnets.csv` that a report reads.
pub const SUBNETS: &str =
    "block,time_utc,netuid,price,moving_price,tao_in,alpha_in,emission_share,root_proportion";

/// Price, moving price, reserves, share and root's proportion of a subnet at a block: waves, and a pump of subnet 28.
pub fn values(step: u32, netuid: u16) -> [f64; 6] {
    let (at, own) = (f64::from(step), f64::from(netuid));
    let wave = libm::sin(at * 0.01 + own) * 0.2 + libm::sin(at * 0.37 + own * 3.0) * 0.03;
    let pump = if netuid == 28 && (300..380).contains(&step) { 6.0 } else { 1.0 };
    let price = 0.01 * (1.0 + own / 40.0) * (1.0 + wave) * pump;
    [price, price * 0.9, 1_000.0 + own + at, 90_000.0 - at * 0.5, 1.0 / 69.0 + wave / 700.0, 0.97 - at * 1e-5]
}

/// A run of some subnets and groups.
pub fn run(folder: &Path, subnets: u16, steps: u32, every: u32, groups: &[String], names: &[String]) {
    let mut table = format!("{SUBNETS}\n");
    for step in 0..steps {
        let block = FIRST + step * every;
        for netuid in (1..=subnets).map(|netuid| if subnets < 28 && netuid == subnets { 28 } else { netuid })
        {
            let [price, moving, tao, alpha, share, root] = values(step, netuid);
            let _ = writeln!(
                table,
                "{block},2025-02-13T21:43:48Z,{netuid},{price},{moving},{tao},{alpha},{share},{root}"
            );
        }
    }
    let profits = (0..steps).flat_map(|step| {
        groups.iter().enumerate().map(move |(at, group)| {
            let profit = libm::sin(f64::from(step) * 0.02 + at as f64) * 10.0 * (at + 1) as f64;
            vec![(FIRST + step * every).to_string(), group.clone(), profit.to_string()]
        })
    });
    let calls = (0..steps).step_by(7).flat_map(|step| {
        let block = (FIRST + step * every).to_string();
        groups.iter().enumerate().map(move |(at, group)| {
            let event = if step % 2 == 0 { "buy" } else { "sell" };
            let tao = (f64::from(step % 11) + at as f64).to_string();
            vec![block.clone(), event.into(), group.clone(), "28".into(), tao, String::new()]
        })
    });
    let mut calls: Vec<Vec<String>> = calls.collect();
    for (at, name) in names.iter().enumerate().take(30) {
        let block = (FIRST + at as u32 * every).to_string();
        calls.push(vec![block, "set".into(), name.clone(), "28".into(), String::new(), name.clone()]);
    }
    calls.sort_by_key(|row| row[0].parse::<u32>().expect("a block"));
    for step in (0..steps).step_by(36) {
        calls.push(vec![
            (FIRST + step * every).to_string(),
            "epoch".into(),
            String::new(),
            "28".into(),
            "1".into(),
            String::new(),
        ]);
    }
    calls.sort_by_key(|row| row[0].parse::<u32>().expect("a block"));
    let last = FIRST + (steps - 1) * every;
    let metrics: serde_json::Map<String, Value> =
        names.iter().enumerate().map(|(at, name)| (name.clone(), json!(at as f64 / 3.0))).collect();
    let calls_of: serde_json::Map<String, Value> =
        names.iter().take(20).map(|name| (name.clone(), json!(3))).collect();
    let summary = json!({ "first_block": FIRST, "last_block": last, "metrics": metrics, "calls": calls_of, "audit": null });
    let title = names.first().map_or("waves", String::as_str);
    let manifest = json!({
        "dtao": "run", "scenario": title, "file": title, "assignments": names, "files": { title: title }, "seed": 1,
        "blocks_made": last - FIRST + 1, "interrupted": false, "resolved_scenario": "Scenario(",
    });
    let tables = [
        ("subnets.csv", table),
        ("groups.csv", csv(&["block", "group", "profit"], profits)),
        ("events.csv", csv(&["block", "event", "group", "netuid", "tao", "detail"], calls)),
        ("summary.json", summary.to_string()),
    ];
    result(folder, manifest, &tables);
}

const CELLS: [&str; 18] = [
    "point",
    "arm",
    "outcome",
    "n",
    "missing",
    "mean",
    "low",
    "high",
    "method",
    "q05",
    "q25",
    "q50",
    "q75",
    "q95",
    "difference",
    "difference_low",
    "difference_high",
    "difference_method",
];

/// A sweep over a grid of two factors with some arms.
pub fn sweep(folder: &Path, factors: [&str; 2], arms: &[String], outcome: &str) {
    let (values, seeds) = ([10.0, 20.0, 40.0], 12);
    let (mut cells, mut runs) = (Vec::new(), Vec::new());
    for (point, (a, b)) in values.iter().flat_map(|a| values.iter().map(move |b| (a, b))).enumerate() {
        for (at, arm) in arms.iter().enumerate() {
            let mean = a * 0.1 - b * 0.03 + at as f64 * 0.2;
            let difference = if at == 0 {
                vec![String::new(); 4]
            } else {
                let numbers = [0.2, 0.15, 0.26].map(|d| (d * at as f64).to_string());
                [&numbers[..], &["skew_adjusted".into()]].concat()
            };
            let mut row = vec![
                point.to_string(),
                arm.clone(),
                outcome.into(),
                seeds.to_string(),
                "0".into(),
                mean.to_string(),
            ];
            row.extend([(mean - 0.1).to_string(), (mean + 0.12).to_string(), "skew_adjusted".into()]);
            row.extend([-0.4, -0.2, 0.0, 0.2, 0.4].map(|q| (mean + q).to_string()));
            row.extend(difference);
            row.extend([a.to_string(), b.to_string()]);
            cells.push(row);
            for seed in 0..seeds {
                let value = mean + (f64::from(seed) - 5.5) * 0.05;
                runs.push(vec![
                    runs.len().to_string(),
                    point.to_string(),
                    arm.clone(),
                    seed.to_string(),
                    a.to_string(),
                    b.to_string(),
                    value.to_string(),
                ]);
            }
        }
    }
    let indices = factors.iter().enumerate().flat_map(|(at, factor)| {
        ["first", "total"].map(|index| {
            let value = 0.3 + 0.2 * at as f64;
            vec![
                arms[0].clone(),
                outcome.into(),
                (*factor).to_owned(),
                index.into(),
                value.to_string(),
                (value - 0.1).to_string(),
                (value + 0.1).to_string(),
            ]
        })
    });
    let failures = vec![vec!["3".to_owned(), arms[0].clone(), "1".into(), outcome.into(), factors[0].into()]];
    let set: Vec<Value> = arms.iter().map(|arm| json!({ "name": arm, "set": [arm] })).collect();
    let of_factors: Vec<Value> =
        factors.iter().map(|name| json!({ "name": name, "path": name, "kind": "Number" })).collect();
    let digest = json!({ "bytes": 0, "sha256": "" });
    let manifest = json!({
        "dtao": "sweep", "sweep": outcome, "file": outcome, "about": outcome, "sources_sha256": "", "random_numbers": "", "scenario": outcome,
        "scenario_sha256": "", "files": { outcome: outcome }, "set": [], "arms": set, "factors": of_factors, "design": "Single",
        "outcomes": [outcome], "kinds": { outcome: "Ratio" }, "seeds": [0, seeds], "audited": false, "points": 9, "runs": runs.len(),
        "plan_table": digest, "points_table": digest,
    });
    let columns: Vec<&str> = CELLS.into_iter().chain(factors).collect();
    let mut of_runs = vec!["run", "point", "arm", "seed"];
    of_runs.extend(factors);
    of_runs.push(outcome);
    let tables = [
        ("cells.csv", csv(&columns, cells)),
        ("runs.csv", csv(&of_runs, runs)),
        ("failures.csv", csv(&["run", "arm", "seed", "message", "replay"], failures)),
        ("sensitivity.csv", csv(&["arm", "outcome", "factor", "index", "value", "low", "high"], indices)),
    ];
    result(folder, manifest, &tables);
}

/// A comparison of some rules.
pub fn comparison(folder: &Path, names: &[String]) {
    let columns: Vec<Value> =
        names.iter().take(5).map(|name| json!({ "name": name, "like": null })).collect();
    let rows: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let entries: Vec<Value> = (0..columns.len())
                .map(|column| {
                    if column == 0 {
                        json!({ "n": 3, "missing": 0, "mean": 2.0, "difference": null, "relative": null, "interval": null, "telling": false })
                    } else {
                        let difference = (at as f64 - 2.0) * 0.1 * column as f64;
                        let interval = json!({ "low": difference - 0.1, "high": difference + 0.1 });
                        json!({ "n": 3, "missing": 0, "mean": 2.0 + difference, "difference": difference, "relative": difference / 2.0, "interval": interval, "telling": difference.abs() > 0.1 })
                    }
                })
                .collect();
            json!({ "outcome": name, "about": name, "kind": "Amount", "entries": entries })
        })
        .collect();
    let comparison = json!({ "about": names[0], "columns": columns, "rows": rows, "notes": names, "traced": true, "sentence": names.join(", ") });
    let manifest = json!({ "dtao": "comparison", "scenario": names[0], "file": names[0], "assignments": names, "rules": names, "seeds": 3, "flow": names[0] });
    result(folder, manifest, &[("comparison.json", comparison.to_string())]);
}

/// An experiment with some arms.
pub fn story(folder: &Path, arms: &[String]) {
    let mechanisms = ["M1", "M2", "M3"];
    let checks = mechanisms.iter().enumerate().flat_map(|(at, mechanism)| {
        arms.iter().map(move |arm| {
            let (median, verdict) = if at == 1 { (3.0, "missed") } else { (1.0, "met") };
            ["Validation", arm, "1", "0.5", "1.5", &median.to_string(), "0.2", "2", verdict, "0.4"]
                .map(str::to_owned)
                .into_iter()
                .fold(vec![(*mechanism).to_owned()], |mut row, cell| {
                    row.push(cell);
                    row
                })
        })
    });
    let answers = mechanisms.iter().enumerate().flat_map(|(at, mechanism)| {
        arms.iter().enumerate().map(move |(number, arm)| {
            let value = at as f64 * 0.3 + number as f64 * 0.1;
            let question = if number % 2 == 0 { arm.clone() } else { "What does it cost?".to_owned() };
            vec![
                question,
                (*mechanism).into(),
                arm.clone(),
                format!("price in {arm}"),
                value.to_string(),
                (value - 0.2).to_string(),
                (value + 0.2).to_string(),
                arm.clone(),
                "20".into(),
            ]
        })
    });
    let tables = [
        (
            "validation.csv",
            csv(
                &[
                    "mechanism",
                    "kind",
                    "metric",
                    "target",
                    "least",
                    "greatest",
                    "median",
                    "q05",
                    "q95",
                    "verdict",
                    "skill",
                ],
                checks,
            ),
        ),
        (
            "answers.csv",
            csv(&["question", "mechanism", "arm", "measure", "value", "low", "high", "range", "n"], answers),
        ),
    ];
    let manifest = json!({ "dtao": "experiment", "experiment": arms[0], "seeds": null, "sweeps": { arms[0].as_str(): arms[0] } });
    result(folder, manifest, &tables);
}

/// A search for attacks under some rules, two of them found under each.
pub fn attack(folder: &Path, names: &[String]) {
    let rules: Vec<String> = ["own".to_owned()].into_iter().chain(names.iter().take(20).cloned()).collect();
    let numbered = || rules.iter().enumerate().flat_map(|(at, rule)| [1, 2].map(|number| (at, rule, number)));
    let mean = |at: usize, number: i32| 2.0 - at as f64 * 0.25 - f64::from(number) * 0.125;
    let attacks = numbered().map(|(at, rule, number)| {
        let mean = mean(at, number);
        let program = if number == 1 {
            "Program(steps:[(action:Stake(on:Smallest,part:0.5,hotkey:Validator,limit:None))])".to_owned()
        } else {
            rule.clone()
        };
        let numbers = [
            mean,
            mean - 0.5,
            mean + 0.5,
            mean - 2.0,
            mean,
            mean + 2.0,
            0.25,
            0.01,
            mean + 0.1,
            50.0,
            mean - 0.1,
        ];
        let numbers = numbers.map(|number| number.to_string());
        let start = [rule.clone(), number.to_string(), (number == 1).to_string(), "64".into()];
        start.into_iter().chain(numbers).chain(["closes".into(), program]).collect()
    });
    let columns = [
        "rule",
        "attack",
        "claimed",
        "seeds",
        "mean",
        "lower",
        "upper",
        "p5",
        "p50",
        "p95",
        "loss_probability",
        "p_holm",
        "profit_over_holding",
        "capital",
        "one_block_late",
        "audit",
        "program",
    ];
    let curve = rules.iter().enumerate().flat_map(|(at, rule)| {
        (1..4).map(move |step| {
            vec![rule.clone(), (step * 64).to_string(), (step as f64 - at as f64).to_string()]
        })
    });
    let replayed = numbered().filter(|(at, ..)| *at > 0).map(|(at, rule, number)| {
        let replayed = mean(at, number).to_string();
        vec![
            rule.clone(),
            number.to_string(),
            "1.5".into(),
            replayed,
            "0.5".into(),
            "false".into(),
            "-3".into(),
        ]
    });
    let calls = numbered().map(|(_, rule, number)| {
        let cells = [rule, &number.to_string(), "5100000", "0", "Stake", "3", rule, "1.5", ""];
        cells.map(str::to_owned).into()
    });
    let payers = numbered()
        .map(|(_, rule, number)| vec![rule.clone(), number.to_string(), rule.clone(), "-0.5".into()]);
    let tables = [
        ("attacks.csv", csv(&columns, attacks)),
        ("curve.csv", csv(&["rule", "evaluations", "best"], curve)),
        (
            "rules.csv",
            csv(
                &["rule", "attack", "own", "replayed", "searched_best", "searched_claimed", "honest_change"],
                replayed,
            ),
        ),
        (
            "calls.csv",
            csv(&["rule", "attack", "block", "account", "call", "netuid", "outcome", "tao", "alpha"], calls),
        ),
        ("payers.csv", csv(&["rule", "attack", "group", "change"], payers)),
    ];
    let manifest = json!({
        "dtao": "attack", "sources_sha256": "", "random_numbers": "", "files": {}, "resolved_scenario": "Scenario(", "scenario": names[0], "file": names[0], "assignments": names, "budget": "50.000000000",
        "goal": "profit", "accounts": 3, "ops": [], "calls": ["Stake", "Unstake"], "method": "search", "seeded": names, "against": names,
        "seed": 0, "evaluations": null, "minutes": 0.5, "made": 260, "repeated_by": { "own": 200, "Uniform": 220 },
    });
    result(folder, manifest, &tables);
}

/// Attacks by rules, as a table.
pub fn attack_table(folder: &Path, names: &[String]) {
    let attacks = &names[..names.len().min(12)];
    let against = &names[..names.len().min(4)];
    let rules: Vec<String> = ["own".to_owned()].into_iter().chain(against.iter().cloned()).collect();
    let cells = attacks.iter().enumerate().flat_map(|(at, name)| {
        rules.iter().enumerate().map(move |(under, rule)| {
            let verdict = ["kept", "stopped", "created", "nothing", "unclear", "fault"][(at + under) % 6];
            let gain = 1.0 - at as f64 * 0.25 - under as f64 * 0.5;
            let numbers = [gain, gain - 0.5, gain + 0.5, -gain, -gain - 0.5, -gain + 0.5];
            let texts = [name.clone(), rule.clone(), verdict.into(), (gain > 0.0).to_string(), "64".into()];
            let end = [rule.clone(), name.clone()];
            texts.into_iter().chain(numbers.map(|number| number.to_string())).chain(end).collect()
        })
    });
    let columns = [
        "attack",
        "rule",
        "verdict",
        "claimed",
        "seeds",
        "gain",
        "lower",
        "upper",
        "honest",
        "honest_lower",
        "honest_upper",
        "audit",
        "program",
    ];
    let manifest = json!({
        "dtao": "attack", "sources_sha256": "", "random_numbers": "", "files": {}, "resolved_scenario": "Scenario(", "scenario": names[0], "file": names[0], "assignments": names, "budget": "50.000000000",
        "goal": "profit", "accounts": 3, "ops": [], "calls": ["Stake", "Unstake"], "method": "search", "seeded": attacks, "names": attacks, "against": against,
        "seed": 0, "evaluations": null, "minutes": null, "made": 768, "repeated_by": {},
    });
    result(folder, manifest, &[("table.csv", csv(&columns, cells))]);
}

/// A fit of some mechanisms to two sets of facts, with scores and indices besides.
pub fn fit(folder: &Path, names: &[String]) {
    let (sets, models) = (["few", "more"], &names[..names.len().min(5)]);
    let each =
        || sets.iter().flat_map(|set| models.iter().enumerate().map(move |(at, model)| (set, at, model)));
    let texts = |cells: &[&str]| cells.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>();
    let weights = each().map(|(set, at, model)| {
        let weight = 0.5 / (at + 1) as f64;
        let numbers = [0.25, weight, weight - 0.05, weight + 0.1].map(|number| number.to_string());
        [texts(&[set, model, "150", "149", "45"]), numbers.into()].concat()
    });
    let confusion = each().flat_map(|(set, at, truth)| {
        models.iter().enumerate().map(move |(other, model)| {
            let chosen = if at == other { "0.75" } else { "0.125" };
            [*set, truth, model, "200", "0.5", chosen].map(str::to_owned).into()
        })
    });
    let believed = each().flat_map(|(set, _, model)| {
        [("answer", "caused"), ("parameter", model.as_str())].map(|(role, name)| {
            texts(&[set, model, role, name, "median, 5 to 95 %", "0.5", "0.1", "0.9", "0.7", "0.6", "0.8"])
        })
    });
    let calibration =
        each().map(|(set, _, model)| texts(&[set, model, "caused", "0.9", "0.25", "true", "true"]));
    let telling = sets
        .iter()
        .flat_map(|set| names.iter().map(|name| texts(&[set, name, "false", "0.2", "0.1", "0.3", "0.1"])));
    let together = each().map(|(set, at, model)| {
        let crps = (0.5 + at as f64 * 0.1).to_string();
        texts(&[set, model, "7", "3.5", "5", "0.85", &crps, "0.2"])
    });
    let scores = each().map(|(set, _, model)| {
        texts(&[set, model, "dump", "-0.9", "-0.8", "-1", "-0.5", "0.1", "0.4", "0.6"])
    });
    let indices = models.iter().flat_map(|model| {
        ["mu", "mu_star"].map(|index| texts(&[model, "caused", &names[0], index, "0.5", "0.25", "0.75"]))
    });
    let range = ["prior", "prior_low", "prior_high", "posterior", "low", "high"];
    let tables = [
        (
            "weights.csv",
            csv(
                &["facts", "model", "draws", "complete", "kept", "rejection", "weight", "low", "high"],
                weights,
            ),
        ),
        ("confusion.csv", csv(&["facts", "truth", "model", "truths", "weight", "chosen"], confusion)),
        (
            "posterior.csv",
            csv(&[&["facts", "model", "role", "name", "measure"][..], &range].concat(), believed),
        ),
        (
            "calibration.csv",
            csv(
                &["facts", "model", "name", "coverage", "contraction", "calibrated", "identified"],
                calibration,
            ),
        ),
        (
            "telling.csv",
            csv(&["facts", "outcome", "used", "bits_near", "by_chance_near", "bits", "by_chance"], telling),
        ),
        (
            "together.csv",
            csv(
                &[
                    "facts",
                    "model",
                    "number",
                    "independent",
                    "better",
                    "covered",
                    "crps_over_opponent",
                    "energy_skill",
                ],
                together,
            ),
        ),
        (
            "scores.csv",
            csv(
                &["facts", "model", "fact", "recorded", "median", "q05", "q95", "crps", "skill", "pit"],
                scores,
            ),
        ),
        ("sensitivity.csv", csv(&["model", "answer", "factor", "index", "value", "low", "high"], indices)),
    ];
    let manifest = json!({
        "dtao": "fit", "fit": names[0], "file": names[0], "sweep": names[0], "sweep_commit": "0", "draws": 150,
        "accept": 0.1, "truths": 200,
    });
    result(folder, manifest, &tables);
}
