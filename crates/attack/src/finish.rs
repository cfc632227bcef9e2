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
use crate::seeds::Seeds;
use crate::shrink::{shrink, values};
use crate::world::{Told, World};
use crate::{AttackError, Goal};

/// How many attacks are reported at most.
pub const MOST: usize = 5;
/// The level at which a gain is claimed, over all attacks of a search together.
pub const LEVEL: f64 = 0.05;
/// A gain below this part of the budget is not claimed, however certain: it is rounding.
const ROUNDING: f64 = 1e-6;
/// What a run that broke comes to on fresh seeds: less than any other, and a number, so that it is not left out of means.
const WORST: f64 = -1e18;

/// An attack that was found, with what it came to on seeds that the search never saw.
#[derive(Clone, Debug)]
pub struct Attack {
    /// The program, shortened.
    pub program: Program,
    /// The name of the shortened program's cell.
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
    /// What its mean is if every call comes a block later; not measured where it waits for a price or for somebody's trade.
    pub one_block_late: Option<f64>,
    /// The most of the budget that it had spent at once, in TAO, with the first fresh seed.
    pub capital: f64,
    /// Blocks from its first accepted call to its last, with the first fresh seed; to the run's end if that is no sale.
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

/// The least that counts as a gain.
pub(crate) fn least(goal: Goal, budget: f64) -> f64 {
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
    seeds: &Seeds,
    world: &mut World,
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<Attack>>, AttackError> {
    let least = least(goal, budget);
    let Some(finalists) = finalists(archive, least, &seeds.racing, evaluator)? else { return Ok(None) };
    let mut programs: Vec<Program> = Vec::new();
    for program in finalists {
        let Some(shorter) = shrink(&program, grammar, &seeds.racing, evaluator)? else { return Ok(None) };
        if programs.iter().all(|other| digest(other) != digest(&shorter)) {
            programs.push(shorter);
        }
    }
    confirmed(programs, (goal, budget), seeds, world, evaluator)
}

/// The programs with most on all racing seeds, if that is a gain.
fn finalists(
    archive: &Archive,
    least: f64,
    racing: &[u64],
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<Program>>, AttackError> {
    let ranked = archive.ranked();
    let some: Vec<_> = ranked.into_iter().filter(|(_, elite)| elite.mean() > least).take(3 * MOST).collect();
    let asked: Vec<(&Program, u64)> =
        some.iter().flat_map(|(_, elite)| racing.iter().map(|&seed| (&elite.program, seed))).collect();
    let Some(values) = evaluator.values(&asked)? else { return Ok(None) };
    let means = values.chunks(racing.len()).map(mean);
    let mut all: Vec<(f64, &Program)> =
        some.iter().zip(means).map(|((_, elite), mean)| (mean, &elite.program)).collect();
    all.retain(|(mean, _)| *mean > least);
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    Ok(Some(all.into_iter().take(MOST).map(|(_, program)| program.clone()).collect()))
}

/// What a program comes to on seeds that the search has never seen: a few where nothing is random, all of them if those tell of
/// something random after all. Nothing if it was stopped.
pub(crate) fn on_fresh(
    program: &Program,
    seeds: &Seeds,
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<f64>>, AttackError> {
    let few = values(program, &seeds.fresh[..seeds.few], evaluator)?;
    let all = match few {
        Some(few) if few.iter().any(|value| *value != few[0]) => values(program, &seeds.fresh, evaluator)?,
        few => few,
    };
    Ok(all.map(|all| all.into_iter().map(|value| value.max(WORST)).collect()))
}

/// Programs tried on seeds that the search has never seen; nothing if it was stopped.
fn confirmed(
    programs: Vec<Program>,
    (goal, budget): (Goal, f64),
    seeds: &Seeds,
    world: &mut World,
    evaluator: &mut Evaluator,
) -> Result<Option<Vec<Attack>>, AttackError> {
    let watch = evaluator.watch();
    let first = seeds.fresh[0];
    if programs.is_empty() {
        return Ok(Some(vec![]));
    }
    let before = world.told(&Program::new(vec![]), first, Audit::Off, watch);
    let before = before.map_err(|why| AttackError::Scenario { seed: first, why })?;
    let Some(Told { groups: before, .. }) = before else { return Ok(None) };
    let mut attacks = Vec::new();
    for program in programs {
        let Some(all) = on_fresh(&program, seeds, evaluator)? else { return Ok(None) };
        let used = &seeds.fresh[..all.len()];
        let one_block_late = match late(&program) {
            Some(late) => match values(&late, used, evaluator)? {
                Some(values) => Some(mean(&values)),
                None => return Ok(None),
            },
            None => None,
        };
        let seen = |seed: u64| evaluator.seen(&program, seed).expect("it was tried just now");
        let profits = used.iter().map(|&seed| seen(seed).wealth - budget).collect();
        let cell = Cell::of(&program, &seen(seeds.racing[0]), budget);
        let (told, breach) = match world.told(&program, first, Audit::EveryBlock, watch) {
            Ok(Some(told)) => (Some(told), None),
            Ok(None) => return Ok(None),
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
            one_block_late,
            capital: told.as_ref().map_or(0.0, |told| capital(told, budget)),
            blocks: told.as_ref().map_or(0, |told| length(&outcomes_of(told), world.last_block())),
            others: told
                .as_ref()
                .map_or_else(Vec::new, |told| changes(&told.groups, &before, world.attacker())),
            calls: told.map_or_else(Vec::new, calls),
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

/// The program with every call a block later; nothing if it waits for a price or a trade, whose block is not known beforehand.
fn late(program: &Program) -> Option<Program> {
    let mut steps: Vec<Step> = program.steps.clone();
    for (number, step) in steps.iter_mut().enumerate() {
        match &mut step.wait {
            // The others count from the one before.
            Wait::Blocks(blocks) => *blocks += u64::from(number == 0),
            Wait::Epoch { after, .. } => *after += 1,
            Wait::Above { .. } | Wait::Below { .. } | Wait::Pending { .. } => return None,
        }
    }
    Some(Program::new(steps))
}

fn outcomes_of(told: &Told) -> Vec<(Block, Outcome)> {
    told.trace.calls.iter().map(|(block, _, receipt)| (*block, receipt.outcome)).collect()
}

fn capital(told: &Told, budget: f64) -> f64 {
    told.trace.least_free.map_or(0.0, |least| (budget - least.to_f64()).max(0.0))
}

/// Blocks from the first accepted call to the last; to the run's last block if that is no sale.
fn length(calls: &[(Block, Outcome)], last_block: Block) -> u64 {
    let accepted = || calls.iter().filter(|(_, outcome)| !matches!(outcome, Outcome::Refused(_)));
    let (Some((first, _)), Some((last, outcome))) = (accepted().next(), accepted().next_back()) else {
        return 0;
    };
    let sold = matches!(outcome, Outcome::Sold { .. } | Outcome::SoldAll { .. });
    let end = if sold { *last } else { last_block };
    end.since(*first) + 1
}

/// What every group but the attacker's has more with the attack than without.
fn changes(with: &[(String, f64)], without: &[(String, f64)], attacker: &str) -> Vec<(String, f64)> {
    let others = with.iter().zip(without).filter(|((name, _), _)| name != attacker);
    others.map(|((name, with), (_, without))| (name.clone(), with - without)).collect()
}

fn calls(told: Told) -> Vec<Made> {
    told.trace.calls.into_iter().map(|(block, account, receipt)| Made { block, account, receipt }).collect()
}

#[cfg(test)]
mod tests {
    use dtao_agents::program::{Action, Key, Place, Side};
    use dtao_engine::call::Refusal;
    use dtao_protocol::units::{Alpha, Tao};

    use super::*;

    fn buy() -> Action {
        Action::Stake { on: Place::Largest, part: 1.0, hotkey: Key::Validator, limit: None }
    }

    #[test]
    fn every_call_comes_a_block_later_or_that_is_not_measured() {
        let on = Place::Largest;
        let waits = |waits: &[Wait]| {
            Program::new(waits.iter().map(|&wait| Step { wait, ..Step::new(buy()) }).collect())
        };
        let (epoch, later) = (Wait::Epoch { on, after: -1 }, Wait::Epoch { on, after: 0 });
        let blocks = Wait::Blocks;
        assert_eq!(late(&waits(&[blocks(3), blocks(5)])), Some(waits(&[blocks(4), blocks(5)])));
        assert_eq!(late(&waits(&[epoch, blocks(5)])), Some(waits(&[later, blocks(5)])));
        assert_eq!(late(&waits(&[blocks(0), epoch])), Some(waits(&[blocks(1), later])));
        let pending = Wait::Pending { on, side: Side::Any, tao: Tao::ZERO, within: 9 };
        for event in
            [Wait::Above { on, ratio: 2.0, within: 9 }, Wait::Below { on, ratio: 0.5, within: 9 }, pending]
        {
            assert_eq!(late(&waits(&[event, blocks(5)])), None);
            assert_eq!(late(&waits(&[blocks(0), event])), None);
        }
    }

    #[test]
    fn an_attack_lasts_from_its_first_accepted_call_to_its_sale_or_to_the_end() {
        let made = |block: u64, outcome: &Outcome| (Block(block), *outcome);
        let bought = Outcome::Bought { tao: Tao::ZERO, alpha: Alpha::ZERO };
        let sold = Outcome::Sold { tao: Tao::ZERO, alpha: Alpha::ZERO };
        let refused = Outcome::Refused(Refusal::AmountTooLow);
        let last = Block(1_099);
        let length = |calls: &[(Block, Outcome)]| length(calls, last);
        assert_eq!(length(&[made(1_010, &bought), made(1_020, &sold)]), 11);
        assert_eq!(length(&[made(1_090, &bought)]), 10, "it holds from its purchase to the last block");
        let calls = [(1_000, &refused), (1_010, &bought), (1_020, &sold), (1_030, &refused)];
        let calls = calls.map(|(block, outcome)| made(block, outcome));
        assert_eq!(length(&calls), 11);
        assert_eq!(length(&calls[..1]), 0);
    }
}
