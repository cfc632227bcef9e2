//! Null consensus (spec 474 on): one validator's raw weights decide, and dividends go by stake.
//!
//! The only permit is the largest stake's. Its row, as it was set, shares out the miners' part; dividends go to all neurons
//! by stake, with or without a permit and whether they are active or not. Both come out to the rao. Bonds stay as they are.
//!
//! Source: of spec 475, in RaoFoundation/subtensor

use crate::apportion::apportion;
use crate::units::Alpha;
use crate::yuma::Uid;

/// What an epoch shares out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NullBudget {
    /// For miners.
    pub server: Alpha,
    /// For validators.
    pub validator: Alpha,
}

impl NullBudget {
    /// The halves of an amount that is not kept apart; the odd rao is miners'.
    #[must_use]
    pub fn halves(emission: Alpha) -> Self {
        let validator = Alpha::from_rao(emission.rao() / 2);
        Self { server: emission - validator, validator }
    }
}

/// What each neuron gets, by UID.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NullPayout {
    /// The neuron that holds the permit, if one has stake.
    pub permit: Option<Uid>,
    /// Incentives.
    pub server: Vec<Alpha>,
    /// Dividends.
    pub validator: Vec<Alpha>,
}

/// The neuron with the largest stake, of equals the lowest UID; none without stake.
#[must_use]
pub fn null_permit(stakes: &[u64]) -> Option<Uid> {
    let staked = (0..).map(Uid).zip(stakes).filter(|&(_, &stake)| stake > 0);
    staked.min_by_key(|&(uid, &stake)| (std::cmp::Reverse(stake), uid)).map(|(uid, _)| uid)
}

/// Shares out an epoch by the stakes and the raw weights of the neuron that holds the permit.
///
/// `row` are that neuron's weights if they are in date; without any, all neurons mine alike. Without stake all of the budget
/// is shared by all neurons alike, as incentive.
#[must_use]
pub fn null_epoch(
    stakes: &[u64],
    row: impl FnOnce(Uid) -> Vec<(Uid, u16)>,
    budget: NullBudget,
) -> NullPayout {
    let amounts = |amount: Alpha, parts: &[u64]| {
        apportion(amount.rao(), parts).into_iter().map(Alpha::from_rao).collect::<Vec<_>>()
    };
    let alike = vec![1; stakes.len()];
    let Some(permit) = null_permit(stakes) else {
        return NullPayout {
            permit: None,
            server: amounts(budget.server + budget.validator, &alike),
            validator: vec![Alpha::ZERO; stakes.len()],
        };
    };
    let mut weights = vec![0; stakes.len()];
    for (uid, weight) in row(permit) {
        if let Some(sum) = weights.get_mut(uid.index()) {
            *sum += u64::from(weight);
        }
    }
    let miners = if weights.iter().all(|&weight| weight == 0) { &alike } else { &weights };
    NullPayout {
        permit: Some(permit),
        server: amounts(budget.server, miners),
        validator: amounts(budget.validator, stakes),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rao(amounts: &[Alpha]) -> Vec<u64> {
        amounts.iter().map(|alpha| alpha.rao()).collect()
    }

    #[test]
    fn the_largest_stakes_row_decides_alone() {
        let budget = NullBudget::halves(Alpha::from_rao(101));
        assert_eq!((budget.server.rao(), budget.validator.rao()), (51, 50));
        let epoch = null_epoch(
            &[3, 3, 4, 0],
            |uid| if uid == Uid(2) { vec![(Uid(0), 2), (Uid(9), 5)] } else { vec![] },
            budget,
        );
        assert_eq!((epoch.permit, rao(&epoch.server)), (Some(Uid(2)), vec![51, 0, 0, 0]));
        assert_eq!(rao(&epoch.validator), [15, 15, 20, 0]);
    }

    #[test]
    fn ties_go_to_the_lowest_uid_and_without_stake_all_mine_alike() {
        assert_eq!((null_permit(&[1, 5, 5]), null_permit(&[0, 0])), (Some(Uid(1)), None));
        let epoch = null_epoch(&[0, 0], |_| unreachable!(), NullBudget::halves(Alpha::from_rao(7)));
        assert_eq!((rao(&epoch.server), rao(&epoch.validator)), (vec![4, 3], vec![0, 0]));
    }

    proptest! {
        #[test]
        fn the_budget_is_paid_to_the_last_rao(
            stakes in prop::collection::vec(0..1u64 << 50, 1..20), weights in prop::collection::vec((0..25u16, any::<u16>()), 0..9),
            server in 0..1u64 << 60, validator in 0..1u64 << 60,
        ) {
            let budget = NullBudget { server: Alpha::from_rao(server), validator: Alpha::from_rao(validator) };
            let row = weights.into_iter().map(|(uid, weight)| (Uid(uid), weight)).collect();
            let epoch = null_epoch(&stakes, |_| row, budget);
            let sum = |amounts: &[Alpha]| amounts.iter().map(|alpha| alpha.rao()).sum::<u64>();
            prop_assert_eq!(sum(&epoch.server) + sum(&epoch.validator), server + validator);
            prop_assert!(epoch.permit.is_none() || sum(&epoch.server) == server);
        }
    }
}
