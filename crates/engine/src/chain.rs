//! The chain's own state, subnets and stakes aside: rules, issuance, root, and what is nobody's.
//!
//! Only the ledger writes to it.

use bevy_ecs::prelude::*;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q64;
use dtao_protocol::registration::LastLock;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Tao};

use crate::call::Fees;

/// The rules in force, and the runtime they come from.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Law {
    /// The runtime.
    pub spec: Spec,
    /// Its rules, with what root has set.
    pub rules: Rules,
}

/// All TAO that exists (`TotalIssuance`), on which the halvings depend.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issuance(pub(crate) Tao);

impl Issuance {
    /// The amount.
    #[must_use]
    pub fn tao(self) -> Tao {
        self.0
    }
}

/// What the last block's coinbase shared, and by which bar.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockEmission {
    /// TAO that was shared among subnets, by the issuance before it. Under root voting it is what root's last epoch shared,
    /// for every block until the next.
    pub(crate) tao: Tao,
    /// The bar of the emission's gate, which stands for 360 blocks.
    pub(crate) gate_bar: Q64,
}

impl BlockEmission {
    /// The amount; zero before the first block.
    #[must_use]
    pub fn tao(self) -> Tao {
        self.tao
    }
}

/// The root network's own account of what is staked on it.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Root {
    /// `SubnetTAO` of netuid 0. Dividends paid as root stake are not added to it before spec 283, so it is
    /// less than what stakers may claim.
    pub(crate) tao: Tao,
    /// Fees paid on root, which nobody may claim.
    pub(crate) fees: Tao,
    /// Dividends that an epoch paid to nobody, by cutting to whole rao or for want of stake on root.
    pub(crate) undistributed: Tao,
}

impl Root {
    /// `SubnetTAO` of netuid 0: the TAO that root's weight is computed from.
    #[must_use]
    pub fn tao(self) -> Tao {
        self.tao
    }
}

/// The last registration of a subnet.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastRegistration(pub LastLock);

/// What an account has earned from emission: alpha at the spot price when it was credited, and TAO.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earned(pub(crate) Tao);

impl Earned {
    /// The TAO value.
    #[must_use]
    pub fn tao(self) -> Tao {
        self.0
    }
}

/// TAO that the chain loses, or creates without counting it, so that the books can be closed to the rao.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaoDust {
    /// TAO that exists by the chain's count and is nobody's: of moves that were too small to be staked again, of trades
    /// and registrations that a pool was too shallow for, and of payments too small to open an account.
    pub(crate) lost: Tao,
    /// TAO in new pools beyond what was paid for them, and what owners of subnets that made room were paid back of their
    /// locks.
    pub(crate) uncounted: Tao,
    /// TAO that the chain's own buys have put into pools and that issuance does not count (spec 298 to 341).
    pub(crate) chain_buys: Tao,
    /// TAO that the issuance counts and nobody has: minted for stake on root that root's own account had not counted, although
    /// there was TAO for it.
    pub(crate) doubled: Tao,
    /// TAO that was issued for chain buys which failed: in no pool, and nobody's (spec 342 to 425).
    pub(crate) stranded: Tao,
}

/// Fees that swaps have paid to pools, besides the flat one, which stays in the pool.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolFees {
    /// TAO that exists by the chain's count and is in no reserve: fees of buys that are only counted for the pool, and those
    /// of registrations.
    pub(crate) tao: Tao,
    /// Alpha of all subnets that is nobody's: fees of sales that are only counted.
    pub(crate) alpha: Alpha,
    /// TAO that the authors of blocks have been paid: an account of their own, from which nothing is spent.
    pub(crate) author: Tao,
    /// TAO of the flat fees, which is back in the reserves.
    pub(crate) flat: Tao,
}

impl PoolFees {
    /// What has been paid since `before`.
    pub(crate) fn since(self, before: Self) -> Fees {
        Fees {
            tao: self.tao - before.tao,
            alpha: self.alpha - before.alpha,
            author: self.author - before.author,
            flat: self.flat - before.flat,
        }
    }

    /// TAO that the authors of blocks have been paid.
    #[must_use]
    pub fn author(self) -> Tao {
        self.author
    }
}
