//! Scenarios: everything that determines a run but its seed.

pub mod inheritance;
mod names;
pub(crate) mod opening;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dtao_agents::StrategySpec;
use dtao_engine::checkpoint::Checkpoint;
use dtao_engine::market::PriceFiles;
use dtao_engine::pipeline::CallOrder;
use dtao_engine::roster::{self, NewRosters};
use dtao_metrics::MetricSpec;
use dtao_protocol::emission::Emission;
use dtao_protocol::era::Spec;
use dtao_protocol::halving::MAX_SUPPLY;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};
use dtao_protocol::yuma::EpochRules;
use serde::{Deserialize, Serialize};

use crate::input::library::Library;
use crate::input::overlap::{Overlap, Places};
use crate::input::{InputError, Source, csv_file, locate, ron_file, suggest};
use crate::scenario::inheritance::Inherits;
use crate::statistics::Target;

/// A scenario, as a file describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// One or two sentences on what it stands for, with the source.
    pub about: String,
    /// The chain's rules at the start.
    pub protocol: Protocol,
    /// The state before the first block.
    pub start: Start,
    /// Blocks to be made; at least one.
    pub blocks: u64,
    /// How blocks order their calls.
    #[serde(default)]
    pub order: CallOrder,
    /// Subnets of the start that are simulated in detail; the others are in aggregate.
    #[serde(default)]
    pub detail: Vec<Detail>,
    /// How subnets that are registered during the run are simulated.
    #[serde(default)]
    pub new_subnets: NewSubnets,
    /// Groups of agents.
    pub agents: Vec<Group>,
    /// What is recorded.
    pub record: Record,
    /// How the moving prices of the start are found (`dtao calibrate`).
    #[serde(default)]
    pub calibration: Option<Calibration>,
    /// Numbers that a run reports, by name.
    #[serde(default)]
    pub metrics: BTreeMap<String, MetricSpec>,
    /// What the metrics are held against.
    #[serde(default)]
    pub expect: Vec<Expectation>,
}

/// A scenario that is another one but for some values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// One or two sentences on what it stands for.
    pub about: String,
    /// The other scenario's file, relative to this one's.
    pub of: PathBuf,
    /// The values that replace the other's: paths, each with RON text. Files that they name are relative to
    /// the other's.
    pub set: BTreeMap<String, String>,
}

/// The chain's rules at the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Protocol {
    /// Dynamic TAO under one of the chain's runtimes.
    Launch {
        /// The runtime's `spec_version`: 234 or later.
        spec: Spec,
        /// Stake below which a hotkey may set neither weights nor children: its stake weight in alpha for weights, the
        /// worth of its stake in TAO for children. Zero without it, the chain's default, or at a replayed start what
        /// the replayed scenario has.
        #[serde(default)]
        stake_threshold: Option<Tao>,
        /// What a sale must leave to a nominator so that the rest is not sold too (`NominatorMinRequiredStake`), in the
        /// subnet's own alpha; without it nothing, the chain's default.
        #[serde(default)]
        nominator_min_stake: Option<Alpha>,
    },
    /// Before dynamic TAO: root's votes share the emission, until a call upgrades to dynamic TAO.
    RootVoting {
        /// The runtime's `spec_version`: 219 to 233.
        spec: Spec,
        /// Blocks between root's epochs, less one; 100 on the chain.
        root_tempo: u16,
        /// Blocks from one vote of a validator to the next; 100 by default.
        weights_rate_limit: u64,
        /// What each subnet's owner has locked for it.
        lock: Tao,
        /// Stake below which a hotkey may set neither weights nor children on a subnet; zero without it.
        #[serde(default)]
        stake_threshold: Option<Tao>,
        /// What a sale must leave to a nominator so that the rest is not sold too (`NominatorMinRequiredStake`), in the
        /// subnet's own alpha; without it nothing, the chain's default.
        #[serde(default)]
        nominator_min_stake: Option<Alpha>,
    },
}

impl Protocol {
    /// The nominators' minimum stake that the scenario sets.
    #[must_use]
    pub fn nominator_min_stake(&self) -> Option<Alpha> {
        match *self {
            Self::Launch { nominator_min_stake, .. } | Self::RootVoting { nominator_min_stake, .. } => {
                nominator_min_stake
            }
        }
    }

