//! The owner of a subnet: is paid the owner's cut each epoch, sells part of it, and may leave.
//!
//! ```text
//! income = alpha held - alpha kept at the last sale
//! sale   = sells * income, every `every` blocks, cut to whole 0.01 alpha
//! cut    = sum over hotkeys of |incentive - incentive an epoch ago| / 2     part of the miners' pay that changed hands
//! fall   = ln(highest price of the last 7,200 blocks / price)
//! exit   : cut or fall at or above its threshold, once; with the probability; all that it holds, after the reaction
//! ```
//! What it holds at the start it keeps, until it leaves. After that it sells all that it is paid.
//!
//! It changes no settings: of what a subnet's owner may set on the chain (immunity, burn, commit-reveal and the like)
//! nothing is a call of the engine, and tempo is root's to set.
//!
//! Source: `subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs::distribute_dividends_and_incentives`
//! (the owner's cut, 18 %); the behaviour is an assumption.

use std::collections::{BTreeMap, VecDeque};

use bevy_ecs::prelude::Component;
use dtao_engine::account::Hotkey;
use dtao_engine::math;
use dtao_engine::roster::Roster;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Block, DAY, Netuid};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::prior::Prior;
use crate::priors::priors;
use crate::trading::{cut, held, sell, sell_part};
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "owns a subnet: sells part of the owner's cut, and may leave after a cut or a fall";

/// Blocks between two looks for a reason to leave: a minute.
const LOOK: u64 = 5;
/// Sells or holds the owner's cut.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubnetOwner {
    /// The subnet. The scenario makes the account its owner (or holder, if it is in aggregate).
    pub netuid: Netuid,
    /// Which part of its income it sells; 0 to 1. P: it kept 0.53 [0.35, 0.9] of what was minted.
    pub sells: Prior<f64>,
    /// Blocks between two sales; 1 or more.
    pub every: u64,
    /// When it leaves; never if left out.
    #[serde(default)]
    pub exit: Option<Exit>,
    #[serde(skip)]
    state: State,
}

/// When an owner leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// The probability that it leaves at the first reason to; 0 to 1. P: 0.5 [0.2, 0.95].
    pub probability: Prior<f64>,
    /// The part of the miners' pay that changes hands from one epoch to the next and makes a reason, above 0 to 1;
    /// never if left out. P.
    #[serde(default)]
    pub cut: Option<Prior<f64>>,
    /// The fall from the highest price of a day, as a natural logarithm, that makes a reason; above 0; never if left
    /// out. P.
    #[serde(default)]
    pub fall: Option<Prior<f64>>,
    /// Blocks from the reason to the sale; 1 or more. P.
    pub reaction: Prior<Block>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    /// What is not for sale.
    kept: Alpha,
    next_sale: Block,
    /// Whether the draw at the start says that it leaves at the first reason.
    would_leave: bool,
    leaving: Leaving,
    /// Prices of the last day that none after them exceeds.
    peaks: VecDeque<(Block, f64)>,
    epochs: u64,
    incentive: BTreeMap<Hotkey, f64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Leaving {
    #[default]
    Staying,
    At(Block),
    Gone,
}

impl SubnetOwner {
    /// An owner before its first block.
    #[must_use]
    pub fn new(netuid: Netuid, sells: Prior<f64>, every: u64, exit: Option<Exit>) -> Self {
        Self { netuid, sells, every, exit, state: State::default() }
    }

    /// Whether there is a reason to leave; keeps its memory up to date.
    fn reason(&mut self, view: &View) -> bool {
        let Some(exit) = &self.exit else { return false };
        let mut reason = false;
        if let (Some(least), Some(price)) = (exit.fall, view.price(self.netuid)) {
            reason |= self.state.fall(view.block(), price) >= least.value();
        }
        if let (Some(least), Some(roster)) = (exit.cut, view.roster(self.netuid)) {
            reason |= self.state.changed_hands(roster).is_some_and(|part| part >= least.value());
        }
        reason
    }

    fn sell_income(&mut self, view: &View, me: &mut Actor) {
        let held = held(self.netuid, view, me);
        let income = held.saturating_sub(self.state.kept);
        let part = if self.state.leaving == Leaving::Gone { 1.0 } else { self.sells.value() };
        let sale = cut(Alpha::from_f64(income.to_f64() * part));
        if sale > Alpha::ZERO {
            self.state.kept = held.saturating_sub(sale);
            sell(self.netuid, sale, view, me);
        }
    }
}

