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

#[cfg(test)]
mod tests {
    use dtao_protocol::era::Spec;
    use dtao_protocol::units::{Alpha, Netuid, Tao};
    use dtao_protocol::yuma::Uid;

    use super::*;
    use crate::account::{AgentId, Hotkey};
    use crate::call::{Lost, Sale};

    fn receipt(call: Call, outcome: Outcome) -> Receipt {
        Receipt { agent: AgentId(1), call, outcome, sales: Vec::new(), lost: Lost::default() }
    }

    fn moved(sold: u64, tao: u64, bought: u64) -> Receipt {
        let outcome = Outcome::Moved {
            sold: Alpha::from_rao(sold),
            tao: Tao::from_rao(tao),
            bought: Alpha::from_rao(bought),
        };
        receipt(Call::RegisterSubnet, outcome)
    }

    fn sold_all(alphas: &[u64]) -> Receipt {
        let sale = |&rao: &u64| Sale { netuid: Netuid(1), alpha: Alpha::from_rao(rao), tao: Tao::ZERO };
        let call = Call::UnstakeAll { hotkey: Hotkey(AgentId(1)) };
        let sales = alphas.iter().map(sale).collect();
        Receipt { sales, ..receipt(call, Outcome::SoldAll { tao: Tao::ZERO }) }
    }

    /// A stake of at least 1,000 rao, and a fee of 100 for the two halves of a move.
    #[test]
    fn each_outcome_explains_the_loss_of_certain_amounts_of_tao() {
        let mut rules = Rules::at(Spec::known(246));
        (rules.min_stake, rules.staking_fee) = (Tao::from_rao(1_000), Tao::from_rao(100));
        let registered = |burned| Outcome::RegisteredNeuron {
            uid: Uid(0),
            cost: Tao::from_rao(700),
            burned: Alpha::from_rao(burned),
        };
        let neuron = |burned| receipt(Call::RegisterNeuron { netuid: Netuid(1) }, registered(burned));
        let sold = Outcome::Sold { alpha: Alpha::from_rao(5), tao: Tao::ZERO };
        let explained = [
            // Too little to be staked again is lost whole.
            (moved(9, 1_049, 0), vec![1_049], vec![0, 1_048, 999]),
            (moved(9, 1_049, 1), vec![], vec![0, 1_049]),
            // Otherwise all of it, less the second half of the fee, or nothing.
            (moved(9, 1_050, 0), vec![0, 1_000], vec![1_050, 999]),
            (moved(9, 1_050, 1), vec![0], vec![1_000]),
            // A registration whose price bought nothing.
            (neuron(0), vec![0, 700], vec![699]),
            (neuron(1), vec![0], vec![700]),
            // Payments that would not open an account: two of a sale, each below 500 rao.
            (receipt(Call::RegisterSubnet, sold), vec![0, 998], vec![1_000]),
            (sold_all(&[1, 2, 3]), vec![0, 3_000], vec![3_001]),
            (receipt(Call::RegisterSubnet, Outcome::Done), vec![0], vec![1]),
        ];
        for (receipt, explained, unexplained) in explained {
            for lost in explained {
                assert!(explains_tao(&receipt, &rules, lost), "{lost} of {:?}", receipt.outcome);
            }
            for lost in unexplained {
                assert!(!explains_tao(&receipt, &rules, lost), "{lost} of {:?}", receipt.outcome);
            }
        }
    }

    #[test]
    fn only_a_sale_loses_alpha_and_a_move_only_if_it_fetched_nothing() {
        let sold = Outcome::Sold { alpha: Alpha::from_rao(5), tao: Tao::ZERO };
        for (receipt, most) in [
            (receipt(Call::RegisterSubnet, sold), 5),
            (sold_all(&[3, 4]), 7),
            (moved(9, 0, 0), 9),
            (moved(9, 1, 0), 0),
            (receipt(Call::RegisterSubnet, Outcome::Done), 0),
        ] {
            assert_eq!(sold_for_nothing(&receipt), most, "{:?}", receipt.outcome);
        }
    }
}
