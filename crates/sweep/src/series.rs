//! Series: quantities whose values over time a sweep keeps.

use dtao_experiment::scenario::{Loaded, Scenario};
use dtao_files::input::{InputError, Source, locate, names};
use dtao_metrics::quantity::Quantity;
use dtao_metrics::series::Series as Sampled;
use dtao_protocol::units::{Block, MAX_BLOCKS, Netuid};
use serde::{Deserialize, Serialize};

use super::file::Sweep;
use super::limits::{SAMPLES, SAMPLES_OF_A_CELL};

/// A series of a sweep: a quantity of one subnet at the end of every so many blocks, the same in every run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Which subnet.
    pub netuid: Netuid,
    /// Which quantity.
    pub of: Quantity,
    /// Blocks from one sample to the next.
    pub every: u64,
    /// The block of the first sample.
    pub from: Block,
    /// No sample is later.
    pub to: Block,
}

impl Series {
    /// The blocks of its samples.
    pub fn blocks(&self) -> impl Iterator<Item = Block> {
        (self.from.0..=self.to.0).step_by(usize::try_from(self.every).unwrap_or(usize::MAX)).map(Block)
    }

    /// What a run is asked for.
    #[must_use]
    pub fn sampled(&self) -> Sampled {
        Sampled { netuid: self.netuid, of: self.of, blocks: self.blocks().collect() }
    }

    /// How many samples it has.
    #[must_use]
    pub fn samples(&self) -> u64 {
        (self.to.0 - self.from.0) / self.every + 1
    }
}

fn field(name: &str, of: &str) -> String {
    format!("series.{}{of}", locate::quoted(name))
}

/// The series of a sweep's file over the blocks of its scenario.
pub(crate) fn resolve(
    sweep: &Sweep,
    scenario: &Scenario,
    source: &Source,
) -> Result<Vec<Series>, InputError> {
    let (first, last) = (scenario.start.first_block(), scenario.last_block());
    let refuse = |field: String, message: String, help: &str| {
        Err(InputError::at(source, &field, message, Some(help.to_owned())))
    };
    let mut all = Vec::new();
    for (name, series) in sweep.series.iter() {
        if let Some((message, help)) = names::fault(name) {
            return refuse(field(name, ""), message, &help);
        }
        if series.every == 0 || series.every > MAX_BLOCKS {
            let help = "write how many blocks lie between two samples: 300 is an hour";
            let message = format!(
                "{} blocks from one sample to the next: 1 to {MAX_BLOCKS} are possible",
                series.every
            );
            return refuse(field(name, ".every"), message, help);
        }
        let window = format!("the runs are of blocks {first} to {last}");
        let (from, to) = (series.from.unwrap_or(first), series.to.unwrap_or(last));
        for (given, block, of) in [(series.from.is_some(), from, ".from"), (series.to.is_some(), to, ".to")] {
            if given && !(first..=last).contains(&block) {
                return refuse(field(name, of), format!("block {block} is outside the runs"), &window);
            }
        }
        if to < from {
            return refuse(
                field(name, ".to"),
                format!("block {to} is before {from}, where it begins"),
                &window,
            );
        }
        all.push(Series {
            name: name.to_owned(),
            netuid: series.netuid,
            of: series.of,
            every: series.every,
            from,
            to,
        });
    }
    let samples: u64 = all.iter().map(Series::samples).sum();
    let seeds = sweep.seeds.1.saturating_sub(sweep.seeds.0);
    let most = SAMPLES.min(SAMPLES_OF_A_CELL / seeds.max(1));
    if samples > most {
        let message = format!(
            "{samples} samples of each run are too many: with {seeds} seeds at most {most} are possible"
        );
        let help = "sample less often with a larger `every`, or only from `from` to `to`";
        return refuse("series".into(), message, help);
    }
    Ok(all)
}

/// Every series is of a subnet that there is, or that may be registered.
pub(crate) fn check(
    series: &[Series],
    loaded: &Loaded,
    source: &Source,
    cell: &str,
) -> Result<(), InputError> {
    match series.iter().find(|series| !loaded.may_have(series.netuid)) {
        None => Ok(()),
        Some(Series { name, netuid, .. }) => {
            let message = format!("the scenario has no subnet {netuid} ({cell})");
            let help = Some("name a subnet that is there at the start".to_owned());
            Err(InputError::at(source, &field(name, ".netuid"), message, help))
        }
    }
}