    /// The stake threshold that the scenario sets.
    #[must_use]
    pub fn stake_threshold(&self) -> Option<Tao> {
        match *self {
            Self::Launch { stake_threshold, .. } | Self::RootVoting { stake_threshold, .. } => {
                stake_threshold
            }
        }
    }
}

/// The state before the first block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Start {
    /// The migration to dynamic TAO: all stake on root, every pool with 1 TAO and 1 alpha. Under root voting the
    /// same before the migration: no pools yet, and each subnet's moving price is its part of the emission.
    Genesis {
        /// The first block to be made.
        block: Block,
        /// TAO staked on root.
        root_stake: Tao,
        /// A file with the subnets and their moving prices, relative to the scenario's file.
        subnets: PathBuf,
        /// The group, of one account, that owns what the subnets' owners, miners and validators earn.
        holder: String,
        /// What the last registration of a subnet cost, and when it was.
        last_registration: LastRegistration,
    },
    /// The state in which another scenario leaves the chain. That one is run first, once, with seed 0; its agents do
    /// not go on: what they owned is the holder's, but for what groups inherit.
    Replayed {
        /// The other scenario's file, relative to this one's.
        scenario: PathBuf,
        /// The last block of it that is made.
        until: Block,
        /// The group, of one account, that owns what the subnets' owners, miners and validators have and earn.
        holder: String,
    },
}

impl Start {
    /// The first block to be made.
    #[must_use]
    pub fn first_block(&self) -> Block {
        match *self {
            Self::Genesis { block, .. } => block,
            Self::Replayed { until, .. } => until + 1,
        }
    }

    /// The group that owns what the subnets earn.
    #[must_use]
    pub fn holder(&self) -> &str {
        match self {
            Self::Genesis { holder, .. } | Self::Replayed { holder, .. } => holder,
        }
    }

    /// The kind's name in a file.
    fn kind(&self) -> &'static str {
        match self {
            Self::Genesis { .. } => "Genesis",
            Self::Replayed { .. } => "Replayed",
        }
    }
}

/// The last registration of a subnet before the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastRegistration {
    /// What it cost.
    pub cost: Tao,
    /// When it was.
    pub block: Block,
}

/// A group of agents that follow one strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The group's name.
    pub name: String,
    /// How many accounts.
    pub count: u32,
    /// Free TAO of each account.
    pub tao: Tao,
    /// TAO that each account has staked on root, on its own hotkey.
    #[serde(default)]
    pub root_stake: Tao,
    /// What the accounts have had since before the first block, besides free TAO.
    #[serde(default)]
    pub inherits: Inherits,
    /// Whether the accounts hold the root key.
    #[serde(default)]
    pub key: Key,
    /// What they do.
    pub strategy: StrategySpec,
}

/// A subnet that is simulated in detail: with neurons, weights and Yuma epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// Which subnet.
    pub netuid: Netuid,
    /// The group whose first account owns it: gets the owner's cut and holds UID 0.
    pub owner: String,
    /// Which revision's Yuma its epochs follow.
    pub rules: Yuma,
    /// Most neurons; 256 for a subnet of the launch.
    pub max_uids: u16,
    /// Blocks in which a new neuron is not replaced while an older one can be; 5,000 at launch.
    pub immunity_period: u64,
    /// The price of registering a neuron at the start; 1 TAO at launch.
    pub burn: Tao,
    /// The least that the price falls to; without it 0.0005 TAO, as for subnets that have no value of their own.
    #[serde(default)]
    pub min_burn: Option<Tao>,
    /// The epoch in which committed weights are revealed, counted from the commitment: 1 for the next. Without it weights
    /// are set in the open.
    #[serde(default)]
    pub reveal_after: Option<NonZeroU16>,
}

