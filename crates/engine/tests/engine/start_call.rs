//! Subnets that must be started before they emit (spec 257), and what leaving a pool costs from spec 252 on.

use dtao_engine::call::{Call, Outcome, Refusal};
use dtao_engine::run::Setup;
use dtao_protocol::era::Spec;
use dtao_protocol::registration::LastLock;
use dtao_protocol::rules::{Emitting, RuleValues};
use dtao_protocol::staking::UnstakingFee;
use dtao_protocol::trading::{TradingStart, TradingValues};
use dtao_protocol::units::{Alpha, Block, Netuid, Tao};

use crate::roster::outcomes;
use crate::world::{HOLDER, SUDO, TRADER, alpha, lively, subnet, tao, unstake};

const WEEK: u64 = 50_400;

fn start(netuid: u16) -> Call {
    Call::StartSubnet { netuid: Netuid(netuid) }
}

fn setup(spec: u16) -> Setup {
    let mut setup = lively(Spec::known(spec));
    setup.last_registration = LastLock { cost: tao(10), block: Block(0) };
    setup
}

#[test]
fn the_upgrade_starts_the_subnets_that_exist_and_a_new_one_waits_for_its_owner() {
    let lines = [
        (SUDO, 0, Call::Upgrade { spec: Spec::known(257) }),
        (TRADER, 10, Call::RegisterSubnet),
        (TRADER, 10 + WEEK - 1, start(3)),
        (HOLDER, 10 + WEEK, start(3)),
        (TRADER, 10 + WEEK, start(3)),
        (TRADER, 10 + WEEK + 1, start(3)),
        (TRADER, 10 + WEEK + 1, start(9)),
    ];
    let (seen, mut run) = outcomes(setup(252), &lines, 10 + WEEK + 1);
    assert_eq!(
        seen[2..],
        [
            Outcome::Refused(Refusal::TooEarlyToStart),
            Outcome::Refused(Refusal::NotSubnetOwner),
            Outcome::Done,
        ]
    );
    let view = run.view();
    let first = |netuid| view.subnet(Netuid(netuid)).expect("it exists").settings.first_emission;
    assert_eq!(first(1), Some(Block(10_001)), "the first block of the new runtime");
    assert_eq!(first(3), Some(Block(10_000 + 10 + WEEK + 1)));
    let waiting = *view.subnet(Netuid(3)).expect("it exists");
    assert_eq!((waiting.pool.tao, waiting.alpha_out), (tao(1), Alpha::ZERO), "nothing in a week");
    assert!(view.subnet(Netuid(1)).expect("it exists").emitted.alpha_out > Alpha::ZERO);

    let (seen, mut run) = outcomes(setup(252), &lines, 10 + WEEK + 2);
    assert_eq!(
        seen[5..],
        [Outcome::Refused(Refusal::AlreadyStarted), Outcome::Refused(Refusal::NoSuchSubnet)]
    );
    let started = *run.view().subnet(Netuid(3)).expect("it exists");
    assert!(started.alpha_out > Alpha::ZERO, "it emits from the next block on");
}

#[test]
fn a_rule_that_asks_for_start_calls_starts_the_subnets_that_exist() {
    let emitting = RuleValues { emitting: Some(Emitting::Started), ..RuleValues::default() };
    let trading = TradingValues { start: Some(TradingStart::StartCall), ..TradingValues::default() };
    let trading = RuleValues { trading: Some(trading), ..RuleValues::default() };
    for values in [emitting, trading] {
        let mut setup = setup(246);
        setup.subnets.iter_mut().for_each(|subnet| subnet.carried.first_emission = None);
        let lines = [
            (SUDO, 5, Call::SetRules { values: values.clone().into() }),
            (TRADER, 6, crate::world::stake(1, tao(1))),
            (TRADER, 7, Call::RegisterSubnet),
            (TRADER, 8, start(3)),
            (TRADER, 9, crate::world::stake(3, tao(1))),
        ];
        let (seen, mut run) = outcomes(setup, &lines, 20);
        assert!(matches!(seen[1], Outcome::Bought { .. }), "{values:?}: {seen:?}");
        assert_eq!(seen[3], Outcome::Done, "{values:?}: a new one waits for its owner");
        assert!(matches!(seen[4], Outcome::Bought { .. }), "{values:?}: {seen:?}");
        let view = run.view();
        let first = |netuid| view.subnet(Netuid(netuid)).expect("it exists").settings.first_emission;
        assert_eq!((first(1), first(3)), (Some(Block(10_006)), Some(Block(10_009))), "{values:?}");
        assert!(view.subnet(Netuid(1)).expect("it exists").emitted.alpha_out > Alpha::ZERO, "{values:?}");
    }
}

