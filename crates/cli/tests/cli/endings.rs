//! How commands end: a small chart, a table with units that fits, and one last line that sums up.

use crate::program::{Done, Folder};

/// What a command prints where a text may have so many columns.
fn at(folder: &Folder, width: usize, arguments: &[&str]) -> String {
    let mut command = folder.command(arguments);
    let output = command.env("COLUMNS", width.to_string()).output().expect("it starts");
    Done::of(output).exits(0).stdout
}

#[track_caller]
fn ends_with(text: &str, last: &str) {
    assert_eq!(text.trim_end().lines().last(), Some(last), "{text}");
}

const SWEEP: &str = r#"Sweep(
    about: "Along one factor.",
    scenario: "small.ron",
    design: Grid({"agents.traders.count": [2, 5, 9]}),
    arms: {"base": {}, "spot": {"protocol.rules.emission": "SpotPrice"}},
    seeds: (0, 4),
)"#;

#[test]
fn a_run_ends_with_its_metrics_their_units_and_a_sum() {
    let folder = Folder::new();
    for width in [40, 80, 160] {
        let text = at(&folder, width, &["run", "small.ron", "--out", "out", "--force"]);
        let (chart, table) =
            (text.find('┤').expect("a chart"), text.rfind("TAO per alpha\n").expect("a unit"));
        assert!(chart < table, "{width}\n{text}");
        ends_with(&text, "1 run, 0 failed, 0 missing");
        let shown = at(&folder, width, &["show", "out"]);
        assert!(shown.lines().all(|line| line.chars().count() <= width), "{width}\n{shown}");
        assert!(shown.contains("spot price of subnet"), "{shown}");
        ends_with(&shown, "1 run, 0 failed, 0 missing");
    }
    let short = at(&folder, 80, &["run", "small.ron", "--blocks", "20"]);
    ends_with(&short, "1 run, 0 failed, 2 missing");
}

#[test]
fn a_sweep_ends_with_a_chart_and_a_sum_and_so_does_one_that_was_stopped() {
    let folder = Folder::new();
    folder.write("sweep.ron", SWEEP);
    let text = at(&folder, 80, &["sweep", "sweep.ron", "--out", "swept"]);
    assert!(text.contains('●') && text.contains("along agents.traders.count"), "{text}");
    ends_with(&text, "24 runs, 0 failed, 0 missing");
    for width in [40, 80, 160] {
        let shown = at(&folder, width, &["show", "swept"]);
        assert!(shown.lines().all(|line| line.chars().count() <= width), "{width}\n{shown}");
        assert!(shown.contains('●') && shown.contains("TAO per"), "{width}\n{shown}");
        ends_with(&shown, "24 runs, 0 failed, 0 missing");
    }
    // What it was while it was made: its manifest without the end, and its rows.
    let manifest = folder.read("swept/manifest.json").replace("\"complete\": true", "\"complete\": false");
    let runs: Vec<String> = folder.read("swept/runs.csv").lines().take(13).map(str::to_owned).collect();
    let failures = folder.read("swept/failures.csv");
    folder.put("stopped/parts/manifest.json", &manifest);
    folder.put("stopped/parts/runs.csv", &(runs.join("\n") + "\n"));
    folder.put("stopped/parts/failures.csv", &failures);
    let shown = at(&folder, 80, &["show", "stopped"]);
    assert!(shown.contains("12 of 24 runs made") && shown.contains('●'), "{shown}");
    assert!(shown.find('●') < shown.find("outcome"), "the chart, then the table\n{shown}");
    ends_with(&shown, "12 runs, 0 failed, 0 missing");
}

#[test]
fn a_comparison_ends_with_bars_units_and_a_sum() {
    let folder = Folder::new();
    let compare = ["compare", "small.ron", "--rules", "SpotPrice,MarketCap", "--seeds", "3"];
    for width in [40, 80, 160] {
        let text = at(&folder, width, &compare);
        let bars = text.find('█').expect("bars");
        let table = text.find("TAO per alpha").expect("a unit");
        assert!(bars < table, "{width}\n{text}");
        let after = text[bars..].lines().skip(1);
        assert!(after.clone().all(|line| line.chars().count() <= width), "{width}\n{text}");
        let last = text.trim_end().lines().last().unwrap_or_default();
        assert!(last.starts_with("9 runs, 0 failed, "), "{text}");
        assert!(width > 40 || text.contains("left out at this width: SpotPrice"), "{text}");
    }
    folder.dtao(&[&compare[..], &["--out", "out"]].concat()).exits(0);
    let shown = at(&folder, 100, &["show", "out"]);
    assert!(shown.trim_end().lines().last().is_some_and(|last| last.starts_with("9 runs, 0 failed, ")));
}

#[test]
fn a_search_for_attacks_ends_with_a_sum() {
    let folder = Folder::new();
    let attack = ["attack", "small.ron", "--budget", "50 TAO", "--evaluations", "40", "--out", "out"];
    let text = at(&folder, 80, &attack);
    let last = text.trim_end().lines().last().unwrap_or_default().to_owned();
    assert!(last.contains(" runs, 0 failed, ") && last.ends_with(" missing"), "{text}");
    let shown = at(&folder, 80, &["show", "out"]);
    ends_with(&shown, &last);
}
