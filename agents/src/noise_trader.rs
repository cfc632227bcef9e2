//! The exogenous flow of whole subnets: heavy-tailed sizes, trades in clusters, a side that leans against the price.
//!
//! One account stands for all who trade for reasons of their own. On each of its subnets trades come at a
//! constant rate, raised for a while by its own trades and by moves of the price (a Hawkes process). Where the
//! price is above its moving average it sells more often, and after a large fall the mood may turn for good.
//!
//! ```text
//! rate = trades_per_day / 7200 + excitation
//! excitation <- excitation * exp(-1 / decay) + (per_trade * trades + per_move * |d ln p|) / decay    per block
//! P(trade in a block) = 1 - exp(-rate)
//! P(buy) = logistic(bias - reversion * clip(ln(p / average), -clip, clip) - shift if the mood has turned)
//! size ~ min(LogNormal, cap), at most what it has
//! ```
//! Without clustering it sleeps from trade to trade.
//!
//! Source: Hawkes 1971, doi:10.1093/biomet/58.1.83; Bacry, Mastromatteo, Muzy 2015, doi:10.1142/S2382626615500057.
//! Fitted (D) to subnet 28, 20 to 24 February 2025, in two-minute prices (`configs/market`): sizes with a
//! log-deviation of 1.6 before the cap, 102 intervals with a trade a day, variance ratio 0.57 at twelve hours.

use bevy_ecs::prelude::Component;
use dtao_engine::call::Call;
use dtao_engine::math;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{self, Alpha, Block, Netuid, Tao};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, Exp1, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::prior::Prior;
use crate::priors::priors;
use crate::trading::{Peak, held, home, logistic};
use crate::{ParameterError, Parameters, listed, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "the exogenous flow of subnets: heavy-tailed, clustered, leaning against the price";

const A_DAY: f64 = units::DAY as f64;
/// Blocks over which the highest price counts for the mood: 24 hours.
const MOOD_WINDOW: u64 = 7_200;

/// The exogenous flow of one subnet or several.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoiseTrader {
    /// The subnets, at least one.
    pub netuids: Vec<Netuid>,
    /// Trades a day on each that nothing excites; above 0 and at most 7,200, about 40 to 70 (D).
    pub trades_per_day: Prior<f64>,
    /// The median size; about 0.9 to 1.5 TAO (D).
    pub median: Prior<Tao>,
    /// The standard deviation of the size's natural logarithm; 0 or more, about 1.1 to 1.6 (D).
    pub sigma: Prior<f64>,
    /// The largest size; about 70 TAO (D).
    pub cap: Prior<Tao>,
    /// The log-odds of a buy at the average price; about 0.1 to 0.8 (D, weakly).
    pub bias: Prior<f64>,
    /// How its side answers to the price; none if it does not.
    pub reversion: Option<Reversion>,
    /// What makes its trades come in clusters; none if nothing does.
    pub clustering: Option<Clustering>,
    /// How a crash turns its mood; none if it does not.
    pub mood: Option<Mood>,
    #[serde(skip)]
    books: Vec<Book>,
}

/// How the side leans against the price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reversion {
    /// Log-odds for each unit of ln(price / average); 0 or more, about 0.5 to 4 (D, weakly).
    pub strength: Prior<f64>,
    /// The most that ln(price / average) counts for, either way; 0 or more, about 0.11 (D): without it a crash is
    /// bought back.
    pub clip: Prior<f64>,
    /// Blocks over which the average forgets; 1 or more, about 5,100, 17 hours (P).
    pub memory: Prior<f64>,
}

/// What excites trades.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clustering {
    /// Trades that one of its own brings about; 0 to 0.95, about 0.36 (P).
    pub per_trade: Prior<f64>,
    /// Trades that a move of the price's logarithm by 1 brings about; 0 or more, about 4 (P).
    pub per_move: Prior<f64>,
    /// Blocks in which excitation falls to 1/e; 1 or more, about 15 to 200 (P).
    pub decay: Prior<f64>,
}

