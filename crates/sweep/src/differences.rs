//! How two sweeps differ, in words.

use std::collections::BTreeMap;
use std::fmt::Display;

use dtao_files::folder::Kind;

use super::file::Until;
use super::manifest::{Arm, Manifest};
use super::series::Series;

/// What differs between the sweep that is asked for and the one that is there; empty if their runs belong together.
pub(super) fn differences(now: &Manifest, there: &Manifest) -> Vec<String> {
    if now.parts() == there.parts() {
        return Vec::new();
    }
    let mut what = Vec::new();
    let mut tell = |name: &str, now: String, there: String| {
        if now != there {
            what.push(format!("{name} ({now} now, {there} there)"));
        }
    };
    tell("the shard", or_none(now.shard.as_ref()), or_none(there.shard.as_ref()));
    tell("the seeds", seeds(now), seeds(there));
    let names = |manifest: &Manifest| list(manifest.factors.iter().map(|factor| factor.name.as_str()));
    tell("the factors", names(now), names(there));
    tell("the points", now.points.to_string(), there.points.to_string());
    tell("the names of the arms", arms(now), arms(there));
    tell("the outcomes", list(&now.outcomes), list(&there.outcomes));
    tell("the series", series(now), series(there));
    tell("the rule of `until`", until(now), until(there));
    let spec =
        |manifest: &Manifest| or_none(manifest.as_spec.as_ref().map(|stand_in| u16::from(stand_in.spec)));
    tell("the runtime of `--as-spec`", spec(now), spec(there));
    let audit = |manifest: &Manifest| (if manifest.audited { "on" } else { "off" }).to_owned();
    tell("the audit", audit(now), audit(there));
    let commit = |manifest: &Manifest| format!("{}, {}", manifest.commit, manifest.commit_state);
    tell("the commit of the program", commit(now), commit(there));
    if now.points_table != there.points_table && now.points == there.points {
        what.push("the values of the points".into());
    }
    of_arms(&now.arms, &there.arms, &mut what);
    let set = values(&now.set, &there.set);
    if set.is_none() && now.scenario_sha256 != there.scenario_sha256 {
        what.push(format!("the scenario (the text of {} has changed)", now.scenario));
    }
    what.extend(set.into_iter().map(|values| format!("the values of `set`: {values}")));
    of_files(&now.files, &there.files, &mut what);
    if now.sources_sha256 != there.sources_sha256 && commit(now) == commit(there) {
        what.push("the program (it was built from other sources)".into());
    }
    if what.is_empty() {
        what.push("the order of the plan".into());
    }
    what
}

/// Whether two sweeps are the same, except that the one that is asked for has all of the other's seeds and more.
pub(super) fn has_more_seeds(now: &Manifest, there: &Manifest) -> bool {
    let whole = now.dtao == Kind::Sweep && there.dtao == Kind::Sweep;
    let wider = now.seeds.0 <= there.seeds.0 && there.seeds.1 <= now.seeds.1 && now.seeds != there.seeds;
    // Looks begin with the first seed: runs of others might never be due.
    let due = now.until.is_none() || now.seeds.0 == there.seeds.0;
    let same_points = now.points == there.points && now.points_table == there.points_table;
    let plan = |manifest: &Manifest| manifest.plan_table.clone();
    let alike = Manifest { plan_table: plan(there), ..now.clone() };
    whole && wider && due && same_points && alike.parts() == there.parts()
}

fn seeds(manifest: &Manifest) -> String {
    format!("{}..{}", manifest.seeds.0, manifest.seeds.1)
}

fn arms(manifest: &Manifest) -> String {
    list(manifest.arms.iter().map(|arm| arm.name.as_str()))
}

fn series(manifest: &Manifest) -> String {
    let of = |series: &Series| {
        let Series { name, netuid, of, every, from, to } = series;
        format!("{name}: {of:?} of subnet {netuid} every {every} blocks from {from} to {to}")
    };
    list_or_none(manifest.series.iter().map(of))
}

fn until(manifest: &Manifest) -> String {
    or_none(manifest.until.as_ref().map(|Until::HalfWidth { outcome, half_width, min, batch }| {
        format!("half-width {half_width} of `{outcome}` after {min} seeds and then each {batch}")
    }))
}

/// Arms of one name that set other values.
fn of_arms(now: &[Arm], there: &[Arm], what: &mut Vec<String>) {
    for arm in now {
        let Some(other) = there.iter().find(|other| other.name == arm.name) else { continue };
        what.extend(
            values(&arm.set, &other.set).map(|values| format!("the arms: of `{}` {values}", arm.name)),
        );
    }
}

/// The assignments that only one of two lists has.
fn values(now: &[String], there: &[String]) -> Option<String> {
    let only = |some: &[String], others: &[String]| {
        list_or_none(some.iter().filter(|value| !others.contains(value)))
    };
    match (only(now, there), only(there, now)) {
        _ if now == there => None,
        (new, old) if new == old => Some("the order of the values".into()),
        (new, old) => Some(format!("{new} now, {old} there")),
    }
}

/// Files of data that are not the same.
fn of_files(now: &BTreeMap<String, String>, there: &BTreeMap<String, String>, what: &mut Vec<String>) {
    let mut changed: Vec<String> = Vec::new();
    for (name, hash) in now {
        match there.get(name) {
            Some(other) if other == hash => {}
            Some(_) => changed.push(format!("{name} has changed")),
            None => changed.push(format!("{name} was not read there")),
        }
    }
    changed.extend(
        there.keys().filter(|name| !now.contains_key(*name)).map(|name| format!("{name} is not read now")),
    );
    if !changed.is_empty() {
        what.push(format!("the data files ({})", changed.join(", ")));
    }
}

fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

fn list_or_none<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    or_none(Some(list(items)).filter(|list| !list.is_empty()))
}

fn or_none<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "none".into(), |value| value.to_string())
}
