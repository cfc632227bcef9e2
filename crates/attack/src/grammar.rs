//! What programs can be made of in a world, and how one is drawn at random.
//!
//! Nothing here knows of an attack. What it knows is what calls need: weights are set by a neuron that has a permit, on neurons, and only
//! what was bought is sold.

use dtao_agents::program::{
    ACCOUNTS, Action, Claims, Key, Pattern, Place, Program, STEPS, Side, Stand, Step, Wait,
};
use dtao_protocol::units::{RAO, Tao};
use dtao_statistics::random::below;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use crate::kind::Kind;

/// Random numbers of the search.
pub(crate) type Random = Xoshiro256PlusPlus;

/// What programs can be made of.
#[derive(Clone, Debug)]
pub(crate) struct Grammar {
    pub kinds: Vec<Kind>,
    /// All subnets, each under one name.
    pub places: Vec<Place>,
    /// Those of them that are in detail.
    pub detailed: Vec<Place>,
    /// How many accounts there may be.
    pub accounts: u8,
    /// The blocks of a run.
    pub blocks: u64,
    pub budget: Tao,
    /// Whether new subnets are in detail.
    pub new_in_detail: bool,
}

impl Grammar {
    pub fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// One of some things.
    pub fn one_of<T: Copy>(random: &mut Random, things: &[T]) -> T {
        things[below(random, things.len())]
    }

    /// A part: often all, sometimes half, else anything with small ones as likely as large ones.
    pub fn part(random: &mut Random) -> f64 {
        match below(random, 10) {
            0..4 => 1.0,
            4 => 0.5,
            5..7 => random.random_range(0.0..1.0),
            _ => dtao_engine::math::exp(random.random_range(-7.0..0.0)),
        }
    }

    /// A number of blocks from 1 to the run's, small ones as likely as large ones.
    pub fn blocks(&self, random: &mut Random) -> u64 {
        let most = dtao_engine::math::ln(self.blocks as f64);
        (dtao_engine::math::exp(random.random_range(0.0..most.max(0.1))).round() as u64).clamp(1, self.blocks)
    }

    /// A wait, most often for blocks.
    pub fn wait(&self, random: &mut Random, near: &[Step]) -> Wait {
        match below(random, 20) {
            0..6 => Wait::Blocks(0),
            6..8 => Wait::Blocks(1),
            8..17 => Wait::Blocks(self.blocks(random)),
            17 => Wait::Epoch { on: self.place(random, near), after: Self::one_of(random, &[-1, 0, 1]) },
            18 => {
                let (on, within) = (self.place(random, near), self.blocks(random));
                let ratio = dtao_engine::math::exp(random.random_range(0.0..2.0));
                if below(random, 2) == 0 {
                    Wait::Above { on, ratio, within }
                } else {
                    Wait::Below { on, ratio: 1.0 / ratio, within }
                }
            }
            _ => {
                let (on, within) = (self.place(random, near), self.blocks(random));
                let side = Self::one_of(random, &[Side::Buys, Side::Sells, Side::Any]);
                let size = self.budget.to_f64() * dtao_engine::math::exp(random.random_range(-9.0..1.0));
                Wait::Pending { on, side, tao: Tao::from_rao((size * RAO as f64) as u64), within }
            }
        }
    }

    /// A subnet: rather one that the program names already.
    pub fn place(&self, random: &mut Random, near: &[Step]) -> Place {
        let mut named: Vec<Place> = near.iter().flat_map(|step| step.action.places()).collect();
        named.retain(|&place| place != Place::Root);
        if !named.is_empty() && below(random, 10) < 7 {
            return Self::one_of(random, &named);
        }
        if self.has(Kind::RegisterSubnet) && below(random, 20) == 0 || self.places.is_empty() {
            return Place::Own;
        }
        Self::one_of(random, &self.places)
    }

    /// A subnet in detail.
    fn detailed(&self, random: &mut Random, near: &[Step]) -> Place {
        let place = self.place(random, near);
        let fits = self.detailed.contains(&place) || place == Place::Own && self.new_in_detail;
        if fits || self.detailed.is_empty() { place } else { Self::one_of(random, &self.detailed) }
    }

    /// A hotkey to stake on: that of the validators, or where there are neurons any of the program's, too.
    fn key(&self, random: &mut Random, on: Place) -> Key {
        let neurons = self.detailed.contains(&on) || on == Place::Own && self.new_in_detail;
        let own_on_root = on == Place::Root && below(random, 4) == 0;
        if !neurons && !own_on_root {
            return Key::Validator;
        }
        match below(random, 4) {
            0 => Key::Validator,
            1 => Key::Account(below(random, self.accounts.into()) as u8),
            _ => Key::Own,
        }
    }

    /// A program of a few steps.
    pub fn program(&self, random: &mut Random) -> Program {
        let mut steps = Vec::new();
        for _ in 0..=below(random, 4) {
            self.insert(random, &mut steps);
        }
        self.fitted(steps)
    }

