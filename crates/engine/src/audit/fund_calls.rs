//! What the auditor knows of calls about funds: whom they are for, what they say, and how much a fund may trade.

use std::collections::BTreeMap;

use dtao_protocol::units::Netuid;

use super::{Findings, rao};
use crate::account::{AgentId, Hotkey};
use crate::call::{Call, FundEvent, Outcome, Receipt};
use crate::receipts::Receipts;

/// Blocks in which a fund may trade what it may at most: a day.
const DAY: u128 = 7_200;
/// Numbers of which a part is counted are in parts of this.
const WHOLE: u128 = 65_535;

/// What has happened to funds in a block, in calls and in the block's own turn.
pub(super) fn events(receipts: &Receipts) -> impl Iterator<Item = &FundEvent> {
    receipts.funds.iter().chain(receipts.calls.iter().flat_map(|receipt| &receipt.funds))
}

/// A call claims for its caller, stakes into a fund for it, or trades its hotkey's fund, and says what that comes to.
pub(super) fn check(findings: &mut Findings, receipt: &Receipt) {
    let agent = receipt.agent;
    let what = || format!("what account {}'s call did to funds", agent.0);
    let strangers = receipt.funds.iter().filter(|event| match event {
        FundEvent::Redeemed { agent: of, .. } | FundEvent::Deposited { agent: of, .. } => *of != agent,
        FundEvent::Traded { hotkey, .. } => *hotkey != Hotkey(agent),
        _ => false,
    });
    findings.equal(what, 0, strangers.count() as u128);
    let (mut claimed, mut paid, mut shares_bought, mut middle) = (0, 0, 0, 0);
    for event in &receipt.funds {
        match event {
            FundEvent::Redeemed { rows, .. } => {
                claimed += rows.iter().map(|row| rao(row.paid.rao())).sum::<u128>();
            }
            FundEvent::Deposited { rows, shares, .. } => {
                paid += rows.iter().map(|row| rao(row.tao.rao())).sum::<u128>();
                shares_bought += rao(*shares);
            }
            FundEvent::Traded { tao, .. } => middle += rao(tao.rao()),
            _ => {}
        }
    }
    let (mut says_claimed, mut says_paid, mut says_shares, mut says_middle) = (0, 0, 0, 0);
    match (&receipt.call, receipt.outcome) {
        (Call::ClaimFunds { .. }, Outcome::Claimed { tao }) => says_claimed = rao(tao.rao()),
        (Call::StakeIntoFund { tao: asked, .. }, Outcome::Deposited { tao, shares }) => {
            findings.equal(
                || format!("TAO that account {} staked into a fund", agent.0),
                rao(asked.rao()),
                rao(tao.rao()),
            );
            (says_paid, says_shares) = (rao(tao.rao()), rao(shares));
        }
        (Call::TradeFund { .. }, Outcome::Traded { tao }) => says_middle = rao(tao.rao()),
        _ => {}
    }
    findings.equal(|| format!("what account {} has claimed of funds", agent.0), says_claimed, claimed);
    findings.equal(|| format!("what account {} has paid into funds", agent.0), says_paid, paid);
    findings.equal(
        || format!("shares of funds that account {} has bought", agent.0),
        says_shares,
        shares_bought,
    );
    findings.equal(|| format!("TAO that account {}'s fund has traded", agent.0), says_middle, middle);
    check_trades(findings, receipt);
}

/// A fund's trades are those that the call asks for, each from one subnet to another and bought at the least that was asked for.
fn check_trades(findings: &mut Findings, receipt: &Receipt) {
    let made: Vec<_> =
        receipt.funds.iter().filter(|event| matches!(event, FundEvent::Traded { .. })).collect();
    let (Call::TradeFund { trades }, Outcome::Traded { .. }) = (&receipt.call, receipt.outcome) else {
        return findings.rule(made.is_empty(), || {
            format!("account {}'s call trades no fund, and a fund has traded", receipt.agent.0)
        });
    };
    let as_asked = made.len() == trades.len()
        && made.iter().zip(trades.iter()).all(|(event, trade)| match event {
            FundEvent::Traded { from, to, sold, bought, .. } => {
                (*from, *to, *sold) == (trade.from, trade.to, trade.alpha)
                    && *bought >= trade.least
                    && from != to
            }
            _ => false,
        });
    findings.rule(as_asked, || format!("account {}'s fund trades as its call says", receipt.agent.0));
}

