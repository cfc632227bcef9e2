//! Spec 234: dynamic TAO begins. Each subnet has a pool, and moving prices share the emission.

use crate::children::TakenOver;
use crate::emission::Emission;
use crate::era::{Era, Migration, Spec};
use crate::fixed::Q32;
use crate::units::{RAO, Tao};

pub(super) const ERA: Era = Era {
    spec: Spec(234),
    date: "2025-02-13",
    about: "dynamic TAO begins: each subnet has a pool, and moving prices share the emission",
    source: "subtensor:pallets/subtensor/src/migrations/migrate_rao.rs @ f95810a25",
    change: |rules| {
        rules.emission = Emission::MovingPrice;
        rules.tao_weight = Q32::ratio(3_320_413_933_267_719_290, u64::MAX);
        rules.staking_fee = Tao::from_rao(50_000);
        rules.min_lock_cost = Tao::from_rao(RAO);
        rules.children.cooldown = 1;
        rules.children.taken_over = TakenOver::EveryBlock;
    },
    doubts: &[],
    migration: Some(Migration::DynamicTao),
};
