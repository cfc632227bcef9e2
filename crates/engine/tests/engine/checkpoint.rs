//! A run that begins where another ended goes on as that one would have.

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::Call;
use dtao_engine::checkpoint::Checkpoint;
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::{Carried, Inheritance, Run, Setup, SubnetSetup};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::registration::SubnetLimit;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::Permit;
use proptest::prelude::{ProptestConfig, any, prop, prop_assert_eq, proptest};

use crate::wishes::revision;
use crate::world::{
    HOLDER, SUDO, Scripted, TRADER, add, alpha, builder, builder_of, lively, run_of, stake, tao, unstake,
};

/// What the chain itself says of every subnet.
fn chain(run: &mut Run) -> Vec<String> {
    let view = run.view();
    let subnets = view.subnets().map(|subnet| {
        let claims = view.staked(subnet.netuid);
        format!(
            "{:?} {:?} {:?} {:?} {:?} {claims:?}",
            subnet.netuid, subnet.pool, subnet.alpha_out, subnet.moving_price, subnet.dust
        )
    });
    subnets.chain([format!("{:?} {:?}", view.root_tao(), view.staked(Netuid::ROOT))]).collect()
}

fn setup_after(checkpoint: Checkpoint) -> Setup {
    Setup {
        first_block: checkpoint.block + 1,
        spec: checkpoint.spec,
        rules: checkpoint.rules,
        subnets: checkpoint
            .subnets
            .into_iter()
            .map(|subnet| SubnetSetup { holder: HOLDER, ..subnet })
            .collect(),
        root_stake: checkpoint.root_stake,
        chain: checkpoint.chain,
        last_registration: checkpoint.last_registration,
        ..lively(Spec::known(234))
    }
}

#[test]
fn the_chain_goes_on_as_if_nothing_had_been_between() {
    for spec in [Spec::known(234), Spec::known(244)] {
        let calls = [(TRADER, 3, stake(1, tao(50))), (HOLDER, 30, unstake(1, alpha(40)))];
        let (mut whole, _) = run_of(lively(spec), &calls);
        whole.advance(47).expect("the books close");
        let checkpoint = whole.checkpoint().expect("dynamic TAO");
        assert!(checkpoint.subnets.iter().any(|subnet| subnet.carried != Carried::default()));
        let (mut rest, _) = run_of(setup_after(checkpoint), &[]);
        assert_eq!(chain(&mut rest), chain(&mut whole), "at the start");
        for run in [&mut whole, &mut rest] {
            run.advance(100).expect("the books close");
        }
        assert_eq!(chain(&mut rest), chain(&mut whole), "a hundred blocks later");
    }
}

proptest! {
    // A case is at most 360 audited blocks.
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_run_cut_in_two_under_any_runtime_goes_on_as_the_uncut_one(
        begins in revision(),
        upgrades in prop::collection::vec((0..120u64, revision()), 0..3),
        trades in prop::collection::vec((0..120u64, 0..3usize, 1..200u64, any::<bool>()), 0..20),
        registers in prop::option::of(0..120u64),
        dear in any::<bool>(),
        prunes in any::<bool>(),
        owners_incentives in prop::array::uniform3(0..=4u8),
        cut in 1..160u64,
    ) {
        let mut setup = lively(begins);
        setup.rules.network_rate_limit = 0;
        // All stake on root is one account's on both sides of the cut, as what an owner takes of root's dividends is.
        setup.subnets.iter_mut().for_each(|subnet| subnet.holder = AgentId::ROOT_STAKERS);
        for (subnet, quarters) in setup.subnets.iter_mut().zip(owners_incentives) {
            subnet.carried.owners_incentive = Q32::ratio(quarters.into(), 4);
        }
        let registers = registers.filter(|_| begins >= Spec::known(334));
        if prunes {
            // From spec 429 on the registration may wait when the run is cut.
            setup.rules.registration.subnet_limit = SubnetLimit::Pruned { most: 3, immunity: 0 };
        }
        if dear {
            // Root earns of subnets whose prices sum to more than one.
            setup.subnets.iter_mut().for_each(|subnet| subnet.moving_price = Q32::from_f64(0.8));
        }
        let mut calls: Vec<_> = upgrades.into_iter().map(|(at, spec)| (SUDO, at, Call::Upgrade { spec })).collect();
        calls.extend(trades.into_iter().map(|(at, subnet, size, buys)| {
            let netuid = [1, 2, 4][subnet];
            (TRADER, at, if buys { stake(netuid, tao(size)) } else { unstake(netuid, alpha(size)) })
        }));
        calls.extend(registers.map(|at| (TRADER, at, Call::RegisterSubnet)));
        calls.retain(|&(_, at, _)| at < cut);
        calls.sort_by_key(|&(agent, at, _)| (at, agent));

        let (mut whole, _) = builder_of(setup, &calls);
        // Accounts begin with as much again after the cut.
        whole.issuance(tao(9_000_000));
        let mut whole = whole.build();
        whole.advance(cut).expect("the books close");
        let checkpoint = whole.checkpoint().expect("dynamic TAO");
        let issuance = checkpoint.issuance;
        let mut rest = setup_after(checkpoint);
        rest.subnets.iter_mut().for_each(|subnet| subnet.holder = AgentId::ROOT_STAKERS);
        let (mut rest, _) = builder_of(rest, &[]);
        rest.issuance(issuance);
        let mut rest = rest.build();
        prop_assert_eq!(chain(&mut rest), chain(&mut whole), "at the start");
        for after in [1, 199] {
            for run in [&mut whole, &mut rest] {
                run.advance(after).expect("the books close");
            }
            prop_assert_eq!(chain(&mut rest), chain(&mut whole), "{} blocks later", after);
            let books = |run: &mut Run| run.view().subnets().copied().collect::<Vec<_>>();
            prop_assert_eq!(books(&mut rest), books(&mut whole));
            let law = |run: &mut Run| format!("{:?} {:?}", run.view().law(), run.view().block_emission());
            prop_assert_eq!(law(&mut rest), law(&mut whole));
            prop_assert_eq!(rest.view().issuance(), whole.view().issuance());
        }
        let (was, is) = (whole.checkpoint().expect("still"), rest.checkpoint().expect("still"));
        prop_assert_eq!(was.chain, is.chain);
        prop_assert_eq!(format!("{:?}", was.subnets), format!("{:?}", is.subnets));
    }
}

