//! The report on one run.

mod charts;
mod events;
mod recorded;
mod tables;
mod verdict;

use std::collections::BTreeMap;

use dtao_experiment::scenario::{AsSpec, Scenario};
use dtao_files::input::{InputError, Source, ron_file};
use serde::Deserialize;
use serde_json::Value;

use crate::ReportError;
use crate::counts::Counts;
use crate::finished::Finished;
use crate::page::{Item, Page};
use crate::text::{count, option_as_spec, quoted, time};
use crate::units::unit_of_metric;

/// What a report reads of a run's manifest.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    commit: String,
    commit_state: String,
    version: String,
    scenario: String,
    file: String,
    assignments: Vec<String>,
    files: BTreeMap<String, String>,
    seed: u64,
    blocks_made: u64,
    interrupted: bool,
    resolved_scenario: String,
    as_spec: Option<AsSpec>,
}

/// What a report reads of a run's summary.
#[derive(Debug, Deserialize)]
pub(crate) struct Summary {
    first_block: u64,
    last_block: u64,
    metrics: BTreeMap<String, Option<f64>>,
    calls: BTreeMap<String, u64>,
    audit: Option<Value>,
    #[serde(default)]
    rests_on: Vec<Value>,
}

/// A run as it was read.
pub(crate) struct Run {
    manifest: Manifest,
    summary: Summary,
    /// The scenario; nothing if this program's cannot be written like that any more.
    scenario: Option<Scenario>,
    subnets: tables::Subnets,
    groups: tables::Groups,
    events: events::Recorded,
    recorded: recorded::Recorded,
}

/// The page.
pub(crate) fn page(finished: &Finished, wanted: Option<u16>) -> Result<Page, ReportError> {
    let manifest: Manifest = finished.manifest()?;
    let summary: Summary = finished.json("summary.json")?;
    let source = Source::new(&manifest.file, manifest.resolved_scenario.clone());
    let scenario: Option<Scenario> = ron_file::parse(&source).ok();
    let subnets = tables::Subnets::read(finished)?;
    let netuids: Vec<u16> = subnets.of.keys().copied().collect();
    if let Some(netuid) = wanted.filter(|netuid| !netuids.contains(netuid)) {
        let message = format!("--netuid: the run has no row of subnet {netuid}");
        let help = format!("it recorded {}", listed(&netuids));
        return Err(InputError::file(&finished.folder, message, Some(help)).into());
    }
    let groups = tables::Groups::read(finished)?;
    let events = events::Recorded::read(finished)?;
    let recorded = recorded::Recorded::read(&manifest, scenario.as_ref(), &summary);
    let run = Run { manifest, summary, scenario, subnets, groups, events, recorded };
    let netuid = wanted.or_else(|| run.main_subnet());
    let mut page = Page {
        title: run.manifest.scenario.clone(),
        kind: "dtao run",
        verdict: run.verdict(netuid),
        about: run.scenario.as_ref().map_or_else(String::new, |scenario| scenario.about.clone()),
        events: run.events(),
        netuids,
        netuid,
        counts: Some(run.summed()),
        ..Page::default()
    };
    let mut charts = run.charts(netuid).into_iter();
    page.section("", String::new(), charts.next().into_iter().chain(run.notes()).collect());
    run.validation(&mut page);
    page.section("Over time", String::new(), charts.collect());
    run.counts(&mut page);
    run.repeat(&mut page, finished);
    Ok(page)
}

