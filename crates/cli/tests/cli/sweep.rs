//! Sweeps with real processes: any number of threads or shards, killed and resumed, gives the same bytes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::{Done, Folder};

const SWEEP: &str = r#"Sweep(
    about: "A small sweep for tests of the command line.",
    scenario: "small.ron",
    set: {"blocks": 200},
    names: {"traders": "agents.traders.count"},
    design: Grid({"traders": [3, 9], "agents.traders.strategy.buys": [0.4, 0.6, 0.8]}),
    arms: {"baseline": {}, "rich": {"agents.traders.tao": "500 TAO"}},
    seeds: (5, 25),
)"#;
const RUNS: usize = 2 * 3 * 2 * 20;

/// A folder with the sweep, and its results with one thread in `one`.
fn with_results() -> Folder {
    let folder = with_sweep();
    folder.dtao(&["sweep", "sweep.ron", "--jobs", "1", "--out", "one"]).exits(0);
    folder
}

fn with_sweep() -> Folder {
    let folder = Folder::new();
    folder.write("sweep.ron", SWEEP);
    folder
}

/// Every file of a folder but shards, with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
    let name = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    let mut files: Vec<_> = paths.map(|path| (name(&path), fs::read(&path).expect("readable"))).collect();
    files.sort();
    files
}

#[track_caller]
fn assert_same(folder: &Folder, other: &str) {
    let (one, other) = (files(&folder.path("one")), files(&folder.path(other)));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other));
    for ((name, one), (_, other)) in one.iter().zip(&other) {
        assert!(one == other, "{name} differs:\n{}", String::from_utf8_lossy(other));
    }
}

#[test]
fn a_sweep_writes_a_row_for_each_run_in_the_order_of_its_plan() {
    let folder = with_sweep();
    let done = folder.dtao(&["sweep", "sweep.ron", "--out", "out"]).exits(0);
    assert_eq!(done.stderr, "", "quiet where nobody watches");
    assert!(done.stdout.contains("240 runs, 0 failed"), "{}", done.stdout);
    let plan = folder.read("out/plan.csv");
    let runs = folder.read("out/runs.csv");
    assert_eq!(plan.lines().count(), RUNS + 1);
    assert!(
        plan.starts_with("run,point,arm,seed,traders,agents.traders.strategy.buys\n0,0,baseline,5,3,0.4\n")
    );
    assert!(plan.ends_with("\n239,5,rich,24,9,0.8\n"), "{plan}");
    assert!(runs.starts_with("run,point,arm,seed,traders,agents.traders.strategy.buys,price,shares\n"));
    for (planned, run) in plan.lines().zip(runs.lines()).skip(1) {
        let first = |line: &str| line.split(',').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(first(planned), first(run));
    }
    let points = folder.read("out/points.csv");
    assert_eq!(points.lines().next(), Some("point,traders,agents.traders.strategy.buys"));
    assert_eq!(points.lines().last(), Some("5,9,0.8"));
    assert_eq!(folder.read("out/failures.csv").lines().count(), 1, "only the header");
    assert!(!folder.path("out/parts").exists());
    let again = folder.dtao(&["sweep", "sweep.ron", "--out", "out"]);
    again.refused_with(&["out", "not empty", "--resume", "--force"]);
}

#[test]
fn a_row_is_what_the_run_of_its_values_and_seed_comes_to() {
    let folder = with_results();
    let runs = folder.read("one/runs.csv");
    // Point 4 is the fifth of six, in the second arm.
    let row = runs.lines().find(|row| row.contains(",4,rich,17,")).expect("a row");
    let sets = [
        "blocks=200",
        "agents.traders.count=9",
        "agents.traders.strategy.buys=0.6",
        "agents.traders.tao=500 TAO",
    ];
    let sets: Vec<&str> = sets.into_iter().flat_map(|set| ["--set", set]).collect();
    let summary =
        folder.dtao(&[&["run", "small.ron", "--seed", "17", "--json"][..], &sets].concat()).exits(0).json();
    let outcomes: Vec<f64> = row.split(',').skip(6).map(|cell| cell.parse().expect("a number")).collect();
    let metrics = ["price", "shares"].map(|name| summary["metrics"][name].as_f64().expect("a number"));
    assert_eq!(outcomes, metrics);
}

