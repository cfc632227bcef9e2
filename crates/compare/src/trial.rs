//! One run of a comparison.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use dtao_agents::StrategySpec;
use dtao_agents::flow_replay::FlowReplay;
use dtao_engine::call::{Call, Outcome, Receipt};
use dtao_engine::market::{Flow, Side};
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::random::RunSeed;
use dtao_engine::run::{Audit, RunBuilder, RunError};
use dtao_engine::view::View;
use dtao_protocol::units::Block;

use crate::trace::{Seen, Trace};
use dtao_experiment::run::{Options, Progress, advance, builder, each_more, values};
use dtao_experiment::scenario::Loaded;

/// What came out of a run.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The metrics' values, by name.
    pub values: BTreeMap<String, Option<f64>>,
    /// What was seen of it.
    pub seen: Seen,
}

impl Trial {
    /// Whether another run came to the same: the state to the rao at every look, refused calls, every value to the last bit.
    pub fn is_like(&self, other: &Self) -> bool {
        let bits = |trial: &Self| -> Vec<Option<u64>> {
            trial.values.values().map(|value| value.map(f64::to_bits)).collect()
        };
        let seen = |trial: &Self| (trial.seen.digest.clone(), trial.seen.refused);
        seen(self) == seen(other) && bits(self) == bits(other)
    }
}

/// The trades of one group in a run.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Purchases and sales, in order.
    flows: Vec<Flow>,
    /// Blocks in which it registered a subnet.
    registrations: Vec<Block>,
}

/// Runs a scenario with a seed; nothing if it was stopped. `progress` is told how many more blocks are made.
pub fn run(
    loaded: &Loaded,
    seed: u64,
    progress: &dyn Fn(u64) -> Progress,
) -> Result<Option<Trial>, RunError> {
    let mut run = builder(loaded, options(seed));
    let (trace, seen) = Trace::of(loaded.scenario.blocks, loaded.last_block());
    run.observer(Box::new(trace));
    let Some(readings) = make(run, loaded, progress)? else { return Ok(None) };
    let values = values(readings);
    let seen = seen.lock().expect("the run is over").clone();
    Ok(Some(Trial { values, seen }))
}

/// Runs a scenario with a seed, and records the trades of a group; nothing if it was stopped.
pub fn record(
    loaded: &Loaded,
    seed: u64,
    group: &str,
    progress: &dyn Fn(u64) -> Progress,
) -> Result<Option<(Recorded, Seen)>, RunError> {
    let mut quiet = loaded.clone();
    quiet.scenario.metrics.clear();
    let mut run = builder(&quiet, options(seed));
    let (trace, seen) = Trace::of(loaded.scenario.blocks, loaded.last_block());
    run.observer(Box::new(trace));
    let recorded = Arc::new(Mutex::new(Recorded::default()));
    run.observer(Box::new(Recorder { group: group.to_owned(), recorded: Arc::clone(&recorded) }));
    if make(run, loaded, progress)?.is_none() {
        return Ok(None);
    }
    let recorded = std::mem::take(&mut *recorded.lock().expect("the run is over"));
    let seen = seen.lock().expect("the run is over").clone();
    Ok(Some((recorded, seen)))
}

/// A scenario in which a group repeats what it traded in another run.
pub fn repeating(loaded: &Loaded, group: &str, recorded: &Recorded) -> Loaded {
    let mut repeating = loaded.clone();
    for traders in repeating.scenario.agents.iter_mut().filter(|traders| traders.name == group) {
        let Recorded { flows, registrations } = recorded.clone();
        traders.strategy = StrategySpec::FlowReplay(FlowReplay::of(group, flows.into(), registrations));
    }
    repeating
}

fn options(seed: u64) -> Options {
    Options { seed: RunSeed(seed), audit: Audit::Off }
}

/// Makes all blocks; nothing if it was stopped.
fn make(
    run: RunBuilder,
    loaded: &Loaded,
    progress: &dyn Fn(u64) -> Progress,
) -> Result<Option<Vec<Reading>>, RunError> {
    let mut run = run.build();
    match advance(&mut run, loaded.scenario.blocks, &mut each_more(progress))? {
        Progress::Stop => Ok(None),
        Progress::Continue => run.finish().map(Some),
    }
}

/// Records a group's trades.
struct Recorder {
    group: String,
    recorded: Arc<Mutex<Recorded>>,
}

impl Observer for Recorder {
    fn next(&self, _: Block) -> Option<Block> {
        None
    }

    fn attention(&self) -> Attention {
        Attention::Events
    }

    fn observe(&mut self, view: &View) {
        let mut recorded = self.recorded.lock().expect("nothing panics while it is locked");
        for Receipt { agent, call, outcome, .. } in view.receipts() {
            if view.groups()[usize::from(view.account(*agent).group.0)] != self.group {
                continue;
            }
            let (side, netuid, tao, alpha) = match (call, *outcome) {
                (&Call::Stake { netuid, .. }, Outcome::Bought { tao, alpha }) => {
                    (Side::Buy, netuid, tao, alpha)
                }
                (&Call::Unstake { netuid, .. }, Outcome::Sold { tao, alpha }) => {
                    (Side::Sell, netuid, tao, alpha)
                }
                (_, Outcome::Registered { .. } | Outcome::Queued { .. }) => {
                    recorded.registrations.push(view.block());
                    continue;
                }
                _ => continue,
            };
            recorded.flows.push(Flow { block: view.block(), netuid, side, tao, alpha });
        }
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(Vec::new())
    }
}
