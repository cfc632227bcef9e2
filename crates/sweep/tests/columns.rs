//! The columns of a sweep's tables.

use std::fs;

use dtao_sweep::plan::Plan;
use tempfile::TempDir;

/// A scenario with one metric.
const TEXT: &str = r#"Scenario(
    about: "Columns.",
    protocol: Launch(spec: 246),
    start: Genesis(block: 5_000_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "a", last_registration: (cost: "100 TAO", block: 4_900_000)),
    blocks: 60,
    agents: [(name: "a", count: 1, tao: "1000 TAO", strategy: Script(calls: []))],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
    metrics: { "METRIC": SubnetValue(netuid: 1, of: Price, at: 5_000_059) },
)"#;
const SUBNETS: &str = "netuid,moving_price,registered_at\n1,0.5,0\n2,0.5,0\n";

#[test]
fn no_table_has_two_columns_of_one_name() {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("subnets.csv"), SUBNETS).expect("the folder can be written to");
    let plan = |name: &str, metric: &str| {
        fs::write(folder.path().join("b.ron"), TEXT.replace("METRIC", metric))
            .expect("the folder can be written to");
        let text = format!(
            "Sweep(about: \"x\", scenario: \"b.ron\", seeds: (0, 2), names: {{\"{name}\": \"agents.a.tao\"}},\n\
             design: Grid({{\"{name}\": [\"1 TAO\", \"2 TAO\"]}}))"
        );
        fs::write(folder.path().join("s.ron"), text).expect("the folder can be written to");
        Plan::read(&folder.path().join("s.ron"), None)
            .map_or_else(|error| error.to_string(), |_| "good".into())
    };
    assert_eq!(plan("amount", "p1"), "good");
    for name in
        ["run", "point", "arm", "seed", "mean", "sd", "outcome", "q05_low", "difference", "message", "replay"]
    {
        let found = plan(name, "p1");
        assert!(found.contains(&format!(": design.Grid.{name}: the factor `{name}`")), "{found}");
    }
    for name in ["run", "arm", "seed", "amount"] {
        let found = plan("amount", name);
        assert!(found.contains(&format!("the metric `{name}` would be a second column")), "{found}");
    }
    // A factor may be called `n`: its column beside the number of runs is another.
    assert_eq!(plan("n", "p1"), "good");
    // No table has outcomes and these.
    assert_eq!(plan("amount", "mean"), "good");
}
