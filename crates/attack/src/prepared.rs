//! A scenario that is to be attacked: read, searched, and reported on.

use std::path::Path;

use dtao_agents::program::{Place, Program, roles};
use dtao_compare::rules::What;
use dtao_engine::run::Audit;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::builder;
use dtao_experiment::scenario::{LaunchSubnets, Loaded, NewSubnets, Resolved};
use dtao_files::input::InputError;
use dtao_protocol::units::{Netuid, Tao};

use crate::against::{honest_wealth, replayed};
use crate::archive::{Archive, mean};
use crate::evaluate::{Broken, Evaluator};
use crate::finish::{Attack, Seeds, finish};
use crate::grammar::Grammar;
use crate::journal::Journal;
use crate::kind::{Kind, rules_of};
use crate::race::{LAST_RUNG, Track};
use crate::search::{Point, search};
use crate::until::Until;
use crate::world::{Arm, World, on_root};
use crate::{AttackError, Effort, Question, Watch};

/// Racing seeds of a search are these and those after it, times the search's seed and one.
const SEEDS: u64 = 1_000_000;
/// The first fresh seed, counted from the first racing one.
const FRESH: u64 = 1_000;

/// A scenario that is to be attacked.
#[derive(Clone, Debug)]
pub struct Prepared {
    question: Question,
    own: Loaded,
    /// The same scenario under other rules, by the rule's name.
    twins: Vec<(String, Loaded)>,
    kinds: Vec<Kind>,
}

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The search in the scenario as it is.
    pub own: Searched,
    /// What becomes of it under other rules.
    pub elsewhere: Vec<Elsewhere>,
    /// How many runs of programs were made in all.
    pub evaluations: u64,
    /// Whether nothing in the scenario seems to be random.
    pub exact: bool,
}

/// What a search of one world came to.
#[derive(Clone, Debug)]
pub struct Searched {
    /// The attacks that are reported, the claimed ones first, then by their mean.
    pub attacks: Vec<Attack>,
    /// The archive: a row for each cell.
    pub(crate) archive: Archive,
    /// The best so far.
    pub(crate) curve: Vec<Point>,
    /// How many programs of one and two calls of the grid were tried, of how many.
    pub grid: (usize, usize),
    /// How many runs of programs the search made, those that confirm its attacks included.
    pub evaluations: u64,
    /// Runs that broke an invariant of the simulator.
    pub broken: Vec<Broken>,
}

