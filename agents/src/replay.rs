//! Trades so that the spot prices follow recorded ones: the whole market of a time, as one account.
//!
//! At each sample it buys or sells on each of its subnets exactly what moves the pool, as the block's
//! coinbase leaves it, to the recorded price. Between samples the pools drift by emission alone, so what it
//! has to trade in an interval in which nobody really traded measures how right the coinbase is.
//!
//! The trade to a price is worked out in `to_price.rs`.
//!
//! It owns what the subnets' miners, validators and owners earn (a scenario makes it the subnets' holder),
//! and sells that. A trade below the chain's least stake is left for later.
//!
//! Before the first sample, the *bridge* gives what is known: at some blocks the sum of all prices, and the
//! prices of some subnets. Sums and known prices are interpolated geometrically, hour by hour; the other
//! subnets keep their proportions of the first sample. Before the bridge's first point nothing is traded.

use std::collections::BTreeMap;

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::call::Call;
use dtao_engine::market::PriceFiles;
use dtao_engine::math;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::to_price::call_to;
use crate::{ParameterError, Parameters, listed, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "trades so that spot prices follow recorded ones: a whole market as one account";

/// Blocks between the points at which the bridge trades: an hour.
const BRIDGE_STEP: u64 = 300;

/// Trades so that the spot prices follow recorded ones.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Files with the recorded prices.
    pub prices: PriceFiles,
    /// Subnets that it leaves alone.
    pub except: Vec<Netuid>,
    /// What is known of the time before the first sample, in the order of blocks.
    pub bridge: Vec<BridgePoint>,
    /// Blocks in which it registers a subnet, rising.
    pub registrations: Vec<Block>,
    /// Subnets of its own that it starts, and in which block, rising; from spec 257 on a new subnet emits only then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<(Netuid, Block)>,
    /// The next row of the table.
    #[serde(skip)]
    row: usize,
    /// The next registration.
    #[serde(skip)]
    registered: usize,
    /// The next start.
    #[serde(skip)]
    started: usize,
}

/// What is known of the market at a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgePoint {
    /// The block.
    pub block: Block,
    /// The sum of all prices, in TAO.
    pub sum: f64,
    /// Known prices, in TAO per alpha.
    pub known: BTreeMap<Netuid, f64>,
}

priors!(Replay {} besides { prices, except, bridge, registrations, starts, row, registered, started });

impl Parameters for Replay {
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |field, message| Err(ParameterError { field, message });
        if self.prices.paths.is_empty() {
            return refuse("prices", "at least one price file is needed".into());
        }
        for pair in self.bridge.windows(2) {
            if pair[1].block <= pair[0].block {
                let message =
                    format!("points must rise, but block {} comes after {}", pair[1].block, pair[0].block);
                return refuse("bridge", message);
            }
        }
        for point in &self.bridge {
            range::blocks("bridge", point.block.0, 1)?;
            if point.sum > range::TAO {
                let message = format!(
                    "at block {} the sum of prices is {}: there is no such sum",
                    point.block, point.sum
                );
                return refuse("bridge", message);
            }
            let known: f64 = point.known.values().sum();
            let all_above_zero = point.known.values().all(|&price| price > 0.0);
            if !(point.sum > known && point.sum.is_finite() && all_above_zero) {
                let message = format!(
                    "at block {} the sum of prices ({}) must exceed the known ones ({known}), all above 0",
                    point.block, point.sum
                );
                return refuse("bridge", message);
            }
            if point.known.keys().ne(self.bridge[0].known.keys()) {
                return refuse(
                    "bridge",
                    format!("block {} knows other subnets than the first point", point.block),
                );
            }
        }
        for pair in self.registrations.windows(2) {
            if pair[1] <= pair[0] {
                let message = format!("blocks must rise, but {} comes after {}", pair[1], pair[0]);
                return refuse("registrations", message);
            }
        }
        for pair in self.starts.windows(2) {
            if pair[1].1 < pair[0].1 {
                let message = format!("blocks must rise, but {} comes after {}", pair[1].1, pair[0].1);
                return refuse("starts", message);
            }
        }
        Ok(())
    }

    fn price_files(&mut self) -> Option<&mut PriceFiles> {
        Some(&mut self.prices)
    }

    fn prices_left_alone(&self) -> Vec<Netuid> {
        self.except.clone()
    }

    fn needs_first_prices(&self) -> bool {
        !self.bridge.is_empty()
    }

    fn moments(&self) -> Vec<Moment> {
        let bridge = self.bridge.first().map(|first| Moment::from("bridge[0].block", first.block));
        let each = self.registrations.iter().enumerate();
        let registrations = each.map(|(index, &block)| Moment::at(format!("registrations[{index}]"), block));
        let each = self.starts.iter().enumerate();
        let starts = each.map(|(index, &(_, block))| Moment::at(format!("starts[{index}]"), block));
        bridge.into_iter().chain(registrations).chain(starts).collect()
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        let starts: Vec<Netuid> = self.starts.iter().map(|&(netuid, _)| netuid).collect();
        let mut listed_netuids = listed("except", &self.except);
        listed_netuids.extend(listed("starts", &starts));
        listed_netuids
    }

    fn registrations(&self) -> usize {
        self.registrations.len()
    }
}

