//! What a scenario writes down for a time happens in its run.

use std::ops::RangeInclusive;

use dtao_protocol::units::Block;

use crate::recorded::launch::LaunchSubnet;
use crate::scenario::{Scenario, Start};
use dtao_files::input::{InputError, Source, locate};

/// Metrics look at blocks that are made.
pub(super) fn check_windows(
    scenario: &Scenario,
    source: &Source,
    run: &RangeInclusive<Block>,
) -> Result<(), InputError> {
    let (first, last) = (run.start(), run.end());
    for (name, metric) in &scenario.metrics {
        let refuse = |message: String, help: &str| {
            let path = format!("metrics.{}", locate::quoted(name));
            Err(InputError::at(source, &path, message, Some(help.into())))
        };
        let (from, to) = metric.window();
        if to < from {
            return refuse(format!("the window ends (block {to}) before it begins ({from})"), "swap them");
        }
        if from < *first {
            let message = format!("the metric looks at block {from}, but the run begins with {first}");
            return refuse(message, "move the window, or begin earlier");
        }
        if to > *last {
            let message = format!("the metric looks at block {to}, but the run ends with {last}");
            return refuse(message, "move the window, or make more `blocks`");
        }
        if let Some(fault) = metric.fault() {
            return refuse(fault, "make the window longer, or look more often");
        }
    }
    Ok(())
}

/// Nothing that a strategy does at a time, or the calibration looks at, lies outside the run.
pub(super) fn check_moments(
    scenario: &Scenario,
    source: &Source,
    run: &RangeInclusive<Block>,
) -> Result<(), InputError> {
    for (index, group) in scenario.agents.iter().enumerate() {
        for moment in group.strategy.moments() {
            if let Some(message) = moment.missed(run) {
                let path = format!("agents[{index}].strategy.{}.{}", group.strategy.name(), moment.field);
                let help = "write a block of the run, or leave it out".to_owned();
                return Err(InputError::at(source, &path, message, Some(help)));
            }
        }
    }
    if let Some(calibration) = &scenario.calibration {
        for (field, block) in [("from", calibration.from), ("to", calibration.to)] {
            if !run.contains(&block) {
                let message = format!("block {block} is not in the run: {} to {}", run.start(), run.end());
                return Err(InputError::at(source, &format!("calibration.{field}"), message, None));
            }
        }
    }
    Ok(())
}

/// What was registered before the start was registered before it.
pub(super) fn check_last_registration(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let (Start::Genesis { block, last_registration, .. }
    | Start::Pools { block, last_registration: Some(last_registration), .. }) = &scenario.start
    else {
        return Ok(());
    };
    if last_registration.block < *block {
        return Ok(());
    }
    let message = format!(
        "the last registration before the start is at block {}, but the first block to be made is {block}",
        last_registration.block
    );
    let help = "write an earlier block".to_owned();
    let path = format!("start.{}.last_registration.block", scenario.start.kind());
    Err(InputError::at(source, &path, message, Some(help)))
}

/// The first subnet of a launch that would be registered after the start, and what is wrong with that.
pub(crate) fn future_registration(subnets: &[LaunchSubnet], first: Block) -> Option<(usize, String)> {
    let row = subnets.iter().position(|subnet| subnet.registered_at >= first)?;
    let LaunchSubnet { netuid, registered_at, .. } = subnets[row];
    let message = format!(
        "subnet {netuid} is there at the start, but registered at block {registered_at}: \
         the first block to be made is {first}"
    );
    Some((row, message))
}