/// How a crash turns the mood, once and for good.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mood {
    /// The fall of the price's logarithm from the highest of 24 hours; above 0, about 1.05, 65 % (P).
    pub fall: Prior<f64>,
    /// What the log-odds of a buy lose; 0 or more, about 0.9 to 1.5 (D, by the price two days later).
    pub shift: Prior<f64>,
}

/// What it remembers of a subnet.
#[derive(Clone, Debug, PartialEq)]
struct Book {
    netuid: Netuid,
    /// The price's average, its last price, and the block of both; none before the first look.
    seen: Option<(f64, f64, Block)>,
    excitation: f64,
    next: Block,
    peak: Peak,
    shift: f64,
}

priors! {
    Reversion in "reversion" {
        strength: 0.0..=range::NUMBER,
        clip: 0.0..=range::LOGARITHM,
        memory: 1.0..=range::DURATION,
    }
}

priors! {
    Clustering in "clustering" {
        per_trade: 0.0..=0.95,
        per_move: 0.0..=range::NUMBER,
        decay: 1.0..=range::DURATION,
    }
}

priors! {
    Mood in "mood" {
        fall: f64::MIN_POSITIVE..=range::LOGARITHM,
        shift: 0.0..=range::LOGARITHM,
    }
}

priors! {
    NoiseTrader {
        trades_per_day: 0.001..=A_DAY,
        median: range::ONE_RAO..=range::TAO,
        sigma: 0.0..=range::DEVIATION,
        cap: range::ONE_RAO..=range::TAO,
        bias: -range::LOGARITHM..=range::LOGARITHM,
    }
    groups { reversion, clustering, mood }
    besides { netuids, books }
}

impl Parameters for NoiseTrader {
    fn check(&self) -> Result<(), ParameterError> {
        if self.netuids.is_empty() {
            return Err(ParameterError {
                field: "netuids",
                message: "no subnet: must name one or more".into(),
            });
        }
        Ok(())
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        listed("netuids", &self.netuids)
    }
}

impl Strategy for NoiseTrader {
    fn start(&mut self, view: &View, me: &mut Actor) {
        for &netuid in &self.netuids {
            let next = view.block() + self.wait(&mut me.random_of(&netuid.to_string()));
            let (peak, seen) = (Peak::default(), None);
            self.books.push(Book { netuid, seen, excitation: 0.0, next, peak, shift: 0.0 });
        }
        self.sleep(view, me);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let mut books = std::mem::take(&mut self.books);
        for book in &mut books {
            // The same numbers in every block, traded or not, whatever other subnets it trades on.
            let mut random = me.random_of(&book.netuid.to_string());
            let (arrives, side): (f64, f64) = (random.random(), random.random());
            let normal: f64 = StandardNormal.sample(&mut random);
            let wait = self.wait(&mut random);
            let now = view.block();
            let Some(price) = view.price(book.netuid) else {
                book.next = now + wait;
                continue;
            };
            let odds = self.odds(book, price, now);
            let rate = self.trades_per_day.value() / A_DAY + book.excitation;
            let trades = match self.clustering {
                Some(_) => arrives < 1.0 - math::exp(-rate),
                None => book.next <= now,
            };
            if !trades {
                continue;
            }
            book.next = now + wait;
            if let Some(clustering) = &self.clustering {
                book.excitation += clustering.per_trade.value() / clustering.decay.value();
            }
            let size = self.median.value().to_f64() * math::exp(self.sigma.value() * normal);
            let size = size.min(self.cap.value().to_f64());
            let (netuid, hotkey) = (book.netuid, home(book.netuid, view, me));
            if side < logistic(odds) {
                let tao = Tao::from_f64(size).min(view.spendable(me.id));
                if tao > Tao::ZERO {
                    me.submit(Call::Stake { netuid, hotkey, tao, limit: None });
                }
            } else {
                let alpha = Alpha::from_f64(size / price).min(held(netuid, view, me));
                if alpha > Alpha::ZERO {
                    me.submit(Call::Unstake { netuid, hotkey, alpha, limit: None });
                }
            }
        }
        self.books = books;
        self.sleep(view, me);
    }
}

