//! Subnets: entities in netuid order, spawned once, never removed, all of one archetype.

use bevy_ecs::prelude::*;
use dtao_protocol::coinbase::{Registrations, SubnetEmission};
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::{Mechanism, Reserves};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::account::AgentId;

/// A subnet's number.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subnet(pub Netuid);

/// The reserves. Only the ledger changes them.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool(pub(crate) Reserves);

impl Pool {
    /// The reserves.
    #[must_use]
    pub fn reserves(self) -> Reserves {
        self.0
    }
}

/// Alpha outside the pool (`SubnetAlphaOut`). Only the ledger changes it.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlphaOut(pub(crate) Alpha);

impl AlphaOut {
    /// The amount.
    #[must_use]
    pub fn alpha(self) -> Alpha {
        self.0
    }
}

/// The moving price.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovingPrice(pub(crate) Q32);

impl MovingPrice {
    /// The price, with the chain's 32 fractional bits.
    #[must_use]
    pub fn price(self) -> Q32 {
        self.0
    }
}

/// What waits for the subnet's next epoch.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// For miners and validators (`PendingEmission`).
    pub(crate) emission: Alpha,
    /// Already sold for stakers on root (`PendingAlphaSwapped`).
    pub(crate) swapped: Alpha,
    /// What it was sold for (`PendingRootDivs`).
    pub(crate) root_tao: Tao,
    /// The owner's cut (`PendingOwnerCut`).
    pub(crate) owner_cut: Alpha,
}

/// What the chain itself loses or pays twice, so that the books can be closed to the rao.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainDust {
    /// Alpha in `alpha_out` that nobody may claim: what cutting each part to whole rao leaves.
    pub(crate) unclaimed: Alpha,
    /// Alpha in `alpha_out` that nobody may claim: root's part, where the pool was too shallow to buy it.
    pub(crate) unsold: Alpha,
    /// Alpha that somebody may claim although `alpha_out` does not hold it: until spec 243 validators were
    /// paid the part that root had sold.
    pub(crate) unbacked: Alpha,
    /// Alpha in `alpha_out` that nobody may claim: what a detailed subnet's epochs gathered and did not pay.
    pub(crate) undistributed: Alpha,
    /// Alpha that came into being when such claims were sold beyond `alpha_out`, where the chain's
    /// subtraction saturates.
    pub(crate) minted: Alpha,
}

/// What the subnet received in this block's coinbase.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Emitted(pub SubnetEmission);

/// What changes rarely: schedule, ownership, settings.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// When it was registered.
    pub registered_at: Block,
    /// Blocks between epochs, less one.
    pub tempo: u16,
    /// The next block in which its epoch runs.
    pub(crate) next_epoch: Option<Block>,
    /// How its token is traded.
    pub mechanism: Mechanism,
    /// Which registrations of neurons it allows.
    pub registrations: Registrations,
    /// Who owns what its miners, validators and owner earn, the subnet being simulated in aggregate.
    pub holder: AgentId,
}

/// Where subnets are in the world, by netuid.
#[derive(Resource, Default)]
pub struct Subnets {
    /// By position: in netuid order.
    pub(crate) list: Vec<(Netuid, Entity)>,
}

impl Subnets {
    /// The subnet's entity, if it exists.
    #[must_use]
    pub fn entity(&self, netuid: Netuid) -> Option<Entity> {
        // Netuids are dense from 1 in most scenarios: try the obvious place first.
        let guess = usize::from(netuid.0).wrapping_sub(1);
        if let Some(&(found, entity)) = self.list.get(guess)
            && found == netuid
        {
            return Some(entity);
        }
        self.list.binary_search_by_key(&netuid, |&(n, _)| n).ok().map(|at| self.list[at].1)
    }

    /// All subnets, in netuid order.
    #[must_use]
    pub fn netuids(&self) -> impl ExactSizeIterator<Item = Netuid> + '_ {
        self.list.iter().map(|&(netuid, _)| netuid)
    }
}
