//! What the auditor knows of funds: shares come with dividends and go with claims, at no less and no more than the part of the
//! fund's value that they are, and nobody is owed shares that there are not.

use std::collections::BTreeMap;

use dtao_protocol::basket::{FundClaims, RootDividends};
use dtao_protocol::rules::Rules;
use dtao_protocol::share_pool::SharePool;
use dtao_protocol::units::{Netuid, Tao};

use super::{Findings, rao};
use crate::account::Hotkey;
use crate::call::{Call, FundEvent, Outcome, Receipt, RedeemedRow};
use crate::receipts::Receipts;
use crate::stakes::Stakes;
use crate::subnet::Subnets;

/// The most changes of stake on one hotkey that a call makes: it leaves and arrives, and is cleared or claimed.
const CHANGES_BY_CALL: u128 = 4;

/// A fund at the end of the block before.
#[derive(Clone, Copy, Default)]
struct Fund {
    /// Shares that there are.
    shares: u128,
    /// How many more may be owed, since each change of stake may round one up.
    rounded: u128,
}

/// All funds at the end of the block before; none before the first.
#[derive(Default)]
pub(super) struct Funds(Option<BTreeMap<Hotkey, Fund>>);

/// What has happened to funds in a block, in calls and in the block's own turn.
fn events(receipts: &Receipts) -> impl Iterator<Item = &FundEvent> {
    receipts.funds.iter().chain(receipts.calls.iter().flat_map(|receipt| &receipt.funds))
}

/// Alpha of a subnet that waited to enter funds and waits no more.
pub(super) fn no_longer_waits(netuid: Netuid, receipts: &Receipts) -> u128 {
    events(receipts).map(|event| rao(event.no_longer_waits(netuid).rao())).sum()
}

/// Alpha of a subnet that waited to enter funds and ceased to exist.
pub(super) fn recycled(netuid: Netuid, receipts: &Receipts) -> u128 {
    let of = |event: &FundEvent| match event {
        FundEvent::Recycled { netuid: of, alpha } if *of == netuid => rao(alpha.rao()),
        _ => 0,
    };
    events(receipts).map(of).sum()
}

/// Alpha of a subnet that was owed to nobody when funds came.
pub(super) fn unclaimed(netuid: Netuid, receipts: &Receipts) -> u128 {
    let of = |event: &FundEvent| match event {
        FundEvent::Unclaimed { netuid: of, alpha } if *of == netuid => rao(alpha.rao()),
        _ => 0,
    };
    events(receipts).map(of).sum()
}

/// Alpha that a claim made nobody's, since no pool would buy it.
pub(super) fn burned(receipt: &Receipt) -> u128 {
    let of = |event: &FundEvent| match event {
        FundEvent::Burned { alpha, .. } => rao(alpha.rao()),
        _ => 0,
    };
    receipt.funds.iter().map(of).sum()
}

impl Funds {
    /// Recounts all funds after a block.
    pub(super) fn check(
        &mut self,
        findings: &mut Findings,
        rules: &Rules,
        (stakes, subnets): (&Stakes, &Subnets),
        receipts: &Receipts,
    ) {
        if rules.funds.dividends != RootDividends::FundShares {
            return;
        }
        check_queue(findings, stakes, subnets);
        let Some(mut expected) = self.0.take() else {
            // What earlier blocks left is taken as it is.
            let as_it_is = |hotkey| {
                let (shares, owed) = (minted(stakes, hotkey), owed(stakes, hotkey));
                (hotkey, Fund { shares, rounded: owed.saturating_sub(shares) })
            };
            self.0 = Some(stakes.funds().hotkeys().map(as_it_is).collect());
            return;
        };
        let calls = receipts.calls.len() as u128;
        for fund in expected.values_mut() {
            fund.rounded += CHANGES_BY_CALL * calls;
        }
        for event in events(receipts) {
            apply(findings, rules, &mut expected, event);
        }
        for receipt in &receipts.calls {
            check_call(findings, receipt);
        }
        for hotkey in stakes.funds().hotkeys() {
            let fund = expected.get(&hotkey).copied().unwrap_or_default();
            let shares = minted(stakes, hotkey);
            findings.equal(|| format!("shares of the fund of hotkey {}", hotkey.0.0), shares, fund.shares);
            let owed = owed(stakes, hotkey);
            findings.hold(
                owed <= shares + fund.rounded,
                || format!("shares of the fund of hotkey {} that are owed", hotkey.0.0),
                shares + fund.rounded,
                owed,
            );
        }
        self.0 = Some(expected);
    }
}

/// What the books of subnets set apart for stakers on root is what waits to enter funds.
fn check_queue(findings: &mut Findings, stakes: &Stakes, subnets: &Subnets) {
    let mut waiting: BTreeMap<Netuid, u128> = BTreeMap::new();
    for ((_, netuid), alpha) in stakes.funds().waiting() {
        *waiting.entry(netuid).or_default() += rao(alpha.rao());
    }
    for books in subnets.books() {
        let waits = waiting.remove(&books.netuid).unwrap_or(0);
        let what = || format!("alpha of subnet {} that waits to enter funds", books.netuid);
        findings.equal(what, rao(books.root_claimable.rao()), waits);
    }
    findings.equal(|| "alpha that waits of subnets that do not exist".into(), 0, waiting.values().sum());
}

