//! A scenario that is to be attacked: read, searched, and reported on.

use std::path::Path;

use dtao_agents::program::{Place, Program, roles};
use dtao_engine::call::{Outcome, Receipt};
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::{Options, builder};
use dtao_experiment::scenario::{LaunchSubnets, Loaded, NewSubnets, Resolved};
use dtao_files::input::InputError;
use dtao_protocol::units::{Block, Netuid};

use crate::against::{honest_wealth, replayed};
use crate::archive::{Archive, mean};
use crate::asked::{Case, cases};
use crate::evaluate::{Broken, Evaluator};
use crate::finish::{Attack, finish, least, on_fresh};
use crate::grammar::Grammar;
use crate::journal::Journal;
use crate::kind::Kind;
use crate::race::Track;
use crate::respond::{Answered, Responder};
use crate::search::{Point, search};
use crate::seeds::Seeds;
use crate::until::Until;
use crate::world::{Arm, Looks, World, on_root};
use crate::{AttackError, Others, Question, Watch};

/// How many seeds are run to see whether anything is random.
const TRIED: usize = 3;

/// A scenario that is to be attacked.
#[derive(Clone, Debug)]
pub struct Prepared {
    question: Question,
    own: Case,
    /// The same scenario under other rules.
    twins: Vec<Case>,
}

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The search in the scenario as it is.
    pub own: Searched,
    /// What becomes of it under other rules.
    pub elsewhere: Vec<Elsewhere>,
    /// How many runs of programs were made in all, replays included.
    pub evaluations: u64,
    /// Whether nothing in the scenario seems to be random.
    pub exact: bool,
}

impl Report {
    /// How often the simulator was at fault, under any rule: runs that broke an invariant, and attacks whose books do not close.
    #[must_use]
    pub fn faults(&self) -> usize {
        let of = |found: &Searched| {
            let breaches = found.attacks.iter().filter(|attack| attack.breach.is_some());
            found.broken.len() + breaches.count()
        };
        let elsewhere = self.elsewhere.iter().map(|other| other.broken.len() + of(&other.searched));
        of(&self.own) + elsewhere.sum::<usize>()
    }
}

/// What a search of one world came to.
#[derive(Clone, Debug)]
pub struct Searched {
    /// The attacks that are reported, the claimed ones first, then by their mean.
    pub attacks: Vec<Attack>,
    /// What is left of each once others have answered; nothing if they were not asked.
    pub answers: Vec<Answered>,
    /// The archive: a row for each cell.
    pub(crate) archive: Archive,
    /// The best so far.
    pub(crate) curve: Vec<Point>,
    /// How many programs of one and two calls of the grid were tried, of how many.
    pub grid: (usize, usize),
    /// How many runs of programs the search made, those that shorten, confirm and answer its attacks included.
    pub evaluations: u64,
    /// The number of runs that [`Effort::Evaluations`](crate::Effort::Evaluations) repeats the search with.
    pub repeated_by: u64,
    /// Runs that broke an invariant of the simulator.
    pub broken: Vec<Broken>,
}

impl Searched {
    /// The mean of the best program when so many runs had been made, over the racing seeds that it had been tried on; nothing if there
    /// were not as many.
    #[must_use]
    pub fn best_after(&self, runs: u64) -> Option<f64> {
        self.curve.iter().find(|at| at.evaluations >= runs).map(|at| at.best)
    }
}

/// Another rule: the same attacks, and a search of its own.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// The rule's name.
    pub rule: String,
    /// What each attack of the scenario as it is comes to, by fresh seed.
    pub replayed: Vec<Vec<f64>>,
    /// Replays that broke an invariant of the simulator.
    pub broken: Vec<Broken>,
    /// What is found there with the same effort.
    pub searched: Searched,
    /// How the wealth of all others differs from that under the scenario's own rule if nobody attacks, in TAO, on the first fresh
    /// seed.
    pub honest_change: f64,
}

impl Prepared {
    /// Reads a scenario and all that it names, also under every other rule.
    ///
    /// # Errors
    /// If a file, an assignment or a name is wrong, a rule is none that the scenario can begin with, or nothing can be tried.
    pub fn read(
        library: &Library,
        path: &Path,
        assignments: &[String],
        question: Question,
    ) -> Result<Self, InputError> {
        let resolved = Resolved::read_from(library, path, assignments)?;
        let own = Loaded::of(library, path, resolved.clone(), LaunchSubnets::Needed)?;
        let mut worlds = vec![(String::new(), own.clone())];
        for rule in &question.against {
            let Some(loaded) = dtao_compare::under(library, path, &resolved, &own, rule)? else {
                let message = format!("`{}` is the scenario's own rule", rule.name);
                let help =
                    "name rules that differ from it; `dtao list emission-rules` shows those that there are";
                return Err(InputError::file("--against", message, Some(help.into())));
            };
            worlds.push((rule.name.clone(), loaded));
        }
        let mut cases = cases(&question, worlds)?;
        let own = cases.remove(0);
        Ok(Self { question, own, twins: cases })
    }

