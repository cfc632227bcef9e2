//! What subnets are worth: written where it is measured, in range and in order.

use std::ops::RangeInclusive;

use dtao_agents::StrategySpec;
use dtao_agents::script::ScriptedCall;
use dtao_protocol::emission::Emission;
use dtao_protocol::measurement::MAX_VALUE;
use dtao_protocol::rules::RuleValues;
use dtao_protocol::units::Block;

use crate::scenario::{Key, Scenario, Values};
use dtao_files::input::{InputError, Source};

/// A rule that shares by values needs some, and values must be possible.
pub(super) fn check_values(
    scenario: &Scenario,
    source: &Source,
    run: &RangeInclusive<Block>,
) -> Result<(), InputError> {
    if let Some(values) = &scenario.values {
        return check_written(values, source, run);
    }
    let start = std::iter::once(("protocol".to_owned(), Some(&scenario.protocol.rules)));
    let eras = scenario.eras.iter().enumerate();
    let eras = eras.map(|(index, change)| (format!("eras[{index}]"), change.rules.as_ref()));
    for (path, rules) in start.chain(eras).chain(scripted(scenario)) {
        if rules.and_then(|rules| rules.emission).is_some_and(Emission::measures) {
            return Err(without_values(source, &path));
        }
    }
    Ok(())
}

/// The rules that root's scripts set, each with its place.
fn scripted(scenario: &Scenario) -> impl Iterator<Item = (String, Option<&RuleValues>)> {
    let of_root = scenario.agents.iter().enumerate().filter(|(_, group)| group.key == Key::Root);
    of_root.flat_map(|(index, group)| {
        let lines = match &group.strategy {
            StrategySpec::Script(script) => script.calls.as_slice(),
            _ => &[],
        };
        lines.iter().enumerate().map(move |(at, line)| {
            let rules = match &line.call {
                ScriptedCall::SetRules(rules) => Some(&**rules),
                _ => None,
            };
            (format!("agents[{index}].strategy.Script.calls[{at}].call"), rules)
        })
    })
}

/// The emission is shared by values, and the scenario writes none.
pub(crate) fn without_values(source: &Source, path: &str) -> InputError {
    let message =
        "the emission is shared by what subnets are worth, and `values` does not say that".to_owned();
    let help =
        "write, for example, `values: (others: 1.0, subnets: [(netuid: 1, steps: [(from: 0, value: 5.0)])])`";
    InputError::at(source, path, message, Some(help.into()))
}

fn check_written(values: &Values, source: &Source, run: &RangeInclusive<Block>) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: String| {
        Err(InputError::at(source, &format!("values.{path}"), message, Some(help)))
    };
    let in_range = |value: f64| (0.0..=MAX_VALUE).contains(&value);
    let range = || format!("write a value from 0 to {MAX_VALUE:e}");
    if !in_range(values.others) {
        return refuse("others", format!("{} is not in its range", values.others), range());
    }
    for (index, subnet) in values.subnets.iter().enumerate() {
        let of = |field: &str| format!("subnets[{index}].{field}");
        if values.subnets[..index].iter().any(|earlier| earlier.netuid == subnet.netuid) {
            let message = format!("subnet {} is named twice", subnet.netuid);
            return refuse(&of("netuid"), message, "write all of its steps in one line".into());
        }
        if subnet.steps.is_empty() {
            let help = "write its value, such as `[(from: 0, value: 5.0)]`, or leave the subnet out";
            return refuse(&of("steps"), "no step".into(), help.into());
        }
        for (place, step) in subnet.steps.iter().enumerate() {
            let of = |field: &str| of(&format!("steps[{place}].{field}"));
            if !in_range(step.value) {
                return refuse(&of("value"), format!("{} is not in its range", step.value), range());
            }
            if place > 0 && step.from <= subnet.steps[place - 1].from {
                let message = format!("block {} does not come after that of the step before", step.from);
                return refuse(&of("from"), message, "write steps in the order of their blocks".into());
            }
            if step.from > *run.end() {
                let message =
                    format!("block {} never comes: the run ends with block {}", step.from, run.end());
                return refuse(&of("from"), message, "write a block of the run, or leave it out".into());
            }
        }
    }
    Ok(())
}
