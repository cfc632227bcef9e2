//! The chain's test vectors, run on every test.

use std::fs;
use std::path::PathBuf;

use dtao_protocol::conform::{Outcome, run};
use serde_json::{Value, json};

/// A vector file, and how many of its cases pass and are not built. None may fail.
struct Totals {
    file: &'static str,
    passed: usize,
    unsupported: usize,
}

const fn totals(file: &'static str, passed: usize, unsupported: usize) -> Totals {
    Totals { file, passed, unsupported }
}

/// Every file of the folder.
const FILES: [Totals; 45] = [
    totals("basket_2026.json", 35, 0),
    totals("block_emission.json", 46, 0),
    totals("burn_newest.json", 22, 0),
    totals("childkeys_newest.json", 19, 0),
    totals("coinbase_launch.json", 16, 0),
    totals("coinbase_more.json", 8, 0),
    totals("coinbase_newest.json", 26, 0),
    totals("coinbase_newest_blocks.json", 16, 0),
    totals("coinbase_reservoir_blocks.json", 10, 0),
    totals("conviction_newest.json", 12, 0),
    totals("dissolve_newest.json", 17, 0),
    totals("dividends_475.json", 12, 0),
    totals("drain_spec257.json", 15, 0),
    totals("emission_shares.json", 37, 0),
    totals("emission_weights_480.json", 20, 0),
    totals("epoch_schedule.json", 11, 0),
    totals("epoch_schedule_475.json", 7, 0),
    totals("epoch_schedule_newest.json", 16, 0),
    totals("fast_price_ema.json", 3, 0),
    totals("launch_trace_L234_derived.json", 11, 0),
    totals("lock_cost.json", 3, 0),
    totals("lock_cost_2026.json", 6, 0),
    totals("math_misc.json", 50, 0),
    totals("math_more.json", 18, 0),
    totals("moving_price.json", 12, 0),
    totals("new_subnet_newest.json", 7, 0),
    totals("null_consensus.json", 6, 0),
    totals("pool_launch.json", 106, 0),
    totals("pool_newest_balancer.json", 87, 0),
    totals("pool_newest_exact.json", 129, 0),
    totals("pool_reservoir.json", 20, 0),
    totals("pool_v3.json", 78, 0),
    totals("root_claim.json", 2, 0),
    totals("root_claim_more.json", 2, 0),
    totals("root_claim_newest.json", 15, 0),
    totals("root_epoch_pre_dtao.json", 1, 0),
    totals("share_pool.json", 3, 0),
    totals("share_pool_more.json", 5, 0),
    totals("subnet_terms_by_era.json", 64, 0),
    totals("swap_fee_live.json", 1, 0),
    totals("tao_flow.json", 25, 0),
    totals("weighted_median.json", 13, 0),
    totals("weighted_median_more.json", 4, 0),
    totals("yuma_epoch.json", 10, 0),
    totals("yuma_epoch_random_derived.json", 32, 0),
];

/// Files whose cases are small enough to be run once for each thing that may be changed in them; not the epochs.
fn small_files() -> impl Iterator<Item = &'static Totals> {
    FILES.iter().filter(|totals| totals.passed > 0 && !totals.file.starts_with("yuma_epoch"))
}

fn text(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn parsed(file: &str) -> Value {
    serde_json::from_str(&text(file)).expect("the vector files are JSON")
}

#[test]
fn what_is_built_comes_out_as_on_the_chain_and_nothing_else_passes() {
    for totals in &FILES {
        let (mut passed, mut unsupported) = (0, 0);
        for report in run(&text(totals.file)).expect("it is a vector file") {
            match report.outcome {
                Outcome::Passed => passed += 1,
                Outcome::Unsupported(_) => unsupported += 1,
                Outcome::Failed(how) => panic!("{} {}: {how}", totals.file, report.id),
            }
        }
        assert_eq!((passed, unsupported), (totals.passed, totals.unsupported), "{}", totals.file);
    }
}

#[test]
fn no_vector_file_is_left_out() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let entries = fs::read_dir(folder).expect("the folder is there");
    let names =
        entries.map(|entry| entry.expect("it can be read").file_name().into_string().expect("a name"));
    let mut found: Vec<String> = names.filter(|name| name.contains(".json")).collect();
    found.sort();
    assert_eq!(found, FILES.map(|totals| totals.file));
}

