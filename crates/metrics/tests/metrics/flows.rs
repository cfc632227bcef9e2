//! Metrics of what accounts did, in a market that stands still but for their calls.

use dtao_engine::account::{Authority, Hotkey};
use dtao_engine::call::Call;
use dtao_engine::run::AccountSetup;
use dtao_metrics::MetricSpec;
use dtao_metrics::gross_flow::{Counted, GrossFlow, Side};
use dtao_metrics::holdings::Holdings;
use dtao_metrics::profit::Profit;
use dtao_metrics::quantity::Quantity;
use dtao_metrics::subnet_value::SubnetValue;
use dtao_metrics::traded_intervals::TradedIntervals;
use dtao_protocol::units::{Block, Netuid, Tao};

use crate::market::{self, Calls, FIRST, Script, alpha, near, subnet, tao};

/// The flat fee of a call, in TAO.
const FEE: f64 = 0.000_05;

fn stake(whole: u64) -> Call {
    let tao = tao(whole) + Tao::from_rao(50_000);
    Call::Stake { netuid: Netuid(1), hotkey: Hotkey::AGGREGATE, tao, limit: None }
}

fn unstake(whole: u64) -> Call {
    Call::Unstake { netuid: Netuid(1), hotkey: Hotkey::AGGREGATE, alpha: alpha(whole), limit: None }
}

/// What metrics read from forty blocks in which a buyer with 10,000 TAO and a holder of all alpha make these
/// calls. Subnet 1 has 1,000 TAO and 100,000 alpha in the pool, and 200,000 outside; subnet 2's price is 1.
fn read(buyer: Calls, holder: Calls, metrics: Vec<MetricSpec>) -> Vec<Option<f64>> {
    let subnets = vec![subnet(1, (1_000, 100_000), 200_000), subnet(2, (10, 10), 0)];
    let mut builder = market::builder(subnets);
    for (name, free, calls) in [("holder", Tao::ZERO, holder), ("buyer", tao(10_000), buyer)] {
        let group = builder.group(name);
        let account = AccountSetup { tao: free, root_stake: Tao::ZERO, authority: Authority::Account };
        builder.account(group, account, Script(calls));
    }
    market::read(builder, 40, metrics)
}

/// 1,000 TAO for 50,000 alpha and back again within ten blocks; 3 TAO in the next ten; 5 in the last five.
fn trades() -> (Calls, Calls) {
    let buyer = vec![(FIRST, stake(1_000)), (FIRST + 12, stake(3)), (FIRST + 32, stake(5))];
    (buyer, vec![(FIRST + 9, unstake(50_000))])
}

#[test]
fn gross_flows_count_each_call_or_what_is_left_of_an_interval() {
    let (buyer, holder) = trades();
    let flow = |from, to, side, counted| {
        MetricSpec::GrossFlow(GrossFlow {
            netuid: Netuid(1),
            from: Block(FIRST + from),
            to: Block(FIRST + to),
            side,
            counted,
        })
    };
    let ten = Counted::NetOver(10.try_into().expect("ten"));
    let read = read(
        buyer,
        holder,
        vec![
            flow(0, 34, Side::Buys, Counted::EachCall),
            flow(0, 34, Side::Sells, Counted::EachCall),
            flow(0, 34, Side::Buys, ten),
            flow(0, 34, Side::Sells, ten),
            // From the second block on, the sale stands alone.
            flow(1, 34, Side::Sells, ten),
            flow(1, 20, Side::Buys, Counted::EachCall),
            flow(1, 40, Side::Buys, Counted::EachCall),
        ],
    );
    near(read[0], 1_008.0 + 3.0 * FEE, 1e-9);
    near(read[1], 1_000.0, 2.0 * FEE);
    near(read[2], 8.0, 4.0 * FEE);
    near(read[3], 0.0, 2.0 * FEE);
    near(read[4], 1_000.0, 2.0 * FEE);
    near(read[5], 3.0 + FEE, 1e-9);
    assert_eq!(read[6], None, "the run ends one block before the window");
}

