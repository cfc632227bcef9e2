//! What a reader of the table has to know.

use std::collections::BTreeMap;

use dtao_experiment::scenario::{AsSpec, Loaded};
use dtao_protocol::emission::Emission;
use dtao_protocol::rules::Rules;
use dtao_protocol::settable::{About, Settable};
use dtao_protocol::units::Block;

use crate::number::number;
use crate::rules;
use crate::table::Basis;
use crate::trial::Trial;

/// A note on each group whose prices no rule moves.
pub(crate) fn imposed(own: &Loaded) -> Option<String> {
    let mut own = own.scenario.clone();
    let replaying = own.agents.iter_mut().filter_map(|group| {
        let name = group.name.clone();
        group.strategy.price_files().map(|_| format!("`{name}`"))
    });
    let replaying: Vec<String> = replaying.collect();
    (!replaying.is_empty()).then(|| {
        format!(
            "{} trade(s) so that recorded prices come true: no rule moves those. With --flow, recorded trades are repeated \
             instead.",
            replaying.join(", ")
        )
    })
}

/// A note on the runtime that stands in for others.
pub(crate) fn stand_in(as_spec: &AsSpec) -> String {
    format!("With --as-spec: {}.", as_spec.told())
}

/// A note on what differences stand on, where it is not several seeds.
pub(crate) fn on_seeds(basis: Basis, first: u64) -> Option<String> {
    let second = first + 1;
    match basis {
        Basis::Exact => Some(format!(
            "Nothing is random: seeds {first} and {second} have the same outcomes and leave the same state to the rao under each \
             rule, so there are no intervals."
        )),
        Basis::OneSeed => Some(format!(
            "Seeds {first} and {second} give different results and only seed {first} was asked for, so there are no intervals, and \
             any difference may be due to chance. Use `--seeds 10` for intervals."
        )),
        Basis::Seeds => None,
    }
}

/// A note where the scenario itself sets another rule during the run.
pub(crate) fn overridden(name: &str, start: Emission, trials: &[Trial]) -> Option<String> {
    let seen = &trials.first()?.seen;
    let (block, other) = seen.other?;
    // Where root votes first, the rule that is compared is the one after.
    let expected = seen.rule == Some(start);
    let votes = seen.rule == Some(Emission::RootVote);
    (expected && !votes).then(|| {
        format!(
            "{} holds at the start only: by block {block} the scenario itself has set {}.",
            name,
            rules::name(other)
        )
    })
}

/// A note on each value that the scenario gives a rule, if it sets another one during the run itself.
pub(crate) fn values_overridden(name: &str, loaded: &Loaded, trials: &[Trial]) -> Vec<String> {
    let Some(seen) = trials.first().map(|trial| &trial.seen) else { return vec![] };
    let protocol = &loaded.scenario.protocol;
    let usual = Rules::at(protocol.spec);
    let mut given = usual;
    given.set(&protocol.rules);
    let usual = listed(&usual);
    let given = listed(&given).into_iter().filter(|(path, value)| usual.get(path) != Some(value));
    // How TAO is shared has a note of its own.
    let given = given.filter(|(path, _)| !path.starts_with("emission"));
    let later: Vec<(Block, BTreeMap<String, String>)> =
        seen.rules.iter().map(|(block, rules)| (*block, listed(rules))).collect();
    let told = |(path, given): (String, String)| {
        let (block, rules) = later.iter().find(|(_, rules)| rules.get(&path) != Some(&given))?;
        let now = short(rules.get(&path)?);
        let given = short(&given);
        Some(format!(
            "{name}: `{path}: {given}` holds at the start only: by block {block} the scenario itself has set {now}."
        ))
    };
    given.filter_map(told).collect()
}

/// A number as a reader writes it: the chain's are rounded to powers of two.
fn short(value: &str) -> String {
    value.parse().map_or_else(|_| value.to_owned(), number)
}

/// All values of rules as text, each with the way to it.
fn listed(rules: &Rules) -> BTreeMap<String, String> {
    let mut entries = Vec::new();
    rules.list(About::default(), &mut entries);
    entries.into_iter().map(|entry| (entry.about.path, entry.value)).collect()
}
