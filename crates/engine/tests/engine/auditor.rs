//! The books close whatever accounts do. That the auditor finds what is wrong is tested beside it.

use bevy_ecs::prelude::Component;
use dtao_engine::account::Authority;
use dtao_engine::account::Hotkey;
use dtao_engine::call::Call;
use dtao_engine::run::{AccountSetup, RunBuilder};
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::fixed::Q32;
use dtao_protocol::rules::LaunchSpec;
use dtao_protocol::units::{Alpha, Netuid, Tao};
use proptest::prelude::{Just, ProptestConfig, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as _;

use crate::world::{HOLDER, Scripted, lively, run_of, tao, unstake};

/// What an account wants; how much is measured by what it has when its turn comes.
#[derive(Clone, Copy, Debug)]
enum Wish {
    Buy(Netuid, Size),
    Sell(Netuid, Size),
    Move(Netuid, Netuid, Size),
    Register,
    Upgrade(LaunchSpec),
    MovingAlpha(f64),
    Tempo(Netuid, u16),
}

#[derive(Clone, Copy, Debug)]
enum Size {
    /// A part of what it has, in 255ths; all of it at the end of the range.
    Part(u8),
    /// So many rao.
    Rao(u64),
    /// What keeps the average price within so many rao.
    Limit(u64),
}

/// Follows its wishes, each in its block.
#[derive(Component, Clone)]
struct Wishful(Vec<(u64, Wish)>);

impl Strategy for Wishful {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_after(1);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let (now, id) = (view.block().0 - 10_000, me.id);
        let part = |have: u64, size| match size {
            Size::Part(part) => (u128::from(have) * u128::from(part) / 255) as u64,
            Size::Rao(rao) => rao,
            Size::Limit(_) => have,
        };
        let limit = |size| match size {
            Size::Limit(rao) => Some(Tao::from_rao(rao)),
            Size::Part(_) | Size::Rao(_) => None,
        };
        let held = |netuid| view.stake(id, netuid).rao();
        for &(_, wish) in self.0.iter().filter(|&&(at, _)| at == now) {
            me.submit(match wish {
                Wish::Buy(netuid, size) => {
                    let tao = Tao::from_rao(part(view.balance(id).rao(), size));
                    Call::Stake { netuid, hotkey: Hotkey::AGGREGATE, tao, limit: limit(size) }
                }
                Wish::Sell(netuid, size) => {
                    let alpha = Alpha::from_rao(part(held(netuid), size));
                    Call::Unstake { netuid, hotkey: Hotkey::AGGREGATE, alpha, limit: limit(size) }
                }
                Wish::Move(from, to, size) => Call::MoveStake {
                    from,
                    to,
                    hotkey: Hotkey::AGGREGATE,
                    alpha: Alpha::from_rao(part(held(from), size)),
                },
                Wish::Register => Call::RegisterSubnet,
                Wish::Upgrade(spec) => Call::Upgrade { spec },
                Wish::MovingAlpha(coefficient) => {
                    Call::SetMovingAlpha { coefficient: Q32::from_f64(coefficient) }
                }
                Wish::Tempo(netuid, tempo) => Call::SetTempo { netuid, tempo },
            });
        }
        me.wake_after(1);
    }
}

const BLOCKS: u64 = 300;

fn wish() -> impl proptest::strategy::Strategy<Value = Wish> {
    let netuid = || (0u16..7).prop_map(Netuid);
    // Sizes from dust to all, and the last parts of a stake, where the share pool takes the rest along.
    let size = || {
        prop_oneof![
            4 => any::<u8>().prop_map(Size::Part),
            2 => Just(Size::Part(255)),
            2 => (0u32..60).prop_map(|power| Size::Rao(1 << power)),
            1 => (1u64..2_000_000_000).prop_map(Size::Limit),
        ]
    };
    let spec = (234u16..=246).prop_map(|spec| spec.try_into().expect("a launch revision"));
    prop_oneof![
        8 => (netuid(), size()).prop_map(|(netuid, size)| Wish::Buy(netuid, size)),
        8 => (netuid(), size()).prop_map(|(netuid, size)| Wish::Sell(netuid, size)),
        4 => (netuid(), netuid(), size()).prop_map(|(from, to, size)| Wish::Move(from, to, size)),
        1 => Just(Wish::Register),
        1 => spec.prop_map(Wish::Upgrade),
        1 => (0.0f64..=1.0).prop_map(Wish::MovingAlpha),
        1 => (netuid(), 0u16..30).prop_map(|(netuid, tempo)| Wish::Tempo(netuid, tempo)),
    ]
}

proptest! {
    // A case is 300 audited blocks with a few hundred calls: a few milliseconds.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_books_close_whatever_accounts_do(
        spec in prop_oneof![Just(LaunchSpec::L234), Just(LaunchSpec::L244), Just(LaunchSpec::L246)],
        wishes in prop::collection::vec(prop::collection::vec((0..BLOCKS, wish()), 0..120), 4),
        rate_limit in 0u64..100,
    ) {
        let mut setup = lively(spec);
        setup.rules.network_rate_limit = rate_limit;
        let mut run = RunBuilder::new(setup);
        run.strategy::<Wishful>();
        let group = run.group("agents");
        for (index, wishes) in wishes.into_iter().enumerate() {
            let authority = if index == 2 { Authority::Root } else { Authority::Account };
            run.account(group, AccountSetup { tao: tao(10_000), root_stake: Tao::ZERO, authority }, Wishful(wishes));
        }
        let mut run = run.build();
        prop_assert!(run.advance(BLOCKS).is_ok(), "{:?}", run.advance(0));
        prop_assert_eq!(run.audited().0, BLOCKS);
    }
}

#[test]
fn claims_that_the_chain_paid_twice_can_be_sold_and_the_books_still_close() {
    // Until spec 243 an epoch pays what root has sold once more. Subnet 1's epochs come every 21 blocks; its
    // holder sells all it has after each.
    let mut setup = lively(LaunchSpec::L234);
    setup.subnets.truncate(1);
    setup.subnets[0].alpha_out = Alpha::ZERO;
    let mut run = RunBuilder::new(setup);
    run.strategy::<Wishful>();
    let group = run.group("agents");
    let account = AccountSetup { tao: tao(10_000), root_stake: Tao::ZERO, authority: Authority::Account };
    let sales = (0..200).map(|at| (at, Wish::Sell(Netuid(1), Size::Part(255)))).collect();
    assert_eq!(run.account(group, account, Wishful(sales)), HOLDER);
    let mut run = run.build();
    run.advance(200).expect("the books close");
    let (blocks, dust) = run.audited();
    assert_eq!(blocks, 200);
    assert!(dust.minted > 0, "selling all claims brings alpha into being: {dust:?}");
}

#[test]
fn from_spec_244_on_no_claim_is_unbacked() {
    let (mut run, _) =
        run_of(lively(LaunchSpec::L244), &[(HOLDER, 50, unstake(1, Alpha::from_rao(1 << 40)))]);
    run.advance(200).expect("the books close");
    let (_, dust) = run.audited();
    assert_eq!((dust.unbacked, dust.minted), (0, 0));
    let mut earlier = RunBuilder::new(lively(LaunchSpec::L234));
    earlier.strategy::<Scripted>();
    let group = earlier.group("agents");
    let account = AccountSetup { tao: tao(1), root_stake: Tao::ZERO, authority: Authority::Account };
    earlier.account(group, account, Scripted::default());
    let mut earlier = earlier.build();
    earlier.advance(200).expect("the books close");
    assert!(earlier.audited().1.unbacked > 0, "before, root's part was paid twice");
}
