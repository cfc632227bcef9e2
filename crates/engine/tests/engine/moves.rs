//! Stake that moves: to another subnet, another hotkey, another account; and what the chain loses on the way.

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, Fill, Lost, Outcome, Refusal};
use dtao_protocol::era::Spec;
use dtao_protocol::pool::Reserves;
use dtao_protocol::units::{Alpha, Netuid, Tao};

use crate::world::{
    HOLDER, SUDO, TRADER, alpha, receipts_of, stake, still, still_under, subnet, swap_stake, swap_within, tao,
};

const HALF_FEE: Tao = Tao::from_rao(25_000);
const FIRST: Netuid = Netuid(1);

fn to_hotkey(from: u16, to: u16, from_hotkey: Hotkey, to_hotkey: Hotkey, alpha: Alpha) -> Call {
    Call::MoveStake { from: Netuid(from), to: Netuid(to), from_hotkey, to_hotkey, alpha }
}

fn give(from: u16, to: u16, receiver: AgentId, alpha: Alpha) -> Call {
    Call::TransferStake { from: Netuid(from), to: Netuid(to), hotkey: Hotkey::AGGREGATE, receiver, alpha }
}

#[test]
fn a_move_between_hotkeys_of_one_subnet_swaps_twice_and_pays_both_half_fees() {
    // 100,000 alpha take half of the TAO out; all of it but the fees goes in again and buys from twice the alpha:
    // 2e14 - 500,000,025,000 * 2e14 / 999,999,975,000.
    let bought = Alpha::from_rao(99_999_992_499_999);
    let due = Outcome::Moved { sold: alpha(100_000), tao: tao(500) - HALF_FEE, bought };
    let calls = [
        to_hotkey(1, 1, Hotkey::AGGREGATE, Hotkey(TRADER), alpha(100_000)),
        swap_stake(1, 1, alpha(100_000)),
        give(1, 1, TRADER, alpha(100_000)),
    ];
    for call in calls {
        let (seen, mut run) = receipts_of(still(), &[(HOLDER, 1, call.clone())]);
        assert_eq!((seen[0].outcome, seen[0].lost), (due, Lost::default()), "{call:?}");
        let view = run.view();
        let pool = Reserves { tao: tao(1_000), alpha: alpha(200_000) - bought };
        assert_eq!(view.pool(FIRST), Some(pool), "{call:?}");
        assert_eq!(view.balance(HOLDER), tao(100_000));
        let (receiver, hotkey) = match call {
            Call::MoveStake { .. } => (HOLDER, Hotkey(TRADER)),
            Call::TransferStake { .. } => (TRADER, Hotkey::AGGREGATE),
            _ => (HOLDER, Hotkey::AGGREGATE),
        };
        let held = if call == swap_stake(1, 1, alpha(100_000)) { alpha(100_000) + bought } else { bought };
        assert_eq!(view.stake_on(receiver, FIRST, hotkey), held, "{call:?}");
        assert_eq!(view.stake(HOLDER, FIRST) + view.stake(TRADER, FIRST), alpha(100_000) + bought);
    }
}

#[test]
fn a_transfer_gives_stake_to_another_account_on_another_subnet() {
    let mut setup = still();
    setup.subnets[1] = subnet(2, (tao(500) - HALF_FEE - HALF_FEE, alpha(10_000)), Alpha::ZERO);
    let (seen, mut run) = receipts_of(setup, &[(HOLDER, 1, give(1, 2, SUDO, alpha(100_000)))]);
    let moved = Outcome::Moved { sold: alpha(100_000), tao: tao(500) - HALF_FEE, bought: alpha(5_000) };
    assert_eq!(seen[0].outcome, moved);
    let view = run.view();
    assert_eq!((view.stake(SUDO, Netuid(2)), view.stake(HOLDER, Netuid(2))), (alpha(5_000), Alpha::ZERO));
}

#[test]
fn between_root_and_a_subnet_one_swap_is_one_to_one() {
    let lines =
        [(TRADER, 1, stake(0, tao(500) + HALF_FEE + HALF_FEE)), (TRADER, 1, swap_stake(0, 1, alpha(500)))];
    let (seen, mut run) = receipts_of(still(), &lines);
    let Outcome::Moved { sold, tao: passed, .. } = seen[1].outcome else { panic!("{:?}", seen[1]) };
    assert_eq!((sold, passed), (alpha(500), tao(500) - HALF_FEE));
    let view = run.view();
    assert_eq!(view.pool(FIRST).expect("it exists").tao, tao(1_500) - HALF_FEE);
    // Root keeps the fee of the stake and its half of the move's.
    assert_eq!(view.root_tao(), HALF_FEE + HALF_FEE + HALF_FEE);
}

