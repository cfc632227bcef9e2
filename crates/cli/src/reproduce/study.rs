//! The experiments on the article's claims, and the table of the claims.

use std::path::{Path, PathBuf};

use dtao_files::input::InputError;
use dtao_reproduce::folder::ExperimentFolder;
use dtao_reproduce::runs::Runs;
use dtao_reproduce::study::{Extent, Made, Part, Study};
use dtao_reproduce::tables::answers_csv;
use dtao_reproduce::{claims as article, editions};
use dtao_sweep::plan::Plan;

use super::Making;
use crate::again::stopped;
use crate::arguments::ReproduceArguments;
use crate::output::{self, Edition, Ends};
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
    let making = Making::new(arguments, stopper, study.name, study.look)?;
    let extent = making.seeds.map_or(Extent::Whole, Extent::Look);
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
    let (report, page) = report_on(&making.out)?;
    let ends = Ends { report: &report, out: &making.out, page: &page };
    output::answered((study.name, study.minutes), &answers, published, edition, &ends, json);
    Ok(if failed > 0 { Exit::Run } else { Exit::Done })
}

/// The plan of a part, if it is made, and whether that is the whole of it.
fn plan(making: &Making, part: &Part, extent: Extent) -> Result<(Option<Plan>, bool), InputError> {
    let plan = making.read(part.sweep, None, None)?;
    let of_file = plan.seeds();
    match part.seeds(extent, of_file) {
        0 => Ok((None, false)),
        seeds if seeds == of_file => Ok((Some(plan), true)),
        seeds => Ok((Some(making.read(part.sweep, None, Some(seeds))?), false)),
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
