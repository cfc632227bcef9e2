//! What all traders share: where they keep stake, how they sell it, and what they see of incomes and prices.

use std::collections::VecDeque;

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::Call;
use dtao_engine::math;
use dtao_engine::strategy::Actor;
use dtao_engine::view::View;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO};
use dtao_protocol::yuma::Permit;

/// Where an account keeps its stake on a subnet: on its own hotkey where there are neurons, with the one validator
/// where the subnet is in aggregate.
pub(crate) fn home(netuid: Netuid, view: &View, me: &Actor) -> Hotkey {
    if view.roster(netuid).is_some() { Hotkey(me.id) } else { Hotkey::AGGREGATE }
}

/// What an account holds where it keeps its stake.
pub(crate) fn held(netuid: Netuid, view: &View, me: &Actor) -> Alpha {
    view.stake_on(me.id, netuid, home(netuid, view, me))
}

/// The most that is sold of what an account holds: all but a ten-thousandth.
///
/// The chain takes all where less than a hundred-thousandth would be left, to the last rao.
const ALL: f64 = 0.9999;

/// Sells a part of what it holds, 0 to 1, in one call, cut to whole hundredths; nothing if that is nothing.
///
/// What is earned may differ in the last rao between runs that should be the same, such as those in which a minority
/// of validators does and does not act: what is sold must not.
pub(crate) fn sell_part(netuid: Netuid, part: f64, view: &View, me: &mut Actor) {
    let all = held(netuid, view, me).to_f64();
    sell(netuid, cut(Alpha::from_f64(all * part.min(ALL))), view, me);
}

/// Cut to whole hundredths: what is sold of an income must not tell of its last digits.
pub(crate) fn cut(alpha: Alpha) -> Alpha {
    const HUNDREDTH: u64 = RAO / 100;
    Alpha::from_rao(alpha.rao() / HUNDREDTH * HUNDREDTH)
}

/// Sells an amount from where it keeps its stake; nothing if that is nothing.
pub(crate) fn sell(netuid: Netuid, alpha: Alpha, view: &View, me: &mut Actor) {
    if alpha > Alpha::ZERO {
        me.submit(Call::Unstake { netuid, hotkey: home(netuid, view, me), alpha, limit: None });
    }
}

/// Registers as a neuron if the account is none and can pay the burn.
pub(crate) fn register(netuid: Netuid, view: &View, me: &mut Actor) -> Seat {
    match view.roster(netuid) {
        Some(roster) if roster.uid(Hotkey(me.id)).is_some() => Seat::Taken,
        Some(roster) => {
            if view.balance(me.id) >= roster.burn() {
                me.submit(Call::RegisterNeuron { netuid });
            }
            Seat::Wanted
        }
        None => Seat::Wanted,
    }
}

/// Whether an account is a neuron.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Seat {
    /// Not yet.
    #[default]
    Wanted,
    /// It is, or was once.
    Taken,
}

/// Alpha a day for all miners of a subnet: what is left of one alpha a block after the owner's 18 %, halved.
const MINERS_A_DAY: f64 = 0.41 * 7_200.0;

/// A neuron's part of the miners' emission in the last epoch; 0 if it is none.
pub(crate) fn incentive(netuid: Netuid, view: &View, agent: AgentId) -> f64 {
    let Some(roster) = view.roster(netuid) else { return 0.0 };
    let uid = roster.uid(Hotkey(agent));
    uid.and_then(|uid| roster.results().incentive.get(uid.index())).map_or(0.0, |part| part.to_f64())
}

/// A miner's income for each alpha that it holds, per day; 0 without any.
pub(crate) fn income(netuid: Netuid, view: &View, agent: AgentId) -> f64 {
    let held = view.stake_on(agent, netuid, Hotkey(agent)).to_f64();
    if held > 0.0 { incentive(netuid, view, agent) * MINERS_A_DAY / held } else { 0.0 }
}

