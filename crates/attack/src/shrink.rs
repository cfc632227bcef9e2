//! The shortest program that gains as much: calls left out, accounts put together, events replaced by blocks, numbers rounded.
//!
//! A change stays if the program still has 95 % of its value on sixteen of the racing seeds. All changes together stay if it still has
//! 95 % on all of them; otherwise the program stays as it was. Where a call is left out, the next one waits for what it waited for.

use dtao_agents::program::{Action, Key, Program, Stand, Wait};

use crate::AttackError;
use crate::archive::mean;
use crate::evaluate::Evaluator;
use crate::grammar::Grammar;
use crate::mutate::delete;

/// What must be left of a program's value.
const KEPT: f64 = 0.95;
/// How many seeds a shorter program is tried on first.
const FIRST: usize = 4;
/// How many it is then tried on.
const SECOND: usize = 16;

/// Shrinks a program by its mean on these seeds; nothing if it was stopped.
pub(crate) fn shrink(
    program: &Program,
    grammar: &Grammar,
    seeds: &[u64],
    evaluator: &mut Evaluator,
) -> Result<Option<Program>, AttackError> {
    let all = seeds;
    let seeds = &all[..SECOND.min(all.len())];
    let Some(whole) = values(program, seeds, evaluator)? else { return Ok(None) };
    let (least, at_first) = (KEPT * mean(&whole), mean(&whole[..FIRST.min(whole.len())]));
    let mut best = program.clone();
    loop {
        let mut changed = false;
        for shorter in simpler(&best, grammar) {
            let first = &seeds[..FIRST.min(seeds.len())];
            let Some(some) = values(&shorter, first, evaluator)? else { return Ok(None) };
            if mean(&some) < 0.8 * at_first.min(mean(&whole)) {
                continue;
            }
            let Some(all) = values(&shorter, seeds, evaluator)? else { return Ok(None) };
            if mean(&all) >= least {
                best = shorter;
                changed = true;
                break;
            }
        }
        if !changed {
            let (Some(before), Some(after)) =
                (values(program, all, evaluator)?, values(&best, all, evaluator)?)
            else {
                return Ok(None);
            };
            return Ok(Some(if mean(&after) >= KEPT * mean(&before) { best } else { program.clone() }));
        }
    }
}

/// What a program comes to on some seeds; nothing if it was stopped.
pub(crate) fn values(
    program: &Program,
    seeds: &[u64],
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<f64>>, AttackError> {
    let asked: Vec<(&Program, u64)> = seeds.iter().map(|&seed| (program, seed)).collect();
    evaluator.values(&asked)
}

/// Programs that are simpler in one respect, the simplest first.
fn simpler(program: &Program, grammar: &Grammar) -> Vec<Program> {
    let steps = &program.steps;
    let mut all = Vec::new();
    let mut add = |steps: Vec<_>| all.push(grammar.fitted(steps));
    for at in (0..steps.len()).rev() {
        let mut shorter = steps.clone();
        delete(&mut shorter, at);
        add(shorter);
    }
    for at in 0..steps.len() {
        // What is bought to be moved at once can be bought where it goes.
        if let Action::SwapStake { from, to, .. } = steps[at].action {
            let mut shorter = steps.clone();
            delete(&mut shorter, at);
            for step in &mut shorter[..at] {
                step.action
                    .places_mut()
                    .into_iter()
                    .filter(|place| **place == from)
                    .for_each(|place| *place = to);
            }
            add(shorter);
        }
    }
    if program.accounts() > 1 {
        let mut one = steps.clone();
        for step in &mut one {
            step.account = 0;
            step.action.accounts_mut().into_iter().for_each(|account| *account = 0);
        }
        add(one);
    }
    for at in 0..steps.len() {
        let mut change = |changed: &dyn Fn(&mut dtao_agents::program::Step)| {
            let mut simpler = steps.clone();
            changed(&mut simpler[at]);
            add(simpler);
        };
        change(&|step| {
            if let Action::Stake { limit, .. } | Action::Unstake { limit, .. } = &mut step.action {
                *limit = None;
            }
        });
        change(&|step| {
            if let Action::Stake { hotkey, .. } | Action::Unstake { hotkey, .. } = &mut step.action {
                *hotkey = Key::Validator;
            }
        });
        change(&|step| {
            if !matches!(step.wait, Wait::Blocks(_)) {
                (step.wait, step.stand) = (Wait::Blocks(step.wait.longest()), Stand::Last);
            }
        });
        change(&|step| {
            if !matches!(step.wait, Wait::Blocks(_)) {
                (step.wait, step.stand) = (Wait::Blocks(0), Stand::Last);
            }
        });
        change(&|step| step.action.parts_mut().into_iter().for_each(|part| *part = 1.0));
        for digits in [1, 2, 3] {
            change(&|step| {
                for part in step.action.parts_mut() {
                    *part = rounded(*part, digits).min(1.0);
                }
            });
            change(&|step| {
                if let Wait::Blocks(blocks) = &mut step.wait {
                    *blocks = rounded(*blocks as f64, digits) as u64;
                }
            });
            change(&|step| {
                if let Wait::Above { ratio, .. } | Wait::Below { ratio, .. } = &mut step.wait {
                    *ratio = rounded(*ratio, digits);
                }
            });
        }
    }
    all.retain(|simpler| cost(simpler) < cost(program));
    all
}

/// How much there is to a program: steps first, then what is said in them.
fn cost(program: &Program) -> (usize, u8, usize) {
    let digits = |number: f64| {
        let text = format!("{number:e}");
        text.split('e').next().unwrap_or_default().replace(['.', '-'], "").len()
    };
    let said = |step: &dtao_agents::program::Step| {
        let mut action = step.action;
        let parts: usize = action.parts_mut().into_iter().map(|part| digits(*part)).sum();
        let wait = match step.wait {
            Wait::Blocks(0) => 0,
            Wait::Blocks(blocks) => digits(blocks as f64),
            Wait::Epoch { .. } => 4,
            Wait::Above { ratio, .. } | Wait::Below { ratio, .. } => 30 + digits(ratio),
            Wait::Pending { .. } => 30,
        };
        let limit = action.limit().map_or(0, |limit| 20 + digits(limit));
        let key = match action {
            Action::Stake { hotkey, .. } | Action::Unstake { hotkey, .. } => {
                usize::from(hotkey != Key::Validator)
            }
            _ => 0,
        };
        parts + wait + limit + key + usize::from(step.stand != Stand::Last)
    };
    (program.steps.len(), program.accounts(), program.steps.iter().map(said).sum())
}

/// A number rounded to so many significant digits.
fn rounded(number: f64, digits: usize) -> f64 {
    let text = format!("{number:.*e}", digits - 1);
    text.parse().expect("a number was written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_significant_digits() {
        assert_eq!(rounded(0.123_4, 1), 0.1);
        assert_eq!(rounded(12_345.0, 2), 12_000.0);
        assert_eq!(rounded(0.0, 3), 0.0);
    }
}
