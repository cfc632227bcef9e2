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
    pairs: Vec<u32>,
    /// How many pairs the subnets before each have.
    offsets: Vec<usize>,
    next: usize,
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
        let mut offsets = vec![0];
        for calls in &calls {
            let pairs = calls.len() * calls.len() * starts.len() * waits.len();
            offsets.push(offsets.last().expect("it begins with one") + pairs);
        }
        let all = *offsets.last().expect("it begins with one");
        let pairs = permutation(random, all).into_iter().map(|pair| pair as u32).collect();
        Self { calls, starts, waits, singles, pairs, offsets, next: 0 }
    }

    /// How many programs there are, and how many of them have been given.
    pub fn progress(&self) -> (usize, usize) {
        (self.next, self.singles.len() + self.pairs.len())
    }

    /// The next program; nothing if all were given. Pairs of which the first call would need the second are passed over.
    pub fn next(&mut self) -> Option<Program> {
        loop {
            let at = self.next;
            self.next += 1;
            if let Some(&(of, call, start)) = self.singles.get(at) {
                return Some(Program::new(vec![Step::after(self.starts[start], self.calls[of][call])]));
            }
            let Some(&pair) = self.pairs.get(at - self.singles.len()) else {
                self.next = at;
                return None;
            };
            let of = self.offsets.partition_point(|&offset| offset <= pair as usize) - 1;
            let (calls, mut left) = (&self.calls[of], pair as usize - self.offsets[of]);
            let mut digit = |base: usize| {
                let digit = left % base;
                left /= base;
                digit
            };
            let (first, second) = (calls[digit(calls.len())], calls[digit(calls.len())]);
            let (start, wait) = (digit(self.starts.len()), digit(self.waits.len()));
            if !needs_another(&first) {
                let first = Step::after(self.starts[start], first);
                return Some(Program::new(vec![first, Step::after(self.waits[wait], second)]));
            }
        }
    }
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
            Kind::SetWeights if neurons => [Pattern::Own, Pattern::Others, Pattern::Copy]
                .map(|pattern| Action::SetWeights { on, pattern })
                .to_vec(),
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
