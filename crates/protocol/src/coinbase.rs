//! What one block emits, and where it goes: the entry for all rules ([`block`]), and the launch's coinbase.
//!
//! `coinbase/later.rs` makes the block wherever not everything is as at launch. At launch:
//!
//! A block's TAO is split among the subnets by their weights under the rule of emission ([`crate::emission`]; at the
//! launch their moving prices) and put into their pools, with as much
//! alpha as keeps the spot price, but no more than the subnet's own emission. As much alpha again goes to
//! the participants: the owner's cut, the miners, the validators. The validators' part that belongs to
//! stakers on root is sold into the pool in the same block and waits as TAO.
//!
//! ```text
//! M       = sum of weights m                           (32 fractional bits throughout)
//! tao_in  = E * m / M                                  not reduced when alpha_in is capped
//! A       = emission(alpha_in + alpha_out)
//! alpha_in= min(tao_in / spot, A)                      A if there is no spot price
//! cut     = A * owner_cut
//! rho     = R / (R + alpha_in + alpha_out)             R = TAO on root * tao_weight; after the injection
//! sold    = rho * (A - cut) / 2
//! ```
//! Each amount is cut below to whole rao on its own, so up to three rao of alpha per subnet and block, and
//! up to one rao of TAO per subnet, are emitted to nobody: [`SubnetEmission::dust`] counts the alpha.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::run_coinbase` @ f95810a25 (launch),
//! f9254ea63 (the fixed gate).

mod buy_limit;
mod later;
mod narrow;
pub(crate) mod shares;
pub(crate) mod split;

pub use self::later::claims;
pub(crate) use self::later::emit;
pub use self::split::RootClaims;

use crate::books::{Books, Registrations, Settings, SubnetEmission};
use crate::emission;
use crate::fixed::{Q32, Q64};
use crate::halving::alpha_emission;
use crate::moving_price;
use crate::pool::{CurveRule, Mechanism, Reserves, constant_product};
use crate::rules::coinbase::CoinbaseRules;
use crate::rules::{Emitting, MovingPriceAge, RegistrationGate, Rules};
use crate::units::{Alpha, Block, Tao};

/// What the coinbase reads besides the subnets' books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The block being made.
    pub block: Block,
    /// The block's TAO, E.
    pub emission: Tao,
    /// TAO on root, by its own account (`SubnetTAO` of netuid 0).
    pub root_tao: Tao,
    /// The bar of the emission's gate that is stored, or zero (`EmissionGateBar`).
    pub gate_bar: Q64,
}

/// What a block's coinbase did to the TAO that exists, and to the gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Emitted {
    /// By how much the issuance grows.
    pub issued: Tao,
    /// TAO that has entered pools by chain buys and counts in no issuance (spec 298 to 341).
    pub uncounted: Tao,
    /// TAO that was issued for chain buys which failed: it is in no reserve and nobody's (spec 342 to 425).
    pub stranded: Tao,
    /// The bar of the emission's gate, to be stored (`EmissionGateBar`).
    pub gate_bar: Q64,
}

/// What a block does to all subnets before any call: injects, buys, sells or sets apart root's share, books what waits
/// for the epochs, and updates the moving prices.
///
/// `weights` is room for what the rule of emission gives each subnet, kept from block to block. Subnets do not touch
/// each other beyond the sum of weights, so their order makes no difference.
pub fn block(rules: &Rules, chain: &Chain, books: &mut [Books], weights: &mut Vec<Q32>) -> Emitted {
    if is_launch(rules) {
        rules.emission.weights(books, weights);
        keep_emitting(rules.emitting, books, weights);
        let issued = launch_block(rules, chain, books, weights);
        Emitted { issued, gate_bar: chain.gate_bar, ..Emitted::default() }
    } else {
        later::block(rules, chain, books, weights)
    }
}

/// Whether the launch's coinbase makes the block: the rule of emission gives weights, and coinbase, curve and registration
/// gate are the launch's.
#[must_use]
pub fn is_launch(rules: &Rules) -> bool {
    rules.emission.gives_weights()
        && rules.coinbase == CoinbaseRules::LAUNCH
        && rules.pool.curve == CurveRule::ConstantProduct
        && rules.registration_gate != RegistrationGate::NothingIfNeither
}

