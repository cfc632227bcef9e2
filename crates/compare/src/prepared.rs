//! A scenario under each rule: read, then run.

use std::path::Path;

use dtao_experiment::recorded::library::Library;
use dtao_experiment::scenario::{LaunchSubnets, Loaded, Resolved};
use dtao_files::input::InputError;
use dtao_metrics::outcomes::Outcome;
use dtao_protocol::emission::Emission;
use dtao_protocol::rules::Rules;
use dtao_protocol::settable;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use crate::rules::{self, Rule, What};
use crate::table::{Basis, Column, Comparison, Of};
use crate::trace::Seen;
use crate::trial::{self, Recorded, Trial};
use crate::{CompareError, Question, Watch, asked, notes};

/// How many seeds are run to see whether anything is random.
const TRIED: u64 = 2;

/// A scenario under each rule, read and checked.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(crate) question: Question,
    /// The scenario as it is, then under each rule.
    cases: Vec<Case>,
    pub(crate) outcomes: Vec<Outcome>,
    notes: Vec<String>,
}

/// A scenario under one rule.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The rule's name.
    pub name: String,
    /// The scenario under it.
    pub loaded: Loaded,
    /// The rule of emission at the start.
    pub emission: Emission,
}

impl Prepared {
    /// Reads a scenario and all that it names, under each rule. A rule stands also where an assignment has written another.
    ///
    /// # Errors
    /// If a file, an assignment or a name is wrong, or a rule is none that the scenario can begin with.
    pub fn read(
        library: &Library,
        path: &Path,
        assignments: &[String],
        question: Question,
    ) -> Result<Self, InputError> {
        check_seeds(&question)?;
        let resolved = Resolved::read_from(library, path, assignments)?;
        let own = Loaded::of(library, path, resolved.clone(), LaunchSubnets::Needed)?;
        let first = emission(&own);
        let mut notes: Vec<String> = own.as_spec.iter().map(notes::stand_in).collect();
        let mut cases = vec![Case { name: rules::name(first), loaded: own.clone(), emission: first }];
        for rule in &question.rules {
            let Some(loaded) = under(library, path, &resolved, &own, rule)? else {
                notes.push(format!("{} is the scenario's own rule: the first column.", rule.name));
                continue;
            };
            cases.push(Case { name: rule.name.clone(), emission: emission(&loaded), loaded });
        }
        let outcomes = asked::chosen(&own, &question)?;
        if let Some(group) = &question.flow {
            asked::check_flow(&own, group)?;
        } else {
            notes.extend(notes::imposed(&own));
        }
        for case in &mut cases {
            let metrics = outcomes.iter().map(|outcome| (outcome.name.clone(), outcome.metric.clone()));
            case.loaded.scenario.metrics = metrics.collect();
        }
        Ok(Self { question, cases, outcomes, notes })
    }

    /// The scenario as it is.
    #[must_use]
    pub fn own(&self) -> &Loaded {
        &self.cases[0].loaded
    }

    /// The question.
    #[must_use]
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// How many blocks are made at most.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        let recorded = u64::from(self.question.flow.is_some());
        let runs = (self.cases.len() as u64 + recorded).saturating_mul(self.question.seeds.max(TRIED));
        self.own().scenario.blocks.saturating_mul(runs)
    }

    /// Makes all runs; nothing if it was stopped.
    ///
    /// Two seeds are run first: if they come to the same under each rule, nothing is random, and no other is run. Who asks for
    /// one seed gets one, and is told whether it says all.
    ///
    /// # Errors
    /// If threads cannot be started, a run fails, or a recorded flow does not repeat its run.
    pub fn compare(&self, watch: Watch) -> Result<Option<Comparison>, CompareError> {
        let jobs = self.question.jobs.get();
        let pool = ThreadPoolBuilder::new()
            .num_threads(jobs)
            .build()
            .map_err(|error| CompareError::Threads { jobs, why: error.to_string() })?;
        let Question { seeds, .. } = self.question;
        let first = self.question.first;
        let few: Vec<u64> = (first..first + TRIED).collect();
        let Some(mut trials) = pool.install(|| self.trials(&few, watch))? else { return Ok(None) };
        let constant = trials.iter().all(|of| of[0].is_like(&of[1]));
        let basis = match () {
            () if constant => Basis::Exact,
            () if seeds == 1 => Basis::OneSeed,
            () => Basis::Seeds,
        };
        if basis == Basis::Seeds {
            let others: Vec<u64> = (first + TRIED..first + seeds.max(TRIED)).collect();
            let Some(more) = pool.install(|| self.trials(&others, watch))? else { return Ok(None) };
            for (of, more) in trials.iter_mut().zip(more) {
                of.extend(more);
            }
        } else {
            for of in &mut trials {
                of.truncate(1);
            }
        }
        let mut notes = self.notes.clone();
        notes.extend(notes::on_seeds(basis, first));
        let columns = self.cases.iter().zip(&trials).map(|(case, trials)| {
            notes.extend(notes::overridden(&case.name, case.emission, trials));
            notes.extend(notes::values_overridden(&case.name, &case.loaded, trials));
            asked::column(&case.name, trials, &self.outcomes)
        });
        let columns: Vec<Column> = columns.collect();
        let own = self.own();
        let about = format!(
            "{}, blocks {} to {}, {}",
            own.name,
            own.first_block(),
            own.last_block(),
            match basis {
                Basis::Exact => "one run each".to_owned(),
                Basis::OneSeed => format!("seed {first}"),
                Basis::Seeds => format!("seeds {first} to {}", first + seeds - 1),
            },
        );
        let runs = trials.iter().map(|of| of.len() as u64).sum();
        let of = Of { about, runs, failed: 0 };
        Ok(Some(Comparison::of(of, &columns, &asked::described(&self.outcomes), basis, notes)))
    }

    /// By case, the runs of some seeds; nothing if it was stopped.
    fn trials(&self, seeds: &[u64], watch: Watch) -> Result<Option<Vec<Vec<Trial>>>, CompareError> {
        let Some(flows) = self.flows(seeds, watch)? else { return Ok(None) };
        let runs: Vec<(usize, usize)> =
            (0..self.cases.len()).flat_map(|case| (0..seeds.len()).map(move |seed| (case, seed))).collect();
        let made: Vec<Option<Trial>> = runs
            .par_iter()
            .map(|&(case, seed)| {
                let loaded = &self.cases[case].loaded;
                match (&self.question.flow, flows.get(seed)) {
                    (Some(group), Some((recorded, _))) => {
                        trial::run(&trial::repeating(loaded, group, recorded), seeds[seed], watch)
                    }
                    _ => trial::run(loaded, seeds[seed], watch),
                }
                .map_err(|error| CompareError::Run(error.into()))
            })
            .collect::<Result<_, _>>()?;
        let Some(made) = made.into_iter().collect::<Option<Vec<Trial>>>() else { return Ok(None) };
        for ((_, seen), trial) in flows.iter().zip(&made) {
            if seen.digest != trial.seen.digest {
                return Err(asked::not_repeated(&self.question).into());
            }
        }
        let mut made = made.into_iter();
        Ok(Some(self.cases.iter().map(|_| made.by_ref().take(seeds.len()).collect()).collect()))
    }

    /// What the group traded under the scenario's own rule, by seed; nothing if it was stopped.
    fn flows(&self, seeds: &[u64], watch: Watch) -> Result<Option<Vec<(Recorded, Seen)>>, CompareError> {
        let Some(group) = &self.question.flow else { return Ok(Some(Vec::new())) };
        let recorded: Vec<_> = seeds
            .par_iter()
            .map(|&seed| trial::record(self.own(), seed, group, watch))
            .collect::<Result<_, _>>()
            .map_err(|error| CompareError::Run(error.into()))?;
        Ok(recorded.into_iter().collect())
    }
}

