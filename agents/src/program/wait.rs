//! What a step of a program waits for.

use dtao_engine::calendar::Crossing;
use dtao_engine::call::{Call, Submitted};
use dtao_engine::view::View;
use dtao_protocol::schedule::{EpochSchedule, next_epoch};
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};
use serde::{Deserialize, Serialize};

use super::place::Place;

/// What has to come about before a step is made, counted from when the step before was made; of the first step, from the run's
/// first block.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Wait {
    /// So many blocks pass; in the same block, if it is 0.
    Blocks(u64),
    /// The subnet's next epoch is due, and then so many blocks pass; that many before it if negative.
    Epoch {
        /// The subnet.
        on: Place,
        /// Blocks from the epoch to the step.
        after: i32,
    },
    /// The subnet's price is at least so many times what it was when the wait began, at the end of a block.
    Above {
        /// The subnet.
        on: Place,
        /// Times; above 0.
        ratio: f64,
        /// Blocks after which the step is made all the same.
        within: u64,
    },
    /// The subnet's price is at most so many times what it was when the wait began, at the end of a block.
    Below {
        /// The subnet.
        on: Place,
        /// Times; above 0.
        ratio: f64,
        /// Blocks after which the step is made all the same.
        within: u64,
    },
    /// Somebody else's trade on the subnet is pending, of at least this size: the step answers in its block.
    Pending {
        /// The subnet.
        on: Place,
        /// Which trades.
        side: Side,
        /// The least size; what is sold counts at the price now.
        tao: Tao,
        /// Blocks after which the step is made all the same.
        within: u64,
    },
}

impl Default for Wait {
    fn default() -> Self {
        Self::Blocks(0)
    }
}

/// Which trades a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Those that buy the subnet's alpha.
    Buys,
    /// Those that sell it.
    Sells,
    /// Both.
    Any,
}

/// A wait that has begun.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Until {
    /// Until this block.
    Block(Block),
    /// Until the price is across this level, at this block at the latest.
    Price { netuid: Netuid, level: f64, crossing: Crossing, latest: Block },
    /// Until a trade is pending, at this block at the latest.
    Pending { netuid: Netuid, side: Side, tao: Tao, latest: Block },
}

impl Wait {
    /// The longest time that it may take as written, in blocks; an epoch counts as one tempo of 360 blocks.
    #[must_use]
    pub fn longest(&self) -> u64 {
        match *self {
            Self::Blocks(blocks) => blocks,
            Self::Epoch { after, .. } => 360_u64.saturating_add_signed(i64::from(after)),
            Self::Above { within, .. } | Self::Below { within, .. } | Self::Pending { within, .. } => within,
        }
    }

    /// The subnet that it looks at.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        match *self {
            Self::Blocks(_) => None,
            Self::Epoch { on, .. }
            | Self::Above { on, .. }
            | Self::Below { on, .. }
            | Self::Pending { on, .. } => Some(on),
        }
    }

    /// Begins to wait. On a subnet that is not there a wait for an event lasts as long as it may, and none for an epoch.
    pub(super) fn begin(&self, since: Block, view: &View, find: impl Fn(Place) -> Option<Netuid>) -> Until {
        let level = |on: Place, ratio: f64, within: u64, crossing: Crossing| {
            let (netuid, latest) = (find(on).unwrap_or(Netuid(u16::MAX)), since + within);
            match view.price(netuid) {
                Some(price) => Until::Price { netuid, level: price * ratio, crossing, latest },
                None => Until::Block(latest),
            }
        };
        match *self {
            Self::Blocks(blocks) => Until::Block(since + blocks),
            Self::Epoch { on, after } => {
                let epoch = find(on).and_then(|netuid| epoch(netuid, since + 1, view));
                let step = epoch.map_or(since, |epoch| Block(epoch.0.saturating_add_signed(after.into())));
                Until::Block(step.max(since))
            }
            Self::Above { on, ratio, within } => level(on, ratio, within, Crossing::Above),
            Self::Below { on, ratio, within } => level(on, ratio, within, Crossing::Below),
            Self::Pending { on, side, tao, within } => {
                let latest = since + within;
                match find(on) {
                    Some(netuid) => Until::Pending { netuid, side, tao, latest },
                    None => Until::Block(latest),
                }
            }
        }
    }
}

/// The subnet's first epoch that is due from a block on.
fn epoch(netuid: Netuid, from: Block, view: &View) -> Option<Block> {
    match view.rules().epoch_schedule {
        EpochSchedule::Grid => next_epoch(netuid, view.subnet(netuid)?.settings.tempo, from),
        EpochSchedule::Dynamic(_) => {
            let clock = view.epoch_clock(netuid)?;
            Some(clock.next_epoch()?.max(from))
        }
    }
}

/// The first pending trade of somebody else that a step waits for.
pub(super) fn awaited(
    pending: &[Submitted],
    (netuid, side, tao): (Netuid, Side, Tao),
    view: &View,
    is_own: impl Fn(&Submitted) -> bool,
) -> Option<usize> {
    let worth = |alpha: Alpha, of: Netuid| {
        let price = if of == Netuid::ROOT { 1.0 } else { view.price(of).unwrap_or_default() };
        Tao::from_rao((alpha.to_f64() * price * RAO as f64) as u64)
    };
    pending.iter().position(|submitted| {
        let (buys, sells, size) = match submitted.call {
            Call::Stake { netuid: on, tao, .. } => (on == netuid, false, tao),
            Call::Unstake { netuid: on, alpha, .. } => (false, on == netuid, worth(alpha, on)),
            Call::SwapStake { from, to, alpha, .. }
            | Call::MoveStake { from, to, alpha, .. }
            | Call::TransferStake { from, to, alpha, .. } => {
                (from != to && to == netuid, from != to && from == netuid, worth(alpha, from))
            }
            _ => return false,
        };
        let wanted = match side {
            Side::Buys => buys,
            Side::Sells => sells,
            Side::Any => buys || sells,
        };
        wanted && size >= tao && !is_own(submitted)
    })
}
