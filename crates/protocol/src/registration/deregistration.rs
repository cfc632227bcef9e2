//! Which subnet makes room for a new one, and who gets the TAO of its pool.

use crate::apportion::apportion;
use crate::books::Books;
use crate::fixed::Q32;
use crate::pool::{Order, PoolRules};
use crate::units::{Alpha, Block, Netuid, Tao};

/// A subnet that may have to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Established {
    /// Its number.
    pub netuid: Netuid,
    /// Its moving price; one if it is stable.
    pub moving_price: Q32,
    /// When it was registered.
    pub registered_at: Block,
}

/// The subnet that makes room: the lowest moving price among those that are at least `immunity` blocks old, of equals the
/// earliest registration, then the lowest number. None if all are younger.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/root.rs::get_network_to_prune` @ 14bc6f9f9
#[must_use]
pub fn subnet_to_prune(
    subnets: impl IntoIterator<Item = Established>,
    immunity: u64,
    now: Block,
) -> Option<Netuid> {
    subnets
        .into_iter()
        .filter(|subnet| now >= subnet.registered_at + immunity)
        .min_by_key(|&Established { netuid, moving_price, registered_at }| {
            (moving_price, registered_at, netuid)
        })
        .map(|subnet| subnet.netuid)
}

/// What the chain itself holds of a dissolved subnet's alpha, by revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ProtocolShare {
    /// Nothing: stakers share all (specs 320 to 410).
    Nothing,
    /// The alpha that it bought; of a subnet registered after the refund's block the pool's alpha too (spec 411 on).
    BoughtAndPool {
        /// The block after whose registrations the pool's alpha counts (`TaoInRefundDeploymentBlock`).
        pool_counts_after: Block,
    },
}

impl ProtocolShare {
    /// The alpha in whose name the chain shares in the pot.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::destroy_alpha_in_out_stakes` @ 835a2c902, 14bc6f9f9
    #[must_use]
    pub fn of(self, bought: Alpha, pool: Alpha, registered_at: Block) -> Alpha {
        match self {
            Self::Nothing => Alpha::ZERO,
            Self::BoughtAndPool { pool_counts_after } if registered_at > pool_counts_after => bought + pool,
            Self::BoughtAndPool { .. } => bought,
        }
    }
}

/// Who gets the TAO of a dissolved subnet's pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dissolution {
    /// What each holder gets, in the order in which they were given.
    pub paid: Vec<Tao>,
    /// The chain's own part, recycled; all of the pot if nobody holds anything.
    pub recycled: Tao,
}

/// Shares a pot among holders of alpha and the chain itself, in proportion to what they hold.
///
/// Each share is rounded down to whole rao; the rao that are left go to the largest remainders, of equals to those given
/// first, the chain last. So the shares are the pot to the rao. Alpha that nobody holds, such as what burned or waits for an
/// epoch, has no part in it.
///
/// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::destroy_alpha_in_out_stakes` @ 14bc6f9f9
#[must_use]
pub fn dissolve(pot: Tao, held: &[Alpha], protocol: Alpha) -> Dissolution {
    if protocol == Alpha::ZERO && held.iter().all(|&alpha| alpha == Alpha::ZERO) {
        return Dissolution { paid: vec![Tao::ZERO; held.len()], recycled: pot };
    }
    let parts: Vec<u64> = held.iter().chain([&protocol]).map(|alpha| alpha.rao()).collect();
    let mut paid: Vec<Tao> = apportion(pot.rao(), &parts).into_iter().map(Tao::from_rao).collect();
    let recycled = paid.pop().unwrap_or(Tao::ZERO);
    Dissolution { paid, recycled }
}

/// What the owner of a dissolved subnet gets back of the lock: the lock less what the owner's cut of all alpha is worth.
///
/// ```text
/// max(0, lock - floor(floor(issuance * owner_cut) * price))
/// ```
///
/// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::destroy_alpha_in_out_stakes` @ b179867c3, 14bc6f9f9
#[must_use]
pub fn owners_refund(lock: Tao, issuance: Alpha, owner_cut: Q32, price: Q32) -> Tao {
    let earned = Q32::from_int(issuance.rao()).mul(owner_cut).floor();
    lock.saturating_sub(Alpha::from_rao(earned).at(price))
}

