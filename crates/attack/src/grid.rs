//! Rung 0: all programs of one and two calls on a grid.
//!
//! ```text
//! one call    at the start, after an eighth of the run, after half of it
//! two calls   of one subnet, or of none, by one account; the second after 0, 1, 30 or 360 blocks, an eighth or half of the run
//! ```
//! Amounts are 2 %, 10 %, 30 % and all of what there is. Calls that can do nothing without an earlier one, such as sales, do not come first.
//! Two calls of different subnets are not tried: the search does that.

use dtao_agents::program::{Action, Claims, Key, Pattern, Place, Program, Step};
use dtao_statistics::random::permutation;

use crate::grammar::{Grammar, Random};
use crate::kind::Kind;

/// The parts of the grid.
const PARTS: [f64; 4] = [0.02, 0.1, 0.3, 1.0];

/// All programs of the grid, single calls first, then pairs in random order.
pub(crate) struct Grid {
    /// The calls of each subnet, and of none.
    calls: Vec<Vec<Action>>,
    starts: Vec<u64>,
    waits: Vec<u64>,
    singles: Vec<(usize, usize, usize)>,
    pairs: Vec<Pair>,
    next: usize,
}

/// Two calls about one subnet, or about none.
#[derive(Clone, Copy)]
struct Pair {
    of: u32,
    first: u32,
    second: u32,
    start: u8,
    wait: u8,
}

impl Grid {
    pub fn of(grammar: &Grammar, random: &mut Random) -> Self {
        let calls: Vec<Vec<Action>> = std::iter::once(global(grammar))
            .chain(grammar.places.iter().map(|&place| of_place(grammar, place)))
            .collect();
        let blocks = grammar.blocks;
        let fit = |all: Vec<u64>| {
            let mut fit: Vec<u64> = all.into_iter().filter(|&wait| wait < blocks).collect();
            fit.sort_unstable();
            fit.dedup();
            fit
        };
        let starts = fit(vec![0, blocks / 8, blocks / 2]);
        let waits = fit(vec![0, 1, 30, 360, blocks / 8, blocks / 2]);
        // One call of every subnet before the next: in a large market nobody waits for the last one.
        let most = calls.iter().map(Vec::len).max().unwrap_or_default();
        let mut singles = Vec::new();
        for start in 0..starts.len() {
            for call in (0..most).rev() {
                let has = |of: &usize| calls[*of].get(call).is_some_and(|call| !needs_another(call));
                singles.extend((0..calls.len()).filter(has).map(|of| (of, call, start)));
            }
        }
        let pairs = pairs(&calls, (starts.len(), waits.len()), random);
        Self { calls, starts, waits, singles, pairs, next: 0 }
    }

    /// How many programs have been given, of how many.
    pub fn progress(&self) -> (usize, usize) {
        (self.next, self.singles.len() + self.pairs.len())
    }

    /// The next program; nothing if all were given.
    pub fn next(&mut self) -> Option<Program> {
        let program = self.at(self.next)?;
        self.next += 1;
        Some(program)
    }

    fn at(&self, number: usize) -> Option<Program> {
        if let Some(&(of, call, start)) = self.singles.get(number) {
            return Some(Program::new(vec![Step::after(self.starts[start], self.calls[of][call])]));
        }
        let &Pair { of, first, second, start, wait } = self.pairs.get(number - self.singles.len())?;
        let calls = &self.calls[of as usize];
        let first = Step::after(self.starts[usize::from(start)], calls[first as usize]);
        let second = Step::after(self.waits[usize::from(wait)], calls[second as usize]);
        Some(Program::new(vec![first, second]))
    }
}

/// All pairs in random order, but for those of which the first call would need another one before it.
fn pairs(calls: &[Vec<Action>], (starts, waits): (usize, usize), random: &mut Random) -> Vec<Pair> {
    let mut offsets = vec![0];
    for calls in calls {
        let pairs = calls.len() * calls.len() * starts * waits;
        offsets.push(offsets.last().expect("it begins with one") + pairs);
    }
    let all = *offsets.last().expect("it begins with one");
    let pair = |pair: usize| {
        let of = offsets.partition_point(|&offset| offset <= pair) - 1;
        let mut left = pair - offsets[of];
        let mut digit = |base: usize| {
            let digit = left % base;
            left /= base;
            digit as u32
        };
        let (first, second) = (digit(calls[of].len()), digit(calls[of].len()));
        let (start, wait) = (digit(starts) as u8, digit(waits) as u8);
        let can_come_first = !needs_another(&calls[of][first as usize]);
        can_come_first.then_some(Pair { of: of as u32, first, second, start, wait })
    };
    permutation(random, all).into_iter().filter_map(pair).collect()
}

/// Whether a call does nothing for an account that has made none.
const fn needs_another(action: &Action) -> bool {
    match action {
        Action::Unstake { .. }
        | Action::UnstakeAll { .. }
        | Action::UnstakeAllAlpha { .. }
        | Action::SwapStake { .. }
        | Action::MoveStake { .. }
        | Action::TransferStake { .. }
        | Action::StartSubnet { .. }
        | Action::SetWeights { .. }
        | Action::SetChildren { .. }
        | Action::SetEmissionWeights { .. }
        | Action::LockStake { .. }
        | Action::MoveLock { .. }
        | Action::ClaimRoot { .. }
        | Action::ClaimFunds
        | Action::TradeFund { .. } => true,
        Action::Stake { .. }
        | Action::RegisterSubnet
        | Action::RegisterNeuron { .. }
        | Action::SetPerpetualLock { .. }
        | Action::SetRootWeights { .. }
        | Action::StakeIntoFund { .. }
        | Action::SetClaimType { .. }
        | Action::FakeValue { .. } => false,
    }
}

