//! Amounts that the chain's rules are given are amounts that there can be.

use dtao_protocol::halving::MAX_SUPPLY;
use dtao_protocol::units::Tao;

use crate::limits::BLOCKS;
use crate::scenario::{FlowAverages, Scenario, Start};
use dtao_files::input::{InputError, Source};

/// An amount, if there is one, is no more than there can ever be.
pub(super) fn check(source: &Source, path: &str, amount: Option<Tao>) -> Result<(), InputError> {
    match amount {
        Some(amount) if amount.rao() > MAX_SUPPLY => {
            let help = "there can never be more than 21_000_000 TAO, nor alpha of a subnet".to_owned();
            Err(InputError::at(source, path, format!("{amount} is more than there can be"), Some(help)))
        }
        _ => Ok(()),
    }
}

/// Those of root voting and the start; rules have ranges of their own.
pub(super) fn check_all(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let voting = scenario.protocol.root_voting;
    check(source, "protocol.lock", voting.map(|voting| voting.lock))?;
    let limit = voting.map_or(0, |voting| voting.weights_rate_limit);
    if limit > BLOCKS {
        let message = format!("{limit} blocks: at most {BLOCKS} are possible");
        return Err(InputError::at(source, "protocol.weights_rate_limit", message, None));
    }
    if let Start::Genesis { last_registration, .. } = &scenario.start {
        check(source, "start.Genesis.last_registration.cost", Some(last_registration.cost))?;
    }
    if let Start::Pools { last_registration, flow_averages, .. } = &scenario.start {
        check(source, "start.Pools.last_registration.cost", last_registration.map(|last| last.cost))?;
        check(source, "start.Pools.flow_averages.sum", flow_averages.map(FlowAverages::sum))?;
    }
    Ok(())
}