#[test]
fn up_to_spec_256_every_subnet_emits_and_none_can_be_started() {
    let (seen, mut run) =
        outcomes(setup(252), &[(TRADER, 0, Call::RegisterSubnet), (TRADER, 1, start(3))], 2);
    assert_eq!(seen[1], Outcome::Refused(Refusal::AlreadyStarted));
    assert!(run.view().subnet(Netuid(3)).expect("it exists").alpha_out > Alpha::ZERO);
}

#[test]
fn before_its_start_a_subnets_alpha_may_be_traded_to_spec_272_only() {
    let first_trade = |spec| {
        let buy = crate::world::stake(3, tao(1));
        let (seen, _) = outcomes(setup(spec), &[(TRADER, 0, Call::RegisterSubnet), (TRADER, 1, buy)], 2);
        seen[1]
    };
    assert!(matches!(first_trade(261), Outcome::Bought { .. }));
    assert_eq!(first_trade(273), Outcome::Refused(Refusal::SubtokenDisabled));
}

/// The coefficient is `n / (n + 201,600)` of its value at an age that counts from the start call from spec 261 on.
#[test]
fn the_age_of_a_moving_price_counts_from_the_start_call_from_spec_261_on() {
    let moved = |spec| {
        let mut setup = setup(spec);
        setup.first_block = Block(1_000_000);
        let mut young = subnet(1, (tao(1_000), Alpha::from_rao(2_000 * 1_000_000_000)), Alpha::ZERO);
        // Old by its registration, new by its start.
        young.carried.first_emission = Some(Block(999_999));
        setup.subnets = vec![young];
        let (_, mut run) = outcomes(setup, &[], 1);
        run.view().subnet(Netuid(1)).expect("it exists").moving_price.to_f64()
    };
    // At a spot price near 0.5 and an age of 1,000,000 blocks: 3e-4 * 1e6 / 1.2016e6 * 0.5.
    assert!((moved(257) / 1.2483e-4 - 1.0).abs() < 2e-3, "{}", moved(257));
    // At an age of 2 blocks: 3e-4 * 2 / 201,602 * 0.5 = 1.49e-9, of which each product loses up to 2.3e-10.
    assert!((1.0e-9..=1.5e-9).contains(&moved(261)), "{}", moved(261));
}

/// Nothing is staked on root, so all dividends are alpha: 0.41 a block for 50,000 alpha, for 21 blocks.
#[test]
fn leaving_a_pool_costs_more_than_the_flat_fee_from_spec_252_on() {
    let sold = |rule| {
        let mut setup = Setup { root_stake: Tao::ZERO, ..setup(252) };
        setup.rules.unstaking_fee = rule;
        let (seen, _) = outcomes(setup, &[(HOLDER, 60, unstake(1, alpha(1_000)))], 61);
        match seen[0] {
            Outcome::Sold { tao, .. } => tao,
            ref other => panic!("{other:?}"),
        }
    };
    let flat = sold(UnstakingFee::Flat) + Tao::from_rao(50_000);
    // 1,000 alpha earned about 1,000 / 50,000 * 0.82 * 0.41 * 21 alpha in the last epoch, worth a hundredth of it in TAO.
    let cost = flat - sold(UnstakingFee::Dividends);
    assert!((500_000..=2_000_000).contains(&cost.rao()), "{cost}");
    // 0.00005 TAO per alpha.
    let cost = flat - sold(UnstakingFee::DividendsOrPartOfAlpha);
    assert!((49_999_000..=50_001_000).contains(&cost.rao()), "{cost}");
    // The yield is more than 0.005 %, so both are the dividends, but for the slippage of the sale.
    let cost = flat - sold(UnstakingFee::DividendsOrPartOfTao);
    assert!((500_000..=2_000_000).contains(&cost.rao()), "{cost}");
}
