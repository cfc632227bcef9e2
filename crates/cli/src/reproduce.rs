//! `dtao reproduce`: an experiment of several sweeps with one command.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use dtao_engine::run::Audit;
use dtao_files::input::InputError;
use dtao_reproduce::folder::ExperimentFolder;
use dtao_reproduce::sn28::{Check, Findings, MECHANISMS, SWEEPS, answer, validate};
use dtao_reproduce::{Answer, Arms};
use dtao_sweep::plan::Plan;
use dtao_sweep::{Beginning, Ending, Format, Settings, SweepError};

use crate::arguments::ReproduceArguments;
use crate::output;
use crate::report::{Error, Exit, note};
use crate::stopper::Stopper;
use crate::sweep::Watcher;

/// Makes SN28's sweeps for each mechanism, then says what they say.
pub(crate) fn sn28(arguments: &ReproduceArguments, stopper: &Stopper, json: bool) -> Result<Exit, Error> {
    let configs = arguments.root.join("configs");
    if !configs.is_dir() {
        return Err(Error::argument(
            format!("{}: there is no folder `configs` in it", arguments.root.display()),
            "name the project's folder with --root, or go there",
        ));
    }
    let jobs = arguments.jobs.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    // All is read before anything is written.
    let plans = MECHANISMS
        .iter()
        .flat_map(|mechanism| SWEEPS.iter().map(move |sweep| (mechanism, sweep)))
        .map(|(&(.., scenario), &(file, _))| plan(&configs, scenario, file, arguments.seeds))
        .collect::<Result<Vec<_>, _>>()?;
    let beginning = match (arguments.force, arguments.resume) {
        (true, _) => Beginning::Replacing,
        (_, true) => Beginning::Resuming,
        _ => Beginning::Fresh,
    };
    let folder = ExperimentFolder::open(&arguments.out, "sn28", arguments.seeds, beginning)?;
    stopper.writes();
    let mut story = Findings { checks: Vec::new(), answers: Vec::new() };
    let mut failed = 0;
    let mut outs = Vec::new();
    for ((name, about, _), plans) in MECHANISMS.into_iter().zip(plans.chunks(SWEEPS.len())) {
        let mut tables = Vec::new();
        for (plan, (_, part)) in plans.iter().zip(SWEEPS) {
            if stopper.stopped() {
                note("stopped; go on with --resume");
                return Ok(Exit::Interrupted);
            }
            note(&format!("{name}, {about}: {part}, {} runs", plan.runs()));
            let out = arguments.out.join(name.to_lowercase()).join(part);
            let make = |beginning| {
                let settings =
                    Settings { jobs, beginning, shard: None, audit: Audit::Off, format: Format::Csv };
                let watcher = Watcher::new(stopper.clone());
                let ending = dtao_sweep::sweep(plan, &out, &settings, &watcher);
                watcher.finish();
                ending
            };
            let ending = match make(folder.beginning()) {
                // Results of another build, which were being replaced when the experiment was stopped.
                Err(SweepError::Different { .. }) if folder.replaces() => make(Beginning::Replacing),
                ending => ending,
            }?;
            match ending {
                Ending::Complete(report) | Ending::Shard(report) => failed += report.failed,
                Ending::Stopped => {
                    note("stopped; go on with --resume");
                    return Ok(Exit::Interrupted);
                }
            }
            tables.push(Arms::read(&out)?);
            outs.push(out);
        }
        let [main, arms] = tables.as_slice() else { unreachable!("one table for each of two sweeps") };
        let expectations = plans.last().map_or(&[][..], |plan| &plan.base.scenario.expect);
        story.checks.extend(validate(name, expectations, main));
        story.answers.extend(answer(name, main, arms));
    }
    let (validation, answers) = (checks_csv(&story.checks), answers_csv(&story.answers));
    let outs: Vec<&Path> = outs.iter().map(PathBuf::as_path).collect();
    folder.complete(&[("validation.csv", &validation), ("answers.csv", &answers)], &outs)?;
    output::story(&story, &MECHANISMS, &arguments.out, json);
    Ok(if failed > 0 { Exit::Run } else { Exit::Done })
}

/// The plan of a sweep of a mechanism's scenario; the arms use the same fraction of their seeds as the main sweep.
fn plan(configs: &Path, scenario: &str, file: &str, seeds: Option<u64>) -> Result<Plan, InputError> {
    let scenario = configs.join("scenarios").join(scenario);
    let path = configs.join("sweeps").join(file);
    let plan = Plan::read_of(&path, Some(&scenario), None)?;
    let Some(seeds) = seeds else { return Ok(plan) };
    let (from, to) = plan.sweep.seeds;
    let whole = Plan::read(&configs.join("sweeps").join(SWEEPS[0].0), None)?.seeds();
    let seeds = (seeds * (to - from)).div_ceil(whole).max(2);
    Plan::read_of(&path, Some(&scenario), Some((from, from + seeds)))
}

fn checks_csv(checks: &[Check]) -> String {
    csv(
        &[
            "mechanism",
            "kind",
            "metric",
            "target",
            "least",
            "greatest",
            "median",
            "q05",
            "q95",
            "verdict",
            "covered",
            "skill",
            "n",
            "runs",
        ],
        checks.iter().map(|check| {
            let found = &check.comparison;
            vec![
                check.mechanism.into(),
                format!("{:?}", check.kind),
                check.metric.clone(),
                check.target.to_string(),
                check.within.0.to_string(),
                check.within.1.to_string(),
                cell(found.median),
                cell(found.range.map(|range| range.0)),
                cell(found.range.map(|range| range.1)),
                found.verdict.name().into(),
                found.covered.map_or_else(String::new, |covered| covered.to_string()),
                cell(check.skill),
                found.reached.to_string(),
                found.runs.to_string(),
            ]
        }),
    )
}

fn answers_csv(answers: &[Answer]) -> String {
    csv(
        &["question", "mechanism", "arm", "measure", "value", "low", "high", "range", "n"],
        answers.iter().map(|answer| {
            vec![
                answer.question.into(),
                answer.mechanism.into(),
                answer.arm.clone(),
                answer.measure.into(),
                cell(answer.value),
                cell(answer.low),
                cell(answer.high),
                answer.range.into(),
                answer.n.to_string(),
            ]
        }),
    )
}

fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn csv(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).expect("memory takes all that is written");
    for row in rows {
        writer.write_record(row).expect("memory takes all that is written");
    }
    String::from_utf8(writer.into_inner().expect("memory takes all that is written"))
        .expect("only text was written")
}
