//! The drain of a subnet that is simulated in aggregate: what its owner, miners and validators get together.

use crate::books::Pending;
use crate::drain::AlphaDividends;
use crate::fixed::Q32;
use crate::units::{Alpha, Tao};

/// A validator's take of its dividends: 11,796 of 65,535, the default and the maximum.
pub const TAKE: Q32 = Q32::ratio(11_796, 65_535);

/// What an aggregate subnet's epoch pays: the owner's cut, half of the rest to miners, half to validators.
///
/// What each miner and validator would get depends on weights and stakes; together they get this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AggregatePayout {
    /// The owner's cut.
    pub owner_cut: Alpha,
    /// The miners' half, rounded down to whole rao.
    pub incentive: Alpha,
    /// The validators' dividends, their take included.
    pub dividends: Alpha,
    /// The validators' take of the dividends, rounded down to whole rao.
    pub take: Alpha,
    /// TAO for those who stake on root.
    pub root_tao: Tao,
    /// Alpha among the dividends that `alpha_out` does not hold.
    pub unbacked: Alpha,
}

impl AggregatePayout {
    /// Shares out what a subnet has gathered.
    #[must_use]
    pub fn of(pending: &Pending, alpha_dividends: AlphaDividends) -> Self {
        let incentive = Alpha::from_rao(pending.for_epoch().rao() / 2);
        let (dividends, unbacked) = match alpha_dividends {
            AlphaDividends::Full => (pending.for_epoch() - incentive, pending.swapped),
            AlphaDividends::Net | AlphaDividends::Rescaled => (pending.emission - incentive, Alpha::ZERO),
        };
        Self {
            owner_cut: pending.owner_cut,
            incentive,
            dividends,
            take: Alpha::from_rao(TAKE.mul(Q32::from_int(dividends.rao())).floor()),
            root_tao: pending.root_tao,
            unbacked,
        }
    }

    /// All alpha that is paid.
    #[must_use]
    pub fn alpha(&self) -> Alpha {
        self.owner_cut + self.incentive + self.dividends
    }

    /// Alpha for the subnet's holder, who owns what its owner, miners and validators earn.
    #[must_use]
    pub fn to_holder(&self) -> Alpha {
        self.owner_cut + self.incentive + self.take
    }

    /// Alpha for all who stake on the subnet.
    #[must_use]
    pub fn to_stakers(&self) -> Alpha {
        self.dividends - self.take
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_paid_is_what_was_gathered_and_what_has_no_backing(
            emission in 0..1u64 << 50, sold in 0.0..0.5f64, root_tao: u32, owner_cut: u32,
        ) {
            // Root's share is at most half of what the epoch shares out.
            let swapped = (emission as f64 * sold) as u64;
            let pending = Pending {
                emission: Alpha::from_rao(emission - swapped),
                swapped: Alpha::from_rao(swapped),
                root_tao: Tao::from_rao(root_tao.into()),
                owner_cut: Alpha::from_rao(owner_cut.into()),
            };
            for rule in [AlphaDividends::Full, AlphaDividends::Net] {
                let payout = AggregatePayout::of(&pending, rule);
                prop_assert_eq!(payout.alpha(), pending.emission + pending.owner_cut + payout.unbacked);
                prop_assert_eq!(payout.to_holder() + payout.to_stakers(), payout.alpha());
                prop_assert_eq!(payout.root_tao, pending.root_tao);
            }
        }
    }
}
