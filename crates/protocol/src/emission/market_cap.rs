//! By market capitalisation: the price of the moment times all alpha that exists. The chain never ran this rule,
//! though many took it for the launch's.
//!
//! ```text
//! weight = spot * (alpha_in + alpha_out)            in rao of TAO, 32 fractional bits
//! ```
//!
//! A weight of more than 2^63 rao would not fit where it is multiplied by a block's TAO. All weights are then divided by
//! the same power of two, which changes no share by more than a rounding.

use super::Description;
use crate::books::Books;
use crate::fixed::{Q32, wide_mul_shift};

pub(super) const ABOUT: Description = Description {
    about: "by market capitalisation, the price times all alpha that exists; never ran",
    stops: "a high price of a token of which little exists",
    source: "the rule for which the launch's was often mistaken",
};

/// Bits that a weight may have, 32 of them fractional.
const BITS: u32 = 63 + 32;

pub(super) fn weights(market: &[Books], weights: &mut Vec<Q32>) {
    let factors = |subnet: &Books| (u128::from(subnet.issuance().rao()), subnet.spot_price().bits());
    let bits = |(issuance, price): (u128, u128)| 256 - issuance.leading_zeros() - price.leading_zeros();
    let excess = market.iter().map(|subnet| bits(factors(subnet))).max().unwrap_or(0).saturating_sub(BITS);
    weights.extend(market.iter().map(|subnet| {
        let (issuance, price) = factors(subnet);
        Q32::from_bits(if excess == 0 { issuance * price } else { wide_mul_shift(issuance, price, excess) })
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::Settings;
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
}
