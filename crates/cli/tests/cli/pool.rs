//! `dtao pool`: what is printed and written, and what is refused.

use crate::program::{Done, Folder};

const POOL: [&str; 5] = ["pool", "--tao-in", "1200", "--alpha-in", "90000"];
const SALE: [&str; 8] = ["--sell", "20_000 alpha", "--spec", "246", "--days", "1", "--seeds", "2"];

fn asked(folder: &Folder, more: &[&str]) -> Done {
    folder.dtao(&[&POOL[..], more].concat())
}

#[test]
fn the_answer_is_one_screen_and_json_has_all_of_it() {
    let folder = Folder::new();
    let done = asked(&folder, &SALE).exits(0);
    for part in
        ["received", "218.18", "slippage", "fees", "cost", "emission alone", "90 %", "share of emission"]
    {
        assert!(done.stdout.contains(part), "`{part}` is missing in:\n{}", done.stdout);
    }
    assert!(done.stdout.contains("assumed:") && done.stdout.contains("77 subnets"), "{}", done.stdout);
    assert!(done.stdout.lines().count() <= 42, "{}", done.stdout);
    let widest = done.stdout.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(110), "{widest:?}\n{}", done.stdout);
    let json = asked(&folder, &[&SALE[..], &["--json"]].concat()).exits(0).json();
    assert_eq!(json["sold"]["alpha"], "20000.000000000 alpha");
    assert_eq!((&json["spec"], &json["netuid"]), (&246.into(), &78.into()));
    assert!(json["start"].as_array().expect("origins").len() > 10);
}

#[test]
fn what_is_written_runs_to_the_same_rao_and_only_it_is_replaced() {
    let folder = Folder::new();
    let write = [&SALE[..], &["--write", "own.ron"]].concat();
    let json = asked(&folder, &[&write[..], &["--json"]].concat()).exits(0).json();
    asked(&folder, &write).refused_with(&["own.ron: the file exists", "--force"]);
    asked(&folder, &[&write[..], &["--force"]].concat()).exits(0);
    folder.dtao(&["check", "own.ron", "own_noise.ron"]).exits(0);
    folder.dtao(&["run", "own.ron", "--audit", "--out", "out"]).exits(0);
    let events = folder.read("out/events.csv");
    let sale = events.lines().find(|line| line.contains(",sell,")).expect("a sale");
    let cells: Vec<&str> = sale.split(',').collect();
    let received = format!("{} TAO", cells[6]);
    assert_eq!(json["sold"]["tao"], *received, "{sale}");
    let text = folder.read("own.ron");
    assert!(
        text.starts_with("// dtao pool --tao-in 1200 --alpha-in 90000 --sell \"20_000 alpha\""),
        "{text}"
    );
    assert!(!text.lines().next().expect("a line").contains("--write"), "{text}");
    folder.write("own.csv", "notes");
    asked(&folder, &[&write[..], &["--force"]].concat()).refused_with(&["own.csv", "not a table of pools"]);
    asked(&folder, &[&SALE[..], &["--write", "own.txt"]].concat()).refused_with(&["own.txt", ".ron"]);
    asked(&folder, &[&SALE[..], &["--write", "no/own.ron"]].concat())
        .refused_with(&["there is no such folder"]);
}

