//! What the auditor knows of losses: each is a call's, of a kind that the chain's rules explain, and nothing else is
//! lost.

use dtao_protocol::pool::CurveRule;
use dtao_protocol::rules::Rules;
use dtao_protocol::staking::UnstakingFee;
use dtao_protocol::trading::{FailedSwap, SmallProceeds};

use super::funds::burned;
use super::voting::Changes;
use super::{DustTotals, Findings, rao};
use crate::call::{Call, Fees, FundEvent, Outcome, Receipt};

/// With less than this an account does not exist, in rao of TAO.
const ALIVE: u128 = 500;

/// What a block's calls lost, in rao.
#[derive(Default)]
pub(super) struct Losses {
    tao: u128,
    alpha: u128,
    /// Fees that are nobody's, and those that a block's author gets.
    fees: [u128; 3],
}

impl Losses {
    /// Adds up what receipts say, each held against what its outcome allows under the rules before the block's calls or
    /// those after them.
    pub(super) fn of(findings: &mut Findings, calls: &[Receipt], rules: [&Rules; 2]) -> Self {
        let mut losses = Self::default();
        for receipt in calls {
            let (tao, alpha) = (rao(receipt.lost.tao.rao()), rao(receipt.lost.alpha.rao()));
            findings.rule(rules.iter().any(|rules| explains_tao(receipt, rules, tao)), || {
                let (agent, outcome) = (receipt.agent.0, receipt.outcome);
                format!("no rule explains that {tao} rao of TAO were lost by account {agent}'s {outcome:?}")
            });
            let most = sold_for_nothing(receipt);
            findings.hold(
                alpha <= most,
                || format!("alpha lost by account {}'s {:?}", receipt.agent.0, receipt.outcome),
                most,
                alpha,
            );
            losses.tao += tao;
            losses.alpha += alpha;
            check_fees(findings, receipt, rules);
            let Fees { tao, alpha, author, .. } = receipt.fees;
            for (sum, fee) in losses.fees.iter_mut().zip([tao.rao(), alpha.rao(), author.rao()]) {
                *sum += rao(fee);
            }
        }
        losses
    }

    /// The books lose what the receipts say, to the rao; and a new pool is short of what its lock is short of.
    pub(super) fn check(
        &self,
        findings: &mut Findings,
        before: &DustTotals,
        (now, gone): (&DustTotals, &DustTotals),
        changes: &Changes,
    ) {
        let grown = |of: fn(&DustTotals) -> u128| (of(now) + of(gone)).wrapping_sub(of(before));
        findings.equal(|| "TAO lost by calls".into(), grown(|dust| dust.lost_tao), self.tao);
        findings.equal(|| "alpha lost by calls".into(), grown(|dust| dust.forfeited), self.alpha);
        findings.equal(|| "TAO fees that nobody has".into(), grown(|dust| dust.tao_fees), self.fees[0]);
        findings.equal(|| "alpha fees that nobody has".into(), grown(|dust| dust.alpha_fees), self.fees[1]);
        findings.equal(|| "fees to the author".into(), grown(|dust| dust.author_fees), self.fees[2]);
        findings.equal(
            || "TAO in new pools that was not paid for".into(),
            grown(|dust| dust.uncounted_tao),
            changes.uncounted,
        );
    }
}

/// A call pays at most the rules' part of what it swapped, in fees that are counted or an author's.
fn check_fees(findings: &mut Findings, receipt: &Receipt, rules: [&Rules; 2]) {
    let rate = rules.map(|rules| u128::from(rules.pool.fee_rate)).into_iter().max().unwrap_or(0);
    let flat = rules.map(|rules| rao(rules.staking_fee.rao())).into_iter().max().unwrap_or(0);
    let part = |amount: u128| amount * rate / u128::from(u16::MAX) + 1;
    // What the fee of a sale that was paid so much can fetch: the rest was sold first, at a better price, and paid the flat
    // fee. A sale and what was then cleared may each leave a rao.
    let sold_for = |tao: u128| (tao + flat) * rate / (u128::from(u16::MAX) - rate) + ALIVE;
    let Fees { tao, alpha, author, .. } = receipt.fees;
    let (most_tao, most_alpha) = match (&receipt.call, receipt.outcome) {
        (_, Outcome::Bought { tao, .. } | Outcome::AddedCollateral { tao, .. }) => (part(rao(tao.rao())), 0),
        (_, Outcome::RegisteredNeuron { cost, .. }) => (part(rao(cost.rao())), 0),
        (_, Outcome::Sold { alpha, tao }) => (sold_for(rao(tao.rao())), 2 * part(rao(alpha.rao()))),
        (_, Outcome::Moved { sold, tao, .. }) => {
            let tao = rao(tao.rao());
            (part(tao) + sold_for(tao), part(rao(sold.rao())))
        }
        (_, Outcome::SoldAll { .. }) => receipt.sales.iter().fold((0, 0), |(tao, alpha), sale| {
            (tao + sold_for(rao(sale.tao.rao())), alpha + 2 * part(rao(sale.alpha.rao())))
        }),
        // Each purchase and sale of funds rounds by itself.
        (_, Outcome::Deposited { .. } | Outcome::Traded { .. }) => {
            receipt.funds.iter().fold((0, 0), |(most_tao, most_alpha), event| match event {
                FundEvent::Deposited { rows, .. } => {
                    let fees = rows.iter().map(|row| part(rao(row.tao.rao())));
                    (most_tao + fees.sum::<u128>(), most_alpha)
                }
                FundEvent::Traded { tao, sold, .. } => {
                    let tao = rao(tao.rao());
                    (most_tao + part(tao) + sold_for(tao), most_alpha + part(rao(sold.rao())))
                }
                _ => (most_tao, most_alpha),
            })
        }
        _ => (0, 0),
    };
    let paid = rao(tao.rao()) + rao(author.rao());
    findings.hold(
        paid <= most_tao,
        || format!("fees in TAO of account {}'s {:?}", receipt.agent.0, receipt.outcome),
        most_tao,
        paid,
    );
    findings.hold(
        rao(alpha.rao()) <= most_alpha,
        || format!("fees in alpha of account {}'s {:?}", receipt.agent.0, receipt.outcome),
        most_alpha,
        rao(alpha.rao()),
    );
}

