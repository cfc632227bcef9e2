use dtao_engine::account::Hotkey;
use dtao_engine::call::Call;
use dtao_protocol::registration::{RegistrationQueue, SubnetLimit};
use dtao_protocol::units::{RAO, Tao};
use dtao_protocol::yuma::Uid;

use super::*;
use crate::StrategySpec;
use crate::testing::{Market, trader};

/// The market's agent is the second account of its group.
const ME: AgentId = AgentId(2);

fn stake(part: f64) -> Action {
    Action::Stake { on: Place::Smallest, part, hotkey: Key::Validator, limit: None }
}

fn unstake(part: f64) -> Action {
    Action::Unstake { on: Place::Smallest, part, hotkey: Key::Validator, limit: None }
}

fn program(steps: impl IntoIterator<Item = (Wait, Action)>) -> Program {
    let step = |(wait, action)| Step { wait, account: 1, ..Step::new(action) };
    Program::new(steps.into_iter().map(step).collect())
}

fn blocks(calls: &[(Block, Call)]) -> Vec<u64> {
    calls.iter().map(|(block, _)| block.0).collect()
}

#[test]
fn parts_are_of_what_is_left_and_waits_count_from_the_step_before() {
    let steps = [
        (Wait::Blocks(2), stake(0.5)),
        (Wait::Blocks(0), stake(0.5)),
        (Wait::Blocks(4), unstake(0.25)),
        (Wait::Blocks(0), unstake(1.0)),
    ];
    let calls = Market::quiet().calls_of(program(steps), 20);
    assert_eq!(blocks(&calls), [3, 3, 7, 7]);
    let paid = |at: usize| match calls[at].1 {
        Call::Stake { tao, .. } => tao.rao(),
        ref other => panic!("{other:?}"),
    };
    let sold = |at: usize| match calls[at].1 {
        Call::Unstake { alpha, .. } => alpha.rao(),
        ref other => panic!("{other:?}"),
    };
    // 10,000 TAO less the 500 rao that keep the account alive.
    assert_eq!((paid(0), paid(1)), (5_000 * RAO - 250, 2_500 * RAO - 125));
    assert!(sold(2) > 0 && sold(3).abs_diff(3 * sold(2)) <= 3, "{calls:?}");
}

#[test]
fn only_its_own_steps_are_made_by_an_account_and_all_keep_their_time() {
    let other = Step { wait: Wait::Blocks(3), ..Step::new(stake(1.0)) };
    let own = Step { wait: Wait::Blocks(2), account: 1, ..Step::new(stake(1.0)) };
    let calls = Market::quiet().calls_of(Program::new(vec![other, own]), 20);
    assert_eq!(blocks(&calls), [6]);
}

#[test]
fn an_epoch_is_waited_for_by_the_subnets_own_grid() {
    for (after, block) in [(0, 18), (1, 19), (-3, 15)] {
        // Subnet 1 with a tempo of 20: epochs where (block + 2) mod 21 is 20.
        let steps = [(Wait::Epoch { on: Place::Netuid(1), after }, stake(0.1))];
        let calls = Market::detailed(&[]).calls_of(program(steps), 30);
        assert_eq!(blocks(&calls), [block], "{after}");
    }
}

#[test]
fn a_price_is_waited_for_but_not_for_ever() {
    let wait = |within| Wait::Above { on: Place::Smallest, ratio: 1.5, within };
    let market = || Market::quiet().with(trader(&[(5, 400)], &[]));
    let calls = market().calls_of(program([(wait(15), stake(0.1))]), 20);
    // The price is above at the end of block 5.
    assert_eq!(blocks(&calls), [6]);
    let calls = market().calls_of(program([(wait(3), stake(0.1))]), 20);
    assert_eq!(blocks(&calls), [4]);
    let below = Wait::Below { on: Place::Smallest, ratio: 0.5, within: 9 };
    let calls = market().calls_of(program([(below, stake(0.1))]), 20);
    assert_eq!(blocks(&calls), [10], "it never comes");
}

