//! What is answered.

use dtao_experiment::scenario::Origin;
use dtao_protocol::units::{Alpha, DAY, Tao};
use serde::Serialize;

use crate::PoolError;
use crate::course::{Back, Course, Look, Side, Trade};
use crate::market::{Market, MarketSource};
use crate::question::{Deed, GivenPool, Own, Question};

/// What a trade pays and costs, and what becomes of the pool. Amounts are exact to the rao.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The subnet's number in the scenario.
    pub netuid: u16,
    /// The runtime.
    pub spec: u16,
    /// The first block, in which the trade is made.
    pub first_block: u64,
    /// The last block that is looked at.
    pub last_block: u64,
    /// The pool before the first block.
    pub before: PoolState,
    /// The pool after the last block in which something was traded.
    pub after: PoolState,
    /// What was bought, all together.
    pub bought: Option<Traded>,
    /// What was sold, all together.
    pub sold: Option<Traded>,
    /// Fees in TAO; those in alpha at the price before.
    pub fees: Tao,
    /// Of one trade: how much worse its average price, without fees, is than the price before; 0.1 is a tenth.
    pub slippage: Option<f64>,
    /// TAO: of one trade, what the alpha is worth at the price before, against what was paid or received; of a price that was kept,
    /// what was paid less what was received. Below 0 it is a gain.
    pub cost: f64,
    /// Of a price that was kept: which, and in how many of its blocks it was there.
    pub kept: Option<Kept>,
    /// Blocks from the last trade until price and reserves are where they were before the first.
    pub back: Returned,
    /// What part of all emission the subnet has.
    pub share: Vec<Share>,
    /// Where the price is, day by day: after the first block, and after each day.
    pub prices: Vec<Prices>,
    /// What is neither given nor a rule of the chain.
    pub assumed: Vec<String>,
    /// Where each part of the state comes from.
    pub start: Vec<Origin>,
    #[serde(skip)]
    course: Vec<f64>,
}

/// A pool at one moment.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PoolState {
    /// The spot price, in TAO per alpha.
    pub price: f64,
    /// TAO in the pool.
    pub tao_in: Tao,
    /// Alpha in the pool.
    pub alpha_in: Alpha,
}

/// Trades on one side, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Traded {
    /// How many calls.
    pub calls: u64,
    /// TAO paid or received, fees included.
    pub tao: Tao,
    /// Alpha received or given.
    pub alpha: Alpha,
    /// TAO per alpha.
    pub average_price: f64,
    /// Fees in TAO.
    pub fees: Tao,
    /// Fees in alpha.
    pub alpha_fees: Alpha,
}

/// A price that was kept.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Kept {
    /// The price, in TAO per alpha.
    pub price: f64,
    /// In how many blocks it was there, to a ten-thousandth, or higher.
    pub blocks: u64,
    /// Of how many.
    pub of: u64,
}

/// When something is back, in blocks; nothing where it is not within the days that are looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Returned {
    /// With emission alone.
    pub emission_alone: Times,
    /// The median over the runs with trades at random.
    pub noise_median: Times,
    /// Within which nine in ten of these runs are back.
    pub noise_90: Times,
    /// How many runs.
    pub runs: u64,
}

/// Blocks until price and reserves are back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Times {
    /// The price.
    pub price: Option<u64>,
    /// TAO in the pool.
    pub tao_in: Option<u64>,
    /// Alpha in the pool.
    pub alpha_in: Option<u64>,
}

/// A part of all emission, over blocks from the first on.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Share {
    /// How many blocks.
    pub blocks: u64,
    /// The part without the trade, 0 to 1.
    pub without: f64,
    /// The part with it.
    pub with: f64,
    /// TAO emitted to the subnet without it.
    pub tao_without: Tao,
    /// TAO emitted to the subnet with it.
    pub tao_with: Tao,
}

/// Prices at one moment, with emission alone.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Prices {
    /// The block.
    pub block: u64,
    /// The price without the trade.
    pub without: f64,
    /// The price with it.
    pub with: f64,
}

impl From<Look> for PoolState {
    fn from(look: Look) -> Self {
        Self { price: look.price, tao_in: look.reserves.tao, alpha_in: look.reserves.alpha }
    }
}

impl PoolState {
    fn levels(&self) -> [f64; 3] {
        [self.price, self.tao_in.to_f64(), self.alpha_in.to_f64()]
    }
}

impl From<Back> for Times {
    fn from(Back { price, tao_in, alpha_in }: Back) -> Self {
        Self { price, tao_in, alpha_in }
    }
}