impl State {
    /// The logarithm of the fall from the highest price of the last day.
    fn fall(&mut self, now: Block, price: f64) -> f64 {
        while self.peaks.back().is_some_and(|&(_, peak)| peak <= price) {
            self.peaks.pop_back();
        }
        self.peaks.push_back((now, price));
        while self.peaks.front().is_some_and(|&(block, _)| now.since(block) > DAY) {
            self.peaks.pop_front();
        }
        self.peaks.front().map_or(0.0, |&(_, peak)| math::ln(peak / price))
    }

    /// The part of the miners' pay that changed hands, if there was an epoch since the last look and it is not the
    /// first that is seen.
    fn changed_hands(&mut self, roster: &Roster) -> Option<f64> {
        if roster.epochs() == self.epochs {
            return None;
        }
        self.epochs = roster.epochs();
        let paid = roster.hotkeys().iter().zip(&roster.results().incentive);
        let now: BTreeMap<Hotkey, f64> = paid.map(|(&hotkey, part)| (hotkey, part.to_f64())).collect();
        let before = std::mem::replace(&mut self.incentive, now);
        let of = |map: &BTreeMap<Hotkey, f64>, hotkey| map.get(hotkey).copied().unwrap_or(0.0);
        let gone = before.keys().filter(|hotkey| !self.incentive.contains_key(hotkey));
        let moved: f64 = self
            .incentive
            .keys()
            .chain(gone)
            .map(|hotkey| (of(&self.incentive, hotkey) - of(&before, hotkey)).abs())
            .sum();
        let paid_before = before.values().any(|&part| part > 0.0);
        paid_before.then_some(moved / 2.0)
    }
}

priors! {
    Exit in "exit" {
        probability: 0.0..=1.0,
        cut: f64::MIN_POSITIVE..=1.0,
        fall: f64::MIN_POSITIVE..=range::LOGARITHM,
        reaction: 1.0..=range::DURATION,
    }
}

priors! {
    SubnetOwner {
        sells: 0.0..=1.0,
    }
    groups { exit }
    besides { netuid, every, state }
}

impl Parameters for SubnetOwner {
    fn check(&self) -> Result<(), ParameterError> {
        range::blocks("every", self.every, 1)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }
}

impl Strategy for SubnetOwner {
    fn start(&mut self, view: &View, me: &mut Actor) {
        self.state.kept = held(self.netuid, view, me);
        let drawn: f64 = me.random().random();
        self.state.would_leave = self.exit.as_ref().is_some_and(|exit| drawn < exit.probability.value());
        self.state.next_sale = view.block() + self.every;
        me.wake_at(self.state.next_sale);
        if self.exit.is_some() {
            me.wake_after(LOOK);
        }
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let now = view.block();
        if self.state.leaving == Leaving::Staying
            && let Some(exit) = &self.exit
        {
            let reaction = exit.reaction.value().0.max(1);
            if self.reason(view) {
                // At the first reason it stays or leaves for good.
                self.state.leaving =
                    Leaving::At(if self.state.would_leave { now + reaction } else { Block(u64::MAX) });
                if self.state.would_leave {
                    me.wake_after(reaction);
                }
            } else {
                me.wake_after(LOOK);
            }
        }
        if matches!(self.state.leaving, Leaving::At(block) if block <= now) {
            self.state.leaving = Leaving::Gone;
            self.state.kept = Alpha::ZERO;
            sell_part(self.netuid, 1.0, view, me);
        } else if self.state.next_sale <= now {
            self.sell_income(view, me);
        }
        if self.state.next_sale <= now {
            self.state.next_sale = now + self.every;
            me.wake_at(self.state.next_sale);
        }
    }
}

#[cfg(test)]
mod tests {
    use dtao_engine::call::Call;
    use dtao_protocol::units::RAO;

    use super::*;
    use crate::Agent;
    use crate::honest_validator::{HonestValidator, Quality};
    use crate::testing::{Market, idle};
    use crate::validator::tests::validating_after;

    const NETUID: Netuid = Netuid(1);

    fn owner(sells: f64, exit: Option<Exit>) -> SubnetOwner {
        SubnetOwner::new(NETUID, Prior::Exactly(sells), 100, exit)
    }

    fn exit(probability: f64) -> Exit {
        Exit {
            probability: Prior::Exactly(probability),
            cut: None,
            fall: Some(Prior::Exactly(0.5)),
            reaction: Prior::Exactly(Block(50)),
        }
    }