    /// The scenario.
    #[must_use]
    pub fn own(&self) -> &Loaded {
        &self.own.loaded
    }

    /// The question.
    #[must_use]
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// The scenario as it is, then under every other rule.
    pub(crate) fn worlds(&self) -> impl Iterator<Item = &Case> {
        std::iter::once(&self.own).chain(&self.twins)
    }

    /// The calls that are tried under the scenario's own rule.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.own.kinds
    }

    /// Searches; nothing if it was stopped. Runs are noted in a file for each rule in `journals`, if it is given.
    ///
    /// # Errors
    /// If threads cannot be started, a file cannot be written, or the scenario itself breaks an invariant.
    pub fn attack(&self, journals: Option<&Path>, watch: Watch) -> Result<Option<Report>, AttackError> {
        let Some(exact) = self.is_exact(&self.own, watch)? else { return Ok(None) };
        let Some(own) = self.searched(0, &self.own, exact, journals, watch)? else { return Ok(None) };
        let mut report = Report { evaluations: own.evaluations, own, elsewhere: vec![], exact };
        let first = Seeds::of(self.question.seed, exact).fresh[0];
        let honest = |case: &Case| honest_wealth(&mut self.world(case), first, watch);
        let mut before = None;
        for (number, twin) in self.twins.iter().enumerate() {
            // Where agents draw numbers, they draw them under every rule.
            let is_exact = if exact { self.is_exact(twin, watch)? } else { Some(false) };
            let Some(is_exact) = is_exact else { return Ok(None) };
            let seeds = Seeds::of(self.question.seed, is_exact);
            let mut evaluator = self.evaluator(&self.world(twin), None, watch)?;
            let replayed = replayed(&report.own.attacks, &seeds, &mut evaluator)?;
            let Some(replayed) = replayed else { return Ok(None) };
            let searched = self.searched(number + 1, twin, is_exact, journals, watch)?;
            let Some(searched) = searched else { return Ok(None) };
            report.evaluations += searched.evaluations + evaluator.count();
            if before.is_none() {
                before = honest(&self.own)?;
            }
            let (Some(before), Some(after)) = (before, honest(twin)?) else { return Ok(None) };
            let (broken, honest_change) = (evaluator.broken().to_vec(), after - before);
            let rule = twin.rule.clone();
            report.elsewhere.push(Elsewhere { rule, replayed, broken, searched, honest_change });
        }
        Ok(Some(report))
    }

    /// The best of some programs by their means on the first racing seeds, and what it comes to on the fresh seeds; nothing if it was
    /// stopped. For scripts that are made by hand, to hold a search against.
    ///
    /// # Errors
    /// If threads cannot be started, or the scenario itself breaks an invariant.
    pub fn best_of(
        &self,
        programs: &[Program],
        watch: Watch,
    ) -> Result<Option<(Program, Vec<f64>)>, AttackError> {
        let Some(exact) = self.is_exact(&self.own, watch)? else { return Ok(None) };
        let mut evaluator = self.evaluator(&self.world(&self.own), None, watch)?;
        let seeds = Seeds::of(self.question.seed, exact);
        let mut left: Vec<&Program> = programs.iter().collect();
        for (rung, kept) in [(1, 32), (4, 8), (16, 1)] {
            let seeds = &seeds.racing[..rung.min(seeds.racing.len())];
            let asked: Vec<(&Program, u64)> =
                left.iter().flat_map(|&program| seeds.iter().map(move |&seed| (program, seed))).collect();
            let Some(values) = evaluator.values(&asked)? else { return Ok(None) };
            let mut ranked: Vec<(f64, &Program)> =
                values.chunks(seeds.len()).map(mean).zip(left.iter().copied()).collect();
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
            left = ranked.into_iter().take(kept).map(|(_, program)| program).collect();
        }
        let Some(&best) = left.first() else { return Ok(None) };
        Ok(on_fresh(best, &seeds, &mut evaluator)?.map(|values| (best.clone(), values)))
    }

    /// Whether nothing is random: three seeds come to the same, whether the attacker holds, stakes on root or buys an index. Nothing
    /// if it was stopped.
    pub(crate) fn is_exact(&self, case: &Case, watch: Watch) -> Result<Option<bool>, AttackError> {
        let mut world = self.world(case);
        let seeds = Seeds::of(self.question.seed, false).racing;
        let fault = |seed: u64| move |why: String| AttackError::Scenario { seed, why };
        for program in [Program::new(vec![]), on_root()] {
            let groups = |seed: u64| {
                let told = world.told(&program, seed, Audit::Off, watch).map_err(fault(seed))?;
                Ok(told.map(|told| told.groups))
            };
            match same(&seeds[..TRIED], groups)? {
                Some(true) => {}
                other => return Ok(other),
            }
        }
        same(&seeds[..TRIED], |seed| {
            let seen = world.run(Arm::Index, seed, watch).map_err(fault(seed))?;
            Ok(seen.map(|seen| seen.wealth))
        })
    }

    /// One search: number 0 of the scenario as it is, the others under the other rules.
    fn searched(
        &self,
        number: usize,
        case: &Case,
        exact: bool,
        journals: Option<&Path>,
        watch: Watch,
    ) -> Result<Option<Searched>, AttackError> {
        let question = &self.question;
        let mut world = self.world(case);
        let journal = journals.map(|folder| Journal::of(folder, number)).transpose()?;
        let mut evaluator = self.evaluator(&world, journal, watch)?;
        let grammar = self.grammar(case);
        let seeds = Seeds::of(question.seed, exact);
        let least = least(question.goal, self.budget());
        let track = Track { seeds: seeds.racing.clone(), budget: self.budget(), least };
        let until = Until::of(question.effort, &evaluator);
        let (method, seed) = (question.method, question.seed);
        let found = search(&grammar, method, &case.seeded, seed, &track, until, &mut evaluator)?;
        let Some(found) = found else { return Ok(None) };
        let goal = (question.goal, self.budget());
        let attacks = finish(&found.archive, &grammar, goal, &seeds, &mut world, &mut evaluator)?;
        let Some(attacks) = attacks else { return Ok(None) };
        let mut answers = Vec::new();
        let mut broken = evaluator.broken().to_vec();
        let mut evaluations = evaluator.count();
        if question.others == Others::Answer {
            let journal = journals.map(|folder| (folder, 1 + self.twins.len() + number));
            let mut responder = Responder::new((&case.loaded, question), &seeds, journal, watch);
            for attack in &attacks {
                // Seen with a seed that is not reported on.
                let told = world.told(&attack.program, seeds.racing[0], Audit::Off, watch);
                let Some(calls) =
                    told.map_or_else(|_| Some(vec![]), |told| told.map(|told| told.trace.calls))
                else {
                    return Ok(None);
                };
                let done = |(_, _, receipt): &&(Block, u32, Receipt)| {
                    !matches!(receipt.outcome, Outcome::Refused(_))
                };
                let begins = calls.iter().find(done).map(|&(block, ..)| block);
                let answered = responder.answered(&attack.program, begins, &attack.sample)?;
                let Some(answered) = answered else { return Ok(None) };
                answers.push(answered);
            }
            evaluations += responder.count();
            broken.extend(responder.broken());
        }
        Ok(Some(Searched {
            attacks,
            answers,
            archive: found.archive,
            curve: found.curve,
            grid: found.grid,
            evaluations,
            repeated_by: found.repeated_by,
            broken,
        }))
    }

    fn world(&self, case: &Case) -> World {
        World::new(&case.loaded, self.question.budget, Looks::For(self.question.goal))
    }

    /// Tries programs in a world, several at once.
    pub(crate) fn evaluator<'w>(
        &self,
        world: &World,
        journal: Option<Journal>,
        watch: Watch<'w>,
    ) -> Result<Evaluator<'w>, AttackError> {
        Evaluator::new(world, (self.question.goal, self.budget()), self.question.jobs.get(), journal, watch)
    }

    pub(crate) fn budget(&self) -> f64 {
        self.question.budget.to_f64()
    }

    /// What programs can be made of.
    fn grammar(&self, Case { loaded, kinds, .. }: &Case) -> Grammar {
        let options = Options { seed: RunSeed(1), audit: Audit::Off };
        let mut run = builder(loaded, options).build();
        let view = run.view();
        let roles = roles(&view);
        let named = |netuid: Netuid| {
            let role = roles.iter().find(|(_, of)| *of == netuid);
            role.map_or(Place::Netuid(netuid.0), |&(place, _)| place)
        };
        let chosen = &self.question.subnets;
        let asked = |netuid: &Netuid| chosen.is_empty() || chosen.contains(netuid);
        let places = view.netuids().filter(asked).map(named).collect();
        let detailed = loaded.scenario.detail.iter().map(|detail| detail.netuid).filter(asked).map(named);
        Grammar {
            kinds: kinds.clone(),
            places,
            detailed: detailed.collect(),
            accounts: self.question.accounts,
            blocks: loaded.scenario.blocks,
            budget: self.question.budget,
            new_in_detail: loaded.scenario.new_subnets != NewSubnets::Aggregate,
        }
    }

    /// The scenario's text with an attack in it.
    #[must_use]
    pub fn with_attack(&self, program: &Program) -> String {
        let mut world = self.world(&self.own);
        world.set(Arm::Program(program));
        let mut scenario = world.scenario().clone();
        scenario.metrics.clone_from(&self.own().scenario.metrics);
        scenario.expect.clone_from(&self.own().scenario.expect);
        // What is cut short is written whole: it may name times that lie beyond.
        scenario.blocks = self.own().planned;
        scenario.text()
    }
}
/// Whether all seeds come to the same; nothing if one was stopped.
fn same<T: PartialEq>(
    seeds: &[u64],
    mut of: impl FnMut(u64) -> Result<Option<T>, AttackError>,
) -> Result<Option<bool>, AttackError> {
    let mut first = None;
    for &seed in seeds {
        let Some(found) = of(seed)? else { return Ok(None) };
        match &first {
            None => first = Some(found),
            Some(first) if *first == found => {}
            Some(_) => return Ok(Some(false)),
        }
    }
    Ok(Some(true))
}
