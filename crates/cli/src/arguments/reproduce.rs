//! Arguments of `dtao reproduce`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use dtao_reproduce::studies::{self, STUDIES};
use dtao_reproduce::study::Study;

use super::numbers::{from_one, jobs};

#[derive(Debug, Args)]
pub(crate) struct ReproduceArguments {
    /// Which experiment
    #[arg(value_parser = experiments())]
    pub experiment: Experiment,
    /// The whole edition, with the seeds of the files, instead of a look
    #[arg(long)]
    pub full: bool,
    /// So many seeds of every arm; without it and without --full, a look takes 10 or fewer
    #[arg(long, value_name = "N", value_parser = from_one, conflicts_with = "full")]
    pub seeds: Option<u64>,
    /// How many runs at once; 1 to 1,024; as many as there are processors by default
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// The folder for the tables; `results/NAME` by default, `results/NAME_look` for a look
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with the same experiment in the folder
    #[arg(long, conflicts_with = "force")]
    pub resume: bool,
    /// Replace what an experiment left in the folder
    #[arg(long)]
    pub force: bool,
    /// The project's folder, whose configs are read
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub root: PathBuf,
}

/// An experiment that can be made with one command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Experiment {
    /// The pump of SN28 and the intervention.
    Sn28,
    /// Other subnets' pumps.
    Placebo,
    /// The article's claims.
    Claims,
    /// An experiment on one of them.
    Study(&'static Study),
}

/// An experiment by its name.
fn experiments() -> impl TypedValueParser<Value = Experiment> {
    let fixed = [
        ("sn28", "The pump of SN28 and the intervention, February 2025: docs/experiments/sn28.md"),
        (
            "placebo",
            "Other subnets' pumps in which nobody is known to have intervened: docs/experiments/placebo.md",
        ),
        ("claims", "The article's 26 claims, answered from what is published: docs/experiments/claims.md"),
    ];
    let studies = STUDIES.iter().map(|study| (study.name, study.about));
    let values = fixed.into_iter().chain(studies).map(|(name, about)| PossibleValue::new(name).help(about));
    PossibleValuesParser::new(values).map(|name| match name.as_str() {
        "sn28" => Experiment::Sn28,
        "placebo" => Experiment::Placebo,
        "claims" => Experiment::Claims,
        name => Experiment::Study(studies::named(name).expect("it is one of the possible values")),
    })
}