/// A scenario under a rule; nothing if that is its own. `own` is what was read of `resolved`.
///
/// # Errors
/// If the scenario cannot begin with the rule.
pub fn under(
    library: &Library,
    path: &Path,
    resolved: &Resolved,
    own: &Loaded,
    rule: &Rule,
) -> Result<Option<Loaded>, InputError> {
    let mut under = resolved.clone();
    let assignments = assignments(own, rule);
    let of = |mut error: InputError| {
        for assignment in &assignments {
            error = error.not_from(assignment);
        }
        error.of(&rule.name)
    };
    for assignment in &assignments {
        under = under.with(assignment.clone()).map_err(of)?;
    }
    let loaded = Loaded::of(library, path, under, LaunchSubnets::Needed).map_err(of)?;
    let is_own = loaded.scenario == own.scenario || rule.what == What::Emission(emission(own));
    Ok((!is_own).then_some(loaded))
}

/// There are seeds, and none of them is beyond the last number; two are tried whatever was asked for.
fn check_seeds(question: &Question) -> Result<(), InputError> {
    let Question { first, seeds, .. } = *question;
    if seeds == 0 {
        return Err(InputError::file("--seeds", "there are none", Some("ask for one or more".into())));
    }
    let all = seeds.max(TRIED);
    if first.checked_add(all).is_some() {
        return Ok(());
    }
    let message = format!("{all} seeds from {first} on: there are none beyond {}", u64::MAX - 1);
    let help = format!("the first of {all} seeds is at most {}", u64::MAX - all);
    Err(InputError::file("--seeds", message, Some(help)))
}

/// The assignments that put a scenario under a rule.
fn assignments(own: &Loaded, rule: &Rule) -> Vec<String> {
    match &rule.what {
        What::Spec(spec) => vec![format!("protocol.spec={}", u16::from(*spec))],
        What::Emission(emission) => vec![format!("{}={}", place(own), settable::text(emission))],
        What::Values(values) => {
            values.iter().map(|(path, value)| format!("protocol.rules.{path}={value}")).collect()
        }
    }
}

/// Where a scenario says how TAO is shared: at the start or, where root votes then, at the change that ends its votes.
fn place(own: &Loaded) -> String {
    let votes = |spec| Rules::at(spec).emission == Emission::RootVote;
    if !votes(own.scenario.protocol.spec) {
        return "protocol.rules.emission".into();
    }
    let mut changes = own.scenario.eras.iter();
    let ends = changes.position(|change| change.spec.is_some_and(|spec| !votes(spec)));
    ends.map_or_else(|| "protocol.rules.emission".into(), |change| format!("eras[{change}].rules.emission"))
}

/// The rule of emission at the start, or the one that is set where root's votes end.
fn emission(loaded: &Loaded) -> Emission {
    let protocol = &loaded.scenario.protocol;
    let before = loaded.checkpoint.as_ref().map_or_else(|| Rules::at(protocol.spec), |state| state.rules);
    protocol.applied_to(&before).emission
}
