//! `dtao attack`: the attack that gains most, searched for.

use std::path::Path;

use dtao_attack::folder::{AttackFolder, Found};
use dtao_attack::table::Table;
use dtao_attack::{AttackError, Effort, Goal, Kind, Method, Others, Prepared, Question, Report};
use dtao_compare::rules;
use dtao_experiment::recorded::library::Library;
use dtao_files::folder::Beginning;

use crate::again::stopped;
use crate::arguments::{AttackArguments, AttackGoal, AttackMethod, at_once};
use crate::kind::expect_scenario;
use crate::output::{self, Bar};
use crate::report::{self, Error, Exit};
use crate::seeded::programs;
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
    if let Some((_, Found::Complete { faults })) = &folder {
        report::note("this result is complete; it is in the folder");
        return Ok(ended(*faults));
    }
    let folder = folder.map(|(folder, _)| folder);
    let journals = folder.as_ref().map(AttackFolder::journals);
    let found = if arguments.table {
        tabled(&prepared, journals.as_deref(), stopper)?.map(Made::Table)
    } else {
        searched(&prepared, journals.as_deref(), stopper)?.map(Made::Search)
    };
    let Some(found) = found else {
        if folder.is_some() {
            return Ok(stopped());
        }
        report::note("stopped; nothing was found out");
        return Ok(Exit::Interrupted);
    };
    let faults = match &found {
        Made::Search(found) => {
            folder.map(|folder| folder.complete(&prepared, found)).transpose()?;
            output::attack(&prepared, found, out, json);
            found.faults()
        }
        Made::Table(table) => {
            folder.map(|folder| folder.complete_table(&prepared, table)).transpose()?;
            output::attack_table(&prepared, table, out, json);
            table.faults()
        }
    };
    Ok(ended(faults))
}

/// How a result ends that counts faults of the simulator.
const fn ended(faults: usize) -> Exit {
    if faults == 0 { Exit::Done } else { Exit::Run }
}

/// What was asked for.
enum Made {
    Search(Report),
    Table(Table),
}

/// Tries known programs under every rule with a bar; nothing if it was stopped.
fn tabled(prepared: &Prepared, journals: Option<&Path>, stopper: &Stopper) -> Result<Option<Table>, Error> {
    let bar = Bar::new(Table::runs(prepared), "runs");
    let made = Table::of(prepared, journals, &|made| {
        bar.add(made);
        stopper.progress()
    });
    bar.finish();
    Ok(made?)
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
    let (names, seeded) = programs(&arguments.seed_with)?.into_iter().unzip();
    Ok(Question {
        budget: arguments.budget,
        goal: match arguments.goal {
            AttackGoal::Profit => Goal::Profit,
            AttackGoal::Damage => Goal::Damage,
            AttackGoal::Share => Goal::Share,
        },
        accounts: arguments.accounts,
        kinds: Kind::list(&arguments.ops)?,
        subnets: arguments.subnets.clone(),
        seeded,
        names: if arguments.table { names } else { vec![] },
        against: arguments
            .against
            .as_deref()
            .map(|list| rules::rules(list).map_err(|error| error.of("--against")))
            .transpose()?
            .unwrap_or_default(),
        others: if arguments.respond { Others::Answer } else { Others::Asleep },
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
