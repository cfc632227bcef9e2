//! What is left of an attack once those who trade have answered it.
//!
//! Each group that trades or holds by a strategy of its own may follow another one from the first block on, all of its accounts as one:
//! it holds what it has, or sells it for root soon after the attack has begun. Group after group takes the answer that leaves it
//! with most, over the same seeds and given what the others do, if chance does not explain the difference, until none changes any more.
//!
//! All of it is about these answers in this world: groups know of the attack beforehand, and the attack does not answer them.

use std::collections::BTreeMap;
use std::path::Path;

use dtao_agents::StrategySpec;
use dtao_agents::program::Program;
use dtao_agents::script::{Fraction, Line, Script, ScriptedCall, Size, Who};
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, builder};
use dtao_experiment::scenario::{Group, Key, Loaded};
use dtao_protocol::units::{Block, Netuid};
use dtao_statistics::significance::above_zero;
use dtao_statistics::{Cell as Sample, Support};

use crate::evaluate::{Broken, Evaluator, digest};
use crate::finish::{LEVEL, on_fresh};
use crate::journal::Journal;
use crate::seeds::Seeds;
use crate::world::{Looks, World};
use crate::{AttackError, Question, Watch};

/// How often each group is asked at most.
pub const ROUNDS: usize = 5;
/// How many blocks after the attack's first call whoever leaves begins to sell: five minutes.
pub const DELAY: u64 = 25;
/// How many of the racing seeds answers are chosen on; what the attack then comes to is told of the fresh ones.
const SEEDS: usize = 16;

/// A difference below this part of the attacker's budget changes nobody's answer.
const LEAST: f64 = 1e-3;

/// What a group may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It follows its own strategy.
    Own,
    /// It holds what it has, and never trades.
    Hold,
    /// It holds what it has, and sells it for root [`DELAY`] blocks after the attack's first call.
    Leave,
}

impl Answer {
    const ALL: [Self; 3] = [Self::Own, Self::Hold, Self::Leave];

    /// What a group does that gives it, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Own => "trade as before",
            Self::Hold => "hold",
            Self::Leave => "leave for root",
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nobody gains by another answer.
    Settled,
    /// Answers come round again: there is no end.
    Cycle,
    /// Answers still changed in the last of [`ROUNDS`] rounds.
    Unfinished,
}

impl End {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Cycle => "cycle",
            Self::Unfinished => "unfinished",
        }
    }
}

/// What is left of an attack.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What the attack then comes to over the fresh seeds, in the goal's unit.
    pub gain: Sample,
    /// Who does something else at the end.
    pub switches: Vec<Switch>,
    /// How it ended.
    pub end: End,
}

/// A group that does something else than before.
#[derive(Clone, Debug)]
pub struct Switch {
    /// The group.
    pub group: String,
    /// What it does.
    pub to: Answer,
    /// How much more it then has than with its own strategy, given what the others do, in TAO after selling everything; over the seeds
    /// that the answers were chosen on.
    pub gains: f64,
    /// Whether it would gain by that where nobody attacks, too: then the attack is not why.
    pub anyway: bool,
}

/// The groups of a scenario that may answer.
pub(crate) fn groups(loaded: &Loaded) -> Vec<usize> {
    let trades = |group: &Group| {
        group.key == Key::Own
            && matches!(
                group.strategy,
                StrategySpec::Noise(_)
                    | StrategySpec::NoiseTrader(_)
                    | StrategySpec::Speculator(_)
                    | StrategySpec::ValueTrader(_)
                    | StrategySpec::Delegator(_)
                    | StrategySpec::BasketHolder(_)
            )
    };
    let all = loaded.scenario.agents.iter().enumerate();
    all.filter(|(_, group)| trades(group)).map(|(at, _)| at).collect()
}

/// Lets the groups of a world answer attacks.
pub(crate) struct Responder<'a> {
    pub loaded: &'a Loaded,
    pub question: &'a Question,
    pub seeds: &'a Seeds,
    /// The folder and the number of the file in which runs are noted.
    pub journal: Option<(&'a Path, usize)>,
    pub watch: Watch<'a>,
    groups: Vec<usize>,
    netuids: Vec<Netuid>,
    /// What groups have by seed, by the program and the name of the world: a group is asked about the same again and again.
    known: BTreeMap<(u64, String), Vec<f64>>,
    count: u64,
    broken: Vec<Broken>,
}

