//! How a subnet's alpha emission is split between its owner, miners, validators and root.
//!
//! ```text
//! cut = A * owner_cut          rest = A - cut                     32 fractional bits throughout
//! root = rho * rest / 2        server = rest / 2                  validator = rest - server - root
//! ```
//! Each amount is rounded down to whole rao on its own; what that leaves is nobody's.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::{run_coinbase, emit_to_subnets} @ 6a76ecc0d, b179867c3,
//! 14bc6f9f9`

use crate::books::{Books, SubnetEmission, Switch};
use crate::coinbase::root_proportion;
use crate::emission_weights::{AlphaDivision, EmissionWeights, RootBaseline, part};
use crate::fixed::Q32;
use crate::injection::Subsidy;
use crate::rules::Rules;
use crate::rules::coinbase::{Gathering, RootPart};
use crate::units::{Alpha, Tao};

/// The parts of a subnet's alpha emission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// All of it, A.
    pub emitted: Alpha,
    /// The owner's.
    pub owner_cut: Alpha,
    /// The miners'; zero where they wait together with the validators'.
    pub server: Alpha,
    /// The validators', and where they wait together the miners'.
    pub validator: Alpha,
    /// Root's.
    pub root: Alpha,
    /// rho: which part of the validators' emission is root's.
    pub root_proportion: Q32,
}

/// Whether root's part may be claimed in a block: if the moving prices of all subnets sum to more than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootClaims {
    /// It may.
    Open,
    /// It may not.
    Shut,
}

/// What came of selling root's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sale {
    /// It is not sold in this era, or not for this subnet.
    NotOffered,
    /// The pool refused.
    Refused,
    /// This much entered the pool, for this TAO. The rest is the fee, or did not fit the price.
    Made(Alpha, Tao),
}

impl Split {
    /// The parts of `emitted` alpha of a subnet with this much alpha, after the block's injection.
    #[must_use]
    pub fn of(rules: &Rules, subnet: &Books, emitted: Alpha, root_weight: Q32, claims: RootClaims) -> Self {
        if rules.coinbase.alpha_division == AlphaDivision::EmissionWeights {
            return Self::by_weights(subnet, emitted, root_weight);
        }
        let whole = Q32::from_int(emitted.rao());
        let owner_cut = match subnet.settings.owner_cut {
            Switch::On => whole.mul(rules.owner_cut),
            Switch::Off => Q32::ZERO,
        };
        let rest = whole.saturating_sub(owner_cut);
        let root_proportion = root_proportion(root_weight, subnet.issuance());
        let root = match (rules.coinbase.root_part, claims) {
            (RootPart::ClaimableOrLeft, RootClaims::Shut) => Q32::ZERO,
            _ => root_proportion.mul(rest).mul(Q32::HALF),
        };
        let server = match rules.coinbase.gathering {
            Gathering::Together => Q32::ZERO,
            Gathering::Apart => rest.mul(Q32::HALF),
        };
        let validator = rest.saturating_sub(server).saturating_sub(root);
        let down = |amount: Q32| Alpha::from_rao(amount.floor());
        Self {
            emitted,
            owner_cut: down(owner_cut),
            server: down(server),
            validator: down(validator),
            root: down(root),
            root_proportion,
        }
    }

    /// The parts by the subnet's weights: root's baseline comes off the validators' slot. Each is rounded down.
    ///
    /// Source: the SDK `bittensor` 11.3.1rc73, `emission_weights.py`; the chain's own rounding is not known
    fn by_weights(subnet: &Books, emitted: Alpha, root_weight: Q32) -> Self {
        let EmissionWeights { owner, validator, miner, .. } = subnet.settings.weights;
        let baseline = RootBaseline::of_weighted(root_weight.floor(), subnet.issuance());
        let slot = baseline.split(validator);
        Self {
            emitted,
            owner_cut: part(emitted, owner),
            server: part(emitted, miner),
            validator: part(emitted, slot.alpha),
            root: part(emitted, slot.root),
            root_proportion: root_proportion(root_weight, subnet.issuance()),
        }
    }

    /// Enters the parts into a subnet's books.
    pub(super) fn book(
        self,
        rules: &Rules,
        subnet: &mut Books,
        sale: Sale,
        (subsidy, claims): (Subsidy, RootClaims),
    ) {
        let Books { alpha_out, pending, dust, .. } = subnet;
        let rule = rules.coinbase.root_part;
        pending.owner_cut += self.owner_cut;
        let parts = self.owner_cut + self.server + self.validator + self.root;
        dust.unclaimed += self.emitted - parts;
        match (rule, sale) {
            (RootPart::SoldWithFee | RootPart::SoldWithoutFee, Sale::Refused) => {
                dust.unsold += self.root + self.server + self.validator;
            }
            _ => match rules.coinbase.gathering {
                Gathering::Together => pending.emission += self.validator,
                Gathering::Apart => {
                    pending.set_apart();
                    pending.server += self.server;
                    pending.validator += self.validator;
                }
            },
        }
        match (rule, claims) {
            (
                RootPart::Sold
                | RootPart::SoldWithFee
                | RootPart::SoldWithoutFee
                | RootPart::SoldUnlessSubsidised,
                _,
            ) => self.book_sale(rule, subnet, sale),
            (RootPart::ClaimableUnlessSubsidised, _) if subsidy == Subsidy::Subsidised => {
                dust.unsold += self.root;
            }
            (RootPart::ClaimableOrRecycled, RootClaims::Shut) => {
                *alpha_out = alpha_out.saturating_sub(self.root);
            }
            (
                RootPart::ClaimableUnlessSubsidised
                | RootPart::ClaimableOrLeft
                | RootPart::ClaimableOrRecycled,
                _,
            ) => pending.root_alpha += self.root,
        }
        subnet.emitted = SubnetEmission {
            alpha_out: self.emitted,
            owner_cut: self.owner_cut,
            pending: self.server + self.validator,
            root_alpha: self.root,
            root_tao: if let Sale::Made(_, tao) = sale { Some(tao) } else { None },
            root_proportion: self.root_proportion,
            ..SubnetEmission::default()
        };
    }