impl Answer {
    pub(crate) fn of(
        question: &Question,
        market: &Market,
        end: u64,
        start: &[Origin],
        (with, without): (&Course, &Course),
        noisy: &[Course],
    ) -> Result<Self, PoolError> {
        let (first, days) = (market.frame.block.0, question.days);
        let [bought, sold] = [Side::Bought, Side::Sold].map(|side| together(&with.trades, side));
        if bought.is_none() && sold.is_none() {
            return Err(PoolError::question(
                "the chain refuses the trade",
                "trade more than the chain's least stake, and less than the pool can pay",
            ));
        }
        let before = PoolState::from(with.before);
        let traded = [bought, sold].into_iter().flatten();
        let fees: Tao =
            traded.map(|traded| traded.fees + Tao::from_f64(traded.alpha_fees.to_f64() * before.price)).sum();
        let (slippage, cost) = costs(question.deed, before.price, bought, sold);
        let windows = match question.deed {
            Deed::Push { blocks, .. } => [blocks, days * DAY],
            _ => [DAY, days * DAY],
        };
        let share = |blocks| {
            let ((without, tao_without), (with, tao_with)) =
                (without.share(0, blocks), with.share(0, blocks));
            Share { blocks, without, with, tao_without, tao_with }
        };
        let mut shares: Vec<Share> = windows.map(share).to_vec();
        shares.dedup_by_key(|share| share.blocks);
        let price = |day: u64| {
            let after = (day * DAY).saturating_sub(u64::from(day > 0));
            Prices { block: first + after, without: without.at(after).price, with: with.at(after).price }
        };
        Ok(Self {
            netuid: market.subnet.0,
            spec: market.protocol.spec.into(),
            first_block: first,
            last_block: first + days * DAY - 1,
            before,
            after: with.at(end).into(),
            bought,
            sold,
            fees,
            slippage,
            cost,
            kept: kept(question.deed, with),
            back: Returned {
                emission_alone: with.back.into(),
                noise_median: at_rank(noisy, 0.5),
                noise_90: at_rank(noisy, 0.9),
                runs: noisy.len() as u64,
            },
            share: shares,
            prices: (0..=days).map(price).collect(),
            assumed: assumed(question, market),
            start: start.to_vec(),
            course: with.looks.iter().map(|look| look.price).collect(),
        })
    }

    /// Price, TAO and alpha before the first block.
    #[must_use]
    pub fn levels_before(&self) -> [f64; 3] {
        self.before.levels()
    }

    /// Price, TAO and alpha after the last trade.
    #[must_use]
    pub fn levels_after(&self) -> [f64; 3] {
        self.after.levels()
    }

    /// The price before the first block and after each, with the trade and emission alone, at evenly spaced moments.
    #[must_use]
    pub fn chart(&self, points: usize) -> Vec<f64> {
        let last = self.course.len().saturating_sub(1);
        let moments = (0..points).map(|point| self.course[point * last / (points - 1).max(1)]);
        std::iter::once(self.before.price).chain(moments).collect()
    }
}

/// All trades on one side.
fn together(trades: &[Trade], side: Side) -> Option<Traded> {
    let of = trades.iter().filter(|trade| trade.side == side && trade.alpha > Alpha::ZERO);
    let mut all = of.fold(Traded::default(), |mut all, trade| {
        all.calls += 1;
        all.tao += trade.tao;
        all.alpha += trade.alpha;
        all.fees += trade.fees;
        all.alpha_fees += trade.alpha_fees;
        all
    });
    all.average_price = all.tao.to_f64() / all.alpha.to_f64();
    (all.calls > 0).then_some(all)
}

/// Slippage and cost.
fn costs(deed: Deed, price: f64, bought: Option<Traded>, sold: Option<Traded>) -> (Option<f64>, f64) {
    let tao = |traded: Option<Traded>| traded.map_or(0.0, |traded| traded.tao.to_f64());
    match (deed, bought, sold) {
        (Deed::Push { .. }, ..) => (None, tao(bought) - tao(sold)),
        (_, Some(bought), _) => {
            let worth = bought.alpha.to_f64() * price;
            let entered = bought.tao.saturating_sub(bought.fees).to_f64();
            (Some(entered / worth - 1.0), bought.tao.to_f64() - worth)
        }
        (_, None, Some(sold)) => {
            let worth = sold.alpha.to_f64() * price;
            let swapped = sold.alpha.saturating_sub(sold.alpha_fees).to_f64() * price;
            (Some(1.0 - (sold.tao + sold.fees).to_f64() / swapped), worth - sold.tao.to_f64())
        }
        (_, None, None) => (None, 0.0),
    }
}

fn kept(deed: Deed, course: &Course) -> Option<Kept> {
    /// A purchase below the least stake is left for later.
    const CLOSE: f64 = 1e-4;
    let Deed::Push { times, blocks } = deed else { return None };
    let price = times * course.before.price;
    let there = |look: &&Look| look.price >= price * (1.0 - CLOSE);
    let held = course.looks.iter().take(blocks as usize).filter(there).count() as u64;
    Some(Kept { price, blocks: held, of: blocks })
}

/// The smallest times within which a part of all runs is back.
fn at_rank(courses: &[Course], part: f64) -> Times {
    let ranked = |of: fn(&Back) -> Option<u64>| {
        let mut times: Vec<u64> = courses.iter().map(|course| of(&course.back).unwrap_or(u64::MAX)).collect();
        times.sort_unstable();
        let rank = (part * times.len() as f64).ceil() as usize;
        times.get(rank.saturating_sub(1)).copied().filter(|&time| time < u64::MAX)
    };
    Times {
        price: ranked(|back| back.price),
        tao_in: ranked(|back| back.tao_in),
        alpha_in: ranked(|back| back.alpha_in),
    }
}

/// What is neither given nor a rule of the chain, for people.
fn assumed(question: &Question, market: &Market) -> Vec<String> {
    let mut assumed = Vec::new();
    if let Own::Given(GivenPool { alpha_out, moving_price, .. }) = question.own {
        if alpha_out.is_none() {
            assumed.push("as much alpha outside the pool as in it (--alpha-out)".to_owned());
        }
        if moving_price.is_none() {
            assumed.push("a moving price that is the price (--moving-price)".into());
        }
        assumed.push("a subnet as young as its alpha allows".into());
    }
    let others = if market.rows.len() > 1 {
        format!("{}, who do nothing", market.about)
    } else {
        "no other subnet".to_owned()
    };
    assumed.push(match market.source {
        MarketSource::Shipped => format!("beside it {others}"),
        MarketSource::Table => format!("root, issuance and date of a shipped market; {others}"),
        MarketSource::Scenario => others,
    });
    assumed.push("noise: SN28's of February 2025, sizes in proportion to the pool".into());
    assumed
}
