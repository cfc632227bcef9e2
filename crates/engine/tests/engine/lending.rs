//! Children take effect when the chain lets them.
//!
//! Epochs of the subnet run at the offsets 14, 35, 56, ... from the run's first block.

use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::{Call, Outcome, Refusal};
use dtao_engine::run::Run;
use dtao_protocol::children::ChildrenRefused;
use dtao_protocol::drain::Proportion;
use dtao_protocol::era::Spec;
use dtao_protocol::units::Tao;

use crate::roster::{SUBNET, detailed, outcomes, register, roster, stake_on};
use crate::world::{HOLDER, SUDO, TRADER, tao};

fn lend(children: &[(AgentId, u64)]) -> Call {
    let children = children.iter().map(|&(agent, fraction)| (Hotkey(agent), Proportion(fraction))).collect();
    Call::SetChildren { netuid: SUBNET, children }
}

/// What the trader's neuron weighs, to whom the sudo account lends all its stake.
fn weight(run: &mut Run) -> u64 {
    let view = run.view();
    let roster = view.roster(SUBNET).expect("in detail");
    let uid = roster.uid(Hotkey(TRADER)).expect("registered");
    roster.neurons().by_uid[uid.index()].stake.floor()
}

fn lent_at(spec: Spec, offset: u64, blocks: u64) -> u64 {
    let lines = [
        (TRADER, 0, register()),
        (SUDO, 0, stake_on(SUDO, tao(100))),
        (SUDO, offset, lend(&[(TRADER, u64::MAX)])),
    ];
    let (seen, mut run) = outcomes(detailed(spec, roster()), &lines, blocks);
    assert_eq!(seen[2], Outcome::Done);
    weight(&mut run)
}

#[test]
fn at_spec_234_children_count_two_blocks_later_and_from_238_after_the_next_epoch() {
    // Called at 11, in force from the end of the coinbase at 13: in time for the epoch at 14.
    assert!(lent_at(Spec::known(234), 11, 15) > 0);
    assert_eq!(lent_at(Spec::known(234), 12, 15), 0);
    for spec in [Spec::known(238), Spec::known(244)] {
        assert_eq!(lent_at(spec, 11, 15), 0);
        assert!(lent_at(spec, 11, 36) > 0);
        // A call in the block before an epoch waits for the one after it.
        assert_eq!(lent_at(spec, 13, 36), 0);
        assert!(lent_at(spec, 13, 57) > 0);
    }
}

#[test]
fn from_spec_245_children_are_taken_over_a_day_later() {
    // 7,200 blocks after the call at 1 is 7,201; the next epoch is at 7,217, and the one after it counts.
    assert_eq!(lent_at(Spec::known(245), 1, 7_238), 0);
    assert!(lent_at(Spec::known(245), 1, 7_239) > 0);
}

#[test]
fn an_upgrade_reaches_the_children_of_a_subnet_in_detail() {
    let lines = [
        (TRADER, 0, register()),
        (SUDO, 0, stake_on(SUDO, tao(100))),
        (SUDO, 0, Call::Upgrade { spec: Spec::known(238) }),
        (SUDO, 11, lend(&[(TRADER, u64::MAX)])),
    ];
    let (_, mut run) = outcomes(detailed(Spec::known(234), roster()), &lines, 15);
    assert_eq!(weight(&mut run), 0, "under spec 234 it would count already");
}

#[test]
fn children_are_set_every_150_blocks_and_are_at_most_five() {
    let six = [4, 5, 6, 7, 8, 9].map(|agent| (AgentId(agent), 1));
    let lines = [
        (TRADER, 0, lend(&six)),
        (TRADER, 0, lend(&six[..5])),
        (TRADER, 149, lend(&[(SUDO, 1)])),
        (TRADER, 150, lend(&[(SUDO, 1)])),
    ];
    let (seen, _) = outcomes(detailed(Spec::known(244), roster()), &lines, 151);
    let refused = |refused| Outcome::Refused(Refusal::Children(refused));
    assert_eq!(seen[..2], [refused(ChildrenRefused::TooMany), Outcome::Done]);
    let again = dtao_protocol::units::Block(10_150);
    assert_eq!(seen[2..], [refused(ChildrenRefused::TooSoon(again)), Outcome::Done]);
}

/// The outcomes of a hotkey with some stake that lends, at a threshold of 1,000 TAO.
fn lends_with(spec: Spec, agent: AgentId, on_subnet: Tao) -> Outcome {
    let mut setup = detailed(spec, roster());
    setup.rules.stake_threshold = tao(1_000);
    let lines = [(agent, 0, stake_on(agent, on_subnet)), (agent, 1, lend(&[(TRADER, 1)]))];
    outcomes(setup, &lines, 2).0[1]
}

#[test]
fn whose_stake_is_worth_less_than_the_threshold_does_not_lend_unless_it_owns_the_subnet() {
    let low = Outcome::Refused(Refusal::Children(ChildrenRefused::StakeTooLow(tao(1_000))));
    assert_eq!(lends_with(Spec::known(244), SUDO, tao(100)), low);
    assert_eq!(lends_with(Spec::known(244), SUDO, tao(1_100)), Outcome::Done);
    assert_eq!(lends_with(Spec::known(244), HOLDER, tao(100)), Outcome::Done);
    assert_eq!(lends_with(Spec::known(238), HOLDER, tao(100)), low);
}

#[test]
fn an_unstake_below_the_threshold_drops_the_scheduled_children() {
    let run = |sells| {
        let mut setup = detailed(Spec::known(244), roster());
        setup.rules.stake_threshold = tao(1_000);
        let mut lines = vec![
            (TRADER, 0, register()),
            (SUDO, 0, stake_on(SUDO, tao(3_000))),
            (SUDO, 1, lend(&[(TRADER, u64::MAX)])),
        ];
        if sells {
            // Of some 75,000 alpha; what is left is worth less than the threshold.
            let alpha = dtao_protocol::units::Alpha::from_rao(70_000 * dtao_protocol::units::RAO);
            lines.push((SUDO, 2, Call::Unstake { netuid: SUBNET, hotkey: Hotkey(SUDO), alpha, limit: None }));
        }
        let (seen, mut run) = outcomes(setup, &lines, 57);
        assert!(seen.iter().all(|outcome| !matches!(outcome, Outcome::Refused(_))), "{seen:?}");
        weight(&mut run)
    };
    assert!(run(false) > 0);
    assert_eq!(run(true), 0);
}
