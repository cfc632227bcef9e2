//! One function per command.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::CommandFactory;
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::calibrate::{CalibrationError, calibrate, to_csv};
use dtao_experiment::conform::{FileReport, conform};
use dtao_experiment::forecast;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::{Failure, Options, Output, Progress, run as run_scenario};
use dtao_experiment::scenario::{LaunchSubnets, Loaded};
use dtao_experiment::verify::verify;
use dtao_files::folder::{Beginning, write_whole};
use dtao_files::input::{Source, ron_file};
use dtao_fit::file::Question;
use dtao_protocol::era::Spec;
use dtao_protocol::units::{Block, Netuid};
use dtao_report::{Counts, unit_of_metric};
use dtao_sweep::plan::{Plan, is_sweep};

use crate::arguments::{
    Arguments, CalibrateArguments, Command, Experiment, ForecastArguments, RunArguments, ScenarioArguments,
    VerifyArguments,
};
use crate::attack::attack_command;
use crate::catalogue::Topic;
use crate::compare::compare_command;
use crate::equilibrium::equilibrium_command;
use crate::fit::fit_command;
use crate::found::Found;
use crate::kind::expect_scenario;
use crate::output::{self, Bar};
use crate::page::{
    expect_report_can_be_written, read_back, report_command, show_command, to_show, write_page,
};
use crate::pool::{import_command, pool_command};
use crate::report::{self, Error, Exit, note};
use crate::reproduce::{claims, placebo, sn28, study};
use crate::shipped;
use crate::stand_in::tell_stand_in;
use crate::stopper::Stopper;
use crate::sweep;
use crate::target::{its_folder_exists, refuse_to_replace};

/// Carries out the command, and tells who watches how long one took that makes runs.
pub(crate) fn run(arguments: &Arguments, stopper: &Stopper) -> Result<Exit, Error> {
    output::begin();
    let exit = carried_out(arguments, stopper)?;
    let makes_runs = match &arguments.command {
        Command::Sweep(sweep) => !sweep.dry_run,
        Command::Run(_)
        | Command::Compare(_)
        | Command::Verify(_)
        | Command::Attack(_)
        | Command::Equilibrium(_)
        | Command::Reproduce(_) => true,
        _ => false,
    };
    if makes_runs && exit != Exit::Interrupted {
        output::tell_seconds();
    }
    Ok(exit)
}

fn carried_out(arguments: &Arguments, stopper: &Stopper) -> Result<Exit, Error> {
    let json = arguments.json;
    match &arguments.command {
        Command::Run(run) => run_command(run, stopper, json),
        Command::Sweep(arguments) => sweep::sweep_command(arguments, stopper, json),
        Command::Merge(arguments) => sweep::merge_command(arguments, stopper, json),
        Command::Fit(arguments) => fit_command(arguments, stopper, json),
        Command::Equilibrium(arguments) => equilibrium_command(arguments, stopper, json),
        Command::Compare(arguments) => compare_command(arguments, stopper, json),
        Command::Attack(arguments) => attack_command(arguments, stopper, json),
        Command::Report(arguments) => report_command(arguments, stopper, json),
        Command::Show(arguments) => show_command(arguments, json),
        Command::Pool(arguments) => pool_command(arguments, stopper, json),
        Command::Import(arguments) => import_command(arguments, stopper, json),
        Command::Verify(verify) => verify_command(verify, json),
        Command::Conform { paths, strict } => conform_command(paths, *strict, json),
        Command::Init { folder } => {
            let Some(configs) = shipped::init(folder, stopper)? else {
                note("stopped; nothing was written");
                return Ok(Exit::Interrupted);
            };
            output::initialised(folder, &configs, json);
            Ok(Exit::Done)
        }
        Command::Check { files, as_spec } => Ok(check_command(files, *as_spec, json)),
        Command::Reproduce(reproduce) => match reproduce.experiment {
            Experiment::Sn28 => sn28(reproduce, stopper, json),
            Experiment::Placebo => placebo(reproduce, stopper, json),
            Experiment::Claims => claims(reproduce, json),
            Experiment::Study(which) => study(which, reproduce, stopper, json),
        },
        Command::Forecast(forecast) => forecast_command(forecast, stopper, json),
        Command::Calibrate(calibrate) => calibrate_command(calibrate, stopper, json),
        Command::List { topic, root } => {
            let topics = topic.map_or_else(|| Topic::ALL.to_vec(), |topic| vec![topic]);
            let of_files =
                topics.iter().any(|topic| matches!(topic, Topic::Scenarios | Topic::Sweeps | Topic::Fits));
            if of_files && !root.join("configs").is_dir() {
                return Err(Error::argument(
                    format!("{}: there is no folder `configs` in it", root.display()),
                    "name the project's folder with --root, or go there",
                ));
            }
            let sections: Vec<_> = topics.iter().map(|topic| topic.section(root)).collect();
            output::catalogue(&sections, json);
            Ok(Exit::Done)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "dtao", &mut script);
            output::write_stdout(&String::from_utf8_lossy(&script));
            Ok(Exit::Done)
        }
    }
}

