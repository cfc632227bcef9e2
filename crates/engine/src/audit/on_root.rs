//! Stake on root beside root's own account of it.

use super::{Findings, rao};
use crate::call::{Call, Outcome, Receipt};
use crate::chain::{Root, TaoDust};
use crate::receipts::Receipts;

/// What root's own account says, and what it leaves out, at the end of a block.
#[derive(Default)]
pub(super) struct OnRoot {
    /// TAO that was minted for stake on root which there was TAO for.
    doubled: u128,
    /// Stake on root that root's own account does not count.
    uncounted: u128,
    /// Flat fees that root's own account has got.
    fees: u128,
}

impl OnRoot {
    /// As it is, with all stake on root.
    pub(super) fn now(root: &Root, on_root: u128, dust: &TaoDust) -> Self {
        Self {
            doubled: rao(dust.doubled.rao()),
            uncounted: on_root.saturating_sub(rao(root.tao().rao())),
            fees: rao(root.fees.rao()),
        }
    }

    /// TAO is minted for stake on root that root's own account had not counted, by the upgrade to spec 475 only: as much as there was
    /// at the end of the block before, but for what calls of the block round. In the first block anything may have been. Returns how
    /// much.
    pub(super) fn check_minted(
        &self,
        findings: &mut Findings,
        receipts: &Receipts,
        now: &Self,
        first_block: bool,
    ) -> u128 {
        let minted = now.doubled - self.doubled;
        let counts = |receipt: &Receipt| matches!((&receipt.call, receipt.outcome), (Call::Upgrade { spec }, Outcome::Done) if u16::from(*spec) >= 475);
        let upgrades = receipts.calls.iter().filter(|receipt| counts(receipt)).count();
        // Until 410 root's own account does not count what claims brought, nor until 282 what epochs paid; flat fees are in it alone.
        let claims = receipts.claims.iter().chain(receipts.calls.iter().flat_map(|receipt| &receipt.claims));
        let claimed: u128 = claims.filter_map(|claim| claim.tao).map(|tao| rao(tao.rao())).sum();
        let paid: u128 = receipts.epochs.iter().map(|epoch| rao(epoch.root_tao.rao())).sum();
        let (fees, rounded) = (now.fees - self.fees, 4 * receipts.calls.len() as u128);
        let least = self.uncounted.saturating_sub(fees + rounded);
        let most = self.uncounted + claimed + paid + rounded;
        let may = minted == 0 || (upgrades > 0 && (first_block || (least..=most).contains(&minted)));
        findings.hold(may, || "TAO minted for stake on root".into(), most, minted);
        minted
    }
}
