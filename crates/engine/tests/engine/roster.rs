//! Subnets in detail: neurons join and leave, weights decide who is paid, and the books close.

use std::num::NonZeroU16;

use dtao_engine::account::{AgentId, Authority, Hotkey};
use dtao_engine::call::{Call, Outcome, Refusal};
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::{AccountSetup, Inheritance, Run, Setup, SubnetSetup};
use dtao_protocol::children::ChildrenRefused;
use dtao_protocol::drain::Proportion;
use dtao_protocol::era::Spec;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use dtao_protocol::yuma::{EpochRules, Uid, WeightsRefused};

use crate::world::{HOLDER, SUDO, TRADER, alpha, builder, lively, run_of, stake, subnet, tao};

pub const SUBNET: Netuid = Netuid(1);

pub fn roster() -> RosterSetup {
    RosterSetup { max_uids: 3, immunity_period: 50, ..RosterSetup::launch(HOLDER) }
}

/// Subnet 1 in detail, with epochs every 21 blocks, beside an aggregate one.
pub fn detailed(spec: Spec, roster: RosterSetup) -> Setup {
    let mut setup = lively(spec);
    setup.subnets.truncate(1);
    setup.subnets[0].detail = Some(roster);
    setup.subnets[0].alpha_out = Alpha::ZERO;
    setup.subnets.push(SubnetSetup { tempo: 20, ..subnet(2, (tao(500), alpha(50_000)), alpha(20_000)) });
    setup
}

pub fn register() -> Call {
    Call::RegisterNeuron { netuid: SUBNET }
}

pub fn weights(weights: &[(u16, u16)]) -> Call {
    Call::SetWeights {
        netuid: SUBNET,
        weights: weights.iter().map(|&(uid, weight)| (Uid(uid), weight)).collect(),
    }
}

pub fn stake_on(agent: AgentId, tao: Tao) -> Call {
    Call::Stake { netuid: SUBNET, hotkey: Hotkey(agent), tao, limit: None }
}

pub fn outcomes(setup: Setup, lines: &[(AgentId, u64, Call)], blocks: u64) -> (Vec<Outcome>, Run) {
    let (mut run, seen) = run_of(setup, lines);
    run.advance(blocks).expect("the books close");
    let outcomes = seen.lock().expect("one thread").iter().map(|(_, receipt)| receipt.outcome).collect();
    (outcomes, run)
}

#[test]
fn registering_burns_the_alpha_that_the_price_buys() {
    let setup = detailed(Spec::known(244), roster());
    let (outcomes, mut run) = outcomes(setup, &[(TRADER, 0, register()), (TRADER, 1, register())], 2);
    let Outcome::RegisteredNeuron { uid, cost, burned, .. } = outcomes[0] else {
        panic!("{:?}", outcomes[0])
    };
    assert_eq!((uid, cost), (Uid(1), tao(1)));
    // At a price of 0.01, a little less than 100 alpha.
    assert!(burned < alpha(100) && burned > alpha(99), "{burned}");
    assert_eq!(outcomes[1], Outcome::Refused(Refusal::AlreadyRegistered));
    assert_eq!(run.view().roster(SUBNET).expect("in detail").hotkeys(), [Hotkey(HOLDER), Hotkey(TRADER)]);
}

#[test]
fn what_an_account_has_on_root_counts_for_its_neuron_from_the_start() {
    let mut run = builder(detailed(Spec::known(244), roster()));
    let group = run.group("agents");
    for (id, root_stake) in [(HOLDER, 0), (TRADER, 100)] {
        let account =
            AccountSetup { tao: Tao::ZERO, root_stake: tao(root_stake), authority: Authority::Account };
        assert_eq!(run.account(group, account, ()), id);
    }
    run.inherit(TRADER, Inheritance { neurons: vec![SUBNET], ..Inheritance::default() });
    let mut run = run.build();
    let stake = run.view().roster(SUBNET).expect("in detail").neurons().by_uid[1].stake;
    // The chain weighs TAO on root with 18 %.
    assert!((stake.to_f64() / tao(18).rao() as f64 - 1.0).abs() < 1e-6, "{stake:?}");
}

#[test]
fn one_neuron_registers_in_a_block_and_three_in_an_interval() {
    let mut setup = detailed(Spec::known(244), RosterSetup { max_uids: 9, ..roster() });
    setup.subnets[0].tempo = 0;
    let (outcomes, _) = outcomes(setup, &[(TRADER, 0, register()), (SUDO, 0, register())], 1);
    assert_eq!(outcomes[1], Outcome::Refused(Refusal::TooManyRegistrations));
}