#[test]
fn a_file_that_contradicts_itself_is_refused() {
    let good = parsed("pool_launch.json");
    let refused = |file: &Value, told: &str| {
        let error = run(&file.to_string()).expect_err(told).to_string();
        assert!(error.contains(told), "{error}");
    };
    for count in [json!(105), json!(0), json!("106"), json!(106.5), json!(-1)] {
        refused(&with(&good, "/count", count), "`count` is");
    }
    let first = good["cases"][0]["id"].clone();
    refused(&with(&good, "/cases/7/id", first.clone()), first.as_str().expect("a text"));
    refused(&with(&good, "/cases/7/id", json!(7)), "expected a text");
    refused(&with(&parsed("launch_trace_L234_derived.json"), "/count", json!(12)), "`count` is 12");
}

#[test]
fn a_file_with_a_field_that_nothing_reads_passes_no_case() {
    let mut file = parsed("lock_cost.json");
    file["scale"] = json!(2);
    assert!(outcomes(&file).iter().all(|outcome| matches!(outcome, Outcome::Unsupported(_))));
}

#[test]
fn a_tolerance_that_allows_anything_fails_its_case() {
    for totals in small_files() {
        for file in passing_cases(totals.file) {
            let place = if file["cases"].is_array() { "/cases/0/tolerance" } else { "/tolerance" };
            for tolerance in [json!(1e300), json!(-1), json!("rel 900%"), json!("none"), json!([0])] {
                let told = outcomes(&with(&file, place, tolerance.clone()));
                let failed = told.iter().all(|outcome| matches!(outcome, Outcome::Failed(_)));
                assert!(failed, "{} with tolerance {tolerance}: {told:?}", totals.file);
            }
        }
    }
}

/// The cases of a file that pass, each as a file of its own.
fn passing_cases(file: &str) -> Vec<Value> {
    let whole = parsed(file);
    let reports = run(&whole.to_string()).expect("it is a vector file");
    let Some(cases) = whole["cases"].as_array() else {
        // A trace's snapshots stand together; the first few will do.
        let mut short = whole.clone();
        let snapshots = short["snapshots"].as_object_mut().expect("a trace has snapshots");
        let late: Vec<String> = snapshots.keys().skip(6).cloned().collect();
        for key in late {
            snapshots.shift_remove(&key);
        }
        let events = short["inputs"]["events"].as_array_mut().expect("a trace has events");
        events.truncate(3);
        short["count"] = json!(short["snapshots"].as_object().map(serde_json::Map::len));
        return vec![short];
    };
    let passing = cases.iter().zip(reports).filter(|(_, report)| report.outcome == Outcome::Passed);
    passing.map(|(case, _)| json!({ "kind": whole["kind"], "cases": [case] })).collect()
}

/// The paths, as JSON pointers, of all leaves below `pointer`.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value.pointer(pointer) {
        Some(Value::Object(fields)) => {
            fields.keys().for_each(|key| leaves(value, &format!("{pointer}/{}", escaped(key)), found));
        }
        Some(Value::Array(items)) => {
            (0..items.len()).for_each(|index| leaves(value, &format!("{pointer}/{index}"), found));
        }
        Some(_) => found.push(pointer.to_owned()),
        None => {}
    }
}

fn outcomes(file: &Value) -> Vec<Outcome> {
    match run(&file.to_string()) {
        Ok(reports) => reports.into_iter().map(|report| report.outcome).collect(),
        Err(error) => vec![Outcome::Failed(error.to_string())],
    }
}

fn all_pass(file: &Value) -> bool {
    outcomes(file).iter().all(|outcome| *outcome == Outcome::Passed)
}

/// Whether what is expected there is a bound, not a figure.
fn is_bound(pointer: &str) -> bool {
    pointer.ends_with("_lt") || pointer.ends_with("_gt")
}

fn is_empty(list: &Value) -> bool {
    list.as_array().is_some_and(|items| items.iter().all(is_empty))
}

fn with(file: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = file.clone();
    *changed.pointer_mut(pointer).expect("the path was found in this file") = value;
    changed
}

