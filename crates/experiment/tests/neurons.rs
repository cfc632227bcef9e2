//! Subnets in detail, from the scenario's file on: stake thresholds, commitments, subnets that are registered later.

use std::fs;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Progress, Summary, run};
use dtao_experiment::scenario::Loaded;
use dtao_files::input::InputError;

/// A miner and a validator on subnet N. Epochs of subnet 1 are in the blocks 5,000,208, 569 and 930; the validator has
/// its permit from the first, and sets weights once before the second.
const SCENARIO: &str = r#"Scenario(
    about: "One miner and one validator on a made-up subnet.",
    protocol: Launch(spec: 244),
    start: Genesis(
        block: 5_000_000,
        root_stake: "1_000_000 TAO",
        subnets: "subnets.csv",
        holder: "holder",
        last_registration: (cost: "100 TAO", block: 4_990_000),
    ),
    blocks: 3_000,
    DETAIL
    agents: [
        (name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
        (name: "founder", count: 1, tao: "1_000 TAO", strategy: Script(calls: [FOUNDER])),
        (name: "sudo", count: 1, tao: "0 TAO", key: Root, strategy: Script(calls: [SUDO])),
        (name: "good", count: 1, tao: "100 TAO",
         strategy: Miner(netuid: N, after: 100, holds: "0 TAO", sells: 0.0, every: 361)),
        (name: "honest", count: 1, tao: "100 TAO", root_stake: "100_000 TAO",
         strategy: HonestValidator(
            validator: (netuid: N, after: 150, stake: "10 TAO", every: 20_000),
            quality: [(group: "good", is: 1.0)], deviation: 0.0, turn: None,
         )),
    ],
    record: (every: 1_000, subnets: All, agents: Nothing, calls: Nothing),
    metrics: { "good": IncentiveShare(netuid: N, group: "good", from: 5_001_000, to: 5_002_900) },
)"#;

const DETAIL: &str = r#"detail: [(netuid: 1, owner: "founder", rules: Launch, max_uids: 16, immunity_period: 5_000,
    burn: "1 TAO", reveal_after: 1)],"#;
const NEW_IN_DETAIL: &str =
    "new_subnets: Detail(rules: Launch, max_uids: 16, immunity_period: 5_000, reveal_after: 1),";
const REGISTERS: &str = "(block: 5_000_010, call: RegisterSubnet)";

fn read(netuid: &str, detail: &str, founder: &str, sudo: &str, set: &[&str]) -> Result<Loaded, InputError> {
    let folder = tempfile::TempDir::new().expect("a folder");
    let subnets = "netuid,moving_price,registered_at\n1,0.4,0\n2,0.3,0\n4,0.3,0\n";
    fs::write(folder.path().join("subnets.csv"), subnets).expect("a file");
    let text = SCENARIO.replace("DETAIL", detail).replace("FOUNDER", founder).replace("SUDO", sudo);
    let path = folder.path().join("neurons.ron");
    fs::write(&path, text.replace("netuid: N", &format!("netuid: {netuid}"))).expect("a file");
    let set: Vec<String> = set.iter().map(|&text| text.to_owned()).collect();
    Loaded::read(&path, &set)
}

fn made(loaded: Result<Loaded, InputError>) -> Summary {
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };
    run(&loaded, options, None, &mut |_| Progress::Continue).expect("the books close")
}

/// The miner's share of the incentive; 0 where no weights count.
fn share(summary: &Summary) -> f64 {
    summary.metrics["good"].unwrap_or(0.0)
}

#[test]
fn a_change_of_tempo_orphans_what_was_committed_to() {
    let with = |sudo| share(&made(read("1", DETAIL, "", sudo, &[])));
    assert!(with("") > 0.999);
    assert_eq!(with("(block: 5_000_500, call: SetTempo(netuid: 1, tempo: 99))"), 0.0);
    // The same tempo again leaves the grid as it is.
    assert!(with("(block: 5_000_500, call: SetTempo(netuid: 1, tempo: 360))") > 0.999);
}

