//! `dtao sweep` and `dtao merge`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use dtao_engine::run::Audit;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::{AllRefused, Progress};
use dtao_files::input::Source;
use dtao_sweep::manifest::seeds_begun;
use dtao_sweep::plan::{Changes, Plan};
use dtao_sweep::seeds::Seeds;
use dtao_sweep::shard::Shard;
use dtao_sweep::{Beginning, Ending, Format, Report, Settings, SoFar, Watch};

use crate::again::to_go_on;
use crate::arguments::{MergeArguments, SweepArguments, at_once};
use crate::kind::expect_sweep;
use crate::output::{self, Bar};
use crate::page::{read_back, to_show};
use crate::report::{Error, Exit, copied, note};
use crate::stand_in::tell_stand_in;
use crate::stopper::Stopper;
use crate::trial::estimate;
use crate::typed;

/// Makes a sweep, a shard of it, or an estimate.
pub(crate) fn sweep_command(
    arguments: &SweepArguments,
    stopper: &Stopper,
    json: bool,
) -> Result<Exit, Error> {
    let library = Arc::new(Library::reading_as(arguments.as_spec));
    let source = Source::read(&arguments.sweep)?;
    expect_sweep(&source)?;
    let blocks = arguments.blocks.map(|blocks| format!("blocks={blocks}"));
    let set: Vec<String> = arguments.set.iter().cloned().chain(blocks).collect();
    let changes = Changes { scenario: None, seeds: arguments.seeds, set: &set };
    let plan = Plan::changed(source.clone(), &changes, Arc::clone(&library))?;
    let out = arguments.out.clone().unwrap_or_else(|| Path::new("results").join(&plan.name));
    let plan = match seeds_to_go_on(arguments, &out, plan.sweep.seeds) {
        None => plan,
        Some((from, to)) => {
            let (first, last) = plan.sweep.seeds;
            note(&format!(
                "going on with the seeds {from}..{to}, with which {} was begun; the file says {first}..{last}, which \
                 --seeds {first}..{last} asks for",
                out.display()
            ));
            let changes = Changes { seeds: Some(Seeds::Range(from, to)), ..changes };
            Plan::changed(source, &changes, Arc::clone(&library))?
        }
    };
    if arguments.as_spec.is_some() || arguments.dry_run {
        plan.check()?;
        tell_stand_in(&library, arguments.as_spec)?;
    }
    output::design_note(&plan);
    output::unreached(&plan.unreached(), plan.base.scenario.last_block());
    let jobs = at_once(arguments.jobs);
    let shard = arguments.shard.as_deref().map(shard).transpose()?;
    let audit = if arguments.audit { Audit::EveryBlock } else { Audit::Off };
    if arguments.dry_run {
        output::estimate(&plan, &estimate(&plan, shard, jobs, audit)?, json);
        return Ok(Exit::Done);
    }
    let settings = Settings {
        jobs,
        beginning: Beginning::asked(arguments.resume, arguments.force),
        shard,
        audit,
        format: format(arguments.parquet),
    };
    let watcher = Watcher::new(stopper.clone());
    let ending = dtao_sweep::sweep(&plan, &out, &settings, &watcher);
    watcher.finish();
    let ending = ending?;
    Ok(match ending {
        Ending::Complete(report) => told(&report, seen(&out, json), &watcher, &out, json),
        Ending::Shard(report) => {
            told(&report, None, &watcher, &out, json);
            Exit::Done
        }
        Ending::Stopped(so_far) => {
            let again = to_go_on(typed::words());
            if json {
                let (made, failed) = so_far.as_ref().map(|so_far| (so_far.made, so_far.failed)).unzip();
                let table = so_far.as_ref().map(|so_far| &so_far.table);
                let runs = plan.runs();
                output::print_json(&serde_json::json!({
                    "stopped": { "runs": runs, "made": made, "failed": failed, "table": table, "go_on": again },
                }));
            } else {
                note(&stopped(so_far.as_ref(), &plan));
                copied(&format!("go on with: {again}"));
            }
            Exit::Interrupted
        }
    })
}

/// Who goes on with a sweep and names no seeds goes on with those that it was begun with, where the file has those and more.
fn seeds_to_go_on(arguments: &SweepArguments, out: &Path, of_file: (u64, u64)) -> Option<(u64, u64)> {
    let asked = arguments.resume && arguments.seeds.is_none() && arguments.shard.is_none();
    let begun = asked.then(|| seeds_begun(out))??;
    let has_more = of_file.0 <= begun.0 && begun.1 <= of_file.1 && of_file != begun;
    has_more.then_some(begun)
}

