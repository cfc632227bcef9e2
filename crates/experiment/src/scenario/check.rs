//! What serde cannot check: ranges, and that what is named exists.

mod agents;
mod amounts;
mod calibration;
mod detail;
mod metrics;
mod names;
pub(crate) mod netuids;
pub(crate) mod prices;
mod protocol;
pub(crate) mod reach;
mod record;
pub(crate) mod values;

use dtao_protocol::units::Block;

use super::{Scenario, supply};
use crate::limits::{ACCOUNTS, BLOCKS};
use crate::recorded::launch::LaunchSubnet;
use dtao_files::input::{InputError, Source, suggest};

/// What can be checked before the files that the scenario names are read.
///
/// `planned` is how many blocks the scenario is written for: a run that was cut short makes fewer.
pub(crate) fn check(scenario: &Scenario, source: &Source, planned: u64) -> Result<(), InputError> {
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
    protocol::check_protocol(scenario, source, planned)?;
    let (block, holder) = (scenario.start.first_block(), scenario.start.holder());
    let of_start = |field: &str| format!("start.{}.{field}", scenario.start.kind());
    if block.0 == 0 {
        return refuse(
            &of_start("block"),
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
    supply::check_accounts(scenario, source)?;
    let accounts: u64 = scenario.agents.iter().map(|group| u64::from(group.count)).sum();
    if accounts > ACCOUNTS {
        let message = format!("{accounts} accounts in all");
        return refuse("agents", message, "a run holds at most 1_000_000 accounts: lower a group's `count`");
    }
    if planned > BLOCKS || block.0 > BLOCKS {
        let help = "a run makes at most 1_000_000_000_000 blocks, and begins no later: that is 380,000 years";
        let start = of_start(if scenario.start.kind() == "Replayed" { "until" } else { "block" });
        return refuse(if planned > BLOCKS { "blocks" } else { &start }, "too many blocks".into(), help);
    }
    let run = block..=Block(block.0 + (planned - 1));
    values::check_values(scenario, source, &run)?;
    record::check_record(scenario, source, &run)?;
    amounts::check_all(scenario, source)?;
    calibration::check_calibration(scenario, source)?;
    detail::check_detail(scenario, source)?;
    agents::check_agents(scenario, source)?;
    metrics::check_metrics(scenario, source)?;
    reach::check_last_registration(scenario, source)?;
    reach::check_windows(scenario, source, &run)?;
    reach::check_moments(scenario, source, &run)
}

/// Under root voting the moving prices are parts of one block's emission.
pub(crate) fn check_shares(
    scenario: &Scenario,
    source: &Source,
    subnets: &[LaunchSubnet],
) -> Result<(), InputError> {
    let sum: f64 = subnets.iter().map(|subnet| subnet.moving_price).sum();
    // Decimal parts of one may sum to a hair more in binary; the ledger cuts each to whole rao.
    if scenario.protocol.root_voting.is_some() && sum > 1.0 + 1e-12 {
        let message =
            format!("under root voting moving prices are parts of the emission, but they sum to {sum}");
        let help = "write parts that sum to at most 1".to_owned();
        return Err(InputError::at(source, "start.Genesis.subnets", message, Some(help)));
    }
    Ok(())
}
