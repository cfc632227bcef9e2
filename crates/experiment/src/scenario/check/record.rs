//! What is recorded has rows.

use std::ops::RangeInclusive;

use dtao_protocol::units::Block;

use crate::limits::BLOCKS;
use crate::scenario::Scenario;
use dtao_files::input::{InputError, Source};

/// Rows stand at some blocks of the run, if need be at its last alone.
pub(super) fn check_record(
    scenario: &Scenario,
    source: &Source,
    run: &RangeInclusive<Block>,
) -> Result<(), InputError> {
    let refuse = |field: &str, message: String, help: &str| {
        Err(InputError::at(source, &format!("record.{field}"), message, Some(help.into())))
    };
    if scenario.record.every == 0 {
        let help = "write how many blocks are between rows, at least 1";
        return refuse("every", "a row every 0 blocks".into(), help);
    }
    if scenario.record.every > BLOCKS {
        let message = format!("a row every {} blocks: at most {BLOCKS} are possible", scenario.record.every);
        return refuse("every", message, "write how many blocks are between rows");
    }
    let (first, last) = (*run.start(), *run.end());
    match scenario.record.from {
        Some(from) if from < first || from > last => {
            let message =
                format!("the first row is at block {from}, but the run makes blocks {first} to {last}");
            refuse("from", message, "write one of the run's blocks, or leave `from` out")
        }
        _ => Ok(()),
    }
}