/// The hotkeys on which a call may change stake on root.
pub(super) fn changed_on_root(receipt: &Receipt) -> Vec<Hotkey> {
    let on_root = |netuid: Netuid, hotkey: Hotkey| (netuid == Netuid::ROOT).then_some(hotkey);
    let named: Vec<Option<Hotkey>> = match receipt.call {
        Call::Stake { netuid, hotkey, .. } | Call::Unstake { netuid, hotkey, .. } => {
            vec![on_root(netuid, hotkey)]
        }
        Call::UnstakeAll { hotkey } | Call::UnstakeAllAlpha { hotkey } => vec![Some(hotkey)],
        Call::SwapStake { from, to, hotkey, .. } | Call::TransferStake { from, to, hotkey, .. } => {
            vec![on_root(from, hotkey), on_root(to, hotkey)]
        }
        Call::MoveStake { from, to, from_hotkey, to_hotkey, .. } => {
            vec![on_root(from, from_hotkey), on_root(to, to_hotkey)]
        }
        _ => vec![],
    };
    let claimed = receipt.funds.iter().map(|event| match event {
        FundEvent::Redeemed { hotkey, .. } => Some(*hotkey),
        _ => None,
    });
    named.into_iter().chain(claimed).flatten().collect()
}

/// How much TAO funds may still trade at the most, by what they can have been worth.
#[derive(Default)]
pub(super) struct Turnover(BTreeMap<Hotkey, u128>);

impl Turnover {
    /// A block's trades of a fund; `worth` is the most that it can have counted for its guards then.
    pub(super) fn check(
        &mut self,
        findings: &mut Findings,
        hotkey: Hotkey,
        (worth, cap): (u128, u16),
        traded: u128,
    ) {
        let capacity = worth * u128::from(cap) / WHOLE;
        let level = self.0.entry(hotkey).or_insert(capacity);
        // Rounding up, so that it is never less than what the fund itself counts.
        *level = (*level + capacity / DAY + 1).min(capacity);
        let most = *level;
        findings.hold(
            traded <= most,
            || format!("TAO that the fund of hotkey {} has traded", hotkey.0.0),
            most,
            traded,
        );
        *level = most.saturating_sub(traded);
    }
}

/// TAO in the middle of a fund's trades in a block.
pub(super) fn traded<'a>(events: impl Iterator<Item = &'a FundEvent>, of: Hotkey) -> u128 {
    let middle = |event: &FundEvent| match event {
        FundEvent::Traded { hotkey, tao, .. } if *hotkey == of => rao(tao.rao()),
        _ => 0,
    };
    events.map(middle).sum()
}

/// The stake of a fund is nobody's account.
pub(super) fn owner_of(agent: AgentId) -> Option<Hotkey> {
    agent.is_fund().then_some(Hotkey(AgentId(agent.0 & (u32::MAX >> 1))))
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::Block;

    use super::*;

    #[test]
    fn a_fund_trades_its_part_at_once_and_as_much_again_in_a_day() {
        let mut turnover = Turnover::default();
        let mut found = |traded| {
            let mut findings = Findings { block: Block(1), first: None };
            turnover.check(&mut findings, Hotkey(AgentId(3)), (720_000, 6_553), traded);
            findings.first.is_some()
        };
        // A tenth of 720,000, less rounding: 71,994.
        assert!(!found(71_994));
        assert!(found(100), "a block later there are ten");
        for _ in 0..3_600 {
            assert!(!found(0));
        }
        assert!(!found(35_000) && found(10_000));
    }
}
