//! A subnet's coinbase in 64-bit integers, where every amount is of the usual size.
//!
//! The same to the bit as [`super::subnet_emission`] and [`crate::moving_price::update`], which property tests hold it to, in a third
//! of the instructions: amounts of up to 18 million tokens need more than 64 bits in products only.

use super::BlockTerms;
use crate::books::{Books, SubnetEmission};
use crate::division::{Divisor, approximately, float, ratio, wide_corrected};
use crate::fixed::Q32;
use crate::halving::alpha_emission;
use crate::moving_price::MovingPriceStart;
use crate::pool::{Mechanism, Reserves, constant_product};
use crate::rules::{RegistrationGate, Rules};
use crate::units::{Alpha, Tao};

/// Amounts below 2^54 rao: what they and a block's emission sum and multiply to cannot overflow.
const AMOUNT_BITS: u32 = 54;
/// One, with 32 fractional bits.
const ONE: u64 = 1 << 32;

/// What a block has in common for all subnets, if it is of the usual size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// The block's TAO in 2^-32 rao.
    emission: u64,
    total_weight: Divisor,
    root: u128,
    root_float: f64,
    owner_cut: u64,
    gate: RegistrationGate,
    moving_alpha: u64,
    moving_price_start: MovingPriceStart,
}

impl Terms {
    pub(super) fn of(rules: &Rules, block: &BlockTerms) -> Option<Self> {
        let (cut, root) = (block.owner_cut.bits(), block.root_weight.bits());
        let total_weight = Divisor::new(block.total_weight.bits())?;
        let usual = block.emission.rao() >> 32 == 0
            && (cut >> 33) | (rules.moving_alpha.bits() >> 33) | (root >> 92) == 0;
        usual.then(|| Self {
            emission: block.emission.rao() << 32,
            total_weight,
            root,
            root_float: approximately(root),
            owner_cut: cut as u64,
            gate: block.gate,
            moving_alpha: rules.moving_alpha.bits() as u64,
            moving_price_start: rules.moving_price_start,
        })
    }
}

/// One subnet's part of a block's emission; `None` if an amount is unusual.
#[expect(
    clippy::inline_always,
    reason = "its result is booked field by field: a call would send it through memory"
)]
#[inline(always)]
pub(super) fn subnet_emission(block: &Terms, subnet: &Books, weight: Q32) -> Option<SubnetEmission> {
    let (tao, alpha, out) = (subnet.pool.tao.rao(), subnet.pool.alpha.rao(), subnet.alpha_out.rao());
    if (tao | alpha | out) >> AMOUNT_BITS != 0
        || alpha == 0
        || weight.bits() > u128::from(block.total_weight.plain())
        || subnet.settings.mechanism != Mechanism::Dynamic
    {
        return None;
    }
    // At most all of the emission, which is below 2^64.
    let share = block.total_weight.quotient(u128::from(block.emission) * u128::from(weight.bits() as u64));
    let emitted = alpha_emission(Alpha::from_rao(alpha + out)).rao();
    let whole = emitted << 32;
    // Unless somebody traded since, the price is that which the last block left.
    let spot = if subnet.pool == subnet.emitted.pool {
        subnet.emitted.spot.bits() as u64
    } else {
        ratio(tao, alpha)?
    };
    let alpha_in = share.checked_div(spot).map_or(emitted, |alpha| alpha.min(emitted));
    let tao_in = if block.gate.open(subnet.settings.registrations).tao { share >> 32 } else { 0 };

    let owner_cut = times(whole, block.owner_cut, 32);
    let rest = whole.saturating_sub(owner_cut);

    let (tao, alpha) = (tao + tao_in, alpha + alpha_in);
    let issuance = alpha + out + emitted;
    let validating = block.root + (u128::from(issuance) << 32);
    let estimate = block.root_float * ONE as f64 / (block.root_float + float(issuance) * ONE as f64);
    let root_proportion = wide_corrected(block.root << 32, validating, estimate) as u64;
    // Root's half: one bit more.
    let root_bits = times(root_proportion, rest, 33);
    let root_alpha = root_bits >> 32;
    let root_tao = constant_product::swap(alpha, tao, root_alpha);
    let (tao, alpha) = match root_tao {
        Some(sold) => (tao.saturating_sub(sold), alpha + root_alpha),
        None => (tao, alpha),
    };
    Some(SubnetEmission {
        tao_in: Tao::from_rao(tao_in),
        alpha_in: Alpha::from_rao(alpha_in),
        alpha_out: Alpha::from_rao(emitted),
        owner_cut: Alpha::from_rao(owner_cut >> 32),
        pending: Alpha::from_rao((rest - root_bits) >> 32),
        root_alpha: Alpha::from_rao(root_alpha),
        root_tao: root_tao.map(Tao::from_rao),
        root_proportion: Q32::from_bits(u128::from(root_proportion)),
        pool: Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) },
        spot: Q32::from_bits(u128::from(ratio(tao, alpha)?)),
    })
}

