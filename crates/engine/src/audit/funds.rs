//! What the auditor knows of funds: shares come with dividends and go with claims, at no less and no more than the part of the
//! fund's value that they are, and nobody is owed shares that there are not.

use std::collections::BTreeMap;

use dtao_protocol::basket::{FundClaims, RootDividends};
use dtao_protocol::rules::Rules;
use dtao_protocol::share_pool::SharePool;
use dtao_protocol::units::{Alpha, Netuid};

use super::fund_calls::{self, Turnover, events};
use super::fund_holdings::{Changes, Holdings, dissolved};
use super::{Findings, rao};
use crate::account::Hotkey;
use crate::call::{DepositedRow, FundEvent, Receipt, RedeemedRow};
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

/// All funds at the end of the block before.
#[derive(Default)]
pub(super) struct Funds {
    /// None before the first block with funds.
    shares: Option<BTreeMap<Hotkey, Fund>>,
    holdings: Holdings,
    turnover: Turnover,
}

/// Alpha of a subnet that waited to enter funds and waits no more.
pub(super) fn no_longer_waits(netuid: Netuid, receipts: &Receipts) -> u128 {
    let all = |credits: &[(Netuid, Alpha)]| {
        credits.iter().filter(|credit| credit.0 == netuid).map(|credit| rao(credit.1.rao())).sum()
    };
    let of = |event: &FundEvent| match event {
        FundEvent::Begun { entered: credits, .. } | FundEvent::Entered { credits, .. } => all(credits),
        FundEvent::Unclaimed { netuid: of, alpha } | FundEvent::Recycled { netuid: of, alpha }
            if *of == netuid =>
        {
            rao(alpha.rao())
        }
        _ => 0,
    };
    events(receipts).map(of).sum()
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
    /// Recounts all funds after a block, at whose start the first rules held and at whose end the second.
    pub(super) fn check(
        &mut self,
        findings: &mut Findings,
        rules: [&Rules; 2],
        (stakes, subnets): (&Stakes, &Subnets),
        receipts: &Receipts,
    ) {
        if rules[1].funds.dividends != RootDividends::FundShares {
            // Without funds nothing is counted that could be gone on from if they come back.
            *self = Self::default();
            return;
        }
        check_queue(findings, stakes, subnets);
        let holdings = Holdings::now(stakes, subnets);
        let before = std::mem::replace(&mut self.holdings, holdings);
        let holdings = &self.holdings;
        let Some(mut expected) = self.shares.take() else {
            // What earlier blocks left is taken as it is.
            let as_it_is = |hotkey| {
                let (shares, owed) = (minted(stakes, hotkey), owed(stakes, hotkey));
                (hotkey, Fund { shares, rounded: owed.saturating_sub(shares) })
            };
            self.shares = Some(stakes.funds().hotkeys().map(as_it_is).collect());
            check_begun(findings, subnets, receipts);
            return;
        };
        let changes = Changes::of_block(receipts);
        before.check(findings, holdings, &changes, receipts);
        before.check_deposits(findings, receipts);
        holdings.check_entered(&before, findings, subnets, receipts);
        holdings.check_redeemed(findings, subnets, receipts);
        for receipt in &receipts.calls {
            for hotkey in fund_calls::changed_on_root(receipt) {
                expected.entry(hotkey).or_default().rounded += CHANGES_BY_CALL;
            }
        }
        for event in events(receipts) {
            apply(findings, rules, &mut expected, event);
            check_deposit(findings, event, |hotkey, netuid| before.rest(hotkey, netuid) + changes.slack());
        }
        for receipt in &receipts.calls {
            fund_calls::check(findings, receipt);
        }
        check_begun(findings, subnets, receipts);
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
        let cap = rules[0].funds.turnover_cap.max(rules[1].funds.turnover_cap);
        for (hotkey, traded) in fund_calls::traded(receipts) {
            if dissolved(receipts).next().is_some() {
                // What it held of a subnet that is gone counted at a moving price that is gone, too.
                self.turnover.forget(hotkey);
            } else {
                let worth = holdings.most_worth(&before, &changes, subnets, hotkey);
                self.turnover.check(findings, hotkey, (worth, cap), traded);
            }
        }
        self.shares = Some(expected);
    }
}

