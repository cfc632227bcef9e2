//! Spec 238: a pool receives TAO unless its subnet allows no registration at all, children wait for an epoch, and fewer
//! neurons are spared, and stake moves from any hotkey.

use crate::children::TakenOver;
use crate::era::{Era, Spec};
use crate::registration::Spared;
use crate::rules::RegistrationGate;
use crate::staking::MovableStake;

pub(super) const ERA: Era = Era {
    spec: Spec(238),
    date: "2025-02-15",
    about: "pools receive TAO unless no registration is open (234 withheld it by an oversight where only work was); \
            children are taken over at epochs; of the owner's neurons only one is spared; stake moves from any hotkey",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ f9254ea63",
    change: |rules| {
        rules.registration_gate = RegistrationGate::UnlessNeither;
        rules.children.taken_over = TakenOver::AfterEpoch;
        rules.spared = Spared::OwnersHotkey;
        rules.movable_stake = MovableStake::OnAnyHotkey;
    },
    doubts: &[],
    migration: None,
};
