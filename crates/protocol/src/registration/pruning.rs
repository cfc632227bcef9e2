//! Which neuron makes room for a new one in a full subnet.

use super::owners_neurons::{OwnersNeuron, OwnersOrder, Standing, immune_of_owner};
use crate::units::Block;
use crate::yuma::Uid;

/// Neurons past their immunity that a full subnet keeps, from spec 397 on, before it prunes immune ones
/// (`MinNonImmuneUids`).
pub const MIN_NON_IMMUNE: u16 = 10;

/// Which neurons never make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Spared {
    /// All that the subnet's owner owns (spec 234).
    OwnersNeurons,
    /// The owner's hotkey alone (spec 238 on).
    OwnersHotkey,
    /// Some of those that the owner owns, the owner's hotkey among them (spec 320 on).
    OwnersImmune {
        /// How many at most (`ImmuneOwnerUidsLimit`).
        limit: u16,
        /// Which come first.
        order: OwnersOrder,
    },
}

/// A neuron that may have to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<Score = u16> {
    /// Its place.
    pub uid: Uid,
    /// To spec 396 its share of what the last epoch emitted, upscaled so that the largest is 65,535; 65,535 since it
    /// registered, if it replaced another and no epoch has run. From spec 397 on what the last epoch gave it, in rao.
    pub score: Score,
    /// When it registered.
    pub registered: Block,
    /// Its relation to the owner.
    pub standing: Standing,
}

/// The neuron that makes room: the lowest score among those past their immunity, else among the immune; of equals the
/// earliest registration, then the lowest UID. None if all are spared.
///
/// Source: `subtensor:pallets/subtensor/src/subnets/registration.rs::get_neuron_to_prune` @ f95810a25, f9254ea63
pub fn to_prune<Score: Copy + Ord>(
    candidates: impl Iterator<Item = Candidate<Score>>,
    spared: Spared,
    immunity_period: u64,
    now: Block,
) -> Option<Uid> {
    to_prune_keeping(candidates, spared, immunity_period, 0, now)
}

/// [`to_prune`], where those past their immunity make room only if there are more than `kept` of them, and otherwise an
/// immune one does. None if all are spared, or none is immune where one has to be.
///
/// Source: `subtensor:pallets/subtensor/src/subnets/registration.rs::get_neuron_to_prune` @ 14bc6f9f9
pub fn to_prune_keeping<Score: Copy + Ord>(
    candidates: impl Iterator<Item = Candidate<Score>>,
    spared: Spared,
    immunity_period: u64,
    kept: usize,
    now: Block,
) -> Option<Uid> {
    let mut candidates: Vec<Candidate<Score>> = candidates.collect();
    let immune_of_owner = match spared {
        Spared::OwnersImmune { limit, order } => {
            let neurons = candidates.iter().map(|&Candidate { uid, registered, standing, .. }| {
                OwnersNeuron { uid, registered, standing }
            });
            immune_of_owner(neurons, order, limit)
        }
        Spared::OwnersNeurons | Spared::OwnersHotkey => Vec::new(),
    };
    candidates.retain(|candidate| match (candidate.standing, spared) {
        (_, Spared::OwnersImmune { .. }) => !immune_of_owner.contains(&candidate.uid),
        (Standing::OwnersHotkey, _) | (Standing::OwnersOther, Spared::OwnersNeurons) => false,
        (Standing::OwnersOther, Spared::OwnersHotkey) | (Standing::Others, _) => true,
    });
    let is_immune = |candidate: &Candidate<Score>| now.since(candidate.registered) < immunity_period;
    let free = candidates.iter().filter(|candidate| !is_immune(candidate)).count();
    let from_free = free > kept;
    candidates
        .into_iter()
        .filter(|candidate| is_immune(candidate) != from_free)
        .min_by_key(|&Candidate { uid, score, registered, .. }| (score, registered, uid))
        .map(|candidate| candidate.uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By UID: score, registration, standing; in block 1,000 with 100 blocks of immunity.
    fn worst(spared: Spared, neurons: &[(u16, u64, Standing)]) -> Option<u16> {
        let candidates = neurons.iter().zip(0..).map(|(&(score, registered, standing), uid)| Candidate {
            uid: Uid(uid),
            score,
            registered: Block(registered),
            standing,
        });
        to_prune(candidates, spared, 100, Block(1_000)).map(|uid| uid.0)
    }

    #[test]
    fn the_lowest_score_makes_room_the_immune_last_the_earliest_first() {
        use Standing::Others;
        let hotkey = Spared::OwnersHotkey;
        assert_eq!(worst(hotkey, &[(9, 1, Others), (0, 901, Others), (5, 900, Others)]), Some(2));
        assert_eq!(worst(hotkey, &[(9, 902, Others), (3, 950, Others)]), Some(1));
        assert_eq!(worst(hotkey, &[(3, 8, Others), (3, 7, Others), (3, 7, Others)]), Some(1));
    }

    #[test]
    fn until_spec_238_all_neurons_of_the_owner_are_spared() {
        use Standing::{Others, OwnersHotkey, OwnersOther};
        let neurons = [(0, 1, OwnersHotkey), (1, 2, OwnersOther), (9, 3, Others)];
        assert_eq!(worst(Spared::OwnersNeurons, &neurons), Some(2));
        assert_eq!(worst(Spared::OwnersHotkey, &neurons), Some(1));
        assert_eq!(worst(Spared::OwnersNeurons, &neurons[..2]), None);
        assert_eq!(worst(Spared::OwnersHotkey, &neurons[..1]), None);
    }

    #[test]
    fn so_many_past_their_immunity_are_kept() {
        let neuron = |(uid, &(score, registered)): (u16, &(u64, u64))| Candidate {
            uid: Uid(uid),
            score,
            registered: Block(registered),
            standing: Standing::Others,
        };
        let worst = |kept, neurons: &[(u64, u64)]| {
            let candidates = (0..).zip(neurons).map(neuron);
            to_prune_keeping(candidates, Spared::OwnersHotkey, 100, kept, Block(1_000)).map(|uid| uid.0)
        };
        let neurons = [(1, 1), (2, 2), (9, 950), (8, 960)];
        assert_eq!([worst(0, &neurons), worst(1, &neurons), worst(2, &neurons)], [Some(0), Some(0), Some(3)]);
        assert_eq!(worst(2, &neurons[..2]), None);
    }

    #[test]
    fn from_spec_320_some_of_the_owners_neurons_are_spared() {
        use Standing::{Others, OwnersHotkey, OwnersOther};
        let neurons = [(0, 4, OwnersOther), (1, 3, OwnersHotkey), (2, 2, OwnersOther), (9, 3, Others)];
        let spared = |limit, order| worst(Spared::OwnersImmune { limit, order }, &neurons);
        assert_eq!(spared(1, OwnersOrder::EarliestFirst), Some(0));
        assert_eq!(spared(2, OwnersOrder::LatestFirst), Some(2));
        assert_eq!(spared(3, OwnersOrder::EarliestFirst), Some(3));
    }
}
