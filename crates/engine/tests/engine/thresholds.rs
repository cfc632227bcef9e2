//! Stake that calls on weights need, and commitments that a change of tempo orphans.

use std::num::NonZeroU16;

use dtao_engine::account::Hotkey;
use dtao_engine::call::{Call, Outcome, Refusal};
use dtao_engine::roster::RosterSetup;
use dtao_engine::run::{Run, Setup};
use dtao_protocol::era::Spec;
use dtao_protocol::units::{Alpha, Netuid, RAO};
use dtao_protocol::yuma::WeightsRefused;

use crate::roster::{SUBNET, detailed, outcomes, register, roster, stake_on, weights};
use crate::world::{SUDO, TRADER, tao};

const LOW: Outcome =
    Outcome::Refused(Refusal::Weights(WeightsRefused::StakeTooLow(Alpha::from_rao(20_000 * RAO))));

/// A subnet where weights need a stake weight of 20,000 alpha.
fn guarded(reveal_after: Option<u16>) -> Setup {
    let reveal_after = reveal_after.and_then(NonZeroU16::new);
    let mut setup = detailed(Spec::known(244), RosterSetup { reveal_after, ..roster() });
    setup.rules.stake_threshold = tao(20_000);
    setup
}

fn sets_weights(run: &mut Run) -> bool {
    let view = run.view();
    let roster = view.roster(SUBNET).expect("in detail");
    let uid = roster.uid(Hotkey(TRADER)).expect("registered");
    !roster.neurons().by_uid[uid.index()].weights.is_empty()
}

#[test]
fn weights_and_commitments_need_the_threshold_in_stake_weight_when_they_are_called() {
    for reveal_after in [None, Some(1)] {
        let lines = [
            (TRADER, 0, register()),
            // Some 9,000 alpha at a price of 0.01: too little. Then 16,700 and with root's 0.18 of 50,000 enough.
            (TRADER, 1, stake_on(TRADER, tao(100))),
            (TRADER, 110, weights(&[(0, 1)])),
            (TRADER, 111, stake_on(TRADER, tao(100))),
            (TRADER, 112, weights(&[(0, 1)])),
            (
                TRADER,
                113,
                Call::Stake { netuid: Netuid::ROOT, hotkey: Hotkey(TRADER), tao: tao(50_000), limit: None },
            ),
            (TRADER, 114, weights(&[(0, 1)])),
        ];
        let (seen, _) = outcomes(guarded(reveal_after), &lines, 120);
        assert_eq!((seen[2], seen[4], seen[6]), (LOW, LOW, Outcome::Done), "{reveal_after:?}");
    }
}

#[test]
fn too_little_stake_is_refused_before_anything_else_is_looked_at() {
    // It is no neuron either.
    let (seen, _) = outcomes(guarded(None), &[(SUDO, 0, weights(&[(7, 1), (7, 1)]))], 1);
    assert_eq!(seen, [LOW]);
}

#[test]
fn a_commitment_whose_stake_is_gone_when_it_is_revealed_has_no_effect() {
    let revealed = |sells| {
        let mut lines = vec![
            (TRADER, 0, register()),
            (TRADER, 1, stake_on(TRADER, tao(400))),
            (TRADER, 110, weights(&[(0, 1)])),
        ];
        if sells {
            let alpha = Alpha::from_rao(20_000 * RAO);
            let hotkey = Hotkey(TRADER);
            lines.push((TRADER, 111, Call::Unstake { netuid: SUBNET, hotkey, alpha, limit: None }));
        }
        let (seen, mut run) = outcomes(guarded(Some(1)), &lines, 142);
        assert!(seen.iter().all(|outcome| !matches!(outcome, Outcome::Refused(_))), "{seen:?}");
        sets_weights(&mut run)
    };
    assert!(revealed(false));
    assert!(!revealed(true));
}

#[test]
fn a_change_of_tempo_orphans_commitments() {
    let revealed = |tempo: Option<u16>| {
        let hidden = RosterSetup { reveal_after: NonZeroU16::new(1), ..roster() };
        let mut lines = vec![
            (TRADER, 0, register()),
            (TRADER, 1, stake_on(TRADER, tao(100))),
            (TRADER, 110, weights(&[(0, 1)])),
        ];
        lines.extend(tempo.map(|tempo| (SUDO, 112, Call::SetTempo { netuid: SUBNET, tempo })));
        let (_, mut run) = outcomes(detailed(Spec::known(244), hidden), &lines, 400);
        sets_weights(&mut run)
    };
    assert!(revealed(None) && revealed(Some(20)));
    // A shorter tempo's windows have higher numbers, so that the commitment has expired; a longer one's have not come.
    assert!(!revealed(Some(12)) && !revealed(Some(60)));
}
