//! What differs between root claims, by revision.

use super::ClaimType;
use crate::basket::RootDividends;
use crate::settable::{self, settable};
use crate::units::Netuid;

/// The most subnets that a call claims of (`MAX_SUBNET_CLAIMS`).
///
/// Source: `subtensor:pallets/subtensor/src/lib.rs` @ 6218ecc5c, 14bc6f9f9
pub const MAX_SUBNETS_CLAIMED: usize = 5;

/// What accounts may do about their claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ClaimCalls {
    /// To spec 333: nothing.
    None,
    /// Spec 334 to 360: claim, and choose between selling all that they claim and keeping all.
    SwapOrKeep,
    /// Spec 361 to 440: also keep the alpha of some subnets and sell that of the others. Where dividends become shares of funds, as
    /// from 441 on, claims are of those instead.
    KeepSubnets,
}

/// Whether root's own account (`SubnetTAO` of root, by which root weighs) grows by what claims bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ClaimedTao {
    /// To spec 410: no (an oversight). Root's weight falls behind what is staked there.
    Uncounted,
    /// Spec 411 on: yes.
    Counted,
}

/// What becomes of an account's claims if one of its sales fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FailedClaim {
    /// To spec 410: that one is left standing, the others are made.
    Skipped,
    /// Spec 411 on: all are left standing; a call is refused.
    AllUndone,
}

settable! {
    /// How what stakers on root are owed of subnets' alpha is claimed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ClaimRules, written as ClaimValues {
        /// What accounts may do about their claims.
        calls: ClaimCalls = "rule";
        /// Whether root's own account grows by what claims bring.
        claimed_tao: ClaimedTao = "rule";
        /// What becomes of an account's claims if one of its sales fails.
        failed: FailedClaim = "rule";
    }
}

settable::values!(ClaimCalls, ClaimedTao, FailedClaim);

/// Why a call about claims is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefused {
    /// The runtime has no such call.
    #[error("there are no root claims before spec 334")]
    NoClaims,
    /// No subnet is named, or too many are.
    #[error("a call claims of 1 to {MAX_SUBNETS_CLAIMED} subnets")]
    WrongNumberOfSubnets,
    /// Alpha is to be kept in some subnets only.
    #[error("claims are kept or sold by subnet from spec 361 on")]
    NotBySubnet,
    /// There are funds to claim of.
    #[error("from spec 441 on, claim from hotkeys' funds, not from subnets")]
    FundsOnly,
    /// There are no funds.
    #[error("there are no funds before spec 441")]
    NoFunds,
    /// The claim would be of too many hotkeys and holdings.
    #[error("the claim is of too many hotkeys and holdings")]
    TooMuchWork,
    /// Alpha is to be kept in no subnet by name.
    #[error("no subnet is named in which alpha is kept")]
    NoSubnetKept,
}

impl ClaimRules {
    /// The launch's.
    pub const LAUNCH: Self =
        Self { calls: ClaimCalls::None, claimed_tao: ClaimedTao::Uncounted, failed: FailedClaim::Skipped };

    /// Whether an account may claim of these subnets, each named once; those that do not exist are passed over.
    ///
    /// Source: `subtensor:pallets/subtensor/src/macros/dispatches.rs::claim_root` @ 6218ecc5c, 14bc6f9f9
    ///
    /// # Errors
    /// There are no claims, or no subnet or too many are named.
    pub fn may_claim(&self, dividends: RootDividends, subnets: &[Netuid]) -> Result<(), ClaimRefused> {
        match (self.calls, dividends) {
            (_, RootDividends::FundShares) => return Err(ClaimRefused::FundsOnly),
            (ClaimCalls::None, _) => return Err(ClaimRefused::NoClaims),
            (ClaimCalls::SwapOrKeep | ClaimCalls::KeepSubnets, RootDividends::Claimable) => {}
        }
        if subnets.is_empty() || subnets.len() > MAX_SUBNETS_CLAIMED {
            return Err(ClaimRefused::WrongNumberOfSubnets);
        }
        Ok(())
    }

    /// Whether an account may choose what its claims turn into.
    ///
    /// Source: `subtensor:pallets/subtensor/src/macros/dispatches.rs::set_root_claim_type` @ 6218ecc5c, 52378dc3e
    ///
    /// # Errors
    /// There is no such choice.
    pub fn may_choose(&self, dividends: RootDividends, choice: &ClaimType) -> Result<(), ClaimRefused> {
        if dividends == RootDividends::FundShares {
            return Err(ClaimRefused::FundsOnly);
        }
        match (self.calls, choice) {
            (ClaimCalls::None, _) => Err(ClaimRefused::NoClaims),
            (ClaimCalls::SwapOrKeep, ClaimType::KeepSubnets(_)) => Err(ClaimRefused::NotBySubnet),
            (_, ClaimType::KeepSubnets(kept)) if kept.is_empty() => Err(ClaimRefused::NoSubnetKept),
            (_, ClaimType::Swap | ClaimType::Keep | ClaimType::KeepSubnets(_)) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::era::Spec;
    use crate::rules::Rules;

    const CLAIMABLE: RootDividends = RootDividends::Claimable;

    fn at(spec: u16) -> ClaimRules {
        Rules::at(Spec::known(spec)).root_claims
    }

    #[test]
    fn one_to_five_subnets_are_claimed_of_in_a_call_from_spec_334_on() {
        let subnets: Vec<Netuid> = (1..=6).map(Netuid).collect();
        assert_eq!(at(333).may_claim(CLAIMABLE, &subnets[..1]), Err(ClaimRefused::NoClaims));
        for spec in [334, 361, 425, 440] {
            assert_eq!(at(spec).may_claim(CLAIMABLE, &[]), Err(ClaimRefused::WrongNumberOfSubnets));
            assert_eq!(at(spec).may_claim(CLAIMABLE, &subnets), Err(ClaimRefused::WrongNumberOfSubnets));
            assert_eq!(at(spec).may_claim(CLAIMABLE, &subnets[..5]), Ok(()));
        }
    }

    #[test]
    fn alpha_is_kept_everywhere_from_spec_334_and_by_subnet_from_361() {
        let (some, none) = (ClaimType::KeepSubnets([Netuid(3)].into()), ClaimType::KeepSubnets([].into()));
        assert_eq!(at(333).may_choose(CLAIMABLE, &ClaimType::Keep), Err(ClaimRefused::NoClaims));
        assert_eq!(at(334).may_choose(CLAIMABLE, &ClaimType::Keep), Ok(()));
        assert_eq!(at(360).may_choose(CLAIMABLE, &some), Err(ClaimRefused::NotBySubnet));
        assert_eq!(at(361).may_choose(CLAIMABLE, &some), Ok(()));
        assert_eq!(at(361).may_choose(CLAIMABLE, &none), Err(ClaimRefused::NoSubnetKept));
    }

    #[test]
    fn where_there_are_funds_no_subnet_is_claimed_of() {
        let funds = RootDividends::FundShares;
        assert_eq!(at(441).may_claim(funds, &[Netuid(1)]), Err(ClaimRefused::FundsOnly));
        assert_eq!(at(441).may_choose(funds, &ClaimType::Keep), Err(ClaimRefused::FundsOnly));
    }

    #[test]
    fn spec_411_counts_what_claims_bring_and_undoes_all_if_one_fails() {
        assert_eq!((at(410).claimed_tao, at(410).failed), (ClaimedTao::Uncounted, FailedClaim::Skipped));
        assert_eq!((at(411).claimed_tao, at(411).failed), (ClaimedTao::Counted, FailedClaim::AllUndone));
    }
}
