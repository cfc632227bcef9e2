//! The coinbase of a block: emission, root's sale, moving prices, epochs.

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use dtao_protocol::basket::RootDividends;
use dtao_protocol::books::Pending;
use dtao_protocol::coinbase::{Chain, block};
use dtao_protocol::drain::{AggregatePayout, Dividend, RootEarners, Staked};
use dtao_protocol::fixed::Q32;
use dtao_protocol::halving::tao_emission;
use dtao_protocol::registration::{OwnerIncentive, Settled, WithheldIncentive};
use dtao_protocol::root_claim::Accrual;
use dtao_protocol::rules::Rules;
use dtao_protocol::staking::UnstakingFee;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use dtao_protocol::yuma::Epoch;

use crate::account::{Accounts, AgentId, Hotkey};
use crate::call::{CollateralReceipt, EpochReceipt};
use crate::chain::{BlockEmission, Earned, Issuance, Law, Root, TaoDust};
use crate::clock::Clock;
use crate::collateral::Collaterals;
use crate::ledger::locks::change_owner;
use crate::ledger::rosters::adjust_rosters;
use crate::locks::Locks;
use crate::measurement::Measurements;
use crate::receipts::Receipts;
use crate::roster::{Roster, Surroundings};
use crate::stakes::Stakes;
use crate::subnet::{Inside, Subnets};

/// What the coinbase reads and writes.
#[derive(SystemParam)]
pub(crate) struct Coinbase<'w, 's> {
    pub(super) law: Res<'w, Law>,
    pub(super) root: ResMut<'w, Root>,
    pub(super) accounts: Res<'w, Accounts>,
    measurements: ResMut<'w, Measurements>,
    locks: ResMut<'w, Locks>,
    collaterals: ResMut<'w, Collaterals>,
    issuance: ResMut<'w, Issuance>,
    tao_dust: ResMut<'w, TaoDust>,
    emission: ResMut<'w, BlockEmission>,
    pub(super) receipts: ResMut<'w, Receipts>,
    pub(super) stakes: ResMut<'w, Stakes>,
    pub(super) subnets: ResMut<'w, Subnets>,
    pub(super) earned: Query<'w, 's, &'static mut Earned>,
    scratch: Local<'s, Epoch>,
    weights: Local<'s, Vec<Q32>>,
}

impl Coinbase<'_, '_> {
    /// Emits the tokens of block `now`, updates the moving prices, then runs the epochs that are due.
    pub(crate) fn make(&mut self, now: Block) {
        let Self { law, root, accounts, issuance, emission, receipts, stakes, subnets, earned, .. } = self;
        receipts.clear();
        let rules = &law.rules;
        emission.tao = tao_emission(issuance.0);
        let BlockEmission { tao, gate_bar } = **emission;
        if rules.emission.measures() {
            self.measurements.make(rules.measurement, now, subnets.books_mut());
        }
        let chain = Chain { block: now, emission: tao, root_tao: root.tao, gate_bar };
        let emitted = block(rules, &chain, subnets.books_mut(), &mut self.weights);
        issuance.0 += emitted.issued;
        self.tao_dust.chain_buys += emitted.uncounted;
        self.tao_dust.stranded += emitted.stranded;
        emission.gate_bar = emitted.gate_bar;

        let mut earn = |agent, value| {
            let earned = &mut earned.get_mut(accounts.entity(agent)).expect("accounts are never removed").0;
            // A drained pool may give its alpha any price.
            *earned = earned.saturating_add(value);
        };
        subnets.run_epochs(rules.epoch_schedule, now, |books, inside| {
            let gathered = std::mem::take(&mut books.pending);
            books.last_emission = gathered.for_epoch();
            change_owner(&mut self.locks, (books, inside), rules, now);
            let (price, tempo) = (books.spot_price(), books.settings.tempo);
            let root_dividends = rules.funds.dividends;
            let settling = Some(Settling { rows: &mut self.collaterals, receipts: &mut receipts.collateral });
            let (netuid, earn) = (books.netuid, &mut earn);
            let mut payout = Payout { netuid, price, root_dividends, stakes, earn, settling };
            let paid = match inside {
                Inside::Aggregate { holder, owners_incentive } => {
                    payout.of_aggregate(&gathered, (*holder, *owners_incentive), rules)
                }
                Inside::Detailed(roster) => {
                    payout.of_epoch(roster, (tempo, now), rules, &gathered, &mut self.scratch)
                }
            };
            let Paid { alpha, claimable, root_tao, recycled, withheld_part } = paid;
            // What is paid need not be what was gathered: rounding loses a little, an epoch without dividends on root
            // loses root's TAO, and until spec 257 the alpha withheld from dividends is not the alpha that was sold.
            let shared_out = alpha + claimable + recycled;
            books.dust.unbacked += shared_out.saturating_sub(gathered.unsold());
            books.dust.undistributed += gathered.unsold().saturating_sub(shared_out);
            books.no_longer_outside(recycled);
            books.root_claimable += claimable;
            books.miner_burned = withheld_part;
            root.undistributed += gathered.root_tao - root_tao;
            let alpha = alpha + claimable + gathered.owner_cut;
            receipts.epochs.push(EpochReceipt { netuid: books.netuid, alpha, root_tao, recycled });
        });
        self.claim_for_root(now);
        self.flush_next_fund();
    }

