//! Repeats the trades of another run: one rule's order flow under another rule.
//!
//! A [`Replay`](crate::replay::Replay) finds, under one set of rules, what a market must have traded for prices to come true. This
//! account trades the same again, block for block, under whatever rules hold now. Then prices are no longer the recorded ones,
//! and what a trade means has three readings.
//!
//! ```text
//! given:  buys spend the recorded TAO;               sales give the recorded alpha
//! TAO:    buys spend the recorded TAO;               sales give the alpha that fetches the recorded TAO
//! alpha:  buys spend what the recorded alpha costs;  sales give the recorded alpha
//! ```
//! The pool that a trade meets is that of the last block, so amounts that have to be worked out are right but for one block's
//! emission and fees. A sale of more than the account has is submitted, refused and so counted ("not enough stake"), and
//! followed by a sale of what it has.

use std::sync::Arc;

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::account::Hotkey;
use dtao_engine::call::Call;
use dtao_engine::market::{Flow, FlowFile, Side};
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use serde::{Deserialize, Serialize};

use crate::priors::priors;
use crate::{ParameterError, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "repeats the trades of another run's group: one rule's order flow under another rule";

/// Repeats the trades of another run.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowReplay {
    /// The `events.csv` of a run that recorded all calls.
    pub events: FlowFile,
    /// The group whose trades are repeated.
    pub group: String,
    /// In what a trade is measured.
    pub amounts: Amounts,
    /// Blocks in which it registers a subnet, rising.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registrations: Vec<Block>,
    /// The next trade.
    #[serde(skip)]
    next: usize,
    /// The next registration.
    #[serde(skip)]
    registered: usize,
}

/// In what a trade is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Amounts {
    /// In what was given: TAO spent, alpha sold. Under the rules of its run the trades repeat it to the rao.
    Given,
    /// In TAO spent and received.
    Tao,
    /// In alpha received and given.
    Alpha,
}

priors!(FlowReplay {} besides { events, group, amounts, registrations, next, registered });
impl FlowReplay {
    /// Repeats trades that are at hand, in what was given.
    #[must_use]
    pub fn of(group: &str, flows: Arc<[Flow]>, registrations: Vec<Block>) -> Self {
        let events = FlowFile { flows, ..FlowFile::default() };
        Self {
            events,
            group: group.to_owned(),
            amounts: Amounts::Given,
            registrations,
            next: 0,
            registered: 0,
        }
    }
}

impl Parameters for FlowReplay {
    fn check(&self) -> Result<(), ParameterError> {
        for pair in self.registrations.windows(2) {
            if pair[1] <= pair[0] {
                let message = format!("blocks must rise, but {} comes after {}", pair[1], pair[0]);
                return Err(ParameterError { field: "registrations", message });
            }
        }
        Ok(())
    }

    fn flow_file(&mut self) -> Option<(&mut FlowFile, &str)> {
        Some((&mut self.events, &self.group))
    }

    fn moments(&self) -> Vec<Moment> {
        let each = self.registrations.iter().enumerate();
        each.map(|(index, &block)| Moment::at(format!("registrations[{index}]"), block)).collect()
    }

    fn registrations(&self) -> usize {
        self.registrations.len()
    }
}

impl Strategy for FlowReplay {
    fn start(&mut self, view: &View, me: &mut Actor) {
        let now = view.block();
        self.next = self.events.flows.partition_point(|flow| flow.block <= now);
        self.registered = self.registrations.partition_point(|&block| block <= now);
        self.sleep(me);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let now = view.block();
        if self.registrations.get(self.registered) == Some(&now) {
            me.submit(Call::RegisterSubnet);
            self.registered += 1;
        }
        while let Some(&flow) = self.events.flows.get(self.next)
            && flow.block == now
        {
            self.trade(flow, view, me);
            self.next += 1;
        }
        self.sleep(me);
    }
}

