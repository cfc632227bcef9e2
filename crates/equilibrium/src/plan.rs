//! The sweep that an equilibrium is worked out from: every split of a role's accounts, with the same seeds.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use dtao_agents::StrategySpec;
use dtao_agents::prior::Prior;
use dtao_agents::switcher::{By, Switcher};
use dtao_experiment::recorded::library::Library;
use dtao_experiment::scenario::{Group, LaunchSubnets, Loaded};
use dtao_files::folder::rows::Rows;
use dtao_files::folder::{Claims, FolderError, Kind, MANIFEST};
use dtao_files::input::{InputError, Source, suggest};
use dtao_protocol::units::{Block, DAY};
use dtao_sweep::plan::Plan;

use crate::game::{Game, Missing, splits};

/// Most strategies that are compared.
pub const MOST_STRATEGIES: usize = 5;

/// What is asked: which role, split how, with how many seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked<'a> {
    /// The group whose strategies are compared; the only one that has several if there is none.
    pub role: Option<&'a str>,
    /// Into how many equal parts its accounts are taken.
    pub parts: u32,
    /// The first seed (inclusive) and the last (exclusive).
    pub seeds: (u64, u64),
    /// The block from which on profits count; the first if there is none.
    pub from: Option<Block>,
    /// Values that are set in the scenario, as `PATH=VALUE`.
    pub set: Vec<String>,
}

/// A role of a scenario, and the sweep over its splits.
#[derive(Debug)]
pub struct Question {
    /// The group's name.
    pub role: String,
    /// The strategies' names, in the scenario's order.
    pub strategies: Vec<String>,
    /// How many players the game has.
    pub players: usize,
    /// How many accounts a player stands for.
    pub accounts: u32,
    /// The intensities of choice that the scenario holds possible: one, or three of a distribution (its bounds, or the 5th and the 95th
    /// percentile if it has none, and what lies between).
    pub intensities: Vec<f64>,
    /// The sweep.
    pub plan: Plan,
    /// Of each strategy: what an account earns outside of the chain, in TAO a day.
    outside: Vec<f64>,
    /// Days over which profits count.
    days: f64,
    /// TAO that an account has at the start, if profits count by that.
    per: f64,
    by: By,
}

impl Question {
    /// Reads a scenario, finds the role and makes the plan.
    ///
    /// # Errors
    /// If the scenario or what is asked is wrong: says what would be right.
    pub fn read(scenario: &Path, asked: &Asked) -> Result<Self, InputError> {
        let library = Arc::new(Library::default());
        let loaded = Loaded::read_from(&library, scenario, &asked.set, LaunchSubnets::Needed)?;
        let source = &loaded.source;
        let (index, group, role) = role(&loaded, asked.role)?;
        let path = format!("agents[{index}].strategy.Switcher");
        let refuse = |field: &str, message: String, help: &str| {
            Err(InputError::at(source, &format!("{path}{field}"), message, Some(help.into())))
        };
        if role.options.len() < 2 {
            return refuse(".options", "one option: nothing to compare".into(), "write two options or more");
        }
        if role.options.len() > MOST_STRATEGIES {
            let message = format!(
                "{} options: at most {MOST_STRATEGIES} are compared, since the splits that are run and the mixtures that are \
                 searched grow with the power of their number",
                role.options.len()
            );
            return refuse(".options", message, "leave out those that earn least, or compare some at a time");
        }
        if asked.parts < 2 || !group.count.is_multiple_of(asked.parts) {
            let message = format!(
                "{} accounts cannot be taken in {} equal parts, of which there must be 2 or more",
                group.count, asked.parts
            );
            let path = format!("agents[{index}].count");
            let help = "name another number with --parts, or change the group's `count`".to_owned();
            return Err(InputError::at(source, &path, message, Some(help)));
        }
        let mut outside = Vec::with_capacity(role.options.len());
        for (at, choice) in role.options.iter().enumerate() {
            let Prior::Exactly(known) = choice.outside else {
                let message = "what it earns outside must be known here".into();
                return refuse(&format!(".options[{at}].outside"), message, "write Exactly(…), or use --set");
            };
            outside.push(known);
        }
        let (first, last) = (loaded.scenario.start.first_block(), loaded.last_block());
        let from = asked.from.unwrap_or(first);
        if from < first || from >= last {
            let message = format!("profits cannot count from block {}: the run is {first} to {last}", from.0);
            return refuse("", message, "name a block of the run with --from");
        }
        let had = group.tao.to_f64() + group.root_stake.to_f64();
        if role.by == By::Return && had <= 0.0 {
            let help = "give the group TAO, or write `by: Profit`";
            return refuse(".by", "returns on nothing: the accounts have no TAO".into(), help);
        }
        let strategies: Vec<String> = role.options.iter().map(|choice| choice.name.clone()).collect();
        let (players, accounts) = (asked.parts as usize, group.count / asked.parts);
        let text = sweep(scenario, (index, group), (from, last), &strategies, (players, accounts), asked);
        let name = scenario.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let beside = scenario.parent().unwrap_or(Path::new("")).join(format!("equilibrium of {name}.ron"));
        let plan = Plan::of(Source::new(beside, text), Some(asked.seeds), library)?;
        let intensities = intensities(&role.intensity);
        let days = (last.since(from) + 1) as f64 / DAY as f64;
        let role_name = group.name.clone();
        let per = if role.by == By::Return { had } else { 1.0 };
        let by = role.by;
        Ok(Self { role: role_name, strategies, players, accounts, intensities, plan, outside, days, per, by })
    }

