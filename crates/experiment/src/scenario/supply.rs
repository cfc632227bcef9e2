//! All TAO that a start hands out is within what may ever exist, and within what exists then.

use dtao_engine::checkpoint::Checkpoint;
use dtao_engine::run::Carried;
use dtao_protocol::fixed::Q32;
use dtao_protocol::genesis;
use dtao_protocol::halving::MAX_SUPPLY;
use dtao_protocol::units::{RAO, Tao};

use super::{RootVoting, Scenario, Start};
use dtao_files::input::{InputError, Source};

/// What accounts and root begin with, as the scenario's own file says. What groups inherit is part of it.
pub(super) fn check_accounts(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let root_stake = match scenario.start {
        Start::Genesis { root_stake, .. } => rao(root_stake),
        Start::Pools { root_tao, root_uncounted, .. } => rao(root_tao) + rao(root_uncounted),
        // It fitted in the scenario that is replayed.
        Start::Replayed { .. } => 0,
    };
    within_supply(source, "agents", "all accounts and root", accounts(scenario) + root_stake)
}

/// What a genesis of `subnets` subnets hands out, pools and locks included, and the issuance that it is a part of.
pub(crate) fn check_genesis(scenario: &Scenario, source: &Source, subnets: usize) -> Result<(), InputError> {
    let Start::Genesis { root_stake, issuance, .. } = &scenario.start else { return Ok(()) };
    let (each, what, place) = match scenario.protocol.root_voting {
        None => (genesis::launch(Q32::ZERO).pool.tao, "pools", "start.Genesis.subnets"),
        // The migration makes pools of the locks.
        Some(RootVoting { lock, .. }) => (lock, "locks", "protocol.lock"),
    };
    let handed_out = accounts(scenario) + rao(*root_stake) + subnets as u128 * rao(each);
    let who = format!("all accounts, root and the {what} of {subnets} subnets");
    within_supply(source, place, &who, handed_out)?;
    let Some(issuance) = issuance.map(rao) else { return Ok(()) };
    let place = "start.Genesis.issuance";
    within_supply(source, place, "all that exists, here and elsewhere,", issuance)?;
    if issuance < handed_out {
        let message =
            format!("an issuance of {}, but {who} begin with {}", in_tao(issuance), in_tao(handed_out));
        let help = "write all TAO that exists, at least what the start hands out, or leave `issuance` out";
        return Err(InputError::at(source, place, message, Some(help.into())));
    }
    Ok(())
}

/// What a replayed start hands out is a part of what exists at the replayed scenario's block.
pub(crate) fn check_replayed(
    scenario: &Scenario,
    source: &Source,
    checkpoint: &Checkpoint,
) -> Result<(), InputError> {
    let pools: u128 = checkpoint
        .subnets
        .iter()
        .map(|subnet| {
            let Carried { curve, pending, .. } = &subnet.carried;
            rao(subnet.pool.tao) + rao(curve.waiting().tao) + rao(pending.root_tao)
        })
        .sum();
    let held = rao(checkpoint.root_stake) + pools + rao(checkpoint.chain.queue.escrow());
    let given = accounts(scenario);
    let exists = [checkpoint.issuance, checkpoint.chain.uncounted, checkpoint.chain.uncounted_buys];
    let exists: u128 = exists.into_iter().map(rao).sum();
    if held + given <= exists {
        return Ok(());
    }
    let message = format!(
        "all accounts begin with {}, but of the {} that exist at block {} pools, root and registrations that wait hold {}",
        in_tao(given),
        in_tao(exists),
        checkpoint.block,
        in_tao(held),
    );
    let help =
        "give them less, or write in the replayed scenario's `start` the `issuance`: all TAO that exists";
    Err(InputError::at(source, "agents", message, Some(help.into())))
}

/// What a table of pools hands out is a part of what exists.
pub(crate) fn check_pools(
    scenario: &Scenario,
    source: &Source,
    checkpoint: &Checkpoint,
) -> Result<(), InputError> {
    let pools: u128 = checkpoint.subnets.iter().map(|subnet| rao(subnet.pool.tao)).sum();
    let handed_out = accounts(scenario) + rao(checkpoint.root_stake) + pools;
    let (place, issuance) = ("start.Pools.issuance", rao(checkpoint.issuance));
    within_supply(source, place, "all that exists, here and elsewhere,", issuance)?;
    if issuance >= handed_out {
        return Ok(());
    }
    let message = format!(
        "an issuance of {}, but all accounts, root and the pools of {} subnets begin with {}",
        in_tao(issuance),
        checkpoint.subnets.len(),
        in_tao(handed_out)
    );
    let help = "write all TAO that exists, at least what the start hands out, or give accounts less";
    Err(InputError::at(source, place, message, Some(help.into())))
}

fn within_supply(source: &Source, place: &str, who: &str, amount: u128) -> Result<(), InputError> {
    if amount <= u128::from(MAX_SUPPLY) {
        return Ok(());
    }
    let message = format!("{who} together begin with {}", in_tao(amount));
    let help = "give them less: there can never be more than 21_000_000 TAO";
    Err(InputError::at(source, place, message, Some(help.into())))
}

/// What accounts begin with, free and on root.
fn accounts(scenario: &Scenario) -> u128 {
    let each = |tao, root_stake| rao(tao) + rao(root_stake);
    scenario.agents.iter().map(|group| u128::from(group.count) * each(group.tao, group.root_stake)).sum()
}

fn rao(tao: Tao) -> u128 {
    u128::from(tao.rao())
}

/// An amount to the last rao; it need not fit where amounts are kept.
fn in_tao(rao: u128) -> String {
    let (whole, rest) = (rao / u128::from(RAO), rao % u128::from(RAO));
    if rest == 0 {
        return format!("{whole} TAO");
    }
    let decimals = format!("{rest:09}");
    format!("{whole}.{} TAO", decimals.trim_end_matches('0'))
}

#[cfg(test)]
mod tests;
