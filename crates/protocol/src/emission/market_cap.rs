//! By market capitalisation: the price of the moment times all alpha that exists. The chain never ran this rule,
//! though many took it for the launch's.
//!
//! ```text
//! weight = spot * (alpha_in + alpha_out)            in rao of TAO, 32 fractional bits
//! ```
//!
//! Weights that sum to more than 2^63 rao would not fit where one is multiplied by a block's TAO, or divided by the sum.
//! All are then divided by the same power of two, which changes no share by more than a rounding.

use super::Description;
use crate::books::Books;
use crate::fixed::{Q32, wide_mul_shift};

pub(super) const ABOUT: Description = Description {
    about: "by market capitalisation, the price times all alpha that exists; never ran",
    stops: "a high price of a token of which little exists",
    source: "the rule for which the launch's was often mistaken",
};

/// Bits that the sum of all weights may have, 32 of them fractional.
const BITS: u32 = 63 + 32;

pub(super) fn weights(market: &[Books], weights: &mut Vec<Q32>) {
    let factors = |subnet: &Books| (u128::from(subnet.issuance().rao()), subnet.spot_price().bits());
    let bits = |(issuance, price): (u128, u128)| 256 - issuance.leading_zeros() - price.leading_zeros();
    let most = BITS - (usize::BITS - market.len().leading_zeros());
    let excess = market.iter().map(|subnet| bits(factors(subnet))).max().unwrap_or(0).saturating_sub(most);
    weights.extend(market.iter().map(|subnet| {
        let (issuance, price) = factors(subnet);
        Q32::from_bits(if excess == 0 { issuance * price } else { wide_mul_shift(issuance, price, excess) })
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::Settings;
    use crate::emission;
    use crate::pool::Reserves;
    use crate::units::{Alpha, Block, Netuid, Tao};

    /// A price of 2^45 TAO per alpha, as of a pool that was bought nearly empty.
    #[test]
    fn weights_that_would_not_fit_keep_their_proportions() {
        let subnet = |netuid, alpha_out: u64| Books {
            pool: Reserves { tao: Tao::from_rao(1 << 55), alpha: Alpha::from_rao(1 << 10) },
            alpha_out: Alpha::from_rao(alpha_out - (1 << 10)),
            ..Books::new(Netuid(netuid), Settings::dynamic(Netuid(netuid), Block(0), 360, Block(1)))
        };
        let mut given = Vec::new();
        weights(&[subnet(1, 3 << 50), subnet(2, 1 << 50)], &mut given);
        let [three, one] = given[..] else { panic!("{given:?}") };
        let block = Q32::from_int(1_000_000_000);
        let total = three.saturating_add(one);
        assert_eq!(block.mul(three).safe_div(total), Q32::from_int(750_000_000));
        assert_eq!(block.mul(one).safe_div(total), Q32::from_int(250_000_000));
    }

    #[test]
    fn the_sum_of_a_hundred_giants_fits() {
        let giant = |netuid| Books {
            pool: Reserves { tao: Tao::from_rao(1 << 54), alpha: Alpha::from_rao(1 << 10) },
            alpha_out: Alpha::from_rao(1 << 54),
            ..Books::new(Netuid(netuid), Settings::dynamic(Netuid(netuid), Block(0), 360, Block(1)))
        };
        let market: Vec<Books> = (1..=128).map(giant).collect();
        let mut given = Vec::new();
        weights(&market, &mut given);
        let total = emission::total(&given);
        assert!(total.bits() < 1 << BITS, "{}", total.bits());
        let share = Q32::from_int(1_000_000_000).mul(given[0]).safe_div(total);
        assert_eq!(share.floor(), 1_000_000_000 / 128);
    }
}