    /// Inserts a random step, with what it needs before it.
    pub fn insert(&self, random: &mut Random, steps: &mut Vec<Step>) {
        let at = below(random, steps.len() + 1);
        let account = if below(random, 2) == 0 { 0 } else { below(random, self.accounts.into()) as u8 };
        let action = self.action(random, &steps[..at]);
        let wait = match action {
            // A permit comes with an epoch.
            Action::SetWeights { on, .. } if below(random, 2) == 0 => Wait::Epoch { on, after: 1 },
            _ => self.wait(random, steps),
        };
        let stand = match wait {
            Wait::Pending { .. } => Self::one_of(random, &[Stand::Before, Stand::After, Stand::Last]),
            _ => Stand::Last,
        };
        let mut new = self.needed(random, &steps[..at], &action, account);
        new.push(Step { wait, account, stand, action });
        steps.splice(at..at, new);
    }

    /// What a call needs that no earlier step has made.
    fn needed(&self, random: &mut Random, before: &[Step], action: &Action, account: u8) -> Vec<Step> {
        let mut needed: Vec<Step> = Vec::new();
        let mut need_of = |account: u8, action: Action, made: &dyn Fn(&Step) -> bool| {
            if self.has(Kind::of(&action)) && !before.iter().any(|step| step.account == account && made(step))
            {
                // No two neurons are registered in one block.
                needed.push(Step { account, ..Step::after(needed.len() as u64, action) });
            }
        };
        let is = |kind: Kind| move |step: &Step| Kind::of(&step.action) == kind;
        if let Action::SetWeights { on, .. } | Action::SetChildren { on, .. } = *action {
            let register = Action::RegisterNeuron { on };
            let weighted = match *action {
                Action::SetWeights { pattern: Pattern::Own, .. } if self.accounts > 1 => {
                    Some((account + 1 + below(random, usize::from(self.accounts) - 1) as u8) % self.accounts)
                }
                Action::SetWeights { pattern: Pattern::On(Key::Account(other)), .. } => Some(other),
                _ => None,
            };
            for account in std::iter::once(account).chain(weighted.filter(|&other| other != account)) {
                need_of(account, register, &|step| step.action == register);
            }
        }
        let mut need = |action: Action, made: &dyn Fn(&Step) -> bool| need_of(account, action, made);
        match *action {
            Action::StartSubnet { on: Place::Own } | Action::SetEmissionWeights { on: Place::Own, .. } => {
                need(Action::RegisterSubnet, &is(Kind::RegisterSubnet));
            }
            Action::LockStake { on, .. }
            | Action::SwapStake { from: on, .. }
            | Action::Unstake { on, .. } => {
                let bought = |step: &Step| match step.action {
                    Action::Stake { on: place, .. } => place == on,
                    Action::SwapStake { to, .. } | Action::MoveStake { to, .. } => to == on,
                    _ => false,
                };
                let (part, hotkey) = (Self::part(random), self.key(random, on));
                need(Action::Stake { on, part, hotkey, limit: None }, &bought);
            }
            Action::ClaimRoot { .. } | Action::ClaimFunds | Action::SetClaimType { .. } => {
                let (part, hotkey) = (Self::part(random), Key::Validator);
                let all = Action::Stake { on: Place::Root, part, hotkey, limit: None };
                need(all, &|step| matches!(step.action, Action::Stake { on: Place::Root, .. }));
            }
            _ => {}
        }
        needed
    }

    /// A random call.
    pub fn action(&self, random: &mut Random, near: &[Step]) -> Action {
        let weights = self.kinds.iter().map(|&kind| weight(kind));
        let mut left = below(random, weights.sum::<usize>());
        let mut kinds = self.kinds.iter().copied();
        let kind = kinds.find(|&kind| {
            let found = left < weight(kind);
            left = left.saturating_sub(weight(kind));
            found
        });
        self.of_kind(random, kind.expect("the weights add up"), near)
    }

