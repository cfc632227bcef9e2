//! Spec 441: dividends of stakers on root become shares of funds, and the bar lies at the share of rank 64.

use crate::basket::RootDividends;
use crate::drain::RootEarners;
use crate::era::{Certainty, Doubt, Era, Spec};
use crate::fixed::Q64;
use crate::hill_gate::HillGate;

pub(super) const ERA: Era = Era {
    spec: Spec(441),
    date: "2026-08-03",
    about: "dividends of stakers on root enter the fund of the hotkey that they stake through, if it is registered on root, \
            and become shares of it; the gate's bar lies at the share of rank 64",
    source: "subtensor:pallets/subtensor/src/coinbase/subnet_emissions.rs::maybe_update_emission_gate_bar (RaoFoundation @ \
             f8ff769a4), staking/claim_root.rs (RaoFoundation @ d791f459), staking/basket_flush.rs (RaoFoundation @ fd92fb2b)",
    change: |rules| {
        rules.coinbase.gate = HillGate::Rank { rank: 64, exponent: Q64::from_int(3) };
        rules.drain.root_earners = RootEarners::SeatsOrAlpha;
        rules.drain.auto_claims = 0;
        rules.funds.dividends = RootDividends::FundShares;
    },
    doubts: &[
        Doubt {
            certainty: Certainty::Likely,
            about: "a fund's turn in the queue comes right after the coinbase",
        },
        Doubt {
            certainty: Certainty::Open,
            about: "whether holdings count net of the pool's fee of 0.05 % until 468, and dividends that mint no share are \
                    recycled: revisions differ; they count without the fee, and wait",
        },
    ],
    migration: None,
};
