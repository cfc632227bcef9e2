//! Programs made of others: steps inserted, deleted, swapped, joined, aimed elsewhere, repeated, also by another account, undone, and
//! their numbers changed.

use dtao_agents::program::{Action, Key, Program, Step, Wait};
use dtao_engine::math::exp;
use dtao_protocol::units::{RAO, Tao};
use dtao_statistics::random::below;
use rand::RngExt;

use crate::grammar::{Grammar, Random};
use crate::kind::Kind;

impl Grammar {
    /// A program made of another by one to three changes; `other` may be joined to it.
    pub fn mutated(&self, random: &mut Random, program: &Program, other: &Program) -> Program {
        let mut steps = program.steps.clone();
        let changes = 1 + below(random, 10) / 6 + below(random, 10) / 9;
        for _ in 0..changes {
            self.change(random, &mut steps, other);
        }
        self.fitted(steps)
    }

    fn change(&self, random: &mut Random, steps: &mut Vec<Step>, other: &Program) {
        if steps.is_empty() {
            self.insert(random, steps);
            return;
        }
        let at = below(random, steps.len());
        match below(random, 26) {
            0..3 => self.insert(random, steps),
            3..5 => delete(steps, at),
            5 => {
                let other = below(random, steps.len());
                steps.swap(at, other);
            }
            6 => {
                let from = below(random, other.steps.len() + 1);
                steps.truncate(at + 1);
                steps.extend_from_slice(&other.steps[from..]);
            }
            7 => self.aim(random, steps, at),
            8 => {
                let to = self.place(random, &[]);
                let from = steps[at].action.places().first().copied();
                for step in steps.iter_mut() {
                    step.action
                        .places_mut()
                        .into_iter()
                        .filter(|place| Some(**place) == from)
                        .for_each(|place| *place = to);
                }
            }
            9..14 => self.nudge_part(random, steps, at),
            14..19 => self.nudge_wait(random, steps, at),
            19 => steps[at].wait = self.wait(random, steps),
            20 => self.undo(random, steps),
            21 => {
                let block: Vec<Step> = steps[at..].to_vec();
                for _ in 0..=below(random, 4) {
                    steps.extend_from_slice(&block);
                }
            }
            22 => steps[at].account = below(random, self.accounts.into()) as u8,
            23 => self.joined_by(random, steps, at),
            24 => self.redirect(random, steps, at),
            _ => {
                let kind = Kind::of(&steps[at].action);
                steps[at].action = self.of_kind(random, kind, steps);
            }
        }
    }

    /// Aims one step elsewhere.
    fn aim(&self, random: &mut Random, steps: &mut [Step], at: usize) {
        let mut places = steps[at].action.places_mut();
        if !places.is_empty() {
            let which = below(random, places.len());
            *places[which] = self.place(random, &[]);
        }
    }

    /// Lets another account make the same call, at once or a block later.
    fn joined_by(&self, random: &mut Random, steps: &mut Vec<Step>, at: usize) {
        let account = below(random, self.accounts.into()) as u8;
        let wait = Wait::Blocks(below(random, 2) as u64);
        steps.insert(at + 1, Step { account, wait, ..steps[at] });
    }

    /// Lets one step name another hotkey.
    fn redirect(&self, random: &mut Random, steps: &mut [Step], at: usize) {
        let account = Key::Account(below(random, self.accounts.into()) as u8);
        let mut keys = steps[at].action.keys_mut();
        if !keys.is_empty() {
            let which = below(random, keys.len());
            *keys[which] = Self::one_of(random, &[Key::Validator, Key::Own, account, Key::Owner]);
        }
    }

    /// Changes a part, or a limit, a little or much.
    fn nudge_part(&self, random: &mut Random, steps: &mut [Step], at: usize) {
        let with_parts: Vec<usize> =
            (0..steps.len()).filter(|&at| !steps[at].action.parts_mut().is_empty()).collect();
        let Some(&first) = with_parts.get(below(random, with_parts.len().max(1))) else {
            return self.nudge_wait(random, steps, at);
        };
        let size = Self::one_of(random, &[0.03, 0.15, 0.6, 1.5]);
        let mut parts = steps[first].action.parts_mut();
        let which = below(random, parts.len());
        let changed = *parts[which] * exp(size * normal(random));
        *parts[which] = changed.clamp(1e-6, 1.0);
        if let Action::SetEmissionWeights { owner, validator, .. } = &mut steps[first].action {
            *validator = validator.min(1.0 - *owner);
        }
    }

    /// Changes how long a step waits, or for what price or size.
    fn nudge_wait(&self, random: &mut Random, steps: &mut [Step], at: usize) {
        let size = Self::one_of(random, &[0.01, 0.1, 0.5, 1.5]);
        let factor = exp(size * normal(random));
        let step = Self::one_of(random, &[-1_i64, 1]);
        let longer = |blocks: u64| {
            let scaled = (blocks as f64 * factor).round().max(0.0) as u64;
            if scaled == blocks { blocks.saturating_add_signed(step) } else { scaled }.min(self.blocks)
        };
        match &mut steps[at].wait {
            Wait::Blocks(blocks) => *blocks = longer(*blocks),
            Wait::Epoch { after, .. } => *after = after.saturating_add(step as i32).clamp(-1_000, 1_000),
            Wait::Above { ratio, within, .. } | Wait::Below { ratio, within, .. } => {
                if below(random, 2) == 0 {
                    *ratio = (*ratio * factor).clamp(1e-6, 1e6);
                } else {
                    *within = longer(*within);
                }
            }
            Wait::Pending { tao, within, .. } => {
                if below(random, 2) == 0 {
                    *tao = Tao::from_rao((tao.to_f64().min(1e6) * factor * RAO as f64) as u64);
                } else {
                    *within = longer(*within);
                }
            }
        }
    }

