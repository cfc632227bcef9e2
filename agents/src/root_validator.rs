//! A validator on root that sets weights on subnets, and may change its rule for them.
//!
//! The Foundation's validator on subnet 28, or one member of a coalition that acts with it. Its vote comes from
//! TAO staked on root, which the scenario gives it. Which rule is in force follows from the switch:
//!
//! ```text
//! follows ~ Bernoulli(turnout)                           once per agent, before the run
//! B       = At's block, or reaction blocks after the first look that meets OnRank's or OnShare's condition
//! rule    = after if follows and block >= B, else before
//! ```
//! *When* weights are set does not depend on the rule, nor on whether the validator follows: every `every` blocks,
//! at B, and never in the 100 blocks before B, since the chain would then refuse those at B. So a run in which
//! nobody follows, or in which `after` is `Same`, has the same calls at the same blocks. Calls of a block are
//! executed after its epochs: weights set at B count from the first epoch after B on.
//!
//! Conditions are looked at every 5 blocks, on the first of the subnets. Source: the reaction to subnet 28 of 25
//! February 2025, whose exact rule and time are not known; see the three readings in [`crate::zero_holders_validator`],
//! [`crate::reward_sellers_validator`] and [`crate::burn_validator`].

use bevy_ecs::prelude::Component;
use dtao_catalogue::moment::Moment;
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::prior::{Draws, Prior};
use crate::priors::{Priors, priors};
use crate::validator::{RATE_LIMIT, Validating, Wait};
use crate::weight_policy::{Memory, WeightPolicy, sales};
use crate::{ParameterError, Parameters, range};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "validates with root stake; its rule may change at a block, a rank or a share";

/// Blocks between two looks at a switch's condition.
const LOOK: u64 = 5;

/// Validates subnets with root stake, under a rule that may change.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootValidator {
    /// How it works as a validator, subnet by subnet; at least one.
    pub validators: Vec<Validating>,
    /// The rule for weights until the switch.
    pub before: WeightPolicy,
    /// The rule from the switch on.
    pub after: After,
    /// What makes it change its rule.
    pub switch: Switch,
    /// The probability that it follows the switch, 0 to 1; drawn once per run, for all of the group. P.
    pub turnout: Prior<f64>,
    #[serde(skip)]
    state: State,
}

/// The rule from the switch on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum After {
    /// The same as before: only the clock is the switch's.
    Same,
    /// Another.
    Policy(WeightPolicy),
}

/// What makes a validator change its rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Switch {
    /// Nothing.
    Never,
    /// A block.
    At(Prior<Block>),
    /// The subnet's place among all by spot price.
    OnRank {
        /// The place, 1 the highest, at which or above which it decides to change; 1 or more.
        rank: usize,
        /// Blocks from then to the switch; 1 or more. P.
        reaction: Prior<Block>,
        /// The block from which on it looks.
        from: Block,
    },
    /// The subnet's share of the emission to all, by moving price.
    OnShare {
        /// The share, 0 to 1, above which it decides to change.
        above: Prior<f64>,
        /// Blocks from then to the switch; 1 or more. P.
        reaction: Prior<Block>,
        /// The block from which on it looks.
        from: Block,
    },
}

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    follows: bool,
    /// The switch, once its block is known.
    at: Option<Block>,
    /// Each subnet's next turn and what it remembers, in the order of `validators`.
    seats: Vec<(Block, Memory)>,
}

impl RootValidator {
    /// A validator before its first block.
    #[must_use]
    pub fn new(
        validators: Vec<Validating>,
        before: WeightPolicy,
        after: After,
        switch: Switch,
        turnout: Prior<f64>,
    ) -> Self {
        Self { validators, before, after, switch, turnout, state: State::default() }
    }

    /// A turn that would keep the chain from taking weights at the switch is put off to it.
    fn put_off(&self, now: Block, turn: Block) -> Block {
        match self.state.at {
            Some(at) if now < at && turn + RATE_LIMIT > at => at,
            _ => turn,
        }
    }

    /// Learns of the switch, if its condition is met; says whether to go on looking.
    fn watch(&mut self, view: &View) -> bool {
        let now = view.block();
        let (from, met, reaction) = match &self.switch {
            Switch::Never | Switch::At(_) => return false,
            Switch::OnRank { rank, reaction, from } => {
                (*from, place(view, self.validators[0].netuid).is_some_and(|at| at <= *rank), reaction)
            }
            Switch::OnShare { above, reaction, from } => {
                let share = share(view, self.validators[0].netuid);
                (*from, share.is_some_and(|share| share > above.value()), reaction)
            }
        };
        if self.state.at.is_some() {
            return false;
        }
        if now < from || !met {
            return true;
        }
        self.state.at = Some(now + reaction.value().0.max(1));
        for seat in 0..self.state.seats.len() {
            self.state.seats[seat].0 = self.put_off(now, self.state.seats[seat].0);
        }
        false
    }

