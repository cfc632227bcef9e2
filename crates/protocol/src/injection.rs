//! What of a subnet's share of a block's TAO enters its pool, with how much alpha, and what is over.
//!
//! ```text
//! e the share, p the price, A the alpha emission, E the block's TAO       32 fractional bits throughout
//!
//! to 297        tao_in = e             alpha_in = min(e / p, A)           A without a price
//! 298 to 341    if p < e / E the subnet is subsidised:
//!               tao_in = p E           alpha_in = A, from 320 E
//!               else tao_in = e        alpha_in = e / p, without a cap    A without a price
//! from 342      alpha_in = min(e / p, cap),   tao_in = e, or cap p where capped
//! ```
//! What is over, `e - tao_in`, is spent on the subnet's alpha ([`crate::rules::coinbase::Surplus`]).
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::{run_coinbase, get_subnet_terms} @ 6309d3592, 835a2c902,
//! 6a76ecc0d, 8834a7c73, 6016381e4`

use serde::{Deserialize, Serialize};

use crate::fixed::Q32;
use crate::units::{Alpha, Tao};

/// How much of a subnet's TAO enters its pool, and with how much alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InjectionRule {
    /// To spec 297: all TAO, with alpha at the price but no more than the subnet's emission.
    AllTao,
    /// Spec 298 to 319: where the price is below the subnet's share of the emission, TAO at that price with the subnet's
    /// whole alpha emission.
    SubsidisedWithOwnAlpha,
    /// Spec 320 to 341: the same with as much alpha as the block emits of TAO.
    SubsidisedWithBlockAlpha,
    /// Spec 342 to 361: alpha up to the subnet's emission, and TAO for it at the price.
    UpToOwnAlpha,
    /// Spec 362 to 420: alpha up to the lesser of the subnet's emission and the block's TAO.
    UpToLesser,
    /// Spec 421 on: alpha up to root's proportion of the subnet's emission.
    UpToRootProportion,
}

/// Whether a subnet is given more TAO than its price is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subsidy {
    /// Its price is below its share of the emission. From spec 342 on nothing is called so.
    Subsidised,
    /// It pays for itself.
    None,
}

/// What a subnet is offered in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The subnet's share of the block's TAO, e, in rao.
    pub share: Q32,
    /// The block's TAO, E.
    pub block: Tao,
    /// The subnet's alpha emission, A.
    pub alpha_emission: Alpha,
    /// The price of its alpha, p; zero if there is none.
    pub price: Q32,
    /// rho, from the state before the block.
    pub root_proportion: Q32,
}

/// What becomes of an offer, in rao with 32 fractional bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// TAO into the pool.
    pub tao_in: Q32,
    /// Alpha into the pool.
    pub alpha_in: Q32,
    /// TAO that is over.
    pub excess: Q32,
    /// Whether the subnet is subsidised.
    pub subsidy: Subsidy,
}

impl InjectionRule {
    /// What becomes of an offer.
    #[must_use]
    pub fn terms(self, offer: &Offer) -> Terms {
        let Offer { share, block, alpha_emission, price, root_proportion } = *offer;
        let own = Q32::from_int(alpha_emission.rao());
        let block = Q32::from_int(block.rao());
        let at_price = |without: Q32| share.checked_div(price).unwrap_or(without);
        match self {
            Self::AllTao => Terms::unsubsidised(share, at_price(own).min(own)),
            Self::SubsidisedWithOwnAlpha | Self::SubsidisedWithBlockAlpha => {
                if price >= share.safe_div(block) {
                    return Terms::unsubsidised(share, at_price(own));
                }
                let alpha_in = if self == Self::SubsidisedWithOwnAlpha { own } else { block };
                let tao_in = price.mul(block);
                Terms { tao_in, alpha_in, excess: share.saturating_sub(tao_in), subsidy: Subsidy::Subsidised }
            }
            Self::UpToOwnAlpha => offer.capped(own),
            Self::UpToLesser => offer.capped(own.min(block)),
            Self::UpToRootProportion => offer.capped(root_proportion.mul(own)),
        }
    }
}

impl Offer {
    fn capped(&self, cap: Q32) -> Terms {
        if !self.passes(cap) {
            let alpha_in = self.share.checked_div(self.price).unwrap_or(Q32::ZERO);
            return Terms::unsubsidised(self.share, alpha_in);
        }
        let tao_in = cap.mul(self.price);
        Terms { tao_in, alpha_in: cap, excess: self.share.saturating_sub(tao_in), subsidy: Subsidy::None }
    }

