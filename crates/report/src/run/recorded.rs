//! The recorded prices that a run is held against, if its files are still there.

use std::collections::BTreeMap;
use std::path::Path;

use dtao_engine::market::PriceTable;
use dtao_experiment::recorded::prices::prices;
use dtao_experiment::scenario::Scenario;
use dtao_files::input::sha256;
use serde_json::Value;

use super::{Manifest, Summary};
use crate::thin::{Point, Series, Thin};

/// Recorded prices within the time of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorded {
    /// By subnet.
    pub prices: BTreeMap<u16, Series>,
    /// What is to be said of files that are not as they were.
    pub note: Option<String>,
}

impl Recorded {
    /// Reads the price files that the scenario's agents name: only such as the run has read, by their hashes.
    pub fn read(manifest: &Manifest, scenario: Option<&Scenario>, summary: &Summary) -> Self {
        let Some(Ok(agents)) = scenario.map(|scenario| serde_json::to_value(&scenario.agents)) else {
            return Self::default();
        };
        let mut paths = Vec::new();
        price_files(&agents, &mut paths);
        let mut seen = std::collections::BTreeSet::new();
        paths.retain(|path| seen.insert(path.clone()));
        let folder = Path::new(&manifest.file).parent().unwrap_or(Path::new(""));
        let (mut tables, mut missing) = (Vec::new(), Vec::new());
        for name in paths {
            let path = folder.join(&name);
            let table = std::fs::read(&path)
                .ok()
                .filter(|bytes| manifest.files.values().any(|hash| *hash == sha256(bytes)))
                .and_then(|bytes| prices(&path, bytes).ok());
            match table {
                Some(table) => tables.push(table),
                None => missing.push(name),
            }
        }
        let table = PriceTable::merge(&tables);
        let mut found: BTreeMap<u16, Thin> = BTreeMap::new();
        for (row, block) in table.blocks().iter().enumerate() {
            if !(summary.first_block..=summary.last_block).contains(&block.0) {
                continue;
            }
            for (netuid, price) in table.row(row) {
                let Some(value) = price else { continue };
                let thin = found.entry(netuid.0).or_insert_with(|| Thin::new(4_000));
                thin.push(Point { block: block.0 as u32, value });
            }
        }
        let note = (!missing.is_empty()).then(|| {
            format!(
                "Recorded prices are not drawn from {}: not there any more, or not what the run has read.",
                missing.join(", ")
            )
        });
        Self { prices: found.into_iter().map(|(netuid, thin)| (netuid, thin.finish())).collect(), note }
    }
}

/// The names of price files anywhere in the scenario's agents.
fn price_files(value: &Value, paths: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                match value {
                    Value::Array(names) if field == "prices" => {
                        paths.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    Value::String(name) if field == "prices" => paths.push(name.clone()),
                    _ => price_files(value, paths),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| price_files(value, paths)),
        _ => {}
    }
}
