//! What is asked.

use std::path::PathBuf;

use dtao_protocol::era::Spec;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::shipped::Shipped;

/// The group that trades.
pub const YOU: &str = "you";
/// The most days that are looked ahead.
pub const DAYS: u64 = 365;
/// The most seeds.
pub const SEEDS: u64 = 10_000;
/// The largest factor of a price.
pub const TIMES: f64 = 1_000_000.0;

/// A pool, and what is done in it.
#[derive(Clone, Debug)]
pub struct Question {
    /// The pool.
    pub own: Own,
    /// What is done.
    pub deed: Deed,
    /// The runtime; the newest that is known without it, or that of the file.
    pub spec: Option<Spec>,
    /// How many days are looked ahead, from the first block on.
    pub days: u64,
    /// How many runs with trades at random.
    pub seeds: u64,
    /// Where the scenario would be written.
    pub write: Option<PathBuf>,
    /// The question as it was asked, for the scenario's first line.
    pub asked: String,
}

/// Which pool.
#[derive(Clone, Debug)]
pub enum Own {
    /// One whose reserves are given, beside those of a shipped market.
    Given(GivenPool),
    /// One of a file: a table of pools, or a scenario that begins with one.
    Of {
        /// The file.
        file: PathBuf,
        /// The subnet.
        netuid: Netuid,
    },
}

/// A pool whose reserves are given.
#[derive(Clone, Copy, Debug)]
pub struct GivenPool {
    /// TAO in the pool.
    pub tao_in: Tao,
    /// Alpha in the pool.
    pub alpha_in: Alpha,
    /// Alpha outside; as much as in the pool without it.
    pub alpha_out: Option<Alpha>,
    /// The moving price; the price without it.
    pub moving_price: Option<f64>,
    /// The market beside it; without one, that whose date is nearer to the runtime's.
    pub market: Option<Shipped>,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    /// Alpha is sold.
    Sell(Alpha),
    /// Alpha is bought, for so much TAO.
    Buy(Tao),
    /// The price is made so many times what it was, kept there for so many blocks, and all is sold.
    Push {
        /// The factor; above 1.
        times: f64,
        /// The blocks.
        blocks: u64,
    },
    /// The price is moved to this one, in TAO per alpha.
    Price(f64),
}

impl Deed {
    /// Blocks from the first to the last in which something is done.
    #[must_use]
    pub fn blocks(self) -> u64 {
        match self {
            Self::Sell(_) | Self::Buy(_) | Self::Price(_) => 1,
            // All is sold in the block after, and what an epoch then paid in the next.
            Self::Push { blocks, .. } => blocks + 2,
        }
    }
}