    /// Whether the share is worth more alpha than `cap` at the price, the quotient rounded down to 32 fractional bits.
    fn passes(&self, cap: Q32) -> bool {
        let (share, price, cap) = (self.share.bits(), self.price.bits(), cap.bits());
        if (share | price) >> 64 == 0 && cap >> 63 == 0 {
            // floor(n / d) > c just if n >= (c + 1) d.
            return price > 0 && share << 32 >= (cap + 1) * price;
        }
        self.share.checked_div(self.price).is_some_and(|alpha| alpha.bits() > cap)
    }
}

impl Terms {
    const fn unsubsidised(tao_in: Q32, alpha_in: Q32) -> Self {
        Self { tao_in, alpha_in, excess: Q32::ZERO, subsidy: Subsidy::None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::RAO;

    const ALL: [InjectionRule; 6] = [
        InjectionRule::AllTao,
        InjectionRule::SubsidisedWithOwnAlpha,
        InjectionRule::SubsidisedWithBlockAlpha,
        InjectionRule::UpToOwnAlpha,
        InjectionRule::UpToLesser,
        InjectionRule::UpToRootProportion,
    ];

    fn offer(share: u64, price: f64) -> Offer {
        Offer {
            share: Q32::from_int(share),
            block: Tao::from_rao(RAO / 2),
            alpha_emission: Alpha::from_rao(RAO),
            price: Q32::from_f64(price),
            root_proportion: Q32::from_f64(0.25),
        }
    }

    fn whole(rule: InjectionRule, offer: &Offer) -> [u64; 3] {
        let Terms { tao_in, alpha_in, excess, .. } = rule.terms(offer);
        [tao_in.floor(), alpha_in.floor(), excess.floor()]
    }

    /// E = 0.5, A = 1, e = 0.25, so the subnet has one half of the emission; at a price of one eighth that buys two alpha.
    #[test]
    fn one_offer_by_hand_in_every_era() {
        let offer = offer(RAO / 4, 0.125);
        let found = ALL.map(|rule| whole(rule, &offer));
        let eighth = RAO / 8;
        let expected = [
            [RAO / 4, RAO, 0],
            [eighth / 2, RAO, eighth * 3 / 2],
            [eighth / 2, RAO / 2, eighth * 3 / 2],
            [eighth, RAO, eighth],
            [eighth / 2, RAO / 2, eighth * 3 / 2],
            [eighth / 4, RAO / 4, RAO / 4 - eighth / 4],
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_price_at_the_share_is_not_subsidised_and_one_bit_below_is() {
        let at = offer(RAO / 4, 0.5);
        let below = Offer { price: Q32::from_bits(Q32::HALF.bits() - 1), ..at };
        for rule in [InjectionRule::SubsidisedWithOwnAlpha, InjectionRule::SubsidisedWithBlockAlpha] {
            assert_eq!(rule.terms(&at).subsidy, Subsidy::None);
            assert_eq!(rule.terms(&below).subsidy, Subsidy::Subsidised);
        }
    }

    #[test]
    fn without_a_price_alpha_comes_whole_to_spec_341_and_not_at_all_from_342() {
        let nothing = offer(0, 0.0);
        let found = ALL.map(|rule| whole(rule, &nothing)[1]);
        assert_eq!(found, [RAO, RAO, RAO, 0, 0, 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn a_cap_is_passed_by_the_quotient(
            share in any::<u128>(), price: u128, cap: u128, less in (1..128u32, 1..128u32, 1..128u32), near in -1..=1i128, tight: bool,
        ) {
            let (share, price, cap) = (share >> less.0, price >> less.1, cap >> less.2);
            // Shares that are at the cap, give or take a bit.
            let share = if tight && (cap | price) >> 63 == 0 {
                ((cap * price) >> 32).saturating_add_signed(near)
            } else {
                share
            };
            let offer = Offer { share: Q32::from_bits(share), price: Q32::from_bits(price), ..offer(0, 0.0) };
            let alpha = offer.share.checked_div(offer.price).unwrap_or(Q32::ZERO);
            prop_assert_eq!(offer.passes(Q32::from_bits(cap)), alpha > Q32::from_bits(cap));
        }
    }

    proptest! {
        #[test]
        fn no_tao_is_lost_between_the_pool_and_what_is_over(
            share in 0u128..1 << 62,
            price in 0u128..1 << 40,
            root in 0u128..=1 << 32,
        ) {
            let offer = Offer {
                share: Q32::from_bits(share),
                price: Q32::from_bits(price),
                root_proportion: Q32::from_bits(root),
                ..offer(0, 0.0)
            };
            for rule in ALL {
                let Terms { tao_in, excess, .. } = rule.terms(&offer);
                prop_assert_eq!(tao_in.saturating_add(excess), offer.share, "{:?}", rule);
            }
        }
    }
}