/// [`block`] under the launch's rules, with each subnet's weight.
fn launch_block(rules: &Rules, chain: &Chain, books: &mut [Books], weights: &[Q32]) -> Tao {
    let terms = BlockTerms::of(rules, chain, weights);
    let narrow = narrow::Terms::of(rules, &terms);
    let mut issued = Tao::ZERO;
    for (subnet, &weight) in books.iter_mut().zip(weights.iter()) {
        if !emits(rules.emitting, subnet) {
            subnet.emitted = SubnetEmission::nothing(subnet);
            continue;
        }
        let age = chain.block.since(moving_price_birth(rules.moving_price_age, subnet));
        if let Some(terms) = &narrow
            && let Some(emission) = narrow::subnet_emission(terms, subnet, weight)
            && let Some(moving_price) = narrow::moving_price(terms, subnet.moving_price, emission.spot, age)
        {
            issued += emission.tao_in;
            book(subnet, emission, moving_price);
        } else {
            let emission = subnet_emission(&terms, subnet, weight);
            let (coefficient, start) = (rules.moving_alpha, rules.moving_price_start);
            let moving_price =
                moving_price::update(subnet.moving_price, emission.spot, coefficient, start, age);
            issued += emission.tao_in;
            book(subnet, emission, moving_price);
        }
    }
    issued
}

/// Each subnet's weight in the block that comes next: at launch by the rule, later its part of the TAO.
pub fn weights(rules: &Rules, chain: &Chain, books: &[Books], weights: &mut Vec<Q32>) {
    if is_launch(rules) {
        rules.emission.weights(books, weights);
        keep_emitting(rules.emitting, books, weights);
    } else {
        let root_weight = BlockTerms::root_weight(chain.root_tao, rules.tao_weight);
        shares::parts(rules, chain, root_weight, &mut books.to_vec(), weights);
    }
}

/// Takes the weight of every subnet that does not emit.
fn keep_emitting(rule: Emitting, books: &[Books], weights: &mut [Q32]) {
    if rule != Emitting::All {
        for (subnet, weight) in books.iter().zip(weights) {
            if !emits(rule, subnet) {
                *weight = Q32::ZERO;
            }
        }
    }
}

/// The block from which the age of a subnet's moving price is counted; block 0 if it was never started, as the chain reads
/// a value that is not set.
fn moving_price_birth(rule: MovingPriceAge, subnet: &Books) -> Block {
    match rule {
        MovingPriceAge::Registration => subnet.settings.registered_at,
        MovingPriceAge::StartCall => {
            subnet.settings.first_emission.map_or(Block(0), |first| Block(first.0.saturating_sub(1)))
        }
    }
}

/// Enters what a subnet receives, and its new moving price, into its books.
#[expect(
    clippy::inline_always,
    reason = "what was just computed is in registers: a call would send it through memory"
)]
#[inline(always)]
fn book(subnet: &mut Books, emission: SubnetEmission, new: Q32) {
    let Books { pool, alpha_out, moving_price, pending, dust, emitted, .. } = subnet;
    *moving_price = new;
    *pool = emission.pool;
    *alpha_out += emission.alpha_out;
    dust.unclaimed += emission.dust();
    match emission.root_tao {
        Some(tao) => {
            *alpha_out -= emission.root_alpha;
            pending.root_tao += tao;
        }
        None => dust.unsold += emission.root_alpha,
    }
    pending.swapped += emission.root_alpha;
    pending.emission += emission.pending;
    pending.owner_cut += emission.owner_cut;
    *emitted = emission;
}

/// What a block's coinbase has in common for all subnets.
#[derive(Clone, Copy, Debug)]
pub struct BlockTerms {
    /// The block's TAO, E.
    pub emission: Tao,
    /// M, the sum of all subnets' weights.
    pub total_weight: Q32,
    /// R, the TAO on root times its weight.
    pub root_weight: Q32,
    /// The owner's fraction of the alpha emission.
    pub owner_cut: Q32,
    /// When pools receive TAO.
    pub gate: RegistrationGate,
}

impl BlockTerms {
    /// The terms of the block that comes next, with each subnet's weight in it.
    #[must_use]
    pub fn of(rules: &Rules, chain: &Chain, weights: &[Q32]) -> Self {
        Self {
            emission: chain.emission,
            total_weight: emission::total(weights),
            root_weight: Self::root_weight(chain.root_tao, rules.tao_weight),
            owner_cut: rules.owner_cut,
            gate: rules.registration_gate,
        }
    }