#[test]
fn proceeds_below_the_minimum_are_lost() {
    // At a price of almost exactly 0.01, 54,998,000 rao of alpha fetch 549,979 rao, and 55,002,000 fetch 550,019: less
    // the half fee that is 525,000 and a few, which is just enough.
    for (asked, restaked) in [(54_998_000, false), (55_002_000, true)] {
        let calls = [
            swap_stake(1, 2, Alpha::from_rao(asked)),
            give(1, 1, TRADER, Alpha::from_rao(asked)),
            to_hotkey(1, 0, Hotkey::AGGREGATE, Hotkey(SUDO), Alpha::from_rao(asked)),
        ];
        for call in calls {
            let (seen, mut run) = receipts_of(still(), &[(HOLDER, 1, call)]);
            let Outcome::Moved { sold, tao: left, bought } = seen[0].outcome else { panic!("{:?}", seen[0]) };
            assert_eq!(sold, Alpha::from_rao(asked));
            assert_eq!(bought > Alpha::ZERO, restaked);
            let lost = if restaked { Tao::ZERO } else { left };
            assert_eq!(seen[0].lost, Lost { tao: lost, alpha: Alpha::ZERO });
            assert_eq!(run.audited().1.lost_tao, u128::from(lost.rao()));
            assert_eq!(run.view().balance(HOLDER), tao(100_000), "it is not paid back");
        }
    }
}

#[test]
fn proceeds_that_the_destination_is_too_shallow_for_are_lost_until_it_has_stake_and_spec_239() {
    // 1e18 / 101e9 is less than the 10,000,000 rao that must stay in subnet 2.
    let half = Alpha::from_rao(25_000_000_000_000);
    for spec in (234..=246).map(|spec: u16| Spec::try_from(spec).expect("a launch revision")) {
        let own = to_hotkey(1, 2, Hotkey::AGGREGATE, Hotkey(SUDO), half);
        let (seen, mut run) = receipts_of(still_under(spec), &[(HOLDER, 1, own)]);
        let Outcome::Moved { tao: left, bought, .. } = seen[0].outcome else { panic!("{:?}", seen[0]) };
        assert_eq!(bought, Alpha::ZERO);
        // The second half fee still goes into the destination's pool.
        assert_eq!(seen[0].lost.tao, left - HALF_FEE);
        assert_eq!(run.view().pool(Netuid(2)).expect("it exists").tao, tao(1) + HALF_FEE);
        // With stake on the destination's hotkey spec 239 refuses what would buy no share of it.
        let (seen, _) = receipts_of(still_under(spec), &[(HOLDER, 1, swap_stake(1, 2, half))]);
        let refused = seen[0].outcome == Outcome::Refused(Refusal::InsufficientLiquidity);
        assert_eq!(refused, spec >= Spec::known(239), "{spec:?}");
    }
}

#[test]
fn until_spec_237_only_stake_on_the_accounts_own_hotkey_moves() {
    for spec in (234..=246).map(|spec: u16| Spec::try_from(spec).expect("a launch revision")) {
        let on = |hotkey| Call::Stake { netuid: FIRST, hotkey, tao: tao(10), limit: None };
        let lines = [
            (TRADER, 0, on(Hotkey::AGGREGATE)),
            (TRADER, 0, on(Hotkey(TRADER))),
            (TRADER, 1, to_hotkey(1, 1, Hotkey::AGGREGATE, Hotkey(SUDO), alpha(100))),
            (TRADER, 1, to_hotkey(1, 1, Hotkey(TRADER), Hotkey(SUDO), alpha(100))),
        ];
        let (seen, _) = receipts_of(still_under(spec), &lines);
        let refused = seen[2].outcome == Outcome::Refused(Refusal::NotOwnHotkey);
        assert_eq!(refused, spec < Spec::known(238), "{spec:?}: {:?}", seen[2].outcome);
        assert!(matches!(seen[3].outcome, Outcome::Moved { .. }), "{spec:?}");
    }
}

#[test]
fn a_limit_with_partial_filling_moves_the_whole_amount_whatever_it_is() {
    let (seen, _) =
        receipts_of(still(), &[(HOLDER, 1, swap_within(1, 0, alpha(100_000), 10_000_001, Fill::Partial))]);
    assert!(
        matches!(seen[0].outcome, Outcome::Moved { sold, .. } if sold == alpha(100_000)),
        "{:?}",
        seen[0]
    );
}

#[test]
fn a_move_that_must_fit_its_limit_does_or_is_refused() {
    // 1,000 / 0.008 - 100,000 = 25,000 alpha.
    let swap = |rao| {
        let most = alpha(25_000) + Alpha::from_rao(rao);
        let (seen, _) = receipts_of(still(), &[(HOLDER, 1, swap_within(1, 0, most, 8_000_000, Fill::Whole))]);
        seen[0].outcome
    };
    assert!(matches!(swap(0), Outcome::Moved { .. }));
    assert_eq!(swap(1), Outcome::Refused(Refusal::SlippageTooHigh));
}
