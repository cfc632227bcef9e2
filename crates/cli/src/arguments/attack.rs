//! The arguments of `dtao attack`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dtao_protocol::units::Tao;

use super::ScenarioArguments;
use super::numbers::{from_one, jobs, number, whole};

#[derive(Debug, Args)]
pub(crate) struct AttackArguments {
    #[command(flatten)]
    pub scenario: ScenarioArguments,
    /// What the attacker has, in free TAO, such as "500 TAO"
    #[arg(long, value_name = "TAO", value_parser = budget)]
    pub budget: Tao,
    /// What it wants
    #[arg(long, value_enum, default_value = "profit")]
    pub goal: Goal,
    /// Replay what is found under these rules and search again there: emission rules and runtimes, as for `dtao compare`
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub against: Option<String>,
    /// End when so many runs of programs were made; 10,000 by default
    #[arg(long, value_name = "N", value_parser = from_one, conflicts_with = "minutes")]
    pub evaluations: Option<u64>,
    /// End after so many minutes of searching instead; the result says how many runs that were
    #[arg(long, value_name = "M", value_parser = minutes)]
    pub minutes: Option<f64>,
    /// How many accounts it may have, which share the budget equally; 1 to 3
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = accounts)]
    pub accounts: u8,
    /// Try these calls only, with commas, such as `Stake,Unstake`; all that the scenario's rules know by default
    #[arg(long, value_name = "CALL,…", value_delimiter = ',')]
    pub ops: Vec<String>,
    /// Begin with the programs of this scenario's groups, such as an `attack_1.ron` that was found before
    #[arg(long, value_name = "FILE")]
    pub seed_with: Option<PathBuf>,
    /// The seed of the search
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = whole)]
    pub seed: u64,
    /// How new programs are made
    #[arg(long, value_enum, default_value = "search")]
    pub method: Method,
    /// How many runs at once; 1 to 1,024; as many as there are processors by default
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// The folder for the tables and attacks; without it what is found is only printed
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the same search in the folder
    #[arg(long, requires = "out", conflicts_with = "force")]
    pub resume: bool,
    /// Replace what a search left in the folder
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// What an attacker wants.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Goal {
    /// TAO after selling everything, less what the best honest use of the same capital comes to
    Profit,
    /// What all others lose, for each TAO of the budget
    Damage,
    /// The part of the emission that stands behind its alpha at the end
    Share,
}

/// How new programs are made.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Method {
    /// From a grid of one and two calls and from the best of every kind so far
    Search,
    /// At random, to compare with
    Random,
    /// By changing the best one so far, to compare with
    HillClimbing,
}

fn budget(text: &str) -> Result<Tao, String> {
    let tao: Tao = text.parse().map_err(|error| format!("{error}"))?;
    let most = Tao::from_rao(dtao_protocol::halving::MAX_SUPPLY);
    if tao > most { Err("there is never more than 21,000,000 TAO".into()) } else { Ok(tao) }
}

fn minutes(text: &str) -> Result<f64, String> {
    let minutes = text.parse::<f64>().ok().filter(|minutes| *minutes > 0.0 && *minutes <= 100_000.0);
    minutes.ok_or_else(|| "write a number of minutes above 0 and at most 100000, such as 10".to_owned())
}

fn accounts(text: &str) -> Result<u8, String> {
    let accounts = number(text).filter(|accounts| (1..=3).contains(accounts));
    accounts.map(|accounts| accounts as u8).ok_or_else(|| "write 1, 2 or 3".to_owned())
}