    /// R of the TAO on root and its weight.
    #[must_use]
    pub fn root_weight(tao_on_root: Tao, tao_weight: Q32) -> Q32 {
        Q32::from_int(tao_on_root.rao()).mul(tao_weight)
    }
}

/// One subnet's part of a block's emission, by its weight in it.
#[must_use]
#[inline]
pub fn subnet_emission(block: &BlockTerms, subnet: &Books, weight: Q32) -> SubnetEmission {
    let emitted = alpha_emission(subnet.issuance());
    let whole = Q32::from_int(emitted.rao());

    let share = Q32::from_int(block.emission.rao()).mul(weight).safe_div(block.total_weight);
    let alpha_in = share.checked_div(subnet.spot_price()).map_or(whole, |alpha| alpha.min(whole));
    let alpha_in = Alpha::from_rao(alpha_in.floor());
    let tao_in = if block.gate.open(subnet.settings.registrations).tao {
        Tao::from_rao(share.floor())
    } else {
        Tao::ZERO
    };

    let owner_cut = whole.mul(block.owner_cut);
    let rest = whole.saturating_sub(owner_cut);

    let pool = Reserves { tao: subnet.pool.tao + tao_in, alpha: subnet.pool.alpha + alpha_in };
    let issuance = pool.alpha + subnet.alpha_out + emitted;
    let root_proportion = root_proportion(block.root_weight, issuance);
    let root_alpha = root_proportion.mul(rest).mul(Q32::HALF);
    let pending = Alpha::from_rao(rest.saturating_sub(root_alpha).floor());
    let root_alpha = Alpha::from_rao(root_alpha.floor());
    let root_tao = match subnet.settings.mechanism {
        Mechanism::Dynamic => constant_product::sell(pool, root_alpha),
        Mechanism::Stable => Some(Tao::from_rao(root_alpha.rao())),
    };
    let pool = match root_tao {
        Some(tao) => Reserves { tao: pool.tao.saturating_sub(tao), alpha: pool.alpha + root_alpha },
        None => pool,
    };
    SubnetEmission {
        tao_in,
        alpha_in,
        alpha_out: emitted,
        owner_cut: Alpha::from_rao(owner_cut.floor()),
        pending,
        root_alpha,
        root_tao,
        root_proportion,
        pool,
        spot: pool.spot_price(),
    }
}

/// rho: which part of a subnet's validating stake is root's.
#[must_use]
pub fn root_proportion(root_weight: Q32, issuance: Alpha) -> Q32 {
    root_weight.safe_div(root_weight.saturating_add(Q32::from_int(issuance.rao())))
}

/// Whether root's part of the alpha may be claimed: if the moving prices of all subnets that emit sum to more than one.
///
/// Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::get_network_root_sell_flag @ 14bc6f9f9`
pub(crate) fn root_claims(prices: impl Iterator<Item = Q32>) -> bool {
    prices.fold(Q32::ZERO, Q32::saturating_add) > Q32::ONE
}

/// Whether a subnet receives emission.
///
/// Alpha of a started subnet may be traded: its start call allows both.
#[must_use]
pub const fn emits(rule: Emitting, subnet: &Books) -> bool {
    let Settings { first_emission, registrations, .. } = subnet.settings;
    match rule {
        Emitting::All => true,
        Emitting::Started => first_emission.is_some(),
        Emitting::Open => first_emission.is_some() && !matches!(registrations, Registrations::Closed),
        Emitting::OpenForBurning => {
            first_emission.is_some() && matches!(registrations, Registrations::Both | Registrations::Burn)
        }
    }
}

/// What a subnet may receive by the registrations that it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// Whether its pool receives TAO.
    pub tao: bool,
    /// Whether alpha is emitted, into the pool and outside.
    pub alpha: bool,
}

