//! The scenario of root voting: its books close through the migration, and its laws hold.

use std::path::Path;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Progress, Summary, run};
use dtao_experiment::scenario::Loaded;

fn audited(assignments: &[&str]) -> Summary {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/root_voting.ron");
    let assignments: Vec<String> = assignments.iter().map(|&assignment| assignment.into()).collect();
    let loaded = Loaded::read(&path, &assignments).unwrap_or_else(|error| panic!("{error}"));
    let options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };
    run(&loaded, options, None, &mut |_| Progress::Continue).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_books_close_on_every_block_and_every_expectation_is_met() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/root_voting.ron");
    let summary = audited(&[]);
    assert_eq!(summary.audit.map(|audit| audit.blocks), Some(8_000));
    for expectation in Loaded::read(&path, &[]).expect("read above").scenario.expect {
        let value = summary.metrics[&expectation.metric].expect("the run reaches it");
        let (low, high) = expectation.within;
        assert!(low <= value && value <= high, "{}: {value}", expectation.metric);
    }
    assert!(!summary.calls.keys().any(|call| call.starts_with("refused")), "{:?}", summary.calls);
}

#[test]
fn a_cartel_with_more_stake_gets_more_than_in_proportion() {
    let share = |stake: &str| {
        let stake = format!("agents.cartel.root_stake=\"{stake} TAO\"");
        audited(&[&stake, "blocks=4000"]).metrics["voting.cartel_share"].expect("the run reaches it")
    };
    // Of 20, 50 and 67 % of the stake.
    let (fifth, half, two_thirds) = (share("500_000"), share("2_000_000"), share("4_000_000"));
    assert!(fifth < 0.02 && (half - 0.5).abs() < 0.01 && two_thirds > 0.9, "{fifth} {half} {two_thirds}");
}

#[test]
fn shares_of_more_than_the_emission_are_refused() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/root_voting.ron");
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("subnets.csv");
    std::fs::write(
        &file,
        "netuid,moving_price,registered_at\n1,0.6,0\n2,0.6,0\n3,0,0\n4,0,0\n5,0,0\n6,0,0\n",
    )
    .expect("a file");
    let assignment = format!("start.subnets={:?}", file.display().to_string());
    let error = Loaded::read(&path, &[assignment]).expect_err("1.2 is more than 1");
    assert!(error.to_string().contains("sum to 1.2"), "{error}");
}
