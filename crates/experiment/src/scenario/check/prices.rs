//! Recorded prices that a scenario names can matter in its run.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use dtao_engine::market::PriceTable;
use dtao_protocol::units::{Block, Netuid};

use crate::scenario::Scenario;
use dtao_files::input::{InputError, Source};

/// The price files that a strategy or a metric names.
pub(crate) struct NamedPrices {
    /// Its field, such as `agents[0].strategy.Replay.prices`.
    pub field: String,
    /// What each file holds, in order: of rows of one block the first file's counts.
    pub tables: Vec<Arc<PriceTable>>,
    /// Who reads them.
    pub reader: Reader,
}

/// Who reads recorded prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The strategy of the group with this number.
    Strategy(usize),
    /// The metric with this name.
    Metric(String),
}

/// What of the prices a reader uses.
struct Used {
    /// From which block to which.
    blocks: RangeInclusive<Block>,
    /// Whether it uses the first row of all, wherever that is.
    first_row: bool,
    /// The subnets that it names, if it does not use all.
    only: Vec<(String, Netuid)>,
    /// The subnets that it leaves alone.
    except: Vec<Netuid>,
}

impl Reader {
    fn used(&self, scenario: &Scenario, run: &RangeInclusive<Block>) -> Used {
        match self {
            Self::Strategy(group) => {
                let strategy = &scenario.agents[*group].strategy;
                let (first_row, except) = (strategy.needs_first_prices(), strategy.prices_left_alone());
                Used { blocks: run.clone(), first_row, only: Vec::new(), except }
            }
            Self::Metric(name) => {
                let metric = &scenario.metrics[name];
                let (from, to) = metric.window();
                Used { blocks: from..=to, first_row: false, only: metric.netuids(), except: Vec::new() }
            }
        }
    }
}

/// Every price file has a row, and every row a price, that its reader can use.
///
/// `existing` are the subnets of the start and those that are registered later.
pub(crate) fn check_prices(
    scenario: &Scenario,
    source: &Source,
    run: &RangeInclusive<Block>,
    named: &[NamedPrices],
    existing: &BTreeSet<Netuid>,
) -> Result<(), InputError> {
    for NamedPrices { field, tables, reader } in named {
        let used = reader.used(scenario, run);
        let earliest = tables.iter().filter_map(|table| table.blocks().first()).min();
        for (index, table) in tables.iter().enumerate() {
            let refuse = |message: String, help: &str| {
                Err(InputError::at(source, &format!("{field}[{index}]"), message, Some(help.into())))
            };
            let is_earliest = |table: &PriceTable| table.blocks().first() == earliest;
            let has_first_row = used.first_row
                && is_earliest(table)
                && !tables[..index].iter().any(|earlier| is_earliest(earlier));
            let rows = rows_within(table, &used.blocks);
            if rows.is_empty() && !has_first_row {
                let (from, to) = used.blocks.clone().into_inner();
                let there = match table.blocks() {
                    [] => "it has no rows".to_owned(),
                    [only] => format!("its only row is of block {only}"),
                    [first, .., last] => format!("its rows are of blocks {first} to {last}"),
                };
                let message = format!("no row is of a block from {from} to {to}: {there}");
                return refuse(message, "name a file with prices of that time, or leave this one out");
            }
            let blocks = &table.blocks()[rows.clone()];
            let earlier = &tables[..index];
            let is_new =
                |block: &Block| earlier.iter().all(|table| table.blocks().binary_search(block).is_err());
            if !earlier.is_empty() && !blocks.iter().any(is_new) && !has_first_row {
                let message =
                    "every row that could be used is of a block that a file before this one has, too";
                return refuse(
                    message.into(),
                    "of rows of one block the first file's counts: leave this one out",
                );
            }
            let can_use = |netuid: &Netuid| existing.contains(netuid) && !used.except.contains(netuid);
            if !table.netuids().iter().any(can_use) {
                let message = "no column is of a subnet that could be used".to_owned();
                return refuse(message, "name a file with prices of subnets of this scenario");
            }
            for &netuid in table.netuids().iter().filter(|netuid| !existing.contains(netuid)) {
                if let Some((block, _)) = table.series(netuid).find(|(block, _)| used.blocks.contains(block))
                {
                    let message = format!(
                        "it has a price of subnet {netuid} at block {block}, but there is no such subnet"
                    );
                    return refuse(message, "leave the column out, or have the subnet registered");
                }
            }
        }
        for (at, netuid) in &used.only {
            let has_price = |table: &Arc<PriceTable>| {
                table.series(*netuid).any(|(block, _)| used.blocks.contains(&block))
            };
            if !tables.iter().any(has_price) {
                let path = format!("{}.{at}", field.trim_end_matches(".prices"));
                let message = format!("the price files have no price of subnet {netuid} within the window");
                return Err(InputError::at(source, &path, message, None));
            }
        }
    }
    Ok(())
}

fn rows_within(table: &PriceTable, blocks: &RangeInclusive<Block>) -> Range<usize> {
    let all = table.blocks();
    let from = all.partition_point(|block| block < blocks.start());
    from..all.partition_point(|block| block <= blocks.end()).max(from)
}