impl Strategy for Replay {
    fn start(&mut self, view: &View, me: &mut Actor) {
        let now = view.block();
        self.row = self.prices.table.blocks().partition_point(|&block| block <= now);
        self.registered = self.registrations.partition_point(|&block| block <= now);
        self.started = self.starts.partition_point(|&(_, block)| block <= now);
        self.sleep(now, me);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let now = view.block();
        if self.registrations.get(self.registered) == Some(&now) {
            me.submit(Call::RegisterSubnet);
            self.registered += 1;
        }
        while let Some(&(netuid, block)) = self.starts.get(self.started)
            && block == now
        {
            me.submit(Call::StartSubnet { netuid });
            self.started += 1;
        }
        if self.prices.table.blocks().get(self.row) == Some(&now) {
            let table = self.prices.table.clone();
            self.follow(table.row(self.row).filter_map(|(netuid, price)| Some((netuid, price?))), view, me);
            self.row += 1;
        } else if let Some(prices) = self.bridged(now) {
            self.follow(prices.into_iter(), view, me);
        }
        self.sleep(now, me);
    }
}

impl Replay {
    fn sleep(&self, now: Block, me: &mut Actor) {
        let bridge = self.bridge.first().map(|first| {
            let due = if now < first.block {
                first.block
            } else {
                first.block + (now.since(first.block) / BRIDGE_STEP + 1) * BRIDGE_STEP
            };
            (due, self.prices.table.blocks().first())
        });
        let bridge = bridge.and_then(|(due, end)| (Some(&due) < end).then_some(due));
        let sample = self.prices.table.blocks().get(self.row).copied();
        let registration = self.registrations.get(self.registered).copied();
        let start = self.starts.get(self.started).map(|&(_, block)| block);
        if let Some(next) = [bridge, sample, registration, start].into_iter().flatten().min() {
            me.wake_at(next);
        }
    }

    fn follow(&self, prices: impl Iterator<Item = (Netuid, f64)>, view: &View, me: &mut Actor) {
        let coming = view.foresee();
        for (netuid, price) in prices {
            if self.except.contains(&netuid) {
                continue;
            }
            let Some(emission) = coming.emission(netuid) else { continue };
            if let Some(call) = call_to((netuid, price), &emission, view, me.id) {
                me.submit(call);
            }
        }
    }

