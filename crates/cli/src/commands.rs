//! One function per command.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::calibrate::{CalibrationError, calibrate, to_csv};
use dtao_experiment::catalogue::catalogue;
use dtao_experiment::conform::{FileReport, conform};
use dtao_experiment::input::InputError;
use dtao_experiment::run::{Failure, Options, run as run_scenario};
use dtao_experiment::scenario::{LaunchSubnets, Loaded};
use dtao_experiment::sweep::plan::{Plan, is_sweep};
use dtao_experiment::verify::verify;
use dtao_protocol::units::{Block, Netuid};

use crate::arguments::{
    Arguments, CalibrateArguments, Command, Experiment, RunArguments, ScenarioArguments, VerifyArguments,
};
use crate::output::{self, Bar, Stopper};
use crate::report::{self, Error, Exit};
use crate::reproduce::sn28;
use crate::sweep;

/// Carries out the command.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let json = arguments.json;
    match &arguments.command {
        Command::Run(run) => run_command(run, json),
        Command::Sweep(arguments) => sweep::sweep_command(arguments, json),
        Command::Merge(arguments) => sweep::merge_command(arguments, json),
        Command::Verify(verify) => verify_command(verify, json),
        Command::Conform { paths, strict } => conform_command(paths, *strict, json),
        Command::Check { files } => {
            let mut exit = Exit::Done;
            for file in files {
                if let Err(error) = check(file) {
                    report::print(&error.into());
                    exit = Exit::Input;
                }
            }
            Ok(exit)
        }
        Command::Reproduce(reproduce) => match reproduce.experiment {
            Experiment::Sn28 => sn28(reproduce, json),
        },
        Command::Calibrate(calibrate) => calibrate_command(calibrate),
        Command::List { root } => {
            if !root.join("configs").is_dir() {
                return Err(Error::argument(
                    format!("{}: there is no folder `configs` in it", root.display()),
                    "name the project's folder with --root, or go there",
                ));
            }
            output::catalogue(&catalogue(root), json);
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

fn check(file: &Path) -> Result<(), InputError> {
    if is_sweep(file)? {
        let plan = Plan::read(file, None)?;
        plan.check()?;
        output::checked_sweep(file, &plan);
    } else {
        output::checked(file, &Loaded::read(file, &[])?);
    }
    Ok(())
}

fn load(arguments: &ScenarioArguments, subnets: LaunchSubnets) -> Result<Loaded, InputError> {
    let mut assignments = arguments.set.clone();
    assignments.extend(arguments.blocks.map(|blocks| format!("blocks={blocks}")));
    Loaded::read_with(&arguments.scenario, &assignments, subnets)
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

fn run_command(arguments: &RunArguments, json: bool) -> Result<Exit, Error> {
    let loaded = load(&arguments.scenario, LaunchSubnets::Needed)?;
    if let Some(folder) = &arguments.out {
        claim(folder, arguments.force)?;
    }
    let audit = if arguments.audit { Audit::EveryBlock } else { Audit::Off };
    let options = Options { seed: RunSeed(arguments.seed), audit };
    let stopper = Stopper::install();
    let bar = Bar::new(loaded.scenario.blocks, "blocks");
    let summary = run_scenario(&loaded, options, arguments.out.as_deref(), &mut |made| {
        bar.at(made);
        stopper.progress()
    })?;
    bar.finish();
    output::summary(&summary, arguments.out.as_deref(), json);
    Ok(if summary.interrupted { Exit::Interrupted } else { Exit::Done })
}

/// Makes sure that a folder holds no results that would be lost.
fn claim(folder: &Path, force: bool) -> Result<(), Error> {
    if folder.exists() && !folder.is_dir() {
        return Err(Error::argument(
            format!("{}: this is a file, not a folder", folder.display()),
            "name a folder that does not exist yet: it will be made",
        ));
    }
    let used = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if used && !force {
        return Err(Error::argument(
            format!("{}: the folder is not empty", folder.display()),
            "name another folder, or replace the results in it with --force",
        ));
    }
    fs::create_dir_all(folder).map_err(|error| {
        Error::argument(
            format!("{}: the folder cannot be made: {error}", folder.display()),
            "name a folder that you may write to",
        )
    })
}

fn verify_command(arguments: &VerifyArguments, json: bool) -> Result<Exit, Error> {
    let loaded = load(&arguments.scenario, LaunchSubnets::Needed)?;
    if loaded.scenario.expect.is_empty() {
        return Err(Error::argument(
            format!("{}: the scenario expects nothing", arguments.scenario.scenario.display()),
            "add an `expect` table, or use `dtao run`",
        ));
    }
    let stopper = Stopper::install();
    let bar = Bar::new(loaded.scenario.blocks * arguments.seeds, "blocks");
    let table = verify(&loaded, arguments.seeds, &|made| {
        bar.add(made);
        stopper.progress()
    })?;
    bar.finish();
    if stopper.stopped() {
        return Ok(Exit::Interrupted);
    }
    output::verification(&table, json);
    Ok(if table.all_met() { Exit::Done } else { Exit::Failed })
}

fn calibrate_command(arguments: &CalibrateArguments) -> Result<Exit, Error> {
    if let Some(folder) = arguments.out.as_ref().and_then(|file| file.parent())
        && !folder.as_os_str().is_empty()
        && !folder.is_dir()
    {
        return Err(Error::argument(
            format!("{}: there is no such folder", folder.display()),
            "make it first",
        ));
    }
    let known =
        arguments.registered.iter().map(|text| registered(text)).collect::<Result<BTreeMap<_, _>, _>>()?;
    if let Some(file) = arguments.out.as_ref().filter(|file| file.exists() && !arguments.force) {
        return Err(Error::argument(
            format!("{}: the file exists", file.display()),
            "name another file, or replace it with --force",
        ));
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
        None => output::text(&text),
        Some(file) => {
            let partial = file.with_extension("csv.part");
            let written = fs::write(&partial, text).and_then(|()| fs::rename(&partial, file));
            written.map_err(|error| {
                // Nothing half-written stays behind; that it cannot be removed adds nothing to the report.
                let _ = fs::remove_file(&partial);
                Error::Write(format!("{}: {error}", file.display()))
            })?;
        }
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
