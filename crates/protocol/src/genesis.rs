//! The migration to dynamic TAO: what a subnet and root begin with.

use crate::fixed::Q32;
use crate::pool::Reserves;
use crate::units::{Alpha, RAO, Tao};

/// Blocks between a subnet's epochs, less one: the default.
pub const TEMPO: u16 = 360;

/// What every pool begins with, on both sides: the price is exactly one.
const SEED: u64 = RAO;

/// A subnet right after the migration; its alpha outside the pool is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launched {
    /// 1 TAO and 1 alpha.
    pub pool: Reserves,
    /// The subnet's part of the last emission that root's weights decided.
    pub moving_price: Q32,
}

/// A subnet right after the migration.
///
/// `emission_share` is the subnet's emission value over 1e9: the part of each block's TAO that root's
/// weights gave it last. All shares sum to about one, while all prices begin at one.
///
/// Source: `subtensor:pallets/subtensor/src/migrations/migrate_rao.rs` @ f95810a25
#[must_use]
pub fn launch(emission_share: Q32) -> Launched {
    let pool = Reserves { tao: Tao::from_rao(SEED), alpha: Alpha::from_rao(SEED) };
    Launched { pool, moving_price: emission_share }
}

/// What the migration does with a subnet's lock: all but the pool's seed goes back to the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockRefund {
    /// To the owner's balance.
    pub refund: Tao,
    /// Created, where the lock was less than the seed.
    pub minted: Tao,
}

/// What the migration does with a subnet's lock.
///
/// Source: `subtensor:pallets/subtensor/src/migrations/migrate_rao.rs` @ f95810a25
#[must_use]
pub fn refund(lock: Tao) -> LockRefund {
    let seed = Tao::from_rao(SEED);
    LockRefund { refund: lock.saturating_sub(seed), minted: seed.saturating_sub(lock) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_begins_at_one() {
        assert_eq!(launch(Q32::from_f64(0.02)).pool.spot_price(), Q32::ONE);
    }

    #[test]
    fn a_lock_is_split_between_owner_and_pool_and_a_short_one_is_filled_up() {
        let tao = |whole| Tao::from_rao(whole * RAO);
        assert_eq!(refund(tao(100)), LockRefund { refund: tao(99), minted: tao(0) });
        assert_eq!(refund(tao(0)), LockRefund { refund: tao(0), minted: tao(1) });
    }
}
