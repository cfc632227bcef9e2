//! Finds the moving prices that dynamic TAO began with, which nobody recorded.
//!
//! They decided what each pool received in the first days, and so how deep it became. The depth shows in
//! recorded prices: without trades a price falls by `2 r / alpha_in` per block. So the scenario is run with
//! a guess, its trade-free drifts are compared with the recorded ones of the calibration's window, and each
//! moving price is moved against the difference:
//!
//! ```text
//! start:  m_i = p_i / sum p                       the first recorded prices
//! x_i   = median over quiet intervals of ln(recorded drift / simulated drift)
//! m_i  <- m_i exp(-damping * clip(x_i, +-clip)),  then divided by their sum
//! ```
//! Only intervals count in which the recording shows no trade ([`dtao_metrics::quiet`]) and the simulated
//! pool's injection is not capped. A subnet without such intervals keeps its proportion. The number of
//! rounds is small and fixed: where the moving average is fast, the first prices leave hardly a trace in the
//! window, and iterating to convergence would fit noise.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use dtao_engine::math::exp;
use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::random::RunSeed;
use dtao_engine::run::{Audit, RunError};
use dtao_engine::view::View;
use dtao_metrics::drift_error::Comparison;
use dtao_protocol::units::{Block, Netuid};

use crate::recorded::launch::LaunchSubnet;
use crate::run::{Options, builder};
use crate::scenario::{Calibration, Loaded, Start, supply};
use dtao_files::input::InputError;

/// What a calibration found.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// The subnets with their moving prices.
    pub subnets: Vec<LaunchSubnet>,
    /// x of each subnet with quiet intervals, before each round and after the last.
    pub rounds: Vec<BTreeMap<Netuid, f64>>,
}

/// Why a scenario cannot be calibrated.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// The scenario lacks something.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A run failed.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Calibrates a scenario's moving prices as its `calibration` says.
///
/// `known` gives the blocks in which subnets were registered, where that is known; others count as old.
///
/// # Errors
/// If the scenario has no calibration or no recorded prices, or a run fails.
pub fn calibrate(
    mut loaded: Loaded,
    known: &BTreeMap<Netuid, Block>,
    progress: &mut dyn FnMut(u32),
) -> Result<Calibrated, CalibrationError> {
    let lacks =
        |what: &str, help: &str| InputError::at(&loaded.source, "", what.to_owned(), Some(help.to_owned()));
    let Some(calibration) = loaded.scenario.calibration else {
        return Err(
            lacks("the scenario has no `calibration`", "add `calibration: (from: …, to: …, …)`").into()
        );
    };
    if !matches!(loaded.scenario.start, Start::Genesis { .. }) {
        let help = "calibrate the scenario that makes this state, or give its moving prices";
        return Err(lacks("moving prices are found for a `Genesis` only", help).into());
    }
    let prices = loaded.scenario.agents.iter_mut().find_map(|group| group.strategy.price_files().cloned());
    let Some(table) = prices.map(|prices| prices.table) else {
        return Err(lacks(
            "no agent of the scenario reads recorded prices",
            "add a group that follows `Replay`",
        )
        .into());
    };
    let first: Vec<(Netuid, f64)> = if table.blocks().is_empty() {
        Vec::new()
    } else {
        table.row(0).filter_map(|(n, p)| Some((n, p?))).collect()
    };
    let sum: f64 = first.iter().map(|&(_, price)| price).sum();
    loaded.subnets = first
        .iter()
        .map(|&(netuid, price)| LaunchSubnet {
            netuid,
            moving_price: price / sum,
            registered_at: known.get(&netuid).copied().unwrap_or(Block(0)),
        })
        .collect();
    supply::check_genesis(&loaded.scenario, &loaded.source, loaded.subnets.len())?;

    let netuids: Vec<_> = loaded.subnets.iter().map(|subnet| subnet.netuid).collect();
    let quiet = Comparison::new(&table, &netuids, calibration.from, calibration.to);
    let mut rounds = Vec::new();
    for round in 0..calibration.rounds {
        let differences = differences(&loaded, calibration, &quiet)?;
        for subnet in &mut loaded.subnets {
            let x = differences.get(&subnet.netuid).copied().unwrap_or(0.0);
            subnet.moving_price *= exp(-calibration.damping * x.clamp(-calibration.clip, calibration.clip));
        }
        let sum: f64 = loaded.subnets.iter().map(|subnet| subnet.moving_price).sum();
        for subnet in &mut loaded.subnets {
            subnet.moving_price /= sum;
        }
        rounds.push(differences);
        progress(round + 1);
    }
    rounds.push(differences(&loaded, calibration, &quiet)?);
    Ok(Calibrated { subnets: loaded.subnets, rounds })
}

/// x of each subnet, from one run to the end of the window.
fn differences(
    loaded: &Loaded,
    calibration: Calibration,
    quiet: &Comparison,
) -> Result<BTreeMap<Netuid, f64>, CalibrationError> {
    let mut builder = builder(loaded, Options { seed: RunSeed(1), audit: Audit::Off });
    let comparison = Arc::new(Mutex::new(quiet.clone()));
    builder.observer(Box::new(Shared(Arc::clone(&comparison))));
    let mut run = builder.build();
    run.advance(calibration.to.since(loaded.first_block()) + 1)?;
    drop(run);
    let differences = comparison.lock().expect("the run is over").differences();
    Ok(differences)
}

/// A comparison that outlives the run.
struct Shared(Arc<Mutex<Comparison>>);

impl Observer for Shared {
    fn next(&self, from: Block) -> Option<Block> {
        self.0.lock().expect("one thread").next(from)
    }

    fn observe(&mut self, view: &View) {
        self.0.lock().expect("one thread").observe(view);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![])
    }
}

/// The subnets as a file of launch subnets.
#[must_use]
pub fn to_csv(subnets: &[LaunchSubnet]) -> String {
    let mut text = String::from("netuid,moving_price,registered_at\n");
    for LaunchSubnet { netuid, moving_price, registered_at } in subnets {
        // The chain keeps 32 fractional bits: ten digits tell neighbours apart.
        writeln!(text, "{netuid},{moving_price:.10},{registered_at}").expect("text takes what is written");
    }
    text
}