    /// One subnet's turn; gives the next.
    fn turn(&mut self, seat: usize, view: &View, me: &mut Actor) -> Block {
        let now = view.block();
        let seen = match self.validators[seat].look(view, me) {
            Ok(seen) => seen,
            Err(Wait(blocks)) => return self.put_off(now, now + blocks.max(1)),
        };
        let sold = sales(&mut self.state.seats[seat].1, &seen);
        let switched = self.state.follows && self.state.at.is_some_and(|at| now >= at);
        let policy = match &self.after {
            After::Policy(policy) if switched => policy,
            _ => &self.before,
        };
        let scores = policy.scores(&sold, &seen, me);
        self.validators[seat].set(&scores, me);
        self.put_off(now, now + self.validators[seat].every)
    }
}

/// A subnet's place among all by spot price, 1 the highest.
fn place(view: &View, netuid: Netuid) -> Option<usize> {
    let own = view.price(netuid)?;
    Some(1 + view.subnets().filter(|subnet| subnet.price() > own).count())
}

/// A subnet's share of a block's TAO.
fn share(view: &View, netuid: Netuid) -> Option<f64> {
    view.shares().find(|&(other, _)| other == netuid).map(|(_, share)| share)
}

impl Priors for Switch {
    fn check_priors(&self) -> Result<(), ParameterError> {
        match self {
            Self::Never => Ok(()),
            Self::At(block) => block.check("switch", 0.0, 2.0 * range::DURATION),
            Self::OnRank { reaction, rank: _, from: _ } => {
                reaction.check("switch.reaction", 1.0, range::DURATION)
            }
            Self::OnShare { above, reaction, from: _ } => {
                above.check("switch.above", 0.0, 1.0)?;
                reaction.check("switch.reaction", 1.0, range::DURATION)
            }
        }
    }

    fn draw_priors(&mut self, draws: &Draws) {
        match self {
            Self::Never => {}
            Self::At(block) => draws.prior("switch", block),
            Self::OnRank { reaction, rank: _, from: _ } => draws.prior("switch.reaction", reaction),
            Self::OnShare { above, reaction, from: _ } => {
                draws.prior("switch.above", above);
                draws.prior("switch.reaction", reaction);
            }
        }
    }
}

priors! {
    RootValidator {
        turnout: 0.0..=1.0,
    }
    groups { switch }
    besides { validators, before, after, state }
}

impl Parameters for RootValidator {
    fn check(&self) -> Result<(), ParameterError> {
        let refuse = |field, message: &str| Err(ParameterError { field, message: message.into() });
        if self.validators.is_empty() {
            return refuse("validators", "it validates nothing: name at least one subnet");
        }
        for validator in &self.validators {
            validator.check()?;
        }
        self.before.check()?;
        if let After::Policy(policy) = &self.after {
            policy.check()?;
        }
        match &self.switch {
            Switch::OnRank { rank: 0, .. } => refuse("switch", "rank 0: the highest is 1"),
            Switch::OnRank { rank, .. } if *rank > usize::from(u16::MAX) => {
                refuse("switch", "there are never more than 65,535 subnets to be ranked")
            }
            _ => Ok(()),
        }
    }

    fn moments(&self) -> Vec<Moment> {
        let begins = self.validators.iter().enumerate();
        let begins = begins
            .map(|(index, validator)| Moment::after(format!("validators[{index}].after"), validator.after));
        let switch = match &self.switch {
            Switch::Never => None,
            Switch::At(block) => Some(Moment::drawn("switch.At", block.range())),
            Switch::OnRank { from, .. } => Some(Moment::from("switch.OnRank.from", *from)),
            Switch::OnShare { from, .. } => Some(Moment::from("switch.OnShare.from", *from)),
        };
        begins.chain(switch).collect()
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        let named =
            |(at, validator): (usize, &Validating)| (format!("validators[{at}].netuid"), validator.netuid);
        self.validators.iter().enumerate().map(named).collect()
    }

    fn detailed(&self) -> Vec<(String, Netuid)> {
        self.netuids()
    }

    fn groups(&self) -> Vec<(String, String)> {
        let mut named = self.before.groups("before");
        if let After::Policy(policy) = &self.after {
            named.extend(policy.groups("after"));
        }
        named
    }
}

