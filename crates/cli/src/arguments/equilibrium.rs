//! The arguments of `dtao equilibrium`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::{from_two, jobs, whole};
use crate::shipped;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  dtao equilibrium market.ron --role owners --parts 4 --seeds 10")]
pub(crate) struct EquilibriumArguments {
    /// The scenario file, or the name of a shipped one, with a group that chooses among strategies (`Switcher`)
    #[arg(value_parser = shipped::scenario)]
    pub scenario: PathBuf,
    /// The group; needed where several choose
    #[arg(long, value_name = "GROUP")]
    pub role: Option<String>,
    /// In how many equal parts its accounts are taken, each following one strategy; 2 to 32
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(2..=32))]
    pub parts: u32,
    /// Seeds of every split of the accounts, from 0 on
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = from_two)]
    pub seeds: u64,
    /// The block from which on profits count; the run's first by default
    #[arg(long, value_name = "BLOCK", value_parser = whole)]
    pub from: Option<u64>,
    /// An intensity of the logit choice; may be repeated. By default what the scenario says of it
    #[arg(long = "intensity", value_name = "X", value_parser = intensity)]
    pub intensities: Vec<f64>,
    /// Replace a value of the scenario; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// How many runs at once; 1 to 1,024; as many as there are processors by default
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// The folder for the runs and the tables; `results/NAME_equilibrium` by default
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the same equilibrium in the folder
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    /// Replace what an equilibrium left in the folder
    #[arg(long)]
    pub force: bool,
}

fn intensity(text: &str) -> Result<f64, String> {
    let intensity = text.parse::<f64>().ok().filter(|intensity| (0.0..=1e6).contains(intensity));
    intensity.ok_or_else(|| "write a number from 0 to 1_000_000, such as 2.5".to_owned())
}
