//! What the auditor knows of what funds hold: it changes by what is said to have happened only, and values are those of pools as it
//! works them out itself, in closed form and in floats.

use std::collections::BTreeMap;

use dtao_protocol::books::Books;
use dtao_protocol::pool::{Curve, Mechanism};
use dtao_protocol::units::Netuid;

use super::{Findings, fund_calls, rao};
use crate::account::Hotkey;
use crate::call::{FundEvent, RedeemedRow};
use crate::math::pow;
use crate::receipts::Receipts;
use crate::stakes::Stakes;
use crate::subnet::Subnets;

/// Rao by which one change of a share pool may move what another has in it, and rounding what is added.
pub(super) const ROUNDED: u128 = 4;
/// Two ways to work a value out differ by no more than this part of the pool's TAO.
const PRECISION: f64 = 1e-13;

/// What each fund held of each subnet, and in cash, at the end of the block before.
#[derive(Default)]
pub(super) struct Holdings {
    held: BTreeMap<(Hotkey, Netuid), u128>,
    /// What whoever stakes on a hotkey may get besides, where there is any: what rounding has left in the pool of shares that is
    /// nobody's, or of all that is in it where its shares are given away.
    rests: BTreeMap<(Hotkey, Netuid), u128>,
}

impl Holdings {
    /// As they are.
    pub(super) fn now(stakes: &Stakes, subnets: &Subnets) -> Self {
        let mut now = Self::default();
        for netuid in std::iter::once(Netuid::ROOT).chain(subnets.netuids()) {
            for (place, pool) in stakes.on(netuid) {
                let mut rest = rao(pool.total().rao());
                for (key, value) in pool.values() {
                    let value = rao(value.rao());
                    if !pool.gives_away() {
                        rest = rest.saturating_sub(value);
                    }
                    if let Some(hotkey) = fund_calls::owner_of(key) {
                        *now.held.entry((hotkey, netuid)).or_default() += value;
                    }
                }
                if rest > 0 {
                    now.rests.insert((place, netuid), rest);
                }
            }
        }
        now
    }

    /// What may come to a hotkey's fund where it holds its stake: on the hotkey, or of a subnet in aggregate on the one of all.
    pub(super) fn rest(&self, hotkey: Hotkey, netuid: Netuid) -> u128 {
        let rest = |place| self.rests.get(&(place, netuid)).copied().unwrap_or(0);
        rest(hotkey).max(rest(Hotkey::AGGREGATE))
    }

    fn of(&self, hotkey: Hotkey, netuid: Netuid) -> u128 {
        self.held.get(&(hotkey, netuid)).copied().unwrap_or(0)
    }

    /// The most that a fund can have counted for its guards during a block, at whose end it holds `self`: all alpha that it had at
    /// any time, at the moving price, and cash.
    pub(super) fn most_worth(
        &self,
        before: &Self,
        changes: &Changes,
        subnets: &Subnets,
        hotkey: Hotkey,
    ) -> u128 {
        let held = |netuid| {
            let Change { added, taken } = changes.of(hotkey, netuid);
            // What epochs have paid is in what it holds now.
            (before.of(hotkey, netuid) + added).max(self.of(hotkey, netuid) + taken) + changes.slack()
        };
        let alpha = |books: &Books| {
            let bits = match books.settings.mechanism {
                Mechanism::Dynamic => books.moving_price.bits(),
                Mechanism::Stable => 1 << 32,
            };
            (held(books.netuid) * bits) >> 32
        };
        held(Netuid::ROOT) + subnets.books().iter().map(alpha).sum::<u128>()
    }

