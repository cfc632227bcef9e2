//! The rules of a scenario: known ones, in their ranges, and such as the runtime can have.

use dtao_protocol::emission::Emission;
use dtao_protocol::era::Spec;
use dtao_protocol::rules::{RuleValues, Rules};
use dtao_protocol::settable::{Settable, text};
use dtao_protocol::units::Block;

use crate::scenario::{EraChange, Scenario, Start};
use dtao_files::input::{InputError, Source, locate, ron_file, suggest};

/// What a scenario may call its rules.
const NAMES: [&str; 2] = ["Launch", "RootVoting"];

/// What a scenario may call a set of values.
const NAMED_VALUES: &str = "Mainnet";

pub(super) fn check_protocol(scenario: &Scenario, source: &Source, planned: u64) -> Result<(), InputError> {
    let protocol = &scenario.protocol;
    let called = name(source, "protocol");
    let at = if called.is_empty() { "protocol".to_owned() } else { format!("protocol.{called}") };
    let refuse = |field: &str, message: String, help: &str| {
        Err(InputError::at(source, &format!("{at}{field}"), message, Some(help.into())))
    };
    if !called.is_empty() && !NAMES.contains(&called) {
        let message = format!("no rules are called `{called}`");
        let help = suggest(called, &NAMES, "write `(spec: …)`, or one of").unwrap_or_default();
        return refuse("", message, &help);
    }
    let values = name(source, &format!("{at}.rules"));
    if !values.is_empty() && (values != NAMED_VALUES || protocol.mainnet.is_none()) {
        let message = format!("no values of rules are called `{values}`");
        return refuse(".rules", message, "write `(…)` with single values, or `Mainnet(\"2026-10-08\")`");
    }
    if values.is_empty() && protocol.mainnet.is_some() {
        let message = "a date without a name".to_owned();
        return refuse(".rules", message, "write `Mainnet(\"2026-10-08\")`");
    }
    let written = locate::path(&format!("{at}.rules")).and_then(|path| locate::find(&source.text, &path));
    if written.is_some_and(|span| source.text[span].starts_with('{')) {
        let message = "expected values of rules, found a map `{…}`".to_owned();
        return refuse(".rules", message, "write `(…)` with single values, or `Mainnet(\"2026-10-08\")`");
    }
    let votes = root_votes(protocol.spec);
    let spec = u16::from(protocol.spec);
    if votes && (called == "Launch" || protocol.root_voting.is_none()) {
        let message = format!("at spec {spec} root's validators still vote on the emission");
        let help = "write `(spec: …, root_tempo: 100, weights_rate_limit: 100, lock: \"… TAO\")`, or a spec from 234 \
                    (2025-02-13) on";
        return refuse(".spec", message, help);
    }
    if !votes && (called == "RootVoting" || protocol.root_voting.is_some()) {
        let message = format!("at spec {spec} dynamic TAO has begun and root no longer votes");
        let help =
            "leave `root_tempo`, `weights_rate_limit` and `lock` out, as in `(spec: 234)`, or write spec 219";
        return refuse(".spec", message, help);
    }
    if votes && matches!(scenario.start, Start::Pools { .. }) {
        let message = format!("at spec {spec} there are no pools to begin with");
        let help = "write a spec from 234 (2025-02-13) on, or begin with a `Genesis`";
        return refuse(".spec", message, help);
    }
    let short = [
        ("stake_threshold", protocol.stake_threshold.is_some() && protocol.rules.stake_threshold.is_some()),
        (
            "nominator_min_stake",
            protocol.nominator_min_stake.is_some() && protocol.rules.nominator_min_stake.is_some(),
        ),
    ];
    for (field, twice) in short {
        if twice {
            let message = format!("`{field}` and `rules.{field}` are the same value");
            return refuse(&format!(".{field}"), message, "one would undo the other: write it once");
        }
    }
    check_values(&protocol.short_forms(), votes, &at, source)?;
    check_values(&protocol.rules, votes, &format!("{at}.rules"), source)?;
    check_burn(&protocol.rules, &rules_at_start(scenario), &format!("{at}.rules"), source)?;
    check_eras(scenario, source, planned)
}

/// The rules that the run begins with.
pub(super) fn rules_at_start(scenario: &Scenario) -> Rules {
    scenario.protocol.applied_to(&Rules::at(scenario.protocol.spec))
}

