//! The scenario of a question: its text, and its table of pools.

use std::fmt::Write as _;
use std::path::PathBuf;

use dtao_experiment::recorded::pools::{PoolRow, written};
use dtao_protocol::units::{Alpha, DAY, Netuid, Tao};

use crate::PoolError;
use crate::answer::Answer;
use crate::course::Past;
use crate::market::Market;
use crate::question::{Deed, Question, YOU};
use crate::text::{name, plain, protocol, start};

/// The assignment under which nothing is traded.
pub const WITHOUT: &str = "agents.you.strategy=Script(calls: [])";
/// The path of what everybody else does.
pub const NOISE: &str = "agents.market.strategy";
/// What an account keeps to stay alive, in rao.
const ALIVE: u64 = 500;
/// The least reserve that pools trade with, under any runtime that needs less.
const SHALLOW: u64 = 10_000_000;
/// TAO in the pool whose trades at random are known, SN28's of 20 to 24 February 2025: it grew from 312 to 688.
const RECORDED_POOL: f64 = 500.0;

/// A scenario's files.
#[derive(Clone, Debug)]
pub struct Files {
    /// Where the scenario is, or would be.
    pub path: PathBuf,
    /// The scenario's text.
    pub scenario: String,
    /// The table of pools.
    pub table: String,
    /// What everybody else does where trades at random are added, as RON text.
    pub noise: String,
    /// The subnet that the question is about.
    pub subnet: Netuid,
    /// Blocks from the first to the last in which something is traded.
    pub end_of_trade: u64,
}

impl Files {
    /// The files of a question.
    ///
    /// # Errors
    /// If it asks for more than there is, or for a pool too shallow to trade.
    pub fn of(question: &Question, market: &Market) -> Result<Self, PoolError> {
        let row = market.own();
        check(question, market)?;
        let path = question.write.clone().unwrap_or_else(|| "own_pool.ron".into());
        let mut files = Self {
            path,
            scenario: String::new(),
            table: written(&market.rows),
            noise: noise(row),
            subnet: market.subnet,
            end_of_trade: question.deed.blocks() - 1,
        };
        files.scenario = files.text(question, market);
        Ok(files)
    }

    /// Where the table of pools is, or would be: beside the scenario.
    #[must_use]
    pub fn table_path(&self) -> PathBuf {
        self.path.with_extension("csv")
    }

    /// Where the variant with trades at random is, or would be.
    #[must_use]
    pub fn noise_path(&self) -> PathBuf {
        let name = self.path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        self.path.with_file_name(format!("{name}_noise.ron"))
    }

    /// The variant with trades at random.
    #[must_use]
    pub fn noise_text(&self) -> String {
        format!(
            "// One seed is one course of the trades at random: `dtao run {} --seed 2`.\n\
             Variant(\n    about: \"{} with trades at random: as often, as large for its pool, as clustered and as much against the \
             last moves as SN28's of February 2025.\",\n    of: \"{}\",\n    set: {{ {NOISE:?}: {:?} }},\n)\n",
            self.noise_path().display(),
            name(&self.path),
            name(&self.path),
            self.noise
        )
    }

    /// The files with metrics that say in a run what the answer says.
    #[must_use]
    pub(crate) fn with_metrics(mut self, answer: &Answer) -> Self {
        let (n, first, last) = (self.subnet, answer.first_block, answer.last_block);
        let end = first + self.end_of_trade;
        let mut metrics = String::new();
        let mut add = |name: &str, metric: String| {
            let _ = writeln!(metrics, "        {name:?}: {metric},");
        };
        add("price.after", format!("SubnetValue(netuid: {n}, of: Price, at: {end})"));
        add("price.end", format!("SubnetValue(netuid: {n}, of: Price, at: {last})"));
        add("share", format!("EmissionOver(of: ShareOf([{n}]), from: {first}, to: {last})"));
        add("profit.you", format!("Profit(groups: [{YOU:?}], netuids: [{n}], from: {first}, at: {end})"));
        let after = answer.levels_after();
        for ((name, of), (level, now)) in
            [("price.back", "Price"), ("tao_in.back", "TaoIn"), ("alpha_in.back", "AlphaIn")]
                .into_iter()
                .zip(answer.levels_before().into_iter().zip(after))
        {
            let past = match Past::of(now, level) {
                Past::Below => "Below",
                Past::Above => "Above",
            };
            add(
                name,
                format!(
                    "Recovery(netuid: {n}, of: {of}, level: Value({level}), past: {past}, from: {end}, to: {last}, every: 1)"
                ),
            );
        }
        self.scenario = self.scenario.replace(METRICS, &metrics);
        self
    }