#[test]
fn a_changed_figure_fails_its_case() {
    for totals in small_files() {
        for file in passing_cases(totals.file) {
            assert!(all_pass(&file), "{}", totals.file);
            let mut figures = Vec::new();
            for part in ["expected", "emulator_state", "emulator_value"] {
                leaves(&file, &format!("/cases/0/{part}"), &mut figures);
            }
            leaves(&file, "/snapshots", &mut figures);
            // An empty list is all that some cases expect.
            let expected = &file["cases"][0]["expected"];
            let empty = expected.as_object().is_some_and(|fields| fields.values().all(is_empty));
            assert!(empty || !figures.is_empty(), "{expected}");
            for figure in figures.into_iter().filter(|figure| !is_bound(figure)) {
                // Beyond every tolerance in the files.
                let other = with(&file, &figure, json!(123_456_789_012_345_678u64));
                let failed = outcomes(&other).iter().any(|outcome| matches!(outcome, Outcome::Failed(_)));
                assert!(failed, "{} passes with another {figure}", totals.file);
            }
        }
    }
}

#[test]
fn one_rao_fails_an_exact_case() {
    for totals in small_files() {
        for file in passing_cases(totals.file) {
            if file["cases"][0]["tolerance"] != json!(0) && file["tolerance"] != json!(0) {
                continue;
            }
            let mut figures = Vec::new();
            leaves(&file, "/cases/0/expected", &mut figures);
            leaves(&file, "/snapshots", &mut figures);
            for figure in figures.into_iter().filter(|figure| !is_bound(figure)) {
                let Some(rao) = file.pointer(&figure).and_then(Value::as_u64) else { continue };
                let near = if rao == u64::MAX { rao - 1 } else { rao + 1 };
                assert!(!all_pass(&with(&file, &figure, json!(near))), "{} {figure}", totals.file);
            }
        }
    }
}

#[test]
fn what_is_not_known_never_passes() {
    for totals in small_files() {
        for file in passing_cases(totals.file) {
            for part in ["/cases/0", "/cases/0/inputs", "/cases/0/expected", "/inputs", "/snapshots/1"] {
                let Some(fields) = file.pointer(part).and_then(Value::as_object) else { continue };
                let mut more = fields.clone();
                more.insert("surprise".into(), json!(1));
                let outcomes = outcomes(&with(&file, part, Value::Object(more)));
                let all_pass = outcomes.iter().all(|outcome| *outcome == Outcome::Passed);
                assert!(!all_pass, "{} passes with something unknown in {part}", totals.file);
            }
            for (part, value) in [("op", json!("other")), ("protocol", json!("not_built"))] {
                for place in ["/cases/0", ""] {
                    let Some(fields) = file.pointer(place).and_then(Value::as_object) else { continue };
                    let mut other = fields.clone();
                    other.insert(part.into(), value.clone());
                    if place.is_empty() && (part == "op" || other.contains_key("cases")) {
                        continue;
                    }
                    assert!(!all_pass(&with(&file, place, Value::Object(other))), "{} {part}", totals.file);
                }
            }
        }
    }
}

#[test]
fn no_input_makes_the_runner_panic() {
    let hostile = [
        json!(null),
        json!(-1),
        json!(i64::MIN),
        json!(0),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!("x"),
        json!([]),
        json!([[]]),
        json!({}),
        json!(true),
    ];
    for totals in small_files() {
        for file in passing_cases(totals.file) {
            let mut places = vec!["/cases".to_owned(), "/cases/0".to_owned(), "/snapshots".to_owned()];
            leaves(&file, "", &mut places);
            places.extend(
                ["/cases/0/inputs", "/cases/0/expected", "/inputs", "/inputs/subnets"].map(String::from),
            );
            for place in places.iter().filter(|place| file.pointer(place).is_some()) {
                for value in &hostile {
                    outcomes(&with(&file, place, value.clone()));
                }
            }
        }
    }
    for text in ["", "{", "null", "[]", "{}", r#"{"kind":"pool"}"#, r#"{"kind":"launch_trace_derived"}"#] {
        assert!(run(text).is_err(), "{text} is no vector file");
    }
}