/// Funds begin with what could be claimed, each subnet's alpha at its moving price.
fn check_begun(findings: &mut Findings, subnets: &Subnets, receipts: &Receipts) {
    for event in events(receipts) {
        let FundEvent::Begun { hotkey, entered, shares } = event else { continue };
        let priced = |&(netuid, alpha): &(Netuid, Alpha)| {
            let price = subnets.get(netuid)?.moving_price.bits();
            (price > 0).then(|| (rao(alpha.rao()) * price) >> 32)
        };
        // A subnet without a moving price counts at its spot price, which calls may have moved since.
        if let Some(worth) = entered.iter().map(priced).sum::<Option<u128>>() {
            findings.equal(
                || format!("shares that the fund of hotkey {} begins with", hotkey.0.0),
                rao(*shares),
                worth,
            );
        }
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
fn apply(findings: &mut Findings, rules: [&Rules; 2], funds: &mut BTreeMap<Hotkey, Fund>, event: &FundEvent) {
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
        FundEvent::Deposited { hotkey, outstanding, shares, .. } => {
            let fund = funds.entry(hotkey).or_default();
            let what = || format!("shares that a deposit into hotkey {}'s fund was worth", hotkey.0.0);
            findings.equal(what, rao(outstanding), fund.shares);
            fund.shares += rao(shares);
        }
        FundEvent::Burned { .. } => {
            let may = rules.iter().any(|rules| rules.funds.claims == FundClaims::UpToEntitlement);
            findings.rule(may, || "a fund's holding is burned before spec 469".to_owned());
        }
        FundEvent::Unclaimed { .. }
        | FundEvent::Recycled { .. }
        | FundEvent::Sold { .. }
        | FundEvent::Traded { .. } => {}
    }
}

/// A deposit adds no more value than it pays, and buys no larger a part of the fund than it has added to any holding. By how much
/// alpha what is held may differ from what was bought is asked of each place.
fn check_deposit(findings: &mut Findings, event: &FundEvent, rounded: impl Fn(Hotkey, Netuid) -> u128) {
    let FundEvent::Deposited { hotkey, value, fund: worth, outstanding, shares, ref rows, .. } = *event
    else {
        return;
    };
    let (value, worth) = (rao(value.rao()), rao(worth.rao()));
    let (shares, outstanding) = (rao(shares), rao(outstanding));
    let paid = rows.iter().map(|row| rao(row.tao.rao())).sum::<u128>();
    // Each holding is valued before and after, rounded down; and what is held of it, a part of a pool of shares, is rounded in alpha,
    // which counts for no more than the deposit has paid for it.
    let price = |row: &DepositedRow| rao(row.tao.rao()).div_ceil(rao(row.alpha.rao()).max(1));
    let most = paid + rows.iter().map(|row| 2 + rounded(hotkey, row.netuid) * price(row)).sum::<u128>();
    findings.hold(value <= most, || "the value that a deposit adds to a fund".into(), most, value);
    let fair = match (outstanding, worth) {
        (0, _) | (_, 0) => shares <= value,
        (outstanding, worth) => shares * worth <= value * outstanding,
    };
    findings.hold(fair, || "shares of a fund for a deposit".into(), value, shares);
    for row in rows.iter().filter(|row| row.held.rao() > 0 && outstanding > 0) {
        let (held, added) = (rao(row.held.rao()), rao(row.alpha.rao()));
        findings.hold(
            shares * held <= added * outstanding,
            || format!("shares of a fund for what a deposit adds to its holding on subnet {}", row.netuid),
            added * outstanding / held,
            shares,
        );
    }
}

/// A claimant gets no more of a holding than its part: of cash always, of others since the rules say so.
fn check_row(
    findings: &mut Findings,
    rules: [&Rules; 2],
    row: &RedeemedRow,
    (shares, outstanding): (u128, u128),
) {
    let rule = rules.iter().all(|rules| rules.funds.claims == FundClaims::UpToEntitlement);
    let capped = row.netuid == Netuid::ROOT || rule;
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
