//! A holder of TAO who moves stake slowly to where it yields most: root, or one of some subnets.
//!
//! Every `every` blocks it compares, per day:
//!
//! ```text
//! yield of root     = (1 - take) * TAO paid to root per block * 7,200 / TAO on root
//! yield of a subnet = (1 - take) * dividends per block * 7,200 / alpha staked + trust * ln(price / price a window ago) / days
//! dividends         = half of what owner and root leave: (pending + sold for root) / 2, less the fraction of it that TAO
//!                     on root earns, w / (alpha staked + w), if the chain withholds that; w is its weight
//! ```
//! If the best beats the worst that it holds by more than `margin`, it moves `speed` of the worst to the best: it
//! unstakes, and stakes what that brought in the next block. Free TAO it holds at the start stays free.
//!
//! Root stake lies on the account's own hotkey, and so earns of aggregate subnets only. In a subnet in aggregate stake
//! lies on its one validator, in one in detail on the permitted neuron with the most stake weight.
//!
//! Source: Tobin 1969, doi:10.2307/1991374 (portfolios follow relative yields, not all at once); the speed is an
//! assumption.

use std::collections::VecDeque;

use bevy_ecs::prelude::Component;
use dtao_engine::account::Hotkey;
use dtao_engine::call::Call;
use dtao_engine::math;
use dtao_engine::roster::Roster;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::drain::{self, AlphaDividends};
use dtao_protocol::units::{self, Alpha, Netuid, Tao};
use dtao_protocol::yuma::Permit;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::prior::Prior;
use crate::priors::priors;
use crate::{ParameterError, Parameters, listed, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "moves stake slowly to where it yields most: root, or one of some subnets";

const DAY: f64 = units::DAY as f64;
/// Most looks that a drift is taken of: all are remembered.
const MOST_LOOKS: usize = 100_000;
/// A validator's take, 11,796 of 65,535: the default and the maximum.
const TAKE: f64 = drain::TAKE.0 as f64 / u16::MAX as f64;

/// Moves stake slowly to where it yields most.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegator {
    /// The subnets that it considers beside root; at least one.
    pub netuids: Vec<Netuid>,
    /// Blocks between two looks; 2 or more. The first is at a block of its own within as many.
    pub every: u64,
    /// Which part of the worst place's stake it moves at a look; 0 to 1. P.
    pub speed: Prior<f64>,
    /// By how much per day the best must yield more; 0 or more. P.
    pub margin: Prior<f64>,
    /// Looks of which the price's drift is taken; 1 or more.
    pub window: usize,
    /// Which part of the past drift it expects to go on; 0 looks at yields only. P.
    pub trust: Prior<f64>,
    #[serde(skip)]
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    /// Prices at the last looks, in the order of `netuids`, the oldest first.
    prices: Vec<VecDeque<f64>>,
    /// What is on its way: to where, and the free TAO before it.
    moving: Option<(Netuid, Tao)>,
}

impl Delegator {
    /// A delegator before its first block.
    #[must_use]
    pub fn new(
        netuids: Vec<Netuid>,
        every: u64,
        speed: Prior<f64>,
        margin: Prior<f64>,
        (window, trust): (usize, Prior<f64>),
    ) -> Self {
        Self { netuids, every, speed, margin, window, trust, state: State::default() }
    }

    /// What root and each subnet that exists yields per day.
    fn yields(&mut self, view: &View, me: &Actor) -> Vec<(Netuid, f64)> {
        let mut yields = vec![(Netuid::ROOT, root_yield(view))];
        let days = self.every as f64 / DAY;
        for (&netuid, prices) in self.netuids.iter().zip(&mut self.state.prices) {
            let Some(price) = view.price(netuid) else { continue };
            let oldest = prices.front().copied().unwrap_or(price);
            let drift = math::ln(price / oldest) / (days * prices.len().max(1) as f64);
            prices.push_back(price);
            if prices.len() > self.window {
                prices.pop_front();
            }
            yields.push((netuid, subnet_yield(netuid, view, me) + self.trust.value() * drift));
        }
        yields
    }
}

/// Per day, of TAO on root.
fn root_yield(view: &View) -> f64 {
    ratio((1.0 - TAKE) * view.root_income() * DAY, view.root_tao().to_f64())
}

