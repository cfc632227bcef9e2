//! `dtao reproduce`: an experiment of several sweeps with one command.

mod study;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use dtao_engine::market::PriceTable;
use dtao_engine::run::Audit;
use dtao_experiment::recorded::library::Library;
use dtao_files::input::{InputError, Source};
use dtao_reproduce::folder::{ExperimentFolder, PLACEBO, SN28};
use dtao_reproduce::placebo::elsewhere::{Depths, SCENARIOS, SWEEP, transfer};
use dtao_reproduce::placebo::{endings, forecast_csv, forecasts, pumps, pumps_csv, test};
use dtao_reproduce::sn28::{LOOK, MECHANISMS, Mechanism, Tables, findings};
use dtao_reproduce::tables::{answers_csv, checks_csv};
use dtao_reproduce::{Arms, published};
use dtao_sweep::plan::Plan;
use dtao_sweep::{Beginning, Ending, Format, Settings, SweepError};

use crate::again::to_go_on;
use crate::arguments::ReproduceArguments;
use crate::output::{self, Edition};
use crate::page::{expect_report_can_be_written, report_on};
use crate::report::{Error, Exit, note};
use crate::stopper::Stopper;
use crate::sweep::Watcher;
use crate::typed;

pub(crate) use self::study::{claims, study};

/// Where an experiment is made, and how much of it.
struct Making<'a> {
    arguments: &'a ReproduceArguments,
    stopper: &'a Stopper,
    configs: PathBuf,
    out: PathBuf,
    /// Seeds of every arm; none if they are the files'.
    seeds: Option<u64>,
    jobs: NonZeroUsize,
    /// Recorded data that the plans read, each file once.
    library: Arc<Library>,
}

impl<'a> Making<'a> {
    fn new(arguments: &'a ReproduceArguments, stopper: &'a Stopper, name: &str) -> Result<Self, Error> {
        let configs = arguments.root.join("configs");
        if !configs.is_dir() {
            return Err(Error::argument(
                format!("{}: there is no folder `configs` in it", arguments.root.display()),
                "name the project's folder with --root, or go there",
            ));
        }
        let jobs = arguments.jobs.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
        let seeds = if arguments.full { None } else { Some(arguments.seeds.unwrap_or(LOOK)) };
        let look = if arguments.full { "" } else { "_look" };
        let out = arguments.out.clone().unwrap_or_else(|| format!("results/{name}{look}").into());
        expect_report_can_be_written(&out)?;
        Ok(Self { arguments, stopper, configs, out, seeds, jobs, library: Arc::default() })
    }

    fn beginning(&self) -> Beginning {
        match (self.arguments.force, self.arguments.resume) {
            (true, _) => Beginning::Replacing,
            (_, true) => Beginning::Resuming,
            _ => Beginning::Fresh,
        }
    }

    fn edition(&self) -> Edition {
        self.seeds.map_or(Edition::Whole, |seeds| Edition::Look { seeds })
    }

    /// The plan of a sweep of a scenario.
    fn plan(&self, sweep: &str, scenario: &str) -> Result<Plan, InputError> {
        let scenario = self.configs.join("scenarios").join(scenario);
        let path = self.configs.join("sweeps").join(sweep);
        let read = |seeds| Plan::of(Source::read(&path)?, Some(&scenario), seeds, Arc::clone(&self.library));
        let plan = read(None)?;
        let Some(seeds) = self.seeds else { return Ok(plan) };
        let from = plan.sweep.seeds.0;
        read(Some((from, from + seeds)))
    }

    /// Makes a sweep and says how many of its runs failed; nothing if it was stopped.
    fn sweep(&self, plan: &Plan, out: &Path, folder: &ExperimentFolder) -> Result<Option<u64>, Error> {
        if self.stopper.stopped() {
            return Ok(None);
        }
        let make = |beginning| {
            let settings =
                Settings { jobs: self.jobs, beginning, shard: None, audit: Audit::Off, format: Format::Csv };
            let watcher = Watcher::new(self.stopper.clone());
            let ending = dtao_sweep::sweep(plan, out, &settings, &watcher);
            watcher.finish();
            ending
        };
        let ending = match make(folder.beginning()) {
            // Results of another build, which were being replaced when the experiment was stopped.
            Err(SweepError::Different { .. }) if folder.replaces() => make(Beginning::Replacing),
            ending => ending,
        }?;
        match ending {
            Ending::Complete(report) | Ending::Shard(report) => Ok(Some(report.failed)),
            Ending::Stopped(_) => Ok(None),
        }
    }
}

fn stopped() -> Exit {
    note("stopped");
    note(&format!("go on with: {}", to_go_on(typed::words())));
    Exit::Interrupted
}

