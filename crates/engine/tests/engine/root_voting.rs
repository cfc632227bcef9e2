//! Before dynamic TAO: root's votes share the emission, epochs pay TAO, and the migration makes pools of it.

use dtao_engine::account::{AgentId, Authority, Hotkey};
use dtao_engine::call::{Call, Outcome, Refusal};
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::{AccountSetup, RootVotingSetup, Run, SubnetSetup};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::Reserves;
use dtao_protocol::root_network::{
    RootRules, RootVote, RootVotingRules, RootWeightsRefused, owner_cut, root_epoch,
};
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};
use dtao_protocol::yuma::Uid;

use crate::world::{
    HOLDER, Receipts, SUDO, Scripted, TRADER, alpha, builder, receipts, stake, still, subnet, tao, unstake,
};

/// The market's first block; root's epochs run at 10,008, 10,019 and so on.
const FIRST: u64 = 10_000;
const E: Tao = Tao::from_rao(RAO);

/// Subnet 1 has the lock of 100 TAO and is emitted 0.75 TAO a block, subnet 2 none and 0.25 TAO. Their epochs
/// are 21 and 22 blocks apart: the first at 10,014 and 10,006. The three accounts have so much TAO on root.
fn voting(
    on_root: [u64; 3],
    lines: &[(AgentId, u64, Call)],
    change: impl FnOnce(&mut Vec<SubnetSetup>),
) -> (Run, Receipts) {
    let empty =
        |netuid, tempo| SubnetSetup { tempo, ..subnet(netuid, (Tao::ZERO, Alpha::ZERO), Alpha::ZERO) };
    let mut setup = still();
    (setup.spec, setup.rules) = (Spec::known(219), Rules::at(Spec::known(219)));
    setup.subnets = vec![empty(1, 20), empty(2, 21)];
    change(&mut setup.subnets);
    let mut run = builder(setup);
    run.root_voting(RootVotingSetup {
        rules: RootVotingRules { tempo: 10, weights_rate_limit: 5, ..RootVotingRules::pre_dtao() },
        subnets: vec![(Netuid(1), Q32::ratio(3, 4), tao(100)), (Netuid(2), Q32::ratio(1, 4), Tao::ZERO)],
    });
    let group = run.group("agents");
    for (id, on_root) in [HOLDER, TRADER, SUDO].into_iter().zip(on_root) {
        let own = lines.iter().filter(|line| line.0 == id).map(|(_, at, call)| (*at, call.clone()));
        let authority = if id == SUDO { Authority::Root } else { Authority::Account };
        let account = AccountSetup { tao: tao(100_000), root_stake: tao(on_root), authority };
        assert_eq!(run.account(group, account, Scripted::new(own)), id);
    }
    let seen = receipts(&mut run);
    (run.build(), seen)
}

fn vote(weights: &[(u16, u16)]) -> Call {
    Call::SetRootWeights {
        weights: weights.iter().map(|&(netuid, weight)| (Netuid(netuid), weight)).collect(),
    }
}

fn upgrade(spec: Spec) -> Call {
    Call::Upgrade { spec }
}

fn emission(run: &mut Run, netuid: u16) -> Tao {
    run.view().root_network().share(Netuid(netuid)).expect("root votes").emission()
}

fn outcomes(seen: &Receipts) -> Vec<Outcome> {
    seen.lock().expect("one thread").iter().map(|(_, receipt)| receipt.outcome).collect()
}

#[test]
fn shares_are_what_the_root_epoch_says_and_count_from_its_block() {
    let lines = [(HOLDER, 0, vote(&[(1, 3), (2, 1)])), (TRADER, 0, vote(&[(2, 7)]))];
    let (mut run, _) = voting([3_000, 1_000, 0], &lines, |_| {});
    run.advance(8).expect("the books close");
    assert_eq!(
        (emission(&mut run, 1), emission(&mut run, 2)),
        (Tao::from_rao(750_000_000), Tao::from_rao(250_000_000))
    );
    let before = run.view().issuance();
    run.advance(1).expect("the books close");
    assert_eq!(run.block(), Block(10_008));
    // Subnet 2's epoch at 10,006 has paid dividends: the stakes that vote are those after it.
    let stakes: Vec<Tao> = run.view().root_seats().iter().map(|&(_, stake)| stake).collect();
    let rows = [vec![0, 65_535, 21_845], vec![0, 0, 65_535]];
    let votes: Vec<_> =
        stakes.into_iter().zip(rows).map(|(stake, weights)| RootVote { stake, weights }).collect();
    let due = root_epoch(RootRules::pre_dtao(), &votes, 3, E).expect("there is stake");
    assert_eq!((emission(&mut run, 1), emission(&mut run, 2)), (due[1], due[2]));
    assert_eq!(run.view().issuance(), before + due[1] + due[2]);
}

