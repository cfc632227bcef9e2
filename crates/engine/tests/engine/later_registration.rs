//! Registrations by the rules of later runtimes, with the auditor on.

use std::sync::Arc;

use dtao_engine::account::AgentId;
use dtao_engine::call::{Call, Outcome, Refusal};
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::Setup;
use dtao_protocol::era::Spec;
use dtao_protocol::registration::{
    LastLock, MIN_NON_IMMUNE, NeuronPricing, NewPool, OwnerRefund, ProtocolShare, Pruning,
    RegistrationValues, SubnetLimit,
};
use dtao_protocol::rules::RuleValues;
use dtao_protocol::schedule::{DynamicTempo, EpochSchedule};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::roster::{SUBNET, detailed, outcomes, register, roster};
use crate::world::{HOLDER, SUDO, TRADER, lively, stake, tao};

fn set(values: RuleValues) -> (AgentId, u64, Call) {
    (SUDO, 0, Call::SetRules { values: Arc::new(values) })
}

fn registration(values: RegistrationValues) -> (AgentId, u64, Call) {
    set(RuleValues { registration: Some(values), ..RuleValues::default() })
}

fn setup() -> Setup {
    let mut setup = lively(Spec::known(251));
    setup.last_registration = LastLock { cost: tao(10), block: Block(0) };
    setup
}

#[test]
fn a_pool_at_the_median_price_takes_the_whole_lock() {
    let start = |new_pool| {
        let values = RegistrationValues { new_pool: Some(new_pool), ..RegistrationValues::default() };
        let (seen, mut run) =
            outcomes(setup(), &[registration(values), (TRADER, 1, Call::RegisterSubnet)], 2);
        let Outcome::Registered { netuid, cost } = seen[1] else { panic!("{:?}", seen[1]) };
        let view = run.view();
        let mut prices = [1, 2, 4].map(|other| view.subnet(Netuid(other)).expect("it exists").price());
        prices.sort_by(f64::total_cmp);
        let new = *view.subnet(netuid).expect("just registered");
        (new, cost, prices[1], view.stake(TRADER, netuid))
    };
    let (new, cost, median, owners) = start(NewPool::MedianPrice);
    assert_eq!((new.pool.tao, new.alpha_out, owners), (cost, Alpha::ZERO, Alpha::ZERO));
    assert!((new.price() / median - 1.0).abs() < 1e-6, "{} {median}", new.price());
    let (new, cost, _, owners) = start(NewPool::MedianPriceAndOwner);
    assert!((owners.to_f64() * new.price() / (cost.to_f64() - 1.0) - 1.0).abs() < 1e-6);
    assert_eq!(start(NewPool::MinimumLock).0.pool.tao, tao(1));
}

#[test]
fn at_the_limit_the_cheapest_old_subnet_makes_room_and_its_holders_are_paid() {
    let limit = |immunity| RegistrationValues {
        subnet_limit: Some(SubnetLimit::Pruned { most: 3, immunity }),
        new_pool: Some(NewPool::MedianPrice),
        ..RegistrationValues::default()
    };
    let lines = |immunity| {
        [
            registration(limit(immunity)),
            (TRADER, 1, stake(1, tao(5))),
            (TRADER, 1, stake(2, tao(5))),
            (TRADER, 30, Call::RegisterSubnet),
        ]
    };
    let (seen, _) = outcomes(setup(), &lines(1 << 40), 31);
    assert_eq!(seen[3], Outcome::Refused(Refusal::SubnetLimitReached));

    let (_, mut before) = outcomes(setup(), &lines(0), 30);
    let (seen, mut run) = outcomes(setup(), &lines(0), 31);
    let Outcome::Registered { netuid, cost } = seen[3] else { panic!("{:?}", seen[3]) };
    let (was, view) = (before.view(), run.view());
    let price = |netuid| was.subnet(Netuid(netuid)).expect("it exists").moving_price;
    assert!(netuid == Netuid(1) && price(1) < price(2) && price(1) < price(4));
    let old = *was.subnet(netuid).expect("it exists");
    let new = *view.subnet(netuid).expect("it exists");
    assert_eq!((new.pool.tao, new.alpha_out, view.staked(netuid)), (cost, Alpha::ZERO, Alpha::ZERO));
    assert_eq!((view.subnet_owner(netuid), new.settings.registered_at), (Some(TRADER), Block(10_030)));
    // The pot goes to holder and trader by their alpha: what the trader has paid comes back nearly whole or more.
    let part = was.stake(TRADER, netuid).to_f64() / was.staked(netuid).to_f64();
    let gained = view.balance(TRADER).to_f64() + cost.to_f64() - was.balance(TRADER).to_f64();
    assert!((gained / (part * old.pool.tao.to_f64()) - 1.0).abs() < 0.02, "{gained}");
    assert!(view.balance(HOLDER) > was.balance(HOLDER));
    assert_eq!(view.netuids().count(), 3);
}