/// How subnets that are registered during the run are simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum NewSubnets {
    /// In aggregate: the account that registers one owns what its owner, miners and validators earn.
    #[default]
    Aggregate,
    /// In detail: the account that registers one gets the owner's cut and holds UID 0. The price of a place begins at
    /// 1 TAO and falls to 1 rao at least.
    Detail {
        /// Which revision's Yuma their epochs follow.
        rules: Yuma,
        /// Maximum number of neurons; 256 at launch.
        max_uids: u16,
        /// Blocks in which a new neuron is not replaced while an older one can be; 5,000 at launch.
        immunity_period: u64,
        /// As for a subnet of the start.
        #[serde(default)]
        reveal_after: Option<NonZeroU16>,
    },
}

impl NewSubnets {
    /// The same, as the engine takes it.
    #[must_use]
    pub fn for_engine(self) -> roster::NewSubnets {
        match self {
            Self::Aggregate => roster::NewSubnets::Aggregate,
            Self::Detail { rules, max_uids, immunity_period, reveal_after } => {
                let rules = rules.rules();
                roster::NewSubnets::Detailed(NewRosters { rules, max_uids, immunity_period, reveal_after })
            }
        }
    }
}

/// Which revision's Yuma a subnet's epochs follow, with that revision's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Yuma {
    /// That of the runtime in force: Yuma 2 throughout the launch.
    Launch,
    /// Yuma 3 as in the newest revision.
    Newest,
}

impl Yuma {
    /// The epoch's rules, where the runtime in force does not decide.
    #[must_use]
    pub fn rules(self) -> Option<EpochRules> {
        match self {
            Self::Launch => None,
            Self::Newest => Some(EpochRules::newest()),
        }
    }
}

/// Which key an account holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    /// Its own.
    #[default]
    Own,
    /// The root key besides (`sudo`).
    Root,
}

/// How the moving prices of the start are found: see [`crate::calibrate`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Recorded prices from this block on ...
    pub from: Block,
    /// ... to the end of that are used.
    pub to: Block,
    /// How often the moving prices are adjusted.
    pub rounds: u32,
    /// Which part of a difference is taken away in a round; 0 to 1.
    pub damping: f64,
    /// The largest difference, as a logarithm, that a round takes into account.
    pub clip: f64,
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Blocks between rows; a row stands at the end of every block whose number it divides.
    pub every: u64,
    /// Which subnets.
    pub subnets: RecordedSubnets,
    /// Whether groups of agents are recorded.
    pub agents: RecordedAgents,
    /// Whether calls and epochs are recorded.
    pub calls: RecordedCalls,
}

/// Which calls are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordedCalls {
    /// All, and all epochs.
    All,
    /// None; the summary still counts them.
    Nothing,
}

/// Which subnets are recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RecordedSubnets {
    /// All.
    All,
    /// These.
    Only(Vec<Netuid>),
}

/// What is recorded of agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordedAgents {
    /// One row per group.
    Groups,
    /// Nothing.
    Nothing,
}

/// What a metric is held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The metric's name.
    pub metric: String,
    /// The value that is known or measured outside.
    pub target: f64,
    /// The smallest and the largest median over the seeds that meets it; bounds included.
    pub within: (f64, f64),
    /// What meeting it proves.
    pub kind: Kind,
    /// Where the target comes from.
    pub source: String,
}

impl Expectation {
    /// What is known of the metric.
    #[must_use]
    pub fn known(&self) -> Target {
        Target { recorded: self.target, within: self.within }
    }
}

/// What meeting an expectation proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The model could have got it wrong: it was not fitted to it and is not given it.
    Validation,
    /// Free parameters were fitted to this or to something close to it.
    Calibrated,
    /// The same fact as another line, seen differently: counted once.
    Restated,
    /// The scenario puts it in: that it comes out again shows only that the program works.
    Imposed,
}

/// A scenario that has been read and checked, with the data that it names.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its name: the file's, without folder and ending.
    pub name: String,
    /// The scenario, with its price files read.
    pub scenario: Scenario,
    /// The file's text after assignments.
    pub source: Source,
    /// The values that replaced the file's, as `PATH=VALUE`.
    pub assignments: Vec<String>,
    /// The subnets of a genesis.
    pub subnets: Vec<csv_file::LaunchSubnet>,
    /// The state that a replayed start begins with.
    pub checkpoint: Option<Arc<Checkpoint>>,
    /// SHA-256 of each file of data that was read, by its name in the scenario.
    pub files: BTreeMap<String, String>,
}

