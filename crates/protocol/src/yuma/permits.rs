//! Who may validate: the neurons with the most stake.

use super::fixed::I32F32;
use super::{EpochRules, Neurons, OwnersNeuron, Permit, PermitRule};

/// Whether each value is among the `k` largest; of equal values the later ones come first.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::is_topk @ f95810a25`
pub(crate) fn top_k(values: &[I32F32], k: usize) -> Vec<Permit> {
    let mut order = Vec::new();
    let mut permits = vec![Permit::Granted; values.len()];
    withhold_all_but(values, k, &mut order, &mut permits);
    permits
}

/// The permits that follow from an epoch's normalised stake.
pub(super) fn grant(
    rules: &EpochRules,
    neurons: &Neurons,
    stake: &[I32F32],
    k: usize,
    order: &mut Vec<(I32F32, u16)>,
    permits: &mut Vec<Permit>,
) {
    permits.clear();
    permits.extend(stake.iter().map(|&s| match rules.permits {
        PermitRule::LargestStaked if s == I32F32::ZERO => Permit::Withheld,
        PermitRule::Largest | PermitRule::LargestStaked => Permit::Granted,
    }));
    withhold_all_but(stake, k, order, permits);
    if let Some(owner) = neurons.owner
        && rules.owners_neuron == OwnersNeuron::Validates
    {
        permits[owner.index()] = Permit::Granted;
    }
}

fn withhold_all_but(values: &[I32F32], k: usize, order: &mut Vec<(I32F32, u16)>, permits: &mut [Permit]) {
    let losers = values.len().saturating_sub(k);
    if losers == 0 {
        return;
    }
    order.clear();
    order.extend(values.iter().zip(0..).map(|(&value, uid)| (value, uid)));
    let (below, &mut last, _) = order.select_nth_unstable(losers - 1);
    for &(_, uid) in below.iter().chain([&last]) {
        permits[usize::from(uid)] = Permit::Withheld;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_stakes_the_higher_uids_get_the_permits() {
        let stake = [2, 1, 1, 1].map(I32F32::from_int);
        let (granted, withheld) = (Permit::Granted, Permit::Withheld);
        assert_eq!(top_k(&stake, 2), [granted, withheld, withheld, granted]);
        assert_eq!(top_k(&stake, 0), [withheld; 4]);
        assert_eq!(top_k(&stake, 9), [granted; 4]);
    }

    #[test]
    fn only_the_rule_of_spec_425_asks_for_stake_and_favours_the_owner() {
        let neurons = Neurons {
            by_uid: vec![super::super::Neuron::default(); 3],
            owner: Some(super::super::Uid(0)),
            ..Neurons::default()
        };
        let stake = [0, 0, 1].map(I32F32::from_int);
        let mut permits = Vec::new();
        grant(&EpochRules::spec_425(), &neurons, &stake, 64, &mut Vec::new(), &mut permits);
        assert_eq!(permits, [Permit::Granted, Permit::Withheld, Permit::Granted]);
        grant(&EpochRules::launch(), &neurons, &stake, 2, &mut Vec::new(), &mut permits);
        assert_eq!(permits, [Permit::Withheld, Permit::Granted, Permit::Granted]);
    }
}