#[test]
fn a_full_subnet_replaces_the_worst_neuron_but_never_the_owners() {
    let setup = detailed(Spec::known(244), RosterSetup { max_uids: 2, ..roster() });
    let (outcomes, mut run) = outcomes(setup, &[(TRADER, 0, register()), (SUDO, 30, register())], 31);
    assert!(matches!(outcomes[1], Outcome::RegisteredNeuron { uid: Uid(1), .. }), "{:?}", outcomes[1]);
    assert_eq!(run.view().roster(SUBNET).expect("in detail").hotkeys(), [Hotkey(HOLDER), Hotkey(SUDO)]);
}

/// The trader validates, the subnet's owner and the sudo account mine.
fn economy(row: &[(u16, u16)]) -> Vec<(AgentId, u64, Call)> {
    vec![
        (TRADER, 0, register()),
        (TRADER, 1, stake_on(TRADER, tao(100))),
        (SUDO, 1, register()),
        // The first epoch gives the permit; weights set after it count in the second.
        (TRADER, 110, weights(row)),
    ]
}

#[test]
fn incentive_follows_the_weights_and_dividends_go_to_the_validator() {
    for spec in [Spec::known(234), Spec::known(244), Spec::known(246)] {
        let setup = detailed(spec, roster());
        let (seen, mut run) = outcomes(setup, &economy(&[(0, 10_000), (2, 30_000)]), 200);
        assert!(seen.iter().all(|outcome| !matches!(outcome, Outcome::Refused(_))), "{seen:?}");
        let view = run.view();
        let results = view.roster(SUBNET).expect("in detail").results();
        let incentive: Vec<f64> = results.incentive.iter().map(|part| part.to_f64()).collect();
        assert!((incentive[0] - 0.25).abs() < 1e-4 && (incentive[2] - 0.75).abs() < 1e-4, "{incentive:?}");
        assert!((results.dividends[1].to_f64() - 1.0).abs() < 1e-6);
        assert!(view.stake(SUDO, SUBNET) > Alpha::ZERO);
        assert!(view.account(SUDO).earned > Tao::ZERO);
    }
}

#[test]
fn without_weights_everything_goes_to_stake() {
    let setup = detailed(Spec::known(244), roster());
    let lines = &economy(&[(0, 1)])[..3];
    let (_, mut run) = outcomes(setup, lines, 100);
    let view = run.view();
    let results = view.roster(SUBNET).expect("in detail").results();
    assert!(results.incentive.iter().all(|part| part.to_f64() == 0.0));
    assert_eq!(view.stake(SUDO, SUBNET), Alpha::ZERO);
}

#[test]
fn committed_weights_take_effect_epochs_later() {
    let open = detailed(Spec::known(244), roster());
    let hidden = detailed(Spec::known(244), RosterSetup { reveal_after: NonZeroU16::new(2), ..roster() });
    let row = [(2u16, 1u16)];
    let earns = |setup, blocks| {
        let (_, mut run) = outcomes(setup, &economy(&row), blocks);
        let earned = run.view().account(SUDO).earned;
        earned > Tao::ZERO
    };
    // Epochs of subnet 1 are 21 blocks apart. The weights of block 110 count in the next one, or in the second.
    let next = detailed(Spec::known(244), RosterSetup { reveal_after: NonZeroU16::new(1), ..roster() });
    assert!(!earns(open.clone(), 119) && !earns(next.clone(), 119));
    assert!(earns(open, 120) && earns(next, 120));
    assert!(!earns(hidden.clone(), 140));
    assert!(earns(hidden, 141));
}

#[test]
fn who_always_has_a_commitment_open_still_pays_those_who_registered_since_the_first() {
    let newest = Some(EpochRules::spec_425());
    let hidden = RosterSetup { rules: newest, reveal_after: NonZeroU16::new(2), max_uids: 4, ..roster() };
    let hidden = detailed(Spec::known(244), hidden);
    // A commitment in every epoch, the first before the newcomer joins: one is open at any time.
    let mut setup = hidden;
    setup.subnets[0].tempo = 99;
    let lines = [
        (TRADER, 0, register()),
        (TRADER, 1, stake_on(TRADER, tao(100))),
        (TRADER, 150, weights(&[(0, 1)])),
        (SUDO, 160, register()),
        (TRADER, 260, weights(&[(2, 1)])),
        (TRADER, 370, weights(&[(2, 1)])),
        (TRADER, 480, weights(&[(2, 1)])),
        (TRADER, 590, weights(&[(2, 1)])),
        (TRADER, 695, weights(&[(2, 1)])),
    ];
    let (_, mut run) = outcomes(setup, &lines, 705);
    assert!(run.view().account(SUDO).earned > Tao::ZERO);
}

#[test]
fn weights_that_the_chain_refuses_are_refused() {
    let setup = detailed(Spec::known(244), roster());
    let mut lines = economy(&[(2, 1), (2, 1)]);
    // With room for 64 validators, the launch permits a neuron without any stake too.
    lines.push((SUDO, 111, weights(&[(7, 1)])));
    let (seen, _) = outcomes(setup, &lines, 120);
    let weights_of = |refused| Outcome::Refused(Refusal::Weights(refused));
    assert_eq!(seen[3], weights_of(WeightsRefused::Duplicate(Uid(2))));
    assert_eq!(seen[4], weights_of(WeightsRefused::UnknownUid(Uid(7))));
}