    /// A random call of a kind.
    pub fn of_kind(&self, random: &mut Random, kind: Kind, near: &[Step]) -> Action {
        let part = Self::part(random);
        let stakeable = |random: &mut Random| {
            if below(random, 12) == 0 { Place::Root } else { self.place(random, near) }
        };
        let limit = |random: &mut Random, side: f64| {
            let over = dtao_engine::math::exp(side * random.random_range(0.0..1.0));
            (below(random, 12) == 0).then_some(over)
        };
        let receiver = below(random, self.accounts.into()) as u8;
        match kind {
            Kind::Stake => {
                let on = stakeable(random);
                Action::Stake { on, part, hotkey: self.key(random, on), limit: limit(random, 1.0) }
            }
            Kind::Unstake => {
                let on = stakeable(random);
                Action::Unstake { on, part, hotkey: self.key(random, on), limit: limit(random, -1.0) }
            }
            Kind::UnstakeAll => {
                Action::UnstakeAll { hotkey: Self::one_of(random, &[Key::Validator, Key::Own]) }
            }
            Kind::UnstakeAllAlpha => {
                Action::UnstakeAllAlpha { hotkey: Self::one_of(random, &[Key::Validator, Key::Own]) }
            }
            Kind::SwapStake => {
                let (from, to) = (stakeable(random), stakeable(random));
                Action::SwapStake { from, to, part, hotkey: self.key(random, from) }
            }
            Kind::MoveStake => {
                let (from, to) = (stakeable(random), stakeable(random));
                let (from_hotkey, to_hotkey) = (self.key(random, from), self.key(random, to));
                Action::MoveStake { from, to, part, from_hotkey, to_hotkey }
            }
            Kind::TransferStake => {
                let (from, to) = (stakeable(random), stakeable(random));
                Action::TransferStake { from, to, part, hotkey: self.key(random, from), receiver }
            }
            Kind::RegisterSubnet => Action::RegisterSubnet,
            Kind::StartSubnet => Action::StartSubnet { on: Place::Own },
            Kind::RegisterNeuron => Action::RegisterNeuron { on: self.detailed(random, near) },
            Kind::SetWeights => {
                let key = Self::one_of(random, &[Key::Validator, Key::Owner, Key::Account(receiver)]);
                let patterns = [Pattern::Own, Pattern::Others, Pattern::Copy, Pattern::On(key)];
                let pattern = Self::one_of(random, &patterns);
                Action::SetWeights { on: self.detailed(random, near), pattern }
            }
            Kind::SetChildren => {
                let on = self.detailed(random, near);
                let child = if below(random, 3) == 0 { Key::Validator } else { Key::Account(receiver) };
                Action::SetChildren { on, child, part }
            }
            Kind::SetEmissionWeights => {
                let owner = random.random_range(0.0..1.0);
                let validator = random.random_range(0.0..1.0 - owner);
                Action::SetEmissionWeights { on: Place::Own, owner, validator }
            }
            Kind::LockStake => {
                let on = self.place(random, near);
                Action::LockStake { on, part, hotkey: Self::one_of(random, &[Key::Own, Key::Owner]) }
            }
            Kind::MoveLock => {
                let hotkey = Self::one_of(random, &[Key::Own, Key::Owner]);
                Action::MoveLock { on: self.place(random, near), hotkey }
            }
            Kind::SetPerpetualLock => {
                Action::SetPerpetualLock { on: self.place(random, near), enabled: below(random, 2) == 0 }
            }
            Kind::SetRootWeights => Action::SetRootWeights { on: self.place(random, near) },
            Kind::ClaimRoot => Action::ClaimRoot { on: self.place(random, near) },
            Kind::ClaimFunds => Action::ClaimFunds,
            Kind::StakeIntoFund => Action::StakeIntoFund { hotkey: Key::Validator, part },
            Kind::TradeFund => {
                Action::TradeFund { from: stakeable(random), to: self.place(random, near), part }
            }
            Kind::SetClaimType => {
                Action::SetClaimType { claims: Self::one_of(random, &[Claims::Swap, Claims::Keep]) }
            }
            Kind::FakeValue => Action::FakeValue { on: self.place(random, near), part },
        }
    }

    /// A program within the limits: no more steps than there may be, none after the run's last block, accounts without gaps.
    pub fn fitted(&self, mut steps: Vec<Step>) -> Program {
        steps.truncate(STEPS);
        let mut left = self.blocks.saturating_sub(1);
        for step in &mut steps {
            match &mut step.wait {
                Wait::Blocks(blocks)
                | Wait::Above { within: blocks, .. }
                | Wait::Below { within: blocks, .. }
                | Wait::Pending { within: blocks, .. } => *blocks = (*blocks).min(left),
                Wait::Epoch { .. } => {}
            }
            if let Wait::Blocks(blocks) = step.wait {
                left -= blocks;
            }
            if !matches!(step.wait, Wait::Pending { .. }) {
                // Within a block of an answer, what follows may stand beside it, too.
                if step.wait != Wait::Blocks(0) {
                    step.stand = Stand::Last;
                }
            }
        }
        renumber(&mut steps, self.accounts.clamp(1, ACCOUNTS));
        Program::new(steps)
    }
}

/// Numbers the accounts anew, in the order in which they are named, so that none is there for nothing; those beyond the last one
/// allowed become the first.
fn renumber(steps: &mut [Step], allowed: u8) {
    let mut order: Vec<u8> = Vec::new();
    for step in steps.iter_mut() {
        let others = step.action.accounts_mut();
        for number in std::iter::once(&mut step.account).chain(others) {
            let place = order.iter().position(|known| known == number).unwrap_or_else(|| {
                order.push(*number);
                order.len() - 1
            });
            *number = if place < usize::from(allowed) { place as u8 } else { 0 };
        }
    }
}

/// How often a kind is drawn.
const fn weight(kind: Kind) -> usize {
    match kind {
        Kind::Stake | Kind::Unstake => 8,
        Kind::SwapStake | Kind::RegisterNeuron | Kind::SetWeights => 4,
        Kind::MoveStake | Kind::RegisterSubnet | Kind::SetChildren | Kind::UnstakeAll | Kind::FakeValue => 2,
        _ => 1,
    }
}
