//! Chain buys that are limited by what a subnet's miners are really paid. The chain never ran this rule.
//!
//! A subnet whose price is low for its share is bought by the chain, whoever earns there. Under this rule it is bought for
//! no more than the miners' half of its alpha emission is worth, less what was withheld from them in the last epoch:
//!
//! ```text
//! limit = (A - owner's cut) / 2 (1 - min(1, burned)) p            32 fractional bits throughout
//! ```
//! What TAO the limits reject goes to the other subnets with a share, those with the largest first: as much as their pools
//! take in at the price, then as much as their limits leave. What nobody takes is not emitted.
//!
//! It is meant to stop an owner from having a price held up by the chain while paying nobody for work.
//!
//! Source: proposed by gzaentz in RaoFoundation/subtensor#3012 and #3017 (2026-07-29, not merged)

use std::cmp::Reverse;

use crate::books::{Books, Switch};
use crate::emission_weights::{AlphaDivision, part};
use crate::fixed::Q32;
use crate::injection::{Offer, Terms};
use crate::rules::Rules;

/// What becomes of each subnet's TAO, by what it is offered with its share.
pub(super) fn terms(
    rules: &Rules,
    books: &[Books],
    offer: impl Fn(&Books, Q32) -> Offer,
    shares: &[Q32],
) -> Vec<Terms> {
    let injection = rules.coinbase.injection;
    let offers: Vec<Offer> = books.iter().zip(shares).map(|(subnet, &share)| offer(subnet, share)).collect();
    let limits: Vec<Q32> =
        books.iter().zip(&offers).map(|(subnet, offer)| limit(rules, subnet, offer)).collect();
    let mut terms: Vec<Terms> = offers.iter().map(|offer| injection.terms(offer)).collect();
    let mut over = Q32::ZERO;
    for (terms, &limit) in terms.iter_mut().zip(&limits) {
        over = over.saturating_add(terms.excess.saturating_sub(limit));
        terms.excess = terms.excess.min(limit);
    }
    let mut takers: Vec<usize> = (0..books.len()).filter(|&place| shares[place] > Q32::ZERO).collect();
    takers.sort_by_key(|&place| (Reverse(shares[place]), books[place].netuid));
    for &place in &takers {
        let open = rules.registration_gate.open(books[place].settings.registrations);
        let more = Offer { share: offers[place].share.saturating_add(over), ..offers[place] };
        let more = injection.terms(&more);
        if open.tao && more.tao_in > terms[place].tao_in {
            over = over.saturating_sub(more.tao_in.saturating_sub(terms[place].tao_in));
            terms[place] = Terms { excess: terms[place].excess, ..more };
        }
    }
    for &place in &takers {
        let taken = limits[place].saturating_sub(terms[place].excess).min(over);
        terms[place].excess = terms[place].excess.saturating_add(taken);
        over = over.saturating_sub(taken);
    }
    terms
}

