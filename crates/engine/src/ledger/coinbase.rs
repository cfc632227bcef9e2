//! The coinbase of a block: emission, root's sale, moving prices, epochs.

use bevy_ecs::prelude::*;
use bevy_ecs::system::SystemParam;
use dtao_protocol::books::Pending;
use dtao_protocol::coinbase::{Chain, block};
use dtao_protocol::drain::{AggregatePayout, Staked};
use dtao_protocol::fixed::Q32;
use dtao_protocol::halving::tao_emission;
use dtao_protocol::rules::Rules;
use dtao_protocol::staking::UnstakingFee;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use dtao_protocol::yuma::Epoch;

use crate::account::{Accounts, AgentId, Hotkey};
use crate::call::EpochReceipt;
use crate::clock::Clock;
use crate::ledger::{BlockEmission, Earned, Issuance, Law, Root, Stakes, TaoDust};
use crate::pipeline::Receipts;
use crate::roster::{Roster, Surroundings, adjust_rosters};
use crate::subnet::{Inside, Subnets};

/// What the coinbase reads and writes.
#[derive(SystemParam)]
pub(crate) struct Coinbase<'w, 's> {
    law: Res<'w, Law>,
    root: ResMut<'w, Root>,
    accounts: Res<'w, Accounts>,
    issuance: ResMut<'w, Issuance>,
    tao_dust: ResMut<'w, TaoDust>,
    emission: ResMut<'w, BlockEmission>,
    receipts: ResMut<'w, Receipts>,
    stakes: ResMut<'w, Stakes>,
    subnets: ResMut<'w, Subnets>,
    earned: Query<'w, 's, &'static mut Earned>,
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
        subnets.run_epochs(now, |books, inside| {
            let gathered = std::mem::take(&mut books.pending);
            let (price, tempo) = (books.spot_price(), books.settings.tempo);
            let mut payout = Payout { netuid: books.netuid, price, stakes, earn: &mut earn };
            let (alpha, root_tao) = match inside {
                Inside::Aggregate { holder } => payout.of_aggregate(&gathered, *holder, rules),
                Inside::Detailed(roster) => {
                    payout.of_epoch(roster, (tempo, now), rules, &gathered, &mut self.scratch)
                }
            };
            // What is paid need not be what was gathered: rounding loses a little, an epoch without dividends on root
            // loses root's TAO, and until spec 257 the alpha withheld from dividends is not the alpha that was sold.
            books.dust.unbacked += alpha.saturating_sub(gathered.emission);
            books.dust.undistributed += gathered.emission.saturating_sub(alpha);
            root.undistributed += gathered.root_tao - root_tao;
            let alpha = alpha + gathered.owner_cut;
            receipts.epochs.push(EpochReceipt { netuid: books.netuid, alpha, root_tao });
        });
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

/// Pays what an epoch gives: credits stake, and remembers who earned what.
pub(super) struct Payout<'a> {
    pub(super) netuid: Netuid,
    /// The spot price, at which earnings are counted.
    pub(super) price: Q32,
    pub(super) stakes: &'a mut Stakes,
    pub(super) earn: &'a mut dyn FnMut(AgentId, Tao),
}

