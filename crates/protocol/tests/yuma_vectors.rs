//! The chain's vectors of epochs, their steps, the drain and the root network.

use dtao_protocol::conform::{Outcome, run};

/// Every case of a file whose id `runs` accepts must pass, and there must be `cases` of them.
fn all_pass(file: &str, cases: usize, runs: impl Fn(&str) -> bool) {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the vectors are in the project");
    let reports = run(&text).expect("a vector file");
    let mut count = 0;
    for report in reports.iter().filter(|report| runs(&report.id)) {
        assert_eq!(report.outcome, Outcome::Passed, "{file}: {}", report.id);
        count += 1;
    }
    assert_eq!(count, cases, "{file}");
}

#[test]
fn epochs_end_as_on_the_chain() {
    all_pass("yuma_epoch.json", 10, |_| true);
    all_pass("yuma_epoch_random_derived.json", 32, |_| true);
}

#[test]
fn steps_of_an_epoch_compute_what_the_chain_computes() {
    all_pass("weighted_median.json", 13, |_| true);
    all_pass("math_misc.json", 50, |_| true);
}

#[test]
fn the_root_network_emits_as_on_the_chain() {
    all_pass("root_epoch_pre_dtao.json", 1, |_| true);
}

#[test]
fn the_drain_pays_as_on_the_chain() {
    all_pass("coinbase_launch.json", 8, |id| id.starts_with("drain_") || id.starts_with("child_"));
    let newest = ["divdist_totals", "divdist_only_root", "divdist_only_alpha", "inc_div_pass", "no_miners"];
    all_pass("coinbase_newest.json", 5, |id| newest.contains(&id));
}