    fn text(&self, question: &Question, market: &Market) -> String {
        let row = market.own();
        let (n, block) = (self.subnet, market.frame.block);
        let start = start(&market.frame, &self.table_path());
        format!(
            "// {}\n\
             // Written by it; its answers are those of these runs:\n\
             //   dtao run {} --audit\n\
             //   dtao run {} --set '{WITHOUT}'\n\
             // and, for trades at random, of {} with seeds 1 to {}.\n\
             Scenario(\n    about: \"{} in subnet {n}'s pool of {} TAO and {} alpha, beside {}.\",\n\n    \
             protocol: {},\n\n    start: Pools(\n{start}    ),\n    blocks: {},\n\n    agents: [\n        \
             // Owns all alpha that is not yours and what the subnets earn, and does nothing with it.\n        \
             (name: \"market\", count: 1, tao: \"{} TAO\", strategy: Script(calls: [])),\n        {}\n    ],\n\n    \
             record: (every: {DAY}, from: {block}, subnets: Only([{n}]), agents: Groups, calls: All),\n\n    \
             metrics: {{\n{METRICS}    }},\n)\n",
            question.asked,
            self.path.display(),
            self.path.display(),
            name(&self.noise_path()),
            question.seeds,
            deed(question.deed),
            plain(row.reserves.tao),
            plain(row.reserves.alpha),
            market.about.replace(['"', '\\'], "'"),
            protocol(&market.protocol),
            question.days * DAY,
            plain(row.reserves.tao),
            you(question.deed, market),
        )
    }
}

/// Stands in the text where metrics will.
const METRICS: &str = "        // metrics\n";

fn deed(deed: Deed) -> String {
    match deed {
        Deed::Sell(alpha) => format!("{} alpha sold", plain(alpha)),
        Deed::Buy(tao) => format!("Alpha bought for {} TAO", plain(tao)),
        Deed::Push { times, blocks } => {
            format!("The price made {times} times what it was, kept there for {blocks} blocks, and all sold,")
        }
        Deed::Price(price) => format!("The price moved to {price}"),
    }
}

/// The account that trades.
fn you(deed: Deed, market: &Market) -> String {
    let (row, n, first) = (market.own(), market.subnet, market.frame.block);
    let all_tao = free(market);
    let (tao, part, strategy) = match deed {
        Deed::Sell(alpha) => {
            let all = alpha >= row.alpha_out;
            let size = if all { "all".to_owned() } else { format!("{} alpha", plain(alpha)) };
            let call = format!("Unstake(netuid: {n}, alpha: {size:?})");
            (Tao::ZERO, part(alpha.to_f64(), row), format!("Script(calls: [(block: {first}, call: {call})])"))
        }
        Deed::Buy(tao) => {
            let call = format!("Stake(netuid: {n}, tao: \"{} TAO\")", plain(tao));
            let script = format!("Script(calls: [(block: {first}, call: {call})])");
            (tao + Tao::from_rao(ALIVE), 0.0, script)
        }
        Deed::Push { times, blocks } => {
            (all_tao, 0.0, keeper(n, &format!("Times({times})"), first.0, blocks, "Sells"))
        }
        Deed::Price(price) => {
            let now = price_of(row);
            // Half as much again as the reserves ask for, since other weights of theirs ask for more.
            let needed = 1.5 * row.reserves.alpha.to_f64() * ((now / price).sqrt() - 1.0);
            let (tao, part) = if price < now { (Tao::ZERO, part(needed, row)) } else { (all_tao, 0.0) };
            (tao, part, keeper(n, &format!("At({price})"), first.0, 1, "Keeps"))
        }
    };
    let inherits = if part > 0.0 {
        format!("\n            inherits: (alpha: [(netuid: {n}, part: Exactly({part}), among: Equal)]),")
    } else {
        String::new()
    };
    format!(
        "(\n            name: {YOU:?},\n            count: 1,\n            tao: \"{} TAO\",{inherits}\n            \
         strategy: {strategy},\n        ),",
        plain(tao)
    )
}

