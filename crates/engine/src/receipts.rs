//! What a block has done, as observers and agents read it.

use bevy_ecs::prelude::Resource;

use crate::call::{Claim, CollateralReceipt, EpochReceipt, FundEvent, Receipt, Settlement};

/// What happened in the last block: calls, epochs, registrations that had waited, and claims that nobody asked for.
#[derive(Resource, Default)]
pub struct Receipts {
    pub(crate) calls: Vec<Receipt>,
    pub(crate) epochs: Vec<EpochReceipt>,
    /// Registrations of subnets that had waited.
    pub(crate) settled: Vec<Settlement>,
    /// What the chain has claimed for stakers on root. No event: it comes in nearly every block.
    pub(crate) claims: Vec<Claim>,
    /// What has entered a fund in this block's turn. No event either.
    pub(crate) funds: Vec<FundEvent>,
    /// What epochs' pay did to collateral of neurons, in order. Part of an epoch's event.
    pub(crate) collateral: Vec<CollateralReceipt>,
}

impl Receipts {
    /// Clears the last block's receipts; they stay readable until the next coinbase.
    pub(crate) fn clear(&mut self) {
        self.claims.clear();
        self.funds.clear();
        self.collateral.clear();
        if !self.is_empty() {
            self.calls.clear();
            self.epochs.clear();
            self.settled.clear();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.epochs.is_empty() && self.settled.is_empty()
    }
}
