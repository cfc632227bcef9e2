//! The arguments of `dtao attack`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dtao_attack::MOST_SEED;
use dtao_protocol::units::{Netuid, Tao};

use super::ScenarioArguments;
use super::numbers::{amount, jobs, number};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
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
    /// End the search with the batch of programs that brings it to so many runs; 10,000 by default. More are made in all: the batch
    /// is made whole, and what was found is then shortened and confirmed
    #[arg(long, value_name = "N", value_parser = evaluations, conflicts_with = "minutes")]
    pub evaluations: Option<u64>,
    /// End after so many minutes of searching instead; the result says which --evaluations repeats the search
    #[arg(long, value_name = "M", value_parser = minutes)]
    pub minutes: Option<f64>,
    /// How many accounts it may have, which share the budget equally; 1 to 3
    #[arg(long, value_name = "K", default_value_t = 3, value_parser = accounts)]
    pub accounts: u8,
    /// Try these calls only, with commas, such as `Stake,Unstake`; all that the rules know by default, also those of --against
    #[arg(long, value_name = "CALL,...", value_delimiter = ',')]
    pub ops: Vec<String>,
    /// Make programs about these subnets only, with commas, such as `28` or `1,28`, besides root and what they register themselves; all by
    /// default. Programs of --seed-with keep theirs
    #[arg(long, value_name = "NETUID,...", value_delimiter = ',', value_parser = netuid, conflicts_with = "table")]
    pub subnets: Vec<Netuid>,
    /// Begin with the programs of this scenario's groups, such as an `attack_1.ron` that was found before, or with all that the
    /// finished search in a folder reports; may be repeated. Their calls and accounts must be among those that are tried
    #[arg(long, value_name = "FILE|DIR")]
    pub seed_with: Vec<PathBuf>,
    /// Search for nothing: try the programs of --seed-with alone, under the scenario's own rule and those of --against, and print which
    /// gains end, which begin, and what becomes of everybody else's wealth
    #[arg(long, requires_all = ["seed_with", "against"], conflicts_with_all = ["evaluations", "minutes", "ops", "method"])]
    pub table: bool,
    /// Let those who trade answer to each attack that is reported, by what leaves them with more, and tell what it then comes to
    #[arg(long, conflicts_with = "table")]
    pub respond: bool,
    /// The seed of the search; at most 18,446,744,073,709
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = seed)]
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
    /// The part of the emission that stands behind its alpha at the end, less that of the best honest use of the same capital
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
    let tao: Tao = amount(text, "TAO")?;
    let most = Tao::from_rao(dtao_protocol::halving::MAX_SUPPLY);
    if tao > most { Err("there is never more than 21,000,000 TAO".into()) } else { Ok(tao) }
}

fn netuid(text: &str) -> Result<Netuid, String> {
    let netuid = text.trim().parse().ok().filter(|&netuid: &u16| netuid > 0).map(Netuid);
    netuid.ok_or_else(|| "write the number of a subnet, such as 28; root needs no naming".to_owned())
}

fn minutes(text: &str) -> Result<f64, String> {
    let minutes = text.parse::<f64>().ok().filter(|minutes| *minutes > 0.0 && *minutes <= 100_000.0);
    minutes.ok_or_else(|| "write a number of minutes above 0 and at most 100000, such as 10".to_owned())
}

/// Most runs of a search: far more than anybody waits for.
const MOST_EVALUATIONS: u64 = 1_000_000_000;

fn evaluations(text: &str) -> Result<u64, String> {
    let runs = number(text).filter(|runs| (1..=MOST_EVALUATIONS).contains(runs));
    runs.ok_or_else(|| "write a number of runs from 1 to 1_000_000_000".to_owned())
}

fn seed(text: &str) -> Result<u64, String> {
    let seed = number(text).filter(|seed| *seed <= MOST_SEED);
    seed.ok_or_else(|| format!("write a whole number from 0 to {MOST_SEED}"))
}

fn accounts(text: &str) -> Result<u8, String> {
    let accounts = number(text).filter(|accounts| (1..=3).contains(accounts));
    accounts.map(|accounts| accounts as u8).ok_or_else(|| "write 1, 2 or 3".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[derive(clap::Parser)]
    struct Only {
        #[command(flatten)]
        attack: AttackArguments,
    }

    #[test]
    fn the_help_names_the_bound_of_seeds() {
        let help = Only::command().render_long_help().to_string();
        let bound = MOST_SEED.to_string();
        assert!(help.replace(',', "").contains(&bound), "{bound}: {help}");
    }
}