    /// The prices at a block of the bridge, or `None` if it is not one.
    fn bridged(&self, now: Block) -> Option<Vec<(Netuid, f64)>> {
        let first = self.bridge.first()?;
        let table = &self.prices.table;
        let end = *table.blocks().first()?;
        if now < first.block || now >= end || !now.since(first.block).is_multiple_of(BRIDGE_STEP) {
            return None;
        }
        let row: Vec<_> = table.row(0).filter_map(|(netuid, price)| Some((netuid, price?))).collect();
        let mut last = BridgePoint {
            block: end,
            sum: row.iter().map(|&(_, price)| price).sum(),
            known: BTreeMap::new(),
        };
        for &(netuid, price) in &row {
            if first.known.contains_key(&netuid) {
                last.known.insert(netuid, price);
            }
        }
        let after =
            self.bridge.iter().chain([&last]).position(|point| point.block > now).expect("the end is after");
        let (from, to) = (&self.bridge[after - 1], self.bridge.get(after).unwrap_or(&last));
        let part = now.since(from.block) as f64 / to.block.since(from.block) as f64;
        let between = |a: f64, b: f64| a * math::pow(b / a, part);
        let known: BTreeMap<Netuid, f64> = from
            .known
            .iter()
            .filter_map(|(n, &price)| Some((*n, between(price, *to.known.get(n)?))))
            .collect();
        // The others share the rest of the sum in the proportions of the first sample.
        let rest = between(from.sum, to.sum) - known.values().sum::<f64>();
        let rest_at_end = last.sum - last.known.values().sum::<f64>();
        Some(
            row.into_iter()
                .map(|(netuid, price)| {
                    (netuid, known.get(&netuid).copied().unwrap_or(price * rest / rest_at_end))
                })
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dtao_engine::market::PriceTable;
    use dtao_protocol::pool::CurveRule;
    use dtao_protocol::pool::balancer::Weighing;
    use dtao_protocol::pool::v3::Injection;
    use dtao_protocol::units::Tao;

    use super::*;
    use crate::testing::Market;

    fn replay(rows: &[(u64, f64)], bridge: Vec<BridgePoint>) -> Replay {
        let mut table = PriceTable::new(vec![Netuid(1)]).expect("one column");
        for &(block, price) in rows {
            table.push(Block(block), [Some(price)]).expect("a good row");
        }
        let prices = PriceFiles { paths: vec!["prices.csv".into()], table: Arc::new(table) };
        Replay {
            prices,
            except: vec![],
            bridge,
            registrations: vec![],
            starts: vec![],
            row: 0,
            registered: 0,
            started: 0,
        }
    }

    #[test]
    fn at_each_sample_the_spot_price_is_the_recorded_one() {
        let mut market = Market::quiet();
        let prices = market.prices_under(replay(&[(5, 0.02), (9, 0.03), (14, 0.01)], vec![]), 20);
        for (block, price) in [(5, 0.02), (9, 0.03), (14, 0.01)] {
            assert!((prices[block - 1] / price - 1.0).abs() < 1e-9, "block {block}: {}", prices[block - 1]);
        }
        // The one subnet receives a whole TAO per block, a thousandth of its pool.
        assert!((prices[7] / 0.02 - 1.0).abs() < 5e-3, "between samples only emission moves it");
    }

    #[test]
    fn on_the_later_curves_too_the_price_is_the_recorded_one() {
        for curve in [CurveRule::V3(Injection::WithReservoirs), CurveRule::Balancer(Weighing::WithReservoirs)]
        {
            let mut market = Market::quiet().under(|rules| {
                rules.pool.curve = curve;
                rules.pool.fee_rate = 33;
                rules.staking_fee = Tao::ZERO;
            });
            let prices = market.prices_under(replay(&[(5, 0.02), (9, 0.03), (14, 0.01)], vec![]), 20);
            for (block, price) in [(5, 0.02), (9, 0.03), (14, 0.01)] {
                // The root of a limit is found to within 1e-10.
                let found = prices[block - 1];
                assert!((found / price - 1.0).abs() < 1e-7, "{curve:?}, block {block}: {found}");
            }
            assert!((prices[7] / 0.02 - 1.0).abs() < 1e-3, "{curve:?}: emission leaves it, {}", prices[7]);
        }
    }

    #[test]
    fn the_bridge_meets_its_points_and_the_first_sample() {
        let point = |block, sum| BridgePoint { block: Block(block), sum, known: BTreeMap::new() };
        let replay = replay(&[(1_201, 0.01)], vec![point(1, 0.04), point(601, 0.02)]);
        let at = |block| replay.bridged(Block(block)).map(|prices| prices[0].1);
        assert_eq!(at(0), None);
        assert!((at(1).expect("a point") - 0.04).abs() < 1e-12);
        assert!((at(301).expect("half-way") - 0.04f64 / 2f64.sqrt()).abs() < 1e-12);
        assert!((at(601).expect("a point") - 0.02).abs() < 1e-12);
        assert_eq!(at(602), None);
        assert_eq!(at(1_201), None);
    }
}