#[test]
fn a_pool_of_a_file_is_asked_about_by_its_number() {
    let folder = Folder::new();
    folder.write("pools.csv", "netuid,tao_in,alpha_in,alpha_out\n3,1000,50000,60000\n28,1200,90000,90000\n");
    let from = ["pool", "--from", "pools.csv", "--days", "1", "--seeds", "1", "--buy", "10 TAO"];
    let json = folder.dtao(&[&from[..], &["--netuid", "28", "--json"]].concat()).exits(0).json();
    assert_eq!((&json["netuid"], &json["before"]["tao_in"]), (&28.into(), &"1200.000000000 TAO".into()));
    folder.dtao(&[&from[..], &["--netuid", "4"]].concat()).refused_with(&["no subnet 4", "from 3 to 28"]);
    // A scenario that begins with a table keeps its own rules and its own root.
    let written = [&from[..], &["--netuid", "28", "--spec", "246", "--write", "own.ron"]].concat();
    folder.dtao(&written).exits(0);
    let again =
        ["pool", "--from", "own.ron", "--netuid", "3", "--days", "1", "--seeds", "1", "--price", "0.03"];
    let json = folder.dtao(&[&again[..], &["--json"]].concat()).exits(0).json();
    assert_eq!((&json["spec"], &json["netuid"]), (&246.into(), &3.into()));
    let after = json["after"]["price"].as_f64().expect("a price");
    assert!((after / 0.03 - 1.0).abs() < 1e-6, "{after}");
    folder.dtao(&["pool", "--from", "small.ron", "--netuid", "1", "--price", "0.03"]).refused_with(&[
        "small.ron",
        "start",
        "Genesis",
        "start: Pools",
    ]);
    folder.write("pools.csv", "netuid,tao_in,alpha_in,alpha_out\n3,-1,50000,60000\n");
    folder.dtao(&[&from[..], &["--netuid", "3"]].concat()).refused_with(&["pools.csv:2:3", "-1"]);
}

#[test]
fn wrong_arguments_are_refused_with_what_would_be_right() {
    let folder = Folder::new();
    for (more, said) in [
        (&["--sell", "20 TAO"][..], "expected an amount in alpha"),
        (&["--sell", "0"], "more than 0"),
        (&["--buy", "22_000_000 TAO"], "at most 21_000_000"),
        (&["--push", "x1", "--for", "1d"], "more than 1"),
        (&["--push", "x2"], "--for"),
        (&["--push", "x2", "--for", "1w"], "1d, 6h or 300"),
        (&["--push", "x2", "--for", "0d"], "1d, 6h or 300"),
        (&["--price", "nan"], "a price in TAO per alpha"),
        (&["--price", "0.02", "--spec", "99"], "not known"),
        (&["--price", "0.02", "--sell", "5"], "cannot be used with"),
        (&["--price", "0.02", "--days", "0"], "1..=365"),
        (&["--price", "0.02", "--market", "april"], "april_2026"),
        (&["--sell", "90_001"], "--alpha-out"),
        (&[], "--sell"),
    ] {
        asked(&folder, more).refused_with(&[said]);
    }
    folder.dtao(&["pool", "--tao-in", "5", "--price", "0.1"]).refused_with(&["--alpha-in"]);
    folder.dtao(&["pool", "--from", "a.csv", "--price", "0.1"]).refused_with(&["--netuid"]);
    folder.dtao(&["pool", "--price", "0.1"]).refused_with(&["--tao-in"]);
}

const SAMPLE: &str = include_str!("../../../pool/tests/samples/taostats_pool.json");

