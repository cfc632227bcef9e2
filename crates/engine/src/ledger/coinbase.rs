//! The coinbase of a block: emission, root's sale, moving prices, epochs.

use bevy_ecs::prelude::*;
use dtao_protocol::coinbase::{BlockTerms, SubnetTerms, share_price, subnet_emission};
use dtao_protocol::fixed::Q32;
use dtao_protocol::halving::tao_emission;
use dtao_protocol::moving_price;
use dtao_protocol::pool::Reserves;
use dtao_protocol::rules::RootShareOfDividends;
use dtao_protocol::schedule::next_epoch;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::account::{Accounts, AgentId};
use crate::call::EpochReceipt;
use crate::clock::Clock;
use crate::ledger::{Earned, Issuance, Law, Root, Stakes};
use crate::pipeline::Receipts;
use crate::subnet::{AlphaOut, ChainDust, Emitted, MovingPrice, Pending, Pool, Settings, Subnet};

/// A validator's take of its dividends: 11,796 of 65,535, the default and the maximum.
const TAKE: Q32 = Q32::ratio(11_796, 65_535);

type Columns = (
    &'static Subnet,
    &'static mut Pool,
    &'static mut AlphaOut,
    &'static mut MovingPrice,
    &'static mut Pending,
    &'static mut ChainDust,
    &'static mut Emitted,
    &'static mut Settings,
);

/// Emits the block's tokens, updates the moving prices, then runs the epochs that are due.
///
/// Subnets do not touch each other here, so the order in which they come makes no difference: the only
/// sums are of integers.
#[expect(clippy::too_many_arguments, reason = "a system's parameters are what it reads and writes")]
pub(crate) fn coinbase(
    clock: Res<Clock>,
    law: Res<Law>,
    root: Res<Root>,
    accounts: Res<Accounts>,
    mut issuance: ResMut<Issuance>,
    mut receipts: ResMut<Receipts>,
    mut stakes: ResMut<Stakes>,
    mut subnets: Query<Columns>,
    mut earned: Query<&mut Earned>,
) {
    receipts.clear();
    let rules = law.rules;
    let mut total_moving_price = Q32::ZERO;
    for (_, _, _, moving, _, _, _, settings) in &subnets {
        total_moving_price = total_moving_price.saturating_add(share_price(settings.mechanism, moving.0));
    }
    let terms = BlockTerms {
        emission: tao_emission(issuance.0),
        total_moving_price,
        root_weight: BlockTerms::root_weight(root.tao, rules.tao_weight),
        owner_cut: rules.owner_cut,
        gate: rules.registration_gate,
    };
    let mut issued = Tao::ZERO;
    for (subnet, mut pool, mut alpha_out, mut moving, mut pending, mut dust, mut emitted, settings) in
        &mut subnets
    {
        // Nothing asks what changed since when; not to note it saves a tenth of the block.
        let (pool, alpha_out) = (pool.bypass_change_detection(), alpha_out.bypass_change_detection());
        let (moving, pending) = (moving.bypass_change_detection(), pending.bypass_change_detection());
        let (dust, emitted) = (dust.bypass_change_detection(), emitted.bypass_change_detection());
        let terms_of_subnet = SubnetTerms {
            pool: pool.0,
            alpha_out: alpha_out.0,
            moving_price: moving.0,
            mechanism: settings.mechanism,
            registrations: settings.registrations,
        };
        let emission = subnet_emission(&terms, &terms_of_subnet);
        issued += emission.tao_in;
        pool.0 = emission.pool;
        alpha_out.0 += emission.alpha_out;
        dust.unclaimed += emission.dust();
        if let Some(tao) = emission.root_tao {
            alpha_out.0 -= emission.root_alpha;
            pending.root_tao += tao;
        } else {
            dust.unsold += emission.root_alpha;
        }
        pending.swapped += emission.root_alpha;
        pending.emission += emission.pending;
        pending.owner_cut += emission.owner_cut;
        moving.0 = moving_price::update(
            moving.0,
            pool.0.spot_price(),
            rules.moving_alpha,
            rules.moving_price_start,
            clock.block.since(settings.registered_at),
        );
        emitted.0 = emission;

        if settings.next_epoch == Some(clock.block) {
            let drained = Drained::of(pending, rules.root_share_of_dividends);
            dust.unbacked += drained.unbacked;
            *pending = Pending::default();
            receipts.epochs.push(drained.receipt(subnet.0));
            let Settings { tempo, holder, .. } = *settings;
            settings.into_inner().next_epoch = next_epoch(subnet.0, tempo, clock.block + 1);
            drained.pay(subnet.0, pool.0, holder, &mut stakes, |agent, value| {
                earned.get_mut(accounts.entity(agent)).expect("accounts are never removed").0 += value;
            });
        }
    }
    issuance.0 += issued;
}

/// A pending accumulator, split nominally: the owner's cut, half of the rest to miners, half to validators.
///
/// This is an aggregate subnet's epoch. What each miner and validator would get depends on weights and
/// stakes; together they get this.
struct Drained {
    owner_cut: Alpha,
    incentive: Alpha,
    dividends: Alpha,
    root_tao: Tao,
    unbacked: Alpha,
}

impl Drained {
    fn of(pending: &Pending, root_share: RootShareOfDividends) -> Self {
        let total = pending.emission + pending.swapped;
        let incentive = Alpha::from_rao(total.rao() / 2);
        let (dividends, unbacked) = match root_share {
            RootShareOfDividends::PaidTwice => (total - incentive, pending.swapped),
            RootShareOfDividends::Withheld => (pending.emission - incentive, Alpha::ZERO),
        };
        Self { owner_cut: pending.owner_cut, incentive, dividends, root_tao: pending.root_tao, unbacked }
    }

    fn receipt(&self, netuid: Netuid) -> EpochReceipt {
        EpochReceipt {
            netuid,
            alpha: self.owner_cut + self.incentive + self.dividends,
            root_tao: self.root_tao,
        }
    }

    /// Owner's cut, incentive and the validators' take go to the subnet's holder as stake; the rest of the
    /// dividends to all stakers, and root's TAO to root's stakers, through their share pools.
    fn pay(
        &self,
        netuid: Netuid,
        pool: Reserves,
        holder: AgentId,
        stakes: &mut Stakes,
        mut earn: impl FnMut(AgentId, Tao),
    ) {
        let price = pool.spot_price();
        let value = |alpha: u64| Tao::from_rao(price.mul(Q32::from_int(alpha)).floor());
        let take = Alpha::from_rao(TAKE.mul(Q32::from_int(self.dividends.rao())).floor());
        let to_holder = self.owner_cut + self.incentive + take;
        let to_stakers = self.dividends - take;

        let stake = stakes.pool_mut(netuid);
        if to_holder > Alpha::ZERO {
            stake.add(holder, to_holder);
            earn(holder, value(to_holder.rao()));
        }
        if to_stakers > Alpha::ZERO {
            stake.add_to_all(to_stakers);
            for agent in stake.keys() {
                earn(agent, value((stake.fraction(&agent) * to_stakers.rao() as f64) as u64));
            }
        }
        if self.root_tao > Tao::ZERO {
            let root = stakes.pool_mut(Netuid::ROOT);
            root.add_to_all(Alpha::from_rao(self.root_tao.rao()));
            for agent in root.keys() {
                earn(agent, Tao::from_rao((root.fraction(&agent) * self.root_tao.rao() as f64) as u64));
            }
        }
    }
}