    /// The subnets, between blocks.
    pub(crate) fn subnets(&self) -> &Subnets {
        &self.subnets
    }

    /// Changes of children are taken over, and prices of registering adjusted where that is due.
    pub(crate) fn adjust_rosters(&mut self, now: Block) {
        adjust_rosters(&mut self.subnets, &self.law.rules, now);
    }

    /// What happened in the block.
    pub(crate) fn receipts(&self) -> &Receipts {
        &self.receipts
    }
}

/// The coinbase of the block being made.
pub(crate) fn coinbase(clock: Res<Clock>, mut coinbase: Coinbase) {
    coinbase.make(clock.block);
}

/// What an epoch has paid, without the owner's cut.
#[derive(Default)]
struct Paid {
    /// Alpha, as stake in the subnet.
    alpha: Alpha,
    /// Alpha that stakers on root may claim.
    claimable: Alpha,
    /// TAO, as stake on root.
    root_tao: Tao,
    /// Alpha that ceases to exist.
    recycled: Alpha,
    /// The part of all incentives that was withheld from the owner.
    withheld_part: Q32,
}

/// What ceases to exist of incentive that is withheld; what is burned stays, and is nobody's.
fn recycled(rules: &Rules, withheld: Alpha) -> Alpha {
    match rules.drain.withheld_incentive {
        WithheldIncentive::Recycled => withheld,
        WithheldIncentive::Burned => Alpha::ZERO,
    }
}

/// Pays what an epoch gives: credits stake, and remembers who earned what.
pub(super) struct Payout<'a> {
    pub(super) netuid: Netuid,
    /// The spot price, at which earnings are counted.
    pub(super) price: Q32,
    /// What becomes of what stakers on root earn in alpha.
    pub(super) root_dividends: RootDividends,
    pub(super) stakes: &'a mut Stakes,
    pub(super) earn: &'a mut dyn FnMut(AgentId, Tao),
    /// Collateral of neurons, where it is settled.
    pub(super) settling: Option<Settling<'a>>,
}

/// Collateral of neurons, and what is told of it.
pub(super) struct Settling<'a> {
    rows: &'a mut Collaterals,
    receipts: &'a mut Vec<CollateralReceipt>,
}

