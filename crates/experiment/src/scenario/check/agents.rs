//! Groups have names of their own, and their strategies and inheritances hold.

use crate::input::{InputError, Source};
use crate::scenario::{Scenario, inheritance};

pub(super) fn check_agents(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: &str| {
        Err(InputError::at(source, path, message, Some(help.into())))
    };
    let mut names = vec!["root"];
    for (index, group) in scenario.agents.iter().enumerate() {
        if names.contains(&group.name.as_str()) {
            let message = format!("the name `{}` is taken", group.name);
            let help = "give each group a name of its own; `root` is the group of the stakers on root";
            return refuse(&format!("agents[{index}].name"), message, help);
        }
        names.push(&group.name);
        group.strategy.check().map_err(|error| {
            let path = format!("agents[{index}].strategy.{}.{}", group.strategy.name(), error.field);
            InputError::at(source, &path, error.message, None)
        })?;
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
