//! The project's main scenario: what it was calibrated to, and what it is held against.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dtao_experiment::calibrate::{calibrate, to_csv};
use dtao_experiment::run::Progress;
use dtao_experiment::scenario::{LaunchSubnets, Loaded};
use dtao_experiment::verify::verify;
use dtao_protocol::units::{Block, Netuid};
use dtao_statistics::Verdict;

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

fn calibrated(scenario: &str) -> String {
    let path = configs().join("scenarios").join(scenario);
    let loaded = Loaded::read_with(&path, &[], LaunchSubnets::ToBeMade).expect("a scenario of the project");
    // The one subnet of which it is known when it was registered.
    let known = BTreeMap::from([(Netuid(28), Block(4_878_363))]);
    to_csv(&calibrate(loaded, &known, &mut |_| {}).expect("it can be calibrated").subnets)
}

fn kept(table: &str) -> String {
    fs::read_to_string(configs().join("market").join(table)).expect("a table of the project")
}

#[test]
fn calibrating_gives_the_moving_prices_that_are_kept() {
    assert_eq!(calibrated("february_2025.ron"), kept("launch_subnets.csv"));
}

#[test]
fn calibrating_the_fast_history_gives_those_that_are_kept_for_it() {
    assert_eq!(calibrated("february_2025_fast.ron"), kept("launch_subnets_fast.csv"));
}

#[test]
fn one_expectation_of_february_is_missed_and_the_books_close_in_every_block() {
    let loaded = Loaded::read(&configs().join("scenarios/february_2025.ron"), &[]).expect("it reads");
    let table = verify(&loaded, 1..2, &|_| Progress::Continue).expect("the books close");
    let not_met: Vec<_> = table.lines.iter().filter(|line| line.comparison.verdict != Verdict::Met).collect();
    let found: Vec<_> = not_met.iter().map(|line| (line.metric.as_str(), line.comparison.verdict)).collect();
    assert_eq!(found, [("drift_error.65_to_69", Verdict::Missed)]);
    assert_eq!(table.lines.len(), loaded.scenario.expect.len());
    assert_eq!(table.audit.map(|audit| audit.blocks), Some(209_281));
}
