//! Quantities of a subnet that metrics read.

use dtao_engine::view::View;
use dtao_protocol::books::Books;
use dtao_protocol::units::Netuid;
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::statistic::defined;

/// A quantity of one subnet at the end of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quantity {
    /// Spot price, in TAO per alpha.
    Price,
    /// Moving price.
    MovingPrice,
    /// TAO in the pool.
    TaoIn,
    /// Alpha in the pool.
    AlphaIn,
    /// Alpha outside the pool.
    AlphaOut,
    /// The pool's depth L: `sqrt(tao_in * alpha_in)`, or the liquidity of its position.
    Depth,
    /// The subnet's share of the TAO that the block emitted; 0 to 1.
    EmissionShare,
    /// TAO that the subnet's pool received in the block.
    TaoEmission,
    /// Alpha that its pool received in the block, over the subnet's alpha emission. Up to spec 297, and from 342 to 361, a block may
    /// put no more than that into the pool: at 1 the cap binds. Between them it can be above 1; later caps can be lower.
    CapUsed,
    /// TAO that bought the subnet's alpha in the block, since it was more than its pool was to take in.
    ChainBuy,
    /// Its price over the sum of all; 0 to 1.
    SpotShare,
    /// Rank of its price among all, from 1.
    PriceRank,
    /// Root's part of its validating stake; 0 to 1.
    RootProportion,
    /// The value that is in force for it, where the emission is shared by measured values; 0 elsewhere.
    MeasuredValue,
}

impl Quantity {
    /// What the quantity is.
    #[must_use]
    pub fn kind(self) -> MetricKind {
        match self {
            Self::Price | Self::MovingPrice => MetricKind::Price,
            Self::TaoIn
            | Self::AlphaIn
            | Self::AlphaOut
            | Self::Depth
            | Self::TaoEmission
            | Self::ChainBuy => MetricKind::Amount,
            Self::EmissionShare | Self::SpotShare | Self::RootProportion | Self::CapUsed => MetricKind::Share,
            Self::PriceRank => MetricKind::Rank,
            Self::MeasuredValue => MetricKind::Ratio,
        }
    }

    /// The quantity of one subnet; nothing where it is not defined, as is a share of nothing.
    #[must_use]
    pub fn of(self, subnet: &Books, view: &View) -> Option<f64> {
        let value = match self {
            Self::Price => subnet.price(),
            Self::MovingPrice => subnet.moving_price.to_f64(),
            Self::TaoIn => subnet.pool.tao.to_f64(),
            Self::AlphaIn => subnet.pool.alpha.to_f64(),
            Self::AlphaOut => subnet.alpha_out.to_f64(),
            Self::Depth => subnet.trading().depth(),
            Self::EmissionShare => subnet.tao_emitted().to_f64() / view.block_emission().to_f64(),
            Self::TaoEmission => subnet.emitted.tao_in.to_f64(),
            Self::CapUsed => subnet.emitted.alpha_in.to_f64() / subnet.emitted.alpha_out.to_f64(),
            Self::ChainBuy => subnet.chain_buy.tao.to_f64(),
            Self::SpotShare => subnet.price() / view.subnets().map(Books::price).sum::<f64>(),
            Self::PriceRank => rank(subnet.netuid, view) as f64,
            Self::MeasuredValue => subnet.measured.value.to_f64(),
            Self::RootProportion => view.root_proportion(subnet).to_f64(),
        };
        defined(value)
    }
}

/// Rank of a subnet's spot price, from 1; equal prices rank by netuid.
#[must_use]
pub fn rank(netuid: Netuid, view: &View) -> usize {
    let price = |netuid| view.subnet(netuid).map_or(0.0, Books::price);
    let own = price(netuid);
    1 + view
        .netuids()
        .filter(|&other| {
            let theirs = price(other);
            theirs > own || (theirs == own && other < netuid)
        })
        .count()
}
