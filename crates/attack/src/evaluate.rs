//! Programs tried on seeds: several at once, each combination once.

use std::collections::BTreeMap;
use std::sync::Mutex;

use dtao_agents::program::Program;
use dtao_experiment::run::Progress;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use sha2::{Digest, Sha256};

use crate::journal::{Journal, Key, Time};
use crate::world::{Arm, Seen, World, on_root};
use crate::{AttackError, Goal, Watch};

/// The best honest use of the same capital with one seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Honest {
    /// What it comes to: the most of holding TAO, staking on root and holding the index.
    pub wealth: f64,
    /// What all others have if the attacker only holds.
    pub others: f64,
    /// What all others have then once the attacker has sold; only where that is looked at.
    pub left: f64,
    /// The most of the emission that stands behind what an honest use holds.
    pub share: f64,
}

/// A run that broke an invariant of the simulator.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// What was tried.
    pub program: Program,
    /// With which seed.
    pub seed: u64,
    /// What broke.
    pub why: String,
}

/// Tries programs.
pub(crate) struct Evaluator<'a> {
    pool: ThreadPool,
    /// A world for each thread.
    worlds: Vec<Mutex<World>>,
    goal: Goal,
    budget: f64,
    /// What was tried.
    tried: BTreeMap<Key, Seen>,
    honest: BTreeMap<u64, Honest>,
    broken: Vec<Broken>,
    /// What an earlier process has tried, and where this one notes what it tries.
    journal: Option<Journal>,
    count: u64,
    watch: Watch<'a>,
    /// What tells its world from the one of others that note their runs in the same file.
    world: u64,
}

impl<'a> Evaluator<'a> {
    pub fn new(
        world: &World,
        (goal, budget): (Goal, f64),
        jobs: usize,
        journal: Option<Journal>,
        watch: Watch<'a>,
    ) -> Result<Self, AttackError> {
        let pool = ThreadPoolBuilder::new().num_threads(jobs).build();
        let pool = pool.map_err(|error| AttackError::Threads { jobs, why: error.to_string() })?;
        Ok(Self {
            pool,
            worlds: (0..jobs).map(|_| Mutex::new(world.clone())).collect(),
            goal,
            budget,
            tried: BTreeMap::new(),
            honest: BTreeMap::new(),
            broken: vec![],
            journal,
            count: 0,
            watch,
            world: 0,
        })
    }

    /// Runs of a world of this name are told from those of others that are noted in the same file.
    #[must_use]
    pub fn of_world(self, name: &str) -> Self {
        Self { world: hash(name), ..self }
    }

