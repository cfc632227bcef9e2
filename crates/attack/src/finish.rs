//! What is reported of a search: its best programs, shortened, tried on fresh seeds, audited, and told.

use dtao_agents::program::{Program, Step, Wait};
use dtao_engine::call::{Outcome, Receipt};
use dtao_engine::run::Audit;
use dtao_protocol::units::{Block, DAY};
use dtao_statistics::significance::{above_zero, holm};
use dtao_statistics::{Cell as Sample, Support, quantile};

use crate::archive::{Archive, Cell, mean};
use crate::evaluate::{Evaluator, digest};
use crate::grammar::Grammar;
use crate::race::LAST_RUNG;
use crate::shrink::{shrink, values};
use crate::world::{Told, World};
use crate::{AttackError, Goal};

/// How many attacks are reported at most.
pub const MOST: usize = 5;
/// The level at which a gain is claimed, over all attacks of a search together.
pub const LEVEL: f64 = 0.05;
/// A gain below this part of the budget is not claimed, however certain: it is rounding.
const ROUNDING: f64 = 1e-6;

/// An attack that was found, with what it came to on seeds that the search never saw.
#[derive(Clone, Debug)]
pub struct Attack {
    /// The program, shortened.
    pub program: Program,
    /// The name of its cell.
    pub cell: String,
    /// The goal's value by fresh seed.
    pub values: Vec<f64>,
    /// What the mean of those is, and how sure it is.
    pub sample: Sample,
    /// The probability of such values without any gain, one-sided.
    pub p: f64,
    /// The same, adjusted for all attacks of the search.
    pub adjusted: f64,
    /// Whether a gain is claimed.
    pub claimed: bool,
    /// What the budget grows by over holding TAO, by fresh seed, in TAO.
    pub profits: Vec<f64>,
    /// What it comes to, with the first fresh seed, if every call comes a block later.
    pub one_block_late: f64,
    /// The most of the budget that it had spent at once, in TAO, with the first fresh seed.
    pub capital: f64,
    /// Blocks from its first call to its last, with the first fresh seed; to the run's end if it did not sell.
    pub blocks: u64,
    /// How every other group's wealth changed by it, in TAO, with the first fresh seed.
    pub others: Vec<(String, f64)>,
    /// What it did with the first fresh seed.
    pub calls: Vec<Made>,
    /// What the auditor said of that run, if it found a breach.
    pub breach: Option<String>,
}

/// A call that an attack made.
#[derive(Clone, Debug)]
pub struct Made {
    /// In which block.
    pub block: Block,
    /// By which of its accounts.
    pub account: u32,
    /// The call and what became of it.
    pub receipt: Receipt,
}

impl Attack {
    /// The mean of its values.
    #[must_use]
    pub fn mean(&self) -> f64 {
        mean(&self.values)
    }

    /// Part of the seeds in which it comes to less than nothing.
    #[must_use]
    pub fn losses(&self) -> f64 {
        self.values.iter().filter(|&&value| value < 0.0).count() as f64 / self.values.len() as f64
    }

    /// A quantile of its values.
    #[must_use]
    pub fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        quantile(&sorted, part)
    }

    /// Its mean value a day, over the blocks that it takes.
    #[must_use]
    pub fn a_day(&self) -> f64 {
        self.mean() * DAY as f64 / self.blocks.max(1) as f64
    }
}

/// What programs are tried on.
#[derive(Clone, Copy)]
pub(crate) struct Seeds<'a> {
    /// Those of the races.
    pub racing: &'a [u64],
    /// Those that the search has never seen.
    pub fresh: &'a [u64],
}

/// The least that counts as a gain.
fn least(goal: Goal, budget: f64) -> f64 {
    match goal {
        Goal::Profit => ROUNDING * budget,
        Goal::Damage | Goal::Share => ROUNDING,
    }
}

