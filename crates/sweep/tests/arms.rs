//! The arms of SN28's sweeps differ in what their names say, and in nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dtao_agents::StrategySpec;
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Output, Progress, run};
use dtao_experiment::scenario::Loaded;
use dtao_sweep::plan::Plan;
use tempfile::TempDir;

fn configs(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs").join(path)
}

/// Buys of each group, with their blocks, by group.
fn purchases(loaded: &Loaded) -> BTreeMap<String, Vec<String>> {
    let mut purchases: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let folder = TempDir::new().expect("a folder");
    let options = Options { seed: RunSeed(3), audit: Audit::Off };
    run(loaded, options, Some(Output::fresh(folder.path())), &mut |_| Progress::Continue).expect("it ends");
    let events = fs::read_to_string(folder.path().join("events.csv")).expect("a table");
    for line in events.lines() {
        let cells: Vec<_> = line.split(',').collect();
        if cells[2] == "buy" {
            purchases.entry(cells[4].into()).or_default().push(format!("{} {}", cells[0], cells[6]));
        }
    }
    purchases
}

#[test]
fn sn28s_arms_share_noise_and_pump_with_the_baseline() {
    let mut known = None;
    for (file, arms) in [
        ("sweeps/sn28.ron", &["baseline", "no_intervention"][..]),
        ("sweeps/sn28_ablations.ron", &["noise_only", "no_followers", "pumper_stays", "no_stops"][..]),
        ("sweeps/sn28_attack.ron", &["many_followers", "exit_after_1h"][..]),
        ("sweeps/sn28_rescue.ron", &["coalition_60", "seen_60"][..]),
    ] {
        let plan = Plan::read(&configs(file), None).expect("a sweep of the project");
        let cell = |name: &str| (0..plan.cells()).find(|&cell| plan.arm(cell as usize).0 == name);
        let of_arm = |name: &str| {
            let mut loaded = plan.load(cell(name).expect("an arm")).expect("a good arm");
            // To 12:24, past all that the pumper buys.
            loaded.scenario.blocks = 3_721;
            for group in &mut loaded.scenario.agents {
                if let StrategySpec::NoiseTrader(noise) = &mut group.strategy {
                    // Else it answers to the price, in which the arms differ.
                    (noise.reversion, noise.clustering, noise.mood) = (None, None, None);
                }
            }
            purchases(&loaded)
        };
        // The first sweep's first arm is what all others are held against.
        let baseline = known.get_or_insert_with(|| of_arm(arms[0]));
        assert!(baseline["noise"].len() > 5 && baseline["pumper"].len() > 5, "{baseline:?}");
        for &arm in arms {
            let other = of_arm(arm);
            assert_eq!(other["noise"], baseline["noise"], "noise in {arm}");
            assert_eq!(other["pumper"], baseline["pumper"], "the pump in {arm}");
        }
    }
}