/// Makes SN28's sweeps for each mechanism, then says what they say.
pub(crate) fn sn28(arguments: &ReproduceArguments, stopper: &Stopper, json: bool) -> Result<Exit, Error> {
    let making = Making::new(arguments, stopper, "sn28")?;
    // All is read before anything is written.
    let plans: Vec<(&Mechanism, &str, Plan)> = MECHANISMS
        .iter()
        .flat_map(|mechanism| mechanism.parts.iter().map(move |part| (mechanism, part)))
        .map(|(mechanism, part)| Ok((mechanism, part.name, making.plan(part.sweep, mechanism.scenario)?)))
        .collect::<Result<_, InputError>>()?;
    stopper.writes();
    let folder = ExperimentFolder::open(&making.out, &SN28, "sn28", making.seeds, making.beginning())?;
    let (mut tables, mut failed, mut outs) = (Tables::new(), 0, Vec::new());
    for (mechanism, part, plan) in &plans {
        note(&format!("{}, {}: {part}, {} runs", mechanism.name, mechanism.about, plan.runs()));
        let out = making.out.join(mechanism.name.to_lowercase()).join(part);
        let Some(failures) = making.sweep(plan, &out, &folder)? else { return Ok(stopped()) };
        failed += failures;
        tables.entry(mechanism.name).or_default().insert(part, Arms::read(&out)?);
        outs.push(out);
    }
    let expectations = plans.first().map_or(&[][..], |(.., plan)| &plan.base.scenario.expect);
    let found = findings(expectations, &tables);
    let written =
        [("validation.csv", checks_csv(&found.checks)), ("answers.csv", answers_csv(&found.answers))];
    let written = written.each_ref().map(|(name, text)| (*name, text.as_str()));
    let outs: Vec<&Path> = outs.iter().map(PathBuf::as_path).collect();
    if stopper.stopped() {
        return Ok(stopped());
    }
    folder.complete(&written, &outs)?;
    output::story(&found, published::sn28(), making.edition(), &making.out, json);
    output::page(&report_on(&making.out)?, json);
    Ok(if failed > 0 { Exit::Run } else { Exit::Done })
}

/// The hourly prices in which pumps are looked for, and the pools whose depths are known, of `configs/market`.
const PRICES: [&str; 2] = ["hourly_2025-02-16_2025-03-14.csv", "hourly_2025-03-15_2025-06-30.csv.gz"];
const POOLS: &str = "subnets_2025-03-14.csv";

/// Finds the recorded pumps in which nobody is known to have intervened, makes SN28's agents' own, and says how both end.
pub(crate) fn placebo(arguments: &ReproduceArguments, stopper: &Stopper, json: bool) -> Result<Exit, Error> {
    let making = Making::new(arguments, stopper, "placebo")?;
    let market = making.configs.join("market");
    let library = &making.library;
    let prices = PRICES.map(|file| library.prices(&market.join(file)).map(|(table, _)| table));
    let prices: Vec<PriceTable> =
        prices.into_iter().map(|table| Ok((*table?).clone())).collect::<Result<_, InputError>>()?;
    let pools = library.pools(&market.join(POOLS))?.0;
    let plans: Vec<(&'static str, &str, Plan)> = SCENARIOS
        .iter()
        .map(|(name, about, scenario)| Ok((*name, *about, making.plan(SWEEP, scenario)?)))
        .collect::<Result<_, InputError>>()?;
    stopper.writes();
    let folder = ExperimentFolder::open(&making.out, &PLACEBO, "placebo", making.seeds, making.beginning())?;
    let (mut runs, mut failed, mut outs) = (BTreeMap::new(), 0, Vec::new());
    for (name, about, plan) in &plans {
        note(&format!("{about}: {} runs", plan.runs()));
        let out = making.out.join(name);
        let Some(failures) = making.sweep(plan, &out, &folder)? else { return Ok(stopped()) };
        failed += failures;
        runs.insert(*name, Arms::read(&out)?);
        outs.push(out);
    }
    let (found, depths) = (pumps(&PriceTable::merge(&prices)), Depths::of(&[&pools]));
    let mut answers = endings(&found);
    answers.extend(test(&found, published::sn28()));
    answers.extend(transfer(&found, &depths, &runs));
    let written = [
        ("pumps.csv", pumps_csv(&found, &depths)),
        ("answers.csv", answers_csv(&answers)),
        ("forecast.csv", forecast_csv(&forecasts(&found, &depths, &runs))),
    ];
    let written = written.each_ref().map(|(name, text)| (*name, text.as_str()));
    let outs: Vec<&Path> = outs.iter().map(PathBuf::as_path).collect();
    if stopper.stopped() {
        return Ok(stopped());
    }
    folder.complete(&written, &outs)?;
    output::answered(
        ("placebo", "3 to 6"),
        &answers,
        published::placebo(),
        making.edition(),
        &making.out,
        json,
    );
    output::page(&report_on(&making.out)?, json);
    Ok(if failed > 0 { Exit::Run } else { Exit::Done })
}