/// The best of an archive, shortened and confirmed; nothing if it was stopped.
pub(crate) fn finish(
    archive: &Archive,
    grammar: &Grammar,
    (goal, budget): (Goal, f64),
    seeds: Seeds,
    world: &mut World,
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<Attack>>, AttackError> {
    let least = least(goal, budget);
    let Some(finalists) = finalists(archive, least, seeds.racing, evaluator)? else { return Ok(None) };
    let mut programs: Vec<(Program, Cell)> = Vec::new();
    for (program, cell) in finalists {
        let Some(shorter) = shrink(&program, grammar, seeds.racing, evaluator)? else { return Ok(None) };
        if programs.iter().all(|(other, _)| digest(other) != digest(&shorter)) {
            programs.push((shorter, cell));
        }
    }
    let Some(confirmed) = confirmed(programs, (goal, budget), seeds.fresh, world, evaluator)? else {
        return Ok(None);
    };
    Ok(Some(confirmed))
}

/// The programs with most on all racing seeds, if that is a gain.
fn finalists(
    archive: &Archive,
    least: f64,
    racing: &[u64],
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<(Program, Cell)>>, AttackError> {
    let ranked = archive.ranked();
    let some: Vec<_> = ranked.into_iter().filter(|(_, elite)| elite.mean() > least).take(3 * MOST).collect();
    let asked: Vec<(&Program, u64)> =
        some.iter().flat_map(|(_, elite)| racing.iter().map(|&seed| (&elite.program, seed))).collect();
    let Some(values) = evaluator.values(&asked)? else { return Ok(None) };
    let means = values.chunks(racing.len()).map(mean);
    let mut all: Vec<(f64, Program, Cell)> =
        some.iter().zip(means).map(|((cell, elite), mean)| (mean, elite.program.clone(), **cell)).collect();
    all.retain(|(mean, ..)| *mean > least);
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(Some(all.into_iter().take(MOST).map(|(_, program, cell)| (program, cell)).collect()))
}

/// Programs tried on seeds that the search has never seen; nothing if it was stopped.
pub(crate) fn confirmed(
    programs: Vec<(Program, Cell)>,
    (goal, budget): (Goal, f64),
    fresh: &[u64],
    world: &mut World,
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<Attack>>, AttackError> {
    let mut attacks = Vec::new();
    for (program, cell) in programs {
        // Where nothing seems random two seeds are enough, unless they tell of something random after all.
        let mut used = if fresh.len() > 2 { LAST_RUNG } else { fresh.len() };
        let Some(mut all) = values(&program, &fresh[..used.min(fresh.len())], evaluator)? else {
            return Ok(None);
        };
        used = all.len();
        let late = late(&program);
        let Some(one_block_late) = values(&late, &fresh[..used], evaluator)? else { return Ok(None) };
        for value in &mut all {
            *value = value.max(-1e18);
        }
        let seen = |seed: &u64| evaluator.seen(&program, *seed).expect("it was tried just now");
        let profits = fresh[..used].iter().map(|seed| seen(seed).wealth - budget).collect();
        let told = told(&program, fresh[0], world);
        let (told, breach) = match told {
            Ok(told) => (told, None),
            Err(why) => (None, Some(why)),
        };
        let outcomes: Vec<Option<f64>> = all.iter().map(|&value| Some(value)).collect();
        attacks.push(Attack {
            cell: cell.name(),
            sample: Sample::of(&outcomes, Support::Numbers),
            p: above_zero(&all),
            adjusted: 1.0,
            claimed: false,
            profits,
            one_block_late: mean(&one_block_late),
            capital: told.as_ref().map_or(0.0, |told| capital(&told.0, budget)),
            blocks: told.as_ref().map_or(0, |told| length(&told.0, world.blocks())),
            others: told.as_ref().map_or_else(Vec::new, |(told, before)| changes(told, before, world)),
            calls: told.map_or_else(Vec::new, |(told, _)| calls(told)),
            values: all,
            program,
            breach,
        });
    }
    let adjusted = holm(&attacks.iter().map(|attack| attack.p).collect::<Vec<_>>());
    let least = least(goal, budget);
    for (attack, adjusted) in attacks.iter_mut().zip(adjusted) {
        attack.adjusted = adjusted;
        attack.claimed = adjusted <= LEVEL && attack.mean() > least && attack.breach.is_none();
    }
    attacks.sort_by(|a, b| b.claimed.cmp(&a.claimed).then(b.mean().total_cmp(&a.mean())));
    Ok(Some(attacks))
}

/// The program with every call a block later.
fn late(program: &Program) -> Program {
    let mut steps: Vec<Step> = program.steps.clone();
    if let Some(first) = steps.first_mut() {
        match &mut first.wait {
            Wait::Blocks(blocks) => *blocks += 1,
            Wait::Epoch { after, .. } => *after += 1,
            // An answer to a pending trade comes a block late by not standing in that trade's block.
            Wait::Above { .. } | Wait::Below { .. } | Wait::Pending { .. } => {
                if let Some(second) = steps.get_mut(1)
                    && let Wait::Blocks(blocks) = &mut second.wait
                {
                    *blocks += 1;
                }
            }
        }
    }
    Program::new(steps)
}

/// The audited run of a program, and the run without it.
fn told(program: &Program, seed: u64, world: &mut World) -> Result<Option<(Told, Told)>, String> {
    let told = world.told(program, seed, Audit::EveryBlock)?;
    let before = world.told(&Program::new(vec![]), seed, Audit::Off)?;
    Ok(Some((told, before)))
}

fn capital(told: &Told, budget: f64) -> f64 {
    told.trace.least_free.map_or(0.0, |least| (budget - least.to_f64()).max(0.0))
}

fn length(told: &Told, blocks: u64) -> u64 {
    let first = told.trace.calls.first().map(|&(block, ..)| block);
    let last =
        told.trace.calls.iter().rev().find(|(_, _, receipt)| !matches!(receipt.outcome, Outcome::Refused(_)));
    match (first, last) {
        (Some(first), Some((block, _, receipt))) => {
            let sold = matches!(receipt.outcome, Outcome::Sold { .. } | Outcome::SoldAll { .. });
            if sold { block.since(first) + 1 } else { blocks }
        }
        _ => blocks,
    }
}

/// What every group but the attacker's has more with the attack than without.
fn changes(told: &Told, before: &Told, world: &World) -> Vec<(String, f64)> {
    let attacker = world.attacker();
    let pairs = told.groups.iter().zip(&before.groups);
    let others = pairs.filter(|((name, _), _)| name != attacker);
    others.map(|((name, with), (_, without))| (name.clone(), with - without)).collect()
}

fn calls(told: Told) -> Vec<Made> {
    told.trace.calls.into_iter().map(|(block, account, receipt)| Made { block, account, receipt }).collect()
}
