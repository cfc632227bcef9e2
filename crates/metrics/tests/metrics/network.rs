//! Metrics of the whole network, in markets whose emission and trades are known.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use dtao_engine::account::{Authority, Hotkey};
use dtao_engine::call::Call;
use dtao_engine::run::{AccountSetup, RunBuilder, SubnetSetup};
use dtao_metrics::MetricSpec;
use dtao_metrics::daily_flow::{DailyFlow, FlowOf};
use dtao_metrics::emission_over::{EmissionOf, EmissionOver, Value};
use dtao_metrics::fraction::Fraction;
use dtao_metrics::group_return::GroupReturn;
use dtao_metrics::number::NonNegative;
use dtao_metrics::profit::Profit;
use dtao_metrics::quantity::Quantity;
use dtao_metrics::recovery::{Level, Past, Recovery};
use dtao_metrics::share_cost::{CostOf, ShareCost, Whose};
use dtao_protocol::emission::Emission;
use dtao_protocol::fixed::Q32;
use dtao_protocol::units::{Block, Netuid, Tao};

use crate::market::{self, Calls, FIRST, Script, alpha, near, subnet, tao};

/// Blocks of a run, and of a day.
const BLOCKS: u64 = 40;
const DAY: f64 = 7_200.0;

/// The flat fee of a call, in TAO.
const FEE: f64 = 0.000_05;

/// A subnet that has a part of the emission, as long as moving prices stand still.
fn emitting(netuid: u16, pool: (u64, u64), out: u64, moving_price: f64) -> SubnetSetup {
    SubnetSetup { moving_price: Q32::from_f64(moving_price), ..subnet(netuid, pool, out) }
}

fn stake(netuid: u16, whole: u64) -> Call {
    let tao = tao(whole) + Tao::from_rao(50_000);
    Call::Stake { netuid: Netuid(netuid), hotkey: Hotkey::AGGREGATE, tao, limit: None }
}

fn unstake(netuid: u16, whole: u64) -> Call {
    Call::Unstake { netuid: Netuid(netuid), hotkey: Hotkey::AGGREGATE, alpha: alpha(whole), limit: None }
}

/// What metrics read in forty blocks of these subnets, in which a holder of all alpha and a buyer make these calls.
fn read(
    subnets: Vec<SubnetSetup>,
    holder: Calls,
    buyer: Calls,
    metrics: Vec<MetricSpec>,
) -> Vec<Option<f64>> {
    let mut builder = market::builder(subnets);
    for (name, free, calls) in [("holder", Tao::ZERO, holder), ("buyer", tao(10_000), buyer)] {
        let group = builder.group(name);
        let account = AccountSetup { tao: free, root_stake: Tao::ZERO, authority: Authority::Account };
        builder.account(group, account, Script(calls));
    }
    market::read(builder, BLOCKS, metrics)
}

fn emission(of: EmissionOf, to: u64) -> MetricSpec {
    MetricSpec::EmissionOver(EmissionOver { of, from: Block(FIRST + 5), to: Block(FIRST + to) })
}

fn daily(of: FlowOf, from: u64, to: u64) -> MetricSpec {
    MetricSpec::DailyFlow(DailyFlow { of, from: Block(FIRST + from), to: Block(FIRST + to) })
}

#[test]
fn the_emission_of_a_time_is_shared_as_moving_prices_are() {
    // Three quarters and a quarter, whatever the price.
    let subnets = vec![emitting(1, (1_000, 100_000), 9, 0.6), emitting(2, (1_000, 10_000), 9, 0.2)];
    let metrics = vec![
        emission(EmissionOf::ShareOf(vec![Netuid(2)]), 14),
        emission(EmissionOf::Top(1.try_into().expect("one")), 14),
        emission(EmissionOf::Hhi, 14),
        emission(EmissionOf::Gini, 14),
        emission(EmissionOf::RankCorrelation(Value::Price), 14),
        emission(EmissionOf::Hhi, BLOCKS),
        daily(FlowOf::Emission, 5, 14),
    ];
    let read = read(subnets, vec![], vec![], metrics);
    near(read[0], 0.25, 1e-8);
    near(read[1], 0.75, 1e-8);
    near(read[2], 0.625, 1e-8);
    near(read[3], 0.25, 1e-8);
    // Most is emitted where the price is lower.
    near(read[4], -1.0, 1e-12);
    assert_eq!(read[5], None, "the run ends one block before the window");
    // A TAO in each block.
    near(read[6], DAY, 1e-4);
}

