//! SN28's experiment: arms that must be the same are, byte for byte, and others from the first moment that they may differ.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::{Options, Output, Progress, run};
use dtao_experiment::scenario::{LaunchSubnets, Loaded};
use tempfile::TempDir;

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios").join(name)
}

/// The scenario with some values replaced; what it replays is run once for all tests.
fn load(assignments: &[String]) -> Loaded {
    static LIBRARY: LazyLock<Library> = LazyLock::new(Library::default);
    Loaded::read_from(&LIBRARY, &scenario("sn28.ron"), assignments, LaunchSubnets::Needed)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The tables of a run to the end of the 25th: the price path, and all trades.
fn tables(arm: &[&str]) -> (String, String) {
    let mut assignments: Vec<String> = arm.iter().map(|&set| set.into()).collect();
    assignments.push("blocks=7_200".into());
    let loaded = load(&assignments);
    let folder = TempDir::new().expect("a folder");
    let options = Options { seed: RunSeed(3), audit: Audit::Off };
    run(&loaded, options, Some(Output::fresh(folder.path())), &mut |_| Progress::Continue).expect("it ends");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a table");
    // What validators set is what the arms differ in; what epochs pay them differs, too.
    let trade = |line: &&str| ["buy", "sell", "move"].contains(&line.split(',').nth(2).unwrap_or(""));
    let events = read("events.csv");
    let trades = events.lines().filter(trade);
    (read("subnets.csv"), trades.collect::<Vec<_>>().join("\n"))
}

const COALITION: &str = "agents.coalition.inherits.root=Exactly(0.49)";
const INCUMBENTS: &str = "agents.incumbents.inherits.root=Exactly(0.51)";
/// All set their weights in the same blocks, so that honest rows are equal.
const SWITCH: &str = "agents.coalition.strategy.RootValidator.switch=At(Exactly(5_005_400))";
const SAME_CLOCK: &str = "agents.incumbents.strategy=RootValidator(validators: [(netuid: 28, after: 1, stake: \"0 TAO\", \
                          every: 180)], before: Holdings, after: Same, switch: At(Exactly(5_005_400)), turnout: Exactly(0.0))";
const NOBODY_FOLLOWS: &str = "agents.coalition.strategy.RootValidator.turnout=Exactly(0.0)";
const SAME_VALUES: &str = "agents.coalition.strategy.RootValidator.after=Same";

/// The epoch from which on the switched weights count.
const EFFECTIVE: u64 = 5_005_596;

#[test]
fn same_values_a_minority_and_no_intervention_are_one_path() {
    let nobody = tables(&[NOBODY_FOLLOWS]);
    assert!(nobody.1.lines().count() > 10_000, "trades were found: {}", nobody.1.lines().count());
    let same = tables(&[SAME_VALUES]);
    assert!(same == nobody, "weights that are the same change nothing");
    let minority = tables(&[COALITION, INCUMBENTS, SWITCH, SAME_CLOCK]);
    let without = tables(&[COALITION, INCUMBENTS, SWITCH, SAME_CLOCK, NOBODY_FOLLOWS]);
    assert!(minority == without, "a minority of 0.49 changes no trade");
}

#[test]
fn arms_part_at_the_effective_epoch() {
    let (with, without) = (tables(&[]), tables(&[NOBODY_FOLLOWS]));
    let block = |line: &str| line.split(',').next().and_then(|cell| cell.parse::<u64>().ok());
    let first = with.0.lines().zip(without.0.lines()).find(|(a, b)| a != b).expect("they part");
    let first = block(first.0).expect("a block");
    assert!(first > EFFECTIVE, "the first different row is of block {first}");
    let until = |table: &str| -> String {
        table.lines().filter(|line| block(line).is_some_and(|at| at <= EFFECTIVE)).collect()
    };
    assert!(until(&with.1) == until(&without.1), "no trade differs before");
}

/// The fall from 17:52, and the price at the end of the day over its lowest since.
fn dump_and_bounce(seed: u64, arm: &[&str]) -> (f64, f64) {
    let mut assignments: Vec<String> = arm.iter().map(|&set| set.into()).collect();
    assignments.push("blocks=7_201".into());
    let loaded = load(&assignments);
    let options = Options { seed: RunSeed(seed), audit: Audit::Off };
    let metrics = run(&loaded, options, None, &mut |_| Progress::Continue).expect("it ends").metrics;
    let of = |name: &str| metrics[name].unwrap_or_else(|| panic!("{name} was not reached"));
    (of("half_fall"), of("price.2400") / (of("price.1752") * (1.0 + of("dump"))))
}

#[test]
fn faster_reactions_shorten_the_dump() {
    let half_fall = |seed, median: &str| {
        let reaction = format!("agents.holders.strategy.MemeMiner.reaction.median=Exactly({median})");
        dump_and_bounce(seed, &[&reaction]).0
    };
    // Seed by seed with the same random numbers: in some runs the first to leave are others than the holders.
    let pairs: Vec<_> = (1..=24).map(|seed| (half_fall(seed, "300"), half_fall(seed, "1_000"))).collect();
    let shorter = pairs.iter().filter(|(fast, slow)| fast < slow).count();
    let longer = pairs.iter().filter(|(fast, slow)| fast > slow).count();
    assert!(shorter >= 3 * longer && shorter >= 8, "{pairs:?}");
}

#[test]
fn without_value_traders_nothing_bounces() {
    let bounce = |arm: &[&str]| (1..=6).map(|seed| dump_and_bounce(seed, arm).1).sum::<f64>() / 6.0;
    let (base, alone) = (bounce(&[]), bounce(&["agents.value.count=0"]));
    assert!(alone < 0.7 * base, "{alone} {base}");
}