    /// The unit of the payoffs.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        match self.by {
            By::Profit => "TAO a day for each account",
            By::Return => "TAO a day for each TAO that an account had",
        }
    }

    /// The table of payoffs, from the finished sweep's folder.
    ///
    /// # Errors
    /// If its runs cannot be read, or one has no payoff.
    pub fn game(&self, folder: &Path) -> Result<Game, GameError> {
        // The sweep's points are the splits, in their order.
        let points: BTreeMap<Vec<usize>, u64> =
            splits(self.players, self.strategies.len()).into_iter().zip(0..).collect();
        let (first, seeds) = (self.plan.sweep.seeds.0, self.plan.seeds() as usize);
        let runs = self.runs(folder)?;
        let game = Game::of(self.strategies.clone(), self.players, seeds, |split, strategy, seed| {
            let gained = runs.get(&(points[split], first + seed as u64))?[strategy]?;
            Some((gained / self.days + self.outside[strategy]) / self.per)
        });
        Ok(game?)
    }

    /// What a finished sweep's runs came to.
    fn runs(&self, folder: &Path) -> Result<Gains, FolderError> {
        let Some(claims) = Claims::whole(folder, Kind::Sweep)? else {
            let what = "it is not that of a finished sweep; make the sweep anew".into();
            return Err(FolderError::Damaged { path: folder.join(MANIFEST), what });
        };
        let rows = Rows::open(folder, "runs.csv", &claims.tables)?;
        let (point, seed) = (rows.place("point")?, rows.place("seed")?);
        let places = self.strategies.iter().map(|strategy| rows.place(&outcome(strategy)));
        let places: Vec<usize> = places.collect::<Result<_, _>>()?;
        let mut runs = Gains::new();
        rows.each(|row| {
            let gained = places.iter().map(|&place| row.number(place)).collect::<Result<_, _>>()?;
            runs.insert((row.whole(point)?, row.whole(seed)?), gained);
            Ok(())
        })?;
        Ok(runs)
    }
}

/// What an account gained that follows each strategy, by point and seed.
type Gains = BTreeMap<(u64, u64), Vec<Option<f64>>>;

