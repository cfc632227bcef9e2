//! Subnets in detail have an owner, room, and one entry each.

use crate::input::{InputError, Source, suggest};
use crate::scenario::{NewSubnets, Scenario};

pub(super) fn check_detail(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: &str| {
        Err(InputError::at(source, path, message, Some(help.into())))
    };
    if let NewSubnets::Detail { max_uids: 0, .. } = scenario.new_subnets {
        let message = "no room for any neuron".into();
        return refuse("new_subnets.Detail.max_uids", message, "write at least 1");
    }
    for (index, detail) in scenario.detail.iter().enumerate() {
        if !scenario.agents.iter().any(|group| group.name == detail.owner) {
            let message = format!("no group of agents is called `{}`", detail.owner);
            let names: Vec<_> = scenario.agents.iter().map(|group| &group.name).collect();
            let help = suggest(&detail.owner, &names, "groups");
            return Err(InputError::at(source, &format!("detail[{index}].owner"), message, help));
        }
        if scenario.agents.iter().any(|group| group.name == detail.owner && group.count == 0) {
            let message = format!("the group `{}` has no account", detail.owner);
            return refuse(&format!("detail[{index}].owner"), message, "name a group with at least one");
        }
        if detail.max_uids == 0 {
            return refuse(
                &format!("detail[{index}].max_uids"),
                "no room for any neuron".into(),
                "write at least 1",
            );
        }
        if scenario.detail[..index].iter().any(|other| other.netuid == detail.netuid) {
            let message = format!("subnet {} is named twice", detail.netuid);
            return refuse(&format!("detail[{index}].netuid"), message, "name each subnet once");
        }
    }
    Ok(())
}