#[test]
fn two_threads_give_the_same_bytes_as_one() {
    let folder = with_results();
    folder.dtao(&["sweep", "sweep.ron", "--jobs", "2", "--out", "two"]).exits(0);
    assert_same(&folder, "two");
    folder.dtao(&["sweep", "sweep.ron", "--jobs", "7", "--out", "two", "--force"]).exits(0);
    assert_same(&folder, "two");
}

#[test]
fn a_table_of_points_gives_the_bytes_of_the_design_that_wrote_it() {
    let folder = with_results();
    fs::copy(folder.path("one/points.csv"), folder.path("mine.csv")).expect("a copy");
    let design = SWEEP.lines().find(|line| line.contains("design:")).expect("a line");
    folder.write("table.ron", &SWEEP.replace(design, r#"    design: Table("mine.csv"),"#));
    folder.dtao(&["sweep", "table.ron", "--out", "table"]).exits(0);
    for file in ["plan.csv", "runs.csv", "failures.csv"] {
        assert_eq!(folder.read(&format!("one/{file}")), folder.read(&format!("table/{file}")), "{file}");
    }
}

#[test]
fn four_shards_merged_in_any_order_give_the_same_bytes() {
    let folder = with_results();
    for shard in ["3/4", "1/4", "4/4", "2/4"] {
        let done = folder.dtao(&["sweep", "sweep.ron", "--shard", shard, "--out", "shards"]).exits(0);
        assert!(done.stdout.contains("60 runs"), "{}", done.stdout);
    }
    folder.dtao(&["merge", "shards", "--out", "merged"]).exits(0);
    assert_same(&folder, "merged");
    let names = |order: [u32; 4]| order.map(|index| format!("shards/shard-{index}-of-4"));
    for order in [[4, 3, 2, 1], [2, 4, 1, 3]] {
        let shards = names(order);
        let shards: Vec<&str> = shards.iter().map(String::as_str).collect();
        folder.dtao(&[&["merge", "--force", "--out", "merged"][..], &shards].concat()).exits(0);
        assert_same(&folder, "merged");
    }
    // Beside the shards, too.
    folder.dtao(&["merge", "shards"]).exits(0);
    assert_same(&folder, "shards");
}

#[test]
fn a_shard_whose_valid_output_exists_is_skipped_and_a_damaged_one_is_made_again() {
    let folder = with_results();
    let shard = |shard| folder.dtao(&["sweep", "sweep.ron", "--shard", shard, "--out", "shards"]).exits(0);
    let first = shard("1/2");
    let rows = folder.path("shards/shard-1-of-2/rows");
    let whole = fs::read(&rows).expect("its rows");
    // Were it made again, the file would be another one.
    let modified = |path: &Path| fs::metadata(path).expect("its rows").modified().expect("a time");
    let before = modified(&rows);
    assert_eq!(shard("1/2").stdout, first.stdout);
    assert_eq!(modified(&rows), before, "it was made again");

    folder.dtao(&["merge", "shards"]).refused_with(&["missing", "2/2"]);
    shard("2/2");
    let mut spoilt = whole.clone();
    spoilt[whole.len() / 2] ^= 1;
    fs::write(&rows, &spoilt).expect("room");
    folder.dtao(&["merge", "shards"]).refused_with(&["shard-1-of-2/rows", "damaged", "make the shard again"]);
    shard("1/2");
    assert_eq!(fs::read(&rows).expect("its rows"), whole);
    folder.dtao(&["merge", "shards"]).exits(0);
    assert_same(&folder, "shards");
}

#[test]
fn shards_that_do_not_belong_together_are_refused() {
    let folder = with_sweep();
    let shard = |sweep, shard, out| folder.dtao(&["sweep", sweep, "--shard", shard, "--out", out]).exits(0);
    shard("sweep.ron", "1/2", "a");
    shard("sweep.ron", "2/3", "c");
    folder.write("other.ron", &SWEEP.replace("(5, 25)", "(5, 20)"));
    shard("other.ron", "2/2", "b");
    folder.dtao(&["merge", "a", "b", "--out", "m"]).refused_with(&["the seeds"]);
    folder.dtao(&["merge", "a", "c", "--out", "m"]).refused_with(&["one of 3 shards", "of 2"]);
    folder
        .dtao(&["sweep", "other.ron", "--shard", "2/2", "--out", "a"])
        .refused_with(&["the plan", "other shards"]);
    folder.dtao(&["merge", "m"]).refused_with(&["m", "No such file or directory"]);
    folder.dtao(&["merge", "a/shard-1-of-2/../.."]).refused_with(&["no shard in this folder"]);
}

#[test]
fn array_jobs_say_which_shard_it_is() {
    let folder = with_sweep();
    let run = |variables: &[(&str, &str)], shard: &str| {
        let mut command = folder.command(&["sweep", "sweep.ron", "--shard", shard, "--out", "out"]);
        command.envs(variables.iter().copied());
        Done::of(command.output().expect("it starts"))
    };
    let slurm = ["ID", "MIN", "STEP", "COUNT"].map(|name| format!("SLURM_ARRAY_TASK_{name}"));
    let slurm: Vec<_> = slurm.iter().map(String::as_str).zip(["1", "0", "1", "8"]).collect();
    run(&slurm, "auto").exits(0);
    run(&[("JOB_COMPLETION_INDEX", "7")], "auto/8").exits(0);
    assert_eq!(folder.names("out"), ["plan.csv", "points.csv", "shard-2-of-8", "shard-8-of-8"]);
    run(&[], "auto").refused_with(&["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"]);
}

#[test]
fn a_wrong_sweep_is_refused_before_the_first_run() {
    for (right, wrong, words) in [
        ("seeds: (5, 25)", "seeds: (25, 5)", &["sweep.ron", "seeds", "no seed"][..]),
        ("\"small.ron\"", "\"smal.ron\"", &["sweep.ron:3:", "no such file", "small.ron"]),
        ("agents.traders.strategy.buys", "agents.traders.strategy.bys", &["point 0", "bys", "buys"]),
        ("[0.4, 0.6, 0.8]", "[0.4, 0.6, 1.8]", &["point 2, arm `baseline`", "1.8", "0 to 1"]),
        ("500 TAO", "500 TOA", &["arm `rich`", "500 TOA"]),
        ("{\"blocks\": 200}", "{\"block\": 200}", &["block"]),
        (
            "seeds: (5, 25),",
            "seeds: (5, 25), outcomes: [\"prize\"],",
            &["outcomes[0]", "prize", "did you mean `price`"],
        ),
        ("\"traders\": [3, 9]", "\"traders\": []", &["`traders` has no values"]),
        ("about:", "abut:", &["sweep.ron:2:", "abut", "about"]),
    ] {
        let folder = with_sweep();
        assert_eq!(SWEEP.matches(right).count(), 1, "{right}");
        folder.write("sweep.ron", &SWEEP.replace(right, wrong));
        folder.dtao(&["sweep", "sweep.ron", "--out", "out"]).refused_with(words);
        assert!(!folder.path("out").exists(), "{wrong}: nothing is written");
        folder.dtao(&["check", "sweep.ron"]).refused_with(words);
    }
}

#[test]
fn checking_a_sweep_says_how_many_runs_it_is() {
    let done = with_sweep().dtao(&["check", "sweep.ron"]).exits(0);
    assert!(done.stdout.contains("240 runs: 6 point(s) x 2 arm(s) x 20 seed(s)"), "{}", done.stdout);
}

#[test]
fn seeds_from_the_command_line_replace_the_files() {
    let folder = with_sweep();
    folder.dtao(&["sweep", "sweep.ron", "--seeds", "7..9", "--out", "out"]).exits(0);
    let plan = folder.read("out/plan.csv");
    assert_eq!(plan.lines().count(), 2 * 3 * 2 * 2 + 1);
    assert!(plan.contains("\n1,0,baseline,8,"), "{plan}");
}

#[test]
fn a_dry_run_says_how_much_it_would_be_and_writes_nothing() {
    let folder = with_sweep();
    let before = folder.names(".");
    let said = folder.dtao(&["sweep", "sweep.ron", "--dry-run", "--jobs", "2"]).exits(0).stdout;
    for words in ["240 runs", "2 at once: about", "plan.csv and runs.csv: about"] {
        assert!(said.contains(words), "`{words}` is missing in:\n{said}");
    }
    let estimate = |more: &[&str]| {
        folder.dtao(&[&["sweep", "sweep.ron", "--dry-run", "--json"][..], more].concat()).exits(0).json()
    };
    assert_eq!(estimate(&["--shard", "3/50"])["runs"], 5);
    let bytes = estimate(&[])["bytes"].as_f64().expect("a number");
    assert_eq!(folder.names("."), before);
    folder.dtao(&["sweep", "sweep.ron", "--out", "out"]).exits(0);
    let written = folder.read("out/plan.csv").len() + folder.read("out/runs.csv").len();
    let ratio = bytes / written as f64;
    assert!((0.7..1.4).contains(&ratio), "estimated {bytes}, written {written}");
}

/// The sweep, with another design and rule.
fn with_design(design: &str, more: &str) -> Folder {
    let folder = with_sweep();
    let line = SWEEP.lines().find(|line| line.contains("design:")).expect("a line");
    let text = SWEEP.replace(line, &format!("    design: {design},\n    {more}"));
    folder.write("sweep.ron", &text);
    folder
}

#[test]
fn cells_say_how_sure_a_mean_is_and_compare_arms_seed_by_seed() {
    let folder = with_results();
    let mut reader = csv::Reader::from_path(folder.path("one/cells.csv")).expect("a table");
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 6 * 2 * 2, "points x arms x outcomes");
    let mut runs = csv::Reader::from_path(folder.path("one/runs.csv")).expect("a table");
    let prices = |runs: &mut csv::Reader<fs::File>, arm: &str| -> Vec<f64> {
        let of = runs.records().map(|row| row.expect("a row"));
        of.filter(|row| &row[1] == "3" && &row[2] == arm)
            .map(|row| row[6].parse().expect("a number"))
            .collect()
    };
    let poor = prices(&mut runs, "baseline");
    let mut runs = csv::Reader::from_path(folder.path("one/runs.csv")).expect("a table");
    let rich = prices(&mut runs, "rich");
    let row =
        rows.iter().find(|row| &row[0] == "3" && &row[1] == "rich" && &row[4] == "price").expect("a row");
    let text = |name: &str| &row[header.iter().position(|column| column == name).expect("a column")];
    let cell = |name: &str| text(name).parse::<f64>().unwrap_or_else(|error| panic!("{name}: {error}"));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let near = |found: f64, due: f64| (found - due).abs() <= 1e-12 * due.abs().max(1e-3);
    assert_eq!(cell("n"), 20.0);
    assert!(near(cell("mean"), mean(&rich)));
    assert!(near(cell("difference"), mean(&rich) - mean(&poor)));
    assert!(cell("low") <= cell("mean") && cell("mean") <= cell("high"));
    assert_eq!(text("method"), "skew_adjusted");
    // What traders have moves no price here, in no seed: which proves nothing of other seeds.
    assert_eq!(poor, rich);
    assert_eq!((text("difference_low"), text("difference_high")), ("", ""));
    assert_eq!(text("difference_method"), "no interval: constant sample");
}

#[test]
fn a_sweep_until_its_intervals_are_tight_gives_the_same_bytes_any_way() {
    let until = r#"until: HalfWidth(outcome: "price", half_width: 3e-6, min: 20, batch: 7),"#;
    let folder = with_design(r#"Grid({"traders": [3, 9]})"#, until);
    let text = folder.read("sweep.ron").replace("(5, 25)", "(5, 65)");
    folder.write("sweep.ron", &text);
    folder.dtao(&["sweep", "sweep.ron", "--jobs", "1", "--out", "one"]).exits(0);
    let runs = folder.read("one/runs.csv").lines().count() - 1;
    assert!(runs > 4 * 20 && runs < 4 * 60, "{runs}: some point stops before the cap, some goes on");
    assert_eq!(folder.read("one/plan.csv").lines().count(), 1 + 4 * 60, "the plan has all that may be run");
    folder.dtao(&["sweep", "sweep.ron", "--jobs", "2", "--out", "two"]).exits(0);
    assert_same(&folder, "two");
    for shard in ["2/2", "1/2"] {
        folder.dtao(&["sweep", "sweep.ron", "--shard", shard, "--out", "shards"]).exits(0);
    }
    folder.dtao(&["merge", "shards"]).exits(0);
    assert_same(&folder, "shards");

    for (wrong, words) in [
        (until.replace("\"price\"", "\"prize\""), &["until.HalfWidth.outcome", "prize", "price"][..]),
        (until.replace("min: 20", "min: 5"), &["until.HalfWidth", "min is 5"]),
        (until.replace("min: 20", "min: 100"), &["until.HalfWidth", "cap is 60", "the seeds of the sweep"]),
    ] {
        folder.write("sweep.ron", &text.replace(until, &wrong));
        folder.dtao(&["check", "sweep.ron"]).refused_with(words);
    }
}

#[test]
fn designs_for_sensitivity_tell_which_factor_moves_an_outcome() {
    let ranges = r#"ranges: {
        "buys": (from: 0.1, to: 0.9), "fee": (from: 1, to: 2, decimals: 3, write: "{} TAO")
    }"#;
    let names = r#"{"traders": "agents.traders.count"}"#;
    let both = r#"{"buys": "agents.traders.strategy.buys", "fee": "start.last_registration.cost"}"#;
    for (design, index, points) in [
        (format!("Sobol(rows: 16, seed: 1, {ranges})"), "total", 16 * 4),
        (format!("Morris(trajectories: 8, levels: 4, seed: 1, {ranges})"), "mu_star", 8 * 3),
    ] {
        let folder = with_design(&design, "");
        let text = folder.read("sweep.ron").replace(names, both).replace("(5, 25)", "(5, 8)");
        folder.write("sweep.ron", &text);
        folder.dtao(&["sweep", "sweep.ron", "--jobs", "1", "--out", "one"]).exits(0);
        assert_eq!(folder.read("one/points.csv").lines().count(), 1 + points);
        let mut reader = csv::Reader::from_path(folder.path("one/sensitivity.csv")).expect("a table");
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        let value = |factor: &str| {
            let row = rows.iter().find(|row| {
                (&row[0], &row[1], &row[2], &row[3]) == ("baseline", "shares", factor, index)
                    || (&row[0], &row[1], &row[2], &row[3]) == ("baseline", "price", factor, index)
            });
            row.map_or(f64::NAN, |row| row[4].parse().expect("a number"))
        };
        // What the last registration cost moves no price, and how many buy does.
        assert!(value("buys") > 0.0 && value("fee") == 0.0, "{rows:?}");
        for shard in ["2/3", "1/3", "3/3"] {
            folder.dtao(&["sweep", "sweep.ron", "--shard", shard, "--out", "shards"]).exits(0);
        }
        folder.dtao(&["merge", "shards"]).exits(0);
        assert_same(&folder, "shards");
    }
}

#[cfg(not(feature = "parquet"))]
#[test]
fn parquet_is_refused_by_a_program_that_was_built_without() {
    let folder = with_sweep();
    let done = folder.dtao(&["sweep", "sweep.ron", "--out", "out", "--parquet"]);
    done.refused_with(&["built without Parquet", "--features parquet"]);
    assert!(!folder.path("out").exists());
}