    /// What it sells, with blocks. It owns the subnet and what is outside the pool.
    fn sales(owner: SubnetOwner) -> Vec<(u64, Alpha)> {
        let sold = |(block, call): (Block, Call)| match call {
            Call::Unstake { alpha, .. } => Some((block.0, alpha)),
            other => panic!("{other:?}"),
        };
        Market::detailed(&[]).calls_of_owner(owner, 450).into_iter().filter_map(sold).collect()
    }

    #[test]
    fn it_sells_the_part_of_its_income_that_it_is_told() {
        let (half, all) = (sales(owner(0.5, None)), sales(owner(1.0, None)));
        assert_eq!(half.iter().map(|sale| sale.0).collect::<Vec<_>>(), [100, 200, 300, 400]);
        // Four epochs, every 21 blocks, pay it 18 % of an alpha a block at least.
        assert!(all[0].1.to_f64() > 0.18 * 4.0 * 20.0, "{}", all[0].1);
        assert!((half[0].1.to_f64() / all[0].1.to_f64() - 0.5).abs() < 0.002, "{} {}", half[0].1, all[0].1);
    }

    #[test]
    fn sales_are_whole_hundredths() {
        let all = sales(owner(0.7, None));
        assert!(all.len() == 4 && all.iter().all(|(_, alpha)| alpha.rao() % (RAO / 100) == 0), "{all:?}");
    }

    #[test]
    fn one_that_holds_sells_nothing() {
        assert_eq!(sales(owner(0.0, None)), []);
    }

    #[test]
    fn falls_are_from_the_highest_price_of_a_day() {
        let mut state = State::default();
        let mut fall = |block, price: f64| state.fall(Block(block), price);
        assert_eq!(fall(0, 1.0), 0.0);
        assert_eq!(fall(10, 2.0), 0.0);
        assert_eq!(fall(20, 1.0), math::ln(2.0));
        // The price of block 10 is too old now, the one of block 20 is not.
        assert_eq!(fall(7_211, 0.5), math::ln(2.0));
        assert_eq!(fall(7_221, 0.5), 0.0);
    }

    #[test]
    fn it_leaves_with_all_after_its_reaction_if_the_draw_says_so() {
        let market = |probability| {
            let crash = (200, Alpha::from_rao(50_000 * RAO));
            Market::detailed(&[]).crashing(crash).calls_of_owner(owner(0.0, Some(exit(probability))), 450)
        };
        let left = market(1.0);
        let Call::Unstake { alpha, .. } = left[0].1 else { panic!("{left:?}") };
        // The crash is at the end of block 200, the next look in block 205.
        assert_eq!(left[0].0, Block(255));
        assert!(alpha > Alpha::from_rao(36 * RAO), "{alpha}");
        assert_eq!(market(0.0), []);
        // Afterwards it sells what it is still paid.
        assert_eq!(left.iter().map(|call| call.0.0).collect::<Vec<_>>(), [255, 300, 400]);
    }

    #[test]
    fn it_leaves_when_enough_of_the_miners_pay_changes_hands() {
        let left = |turn, least| {
            let quality =
                [("good", 1.0), ("poor", 0.0)].map(|(group, is)| Quality { group: group.into(), is });
            let validator = validating_after(15);
            let honest = HonestValidator { validator, quality: quality.into(), deviation: 0.0, turn };
            let market = Market::detailed(&[("good", idle(5)), ("poor", idle(10))]).validated_by(honest);
            let exit = Exit { cut: Some(Prior::Exactly(least)), fall: None, ..exit(1.0) };
            market.calls_of_owner(owner(0.0, Some(exit)), 600).first().map(|(block, _)| block.0)
        };
        // Qualities take turns at block 300; weights follow within 100 blocks, an epoch within 21, a look within 5, and
        // the owner 50 blocks later.
        assert!(left(Some(300), 0.9).is_some_and(|block| (350..=476).contains(&block)));
        assert_eq!(left(None, 0.9), None);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |owner: SubnetOwner| owner.check_all().expect_err("out of range").field;
        assert_eq!(field(owner(1.1, None)), "sells");
        assert_eq!(field(owner(1.0, Some(exit(1.1)))), "exit.probability");
        assert_eq!(field(SubnetOwner { every: 0, ..owner(1.0, None) }), "every");
    }
}
