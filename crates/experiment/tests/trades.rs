//! Trades that came out wrong elsewhere, from a scenario's file to the table of events.

use std::fs;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Output, Progress, run};
use dtao_experiment::scenario::Loaded;
use tempfile::TempDir;

/// The rows of one group in the table of events, as block of the run, event, TAO, alpha and detail, of two subnets in
/// their first 60 blocks.
fn events(protocol: &str, detail: &str, groups: &str, of: &str) -> Vec<String> {
    let folder = TempDir::new().expect("a folder");
    let write =
        |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("it can be written");
    write("subnets.csv", "netuid,moving_price,registered_at\n1,0.5,0\n2,0.5,0\n");
    write(
        "trades.ron",
        &format!(
            r#"Scenario(
    about: "Trades.",
    protocol: Launch({protocol}),
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "holder", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 60,
    detail: [{detail}],
    agents: [(name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])), {groups}],
    record: (every: 1, subnets: All, agents: Groups, calls: All),
    metrics: {{}},
)"#
        ),
    );
    let loaded =
        Loaded::read(&folder.path().join("trades.ron"), &[]).unwrap_or_else(|error| panic!("{error}"));
    let results = folder.path().join("results");
    let options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };
    run(&loaded, options, Some(Output::fresh(&results)), &mut |_| Progress::Continue)
        .expect("the books close");
    let table = fs::read_to_string(results.join("events.csv")).expect("calls are recorded");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let block: u64 = cells[0].parse().ok()?;
        let [event, group, tao, alpha, detail] = [2, 4, 6, 7, 8].map(|column| cells[column]);
        (group == of).then(|| format!("{} {event} {tao} {alpha} {detail}", block - 5_000_000))
    };
    table.lines().filter_map(row).collect()
}

fn trader(tao: &str, lines: &str) -> String {
    format!(r#"(name: "trader", count: 1, tao: "{tao}", strategy: Script(calls: [{lines}]))"#)
}

#[test]
fn what_is_left_of_a_stake_depends_on_the_revision() {
    let lines = r#"(block: 5_000_050, call: Stake(netuid: 1, tao: "10 TAO")),
                   (block: 5_000_055, call: Unstake(netuid: 1, alpha: "24.0495 alpha"))"#;
    for spec in 234..=246 {
        let rows = events(&format!("spec: {spec}"), "", &trader("1000 TAO", lines), "trader");
        let sold = match spec {
            ..244 => "55 sell 9.600586033 24.049500000 ",
            244..246 => "55 sell 9.600615681 24.049607127 ",
            _ => "55 sell 9.600615671 24.049607127 ",
        };
        assert_eq!(rows, ["50 buy 10.000000000 24.049607127 ", sold], "spec {spec}");
    }
}

#[test]
fn dust_is_too_low_an_amount_before_it_is_too_much() {
    let lines = r#"(block: 5_000_050, call: Stake(netuid: 1, tao: "10 TAO")),
                   (block: 5_000_055, call: Unstake(netuid: 1, alpha: "24.0490 alpha")),
                   (block: 5_000_057, call: Unstake(netuid: 1, alpha: "0.000607127 alpha")),
                   (block: 5_000_058, call: Unstake(netuid: 1, alpha: "0.000607128 alpha"))"#;
    let rows = |minimum: &str| {
        let protocol = format!("spec: 246{minimum}");
        events(&protocol, "", &trader("1000 TAO", lines), "trader").split_off(1)
    };
    let refused = ["57 refused  0.000607127 amount too low", "58 refused  0.000607128 amount too low"];
    let sold = rows("");
    assert_eq!(sold[0], "55 sell 9.600447644 24.049000000 ");
    assert_eq!(sold[1..], refused);
    // Under a minimum for nominators what the sale leaves is sold with it, and there is nothing to sell later.
    let cleared = rows(", nominator_min_stake: \"0.1 alpha\"");
    assert_eq!(cleared[0], "55 sell 9.600615672 24.049607127 ");
    assert_eq!(cleared[1..], refused);
}

#[test]
fn a_limit_that_is_not_met_whole_buys_nothing() {
    let order = |limit: &str, partial: bool| {
        let line = format!(
            r#"(block: 5_000_050, call: Stake(netuid: 1, tao: "10 TAO", limit: "{limit}", allow_partial: {partial}))"#
        );
        events("spec: 246", "", &trader("1000 TAO", &line), "trader")
    };
    // 10 TAO for 24.05 alpha are 0.416 TAO each, on average.
    let whole = ["50 buy 10.000000000 24.049607127 "];
    assert_eq!(order("0.45 TAO", false), whole);
    assert_eq!(order("0.45 TAO", true), whole);
    assert_eq!(order("0.4 TAO", false), ["50 refused 10.000000000  slippage too high"]);
    let part = order("0.4 TAO", true);
    let tao: f64 = part[0].split(' ').nth(2).and_then(|tao| tao.parse().ok()).expect("an amount");
    assert!(part[0].starts_with("50 buy ") && tao > 5.0 && tao < 10.0, "{part:?}");
    assert_eq!(order("0.0001 TAO", true), ["50 buy 0.000000000 0.000000000 "]);
}

#[test]
fn a_neuron_is_registered_in_a_pool_that_was_just_drained() {
    let detail = r#"(netuid: 1, owner: "owner", rules: Launch, max_uids: 64, immunity_period: 5_000, burn: "30 TAO", reveal_after: None)"#;
    let groups = r#"(name: "owner", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
        (name: "drainer", count: 1, tao: "1000 TAO", strategy: Script(calls: [(block: 5_000_000, call: Stake(netuid: 1, tao: "200 TAO"))])),
        (name: "trader", count: 1, tao: "1000 TAO", strategy: Miner(netuid: 1, after: 1, holds: "0 TAO", sells: 0.0, every: 361))"#;
    assert_eq!(
        events("spec: 244", detail, groups, "drainer"),
        ["0 buy 200.000000000 1.898812466 "],
        "what is left is a hundredth of an alpha"
    );
    assert_eq!(
        events("spec: 244", detail, groups, "trader"),
        ["0 register 30.000000000 0.000000000 uid 1; lost 30.000000000"]
    );
}
