//! Spec 283: root's part of the alpha is sold with the pool's fee; mainnet went from 282 to 290.

use crate::coinbase::rules::RootPart;
use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(283),
    date: "2025-06-30",
    about: "root's part of the alpha is sold with the pool's fee; mainnet went from 282 to 290",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ e9bbb6134",
    change: |rules| rules.coinbase.root_part = RootPart::SoldWithFee,
    migration: None,
};