#[test]
fn weights_need_the_scenarios_stake_threshold() {
    let with = |threshold: &str| {
        let protocol = format!("protocol=Launch(spec: 244, stake_threshold: \"{threshold}\")");
        made(read("1", DETAIL, "", "", &[&protocol]))
    };
    assert!(share(&with("10_000 TAO")) > 0.999, "100,000 TAO on root weigh 18,000 alpha");
    let refused = with("19_000 TAO");
    assert_eq!(share(&refused), 0.0);
    assert!(refused.calls.keys().any(|call| call.contains("stake weight is below")), "{:?}", refused.calls);
}

#[test]
fn a_subnet_that_is_registered_later_has_the_lowest_free_number_and_neurons() {
    assert!(share(&made(read("3", NEW_IN_DETAIL, REGISTERS, "", &[]))) > 0.999);
    let error = read("3", "", REGISTERS, "", &[]).expect_err("in aggregate").to_string();
    assert!(error.contains("no neurons"), "{error}");
    let error = read("5", NEW_IN_DETAIL, REGISTERS, "", &[]).expect_err("3 is free").to_string();
    assert!(error.contains("subnet 5 does not exist"), "{error}");
}

#[test]
fn a_reveal_in_the_past_and_a_new_subnet_without_room_are_refused() {
    let error = read("1", DETAIL, "", "", &["detail[0].reveal_after=0"]).expect_err("the epoch before");
    assert!(error.to_string().contains("reveal_after"), "{error}");
    let none = NEW_IN_DETAIL.replace("max_uids: 16", "max_uids: 0");
    let error = read("3", &none, REGISTERS, "", &[]).expect_err("no room").to_string();
    assert!(error.contains("new_subnets") && error.contains("no room"), "{error}");
}

/// The scenario under a runtime, with what subnet 1 asks for as collateral.
fn with_collateral(spec: u16, collateral: &str, founder: &str) -> Result<Loaded, InputError> {
    let detail = DETAIL.replace("reveal_after: 1", &format!("reveal_after: 1, collateral: {collateral}"));
    read("1", &detail, founder, "", &[&format!("protocol=Launch(spec: {spec})")])
}

#[test]
fn neurons_of_a_subnet_that_asks_for_it_have_collateral() {
    let all = |loaded: Result<Loaded, InputError>| {
        let calls = made(loaded).calls;
        assert_eq!(calls.get("registered a neuron"), Some(&2), "{calls:?}");
        calls
    };
    all(with_collateral(475, "(lock_share: 0.5)", ""));
    let script = "(block: 5_000_010, call: SetCollateral(netuid: 1, lock_share: 0.95, release: 0.5)), \
                  (block: 5_000_020, call: SetMinCollateral(netuid: 1, alpha: \"3 alpha\")), \
                  (block: 5_000_030, call: AddCollateral(netuid: 1, alpha: \"50 alpha\", limit: \"100 TAO\"))";
    let calls = all(with_collateral(475, "(lock_share: 0.0, release: 10.0)", script));
    // Two of the founder's, and the validator's weights.
    assert_eq!((calls.get("set"), calls.get("locked collateral")), (Some(&3), Some(&1)), "{calls:?}");
}

#[test]
fn collateral_out_of_range_or_before_its_runtime_is_told_with_what_would_be_right() {
    let error = |spec, collateral, founder| {
        let error = with_collateral(spec, collateral, founder).expect_err("it is wrong");
        // Words alone, whatever the terminal's width.
        error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let share = error(475, "(lock_share: 0.96, release: 1.0)", "");
    assert!(share.contains("fraction of the price from 0 to 0.95, found 0.96"), "{share}");
    let release = error(475, "(lock_share: 0.5, release: 0.0)", "");
    assert!(release.contains("above 0 and at most 10, found 0"), "{release}");
    let early = error(432, "(lock_share: 0.5)", "");
    assert!(
        early.contains("neurons have no collateral under the rules at the start, of spec 432"),
        "{early}"
    );
    let called = "(block: 5_000_010, call: SetCollateral(netuid: 1, lock_share: 0.5, release: 11.0))";
    let called = error(475, "(lock_share: 0.5)", called);
    assert!(called.contains("at most 10, found 11"), "{called}");
}