/// Whether a missing file of launch subnets is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchSubnets {
    /// It is.
    Needed,
    /// It is about to be made.
    ToBeMade,
}

impl Loaded {
    /// Reads a scenario and every file that it names, and checks all of it.
    ///
    /// # Errors
    /// If a file is missing or wrong: says which, where in it, and what would be right.
    pub fn read(path: &Path, assignments: &[String]) -> Result<Self, InputError> {
        Self::read_with(path, assignments, LaunchSubnets::Needed)
    }

    /// [`Loaded::read`], by whether the launch's subnets are to be there already.
    ///
    /// # Errors
    /// As for [`Loaded::read`].
    pub fn read_with(
        path: &Path,
        assignments: &[String],
        launch_subnets: LaunchSubnets,
    ) -> Result<Self, InputError> {
        Self::read_from(&Library::default(), path, assignments, launch_subnets)
    }

    /// [`Loaded::read_with`], with files that other scenarios have read already.
    ///
    /// # Errors
    /// As for [`Loaded::read`].
    pub fn read_from(
        library: &Library,
        path: &Path,
        assignments: &[String],
        launch_subnets: LaunchSubnets,
    ) -> Result<Self, InputError> {
        let resolved = Resolved::read_from(library, path, assignments)?;
        let (source, mut scenario) = (resolved.source, resolved.scenario);
        check(&scenario, &source)?;

        let folder = source.path.parent().unwrap_or(Path::new("")).to_owned();
        let mut tables = PriceTables { folder: &folder, hashes: BTreeMap::new(), source: &source, library };
        for (index, group) in scenario.agents.iter_mut().enumerate() {
            let field = format!("agents[{index}].strategy.{}.prices", group.strategy.name());
            if let Some(files) = group.strategy.price_files() {
                tables.fill(files, &field)?;
            }
        }
        for (name, metric) in &mut scenario.metrics {
            let field = format!("metrics.{name}.{}.prices", metric.name());
            if let Some(files) = metric.price_files() {
                tables.fill(files, &field)?;
            }
        }
        let mut files = tables.hashes;
        let mut subnets = Vec::new();
        let checkpoint = opening::replay(&scenario, &source, &folder, &mut files, library)?;
        if let Some(checkpoint) = &checkpoint {
            let netuids: Vec<_> = checkpoint.subnets.iter().map(|subnet| subnet.netuid).collect();
            check_netuids(&scenario, &source, &netuids)?;
        }
        if let Start::Genesis { subnets: subnets_file, .. } = &scenario.start
            && launch_subnets == LaunchSubnets::Needed
        {
            let (read, hash) = library
                .launch_subnets(&folder.join(subnets_file))
                .map_err(|error| named_in(&source, "start.Genesis.subnets", error))?;
            subnets = read.to_vec();
            files.insert(subnets_file.display().to_string(), hash);
            let netuids: Vec<_> = subnets.iter().map(|subnet| subnet.netuid).collect();
            check_netuids(&scenario, &source, &netuids)?;
            check_shares(&scenario, &source, &subnets)?;
        }
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        Ok(Self { name, scenario, source, assignments: resolved.assignments, subnets, checkpoint, files })
    }

    /// The first block to be made.
    #[must_use]
    pub fn first_block(&self) -> Block {
        self.scenario.start.first_block()
    }

    /// The last block to be made.
    #[must_use]
    pub fn last_block(&self) -> Block {
        Block(self.first_block().0 + self.scenario.blocks - 1)
    }
}

/// A scenario's text after all assignments, and what it says; nothing that it names has been read.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The text, of the file that is not a variant.
    pub source: Source,
    /// What it says.
    pub scenario: Scenario,
    /// All assignments: a variant's, then the given ones.
    pub assignments: Vec<String>,
}

impl Resolved {
    /// Reads a scenario's file, or a variant's and the file that it is a variant of.
    ///
    /// # Errors
    /// If a file is missing or wrong, or nothing stands at an assignment's path.
    pub fn read(path: &Path, assignments: &[String]) -> Result<Self, InputError> {
        Self::read_from(&Library::default(), path, assignments)
    }

