//! Pools in the files of public services, as tables that a scenario begins with.
//!
//! taostats' `dtao/pool` answers: reserves in rao as text, one block. Amounts arrive to the rao; everything else is the scenario's
//! to assume. A format is read here only if a public sample of it is in the tests, with its source.

use std::path::Path;

use dtao_experiment::recorded::pools::{PoolRow, written};
use dtao_experiment::scenario::{BorrowedField, Protocol};
use dtao_files::input::{InputError, Source, json_file};
use dtao_protocol::era::Spec;
use dtao_protocol::halving::MAX_SUPPLY;
use dtao_protocol::pool::Reserves;
use dtao_protocol::units::{Alpha, Block, MAX_BLOCKS, Netuid, Tao};
use serde_json::Value;

use crate::shipped::{Frame, Shipped, frame};
use crate::text::{name, protocol, start};

/// The most entries that are read: there are no more netuids.
const MOST: usize = 65_536;

/// Pools that were read from a service's file.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The pools, in netuid order.
    pub rows: Vec<PoolRow>,
    /// The block whose end they are from.
    pub block: Block,
    /// Whether root had an entry, which is left out.
    pub root: RootEntry,
}

/// Whether root had an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootEntry {
    /// It had, and it is left out.
    LeftOut,
    /// It had none.
    None,
}

/// What is known beside the file.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// The runtime that was in force.
    pub spec: Spec,
    /// Root's TAO.
    pub root_tao: Option<Tao>,
    /// All TAO that exists.
    pub issuance: Option<Tao>,
}

/// Reads a service's file.
///
/// # Errors
/// If it is not JSON, of a kind that is not read, has a wrong value, is not from one block, is not whole, or its sums are not right.
pub fn read(path: &Path) -> Result<Imported, InputError> {
    imported(&Source::read(path)?)
}

/// [`read`], of a text that is at hand.
///
/// # Errors
/// As for [`read`].
pub fn imported(source: &Source) -> Result<Imported, InputError> {
    json_file::check(source)?;
    let whole: Value = serde_json::from_str(&source.text).expect("it was checked");
    let (entries, prefix) = entries(source, &whole)?;
    if entries.is_empty() || entries.len() > MOST {
        let message = format!("{} pools", entries.len());
        return Err(wrong(source, prefix, message, "a file with 1 to 65,536 pools is read"));
    }
    let mut rows: Vec<PoolRow> = Vec::with_capacity(entries.len());
    let (mut block, mut root) = (None, RootEntry::None);
    for (index, entry) in entries.iter().enumerate() {
        let path =
            if whole.is_object() && prefix.is_empty() { String::new() } else { format!("{prefix}[{index}]") };
        let entry = Entry { source, path, value: entry };
        let at = entry.block()?;
        if let Some(first) = block.filter(|&first| first != at) {
            let message = format!("block {at}, but the first pool is of block {first}");
            return Err(entry.wrong("block_number", message, "import pools of one block"));
        }
        block = Some(at);
        let row = entry.row()?;
        if row.netuid == Netuid::ROOT {
            root = RootEntry::LeftOut;
            continue;
        }
        if rows.iter().any(|other| other.netuid == row.netuid) {
            let message = format!("subnet {} has two entries", row.netuid);
            return Err(entry.wrong("netuid", message, "leave one of them out"));
        }
        rows.push(row);
    }
    rows.sort_by_key(|row| row.netuid);
    let whole: u64 = rows.iter().map(|row| row.reserves.tao.rao()).fold(0, u64::saturating_add);
    if rows.is_empty() || whole > MAX_SUPPLY {
        let message = format!("{} pools with {} TAO", rows.len(), Tao::from_rao(whole));
        let help = "there is at least one pool, and there can never be more than 21_000_000 TAO: are amounts in rao?";
        return Err(wrong(source, prefix, message, help));
    }
    let block = block.expect("there is an entry");
    Ok(Imported { rows, block, root })
}