#[test]
fn an_interval_is_traded_by_its_net_flow_and_a_part_of_one_does_not_count() {
    let (buyer, holder) = trades();
    let traded = |to, every: u64, at_least: &str| {
        MetricSpec::TradedIntervals(TradedIntervals {
            netuid: Netuid(1),
            from: Block(FIRST),
            to: Block(FIRST + to),
            every: every.try_into().expect("not zero"),
            at_least: at_least.parse().expect("an amount"),
        })
    };
    let read = read(
        buyer,
        holder,
        vec![
            traded(34, 10, "0.05 TAO"),
            traded(39, 10, "0.05 TAO"),
            traded(39, 10, "4 TAO"),
            traded(39, 1, "0.05 TAO"),
            traded(8, 10, "0.05 TAO"),
        ],
    );
    let shares = [Some(1.0 / 3.0), Some(2.0 / 4.0), Some(1.0 / 4.0), Some(4.0 / 40.0), None];
    assert_eq!(read, shares);
}

#[test]
fn what_a_coalition_trades_with_itself_is_no_profit() {
    // The buyer drives the price up fourfold, which is worth nothing to whoever must sell after himself.
    let buyer = || vec![(FIRST + 5, stake(1_000))];
    let profit = |groups: &[&str], netuid, from, at| {
        MetricSpec::Profit(Profit {
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            netuids: vec![Netuid(netuid)],
            from: Block(FIRST + from),
            at: Block(FIRST + at),
        })
    };
    let read = read(
        buyer(),
        vec![],
        vec![
            profit(&["buyer"], 1, 0, 20),
            profit(&["holder"], 1, 0, 20),
            profit(&["buyer", "holder"], 1, 0, 20),
            // The purchase is in the block from before which is counted, and before it.
            profit(&["buyer"], 2, 5, 20),
            profit(&["buyer"], 2, 6, 20),
            profit(&["buyer"], 2, 0, 40),
        ],
    );
    // He could sell for what he paid, less a fee; half of the first fee has stayed with him in the pool.
    near(read[0], -1.5 * FEE, 1e-8);
    // 200,000 alpha were worth 1,000 * 2/3, and are worth 2,000 * 4/5.
    near(read[1], 1_600.0 - 2_000.0 / 3.0, FEE);
    near(read[2], 0.0, FEE);
    near(read[3], -1_000.0 - FEE, 1e-8);
    near(read[4], 0.0, 0.0);
    assert_eq!(read[5], None, "the run ends one block before");
}

#[test]
fn holdings_are_parts_of_the_alpha_outside_the_pool() {
    let holdings = |groups: &[&str], netuid| {
        MetricSpec::Holdings(Holdings {
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            netuid: Netuid(netuid),
            at: Block(FIRST),
        })
    };
    let all = ["holder", "buyer"];
    let metrics =
        vec![holdings(&["buyer"], 1), holdings(&["holder"], 1), holdings(&all, 1), holdings(&all, 9)];
    let read = read(vec![(FIRST, stake(1_000))], vec![], metrics);
    // One alpha was emitted, and is not yet paid.
    near(read[0], 50_000.0 / 250_001.0, 1e-9);
    near(read[1], 200_000.0 / 250_001.0, 1e-9);
    near(read[2], 250_000.0 / 250_001.0, 1e-9);
    assert_eq!(read[3], None);
}

#[test]
fn the_rank_counts_only_subnets_that_exist() {
    let rank = |netuid, at| {
        let at = Block(FIRST + at);
        MetricSpec::SubnetValue(SubnetValue { netuid: Netuid(netuid), of: Quantity::PriceRank, at })
    };
    let register = vec![(FIRST + 5, Call::RegisterSubnet)];
    let read = read(register, vec![], vec![rank(1, 4), rank(3, 4), rank(1, 6), rank(2, 6), rank(3, 6)]);
    // The new subnet's pool opens at a price of 1 as subnet 2's does: of equal prices the lower number ranks higher.
    assert_eq!(read, [Some(2.0), None, Some(3.0), Some(1.0), Some(2.0)]);
}