#[test]
fn what_pools_gain_is_emission_and_calls_less_what_root_takes() {
    let subnets = vec![emitting(1, (1_000, 100_000), 90_000, 0.6), emitting(2, (1_000, 10_000), 90_000, 0.2)];
    let holder = vec![(FIRST + 9, unstake(1, 50_000)), (FIRST + 20, unstake(2, 1_000))];
    let buyer = vec![(FIRST, stake(1, 100)), (FIRST + 12, stake(2, 30))];
    let (from, to) = (2, 31);
    let groups = |name: &str| FlowOf::SalesOf(vec![name.into()]);
    let metrics = vec![
        daily(FlowOf::Pools, from, to),
        daily(FlowOf::Emission, from, to),
        daily(FlowOf::Calls, from, to),
        daily(FlowOf::RootIncome, from, to),
        daily(FlowOf::ChainBuys, from, to),
        daily(groups("holder"), from, to),
        daily(groups("buyer"), from, to),
        daily(FlowOf::Calls, 0, to),
        daily(FlowOf::Pools, from, BLOCKS),
    ];
    let read = read(subnets, holder, buyer, metrics);
    let value = |at: usize| read[at].expect("the run reached it");
    near(read[0], value(1) + value(2) - value(3), 1e-6);
    // Thirty blocks; of the purchases only the second lies in them, and all sales do.
    near(read[2], (30.0 + FEE) * DAY / 30.0 - value(5), 1e-6);
    assert_eq!((read[3], read[4], read[6]), (Some(0.0), Some(0.0), Some(0.0)), "root has no stake");
    near(read[7].map(|of| of * 32.0 / 30.0), value(2) + (100.0 + FEE) * DAY / 30.0, 1e-6);
    assert!(value(5) > 300.0 * DAY / 30.0, "50,000 alpha of 100,000 fetch a third of 1,000 TAO or more");
    assert_eq!(read[8], None, "the run ends one block before the window");
}

#[test]
fn a_return_is_the_profit_over_the_wealth_before() {
    let subnets = vec![subnet(1, (1_000, 100_000), 0), subnet(2, (10, 10), 0)];
    let groups = vec!["buyer".to_owned()];
    let (from, at) = (Block(FIRST), Block(FIRST + 20));
    let metrics = vec![
        MetricSpec::Profit(Profit { groups: groups.clone(), netuids: vec![], from, at }),
        MetricSpec::GroupReturn(GroupReturn { groups, netuids: vec![], from, at }),
        // The holder has nothing before.
        MetricSpec::GroupReturn(GroupReturn { groups: vec!["holder".into()], netuids: vec![], from, at }),
    ];
    let read = read(subnets, vec![], vec![(FIRST, stake(1, 1_000))], metrics);
    // What it bought fetches what it paid, less two fees, the first of which is in the pool.
    near(read[0], -2.0 * FEE, FEE);
    near(read[1], read[0].expect("reached") / 10_000.0, 1e-15);
    assert_eq!(read[2], None);
}

