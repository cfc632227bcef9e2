//! What a run says of the state that it begins with.

use dtao_engine::checkpoint::Checkpoint;
use dtao_protocol::moving_price::MovingPriceStart;
use dtao_protocol::pool::CurveRule;
use dtao_protocol::registration::OwnerIncentive;
use dtao_protocol::rules::Rules;
use dtao_protocol::rules::coinbase::BuyLimit;
use dtao_protocol::units::{RAO, Tao};

use crate::recorded::pools::{PoolRow, PoolTable};
use crate::scenario::{Borrowed, BorrowedField, FlowAverages, How, Origin, Scenario, Start};

/// What was found while the state was made.
#[derive(Default)]
pub(super) struct Notes {
    /// TAO and alpha that lie idle in reserves, in rao.
    pub idle: (u64, u64),
    /// Subnets that have been started.
    pub started: usize,
}

/// Every part of the state that the rules read, and where it comes from.
pub(super) fn of(
    scenario: &Scenario,
    rules: &Rules,
    table: &PoolTable,
    notes: &Notes,
    state: &Checkpoint,
) -> Vec<Origin> {
    let Start::Pools { borrowed, .. } = &scenario.start else { return vec![] };
    let mut report = Report { table, borrowed: borrowed.as_ref(), origins: Vec::new() };
    let all = table.rows.len();
    report.reserves();
    report.prices(rules, notes);
    report.column(
        "moving_price",
        |row| row.moving_price.is_some(),
        How::Assumed,
        "the spot price where started, else 0",
    );
    report.emission(scenario, rules);
    if !rules.wait_for_start() {
        report.add("first_emission", How::Defaulted, "every subnet emits".into());
    } else if table.has("first_emission") {
        let borrowed = report.borrowed_of(|_| true);
        let how = if borrowed < all { How::Given } else { How::Assumed };
        let as_in = report.as_in(borrowed);
        report.add(
            "first_emission",
            how,
            format!("{} of {all} subnets have been started{as_in}", notes.started),
        );
    } else {
        let what = format!(
            "the block after registration of the {} subnets with alpha outside their pools; {} not started",
            notes.started,
            all - notes.started
        );
        report.add("first_emission", How::Assumed, what);
    }
    let ages = match rules.moving_price_start {
        MovingPriceStart::Immediate => "as late as their alpha allows, at 2 a block",
        MovingPriceStart::Slow { .. } => {
            "as late as their alpha allows, at 2 a block: it slows the moving prices of the young"
        }
    };
    report.column("registered_at", |row| row.registered_at.is_some(), How::Assumed, ages);
    report.column(
        "tempo",
        |row| row.tempo.is_some(),
        How::Defaulted,
        "360; epochs fall where block and netuid put them",
    );
    report.column("enabled", |row| row.enabled.is_some(), How::Defaulted, "true");
    report.column("protocol_alpha", |row| row.protocol_alpha.is_some(), How::Assumed, "none");
    let waiting = "nothing waits for an epoch or for claims of root: the holder has all alpha outside pools but the protocol's";
    report.add("pending", How::Assumed, waiting.into());
    report.add("registrations", How::Defaulted, "open by burning, and an owner's cut of the alpha".into());
    report.root(scenario, state);
    if let Some(set) = scenario.protocol.mainnet {
        let what = format!("{} values as root had set them on mainnet on {}", set.items.len(), set.date);
        report.add("rules", How::Assumed, what);
    }
    if let Some(from) = report.whose(BorrowedField::Protocol) {
        let what = format!("the values that the scenario gives them, as in {from}");
        report.add("rules", How::Assumed, what);
    }
    report.unused(rules);
    report.origins
}

struct Report<'a> {
    table: &'a PoolTable,
    borrowed: Option<&'a Borrowed>,
    origins: Vec<Origin>,
}