/// Calls about a subnet.
fn of_place(grammar: &Grammar, on: Place) -> Vec<Action> {
    let neurons = grammar.detailed.contains(&on);
    let keys: &[Key] = if neurons { &[Key::Validator, Key::Own] } else { &[Key::Validator] };
    let (all, limit) = (1.0, None);
    let of_kind = |kind: Kind| -> Vec<Action> {
        let keys = || keys.iter().copied();
        match kind {
            Kind::Stake => {
                let of_key = |hotkey| PARTS.map(|part| Action::Stake { on, part, hotkey, limit });
                keys().flat_map(of_key).collect()
            }
            Kind::Unstake => keys().map(|hotkey| Action::Unstake { on, part: all, hotkey, limit }).collect(),
            Kind::SwapStake => keys()
                .map(|hotkey| Action::SwapStake { from: on, to: Place::Root, part: all, hotkey })
                .collect(),
            Kind::RegisterNeuron if neurons => vec![Action::RegisterNeuron { on }],
            Kind::SetWeights if neurons => {
                let one = [Key::Validator, Key::Owner].map(Pattern::On);
                let patterns = [Pattern::Own, Pattern::Others, Pattern::Copy].into_iter().chain(one);
                patterns.map(|pattern| Action::SetWeights { on, pattern }).collect()
            }
            Kind::SetChildren if neurons => {
                vec![Action::SetChildren { on, child: Key::Validator, part: all }]
            }
            Kind::LockStake => vec![Action::LockStake { on, part: all, hotkey: Key::Own }],
            Kind::SetRootWeights => vec![Action::SetRootWeights { on }],
            Kind::ClaimRoot => vec![Action::ClaimRoot { on }],
            Kind::FakeValue => PARTS.map(|part| Action::FakeValue { on, part }).to_vec(),
            _ => vec![],
        }
    };
    grammar.kinds.iter().flat_map(|&kind| of_kind(kind)).collect()
}

/// Calls about no subnet, about root, or about one that was registered.
fn global(grammar: &Grammar) -> Vec<Action> {
    let (limit, hotkey) = (None, Key::Validator);
    let of_kind = |kind: Kind| -> Vec<Action> {
        match kind {
            Kind::Stake => {
                let root = PARTS.map(|part| Action::Stake { on: Place::Root, part, hotkey, limit });
                let own = PARTS.map(|part| Action::Stake { on: Place::Own, part, hotkey, limit });
                let own = own.into_iter().filter(|_| grammar.has(Kind::RegisterSubnet));
                root.into_iter().chain(own).collect()
            }
            Kind::Unstake => {
                [Place::Root, Place::Own].map(|on| Action::Unstake { on, part: 1.0, hotkey, limit }).to_vec()
            }
            Kind::UnstakeAll => vec![Action::UnstakeAll { hotkey }],
            Kind::UnstakeAllAlpha => vec![Action::UnstakeAllAlpha { hotkey }],
            Kind::RegisterSubnet => vec![Action::RegisterSubnet],
            Kind::StartSubnet => vec![Action::StartSubnet { on: Place::Own }],
            Kind::ClaimFunds => vec![Action::ClaimFunds],
            Kind::StakeIntoFund => PARTS.map(|part| Action::StakeIntoFund { hotkey, part }).to_vec(),
            Kind::SetClaimType => {
                [Claims::Swap, Claims::Keep].map(|claims| Action::SetClaimType { claims }).to_vec()
            }
            _ => vec![],
        }
    };
    grammar.kinds.iter().flat_map(|&kind| of_kind(kind)).collect()
}

#[cfg(test)]
mod tests {
    use dtao_protocol::units::{RAO, Tao};
    use dtao_statistics::random::keyed;

    use super::*;

    #[test]
    fn all_that_is_counted_is_given_once_and_begins_with_what_can_come_first() {
        let grammar = Grammar {
            kinds: vec![Kind::Stake, Kind::Unstake, Kind::UnstakeAll],
            places: vec![Place::Largest, Place::Smallest],
            detailed: vec![],
            accounts: 1,
            blocks: 800,
            budget: Tao::from_rao(500 * RAO),
            new_in_detail: false,
        };
        let mut grid = Grid::of(&grammar, &mut keyed(1, &[1]));
        // Four purchases of each of two subnets and of root, at three times; then the same or a sale of it, after six waits. A sale of
        // a subnet that was registered and of everything stand beside root's.
        let (subnets, root) = (2 * 4 * (4 + 1), 4 * (4 + 2 + 1));
        assert_eq!(grid.progress(), (0, 3 * 3 * 4 + (subnets + root) * 3 * 6));
        let mut given = 0;
        let mut known = std::collections::BTreeSet::new();
        while let Some(program) = grid.next() {
            given += 1;
            assert_eq!(grid.progress().0, given);
            assert!(!needs_another(&program.steps[0].action), "{program:?}");
            assert!(known.insert(format!("{program:?}")), "{program:?} was given twice");
        }
        assert_eq!(grid.progress(), (given, given));
        assert!(grid.next().is_none() && grid.progress() == (given, given));
    }
}