impl NoiseTrader {
    /// Blocks to the next trade that nothing excites: geometric, by inversion.
    fn wait(&self, random: &mut impl Rng) -> u64 {
        let exponential: f64 = Exp1.sample(random);
        let idle = exponential / -math::ln_1p(-self.trades_per_day.value() / A_DAY);
        1 + idle as u64
    }

    /// Notes the price, and says the log-odds of a buy.
    fn odds(&self, book: &mut Book, price: f64, now: Block) -> f64 {
        let (mut average, last, at) = book.seen.unwrap_or((price, price, now));
        let passed = now.since(at) as f64;
        if let Some(Clustering { per_move, decay, .. }) = &self.clustering {
            let moved = math::ln(price / last).abs();
            book.excitation = book.excitation * math::exp(-passed / decay.value())
                + per_move.value() * moved / decay.value();
        }
        let mut odds = self.bias.value();
        if let Some(Reversion { strength, clip, memory }) = &self.reversion {
            average += (price - average) * (1.0 - math::exp(-passed / memory.value()));
            let clip = clip.value();
            odds -= strength.value() * math::ln(price / average).clamp(-clip, clip);
        }
        if let Some(Mood { fall, shift }) = &self.mood {
            let highest = book.peak.see(price, now, MOOD_WINDOW);
            if math::ln(highest / price) > fall.value() {
                book.shift = shift.value();
            }
        }
        book.seen = Some((average, price, now));
        odds - book.shift
    }

