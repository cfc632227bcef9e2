//! A scenario that writes every value of the rules, for several runtimes: what is accepted of it is run, too.

use std::path::Path;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, builder};
use dtao_experiment::scenario::Loaded;
use dtao_files::input::{Source, ron_file};
use dtao_protocol::era::Spec;
use dtao_protocol::rules::Rules;

use super::{File, Kind};

/// Runtimes that differ in the rules which they choose, with what none of them writes by itself.
const RUNTIMES: [(u16, &[&str]); 5] = [
    (246, &["epoch.version=Yuma2(liquid_alpha: (low: 0.7, high: 0.9))"]),
    (348, &["epoch.version=Yuma3(liquid_alpha: (low: 0.1, high: 0.3, steepness: 1000))"]),
    (421, &["emission=NetFlow(smoothing: 0.01, cutoff: 0.0, exponent: 1.5)"]),
    (424, &["coinbase.gate=Quantile(quantile: 0.61, exponent: 3.0)"]),
    (425, &["coinbase.gate=Rank(rank: 3, exponent: 2.5)"]),
];
/// A run of more blocks is not made.
const MOST_BLOCKS: u64 = 2_000;
/// Nor is one of more accounts.
const MOST_ACCOUNTS: u64 = 100;

/// One scenario for each of some runtimes.
pub(super) fn scenarios(root: &Path) -> Vec<File> {
    let path = root.join("crates/cli/examples/hostile/rules.ron");
    let base = Source::read(&path).expect("it is there");
    let of = |(spec, more): (u16, &[&str])| {
        let mut source = base.clone();
        let mut set = |assignment: String| {
            ron_file::set(&mut source, &assignment).unwrap_or_else(|error| panic!("{error}"));
            source.settle();
        };
        set(format!("protocol.spec={spec}"));
        for entry in Rules::at(Spec::known(spec)).entries() {
            set(format!("protocol.rules.{}={}", entry.about.path, entry.value));
        }
        for assignment in more {
            set(format!("protocol.rules.{assignment}"));
        }
        let path = path.with_file_name(format!("rules-{spec}.ron"));
        File { path, kind: Kind::Scenario, text: source.text }
    };
    RUNTIMES.into_iter().map(of).collect()
}

/// Whether a scenario is one of these.
pub(super) fn is_one(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rules-"))
}

/// Runs a scenario that was accepted, if it is short; says what went wrong.
///
/// Without the auditor: of some combinations that the chain never had it does not close the books.
pub(super) fn run(loaded: &Loaded) -> Result<(), String> {
    let accounts: u64 = loaded.scenario.agents.iter().map(|group| u64::from(group.count)).sum();
    if loaded.scenario.blocks > MOST_BLOCKS || accounts > MOST_ACCOUNTS {
        return Ok(());
    }
    let options = Options { seed: RunSeed(1), audit: Audit::Off };
    builder(loaded, options)
        .build()
        .advance(loaded.scenario.blocks)
        .map(drop)
        .map_err(|error| error.to_string())
}
