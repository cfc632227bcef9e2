//! One run's trades under other rules.

use std::fs;
use std::path::Path;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Output, Progress, Summary, run};
use dtao_experiment::scenario::Loaded;
use tempfile::TempDir;

const NOISE: &str =
    r#"Noise(netuids: [1, 2], trades_per_day: 2000.0, buys: 0.6, median_size: "3 TAO", size_deviation: 1.0)"#;

/// Two subnets, a trader with a strategy, and another that trades beside it.
fn scenario(folder: &Path, strategy: &str, rules: &str) -> Result<Loaded, String> {
    fs::write(folder.join("subnets.csv"), "netuid,moving_price,registered_at\n1,0.7,0\n2,0.3,0\n")
        .expect("the folder can be written to");
    let text = format!(
        r#"Scenario(
    about: "A trader's flow.",
    protocol: (spec: 246, rules: ({rules})),
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "trader", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 900,
    agents: [
        (name: "trader", count: 1, tao: "1000 TAO", strategy: {strategy}),
        (name: "other", count: 3, tao: "100 TAO", strategy: {NOISE}),
    ],
    record: (every: 50, subnets: All, agents: Groups, calls: All),
    metrics: {{}},
)"#
    );
    let path = folder.join("flow.ron");
    fs::write(&path, text).expect("the folder can be written to");
    Loaded::read(&path, &[]).map_err(|error| error.to_string())
}

fn ran(loaded: &Loaded, out: &Path) -> Summary {
    let options = Options { seed: RunSeed(7), audit: Audit::EveryBlock };
    run(loaded, options, Some(Output::fresh(out)), &mut |_| Progress::Continue).expect("the books close")
}

fn flows(amounts: &str) -> String {
    format!(r#"FlowReplay(events: "first/events.csv", group: "trader", amounts: {amounts})"#)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the run has written it")
}

#[test]
fn under_the_same_rules_what_was_given_repeats_the_run_to_the_rao() {
    let folder = TempDir::new().expect("a folder");
    let (first, again) = (folder.path().join("first"), folder.path().join("again"));
    ran(&scenario(folder.path(), NOISE, "").expect("a good scenario"), &first);
    ran(&scenario(folder.path(), &flows("Given"), "").expect("a good scenario"), &again);
    for table in ["subnets.csv", "groups.csv"] {
        assert_eq!(read(&first.join(table)), read(&again.join(table)), "{table}");
    }
}

#[test]
fn under_another_rule_the_same_flow_meets_other_pools_and_sales_beyond_what_there_is_are_counted() {
    let folder = TempDir::new().expect("a folder");
    ran(&scenario(folder.path(), NOISE, "").expect("a good scenario"), &folder.path().join("first"));
    for amounts in ["Given", "Tao", "Alpha"] {
        let out = folder.path().join(amounts);
        let loaded =
            scenario(folder.path(), &flows(amounts), "emission: SpotPrice").expect("a good scenario");
        let summary = ran(&loaded, &out);
        assert!(
            summary.calls["bought"] > 100 && summary.calls["sold"] > 50,
            "{amounts}: {:?}",
            summary.calls
        );
        assert_ne!(read(&out.join("subnets.csv")), read(&folder.path().join("first/subnets.csv")));
    }
    // Of nothing that was ever bought here, more is sold than there is.
    let events = read(&folder.path().join("first/events.csv"));
    let kept: Vec<&str> =
        events.lines().filter(|line| line.starts_with("block") || line.contains(",sell,")).collect();
    let sales = kept.join("\n") + "\n";
    fs::write(folder.path().join("first/events.csv"), sales).expect("the folder can be written to");
    let summary =
        ran(&scenario(folder.path(), &flows("Given"), "").expect("good"), &folder.path().join("sales"));
    let refused = summary.calls.get("refused: not enough stake").copied().unwrap_or(0);
    assert!(refused > 0, "{:?}", summary.calls);
}

#[test]
fn a_table_without_the_groups_trades_is_refused_with_a_place() {
    let folder = TempDir::new().expect("a folder");
    let first = folder.path().join("first");
    ran(&scenario(folder.path(), NOISE, "").expect("a good scenario"), &first);
    let message = |text: &str| {
        fs::write(first.join("events.csv"), text).expect("the folder can be written to");
        scenario(folder.path(), &flows("Tao"), "").expect_err("refused")
    };
    let header = "block,time_utc,event,agent,group,netuid,tao,alpha,detail\n";
    let row = |cells: &str| format!("{header}{cells}\n");
    let wrong_group = message(&row("5000001,,buy,0,trade,1,1.0,2.0,"));
    assert!(wrong_group.contains("no group `trader` trades in this table"), "{wrong_group}");
    let wrong_amount = message(&row("5000001,,buy,0,trader,1,-1.0,2.0,"));
    assert!(wrong_amount.contains("expected an amount of TAO, found `-1.0`"), "{wrong_amount}");
    let falling = message(&row("5000002,,buy,0,trader,1,1,2,\n5000001,,buy,0,trader,1,1,2,"));
    assert!(falling.contains("blocks must not fall"), "{falling}");
    let no_column = message("block,price\n5000001,1\n");
    assert!(no_column.contains("there is no column `event`"), "{no_column}");
}