    /// Each holding is what it was, and what events have added and taken; an epoch adds dividends. What funds held of a subnet that
    /// has made room is gone.
    pub(super) fn check(&self, findings: &mut Findings, now: &Self, changes: &Changes, receipts: &Receipts) {
        let keys: std::collections::BTreeSet<_> =
            self.held.keys().chain(now.held.keys()).chain(changes.by_holding.keys()).collect();
        for &(hotkey, netuid) in keys {
            if dissolved(receipts).any(|gone| gone == netuid) {
                continue;
            }
            let Change { added, taken } = changes.of(hotkey, netuid);
            let (expected, found) = (self.of(hotkey, netuid) + added, now.of(hotkey, netuid) + taken);
            let earns = earns(receipts, netuid);
            findings.hold(
                found + changes.slack() >= expected && (earns || found <= expected + changes.slack()),
                || format!("what the fund of hotkey {} holds of subnet {netuid}", hotkey.0.0),
                expected.saturating_sub(taken),
                found - taken,
            );
        }
    }

    /// What a deposit says that the fund held before it is what it held then.
    pub(super) fn check_deposits(&self, findings: &mut Findings, receipts: &Receipts) {
        let mut changes = Changes::default();
        for event in fund_calls::events(receipts) {
            if let FundEvent::Deposited { hotkey, rows, .. } = event {
                for row in rows.iter().filter(|row| dissolved(receipts).all(|gone| gone != row.netuid)) {
                    let Change { added, taken } = changes.of(*hotkey, row.netuid);
                    let (had, told) = (self.of(*hotkey, row.netuid) + added, rao(row.held.rao()) + taken);
                    let slack = changes.slack() + ROUNDED * receipts.calls.len() as u128;
                    let holds = told + slack >= had && (earns(receipts, row.netuid) || told <= had + slack);
                    let what = || format!("what a fund held of subnet {} before a deposit", row.netuid);
                    findings.hold(holds, what, had.saturating_sub(taken), told - taken);
                }
            }
            changes.add(event);
        }
    }

    /// In a block without calls what entered a fund in its turn is worth what was said, and so was the fund.
    ///
    /// Nothing is known where the fund is new to a pool of shares into which an epoch has just paid: whoever enters an empty one gets
    /// that, too.
    pub(super) fn check_entered(
        &self,
        before: &Self,
        findings: &mut Findings,
        subnets: &Subnets,
        receipts: &Receipts,
    ) {
        let [FundEvent::Entered { hotkey, credits, value, fund, .. }] = receipts.funds.as_slice() else {
            return;
        };
        let finds = |netuid| before.of(*hotkey, netuid) == 0 && earns(receipts, netuid);
        if !receipts.calls.is_empty() || credits.iter().any(|&(netuid, _)| finds(netuid)) {
            return;
        }
        let (mut worth, mut after, mut slack) = (0.0, 0.0, 0.0);
        for (&(_, netuid), &held) in self.held.range((*hotkey, Netuid(0))..=(*hotkey, Netuid(u16::MAX))) {
            let entered =
                credits.iter().filter(|credit| credit.0 == netuid).map(|credit| rao(credit.1.rao()));
            let was = held.saturating_sub(entered.sum());
            let rounded = ROUNDED + before.rest(*hotkey, netuid).max(self.rest(*hotkey, netuid));
            let Some((is, was, near)) = (match subnets.get(netuid) {
                None => Some((held as f64, was as f64, 0.0)),
                Some(books) => sale(books, held as f64, rounded)
                    .zip(sale(books, was as f64, rounded))
                    .map(|((is, near), (was, _))| (is, was, near)),
            }) else {
                return;
            };
            (worth, after, slack) = (worth + was, after + is, slack + near);
        }
        near(findings, "a fund's value as it was told", rao(fund.rao()), worth, slack);
        near(
            findings,
            "what dividends were told to add to a fund",
            rao(value.rao()),
            after - worth,
            2.0 * slack,
        );
    }