/// What is answered: a program, and the block in which it begins.
#[derive(Clone, Copy)]
struct Threat<'p> {
    program: &'p Program,
    begins: Block,
}

/// What each group does, in the order of the groups.
type Profile = Vec<Answer>;

impl<'a> Responder<'a> {
    pub fn new(
        (loaded, question): (&'a Loaded, &'a Question),
        seeds: &'a Seeds,
        journal: Option<(&'a Path, usize)>,
        watch: Watch<'a>,
    ) -> Self {
        let options = Options { seed: RunSeed(1), audit: Audit::Off };
        let netuids = builder(loaded, options).build().view().netuids().collect();
        let groups = groups(loaded);
        Self {
            loaded,
            question,
            seeds,
            journal,
            watch,
            groups,
            netuids,
            known: BTreeMap::new(),
            count: 0,
            broken: vec![],
        }
    }

    /// How many runs of programs were made.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Runs that broke an invariant of the simulator.
    pub fn broken(self) -> Vec<Broken> {
        self.broken
    }

    /// What is left of an attack that begins in a block, and whose gain over the fresh seeds is known while nobody answers; nothing if it
    /// was stopped.
    pub fn answered(
        &mut self,
        attack: &Program,
        begins: Option<Block>,
        alone: &Sample,
    ) -> Result<Option<Answered>, AttackError> {
        let threat = Threat { program: attack, begins: begins.unwrap_or(self.loaded.first_block()) };
        let mut profile = vec![Answer::Own; self.groups.len()];
        let (mut met, mut end) = (vec![profile.clone()], End::Unfinished);
        for _ in 0..ROUNDS {
            for at in 0..self.groups.len() {
                let Some(best) = self.best(threat, &profile, at)? else { return Ok(None) };
                profile[at] = best;
            }
            if met.last() == Some(&profile) {
                end = End::Settled;
                break;
            }
            if met.contains(&profile) {
                end = End::Cycle;
                break;
            }
            met.push(profile.clone());
        }
        let Some(gain) = self.gain(threat, alone, &profile)? else { return Ok(None) };
        let mut switches = Vec::new();
        for at in (0..self.groups.len()).filter(|&at| profile[at] != Answer::Own) {
            let nobody = Program::new(vec![]);
            let nobody = Threat { program: &nobody, ..threat };
            let mut over_own = |threat| self.more(threat, (&profile, at), (Answer::Own, profile[at]));
            let (Some(with), Some(without)) = (over_own(threat)?, over_own(nobody)?) else {
                return Ok(None);
            };
            switches.push(Switch {
                group: self.loaded.scenario.agents[self.groups[at]].name.clone(),
                to: profile[at],
                gains: mean(&with),
                anyway: self.pays(&without),
            });
        }
        Ok(Some(Answered { gain, switches, end }))
    }

    /// The answer that leaves a group with most; the one that it gives already unless another is surely better.
    fn best(&mut self, threat: Threat, profile: &Profile, at: usize) -> Result<Option<Answer>, AttackError> {
        let (mut best, mut most) = (profile[at], 0.0);
        for answer in Answer::ALL.into_iter().filter(|answer| *answer != profile[at]) {
            let Some(more) = self.more(threat, (profile, at), (profile[at], answer))? else {
                return Ok(None);
            };
            if self.pays(&more) && mean(&more) > most {
                (best, most) = (answer, mean(&more));
            }
        }
        Ok(Some(best))
    }

    /// What a group has more by one answer than by another, by seed.
    fn more(
        &mut self,
        threat: Threat,
        (profile, at): (&Profile, usize),
        (before, after): (Answer, Answer),
    ) -> Result<Option<Vec<f64>>, AttackError> {
        let mut wealth = |answer: Answer| {
            let mut profile = profile.clone();
            profile[at] = answer;
            self.wealth(threat, &profile, at)
        };
        let (Some(before), Some(after)) = (wealth(before)?, wealth(after)?) else { return Ok(None) };
        Ok(Some(after.iter().zip(&before).map(|(after, before)| after - before).collect()))
    }

    /// Whether differences are above zero beyond chance; of one seed, where nothing is random, whether the one is.
    fn pays(&self, more: &[f64]) -> bool {
        let least = LEAST * self.question.budget.to_f64();
        let sure = more.len() == 1 || above_zero(more) <= LEVEL;
        sure && mean(more) > least
    }

    /// What a group has by seed, after the attacker and then the group have sold everything; nothing if it was stopped. Less than nothing
    /// where a run broke.
    fn wealth(
        &mut self,
        threat: Threat,
        profile: &Profile,
        at: usize,
    ) -> Result<Option<Vec<f64>>, AttackError> {
        let seeds = &self.seeds.racing[..SEEDS.min(self.seeds.racing.len())];
        let Threat { program, begins } = threat;
        let looks = Looks::AtGroup(self.question.goal, self.groups[at]);
        let of = (digest(program), name(begins, profile, looks));
        if let Some(known) = self.known.get(&of) {
            return Ok(Some(known.clone()));
        }
        let mut evaluator = self.evaluator(begins, profile, looks)?;
        let asked: Vec<(&Program, u64)> = seeds.iter().map(|&seed| (program, seed)).collect();
        let Some(seen) = evaluator.outcomes(&asked)? else { return Ok(None) };
        self.learn(&evaluator);
        let wealth: Vec<f64> = seen.iter().map(|seen| seen.left).collect();
        self.known.insert(of, wealth.clone());
        Ok(Some(wealth))
    }

    /// What the attack comes to on the fresh seeds; nothing if it was stopped.
    fn gain(
        &mut self,
        Threat { program, begins }: Threat,
        alone: &Sample,
        profile: &Profile,
    ) -> Result<Option<Sample>, AttackError> {
        if profile.iter().all(|answer| *answer == Answer::Own) {
            return Ok(Some(alone.clone()));
        }
        let mut evaluator = self.evaluator(begins, profile, Looks::For(self.question.goal))?;
        let values = on_fresh(program, self.seeds, &mut evaluator)?;
        self.learn(&evaluator);
        let some = |values: Vec<f64>| values.into_iter().map(Some).collect::<Vec<_>>();
        Ok(values.map(|values| Sample::of(&some(values), Support::Numbers)))
    }

    fn learn(&mut self, evaluator: &Evaluator) {
        self.count += evaluator.count();
        self.broken.extend(evaluator.broken().iter().cloned());
    }

    /// Tries programs in the world in which groups answer so.
    fn evaluator(
        &self,
        begins: Block,
        profile: &Profile,
        looks: Looks,
    ) -> Result<Evaluator<'a>, AttackError> {
        let Question { budget, goal, jobs, .. } = *self.question;
        let world = World::new(&self.answering(begins, profile), budget, looks);
        let journal = self.journal.map(|(folder, number)| Journal::of(folder, number)).transpose()?;
        let evaluator = Evaluator::new(&world, (goal, budget.to_f64()), jobs.get(), journal, self.watch)?;
        Ok(evaluator.of_world(&name(begins, profile, looks)))
    }

