//! The coinbase wherever not everything is as at launch: the runtimes from 283 on, and any scenario whose rule of emission
//! gives shares.
//!
//! The shares of all subnets come first ([`super::shares`]), from the state before the block. Then each subnet for itself:
//! what of its share enters its pool and what is over ([`crate::injection`]), the injection and the chain buy in the order
//! of the era, the alpha of the participants ([`super::split`]), its moving price. Subnets touch each other only through
//! the shares, the sum of moving prices, and the TAO left to spend, which is always enough for all; so their order makes no
//! difference.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ e9bbb6134, 6309d3592, 6a76ecc0d, b179867c3,
//! 486037ba4, 14bc6f9f9`; from spec 426 on the chain's public repository of July 2026 (RaoFoundation/subtensor @
//! 1a587cc8e)

use super::buy_limit;
use super::shares::parts;
use super::split::{RootClaims, Sale, Split};
use super::{BlockTerms, Chain, Emitted, emits, moving_price_birth, root_claims, root_proportion};
use crate::books::{Books, ChainBuy, SubnetEmission};
use crate::fixed::{Q32, Q64};
use crate::halving::alpha_emission;
use crate::injection::{Offer, Subsidy, Terms};
use crate::moving_price;
use crate::moving_price::MovingPriceStart;
use crate::pool::{Mechanism, Order, Reserves};
use crate::rules::Rules;
use crate::rules::coinbase::{BuyLimit, BuyOrder, Minting, PriceBits, RootPart, Surplus};
use crate::units::{Alpha, Tao};

/// What a block does to all subnets under the rules from spec 283 on.
pub(super) fn block(rules: &Rules, chain: &Chain, books: &mut [Books], room: &mut Vec<Q32>) -> Emitted {
    let root_weight = BlockTerms::root_weight(chain.root_tao, rules.tao_weight);
    let gate_bar = parts(rules, chain, root_weight, books, room);
    emit(rules, chain, books, room, claims(rules, books), gate_bar)
}

/// Whether root's part may be claimed in a block that finds the subnets like this.
#[must_use]
pub fn claims(rules: &Rules, books: &[Books]) -> RootClaims {
    let emitting = books.iter().filter(|subnet| emits(rules.emitting, subnet));
    if root_claims(emitting.map(Books::share_price)) { RootClaims::Open } else { RootClaims::Shut }
}

/// What a block does to all subnets, whose parts of its TAO are known.
pub(crate) fn emit(
    rules: &Rules,
    chain: &Chain,
    books: &mut [Books],
    parts: &[Q32],
    claims: RootClaims,
    gate_bar: Q64,
) -> Emitted {
    let root_weight = BlockTerms::root_weight(chain.root_tao, rules.tao_weight);
    let emitted = Emitted { gate_bar, ..Emitted::default() };
    let mut later = Later {
        rules,
        chain,
        root_weight,
        claims,
        counts_protocol_flow: rules.emission.counts_protocol_flow(),
        fast_step: rules.fast_step(),
        credit: chain.emission,
        emitted,
    };
    // Where nothing is bought, there is nothing to limit.
    let limits =
        rules.coinbase.buy_limit == BuyLimit::UnburnedMiners && rules.coinbase.surplus != Surplus::NotEmitted;
    let limited =
        limits.then(|| buy_limit::terms(rules, books, |subnet, share| later.offer(subnet, share), parts));
    for (place, (subnet, &share)) in books.iter_mut().zip(parts).enumerate() {
        subnet.chain_buy = ChainBuy::default();
        if emits(rules.emitting, subnet) {
            let offer = later.offer(subnet, share);
            let terms = match &limited {
                None => rules.coinbase.injection.terms(&offer),
                Some(terms) => terms[place],
            };
            later.emit(subnet, offer.alpha_emission, &terms);
        } else {
            subnet.emitted = SubnetEmission::nothing(subnet);
        }
    }
    later.emitted
}

/// A block's coinbase on its way through the subnets.
struct Later<'a> {
    rules: &'a Rules,
    chain: &'a Chain,
    root_weight: Q32,
    claims: RootClaims,
    counts_protocol_flow: bool,
    /// The step of the fast average of prices, if one is kept.
    fast_step: Option<Q64>,
    /// What is left to spend of the block's TAO, where that is minted first.
    credit: Tao,
    emitted: Emitted,
}