    /// The only call of a block claims at the value that the holdings had before its own sales, and what other funds sell later.
    pub(super) fn check_redeemed(&self, findings: &mut Findings, subnets: &Subnets, receipts: &Receipts) {
        let [receipt] = receipts.calls.as_slice() else { return };
        let claims = receipt.funds.iter().filter(|event| matches!(event, FundEvent::Redeemed { .. }));
        if claims.count() != 1 {
            return;
        }
        for (place, event) in receipt.funds.iter().enumerate() {
            let FundEvent::Redeemed { hotkey, rows, .. } = event else { continue };
            for row in rows.iter().filter(|row| row.netuid != Netuid::ROOT) {
                let Some(books) = subnets.get(row.netuid) else { continue };
                // The pool as it was right after: what the same call has sold since is put back.
                let mut after = *books;
                let mut later = receipt.funds[place + 1..].iter();
                let undone = later.try_for_each(|event| match *event {
                    FundEvent::Sold { netuid, alpha, tao, .. } if netuid == row.netuid => {
                        after.pool.tao += tao;
                        after.pool.alpha = after.pool.alpha.checked_sub(alpha)?;
                        Some(())
                    }
                    _ => Some(()),
                });
                if undone.is_some() {
                    self.check_row(findings, &after, *hotkey, row);
                }
            }
        }
    }

    fn check_row(&self, findings: &mut Findings, books: &Books, hotkey: Hotkey, row: &RedeemedRow) {
        let sold = row.alpha.rao() as f64;
        let held = self.of(hotkey, row.netuid) as f64 + sold;
        // The pool as it was before: what the sale put in and took out is put back.
        let brought = row.paid + row.kept;
        let mut before = *books;
        before.pool.tao += brought;
        let Some(alpha) = before.pool.alpha.checked_sub(row.alpha) else { return };
        before.pool.alpha = alpha;
        let what = |part: &str| format!("{part} of a claimed holding on subnet {}", row.netuid);
        if let Some((value, slack)) = sale(&before, held, ROUNDED) {
            near(findings, &what("the value"), rao(row.value.rao()), value, slack);
        }
        if let Some((value, slack)) = sale(&before, sold, 0) {
            near(findings, &what("the proceeds"), rao(brought.rao()), value, slack);
        }
    }
}

/// What events have added to a holding, and taken from it.
#[derive(Clone, Copy, Default)]
struct Change {
    added: u128,
    taken: u128,
}

/// What a block's events have done to the holdings of funds.
#[derive(Default)]
pub(super) struct Changes {
    by_holding: BTreeMap<(Hotkey, Netuid), Change>,
    /// How many times a holding was changed, each of which may round what others have in the same place.
    steps: u128,
}

impl Changes {
    /// All of a block.
    pub(super) fn of_block(receipts: &Receipts) -> Self {
        let mut changes = Self { steps: receipts.calls.len() as u128 + 1, ..Self::default() };
        fund_calls::events(receipts).for_each(|event| changes.add(event));
        changes
    }

    fn of(&self, hotkey: Hotkey, netuid: Netuid) -> Change {
        self.by_holding.get(&(hotkey, netuid)).copied().unwrap_or_default()
    }

    /// By how many rao a holding may differ from what events say.
    pub(super) fn slack(&self) -> u128 {
        ROUNDED * self.steps
    }

    fn add(&mut self, event: &FundEvent) {
        let mut change = |hotkey, netuid, added: u64, taken: u64| {
            let change = self.by_holding.entry((hotkey, netuid)).or_default();
            *change = Change { added: change.added + rao(added), taken: change.taken + rao(taken) };
        };
        let mut steps = 1;
        match *event {
            FundEvent::Begun { hotkey, entered: ref credits, .. }
            | FundEvent::Entered { hotkey, ref credits, .. } => {
                for &(netuid, alpha) in credits {
                    change(hotkey, netuid, alpha.rao(), 0);
                }
            }
            FundEvent::Sold { hotkey, netuid, alpha, tao } => {
                change(hotkey, netuid, 0, alpha.rao());
                change(hotkey, Netuid::ROOT, tao.rao(), 0);
            }
            FundEvent::Burned { hotkey, netuid, alpha } => change(hotkey, netuid, 0, alpha.rao()),
            FundEvent::Redeemed { hotkey, ref rows, .. } => {
                for row in rows {
                    change(hotkey, row.netuid, 0, row.alpha.rao());
                    change(hotkey, Netuid::ROOT, row.kept.rao(), 0);
                }
                steps += rows.len() as u128;
            }
            FundEvent::Deposited { hotkey, ref rows, .. } => {
                for row in rows {
                    change(hotkey, row.netuid, row.alpha.rao(), 0);
                }
                steps += rows.len() as u128;
            }
            FundEvent::Traded { hotkey, from, to, sold, bought, .. } => {
                change(hotkey, from, 0, sold.rao());
                change(hotkey, to, bought.rao(), 0);
            }
            FundEvent::Unclaimed { .. } | FundEvent::Recycled { .. } => {}
        }
        self.steps += steps;
    }
}

