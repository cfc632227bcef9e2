//! Scripted calls as scenario files write them.

use std::fs;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Output, Progress, Summary, run};
use dtao_experiment::scenario::Loaded;
use tempfile::TempDir;

/// A scenario of two subnets, the first in detail, in which `a` follows a script.
fn scenario(folder: &TempDir, protocol: &str, lines: &str) -> Result<Loaded, String> {
    fs::write(folder.path().join("subnets.csv"), "netuid,moving_price,registered_at\n1,0.5,0\n2,0.5,0\n")
        .expect("the folder can be written to");
    let text = format!(
        r#"Scenario(
    about: "What a script says.",
    protocol: Launch({protocol}),
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "holder", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 60,
    detail: [(netuid: 1, owner: "holder", rules: Launch, max_uids: 8, immunity_period: 5_000, burn: "1 TAO", reveal_after: None)],
    agents: [
        (name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
        (name: "b", count: 2, tao: "10 TAO", strategy: Script(calls: [(block: 5_000_010, call: RegisterNeuron(netuid: 1))])),
        (name: "a", count: 1, tao: "1000 TAO", root_stake: "5 TAO", strategy: Script(calls: [{lines}])),
    ],
    record: (every: 1, subnets: All, agents: Groups, calls: All),
    metrics: {{}},
)"#
    );
    let path = folder.path().join("script.ron");
    fs::write(&path, text).expect("the folder can be written to");
    Loaded::read(&path, &[]).map_err(|error| error.to_string())
}

fn ran(loaded: &Loaded, folder: &TempDir) -> (Summary, String) {
    let options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };
    let results = folder.path().join("results");
    let summary = run(loaded, options, Some(Output::fresh(&results)), &mut |_| Progress::Continue)
        .expect("the books close");
    (summary, fs::read_to_string(results.join("events.csv")).expect("calls are recorded"))
}

const EVERY_CALL: &str = r#"
    (block: 5_000_001, call: RegisterNeuron(netuid: 1)),
    (block: 5_000_002, call: Stake(netuid: 1, tao: "10 TAO", hotkey: Own)),
    (block: 5_000_003, call: Stake(netuid: 2, tao: "10 TAO", limit: "0.000001 TAO", allow_partial: false)),
    (block: 5_000_003, call: Stake(netuid: 2, tao: "25 %", limit: "1000 TAO")),
    (block: 5_000_004, call: Unstake(netuid: 2, alpha: "half", limit: "0.000001 TAO", allow_partial: true)),
    (block: 5_000_005, call: SwapStake(from: 2, to: 0, alpha: "10 %", limit: 0.000001, allow_partial: false)),
    (block: 5_000_006, call: MoveStake(from: 1, to: 1, from_hotkey: Own, to_hotkey: Of("holder"), alpha: "half")),
    (block: 5_000_007, call: TransferStake(from: 2, to: 2, receiver: Nth("b", 1), alpha: "10 %")),
    (block: 5_000_020, call: SetChildren(netuid: 1, children: [(Of("b"), "50 %"), (Nth("b", 1), "25.5 %")])),
    (block: 5_000_021, call: SetWeights(netuid: 1, weights: [(0, 65535), (1, 100)])),
    (block: 5_000_022, call: UnstakeAllAlpha(hotkey: Own)),
    (block: 5_000_023, call: UnstakeAll()),
    (block: 5_000_024, call: Stake(netuid: 0, tao: "All")),
    (block: 5_000_025, call: RegisterSubnet),
"#;

#[test]
fn a_file_says_every_call_of_an_account() {
    let folder = TempDir::new().expect("a folder");
    let loaded = scenario(&folder, "spec: 246", EVERY_CALL).unwrap_or_else(|error| panic!("{error}"));
    let (summary, events) = ran(&loaded, &folder);
    let count = |kind: &str| summary.calls.get(kind).copied().unwrap_or(0);
    assert_eq!(count("refused: slippage too high"), 1, "{:?}", summary.calls);
    assert_eq!(
        (count("bought"), count("sold"), count("moved"), count("sold all")),
        (3, 1, 3, 2),
        "{:?}",
        summary.calls
    );
    let of_a = events.lines().filter(|line| line.contains(",a,")).count();
    assert_eq!(of_a, 14, "{events}");
}

