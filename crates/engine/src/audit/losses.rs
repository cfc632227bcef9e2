//! What the auditor knows of losses: each is a call's, of a kind that the chain's rules explain, and nothing else is
//! lost.

use dtao_protocol::rules::Rules;
use dtao_protocol::staking::UnstakingFee;

use super::voting::Changes;
use super::{DustTotals, Findings, rao};
use crate::call::{Call, Outcome, Receipt};

/// With less than this an account does not exist, in rao of TAO.
const ALIVE: u128 = 500;

/// What a block's calls lost, in rao.
#[derive(Default)]
pub(super) struct Losses {
    tao: u128,
    alpha: u128,
}

impl Losses {
    /// Adds up what receipts say, each held against what its outcome allows.
    pub(super) fn of(findings: &mut Findings, calls: &[Receipt], rules: &Rules) -> Self {
        let mut losses = Self::default();
        for receipt in calls {
            let (tao, alpha) = (rao(receipt.lost.tao.rao()), rao(receipt.lost.alpha.rao()));
            findings.hold(
                explains_tao(receipt, rules, tao),
                || format!("TAO lost by account {}'s {:?}", receipt.agent.0, receipt.outcome),
                0,
                tao,
            );
            let most = sold_for_nothing(receipt);
            findings.hold(
                alpha <= most,
                || format!("alpha lost by account {}'s {:?}", receipt.agent.0, receipt.outcome),
                most,
                alpha,
            );
            losses.tao += tao;
            losses.alpha += alpha;
        }
        losses
    }

    /// The books lose what the receipts say, to the rao; and a new pool is short of what its lock is short of.
    pub(super) fn check(
        &self,
        findings: &mut Findings,
        before: &DustTotals,
        now: &DustTotals,
        changes: &Changes,
    ) {
        let grown = |of: fn(&DustTotals) -> u128| of(now).wrapping_sub(of(before));
        findings.equal(|| "TAO lost by calls".into(), grown(|dust| dust.lost_tao), self.tao);
        findings.equal(|| "alpha lost by calls".into(), grown(|dust| dust.forfeited), self.alpha);
        findings.equal(
            || "TAO in new pools that was not paid for".into(),
            grown(|dust| dust.uncounted_tao),
            changes.uncounted,
        );
    }
}

/// Whether the chain can have lost so much TAO by this call.
fn explains_tao(receipt: &Receipt, rules: &Rules, lost: u128) -> bool {
    match receipt.outcome {
        // Too little to be staked again is lost whole; else, if nothing was bought, all but the second half fee may be.
        Outcome::Moved { tao, bought, .. } => {
            let (tao, half_fee) = (rao(tao.rao()), rao(rules.staking_fee.rao()) / 2);
            let small = lost == tao && bought.rao() == 0;
            match rules.unstaking_fee {
                UnstakingFee::Flat if tao < rao(rules.min_stake.rao()) + half_fee => small,
                UnstakingFee::Flat => lost == 0 || (bought.rao() == 0 && lost == tao - half_fee),
                // The fee is at least the flat one.
                _ => lost == 0 || small || (bought.rao() == 0 && lost <= tao - half_fee),
            }
        }
        Outcome::RegisteredNeuron { cost, burned, .. } => {
            lost == 0 || (burned.rao() == 0 && lost == rao(cost.rao()))
        }
        // A sale pays at most twice: for what was sold, and for what was cleared.
        Outcome::Sold { .. } => lost < 2 * ALIVE,
        Outcome::SoldAll { .. } => lost <= receipt.sales.len() as u128 * 2 * ALIVE,
        Outcome::Bought { .. } | Outcome::Registered { .. } | Outcome::Done | Outcome::Refused(_) => {
            lost == 0
        }
    }
}

/// The most alpha that the call can have sold to a pool that was too shallow to take it.
fn sold_for_nothing(receipt: &Receipt) -> u128 {
    match (&receipt.call, receipt.outcome) {
        (Call::UnstakeAll { .. } | Call::UnstakeAllAlpha { .. }, Outcome::SoldAll { .. }) => {
            receipt.sales.iter().map(|sale| rao(sale.alpha.rao())).sum()
        }
        (_, Outcome::Sold { alpha, .. }) => rao(alpha.rao()),
        (_, Outcome::Moved { sold, tao, .. }) if tao.rao() == 0 => rao(sold.rao()),
        _ => 0,
    }
}