    /// Sells at the end what was bought, after a wait, if sales are tried.
    fn undo(&self, random: &mut Random, steps: &mut Vec<Step>) {
        if !self.has(Kind::Unstake) {
            return;
        }
        let sold: Vec<Step> = steps
            .iter()
            .rev()
            .filter_map(|step| match step.action {
                Action::Stake { on, hotkey, .. } => {
                    let action = Action::Unstake { on, part: 1.0, hotkey, limit: None };
                    Some(Step { account: step.account, ..Step::new(action) })
                }
                _ => None,
            })
            .collect();
        let wait = self.wait(random, steps);
        for (number, step) in sold.into_iter().enumerate() {
            steps.push(Step { wait: if number == 0 { wait } else { Wait::default() }, ..step });
        }
    }
}

/// Deletes a step; what it waited for is waited for by the next one, if both count blocks.
pub(crate) fn delete(steps: &mut Vec<Step>, at: usize) {
    let gone = steps.remove(at);
    let Some(next) = steps.get_mut(at) else { return };
    next.wait = match (gone.wait, next.wait) {
        (Wait::Blocks(before), Wait::Blocks(blocks)) => Wait::Blocks(before.saturating_add(blocks)),
        (event, Wait::Blocks(0)) => {
            next.stand = gone.stand;
            event
        }
        (_, wait) => wait,
    };
}

/// A standard normal number: a sum of twelve uniform ones less six, which is close enough for a step's size.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.random_range(0.0..1.0)).sum::<f64>() - 6.0
}

#[cfg(test)]
mod tests {
    use dtao_agents::program::{Pattern, Place};
    use dtao_statistics::random::keyed;

    use super::*;

    #[test]
    fn only_calls_that_are_tried_come_into_programs() {
        for kinds in [
            vec![Kind::Stake],
            vec![Kind::LockStake, Kind::Stake],
            vec![Kind::SwapStake, Kind::SetWeights, Kind::SetChildren],
            vec![Kind::Stake, Kind::Unstake],
        ] {
            let grammar = Grammar {
                kinds: kinds.clone(),
                places: vec![Place::Largest, Place::Smallest],
                detailed: vec![Place::Smallest],
                accounts: 3,
                blocks: 1_000,
                budget: Tao::from_rao(500 * RAO),
                new_in_detail: false,
            };
            let mut random = keyed(1, &[7]);
            let (mut program, mut sold) = (grammar.program(&mut random), false);
            for _ in 0..2_000 {
                let other = grammar.program(&mut random);
                program = grammar.mutated(&mut random, &program, &other);
                let made: Vec<Kind> = program.steps.iter().map(|step| Kind::of(&step.action)).collect();
                assert!(made.iter().all(|kind| kinds.contains(kind)), "{kinds:?}: {program:?}");
                sold |= made.contains(&Kind::Unstake);
            }
            assert_eq!(sold, kinds.contains(&Kind::Unstake));
        }
    }

    #[test]
    fn another_account_does_the_same_and_weights_come_after_an_epoch_on_neurons() {
        let on = Place::Smallest;
        let grammar = Grammar {
            kinds: vec![Kind::Stake, Kind::RegisterNeuron, Kind::SetWeights],
            places: vec![on],
            detailed: vec![on],
            accounts: 2,
            blocks: 1_000,
            budget: Tao::from_rao(500 * RAO),
            new_in_detail: false,
        };
        let mut random = keyed(1, &[8]);
        let register = |account: u8| Step { account, ..Step::new(Action::RegisterNeuron { on }) };
        let stake = Action::Stake { on, part: 0.5, hotkey: Key::Own, limit: None };
        let parent = Program::new(vec![register(0), Step::new(stake)]);
        let made: Vec<Program> =
            (0..20_000).map(|_| grammar.mutated(&mut random, &parent, &parent)).collect();
        let like = |steps: &[Step]| made.iter().any(|program| program.steps == steps);
        assert!(like(&[register(0), register(1), Step::new(stake)]), "the other account registers, too");
        let on_owners = Action::Stake { on, part: 0.5, hotkey: Key::Owner, limit: None };
        assert!(like(&[register(0), Step::new(on_owners)]), "nothing but the hotkey is another");
        let after_epoch = |pattern: Pattern| Step {
            wait: Wait::Epoch { on, after: 1 },
            ..Step::new(Action::SetWeights { on, pattern })
        };
        let others = [register(1), after_epoch(Pattern::Own)];
        assert!(like(&[&parent.steps[..], &others].concat()), "weights on the other account need its neuron");
        assert!(like(&[&parent.steps[..], &[after_epoch(Pattern::On(Key::Owner))]].concat()));
    }
}