/// Per day, of alpha staked on a subnet, in alpha.
fn subnet_yield(netuid: Netuid, view: &View, me: &Actor) -> f64 {
    let Some(subnet) = view.subnet(netuid) else { return 0.0 };
    let sold = subnet.emitted.root_alpha.to_f64();
    let half = f64::midpoint(subnet.emitted.pending.to_f64(), sold);
    let dividends = match view.rules().alpha_dividends {
        AlphaDividends::Full => half,
        AlphaDividends::Net => half * (1.0 - roots_fraction(netuid, view, me)),
        AlphaDividends::Rescaled | AlphaDividends::Gathered => (half - sold).max(0.0),
    };
    ratio((1.0 - TAKE) * dividends * DAY, view.staked(netuid).to_f64())
}

/// Which fraction of its validator's dividends TAO on root earns: all of root's where one validator stands for all.
fn roots_fraction(netuid: Netuid, view: &View, me: &Actor) -> f64 {
    let (alpha, root) = if view.roster(netuid).is_none() {
        (view.staked(netuid), view.staked(Netuid::ROOT))
    } else {
        let hotkey = validator_of(netuid, view, me);
        (view.staked_on(netuid, hotkey), view.staked_on(Netuid::ROOT, hotkey))
    };
    let root = root.to_f64() * view.rules().tao_weight.to_f64();
    ratio(root, alpha.to_f64() + root)
}

fn ratio(of: f64, to: f64) -> f64 {
    if to > 0.0 { of / to } else { 0.0 }
}

/// Where it stakes what it moves to a place.
fn validator_of(netuid: Netuid, view: &View, me: &Actor) -> Hotkey {
    if netuid == Netuid::ROOT {
        return Hotkey(me.id);
    }
    let Some(roster) = view.roster(netuid) else { return Hotkey::AGGREGATE };
    let neurons = roster.hotkeys().iter().zip(&roster.neurons().by_uid);
    let permitted = neurons.filter(|(_, neuron)| neuron.permit != Permit::Withheld);
    // The first of equals, as UIDs go.
    let best = permitted.rev().max_by_key(|(_, neuron)| neuron.stake);
    best.map_or(Hotkey(roster.owner()), |(&hotkey, _)| hotkey)
}

/// Where it holds most of a place's stake, and how much there.
fn largest(netuid: Netuid, view: &View, me: &Actor) -> (Hotkey, Alpha) {
    let on = |hotkey| (hotkey, view.stake_on(me.id, netuid, hotkey));
    let neurons = view.roster(netuid).map_or(&[][..], Roster::hotkeys).iter().map(|&key| on(key));
    let first = on(validator_of(netuid, view, me));
    std::iter::once(on(Hotkey(me.id))).chain(neurons).fold(
        first,
        |best, next| {
            if next.1 > best.1 { next } else { best }
        },
    )
}

priors! {
    Delegator {
        speed: 0.0..=1.0,
        margin: 0.0..=range::NUMBER,
        trust: 0.0..=range::NUMBER,
    }
    besides { netuids, every, window, state }
}

impl Parameters for Delegator {
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |field, message: String| Err(ParameterError { field, message });
        if self.netuids.is_empty() {
            return refuse("netuids", "nothing to choose from beside root: name at least one subnet".into());
        }
        if !(1..=MOST_LOOKS).contains(&self.window) {
            let message =
                format!("a drift of {} looks: must be at least 1 and at most {MOST_LOOKS}", self.window);
            return refuse("window", message);
        }
        range::blocks("every", self.every, 2)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        listed("netuids", &self.netuids)
    }
}

