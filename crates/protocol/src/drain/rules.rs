//! What differs between drains, by revision.

use super::{AlphaDividends, ChildkeyRule, DrainTerms, Proportion, RootEarners};
use crate::fixed::Q32;
use crate::registration::{OwnerIncentive, WithheldIncentive};
use crate::root_claim::MAX_AUTO_CLAIMS;
use crate::settable::{self, settable};

/// From whose stake a child takes its part of dividends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ChildkeyTake {
    /// From all of the dividend, that on its own stake included (to spec 251).
    OfAll,
    /// From the part of each parent that another coldkey owns (spec 252 on).
    OfOthers,
}

settable! {
    /// How a drain is shared out, besides how much validators get of it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct DrainRules, written as DrainValues {
        /// From whose stake a child takes its part of dividends.
        childkey_take: ChildkeyTake = "rule";
        /// The part of dividends on stake that another coldkey lends which is burned (`CKBurn`, from spec 315 on); set by
        /// root.
        childkey_burn: u64 = "of 2^64 - 1";
        /// What becomes of the incentive of the subnet owner's own neurons.
        owner_incentive: OwnerIncentive = "rule";
        /// What a subnet does with incentive that it withholds (`RecycleOrBurn`).
        withheld_incentive: WithheldIncentive = "rule";
        /// Whose stake on root earns dividends.
        root_earners: RootEarners = "rule";
        /// For how many of those who stake on root the chain claims in a block, unasked (`NumRootClaim`).
        auto_claims: u64 = "accounts" in 0..=MAX_AUTO_CLAIMS;
    }
}

settable::values!(ChildkeyTake, OwnerIncentive, WithheldIncentive, RootEarners);

impl DrainRules {
    /// The launch's.
    pub const LAUNCH: Self = Self {
        childkey_take: ChildkeyTake::OfAll,
        childkey_burn: 0,
        owner_incentive: OwnerIncentive::Paid,
        withheld_incentive: WithheldIncentive::Burned,
        root_earners: RootEarners::AnyHotkey,
        auto_claims: 0,
    };

    /// What a drain goes by.
    #[must_use]
    pub const fn terms(&self, tao_weight: Q32, alpha_dividends: AlphaDividends) -> DrainTerms {
        let childkeys = match self.childkey_take {
            ChildkeyTake::OfAll => ChildkeyRule::TakeOfAll,
            ChildkeyTake::OfOthers => ChildkeyRule::TakeOfOthers { burn: Proportion(self.childkey_burn) },
        };
        DrainTerms { tao_weight, alpha_dividends, root_earners: self.root_earners, childkeys }
    }
}
