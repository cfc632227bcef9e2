//! The command line, parsed once.

mod attack;
mod equilibrium;
mod numbers;
mod pool;
mod report;
mod reproduce;

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use dtao_protocol::era::Spec;
use dtao_sweep::seeds::Seeds;

pub(crate) use self::attack::{AttackArguments, Goal as AttackGoal, Method as AttackMethod};
pub(crate) use self::equilibrium::EquilibriumArguments;
pub(crate) use self::numbers::at_once;
use self::numbers::{few_seeds, from_one, from_two, jobs, part, whole};
pub(crate) use self::pool::{ImportArguments, PoolArguments};
pub(crate) use self::report::{ReportArguments, ShowArguments};
pub(crate) use self::reproduce::{Experiment, ReproduceArguments};
use crate::catalogue::Topic;
use crate::shipped;

/// Agent-based adversarial market simulator for Bittensor's dynamic TAO.
#[derive(Debug, Parser)]
#[command(
    name = "dtao",
    version,
    about = "Agent-based adversarial market simulator for Bittensor's dynamic TAO",
    propagate_version = true
)]
#[command(after_help = "Exit codes: 0 done, 1 an expectation or a vector failed, 2 the input was wrong, \
    3 the run failed, 130 interrupted.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Print results as JSON instead of tables
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a scenario once: time series, events, summary
    Run(RunArguments),
    /// Run a scenario many times: points x arms x seeds, in parallel
    Sweep(SweepArguments),
    /// Join the shards of a sweep that were run apart
    Merge(MergeArguments),
    /// Fit the unknown quantities of a scenario to recorded facts, by the runs of a sweep over priors
    Fit(FitArguments),
    /// Which shares of a role's strategies persist in a scenario: rest points, their stability and basins
    Equilibrium(EquilibriumArguments),
    /// Put rules beside each other: a scenario under several, or the arms of a finished sweep
    Compare(CompareArguments),
    /// Search for the attack that gains most: programs of up to twelve calls, tried in a scenario
    Attack(AttackArguments),
    /// Write a finished result as one page to look at: of a run, a sweep, a comparison, an experiment, a fit or an attack
    Report(ReportArguments),
    /// Print what a finished result came to: the sentence, a small chart, the table
    Show(ShowArguments),
    /// What a trade in one pool pays and costs, and what becomes of the pool
    Pool(PoolArguments),
    /// Make a scenario of the pools in a public service's file
    Import(ImportArguments),
    /// Hold a scenario against what is known: its `expect` table
    Verify(VerifyArguments),
    /// Run chain test vectors: passed / total per file
    Conform {
        /// Vector files, or folders of them
        #[arg(required = true, value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
        /// Count unsupported cases as failed
        #[arg(long)]
        strict: bool,
    },
    /// Write the shipped scenarios, sweeps and recorded data into a folder, to run and change them
    Init {
        /// The folder in which `configs` is made
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Read scenario and sweep files and everything that they name; run nothing
    Check {
        /// Scenario, sweep and fit files, or names of shipped scenarios and sweeps
        #[arg(required = true, value_name = "FILE", value_parser = shipped::scenario_or_sweep)]
        files: Vec<PathBuf>,
        /// Read those that ask for a runtime whose rules are not known as this known one
        #[arg(long, value_name = "SPEC", value_parser = spec)]
        as_spec: Option<Spec>,
    },
    /// Make a whole experiment: its sweeps, what is known beside them, its answers
    Reproduce(ReproduceArguments),
    /// Find the moving prices that a scenario's subnets began with
    Calibrate(CalibrateArguments),
    /// Write a forecast that can be scored later: all pools after a scenario's last block
    Forecast(ForecastArguments),
    /// List what there is to choose from: scenarios, sweeps, agents, metrics, runtimes, emission rules, rules
    List {
        /// What to list; everything without it
        #[arg(value_name = "TOPIC", value_parser = topics())]
        topic: Option<Topic>,
        /// The project's folder, whose configs/scenarios and configs/sweeps are listed
        #[arg(long, value_name = "DIR", default_value = ".")]
        root: PathBuf,
    },
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FitArguments {
    /// The fit's file, or the name of a shipped one
    #[arg(value_parser = shipped::fit)]
    pub fit: PathBuf,
    /// The folder of the finished sweep whose runs are the reference table
    #[arg(long, value_name = "DIR")]
    pub table: PathBuf,
    /// Use only so many of the table's draws, the first ones; all by default
    #[arg(long, value_name = "N", value_parser = from_one)]
    pub draws: Option<u64>,
    /// The part of the runs that are kept as the nearest to the facts; above 0, at most 1
    #[arg(long, value_name = "PART", default_value_t = 0.1, value_parser = part)]
    pub accept: f64,
    /// How many synthetic truths each mechanism is tested with
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = from_two)]
    pub truths: u64,
    /// The folder for the tables; without it what is found is only printed
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the fit in the folder
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// What every command that reads a scenario takes.
#[derive(Debug, Args)]
pub(crate) struct ScenarioArguments {
    /// The scenario file, or the name of a shipped one
    #[arg(value_parser = shipped::scenario)]
    pub scenario: PathBuf,
    /// Replace a value of the scenario, such as `agents.market.tao="2_000_000 TAO"`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Run a scenario that asks for a runtime whose rules are not known as this known one
    #[arg(long, value_name = "SPEC", value_parser = spec)]
    pub as_spec: Option<Spec>,
    /// Override the scenario's number of blocks
    #[arg(long, value_name = "N", value_parser = whole)]
    pub blocks: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// The seed of the run's random numbers
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole)]
    pub seed: u64,
    /// The folder for the tables; without it only the summary is printed
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the results in the folder
    #[arg(long, requires = "out")]
    pub force: bool,
    /// Recount all TAO and alpha after every block
    #[arg(long)]
    pub audit: bool,
    /// Write the report on the run, too: report.html in the folder
    #[arg(long, requires = "out")]
    pub report: bool,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct SweepArguments {
    /// The sweep file, or the name of a shipped one
    #[arg(value_parser = shipped::sweep)]
    pub sweep: PathBuf,
    /// How many seeds, from the file's first on, or from A up to but without B; with --resume, more than there are
    #[arg(long, value_name = "N|A..B")]
    pub seeds: Option<Seeds>,
    /// Replace a value of the scenario in all runs, by path or by a name of the sweep's; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Override the scenario's number of blocks
    #[arg(long, value_name = "N", value_parser = whole)]
    pub blocks: Option<u64>,
    /// Run a scenario that asks for a runtime whose rules are not known as this known one
    #[arg(long, value_name = "SPEC", value_parser = spec)]
    pub as_spec: Option<Spec>,
    /// How many runs at once; 1 to 1,024; as many as there are processors by default
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// The folder for the tables; results/NAME by default
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the same sweep in the folder
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    /// Replace what a sweep left in the folder
    #[arg(long)]
    pub force: bool,
    /// Say how many runs it is, how long they may take and how much they write; make none
    #[arg(long, conflicts_with_all = ["resume", "force"])]
    pub dry_run: bool,
    /// Make only the I-th of N parts, for `dtao merge`; `auto` asks Slurm, `auto/N` Kubernetes
    #[arg(long, value_name = "I/N|auto|auto/N")]
    pub shard: Option<String>,
    /// Recount all TAO and alpha after every block of every run
    #[arg(long)]
    pub audit: bool,
    /// Write the tables as Parquet, too
    #[arg(long)]
    pub parquet: bool,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct CompareArguments {
    #[command(flatten)]
    pub scenario: Compared,
    /// The rules, with a comma between two: emission rules such as `MarketCap,TaoFlow(exponent: 2)`, runtimes such as `spec:257`,
    /// values such as `owner_cut: 0.1`
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub rules: Option<String>,
    /// How many seeds, from 1 on, or from A up to but without B; 10 by default, and 1 where nothing is random, which a run of the
    /// second tells
    #[arg(long, value_name = "N|A..B", value_parser = few_seeds)]
    pub seeds: Option<Seeds>,
    /// Report this outcome only: one that is ready to use or a metric of the scenario; may be repeated
    #[arg(long = "outcome", value_name = "NAME")]
    pub outcomes: Vec<String>,
    /// Report the scenario's own metrics, too
    #[arg(long, conflicts_with = "outcomes")]
    pub metrics: bool,
    /// Groups whose gain together is reported, with commas
    #[arg(long, value_name = "GROUP,...", value_delimiter = ',')]
    pub attackers: Vec<String>,
    /// Record what this group trades under the scenario's own rule, and repeat it under each
    #[arg(long, value_name = "GROUP")]
    pub flow: Option<String>,
    /// Of a sweep, the arm that the others are held against; the first by default
    #[arg(long, value_name = "ARM")]
    pub base: Option<String>,
    /// How many runs at once; 1 to 1,024; as many as there are processors by default
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// Print the table as Markdown, for a pull request
    #[arg(long, conflicts_with_all = ["csv", "json"])]
    pub markdown: bool,
    /// Print the table as CSV
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// The folder for the table as CSV, Markdown and JSON; without it the table is only printed
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the comparison in the folder
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct Compared {
    /// A scenario file, the name of a shipped one, or the folder of a finished sweep
    #[arg(value_name = "SCENARIO|SWEEP_DIR", value_parser = shipped::scenario_or_folder)]
    pub scenario: PathBuf,
    /// Replace a value of the scenario under every rule; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Run a scenario that asks for a runtime whose rules are not known as this known one
    #[arg(long, value_name = "SPEC", value_parser = spec)]
    pub as_spec: Option<Spec>,
    /// Override the scenario's number of blocks
    #[arg(long, value_name = "N", value_parser = whole)]
    pub blocks: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// Folders of shards, or folders that hold them
    #[arg(required = true, value_name = "DIR")]
    pub folders: Vec<PathBuf>,
    /// The folder for the tables; the first DIR by default
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace results of another sweep in the folder
    #[arg(long)]
    pub force: bool,
    /// Write the tables as Parquet, too
    #[arg(long)]
    pub parquet: bool,
}

/// A runtime whose rules are known.
fn spec(text: &str) -> Result<Spec, String> {
    let number: u16 = text.parse().map_err(|_| "write a runtime's number, such as 425".to_owned())?;
    Spec::try_from(number).map_err(|error| error.to_string())
}

/// A topic by its name.
fn topics() -> impl TypedValueParser<Value = Topic> {
    let values = Topic::ALL.iter().map(|topic| PossibleValue::new(topic.name()).help(topic.about()));
    PossibleValuesParser::new(values)
        .map(|name| Topic::named(&name).expect("it is one of the possible values"))
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// How many seeds, from 1 on, or from A up to but without B; one is enough where nothing is random
    #[arg(long, value_name = "N|A..B", default_value = "1", value_parser = few_seeds)]
    pub seeds: Seeds,
}

#[derive(Debug, Args)]
pub(crate) struct CalibrateArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// Where a subnet's block of registration is known; the others count as old
    #[arg(long = "registered", value_name = "NETUID=BLOCK")]
    pub registered: Vec<String>,
    /// The file to write; without it the table is printed
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace the file
    #[arg(long, requires = "out")]
    pub force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ForecastArguments {
    /// The scenario files, or names of shipped ones; of several, the geometric mean of what they come to is written, each
    /// weighing the same
    #[arg(required = true, value_name = "SCENARIO", value_parser = shipped::scenario)]
    pub scenarios: Vec<PathBuf>,
    /// Replace a value of every scenario; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Run scenarios that ask for a runtime whose rules are not known as this known one
    #[arg(long, value_name = "SPEC", value_parser = spec)]
    pub as_spec: Option<Spec>,
    /// The seed of the run's random numbers
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole)]
    pub seed: u64,
    /// The subnets to write, such as `1..42`, both included; all without it
    #[arg(long, value_name = "FROM..TO", value_parser = netuids)]
    pub netuids: Option<RangeInclusive<u16>>,
    /// The file to write, with the columns `netuid`, `tao_in`, `alpha_in` and `alpha_out`; without it the table is printed
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace the file
    #[arg(long, requires = "out")]
    pub force: bool,
}

fn netuids(text: &str) -> Result<RangeInclusive<u16>, String> {
    let (from, to) = text.split_once("..").ok_or("write two numbers, as in 1..42")?;
    let number = |text: &str| text.parse::<u16>().map_err(|_| format!("`{text}` is no netuid: 1 to 65535"));
    let (from, to) = (number(from)?, number(to)?);
    if from == 0 || from > to { Err("write the lower netuid first, from 1 on".into()) } else { Ok(from..=to) }
}