/// Another rule: the same attacks, and a search of its own.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// The rule's name.
    pub rule: String,
    /// What each attack of the scenario as it is comes to, by fresh seed.
    pub replayed: Vec<Vec<f64>>,
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
        let read = |resolved| Loaded::of(library, path, resolved, LaunchSubnets::Needed);
        let own = read(resolved.clone())?;
        let mut twins = Vec::new();
        for rule in &question.against {
            let assignment = dtao_compare::assignment(&own, rule);
            let under = resolved.clone().with(assignment.clone()).and_then(read);
            let loaded = under.map_err(|error| error.of(&rule.name).not_from(&assignment))?;
            if loaded.scenario == own.scenario || rule.what == What::Emission(rules_of(&own)[0].emission) {
                let message = format!("`{}` is the scenario's own rule", rule.name);
                let help =
                    "name rules that differ from it; `dtao list emission-rules` shows those that there are";
                return Err(InputError::file("--against", message, Some(help.into())));
            }
            twins.push((rule.name.clone(), loaded));
        }
        let known = Kind::known_in(&own);
        let unknown = question.kinds.iter().find(|kind| !known.contains(kind));
        if let Some(kind) = unknown {
            let message = format!("the scenario's rules do not know the call `{}`", kind.name());
            let names: Vec<&str> = known.iter().map(|kind| kind.name()).collect();
            let help = format!("they know {}", names.join(", "));
            return Err(InputError::file("--ops", message, Some(help)));
        }
        let kinds = if question.kinds.is_empty() { known } else { question.kinds.clone() };
        let min = dtao_protocol::rules::Rules::at(own.scenario.protocol.spec).min_stake;
        if question.budget < min {
            let message = format!(
                "{} TAO: less than the {} TAO of the chain's smallest stake",
                question.budget.to_f64(),
                min.to_f64()
            );
            return Err(InputError::file(
                "--budget",
                message,
                Some("write more, such as \"500 TAO\"".into()),
            ));
        }
        Ok(Self { question, own, twins, kinds })
    }

    /// The scenario.
    #[must_use]
    pub fn own(&self) -> &Loaded {
        &self.own
    }

    /// The question.
    #[must_use]
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// The calls that are tried.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Searches; nothing if it was stopped. Runs are noted in the file of this name in `journals`, if it is given.
    ///
    /// # Errors
    /// If threads cannot be started, a file cannot be written, or the scenario itself breaks an invariant.
    pub fn attack(&self, journals: Option<&Path>, watch: Watch) -> Result<Option<Report>, AttackError> {
        let exact = self.is_exact(&self.own)?;
        let Some(own) = self.searched(0, &self.own, exact, journals, watch)? else { return Ok(None) };
        let mut report = Report { evaluations: own.evaluations, own, elsewhere: vec![], exact };
        for (number, (rule, loaded)) in self.twins.iter().enumerate() {
            let twin_is_exact = exact && self.is_exact(loaded)?;
            let mut world = self.world(loaded);
            let mut evaluator = self.evaluator(&world, None, watch)?;
            let replayed = replayed(&report.own.attacks, &self.fresh(exact), &mut evaluator)?;
            let Some(replayed) = replayed else { return Ok(None) };
            let searched = self.searched(number + 1, loaded, twin_is_exact, journals, watch)?;
            let Some(searched) = searched else { return Ok(None) };
            report.evaluations += searched.evaluations;
            let seed = self.fresh(true)[0];
            let before = honest_wealth(&mut self.world(&self.own), seed)?;
            let honest_change = honest_wealth(&mut world, seed)? - before;
            report.elsewhere.push(Elsewhere { rule: rule.clone(), replayed, searched, honest_change });
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
        let exact = self.is_exact(&self.own)?;
        let mut evaluator = self.evaluator(&self.world(&self.own), None, watch)?;
        let racing = self.racing(exact);
        let mut left: Vec<&Program> = programs.iter().collect();
        for (rung, kept) in [(1, 32), (4, 8), (16, 1)] {
            let seeds = &racing[..rung.min(racing.len())];
            let asked: Vec<(&Program, u64)> =
                left.iter().flat_map(|&program| seeds.iter().map(move |&seed| (program, seed))).collect();
            let Some(values) = evaluator.values(&asked)? else { return Ok(None) };
            let mut ranked: Vec<(f64, &Program)> =
                values.chunks(seeds.len()).map(mean).zip(left.iter().copied()).collect();
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
            left = ranked.into_iter().take(kept).map(|(_, program)| program).collect();
        }
        let Some(&best) = left.first() else { return Ok(None) };
        let asked: Vec<(&Program, u64)> = self.fresh(exact).into_iter().map(|seed| (best, seed)).collect();
        Ok(evaluator.values(&asked)?.map(|values| (best.clone(), values)))
    }

    /// Whether nothing is random: three seeds come to the same, whether the attacker holds, stakes on root or buys an index.
    fn is_exact(&self, loaded: &Loaded) -> Result<bool, AttackError> {
        let mut world = self.world(loaded);
        let arms = [Program::new(vec![]), on_root()];
        for program in &arms {
            let mut first = None;
            for seed in self.racing(false).into_iter().take(3) {
                let told = world.told(program, seed, Audit::Off).map_err(AttackError::Scenario)?;
                if first.get_or_insert_with(|| told.groups.clone()) != &told.groups {
                    return Ok(false);
                }
            }
        }
        let index: Vec<f64> = self
            .racing(false)
            .into_iter()
            .take(3)
            .map(|seed| world.run(Arm::Index, seed).map(|seen| seen.wealth))
            .collect::<Result<_, _>>()
            .map_err(AttackError::Scenario)?;
        Ok(index.iter().all(|wealth| *wealth == index[0]))
    }

    /// One search: number 0 of the scenario as it is, the others under the other rules.
    fn searched(
        &self,
        number: usize,
        loaded: &Loaded,
        exact: bool,
        journals: Option<&Path>,
        watch: Watch,
    ) -> Result<Option<Searched>, AttackError> {
        let question = &self.question;
        let mut world = self.world(loaded);
        let journal =
            journals.map(|folder| Journal::open(&folder.join(format!("{number:06}.runs")))).transpose()?;
        let mut evaluator = self.evaluator(&world, journal, watch)?;
        let grammar = self.grammar(loaded);
        let track = Track { seeds: self.racing(exact), budget: self.budget() };
        let until = match question.effort {
            Effort::Evaluations(most) => Until::Evaluations(most),
            Effort::Minutes(minutes) => Until::after(minutes),
        };
        let found = search(
            &grammar,
            question.method,
            &question.seeded,
            question.seed,
            &track,
            until,
            &mut evaluator,
        )?;
        let Some(found) = found else { return Ok(None) };
        let fresh = self.fresh(exact);
        let seeds = Seeds { racing: &track.seeds, fresh: &fresh };
        let goal = (question.goal, self.budget());
        let attacks = finish(&found.archive, &grammar, goal, seeds, &mut world, &mut evaluator)?;
        evaluator.flush()?;
        let Some(attacks) = attacks else { return Ok(None) };
        Ok(Some(Searched {
            attacks,
            archive: found.archive,
            curve: found.curve,
            grid: found.grid,
            evaluations: evaluator.count(),
            broken: evaluator.broken().to_vec(),
        }))
    }

    fn world(&self, loaded: &Loaded) -> World {
        World::new(loaded, self.question.budget, self.question.goal)
    }

    fn evaluator<'w>(
        &self,
        world: &World,
        journal: Option<Journal>,
        watch: Watch<'w>,
    ) -> Result<Evaluator<'w>, AttackError> {
        Evaluator::new(world, (self.question.goal, self.budget()), self.question.jobs.get(), journal, watch)
    }

    fn budget(&self) -> f64 {
        self.question.budget.to_f64()
    }

    /// The racing seeds: one where nothing is random.
    fn racing(&self, exact: bool) -> Vec<u64> {
        let first = self.question.seed.saturating_mul(SEEDS);
        (1..=if exact { 1 } else { LAST_RUNG as u64 }).map(|number| first.saturating_add(number)).collect()
    }

    /// The seeds that confirm: two where nothing is random.
    fn fresh(&self, exact: bool) -> Vec<u64> {
        let first = self.question.seed.saturating_mul(SEEDS).saturating_add(FRESH);
        (1..=if exact { 2 } else { LAST_RUNG as u64 }).map(|number| first.saturating_add(number)).collect()
    }

    /// What programs can be made of.
    fn grammar(&self, loaded: &Loaded) -> Grammar {
        let options =
            dtao_experiment::run::Options { seed: dtao_engine::random::RunSeed(1), audit: Audit::Off };
        let mut run = builder(loaded, options).build();
        let view = run.view();
        let roles = roles(&view);
        let named = |netuid: Netuid| {
            let role = roles.iter().find(|(_, of)| *of == netuid);
            role.map_or(Place::Netuid(netuid.0), |&(place, _)| place)
        };
        let places = view.netuids().map(named).collect();
        let detailed = loaded.scenario.detail.iter().map(|detail| named(detail.netuid)).collect();
        Grammar {
            kinds: self.kinds.clone(),
            places,
            detailed,
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
        scenario.metrics.clone_from(&self.own.scenario.metrics);
        scenario.expect.clone_from(&self.own.scenario.expect);
        // What is cut short is written whole: it may name times that lie beyond.
        scenario.blocks = self.own.planned;
        scenario.text()
    }

    /// What the attacker's budget is in each account of a program.
    #[must_use]
    pub fn of_account(&self, program: &Program) -> Tao {
        Tao::from_rao(self.question.budget.rao() / u64::from(program.accounts()))
    }
}
