//! `dtao attack`: the attack that gains most, searched for.

use std::path::Path;

use dtao_agents::StrategySpec;
use dtao_agents::program::Program;
use dtao_attack::folder::{AttackFolder, Found};
use dtao_attack::{AttackError, Effort, Goal, Kind, Method, Prepared, Question, Report};
use dtao_compare::rules;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::scenario::Resolved;
use dtao_files::folder::Beginning;

use crate::again::stopped;
use crate::arguments::{AttackArguments, AttackGoal, AttackMethod, at_once};
use crate::kind::expect_scenario;
use crate::output::{self, Bar};
use crate::report::{self, Error, Exit};
use crate::stand_in::tell_stand_in;
use crate::stopper::Stopper;

/// How many runs end a search where it is not said.
const EVALUATIONS: u64 = 10_000;

/// Searches, and prints or writes what is found.
pub(crate) fn attack_command(
    arguments: &AttackArguments,
    stopper: &Stopper,
    json: bool,
) -> Result<Exit, Error> {
    let scenario = &arguments.scenario;
    expect_scenario(&scenario.scenario)?;
    let blocks = scenario.blocks.map(|blocks| format!("blocks={blocks}"));
    let assignments: Vec<String> = scenario.set.iter().cloned().chain(blocks).collect();
    let library = Library::reading_as(scenario.as_spec);
    let prepared = Prepared::read(&library, &scenario.scenario, &assignments, question(arguments)?)?;
    tell_stand_in(&library, scenario.as_spec)?;
    // From here on an interrupt leaves what can be gone on with.
    stopper.writes();
    let beginning = Beginning::asked(arguments.resume, arguments.force);
    let out = arguments.out.as_deref();
    let folder = out.map(|out| AttackFolder::open(out, &prepared, beginning)).transpose()?;
    if let Some((_, Found::Complete)) = &folder {
        report::note("this search is complete; its results are in the folder");
        return Ok(Exit::Done);
    }
    let folder = folder.map(|(folder, _)| folder);
    let journals = folder.as_ref().map(AttackFolder::journals);
    let report = searched(&prepared, journals.as_deref(), stopper)?;
    let Some(found) = report else {
        if folder.is_some() {
            return Ok(stopped());
        }
        report::note("stopped; nothing was found out");
        return Ok(Exit::Interrupted);
    };
    if let Some(folder) = folder {
        folder.complete(&prepared, &found)?;
    }
    output::attack(&prepared, &found, out, json);
    Ok(if found.faults() == 0 { Exit::Done } else { Exit::Run })
}

/// Searches with a bar; nothing if it was stopped.
fn searched(
    prepared: &Prepared,
    journals: Option<&Path>,
    stopper: &Stopper,
) -> Result<Option<Report>, Error> {
    let searches = 1 + prepared.question().against.len() as u64;
    let runs = match prepared.question().effort {
        Effort::Evaluations(runs) => runs.saturating_mul(searches),
        Effort::Minutes(_) => 0,
    };
    let bar = Bar::new(runs, "runs");
    let found = prepared.attack(journals, &|made| {
        bar.add(made);
        stopper.progress()
    });
    bar.finish();
    Ok(found?)
}

fn question(arguments: &AttackArguments) -> Result<Question, Error> {
    let seeded = arguments.seed_with.as_deref().map(programs).transpose()?.unwrap_or_default();
    Ok(Question {
        budget: arguments.budget,
        goal: match arguments.goal {
            AttackGoal::Profit => Goal::Profit,
            AttackGoal::Damage => Goal::Damage,
            AttackGoal::Share => Goal::Share,
        },
        accounts: arguments.accounts,
        kinds: Kind::list(&arguments.ops)?,
        seeded,
        against: arguments
            .against
            .as_deref()
            .map(|list| rules::rules(list).map_err(|error| error.of("--against")))
            .transpose()?
            .unwrap_or_default(),
        seed: arguments.seed,
        method: match arguments.method {
            AttackMethod::Search => Method::Search,
            AttackMethod::Random => Method::Random,
            AttackMethod::HillClimbing => Method::HillClimbing,
        },
        effort: match arguments.minutes {
            Some(minutes) => Effort::Minutes(minutes),
            None => Effort::Evaluations(arguments.evaluations.unwrap_or(EVALUATIONS)),
        },
        jobs: at_once(arguments.jobs),
    })
}

/// The programs of a scenario's groups.
fn programs(file: &Path) -> Result<Vec<Program>, Error> {
    let scenario = Resolved::read(file, &[])?.scenario;
    let mut programs = Vec::new();
    for group in scenario.agents {
        if let StrategySpec::Program(program) = group.strategy {
            programs.push(program);
        }
    }
    if programs.is_empty() {
        return Err(Error::argument(
            format!("--seed-with {}: no group of it follows a `Program`", file.display()),
            "name a scenario with one, such as an attack_1.ron that `dtao attack` has written",
        ));
    }
    Ok(programs)
}

impl From<AttackError> for Error {
    fn from(error: AttackError) -> Self {
        match error {
            AttackError::Input(error) => error.into(),
            AttackError::Folder(error) => error.into(),
            AttackError::Threads { .. } => {
                Self::argument(error.to_string(), "write a lower number after --jobs")
            }
            AttackError::Scenario { .. } => Self::Broken(error.to_string()),
        }
    }
}
