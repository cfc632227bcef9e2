//! Spec 411: TAO is shared by the flow of stake less the protocol's own; the whole emission is minted and what is not
//! spent recycled.

use crate::conviction::LockCalls;
use crate::emission::{Emission, NetFlow};
use crate::era::{Era, Spec};
use crate::registration::ProtocolShare;
use crate::root_claim::{ClaimedTao, FailedClaim};
use crate::rules::coinbase::Minting;
use crate::trading::SmallProceeds;
use crate::units::Block;
use crate::yuma::Replacement;

pub(super) const ERA: Era = Era {
    spec: Spec(411),
    date: "2026-05-27",
    about: "TAO is shared by the flow of stake less the protocol's own; the whole emission is minted and what is \
            not spent recycled; proceeds too small to be staked again are paid out; what root claims bring counts \
            in root's weight; alpha can be locked in favour of a hotkey",
    source: "subtensor:pallets/subtensor/src/coinbase/{run_coinbase,subnet_emissions}.rs, staking/{claim_root,lock}.rs \
             @ 486037ba4",
    change: |rules| {
        rules.emission = Emission::NetFlow(NetFlow::CHAIN);
        rules.coinbase.minting = Minting::Spent;
        rules.root_claims.claimed_tao = ClaimedTao::Counted;
        rules.root_claims.failed = FailedClaim::AllUndone;
        rules.locks.calls = LockCalls::Allowed;
        rules.trading.small_proceeds = SmallProceeds::Paid;
        rules.epoch.replacement = Replacement::StartsAnew;
        rules.registration.protocol_share =
            ProtocolShare::BoughtAndPool { pool_counts_after: Block(8_334_450) };
    },
    doubts: &[],
    migration: None,
};