/// What there is of a sweep that was stopped.
fn stopped(so_far: Option<&SoFar>, plan: &Plan) -> String {
    let made = so_far.map_or_else(String::new, |so_far| {
        let SoFar { made, failed, table } = so_far;
        let failed = if *failed == 0 { String::new() } else { format!(" ({failed} of them failed)") };
        let runs = plan.runs();
        format!(" after {made} of {runs} runs{failed}; what is made so far: {}", table.display())
    });
    format!("stopped{made}")
}

/// Joins shards.
pub(crate) fn merge_command(
    arguments: &MergeArguments,
    stopper: &Stopper,
    json: bool,
) -> Result<Exit, Error> {
    let out: &PathBuf = arguments.out.as_ref().unwrap_or(&arguments.folders[0]);
    let beginning = if arguments.force { Beginning::Replacing } else { Beginning::Fresh };
    let watcher = Watcher::new(stopper.clone());
    let merged = dtao_sweep::merge(&arguments.folders, out, beginning, format(arguments.parquet), &watcher)?;
    let Some(report) = merged else {
        note("stopped; merge again");
        return Ok(Exit::Interrupted);
    };
    Ok(told(&report, seen(out, json), &watcher, out, json))
}

/// Prints what came out; a run that failed is told by the exit code, too, and so is an outcome that no run has.
fn told(report: &Report, found: Option<String>, watcher: &Watcher, out: &Path, json: bool) -> Exit {
    output::sweep(report, found.as_deref(), &watcher.refused(), out, json);
    if report.failed > 0 {
        Exit::Run
    } else if report.never.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    }
}

/// What the tables say, for people; only that is left out if they cannot be read.
fn seen(folder: &Path, json: bool) -> Option<String> {
    let report = (!json).then(|| to_show(read_back(folder)))??;
    Some(report.text(output::columns(160)))
}

fn format(parquet: bool) -> Format {
    if parquet { Format::CsvAndParquet } else { Format::Csv }
}

/// The shard that is asked for. Which runs are made where moves no result.
fn shard(text: &str) -> Result<Shard, Error> {
    Shard::parse(text, &|name| std::env::var(name).ok())
        .map_err(|error| Error::argument(format!("--shard {text}: {error}"), "shards are numbered from 1"))
}

/// Shows progress on stderr.
pub(crate) struct Watcher {
    stopper: Stopper,
    bar: OnceLock<Bar>,
    failed: AtomicU64,
    refused: Mutex<BTreeMap<String, Refused>>,
}

/// A group all of whose calls were refused in some runs.
#[derive(Default)]
struct Refused {
    runs: u64,
    calls: u64,
    reasons: BTreeMap<String, u64>,
}

impl Watcher {
    pub fn new(stopper: Stopper) -> Self {
        Self { stopper, bar: OnceLock::new(), failed: AtomicU64::new(0), refused: Mutex::default() }
    }

    /// A line on each group all of whose calls were refused in some of the runs that were made now.
    fn refused(&self) -> Vec<String> {
        let refused = self.refused.lock().expect("nothing panics while it is locked");
        let line = |(group, refused): (&String, &Refused)| {
            let Refused { runs, calls, reasons } = refused;
            let reason =
                reasons.iter().rev().max_by_key(|&(_, count)| count).map_or("", |(reason, _)| reason);
            format!(
                "in {runs} run(s) all calls of the group `{group}` were refused, {calls} in all, most often: {reason}"
            )
        };
        refused.iter().map(line).collect()
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish();
        }
    }
}

impl Watch for Watcher {
    fn writes(&self) {
        self.stopper.writes();
    }

    fn begins(&self, due: u64, made: u64, failed: u64) {
        self.failed.store(failed, Ordering::Relaxed);
        self.bar.get_or_init(|| Bar::of_runs(made)).due(due, failed);
    }

    fn made(&self, failed: bool) {
        let Some(bar) = self.bar.get() else { return };
        bar.add(1);
        if failed {
            bar.failed(self.failed.fetch_add(1, Ordering::Relaxed) + 1);
        }
    }

    fn all_refused(&self, groups: &[AllRefused]) {
        let mut refused = self.refused.lock().expect("nothing panics while it is locked");
        for AllRefused { group, calls, reason } in groups {
            let of_group = refused.entry(group.clone()).or_default();
            of_group.runs += 1;
            of_group.calls += calls;
            *of_group.reasons.entry(reason.clone()).or_default() += calls;
        }
    }

    fn note(&self, text: &str) {
        match self.bar.get() {
            Some(bar) => bar.note(text),
            None => note(text),
        }
    }

    fn progress(&self) -> Progress {
        self.stopper.progress()
    }
}