    fn book_sale(self, rule: RootPart, subnet: &mut Books, sale: Sale) {
        let Books { alpha_out, pending, dust, .. } = subnet;
        match (rule, sale) {
            (_, Sale::Made(entered, tao)) => {
                *alpha_out = alpha_out.saturating_sub(entered);
                dust.unsold += self.root - entered;
                pending.root_tao += tao;
            }
            // Nothing of this block is booked but the owner's cut.
            (RootPart::SoldWithFee | RootPart::SoldWithoutFee, _) => return,
            _ => dust.unsold += self.root,
        }
        pending.swapped += self.root;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::books::Settings;
    use crate::emission_weights::ONE;
    use crate::era::Spec;
    use crate::pool::Reserves;
    use crate::units::{Block, Netuid, RAO};

    fn subnet(alpha: u64) -> Books {
        Books {
            pool: Reserves { tao: Tao::from_rao(alpha), alpha: Alpha::from_rao(alpha) },
            ..Books::new(Netuid(1), Settings::dynamic(Netuid(1), Block(0), 360, Block(1)))
        }
    }

    fn rules(spec: u16) -> Rules {
        Rules { owner_cut: Q32::ratio(1, 4), ..Rules::at(Spec::in_part(spec)) }
    }

    /// A quarter is the owner's; of the rest, rho / 2 = 1/4 is root's: 0.25, 0.1875, and 0.375 and 0.1875 of the others.
    #[test]
    fn one_emission_by_hand() {
        let split = |spec, claims| {
            let subnet = subnet(1_000 * RAO);
            Split::of(&rules(spec), &subnet, Alpha::from_rao(RAO), Q32::from_int(1_000 * RAO), claims)
        };
        let parts =
            |split: Split| [split.owner_cut, split.server, split.validator, split.root].map(Alpha::rao);
        assert_eq!(parts(split(343, RootClaims::Shut)), [250_000_000, 375_000_000, 187_500_000, 187_500_000]);
        assert_eq!(parts(split(342, RootClaims::Open)), [250_000_000, 0, 562_500_000, 187_500_000]);
        assert_eq!(parts(split(342, RootClaims::Shut)), [250_000_000, 0, 750_000_000, 0]);
    }

    #[test]
    fn the_default_weights_give_what_the_cut_gave_and_an_owner_who_lowers_the_validators_slot_leaves_root_its_own()
     {
        let root_weight = Q32::from_int(1_000 * RAO);
        let split = |spec, weights| {
            let mut subnet = subnet(3_000 * RAO);
            subnet.settings.weights = weights;
            Split::of(
                &Rules::at(Spec::in_part(spec)),
                &subnet,
                Alpha::from_rao(RAO),
                root_weight,
                RootClaims::Open,
            )
        };
        let parts =
            |split: Split| [split.owner_cut, split.server, split.validator, split.root].map(Alpha::rao);
        let usual = EmissionWeights::default();
        for (before, now) in parts(split(479, usual)).into_iter().zip(parts(split(481, usual))) {
            assert!(before.abs_diff(now) <= 1, "{before} {now}");
        }
        // A fifth for validators and root, of which root has a quarter of 41 %.
        let (owner, validator) = (0, ONE / 5);
        let [owner, miners, validators, root] =
            parts(split(481, EmissionWeights { owner, validator, miner: ONE - validator, ..usual }));
        assert_eq!((owner, miners), (0, 799_999_999 + 1));
        assert!(
            root.abs_diff(102_500_000) < 1_000 && validators.abs_diff(97_500_000) < 1_000,
            "{root} {validators}"
        );
    }

    #[test]
    fn an_owner_whose_cut_is_off_has_none() {
        let mut subnet = subnet(RAO);
        subnet.settings.owner_cut = Switch::Off;
        let split = Split::of(&rules(425), &subnet, Alpha::from_rao(RAO), Q32::ZERO, RootClaims::Open);
        assert_eq!((split.owner_cut, split.server), (Alpha::ZERO, Alpha::from_rao(RAO / 2)));
    }

    proptest! {
        #[test]
        fn the_parts_are_the_emission_but_for_three_rao(
            emitted in 0..=RAO,
            alpha in 0..10_000_000 * RAO,
            root in 0..10_000_000 * RAO,
            open: bool,
        ) {
            let claims = if open { RootClaims::Open } else { RootClaims::Shut };
            for spec in [283, 298, 334, 342, 343, 425, 440, 481] {
                let split = Split::of(
                    &Rules::at(Spec::in_part(spec)),
                    &subnet(alpha),
                    Alpha::from_rao(emitted),
                    Q32::from_int(root),
                    claims,
                );
                let parts = split.owner_cut + split.server + split.validator + split.root;
                prop_assert!(parts.rao() <= emitted && emitted - parts.rao() <= 3);
            }
        }
    }
}
