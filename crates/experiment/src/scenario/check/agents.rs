//! Groups have names of their own, and their strategies and inheritances hold.

use std::collections::BTreeSet;

use crate::limits::GROUPS;
use crate::scenario::{Scenario, inheritance};
use dtao_agents::StrategySpec;
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
        group.strategy.check_all().map_err(|error| {
            let path = format!("agents[{index}].strategy.{}.{}", group.strategy.name(), error.field);
            InputError::at(source, &path, error.message, None)
        })?;
        if let StrategySpec::Program(program) = &group.strategy
            && u32::from(program.accounts()) > group.count
        {
            let path = format!("agents[{index}].strategy.Program.steps");
            let (accounts, count) = (program.accounts(), group.count);
            let message = format!("the steps name {accounts} accounts, and the group has {count}");
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
