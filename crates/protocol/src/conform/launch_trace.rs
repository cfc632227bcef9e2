//! Kind `launch_trace_derived`: a market from its first block on, with stakes and unstakes between blocks.
//!
//! The file has no `cases`: every snapshot is one. An event that comes out otherwise than told fails the
//! snapshots from its block on, or the last one if none follows.

use serde_json::{Map, Value};

use super::case::{Fields, Run, Stop, launch_spec, malformed, unsupported};
use super::coinbase::{Market, is_subnet_entry, mechanism, netuid, settings};
use super::comparison::Comparison;
use super::outputs::{Found, Outputs, compare};
use super::{CaseReport, Outcome};
use crate::books::{Books, Registrations};
use crate::era::Spec;
use crate::halving::tao_emission;
use crate::pool::constant_product::{buy, sell};
use crate::pool::{Mechanism, Reserves};
use crate::units::{Alpha, Block, Netuid, Tao};

/// Blocks times subnets; more are refused, so that no file can keep the runner busy.
const MAX_STEPS: u64 = 20_000_000;

const FILE_FIELDS: [&str; 9] =
    ["kind", "description", "provenance", "protocol", "source", "inputs", "snapshots", "tolerance", "count"];

const INPUTS: [&str; 10] = [
    "root_tao",
    "total_issuance",
    "tao_weight",
    "tao_weight_u64",
    "owner_cut_u16",
    "alpha0",
    "alpha0_bits",
    "subnets",
    "staking_fee",
    "events",
];

const SUBNET_INPUTS: [&str; 6] = ["tao", "alpha_in", "alpha_out", "moving_price", "registered_at", "mech"];

const EVENT_INPUTS: [&str; 6] = ["after_block", "action", "netuid", "amount", "received", "reserves_before"];

pub(super) fn run(file: &Value, snapshots: &Map<String, Value>) -> Vec<CaseReport> {
    let mut reports: Vec<CaseReport> = snapshots
        .keys()
        .map(|key| CaseReport {
            id: format!("block {key}"),
            outcome: Outcome::Failed(format!("malformed: `{key}` is not a block from 1 on")),
        })
        .collect();
    let mut due: Vec<Snapshot<'_>> = snapshots
        .iter()
        .enumerate()
        .filter_map(|(index, (key, expected))| {
            let block = key.parse().ok().filter(|&block: &u64| block > 0 && block.to_string() == *key)?;
            Some(Snapshot { block, index, expected })
        })
        .collect();
    due.sort_by_key(|snapshot| snapshot.block);
    let mut outcomes = due.iter().map(|snapshot| snapshot.index);
    let last = due.last().map(|snapshot| snapshot.index);
    let mut tell = |outcome: Outcome| {
        if let Some(index) = outcomes.next().or(last) {
            reports[index].outcome = outcome;
        }
    };
    if let Err(stop) = replay(file, &due, &mut tell) {
        let outcome = Outcome::from(stop);
        // All that were not reached, or the last one.
        for _ in &due {
            tell(outcome.clone());
        }
    }
    reports
}

struct Snapshot<'a> {
    block: u64,
    index: usize,
    expected: &'a Value,
}

/// Runs the trace and tells each snapshot's outcome in turn.
fn replay(file: &Value, due: &[Snapshot<'_>], tell: &mut impl FnMut(Outcome)) -> Run<()> {
    let fields = Fields::new("file", file, &FILE_FIELDS)?;
    let inputs = Fields::new("inputs", &file["inputs"], &INPUTS)?;
    let spec = launch_spec(&fields)?.unwrap_or(Spec::known(246));
    let fee = Tao::from_rao(inputs.optional_u64("staking_fee")?.unwrap_or(0));
    inputs.u64("total_issuance")?;
    let mut market = Market::read(&inputs, spec)?;
    let subnets = Fields::open("inputs.subnets", inputs.value("subnets"))?;
    for name in subnets.keys() {
        let subnet = Fields::new(name, subnets.value(name), &SUBNET_INPUTS)?;
        market.add(&read_subnet(netuid(name)?, &subnet)?);
    }
    let events = read_events(&inputs)?;
    let end = due.iter().map(|snapshot| snapshot.block).chain(events.iter().map(|event| event.after)).max();
    let end = end.unwrap_or(0);
    if end.saturating_mul(market.len().max(1) as u64) > MAX_STEPS {
        return unsupported(format!("more than {MAX_STEPS} blocks times subnets"));
    }

    let mut due = due.iter().peekable();
    for block in 1..=end {
        market.chain.block = Block(block);
        market.coinbase(tao_emission(Tao::from_rao(market.total_issuance)))?;
        for event in events.iter().filter(|event| event.after == block) {
            event.apply(&mut market, fee)?;
        }
        if let Some(snapshot) = due.next_if(|snapshot| snapshot.block == block) {
            let mut outputs =
                Outputs::one("total_issuance", market.total_issuance).zero_elsewhere(is_subnet_entry);
            market.report(&mut outputs, "subnets.");
            market.report_spot(&mut outputs);
            let tolerance = fields.value("tolerance");
            let compared = compare(snapshot.expected, tolerance, fields.value("provenance"), &outputs);
            tell(compared.err().unwrap_or(Outcome::Passed));
        }
    }
    Ok(())
}

fn read_subnet(netuid: Netuid, inputs: &Fields<'_>) -> Run<Books> {
    let registered_at = Block(inputs.u64("registered_at")?);
    Ok(Books {
        pool: Reserves { tao: inputs.tao("tao")?, alpha: inputs.alpha("alpha_in")? },
        alpha_out: inputs.alpha("alpha_out")?,
        moving_price: inputs.q32("moving_price")?,
        ..Books::new(netuid, settings(registered_at, mechanism(inputs)?, Registrations::Both))
    })
}

enum Action {
    Stake,
    Unstake,
}

struct Event<'a> {
    after: u64,
    action: Action,
    netuid: u16,
    amount: u64,
    received: &'a Value,
    before: Reserves,
}

