//! Attacks by rules: programs that are known, tried under every rule with the same seeds. Which gains end, which begin, and what
//! becomes of everybody else's wealth.
//!
//! Programs are tried as they are. What can be gained under a rule by whoever knows it, only a search under that rule says.

use std::path::Path;

use dtao_agents::program::Program;
use dtao_engine::run::Audit;
use dtao_statistics::significance::{above_zero, holm};
use dtao_statistics::{Cell as Sample, Interval, Paired, Support};

use crate::asked::Case;
use crate::evaluate::{Broken, Evaluator};
use crate::finish::{LEVEL, least};
use crate::journal::Journal;
use crate::prepared::Prepared;
use crate::seeds::Seeds;
use crate::world::{Looks, World};
use crate::{AttackError, OWN, Watch};

/// Programs tried under every rule.
#[derive(Clone, Debug)]
pub struct Table {
    /// The programs, each with its name.
    pub attacks: Vec<(String, Program)>,
    /// What they come to under each rule, the scenario's own first.
    pub columns: Vec<Column>,
    /// How many seeds they were tried on.
    pub seeds: usize,
    /// How many runs of programs were made, under all rules.
    pub evaluations: u64,
}

/// What programs come to under a rule.
#[derive(Clone, Debug)]
pub struct Column {
    /// The rule's name; `own` is the scenario's.
    pub rule: String,
    /// What each program comes to, in the order of the programs.
    pub cells: Vec<Cell>,
    /// Runs that broke an invariant of the simulator.
    pub broken: Vec<Broken>,
}

/// What a program comes to under a rule.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The goal's value.
    pub gain: Sample,
    /// The probability of such values without any gain, one-sided.
    pub p: f64,
    /// The same, adjusted for all programs under this rule.
    pub adjusted: f64,
    /// Whether a gain is claimed.
    pub claimed: bool,
    /// The goal's value here less that under the scenario's own rule, seed by seed; nothing under its own.
    pub change: Option<Sample>,
    /// What all others have more if the attacker follows the program than if it holds its TAO, in TAO, after the attacker and then each
    /// group of them has sold everything.
    pub honest: Sample,
    /// What becomes of the gain.
    pub verdict: Verdict,
    /// What the auditor said of the run with the first seed, if it found a breach.
    pub breach: Option<String>,
}

/// What becomes of a gain under a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is claimed under the scenario's own rule and under this one.
    Kept,
    /// It is claimed under the scenario's own rule only, and is surely less here.
    Stopped,
    /// It is claimed here only, and is surely more than under the scenario's own rule.
    Created,
    /// It is claimed under neither.
    Nothing,
    /// It is claimed under one of them only, and the difference may be chance.
    Unclear,
    /// A run broke an invariant of the simulator, or its books do not close: nothing is claimed.
    Fault,
}

impl Verdict {
    /// All, in the order in which they are counted.
    pub const ALL: [Self; 6] =
        [Self::Stopped, Self::Created, Self::Kept, Self::Nothing, Self::Unclear, Self::Fault];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Stopped => "stopped",
            Self::Created => "created",
            Self::Nothing => "nothing",
            Self::Unclear => "unclear",
            Self::Fault => "fault",
        }
    }

    /// Of whether it is claimed under either rule, and the probability of such values without any gain by itself; and of the difference.
    /// What is not claimed only for the number of attacks that were tried with it has not ended.
    fn of((own, own_p): (bool, f64), (here, here_p): (bool, f64), change: &Sample) -> Self {
        match (own, here) {
            (true, true) => Self::Kept,
            (false, false) => Self::Nothing,
            (true, false) if here_p > LEVEL && bound(change, |of| of.high) < 0.0 => Self::Stopped,
            (false, true) if own_p > LEVEL && bound(change, |of| of.low) > 0.0 => Self::Created,
            _ => Self::Unclear,
        }
    }
}

/// An end of a mean's interval; the mean itself if nothing varies.
fn bound(sample: &Sample, of: fn(Interval) -> f64) -> f64 {
    sample.interval.map_or_else(|| sample.mean.unwrap_or(0.0), of)
}

/// What programs come to under a rule, by seed.
struct Tried {
    gains: Vec<Vec<Option<f64>>>,
    honest: Vec<Vec<Option<f64>>>,
    breaches: Vec<Option<String>>,
    broken: Vec<Broken>,
    evaluations: u64,
}

