//! The numbers of good programs, tuned: CMA-ES on parts, waits, price ratios and sizes, while the calls stay what they are.
//!
//! Several programs are tuned side by side. Each has a thread that only works out what to try next; the runs of all of them are made
//! together, one of each at a time, so that what is tried does not depend on which thread is faster.
//!
//! Source: CMA-ES with adaptive penalties at the bounds, as in pycma; the crate `basin` has it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use basin::{
    BoundedCmaEs, BoxBounds, ConstraintDescription, ConstraintSet, Constraints, CostFunction, DenseMatrix,
    Executor, PopulationProgress,
};
use dtao_agents::program::{Program, Wait};
use dtao_engine::math::{exp, ln};
use dtao_protocol::units::{RAO, Tao};

use crate::AttackError;
use crate::archive::mean;
use crate::evaluate::Evaluator;
use crate::grammar::Grammar;
use crate::until::Until;

/// For how many generations a program's numbers are tuned: where nothing is random, and on several seeds.
const GENERATIONS: [u64; 2] = [25, 10];
/// How far the first generation lies around the program's own numbers, each from 0 to 1.
const SPREAD: f64 = 0.1;
/// The logarithm of the smallest part that is tried.
const SMALLEST_PART: f64 = -8.0;

/// Tunes programs on some seeds, no longer than a search lasts; the best of each, or nothing if it was stopped.
pub(crate) fn tuned(
    programs: &[Program],
    grammar: &Grammar,
    seeds: &[u64],
    random: u64,
    until: &mut Until,
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<Program>>, AttackError> {
    thread::scope(|scope| {
        let lanes: Vec<(Receiver<Vec<f64>>, Sender<f64>)> = programs
            .iter()
            .enumerate()
            .map(|(lane, program)| {
                let (ask, asked) = channel();
                let (reply, answer) = channel();
                let start = numbers(program, grammar);
                let generations = GENERATIONS[usize::from(seeds.len() > 1)];
                let lane = random.wrapping_add(lane as u64);
                scope.spawn(move || walk(start, lane, generations, (ask, answer)));
                (asked, reply)
            })
            .collect();
        let mut best: Vec<(f64, Program)> =
            programs.iter().map(|program| (f64::NEG_INFINITY, program.clone())).collect();
        loop {
            // A lane that has come to its end asks no more.
            let asked: Vec<(usize, Program)> = lanes
                .iter()
                .enumerate()
                .filter_map(|(lane, (asked, _))| {
                    Some((lane, with(&programs[lane], &asked.recv().ok()?, grammar)))
                })
                .collect();
            if asked.is_empty() || until.reached(evaluator)? {
                return Ok(Some(best.into_iter().map(|(_, program)| program).collect()));
            }
            let runs: Vec<(&Program, u64)> = asked
                .iter()
                .flat_map(|(_, program)| seeds.iter().map(move |&seed| (program, seed)))
                .collect();
            let Some(values) = evaluator.values(&runs)? else { return Ok(None) };
            for ((lane, program), values) in asked.into_iter().zip(values.chunks(seeds.len())) {
                let value = mean(values);
                if value > best[lane].0 {
                    best[lane] = (value, program);
                }
                // A lane that has gone away in the meantime needs no answer.
                let _ = lanes[lane].1.send(value);
            }
        }
    })
}

/// What a lane asks and is answered.
struct Lane {
    ask: Sender<Vec<f64>>,
    answer: Receiver<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

/// The search was stopped.
#[derive(Debug)]
struct Stopped;

impl CostFunction for Lane {
    type Param = Vec<f64>;
    type Output = f64;
    type Error = Stopped;

    fn cost(&self, at: &Vec<f64>) -> Result<f64, Stopped> {
        self.ask.send(at.clone()).map_err(|_| Stopped)?;
        let value = self.answer.recv().map_err(|_| Stopped)?;
        // A run that broke is worse than any other, and still a number.
        Ok(if value.is_finite() { -value } else { 1e18 })
    }
}

impl Constraints for Lane {
    type Set = ConstraintSet<BoxBounds<Vec<f64>>>;

    fn constraints(&self) -> <Self::Set as ConstraintDescription>::Borrowed<'_> {
        ConstraintSet::new().with_bounds(BoxBounds::new(Some(&self.lower), Some(&self.upper)))
    }
}

/// Walks through a box of numbers from 0 to 1 until its generations are over.
fn walk(start: Vec<f64>, seed: u64, generations: u64, (ask, answer): (Sender<Vec<f64>>, Receiver<f64>)) {
    if start.is_empty() {
        return;
    }
    let lane = Lane { ask, answer, lower: vec![0.0; start.len()], upper: vec![1.0; start.len()] };
    let solver = BoundedCmaEs::<Vec<f64>, DenseMatrix>::new(seed, SPREAD);
    let walk = Executor::new(lane, solver, PopulationProgress::from_point(start));
    // What was tried is known to whoever was asked; that the walk was stopped is, too.
    let _ = walk.max_iter(generations).run();
}

/// A program's numbers, each from 0 to 1.
fn numbers(program: &Program, grammar: &Grammar) -> Vec<f64> {
    let mut copy = program.clone();
    let mut numbers = Vec::new();
    each(&mut copy, grammar, &mut |number| numbers.push(number));
    numbers
}

/// A program with other numbers.
fn with(program: &Program, numbers: &[f64], grammar: &Grammar) -> Program {
    let (mut copy, mut numbers) = (program.clone(), numbers.iter());
    change(&mut copy, grammar, &mut |_| numbers.next().map_or(0.0, |number| number.clamp(0.0, 1.0)));
    grammar.fitted(copy.steps)
}

fn each(program: &mut Program, grammar: &Grammar, see: &mut dyn FnMut(f64)) {
    change(program, grammar, &mut |number| {
        see(number);
        number
    });
}

/// Replaces every number of a program, told and answered on a scale from 0 to 1: logarithms of parts, waits, ratios and sizes.
fn change(program: &mut Program, grammar: &Grammar, to: &mut dyn FnMut(f64) -> f64) {
    let (longest, budget) = (ln(grammar.blocks as f64 + 1.0), grammar.budget.to_f64());
    let scaled = |value: f64, low: f64, high: f64, to: &mut dyn FnMut(f64) -> f64| {
        let at = ((value - low) / (high - low)).clamp(0.0, 1.0);
        low + (high - low) * to(at)
    };
    for step in &mut program.steps {
        let blocks = |blocks: &mut u64, to: &mut dyn FnMut(f64) -> f64| {
            *blocks = (exp(scaled(ln(*blocks as f64 + 1.0), 0.0, longest, to)) - 1.0).round() as u64;
        };
        match &mut step.wait {
            Wait::Blocks(waits) => blocks(waits, to),
            Wait::Epoch { .. } => {}
            Wait::Above { ratio, within, .. } | Wait::Below { ratio, within, .. } => {
                *ratio = exp(scaled(ln(*ratio), -4.0, 4.0, to));
                blocks(within, to);
            }
            Wait::Pending { tao, within, .. } => {
                let size = ln((tao.to_f64() / budget).max(1e-6));
                *tao = Tao::from_rao((exp(scaled(size, -12.0, 2.0, to)) * budget * RAO as f64) as u64);
                blocks(within, to);
            }
        }
        for part in step.action.parts_mut() {
            *part = exp(scaled(ln(part.max(1e-6)), SMALLEST_PART, 0.0, to)).min(1.0);
        }
        if let dtao_agents::program::Action::SetEmissionWeights { owner, validator, .. } = &mut step.action {
            *validator = validator.min(1.0 - *owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use dtao_agents::program::{Action, Key, Place, Step};

    use super::*;
    use crate::kind::Kind;

    fn grammar() -> Grammar {
        Grammar {
            kinds: vec![Kind::Stake, Kind::Unstake],
            places: vec![Place::Smallest],
            detailed: vec![],
            accounts: 1,
            blocks: 1_000,
            budget: Tao::from_rao(500 * RAO),
            new_in_detail: false,
        }
    }

    #[test]
    fn a_programs_numbers_put_back_are_the_program() {
        let stake = Action::Stake { on: Place::Smallest, part: 0.25, hotkey: Key::Validator, limit: None };
        let sell = Action::Unstake { on: Place::Smallest, part: 1.0, hotkey: Key::Validator, limit: None };
        let program = Program::new(vec![Step::after(30, stake), Step::after(360, sell)]);
        let numbers = numbers(&program, &grammar());
        assert_eq!(numbers.len(), 4);
        let back = with(&program, &numbers, &grammar());
        assert_eq!(back.steps[0].wait, Wait::Blocks(30));
        assert_eq!(back.steps[1].wait, Wait::Blocks(360));
        let mut action = back.steps[0].action;
        assert!((*action.parts_mut()[0] - 0.25).abs() < 1e-9);
        let most = with(&program, &[0.0, 1.0, 1.0, 0.5], &grammar());
        assert_eq!(most.steps[0].wait, Wait::Blocks(0));
        assert_eq!(most.steps[1].wait, Wait::Blocks(999), "no step lies after the run's last block");
    }
}
