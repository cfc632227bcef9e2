//! What the auditor knows of calls about funds: whom they are for, what they say, and how much a fund may trade.

use std::collections::BTreeMap;

use dtao_protocol::units::{Block, Netuid};

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

/// How much TAO funds may still trade at the most, by what they can have been worth: by fund, how much its last trade left, and when
/// that was. The bucket of a fund that has never traded is full.
#[derive(Default)]
pub(super) struct Turnover(BTreeMap<Hotkey, (u128, Block)>);

impl Turnover {
    /// The trades of a fund in the findings' block; `worth` is the most that it can have counted for its guards then. A bucket fills
    /// up by what the fund is worth when it trades, not by what it was worth in between.
    pub(super) fn check(
        &mut self,
        findings: &mut Findings,
        hotkey: Hotkey,
        (worth, cap): (u128, u16),
        traded: u128,
    ) {
        let (capacity, now) = (worth * u128::from(cap) / WHOLE, findings.block);
        let most = match self.0.get(&hotkey) {
            None => capacity,
            // Rounded up, so that it is never less than what the fund itself counts.
            Some(&(left, last)) => (left + capacity * u128::from(now.since(last)) / DAY + 1).min(capacity),
        };
        findings.hold(
            traded <= most,
            || format!("TAO that the fund of hotkey {} has traded", hotkey.0.0),
            most,
            traded,
        );
        self.0.insert(hotkey, (most.saturating_sub(traded), now));
    }

    /// Takes a fund's bucket as full.
    pub(super) fn forget(&mut self, hotkey: Hotkey) {
        self.0.remove(&hotkey);
    }
}

/// The TAO that each fund's trades of a block sold for and bought with.
pub(super) fn traded(receipts: &Receipts) -> BTreeMap<Hotkey, u128> {
    let mut traded = BTreeMap::new();
    for event in events(receipts) {
        if let FundEvent::Traded { hotkey, tao, .. } = event {
            *traded.entry(*hotkey).or_default() += rao(tao.rao());
        }
    }
    traded
}

/// The hotkey whose fund a staker is; none of an account.
pub(super) fn owner_of(agent: AgentId) -> Option<Hotkey> {
    agent.is_fund().then_some(Hotkey(AgentId(agent.0 & (u32::MAX >> 1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in a block in which a fund worth so much, a tenth of which may be traded in a day, trades.
    fn found(turnover: &mut Turnover, block: u64, worth: u128, traded: u128) -> bool {
        let mut findings = Findings { block: Block(block), first: None };
        turnover.check(&mut findings, Hotkey(AgentId(3)), (worth, 6_553), traded);
        findings.first.is_some()
    }

    #[test]
    fn a_fund_trades_its_part_at_once_and_as_much_again_in_a_day() {
        let mut turnover = Turnover::default();
        let mut found = |block, traded| found(&mut turnover, block, 720_000, traded);
        // A tenth of 720,000, less rounding: 71,994.
        assert!(!found(1, 71_994));
        assert!(found(2, 100), "a block later there are ten");
        assert!(!found(3_602, 35_000) && found(3_603, 10_000));
    }

    #[test]
    fn a_bucket_is_filled_by_what_a_fund_is_worth_when_it_trades() {
        let mut turnover = Turnover::default();
        assert!(!found(&mut turnover, 1, 1_000, 99) && !found(&mut turnover, 3_601, 1_000_000, 49_000));
        // One that has grown since it last traded fills up as if it had been as large all the time.
        assert!(found(&mut turnover, 3_601, 1_000_000, 2_000));
    }
}