#[test]
fn pools_of_a_service_become_a_scenario_that_can_be_asked_about() {
    let folder = Folder::new();
    folder.write("pools.json", SAMPLE);
    let import = ["import", "pools.json", "-o", "live.ron", "--spec", "261"];
    let known = ["--root-tao", "5_900_000", "--issuance", "8_790_000 TAO"];
    let done = folder.dtao(&[&import[..], &known].concat()).exits(0);
    for part in ["live.ron: good", "given", "assumed", "5900000 TAO", "1 subnets, to the rao"] {
        assert!(done.stdout.contains(part), "`{part}` is missing in:\n{}", done.stdout);
    }
    assert_eq!(
        folder.read("live.csv").lines().nth(1).map(|row| row.rsplit_once(',').expect("cells").0.to_owned()),
        Some("19,22509.002321719,324305.642595491,532116.231800096".to_owned())
    );
    folder.dtao(&["run", "live.ron", "--blocks", "20", "--audit"]).exits(0);
    folder.dtao(&import).refused_with(&["live.ron: the file exists", "--force"]);
    folder.dtao(&[&import[..], &["--force"]].concat()).exits(0);
    assert!(folder.read("live.ron").contains("Root's TAO: march_2025. Issuance: march_2025."));
    // A value is told as given only if it was.
    let how = |json: &serde_json::Value, part: &str| -> Vec<String> {
        let of = json["start"].as_array().expect("origins").iter().filter(|origin| origin["part"] == part);
        of.map(|origin| format!("{} {}", origin["how"], origin["what"]).replace('"', "")).collect()
    };
    let json = folder.dtao(&["check", "live.ron", "--json"]).exits(0).json()["good"][0].clone();
    assert_eq!(how(&json, "root_tao"), ["assumed 5900000 TAO, as in march_2025"]);
    assert_eq!(how(&json, "issuance"), ["assumed 8525656 TAO, as in march_2025"]);
    assert_eq!(how(&json, "tao_in, alpha_in, alpha_out"), ["given 1 subnets, to the rao"]);
    assert_eq!(how(&json, "rules"), ["assumed the values that the scenario gives them, as in march_2025"]);
    let known = [&import[..], &["--force", "--issuance", "8_790_000"]].concat();
    let json = folder.dtao(&[&known[..], &["--json"]].concat()).exits(0).json();
    assert_eq!(how(&json, "issuance"), ["given 8790000 TAO"]);
    assert_eq!(how(&json, "root_tao"), ["assumed 5900000 TAO, as in march_2025"]);
    let json = asked(&folder, &[&SALE[..], &["--write", "own.ron", "--json"]].concat()).exits(0).json();
    let written = folder.dtao(&["check", "own.ron", "--json"]).exits(0).json()["good"][0].clone();
    for told in [&json, &written] {
        let pools = how(told, "tao_in, alpha_in, alpha_out");
        assert_eq!(
            pools,
            ["given 1 of 78 subnets, to the rao", "assumed 77 of 78 subnets: as in march_2025"]
        );
        assert_eq!(how(told, "root_uncounted"), ["assumed 93799.333469644 TAO, as in march_2025"]);
        assert!(how(told, "moving_price")[0].starts_with("assumed 77 of 78 subnets: as in march_2025"));
    }
    folder.change("own.ron", "Except([78])", "Except([79])");
    folder.dtao(&["check", "own.ron"]).refused_with(&["borrowed.subnets", "no subnet 79"]);
    for from in ["live.ron", "pools.json"] {
        let asked = [
            "pool", "--from", from, "--netuid", "19", "--sell", "10", "--days", "1", "--seeds", "1", "--json",
        ];
        let json = folder.dtao(&[&asked[..], &["--spec", "261"]].concat()).exits(0).json();
        assert_eq!(json["before"]["alpha_in"], "324305.642595491 alpha", "{from}");
    }
}

#[test]
fn wrong_files_of_services_are_refused_where_they_are_wrong() {
    let folder = Folder::new();
    let import = |spec: &str| folder.dtao(&["import", "pools.json", "-o", "live.ron", "--spec", spec]);
    folder.write("pools.json", &SAMPLE.replace("\"22509002321719\"", "22509002321719"));
    import("261").refused_with(&["pools.json:13:20", "data[0].total_tao", "rao as text"]);
    folder.write("pools.json", "{\"results\": []}");
    import("261").refused_with(&["TaoMarketCap", "table of pools"]);
    folder.write("pools.json", SAMPLE);
    import("60000").refused_with(&["the rules of spec 60000 are not known"]);
    // Under the launch's pools the price is the ratio of the reserves.
    folder.write("pools.json", &SAMPLE.replace("0.06940675512635053689", "0.07940675512635053689"));
    import("261").refused_with(&["live.csv:2:", "tao_in / alpha_in"]);
    folder.write("pools.json", SAMPLE);
    folder
        .dtao(&["import", "pools.json", "-o", "live.ron", "--spec", "261", "--issuance", "5"])
        .refused_with(&["start.Pools.issuance"]);
    assert!(!folder.path("live.ron").exists() && !folder.path("live.csv").exists());
}