    /// [`Resolved::read`], with files that other scenarios have read already.
    ///
    /// # Errors
    /// As for [`Resolved::read`].
    pub fn read_from(library: &Library, path: &Path, assignments: &[String]) -> Result<Self, InputError> {
        let mut base = Base::read(library, path)?;
        for assignment in assignments {
            ron_file::set(&mut base.source, assignment)?;
        }
        base.assignments.extend_from_slice(assignments);
        let mut scenario: Scenario = ron_file::parse(&base.source)?;
        if let Some(about) = base.about {
            scenario.about = about;
        }
        Ok(Self { source: base.source, scenario, assignments: base.assignments })
    }
}

/// A scenario's text before any assignments but a variant's own.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    /// The text, of the file that is not a variant.
    pub source: Source,
    /// The variant's assignments.
    assignments: Vec<String>,
    /// What the variant stands for.
    about: Option<String>,
}

impl Base {
    /// Reads a scenario's file, or a variant's and the file that it is a variant of.
    pub fn read(library: &Library, path: &Path) -> Result<Self, InputError> {
        let source = library.source(path)?;
        if !is_variant(&source.text) {
            return Ok(Self { source, assignments: Vec::new(), about: None });
        }
        let variant: Variant = ron_file::parse(&source)?;
        let base = path.parent().unwrap_or(Path::new("")).join(&variant.of);
        let mut text = library.source(&base).map_err(|error| named_in(&source, "of", error))?;
        if is_variant(&text.text) {
            let help = "name the scenario that this one is a variant of, too";
            return Err(InputError::at(&source, "of", "a variant of a variant", Some(help.into())));
        }
        variant.check_overlap(&source, &text.text)?;
        let assignments: Vec<_> = variant.set.iter().map(|(path, value)| format!("{path}={value}")).collect();
        for assignment in &assignments {
            ron_file::set(&mut text, assignment)?;
        }
        text.settle();
        Ok(Self { source: text, assignments, about: Some(variant.about) })
    }
}

impl Variant {
    /// No value may be written twice.
    fn check_overlap(&self, source: &Source, base: &str) -> Result<(), InputError> {
        let paths: Vec<&str> = self.set.keys().map(String::as_str).collect();
        let overlap = Places::new(base).and_then(|places| places.overlap(paths.iter().copied()));
        let (one, message) = match overlap {
            None => return Ok(()),
            Some(Overlap::Same(one, other)) => {
                (other, format!("`{}` and `{}` are the same value", paths[one], paths[other]))
            }
            Some(Overlap::Inside(inner, outer)) => {
                (inner, format!("`{}` lies inside `{}`", paths[inner], paths[outer]))
            }
        };
        let help = "one would undo the other: write each value once".to_owned();
        Err(InputError::at(source, &format!("set.{}", locate::quoted(paths[one])), message, Some(help)))
    }
}

fn is_variant(text: &str) -> bool {
    ron_file::name(text) == "Variant"
}

/// An error of a file that the scenario names.
fn named_in(source: &Source, field: &str, error: InputError) -> InputError {
    error.named_in(source, field)
}

/// Price tables, and the hashes of their files.
struct PriceTables<'a> {
    folder: &'a Path,
    hashes: BTreeMap<String, String>,
    source: &'a Source,
    library: &'a Library,
}

impl PriceTables<'_> {
    fn fill(&mut self, files: &mut PriceFiles, field: &str) -> Result<(), InputError> {
        let paths: Vec<PathBuf> = files.paths.iter().map(|path| self.folder.join(path)).collect();
        let mut tables = Vec::with_capacity(paths.len());
        for (index, path) in paths.iter().enumerate() {
            let (table, hash) = self
                .library
                .prices(path)
                .map_err(|error| named_in(self.source, &format!("{field}[{index}]"), error))?;
            self.hashes.insert(files.paths[index].display().to_string(), hash);
            tables.push(table);
        }
        files.table = self.library.merged(paths, &tables);
        Ok(())
    }
}

/// Most blocks of a run, and the last to begin with.
const MOST_BLOCKS: u64 = 1_000_000_000_000;

/// Most accounts of a run: a limit on memory, of about 200 bytes each.
const MOST_ACCOUNTS: u64 = 1_000_000;