#[test]
fn a_pending_trade_is_answered_in_its_block_and_smaller_ones_are_not() {
    let wait =
        Wait::Pending { on: Place::Smallest, side: Side::Buys, tao: Tao::from_rao(50 * RAO), within: 18 };
    let market = || Market::quiet().with(trader(&[(4, 49), (6, 50)], &[(5, 1)]));
    let mut answer =
        program([(wait, stake(0.1)), (Wait::Blocks(0), stake(0.1)), (Wait::Blocks(1), unstake(1.0))]);
    answer.steps[0].stand = Stand::Before;
    let calls = market().calls_of(answer, 20);
    assert_eq!(blocks(&calls), [6, 6, 7]);
}

#[test]
fn its_own_subnet_is_the_groups_and_what_is_not_there_is_passed_over() {
    let own = Action::Unstake { on: Place::Own, part: 1.0, hotkey: Key::Validator, limit: None };
    let receiver = Action::TransferStake {
        from: Place::Smallest,
        to: Place::Root,
        part: 1.0,
        hotkey: Key::Validator,
        receiver: 2,
    };
    let weights = Action::SetWeights { on: Place::Smallest, pattern: Pattern::Others };
    let steps = [own, receiver, weights, stake(0.1)].map(|action| (Wait::Blocks(1), action));
    let calls = Market::quiet().calls_of(program(steps), 20);
    // The first account of the group owns subnet 1; nobody is the third, and the subnet has no neurons.
    assert_eq!(blocks(&calls), [2, 5], "{calls:?}");
    assert!(matches!(calls[0].1, Call::Unstake { netuid: Netuid(1), .. }), "{calls:?}");
}

#[test]
fn neurons_are_registered_staked_on_and_weighted_by_role() {
    let on = Place::Netuid(1);
    let own = Key::Own;
    let steps = [
        Action::RegisterNeuron { on },
        Action::Stake { on, part: 0.1, hotkey: own, limit: Some(2.0) },
        Action::SetWeights { on, pattern: Pattern::Own },
        Action::SetWeights { on, pattern: Pattern::On(Key::Owner) },
        Action::SetChildren { on, child: Key::Owner, part: 0.5 },
        Action::UnstakeAll { hotkey: own },
    ]
    .map(|action| (Wait::Blocks(2), action));
    let calls = Market::detailed(&[]).calls_of(program(steps), 20);
    let names: Vec<String> = calls.iter().map(|(_, call)| format!("{call:?}")).collect();
    assert_eq!(calls.len(), 6, "{names:?}");
    assert!(matches!(calls[1].1, Call::Stake { hotkey: Hotkey(ME), limit: Some(_), .. }), "{names:?}");
    match &calls[2].1 {
        Call::SetWeights { weights, .. } => assert_eq!(weights.len(), 1, "its own, since no other has a UID"),
        other => panic!("{other:?}"),
    }
    match &calls[3].1 {
        Call::SetWeights { weights, .. } => {
            assert_eq!(weights[..], [(Uid(0), u16::MAX)], "the owner's alone");
        }
        other => panic!("{other:?}"),
    }
    match &calls[4].1 {
        Call::SetChildren { children, .. } => assert_eq!(children[0].0, Hotkey(AgentId(1))),
        other => panic!("{other:?}"),
    }
}

#[test]
fn places_are_what_they_were_at_the_start() {
    // The largest stays the largest, also once the other has more.
    let on = |on| Action::Stake { on, part: 0.5, hotkey: Key::Validator, limit: None };
    let steps = [Place::Smallest, Place::Smallest, Place::Largest, Place::Median, Place::Ranked(9)]
        .map(|place| (Wait::Blocks(1), on(place)));
    let calls = Market::with_funds().calls_of(program(steps), 20);
    let netuids: Vec<u16> =
        calls.iter().flat_map(|(_, call)| call.netuids()).map(|netuid| netuid.0).collect();
    assert_eq!(netuids, [2, 2, 1, 1, 2]);
}