impl<'a> Report<'a> {
    /// From which market a field is, if it is another one's.
    fn whose(&self, field: BorrowedField) -> Option<&'a str> {
        self.borrowed.filter(|borrowed| borrowed.has(field)).map(|borrowed| borrowed.from.as_str())
    }

    /// How many of some rows are another market's.
    fn borrowed_of(&self, of: impl Fn(&PoolRow) -> bool) -> usize {
        let is = |row: &&PoolRow| of(row) && self.borrowed.is_some_and(|it| it.has_subnet(row.netuid));
        self.table.rows.iter().filter(is).count()
    }

    /// What is said of so many rows that are another market's, if there are any.
    fn as_in(&self, rows: usize) -> String {
        let (all, from) = (self.table.rows.len(), self.borrowed.map_or("", |borrowed| &borrowed.from));
        match rows {
            0 => String::new(),
            _ if rows == all => format!(", as in {from}"),
            _ => format!(", {rows} of the {all} as in {from}"),
        }
    }

    /// What every table has.
    fn reserves(&mut self) {
        const PART: &str = "tao_in, alpha_in, alpha_out";
        let all = self.table.rows.len();
        match self.borrowed_of(|_| true) {
            0 => self.add(PART, How::Given, format!("{all} subnets, to the rao")),
            rows => {
                if rows < all {
                    self.add(PART, How::Given, format!("{} of {all} subnets, to the rao", all - rows));
                }
                self.add(PART, How::Assumed, self.of_others(rows));
            }
        }
    }

    /// So many rows that are another market's.
    fn of_others(&self, rows: usize) -> String {
        let from = self.borrowed.map_or("", |borrowed| &borrowed.from);
        format!("{rows} of {} subnets: as in {from}", self.table.rows.len())
    }

    /// A field: given, or another market's.
    fn field(&mut self, part: &'static str, field: BorrowedField, what: String) {
        match self.whose(field) {
            None => self.add(part, How::Given, what),
            Some(from) => self.add(part, How::Assumed, format!("{what}, as in {from}")),
        }
    }

    fn add(&mut self, part: &'static str, how: How, what: String) {
        self.origins.push(Origin { part, how, what });
    }

    /// A column: how many rows have it, and what the others are taken to have.
    fn column(&mut self, name: &'static str, given: impl Fn(&PoolRow) -> bool, otherwise: How, what: &str) {
        let all = self.table.rows.len();
        let known = self.table.rows.iter().filter(|row| given(row)).count();
        let borrowed = self.borrowed_of(given);
        if known > borrowed {
            self.add(name, How::Given, format!("{} of {all} subnets", known - borrowed));
        }
        if borrowed > 0 {
            self.add(name, How::Assumed, self.of_others(borrowed));
        }
        if known < all {
            let rest = all - known;
            let of = if known == 0 { String::new() } else { format!("{rest} of {all} subnets: ") };
            self.add(name, otherwise, format!("{of}{what}"));
        }
    }

    fn prices(&mut self, rules: &Rules, notes: &Notes) {
        let price = |row: &PoolRow| row.price.is_some();
        match rules.pool.curve {
            CurveRule::ConstantProduct => {
                self.add("price", How::Given, "tao_in / alpha_in, as up to spec 282".into());
            }
            CurveRule::V3(_) => {
                self.column("price", price, How::Assumed, "tao_in / alpha_in, to within 1e-12");
                let what = format!(
                    "the largest positions that the reserves hold at these prices; {} and {} lie idle beside them, and no \
                     fees wait",
                    amount(notes.idle.0, "TAO"),
                    amount(notes.idle.1, "alpha")
                );
                self.add("liquidity", How::Assumed, what);
            }
            CurveRule::Balancer(_) | CurveRule::Superellipse => {
                let weight = |row: &PoolRow| row.tao_weight.is_some();
                let rest = if self.table.rows.iter().any(price) {
                    "those that give the price, else one half"
                } else {
                    "one half: the price is tao_in / alpha_in"
                };
                self.column("tao_weight", weight, How::Assumed, rest);
                self.add("reservoirs", How::Assumed, "empty".into());
            }
        }
    }

    /// What TAO is shared by.
    fn emission(&mut self, scenario: &Scenario, rules: &Rules) {
        if rules.emission.counts_flow() {
            let Start::Pools { flow_averages, .. } = scenario.start else { return };
            match flow_averages {
                None => {
                    let given = |row: &PoolRow| row.flow_average.is_some();
                    self.column(
                        "flow_average",
                        given,
                        How::Defaulted,
                        "none yet: it begins with the first block's flow",
                    );
                }
                Some(assumed) => {
                    let how = match assumed {
                        FlowAverages::ByMovingPrice { .. } => "in proportion to moving prices",
                        FlowAverages::Equal { .. } => "the same for all that have been started",
                    };
                    let what = format!("{how}, {} a block in all", tao(assumed.sum()));
                    self.add("flow_average", How::Assumed, what);
                }
            }
        }
        if rules.emission.counts_protocol_flow() {
            let given = |row: &PoolRow| row.protocol_flow_average.is_some();
            self.column("protocol_flow_average", given, How::Assumed, "0");
        }
        if reads_burned(rules) {
            self.column("burned", |row| row.burned.is_some(), How::Assumed, "0 until the next epoch");
        }
        if reads_owners_incentive(rules) {
            self.owners_incentive(scenario);
        }
    }

    /// What the owners' neurons take: from the scenario, the table, what was burned last, or nothing.
    fn owners_incentive(&mut self, scenario: &Scenario) {
        const PART: &str = "owners_incentive";
        let named =
            |row: &&PoolRow| scenario.aggregate.iter().any(|aggregate| aggregate.netuid == row.netuid);
        let in_detail = |row: &&PoolRow| scenario.detail.iter().any(|detail| detail.netuid == row.netuid);
        let rows: Vec<&PoolRow> = self.table.rows.iter().filter(|row| !in_detail(row)).collect();
        let (all, given) = (rows.len(), |row: &&PoolRow| named(row) || row.owners_incentive.is_some());
        let count = |wanted: &dyn Fn(&&PoolRow) -> bool| rows.iter().filter(|row| wanted(row)).count();
        let others = |row: &&PoolRow| {
            !named(row) && given(row) && self.borrowed.is_some_and(|it| it.has_subnet(row.netuid))
        };
        let (known, borrowed) = (count(&given), count(&others));
        let burned = count(&|row| !given(row) && row.burned.is_some());
        let of = |number: usize| {
            if number == all { String::new() } else { format!("{number} of {all} subnets: ") }
        };
        if known > borrowed {
            self.add(PART, How::Given, format!("{} of {all} subnets in aggregate", known - borrowed));
        }
        if borrowed > 0 {
            let from = self.borrowed.map_or("", |borrowed| &borrowed.from);
            self.add(PART, How::Assumed, format!("{borrowed} of {all} subnets in aggregate: as in {from}"));
        }
        if burned > 0 {
            self.add(PART, How::Assumed, format!("{}what was burned in the last epoch", of(burned)));
        }
        let rest = all - known - burned;
        if rest > 0 {
            self.add(PART, How::Defaulted, format!("{}0: the owner's neurons take no incentive", of(rest)));
        }
    }

    /// Columns that the table has and the rules do not read.
    fn unused(&mut self, rules: &Rules) {
        let emission = rules.emission;
        for (column, read) in [
            ("flow_average", emission.counts_flow()),
            ("protocol_flow_average", emission.counts_protocol_flow()),
            ("burned", reads_burned(rules)),
            ("owners_incentive", reads_owners_incentive(rules)),
            ("tao_weight", matches!(rules.pool.curve, CurveRule::Balancer(_) | CurveRule::Superellipse)),
        ] {
            if !read && self.table.has(column) {
                self.add(column, How::Unused, "the rules that the run begins with do not read it".into());
            }
        }
    }

    /// What is known of root and of the whole chain.
    fn root(&mut self, scenario: &Scenario, state: &Checkpoint) {
        let Start::Pools { root_tao, root_uncounted, last_registration, .. } = scenario.start else { return };
        self.field("root_tao", BorrowedField::RootTao, tao(root_tao));
        if root_uncounted > Tao::ZERO {
            self.field("root_uncounted", BorrowedField::RootUncounted, tao(root_uncounted));
        } else {
            self.add("root_uncounted", How::Assumed, "0 TAO".into());
        }
        self.field("issuance", BorrowedField::Issuance, tao(state.issuance));
        let last = state.last_registration;
        let what = format!("{} at block {}", tao(last.cost), last.block);
        match last_registration {
            Some(_) => self.field("last_registration", BorrowedField::LastRegistration, what),
            None => self.add("last_registration", How::Assumed, what),
        }
    }
}

/// Whether what the owners' neurons take is withheld.
fn reads_owners_incentive(rules: &Rules) -> bool {
    rules.drain.owner_incentive != OwnerIncentive::Paid
}

/// Whether what was withheld from miners decides on anything.
fn reads_burned(rules: &Rules) -> bool {
    rules.emission.counts_burned() || rules.coinbase.buy_limit == BuyLimit::UnburnedMiners
}

/// An amount with the decimals that it has.
fn amount(rao: u64, unit: &str) -> String {
    let decimals = format!("{}.{:09}", rao / RAO, rao % RAO);
    format!("{} {unit}", decimals.trim_end_matches('0').trim_end_matches('.'))
}

fn tao(tao: Tao) -> String {
    amount(tao.rao(), "TAO")
}