/// A protocol is called by its name only where its rules share the emission.
fn check_protocol(protocol: &Protocol, source: &Source) -> Result<(), InputError> {
    let (name, spec, expects_votes) = match *protocol {
        Protocol::Launch { spec, .. } => ("Launch", spec, false),
        Protocol::RootVoting { spec, .. } => ("RootVoting", spec, true),
    };
    let votes = Rules::at(spec).emission == Emission::RootVote;
    if votes == expects_votes {
        return Ok(());
    }
    let spec = u16::from(spec);
    let (message, help) = if votes {
        (
            format!("at spec {spec} root's validators still vote on the emission"),
            "write `RootVoting(spec: …)`, or a spec from 234 (2025-02-13) on",
        )
    } else {
        (
            format!("at spec {spec} dynamic TAO has begun and root no longer votes"),
            "write `Launch(spec: …)`, or spec 219",
        )
    };
    Err(InputError::at(source, &format!("protocol.{name}.spec"), message, Some(help.into())))
}

/// What serde cannot check: ranges, and that what is named exists.
fn check(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: &str| {
        Err(InputError::at(source, path, message, Some(help.into())))
    };
    if scenario.blocks == 0 {
        return refuse(
            "blocks",
            "a run of 0 blocks does nothing".into(),
            "write how many blocks to make, at least 1",
        );
    }
    if scenario.record.every == 0 {
        return refuse(
            "record.every",
            "a row every 0 blocks".into(),
            "write how many blocks are between rows, at least 1",
        );
    }
    check_protocol(&scenario.protocol, source)?;
    let (block, holder) = (scenario.start.first_block(), scenario.start.holder());
    let of_start = |field: &str| format!("start.{}.{field}", scenario.start.kind());
    if block.0 == 0 {
        return refuse(
            "start.Genesis.block",
            "block 0 is not run".into(),
            "write the first block to be made, at least 1",
        );
    }
    match scenario.agents.iter().find(|group| group.name == holder) {
        None => {
            let message = format!("no group of agents is called `{holder}`");
            let names: Vec<_> = scenario.agents.iter().map(|group| &group.name).collect();
            let help = suggest(holder, &names, "groups");
            return Err(InputError::at(source, &of_start("holder"), message, help));
        }
        Some(group) if group.count != 1 => {
            let message =
                format!("the holder must be one account, but the group `{holder}` has {}", group.count);
            return refuse(&of_start("holder"), message, "name a group with `count: 1`");
        }
        Some(_) => {}
    }
    let free: u128 = scenario
        .agents
        .iter()
        .map(|group| {
            u128::from(group.count) * (u128::from(group.tao.rao()) + u128::from(group.root_stake.rao()))
        })
        .sum();
    let root_stake = match &scenario.start {
        Start::Genesis { root_stake, .. } => *root_stake,
        // It fitted in the scenario that is replayed.
        Start::Replayed { .. } => Tao::ZERO,
    };
    let all = free + u128::from(root_stake.rao());
    if all > u128::from(MAX_SUPPLY) {
        return refuse(
            "agents",
            format!("all accounts and root together begin with {} TAO", all / u128::from(RAO)),
            "give them less: there can never be more than 21_000_000 TAO",
        );
    }
    let accounts: u64 = scenario.agents.iter().map(|group| u64::from(group.count)).sum();
    if accounts > MOST_ACCOUNTS {
        let message = format!("{accounts} accounts in all");
        return refuse("agents", message, "a run holds at most 1_000_000 accounts: lower a group's `count`");
    }
    if scenario.blocks > MOST_BLOCKS || block.0 > MOST_BLOCKS {
        let help = "a run makes at most 1_000_000_000_000 blocks, and begins no later: that is 380,000 years";
        let start = of_start(if scenario.start.kind() == "Genesis" { "block" } else { "until" });
        return refuse(
            if scenario.blocks > MOST_BLOCKS { "blocks" } else { &start },
            "too many blocks".into(),
            help,
        );
    }
    check_calibration(scenario, source)?;
    check_detail(scenario, source)?;
    check_agents(scenario, source)?;
    check_metrics(scenario, source, block)
}