/// The pools of a file, and the path of their list.
fn entries<'v>(source: &Source, whole: &'v Value) -> Result<(Vec<&'v Value>, &'static str), InputError> {
    let is_pool = |value: &Value| value.get("alpha_in_pool").is_some() || value.get("total_tao").is_some();
    let (list, prefix): (Vec<&Value>, _) = match whole {
        Value::Object(_) if is_pool(whole) => (vec![whole], ""),
        Value::Array(list) => (list.iter().collect(), ""),
        Value::Object(object) => match object.get("data") {
            Some(Value::Array(list)) => {
                complete(source, object.get("pagination"), list.len())?;
                (list.iter().collect(), "data")
            }
            _ => return Err(unknown(source, whole)),
        },
        _ => return Err(unknown(source, whole)),
    };
    if list.iter().any(|value| is_pool(value)) || list.is_empty() {
        Ok((list, prefix))
    } else {
        Err(unknown(source, list.first().copied().unwrap_or(whole)))
    }
}

/// All pools must be in the file: a page of them is not a market.
fn complete(source: &Source, pagination: Option<&Value>, found: usize) -> Result<(), InputError> {
    let Some(all) = pagination.and_then(|pages| pages.get("total_items")).and_then(Value::as_u64) else {
        return Ok(());
    };
    if all <= found as u64 {
        return Ok(());
    }
    let message = format!("{all} pools in all, of which the file has {found}");
    let help = "ask the service for all of them at once (limit=200), at one block";
    Err(wrong(source, "pagination.total_items", message, help))
}

/// The error of a kind of file that is not read.
fn unknown(source: &Source, value: &Value) -> InputError {
    let kind = if value.get("latest_snapshot").is_some() || value.get("results").is_some() {
        "this looks like TaoMarketCap's subnets, which are not read"
    } else if value.get("storage").is_some() || value.get("maps").is_some() {
        "this looks like a dump of the chain's storage, which is not read"
    } else {
        "what kind of file this is cannot be seen"
    };
    let help = "read are taostats' answers to `dtao/pool`: pools with `netuid`, `block_number`, `total_tao`, `alpha_in_pool`, \
                `alpha_staked`; write others as a table of pools (.csv)";
    InputError::file(&source.path, kind, Some(help.into()))
}

fn wrong(source: &Source, path: &str, message: impl Into<String>, help: &str) -> InputError {
    InputError::at(source, path, message, Some(help.to_owned()))
}

/// One pool of a file.
struct Entry<'a> {
    source: &'a Source,
    path: String,
    value: &'a Value,
}

impl Entry<'_> {
    fn row(&self) -> Result<PoolRow, InputError> {
        let netuid = Netuid(self.whole("netuid", u64::from(u16::MAX), "a netuid from 0 to 65535")? as u16);
        let tao = Tao::from_rao(self.rao("total_tao")?);
        let [alpha_in, alpha_out, all] =
            ["alpha_in_pool", "alpha_staked", "total_alpha"].map(|key| self.rao(key));
        let (alpha_in, alpha_out) = (alpha_in?, alpha_out?);
        // Their sum is a check only; an entry without it has none.
        if self.value.get("total_alpha").is_some() {
            let all = all?;
            if alpha_in + alpha_out != all {
                let message = format!("{all}, but alpha_in_pool + alpha_staked = {}", alpha_in + alpha_out);
                return Err(self.wrong(
                    "total_alpha",
                    message,
                    "the three were not read at one block: import them anew",
                ));
            }
        }
        if alpha_in + alpha_out > MAX_SUPPLY {
            let message = format!("{} rao of alpha with what is in the pool", alpha_in + alpha_out);
            return Err(self.wrong(
                "alpha_staked",
                message,
                "of no subnet is there more than 21,000,000 alpha",
            ));
        }
        let price = if self.value.get("price").is_some() { Some(self.price()?) } else { None };
        Ok(PoolRow {
            reserves: Reserves { tao, alpha: Alpha::from_rao(alpha_in) },
            alpha_out: Alpha::from_rao(alpha_out),
            price: price.filter(|_| netuid != Netuid::ROOT),
            ..PoolRow::unknown(netuid)
        })
    }

    fn block(&self) -> Result<Block, InputError> {
        self.whole("block_number", MAX_BLOCKS, "a block number").map(Block)
    }

    fn get(&self, key: &str, what: &str) -> Result<&Value, InputError> {
        if !self.value.is_object() {
            return Err(wrong(
                self.source,
                &self.path,
                "this is not a pool",
                "write an object with a pool's values",
            ));
        }
        self.value.get(key).ok_or_else(|| {
            let message = format!("there is no `{key}`");
            wrong(self.source, &self.path, message, &format!("add it: {what}"))
        })
    }

    fn whole(&self, key: &str, most: u64, what: &str) -> Result<u64, InputError> {
        let value = self.get(key, what)?;
        value.as_u64().filter(|&number| number <= most).ok_or_else(|| self.expected(key, what, value))
    }

    /// Rao, as text.
    fn rao(&self, key: &str) -> Result<u64, InputError> {
        let what = "rao as text, such as \"22509002321719\", at most 21,000,000 whole";
        let value = self.get(key, what)?;
        let text = value.as_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let rao = text.and_then(|text| text.parse().ok()).filter(|&rao: &u64| rao <= MAX_SUPPLY);
        rao.ok_or_else(|| self.expected(key, what, value))
    }

    fn price(&self) -> Result<f64, InputError> {
        let what = "a price in TAO per alpha as text, such as \"0.0694\"";
        let value = self.get("price", what)?;
        let plain = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let price = value.as_str().filter(plain).and_then(|text| text.parse().ok());
        price
            .filter(|&price: &f64| price > 0.0 && price <= 21e6)
            .ok_or_else(|| self.expected("price", what, value))
    }

    fn expected(&self, key: &str, what: &str, found: &Value) -> InputError {
        let found = found.to_string();
        let shown: String = found.chars().take(60).collect();
        self.wrong(key, format!("expected {what}, found {shown}"), "correct it, or import the pools anew")
    }

    fn wrong(&self, key: &str, message: impl Into<String>, help: &str) -> InputError {
        let dot = if self.path.is_empty() { "" } else { "." };
        wrong(self.source, &format!("{}{dot}{key}", self.path), message, help)
    }
}

