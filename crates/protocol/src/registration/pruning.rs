//! Which neuron makes room for a new one in a full subnet.

use crate::units::Block;
use crate::yuma::Uid;

/// Which neurons never make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Spared {
    /// All that the subnet's owner owns (spec 234).
    OwnersNeurons,
    /// The owner's hotkey alone (spec 238 on).
    OwnersHotkey,
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

/// A neuron that may have to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its place.
    pub uid: Uid,
    /// Its share of what the last epoch emitted, upscaled so that the largest is 65,535; 65,535 since it registered, if
    /// it replaced another and no epoch has run.
    pub score: u16,
    /// When it registered.
    pub registered: Block,
    /// Its relation to the owner.
    pub standing: Standing,
}

/// The neuron that makes room: the lowest score among those past their immunity, else among the immune; of equals the
/// earliest registration, then the lowest UID. None if all are spared.
///
/// Source: `subtensor:pallets/subtensor/src/subnets/registration.rs::get_neuron_to_prune` @ f95810a25, f9254ea63
pub fn to_prune(
    candidates: impl Iterator<Item = Candidate>,
    spared: Spared,
    immunity_period: u64,
    now: Block,
) -> Option<Uid> {
    candidates
        .filter(|candidate| match (candidate.standing, spared) {
            (Standing::OwnersHotkey, _) | (Standing::OwnersOther, Spared::OwnersNeurons) => false,
            (Standing::OwnersOther, Spared::OwnersHotkey) | (Standing::Others, _) => true,
        })
        .min_by_key(|&Candidate { uid, score, registered, .. }| {
            (now.since(registered) < immunity_period, score, registered, uid)
        })
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
}