/// Whether the chain can have lost so much TAO by this call.
fn explains_tao(receipt: &Receipt, rules: &Rules, lost: u128) -> bool {
    // On the later curves a buy takes the TAO first, and then only as much of it enters the pool as its limit lets in: its
    // own, or the highest price that there is. The rest is nobody's.
    let later = rules.pool.curve != CurveRule::ConstantProduct;
    match receipt.outcome {
        Outcome::Moved { tao, .. } if later => lost <= rao(tao.rao()),
        Outcome::RegisteredNeuron { cost, .. } if later => lost <= rao(cost.rao()),
        Outcome::Bought { tao, .. } | Outcome::AddedCollateral { tao, .. } => {
            lost == 0 || (later && lost <= rao(tao.rao()))
        }
        // Too little to be staked again is lost whole; else, if nothing was bought, all but the second half fee may be.
        Outcome::Moved { tao, bought, .. } => {
            let (tao, half_fee) = (rao(tao.rao()), rao(rules.staking_fee.rao()) / 2);
            let small = lost == tao && bought.rao() == 0;
            match (rules.trading.small_proceeds, rules.unstaking_fee) {
                (SmallProceeds::Paid, _) => {
                    let fails = rules.trading.failed_swap == FailedSwap::Lost && lost + half_fee <= tao;
                    lost == 0 || (bought.rao() == 0 && (lost < ALIVE || fails))
                }
                (_, UnstakingFee::Flat) if tao < rao(rules.min_stake.rao()) + half_fee => small,
                (_, UnstakingFee::Flat) => lost == 0 || (bought.rao() == 0 && lost == tao - half_fee),
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
        // What waited for stakers on root of a subnet that made room.
        Outcome::Registered { .. } | Outcome::Queued { .. } => {
            let dissolved = receipt.new_subnet.and_then(|new| new.dissolved).unwrap_or_default();
            lost == rao(dissolved.lost.rao())
        }
        // It is paid to nobody in the run.
        Outcome::Faked { tao } => lost == rao(tao.rao()),
        Outcome::Transferred { .. }
        | Outcome::Claimed { .. }
        | Outcome::Deposited { .. }
        | Outcome::Traded { .. }
        | Outcome::Done
        | Outcome::Refused(_) => lost == 0,
    }
}

/// The most alpha that the call can have sold to a pool that was too shallow to take it.
fn sold_for_nothing(receipt: &Receipt) -> u128 {
    match (&receipt.call, receipt.outcome) {
        (Call::UnstakeAll { .. } | Call::UnstakeAllAlpha { .. }, Outcome::SoldAll { .. }) => {
            receipt.sales.iter().map(|sale| rao(sale.alpha.rao())).sum()
        }
        (Call::ClaimFunds { .. }, Outcome::Claimed { .. }) => burned(receipt),
        (_, Outcome::Sold { alpha, .. }) => rao(alpha.rao()),
        (_, Outcome::Moved { sold, tao, .. }) if tao.rao() == 0 => rao(sold.rao()),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::era::Spec;
    use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
    use dtao_protocol::yuma::Uid;

    use super::*;
    use crate::account::{AgentId, Hotkey};
    use crate::call::{Lost, Sale};

    fn receipt(call: Call, outcome: Outcome) -> Receipt {
        let (lost, fees) = (Lost::default(), Fees::default());
        let (sales, claims, funds) = (Vec::new(), Vec::new(), Vec::new());
        Receipt { agent: AgentId(1), call, outcome, sales, claims, funds, lost, fees, new_subnet: None }
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
            locked: Alpha::ZERO,
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

    /// 65,535 at a rate of 655 pay 655, and one for rounding.
    #[test]
    fn fees_are_at_most_the_rules_part_of_what_is_swapped() {
        let mut rules = Rules::at(Spec::known(246));
        rules.pool.fee_rate = 655;
        let bought = Outcome::Bought { tao: Tao::from_rao(65_535), alpha: Alpha::ZERO };
        let sold = Outcome::Sold { alpha: Alpha::from_rao(65_535), tao: Tao::ZERO };
        let breach = |outcome, [tao, alpha, author]: [u64; 3]| {
            let fees = Fees {
                tao: Tao::from_rao(tao),
                alpha: Alpha::from_rao(alpha),
                author: Tao::from_rao(author),
                flat: Tao::ZERO,
            };
            let mut findings = Findings { block: Block(1), first: None };
            check_fees(
                &mut findings,
                &Receipt { fees, ..receipt(Call::RegisterSubnet, outcome) },
                [&rules; 2],
            );
            findings.first.is_some()
        };
        assert!(!breach(bought, [656, 0, 0]) && !breach(bought, [0, 0, 656]));
        assert!(breach(bought, [657, 0, 0]) && breach(bought, [1, 0, 656]) && breach(bought, [0, 1, 0]));
        // A sale and what was cleared after it each round.
        assert!(!breach(sold, [0, 1_312, 0]) && breach(sold, [0, 1_313, 0]));
        assert!(!breach(Outcome::Done, [0; 3]) && breach(Outcome::Done, [0, 0, 1]));
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
