//! Kind `root_claim`: alpha shared among those who stake on root, and claimed.

use serde_json::Value;

use super::Outcome;
use super::case::{Fields, Outputs, Revisions, Run, check_for, malformed, unsupported};
use crate::fixed::Q32;
use crate::root_claim::{DEFAULT_THRESHOLD, RootClaims};
use crate::units::{Alpha, Tao};

pub(super) fn run(case: &Value) -> Outcome {
    check_for(Revisions::NewestToo, case, |case| {
        if !case.op.is_empty() {
            return case.unknown_op();
        }
        let inputs = case.inputs(&[
            "hotkey_take",
            "root_stake",
            "root_stakes",
            "pending_root_alpha",
            "claim",
            "rounds",
        ])?;
        if inputs.value("claim") != "Keep" {
            return unsupported("claims that are sold need a pool, and the case gives none");
        }
        let take = inputs.q32("hotkey_take")?;
        if take > Q32::ONE {
            return malformed("inputs.hotkey_take is more than one");
        }
        let pending = inputs.u64("pending_root_alpha")?;
        let dividend = Alpha::from_rao(Q32::ONE.saturating_sub(take).mul(Q32::from_int(pending)).floor());
        let mut claims = RootClaims::default();
        if case.has_input("root_stakes") {
            let stakes = stakes(&Fields::open("inputs.root_stakes", inputs.value("root_stakes"))?)?;
            claim(&mut claims, dividend, &stakes).map(|claimed| {
                let mut outputs = Outputs::default();
                stakes.iter().zip(claimed).for_each(|((key, _), claimed)| outputs.set(key, claimed));
                outputs
            })
        } else {
            let stakes = [("staker", inputs.tao("root_stake")?)];
            let mut total = Alpha::ZERO;
            for _ in 0..inputs.optional_u64("rounds")?.unwrap_or(1) {
                total += claim(&mut claims, dividend, &stakes)?.into_iter().sum::<Alpha>();
            }
            Ok(Outputs::one("claimable_rate", claims.rate()).with("claimed_alpha_total", total))
        }
    })
}

fn stakes<'a>(fields: &Fields<'a>) -> Run<Vec<(&'a str, Tao)>> {
    fields.keys().map(|key| Ok((key, fields.tao(key)?))).collect()
}

/// One drain, after which everyone claims.
fn claim<'a>(
    claims: &mut RootClaims<&'a str>,
    dividend: Alpha,
    stakes: &[(&'a str, Tao)],
) -> Run<Vec<Alpha>> {
    let Some(all) = stakes.iter().try_fold(0u64, |sum, (_, stake)| sum.checked_add(stake.rao())) else {
        return malformed("stakes sum to more than 2^64 rao");
    };
    claims.accrue(dividend, Tao::from_rao(all));
    Ok(stakes.iter().map(|&(key, stake)| claims.claim(key, stake, DEFAULT_THRESHOLD)).collect())
}