impl Run {
    /// The subnet that the scenario is about: the one that most of its metrics name, else the one whose price moves most.
    fn main_subnet(&self) -> Option<u16> {
        let mut named: BTreeMap<u64, usize> = BTreeMap::new();
        if let Some(Ok(metrics)) =
            self.scenario.as_ref().map(|scenario| serde_json::to_value(&scenario.metrics))
        {
            netuids_in(&metrics, &mut named);
        }
        let known = named.into_iter().filter_map(|(netuid, times)| {
            let netuid = u16::try_from(netuid).ok()?;
            self.subnets.of.contains_key(&netuid).then_some((times, netuid))
        });
        let most = known.max_by_key(|&(times, netuid)| (times, std::cmp::Reverse(netuid)));
        let moved = |subnet: &tables::Subnet| {
            subnet.price.range().map_or(0.0, |(low, high)| if low > 0.0 { high / low } else { 0.0 })
        };
        let moving = || self.subnets.of.iter().max_by(|a, b| moved(a.1).total_cmp(&moved(b.1)));
        most.map(|(_, netuid)| netuid).or_else(|| moving().map(|(&netuid, _)| netuid))
    }

    /// One run, and its metrics without a value.
    fn summed(&self) -> Counts {
        let missing = self.summary.metrics.values().filter(|value| value.is_none()).count() as u64;
        Counts { runs: 1, failed: 0, missing }
    }

    /// What a metric is counted in, where the scenario says which it is.
    fn unit(&self, metric: &str) -> &'static str {
        let metric = self.scenario.as_ref().and_then(|scenario| scenario.metrics.get(metric));
        metric.map_or("", unit_of_metric)
    }

    /// What has to be said of the tables before anybody reads the charts.
    fn notes(&self) -> Vec<Item> {
        let mut notes = Vec::new();
        if self.manifest.interrupted {
            let made = count(self.manifest.blocks_made, "block");
            notes.push(format!(
                "The run was interrupted after {made}: metrics that look further have no value."
            ));
        }
        if self.scenario.is_none() {
            notes.push("The scenario in the manifest cannot be read by this version of dtao, so targets, recorded prices and planned events are missing.".into());
        }
        notes.extend(self.recorded.note.clone());
        if !self.summary.rests_on.is_empty() {
            let points = count(self.summary.rests_on.len() as u64, "point");
            notes.push(format!("The run rests on {points} of the chain's rules that are likely or open, not certain: the manifest's `rests_on` names them."));
        }
        notes.into_iter().map(Item::Note).collect()
    }

    /// How the run is made again.
    fn repeat(&self, page: &mut Page, finished: &Finished) {
        let Manifest { commit, commit_state, version, file, assignments, seed, as_spec, .. } = &self.manifest;
        let mut command = format!("dtao run {} --seed {seed}", quoted(file));
        for assignment in assignments {
            command.push_str(" --set ");
            command.push_str(&quoted(assignment));
        }
        command.push_str(&option_as_spec(as_spec.as_ref()));
        if self.summary.audit.is_some() {
            command.push_str(" --audit");
        }
        command.push_str(" --out DIR");
        let (first, last) = (self.summary.first_block, self.summary.last_block);
        let mut origin = vec![
            ("seed".into(), seed.to_string()),
            ("blocks".into(), format!("{first} to {last}, {} to {} UTC", time(first), time(last))),
        ];
        let hash = |(name, hash): (&String, &String)| (format!("SHA-256 of {name}"), hash.clone());
        origin.extend(self.manifest.files.iter().map(hash));
        finished.end(page, command, (commit, commit_state, version), origin);
    }
}

/// Counts how often each subnet is named.
fn netuids_in(value: &Value, named: &mut BTreeMap<u64, usize>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                match value.as_u64() {
                    Some(netuid) if field == "netuid" => *named.entry(netuid).or_default() += 1,
                    _ => netuids_in(value, named),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| netuids_in(value, named)),
        _ => {}
    }
}

/// Numbers with commas, the first few.
fn listed(netuids: &[u16]) -> String {
    let first: Vec<String> = netuids.iter().take(20).map(u16::to_string).collect();
    let more = if netuids.len() > 20 { " and others" } else { "" };
    if first.is_empty() { "no subnet".into() } else { format!("{}{more}", first.join(", ")) }
}