/// What a day earns for each alpha that miners hold: the median over their alpha. Where half of it earns nothing,
/// so does holding, whoever else is paid. Neurons that set weights do not mine, nor does the owner.
pub(crate) fn usual_income(netuid: Netuid, view: &View, agent: AgentId) -> f64 {
    let Some(roster) = view.roster(netuid) else { return 0.0 };
    let miners = roster.hotkeys().iter().zip(&roster.neurons().by_uid).filter(|(hotkey, neuron)| {
        neuron.last_update <= neuron.registered && hotkey.0 != agent && hotkey.0 != roster.owner()
    });
    let mut holdings: Vec<(f64, f64)> = miners
        .map(|(hotkey, _)| {
            let held = view.stake_on(hotkey.0, netuid, *hotkey).to_f64();
            (income(netuid, view, hotkey.0), held)
        })
        .collect();
    holdings.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let half = holdings.iter().map(|(_, held)| held).sum::<f64>() / 2.0;
    let mut below = 0.0;
    holdings
        .iter()
        .find(|(_, held)| {
            below += held;
            below > half
        })
        .map_or(0.0, |(income, _)| *income)
}

/// The part of the validators' stake whose weights, as they stand, give a neuron nothing; none if it is no neuron, or if nobody has
/// set weights. Weights are public as soon as they are set, and count from the next epoch on.
pub(crate) fn votes_without(netuid: Netuid, view: &View, agent: AgentId) -> Option<f64> {
    let roster = view.roster(netuid)?;
    let own = roster.uid(Hotkey(agent))?;
    let (mut all, mut without) = (0.0, 0.0);
    for neuron in &roster.neurons().by_uid {
        if neuron.permit != Permit::Granted || neuron.weights.is_empty() {
            continue;
        }
        let stake = neuron.stake.to_f64();
        all += stake;
        if !neuron.weights.iter().any(|&(on, weight)| on == own && weight > 0) {
            without += stake;
        }
    }
    (all > 0.0).then_some(without / all)
}

/// What an account has seen of weights that do not count yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sight {
    /// There has been no look yet at which fewer votes than it minds were without it.
    #[default]
    NotYet,
    /// There has been one.
    Backed,
    /// And then one at which as many as it minds were.
    Dropped,
}

impl Sight {
    /// Looks at the weights; says whether this is the first look at which so many votes are without the account.
    pub fn look(&mut self, votes: f64, netuid: Netuid, view: &View, agent: AgentId) -> bool {
        if *self == Self::Dropped {
            return false;
        }
        let Some(without) = votes_without(netuid, view, agent) else { return false };
        match (*self, without >= votes) {
            (Self::Backed, true) => *self = Self::Dropped,
            (_, false) => *self = Self::Backed,
            (_, true) => {}
        }
        *self == Self::Dropped
    }
}

/// The highest price seen in the last `window` blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Peak {
    /// Prices that no later one exceeds.
    falling: VecDeque<(Block, f64)>,
}

impl Peak {
    /// Notes a price, and says which was the highest.
    pub fn see(&mut self, price: f64, now: Block, window: u64) -> f64 {
        while self.falling.back().is_some_and(|(_, earlier)| *earlier <= price) {
            self.falling.pop_back();
        }
        self.falling.push_back((now, price));
        while now.since(self.falling[0].0) > window {
            self.falling.pop_front();
        }
        self.falling[0].1
    }
}

/// Blocks from now until something with a delay is done: at least one.
pub(crate) fn delayed(now: Block, blocks: f64) -> Block {
    now + (blocks.round() as u64).max(1)
}

/// The probability whose log-odds are given.
pub(crate) fn logistic(odds: f64) -> f64 {
    1.0 / (1.0 + math::exp(-odds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_the_highest_of_the_window_only() {
        let mut peak = Peak::default();
        let seen = [(1, 5.0), (2, 9.0), (3, 4.0), (12, 6.0), (13, 3.0), (23, 1.0), (34, 2.0)];
        let highest: Vec<f64> = seen.iter().map(|&(at, price)| peak.see(price, Block(at), 10)).collect();
        assert_eq!(highest, [5.0, 9.0, 9.0, 9.0, 6.0, 3.0, 2.0]);
    }
}