impl RegistrationGate {
    /// What a subnet may receive.
    #[must_use]
    pub const fn open(self, registrations: Registrations) -> Open {
        let closed = matches!(registrations, Registrations::Closed);
        match self {
            Self::UnlessOnlyWork => Open { tao: !matches!(registrations, Registrations::Work), alpha: true },
            Self::UnlessNeither => Open { tao: !closed, alpha: true },
            Self::NothingIfNeither => Open { tao: !closed, alpha: !closed },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::books::Settings;
    use crate::era::Spec;
    use crate::units::{Netuid, RAO};

    /// A subnet's part when its moving price is its weight.
    fn part_of(block: &BlockTerms, subnet: &Books) -> SubnetEmission {
        subnet_emission(block, subnet, subnet.share_price())
    }

    fn terms(emission: u64, total_weight: Q32, tao_on_root: u64) -> BlockTerms {
        let rules = Rules::at(Spec::known(246));
        BlockTerms {
            emission: Tao::from_rao(emission),
            total_weight,
            root_weight: BlockTerms::root_weight(Tao::from_rao(tao_on_root), rules.tao_weight),
            owner_cut: rules.owner_cut,
            gate: rules.registration_gate,
        }
    }

    fn subnet(tao: u64, alpha: u64, alpha_out: u64, moving_price: Q32) -> Books {
        Books {
            pool: Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) },
            alpha_out: Alpha::from_rao(alpha_out),
            moving_price,
            ..Books::new(Netuid(1), Settings::dynamic(Netuid(1), Block(0), 360, Block(1)))
        }
    }

    fn allowing(registrations: Registrations, subnet: &Books) -> Books {
        Books { settings: Settings { registrations, ..subnet.settings }, ..*subnet }
    }

    /// Half of all moving prices; spot price 0.5, owner cut one quarter, rho one half:
    /// 0.5 TAO and, at 0.5, one alpha go in; 0.25 is cut, 0.75 * 0.5 * 0.5 = 0.1875 sold, 0.5625 kept.
    #[test]
    fn one_block_by_hand() {
        let before = subnet(1_000 * RAO, 2_000 * RAO, 1_998 * RAO, Q32::HALF);
        let block = BlockTerms {
            root_weight: Q32::from_int(4_000 * RAO),
            owner_cut: Q32::ratio(1, 4),
            ..terms(RAO, Q32::ONE, 0)
        };
        let part = part_of(&block, &before);
        assert_eq!(part.tao_in, Tao::from_rao(500_000_000));
        assert_eq!(part.alpha_in, Alpha::from_rao(RAO));
        assert_eq!(part.alpha_out, Alpha::from_rao(RAO));
        assert_eq!(part.owner_cut, Alpha::from_rao(250_000_000));
        assert_eq!(part.root_proportion, Q32::HALF);
        assert_eq!(part.root_alpha, Alpha::from_rao(187_500_000));
        assert_eq!(part.pending, Alpha::from_rao(562_500_000));
        // 1000.5 - 1000.5 * 2001 / 2001.1875, in rao: 93_741_216.15.
        assert_eq!(part.root_tao, Some(Tao::from_rao(93_741_216)));
        assert_eq!(part.pool.alpha, Alpha::from_rao(2_001 * RAO + 187_500_000));
        assert_eq!(part.pool.tao, Tao::from_rao(1_000_500_000_000 - 93_741_216));
        assert_eq!(part.dust(), Alpha::ZERO);
    }

    #[test]
    fn roots_proportion_is_right_next_to_nothing() {
        for (root, issuance, expected) in [(1, 0, 1 << 32), (50_765, 1, 50_764), (0, 0, 0), (0, 5, 0)] {
            let found = root_proportion(Q32::from_bits(root), Alpha::from_rao(issuance));
            assert_eq!(found, Q32::from_bits(expected), "{root} bits, {issuance} rao");
        }
    }

    #[test]
    fn a_pool_too_small_to_sell_into_keeps_its_tao() {
        let part = part_of(&terms(0, Q32::ONE, RAO << 20), &subnet(10_000_000, RAO, 0, Q32::ONE));
        assert_eq!(part.root_tao, None);
        assert!(part.root_alpha > Alpha::ZERO);
        assert_eq!(part.pool.tao, Tao::from_rao(10_000_000));
    }

    #[test]
    fn the_gate_holds_back_tao_but_not_alpha() {
        let closed = allowing(Registrations::Closed, &subnet(1_000 * RAO, 2_000 * RAO, 0, Q32::ONE));
        let block = terms(RAO, Q32::ONE, 0);
        let part = part_of(&block, &closed);
        assert_eq!((part.tao_in, part.alpha_in), (Tao::ZERO, Alpha::from_rao(RAO)));
        let launch = BlockTerms { gate: RegistrationGate::UnlessOnlyWork, ..block };
        assert_eq!(part_of(&launch, &closed).tao_in, Tao::from_rao(RAO));
        let work = allowing(Registrations::Work, &closed);
        assert_eq!(part_of(&launch, &work).tao_in, Tao::ZERO);
    }