fn check_calibration(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let Some(calibration) = scenario.calibration else { return Ok(()) };
    let refuse = |field: &str, message: String, help: &str| {
        Err(InputError::at(source, &format!("calibration.{field}"), message, Some(help.into())))
    };
    let Calibration { from, to, rounds, damping, clip } = calibration;
    if to < from {
        return refuse("to", format!("the window ends (block {to}) before it begins ({from})"), "swap them");
    }
    if !(damping > 0.0 && damping <= 1.0) {
        return refuse(
            "damping",
            format!("{damping} is no part of a difference"),
            "write more than 0, at most 1",
        );
    }
    if !(clip > 0.0 && clip.is_finite()) {
        return refuse("clip", format!("{clip} bounds no difference"), "write a number above 0, such as 0.5");
    }
    if rounds > 1_000 {
        return refuse("rounds", format!("{rounds} rounds"), "write at most 1000; six are usual");
    }
    Ok(())
}

fn check_detail(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: &str| {
        Err(InputError::at(source, path, message, Some(help.into())))
    };
    if let NewSubnets::Detail { max_uids: 0, .. } = scenario.new_subnets {
        let message = "no room for any neuron".into();
        return refuse("new_subnets.Detail.max_uids", message, "write at least 1");
    }
    for (index, detail) in scenario.detail.iter().enumerate() {
        if !scenario.agents.iter().any(|group| group.name == detail.owner) {
            let message = format!("no group of agents is called `{}`", detail.owner);
            let names: Vec<_> = scenario.agents.iter().map(|group| &group.name).collect();
            let help = suggest(&detail.owner, &names, "groups");
            return Err(InputError::at(source, &format!("detail[{index}].owner"), message, help));
        }
        if scenario.agents.iter().any(|group| group.name == detail.owner && group.count == 0) {
            let message = format!("the group `{}` has no account", detail.owner);
            return refuse(&format!("detail[{index}].owner"), message, "name a group with at least one");
        }
        if detail.max_uids == 0 {
            return refuse(
                &format!("detail[{index}].max_uids"),
                "no room for any neuron".into(),
                "write at least 1",
            );
        }
        if scenario.detail[..index].iter().any(|other| other.netuid == detail.netuid) {
            let message = format!("subnet {} is named twice", detail.netuid);
            return refuse(&format!("detail[{index}].netuid"), message, "name each subnet once");
        }
    }
    Ok(())
}

fn check_agents(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: &str| {
        Err(InputError::at(source, path, message, Some(help.into())))
    };
    let mut names = vec!["root"];
    for (index, group) in scenario.agents.iter().enumerate() {
        if names.contains(&group.name.as_str()) {
            let message = format!("the name `{}` is taken", group.name);
            let help = "give each group a name of its own; `root` is the group of the stakers on root";
            return refuse(&format!("agents[{index}].name"), message, help);
        }
        names.push(&group.name);
        group.strategy.check().map_err(|error| {
            let path = format!("agents[{index}].strategy.{}.{}", group.strategy.name(), error.field);
            InputError::at(source, &path, error.message, None)
        })?;
        group.inherits.check(group.count).map_err(|error| {
            let path = format!("agents[{index}].inherits.{}", error.field);
            InputError::at(source, &path, error.message, None)
        })?;
    }
    inheritance::check_sums(scenario.agents.iter().map(|group| &group.inherits)).map_err(|(index, error)| {
        let path = format!("agents[{index}].inherits.{}", error.field);
        InputError::at(source, &path, error.message, None)
    })
}

fn check_metrics(scenario: &Scenario, source: &Source, first: Block) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: &str| {
        Err(InputError::at(source, path, message, Some(help.into())))
    };
    for (name, metric) in &scenario.metrics {
        let (from, to) = metric.window();
        let path = format!("metrics.{name}");
        if to < from {
            return refuse(
                &path,
                format!("the window ends (block {to}) before it begins ({from})"),
                "swap them",
            );
        }
        if from < first {
            let message = format!("the metric looks at block {from}, but the run begins with {first}");
            return refuse(&path, message, "move the window, or begin earlier");
        }
    }
    names::check_groups(scenario, source)?;
    check_expectations(scenario, source)
}