#[test]
fn a_program_is_read_as_it_is_written() {
    let steps = [
        (Wait::Blocks(3), stake(0.123_456_789)),
        (Wait::Epoch { on: Place::AtBar(-1), after: -1 }, unstake(1.0)),
        (Wait::Below { on: Place::Own, ratio: 0.5, within: 9 }, Action::RegisterSubnet),
    ];
    let written = StrategySpec::Program(program(steps));
    let text = ron::to_string(&written).expect("it can be written");
    assert_eq!(ron::from_str::<StrategySpec>(&text).expect("it can be read"), written, "{text}");
    let short = "Program((steps: [(action: Stake(on: Smallest, part: 0.5)), (wait: Blocks(9), action: RegisterSubnet)]))";
    let read: StrategySpec = ron::from_str(short).expect("it can be read");
    let StrategySpec::Program(read) = read else { panic!("{read:?}") };
    assert_eq!((read.steps[0].wait, read.accounts()), (Wait::Blocks(0), 1));
    assert_eq!(read.registrations(), 1);
}

#[test]
fn what_a_program_cannot_do_is_refused() {
    let fault = |step: Step| Program::new(vec![step]).check().map_err(|error| error.message);
    let said = |step: Step, words: &str| {
        let message = fault(step).expect_err(words);
        assert!(message.contains("steps[0]") && message.contains(words), "{message}");
    };
    said(Step::new(stake(1.5)), "1.5: a part is 0 to 1");
    said(Step::new(stake(f64::NAN)), "a part is 0 to 1");
    said(Step { account: 3, ..Step::new(stake(1.0)) }, "accounts of a program are 0 to 2");
    let far = Action::Stake { on: Place::Root, part: 1.0, hotkey: Key::Account(7), limit: None };
    said(Step::new(far), "account 7");
    said(
        Step { wait: Wait::Above { on: Place::Root, ratio: 0.0, within: 1 }, ..Step::new(stake(1.0)) },
        "a price over",
    );
    said(Step::after(u64::MAX, stake(1.0)), "blocks");
    said(Step::new(Action::SetEmissionWeights { on: Place::Own, owner: 0.6, validator: 0.6 }), "more than 1");
    let nobodys = Pattern::On(Key::Account(7));
    said(Step::new(Action::SetWeights { on: Place::Largest, pattern: nobodys }), "account 7");
    let many = Program::new(vec![Step::new(stake(0.1)); STEPS + 1]);
    assert!(many.check().expect_err("too many").message.contains("at most 12"));
    assert_eq!(fault(Step::new(stake(1.0))), Ok(()));
}

#[test]
fn alpha_that_was_bought_in_the_same_block_is_sold_by_selling_everything() {
    let all = Action::UnstakeAll { hotkey: Key::Validator };
    let (calls, prices) =
        Market::quiet().seen_of(program([(Wait::Blocks(1), stake(0.1)), (Wait::Blocks(0), all)]), 4);
    assert_eq!(blocks(&calls), [2, 2]);
    assert!((prices[3] / prices[0] - 1.0).abs() < 0.01, "it was sold again: {prices:?}");
}

#[test]
fn a_step_about_its_own_subnet_waits_while_the_registration_does() {
    let own = Action::Stake { on: Place::Own, part: 0.1, hotkey: Key::Validator, limit: None };
    let steps =
        [(Wait::Blocks(3), Action::RegisterSubnet), (Wait::Blocks(1), own), (Wait::Blocks(1), stake(0.1))];
    let limited = |queue| {
        Market::quiet().under(move |rules| {
            rules.registration.subnet_limit = SubnetLimit::Pruned { most: 1, immunity: 0 };
            rules.registration.queue = queue;
            rules.registration.cleanup = 6;
        })
    };
    // It replaces the only subnet in block 4; or has its place at the end of block 10.
    let calls = limited(RegistrationQueue::Never).calls_of(program(steps), 20);
    assert_eq!(blocks(&calls), [4, 5, 6], "{calls:?}");
    let calls = limited(RegistrationQueue::Escrow).calls_of(program(steps), 20);
    assert_eq!(blocks(&calls), [4, 11, 12], "{calls:?}");
    // Where it never has a place, no longer than ten times what cleaning up takes; the step is then about nothing.
    let nowhere = limited(RegistrationQueue::Escrow).under(|rules| {
        rules.registration.subnet_limit = SubnetLimit::Pruned { most: 0, immunity: 0 };
    });
    assert_eq!(blocks(&nowhere.calls_of(program(steps), 100)), [4, 65], "{calls:?}");
}