#[test]
fn a_child_earns_on_what_is_lent_and_its_parent_is_paid() {
    let setup = detailed(Spec::known(244), roster());
    let children = [(Hotkey(TRADER), Proportion(u64::MAX))];
    let lines = [
        (TRADER, 0, register()),
        (SUDO, 0, stake_on(SUDO, tao(100))),
        (SUDO, 1, Call::SetChildren { netuid: SUBNET, children: children.into() }),
    ];
    let (seen, mut run) = outcomes(setup, &lines, 120);
    assert_eq!(seen[2], Outcome::Done);
    let view = run.view();
    assert!(view.account(SUDO).earned > Tao::ZERO, "the parent lends and earns");
    let uid = view.roster(SUBNET).expect("in detail").uid(Hotkey(TRADER)).expect("registered");
    assert!(view.roster(SUBNET).expect("in detail").neurons().by_uid[uid.index()].stake.floor() > 0);
}

#[test]
fn children_are_named_once_are_not_the_parent_and_get_no_more_than_all() {
    let setup = detailed(Spec::known(244), roster());
    let lend = |children: &[(AgentId, u64)]| {
        let children = children.iter().map(|&(agent, part)| (Hotkey(agent), Proportion(part))).collect();
        (TRADER, 0, Call::SetChildren { netuid: SUBNET, children })
    };
    let lines = [
        lend(&[(TRADER, 1)]),
        lend(&[(SUDO, 1), (SUDO, 1)]),
        lend(&[(SUDO, u64::MAX), (HOLDER, 1)]),
        lend(&[(SUDO, u64::MAX / 2), (HOLDER, 1)]),
    ];
    let (seen, _) = outcomes(setup, &lines, 1);
    let refused = [ChildrenRefused::Itself, ChildrenRefused::Twice, ChildrenRefused::TooMuch];
    assert_eq!(seen[..3], refused.map(|refused| Outcome::Refused(Refusal::Children(refused))));
    assert_eq!(seen[3], Outcome::Done);
}

#[test]
fn an_aggregate_subnet_earns_the_same_beside_a_detailed_one() {
    let in_detail = detailed(Spec::known(244), roster());
    let mut in_aggregate = in_detail.clone();
    in_aggregate.subnets[0].detail = None;
    let staked = |setup: Setup| {
        let (_, mut run) = outcomes(setup, &[(TRADER, 3, stake(2, tao(5)))], 100);
        run.view().staked(Netuid(2))
    };
    // What the other subnet pays on root differs, and with it root's fraction of the dividends: by a part in 10^12.
    let (one, other) = (staked(in_detail).rao(), staked(in_aggregate).rao());
    assert!(one.abs_diff(other) < one / 100_000_000_000, "{one} {other}");
}

#[test]
fn tao_on_root_earns_the_same_on_whatever_hotkey_in_aggregate() {
    let mut setup = detailed(Spec::known(244), roster());
    setup.subnets.iter_mut().for_each(|subnet| subnet.detail = None);
    let half = tao(1_000_000);
    let move_to_own =
        Call::Stake { netuid: Netuid::ROOT, hotkey: Hotkey(TRADER), tao: tao(500), limit: None };
    setup.root_stake = half;
    let (_, mut run) = outcomes(setup, &[(TRADER, 0, move_to_own)], 200);
    let view = run.view();
    let grown = |agent, from: Alpha| view.stake(agent, Netuid::ROOT).to_f64() / from.to_f64() - 1.0;
    let root = grown(AgentId::ROOT_STAKERS, Alpha::from_rao(half.rao()));
    let trader = grown(TRADER, alpha(500) - Alpha::from_rao(50_000));
    // The trader's stake is small, so a few rao of cuts show: two in a thousand of its growth.
    assert!(root > 0.0 && (trader / root - 1.0).abs() < 2e-3, "{trader} {root}");
}

#[test]
fn the_books_close_however_root_is_paid() {
    // Validators with TAO on root, by revision: paid twice, then less what the sale withheld.
    for spec in [Spec::known(234), Spec::known(244)] {
        let mut setup = detailed(spec, roster());
        setup.rules = Rules { moving_alpha: setup.rules.moving_alpha, ..Rules::at(spec) };
        let mut lines = economy(&[(0, 1), (2, 2)]);
        lines.push((
            TRADER,
            2,
            Call::Stake { netuid: Netuid::ROOT, hotkey: Hotkey(TRADER), tao: tao(50), limit: None },
        ));
        let (_, mut run) = outcomes(setup, &lines, 400);
        let dividends = run.view().stake(TRADER, Netuid::ROOT);
        assert!(dividends > alpha(50), "root earns: {dividends}");
    }
}