/// What metrics are held against.
fn check_expectations(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: &str| {
        Err(InputError::at(source, path, message, Some(help.into())))
    };
    for (index, expectation) in scenario.expect.iter().enumerate() {
        if !scenario.metrics.contains_key(&expectation.metric) {
            let message = format!("no metric is called `{}`", expectation.metric);
            let names: Vec<_> = scenario.metrics.keys().collect();
            let help = suggest(&expectation.metric, &names, "metrics");
            return Err(InputError::at(source, &format!("expect[{index}].metric"), message, help));
        }
        let (low, high) = expectation.within;
        let finite = low.is_finite() && high.is_finite();
        if !(finite && low <= expectation.target && expectation.target <= high) {
            let message = format!("the target {} is not within ({low}, {high})", expectation.target);
            return refuse(
                &format!("expect[{index}].within"),
                message,
                "write the least and the greatest value that meets the target",
            );
        }
    }
    Ok(())
}

/// Under root voting the moving prices are parts of one block's emission.
fn check_shares(
    scenario: &Scenario,
    source: &Source,
    subnets: &[csv_file::LaunchSubnet],
) -> Result<(), InputError> {
    let sum: f64 = subnets.iter().map(|subnet| subnet.moving_price).sum();
    // Decimal parts of one may sum to a hair more in binary; the ledger cuts each to whole rao.
    if matches!(scenario.protocol, Protocol::RootVoting { .. }) && sum > 1.0 + 1e-12 {
        let message =
            format!("under root voting moving prices are parts of the emission, but they sum to {sum}");
        let help = "write parts that sum to at most 1".to_owned();
        return Err(InputError::at(source, "start.Genesis.subnets", message, Some(help)));
    }
    Ok(())
}

/// Every subnet that the scenario names must exist at the start or be registered later.
fn check_netuids(scenario: &Scenario, source: &Source, subnets: &[Netuid]) -> Result<(), InputError> {
    let registered: usize = scenario.agents.iter().map(|group| group.strategy.registrations()).sum();
    let last = subnets.last().map_or(0, |netuid| netuid.0);
    // Each takes the lowest number that is free.
    let taken: BTreeSet<Netuid> = subnets.iter().copied().collect();
    let free = (1..=u16::MAX).map(Netuid).filter(|netuid| !taken.contains(netuid));
    let later: Vec<Netuid> = free.take(registered).collect();
    if later.len() < registered {
        let message = format!("the last subnet is {last}, and {registered} are registered later");
        let help = "netuids end with 65535: number the subnets lower, or register fewer";
        return Err(InputError::at(source, "start.Genesis.subnets", message, Some(help.into())));
    }
    let highest = later.last().map_or(last, |netuid| netuid.0.max(last));
    let exists = |netuid: Netuid| subnets.contains(&netuid) || later.contains(&netuid);
    let refuse = |path: String, netuid: Netuid| {
        let message = format!("subnet {netuid} does not exist in this scenario");
        let help = format!(
            "the start has {} subnets, {} to {}, and {registered} are registered later, up to {highest}",
            subnets.len(),
            subnets.first().map_or(0, |netuid| netuid.0),
            last,
        );
        Err(InputError::at(source, &path, message, Some(help)))
    };
    if let RecordedSubnets::Only(netuids) = &scenario.record.subnets {
        for (index, &netuid) in netuids.iter().enumerate() {
            if !exists(netuid) {
                return refuse(format!("record.subnets.Only[{index}]"), netuid);
            }
        }
    }
    for (index, detail) in scenario.detail.iter().enumerate() {
        if !subnets.contains(&detail.netuid) {
            return refuse(format!("detail[{index}].netuid"), detail.netuid);
        }
    }
    for (index, group) in scenario.agents.iter().enumerate() {
        for (field, netuid) in group.strategy.netuids() {
            if !exists(netuid) {
                return refuse(format!("agents[{index}].strategy.{}.{field}", group.strategy.name()), netuid);
            }
        }
    }
    for (name, metric) in &scenario.metrics {
        for (field, netuid) in metric.netuids() {
            if !exists(netuid) {
                return refuse(format!("metrics.{name}.{}.{field}", metric.name()), netuid);
            }
        }
    }
    names::check_detailed(scenario, source, &later)
}
