//! `dtao compare`: rules, or the arms of a finished sweep, beside each other.

use dtao_compare::folder::ComparisonFolder;
use dtao_compare::{CompareError, Comparison, OwnMetrics, Prepared, Question, arms, rules};
use dtao_experiment::recorded::library::Library;
use dtao_files::folder::Beginning;
use dtao_sweep::seeds::Seeds;

use crate::arguments::{CompareArguments, at_once};
use crate::output::{self, Bar, Shape};
use crate::report::{self, Error, Exit};
use crate::stand_in::tell_stand_in;
use crate::stopper::Stopper;

/// Compares what is named, and prints or writes the table.
pub(crate) fn compare_command(
    arguments: &CompareArguments,
    stopper: &Stopper,
    json: bool,
) -> Result<Exit, Error> {
    let shape = match (json, arguments.csv, arguments.markdown) {
        (true, ..) => Shape::Json,
        (_, true, _) => Shape::Csv,
        (.., true) => Shape::Markdown,
        _ => Shape::Table,
    };
    let target = &arguments.scenario.scenario;
    let made = if target.is_dir() { of_arms(arguments, stopper)? } else { of_rules(arguments, stopper)? };
    let Some(comparison) = made else {
        report::note("stopped; no comparison was made");
        return Ok(Exit::Interrupted);
    };
    output::comparison(&comparison, shape, arguments.out.as_deref());
    Ok(Exit::Done)
}

fn beginning(arguments: &CompareArguments) -> Beginning {
    if arguments.force { Beginning::Replacing } else { Beginning::Fresh }
}

/// The arms of a sweep.
fn of_arms(arguments: &CompareArguments, stopper: &Stopper) -> Result<Option<Comparison>, Error> {
    let sweep = &arguments.scenario.scenario;
    let of_scenarios = [
        ("--rules", arguments.rules.is_some()),
        ("--seeds", arguments.seeds.is_some()),
        ("--set", !arguments.scenario.set.is_empty()),
        ("--as-spec", arguments.scenario.as_spec.is_some()),
        ("--blocks", arguments.scenario.blocks.is_some()),
        ("--metrics", arguments.metrics),
        ("--attackers", !arguments.attackers.is_empty()),
        ("--flow", arguments.flow.is_some()),
        ("--jobs", arguments.jobs.is_some()),
    ];
    if let Some((name, _)) = of_scenarios.iter().find(|(_, given)| *given) {
        return Err(Error::argument(
            format!("{name}: {} is a folder, and no runs are made for a sweep's arms", sweep.display()),
            "leave the option out, or name a scenario's file",
        ));
    }
    let (base, outcomes) = (arguments.base.as_deref(), &arguments.outcomes);
    // All is read before anything is written.
    let comparison = arms::compare(sweep, base, outcomes)?;
    if let Some(out) = &arguments.out {
        stopper.writes();
        let folder = ComparisonFolder::of_arms(out, sweep, base, outcomes, beginning(arguments))?;
        if stopper.stopped() {
            folder.drop_work()?;
            return Ok(None);
        }
        folder.complete(&comparison)?;
    }
    Ok(Some(comparison))
}

/// Rules of a scenario.
fn of_rules(arguments: &CompareArguments, stopper: &Stopper) -> Result<Option<Comparison>, Error> {
    let scenario = &arguments.scenario;
    if arguments.base.is_some() {
        return Err(Error::argument(
            format!("--base: {} is not the folder of a sweep", scenario.scenario.display()),
            "leave it out: rules are compared with the scenario's own",
        ));
    }
    let Some(list) = &arguments.rules else {
        return Err(Error::argument(
            format!(
                "{}: --rules is missing, so there is nothing to compare the scenario with",
                scenario.scenario.display()
            ),
            "name rules, such as --rules MarketCap,SpotPrice,spec:257; `dtao list emission-rules` shows those that there are",
        ));
    };
    let (first, end) = arguments.seeds.unwrap_or(Seeds::First(SEEDS)).from(1);
    let question = Question {
        rules: rules::rules(list)?,
        first,
        seeds: end - first,
        outcomes: arguments.outcomes.clone(),
        own_metrics: if arguments.metrics { OwnMetrics::Reported } else { OwnMetrics::Named },
        attackers: arguments.attackers.clone(),
        flow: arguments.flow.clone(),
        jobs: at_once(arguments.jobs),
    };
    let blocks = scenario.blocks.map(|blocks| format!("blocks={blocks}"));
    let assignments: Vec<String> = scenario.set.iter().cloned().chain(blocks).collect();
    let library = Library::reading_as(scenario.as_spec);
    let prepared = Prepared::read(&library, &scenario.scenario, &assignments, question)?;
    tell_stand_in(&library, scenario.as_spec)?;
    // From here on an interrupt leaves the folder as it was.
    stopper.writes();
    let folder = arguments
        .out
        .as_ref()
        .map(|out| ComparisonFolder::of_rules(out, &prepared, beginning(arguments)))
        .transpose()?;
    let bar = Bar::new(prepared.blocks(), "blocks");
    let compared = prepared.compare(&|made| {
        bar.add(made);
        stopper.progress()
    });
    bar.finish();
    let Some(folder) = folder else { return Ok(compared?) };
    match compared {
        Ok(Some(comparison)) => {
            folder.complete(&comparison)?;
            Ok(Some(comparison))
        }
        other => {
            // Why there is no result is told first; whoever opens the folder next drops what was begun, too.
            let dropped = folder.drop_work();
            let none = other?;
            dropped?;
            Ok(none)
        }
    }
}

/// How many seeds are run where it is not said.
const SEEDS: u64 = 10;

impl From<CompareError> for Error {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Input(error) => error.into(),
            CompareError::Folder(error) => error.into(),
            CompareError::Run(failure) => failure.into(),
            CompareError::Threads { .. } => {
                Self::argument(error.to_string(), "write a lower number after --jobs")
            }
        }
    }
}
