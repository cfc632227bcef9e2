//! A start from a table of pools: the chain's state, and which parts of it are given, defaulted or assumed.

mod curve;
mod flows;
mod origins;

use dtao_engine::account::AgentId;
use dtao_engine::checkpoint::Checkpoint;
use dtao_engine::run::{Carried, CarriedChain, SubnetSetup};
use dtao_protocol::fixed::Q32;
use dtao_protocol::flow::Flow;
use dtao_protocol::genesis;
use dtao_protocol::pool::{CurveRule, Pool, constant_product, exchange};
use dtao_protocol::registration::LastLock;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Block, Netuid, RAO};

use self::origins::Notes;
use crate::recorded::pools::{PoolRow, PoolTable};
use crate::scenario::{BorrowedSubnets, Origin, Scenario, Start};
use dtao_files::input::{InputError, Source};

/// The most alpha that a subnet has ever been emitted in a block: into its pool and outside.
const MOST_ALPHA_OF_A_BLOCK: u64 = 2 * RAO;

/// The state that a start from a table begins with, all alpha held by root's account as in every checkpoint.
pub(super) fn state(
    scenario: &Scenario,
    source: &Source,
    table: &PoolTable,
) -> Result<(Checkpoint, Vec<Origin>), InputError> {
    let Start::Pools { block, root_tao, root_uncounted, issuance, last_registration, flow_averages, .. } =
        scenario.start
    else {
        unreachable!("only a start from a table has one")
    };
    check_borrowed(scenario, source, table)?;
    let spec = scenario.protocol.spec;
    let rules = scenario.protocol.applied_to(&Rules::at(spec));
    let mut notes = Notes::default();
    let mut subnets = Vec::with_capacity(table.rows.len());
    for (place, row) in table.rows.iter().enumerate() {
        subnets.push(subnet(&rules, block, table, (place, row), &mut notes)?);
    }
    flows::assume(&rules, source, table, flow_averages, &mut subnets)?;
    let last_registration =
        last_registration.map_or(LastLock { cost: rules.min_lock_cost, block: Block(0) }, |last| LastLock {
            cost: last.cost,
            block: last.block,
        });
    let state = Checkpoint {
        block: Block(block.0 - 1),
        spec,
        rules,
        issuance,
        root_stake: root_tao + root_uncounted,
        chain: CarriedChain { root_dividends: root_uncounted, ..CarriedChain::default() },
        last_registration,
        subnets,
    };
    let origins = origins::of(scenario, &rules, table, &notes, &state);
    Ok((state, origins))
}

/// The subnets whose rows are their own are in the table.
fn check_borrowed(scenario: &Scenario, source: &Source, table: &PoolTable) -> Result<(), InputError> {
    let Start::Pools { borrowed: Some(borrowed), .. } = &scenario.start else { return Ok(()) };
    let BorrowedSubnets::Except(own) = &borrowed.subnets else { return Ok(()) };
    let is_there = |netuid: &&Netuid| table.rows.iter().any(|row| row.netuid == **netuid);
    match own.iter().position(|netuid| !is_there(&netuid)) {
        None => Ok(()),
        Some(at) => Err(InputError::at(
            source,
            &format!("start.Pools.borrowed.subnets.Except[{at}]"),
            format!("the table has no subnet {}", own[at]),
            Some("name subnets of the table".into()),
        )),
    }
}

/// One subnet's state before the first block.
fn subnet(
    rules: &Rules,
    first: Block,
    table: &PoolTable,
    (place, row): (usize, &PoolRow),
    notes: &mut Notes,
) -> Result<SubnetSetup, InputError> {
    let (lowest, written) = match rules.pool.curve {
        CurveRule::ConstantProduct => (constant_product::MINIMUM_RESERVE, "0.01"),
        _ => (exchange::MINIMUM_RESERVE, "0.001"),
    };
    for (column, reserve) in [("tao_in", row.reserves.tao.rao()), ("alpha_in", row.reserves.alpha.rao())] {
        if reserve < lowest {
            let message = format!("subnet {}'s pool is too shallow to trade", row.netuid);
            let help = format!("write at least {written}, or leave the subnet out");
            return Err(table.wrong(place, column, message, &help));
        }
    }
    let curve = curve::of(rules, table, (place, row), notes)?;
    let pool = Pool { reserves: row.reserves, curve };
    let started =
        if table.has("first_emission") { row.first_emission.is_some() } else { row.alpha_out.rao() > 0 };
    notes.started += usize::from(started);
    let moving_price = match row.moving_price {
        Some(price) => Q32::from_f64(price),
        None if started => pool.spot_price(),
        None => Q32::ZERO,
    };
    let before = |column, block: Block, limit: Block, what: &str| {
        let message = format!("subnet {}: block {block} is not before {what} {limit}", row.netuid);
        table.wrong(place, column, message, "write an earlier block, or leave the subnet out")
    };
    let registered_at = match (row.registered_at, row.first_emission) {
        (Some(block), _) if block >= first => {
            return Err(before("registered_at", block, first, "the first block to be made,"));
        }
        (Some(block), Some(emission)) if block >= emission => {
            return Err(before("registered_at", block, emission, "its first emission at"));
        }
        (Some(block), _) => block,
        (None, Some(emission)) => Block(emission.0.min(first.0) - u64::from(emission.0 > 0)),
        (None, None) => Block((first.0 - 1).saturating_sub(least_age(row))),
    };
    let first_emission = match row.first_emission {
        Some(block) if block > first => return Err(before("first_emission", block, first + 1, "block")),
        Some(block) => Some(block),
        None => started.then_some(registered_at + 1),
    };
    Ok(SubnetSetup {
        netuid: row.netuid,
        pool: row.reserves,
        alpha_out: row.alpha_out,
        moving_price,
        tempo: row.tempo.unwrap_or(genesis::TEMPO),
        registered_at,
        holder: AgentId::ROOT_STAKERS,
        detail: None,
        carried: Carried {
            // Until spec 256 nobody has to start a subnet.
            first_emission: first_emission.filter(|_| rules.wait_for_start()),
            curve,
            protocol_alpha: row.protocol_alpha.unwrap_or_default(),
            flow: Flow {
                user_average: row.flow_average.map(flows::average),
                protocol_average: row.protocol_flow_average.map(flows::average).unwrap_or_default(),
                ..Flow::default()
            },
            miner_burned: Q32::from_f64(row.burned.unwrap_or(0.0)),
            // What was withheld in the last epoch is taken to be withheld in the next ones, too.
            owners_incentive: Q32::from_f64(row.owners_incentive.or(row.burned).unwrap_or(0.0)),
            tao: row.enabled.unwrap_or_default(),
            ..Carried::default()
        },
    })
}

/// How many blocks a subnet must at least have been there for its alpha to have been emitted.
fn least_age(row: &PoolRow) -> u64 {
    (row.reserves.alpha + row.alpha_out).rao() / MOST_ALPHA_OF_A_BLOCK
}