    /// With clustering every block may be the next; without, it asks for one wake.
    fn sleep(&self, view: &View, me: &mut Actor) {
        match self.clustering {
            Some(_) => me.wake_after(1),
            None => me.wake_at(
                self.books.iter().map(|book| book.next).min().expect("at least one").max(view.block() + 1),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::Agent;
    use crate::testing::{Market, trader};

    /// 360 buys a day of 1 TAO each.
    fn steady() -> NoiseTrader {
        NoiseTrader {
            netuids: vec![Netuid(1)],
            trades_per_day: Prior::Exactly(360.0),
            median: Prior::Exactly(Tao::from_rao(RAO)),
            sigma: Prior::Exactly(0.0),
            cap: Prior::Exactly(Tao::from_rao(70 * RAO)),
            bias: Prior::Exactly(40.0),
            reversion: None,
            clustering: None,
            mood: None,
            books: vec![],
        }
    }

    fn clustered(per_trade: f64, per_move: f64) -> NoiseTrader {
        let [per_trade, per_move, decay] = [per_trade, per_move, 20.0].map(Prior::Exactly);
        NoiseTrader { clustering: Some(Clustering { per_trade, per_move, decay }), ..steady() }
    }

    fn blocks_of(noise: NoiseTrader, market: Market, blocks: u64) -> Vec<u64> {
        market.calls_of(noise, blocks).into_iter().map(|(block, _)| block.0).collect()
    }

    #[test]
    fn trades_come_as_often_as_told_with_and_without_clustering() {
        let mean = |noise: fn() -> NoiseTrader| {
            let trades = |seed| blocks_of(noise(), Market::quiet().seeded(seed), 4_000).len();
            (0..16).map(trades).sum::<usize>() as f64 / 16.0
        };
        let (plain, alone) = (mean(steady), mean(|| clustered(0.0, 0.0)));
        let excited = mean(|| clustered(1.0 / 3.0, 0.0));
        // 200 are due in 4,000 blocks, less the one in 40 that would be the second of its block where every block is
        // looked at: within four standard errors of a mean of 16. A third of children makes it 296, less one in 20,
        // and their standard deviation sqrt(200) / (2/3)^1.5 = 26.
        assert!((plain - 200.0).abs() <= 14.0 && (alone - 195.0).abs() <= 14.0, "{plain} {alone}");
        assert!((excited - 281.0).abs() <= 26.0, "{excited}");
    }

    #[test]
    fn a_move_of_the_price_excites_trades() {
        let after = |per_move| {
            let market = Market::quiet().with(trader(&[(1_000, 1_000)], &[]));
            let all = blocks_of(clustered(0.0, per_move), market, 1_100);
            all.iter().filter(|&&block| block > 1_000).count()
        };
        // 5 are due in 100 blocks, and the logarithm moves by more than 0.6.
        assert!(after(0.0) <= 12 && after(60.0) >= 20, "{} {}", after(0.0), after(60.0));
    }

    #[test]
    fn sizes_are_capped() {
        let noise = NoiseTrader {
            sigma: Prior::Exactly(2.0),
            cap: Prior::Exactly(Tao::from_rao(2 * RAO)),
            ..steady()
        };
        let calls = Market::quiet().calls_of(noise, 2_000);
        let sizes: Vec<u64> = calls
            .iter()
            .map(|(_, call)| match call {
                Call::Stake { tao, .. } => tao.rao(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(sizes.iter().max(), Some(&(2 * RAO)));
        assert!(sizes.iter().any(|size| *size < RAO), "{sizes:?}");
    }

    /// Buys and sells of the last blocks, when it has something to sell.
    fn sides(noise: NoiseTrader, market: Market, blocks: u64, from: u64) -> (usize, usize) {
        let calls = market.calls_of(noise, blocks);
        let late = calls.iter().filter(|(block, _)| block.0 > from);
        let buys = late.clone().filter(|(_, call)| matches!(call, Call::Stake { .. })).count();
        (buys, late.count() - buys)
    }

    #[test]
    fn it_leans_against_a_price_above_its_average_no_further_than_the_clip() {
        let noise = |clip| {
            let [strength, clip, memory] = [60.0, clip, 1e6].map(Prior::Exactly);
            NoiseTrader { reversion: Some(Reversion { strength, clip, memory }), ..steady() }
        };
        let pumped = || Market::quiet().with(trader(&[(500, 1_000)], &[]));
        let (buys, sells) = sides(noise(10.0), pumped(), 1_500, 600);
        assert!(buys == 0 && sells >= 20, "{buys} {sells}");
        let (buys, sells) = sides(noise(0.0), pumped(), 1_500, 600);
        assert!(sells == 0 && buys >= 20, "{buys} {sells}");
    }

    #[test]
    fn a_crash_turns_its_mood_and_no_smaller_fall_does() {
        let noise = |fall| {
            let [fall, shift] = [fall, 80.0].map(Prior::Exactly);
            NoiseTrader { mood: Some(Mood { fall, shift }), ..steady() }
        };
        // Half of the pool is bought and sold again: the logarithm falls by 1.2 or so.
        let crash = || Market::quiet().with(trader(&[(300, 1_000)], &[(500, 40_000)]));
        assert_eq!(sides(noise(0.7), crash(), 1_500, 550).0, 0);
        assert_eq!(sides(noise(2.0), crash(), 1_500, 550).1, 0);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |noise: NoiseTrader| noise.check_all().expect_err("out of range").field;
        assert_eq!(field(NoiseTrader { netuids: vec![], ..steady() }), "netuids");
        assert_eq!(field(NoiseTrader { trades_per_day: Prior::Exactly(0.0), ..steady() }), "trades_per_day");
        assert_eq!(field(NoiseTrader { bias: Prior::Exactly(f64::NAN), ..steady() }), "bias");
        assert_eq!(field(clustered(1.0, 0.0)), "clustering.per_trade");
    }
}