/// If values set a bound of the price of registering a neuron, the bounds that then hold are in order.
fn check_burn(values: &RuleValues, then: &Rules, at: &str, source: &Source) -> Result<(), InputError> {
    let (min, max) = (then.burn.min, then.burn.max);
    let Some(written) = values.burn.as_ref().filter(|_| min > max) else { return Ok(()) };
    let field = match (written.min, written.max) {
        (_, Some(_)) => "max",
        (Some(_), None) => "min",
        (None, None) => return Ok(()),
    };
    let (min, max) = (text(&min), text(&max));
    let message = format!("the minimum price of registering a neuron, {min}, is above the maximum, {max}");
    let help = "write a minimum (`burn.min`) up to the maximum (`burn.max`)".to_owned();
    Err(InputError::at(source, &format!("{at}.burn.{field}"), message, Some(help)))
}

/// The name before the parentheses of what stands at a path; empty if there is none.
fn name<'a>(source: &'a Source, path: &str) -> &'a str {
    let path = locate::path(path).expect("it is a path");
    locate::find(&source.text, &path).map_or("", |span| ron_file::name(&source.text[span]))
}

fn root_votes(spec: Spec) -> bool {
    Rules::at(spec).emission == Emission::RootVote
}

/// Values of the rules, under which root votes or not.
fn check_values(values: &RuleValues, votes: bool, at: &str, source: &Source) -> Result<(), InputError> {
    Rules::check(values).map_err(|error| {
        let message = error.to_string();
        let help = format!("write a value from {}; `dtao list rules` shows each rule's range", error.range);
        InputError::at(source, &format!("{at}.{}", error.path), message, Some(help))
    })?;
    match values.emission {
        Some(Emission::RootVote) if !votes => {
            let message = "root no longer votes on the emission".to_owned();
            let help =
                "its votes end with spec 234: write that rule as `protocol: (spec: 219, …)`".to_owned();
            Err(InputError::at(source, &format!("{at}.emission"), message, Some(help)))
        }
        Some(rule) if votes && rule != Emission::RootVote => {
            let message = format!("there is no {rule:?} to share by: pools begin with spec 234");
            let help = "leave it out, and set it in `eras`, at or after the upgrade to spec 234".to_owned();
            Err(InputError::at(source, &format!("{at}.emission"), message, Some(help)))
        }
        _ => Ok(()),
    }
}

/// Changes during the run: in order, in time, forwards.
fn check_eras(scenario: &Scenario, source: &Source, planned: u64) -> Result<(), InputError> {
    let first = scenario.start.first_block();
    let last = Block(first.0.saturating_add(planned.max(1) - 1));
    let mut spec = scenario.protocol.spec;
    let mut then = rules_at_start(scenario);
    let mut before: Option<Block> = None;
    for (index, change) in scenario.eras.iter().enumerate() {
        let refuse = |field: &str, message: String, help: String| {
            Err(InputError::at(source, &format!("eras[{index}]{field}"), message, Some(help)))
        };
        let EraChange { at, spec: next, rules } = change;
        if next.is_none() && rules.is_none() {
            let help = "write `spec: …`, `rules: (…)` or both".to_owned();
            return refuse("", "a change that changes nothing".into(), help);
        }
        if *at < first || *at > last {
            let message = format!("block {at} is not in the run: it makes {first} to {last}");
            return refuse(".at", message, "write one of its blocks, or leave the change out".into());
        }
        if let Some(before) = before.filter(|before| at <= before) {
            let message = format!("block {at} does not come after {before}, the block of the change before");
            return refuse(".at", message, "write changes in the order of their blocks, one for each".into());
        }
        before = Some(*at);
        if let Some(next) = *next {
            if next <= spec {
                let (next, now) = (u16::from(next), u16::from(spec));
                let message =
                    format!("spec {next} is not an upgrade: the rules are already those of {now} by then");
                return refuse(".spec", message, format!("write a spec above {now}"));
            }
            then.upgrade(spec, next);
            spec = next;
        }
        if let Some(rules) = rules {
            let at = format!("eras[{index}].rules");
            check_values(rules, root_votes(spec), &at, source)?;
            then.set(rules);
            check_burn(rules, &then, &at, source)?;
        }
    }
    Ok(())
}