/// Reads files; one that is wrong does not keep the others from being read.
fn check_command(files: &[PathBuf], as_spec: Option<Spec>, json: bool) -> Exit {
    let (mut exit, mut good) = (Exit::Done, Vec::new());
    for file in files {
        match check(file, as_spec) {
            Ok(found) if json => good.push(found),
            Ok(found) => output::checked(&found),
            Err(error) => {
                report::print(&error);
                exit = Exit::Input;
            }
        }
    }
    if json {
        output::print_json(&serde_json::json!({ "good": good }));
    }
    exit
}

fn check(file: &Path, as_spec: Option<Spec>) -> Result<Found, Error> {
    let library = Arc::new(Library::reading_as(as_spec));
    if ron_file::name(&Source::read(file)?.text) == "Fit" {
        return Ok(Found::fit(file, &Question::read(file)?));
    }
    if is_sweep(file)? {
        let plan = Plan::of(Source::read(file)?, None, Arc::clone(&library))?;
        plan.check()?;
        tell_stand_in(&library, as_spec)?;
        output::design_note(&plan);
        return Ok(Found::sweep(file, &plan));
    }
    let loaded = Loaded::read_from(&library, file, &[], LaunchSubnets::Needed)?;
    tell_stand_in(&library, as_spec)?;
    Ok(Found::scenario(file, &loaded))
}

fn load(arguments: &ScenarioArguments, subnets: LaunchSubnets) -> Result<Loaded, Error> {
    let mut assignments = arguments.set.clone();
    assignments.extend(arguments.blocks.map(|blocks| format!("blocks={blocks}")));
    let library = Library::reading_as(arguments.as_spec);
    expect_scenario(&arguments.scenario)?;
    let loaded = Loaded::read_from(&library, &arguments.scenario, &assignments, subnets)?;
    tell_stand_in(&library, arguments.as_spec)?;
    Ok(loaded)
}

/// Runs vector files; one that is not a vector file is told after the others' reports.
fn conform_command(paths: &[PathBuf], strict: bool, json: bool) -> Result<Exit, Error> {
    let (mut reports, mut refused) = (Vec::new(), Vec::new());
    for file in conform(paths)? {
        match file {
            Ok(report) => reports.push(report),
            Err(error) => refused.push(error),
        }
    }
    output::conform(&reports, json);
    let fails = |report: &FileReport| !report.failures.is_empty() || (strict && report.unsupported > 0);
    let exit = match () {
        () if !refused.is_empty() => Exit::Input,
        () if reports.iter().any(fails) => Exit::Failed,
        () => Exit::Done,
    };
    for error in refused {
        report::print(&error.into());
    }
    Ok(exit)
}

fn run_command(arguments: &RunArguments, stopper: &Stopper, json: bool) -> Result<Exit, Error> {
    let loaded = load(&arguments.scenario, LaunchSubnets::Needed)?;
    let audit = if arguments.audit { Audit::EveryBlock } else { Audit::Off };
    let options = Options { seed: RunSeed(arguments.seed), audit };
    let beginning = if arguments.force { Beginning::Replacing } else { Beginning::Fresh };
    let out = arguments.out.as_deref().map(|folder| Output { folder, beginning });
    if let Some(folder) = arguments.out.as_deref().filter(|_| arguments.report) {
        expect_report_can_be_written(folder)?;
    }
    stopper.writes();
    output::unreached(&loaded.unreached(), loaded.last_block());
    let bar = Bar::new(loaded.scenario.blocks, "blocks");
    let summary = run_scenario(&loaded, options, out, &mut |made| {
        bar.at(made);
        stopper.progress()
    });
    bar.finish();
    let summary = summary?;
    if summary.kept_earlier {
        note("interrupted: the earlier result was kept");
    }
    let out = arguments.out.as_deref().filter(|_| !summary.kept_earlier);
    let (report, failed) = match out.filter(|_| arguments.report || !json).map(read_back) {
        Some(Err(error)) if arguments.report => (None, Some(error)),
        read => (read.and_then(to_show), None),
    };
    let sight = report.as_ref().filter(|_| !json).map(|report| report.sight(output::columns(100)));
    let metrics = &loaded.scenario.metrics;
    let unit = |name: &str| metrics.get(name).map_or("", unit_of_metric);
    output::summary(&summary, sight.as_deref(), &unit, out, json);
    if let Some(error) = failed {
        return Err(error);
    }
    if let (Some(report), Some(folder)) = (&report, out.filter(|_| arguments.report)) {
        output::page(&write_page(report, folder)?, json);
    }
    if !json {
        let missing = summary.metrics.values().filter(|value| value.is_none()).count() as u64;
        output::ended(Counts { runs: 1, failed: 0, missing });
    }
    for group in &summary.all_refused {
        note(&group.to_string());
    }
    Ok(if summary.interrupted { Exit::Interrupted } else { Exit::Done })
}