/// What the miners' alpha of a block is worth, less what was withheld in the last epoch.
fn limit(rules: &Rules, subnet: &Books, offer: &Offer) -> Q32 {
    if !rules.registration_gate.open(subnet.settings.registrations).alpha {
        return Q32::ZERO;
    }
    let whole = Q32::from_int(offer.alpha_emission.rao());
    let owner_cut = match subnet.settings.owner_cut {
        Switch::On => whole.mul(rules.owner_cut),
        Switch::Off => Q32::ZERO,
    };
    let miners = match rules.coinbase.alpha_division {
        AlphaDivision::OwnersCut => whole.saturating_sub(owner_cut).mul(Q32::HALF),
        AlphaDivision::EmissionWeights => {
            Q32::from_int(part(offer.alpha_emission, subnet.settings.weights.miner).rao())
        }
    };
    miners.mul(Q32::ONE.saturating_sub(subnet.miner_burned)).mul(offer.price)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::books::Settings;
    use crate::era::Spec;
    use crate::injection::{InjectionRule, Subsidy};
    use crate::pool::Reserves;
    use crate::units::{Alpha, Block, Netuid, RAO, Tao};

    const OWNER_CUT: Q32 = Q32::from_bits(1 << 30);

    /// A subnet with alpha at a price of one half, and so much withheld from its miners.
    fn subnet(netuid: u16, burned: f64) -> Books {
        let pool = Reserves { tao: Tao::from_rao(50_000 * RAO), alpha: Alpha::from_rao(100_000 * RAO) };
        let settings = Settings::dynamic(Netuid(netuid), Block(0), 360, Block(1));
        Books { pool, miner_burned: Q32::from_f64(burned), ..Books::new(Netuid(netuid), settings) }
    }

    fn rules() -> Rules {
        let mut rules = Rules { owner_cut: OWNER_CUT, ..Rules::at(Spec::in_part(425)) };
        rules.coinbase.injection = InjectionRule::UpToOwnAlpha;
        rules
    }

    fn offered(subnet: &Books, share: Q32) -> Offer {
        Offer {
            share,
            block: Tao::from_rao(RAO),
            alpha_emission: Alpha::from_rao(RAO),
            price: subnet.spot_price(),
            root_proportion: Q32::HALF,
        }
    }

    fn of(market: &[Books], shares: &[u64]) -> Vec<[u64; 2]> {
        let shares: Vec<Q32> = shares.iter().map(|&share| Q32::from_int(share)).collect();
        let terms = terms(&rules(), market, offered, &shares);
        terms.iter().map(|terms| [terms.tao_in.floor(), terms.excess.floor()]).collect()
    }

    /// Each pool takes in 0.5 TAO at the price. A quarter of the alpha is the owner's, 0.375 the miners': worth 0.1875
    /// TAO, or half of that where half was withheld. The first is 0.4 TAO over: of what it may not spend the second's pool
    /// takes 0.2, and the rest is within its limit.
    #[test]
    fn what_a_limit_rejects_fills_the_next_pool_and_then_buys_there() {
        let market = [subnet(1, 0.5), subnet(2, 0.0)];
        let found = of(&market, &[900_000_000, 300_000_000]);
        assert_eq!(found, [[500_000_000, 93_750_000], [500_000_000, 106_250_000]]);
    }

    #[test]
    fn a_subnet_that_pays_no_miner_is_not_bought_and_what_nobody_takes_is_not_emitted() {
        let market = [subnet(1, 1.0), subnet(2, 1.0), subnet(3, 0.0)];
        assert_eq!(of(&market, &[900_000_000, 100_000_000, 0]), [[500_000_000, 0], [500_000_000, 0], [0, 0]]);
    }

    /// The first may not be bought. With what it may not spend, the second's share of the emission is above its price of
    /// 0.1, alone it is below.
    #[test]
    fn a_pool_that_is_given_more_than_its_price_is_worth_is_subsidised() {
        let mut rules = rules();
        rules.coinbase.injection = InjectionRule::SubsidisedWithOwnAlpha;
        let mut market = [subnet(1, 1.0), subnet(2, 0.0)];
        market[1].pool.tao = Tao::from_rao(10_000 * RAO);
        let shares = [950_000_000, 50_000_000].map(Q32::from_int);
        let alone = rules.coinbase.injection.terms(&offered(&market[1], shares[1]));
        assert_eq!(alone.subsidy, Subsidy::None);
        assert_eq!(terms(&rules, &market, offered, &shares)[1].subsidy, Subsidy::Subsidised);
    }

    proptest! {
        #[test]
        fn no_tao_comes_from_nowhere_no_limit_is_passed_and_no_pool_receives_less(
            market in prop::collection::vec((0u64..RAO, 0.0..1.2f64, 1u64..1 << 50, 1u64..1 << 50), 1..12),
        ) {
            let mut books = Vec::new();
            let mut shares = Vec::new();
            for (netuid, &(share, burned, tao, alpha)) in (1..).zip(&market) {
                let pool = Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) };
                books.push(Books { pool, ..subnet(netuid, burned) });
                shares.push(Q32::from_int(share));
            }
            let rules = rules();
            let limited = terms(&rules, &books, offered, &shares);
            let (mut given, mut spent, mut room) = (0, 0, false);
            for (place, terms) in limited.iter().enumerate() {
                let offer = offered(&books[place], shares[place]);
                let most = limit(&rules, &books[place], &offer);
                prop_assert!(terms.excess <= most);
                prop_assert!(terms.tao_in >= rules.coinbase.injection.terms(&offer).tao_in);
                given += shares[place].bits();
                spent += terms.tao_in.bits() + terms.excess.bits();
                room |= shares[place] > Q32::ZERO && terms.excess < most;
            }
            prop_assert!(spent <= given);
            // All is spent unless every limit is reached.
            prop_assert!(spent == given || !room);
        }
    }
}