/// What the owner of a subnet that makes room gets back of the lock, by revision. The TAO comes from nowhere: the issuance does
/// not count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum OwnerRefund {
    /// To spec 319, when no subnet made room: nothing.
    None,
    /// Spec 320 to 342: what is left of the lock after what the owner's cut of the last epoch's alpha would fetch.
    LessLastEpoch {
        /// Only of subnets that were registered before this block (`NetworkRegistrationStartBlock`).
        registered_before: Block,
    },
    /// Spec 343 on: what is left of it after what the owner's cut of all alpha is worth. From 411 on the chain pays it from the
    /// subnet's account, to which that upgrade has minted the lock less the minimum lock: as much, unless the cut is worth less
    /// than the minimum lock.
    LessAllAlpha {
        /// As above.
        registered_before: Block,
    },
}

impl OwnerRefund {
    /// When registrations were open again, under the new rules for locks.
    pub const MAINNET_START: Block = Block(6_573_966);

    /// The refund, by the subnet's books before they are closed.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/remove_stake.rs::destroy_alpha_in_out_stakes` @ 835a2c902, ae2b37364,
    /// b179867c3, 14bc6f9f9; `migrations/migrate_subnet_balances.rs` @ 486037ba4
    #[must_use]
    pub fn of(self, subnet: &Books, owner_cut: Q32, pools: PoolRules) -> Tao {
        let before = |block| subnet.settings.registered_at < block;
        match self {
            Self::LessLastEpoch { registered_before } if before(registered_before) => {
                let earned = Q32::from_int(subnet.last_emission.rao()).mul(owner_cut).floor();
                let sale = subnet.exchange().sell(pools, Order::of(Alpha::from_rao(earned)));
                let fetched =
                    sale.map_or_else(|_| Alpha::from_rao(earned).at(subnet.spot_price()), |sale| sale.out);
                subnet.lock.saturating_sub(if earned == 0 { Tao::ZERO } else { fetched })
            }
            Self::LessAllAlpha { registered_before } if before(registered_before) => {
                let issuance = subnet.pool.alpha + subnet.alpha_out;
                owners_refund(subnet.lock, issuance, owner_cut, subnet.spot_price())
            }
            Self::None | Self::LessLastEpoch { .. } | Self::LessAllAlpha { .. } => Tao::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::books::Settings;
    use crate::pool::Reserves;

    fn amounts(rao: &[u64]) -> Vec<Alpha> {
        rao.iter().copied().map(Alpha::from_rao).collect()
    }

    fn paid(dissolution: &Dissolution) -> Vec<u64> {
        dissolution.paid.iter().map(|tao| tao.rao()).collect()
    }

    #[test]
    fn the_lowest_moving_price_past_immunity_makes_room() {
        let subnets = [(1, 5, 100), (2, 3, 901), (3, 4, 300), (4, 4, 200), (5, 4, 200)];
        let subnets = subnets.map(|(netuid, price, registered)| Established {
            netuid: Netuid(netuid),
            moving_price: Q32::from_int(price),
            registered_at: Block(registered),
        });
        let at = |now| subnet_to_prune(subnets, 100, Block(now)).map(|netuid| netuid.0);
        assert_eq!([at(199), at(200), at(1_000), at(1_001)], [None, Some(1), Some(4), Some(2)]);
    }

    /// 10 TAO for 7 alpha: 1.43, 2.86, 2.86 and 2.86; one rao each to the three largest remainders.
    #[test]
    fn a_pot_is_shared_to_the_last_rao() {
        let shared = dissolve(Tao::from_rao(10), &amounts(&[1, 2, 2]), Alpha::from_rao(2));
        assert_eq!((paid(&shared), shared.recycled.rao()), (vec![1, 3, 3], 3));
        let equal = dissolve(Tao::from_rao(2), &amounts(&[5, 5]), Alpha::from_rao(5));
        assert_eq!((paid(&equal), equal.recycled.rao()), (vec![1, 1], 0));
    }

    #[test]
    fn what_nobody_holds_is_recycled() {
        let nobody = dissolve(Tao::from_rao(9), &amounts(&[0]), Alpha::ZERO);
        assert_eq!((paid(&nobody), nobody.recycled.rao()), (vec![0], 9));
    }

    #[test]
    fn the_pools_alpha_counts_for_the_chain_in_later_subnets_only() {
        let rule = ProtocolShare::BoughtAndPool { pool_counts_after: Block(50) };
        let of = |rule: ProtocolShare, at| rule.of(Alpha::from_rao(3), Alpha::from_rao(4), Block(at)).rao();
        assert_eq!([of(rule, 50), of(rule, 51), of(ProtocolShare::Nothing, 51)], [3, 7, 0]);
    }

    #[test]
    fn an_owner_gets_back_what_the_cut_has_not_earned() {
        let refund = |lock| {
            owners_refund(Tao::from_rao(lock), Alpha::from_rao(1_001), Q32::HALF, Q32::ratio(1, 4)).rao()
        };
        assert_eq!((refund(200), refund(125), refund(100)), (75, 0, 0));
    }

    /// 1,000 TAO in the pool for 10,000 alpha, and a cut of a quarter: 100 of an epoch's 400 alpha fetch 9.9 TAO, and 3,000 of all
    /// 12,000 are worth 300.
    #[test]
    fn the_refund_is_less_the_cut_of_an_epoch_and_later_of_all_alpha() {
        const RAO: u64 = 1_000_000_000;
        let settings = Settings::dynamic(Netuid(1), Block(50), 360, Block(60));
        let mut subnet = Books::new(Netuid(1), settings);
        subnet.pool = Reserves { tao: Tao::from_rao(1_000 * RAO), alpha: Alpha::from_rao(10_000 * RAO) };
        subnet.lock = Tao::from_rao(360 * RAO);
        subnet.last_emission = Alpha::from_rao(400 * RAO);
        subnet.alpha_out = Alpha::from_rao(2_000 * RAO);
        let cut = Q32::ratio(1, 4);
        let of = |rule: OwnerRefund, subnet: &Books| rule.of(subnet, cut, PoolRules::LAUNCH).rao();
        let (late, early) = (Block(51), Block(50));
        let by_epoch = |registered_before| OwnerRefund::LessLastEpoch { registered_before };
        let by_all = |registered_before| OwnerRefund::LessAllAlpha { registered_before };
        // 1,000 - 1,000 * 10,000 / 10,100 = 9.900990099 TAO; a price of 0.1 is a little less in 32 bits.
        assert_eq!(of(by_epoch(late), &subnet), 360 * RAO - 9_900_990_099);
        assert!((of(by_all(late), &subnet)).abs_diff(60 * RAO) < 1_000);
        assert_eq!([of(by_epoch(early), &subnet), of(by_all(early), &subnet)], [0, 0]);
        assert_eq!(of(OwnerRefund::None, &subnet), 0);
        let new = Books { last_emission: Alpha::ZERO, ..subnet };
        assert_eq!(of(by_epoch(late), &new), 360 * RAO);
    }

    proptest! {
        #[test]
        fn payouts_sum_to_the_pot_and_each_is_the_proportion_to_a_rao(
            pot in 0..1u64 << 50, held in prop::collection::vec(0..1u64 << 50, 0..30), protocol in 0..1u64 << 50,
        ) {
            let shared = dissolve(Tao::from_rao(pot), &amounts(&held), Alpha::from_rao(protocol));
            prop_assert_eq!(paid(&shared).iter().sum::<u64>() + shared.recycled.rao(), pot);
            let whole = u128::from(held.iter().sum::<u64>() + protocol);
            for (paid, held) in paid(&shared).into_iter().zip(held) {
                let exact = u128::from(pot) * u128::from(held);
                prop_assert!(exact < (u128::from(paid) + 1) * whole.max(1));
                prop_assert!(u128::from(paid) * whole < exact + whole || paid == 0);
                prop_assert!(held > 0 || paid == 0);
            }
        }
    }
}
