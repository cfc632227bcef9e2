//! The books close whatever accounts do. That the auditor finds what is wrong is tested beside it.

use dtao_engine::account::Authority;
use dtao_engine::call::{Call, Fill};
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::{AccountSetup, Run, RunBuilder, Setup};
use dtao_protocol::basket::Trading;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::registration::{CollateralTerms, SubnetLimit};
use dtao_protocol::units::{Alpha, Netuid, Tao};
use proptest::prelude::{Just, ProptestConfig, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as _;

use crate::wishes::{On, Size, Wish, Wishful, revision, terms, wish};
use crate::world::{HOLDER, SUDO, Scripted, TRADER, lively, run_of, stake, tao, unstake};

const BLOCKS: u64 = 300;

proptest! {
    // A case is 300 audited blocks with a few hundred calls: a few milliseconds.
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_books_close_whatever_accounts_do(
        spec in revision(),
        wishes in prop::collection::vec(prop::collection::vec((0..BLOCKS, wish()), 0..120), 4),
        own in prop::array::uniform4(prop_oneof![2 => Just(On::Aggregate), 1 => Just(On::Own)]),
        free in prop::array::uniform4(prop_oneof![3 => Just(10_000_000_000_000u64), 1 => 0u64..2_000_000_000]),
        rate_limit in 0u64..100,
        // Root earns from spec 342 on only while moving prices sum to more than one.
        dear in any::<bool>(),
        prunes in prop_oneof![2 => Just(None), 1 => (0u64..40).prop_map(Some)],
        trades in any::<bool>(),
        collateral in prop::option::of(terms()),
        nominator_minimum in prop_oneof![Just(None), (0u32..40).prop_map(Some)],
    ) {
        let mut setup = lively(spec);
        setup.rules.network_rate_limit = rate_limit;
        if let Some(cleanup) = prunes {
            setup.rules.registration.subnet_limit = SubnetLimit::Pruned { most: 4, immunity: 20 };
            setup.rules.registration.cleanup = cleanup;
        }
        if trades {
            setup.rules.funds.trading = Trading::On;
            setup.rules.funds.turnover_cap = u16::MAX;
            setup.rules.funds.liquidity_cap = u16::MAX;
            setup.rules.funds.min_trade = Tao::ZERO;
        }
        if let Some((share, release)) = collateral {
            let collateral = CollateralTerms::new(share, Q64::from_f64(release)).expect("in range");
            let neurons = RosterSetup { max_uids: 3, immunity_period: 10, collateral, ..RosterSetup::launch(HOLDER) };
            setup.subnets[0].detail = Some(neurons);
        }
        if dear {
            setup.subnets.iter_mut().for_each(|subnet| subnet.moving_price = Q32::from_f64(0.8));
        }
        setup.rules.nominator_min_stake = nominator_minimum.map_or(Alpha::ZERO, |power| Alpha::from_rao(1 << power));
        let accounts = wishes.into_iter().zip(own).map(|(wishes, on)| Wishful { on, wishes });
        let mut run = wishing(setup, accounts.zip(free));
        let advanced = run.advance(BLOCKS);
        prop_assert!(advanced.is_ok(), "{advanced:?}");
        prop_assert_eq!(run.audited().0, BLOCKS);
    }
}

/// Accounts with so many free rao each that follow wishes; the third one is root.
fn wishing(setup: Setup, accounts: impl Iterator<Item = (Wishful, u64)>) -> Run {
    let mut run = RunBuilder::new(setup);
    run.strategy::<Wishful>();
    let group = run.group("agents");
    for (index, (wishful, free)) in accounts.enumerate() {
        let authority = if index == 2 { Authority::Root } else { Authority::Account };
        let account = AccountSetup { tao: Tao::from_rao(free), root_stake: Tao::ZERO, authority };
        run.account(group, account, wishful);
    }
    run.build()
}

/// Cases that random worlds have found: sound books in which a check saw a breach.
#[test]
fn what_was_taken_for_a_breach_is_none() {
    let collateral = CollateralTerms::new(0, Q64::from_f64(0.01)).expect("in range");
    let (buys, all) = (|netuid, part| Wish::Buy(Netuid(netuid), Size::Part(part)), Wish::SellAll);
    let limited = Wish::Buy(Netuid(4), Size::Limit(135_966_690, Fill::Partial));
    let locks = Wish::AddCollateral(Netuid(1), Size::Part(1));
    let swaps = Wish::Swap(Netuid(1), Netuid(2), Size::AllBut(256));
    let upgrade = Wish::Upgrade(Spec::known(441));
    let (here, own) = (On::Aggregate, On::Own);
    let cases = [
        // A fund enters a pool of shares in which an epoch has just left what was nobody's.
        (
            234,
            None,
            [here; 4],
            [
                vec![(68, all.clone()), (10, Wish::SellAllAlpha)],
                vec![(18, limited), (23, all.clone())],
                vec![(56, upgrade), (20, Wish::Tempo(Netuid(4), 17))],
                vec![(48, all.clone()), (47, buys(4, 48))],
            ],
        ),
        // A share pool is worth a rao less than what was bought and locked.
        (
            441,
            Some(collateral),
            [here, own, here, here],
            [
                vec![],
                vec![(0, buys(0, 1)), (191, all), (191, locks), (0, Wish::Neuron(Netuid(1)))],
                vec![],
                vec![],
            ],
        ),
        // A share pool forgets what is left of a stake, and of it all is locked.
        (
            437,
            Some(collateral),
            [own, here, here, here],
            [vec![(0, buys(0, 0)), (0, Wish::Floor(Netuid(1), 256)), (35, swaps)], vec![], vec![], vec![]],
        ),
    ];
    for (spec, collateral, on, wishes) in cases {
        let mut setup = lively(Spec::known(spec));
        setup.rules.network_rate_limit = 0;
        setup.rules.nominator_min_stake = Alpha::from_rao(2);
        setup.subnets.iter_mut().for_each(|subnet| subnet.moving_price = Q32::from_f64(0.8));
        if let Some(collateral) = collateral {
            let neurons =
                RosterSetup { max_uids: 3, immunity_period: 10, collateral, ..RosterSetup::launch(HOLDER) };
            setup.subnets[0].detail = Some(neurons);
        }
        let accounts = wishes.into_iter().zip(on).map(|(wishes, on)| Wishful { on, wishes });
        wishing(setup, accounts.zip([10_000_000_000_000; 4])).advance(BLOCKS).expect("the books close");
    }
}

#[test]
fn claims_that_the_chain_paid_twice_can_be_sold_and_the_books_still_close() {
    // Until spec 243 an epoch pays what root has sold once more. Subnet 1's epochs come every 21 blocks; its
    // holder sells all it has after each.
    let mut setup = lively(Spec::known(234));
    setup.subnets.truncate(1);
    setup.subnets[0].alpha_out = Alpha::ZERO;
    let mut run = RunBuilder::new(setup);
    run.strategy::<Wishful>();
    let group = run.group("agents");
    let account = AccountSetup { tao: tao(10_000), root_stake: Tao::ZERO, authority: Authority::Account };
    let sales = (0..200).map(|at| (at, Wish::Sell(Netuid(1), Size::Part(255)))).collect();
    assert_eq!(run.account(group, account, Wishful { on: On::Aggregate, wishes: sales }), HOLDER);
    let mut run = run.build();
    run.advance(200).expect("the books close");
    let (blocks, dust) = run.audited();
    assert_eq!(blocks, 200);
    assert!(dust.minted > 0, "selling all claims brings alpha into being: {dust:?}");
}

#[test]
fn from_spec_244_on_no_claim_is_unbacked() {
    let (mut run, _) =
        run_of(lively(Spec::known(244)), &[(HOLDER, 50, unstake(1, Alpha::from_rao(1 << 40)))]);
    run.advance(200).expect("the books close");
    let (_, dust) = run.audited();
    assert_eq!((dust.unbacked, dust.minted), (0, 0));
    let mut earlier = RunBuilder::new(lively(Spec::known(234)));
    earlier.strategy::<Scripted>();
    let group = earlier.group("agents");
    let account = AccountSetup { tao: tao(1), root_stake: Tao::ZERO, authority: Authority::Account };
    earlier.account(group, account, Scripted::default());
    let mut earlier = earlier.build();
    earlier.advance(200).expect("the books close");
    assert!(earlier.audited().1.unbacked > 0, "before, root's part was paid twice");
}

#[test]
fn a_flat_fee_on_root_in_the_block_of_the_upgrade_that_counts_its_stake_is_no_breach() {
    let (mut run, _) = run_of(
        lively(Spec::known(234)),
        &[
            (TRADER, 0, stake(0, tao(100))),
            (TRADER, 170, unstake(0, Alpha::from_rao(10_000_000_000))),
            (SUDO, 170, Call::Upgrade { spec: Spec::known(475) }),
        ],
    );
    run.advance(200).expect("the books close");
    assert_eq!(run.audited().0, 200);
}