    /// What says whether it goes on.
    pub fn watch(&self) -> Watch<'a> {
        self.watch
    }

    /// How many runs of programs were made, by this process or an earlier one of the same search.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Runs that broke an invariant of the simulator.
    pub fn broken(&self) -> &[Broken] {
        &self.broken
    }

    /// What came of a program that was tried with a seed.
    pub fn seen(&self, program: &Program, seed: u64) -> Option<Seen> {
        self.tried.get(&(digest(program) ^ self.world, seed)).copied()
    }

    /// The best honest use with a seed, if a program was tried with it.
    pub fn honest(&self, seed: u64) -> Option<Honest> {
        self.honest.get(&seed).copied()
    }

    /// What programs come to with seeds, in the goal's unit and in the order asked for; nothing if it was stopped.
    ///
    /// A run that breaks an invariant comes to less than any other.
    pub fn values(&mut self, asked: &[(&Program, u64)]) -> Result<Option<Vec<f64>>, AttackError> {
        let mut seeds: Vec<u64> = asked.iter().map(|&(_, seed)| seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        if !self.learn_honest(&seeds)? {
            return Ok(None);
        }
        let Some(seen) = self.outcomes(asked)? else { return Ok(None) };
        let value = |(seen, &(_, seed)): (&Seen, &(&Program, u64))| self.value(seen, &self.honest[&seed]);
        Ok(Some(seen.iter().zip(asked).map(value).collect()))
    }

    /// What came of programs with seeds, in the order asked for; nothing if it was stopped.
    pub fn outcomes(&mut self, asked: &[(&Program, u64)]) -> Result<Option<Vec<Seen>>, AttackError> {
        let keys = keys(asked, self.world);
        let mut new: BTreeMap<Key, &Program> = BTreeMap::new();
        for (&key, &(program, _)) in keys.iter().zip(asked) {
            if !self.tried.contains_key(&key) {
                new.insert(key, program);
            }
        }
        self.count += new.len() as u64;
        if let Some(journal) = &self.journal {
            let known = new.extract_if(.., |key, _| journal.known(key).is_some());
            self.tried.extend(known.filter_map(|(key, _)| Some((key, journal.known(&key)?))));
        }
        let new: Vec<(Key, &Program)> = new.into_iter().collect();
        let runs: Vec<(Arm, u64)> =
            new.iter().map(|&((_, seed), program)| (Arm::Program(program), seed)).collect();
        let made = self.runs(&runs);
        let whole = made.iter().all(Option::is_some);
        for (&(key, program), made) in new.iter().zip(made) {
            let Some(made) = made else { continue };
            let seen = made.unwrap_or_else(|why| {
                self.broken.push(Broken { program: program.clone(), seed: key.1, why });
                BROKEN
            });
            // What broke is run again by whoever goes on, to be told.
            if let Some(journal) = self.journal.as_mut().filter(|_| seen != BROKEN) {
                journal.note(key, seen)?;
            }
            self.tried.insert(key, seen);
        }
        if let Some(journal) = self.journal.as_mut().filter(|_| !new.is_empty()) {
            journal.flush()?;
        }
        Ok(whole.then(|| keys.iter().map(|key| self.tried[key]).collect()))
    }

    /// What an outcome is worth, in the goal's unit.
    fn value(&self, seen: &Seen, honest: &Honest) -> f64 {
        match self.goal {
            Goal::Profit => seen.wealth - honest.wealth,
            Goal::Damage if seen.others == f64::INFINITY => f64::NEG_INFINITY,
            Goal::Damage => (honest.others - seen.others) / self.budget,
            Goal::Share => seen.share - honest.share,
        }
    }

    /// Finds out what honest uses come to with these seeds; says whether it was not stopped.
    fn learn_honest(&mut self, seeds: &[u64]) -> Result<bool, AttackError> {
        let new: Vec<u64> = seeds.iter().copied().filter(|seed| !self.honest.contains_key(seed)).collect();
        let (hold, root) = (Program::new(vec![]), on_root());
        let arms = [Arm::Program(&hold), Arm::Program(&root), Arm::Index];
        let runs: Vec<(Arm, u64)> = new.iter().flat_map(|&seed| arms.map(|arm| (arm, seed))).collect();
        let made: Option<Vec<Result<Seen, String>>> = self.runs(&runs).into_iter().collect();
        let Some(made) = made else { return Ok(false) };
        let told = |(made, (_, seed)): (Result<Seen, String>, _)| {
            made.map_err(|why| AttackError::Scenario { seed, why })
        };
        let made = made.into_iter().zip(runs).map(told).collect::<Result<Vec<Seen>, _>>()?;
        for (&seed, made) in new.iter().zip(made.chunks(arms.len())) {
            let most = |of: fn(&Seen) -> f64| made.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
            let honest = Honest {
                wealth: most(|seen| seen.wealth).max(self.budget),
                others: made[0].others,
                left: made[0].left,
                share: most(|seen| seen.share).max(0.0),
            };
            self.honest.insert(seed, honest);
        }
        Ok(true)
    }

    /// The time that earlier processes have taken, if it was noted.
    pub fn clock(&self) -> Option<Time> {
        self.journal.as_ref().and_then(Journal::clock)
    }

    /// Notes the time that the search has taken.
    pub fn note_clock(&mut self, time: Time) -> Result<(), AttackError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        journal.note_clock(time)?;
        Ok(journal.flush()?)
    }

    /// Makes runs on all threads; nothing for those that were stopped, or never begun.
    fn runs(&self, runs: &[(Arm, u64)]) -> Vec<Option<Result<Seen, String>>> {
        self.pool.install(|| {
            let made = runs.par_iter().map(|&(arm, seed)| {
                if (self.watch)(1) == Progress::Stop {
                    return None;
                }
                let at = rayon::current_thread_index().unwrap_or_default() % self.worlds.len();
                let mut world = self.worlds[at].lock().expect("panics of runs are caught");
                world.run(arm, seed, self.watch).transpose()
            });
            made.collect()
        })
    }
}

/// What tells runs from others. A program that is asked for with many seeds stands many times in a row.
fn keys(asked: &[(&Program, u64)], world: u64) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::with_capacity(asked.len());
    for (at, &(program, seed)) in asked.iter().enumerate() {
        let known = keys.last().filter(|_| std::ptr::eq(asked[at - 1].0, program));
        keys.push((known.map_or_else(|| digest(program) ^ world, |&(digest, _)| digest), seed));
    }
    keys
}

/// What a run that broke counts as.
const BROKEN: Seen = Seen {
    wealth: f64::NEG_INFINITY,
    earned: 0.0,
    others: f64::INFINITY,
    left: f64::NEG_INFINITY,
    share: f64::NEG_INFINITY,
    owns: false,
    neurons: 0,
};

/// What tells a program from others.
pub(crate) fn digest(program: &Program) -> u64 {
    hash(&format!("{:?}", program.steps))
}

fn hash(text: &str) -> u64 {
    let hash = Sha256::digest(text.as_bytes());
    u64::from_le_bytes(hash[..8].try_into().expect("a hash has 32 bytes"))
}