#[test]
fn a_registration_that_waits_is_carried_over() {
    for spec in [429, 472].map(Spec::known) {
        let mut setup = lively(spec);
        setup.rules.registration.subnet_limit = SubnetLimit::Pruned { most: 3, immunity: 0 };
        let (mut whole, _) = run_of(setup, &[(TRADER, 30, Call::RegisterSubnet)]);
        whole.advance(40).expect("the books close");
        let checkpoint = whole.checkpoint().expect("dynamic TAO");
        assert_eq!(checkpoint.subnets.len(), 2);
        let (mut rest, _) = run_of(setup_after(checkpoint), &[]);
        for run in [&mut whole, &mut rest] {
            run.advance(12).expect("the books close");
            assert_eq!(run.view().netuids().count(), 2);
            run.advance(1).expect("the books close");
            assert_eq!(run.view().netuids().count(), 3);
        }
        assert_eq!(chain(&mut rest), chain(&mut whole));
    }
}

#[test]
fn the_issuance_counts_what_nobody_in_the_run_has_and_goes_on_in_the_next_run() {
    let run_with = |setup: Setup, issuance| {
        let mut run = builder(setup);
        run.issuance(issuance);
        for _ in [HOLDER, TRADER] {
            add(&mut run, Scripted::default());
        }
        run.build()
    };
    // Less than a TAO is emitted in a block, by what is rounded down: the halving is crossed after 50 blocks.
    let almost = Tao::from_rao(tao(10_499_950).rao() + 1_000);
    let mut run = run_with(lively(Spec::known(244)), almost);
    assert_eq!(run.view().issuance(), almost);
    run.advance(50).expect("the books close to the rao");
    assert!(run.view().issuance() >= tao(10_500_000));
    assert_eq!(run.view().block_emission(), tao(1), "a block emits by the issuance before it");
    run.advance(1).expect("the books close to the rao");
    let half = Tao::from_rao(tao(1).rao() / 2);
    assert_eq!(run.view().block_emission(), half);

    let checkpoint = run.checkpoint().expect("dynamic TAO");
    let (issuance, now) = (checkpoint.issuance, run.view().issuance());
    assert_eq!(issuance, now);
    let mut next = run_with(setup_after(checkpoint), issuance);
    assert_eq!(next.view().issuance(), issuance);
    next.advance(1).expect("the books close to the rao");
    assert_eq!(next.view().block_emission(), half, "no halving is taken back");
}

#[test]
fn what_accounts_inherit_is_taken_from_what_there_is() {
    let mut setup = lively(Spec::known(244));
    setup.subnets[0].detail =
        Some(RosterSetup { max_uids: 8, immunity_period: 50, ..RosterSetup::launch(HOLDER) });
    let mut run = builder(setup);
    add(&mut run, Scripted::default());
    let heir = add(&mut run, Scripted::default());
    let detailed = Netuid(1);
    let whole: Alpha = alpha(50_000);
    run.inherit(
        heir,
        Inheritance {
            root: tao(900_000),
            alpha: vec![(detailed, alpha(20_000)), (Netuid(4), Alpha::from_rao(7))],
            neurons: vec![detailed],
        },
    );
    let mut run = run.build();
    {
        let view = run.view();
        let root = Netuid::ROOT;
        assert_eq!(view.stake_on(heir, root, Hotkey(heir)), Alpha::from_rao(tao(900_000).rao()));
        assert_eq!(view.staked(root), Alpha::from_rao(tao(5_900_000).rao()));
        assert_eq!(view.root_tao(), tao(5_900_000));
        assert_eq!(view.stake_on(heir, detailed, Hotkey(heir)), alpha(20_000));
        assert_eq!(view.stake(HOLDER, detailed), whole - alpha(20_000));
        assert_eq!(view.stake_on(heir, Netuid(4), Hotkey::AGGREGATE), Alpha::from_rao(7));
        let roster = view.roster(detailed).expect("in detail");
        assert_eq!(roster.hotkeys(), [Hotkey(HOLDER), Hotkey(heir)]);
        // It may set weights in the first block: it has a permit, and registered long enough ago.
        let neuron = &roster.neurons().by_uid[1];
        assert_eq!(neuron.permit, Permit::Granted);
        assert!(view.block().since(neuron.last_update) + 1 >= view.rules().weights.rate_limit());
        assert_eq!(view.balance(AgentId(2)), tao(100_000));
    }
    run.advance(100).expect("the auditor counts what was inherited");
}