/// The moving price after a block, from the spot price at its end; `None` if it is unusually high.
#[inline]
pub(super) fn moving_price(block: &Terms, moving: Q32, spot: Q32, age: u64) -> Option<Q32> {
    if (moving.bits() | spot.bits()) >> 62 != 0 {
        return None;
    }
    let weight = match block.moving_price_start {
        MovingPriceStart::Immediate => block.moving_alpha,
        MovingPriceStart::Slow { half_speed_age } => {
            if (age | half_speed_age) >> 32 != 0 {
                return None;
            }
            times(block.moving_alpha, (age << 32).checked_div(age + half_speed_age).unwrap_or(0), 32)
        }
    };
    let kept = ONE.saturating_sub(weight);
    let next = times(weight, (spot.bits() as u64).min(ONE), 32) + times(kept, moving.bits() as u64, 32);
    Some(Q32::from_bits(u128::from(next)))
}

/// `a * b / 2^shift`, rounded down; it fits.
#[inline]
const fn times(a: u64, b: u64, shift: u32) -> u64 {
    ((a as u128 * b as u128) >> shift) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Registrations;
    use super::*;
    use crate::books::Settings;
    use crate::coinbase;
    use crate::era::Spec;
    use crate::moving_price;
    use crate::units::{Block, Netuid};

    /// Of any width, and often of a usual one.
    fn bits() -> impl Strategy<Value = u64> {
        (any::<u64>(), 0..64u32).prop_map(|(bits, shift)| bits >> shift)
    }

    fn subnet() -> impl Strategy<Value = Books> {
        let settings = (0..4usize, 0..8u8).prop_map(|(registrations, stable)| Settings {
            mechanism: if stable == 0 { Mechanism::Stable } else { Mechanism::Dynamic },
            registrations: [
                Registrations::Both,
                Registrations::Burn,
                Registrations::Work,
                Registrations::Closed,
            ][registrations],
            ..Settings::dynamic(Netuid(1), Block(0), 360, Block(1))
        });
        // Both curves' amounts fit together: no chain has more.
        (bits(), bits(), bits(), settings).prop_map(|(tao, alpha, alpha_out, settings)| Books {
            pool: Reserves { tao: Tao::from_rao(tao >> 1), alpha: Alpha::from_rao(alpha >> 2) },
            alpha_out: Alpha::from_rao(alpha_out >> 2),
            ..Books::new(Netuid(1), settings)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn the_narrow_coinbase_is_the_wide_one(
            subnet in subnet(),
            (emission, weight, others, tao_on_root) in (bits(), bits(), bits(), bits()),
            (cut, tao_weight, spec) in (0..=1u128 << 32, 0..=1u128 << 32, 0..4usize),
        ) {
            let mut rules = Rules::at(Spec::known([234, 238, 244, 246][spec]));
            rules.owner_cut = Q32::from_bits(cut);
            let weight = Q32::from_bits(weight.into());
            let block = BlockTerms {
                emission: Tao::from_rao(emission >> 1),
                total_weight: weight.saturating_add(Q32::from_bits(others.into())),
                root_weight: BlockTerms::root_weight(Tao::from_rao(tao_on_root), Q32::from_bits(tao_weight)),
                owner_cut: rules.owner_cut,
                gate: rules.registration_gate,
            };
            if let Some(terms) = Terms::of(&rules, &block)
                && let Some(narrow) = subnet_emission(&terms, &subnet, weight)
            {
                let expected = coinbase::subnet_emission(&block, &subnet, weight);
                prop_assert_eq!(narrow, expected);
                // Remembered prices are those of the pool.
                let after = Books { pool: expected.pool, emitted: expected, ..subnet };
                let again = Books { emitted: SubnetEmission::default(), ..after };
                prop_assert_eq!(
                    subnet_emission(&terms, &after, weight), subnet_emission(&terms, &again, weight)
                );
            }
        }

        #[test]
        fn the_narrow_moving_price_is_the_wide_one(
            (moving, spot, age, half) in (bits(), bits(), bits(), bits()),
            alpha in 0..=1u128 << 32,
            slow: bool,
        ) {
            let mut rules = Rules::at(Spec::known(246));
            rules.moving_alpha = Q32::from_bits(alpha);
            rules.moving_price_start =
                if slow { MovingPriceStart::Slow { half_speed_age: half } } else { MovingPriceStart::Immediate };
            let block = BlockTerms {
                emission: Tao::ZERO,
                total_weight: Q32::ONE,
                root_weight: Q32::ZERO,
                owner_cut: Q32::ZERO,
                gate: rules.registration_gate,
            };
            let terms = Terms::of(&rules, &block).expect("a usual block");
            let (moving, spot) = (Q32::from_bits(moving.into()), Q32::from_bits(spot.into()));
            if let Some(next) = moving_price(&terms, moving, spot, age) {
                let (coefficient, start) = (rules.moving_alpha, rules.moving_price_start);
                prop_assert_eq!(next, moving_price::update(moving, spot, coefficient, start, age));
            }
        }
    }

    const MILLION: u64 = 1_000_000_000_000_000;

    /// A subnet and a block of the launch, under the rules of spec 246.
    fn launch() -> (Rules, Books, BlockTerms) {
        let rules = Rules::at(Spec::known(246));
        let subnet = Books {
            pool: Reserves { tao: Tao::from_rao(MILLION), alpha: Alpha::from_rao(10 * MILLION) },
            alpha_out: Alpha::from_rao(10 * MILLION),
            ..Books::new(Netuid(1), Settings::dynamic(Netuid(1), Block(0), 360, Block(1)))
        };
        let block = BlockTerms {
            emission: Tao::from_rao(1_000_000_000),
            total_weight: Q32::from_int(20),
            root_weight: BlockTerms::root_weight(Tao::from_rao(6 * MILLION), rules.tao_weight),
            owner_cut: rules.owner_cut,
            gate: rules.registration_gate,
        };
        (rules, subnet, block)
    }

    #[test]
    fn a_market_of_the_launch_is_narrow() {
        let (rules, subnet, block) = launch();
        let terms = Terms::of(&rules, &block).expect("a usual block");
        assert!(subnet_emission(&terms, &subnet, Q32::ONE).is_some());
        assert!(moving_price(&terms, Q32::ONE, Q32::ONE, 5_000_000).is_some());
    }

    #[test]
    fn what_64_bits_may_not_hold_is_left_to_the_wide_coinbase() {
        let (rules, subnet, block) = launch();
        let bits = Q32::from_bits;
        for unusual in [
            BlockTerms { emission: Tao::from_rao(1 << 32), ..block },
            BlockTerms { owner_cut: bits(1 << 33), ..block },
            BlockTerms { root_weight: bits(1 << 92), ..block },
        ] {
            assert!(Terms::of(&rules, &unusual).is_none(), "{unusual:?}");
        }
        let mut fast = rules;
        fast.moving_alpha = bits(1 << 33);
        assert!(Terms::of(&fast, &block).is_none());

        let terms = Terms::of(&rules, &block).expect("a usual block");
        let (tao, alpha) = (Tao::from_rao(1 << 54), Alpha::from_rao(1 << 54));
        for unusual in [
            Books { pool: Reserves { tao, ..subnet.pool }, ..subnet },
            Books { pool: Reserves { alpha, ..subnet.pool }, ..subnet },
            Books { pool: Reserves { alpha: Alpha::ZERO, ..subnet.pool }, ..subnet },
            Books { alpha_out: alpha, ..subnet },
            Books { settings: Settings { mechanism: Mechanism::Stable, ..subnet.settings }, ..subnet },
        ] {
            assert!(subnet_emission(&terms, &unusual, Q32::ONE).is_none(), "{unusual:?}");
        }
        assert!(subnet_emission(&terms, &subnet, Q32::from_int(21)).is_none(), "more than all weights");
        // 2^30 TAO, and an age and a half-speed age of 2^32 blocks.
        assert!(moving_price(&terms, bits(1 << 62), Q32::ONE, 1).is_none());
        assert!(moving_price(&terms, Q32::ONE, bits(1 << 62), 1).is_none());
        assert!(moving_price(&terms, Q32::ONE, Q32::ONE, 1 << 32).is_none());
        let slow = Terms { moving_price_start: MovingPriceStart::Slow { half_speed_age: 1 << 32 }, ..terms };
        assert!(moving_price(&slow, Q32::ONE, Q32::ONE, 1).is_none());
    }
}