impl FlowReplay {
    fn sleep(&self, me: &mut Actor) {
        let flow = self.events.flows.get(self.next).map(|flow| flow.block);
        let registration = self.registrations.get(self.registered).copied();
        if let Some(next) = [flow, registration].into_iter().flatten().min() {
            me.wake_at(next);
        }
    }

    fn trade(&self, Flow { netuid, side, tao, alpha, .. }: Flow, view: &View, me: &mut Actor) {
        let Some(subnet) = view.subnet(netuid) else { return };
        let in_play = subnet.trading().in_play();
        match side {
            Side::Buy => {
                let tao = match self.amounts {
                    Amounts::Given | Amounts::Tao => tao,
                    Amounts::Alpha => {
                        Tao::from_f64(price_of(alpha.to_f64(), in_play)) + view.rules().staking_fee
                    }
                };
                me.submit(Call::Stake { netuid, hotkey: Hotkey::AGGREGATE, tao, limit: None });
            }
            Side::Sell => {
                let alpha = match self.amounts {
                    Amounts::Given | Amounts::Alpha => alpha,
                    Amounts::Tao => {
                        let before_fee = tao + view.rules().staking_fee;
                        Alpha::from_f64(price_of(before_fee.to_f64(), (in_play.1, in_play.0)))
                    }
                };
                Self::sell(netuid, alpha, view, me);
            }
        }
    }

    fn sell(netuid: Netuid, alpha: Alpha, view: &View, me: &mut Actor) {
        let held = view.stake(me.id, netuid);
        me.submit(Call::Unstake { netuid, hotkey: Hotkey::AGGREGATE, alpha, limit: None });
        if alpha > held && held > Alpha::ZERO {
            me.submit(Call::Unstake { netuid, hotkey: Hotkey::AGGREGATE, alpha: held, limit: None });
        }
    }
}

/// What must go into one side of a constant product for `out` to leave the other: never more than the side itself, as if half of
/// the other were wanted.
fn price_of(out: f64, (into, from): (f64, f64)) -> f64 {
    let out = out.min(from / 2.0);
    into * out / (from - out)
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::testing::Market;

    fn flow(block: u64, side: Side, tao: u64, alpha: u64) -> Flow {
        let (tao, alpha) = (Tao::from_rao(tao * RAO), Alpha::from_rao(alpha * RAO));
        Flow { block: Block(block), netuid: Netuid(1), side, tao, alpha }
    }

    fn replay(amounts: Amounts, flows: Vec<Flow>) -> FlowReplay {
        FlowReplay {
            events: FlowFile { path: "events.csv".into(), flows: Arc::from(flows) },
            group: "market".into(),
            amounts,
            registrations: vec![],
            next: 0,
            registered: 0,
        }
    }

    #[test]
    fn what_goes_in_by_hand() {
        // 100 TAO and 10,000 alpha: 5,000 alpha cost another 100 TAO, and no more is ever asked for.
        assert!((price_of(5_000.0, (100.0, 10_000.0)) - 100.0).abs() < 1e-9);
        assert!((price_of(9_999.0, (100.0, 10_000.0)) - 100.0).abs() < 1e-9);
        assert!((price_of(2_000.0, (100.0, 10_000.0)) - 25.0).abs() < 1e-9);
    }

    #[test]
    fn trades_come_in_their_blocks_and_move_the_price_as_they_say() {
        let prices = |amounts| {
            Market::quiet().prices_under(
                replay(amounts, vec![flow(5, Side::Buy, 10, 300), flow(9, Side::Sell, 5, 100)]),
                12,
            )
        };
        for amounts in [Amounts::Given, Amounts::Tao, Amounts::Alpha] {
            let prices = prices(amounts);
            assert!(prices[4] > prices[3] * 1.001, "{amounts:?}: a purchase in block 5");
            assert!(prices[8] < prices[7] * 0.999, "{amounts:?}: a sale in block 9");
        }
    }
}
