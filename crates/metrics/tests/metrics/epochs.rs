//! Parts of what a detailed subnet's epochs give, with two validators of 30,000 and 10,000 alpha.
//!
//! Subnet 1's epochs are in blocks 14, 35, 56, 77, 98, 119 and 140 from the first.

use dtao_engine::account::Authority;
use dtao_engine::call::Call;
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::{AccountSetup, Inheritance, SubnetSetup};
use dtao_metrics::MetricSpec;
use dtao_metrics::dividend_share::DividendShare;
use dtao_metrics::incentive_share::IncentiveShare;
use dtao_protocol::units::{Block, Netuid, Tao};
use dtao_protocol::yuma::Uid;

use crate::market::{self, Calls, FIRST, HOLDER, Script, alpha, near, subnet};

const SUBNET: Netuid = Netuid(1);

fn weights(at: u64, row: &[(u16, u16)]) -> (u64, Call) {
    let weights = row.iter().map(|&(uid, weight)| (Uid(uid), weight)).collect();
    (FIRST + at, Call::SetWeights { netuid: SUBNET, weights })
}

fn incentive(group: &str, from: u64, to: u64) -> MetricSpec {
    let (from, to) = (Block(FIRST + from), Block(FIRST + to));
    MetricSpec::IncentiveShare(IncentiveShare { netuid: SUBNET, group: group.into(), from, to })
}

fn dividends(group: &str, from: u64, to: u64) -> MetricSpec {
    let (from, to) = (Block(FIRST + from), Block(FIRST + to));
    MetricSpec::DividendShare(DividendShare { netuid: SUBNET, group: group.into(), from, to })
}

/// What metrics read from 150 blocks. UID 0 is the owner's, of the group "owner"; 1 and 2 validate, with 30,000
/// and 10,000 alpha, each in a group of its own; 3 and 4 mine, both in the group "miners". Subnet 2 is an
/// aggregate one, with epochs in other blocks.
fn read(large: Calls, small: Calls, metrics: Vec<MetricSpec>) -> Vec<Option<f64>> {
    let detail = RosterSetup { max_uids: 5, immunity_period: 50, ..RosterSetup::launch(HOLDER) };
    let detailed = SubnetSetup { detail: Some(detail), ..subnet(1, (1_000, 100_000), 200_000) };
    let subnets = [detailed, subnet(2, (10, 10), 0)].map(|subnet| SubnetSetup { tempo: 20, ..subnet });
    let mut builder = market::builder(subnets.into());
    let account = AccountSetup { tao: Tao::ZERO, root_stake: Tao::ZERO, authority: Authority::Account };
    let owner = builder.group("owner");
    assert_eq!(builder.account(owner, account, ()), HOLDER);
    for (name, staked, calls) in [("large", 30_000, large), ("small", 10_000, small)] {
        let group = builder.group(name);
        let agent = builder.account(group, account, Script(calls));
        let alpha = vec![(SUBNET, alpha(staked))];
        builder.inherit(agent, Inheritance { alpha, neurons: vec![SUBNET], ..Inheritance::default() });
    }
    let miners = builder.group("miners");
    for _ in 0..2 {
        let miner = builder.account(miners, account, ());
        builder.inherit(miner, Inheritance { neurons: vec![SUBNET], ..Inheritance::default() });
    }
    market::read(builder, 150, metrics)
}

/// Both validators agree, once the owner is older than their weights: 2, 1 and 5 eighths to the owner and the two
/// miners, then all to one miner.
fn agreed() -> (Calls, Calls) {
    let calls = || vec![weights(1, &[(0, 2), (3, 1), (4, 5)]), weights(101, &[(3, 1)])];
    (calls(), calls())
}

#[test]
fn the_incentive_of_a_group_is_its_neurons_part_on_average_over_the_epochs_of_a_window() {
    let (large, small) = agreed();
    let read = read(
        large,
        small,
        vec![
            incentive("owner", 0, 100),
            incentive("miners", 0, 100),
            incentive("miners", 119, 149),
            // Two epochs of each kind, the window's own blocks among them.
            incentive("owner", 77, 140),
            incentive("miners", 77, 140),
            // One block less at either end: one and two.
            incentive("owner", 78, 140),
            incentive("owner", 77, 139),
            incentive("large", 0, 149),
        ],
    );
    let due = [2.0 / 8.0, 6.0 / 8.0, 1.0, 1.0 / 8.0, 7.0 / 8.0, 2.0 / 24.0, 4.0 / 24.0, 0.0];
    for (value, due) in read.into_iter().zip(due) {
        // Weights are whole 65,535ths of the largest.
        near(value, due, 2e-5);
    }
}

#[test]
fn dividends_of_those_who_agree_are_shared_by_stake() {
    let (large, small) = agreed();
    let groups = ["large", "small", "owner", "miners"];
    let read = read(large, small, groups.map(|group| dividends(group, 0, 149)).into());
    for (value, due) in read.into_iter().zip([0.75, 0.25, 0.0, 0.0]) {
        near(value, due, 1e-5);
    }
}

#[test]
fn dividends_go_only_to_those_with_weights() {
    let vote = vec![weights(1, &[(3, 1)])];
    let read = read(vote, vec![], vec![dividends("large", 0, 149), dividends("small", 0, 149)]);
    near(read[0], 1.0, 1e-5);
    near(read[1], 0.0, 1e-5);
}

#[test]
fn a_window_without_an_epoch_has_no_share() {
    let (large, small) = agreed();
    let metrics = vec![incentive("owner", 15, 34), dividends("large", 15, 34), incentive("owner", 15, 35)];
    let read = read(large, small, metrics);
    assert_eq!(read[..2], [None, None]);
    near(read[2], 0.25, 2e-5);
}
