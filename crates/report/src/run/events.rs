//! What happened: calls and epochs of `events.csv`, and what the scenario says will happen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dtao_agents::StrategySpec;
use dtao_experiment::scenario::Scenario;
use dtao_files::folder::FolderError;
use dtao_protocol::settable;
use dtao_protocol::units::Block;

use super::Run;
use crate::finished::Finished;
use crate::page::Event;
use crate::thin::{Point, Series, Thin};

/// Most events that have a number on the charts.
const MOST: usize = 40;

/// What `events.csv` says.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorded {
    /// Whether calls were recorded.
    pub there: bool,
    /// TAO that a group has paid for alpha so far, less what it has received, after each of its trades.
    pub flows: BTreeMap<String, Series>,
    /// Settings, registrations.
    events: Vec<Event>,
    /// Epochs, by subnet.
    epochs: Vec<Event>,
    /// The largest purchase of each group: block, subnet, TAO.
    largest: BTreeMap<String, (u32, Option<u16>, f64)>,
}

impl Recorded {
    pub fn read(finished: &Finished) -> Result<Self, FolderError> {
        let mut recorded = Self { there: finished.has("events.csv"), ..Self::default() };
        if !recorded.there {
            return Ok(recorded);
        }
        let mut flows: BTreeMap<String, (f64, u32, Thin)> = BTreeMap::new();
        let columns = ["block", "event", "group", "netuid", "tao", "detail"];
        finished.rows("events.csv", columns, |cells| {
            let block: u32 = cells.whole(0)?;
            let (event, group, detail) = (cells.text(1), cells.text(2), cells.text(5));
            let netuid = if cells.text(3).is_empty() { None } else { Some(cells.whole::<u16>(3)?) };
            let tao = cells.number(4)?;
            match (event, tao) {
                ("buy" | "sell", Some(tao)) => {
                    let paid = if event == "buy" { tao } else { -tao };
                    if !flows.contains_key(group) {
                        flows.insert(group.to_owned(), (0.0, block, Thin::new(4_000)));
                    }
                    let (sum, at, thin) = flows.get_mut(group).expect("it was put there");
                    if *at != block {
                        thin.push(Point { block: *at, value: *sum });
                    }
                    *sum += paid;
                    *at = block;
                    let largest = recorded.largest.entry(group.to_owned()).or_insert((block, netuid, 0.0));
                    if paid > largest.2 {
                        *largest = (block, netuid, paid);
                    }
                }
                // Weights and children are set all the time.
                ("set", _)
                    if !detail.starts_with("weights")
                        && !detail.starts_with("children")
                        && !detail.starts_with("root weights") =>
                {
                    recorded.events.push(Event {
                        block,
                        label: format!("{group}: {detail}"),
                        minor: false,
                        netuid,
                    });
                }
                ("register", _) if detail.starts_with("subnet") => {
                    recorded.events.push(Event {
                        block,
                        label: format!("{group} registers {detail}"),
                        minor: false,
                        netuid: None,
                    });
                }
                ("queue", _) => {
                    recorded.events.push(Event {
                        block,
                        label: format!("{group} registers a subnet, which {detail}"),
                        minor: false,
                        netuid: None,
                    });
                }
                ("refused", _) if detail.starts_with("a registration that had waited") => {
                    recorded.events.push(Event {
                        block,
                        label: format!("{group}: {detail}"),
                        minor: false,
                        netuid: None,
                    });
                }
                ("epoch", _) => {
                    recorded.epochs.push(Event { block, label: "epoch".into(), minor: true, netuid });
                }
                _ => {}
            }
            Ok(())
        })?;
        recorded.flows = flows
            .into_iter()
            .map(|(group, (sum, block, mut thin))| {
                thin.push(Point { block, value: sum });
                (group, thin.finish())
            })
            .collect();
        Ok(recorded)
    }
}

impl Run {
    /// Events in the order of blocks: what was set and registered, what the scenario plans, epochs.
    pub(super) fn events(&self) -> Vec<Event> {
        let blocks = self.summary.first_block..=self.summary.last_block;
        let mut events = self.events.events.clone();
        // What is planned and was recorded is told once.
        let recorded = |planned: &Event| {
            let group = planned.label.split(':').next().unwrap_or_default();
            self.events
                .events
                .iter()
                .any(|event| event.block == planned.block && event.label.starts_with(group))
        };
        events.extend(self.scenario.iter().flat_map(planned).filter(|event| !recorded(event)));
        events.extend(self.largest_purchases());
        events.retain(|event| blocks.contains(&u64::from(event.block)));
        events.sort_by(|a, b| (a.block, &a.label).cmp(&(b.block, &b.label)));
        events.dedup();
        if events.len() > MOST {
            let more = events.len() - MOST;
            events.truncate(MOST);
            if let Some(last) = events.last_mut() {
                let _ = write!(last.label, " (and {more} later events that are not numbered)");
            }
        }
        events.extend(self.events.epochs.iter().cloned());
        events
    }

    /// Of groups that are not the whole market, the largest purchase: of a pump, its height.
    fn largest_purchases(&self) -> Vec<Event> {
        let Some(scenario) = &self.scenario else { return Vec::new() };
        let pumps = scenario.agents.iter().filter(|group| matches!(group.strategy, StrategySpec::Pumper(_)));
        let largest = pumps.filter_map(|group| {
            let (block, netuid, tao) = self.events.largest.get(&group.name)?;
            let label =
                format!("{} makes its largest purchase, {} TAO", group.name, crate::text::number(*tao));
            Some(Event { block: *block, label, minor: false, netuid: *netuid })
        });
        largest.collect()
    }
}

/// What a scenario says will happen at a block that it names.
fn planned(scenario: &Scenario) -> Vec<Event> {
    let eras = scenario.eras.iter().flat_map(|change| {
        let spec = change.spec.map(|spec| format!("runtime {}", u16::from(spec)));
        let rules = change.rules.clone().map(|rules| format!("rules {}", settable::text(&rules)));
        let at = |label| Event {
            block: u32::try_from(change.at.0).unwrap_or(u32::MAX),
            label,
            minor: false,
            netuid: None,
        };
        spec.into_iter().chain(rules).map(at).collect::<Vec<_>>()
    });
    let groups = scenario.agents.iter().filter(|group| group.count <= 4).flat_map(|group| {
        let at = |block: Block, what: &str| {
            let block = u32::try_from(block.0).ok()?;
            Some(Event { block, label: format!("{}: {what}", group.name), minor: false, netuid: None })
        };
        if let StrategySpec::Script(script) = &group.strategy {
            let text = |call| ron::to_string(call).unwrap_or_else(|_| "a call".into());
            return script
                .calls
                .iter()
                .filter_map(|line| at(line.block, &text(&line.call)))
                .collect::<Vec<_>>();
        }
        let moments = group.strategy.moments().into_iter();
        let told = moments.filter_map(|moment| {
            let registers = moment.field.starts_with("registrations");
            let what = if registers {
                "registers a subnet".to_owned()
            } else {
                format!("`{}` of the scenario", moment.field)
            };
            at(moment.block()?, &what)
        });
        told.collect()
    });
    eras.chain(groups).collect()
}
