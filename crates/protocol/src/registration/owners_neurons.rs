//! Which of a subnet owner's neurons are immune, and whose incentive is withheld.

use crate::units::Block;
use crate::yuma::Uid;

/// Which of the owner's neurons come first where only some are spared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum OwnersOrder {
    /// Those that registered last (specs 306 to 325).
    LatestFirst,
    /// Those that registered first (spec 326 on).
    EarliestFirst,
}

/// A neuron's relation to the subnet's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the hotkey that gets the owner's cut.
    OwnersHotkey,
    /// It is another hotkey of the owner's.
    OwnersOther,
    /// It is somebody else's.
    Others,
}

/// A registered hotkey of the subnet owner's coldkey, or the hotkey that gets the owner's cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnersNeuron {
    /// Its place.
    pub uid: Uid,
    /// When it registered.
    pub registered: Block,
    /// Whether it gets the owner's cut.
    pub standing: Standing,
}

/// The neurons of the owner that are immune, at most `limit`: that which gets the owner's cut, then the others in order;
/// of equals the lowest UID first.
///
/// Source: `subtensor:pallets/subtensor/src/subnets/registration.rs::get_immune_owner_tuples` @ 835a2c902, 14bc6f9f9
#[must_use]
pub fn immune_of_owner(
    neurons: impl IntoIterator<Item = OwnersNeuron>,
    order: OwnersOrder,
    limit: u16,
) -> Vec<Uid> {
    let owners = neurons.into_iter().filter(|neuron| neuron.standing != Standing::Others);
    let mut owners: Vec<OwnersNeuron> = owners.collect();
    owners.sort_by(|a, b| match order {
        OwnersOrder::LatestFirst => (b.registered, a.uid).cmp(&(a.registered, b.uid)),
        OwnersOrder::EarliestFirst => (a.registered, a.uid).cmp(&(b.registered, b.uid)),
    });
    let others = |neuron: &&OwnersNeuron| neuron.standing == Standing::OwnersOther;
    let mut immune: Vec<Uid> = owners.iter().take(limit.into()).map(|neuron| neuron.uid).collect();
    if let Some(hotkey) = owners.iter().find(|neuron| !others(neuron))
        && !immune.contains(&hotkey.uid)
    {
        immune.insert(0, hotkey.uid);
        immune.truncate(limit.into());
    }
    immune
}

/// What becomes of the incentive of the subnet owner's own neurons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum OwnerIncentive {
    /// It is paid (to spec 251).
    Paid,
    /// That of the hotkey which gets the owner's cut is nobody's (specs 252 to 305).
    HotkeySkipped,
    /// That of the owner's immune neurons is nobody's (specs 306 to 319).
    ImmuneSkipped {
        /// How many are immune (`ImmuneOwnerUidsLimit`).
        limit: u16,
    },
    /// That of all the owner's neurons is burned or recycled, as the subnet has chosen (spec 320 on).
    Withheld,
}

impl OwnerIncentive {
    /// The neurons whose incentive is not paid.
    ///
    /// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::distribute_dividends_and_incentives` @ b61dd3020,
    /// 737e4acb1, 835a2c902
    #[must_use]
    pub fn unpaid(self, neurons: impl IntoIterator<Item = OwnersNeuron>) -> Vec<Uid> {
        let neurons = neurons.into_iter();
        let uids = |standing: fn(Standing) -> bool| {
            move |neuron: OwnersNeuron| standing(neuron.standing).then_some(neuron.uid)
        };
        match self {
            Self::Paid => Vec::new(),
            Self::HotkeySkipped => {
                neurons.filter_map(uids(|standing| standing == Standing::OwnersHotkey)).collect()
            }
            Self::ImmuneSkipped { limit } => immune_of_owner(neurons, OwnersOrder::LatestFirst, limit),
            Self::Withheld => neurons.filter_map(uids(|standing| standing != Standing::Others)).collect(),
        }
    }
}

/// What a subnet does with incentive that it withholds from its owner (`RecycleOrBurn`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum WithheldIncentive {
    /// It stays counted as outstanding, and nobody has it.
    #[default]
    Burned,
    /// It is taken back out of what is outstanding.
    Recycled,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By UID: an owner's neuron that registered in block 30, the owner's hotkey (20), another of the owner's (10), a
    /// stranger (5), another of the owner's (30).
    fn neurons() -> Vec<OwnersNeuron> {
        use Standing::{Others, OwnersHotkey, OwnersOther};
        let of = [(30, OwnersOther), (20, OwnersHotkey), (10, OwnersOther), (5, Others), (30, OwnersOther)];
        let neuron = |(uid, (registered, standing))| OwnersNeuron {
            uid: Uid(uid),
            registered: Block(registered),
            standing,
        };
        (0..).zip(of).map(neuron).collect()
    }

    fn uids(uids: &[Uid]) -> Vec<u16> {
        uids.iter().map(|uid| uid.0).collect()
    }

    #[test]
    fn the_owners_hotkey_is_always_among_the_immune() {
        use OwnersOrder::{EarliestFirst, LatestFirst};
        let immune = |order, limit| uids(&immune_of_owner(neurons(), order, limit));
        assert_eq!([immune(LatestFirst, 1), immune(EarliestFirst, 1)], [[1], [1]]);
        assert_eq!([immune(LatestFirst, 2), immune(EarliestFirst, 2)], [[1, 0], [2, 1]]);
        assert_eq!([immune(LatestFirst, 9), immune(EarliestFirst, 9)], [[0, 4, 1, 2], [2, 1, 0, 4]]);
        assert!(immune(EarliestFirst, 0).is_empty());
    }

    #[test]
    fn each_revision_withholds_from_more_neurons() {
        let unpaid = |rule: OwnerIncentive| uids(&rule.unpaid(neurons()));
        assert!(unpaid(OwnerIncentive::Paid).is_empty());
        assert_eq!(unpaid(OwnerIncentive::HotkeySkipped), [1]);
        assert_eq!(unpaid(OwnerIncentive::ImmuneSkipped { limit: 2 }), [1, 0]);
        assert_eq!(unpaid(OwnerIncentive::Withheld), [0, 1, 2, 4]);
    }
}
