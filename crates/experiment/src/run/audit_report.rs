//! What the auditor counted over a run.

use dtao_engine::audit::DustTotals;
use dtao_engine::run::Run;
use serde::Serialize;

/// The auditor's report.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AuditReport {
    /// Blocks after which everything was recounted and added up.
    pub blocks: u64,
    /// Rao of alpha that the chain emitted to nobody by cutting to whole rao, over all subnets.
    pub unclaimed_alpha_rao: u64,
    /// Rao of alpha that root could not sell, since a pool was too shallow, and that is nobody's.
    pub unsold_alpha_rao: u64,
    /// Rao of alpha that epochs gathered and paid to nobody.
    pub undistributed_alpha_rao: u64,
    /// Rao of TAO that epochs gathered for root and paid to nobody.
    pub undistributed_tao_rao: u64,
    /// Rao of alpha that was sold to pools too shallow for it, and that is nobody's.
    pub forfeited_alpha_rao: u64,
    /// Rao of alpha paid in fees of sales, where they are counted for pools only and nobody's.
    #[serde(skip_serializing_if = "is_nothing")]
    pub alpha_fees_rao: u64,
    /// Rao of TAO paid in fees of buys, where they are counted for pools only and nobody's.
    #[serde(skip_serializing_if = "is_nothing")]
    pub tao_fees_rao: u64,
    /// Rao of TAO paid in fees to the authors of blocks.
    #[serde(skip_serializing_if = "is_nothing")]
    pub author_fees_rao: u64,
    /// Rao of TAO that calls took from somebody and gave to nobody.
    pub lost_tao_rao: u64,
    /// Rao of TAO in new pools that nobody paid and that issuance does not count.
    pub uncounted_tao_rao: u64,
    /// Rao of TAO that the chain's own buys put into pools and that issuance does not count.
    #[serde(skip_serializing_if = "is_nothing")]
    pub uncounted_chain_buys_rao: u64,
    /// Rao of TAO that was issued for buys of the chain's which failed.
    #[serde(skip_serializing_if = "is_nothing")]
    pub failed_chain_buys_rao: u64,
    /// Rao of alpha that may be claimed but that does not exist: the chain's double payment until spec 243.
    pub unbacked_alpha_rao: u64,
    /// Rao of alpha that came into being by selling such claims.
    pub minted_alpha_rao: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_nothing(rao: &u64) -> bool {
    *rao == 0
}

/// The report of a run whose books closed.
pub(super) fn report(run: &Run) -> AuditReport {
    let (blocks, dust) = run.audited();
    let DustTotals {
        unclaimed,
        unsold,
        undistributed,
        undistributed_tao,
        forfeited,
        alpha_fees,
        tao_fees,
        author_fees,
        lost_tao,
        uncounted_tao,
        uncounted_buys,
        stranded_tao,
        unbacked,
        minted,
    } = dust;
    let rao = |amount: u128| u64::try_from(amount).unwrap_or(u64::MAX);
    AuditReport {
        blocks,
        unclaimed_alpha_rao: rao(unclaimed),
        unsold_alpha_rao: rao(unsold),
        undistributed_alpha_rao: rao(undistributed),
        undistributed_tao_rao: rao(undistributed_tao),
        forfeited_alpha_rao: rao(forfeited),
        alpha_fees_rao: rao(alpha_fees),
        tao_fees_rao: rao(tao_fees),
        author_fees_rao: rao(author_fees),
        lost_tao_rao: rao(lost_tao),
        uncounted_tao_rao: rao(uncounted_tao),
        uncounted_chain_buys_rao: rao(uncounted_buys),
        failed_chain_buys_rao: rao(stranded_tao),
        unbacked_alpha_rao: rao(unbacked),
        minted_alpha_rao: rao(minted),
    }
}