/// The subnets that have made room for others in a block.
pub(super) fn dissolved(receipts: &Receipts) -> impl Iterator<Item = Netuid> + '_ {
    receipts.calls.iter().filter_map(|receipt| receipt.removed().map(|(netuid, _)| netuid))
}

/// Whether an epoch has paid dividends on a subnet in a block.
fn earns(receipts: &Receipts, netuid: Netuid) -> bool {
    receipts.epochs.iter().any(|epoch| epoch.netuid == netuid)
}

/// What two ways to work an amount out come to is the same but for rounding.
fn near(findings: &mut Findings, what: &str, told: u128, found: f64, slack: f64) {
    let holds = (told as f64 - found).abs() <= slack;
    findings.hold(holds, || what.to_owned(), found.max(0.0) as u128, told);
}

/// What a sale of so much alpha, known but for some rao, brings without a fee, and by how much that may be wrong; none where the
/// closed form does not hold: on other curves, and where next to all of a pool is sold.
///
/// ```text
/// tao * (1 - (alpha / (alpha + sold)) ^ (alpha's weight / TAO's))
/// ```
fn sale(books: &Books, sold: f64, rounded: u128) -> Option<(f64, f64)> {
    if books.settings.mechanism == Mechanism::Stable {
        return Some((sold, 1.0));
    }
    let Curve::Balancer(balancer) = books.curve else { return None };
    let (tao, alpha) = (books.pool.tao.rao() as f64, books.pool.alpha.rao() as f64);
    let weight = balancer.tao_weight.to_f64();
    // Too shallow to be sold to, or so much that the lowest price may end the sale.
    if tao < 1e9 || alpha < 1e9 || sold > 10.0 * alpha {
        return None;
    }
    let exponent = (1.0 - weight) / weight;
    let left = pow(alpha / (alpha + sold), exponent);
    let price = tao / alpha * exponent;
    Some((tao * (1.0 - left), ROUNDED as f64 + rounded as f64 * price + tao * PRECISION))
}

#[cfg(test)]
mod tests {
    use dtao_protocol::basket::Liquidation;
    use dtao_protocol::books::Settings;
    use dtao_protocol::era::Spec;
    use dtao_protocol::pool::Reserves;
    use dtao_protocol::pool::balancer::{Balancer, Weight};
    use dtao_protocol::rules::Rules;
    use dtao_protocol::units::{Alpha, Block, Tao};

    use super::*;
    use crate::account::AgentId;
    use crate::call::{Call, DepositedRow, Dissolved, EpochReceipt, Fees, Lost, NewSubnet, Outcome, Receipt};

    const SUBNET: Netuid = Netuid(3);
    const HOTKEY: Hotkey = Hotkey(AgentId(7));