#[test]
fn the_owner_of_a_subnet_that_makes_room_gets_back_what_the_rules_leave_of_the_lock() {
    let late = Block(1 << 40);
    let after = |owner_refund| {
        let values = RegistrationValues {
            subnet_limit: Some(SubnetLimit::Pruned { most: 4, immunity: 0 }),
            owner_refund: Some(owner_refund),
            ..RegistrationValues::default()
        };
        let mut setup = setup();
        setup.rules.network_rate_limit = 0;
        // The trader's subnet is the fourth, and with a moving price of zero the first to make room.
        let lines =
            [registration(values), (TRADER, 1, Call::RegisterSubnet), (HOLDER, 30, Call::RegisterSubnet)];
        let (seen, mut run) = outcomes(setup, &lines, 31);
        let [_, Outcome::Registered { netuid: Netuid(3), cost }, Outcome::Registered { .. }] = seen[..]
        else {
            panic!("{seen:?}")
        };
        let (_, dust) = run.audited();
        (cost, run.view().balance(TRADER), run.view().issuance(), dust.uncounted_tao)
    };
    let (cost, without, issuance, uncounted) = after(OwnerRefund::None);
    let (_, less_all, same, more) = after(OwnerRefund::LessAllAlpha { registered_before: late });
    let refund = less_all - without;
    assert!(Tao::ZERO < refund && refund < cost, "{refund} of {cost}");
    assert_eq!((same, more - uncounted), (issuance, u128::from(refund.rao())), "issuance does not count it");
    // No epoch of it has run.
    let (_, whole, ..) = after(OwnerRefund::LessLastEpoch { registered_before: late });
    assert_eq!(whole - without, cost);
    let (_, nothing, ..) = after(OwnerRefund::LessAllAlpha { registered_before: Block(10_001) });
    assert_eq!(nothing, without);
}

#[test]
fn the_chains_own_part_of_a_dissolved_pool_is_recycled() {
    let with = |protocol_share| {
        let values = RegistrationValues {
            subnet_limit: Some(SubnetLimit::Pruned { most: 3, immunity: 0 }),
            new_pool: Some(NewPool::MedianPrice),
            protocol_share: Some(protocol_share),
            ..RegistrationValues::default()
        };
        let mut setup = setup();
        setup.subnets.iter_mut().for_each(|subnet| subnet.registered_at = Block(1));
        let (_, mut run) = outcomes(setup, &[registration(values), (TRADER, 30, Call::RegisterSubnet)], 31);
        (run.view().issuance(), run.view().balance(HOLDER))
    };
    let (all, holders) = with(ProtocolShare::Nothing);
    let (less, fewer) = with(ProtocolShare::BoughtAndPool { pool_counts_after: Block(0) });
    assert!(less < all && fewer < holders);
    assert_eq!(all - less, holders - fewer);
}

#[test]
fn the_price_of_a_neuron_falls_with_blocks_and_rises_with_registrations() {
    let values = RegistrationValues {
        neuron_price: Some(NeuronPricing::spec_397()),
        pruning: Some(Pruning::ByEmission { kept: MIN_NON_IMMUNE }),
        ..RegistrationValues::default()
    };
    let setup = || detailed(Spec::known(244), RosterSetup { max_uids: 9, ..roster() });
    let lines = [registration(values), (TRADER, 361, register()), (SUDO, 361, register())];
    let price = |blocks| {
        let (seen, mut run) = outcomes(setup(), &lines, blocks);
        (seen, run.view().roster(SUBNET).expect("in detail").burn())
    };
    // The rule holds from the second block on.
    let (_, half) = price(361);
    assert!(half.rao().abs_diff(tao(1).rao() / 2) < 1_000, "{half}");
    let (seen, risen) = price(362);
    let costs: Vec<Tao> = seen
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::RegisteredNeuron { cost, .. } => Some(*cost),
            _ => None,
        })
        .collect();
    // Two in one block, the second a quarter dearer.
    assert_eq!(costs.len(), 2, "{seen:?}");
    assert!((costs[1].to_f64() / costs[0].to_f64() - 1.26).abs() < 1e-6);
    assert!((risen.to_f64() / costs[1].to_f64() - 1.26).abs() < 1e-6);
}

#[test]
fn under_a_dynamic_tempo_epochs_are_a_tempo_apart() {
    let dynamic = set(RuleValues {
        epoch_schedule: Some(EpochSchedule::Dynamic(DynamicTempo::SPEC_423)),
        ..RuleValues::default()
    });
    let epochs = |lines: &[_], blocks| {
        let setup = detailed(Spec::known(244), RosterSetup { max_uids: 9, ..roster() });
        let (_, mut run) = outcomes(setup, lines, blocks);
        run.view().roster(SUBNET).expect("in detail").epochs()
    };
    // A tempo of 20: 100 epochs in 2,000 blocks instead of 96.
    assert_eq!((epochs(&[], 2_010), epochs(&[dynamic], 2_010)), (96, 100));
}
