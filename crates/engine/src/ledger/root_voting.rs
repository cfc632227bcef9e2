//! The regime before dynamic TAO: root's validators vote on how each block's TAO is shared among subnets.
//!
//! There are no pools and no alpha: a subnet has its owner's lock and the TAO that waits for its next epoch.
//! All stake is on root. The migration ends this and seeds the moving prices with the last vote's result.

use bevy_ecs::prelude::*;
use dtao_protocol::basket::RootDividends;
use dtao_protocol::books::{Pending, SubnetEmission};
use dtao_protocol::drain;
use dtao_protocol::emission::Emission;
use dtao_protocol::fixed::Q32;
use dtao_protocol::halving::tao_emission;
use dtao_protocol::root_network::{nominal, owner_cut};
use dtao_protocol::schedule::{EpochSchedule, next_epoch};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use dtao_protocol::yuma::Epoch;

use crate::account::{Accounts, AgentId, Hotkey, Wallet};
use crate::call::EpochReceipt;
use crate::chain::{BlockEmission, Earned, Issuance, Law, Root};
use crate::clock::Clock;
use crate::ledger::coinbase::Payout;
use crate::receipts::Receipts;
use crate::root_network::RootNetwork;
use crate::roster::{Roster, Surroundings};
use crate::stakes::Stakes;
use crate::subnet::{Inside, Subnets};

/// Whether root's votes share the emission.
pub(crate) fn root_votes(law: Res<Law>) -> bool {
    law.rules.emission == Emission::RootVote
}

/// What accounts have.
type Holders<'w, 's> = Query<'w, 's, (&'static mut Wallet, &'static mut Earned)>;

/// Emits the block's TAO by root's votes, then runs the epochs that are due.
///
/// Root's own epoch comes first, so that its result counts from the same block.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::run_coinbase` @ 8f39a5832
#[expect(clippy::too_many_arguments, reason = "a system's parameters are what it reads and writes")]
pub(crate) fn root_coinbase(
    clock: Res<Clock>,
    law: Res<Law>,
    accounts: Res<Accounts>,
    mut network: ResMut<RootNetwork>,
    mut root: ResMut<Root>,
    mut issuance: ResMut<Issuance>,
    mut emission: ResMut<BlockEmission>,
    mut receipts: ResMut<Receipts>,
    mut stakes: ResMut<Stakes>,
    mut subnets: ResMut<Subnets>,
    mut holders: Holders,
    mut scratch: Local<Epoch>,
) {
    receipts.clear();
    let now = clock.block;
    if network.next_epoch == Some(now) {
        network.vote(&stakes, tao_emission(issuance.0));
        network.next_epoch = next_epoch(Netuid::ROOT, network.rules.tempo, now + 1);
    }
    emission.tao = network.emission;
    for books in subnets.books_mut() {
        let share = network.subnets.get_mut(&books.netuid).expect(EVERY_SHARE);
        share.pending += share.emission;
        issuance.0 += share.emission;
        books.emitted = SubnetEmission { tao_in: share.emission, ..SubnetEmission::default() };
    }
    subnets.run_epochs(EpochSchedule::Grid, now, |books, inside| {
        let share = network.subnets.get_mut(&books.netuid).expect(EVERY_SHARE);
        let pending = std::mem::take(&mut share.pending);
        let mut till = Till { stakes: &mut stakes, accounts: &accounts, holders: &mut holders };
        let credited = match inside {
            Inside::Aggregate { holder, .. } => till.pay_aggregate(pending, &law, *holder),
            Inside::Detailed(roster) => till.pay_roster(
                pending,
                &law,
                roster,
                (books.netuid, books.settings.tempo, now),
                &mut scratch,
            ),
        };
        root.tao += credited.staked;
        root.undistributed += pending - credited.staked - credited.free;
        receipts.epochs.push(EpochReceipt {
            netuid: books.netuid,
            alpha: Alpha::ZERO,
            root_tao: credited.staked + credited.free,
            recycled: Alpha::ZERO,
        });
    });
}

pub(super) const EVERY_SHARE: &str =
    "under root voting every subnet has a share, and every share is a subnet's";

