//! That what strategies and metrics name is there: groups of agents, and subnets in detail.

use std::collections::{BTreeMap, BTreeSet};

use dtao_agents::{Parameters, StrategySpec};
use dtao_protocol::units::Netuid;

use crate::scenario::{NewSubnets, Scenario};
use dtao_files::input::{InputError, Source, locate, suggest};

/// What each strategy and each metric answers as it is written, with the path of the field that it names.
pub(super) fn each<'a, T: 'a>(
    scenario: &'a Scenario,
    answers: impl Fn(&dyn Parameters) -> Vec<(String, T)> + 'a,
) -> impl Iterator<Item = (String, T)> + 'a {
    let strategies = scenario.agents.iter().enumerate().map(|(index, group)| {
        let path = format!("agents[{index}].strategy.{}", group.strategy.name());
        (path, &*group.strategy as &dyn Parameters)
    });
    let metrics = scenario.metrics.iter().map(|(name, metric)| {
        let path = format!("metrics.{}.{}", locate::quoted(name), metric.name());
        (path, &**metric as &dyn Parameters)
    });
    strategies.chain(metrics).flat_map(move |(path, entry)| {
        answers(entry).into_iter().map(move |(field, answer)| (format!("{path}.{field}"), answer))
    })
}

/// What accounts that each work on a subnet of their own answer beyond what is written, with the path of the field that it comes from.
pub(super) fn moved<'a, T: 'a>(
    scenario: &'a Scenario,
    answers: impl Fn(&dyn Parameters) -> Vec<(String, T)> + 'a,
) -> impl Iterator<Item = (String, T)> + 'a {
    scenario.agents.iter().enumerate().flat_map(move |(index, group)| {
        let StrategySpec::Switcher(role) = &group.strategy else { return Vec::new() };
        let path = format!("agents[{index}].strategy.Switcher");
        let places = role.other_places(group.count);
        let named = places.flat_map(|place| answers(&role.at(place)));
        named.map(|(field, answer)| (format!("{path}.{field}"), answer)).collect()
    })
}

/// Every group of agents that a strategy or a metric names must exist.
pub(super) fn check_groups(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let names: BTreeSet<&str> =
        std::iter::once("root").chain(scenario.agents.iter().map(|group| group.name.as_str())).collect();
    let mut listed = BTreeSet::new();
    for (path, name) in each(scenario, |entry| entry.groups()) {
        if let Some(list) = list_of(&path)
            && !listed.insert((list.to_owned(), name.clone()))
        {
            let message = format!("the group `{name}` is named twice");
            return Err(InputError::at(source, &path, message, Some("name each group once".into())));
        }
        if !names.contains(name.as_str()) {
            let message = format!("no group of agents is called `{name}`");
            let names: Vec<&str> = names.into_iter().collect();
            return Err(InputError::at(source, &path, message, suggest(&name, &names, "groups")));
        }
    }
    Ok(())
}

/// Every strategy that a metric names must be one that some accounts of its groups choose from; groups have been checked.
pub(super) fn check_options(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let of_its_groups = |entry: &dyn Parameters| {
        let groups: BTreeSet<String> = entry.groups().into_iter().map(|(_, group)| group).collect();
        let options = entry.options().into_iter();
        options.map(|(field, name)| (field, (name, groups.clone()))).collect()
    };
    for (path, (name, groups)) in each(scenario, of_its_groups) {
        let roles = scenario.agents.iter().filter(|group| groups.contains(&group.name));
        let options = roles.filter_map(|group| match &group.strategy {
            StrategySpec::Switcher(role) => Some(&role.options),
            _ => None,
        });
        let names: BTreeSet<&str> = options.flatten().map(|option| option.name.as_str()).collect();
        if !names.contains(name.as_str()) {
            let groups: Vec<String> = groups.iter().map(|group| format!("`{group}`")).collect();
            let message = match &groups[..] {
                [] => format!("no group is named whose accounts could follow `{name}`"),
                _ => format!("no account of {} chooses from a strategy called `{name}`", groups.join(", ")),
            };
            let names: Vec<&str> = names.into_iter().collect();
            return Err(InputError::at(source, &path, message, suggest(&name, &names, "strategies")));
        }
    }
    Ok(())
}

/// The list that a path leads into, if its elements must differ: calls may be made twice.
pub(super) fn list_of(path: &str) -> Option<&str> {
    let (list, element) = path.rsplit_once('[')?;
    (!element.ends_with("].call") && !element.contains(".strategy.")).then_some(list)
}

/// Every account that a strategy names by its number in a group must exist; groups have been checked.
pub(super) fn check_members(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let groups = scenario.agents.iter().map(|group| (group.name.as_str(), group.count));
    let counts: BTreeMap<&str, u32> = groups.collect();
    for (path, (named, number)) in each(scenario, |entry| entry.members()) {
        // The stakers on root are one account.
        let count = counts.get(named.as_str()).copied().unwrap_or(1);
        if number >= count {
            let message =
                format!("the group `{named}` has no account {number}: it has {count}, counted from 0");
            return Err(InputError::at(source, &path, message, None));
        }
    }
    Ok(())
}

/// Every subnet that a strategy or a metric needs in detail must be so, at the start or when it is registered `later`.
pub(super) fn check_detailed(
    scenario: &Scenario,
    source: &Source,
    later: &BTreeSet<Netuid>,
) -> Result<(), InputError> {
    let detail: BTreeSet<Netuid> = scenario.detail.iter().map(|detail| detail.netuid).collect();
    let new_in_detail = scenario.new_subnets != NewSubnets::Aggregate;
    let detailed = |entry: &dyn Parameters| entry.detailed();
    for (path, netuid) in each(scenario, detailed).chain(moved(scenario, detailed)) {
        let is_new = later.contains(&netuid);
        if !(detail.contains(&netuid) || is_new && new_in_detail) {
            let message = format!("subnet {netuid} is simulated in aggregate: it has no neurons");
            let help = if is_new {
                "write `new_subnets: Detail(…)`: the subnet is registered during the run"
            } else {
                "add the subnet to the scenario's `detail`"
            };
            return Err(InputError::at(source, &path, message, Some(help.into())));
        }
    }
    Ok(())
}
