//! `dtao reproduce`: an experiment of several sweeps with one command.

mod study;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dtao_engine::market::PriceTable;
use dtao_engine::run::Audit;
use dtao_experiment::recorded::library::Library;
use dtao_files::input::{InputError, Source};
use dtao_metrics::kind::MetricKind;
use dtao_reproduce::folder::{ExperimentFolder, PLACEBO, SN28};
use dtao_reproduce::placebo::elsewhere::{Depths, SCENARIOS, SWEEP, transfer};
use dtao_reproduce::placebo::{endings, forecast_csv, forecasts, pumps, pumps_csv, test};
use dtao_reproduce::sn28::{LOOK, MECHANISMS, Mechanism, Tables, findings};
use dtao_reproduce::tables::{answers_csv, checks_csv};
use dtao_reproduce::{Arms, published};
use dtao_sweep::plan::{Changes, Plan};
use dtao_sweep::seeds::Seeds;
use dtao_sweep::{Beginning, Ending, Format, Report, Settings, SweepError};

use crate::again::stopped;
use crate::arguments::{ReproduceArguments, at_once};
use crate::output::{self, Edition, Ends};
use crate::page::{expect_report_can_be_written, report_on};
use crate::report::{Error, Exit, note};
use crate::stopper::Stopper;
use crate::sweep::Watcher;

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
    fn new(
        arguments: &'a ReproduceArguments,
        stopper: &'a Stopper,
        name: &str,
        look: u64,
    ) -> Result<Self, Error> {
        let configs = arguments.root.join("configs");
        if !configs.is_dir() {
            return Err(Error::argument(
                format!("{}: there is no folder `configs` in it", arguments.root.display()),
                "name the project's folder with --root, or go there",
            ));
        }
        let jobs = at_once(arguments.jobs);
        let seeds = if arguments.full { None } else { Some(arguments.seeds.unwrap_or(look)) };
        let ending = if arguments.full { "" } else { "_look" };
        let out = arguments.out.clone().unwrap_or_else(|| format!("results/{name}{ending}").into());
        expect_report_can_be_written(&out)?;
        Ok(Self { arguments, stopper, configs, out, seeds, jobs, library: Arc::default() })
    }

    fn beginning(&self) -> Beginning {
        Beginning::asked(self.arguments.resume, self.arguments.force)
    }

    fn edition(&self) -> Edition {
        self.seeds.map_or(Edition::Whole, |seeds| Edition::Look { seeds })
    }

    /// The plan of a sweep of a scenario.
    fn plan(&self, sweep: &str, scenario: &str) -> Result<Plan, InputError> {
        let scenario = self.configs.join("scenarios").join(scenario);
        self.read(sweep, Some(&scenario), self.seeds)
    }

    /// The plan of a sweep, with so many seeds of every arm or the file's.
    fn read(&self, sweep: &str, scenario: Option<&Path>, seeds: Option<u64>) -> Result<Plan, InputError> {
        let source = Source::read(self.configs.join("sweeps").join(sweep))?;
        let changes = Changes { scenario, seeds: seeds.map(Seeds::First), set: &[] };
        Plan::changed(source, &changes, Arc::clone(&self.library))
    }

    /// Makes a sweep and says how many of its runs failed; nothing if it was stopped.
    fn sweep(&self, plan: &Plan, out: &Path, folder: &ExperimentFolder) -> Result<Option<u64>, Error> {
        if self.stopper.stopped() {
            return Ok(None);
        }
        let report = sweep_in(folder, plan, out, self.jobs, self.stopper)?;
        Ok(report.map(|report| report.failed))
    }
}

/// Makes a sweep in an experiment's folder; nothing if it was stopped.
pub(crate) fn sweep_in(
    folder: &ExperimentFolder,
    plan: &Plan,
    out: &Path,
    jobs: NonZeroUsize,
    stopper: &Stopper,
) -> Result<Option<Report>, Error> {
    let make = |beginning| {
        let settings = Settings { jobs, beginning, shard: None, audit: Audit::Off, format: Format::Csv };
        let watcher = Watcher::new(stopper.clone());
        let ending = dtao_sweep::sweep(plan, out, &settings, &watcher);
        watcher.finish();
        ending
    };
    let ending = match make(folder.beginning()) {
        // Results of another build, which were being replaced when the experiment was stopped.
        Err(SweepError::Different { .. }) if folder.replaces() => make(Beginning::Replacing),
        ending => ending,
    }?;
    Ok(match ending {
        Ending::Complete(report) | Ending::Shard(report) => Some(report),
        Ending::Stopped(_) => None,
    })
}

/// Makes SN28's sweeps for each mechanism, then says what they say.
pub(crate) fn sn28(arguments: &ReproduceArguments, stopper: &Stopper, json: bool) -> Result<Exit, Error> {
    let making = Making::new(arguments, stopper, "sn28", LOOK)?;
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
    let kinds: BTreeMap<&str, MetricKind> = plans
        .iter()
        .flat_map(|(.., plan)| plan.base.scenario.metrics.iter().map(|(name, of)| (name.as_str(), of.kind())))
        .collect();
    let unit = |metric: &str| kinds.get(metric).map_or("", |kind| dtao_report::unit(*kind));
    let (report, page) = report_on(&making.out)?;
    let ends = Ends { report: &report, out: &making.out, page: &page };
    output::story(&found, published::sn28(), &unit, making.edition(), &ends, json);
    Ok(if failed > 0 { Exit::Run } else { Exit::Done })
}

/// The hourly prices in which pumps are looked for, and the pools whose depths are known, of `configs/market`.
const PRICES: [&str; 2] = ["hourly_2025-02-16_2025-03-14.csv", "hourly_2025-03-15_2025-06-30.csv.gz"];
const POOLS: &str = "subnets_2025-03-14.csv";

/// Finds the recorded pumps in which nobody is known to have intervened, makes SN28's agents' own, and says how both end.
pub(crate) fn placebo(arguments: &ReproduceArguments, stopper: &Stopper, json: bool) -> Result<Exit, Error> {
    let making = Making::new(arguments, stopper, "placebo", LOOK)?;
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
    let (report, page) = report_on(&making.out)?;
    let ends = Ends { report: &report, out: &making.out, page: &page };
    output::answered(("placebo", "3 to 6"), &answers, published::placebo(), making.edition(), &ends, json);
    Ok(if failed > 0 { Exit::Run } else { Exit::Done })
}
