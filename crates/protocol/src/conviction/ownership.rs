//! Who becomes a subnet's owner by conviction.

use std::collections::BTreeMap;

use crate::fixed::Q64;
use crate::units::Alpha;

/// A subnet is at least this old, in blocks, before its owner may change: a year of 365.25 days.
///
/// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::ONE_YEAR` @ 14bc6f9f9
pub const OWNERSHIP_AGE: u64 = 7_200 * 365 + 1_800;

/// When the leading hotkey takes a subnet over, asked at each of its epochs once it is old enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum OwnershipRule {
    /// Never (to spec 424).
    Never,
    /// If all conviction is at least a tenth of the alpha outside the pool (spec 425).
    TenthOfAll,
    /// If all conviction is at least a tenth of what stakers hold of it (spec 446).
    TenthOfHeld,
    /// If its own conviction is more than 18 % of what stakers hold (spec 447 on).
    LeaderAbove18Percent,
}

/// The alpha against which conviction is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockedSupply {
    /// All alpha outside the pool.
    pub alpha_out: Alpha,
    /// What the chain itself has bought of it.
    pub protocol: Alpha,
    /// What was burned of it.
    pub burned: Alpha,
}

impl OwnershipRule {
    /// The hotkey that becomes the owner's, if one does: the one with the highest conviction, of equals the greatest. It is
    /// for the caller to see that another coldkey owns it, and that it can be registered.
    ///
    /// Source: `subtensor:pallets/subtensor/src/staking/lock.rs::change_subnet_owner_if_needed` @ 14bc6f9f9; the later
    /// rules: `RaoFoundation/subtensor`, pull request 3078
    #[must_use]
    pub fn leader<Hotkey: Copy + Ord>(
        self,
        supply: LockedSupply,
        convictions: &BTreeMap<Hotkey, Q64>,
    ) -> Option<Hotkey> {
        if supply.alpha_out == Alpha::ZERO {
            return None;
        }
        let held = supply.alpha_out.saturating_sub(supply.protocol).saturating_sub(supply.burned);
        let (&leader, &leads) =
            convictions.iter().max_by_key(|&(hotkey, conviction)| (conviction, hotkey))?;
        let all = || convictions.values().fold(Q64::ZERO, |sum, &conviction| sum.saturating_add(conviction));
        // Of products that do not fit the larger number is meant.
        let times = |conviction: Q64, factor: u128| conviction.bits().saturating_mul(factor);
        let of = |alpha: Alpha, factor: u128| Q64::from_int(alpha.rao()).bits().saturating_mul(factor);
        let takes_over = match self {
            Self::Never => false,
            Self::TenthOfAll => times(all(), 10) >= of(supply.alpha_out, 1),
            Self::TenthOfHeld => times(all(), 10) >= of(held, 1),
            Self::LeaderAbove18Percent => times(leads, 50) > of(held, 9),
        };
        takes_over.then_some(leader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leader(rule: OwnershipRule, convictions: &[(u8, u64)]) -> Option<u8> {
        let supply = LockedSupply {
            alpha_out: Alpha::from_rao(1_000),
            protocol: Alpha::from_rao(150),
            burned: Alpha::from_rao(50),
        };
        let convictions = convictions.iter().map(|&(hotkey, rao)| (hotkey, Q64::from_int(rao))).collect();
        rule.leader(supply, &convictions)
    }

    #[test]
    fn without_conviction_or_a_rule_nobody_leads() {
        assert_eq!(leader(OwnershipRule::Never, &[(1, 1_000)]), None);
        assert_eq!(leader(OwnershipRule::TenthOfAll, &[]), None);
    }

    #[test]
    fn each_rule_has_its_own_bar() {
        use OwnershipRule::{LeaderAbove18Percent, TenthOfAll, TenthOfHeld};
        let at = |rule, convictions: &[(u8, u64)]| leader(rule, convictions);
        // A tenth of 1,000 and of 800.
        assert_eq!(
            (at(TenthOfAll, &[(1, 40), (2, 59)]), at(TenthOfAll, &[(1, 40), (2, 60)])),
            (None, Some(2))
        );
        assert_eq!(
            (at(TenthOfHeld, &[(1, 41), (2, 38)]), at(TenthOfHeld, &[(1, 41), (2, 39)])),
            (None, Some(1))
        );
        // More than 144 of 800, by one alone.
        assert_eq!(
            (at(LeaderAbove18Percent, &[(1, 144), (2, 140)]), at(LeaderAbove18Percent, &[(1, 145)])),
            (None, Some(1))
        );
    }

    #[test]
    fn of_equals_the_greatest_leads() {
        assert_eq!(leader(OwnershipRule::TenthOfAll, &[(1, 60), (3, 60), (2, 60)]), Some(3));
    }
}
