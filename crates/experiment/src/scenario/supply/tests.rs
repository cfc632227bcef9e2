use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_protocol::units::Block;
use tempfile::TempDir;

use super::*;
use crate::historical_clock::time_of;
use crate::run::{Options, Progress, builder, run};
use crate::scenario::Loaded;

const OPTIONS: Options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };

/// Two subnets from block 5,000,000 on, under a protocol, with more fields of the start and more groups.
fn genesis(protocol: &str, root_stake: &str, more: &str, groups: &str) -> String {
    format!(
        r#"Scenario(
    about: "What a start hands out.",
    protocol: {protocol},
    start: Genesis(block: 5_000_000, root_stake: "{root_stake} TAO", subnets: "subnets.csv", holder: "holder", last_registration: (cost: "100 TAO", block: 4_900_000), {more}),
    blocks: 100,
    agents: [(name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])), {groups}],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
    metrics: {{ "price": SubnetValue(netuid: 1, of: Price, at: 5_000_099) }},
)"#
    )
}

const LAUNCH: &str = "Launch(spec: 246)";
const VOTING: &str = "RootVoting(spec: 219, root_tempo: 100, weights_rate_limit: 100, lock: \"100 TAO\")";

fn read(folder: &TempDir, name: &str, text: &str) -> Result<Loaded, String> {
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("it can be written");
    write("subnets.csv", "netuid,moving_price,registered_at\n1,0.5,0\n2,0.5,0\n");
    write(name, text);
    Loaded::read(&folder.path().join(name), &[]).map_err(|error| error.to_string())
}

fn of(text: &str) -> Result<Loaded, String> {
    read(&TempDir::new().expect("a folder"), "a.ron", text)
}

#[track_caller]
fn refused(text: &str, parts: &[&str]) {
    let error = of(text).expect_err("it is more than there can be");
    assert!(parts.iter().all(|part| error.contains(part)), "{error}");
}

fn idle(name: &str, count: u32, fields: &str) -> String {
    format!("(name: \"{name}\", count: {count}, {fields}, strategy: Script(calls: []))")
}

/// The issuance before the first block.
fn issuance(loaded: &Loaded) -> Tao {
    builder(loaded, OPTIONS).build().view().issuance()
}

fn tao(whole: u64) -> Tao {
    Tao::from_rao(whole * RAO)
}