impl Payout<'_> {
    /// Pays what comes out of an aggregate subnet's epoch: owner's cut, incentive and the validator's take to the subnet's
    /// holder, the rest of the dividends to all who stake on the subnet, and on root to all who stake there. Returns the
    /// alpha and the TAO paid, without the owner's cut.
    fn of_aggregate(&mut self, gathered: &Pending, holder: AgentId, rules: &Rules) -> (Alpha, Tao) {
        let staked = Staked {
            alpha: self.stakes.total(self.netuid),
            root: Tao::from_rao(self.stakes.total(Netuid::ROOT).rao()),
        };
        let drained = AggregatePayout::of(gathered, staked, rules.tao_weight, rules.alpha_dividends);
        self.stake(Hotkey::AGGREGATE, holder, drained.to_holder());
        self.share(self.netuid, Hotkey::AGGREGATE, drained.alpha_dividends.rest);
        self.note(rules, [(Hotkey::AGGREGATE, drained.alpha_dividends.rest)]);
        self.stake_on_root(Hotkey::AGGREGATE, holder, drained.root_dividends.take);
        self.share_on_root(drained.root_dividends.rest);
        (drained.alpha(), drained.root_tao())
    }

    /// Runs a detailed subnet's epoch and pays what comes out. Returns the alpha and the TAO paid, without the owner's
    /// cut.
    fn of_epoch(
        &mut self,
        roster: &mut Roster,
        (tempo, now): (u16, Block),
        rules: &Rules,
        gathered: &Pending,
        scratch: &mut Epoch,
    ) -> (Alpha, Tao) {
        let around = Surroundings { netuid: self.netuid, tempo, now, stakes: self.stakes, rules };
        let (names, payout) = roster.epoch(&around, gathered, scratch);
        let owner = roster.owner();
        if payout.owner_cut > Alpha::ZERO {
            self.stake(Hotkey(owner), owner, payout.owner_cut);
        }
        let (mut alpha, mut root_tao) = (Alpha::ZERO, Tao::ZERO);
        for &(key, incentive) in &payout.incentives {
            alpha += incentive;
            self.stake(names[key.0], names[key.0].0, incentive);
        }
        for dividend in &payout.alpha_dividends {
            let hotkey = names[dividend.hotkey.0];
            alpha += dividend.take + dividend.rest;
            // As on the chain the take comes first, and so shares in the rest.
            self.stake(hotkey, hotkey.0, dividend.take);
            self.share(self.netuid, hotkey, dividend.rest);
        }
        let paid = payout.alpha_dividends.iter().map(|dividend| (names[dividend.hotkey.0], dividend.rest));
        self.note(rules, paid);
        for dividend in &payout.root_dividends {
            let hotkey = names[dividend.hotkey.0];
            root_tao += dividend.take + dividend.rest;
            self.stake_on_root(hotkey, hotkey.0, dividend.take);
            self.share(Netuid::ROOT, hotkey, Alpha::from_rao(dividend.rest.rao()));
        }
        (alpha, root_tao)
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
            self.stakes.pool_mut(self.netuid, hotkey).add(agent, alpha);
            let value = self.value(alpha.rao());
            (self.earn)(agent, value);
        }
    }

    /// Credits TAO to one account, as stake on root.
    fn stake_on_root(&mut self, hotkey: Hotkey, agent: AgentId, tao: Tao) {
        if tao > Tao::ZERO {
            self.stakes.pool_mut(Netuid::ROOT, hotkey).add(agent, Alpha::from_rao(tao.rao()));
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
        for (agent, part) in pool.fractions() {
            (self.earn)(agent, Tao::from_rao((part * worth.rao() as f64) as u64));
        }
    }

    /// Shares TAO among all who stake on root, whatever validator they stake on, in proportion; what cutting
    /// to whole rao leaves goes to the last, and all of it to nobody in particular if there is no stake.
    fn share_on_root(&mut self, amount: Tao) {
        let staked: Vec<(Hotkey, u64)> =
            self.stakes.on(Netuid::ROOT).map(|(key, pool)| (key, pool.total().rao())).collect();
        let total: u128 = staked.iter().map(|&(_, rao)| u128::from(rao)).sum();
        let mut left = amount.rao();
        for &(hotkey, rao) in staked.iter().rev().skip(1).rev() {
            let part = (u128::from(amount.rao()) * u128::from(rao)).checked_div(total).unwrap_or(0) as u64;
            left -= part;
            self.share(Netuid::ROOT, hotkey, Alpha::from_rao(part));
        }
        let last = staked.last().map_or(Hotkey::AGGREGATE, |&(hotkey, _)| hotkey);
        self.share(Netuid::ROOT, last, Alpha::from_rao(left));
    }

    fn value(&self, alpha: u64) -> Tao {
        Tao::from_rao(self.price.mul(Q32::from_int(alpha)).floor())
    }
}
