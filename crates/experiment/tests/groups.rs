//! What a group of agents does to the others when it comes, goes, grows, shrinks or changes its place in the file:
//! nothing, but through the market.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dtao_agents::StrategySpec;
use dtao_agents::noise::Noise;
use dtao_agents::script::{Line, Script, ScriptedCall};
use dtao_engine::pipeline::CallOrder;
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Output, Progress, run};
use dtao_experiment::scenario::inheritance::Inherits;
use dtao_experiment::scenario::{Group, Key, Loaded};
use dtao_protocol::units::{Netuid, RAO, Tao};
use proptest::prelude::*;
use tempfile::TempDir;

fn tables(loaded: &Loaded, seed: u64) -> BTreeMap<&'static str, String> {
    let folder = TempDir::new().expect("a folder");
    let options = Options { seed: RunSeed(seed), audit: Audit::Off };
    run(loaded, options, Some(Output::fresh(folder.path())), &mut |_| Progress::Continue).expect("it ends");
    let read = |name| (name, fs::read_to_string(folder.path().join(name)).expect("a table"));
    ["subnets.csv", "groups.csv", "events.csv", "summary.json"].map(read).into()
}

fn group(name: &str, count: u32, tao: u64, strategy: StrategySpec) -> Group {
    Group {
        name: name.into(),
        count,
        tao: Tao::from_rao(tao * RAO),
        root_stake: Tao::ZERO,
        inherits: Inherits::default(),
        key: Key::Own,
        strategy,
    }
}

/// Traders on one subnet, who trade every other block or so.
fn traders(name: &str, count: u32, netuid: u16) -> Group {
    let noise = Noise {
        netuids: vec![Netuid(netuid)],
        trades_per_day: 3_000.0,
        buys: 0.6,
        median_size: Tao::from_rao(RAO),
        size_deviation: 1.0,
    };
    group(name, count, 50, StrategySpec::Noise(noise))
}

/// The example's subnets under other groups. Moving prices stand still, so that trades on one subnet do not reach another
/// through its share of the emission.
fn world(groups: Vec<Group>, order: CallOrder) -> Loaded {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/noise.ron");
    let mut loaded = Loaded::read(&example, &[]).expect("the example");
    let block = loaded.first_block();
    let freeze = Line { block, call: ScriptedCall::SetMovingAlpha(0.0) };
    let sudo =
        Group { key: Key::Root, ..group("sudo", 1, 0, StrategySpec::Script(Script::new(vec![freeze]))) };
    let holder = group("holder", 1, 0, StrategySpec::Script(Script::new(vec![])));
    let scenario = &mut loaded.scenario;
    scenario.agents = [groups, vec![sudo, holder]].concat();
    scenario.order = order;
    scenario.blocks = 60;
    scenario.metrics.clear();
    scenario.expect.clear();
    scenario.record.every = 1;
    loaded
}

/// All that the tables say of a group's accounts below a place, and of its subnet.
fn about(tables: &BTreeMap<&str, String>, name: &str, members: u32, netuid: u16) -> (String, String, String) {
    let rows = |table: &str, keep: &dyn Fn(&[&str]) -> bool| -> String {
        let line = |line: &&str| keep(&line.split(',').collect::<Vec<_>>());
        tables[table].lines().filter(line).collect::<Vec<_>>().join("\n")
    };
    let price_and_books = |table: String| -> String {
        // All but the rank, which is among all subnets.
        let cells = |line: &str| {
            line.split(',')
                .enumerate()
                .filter(|&(at, _)| at != 9)
                .map(|(_, cell)| cell)
                .collect::<Vec<_>>()
                .join(",")
        };
        table.lines().map(cells).collect::<Vec<_>>().join("\n")
    };
    let below = |cells: &[&str]| cells[3].parse::<u32>().is_ok_and(|place| place < members);
    (
        rows("groups.csv", &|cells| cells[2] == name),
        rows("events.csv", &|cells| cells[4] == name && below(cells)),
        price_and_books(rows("subnets.csv", &|cells| cells[2] == netuid.to_string())),
    )
}

fn order() -> impl Strategy<Value = CallOrder> {
    prop_oneof![Just(CallOrder::Arrival), Just(CallOrder::Random), Just(CallOrder::Searcher)]
}

/// Groups beside the one that is looked at, on other subnets than its.
fn others() -> impl Strategy<Value = Vec<Group>> {
    prop::collection::btree_map("[a-z]{1,3}", (0_u32..4, 2_u16..=6), 0..5).prop_map(|groups| {
        let trader = |(name, (count, netuid)): (String, _)| traders(&format!("{name} others"), count, netuid);
        groups.into_iter().map(trader).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn groups_elsewhere_leave_every_row_of_a_group_and_its_subnet_alone(
        before in others(), after in others(), place in 0..5_usize, order in order(), seed in 0..4_u64,
    ) {
        let with = |others: Vec<Group>, place: usize| {
            let mut groups = others;
            groups.insert(place.min(groups.len()), traders("m", 3, 1));
            about(&tables(&world(groups, order), seed), "m", 3, 1)
        };
        let (one, two) = (with(before, 0), with(after, place));
        prop_assert!(one.1.lines().count() > 20, "it trades: {}", one.1);
        for (what, (one, two)) in [("group", (one.0, two.0)), ("events", (one.1, two.1)), ("subnet", (one.2, two.2))] {
            let first = one.lines().zip(two.lines()).find(|(a, b)| a != b);
            prop_assert!(one == two, "{what}: {first:?}");
        }
    }

    #[test]
    fn the_order_of_groups_in_the_file_changes_no_byte(
        (groups, shuffled) in others().prop_flat_map(|mut groups| {
            // Some trade on the same subnet, so that who comes first matters.
            groups.extend([traders("a", 2, 1), traders("m", 2, 1), traders("z", 2, 1)]);
            (Just(groups.clone()), Just(groups).prop_shuffle())
        }),
        order in order(),
    ) {
        let (one, two) = (tables(&world(groups, order), 1), tables(&world(shuffled, order), 1));
        prop_assert!(one == two);
    }
}

#[test]
fn a_group_of_another_size_leaves_the_trades_of_its_members_alone() {
    // Apart from what they pay each other through the pool: buys are in TAO, and nobody runs out of it.
    let bought = |count: u32| {
        let text = tables(&world(vec![traders("m", count, 1)], CallOrder::Arrival), 1)["events.csv"].clone();
        let of_first = |line: &&str| {
            let cells: Vec<_> = line.split(',').collect();
            cells[2] == "buy" && cells[4] == "m" && cells[3] == "0"
        };
        let line = |line: &str| line.split(',').take(7).collect::<Vec<_>>().join(",");
        text.lines().filter(of_first).map(line).collect::<Vec<_>>()
    };
    assert!(bought(1).len() > 10);
    for count in [2, 7] {
        assert_eq!(bought(1), bought(count));
    }
}
