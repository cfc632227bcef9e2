//! The experiments on the article's claims, and the table of the claims.

use std::path::{Path, PathBuf};

use dtao_files::input::InputError;
use dtao_reproduce::folder::ExperimentFolder;
use dtao_reproduce::runs::Runs;
use dtao_reproduce::study::{Extent, Made, Part, Study};
use dtao_reproduce::tables::answers_csv;
use dtao_reproduce::{claims as article, editions};
use dtao_sweep::plan::Plan;

use super::{Making, stopped};
use crate::arguments::ReproduceArguments;
use crate::output::{self, Edition};
use crate::page::report_on;
use crate::report::{Error, Exit, note};
use crate::stopper::Stopper;

/// Makes a study's sweeps, then says what they say.
pub(crate) fn study(
    study: &'static Study,
    arguments: &ReproduceArguments,
    stopper: &Stopper,
    json: bool,
) -> Result<Exit, Error> {
    let mut making = Making::new(arguments, stopper, study.name)?;
    let extent =
        if arguments.full { Extent::Whole } else { Extent::Look(arguments.seeds.unwrap_or(study.look)) };
    if let Extent::Look(seeds) = extent {
        making.seeds = Some(seeds);
    }
    let mut whole = true;
    // All is read before anything is written.
    let mut plans: Vec<(&Part, Plan)> = Vec::new();
    for part in study.parts {
        let (plan, all) = plan(&making, part, extent)?;
        whole &= all;
        plans.extend(plan.map(|plan| (part, plan)));
    }
    stopper.writes();
    let folder =
        ExperimentFolder::open(&making.out, &study.layout, study.name, making.seeds, making.beginning())?;
    let (mut made, mut failed, mut outs) = (Made::new(), 0, Vec::new());
    for (part, plan) in &plans {
        note(&format!("{}: {} runs", part.name, plan.runs()));
        let out = making.out.join(part.name);
        let Some(failures) = making.sweep(plan, &out, &folder)? else { return Ok(stopped()) };
        failed += failures;
        made.insert(part.name, Runs::read(&out)?);
        outs.push(out);
    }
    let answers = (study.answers)(&made);
    let table = answers_csv(&answers);
    let outs: Vec<&Path> = outs.iter().map(PathBuf::as_path).collect();
    folder.complete(&[("answers.csv", table.as_str())], &outs)?;
    let published = editions::named(study.name).expect("every study has a published table");
    let edition = if whole { Edition::Whole } else { making.edition() };
    output::answered((study.name, study.minutes), &answers, published, edition, &making.out, json);
    output::page(&report_on(&making.out)?, json);
    Ok(if failed > 0 { Exit::Run } else { Exit::Done })
}

/// The plan of a part, if it is made, and whether that is the whole of it.
fn plan(making: &Making, part: &Part, extent: Extent) -> Result<(Option<Plan>, bool), InputError> {
    let path = making.configs.join("sweeps").join(part.sweep);
    let plan = Plan::read_of(&path, None, None)?;
    let (from, to) = plan.sweep.seeds;
    match part.seeds(extent, to - from) {
        0 => Ok((None, false)),
        seeds if seeds == to - from => Ok((Some(plan), true)),
        seeds => Ok((Some(Plan::read_of(&path, None, Some((from, from + seeds)))?), false)),
    }
}

/// Prints the article's claims, each answered from what is published.
pub(crate) fn claims(arguments: &ReproduceArguments, json: bool) -> Result<Exit, Error> {
    let refused = [
        ("--full", arguments.full),
        ("--seeds", arguments.seeds.is_some()),
        ("--jobs", arguments.jobs.is_some()),
        ("--out", arguments.out.is_some()),
        ("--resume", arguments.resume),
        ("--force", arguments.force),
    ];
    if let Some((flag, _)) = refused.iter().find(|(_, given)| *given) {
        return Err(Error::argument(
            format!("{flag}: `reproduce claims` makes no runs and writes no folder"),
            "leave it out, or reproduce the experiment that a claim names",
        ));
    }
    output::claims(&article::answered(), json);
    Ok(Exit::Done)
}