fn keeper(netuid: Netuid, price: &str, from: u64, blocks: u64, then: &str) -> String {
    format!("PriceKeeper(netuid: {netuid}, price: {price}, from: {from}, blocks: {blocks}, then: {then})")
}

/// The part of all alpha outside the pool that is so much and a thousandth more: where a sale would leave less than a
/// hundred-thousandth of what is held, the chain takes that, too.
fn part(alpha: f64, row: &PoolRow) -> f64 {
    (alpha / row.alpha_out.to_f64() * 1.001).min(1.0)
}

/// TAO that a buyer without a limit may have: all but what others have, in whole TAO.
fn free(market: &Market) -> Tao {
    let free = market.free_tao().saturating_sub(market.own().reserves.tao);
    Tao::from_f64(free.to_f64().floor())
}

/// A pool's spot price, as far as a table says it.
fn price_of(row: &PoolRow) -> f64 {
    let ratio = row.reserves.tao.to_f64() / row.reserves.alpha.to_f64();
    let weighted = row.tao_weight.map(|weight| weight.rest().parts() as f64 / weight.parts() as f64 * ratio);
    row.price.or(weighted).unwrap_or(ratio)
}

/// What everybody else does where trades at random are added: the flow that was fitted to SN28's of February 2025, sizes in
/// proportion to the pool, and as many purchases as sales at the average price.
fn noise(row: &PoolRow) -> String {
    let scale = row.reserves.tao.to_f64() / RECORDED_POOL;
    let size = |recorded: f64| Tao::from_f64(recorded * scale).max(Tao::from_rao(1));
    format!(
        "NoiseTrader(netuids: [{}], trades_per_day: Uniform(20, 40), median: Uniform(\"{} TAO\", \"{} TAO\"), \
         sigma: Uniform(1.1, 1.6), cap: Exactly(\"{} TAO\"), bias: Exactly(0), \
         reversion: Some(strength: Uniform(2, 6), clip: Exactly(0.11), memory: Exactly(5_100)), \
         clustering: Some(per_trade: Uniform(0, 0.3), per_move: Uniform(15, 30), decay: LogUniform(100, 2_000)), mood: None)",
        row.netuid,
        plain(size(0.9)),
        plain(size(1.5)),
        plain(size(70.0))
    )
}

/// Whether there is what is asked for.
fn check(question: &Question, market: &Market) -> Result<(), PoolError> {
    let row = market.own();
    let refuse = |message: String, help: &str| Err(PoolError::question(message, help));
    for (what, rao) in [("TAO", row.reserves.tao.rao()), ("alpha", row.reserves.alpha.rao())] {
        if rao < SHALLOW {
            let message = format!("a pool with {} {what} is too shallow to trade", Alpha::from_rao(rao));
            return refuse(message, "ask about a pool with at least 0.01 of both");
        }
    }
    let blocks = question.days * DAY;
    if blocks <= question.deed.blocks() {
        let message = format!("{} days end before all is done", question.days);
        return refuse(message, "look ahead for more days with --days");
    }
    let exists = market.frame.issuance;
    if market.free_tao() < row.reserves.tao {
        let message = format!(
            "of the {exists} TAO that exist at block {} the pools and root leave {} TAO",
            market.frame.block,
            market.free_tao()
        );
        return refuse(message, "ask about a smaller pool, or one of another time");
    }
    match question.deed {
        Deed::Sell(alpha) if alpha > row.alpha_out => {
            let message =
                format!("{alpha} alpha are to be sold, but only {} are outside the pool", row.alpha_out);
            refuse(message, "sell less, or say with --alpha-out how many there are")
        }
        Deed::Buy(tao) if tao + Tao::from_rao(ALIVE) > free(market) => {
            let message =
                format!("{tao} TAO are to be paid, but only {} are outside pools and root", free(market));
            refuse(message, "buy for less")
        }
        Deed::Price(price) => {
            let now = price_of(row);
            if price < now && row.alpha_out == Alpha::ZERO {
                let message =
                    format!("the price {now} falls to {price} only if alpha is sold, and there is none");
                return refuse(message, "say with --alpha-out how many there are");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
