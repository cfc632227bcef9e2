//! What the auditor knows of drains: an epoch leaves undistributed, and pays without backing, no more than it has
//! gathered.

use dtao_protocol::books::{Pending, SubnetEmission};
use dtao_protocol::units::Netuid;

use super::{Alphas, Findings, rao};
use crate::call::EpochReceipt;

/// What waits for a subnet's next epoch, in rao; the owner's cut, which is always paid, is not counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waiting {
    /// Alpha for miners, validators and stakers on root.
    emission: u128,
    /// Alpha that was sold for root.
    swapped: u128,
    /// TAO that it was sold for.
    pub(super) root_tao: u128,
}

impl Waiting {
    pub(super) fn of(pending: &Pending) -> Self {
        Self {
            emission: [pending.emission, pending.server, pending.validator, pending.root_alpha]
                .map(|alpha| rao(alpha.rao()))
                .into_iter()
                .sum(),
            swapped: rao(pending.swapped.rao()),
            root_tao: rao(pending.root_tao.rao()),
        }
    }

    /// Alpha for miners, validators and stakers on root.
    pub(super) fn emission(self) -> u128 {
        self.emission
    }

    /// What an epoch of this block has shared out: all that waited, and what the block added; nothing without one.
    pub(super) fn drained(self, netuid: Netuid, epochs: &[EpochReceipt], added: &SubnetEmission) -> Self {
        if !epochs.iter().any(|epoch| epoch.netuid == netuid) {
            return Self::default();
        }
        // Since spec 334 root's part waits as alpha; where a pool refused to buy it, it does not, which the bound ignores.
        let kept = if added.root_tao.is_none() { rao(added.root_alpha.rao()) } else { 0 };
        Self {
            emission: self.emission + rao(added.pending.rao()) + kept,
            swapped: self.swapped + rao(added.root_alpha.rao()),
            root_tao: self.root_tao + rao(added.root_tao.unwrap_or_default().rao()),
        }
    }

    /// At most all that has gathered is left undistributed; and what is paid without backing is at most what was sold.
    /// Never both. What is `granted` besides is claimed without backing too. Of what was left, no more is `recycled` than is
    /// not left. What funds `left` to nobody when they came is no epoch's.
    pub(super) fn check(
        self,
        findings: &mut Findings,
        netuid: Netuid,
        (before, now): (&Alphas, &Alphas),
        (granted, recycled, left): (u128, u128, u128),
    ) {
        let most = self.emission.saturating_sub(recycled);
        // Neither ever falls: a difference that wraps is beyond any limit.
        let undistributed = now.undistributed.wrapping_sub(before.undistributed + left);
        findings.hold(
            undistributed <= most,
            || format!("alpha of subnet {netuid} that its epoch paid to nobody"),
            most,
            undistributed,
        );
        let most = if undistributed == 0 { self.swapped } else { 0 } + granted;
        let unbacked = now.unbacked.wrapping_sub(before.unbacked);
        findings.hold(
            unbacked <= most,
            || format!("alpha of subnet {netuid} that its epoch paid without backing"),
            most,
            unbacked,
        );
    }
}
