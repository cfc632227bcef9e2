//! Every subnet that the scenario names exists at the start or is registered later.

use std::collections::BTreeSet;

use dtao_protocol::units::Netuid;

use super::names;
use crate::scenario::{RecordedSubnets, Scenario};
use dtao_files::input::{InputError, Source, locate};

/// Every subnet that the scenario names must exist at the start or be registered later; returns those that do.
pub(crate) fn check_netuids(
    scenario: &Scenario,
    source: &Source,
    subnets: &[Netuid],
) -> Result<BTreeSet<Netuid>, InputError> {
    let registered: usize = scenario.agents.iter().map(|group| group.strategy.registrations()).sum();
    let last = subnets.last().map_or(0, |netuid| netuid.0);
    // Each takes the lowest number that is free.
    let taken: BTreeSet<Netuid> = subnets.iter().copied().collect();
    let free = (1..=u16::MAX).map(Netuid).filter(|netuid| !taken.contains(netuid));
    let later: Vec<Netuid> = free.take(registered).collect();
    if later.len() < registered {
        let message = format!("the last subnet is {last}, and {registered} are registered later");
        let help = "netuids end with 65535: number the subnets lower, or register fewer";
        let path = format!("start.{}.subnets", scenario.start.kind());
        return Err(InputError::at(source, &path, message, Some(help.into())));
    }
    let highest = later.last().map_or(last, |netuid| netuid.0.max(last));
    let existing: BTreeSet<Netuid> = taken.iter().chain(&later).copied().collect();
    let exists = |netuid: Netuid| existing.contains(&netuid);
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
    let mut listed = BTreeSet::new();
    let mut once = |path: &str, netuid: Netuid| {
        let is_new = names::list_of(path).is_none_or(|list| listed.insert((list.to_owned(), netuid)));
        let twice = || {
            let message = format!("subnet {netuid} is named twice");
            InputError::at(source, path, message, Some("name each subnet once".into()))
        };
        if is_new { Ok(()) } else { Err(twice()) }
    };
    if let RecordedSubnets::Only(netuids) = &scenario.record.subnets {
        for (index, &netuid) in netuids.iter().enumerate() {
            once(&format!("record.subnets.Only[{index}]"), netuid)?;
        }
    }
    for (index, group) in scenario.agents.iter().enumerate() {
        for (at, &netuid) in group.inherits.neurons.iter().enumerate() {
            once(&format!("agents[{index}].inherits.neurons[{at}]"), netuid)?;
        }
    }
    for (index, detail) in scenario.detail.iter().enumerate() {
        if !taken.contains(&detail.netuid) {
            return refuse(format!("detail[{index}].netuid"), detail.netuid);
        }
    }
    for (index, aggregate) in scenario.aggregate.iter().enumerate() {
        if !taken.contains(&aggregate.netuid) {
            return refuse(format!("aggregate[{index}].netuid"), aggregate.netuid);
        }
    }
    for (path, netuid) in names::each(scenario, |entry| entry.netuids()) {
        once(&path, netuid)?;
        if !exists(netuid) {
            return refuse(path, netuid);
        }
    }
    for (path, netuid) in names::moved(scenario, |entry| entry.netuids()) {
        if !exists(netuid) {
            return refuse(path, netuid);
        }
    }
    for (index, subnet) in scenario.values.iter().flat_map(|values| &values.subnets).enumerate() {
        if !exists(subnet.netuid) {
            return refuse(format!("values.subnets[{index}].netuid"), subnet.netuid);
        }
    }
    for (kind, netuids) in &scenario.kinds {
        for (index, &netuid) in netuids.iter().enumerate() {
            let field = format!("kinds.{}[{index}]", locate::quoted(kind));
            once(&field, netuid)?;
            if !exists(netuid) {
                return refuse(field, netuid);
            }
        }
    }
    names::check_detailed(scenario, source, &later.into_iter().collect())?;
    Ok(existing)
}