/// Why there is no table of payoffs.
#[derive(Debug, thiserror::Error)]
pub enum GameError {
    /// The sweep's runs cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A payoff is missing.
    #[error(transparent)]
    Missing(#[from] Missing),
}

fn outcome(strategy: &str) -> String {
    format!("payoff.{strategy}")
}

/// The group that is asked for, or the only one whose accounts choose.
fn role<'a>(loaded: &'a Loaded, asked: Option<&str>) -> Result<(usize, &'a Group, &'a Switcher), InputError> {
    let roles: Vec<(usize, &Group, &Switcher)> = loaded
        .scenario
        .agents
        .iter()
        .enumerate()
        .filter_map(|(index, group)| match &group.strategy {
            StrategySpec::Switcher(role) => Some((index, group, role)),
            _ => None,
        })
        .collect();
    let names: Vec<&str> = roles.iter().map(|(_, group, _)| group.name.as_str()).collect();
    let refuse =
        |message: String, help: String| Err(InputError::at(&loaded.source, "agents", message, Some(help)));
    match (asked, &roles[..]) {
        (_, []) => refuse(
            "no group chooses among strategies".into(),
            "write the role as a Switcher with its strategies as options (docs/guide/agents.md)".into(),
        ),
        (None, [only]) => Ok(*only),
        (None, _) => {
            refuse(format!("several groups choose: {}", names.join(", ")), "name one with --role".into())
        }
        (Some(name), _) => match roles.iter().find(|(_, group, _)| group.name == name) {
            Some(role) => Ok(*role),
            None => refuse(
                format!("no group called `{name}` chooses among strategies"),
                suggest(name, &names, "groups that choose").unwrap_or_default(),
            ),
        },
    }
}

/// The sweep's text.
fn sweep(
    scenario: &Path,
    (index, group): (usize, &Group),
    (from, last): (Block, Block),
    strategies: &[String],
    (players, accounts): (usize, u32),
    asked: &Asked,
) -> String {
    let quoted = |text: &str| format!("{text:?}");
    let file = scenario.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let (name, from, last) = (&group.name, from.0, last.0);
    let metric = |strategy: &String| {
        let value =
            format!("FollowerProfit(groups: [{name:?}], strategy: {strategy:?}, from: {from}, at: {last})");
        format!("{}: {}", quoted(&format!("metrics.\"{}\"", outcome(strategy))), quoted(&value))
    };
    let given = asked.set.iter().filter_map(|assignment| {
        let (path, value) = assignment.split_once('=')?;
        Some(format!("{}: {}", quoted(path), quoted(value)))
    });
    let set: Vec<String> = given.chain(strategies.iter().map(metric)).collect();
    let split = |split: Vec<usize>| {
        let numbers: Vec<String> =
            split.into_iter().map(|players| (players as u64 * u64::from(accounts)).to_string()).collect();
        quoted(&format!("[{}]", numbers.join(", ")))
    };
    let splits: Vec<String> = splits(players, strategies.len()).into_iter().map(split).collect();
    let outcomes: Vec<String> = strategies.iter().map(|strategy| quoted(&outcome(strategy))).collect();
    let about = format!("What each strategy of `{name}` earns, by how many accounts follow which.");
    format!(
        "Sweep(\n    about: {},\n    scenario: {},\n    set: {{{}}},\n    names: {{\"allotted\": {}}},\n    \
         design: Grid({{\"allotted\": [{}]}}),\n    seeds: ({}, {}),\n    outcomes: [{}],\n)\n",
        quoted(&about),
        quoted(&file),
        set.join(", "),
        quoted(&format!("agents[{index}].strategy.Switcher.allotted")),
        splits.join(", "),
        asked.seeds.0,
        asked.seeds.1,
        outcomes.join(", "),
    )
}

/// An intensity that is known, or three of those that are possible.
fn intensities(prior: &Prior<f64>) -> Vec<f64> {
    match *prior {
        Prior::Exactly(known) => vec![known],
        Prior::Uniform(low, high) => vec![low, f64::midpoint(low, high), high],
        Prior::LogUniform(low, high) => vec![low, libm::sqrt(low * high), high],
        Prior::LogNormal { median, sigma } => {
            let away = libm::exp(1.645 * sigma);
            vec![median / away, median, median * away]
        }
    }
}