#[test]
fn votes_below_kappa_give_their_favourite_far_less_than_their_stake() {
    let lines = [(HOLDER, 0, vote(&[(1, 1)])), (TRADER, 0, vote(&[(2, 1)]))];
    let part = |majority, minority| {
        let (mut run, _) = voting([majority, minority, 0], &lines, |_| {});
        run.advance(20).expect("the books close");
        emission(&mut run, 2).to_f64()
    };
    // 0.1 s(-4) / (0.9 s(4) + 0.1 s(-4)) with the logistic s: 0.2 % for a tenth of the stake.
    assert!((part(9_000, 1_000) - 0.002_031).abs() < 2e-5, "{}", part(9_000, 1_000));
    // At a half each, a half each.
    assert!((part(5_000, 5_000) - 0.5).abs() < 1e-3);
}

#[test]
fn votes_for_root_itself_are_emitted_to_nobody() {
    let lines = [(HOLDER, 0, vote(&[(0, 1), (1, 1)]))];
    let (mut run, _) = voting([1_000, 0, 0], &lines, |_| {});
    run.advance(30).expect("the books close");
    assert_eq!((emission(&mut run, 1), emission(&mut run, 2)), (Tao::from_rao(500_000_000), Tao::ZERO));
}

#[test]
fn an_aggregate_epoch_pays_owner_and_miners_free_tao_and_stakers_on_root_the_rest() {
    let (mut run, _) = voting([3_000, 1_000, 0], &[], |subnets| subnets.truncate(2));
    run.advance(7).expect("the books close");
    assert_eq!(run.block(), Block(10_006));
    let pending = Tao::from_rao(7 * 250_000_000);
    let cut = owner_cut(pending, Rules::at(Spec::known(219)).owner_cut);
    let miners = Tao::from_rao((pending - cut).rao() / 2);
    let dividends = pending - cut - miners;
    let view = run.view();
    assert_eq!(view.balance(HOLDER), tao(100_000) + cut + miners);
    let gained = |agent, before| Tao::from_rao(view.stake(agent, Netuid::ROOT).rao()) - tao(before);
    let (holder, trader) = (gained(HOLDER, 3_000), gained(TRADER, 1_000));
    assert!(holder.rao().abs_diff(dividends.rao() * 3 / 4) <= 2, "{holder}");
    assert!(trader.rao().abs_diff(dividends.rao() / 4) <= 2, "{trader}");
    assert_eq!(view.root_network().share(Netuid(2)).expect("root votes").pending(), Tao::ZERO);
    assert!(view.account(TRADER).earned > Tao::ZERO);
}

#[test]
fn a_detailed_epoch_pays_miners_and_validators_by_yuma_as_stake_on_root() {
    let register = Call::RegisterNeuron { netuid: Netuid(1) };
    let weights = |row: &[(u16, u16)]| Call::SetWeights {
        netuid: Netuid(1),
        weights: row.iter().map(|&(uid, weight)| (Uid(uid), weight)).collect(),
    };
    let lines = [
        (TRADER, 0, register.clone()),
        (TRADER, 0, vote(&[(1, 1)])),
        (SUDO, 1, register),
        (TRADER, 110, weights(&[(0, 10_000), (2, 30_000)])),
    ];
    let roster = RosterSetup { max_uids: 3, immunity_period: 50, ..RosterSetup::launch(HOLDER) };
    let (mut run, seen) = voting([0, 1_000, 0], &lines, |subnets| subnets[0].detail = Some(roster));
    run.advance(200).expect("the books close");
    let seen = outcomes(&seen);
    assert_eq!(
        seen[0],
        Outcome::RegisteredNeuron { uid: Uid(1), cost: tao(1), burned: Alpha::ZERO, locked: Alpha::ZERO }
    );
    assert!(seen.iter().all(|outcome| !matches!(outcome, Outcome::Refused(_))), "{seen:?}");
    let view = run.view();
    let results = view.roster(Netuid(1)).expect("in detail").results();
    assert!((results.incentive[2].to_f64() - 0.75).abs() < 1e-4);
    assert!((results.dividends[1].to_f64() - 1.0).abs() < 1e-6);
    assert!(view.stake(SUDO, Netuid::ROOT) > Alpha::ZERO, "the miner is paid in stake on root");
    assert!(view.stake(TRADER, Netuid::ROOT) > alpha(1_000));
}

