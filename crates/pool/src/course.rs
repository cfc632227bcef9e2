//! One run: what the pool was after each block, and what was traded.

use dtao_engine::call::{Outcome, Receipt};
use dtao_engine::random::RunSeed;
use dtao_engine::run::{Audit, Run, RunError};
use dtao_experiment::run::{Options, Progress, builder};
use dtao_experiment::scenario::Loaded;
use dtao_protocol::pool::Reserves;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::question::YOU;

/// What was seen of a run.
#[derive(Clone, Debug)]
pub struct Course {
    /// The pool before the first block.
    pub before: Look,
    /// The pool after each block.
    pub looks: Vec<Look>,
    /// What was traded, in order.
    pub trades: Vec<Trade>,
    /// When what a trade moved was back where it had been.
    pub back: Back,
}

/// A pool after a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The spot price, in TAO per alpha.
    pub price: f64,
    /// The reserves.
    pub reserves: Reserves,
    /// TAO that the block emitted to the subnet.
    pub emitted: Tao,
    /// TAO that the block emitted to all.
    pub emission: Tao,
}

/// One trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Blocks since the first.
    pub after: u64,
    /// Which side.
    pub side: Side,
    /// TAO paid or received, fees included.
    pub tao: Tao,
    /// Alpha received or given.
    pub alpha: Alpha,
    /// Fees in TAO.
    pub fees: Tao,
    /// Fees in alpha.
    pub alpha_fees: Alpha,
}

/// Which side a trade is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// TAO for alpha.
    Bought,
    /// Alpha for TAO.
    Sold,
}

/// How long a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// To its last block.
    End,
    /// Until all that was moved is back, if that comes first.
    AllIsBack,
}

/// Blocks from the end of the last trade until what it moved was back where it had been before the first; nothing for what
/// was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Back {
    /// The price.
    pub price: Option<u64>,
    /// TAO in the pool.
    pub tao_in: Option<u64>,
    /// Alpha in the pool.
    pub alpha_in: Option<u64>,
}

/// On which side of its old level a quantity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// It is lower.
    Below,
    /// It is at the level or higher.
    Above,
}

impl Past {
    /// The side of a value.
    #[must_use]
    pub fn of(value: f64, level: f64) -> Self {
        if value < level { Self::Below } else { Self::Above }
    }

    /// Whether a value is back from this side.
    fn is_over(self, value: f64, level: f64) -> bool {
        match self {
            Self::Below => value >= level,
            Self::Above => value <= level,
        }
    }
}

impl Look {
    /// The price, the TAO and the alpha.
    #[must_use]
    pub fn levels(&self) -> [f64; 3] {
        [self.price, self.reserves.tao.to_f64(), self.reserves.alpha.to_f64()]
    }
}

impl Course {
    /// Runs a scenario; `end` blocks after the first the last trade is made.
    pub(crate) fn of(
        loaded: &Loaded,
        subnet: Netuid,
        seed: u64,
        end: u64,
        until: Until,
        progress: &dyn Fn(u64) -> Progress,
    ) -> Result<Self, RunError> {
        /// Blocks between two looks at whether to go on.
        const STEP: u64 = 500;
        let mut run = builder(loaded, Options { seed: RunSeed(seed), audit: Audit::Off }).build();
        let you = run.view().group(YOU);
        let before = look(&mut run, subnet);
        let blocks = loaded.scenario.blocks;
        let (mut looks, mut trades) = (Vec::with_capacity(blocks as usize), Vec::new());
        let mut returns = Returns { levels: before.levels(), past: None, back: [None; 3] };
        for after in 0..blocks {
            run.advance(1)?;
            let now = look(&mut run, subnet);
            looks.push(now);
            let view = run.view();
            let own = view.receipts().iter().filter(|receipt| Some(view.account(receipt.agent).group) == you);
            trades.extend(own.filter_map(|receipt| trade(receipt, after)));
            if after >= end {
                returns.see(now.levels(), after - end);
            }
            if after % STEP == STEP - 1 && progress(STEP) == Progress::Stop {
                break;
            }
            if until == Until::AllIsBack && returns.are_complete() {
                progress((blocks - after - 1) / STEP * STEP);
                break;
            }
        }
        let [price, tao_in, alpha_in] = returns.back;
        Ok(Self { before, looks, trades, back: Back { price, tao_in, alpha_in } })
    }

    /// The pool, some blocks after the first; the last that was seen if there were fewer.
    #[must_use]
    pub fn at(&self, after: u64) -> Look {
        let last = self.looks.len().saturating_sub(1);
        self.looks.get((after as usize).min(last)).copied().unwrap_or(self.before)
    }

    /// What part of the TAO the subnet was emitted, over blocks counted from the first, and how much that is.
    #[must_use]
    pub fn share(&self, from: u64, to: u64) -> (f64, Tao) {
        let window = &self.looks[from as usize..(to as usize).min(self.looks.len())];
        let own: Tao = window.iter().map(|look| look.emitted).sum();
        let all: Tao = window.iter().map(|look| look.emission).sum();
        (own.to_f64() / all.to_f64(), own)
    }
}

/// What has returned to its old level.
struct Returns {
    levels: [f64; 3],
    past: Option<[Past; 3]>,
    back: [Option<u64>; 3],
}

impl Returns {
    fn see(&mut self, now: [f64; 3], after: u64) {
        let levels = self.levels;
        let past = *self.past.get_or_insert_with(|| std::array::from_fn(|i| Past::of(now[i], levels[i])));
        for (i, back) in self.back.iter_mut().enumerate() {
            if back.is_none() && past[i].is_over(now[i], levels[i]) {
                *back = Some(after);
            }
        }
    }

    fn are_complete(&self) -> bool {
        self.back.iter().all(Option::is_some)
    }
}

fn look(run: &mut Run, subnet: Netuid) -> Look {
    let view = run.view();
    let books = view.subnet(subnet).expect("nobody registers a subnet that would take its place");
    Look {
        price: books.price(),
        reserves: books.pool,
        emitted: books.emitted.tao_in + books.chain_buy.tao,
        emission: view.block_emission(),
    }
}

/// A trade, if a call came to one.
fn trade(receipt: &Receipt, after: u64) -> Option<Trade> {
    let (side, tao, alpha) = match receipt.outcome {
        Outcome::Bought { tao, alpha } => (Side::Bought, tao, alpha),
        Outcome::Sold { alpha, tao } => (Side::Sold, tao, alpha),
        _ => return None,
    };
    let fees = receipt.fees;
    Some(Trade { after, side, tao, alpha, fees: fees.flat + fees.tao + fees.author, alpha_fees: fees.alpha })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn returned(before: f64, values: &[f64]) -> Option<u64> {
        let mut returns = Returns { levels: [before; 3], past: None, back: [None; 3] };
        for (after, &value) in values.iter().enumerate() {
            returns.see([value; 3], after as u64);
        }
        returns.back[0]
    }

    #[test]
    fn a_quantity_is_back_when_it_is_at_its_old_level_from_whichever_side_it_comes() {
        assert_eq!(returned(1.0, &[0.5, 0.9, 1.0, 0.3]), Some(2));
        assert_eq!(returned(1.0, &[2.0, 1.5, 0.9, 3.0]), Some(2));
        assert_eq!(returned(1.0, &[1.0]), Some(0));
        assert_eq!(returned(1.0, &[0.5, 0.999]), None);
        assert_eq!(returned(1.0, &[1.1, 1.001]), None);
    }
}
