//! What a subnet's epoch pays before dynamic TAO, in TAO.

use crate::fixed::Q32;
use crate::units::Tao;

/// What an aggregate subnet's epoch pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NominalPayout {
    /// The owner's cut, as free TAO.
    pub owner: Tao,
    /// The miners' half of the rest.
    pub miners: Tao,
    /// Each validator's part of the other half, its take included, in the order of the stakes.
    pub validators: Vec<Tao>,
}

/// The owner's cut of what a subnet has gathered, cut below the rao: the subnet gains.
///
/// `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::run_coinbase @ 8f39a5832`
#[must_use]
pub fn owner_cut(pending: Tao, cut: Q32) -> Tao {
    Tao::from_rao(cut.mul(Q32::from_int(pending.rao())).floor())
}

/// Shares out what an aggregate subnet has gathered, as its epoch would if all validators agreed.
///
/// ```text
/// owner       = floor(pending * cut)
/// miners      = floor((pending - owner) / 2)
/// validator v = floor((pending - owner - miners) * stake_v / sum of stakes)
/// ```
/// An odd rao is the validators'; what the last cut leaves, less than a rao a validator, is nobody's, and so is
/// the validators' half if nobody has stake.
#[must_use]
pub fn nominal(pending: Tao, cut: Q32, stakes: &[Tao]) -> NominalPayout {
    let owner = owner_cut(pending, cut);
    let rest = pending - owner;
    let miners = Tao::from_rao(rest.rao() / 2);
    let dividends = u128::from((rest - miners).rao());
    let total: u128 = stakes.iter().map(|stake| u128::from(stake.rao())).sum();
    let part = |stake: &Tao| (dividends * u128::from(stake.rao())).checked_div(total).unwrap_or(0);
    let validators = stakes
        .iter()
        .map(|stake| Tao::from_rao(u64::try_from(part(stake)).expect("a part is at most the whole")))
        .collect();
    NominalPayout { owner, miners, validators }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_epoch_by_hand() {
        let payout = nominal(Tao::from_rao(1_001), Q32::ratio(1, 4), &[Tao::from_rao(2), Tao::from_rao(1)]);
        // 250 to the owner; 751 in halves of 375 and 376; 250 2/3 and 125 1/3 to the validators.
        assert_eq!((payout.owner.rao(), payout.miners.rao()), (250, 375));
        assert_eq!(payout.validators, [Tao::from_rao(250), Tao::from_rao(125)]);
    }

    proptest! {
        #[test]
        fn no_more_is_paid_than_was_gathered_and_less_than_a_rao_a_validator_is_lost(
            pending in 0..400_000_000_000u64,
            stakes in prop::collection::vec(1..1u64 << 52, 1..70),
        ) {
            let stakes: Vec<_> = stakes.into_iter().map(Tao::from_rao).collect();
            let payout = nominal(Tao::from_rao(pending), Q32::ratio(11_796, 65_535), &stakes);
            let paid = (payout.owner + payout.miners + payout.validators.iter().copied().sum()).rao();
            prop_assert!(paid <= pending && pending - paid < stakes.len() as u64);
        }
    }
}
