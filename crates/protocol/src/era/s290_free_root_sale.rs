//! Spec 290: root's part of the alpha is sold without a fee.

use crate::coinbase::rules::RootPart;
use crate::era::{Era, Spec};

pub(super) const ERA: Era = Era {
    spec: Spec(290),
    date: "2025-07-07",
    about: "root's part of the alpha is sold without a fee",
    source: "subtensor:pallets/subtensor/src/coinbase/run_coinbase.rs @ 74614df76",
    change: |rules| rules.coinbase.root_part = RootPart::SoldWithoutFee,
    migration: None,
};