impl Tried {
    /// Whether anything differs from seed to seed.
    fn varies(&self) -> bool {
        self.gains.iter().chain(&self.honest).any(|values| values.iter().any(|value| *value != values[0]))
    }
}

impl Table {
    /// Tries the programs that a question names; nothing if it was stopped. Runs are noted in a file for each rule in `journals`,
    /// if it is given.
    ///
    /// Where nothing is random under any rule two seeds repeat one number, and are enough; otherwise every program is tried with all
    /// fresh seeds under every rule, so that each difference is one of pairs.
    ///
    /// # Errors
    /// If threads cannot be started, a file cannot be written, or the scenario itself breaks an invariant.
    pub fn of(
        prepared: &Prepared,
        journals: Option<&Path>,
        watch: Watch,
    ) -> Result<Option<Self>, AttackError> {
        let mut exact = true;
        for case in prepared.worlds() {
            let Some(is_exact) = prepared.is_exact(case, watch)? else { return Ok(None) };
            exact &= is_exact;
            if !exact {
                break;
            }
        }
        let seeds = Seeds::of(prepared.question().seed, exact);
        let mut used = &seeds.fresh[..seeds.few];
        loop {
            let mut all = Vec::new();
            for (number, case) in prepared.worlds().enumerate() {
                let Some(tried) = tried(prepared, (number, case), used, journals, watch)? else {
                    return Ok(None);
                };
                all.push(tried);
            }
            if used.len() == seeds.fresh.len() || !all.iter().any(Tried::varies) {
                return Ok(Some(Self::told(prepared, &all, used.len())));
            }
            used = &seeds.fresh;
        }
    }

    fn told(prepared: &Prepared, all: &[Tried], seeds: usize) -> Self {
        let question = prepared.question();
        let least = least(question.goal, prepared.budget());
        let own = claims(&all[0], least);
        let column = |(case, tried): (&Case, &Tried)| {
            let is_own = case.rule.is_empty();
            let cell = |(at, (p, adjusted, claimed)): (usize, (f64, f64, bool))| {
                let change = Paired::of(&tried.gains[at], &all[0].gains[at], Support::Numbers).difference;
                let honest = Sample::of(&tried.honest[at], Support::Numbers);
                let gain = Sample::of(&tried.gains[at], Support::Numbers);
                let fault = |tried: &Tried| {
                    tried.breaches[at].is_some() || tried.gains[at].iter().any(Option::is_none)
                };
                let verdict = if fault(tried) || fault(&all[0]) {
                    Verdict::Fault
                } else {
                    Verdict::of((own[at].2, own[at].0), (claimed, p), &change)
                };
                let (change, breach) = ((!is_own).then_some(change), tried.breaches[at].clone());
                Cell { gain, p, adjusted, claimed, change, honest, verdict, breach }
            };
            Column {
                rule: if is_own { OWN.into() } else { case.rule.clone() },
                cells: claims(tried, least).into_iter().enumerate().map(cell).collect(),
                broken: tried.broken.clone(),
            }
        };
        Self {
            attacks: question.names.iter().cloned().zip(question.seeded.iter().cloned()).collect(),
            columns: prepared.worlds().zip(all).map(column).collect(),
            seeds,
            evaluations: all.iter().map(|tried| tried.evaluations).sum(),
        }
    }

    /// How often the simulator was at fault, under any rule.
    #[must_use]
    pub fn faults(&self) -> usize {
        let of = |column: &Column| {
            let breaches = column.cells.iter().filter(|cell| cell.breach.is_some());
            column.broken.len() + breaches.count()
        };
        self.columns.iter().map(of).sum()
    }

    /// How many runs it takes at most, those in which the attacker does nothing or is honest included.
    #[must_use]
    pub fn runs(prepared: &Prepared) -> u64 {
        const HONEST: usize = 3;
        let seeds = Seeds::of(prepared.question().seed, false).fresh.len();
        ((prepared.question().seeded.len() + HONEST) * prepared.worlds().count() * seeds) as u64
    }
}

