//! Subnets that are registered during a run: their numbers, their neurons, the price of a place.

use std::num::NonZeroU16;

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, Outcome};
use dtao_engine::roster::{NewRosters, NewSubnets};
use dtao_engine::run::Setup;
use dtao_protocol::era::Spec;
use dtao_protocol::registration::{LastLock, SubnetLimit};
use dtao_protocol::units::{Block, Netuid, Tao};
use dtao_protocol::yuma::Uid;

use crate::roster::outcomes;
use crate::world::{SUDO, TRADER, lively, tao};

/// Subnets 1, 2 and 4, and new ones in detail with room for three.
fn setup() -> Setup {
    let rosters =
        NewRosters { rules: None, max_uids: 3, immunity_period: 50, reveal_after: NonZeroU16::new(1) };
    let mut setup = Setup { new_subnets: NewSubnets::Detailed(rosters), ..lively(Spec::known(244)) };
    setup.last_registration = LastLock { cost: tao(10), block: Block(0) };
    setup
}

#[test]
fn new_subnets_take_the_lowest_free_numbers_and_are_in_detail() {
    let lines = [(TRADER, 0, Call::RegisterSubnet), (SUDO, 7_200, Call::RegisterSubnet)];
    let (seen, mut run) = outcomes(setup(), &lines, 7_201);
    let numbers = seen.iter().map(|outcome| match outcome {
        Outcome::Registered { netuid, .. } => *netuid,
        other => panic!("{other:?}"),
    });
    assert!(numbers.eq([Netuid(3), Netuid(5)]));
    let view = run.view();
    assert!(view.netuids().eq([1, 2, 3, 4, 5].map(Netuid)));
    let roster = view.roster(Netuid(3)).expect("in detail");
    assert_eq!((roster.owner(), roster.hotkeys()), (TRADER, &[Hotkey(TRADER)][..]));
    assert!(view.roster(Netuid(4)).is_none());
    assert_eq!(view.subnet(Netuid(5)).expect("it exists").settings.registered_at, Block(17_200));
}

#[test]
fn on_a_new_subnet_in_detail_neurons_join_and_earn_by_weights() {
    let new = Netuid(3);
    let weights = || Call::SetWeights { netuid: new, weights: [(Uid(1), 1)].into() };
    let lines = [
        (TRADER, 0, Call::RegisterSubnet),
        (SUDO, 1, Call::RegisterNeuron { netuid: new }),
        // The first epoch, within 361 blocks, gives the owner its permit: it has stake by its cut.
        (TRADER, 800, weights()),
    ];
    let (seen, mut run) = outcomes(setup(), &lines, 1_600);
    assert!(seen.iter().all(|outcome| !matches!(outcome, Outcome::Refused(_))), "{seen:?}");
    let view = run.view();
    assert!(view.stake(SUDO, new).rao() > 0, "a miner");
    let results = view.roster(new).expect("in detail").results();
    assert!((results.incentive[1].to_f64() - 1.0).abs() < 1e-6, "{:?}", results.incentive);
}

#[test]
fn the_price_of_a_place_on_a_new_subnet_falls_from_the_next_block_on_and_to_one_rao() {
    let price = |blocks| {
        let (_, mut run) = outcomes(setup(), &[(TRADER, 0, Call::RegisterSubnet)], blocks);
        run.view().roster(Netuid(3)).expect("in detail").burn()
    };
    assert_eq!(price(1), tao(1));
    // No adjustment has been noted yet, so the first comes at once; the next 360 blocks later.
    let once = price(2);
    assert!(once < tao(1) && price(361) == once && price(362) < once, "{once}");
    let (_, mut run) = outcomes(setup(), &[(TRADER, 0, Call::RegisterSubnet)], 1);
    let view = run.view();
    assert_eq!(view.roster(Netuid(3)).expect("in detail").min_burn(view.rules()), Tao::from_rao(1));
}

#[test]
fn from_spec_397_roots_validators_lend_their_stake_to_the_owner_of_a_new_subnet() {
    // A new subnet's first epoch gives its neurons their stake weights.
    let stake_of_owner = |spec: u16, threshold: Tao| {
        let mut setup = Setup { new_subnets: setup().new_subnets, ..lively(Spec::known(spec)) };
        setup.rules.network_rate_limit = 0;
        setup.rules.stake_threshold = threshold;
        let (seen, mut run) = outcomes(setup, &[(TRADER, 0, Call::RegisterSubnet)], 400);
        assert!(matches!(seen[..], [Outcome::Registered { netuid: Netuid(3), .. }]), "{seen:?}");
        let view = run.view();
        let weight = view.roster(Netuid(3)).expect("in detail").neurons().by_uid[0].stake;
        (weight, view.staked(Netuid::ROOT), view.claimable(AgentId::ROOT_STAKERS, Netuid(3)))
    };
    let (alone, ..) = stake_of_owner(396, Tao::ZERO);
    let (with_root, on_root, _) = stake_of_owner(397, Tao::ZERO);
    // A TAO on root weighs 0.18 alpha.
    let lent = with_root.to_f64() - alone.to_f64();
    assert!((lent / (0.18 * on_root.rao() as f64) - 1.0).abs() < 0.01, "{alone} {with_root}");
    // Whoever has too little for children is passed over.
    let (poor, ..) = stake_of_owner(397, tao(20_000_000));
    assert!(poor.to_f64() < 0.01 * with_root.to_f64(), "{poor}");
}

/// The coinbase of that block has bought the subnet's alpha, with TAO that the issuance of spec 298 does not count.
#[test]
fn what_the_chain_paid_for_a_subnet_that_makes_room_in_the_block_is_not_forgotten() {
    let mut setup = lively(Spec::known(298));
    setup.rules.network_rate_limit = 0;
    setup.rules.registration.subnet_limit = SubnetLimit::Pruned { most: 4, immunity: 20 };
    let lines = [(TRADER, 138, Call::RegisterSubnet), (SUDO, 157, Call::RegisterSubnet)];
    let (seen, mut run) = outcomes(setup, &lines, 160);
    assert!(seen.iter().all(|outcome| matches!(outcome, Outcome::Registered { .. })), "{seen:?}");
    assert_eq!((run.view().netuids().count(), run.audited().0), (4, 160));
}