impl Later<'_> {
    /// What a subnet is offered with this part of the block's TAO.
    fn offer(&self, subnet: &Books, share: Q32) -> Offer {
        Offer {
            share,
            block: self.chain.emission,
            alpha_emission: alpha_emission(subnet.issuance()),
            price: subnet.spot_price(),
            root_proportion: root_proportion(self.root_weight, subnet.issuance()),
        }
    }

    fn emit(&mut self, subnet: &mut Books, alpha_emission: Alpha, terms: &Terms) {
        let rules = self.rules;
        let open = rules.registration_gate.open(subnet.settings.registrations);
        let offered = Reserves {
            tao: Tao::from_rao(if open.tao { terms.tao_in.floor() } else { 0 }),
            alpha: Alpha::from_rao(if open.alpha { terms.alpha_in.floor() } else { 0 }),
        };
        let entered = self.inject_and_buy(subnet, offered, Tao::from_rao(terms.excess.floor()));
        let alpha_out = if open.alpha { alpha_emission } else { Alpha::ZERO };
        self.share_alpha(subnet, alpha_out, terms.subsidy);
        let SubnetEmission { tao_in, alpha_in, pool, spot, .. } = &mut subnet.emitted;
        (*tao_in, *alpha_in, *pool) = (entered.tao, entered.alpha, subnet.pool);
        *spot = subnet.curve.spot_price(subnet.pool);
        self.update_moving_price(subnet);
    }

    /// Injects and buys in the order of the era. Returns what entered the reserves.
    fn inject_and_buy(&mut self, subnet: &mut Books, offered: Reserves, surplus: Tao) -> Reserves {
        if self.rules.coinbase.buys == BuyOrder::BeforeInjection {
            self.buy(subnet, surplus);
        }
        let offered = Reserves { tao: self.afforded(offered.tao), ..offered };
        let waited = subnet.waiting().tao;
        let adjusted = subnet.trading().adjust(self.rules.pool.curve, offered);
        subnet.curve = adjusted.curve;
        if self.rules.coinbase.buys == BuyOrder::OnTheNewCurve {
            self.buy(subnet, surplus);
        }
        // What waits is issued already, and in no reserve.
        self.issue((adjusted.entered.tao + subnet.waiting().tao).saturating_sub(waited));
        subnet.pool = subnet.pool.saturating_add(adjusted.entered);
        self.count_protocol_flow(subnet, adjusted.entered.tao);
        adjusted.entered
    }

    /// What of an amount can be paid: all, unless the block's TAO is minted first and is not enough for it.
    fn afforded(&self, tao: Tao) -> Tao {
        match self.rules.coinbase.minting {
            Minting::Spent | Minting::SpentOrRefunded if tao > self.credit => Tao::ZERO,
            _ => tao,
        }
    }

    fn issue(&mut self, tao: Tao) {
        self.credit = self.credit.saturating_sub(tao);
        self.emitted.issued += tao;
    }

    /// Spends surplus TAO on the subnet's alpha.
    fn buy(&mut self, subnet: &mut Books, surplus: Tao) {
        let spent = self.afforded(surplus);
        let (rule, minting) = (self.rules.coinbase.surplus, self.rules.coinbase.minting);
        if spent == Tao::ZERO || rule == Surplus::NotEmitted {
            return;
        }
        let swap = subnet.exchange().buy(self.rules.pool, Order::free(spent));
        // Where the price would pass what the pool can express, only a part is taken; none if the pool refuses.
        let taken = swap.as_ref().map_or(Tao::ZERO, |swap| swap.paid_in);
        match minting {
            Minting::Injected => self.emitted.uncounted += taken,
            Minting::SpentOrRefunded => self.issue(taken),
            Minting::InjectedAndSurplus | Minting::Spent => {
                self.issue(spent);
                self.emitted.stranded += spent - taken;
            }
        }
        let Ok(swap) = swap else { return };
        subnet.settle(swap.after);
        if subnet.settings.mechanism == Mechanism::Stable {
            subnet.pool.tao += swap.paid_in;
            subnet.pool.alpha = subnet.pool.alpha.saturating_sub(swap.out);
        }
        if rule == Surplus::KeptByProtocol {
            subnet.alpha_out += swap.out;
            subnet.protocol_alpha += swap.out;
        }
        subnet.chain_buy = ChainBuy { tao: swap.paid_in, alpha: swap.out };
        self.count_protocol_flow(subnet, swap.paid_in);
    }

    /// Counts what enters by the protocol's hand, as long as shares are by flows less it.
    fn count_protocol_flow(&self, subnet: &mut Books, tao: Tao) {
        if self.counts_protocol_flow {
            subnet.flow.protocol_enters(tao);
        }
    }

    /// Books the alpha of owner, miners, validators and root.
    fn share_alpha(&self, subnet: &mut Books, emitted: Alpha, subsidy: Subsidy) {
        subnet.alpha_out += emitted;
        let split = Split::of(self.rules, subnet, emitted, self.root_weight, self.claims);
        let order = match self.rules.coinbase.root_part {
            RootPart::Sold | RootPart::SoldWithoutFee => Some(Order::free(split.root)),
            RootPart::SoldWithFee => Some(Order::of(split.root)),
            RootPart::SoldUnlessSubsidised if subsidy == Subsidy::None => Some(Order::free(split.root)),
            _ => None,
        };
        let sale = match order.map(|order| subnet.exchange().sell(self.rules.pool, order)) {
            None => Sale::NotOffered,
            Some(Err(_)) => Sale::Refused,
            Some(Ok(swap)) => {
                subnet.settle(swap.after);
                if subnet.settings.mechanism == Mechanism::Stable {
                    subnet.pool.tao = subnet.pool.tao.saturating_sub(swap.out);
                    subnet.pool.alpha += swap.paid_in;
                }
                Sale::Made(swap.paid_in, swap.out)
            }
        };
        split.book(self.rules, subnet, sale, (subsidy, self.claims));
    }

    fn update_moving_price(&self, subnet: &mut Books) {
        let rules = self.rules;
        let (before, coefficient) = (subnet.share_price(), rules.moving_alpha);
        let age = self.chain.block.since(moving_price_birth(rules.moving_price_age, subnet));
        subnet.moving_price = match (rules.coinbase.price_bits, rules.moving_price_start) {
            (PriceBits::SixtyFour, MovingPriceStart::Slow { half_speed_age }) => {
                subnet.moving_price_with_64_bits(coefficient, half_speed_age, age)
            }
            (_, start) => moving_price::update(before, subnet.spot_price(), coefficient, start, age),
        };
        if let Some(step) = self.fast_step {
            let price = subnet.price_bits();
            subnet.fast_price = match subnet.fast_price {
                Q64::ZERO => price,
                fast => moving_price::followed(fast, price, step),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::books::{Registrations, Settings, Switch};
    use crate::coinbase;
    use crate::era::Spec;
    use crate::halving::MAX_SUPPLY;
    use crate::units::{Block, Netuid, RAO};

    /// A runtime of every change from spec 283 on.
    const SPECS: [u16; 18] =
        [283, 290, 298, 301, 320, 334, 342, 343, 362, 397, 411, 413, 421, 425, 426, 440, 443, 464];

    fn subnet(netuid: u16, tao: u64, alpha: u64, out: u64, moving: f64) -> Books {
        let settings = Settings {
            first_emission: Some(Block(1)),
            ..Settings::dynamic(Netuid(netuid), Block(0), 360, Block(1))
        };
        Books {
            pool: Reserves { tao: Tao::from_rao(tao), alpha: Alpha::from_rao(alpha) },
            alpha_out: Alpha::from_rao(out),
            moving_price: Q32::from_f64(moving),
            ..Books::new(Netuid(netuid), settings)
        }
    }

    fn chain() -> Chain {
        Chain {
            block: Block(10_000),
            emission: Tao::from_rao(RAO),
            root_tao: Tao::from_rao(6_000_000 * RAO),
            gate_bar: Q64::ZERO,
        }
    }

    fn run(spec: u16, books: &mut [Books]) -> Emitted {
        coinbase::block(&Rules::at(Spec::in_part(spec)), &chain(), books, &mut Vec::new())
    }

    /// One subnet with all of the emission at a price of one half: 0.5 TAO with the alpha for it, and 0.5 TAO bought.
    #[test]
    fn what_a_subsidised_subnet_does_not_take_in_buys_its_alpha() {
        for (spec, issued, uncounted) in [(298, RAO / 2, RAO / 2), (342, RAO, 0), (413, RAO, 0)] {
            let mut books = [subnet(1, 50_000 * RAO, 100_000 * RAO, 0, 0.5)];
            books[0].flow.enters(Tao::from_rao(RAO));
            let emitted = run(spec, &mut books);
            let [Books { pool, chain_buy, emitted: received, protocol_alpha, .. }] = books;
            // The root of the price is found to within 1e-12, so the price of one half may be a bit off.
            let near = |rao: u64, expected: u64| assert!(rao.abs_diff(expected) <= 2, "{spec}: {rao}");
            near(emitted.issued.rao(), issued);
            near(emitted.uncounted.rao(), uncounted);
            near(received.tao_in.rao(), RAO / 2);
            near(chain_buy.tao.rao(), RAO / 2);
            // A buy of 0.5 in a pool of 50,000 moves the price by a fifty-thousandth.
            assert!((0.9999..1.0).contains(&chain_buy.alpha.to_f64()), "{spec}: {}", chain_buy.alpha);
            assert_eq!(pool.tao, Tao::from_rao(50_000 * RAO) + received.tao_in + chain_buy.tao);
            let kept = if spec == 413 { chain_buy.alpha } else { Alpha::ZERO };
            assert_eq!(protocol_alpha, kept);
        }
    }

    #[test]
    fn a_closed_subnet_receives_nothing_but_its_surplus_from_spec_301_on() {
        let closed = |spec| {
            let mut books = [subnet(1, 50_000 * RAO, 100_000 * RAO, 0, 0.5)];
            books[0].settings.registrations = Registrations::Closed;
            run(spec, &mut books);
            let [Books { emitted, chain_buy, .. }] = books;
            [
                emitted.tao_in.rao() > 0,
                emitted.alpha_in.rao() > 0,
                emitted.alpha_out.rao() > 0,
                chain_buy.tao.rao() > 0,
            ]
        };
        assert_eq!(closed(290), [false, true, true, false]);
        assert_eq!(closed(298), [false, true, true, true]);
        assert_eq!(closed(320), [false, false, false, true]);
        assert_eq!(closed(361), [false; 4]);
    }

    /// A shallow pool refuses to trade: then the era says who loses what.
    #[test]
    fn root_part_that_cannot_be_sold_costs_the_others_their_part_until_spec_297() {
        let pending = |spec| {
            let mut books = [subnet(1, 900_000, RAO, 0, 0.0)];
            run(spec, &mut books);
            let [Books { pending, dust, .. }] = books;
            (pending.emission > Alpha::ZERO, pending.swapped > Alpha::ZERO, dust.unsold > Alpha::ZERO)
        };
        assert_eq!(pending(283), (false, false, true));
        assert_eq!(pending(297), (false, false, true));
        assert_eq!(pending(298), (true, true, true));
        assert_eq!(pending(334), (true, false, false));
    }

    #[test]
    fn root_claims_while_moving_prices_sum_to_more_than_one() {
        let of = |spec, price| {
            let mut books = [subnet(1, 50_000 * RAO, 50_000 * RAO, 0, price)];
            run(spec, &mut books);
            let [Books { pending, alpha_out, emitted, .. }] = books;
            (pending.root_alpha > Alpha::ZERO, alpha_out == emitted.alpha_out)
        };
        assert_eq!((of(342, 1.5), of(342, 1.0)), ((true, true), (false, true)));
        assert_eq!((of(343, 1.5), of(343, 1.0)), ((true, true), (false, false)));
    }

    fn any_market() -> impl Strategy<Value = Vec<Books>> {
        let supply = 1_000 * RAO..1_000_000 * RAO;
        let one = (supply.clone(), supply.clone(), supply, 0.0..1.0f64, -(1i64 << 45)..1 << 45, 0..8u8);
        prop::collection::vec(one, 1..12).prop_map(|market| {
            (1..)
                .zip(market)
                .map(|(netuid, (tao, alpha, out, moving, flow, kind))| {
                    let mut books = subnet(netuid, tao, alpha, out, moving);
                    books.flow.user = flow;
                    books.settings.registrations = match kind {
                        0 => Registrations::Closed,
                        1 => Registrations::Work,
                        _ => Registrations::Both,
                    };
                    books.settings.tao = if kind == 2 { Switch::Off } else { Switch::On };
                    if kind == 3 {
                        books.settings.first_emission = None;
                    }
                    books
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn no_tao_of_the_emission_is_lost(market in any_market()) {
            for spec in SPECS {
                let mut books = market.clone();
                // A second block has curves that the first has begun.
                for _ in 0..2 {
                    let before = books.clone();
                    let Emitted { issued, uncounted, stranded, .. } = run(spec, &mut books);
                    let held = |books: &[Books]| -> Tao { books.iter().map(Books::tao).sum() };
                    prop_assert_eq!(held(&before) + issued + uncounted, held(&books) + stranded, "{}", spec);
                    prop_assert!((issued + uncounted).rao() <= RAO, "{}", spec);
                    // Unless nobody has a share, a gate holds TAO back, or a pool refuses a buy whose TAO is then
                    // recycled, less than two rao by subnet are not emitted.
                    let open = books.iter().all(|subnet| subnet.settings.registrations != Registrations::Closed);
                    if issued > Tao::ZERO && open && spec != 283 && spec < 426 {
                        prop_assert!((issued + uncounted).rao() + 2 * books.len() as u64 >= RAO, "{}", spec);
                    }
                }
            }
        }

        #[test]
        fn no_alpha_is_lost(market in any_market()) {
            for spec in SPECS {
                let mut books = market.clone();
                let rules = Rules::at(Spec::in_part(spec));
                run(spec, &mut books);
                for (before, after) in market.iter().zip(&books) {
                    let Books { emitted, chain_buy, pending, dust, .. } = after;
                    let bought = match rules.coinbase.surplus {
                        Surplus::KeptByProtocol => Alpha::ZERO,
                        _ => chain_buy.alpha,
                    };
                    let grown = emitted.alpha_in + after.waiting().alpha + emitted.alpha_out;
                    let out = after.issuance() + bought;
                    let recycled = before.issuance() + grown - out;
                    prop_assert!(recycled == Alpha::ZERO || recycled == emitted.root_alpha, "{}", spec);
                    let waiting = pending.emission + pending.server + pending.validator + pending.owner_cut
                        + pending.root_alpha;
                    let nobodys = dust.unclaimed + dust.unsold;
                    let protocol = after.protocol_alpha - before.protocol_alpha;
                    prop_assert_eq!(before.alpha_out + waiting + nobodys + protocol, after.alpha_out, "{}", spec);
                }
            }
        }

        #[test]
        fn the_order_of_subnets_makes_no_difference(market in any_market()) {
            for spec in SPECS {
                let (mut there, mut back) = (market.clone(), market.iter().rev().copied().collect::<Vec<_>>());
                let forwards = run(spec, &mut there);
                prop_assert_eq!(forwards, run(spec, &mut back), "{}", spec);
                back.reverse();
                prop_assert_eq!(there, back, "{}", spec);
            }
        }

        #[test]
        fn an_issuance_at_its_end_emits_nothing(market in any_market()) {
            let nothing = Chain { emission: Tao::ZERO, ..chain() };
            for spec in SPECS {
                let rules = Rules::at(Spec::in_part(spec));
                let mut books = market.clone();
                for subnet in &mut books {
                    subnet.alpha_out = Alpha::from_rao(MAX_SUPPLY);
                }
                let emitted = coinbase::block(&rules, &nothing, &mut books, &mut Vec::new());
                prop_assert_eq!((emitted.issued, emitted.uncounted), (Tao::ZERO, Tao::ZERO));
            }
        }
    }
}