    fn books(tao: u64, alpha: u64, weight: u64) -> Books {
        let pool = Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) };
        let curve = Curve::Balancer(Balancer::weighted(Weight::from_parts(weight)));
        let settings = Settings::dynamic(SUBNET, Block(0), 360, Block(1));
        Books { pool, curve, ..Books::new(SUBNET, settings) }
    }

    /// The ledger's exact powers and the auditor's floats, over pools from 1 to 10 million TAO and all weights.
    #[test]
    fn the_closed_form_is_what_the_pool_pays_to_within_its_slack() {
        let rules = Rules::at(Spec::known(475)).pool;
        for tao in [1_000_000_000, 7_777_777_777_777, 10_000_000_000_000_000] {
            for weight in [20, 50, 77].map(|percent| percent * 10_000_000_000_000_000) {
                for part in [1_000, 1_000_000, 50_000_000, 1_000_000_000, 9_000_000_000u64] {
                    let books = books(tao, 3 * tao, weight);
                    let sold = (u128::from(3 * tao) * u128::from(part) / 1_000_000_000) as u64;
                    let exact =
                        Liquidation::of(books.exchange(), rules, Alpha::from_rao(sold)).expect("deep enough");
                    let (found, slack) = sale(&books, sold as f64, 0).expect("within the form's range");
                    let exact = exact.tao.rao() as f64;
                    assert!((found - exact).abs() <= slack, "{tao} {weight} {sold}: {found} {exact}");
                }
            }
        }
    }

    fn found(before: u128, after: u128, receipts: &Receipts) -> bool {
        let held = |alpha| Holdings { held: [((HOTKEY, SUBNET), alpha)].into(), ..Holdings::default() };
        let mut findings = Findings { block: Block(9), first: None };
        held(before).check(&mut findings, &held(after), &Changes::of_block(receipts), receipts);
        findings.first.is_some()
    }

    #[test]
    fn a_holding_changes_by_what_is_told_only_and_grows_at_an_epoch() {
        let quiet = Receipts::default();
        assert!(!found(1_000, 1_003, &quiet) && found(1_000, 1_010, &quiet) && found(1_000, 990, &quiet));
        let sold = FundEvent::Traded {
            hotkey: HOTKEY,
            from: SUBNET,
            to: Netuid(4),
            sold: Alpha::from_rao(400),
            tao: Tao::from_rao(40),
            bought: Alpha::ZERO,
        };
        let told = Receipts { funds: vec![sold], ..Receipts::default() };
        assert!(!found(1_000, 600, &told) && found(1_000, 1_000, &told));
        let epoch =
            EpochReceipt { netuid: SUBNET, alpha: Alpha::ZERO, root_tao: Tao::ZERO, recycled: Alpha::ZERO };
        let paid = Receipts { epochs: vec![epoch], ..Receipts::default() };
        assert!(!found(1_000, 5_000, &paid) && found(1_000, 900, &paid));
    }

    #[test]
    fn what_a_fund_could_not_sell_of_a_subnet_that_makes_room_is_gone_with_it() {
        let made_room = |dissolved| Receipt {
            agent: HOTKEY.0,
            call: Call::RegisterSubnet,
            outcome: Outcome::Registered { netuid: SUBNET, cost: Tao::ZERO },
            sales: vec![],
            claims: vec![],
            funds: vec![],
            lost: Lost::default(),
            fees: Fees::default(),
            new_subnet: Some(NewSubnet { dissolved, ..NewSubnet::default() }),
        };
        let block = |dissolved| Receipts { calls: vec![made_room(dissolved)], ..Receipts::default() };
        assert!(!found(1_000, 0, &block(Some(Dissolved::default()))));
        assert!(found(1_000, 0, &block(None)));
    }

    #[test]
    fn a_deposit_cannot_say_that_a_fund_held_less_than_it_did() {
        let said = |held| {
            let row = DepositedRow {
                netuid: SUBNET,
                tao: Tao::from_rao(10),
                held: Alpha::from_rao(held),
                alpha: Alpha::from_rao(10),
            };
            let deposited = FundEvent::Deposited {
                hotkey: HOTKEY,
                agent: HOTKEY.0,
                value: Tao::from_rao(10),
                fund: Tao::from_rao(1_000),
                outstanding: 1_000,
                shares: 10,
                rows: vec![row],
            };
            let mut findings = Findings { block: Block(9), first: None };
            let receipts = Receipts { funds: vec![deposited], ..Receipts::default() };
            let held = [((HOTKEY, SUBNET), 1_000)].into();
            Holdings { held, ..Holdings::default() }.check_deposits(&mut findings, &receipts);
            findings.first.is_some()
        };
        assert!(!said(1_000) && said(500) && said(1_500));
    }
}