#[test]
fn a_start_hands_out_all_that_may_exist_and_not_a_rao_more() {
    // Two pools of 1 TAO, ten accounts with 3 TAO each; what is inherited is part of root's stake.
    let heirs =
        idle("heirs", 10, "tao: \"1 TAO\", root_stake: \"2 TAO\", inherits: (root: Some(Exactly(0.5)))");
    let launch = |root_stake: &str| genesis(LAUNCH, root_stake, "", &heirs);
    let all = of(&launch("20_999_968")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(issuance(&all), tao(21_000_000));
    refused(
        &launch("20_999_968.000000001"),
        &["start.Genesis.subnets", "21000000.000000001 TAO", "2 subnets"],
    );
    refused(&launch("20_999_971"), &["agents", "21000001 TAO"]);

    let voting = |root_stake: &str| genesis(VOTING, root_stake, "", "");
    let all = of(&voting("20_999_800")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(issuance(&all), tao(21_000_000), "locks are part of it");
    refused(&voting("20_999_800.5"), &["protocol.lock", "21000000.5 TAO", "2 subnets"]);
}

#[test]
fn an_issuance_is_at_least_what_is_handed_out_and_at_most_what_may_exist() {
    let launch = |issuance: &str| genesis(LAUNCH, "1_000_000", &format!("issuance: \"{issuance}\""), "");
    refused(
        &launch("1_000_001.999999999 TAO"),
        &["start.Genesis.issuance", "1000001.999999999 TAO", "1000002 TAO", "leave `issuance` out"],
    );
    refused(&launch("21_000_000.000000001 TAO"), &["start.Genesis.issuance", "21000000.000000001 TAO"]);
    for (text, whole) in [("1_000_002 TAO", 1_000_002), ("21_000_000 TAO", 21_000_000)] {
        let loaded = of(&launch(text)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(issuance(&loaded), tao(whole));
    }
    let without = of(&genesis(LAUNCH, "1_000_000", "", "")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(issuance(&without), tao(1_000_002));
}

#[test]
fn an_issuance_decides_halvings_and_nothing_else() {
    let traders = "(name: \"traders\", count: 5, tao: \"100 TAO\", strategy: Noise(netuids: [1, 2], trades_per_day: 3000.0, buys: 0.6, median_size: \"1 TAO\", size_deviation: 1.0))";
    let result = |protocol: &str, more: &str| -> BTreeMap<String, Option<f64>> {
        let loaded =
            of(&genesis(protocol, "1_000_000", more, traders)).unwrap_or_else(|error| panic!("{error}"));
        run(&loaded, OPTIONS, None, &mut |_| Progress::Continue).expect("the books close to the rao").metrics
    };
    let without = result(LAUNCH, "");
    assert_eq!(result(LAUNCH, "issuance: \"8_000_000 TAO\""), without);
    assert_ne!(result(LAUNCH, "issuance: \"10_499_990 TAO\""), without);
    // The books close before dynamic TAO, too.
    result(VOTING, "issuance: \"10_499_990 TAO\"");
}

#[test]
fn a_replayed_start_takes_the_replayed_scenarios_issuance() {
    for (more, first) in [("issuance: \"10_499_980 TAO\"", 10_499_980), ("", 1_000_102)] {
        let folder = TempDir::new().expect("a folder");
        let before = genesis(LAUNCH, "1_000_000", more, &idle("spenders", 1, "tao: \"100 TAO\""));
        let before = read(&folder, "before.ron", &before).unwrap_or_else(|error| panic!("{error}"));
        let mut replayed = builder(&before, OPTIONS).build();
        assert_eq!(replayed.view().issuance(), tao(first));
        replayed.advance(50).expect("the books close");
        let exists = replayed.view().issuance();

        let after = |given: &str| {
            format!(
                r#"Scenario(
    about: "Goes on.",
    protocol: {LAUNCH},
    start: Replayed(scenario: "before.ron", until: 5_000_049, holder: "holder"),
    blocks: 20,
    agents: [(name: "holder", count: 1, tao: "{given} TAO", strategy: Script(calls: []))],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
)"#
            )
        };
        let loaded = read(&folder, "after.ron", &after("1")).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(issuance(&loaded), exists, "{more}");
        run(&loaded, OPTIONS, None, &mut |_| Progress::Continue).expect("the books close to the rao");

        let error = read(&folder, "after.ron", &after("10_000_000")).expect_err("so much does not exist");
        let exists = in_tao(rao(exists));
        let said = ["agents", "10000000 TAO", exists.as_str(), "block 5000049"];
        assert!(said.iter().all(|part| error.contains(part)), "{error}");
    }
}

#[test]
fn what_waits_when_a_replay_begins_is_part_of_what_exists_and_becomes_the_holders() {
    let full = "(spec: 472, rules: (network_rate_limit: 0, registration: (subnet_limit: Pruned(most: 2, immunity: 0))))";
    let owner = r#"(name: "owner", count: 1, tao: "1_000 TAO", strategy: Script(calls: [(block: 5_000_010, call: RegisterSubnet)]))"#;
    let folder = TempDir::new().expect("a folder");
    let before = read(&folder, "before.ron", &genesis(full, "1_000_000", "", owner))
        .unwrap_or_else(|error| panic!("{error}"));
    let mut replayed = builder(&before, OPTIONS).build();
    replayed.advance(20).expect("the books close");
    let state = replayed.checkpoint().expect("dynamic TAO");
    assert!(state.chain.queue.escrow() >= tao(1), "it waits");
    let pools: Tao =
        state.subnets.iter().map(|subnet| subnet.pool.tao + subnet.carried.curve.waiting().tao).sum();
    let root: Tao = state.subnets.iter().map(|subnet| subnet.carried.pending.root_tao).sum();
    let exists = state.issuance + state.chain.uncounted + state.chain.uncounted_buys;
    let free = exists - (state.root_stake + pools + root + state.chain.queue.escrow());

    let after = |given: Tao| {
        let given = in_tao(rao(given));
        let text = format!(
            r#"Scenario(
    about: "Goes on.",
    protocol: {full},
    start: Replayed(scenario: "before.ron", until: 5_000_019, holder: "holder"),
    blocks: 40,
    agents: [
        (name: "another", count: 1, tao: "{given}", strategy: Script(calls: [])),
        (name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
    ],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
)"#
        );
        read(&folder, "after.ron", &text)
    };
    let error = after(free + Tao::from_rao(1)).expect_err("so much does not exist");
    assert!(error.contains("registrations that wait hold"), "{error}");
    let loaded = after(free).unwrap_or_else(|error| panic!("{error}"));
    let summary = run(&loaded, OPTIONS, None, &mut |_| Progress::Continue).expect("the books close");
    assert_eq!(summary.calls.get("registered after a wait"), Some(&1), "{:?}", summary.calls);
    let mut goes_on = builder(&loaded, OPTIONS).build();
    goes_on.advance(40).expect("the books close");
    let view = goes_on.view();
    let holder = view.member("holder", 0).expect("it is there");
    let owners: Vec<_> = view.netuids().map(|netuid| view.subnet_owner(netuid)).collect();
    assert_eq!(owners, [Some(holder); 2]);
}

#[test]
fn the_launchs_halving_falls_in_december_2025() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/february_2025.ron");
    let loaded = Loaded::read(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
    let at_start = issuance(&loaded);
    // A block emits 1 TAO until then, less what is rounded down: below 100 rao of each.
    let left = tao(MAX_SUPPLY / RAO / 2) - at_start;
    let (soonest, latest) = (left.rao() / RAO, left.rao() / (RAO - 100) + 1);
    for blocks in [soonest, latest] {
        let time = time_of(Block(loaded.first_block().0 + blocks - 1)).to_string();
        assert!(time.starts_with("2025-12-"), "{time}");
    }
}

#[test]
fn an_amount_is_said_to_the_rao_and_without_needless_zeros() {
    assert_eq!(in_tao(0), "0 TAO");
    assert_eq!(in_tao(1), "0.000000001 TAO");
    assert_eq!(in_tao(21_000_000_500_000_000), "21000000.5 TAO");
    assert_eq!(in_tao(u128::from(u64::MAX) * 4_000_000_000), "73786976294838206460 TAO");
}
