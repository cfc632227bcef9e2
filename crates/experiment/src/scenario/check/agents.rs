//! Groups have names of their own, and their strategies and inheritances hold.

use std::collections::BTreeSet;

use dtao_agents::switcher::Switcher;
use dtao_agents::{ParameterError, StrategySpec};

use crate::limits::GROUPS;
use crate::scenario::{Group, Scenario, inheritance};
use dtao_files::input::{InputError, Source, names};

pub(super) fn check_agents(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: &str| {
        Err(InputError::at(source, path, message, Some(help.into())))
    };
    if scenario.agents.len() > GROUPS {
        let message = format!("{} groups: at most {GROUPS} are possible", scenario.agents.len());
        return refuse("agents", message, "put accounts that do the same into one group");
    }
    let mut names = BTreeSet::from(["root"]);
    for (index, group) in scenario.agents.iter().enumerate() {
        if let Some((message, help)) = names::fault(&group.name) {
            return refuse(&format!("agents[{index}].name"), message, &help);
        }
        if !names.insert(&group.name) {
            let message = format!("the name `{}` is taken", group.name);
            let help = "give each group a name of its own; `root` is the group of the stakers on root";
            return refuse(&format!("agents[{index}].name"), message, help);
        }
        check_options(index, group, source)?;
        group.strategy.check_all().map_err(|error| {
            let path = format!("agents[{index}].strategy.{}.{}", group.strategy.name(), error.field);
            InputError::at(source, &path, error.message, None)
        })?;
        if let StrategySpec::Program(program) = &group.strategy
            && u32::from(program.accounts()) > group.count
        {
            let path = format!("agents[{index}].strategy.Program.steps");
            let (accounts, count) = (program.accounts(), group.count);
            let message = format!("the steps name {accounts} accounts, but the group has {count}");
            return refuse(&path, message, "raise the group's `count`, or name fewer accounts");
        }
        group.inherits.check(group.count).map_err(|error| {
            let path = format!("agents[{index}].inherits.{}", error.field);
            InputError::at(source, &path, error.message, None)
        })?;
    }
    inheritance::check_sums(scenario.agents.iter().map(|group| &group.inherits)).map_err(|(index, error)| {
        let path = format!("agents[{index}].inherits.{}", error.field);
        InputError::at(source, &path, error.message, None)
    })
}

/// The strategies among which a group chooses hold, too, and as many accounts are allotted as there are.
fn check_options(index: usize, group: &Group, source: &Source) -> Result<(), InputError> {
    let StrategySpec::Switcher(role) = &group.strategy else { return Ok(()) };
    let within = format!("agents[{index}].strategy.Switcher");
    let refused = |path: &str, error: ParameterError| {
        InputError::at(source, &format!("{within}.{path}.{}", error.field), error.message, None)
    };
    for (at, choice) in role.options.iter().enumerate() {
        choice.check(role.works).map_err(|error| refused(&format!("options[{at}]"), error))?;
        let strategy = choice.strategy.check_all();
        strategy.map_err(|error| refused(&Switcher::path(at, choice), error))?;
    }
    if !role.can_work(group.count) {
        let message = format!("{} accounts: the last would work on a subnet beyond 65535", group.count);
        let help = "lower the netuids of the options, or the group's `count`";
        return Err(InputError::at(source, &format!("{within}.works"), message, Some(help.into())));
    }
    let Some(allotted) = &role.allotted else { return Ok(()) };
    let sum: u64 = allotted.iter().map(|&accounts| u64::from(accounts)).sum();
    if sum != u64::from(group.count) {
        let message = format!("{sum} accounts are allotted, but the group has {}", group.count);
        let help = "write numbers that sum to the group's `count`, or leave `allotted` out";
        return Err(InputError::at(source, &format!("{within}.allotted"), message, Some(help.into())));
    }
    Ok(())
}
