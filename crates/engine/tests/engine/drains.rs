//! What an epoch pays by revision, with the auditor on.

use std::sync::Arc;

use dtao_engine::account::AgentId;
use dtao_engine::call::{Call, Outcome, Refusal};
use dtao_engine::roster::RosterSetup;
use dtao_protocol::books::Books;
use dtao_protocol::drain::DrainValues;
use dtao_protocol::era::{ERAS, Spec};
use dtao_protocol::fixed::Q32;
use dtao_protocol::registration::{OwnerIncentive, WithheldIncentive};
use dtao_protocol::rules::RuleValues;
use dtao_protocol::units::{Alpha, Netuid};

use crate::roster::{SUBNET, detailed, outcomes, register, roster, stake_on, weights};
use crate::world::{HOLDER, SUDO, TRADER, lively, run_of, stake, tao};

/// The trader validates; the subnet's owner and the sudo account mine.
fn economy(row: &[(u16, u16)]) -> Vec<(AgentId, u64, Call)> {
    vec![
        (TRADER, 0, register()),
        (TRADER, 1, stake_on(TRADER, tao(100))),
        (SUDO, 1, register()),
        (TRADER, 110, weights(row)),
    ]
}

/// The subnet's books and the owner's stake on its own hotkey after some blocks; the owner mines as much as the other.
fn after(blocks: u64, first: Vec<(AgentId, u64, Call)>) -> (Books, Alpha) {
    after_weights(&[(0, 1), (2, 1)], blocks, first)
}

fn after_weights(row: &[(u16, u16)], blocks: u64, first: Vec<(AgentId, u64, Call)>) -> (Books, Alpha) {
    let mut lines = first;
    lines.extend(economy(row));
    let (_, mut run) =
        outcomes(detailed(Spec::known(251), RosterSetup { max_uids: 9, ..roster() }), &lines, blocks);
    let view = run.view();
    let owners = view.stake(HOLDER, SUBNET);
    (*view.subnet(SUBNET).expect("it exists"), owners)
}

fn set(values: DrainValues) -> (AgentId, u64, Call) {
    let values = RuleValues { drain: Some(values), ..RuleValues::default() };
    (SUDO, 1, Call::SetRules { values: Arc::new(values) })
}

fn upgrade(spec: u16) -> (AgentId, u64, Call) {
    (SUDO, 0, Call::Upgrade { spec: Spec::known(spec) })
}

#[test]
fn from_spec_252_an_owner_who_mines_is_not_paid() {
    let (before, paid) = after(400, vec![]);
    let (skipped, unpaid) = after(400, vec![upgrade(252)]);
    assert_eq!(before.miner_burned, Q32::ZERO);
    assert_eq!(skipped.miner_burned, Q32::HALF);
    // What the owner no longer gets is nobody's; or less is claimed that nothing backs.
    let nobodys = |books: &Books| books.dust.undistributed.rao() as f64 - books.dust.unbacked.rao() as f64;
    let kept = nobodys(&skipped) - nobodys(&before);
    assert!(paid > unpaid && kept > 1e9);
    assert!(((paid - unpaid).rao() as f64 - kept).abs() < 1e6, "{paid} {unpaid} {kept}");
    assert_eq!(skipped.issuance(), before.issuance());
}

#[test]
fn withheld_incentive_burns_or_is_recycled_as_the_subnet_wants() {
    let with = |withheld_incentive| {
        let values = DrainValues {
            owner_incentive: Some(OwnerIncentive::Withheld),
            withheld_incentive: Some(withheld_incentive),
            ..DrainValues::default()
        };
        after(400, vec![upgrade(257), set(values)])
    };
    let (burned, owners) = with(WithheldIncentive::Burned);
    let (recycled, same) = with(WithheldIncentive::Recycled);
    assert_eq!((burned.miner_burned, recycled.miner_burned), (Q32::HALF, Q32::HALF));
    assert!(recycled.alpha_out < burned.alpha_out && recycled.dust.undistributed < burned.dust.undistributed);
    assert!(owners.rao().abs_diff(same.rao()) < 1_000_000_000, "{owners} {same}");
}

/// The lively market's first subnet after three epochs, in aggregate, where the owner's neurons take this part of the
/// incentive; and all stake on it.
fn in_aggregate(spec: u16, part: f64, withheld: WithheldIncentive) -> (Books, Alpha) {
    let mut setup = lively(Spec::known(spec));
    setup.rules.drain.withheld_incentive = withheld;
    setup.subnets[0].carried.owners_incentive = Q32::from_f64(part);
    let (mut run, _) = run_of(setup, &[]);
    run.advance(70).expect("the books close");
    let view = run.view();
    (*view.subnet(Netuid(1)).expect("it exists"), view.staked(Netuid(1)))
}