fn read_events<'a>(inputs: &Fields<'a>) -> Run<Vec<Event<'a>>> {
    let listed = inputs.optional("events", |value| value.as_array().map(Vec::as_slice), "a list")?;
    listed.unwrap_or_default().iter().map(read_event).collect()
}

fn read_event(event: &Value) -> Run<Event<'_>> {
    let fields = Fields::new("event", event, &EVENT_INPUTS)?;
    let before = Fields::new("reserves_before", fields.value("reserves_before"), &["T", "A"])?;
    Ok(Event {
        after: fields.required(
            "after_block",
            |value| value.as_u64().filter(|&block| block > 0),
            "a block",
        )?,
        action: match fields.required("action", Value::as_str, "a text")? {
            "stake" => Action::Stake,
            "unstake" => Action::Unstake,
            other => return unsupported(format!("event `{other}`")),
        },
        netuid: fields.u16("netuid")?,
        amount: fields.u64("amount")?,
        received: fields.value("received"),
        before: Reserves { tao: before.tao("T")?, alpha: before.alpha("A")? },
    })
}

impl Event<'_> {
    /// Applies the event and compares what came of it. The flat fee stays in the pool either way: a stake's
    /// is taken before the swap, an unstake's from what was swapped.
    fn apply(&self, market: &mut Market, fee: Tao) -> Run<()> {
        let at = format!("the event on subnet {} after block {}", self.netuid, self.after);
        let Some(subnet) = market.subnet_mut(Netuid(self.netuid)) else {
            return malformed(format!("{at}: no such subnet"));
        };
        if subnet.settings.mechanism == Mechanism::Stable {
            return unsupported(format!("{at}: a stable subnet"));
        }
        if subnet.pool != self.before {
            return Err(Stop::Differs(format!("{at}: expected {:?}, found {:?}", self.before, subnet.pool)));
        }
        let received = match self.action {
            Action::Stake => stake(subnet, Tao::from_rao(self.amount), fee)?,
            Action::Unstake => unstake(subnet, Alpha::from_rao(self.amount), fee)?,
        };
        Comparison::EXACT.check(&at, self.received, &received.into()).map_err(Stop::Differs)
    }
}

fn stake(subnet: &mut Books, amount: Tao, fee: Tao) -> Run<Found> {
    let Some(alpha) = amount.checked_sub(fee).and_then(|tao| buy(subnet.pool, tao)) else {
        return Ok(Found::Nothing);
    };
    if subnet.pool.tao.rao().checked_add(amount.rao()).is_none() {
        return malformed("the reserve grows past 2^64 rao");
    }
    subnet.pool = Reserves { tao: subnet.pool.tao + amount, alpha: subnet.pool.alpha.saturating_sub(alpha) };
    // No overflow: the alpha was counted in the reserve, and both together fit.
    subnet.alpha_out += alpha;
    Ok(alpha.into())
}

fn unstake(subnet: &mut Books, amount: Alpha, fee: Tao) -> Run<Found> {
    let Some(out) = subnet.alpha_out.checked_sub(amount) else {
        return malformed("more is unstaked than is outside the pool");
    };
    let Some(tao) = sell(subnet.pool, amount) else { return Ok(Found::Nothing) };
    let received = tao.saturating_sub(fee);
    subnet.alpha_out = out;
    subnet.pool =
        Reserves { tao: subnet.pool.tao.saturating_sub(received), alpha: subnet.pool.alpha + amount };
    Ok(received.into())
}