impl Imported {
    /// The frame that the pools stand in: what is given beside them, else a shipped market's.
    pub(crate) fn frame(&self, beside: &Beside) -> Result<(Frame, Protocol), InputError> {
        let (mut frame, protocol) = frame(Shipped::near(beside.spec), beside.spec)?;
        frame.block = self.block + 1;
        if let Some(root_tao) = beside.root_tao {
            (frame.root_tao, frame.root_uncounted) = (root_tao, Tao::ZERO);
            frame.knows(&[BorrowedField::RootTao, BorrowedField::RootUncounted]);
        }
        if let Some(issuance) = beside.issuance {
            frame.issuance = issuance;
            frame.knows(&[BorrowedField::Issuance]);
        }
        frame.last_registration = None;
        Ok((frame, protocol))
    }

    /// The table of pools.
    #[must_use]
    pub fn table(&self) -> String {
        written(&self.rows)
    }

    /// The scenario that begins with the table, a day long, with nobody who trades.
    ///
    /// # Errors
    /// If what a shipped market knows cannot be read.
    pub fn scenario(&self, from: &Path, to: &Path, beside: &Beside) -> Result<String, InputError> {
        let (frame, rules) = self.frame(beside)?;
        let market = Shipped::near(beside.spec).name();
        let given = |given: bool| if given { "given" } else { market };
        let first = frame.block;
        Ok(format!(
            "// Written by `dtao import {}`: pools of taostats at the end of block {}.\n\
             // Root's TAO: {}. Issuance: {}. The rules' values: {market}. Where a market's name stands, it is an assumption.\n\
             Scenario(\n    about: \"A day from {} pools of block {}, as taostats has them.\",\n\n    \
             protocol: {},\n\n    start: Pools(\n{}    ),\n    blocks: 7_200,\n\n    agents: [\n        \
             // Owns all alpha outside the pools and what the subnets earn, and does nothing with it.\n        \
             (name: \"market\", count: 1, tao: \"0 TAO\", strategy: Script(calls: [])),\n    ],\n\n    \
             record: (every: 300, from: {first}, subnets: All, agents: Groups, calls: All),\n)\n",
            name(from),
            self.block,
            given(beside.root_tao.is_some()),
            given(beside.issuance.is_some()),
            self.rows.len(),
            self.block,
            protocol(&rules),
            start(&frame, &to.with_extension("csv")),
        ))
    }
}