impl Strategy for RootValidator {
    fn start(&mut self, view: &View, me: &mut Actor) {
        self.state.follows = me.random().random::<f64>() < self.turnout.value();
        if let Switch::At(block) = &self.switch {
            self.state.at = Some(block.value());
        }
        let now = view.block();
        for validator in &self.validators {
            let first = self.put_off(now, now + validator.after.max(1));
            // One that begins after the switch only never sets other weights.
            let first = first.max(now + validator.after);
            self.state.seats.push((first, Memory::new()));
            me.wake_at(first);
        }
        match self.switch {
            Switch::OnRank { from, .. } | Switch::OnShare { from, .. } => me.wake_at(from),
            Switch::Never | Switch::At(_) => {}
        }
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let now = view.block();
        if self.watch(view) {
            me.wake_after(LOOK);
        }
        for seat in 0..self.state.seats.len() {
            if self.state.seats[seat].0 <= now {
                self.state.seats[seat].0 = self.turn(seat, view, me);
            }
        }
        if let Some(next) = self.state.seats.iter().map(|&(turn, _)| turn).min() {
            me.wake_at(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use dtao_engine::call::Call;
    use dtao_protocol::units::{RAO, Tao};

    use super::*;
    use crate::Agent;
    use crate::testing::{Market, holder, idle, rows};
    use crate::validator::tests::{validating, validating_after};

    fn root(after: After, switch: Switch, turnout: f64) -> RootValidator {
        let turnout = Prior::Exactly(turnout);
        RootValidator::new(vec![validating()], WeightPolicy::Holdings, after, switch, turnout)
    }

    fn at(block: u64) -> Switch {
        Switch::At(Prior::Exactly(Block(block)))
    }

    fn calls(root: RootValidator) -> Vec<(Block, Call)> {
        Market::detailed(&[("holder", holder(5, 4)), ("none", idle(10))]).calls_of(root, 500)
    }

    fn turns(calls: &[(Block, Call)]) -> Vec<u64> {
        let sets = calls.iter().filter(|(_, call)| matches!(call, Call::SetWeights { .. }));
        sets.map(|(block, _)| block.0).collect()
    }

    const BURN: After = After::Policy(WeightPolicy::Burn);

    #[test]
    fn it_keeps_quiet_for_the_100_blocks_before_the_switch_and_sets_weights_at_it() {
        let all = calls(root(BURN, at(270), 1.0));
        assert_eq!(turns(&all), [101, 270, 370, 470]);
        assert_eq!(rows(all), [[(2, 65_535)], [(0, 65_535)], [(0, 65_535)], [(0, 65_535)]]);
    }

    #[test]
    fn one_that_does_not_follow_makes_the_calls_of_one_whose_rule_stays() {
        let same = calls(root(After::Same, at(270), 1.0));
        assert_eq!(turns(&same), [101, 270, 370, 470]);
        assert_eq!(same, calls(root(BURN, at(270), 0.0)));
        let policy = After::Policy(WeightPolicy::Holdings);
        assert_eq!(same, calls(root(policy, at(270), 1.0)));
    }

    #[test]
    fn a_rule_that_finds_nobody_leaves_all_to_the_owner() {
        // Nobody sells.
        let policy = After::Policy(WeightPolicy::RewardSellers);
        assert_eq!(rows(calls(root(policy, at(270), 1.0)))[1], [(0, 65_535)]);
    }

    #[test]
    fn without_a_switch_it_sets_weights_as_often_as_it_is_told() {
        assert_eq!(turns(&calls(root(BURN, Switch::Never, 1.0))), [101, 201, 301, 401]);
    }

    #[test]
    fn a_rank_makes_it_switch_after_its_reaction() {
        let reaction = Prior::Exactly(Block(100));
        // The only subnet is always first.
        let switch = Switch::OnRank { rank: 1, reaction, from: Block(150) };
        let all = calls(root(BURN, switch, 1.0));
        assert_eq!(turns(&all), [101, 250, 350, 450]);
        assert_eq!(rows(all)[..2], [[(2, 65_535)], [(0, 65_535)]]);
    }

    #[test]
    fn a_share_makes_it_switch_only_if_it_is_above() {
        let reaction = Prior::Exactly(Block(100));
        let switch = |above| Switch::OnShare { above: Prior::Exactly(above), reaction, from: Block(150) };
        // The only subnet gets everything.
        assert_eq!(turns(&calls(root(BURN, switch(0.9), 1.0))), [101, 250, 350, 450]);
        assert_eq!(turns(&calls(root(BURN, switch(1.0), 1.0))), [101, 201, 301, 401]);
    }

    #[test]
    fn two_subnets_have_turns_of_their_own() {
        // The same one twice: the second seat's turn comes too soon after the first's.
        let mut both = root(BURN, Switch::Never, 1.0);
        let mut second = validating_after(50);
        second.stake = Tao::from_rao(RAO);
        both.validators.push(second);
        let staked: Vec<_> = calls(both)
            .into_iter()
            .filter_map(|(block, call)| match call {
                Call::Stake { tao, .. } => Some((block.0 >= 50, tao.rao() / RAO)),
                _ => None,
            })
            .collect();
        assert_eq!(staked, [(false, 10), (true, 1)]);
    }

    #[test]
    fn parameters_out_of_range_are_refused_by_name() {
        let field = |root: RootValidator| root.check_all().expect_err("out of range").field;
        assert_eq!(field(root(BURN, Switch::Never, 1.5)), "turnout");
        let reaction = Prior::Exactly(Block(0));
        let switch = Switch::OnRank { rank: 1, reaction, from: Block(0) };
        assert_eq!(field(root(BURN, switch, 1.0)), "switch.reaction");
        let mut none = root(BURN, Switch::Never, 1.0);
        none.validators.clear();
        assert_eq!(field(none), "validators");
    }
}