impl Strategy for Delegator {
    fn start(&mut self, _: &View, me: &mut Actor) {
        self.state.prices = vec![VecDeque::new(); self.netuids.len()];
        let first = me.random().random_range(1..=self.every);
        me.wake_after(first);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        if let Some((to, before)) = self.state.moving.take() {
            let tao = view.balance(me.id).saturating_sub(before);
            if tao > Tao::ZERO {
                let hotkey = validator_of(to, view, me);
                me.submit(Call::Stake { netuid: to, hotkey, tao, limit: None });
            }
            return me.wake_after(self.every - 1);
        }
        let yields = self.yields(view, me);
        let better = |a: &(Netuid, f64), b: &(Netuid, f64)| a.1 > b.1;
        let best = yields.iter().copied().reduce(|a, b| if better(&b, &a) { b } else { a });
        let worst = yields
            .iter()
            .map(|&(netuid, yields)| (netuid, yields, largest(netuid, view, me)))
            .filter(|(_, _, (_, held))| *held > Alpha::ZERO)
            .reduce(|a, b| if b.1 < a.1 { b } else { a });
        if let (Some((to, most)), Some((from, least, (hotkey, held)))) = (best, worst)
            && to != from
            && most - least > self.margin.value()
        {
            let alpha = Alpha::from_f64(held.to_f64() * self.speed.value());
            if alpha > Alpha::ZERO {
                me.submit(Call::Unstake { netuid: from, hotkey, alpha, limit: None });
                self.state.moving = Some((to, view.balance(me.id)));
                return me.wake_after(1);
            }
        }
        me.wake_after(self.every);
    }
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::Agent;
    use crate::testing::Market;

    const NETUID: Netuid = Netuid(1);

    fn delegator(speed: f64, margin: f64, trust: f64) -> Delegator {
        let [speed, margin, trust] = [speed, margin, trust].map(Prior::Exactly);
        Delegator::new(vec![NETUID], 100, speed, margin, (3, trust))
    }

    /// One that has 1,000 TAO on root.
    fn calls(delegator: Delegator) -> Vec<(u64, Call)> {
        let market = Market::quiet().on_root(Tao::from_rao(1_000 * RAO));
        market.calls_of(delegator, 400).into_iter().map(|(block, call)| (block.0, call)).collect()
    }

    #[test]
    fn it_moves_its_part_of_root_to_a_subnet_that_yields_more() {
        // Stakers of the subnet get some tenths of a percent a day more than root's million TAO.
        let all = calls(delegator(0.1, 0.0, 0.0));
        let (first, out) = &all[0];
        let hotkey = Hotkey(dtao_engine::account::AgentId(2));
        let alpha = Alpha::from_rao(100 * RAO);
        assert_eq!(*out, Call::Unstake { netuid: Netuid::ROOT, hotkey, alpha, limit: None });
        let (next, Call::Stake { netuid, hotkey, tao, .. }) = &all[1] else { panic!("{:?}", all[1]) };
        assert_eq!((*next, *netuid, *hotkey), (first + 1, NETUID, Hotkey::AGGREGATE));
        assert!(*tao > Tao::from_f64(99.9) && *tao <= Tao::from_rao(100 * RAO), "{tao}");
        // The next look moves a tenth of what is left.
        let (third, Call::Unstake { alpha, .. }) = &all[2] else { panic!("{:?}", all[2]) };
        assert_eq!(*third, first + 100);
        assert!((alpha.to_f64() - 90.0).abs() < 0.01, "{alpha}");
    }

    #[test]
    fn within_the_margin_it_stays() {
        assert_eq!(calls(delegator(0.1, 1.0, 0.0)), []);
        assert_eq!(calls(delegator(0.0, 0.0, 0.0)), []);
    }

    #[test]
    fn one_that_trusts_in_a_fall_returns_to_root() {
        let market = || {
            let crash = (150, Alpha::from_rao(40_000 * RAO));
            Market::quiet().on_root(Tao::from_rao(1_000 * RAO)).crashing(crash)
        };
        let left = |trust| {
            let calls = market().calls_of(delegator(0.1, 0.0, trust), 300);
            calls.iter().any(|(_, call)| matches!(call, Call::Unstake { netuid: NETUID, .. }))
        };
        assert!(left(1.0) && !left(0.0));
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |delegator: Delegator| delegator.check_all().expect_err("out of range").field;
        assert_eq!(field(delegator(1.1, 0.0, 0.0)), "speed");
        assert_eq!(field(Delegator { every: 1, ..delegator(0.1, 0.0, 0.0) }), "every");
        assert_eq!(field(Delegator { netuids: vec![], ..delegator(0.1, 0.0, 0.0) }), "netuids");
    }
}