impl Payout<'_> {
    /// Pays what comes out of an aggregate subnet's epoch: owner's cut, incentive and the validator's take to the subnet's
    /// holder, the rest of the dividends to all who stake on the subnet, and on root to all who stake there.
    ///
    /// The holder is owner and miners at once. Where the owner's neurons are not paid, they have this part of the incentive.
    fn of_aggregate(
        &mut self,
        gathered: &Pending,
        (holder, owners_incentive): (AgentId, Q32),
        rules: &Rules,
    ) -> Paid {
        let staked = Staked {
            alpha: self.stakes.total(self.netuid),
            root: Tao::from_rao(self.stakes.total(Netuid::ROOT).rao()),
        };
        let terms = rules.drain.terms(rules.tao_weight, rules.alpha_dividends);
        let mut drained = AggregatePayout::of(gathered, staked, &terms, rules.coinbase.alpha_division);
        if rules.drain.owner_incentive != OwnerIncentive::Paid {
            drained = drained.withholding(owners_incentive);
        }
        self.stake(Hotkey::AGGREGATE, holder, drained.to_holder());
        self.share(self.netuid, Hotkey::AGGREGATE, drained.alpha_dividends.rest);
        self.note(rules, [(Hotkey::AGGREGATE, drained.alpha_dividends.rest)]);
        self.stake_on_root(Hotkey::AGGREGATE, holder, drained.root_dividends.take);
        self.on_root(rules, drained.root_dividends.rest.rao(), |payout, hotkey, part| {
            payout.share(Netuid::ROOT, hotkey, Alpha::from_rao(part));
        });
        let Dividend { take, rest: claimable, .. } = drained.claimable_dividends;
        let mut to_holder = Alpha::ZERO;
        self.on_root(rules, claimable.rao(), |payout, hotkey, part| {
            to_holder += payout.accrue(hotkey, Alpha::from_rao(part), holder);
        });
        let paid_in_alpha =
            drained.incentive + drained.alpha_dividends.take + drained.alpha_dividends.rest + take;
        Paid {
            alpha: paid_in_alpha + to_holder,
            claimable: claimable - to_holder,
            root_tao: drained.root_tao(),
            recycled: recycled(rules, drained.withheld) + drained.root_recycled,
            withheld_part: drained.withheld_part(),
        }
    }

    /// Runs a detailed subnet's epoch and pays what comes out.
    fn of_epoch(
        &mut self,
        roster: &mut Roster,
        (tempo, now): (u16, Block),
        rules: &Rules,
        gathered: &Pending,
        scratch: &mut Epoch,
    ) -> Paid {
        let around = Surroundings { netuid: self.netuid, tempo, now, stakes: self.stakes, rules };
        let (names, payout) = roster.epoch(&around, gathered, scratch);
        let owner = roster.owner();
        if payout.owner_cut > Alpha::ZERO {
            self.stake(Hotkey(owner), owner, payout.owner_cut);
        }
        let mut paid = Paid {
            recycled: payout.recycled + payout.root_recycled + recycled(rules, payout.withheld),
            withheld_part: payout.withheld_part,
            ..Paid::default()
        };
        for &(key, incentive) in &payout.incentives {
            paid.alpha += incentive;
            let hotkey = names[key.0];
            let free = self.lock_part(hotkey, incentive, incentive);
            self.stake(hotkey, hotkey.0, free);
        }
        for dividend in &payout.alpha_dividends {
            let hotkey = names[dividend.hotkey.0];
            paid.alpha += dividend.take + dividend.rest;
            // As on the chain the take comes first, and so shares in the rest.
            let free = self.lock_part(hotkey, dividend.whole, dividend.take);
            self.stake(hotkey, hotkey.0, free);
            self.share(self.netuid, hotkey, dividend.rest);
        }
        let noted = payout.alpha_dividends.iter().map(|dividend| (names[dividend.hotkey.0], dividend.rest));
        self.note(rules, noted);
        for dividend in &payout.root_dividends {
            let hotkey = names[dividend.hotkey.0];
            paid.root_tao += dividend.take + dividend.rest;
            self.stake_on_root(hotkey, hotkey.0, dividend.take);
            self.share(Netuid::ROOT, hotkey, Alpha::from_rao(dividend.rest.rao()));
        }
        for dividend in &payout.claimable_dividends {
            let hotkey = names[dividend.hotkey.0];
            let free = self.lock_part(hotkey, dividend.whole, dividend.take);
            self.stake(hotkey, hotkey.0, free);
            let to_owner = self.accrue(hotkey, dividend.rest, hotkey.0);
            paid.alpha += dividend.take + to_owner;
            paid.claimable += dividend.rest - to_owner;
        }
        paid
    }

    /// Settles the collateral of a hotkey's owner by what the hotkey has earned: what is captured of the owner's part is staked on the
    /// hotkey and locked. Returns what is left of that part.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::distribute_dividends_and_incentives`
    /// (`RaoFoundation`, of specs 437 to 475)
    fn lock_part(&mut self, hotkey: Hotkey, earned: Alpha, owners: Alpha) -> Alpha {
        let (netuid, agent) = (self.netuid, hotkey.0);
        let Some(Settling { rows, receipts }) = &mut self.settling else { return owners };
        let Some(settled) = rows.settle(netuid, agent, (earned, owners)) else { return owners };
        let Settled { captured, released } = settled;
        receipts.push(CollateralReceipt { netuid, agent, earned, owners, captured, released });
        self.stake(hotkey, agent, captured);
        owners - captured
    }

    /// Lets those who stake on root through a hotkey claim alpha; returns what went to its owner as stake instead, because
    /// there is less on root than alpha to share.
    fn accrue(&mut self, hotkey: Hotkey, alpha: Alpha, owner: AgentId) -> Alpha {
        if self.root_dividends == RootDividends::FundShares {
            self.stakes.funds_mut().enqueue(hotkey, self.netuid, alpha);
            return Alpha::ZERO;
        }
        match self.stakes.accrue(self.netuid, hotkey, alpha) {
            Accrual::Claimable => Alpha::ZERO,
            Accrual::ToOwner(alpha) => {
                self.stake(hotkey, owner, alpha);
                alpha
            }
        }
    }

    /// Remembers what the epoch paid to hotkeys' stakers, where leaving the pool costs a part of it.
    fn note(&mut self, rules: &Rules, paid: impl IntoIterator<Item = (Hotkey, Alpha)>) {
        if rules.unstaking_fee != UnstakingFee::Flat {
            self.stakes.begin_dividends(self.netuid);
            for (hotkey, rest) in paid {
                self.stakes.note_dividends(self.netuid, hotkey, rest);
            }
        }
    }

    /// Credits alpha to one account, as stake on a hotkey.
    pub(super) fn stake(&mut self, hotkey: Hotkey, agent: AgentId, alpha: Alpha) {
        if alpha > Alpha::ZERO {
            self.stakes.add(self.netuid, hotkey, agent, alpha);
            let value = self.value(alpha.rao());
            (self.earn)(agent, value);
        }
    }

    /// Credits TAO to one account, as stake on root.
    fn stake_on_root(&mut self, hotkey: Hotkey, agent: AgentId, tao: Tao) {
        if tao > Tao::ZERO {
            self.stakes.add(Netuid::ROOT, hotkey, agent, Alpha::from_rao(tao.rao()));
            (self.earn)(agent, tao);
        }
    }

    /// Shares dividends among all who stake on a hotkey; on root they are TAO.
    pub(super) fn share(&mut self, netuid: Netuid, hotkey: Hotkey, amount: Alpha) {
        if amount == Alpha::ZERO {
            return;
        }
        let worth = match netuid {
            Netuid::ROOT => Tao::from_rao(amount.rao()),
            _ => self.value(amount.rao()),
        };
        let pool = self.stakes.pool_mut(netuid, hotkey);
        pool.add_to_all(amount);
        // What a fund earns is nobody's until it is claimed.
        for (agent, part) in pool.fractions().filter(|(agent, _)| !agent.is_fund()) {
            (self.earn)(agent, Tao::from_rao((part * worth.rao() as f64) as u64));
        }
    }

    /// Shares an amount among the hotkeys on which stake on root earns, in proportion; what rounding down to whole rao leaves
    /// goes to the last, and all of it to nobody in particular if there is no stake.
    fn on_root(&mut self, rules: &Rules, amount: u64, mut give: impl FnMut(&mut Self, Hotkey, u64)) {
        let mut staked: Vec<(Hotkey, u64)> =
            self.stakes.on(Netuid::ROOT).map(|(key, pool)| (key, pool.total().rao())).collect();
        if rules.drain.root_earners != RootEarners::AnyHotkey {
            let seats = self.stakes.seats();
            staked.retain(|&(key, _)| seats.iter().any(|&(seated, _)| seated == key));
        }
        let total: u128 = staked.iter().map(|&(_, rao)| u128::from(rao)).sum();
        let mut left = amount;
        for &(hotkey, rao) in staked.iter().rev().skip(1).rev() {
            let part = (u128::from(amount) * u128::from(rao)).checked_div(total).unwrap_or(0) as u64;
            left -= part;
            give(self, hotkey, part);
        }
        let last = staked.last().map_or(Hotkey::AGGREGATE, |&(hotkey, _)| hotkey);
        give(self, last, left);
    }

    fn value(&self, alpha: u64) -> Tao {
        Alpha::from_rao(alpha).at(self.price)
    }
}
