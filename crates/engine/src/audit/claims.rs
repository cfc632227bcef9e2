//! What the auditor knows of root claims: what stakers on root may claim of a subnet's alpha shrinks by what they have claimed, and
//! grows by epochs only.

use dtao_protocol::units::Netuid;

use super::{Alphas, Findings, funds, rao};
use crate::call::{Call, Claim, Outcome, Receipt};
use crate::receipts::Receipts;

/// Subnets that a call may claim of.
const MOST: usize = 5;

/// What a block has claimed of a subnet, by calls and by lot, or has let enter funds, in rao.
fn claimed(netuid: Netuid, receipts: &Receipts) -> u128 {
    let by_calls = receipts.calls.iter().flat_map(|receipt| &receipt.claims);
    let of = |claim: &&Claim| claim.netuid == netuid;
    let claimed: u128 = by_calls.chain(&receipts.claims).filter(of).map(|claim| rao(claim.alpha.rao())).sum();
    claimed + funds::no_longer_waits(netuid, receipts)
}

/// What waits to be claimed of a subnet is what waited before, less what was claimed; an epoch adds no more than it paid.
pub(super) fn check(
    findings: &mut Findings,
    netuid: Netuid,
    (before, now): (&Alphas, &Alphas),
    receipts: &Receipts,
) {
    let epochs = receipts.epochs.iter().filter(|epoch| epoch.netuid == netuid);
    let most: u128 = epochs.map(|epoch| rao(epoch.alpha.rao())).sum();
    // It never falls by more than was claimed: a difference that wraps is beyond any limit.
    let gathered = (now.claimable + claimed(netuid, receipts)).wrapping_sub(before.claimable);
    findings.hold(
        gathered <= most,
        || format!("alpha of subnet {netuid} that stakers on root may claim"),
        most,
        gathered,
    );
}

/// A call claims for its caller, of the subnets that it names, and says what its sales fetched.
pub(super) fn check_call(findings: &mut Findings, receipt: &Receipt) {
    let agent = receipt.agent.0;
    let (Call::ClaimRoot { netuids }, Outcome::Claimed { tao }) = (&receipt.call, receipt.outcome) else {
        return findings.rule(receipt.claims.is_empty(), || {
            format!("a call of account {agent} that claims nothing has {} claims", receipt.claims.len())
        });
    };
    let named = |claim: &Claim| claim.agent == receipt.agent && netuids.contains(&claim.netuid);
    let in_order = netuids.len() <= MOST && receipt.claims.iter().all(named);
    findings.rule(in_order, || {
        format!(
            "account {agent} claims of at most {MOST} subnets, for itself, and of those that its call names"
        )
    });
    let fetched = receipt.claims.iter().filter_map(|claim| claim.tao).map(|tao| rao(tao.rao())).sum();
    findings.equal(|| format!("TAO that account {agent}'s claims fetched"), rao(tao.rao()), fetched);
}
