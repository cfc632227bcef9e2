//! `dtao report`: a page of each kind of result, its pictures, and what is refused.

use std::fs;

use crate::program::Folder;

/// The page of a folder, written by the command.
fn page(folder: &Folder, name: &str) -> String {
    let done = folder.dtao(&["report", name]).exits(0);
    assert!(done.stdout.contains(&format!("{name}/report.html")), "{done:?}");
    folder.read(&format!("{name}/report.html"))
}

#[test]
fn a_run_writes_its_report_and_the_command_writes_the_same() {
    let folder = Folder::new();
    let done =
        folder.dtao(&["run", "small.ron", "--set", "record.calls=All", "--out", "out", "--report"]).exits(0);
    assert!(done.stdout.contains("report: out/report.html"), "{done:?}");
    let written = folder.read("out/report.html");
    assert_eq!(page(&folder, "out"), written);
    for part in [
        "<h1>small</h1>",
        "Price of the subnet",
        "id=\"profit\"",
        "id=\"flows\"",
        "How to repeat it",
        "dtao run small.ron --seed 1",
    ] {
        assert!(written.contains(part), "{part}");
    }
    assert!(
        !written.contains("http://")
            || written.matches("http://").count() == written.matches("http://www.w3.org").count()
    );
}

#[test]
fn sweeps_and_comparisons_have_their_reports() {
    let folder = Folder::new();
    let sweep = r#"Sweep(about: "How many buy.", scenario: "small.ron", set: {"blocks": 60},
        design: Grid({"agents.traders.strategy.buys": [0.2, 0.8]}),
        arms: {"baseline": {}, "rich": {"agents.traders.tao": "500 TAO"}}, seeds: (0, 3))"#;
    folder.write("sweep.ron", sweep);
    folder.dtao(&["sweep", "sweep.ron", "--out", "swept"]).exits(0);
    let text = page(&folder, "swept");
    assert!(
        text.contains("12 runs: 2 points x 2 arms x 3 seeds; 0 failed.") && text.contains("<svg"),
        "{}",
        text.len()
    );
    let outcome = folder.dtao(&["report", "swept", "--outcome", "nothing"]);
    assert_eq!(outcome.stderr.matches("--outcome").count(), 1, "{outcome:?}");
    outcome.refused_with(&["the sweep has no outcome `nothing`"]);
    folder.dtao(&["report", "swept", "--netuid", "1"]).refused_with(&["--netuid", "a sweep"]);
    folder.dtao(&["compare", "swept", "--out", "compared"]).exits(0);
    assert!(page(&folder, "compared").contains("What changes"));
    folder.dtao(&["compare", "swept", "--outcome", "price", "--out", "one"]).exits(0);
    assert!(page(&folder, "one").contains("dtao compare swept --outcome price --out DIR"));
    folder.dtao(&["sweep", "sweep.ron", "--audit", "--out", "audited"]).exits(0);
    assert!(page(&folder, "audited").contains("dtao sweep sweep.ron --seeds 0..3 --audit --out DIR"));
    // A finished sweep with its report is still a finished sweep.
    folder.dtao(&["sweep", "sweep.ron", "--out", "swept", "--resume"]).exits(0);
    assert!(folder.names("swept").contains(&"report.html".to_owned()));
}

#[test]
fn a_result_is_shown_as_text_that_fits() {
    let folder = Folder::new();
    folder.dtao(&["run", "small.ron", "--out", "out"]).exits(0);
    for width in ["40", "80", "160"] {
        let text = folder.dtao(&["show", "out", "--width", width]).exits(0).stdout;
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(
            widest <= width.parse().ok() && text.contains("TAO per alpha") && text.contains("metric"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
    folder.dtao(&["show", "nowhere"]).refused_with(&["no finished result is in this folder"]);
}

#[test]
fn charts_are_written_as_pictures_and_a_later_result_takes_the_place_of_all() {
    let folder = Folder::new();
    folder.dtao(&["run", "small.ron", "--out", "out"]).exits(0);
    let json = folder.dtao(&["report", "out", "--svg", "--png", "--json"]).exits(0).json();
    let names = folder.names("out/report_figures");
    assert_eq!(json["files"].as_array().map(Vec::len), Some(1 + names.len()));
    assert!(
        names.iter().any(|name| name == "01-price.svg") && names.iter().any(|name| name == "01-price.png"),
        "{names:?}"
    );
    let bytes = fs::read(folder.path("out/report_figures/01-price.png")).expect("it is there");
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 5_000);
    folder.dtao(&["run", "small.ron", "--out", "out", "--force"]).exits(0);
    let left = folder.names("out");
    assert!(!left.iter().any(|name| name.starts_with("report")), "a report on another run: {left:?}");
}

#[test]
fn pictures_replace_only_those_of_their_kind_and_none_of_the_users() {
    let folder = Folder::new();
    folder.dtao(&["run", "small.ron", "--out", "out"]).exits(0);
    folder.dtao(&["report", "out", "--png"]).exits(0);
    let stale = "out/report_figures/99-gone.svg";
    folder.write(stale, "<svg/>");
    folder.dtao(&["report", "out", "--svg"]).exits(0);
    let names = folder.names("out/report_figures");
    assert!(
        names.contains(&"01-price.png".to_owned()) && names.contains(&"01-price.svg".to_owned()),
        "{names:?}"
    );
    assert!(!names.contains(&"99-gone.svg".to_owned()), "{names:?}");
    fs::create_dir(folder.path("mine")).expect("room");
    folder.write("mine/07-holiday.png", "mine");
    folder.dtao(&["report", "out", "--svg", "--png", "--figures", "mine"]).exits(0);
    assert_eq!(folder.read("mine/07-holiday.png"), "mine");
    let none = folder.dtao(&["report", "out", "--figures", "mine"]);
    none.refused_with(&["--figures: no pictures are asked for", "--svg or --png"]);
}

#[test]
fn a_file_where_the_report_would_be_is_found_before_the_run() {
    let folder = Folder::new();
    folder.dtao(&["run", "small.ron", "--out", "out"]).exits(0);
    let before = folder.read("out/manifest.json");
    folder.write("out/report.html", "<p>mine</p>");
    let again = ["run", "small.ron", "--seed", "2", "--out", "out", "--force", "--report"];
    folder.dtao(&again).refused_with(&["this is not a report of dtao"]);
    assert_eq!(folder.read("out/manifest.json"), before);
}

#[test]
fn what_is_no_finished_result_or_is_damaged_or_would_replace_a_file_is_refused() {
    let folder = Folder::new();
    folder.dtao(&["report", "nowhere"]).refused_with(&["no finished result is in this folder"]);
    folder.dtao(&["run", "small.ron", "--out", "out"]).exits(0);
    folder.dtao(&["report", "out", "--netuid", "999"]).refused_with(&["no row of subnet 999"]);
    folder.dtao(&["report", "out", "--outcome", "price"]).refused_with(&["--outcome", "a run"]);
    folder.write("out/report.html", "<p>mine</p>");
    folder.dtao(&["report", "out"]).refused_with(&["this is not a report of dtao"]);
    assert_eq!(folder.read("out/report.html"), "<p>mine</p>");
    let table = folder.read("out/subnets.csv");
    folder.write("out/subnets.csv", &table.replacen('1', "2", 1));
    folder
        .dtao(&["report", "out", "--out", "page.html"])
        .refused_with(&["subnets.csv", "the file is damaged"]);
    assert!(!folder.names(".").contains(&"page.html".to_owned()));
}
