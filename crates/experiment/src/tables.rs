//! The tables that a run writes: `subnets.csv`, `groups.csv`, `events.csv`.
//!
//! A table is written under a temporary name and gets its own when it is complete.

pub(crate) mod events;

use dtao_engine::account::AgentId;
use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_metrics::quantity::Quantity;
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

pub(crate) use self::events::EventsTable;
use crate::historical_clock::time_of;
use crate::scenario::{Record, RecordedSubnets};
use dtao_files::folder::csv_table::CsvTable;

/// The blocks that get rows: every `every`-th, and the last one made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    every: u64,
    /// From where they are counted.
    from: Block,
    /// The last block that got any.
    last: Option<Block>,
}

impl Rows {
    /// Those that a scenario asks for.
    pub fn of(record: &Record) -> Self {
        Self { every: record.every, from: record.from.unwrap_or(Block(0)), last: None }
    }

    /// The first of them that is not before a block, the last block made aside.
    fn next(&self, block: Block) -> Block {
        let steps = block.0.saturating_sub(self.from.0).div_ceil(self.every);
        Block(self.from.0.saturating_add(steps.saturating_mul(self.every)))
    }
}

/// `subnets.csv`: a row for every recorded block and subnet.
pub(crate) struct SubnetsTable {
    pub table: CsvTable,
    pub rows: Rows,
    pub subnets: RecordedSubnets,
}

impl SubnetsTable {
    /// The columns, in order.
    pub const COLUMNS: [&'static str; 15] = [
        "block",
        "time_utc",
        "netuid",
        "price",
        "moving_price",
        "tao_in",
        "alpha_in",
        "alpha_out",
        "market_cap",
        "rank",
        "emission_share",
        "tao_emission",
        "alpha_in_emission",
        "alpha_out_emission",
        "root_proportion",
    ];
}

impl Observer for SubnetsTable {
    fn next(&self, from: Block) -> Option<Block> {
        Some(self.rows.next(from))
    }

    fn observe(&mut self, view: &View) {
        self.rows.last = Some(view.block());
        let time = time_of(view.block()).to_string();
        let all: Vec<_> = view.subnets().collect();
        let mut by_price: Vec<(f64, Netuid)> =
            all.iter().map(|subnet| (subnet.price(), subnet.netuid)).collect();
        by_price.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for subnet in &all {
            if let RecordedSubnets::Only(netuids) = &self.subnets
                && !netuids.contains(&subnet.netuid)
            {
                continue;
            }
            let price = subnet.price();
            let place = by_price.iter().position(|&(_, netuid)| netuid == subnet.netuid);
            let rank = place.expect("every subnet has a place") as u64 + 1;
            let table = &mut self.table;
            table.whole(view.block().0);
            table.text(&time);
            table.whole(u64::from(subnet.netuid.0));
            table.float(price);
            table.float(subnet.moving_price.to_f64());
            table.billionths(subnet.pool.tao.rao());
            table.billionths(subnet.pool.alpha.rao());
            table.billionths(subnet.alpha_out.rao());
            table.float(price * subnet.issuance().to_f64());
            table.whole(rank);
            table.float(Quantity::EmissionShare.of(subnet, view).unwrap_or(f64::NAN));
            table.billionths(subnet.emitted.tao_in.rao());
            table.billionths(subnet.emitted.alpha_in.rao());
            table.billionths(subnet.emitted.alpha_out.rao());
            table.float(Quantity::RootProportion.of(subnet, view).unwrap_or(f64::NAN));
            table.end_row();
        }
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        if self.rows.last != Some(view.block()) {
            self.observe(view);
        }
        self.table.finish().map_err(|error| ObserverError(error.into()))?;
        Ok(vec![])
    }
}

/// `groups.csv`: a row for every recorded block and group of accounts.
pub(crate) struct GroupsTable {
    pub table: CsvTable,
    pub rows: Rows,
    /// Wealth of each group before the first block, from which profit is counted.
    pub first_wealth: Vec<f64>,
}

impl GroupsTable {
    /// The columns, in order.
    pub const COLUMNS: [&'static str; 10] = [
        "block",
        "time_utc",
        "group",
        "members",
        "tao",
        "root_stake",
        "alpha_value",
        "wealth",
        "profit",
        "emission_received",
    ];
}

#[derive(Clone, Copy, Default)]
struct Holdings {
    members: u64,
    tao: Tao,
    root_stake: Tao,
    /// TAO that the group would get for all of its alpha now, one subnet after another, each sale less the fee.
    alpha_value: Tao,
    earned: Tao,
}

impl Holdings {
    fn wealth(&self) -> Tao {
        self.tao + self.root_stake + self.alpha_value
    }
}

fn holdings(view: &View) -> Vec<Holdings> {
    let mut groups = vec![Holdings::default(); view.groups().len()];
    let mut group_of = Vec::with_capacity(view.accounts().len());
    for account in view.accounts() {
        let group = usize::from(account.group.0);
        group_of.push(group);
        let held = &mut groups[group];
        held.members += 1;
        held.tao += account.tao;
        held.earned += account.earned;
    }
    for (AgentId(agent), alpha) in view.stakers(Netuid::ROOT) {
        groups[group_of[agent as usize]].root_stake += Tao::from_rao(alpha.rao());
    }
    let mut alpha = vec![Alpha::ZERO; groups.len()];
    for subnet in view.subnets() {
        alpha.fill(Alpha::ZERO);
        for (AgentId(agent), staked) in view.stakers(subnet.netuid) {
            alpha[group_of[agent as usize]] += staked;
        }
        for (held, &alpha) in groups.iter_mut().zip(&alpha) {
            held.alpha_value += view.liquidation(subnet, alpha);
        }
    }
    groups
}

impl Observer for GroupsTable {
    fn next(&self, from: Block) -> Option<Block> {
        Some(self.rows.next(from))
    }

    fn start(&mut self, view: &View) {
        self.first_wealth = holdings(view).iter().map(|held| held.wealth().to_f64()).collect();
    }

    fn observe(&mut self, view: &View) {
        self.rows.last = Some(view.block());
        let time = time_of(view.block()).to_string();
        let groups = holdings(view);
        for ((held, name), first) in groups.iter().zip(view.groups()).zip(&self.first_wealth) {
            let table = &mut self.table;
            table.whole(view.block().0);
            table.text(&time);
            table.text(name);
            table.whole(held.members);
            table.billionths(held.tao.rao());
            table.billionths(held.root_stake.rao());
            table.billionths(held.alpha_value.rao());
            table.billionths(held.wealth().rao());
            table.float(held.wealth().to_f64() - first);
            table.billionths(held.earned.rao());
            table.end_row();
        }
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        if self.rows.last != Some(view.block()) {
            self.observe(view);
        }
        self.table.finish().map_err(|error| ObserverError(error.into()))?;
        Ok(vec![])
    }
}
