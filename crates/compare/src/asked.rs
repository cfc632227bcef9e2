//! What is asked of a scenario: outcomes and groups that it has, and what runs came to under each rule.

use std::collections::BTreeMap;

use dtao_agents::StrategySpec;
use dtao_experiment::scenario::{Group, Loaded};
use dtao_files::input::{InputError, suggest};
use dtao_metrics::outcomes::{self, Asked, Outcome};

use crate::table::{Column, Described, REFUSED};
use crate::trial::Trial;
use crate::{OwnMetrics, Question};

/// The outcomes that are asked for, and the scenario's [`REFUSED`] if it has a metric of that name.
pub(crate) fn chosen(own: &Loaded, question: &Question) -> Result<Vec<Outcome>, InputError> {
    let scenario = &own.scenario;
    let groups: Vec<&String> = scenario.agents.iter().map(|group| &group.name).collect();
    check_once("--attackers", "group", &question.attackers)?;
    for attacker in &question.attackers {
        if !groups.contains(&attacker) {
            let message = format!("no group of agents is called `{attacker}`");
            return Err(InputError::file("--attackers", message, suggest(attacker, &groups, "groups")));
        }
    }
    let costly = |group: &&Group| matches!(group.strategy, StrategySpec::CostlyMiner(_));
    let paying: Vec<String> = scenario.agents.iter().filter(costly).map(|group| group.name.clone()).collect();
    let ready = outcomes::network(&Asked {
        first: own.first_block(),
        last: own.last_block(),
        kinds: &scenario.kinds,
        attackers: &question.attackers,
        paying: &paying,
    });
    let of_scenario = |name: &str| {
        let metric = scenario.metrics.get(name)?.clone();
        Some(Outcome { name: name.to_owned(), about: "a metric of the scenario", metric })
    };
    // A metric of the scenario means what the scenario says, also where it has the name of an outcome that is ready.
    let ready = ready.into_iter().map(|outcome| of_scenario(&outcome.name).unwrap_or(outcome));
    let ready: Vec<Outcome> = ready.collect();
    let is_ready = |name: &str| name == REFUSED || ready.iter().any(|outcome| outcome.name == name);
    let others = scenario.metrics.keys().filter(|name| !is_ready(name)).filter_map(|name| of_scenario(name));
    let others: Vec<Outcome> = others.collect();
    let refused = of_scenario(REFUSED);
    if question.outcomes.is_empty() {
        let others = others.into_iter().filter(|_| question.own_metrics == OwnMetrics::Reported);
        return Ok(ready.into_iter().chain(others).chain(refused).collect());
    }
    check_once("--outcome", "outcome", &question.outcomes)?;
    let all = || ready.iter().chain(&others);
    let named = |name: &String| {
        all().find(|outcome| outcome.name == *name).cloned().ok_or_else(|| {
            let names: Vec<&str> = all().map(|outcome| outcome.name.as_str()).chain([REFUSED]).collect();
            let message = format!("no outcome is called `{name}`");
            let help = suggest(name, &names, "outcomes")
                .unwrap_or_else(|| "the table without --outcome shows those that are ready; others are the scenario's metrics".into());
            InputError::file("--outcome", message, Some(help))
        })
    };
    let asked = question.outcomes.iter().filter(|name| *name != REFUSED);
    let chosen = asked.map(named).collect::<Result<Vec<_>, _>>()?;
    Ok(chosen.into_iter().chain(refused).collect())
}

/// No name may be given twice to an argument.
pub(crate) fn check_once(argument: &str, what: &str, names: &[String]) -> Result<(), InputError> {
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    twice.map_or(Ok(()), |(_, name)| {
        let message = format!("the {what} `{name}` is named twice");
        Err(InputError::file(argument, message, Some(format!("name each {what} once"))))
    })
}

/// Outcomes with what they are.
pub(crate) fn described(outcomes: &[Outcome]) -> Vec<Described> {
    let of = |outcome: &Outcome| Described {
        key: outcome.name.clone(),
        name: outcome.name.clone(),
        about: outcome.about.to_owned(),
        kind: outcome.metric.kind(),
    };
    let mut described: Vec<Described> = outcomes.iter().map(of).collect();
    if described.iter().all(|outcome| outcome.key != REFUSED) {
        described.push(Described::refused());
    }
    described
}

/// A group can repeat its trades if it is one account.
pub(crate) fn check_flow(own: &Loaded, group: &str) -> Result<(), InputError> {
    let argument = "--flow";
    match own.scenario.agents.iter().find(|other| other.name == group) {
        None => {
            let names: Vec<&String> = own.scenario.agents.iter().map(|group| &group.name).collect();
            let message = format!("no group of agents is called `{group}`");
            Err(InputError::file(argument, message, suggest(group, &names, "groups")))
        }
        Some(other) if other.count != 1 => {
            let message = format!("the group `{group}` has {} accounts", other.count);
            let help = "only the trades of a single account can be repeated".to_owned();
            Err(InputError::file(argument, message, Some(help)))
        }
        Some(_) => Ok(()),
    }
}

pub(crate) fn not_repeated(question: &Question) -> InputError {
    let group = question.flow.as_deref().unwrap_or_default();
    let message = format!("the trades of the group `{group}` do not repeat its own run");
    let help =
        "purchases, sales and registrations of subnets can be repeated, and nothing else that a group does";
    InputError::file("--flow", message, Some(help.into()))
}

/// A case's outcomes, by seed.
pub(crate) fn column(name: &str, trials: &[Trial], outcomes: &[Outcome]) -> Column {
    let of = |name: &String| trials.iter().map(|trial| trial.values.get(name).copied().flatten()).collect();
    let mut values: BTreeMap<String, Vec<Option<f64>>> =
        outcomes.iter().map(|outcome| (outcome.name.clone(), of(&outcome.name))).collect();
    let refused = || trials.iter().map(|trial| Some(trial.seen.refused as f64)).collect();
    values.entry(REFUSED.into()).or_insert_with(refused);
    let trace = trials.iter().map(|trial| trial.seen.digest.clone()).collect();
    Column { name: name.to_owned(), values, trace: Some(trace) }
}