    /// The scenario in which groups answer so.
    fn answering(&self, begins: Block, profile: &Profile) -> Loaded {
        let mut loaded = self.loaded.clone();
        for (&group, answer) in self.groups.iter().zip(profile) {
            let script = match answer {
                Answer::Own => continue,
                Answer::Hold => Script::new(vec![]),
                Answer::Leave => self.leaving(Block(begins.0 + DELAY)),
            };
            loaded.scenario.agents[group].strategy = StrategySpec::Script(script);
        }
        loaded
    }

    /// Sells on every subnet, and stakes on root a block later.
    fn leaving(&self, block: Block) -> Script {
        let pools = self.netuids.iter().filter(|netuid| **netuid != Netuid::ROOT);
        let sale = |&netuid: &Netuid| ScriptedCall::Unstake {
            netuid,
            alpha: Size::Fraction(Fraction::ALL),
            hotkey: Who::Aggregate,
            limit: None,
            allow_partial: None,
        };
        let stake = ScriptedCall::Stake {
            netuid: Netuid::ROOT,
            tao: Size::Fraction(Fraction::new(0.999_999)),
            hotkey: Who::Aggregate,
            limit: None,
            allow_partial: None,
        };
        let sales = pools.map(|netuid| Line { block, call: sale(netuid) });
        Script::new(sales.chain([Line { block: Block(block.0 + 1), call: stake }]).collect())
    }
}

/// What tells a world in which groups answer so from others.
fn name(begins: Block, profile: &Profile, looks: Looks) -> String {
    format!("{begins} {profile:?} {looks:?}")
}

/// The mean of differences; of runs that broke no number.
fn mean(more: &[f64]) -> f64 {
    Some(crate::archive::mean(more)).filter(|mean| mean.is_finite()).unwrap_or(f64::NEG_INFINITY)
}