/// What an epoch has paid.
struct Credited {
    /// As stake on root.
    staked: Tao,
    /// As free TAO.
    free: Tao,
}

/// Pays what an epoch gives before dynamic TAO.
struct Till<'a, 'w, 's> {
    stakes: &'a mut Stakes,
    accounts: &'a Accounts,
    holders: &'a mut Holders<'w, 's>,
}

impl Till<'_, '_, '_> {
    /// Owner's cut and miners' half go to the holder as free TAO; the other half to all hotkeys with stake on
    /// root, by their stake.
    fn pay_aggregate(&mut self, pending: Tao, law: &Law, holder: AgentId) -> Credited {
        let on_root: Vec<(Hotkey, Tao)> = self
            .stakes
            .on(Netuid::ROOT)
            .map(|(hotkey, pool)| (hotkey, Tao::from_rao(pool.total().rao())))
            .collect();
        let stakes: Vec<Tao> = on_root.iter().map(|&(_, stake)| stake).collect();
        let payout = nominal(pending, law.rules.owner_cut, &stakes);
        let free = payout.owner + payout.miners;
        self.pay_free(holder, free);
        let mut staked = Tao::ZERO;
        for (&(hotkey, _), &dividend) in on_root.iter().zip(&payout.validators) {
            let take = Q32::ratio(u64::from(drain::TAKE.0), u64::from(u16::MAX));
            let take = Tao::from_rao(take.mul(Q32::from_int(dividend.rao())).floor());
            self.pay_dividend(hotkey, take, dividend - take);
            staked += dividend;
        }
        Credited { staked, free }
    }

    /// The owner's cut as free TAO; the rest by the subnet's Yuma epoch, all of it as stake on root.
    fn pay_roster(
        &mut self,
        pending: Tao,
        law: &Law,
        roster: &mut Roster,
        (netuid, tempo, now): (Netuid, u16, Block),
        scratch: &mut Epoch,
    ) -> Credited {
        let free = owner_cut(pending, law.rules.owner_cut);
        self.pay_free(roster.owner(), free);
        // The drain counts in alpha; here every unit of it is one of TAO.
        let gathered = Pending { emission: Alpha::from_rao((pending - free).rao()), ..Pending::default() };
        let around = Surroundings { netuid, tempo, now, stakes: self.stakes, rules: &law.rules };
        let (names, payout) = roster.epoch(&around, &gathered, scratch);
        let mut staked = Alpha::ZERO;
        for &(key, incentive) in &payout.incentives {
            staked += incentive;
            let hotkey = names[key.0];
            self.staking(|payout| payout.stake(hotkey, hotkey.0, incentive));
        }
        for dividend in &payout.alpha_dividends {
            staked += dividend.take + dividend.rest;
            let tao = |alpha: Alpha| Tao::from_rao(alpha.rao());
            self.pay_dividend(names[dividend.hotkey.0], tao(dividend.take), tao(dividend.rest));
        }
        Credited { staked: Tao::from_rao(staked.rao()), free }
    }

    fn pay_free(&mut self, agent: AgentId, tao: Tao) {
        let (mut wallet, mut earned) =
            self.holders.get_mut(self.accounts.entity(agent)).expect("accounts are never removed");
        wallet.0 += tao;
        earned.0 += tao;
    }

    /// The rest first: the take would change who shares it.
    fn pay_dividend(&mut self, hotkey: Hotkey, take: Tao, rest: Tao) {
        self.staking(|payout| {
            payout.share(Netuid::ROOT, hotkey, Alpha::from_rao(rest.rao()));
            payout.stake(hotkey, hotkey.0, Alpha::from_rao(take.rao()));
        });
    }

    fn staking(&mut self, pay: impl FnOnce(&mut Payout)) {
        let Self { stakes, accounts, holders } = self;
        let mut earn = |agent, value| {
            let (_, mut earned) =
                holders.get_mut(accounts.entity(agent)).expect("accounts are never removed");
            earned.0 += value;
        };
        let root_dividends = RootDividends::Claimable;
        let (netuid, price, earn) = (Netuid::ROOT, Q32::ONE, &mut earn);
        pay(&mut Payout { netuid, price, root_dividends, stakes, earn, settling: None });
    }
}
