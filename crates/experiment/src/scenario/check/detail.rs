//! Subnets in detail have an owner, room, and one entry each; what is said of others is in range.

use std::collections::{BTreeMap, BTreeSet};

use dtao_protocol::registration::{CollateralFault, NeuronPayment};
use dtao_protocol::settable::text;

use super::amounts;
use super::protocol::rules_at_start;
use crate::limits::BLOCKS;
use crate::scenario::{NewSubnets, Scenario};
use dtao_files::input::{InputError, Source, suggest};

pub(super) fn check_detail(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: &str| {
        Err(InputError::at(source, path, message, Some(help.into())))
    };
    if let NewSubnets::Detail { max_uids: 0, .. } = scenario.new_subnets {
        let message = "no room for any neuron".into();
        return refuse("new_subnets.Detail.max_uids", message, "write at least 1");
    }
    let counts: BTreeMap<&str, u32> =
        scenario.agents.iter().map(|group| (group.name.as_str(), group.count)).collect();
    let mut netuids = BTreeSet::new();
    let rules = rules_at_start(scenario);
    let max_burn = rules.burn.max;
    if let NewSubnets::Detail { immunity_period, .. } = scenario.new_subnets
        && immunity_period > BLOCKS
    {
        let message = format!("{immunity_period} blocks: at most {BLOCKS} are possible");
        return refuse("new_subnets.Detail.immunity_period", message, "5000 at launch");
    }
    for (index, detail) in scenario.detail.iter().enumerate() {
        for (field, amount) in [("burn", Some(detail.burn)), ("min_burn", detail.min_burn)] {
            amounts::check(source, &format!("detail[{index}].{field}"), amount)?;
        }
        if let Some(min) = detail.min_burn.filter(|&min| min > max_burn) {
            let (min, max) = (text(&min), text(&max_burn));
            let message =
                format!("the minimum price of registering a neuron, {min}, is above the maximum, {max}");
            let help = "write less, or a higher `protocol.rules.burn.max`";
            return refuse(&format!("detail[{index}].min_burn"), message, help);
        }
        if detail.immunity_period > BLOCKS {
            let message = format!("{} blocks: at most {BLOCKS} are possible", detail.immunity_period);
            return refuse(&format!("detail[{index}].immunity_period"), message, "5000 at launch");
        }
        if !counts.contains_key(detail.owner.as_str()) {
            let message = format!("no group of agents is called `{}`", detail.owner);
            let names: Vec<_> = scenario.agents.iter().map(|group| &group.name).collect();
            let help = suggest(&detail.owner, &names, "groups");
            return Err(InputError::at(source, &format!("detail[{index}].owner"), message, help));
        }
        if counts[detail.owner.as_str()] == 0 {
            let message = format!("the group `{}` has no account", detail.owner);
            return refuse(&format!("detail[{index}].owner"), message, "name a group with at least one");
        }
        let count = counts[detail.owner.as_str()];
        if detail.owner_place >= count {
            let message = format!(
                "the group `{}` has no account {}: it has {count}, counted from 0",
                detail.owner, detail.owner_place
            );
            return refuse(&format!("detail[{index}].owner_place"), message, "write a lower place");
        }
        if detail.max_uids == 0 {
            return refuse(
                &format!("detail[{index}].max_uids"),
                "no room for any neuron".into(),
                "write at least 1",
            );
        }
        if !netuids.insert(detail.netuid) {
            let message = format!("subnet {} is named twice", detail.netuid);
            return refuse(&format!("detail[{index}].netuid"), message, "name each subnet once");
        }
        let Some(asked) = detail.collateral else { continue };
        let of = |field: &str| format!("detail[{index}].collateral{field}");
        if let Err(fault) = asked.terms() {
            let (field, help) = match fault {
                CollateralFault::LockShare(_) => (".lock_share", "0.5 for a half; 0 locks nothing"),
                CollateralFault::Release(_) => (".release", "1 is the chain's default"),
            };
            return refuse(&of(field), fault.to_string(), help);
        }
        if rules.registration.neuron_payment == NeuronPayment::Burned {
            let spec = u16::from(scenario.protocol.spec);
            let message = format!("neurons have no collateral under the rules at the start, of spec {spec}");
            let help = "write a spec from 437 (2026-07-22) on; or leave it out here, and let the owner call `SetCollateral` once the \
                        runtime has it";
            return refuse(&of(""), message, help);
        }
    }
    for (index, aggregate) in scenario.aggregate.iter().enumerate() {
        let (netuid, part) = (aggregate.netuid, aggregate.owners_incentive);
        let of = |field: &str| format!("aggregate[{index}].{field}");
        if !(0.0..=1.0).contains(&part) {
            let message = format!("expected a fraction from 0 to 1, found {part}");
            let help = "write the fraction of the incentive that the owner's neurons take, from 0 to 1";
            return refuse(&of("owners_incentive"), message, help);
        }
        if scenario.detail.iter().any(|detail| detail.netuid == netuid) {
            let message = format!("subnet {netuid} is simulated in detail");
            let help =
                "leave it out here: in detail the owner's neuron has the incentive that weights give it";
            return refuse(&of("netuid"), message, help);
        }
        if !netuids.insert(netuid) {
            return refuse(&of("netuid"), format!("subnet {netuid} is named twice"), "name each subnet once");
        }
    }
    Ok(())
}