fn verify_command(arguments: &VerifyArguments, json: bool) -> Result<Exit, Error> {
    let loaded = load(&arguments.scenario, LaunchSubnets::Needed)?;
    if loaded.scenario.expect.is_empty() {
        return Err(Error::argument(
            format!("{}: the scenario expects nothing", arguments.scenario.scenario.display()),
            "add an `expect` table, or use `dtao run`",
        ));
    }
    output::unreached(&loaded.unreached(), loaded.last_block());
    let (first, end) = arguments.seeds.from(1);
    let bar = Bar::new(loaded.scenario.blocks.saturating_mul(end - first), "blocks");
    let table = verify(&loaded, first..end, &|made| {
        bar.add(made);
        // Nothing is written: whoever asks the program to end ends it at once.
        Progress::Continue
    })?;
    bar.finish();
    output::verification(&table, json);
    Ok(if table.all_met() { Exit::Done } else { Exit::Failed })
}

fn forecast_command(arguments: &ForecastArguments, stopper: &Stopper, json: bool) -> Result<Exit, Error> {
    if let Some(file) = &arguments.out {
        its_folder_exists(file)?;
        refuse_to_replace(file, arguments.force, forecast::HEADER, "a table of reserves")?;
    }
    let library = Library::reading_as(arguments.as_spec);
    let read = |file: &PathBuf| Loaded::read_from(&library, file, &arguments.set, LaunchSubnets::Needed);
    let loaded: Vec<Loaded> = arguments.scenarios.iter().map(read).collect::<Result<_, _>>()?;
    tell_stand_in(&library, arguments.as_spec)?;
    let options = Options { seed: RunSeed(arguments.seed), audit: Audit::Off };
    stopper.writes();
    let bar = Bar::new(loaded.iter().map(|loaded| loaded.scenario.blocks).sum(), "blocks");
    let netuids = arguments.netuids.clone().unwrap_or(1..=u16::MAX);
    let mut forecasts = Vec::new();
    for loaded in &loaded {
        let pools = forecast::reserves(loaded, options, &netuids, &|made| {
            bar.add(made);
            stopper.progress()
        });
        let Some(pools) = pools.map_err(|error| Error::Run(Failure::Run(error)))? else {
            bar.finish();
            note("stopped; no forecast was written");
            return Ok(Exit::Interrupted);
        };
        forecasts.push(pools);
    }
    bar.finish();
    let pools = forecast::together(&forecasts);
    match &arguments.out {
        None if json => {}
        None => output::text(&forecast::table(&pools)),
        Some(file) => write_whole(file, &forecast::table(&pools))?,
    }
    if json {
        output::forecast(&pools, arguments.out.as_deref());
    }
    Ok(Exit::Done)
}

fn calibrate_command(arguments: &CalibrateArguments, stopper: &Stopper, json: bool) -> Result<Exit, Error> {
    if let Some(file) = &arguments.out {
        its_folder_exists(file)?;
    }
    let known =
        arguments.registered.iter().map(|text| registered(text)).collect::<Result<BTreeMap<_, _>, _>>()?;
    if let Some(file) = &arguments.out {
        refuse_to_replace(file, arguments.force, &to_csv(&[]), "a table of launch subnets")?;
    }
    let loaded = load(&arguments.scenario, LaunchSubnets::ToBeMade)?;
    let rounds = loaded.scenario.calibration.map_or(0, |calibration| u64::from(calibration.rounds));
    let bar = Bar::new(rounds, "rounds");
    let calibrated =
        calibrate(loaded, &known, &mut |round| bar.at(u64::from(round))).map_err(|error| match error {
            CalibrationError::Input(error) => Error::from(error),
            CalibrationError::Run(error) => Error::Run(Failure::Run(error)),
        })?;
    bar.finish();
    output::calibration(&calibrated);
    let text = to_csv(&calibrated.subnets);
    match &arguments.out {
        None if json => {}
        None => output::text(&text),
        Some(file) => {
            stopper.writes();
            write_whole(file, &text)?;
        }
    }
    if json {
        output::calibrated(&calibrated, arguments.out.as_deref());
    }
    Ok(Exit::Done)
}

fn registered(text: &str) -> Result<(Netuid, Block), Error> {
    let parsed = text.split_once('=').and_then(|(netuid, block)| {
        Some((Netuid(netuid.trim().parse().ok()?), Block(block.trim().replace('_', "").parse().ok()?)))
    });
    parsed.ok_or_else(|| {
        Error::argument(
            format!("--registered {text}: this is not a subnet and a block"),
            "write for example --registered 28=4878363",
        )
    })
}