#[test]
fn a_script_that_names_what_is_not_there_is_refused_before_the_run() {
    let folder = TempDir::new().expect("a folder");
    let refused = |line: &str| {
        scenario(&folder, "spec: 246", &format!("(block: 5_000_001, call: {line})")).expect_err("it is wrong")
    };
    for (line, due) in [
        (r#"Stake(netuid: 1, tao: "1 TAO", hotkey: Of("bb"))"#, "no group of agents is called `bb`"),
        (r#"TransferStake(from: 1, to: 7, receiver: Of("b"), alpha: "all")"#, "subnet 7 does not exist"),
        ("SetWeights(netuid: 2, weights: [(0, 1)])", "simulated in aggregate"),
        (r#"Stake(netuid: 1, tao: "1 TAO", allow_partial: false)"#, "means nothing without a `limit`"),
        (r#"Unstake(netuid: 1, alpha: "most")"#, "\"half\""),
        (r#"SetChildren(netuid: 1, children: [(Of("b"), "101 %")])"#, "expected a fraction"),
        ("Unstake(netuid: 1, alpha: 5)", "\"half\""),
    ] {
        let error = refused(line);
        assert!(error.contains(due), "{line}: {error}");
    }
}

#[test]
fn the_nominators_minimum_is_a_value_of_the_scenario() {
    let lines = r#"
    (block: 5_000_002, call: Stake(netuid: 2, tao: "10 TAO")),
    (block: 5_000_003, call: Unstake(netuid: 2, alpha: "90 %")),
    (block: 5_000_004, call: Unstake(netuid: 2, alpha: "all")),
"#;
    let sold = |protocol: &str| {
        let folder = TempDir::new().expect("a folder");
        let loaded = scenario(&folder, protocol, lines).unwrap_or_else(|error| panic!("{error}"));
        ran(&loaded, &folder).0.calls.get("sold").copied()
    };
    assert_eq!(sold("spec: 246"), Some(2));
    // What the first sale leaves is sold with it, and the second has nothing to sell.
    assert_eq!(sold("spec: 246, nominator_min_stake: \"1000 alpha\""), Some(1));
}

#[test]
fn a_script_claims_and_keeps_what_stake_on_root_is_owed() {
    let folder = TempDir::new().expect("a folder");
    let protocol = "spec: 341, rules: (drain: (auto_claims: 0))";
    let lines = |claim: &str| {
        format!(
            r#"(block: 5_000_001, call: Stake(netuid: 0, tao: "900 TAO", hotkey: Own)),
            (block: 5_000_002, call: SetClaimType(Keep)),
            (block: 5_000_050, call: {claim}),"#
        )
    };
    for (claim, told) in [
        ("ClaimRoot([])", "1 to 5 subnets, not of 0"),
        ("ClaimRoot([1, 1, 1, 1, 1, 1])", "1 to 5 subnets, not of 6"),
        ("ClaimRoot([7])", "7"),
        ("SetClaimType(KeepSubnets([]))", "name the subnets"),
        ("SetClaimType(KeepSubnets([7]))", "7"),
        ("SetClaimType(Sell)", "Swap"),
    ] {
        let error = scenario(&folder, protocol, &lines(claim)).expect_err(claim);
        assert!(error.contains(told), "{claim}: {error}");
    }
    // After some epochs of 361 blocks.
    let late = lines("ClaimRoot([2])").replace("5_000_050", "5_000_800");
    scenario(&folder, protocol, &late).expect_err("beyond the last block");
    let path = folder.path().join("script.ron");
    let loaded = Loaded::read(&path, &["blocks=810".into()]).unwrap_or_else(|error| panic!("{error}"));
    let (summary, events) = ran(&loaded, &folder);
    assert_eq!((summary.calls["claimed"], summary.calls["set"]), (1, 1), "{:?}", summary.calls);
    let row = events.lines().find(|row| row.contains(",claim,")).expect("a row for the claim");
    assert!(row.contains("kept") && row.ends_with("of subnet 2"), "{row}");
    assert!(events.lines().any(|row| row.contains(",set,") && row.contains("claims Keep")), "{events}");
}