#[test]
fn in_aggregate_too_an_owner_who_mines_is_not_paid_and_the_subnet_has_less_tao() {
    let burned = |spec, part| in_aggregate(spec, part, WithheldIncentive::Burned);
    assert_eq!(burned(246, 0.4), burned(246, 0.0));
    for spec in [252, 320, 362, 425] {
        let ((none, all), (some, less)) = (burned(spec, 0.0), burned(spec, 0.4));
        assert_eq!(none.miner_burned, Q32::ZERO, "{spec}");
        assert!((some.miner_burned.to_f64() - 0.4).abs() < 1e-8, "{spec}: {}", some.miner_burned);
        // Epochs have shared out what 50 to 70 blocks gathered. Of an alpha a block 0.41 is the miners', or half of that where
        // root's part, here nearly all of the validators', is recycled. What is not paid is nobody's.
        let kept = all.saturating_sub(less).to_f64();
        assert!((0.4 * 0.205 * 50.0..0.4 * 0.41 * 70.0).contains(&kept), "{spec}: {kept}");
        let nobodys = |books: &Books| books.dust.undistributed.to_f64() - books.dust.unbacked.to_f64();
        assert!((nobodys(&some) - nobodys(&none) - kept).abs() < 0.01, "{spec}: {kept}");
        let (recycled, same) = in_aggregate(spec, 0.4, WithheldIncentive::Recycled);
        let gone = some.alpha_out.saturating_sub(recycled.alpha_out).to_f64();
        assert!((gone - kept).abs() < 0.01 && same.rao().abs_diff(less.rao()) < 1_000_000, "{spec}: {gone}");
    }
    // A moving price of 0.01 against 0.02 and 0.04: a seventh of the TAO, or 0.6 parts of 6.6.
    let share = |(books, _): (Books, Alpha)| (books.emitted.tao_in + books.chain_buy.tao).to_f64();
    let (none, some) = (share(burned(425, 0.0)), share(burned(425, 0.4)));
    let expected = (0.6 / 6.6) / (1.0 / 7.0);
    assert!((some / none / expected - 1.0).abs() < 0.05, "{some} of {none}");
}

#[test]
fn from_spec_257_validators_are_paid_what_was_not_sold() {
    // The owner does not mine.
    let undistributed = |first: Vec<_>| {
        let at = |blocks| after_weights(&[(2, 1)], blocks, first.clone()).0.dust;
        let (early, late) = (at(300), at(900));
        (late.undistributed - early.undistributed, late.unbacked)
    };
    let (_, unbacked) = undistributed(vec![upgrade(252)]);
    let (least, backed) = undistributed(vec![upgrade(257)]);
    // The validator has nothing on root, so until then all of its half is paid, on top of what root has sold of it.
    assert!(unbacked > Alpha::ZERO && backed == Alpha::ZERO);
    // Some rao in each of some thirty epochs.
    assert!(least.rao() < 2_000, "{least}");
}

#[test]
fn what_epochs_pay_in_aggregate_is_what_they_have_gathered() {
    let of = |spec| {
        let (_, mut run) = outcomes(detailed(Spec::known(251), roster()), &[upgrade(spec)], 900);
        run.view().subnet(Netuid(2)).expect("it exists").dust
    };
    let (net, rescaled) = (of(252), of(257));
    assert_eq!((net.unbacked, rescaled.unbacked), (Alpha::ZERO, Alpha::ZERO));
    assert!(rescaled.undistributed.rao() < 2_000 && net.undistributed > rescaled.undistributed);
}

/// Neurons and subnets are registered, weights set and stake bought, 250 blocks in each runtime.
#[test]
fn a_subnet_in_detail_goes_through_every_runtime() {
    let (mut lines, mut at) = (economy(&[(0, 1), (2, 1)]), 200);
    for era in ERAS.iter().filter(|era| era.spec > Spec::known(251)) {
        lines.extend([
            (SUDO, at, Call::Upgrade { spec: era.spec }),
            (SUDO, at + 9, Call::RegisterSubnet),
            (TRADER, at + 11, weights(&[(0, 1), (2, 1)])),
            (TRADER, at + 13, stake(0, tao(30))),
            (TRADER, at + 15, stake_on(TRADER, tao(7))),
        ]);
        at += 250;
    }
    lines.sort_by_key(|line| line.1);
    let setup = detailed(Spec::known(251), RosterSetup { max_uids: 9, ..roster() });
    let (seen, mut run) = outcomes(setup, &lines, at);
    let refused = |outcome: &&Outcome| matches!(outcome, Outcome::Refused(_));
    // Subnets may not be registered so often.
    assert!(seen.iter().filter(refused).all(|&outcome| outcome == Outcome::Refused(Refusal::RateLimit)));
    assert_eq!(run.audited().0, at);
    assert!(run.view().stake(TRADER, SUBNET) > Alpha::ZERO && run.view().subnets().count() > 2);
}