#[test]
fn only_stake_on_root_moves_and_it_moves_one_to_one_without_a_fee() {
    let lines = [
        (TRADER, 0, stake(1, tao(5))),
        (TRADER, 0, unstake(1, alpha(5))),
        (TRADER, 0, stake(9, tao(5))),
        (
            TRADER,
            0,
            Call::SwapStake {
                from: Netuid::ROOT,
                to: Netuid(1),
                hotkey: Hotkey(TRADER),
                alpha: alpha(5),
                limit: None,
            },
        ),
        (TRADER, 0, stake(0, tao(5))),
        (TRADER, 0, unstake(0, alpha(2))),
    ];
    let (mut run, seen) = voting([0, 1_000, 0], &lines, |_| {});
    run.advance(1).expect("the books close");
    let refused = Outcome::Refused(Refusal::NoPools);
    let due = [
        refused,
        refused,
        Outcome::Refused(Refusal::NoSuchSubnet),
        refused,
        Outcome::Bought { tao: tao(5), alpha: alpha(5) },
        Outcome::Sold { alpha: alpha(2), tao: tao(2) },
    ];
    assert_eq!(outcomes(&seen), due);
    assert_eq!(run.view().root_tao(), tao(1_003));
}

#[test]
fn weights_are_refused_with_the_reason() {
    let lines = [
        (TRADER, 0, vote(&[(1, 1), (1, 2)])),
        (TRADER, 0, vote(&[(7, 1)])),
        (TRADER, 0, vote(&[(1, 1)])),
        (HOLDER, 0, vote(&[(1, 1)])),
        (TRADER, 4, vote(&[(2, 1)])),
        (TRADER, 5, vote(&[(2, 1)])),
        (TRADER, 6, upgrade(Spec::known(234))),
        (SUDO, 7, upgrade(Spec::known(234))),
        (TRADER, 20, vote(&[(2, 1)])),
    ];
    let (mut run, seen) = voting([0, 1_000, 0], &lines, |_| {});
    run.advance(21).expect("the books close");
    let refused = |reason| Outcome::Refused(Refusal::RootWeights(reason));
    let due = [
        refused(RootWeightsRefused::NoSeat),
        refused(RootWeightsRefused::Duplicate(Netuid(1))),
        refused(RootWeightsRefused::UnknownSubnet(Netuid(7))),
        Outcome::Done,
        refused(RootWeightsRefused::TooFast(Block(FIRST + 5))),
        Outcome::Done,
        Outcome::Refused(Refusal::BadOrigin),
        Outcome::Done,
        refused(RootWeightsRefused::NoVoting),
    ];
    assert_eq!(outcomes(&seen), due);
}

#[test]
fn the_migration_sets_every_price_to_one_and_every_moving_price_to_the_share() {
    let lines = [
        (HOLDER, 0, vote(&[(1, 3), (2, 1)])),
        (TRADER, 0, vote(&[(2, 7)])),
        (SUDO, 100, upgrade(Spec::known(234))),
        (TRADER, 101, stake(1, tao(5))),
    ];
    let (mut run, seen) = voting([3_000, 1_000, 0], &lines, |_| {});
    run.advance(100).expect("the books close");
    let shares = [emission(&mut run, 1), emission(&mut run, 2)];
    let (holder, issued) = (run.view().balance(HOLDER), run.view().issuance());
    // What the epochs so far have lost by rounding is issued no longer.
    let lost = Tao::from_rao(u64::try_from(run.audited().1.undistributed_tao).expect("a few rao"));
    run.advance(1).expect("the books close");
    assert_eq!(run.audited().1.undistributed_tao, 0);
    let view = run.view();
    assert_eq!(view.law().spec, Spec::known(234));
    for (netuid, share) in [1, 2].into_iter().zip(shares) {
        let subnet = view.subnet(Netuid(netuid)).expect("it exists");
        assert_eq!(subnet.pool, Reserves { tao: tao(1), alpha: alpha(1) });
        assert_eq!(subnet.moving_price, Q32::ratio(share.rao(), RAO));
        assert_eq!(subnet.alpha_out, Alpha::ZERO);
    }
    // Subnet 1's lock goes back but for the pool's TAO; subnet 2's TAO is created.
    assert_eq!(view.balance(HOLDER), holder + tao(99));
    let waiting: Tao = view.subnets().map(|subnet| Tao::from_rao(subnet.pending.emission.rao())).sum();
    assert_eq!(view.issuance() + waiting + lost, issued + shares[0] + shares[1] + tao(1));
    assert_eq!(view.root_tao().rao(), view.staked(Netuid::ROOT).rao());
    let moving_prices: f64 = view.subnets().map(|subnet| subnet.moving_price.to_f64()).sum();
    assert!((moving_prices - 1.0).abs() < 1e-6);
    run.advance(400).expect("the books close");
    assert!(matches!(outcomes(&seen)[3], Outcome::Bought { .. }));
    assert!(run.view().subnet(Netuid(1)).expect("it exists").alpha_out > alpha(200));
}