    fn price() -> impl Strategy<Value = Q32> {
        (1u128..1 << 34).prop_map(Q32::from_bits)
    }

    fn any_subnet() -> impl Strategy<Value = Books> {
        let supply = 0u64..10_500_000 * RAO;
        (supply.clone(), supply.clone(), supply, price())
            .prop_map(|(tao, alpha, alpha_out, moving_price)| subnet(tao, alpha, alpha_out, moving_price))
    }

    proptest! {
        #[test]
        fn alpha_parts_and_dust_are_the_emission_and_dust_is_at_most_three_rao(
            subnet in any_subnet(),
            emission in 0..=RAO,
            tao_on_root in 0..21_000_000 * RAO,
        ) {
            let part = part_of(&terms(emission, subnet.share_price(), tao_on_root), &subnet);
            let parts = part.owner_cut + part.pending + part.root_alpha + part.dust();
            prop_assert_eq!(parts, part.alpha_out);
            prop_assert!(part.dust().rao() <= 3);
        }

        #[test]
        fn subnets_receive_the_blocks_tao_but_for_less_than_a_rao_each(
            subnets in prop::collection::vec(any_subnet(), 1..64),
            emission in 0..=RAO,
        ) {
            let block = terms(emission, subnets.iter().map(Books::share_price).fold(Q32::ZERO, Q32::saturating_add), 0);
            let issued: Tao = subnets.iter().map(|subnet| part_of(&block, subnet).tao_in).sum();
            prop_assert!(issued.rao() <= emission);
            // The product is exact; the quotient loses less than 2^-32 rao, its floor at most 1 - 2^-32.
            prop_assert!(emission - issued.rao() < subnets.len() as u64);
        }

        #[test]
        fn capped_alpha_does_not_reduce_the_tao(
            subnet in any_subnet(),
            emission in 1..=RAO,
        ) {
            let block = terms(emission, Q32::from_int(8), 0);
            // So low a price that the alpha for this TAO exceeds what may be emitted, and one so high that not.
            let priced = |tao: u64| Books {
                pool: Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(RAO) },
                ..subnet
            };
            let (capped, free) = (part_of(&block, &priced(1)), part_of(&block, &priced(RAO << 20)));
            prop_assert!(free.alpha_in <= capped.alpha_in);
            prop_assert_eq!(free.tao_in, capped.tao_in);
            if capped.tao_in > Tao::from_rao(1) {
                prop_assert_eq!(capped.alpha_in, capped.alpha_out);
            }
        }

        #[test]
        fn the_cap_and_the_spot_price_bound_the_alpha_put_in(
            subnet in any_subnet(),
            emission in 0..=RAO,
        ) {
            let part = part_of(&terms(emission, subnet.share_price(), 0), &subnet);
            prop_assert!(part.alpha_in <= part.alpha_out);
        }

        #[test]
        fn roots_proportion_is_the_quotient(root: u128, less in 33..128u32, issuance: u64, fewer in 0..64u32) {
            let (root, issuance) = (root >> less, issuance >> fewer);
            let whole = root + (u128::from(issuance) << 32);
            let expected = (root << 32).checked_div(whole).unwrap_or(0);
            let found = root_proportion(Q32::from_bits(root), Alpha::from_rao(issuance));
            prop_assert_eq!(found, Q32::from_bits(expected));
        }

        #[test]
        fn root_receives_more_the_more_tao_it_holds_and_the_less_alpha_there_is(
            tao in 0..21_000_000 * RAO,
            more_tao in 0..1_000_000 * RAO,
            alpha in 0..21_000_000 * RAO,
            more_alpha in 0..1_000_000 * RAO,
        ) {
            let share = |tao, alpha| root_proportion(terms(0, Q32::ONE, tao).root_weight, Alpha::from_rao(alpha));
            prop_assert!(share(tao + more_tao, alpha) >= share(tao, alpha));
            prop_assert!(share(tao, alpha + more_alpha) <= share(tao, alpha));
            prop_assert!(share(tao, alpha) <= Q32::ONE);
        }
    }
}