/// What an event does to shares, and whether it is fair.
fn apply(findings: &mut Findings, rules: &Rules, funds: &mut BTreeMap<Hotkey, Fund>, event: &FundEvent) {
    match *event {
        FundEvent::Begun { hotkey, ref entered, shares } => {
            let fund = funds.entry(hotkey).or_default();
            fund.shares += rao(shares);
            // What each account has claimed of each subnet was rounded down on its own, and each may be owed more for it.
            fund.rounded += (entered.len() as u128 + 1) << 16;
        }
        FundEvent::Entered { hotkey, value, fund: worth, outstanding, shares, .. } => {
            let fund = funds.entry(hotkey).or_default();
            let what = || format!("shares that hotkey {}'s dividends were worth", hotkey.0.0);
            findings.equal(what, rao(outstanding), fund.shares);
            let (minted, value) = (rao(shares), rao(value.rao()));
            // As much a share as before, or at par if there is nothing to compare with.
            let fair = match (rao(outstanding), rao(worth.rao())) {
                (0, _) | (_, 0) => minted <= value,
                (outstanding, worth) => minted * worth <= value * outstanding,
            };
            findings.hold(fair, what, value, minted);
            fund.shares += minted;
        }
        FundEvent::Redeemed { hotkey, shares, outstanding, ref rows, .. } => {
            let fund = funds.entry(hotkey).or_default();
            let (shares, outstanding) = (rao(shares), rao(outstanding));
            let what = || format!("shares of the fund of hotkey {} that were claimed", hotkey.0.0);
            findings.equal(what, outstanding, fund.shares);
            findings.hold(shares <= outstanding, what, outstanding, shares);
            for row in rows {
                check_row(findings, rules, row, (shares, outstanding));
            }
            fund.shares = fund.shares.saturating_sub(shares);
        }
        FundEvent::Unclaimed { .. }
        | FundEvent::Recycled { .. }
        | FundEvent::Sold { .. }
        | FundEvent::Burned { .. } => {}
    }
}

/// A claimant gets no more of a holding than its part: of cash always, of others since the rules say so.
fn check_row(findings: &mut Findings, rules: &Rules, row: &RedeemedRow, (shares, outstanding): (u128, u128)) {
    let capped = row.netuid == Netuid::ROOT || rules.funds.claims == FundClaims::UpToEntitlement;
    if capped && shares < outstanding {
        let (value, paid) = (rao(row.value.rao()), rao(row.paid.rao()));
        // Where next to nothing of a stake would be left, all of it is taken.
        let whole = row.netuid == Netuid::ROOT && paid == value;
        findings.hold(
            paid * outstanding <= value * shares || whole,
            || format!("what a claim was paid of a fund's holding on subnet {}", row.netuid),
            value * shares / outstanding,
            paid,
        );
    }
}

/// A call claims for its caller, and says what it has staked on root for that.
fn check_call(findings: &mut Findings, receipt: &Receipt) {
    let paid = |event: &FundEvent| match event {
        FundEvent::Redeemed { agent, rows, .. } if *agent == receipt.agent => {
            rows.iter().map(|row| row.paid).sum()
        }
        _ => Tao::ZERO,
    };
    let others =
        |event: &&FundEvent| matches!(event, FundEvent::Redeemed { agent, .. } if *agent != receipt.agent);
    let what = || format!("what account {} has claimed of funds", receipt.agent.0);
    findings.equal(what, 0, receipt.funds.iter().filter(others).count() as u128);
    let claimed: Tao = receipt.funds.iter().map(paid).sum();
    let said = match (&receipt.call, receipt.outcome) {
        (Call::ClaimFunds { .. }, Outcome::Claimed { tao }) => tao,
        _ => Tao::ZERO,
    };
    findings.equal(what, rao(said.rao()), rao(claimed.rao()));
}

/// The shares that a fund's books say there are.
fn minted(stakes: &Stakes, hotkey: Hotkey) -> u128 {
    stakes.funds().of(hotkey).map_or(0, |shares| rao(shares.minted()))
}

/// All shares of a fund that accounts are owed, worked out from its rate.
fn owed(stakes: &Stakes, hotkey: Hotkey) -> u128 {
    let Some(shares) = stakes.funds().of(hotkey) else { return 0 };
    let rate = shares.rate().bits();
    let mut staked: BTreeMap<_, u128> = stakes
        .pool(Netuid::ROOT, hotkey)
        .into_iter()
        .flat_map(SharePool::values)
        .filter(|(agent, _)| !agent.is_fund())
        .map(|(agent, alpha)| (agent, rao(alpha.rao())))
        .collect();
    for (agent, _) in shares.booked() {
        staked.entry(agent).or_default();
    }
    let earned = |(agent, staked): (_, u128)| {
        let owed = ((rate * staked) >> 32).cast_signed() - shares.claimed(&agent);
        u128::try_from(owed).unwrap_or(0)
    };
    staked.into_iter().map(earned).sum()
}