#[test]
fn prices_recover_when_what_was_sold_is_bought_back() {
    let subnets = vec![subnet(1, (1_000, 100_000), 200_000), subnet(2, (10, 10), 0)];
    let recovery = |netuid: Option<u16>, times: f64| {
        MetricSpec::Recovery(Recovery {
            netuid: netuid.map(Netuid),
            of: Quantity::Price,
            level: Level::OfFirst(NonNegative::new(times).expect("not negative")),
            past: Past::Below,
            from: Block(FIRST),
            to: Block(FIRST + 30),
            every: NonZeroU64::MIN,
        })
    };
    let holder = vec![(FIRST + 4, unstake(1, 100_000))];
    // Half of the TAO left; 100 TAO are not enough, 500 more are.
    let buyer = vec![(FIRST + 7, stake(1, 100)), (FIRST + 15, stake(1, 500))];
    let metrics =
        vec![recovery(Some(1), 1.0), recovery(None, 1.0), recovery(Some(2), 1.0), recovery(Some(1), 2.0)];
    let read = read(subnets, holder, buyer, metrics);
    assert_eq!(read[..3], [Some(11.0), Some(11.0), Some(0.0)]);
    assert_eq!(read[3], None, "it is never twice what it was");
}

fn share_cost(of: CostOf, whose: Whose, points: f64) -> MetricSpec {
    let points = Fraction::new(points).expect("a fraction");
    MetricSpec::ShareCost(ShareCost { of, whose, points, blocks: NonZeroU64::MIN, at: Block(FIRST + 3) })
}

/// Two pools of one price, one twice as deep as the other, that share alike by spot prices.
fn two_of_one_price() -> RunBuilder {
    let subnets = vec![subnet(1, (1_000, 1_000), 0), subnet(2, (2_000, 2_000), 0)];
    let mut builder = market::builder_under(|rules| rules.emission = Emission::SpotPrice, subnets);
    let group = builder.group("holder");
    let account = AccountSetup { tao: tao(9_000), root_stake: Tao::ZERO, authority: Authority::Account };
    builder.account(group, account, Script(vec![]));
    builder
}

#[test]
fn a_point_of_share_costs_what_moves_the_price_and_is_lost_in_fees_alone_where_nobody_trades() {
    // 0.51 takes a price of 0.51 / 0.49.
    let first = Whose::Subnet(Netuid(1));
    let metrics = vec![
        share_cost(CostOf::Paid, first, 0.01),
        share_cost(CostOf::Lost, first, 0.01),
        share_cost(CostOf::Paid, Whose::MedianPool, 0.01),
        share_cost(CostOf::Paid, Whose::Subnet(Netuid(2)), 0.01),
        share_cost(CostOf::Paid, first, 0.499),
    ];
    let read = market::read(two_of_one_price(), 10, metrics);
    // Four blocks have put 2 TAO and 2 alpha into each.
    let factor = (0.51f64 / 0.49).sqrt() - 1.0;
    near(read[0], 1_002.0 * factor, 0.004);
    // One block's emission makes the pool a little deeper before all is sold.
    near(read[1], 2.0 * FEE, 0.000_5);
    near(read[3], 2_002.0 * factor, 0.008);
    assert_eq!(read[2], read[3], "of two, the upper has the median TAO");
    assert_eq!(read[4], None, "999 times the price would cost more TAO than there are");
}

#[test]
fn metrics_of_one_purchase_share_one_search_and_those_of_others_have_their_own() {
    let (first, median) = (Whose::Subnet(Netuid(1)), Whose::MedianPool);
    let metrics: BTreeMap<String, MetricSpec> = [
        ("paid", share_cost(CostOf::Paid, first, 0.01)),
        ("lost", share_cost(CostOf::Lost, first, 0.01)),
        ("paid for two points", share_cost(CostOf::Paid, first, 0.02)),
        ("paid for the median", share_cost(CostOf::Paid, median, 0.01)),
        ("lost for the median", share_cost(CostOf::Lost, median, 0.01)),
        ("price", daily(FlowOf::Pools, 0, 5)),
    ]
    .map(|(name, metric)| (name.to_owned(), metric))
    .into();
    let observers = dtao_metrics::observers(&metrics);
    assert_eq!(observers.len(), 4, "three purchases and another metric");
    let together: BTreeMap<String, Option<f64>> = market::observed(two_of_one_price(), 10, observers)
        .into_iter()
        .map(|reading| (reading.name, reading.value))
        .collect();
    let alone = market::read(two_of_one_price(), 10, metrics.values().cloned().collect());
    assert_eq!(together, metrics.into_keys().zip(alone).collect());
}