#[test]
fn tao_that_waits_at_the_migration_is_paid_as_alpha_at_the_next_epoch_and_no_longer_issued() {
    // Subnet 1's epochs are at 10,014 and 10,035, subnet 2's at 10,006 and 10,028; the migration comes in block 10,020.
    let lines = [(TRADER, 0, vote(&[(1, 3), (2, 1)])), (SUDO, 20, upgrade(Spec::known(234)))];
    let (mut run, _) = voting([0, 1_000, 0], &lines, |_| {});
    run.advance(20).expect("the books close");
    let lost = Tao::from_rao(u64::try_from(run.audited().1.undistributed_tao).expect("a few rao"));
    let view = run.view();
    let [waited, beside] =
        [1, 2].map(|netuid| view.root_network().share(Netuid(netuid)).expect("root votes").pending());
    let issued = view.issuance();
    assert!(waited > tao(3) && beside > tao(2), "{waited} {beside}");
    run.advance(1).expect("the books close");
    let waiting = waited + run.view().subnet(Netuid(1)).expect("it exists").emitted.tao_in;
    {
        let view = run.view();
        let subnet = view.subnet(Netuid(1)).expect("it exists");
        assert_eq!(subnet.pending.emission.rao(), waiting.rao());
        assert_eq!((subnet.alpha_out, subnet.dust.unbacked.rao()), (Alpha::ZERO, waiting.rao()));
        // Subnet 2 has no lock: the TAO of its pool is created.
        assert_eq!(view.issuance() + waited + beside + lost, issued + tao(1));
    }
    run.advance(15).expect("the books close");
    let view = run.view();
    let subnet = view.subnet(Netuid(1)).expect("it exists");
    let paid = view.staked(Netuid(1));
    assert!(paid.rao() > subnet.alpha_out.rao(), "{paid} of {} outside the pool", subnet.alpha_out);
    assert_eq!(view.epochs()[0].alpha, paid, "all of it in this epoch");
}

#[test]
fn a_lock_paid_under_root_voting_is_kept_and_given_back_at_the_migration() {
    let lines = [
        (TRADER, 0, Call::RegisterSubnet),
        (TRADER, 1, vote(&[(3, 1)])),
        (SUDO, 60, upgrade(Spec::known(238))),
        (SUDO, 8_000, Call::RegisterSubnet),
    ];
    let (mut run, seen) = voting([0, 1_000, 0], &lines, |_| {});
    run.advance(60).expect("the books close");
    let Outcome::Registered { netuid, cost } = outcomes(&seen)[0] else { panic!("{:?}", outcomes(&seen)) };
    assert_eq!((netuid, cost), (Netuid(3), tao(1_000)));
    assert_eq!(emission(&mut run, 3), E);
    let before = run.view().balance(TRADER);
    run.advance(1).expect("the books close");
    assert_eq!(run.view().balance(TRADER), before + tao(999));
    assert_eq!(run.view().subnet(netuid).expect("it exists").moving_price, Q32::ONE);
    run.advance(8_000).expect("the books close");
    assert!(matches!(outcomes(&seen)[3], Outcome::Registered { .. }), "{:?}", outcomes(&seen));
}