/// Of each program p, the same after Holm, and whether its gain is claimed.
fn claims(tried: &Tried, least: f64) -> Vec<(f64, f64, bool)> {
    let whole = |values: &Vec<Option<f64>>| -> Vec<f64> {
        values.iter().map(|value| value.unwrap_or(f64::NEG_INFINITY)).collect()
    };
    let p: Vec<f64> = tried.gains.iter().map(|values| above_zero(&whole(values))).collect();
    let adjusted = holm(&p).into_iter().enumerate();
    let claim = |(at, adjusted): (usize, f64)| {
        let mean = Sample::of(&tried.gains[at], Support::Numbers).mean;
        let enough = mean.is_some_and(|mean| mean > least);
        (p[at], adjusted, adjusted <= LEVEL && enough && tried.breaches[at].is_none())
    };
    adjusted.map(claim).collect()
}

/// Tries all programs under a rule; nothing if it was stopped.
fn tried(
    prepared: &Prepared,
    (number, case): (usize, &Case),
    seeds: &[u64],
    journals: Option<&Path>,
    watch: Watch,
) -> Result<Option<Tried>, AttackError> {
    let question = prepared.question();
    let mut world = World::new(&case.loaded, question.budget, Looks::AlsoAtOthers(question.goal));
    let journal = journals.map(|folder| Journal::of(folder, number)).transpose()?;
    let mut evaluator = prepared.evaluator(&world, journal, watch)?;
    let asked: Vec<(&Program, u64)> =
        question.seeded.iter().flat_map(|program| seeds.iter().map(move |&seed| (program, seed))).collect();
    let Some(gains) = evaluator.values(&asked)? else { return Ok(None) };
    let honest: Vec<Option<f64>> =
        asked.iter().map(|&(program, seed)| others_have_more(program, seed, &evaluator)).collect();
    let gains: Vec<Option<f64>> =
        gains.into_iter().map(|gain| Some(gain).filter(|gain| gain.is_finite())).collect();
    let by_program = |values: Vec<Option<f64>>| values.chunks(seeds.len()).map(<[_]>::to_vec).collect();
    let mut breaches = Vec::new();
    for program in &question.seeded {
        match world.told(program, seeds[0], Audit::EveryBlock, watch) {
            Ok(Some(_)) => breaches.push(None),
            Ok(None) => return Ok(None),
            Err(why) => breaches.push(Some(why)),
        }
    }
    Ok(Some(Tried {
        gains: by_program(gains),
        honest: by_program(honest),
        breaches,
        broken: evaluator.broken().to_vec(),
        evaluations: evaluator.count(),
    }))
}

/// What all but the attacker have more with a program than where the attacker holds; nothing if the run broke.
fn others_have_more(program: &Program, seed: u64, evaluator: &Evaluator) -> Option<f64> {
    let (seen, honest) = (evaluator.seen(program, seed)?, evaluator.honest(seed)?);
    Some(seen.left - honest.left).filter(|change| change.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        Sample::of(&values, Support::Numbers)
    }

    /// Claimed; and far from it.
    const YES: (bool, f64) = (true, 0.001);
    const NO: (bool, f64) = (false, 0.4);

    #[test]
    fn what_is_not_claimed_for_the_number_of_attacks_alone_has_not_ended() {
        let (less, more) = (sample(&[-3.0, -2.0, -2.5, -3.5]), sample(&[3.0, 2.0, 2.5, 3.5]));
        let among_many = (false, 0.02);
        assert_eq!(Verdict::of(YES, among_many, &less), Verdict::Unclear);
        assert_eq!(Verdict::of(among_many, YES, &more), Verdict::Unclear);
    }

    #[test]
    fn a_gain_that_is_claimed_under_one_rule_only_needs_a_difference_that_chance_does_not_explain() {
        let (less, more) = (sample(&[-3.0, -2.0, -2.5, -3.5]), sample(&[3.0, 2.0, 2.5, 3.5]));
        let either = sample(&[-3.0, 2.0, -2.5, 3.0]);
        assert_eq!(Verdict::of(YES, NO, &less), Verdict::Stopped);
        assert_eq!(Verdict::of(NO, YES, &more), Verdict::Created);
        assert_eq!(Verdict::of(YES, YES, &less), Verdict::Kept);
        assert_eq!(Verdict::of(NO, NO, &more), Verdict::Nothing);
        for (own, here) in [(YES, NO), (NO, YES)] {
            assert_eq!(Verdict::of(own, here, &either), Verdict::Unclear);
        }
        assert_eq!(Verdict::of(YES, NO, &more), Verdict::Unclear, "it is more here, and still not claimed");
        // Nothing varies: the one number says all.
        assert_eq!(Verdict::of(YES, NO, &sample(&[-1.0, -1.0])), Verdict::Stopped);
    }
}
