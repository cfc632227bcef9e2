//! Kind `root_claim`: alpha shared among those who stake on root, and claimed; drain by drain, or as
//! `root_claim_sequence` step by step.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Outcome;
use super::case::{Case, Fields, Revisions, Run, check_for, malformed, unsupported};
use super::outputs::Outputs;
use crate::fixed::Q32;
use crate::root_claim::{Accrual, DEFAULT_THRESHOLD, RootClaims};
use crate::units::{Alpha, Tao};

pub(super) fn run(case: &Value) -> Outcome {
    check_for(Revisions::From(334, 440), case, |case| {
        match case.op {
            "" => {}
            "root_claim_sequence" => return sequence(case),
            _ => return case.unknown_op(),
        }
        let inputs = case.inputs(&[
            "hotkey_take",
            "root_stake",
            "root_stakes",
            "pending_root_alpha",
            "claim",
            "rounds",
            "threshold",
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
        let taken = Alpha::from_rao(take.mul(Q32::from_int(pending)).floor());
        let threshold = inputs.optional_u64("threshold")?.map_or(DEFAULT_THRESHOLD, Alpha::from_rao);
        let stakes = if case.has_input("root_stakes") {
            if case.has_input("root_stake") {
                return malformed("inputs has both root_stake and root_stakes");
            }
            stakes(&Fields::open("inputs.root_stakes", inputs.value("root_stakes"))?)?
        } else {
            vec![("staker", inputs.tao("root_stake")?)]
        };
        let mut drains =
            Drains { claims: RootClaims::default(), claimed: BTreeMap::new(), owner: Alpha::ZERO };
        for _ in 0..rounds(&inputs)? {
            drains.drain(taken, dividend, threshold, &stakes)?;
        }
        let all: Alpha = drains.claimed.values().copied().sum();
        let mut outputs = Outputs::one("claimable_rate", drains.claims.rate())
            .with("claimed_alpha_total", all)
            .with("claimed_alpha", all)
            .with("owner_alpha_gain", drains.owner)
            .with("owner_alpha", drains.owner);
        for &(key, stake) in &stakes {
            outputs.set(format!("owed.{key}"), drains.claims.owed(&key, stake));
            outputs.set(format!("root_claimed.{key}"), drains.claims.claimed(&key));
        }
        if case.has_input("root_stakes") {
            drains.claimed.into_iter().for_each(|(key, claimed)| outputs.set(key, claimed));
        }
        Ok(outputs)
    })
}

/// Changes of stake, dividends less the take, and claims in a row, for one hotkey and one subnet.
fn sequence(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&["ops", "threshold"])?;
    let threshold = inputs.optional_u64("threshold")?.map_or(DEFAULT_THRESHOLD, Alpha::from_rao);
    let mut claims = RootClaims::default();
    let mut accounts: BTreeMap<&str, (u64, Alpha)> = BTreeMap::new();
    let mut owner = Alpha::ZERO;
    for step in inputs.list("ops")? {
        let step: Vec<&Value> = step.as_array().into_iter().flatten().collect();
        let name = step.first().and_then(|name| name.as_str()).unwrap_or("");
        match (name, &step[step.len().min(1)..]) {
            ("stake" | "unstake", [Value::String(key), amount]) if amount.is_u64() => {
                let amount = amount.as_u64().unwrap_or(0);
                let stake = &mut accounts.entry(key).or_default().0;
                let changed =
                    if name == "stake" { stake.checked_add(amount) } else { stake.checked_sub(amount) };
                let Some(changed) = changed else {
                    return malformed(format!("{name} of {amount} with {stake} staked"));
                };
                *stake = changed;
                if name == "stake" {
                    claims.stake_added(key.as_str(), Tao::from_rao(amount));
                } else {
                    claims.stake_removed(key.as_str(), Tao::from_rao(amount));
                }
            }
            ("dividend", [amount]) if amount.is_u64() => {
                let stakes = accounts.values().try_fold(0u64, |sum, (stake, _)| sum.checked_add(*stake));
                let Some(all) = stakes else { return malformed("stakes sum to more than 2^64 rao") };
                let dividend = Alpha::from_rao(amount.as_u64().unwrap_or(0));
                if let Accrual::ToOwner(dividend) = claims.accrue(dividend, Tao::from_rao(all)) {
                    owner += dividend;
                }
            }
            ("claim_keep", [Value::String(key)]) => {
                let (stake, kept) = accounts.entry(key).or_default();
                *kept += claims.claim(key.as_str(), Tao::from_rao(*stake), threshold);
            }
            _ => return unsupported(format!("step {step:?}")),
        }
    }
    let kept: Alpha = accounts.values().map(|&(_, kept)| kept).sum();
    let mut outputs = Outputs::one("rate_bits_2e32", claims.rate().bits())
        .with("claimable_rate", claims.rate())
        .with("claimed_alpha", kept)
        .with("claimed_alpha_total", kept)
        .with("owner_alpha", owner)
        .with("owner_alpha_gain", owner);
    for (key, (stake, kept)) in accounts {
        outputs.set(format!("kept.{key}"), kept);
        outputs.set(format!("root_claimed.{key}"), claims.claimed(&key));
        outputs.set(format!("owed.{key}"), claims.owed(&key, Tao::from_rao(stake)));
        outputs.set(format!("root_stake.{key}"), stake);
    }
    Ok(outputs)
}

const MAX_ROUNDS: u64 = 1_000_000;

fn rounds(inputs: &Fields<'_>) -> Run<u64> {
    match inputs.optional_u64("rounds")?.unwrap_or(1) {
        rounds if rounds <= MAX_ROUNDS => Ok(rounds),
        _ => unsupported(format!("more than {MAX_ROUNDS} rounds")),
    }
}

fn stakes<'a>(fields: &Fields<'a>) -> Run<Vec<(&'a str, Tao)>> {
    fields.keys().map(|key| Ok((key, fields.tao(key)?))).collect()
}

/// What drains and claims came to.
struct Drains<'a> {
    claims: RootClaims<&'a str>,
    claimed: BTreeMap<&'a str, Alpha>,
    /// What the hotkey's owner received: the take, and what could not be shared.
    owner: Alpha,
}

impl<'a> Drains<'a> {
    /// One drain, after which everyone claims.
    fn drain(
        &mut self,
        taken: Alpha,
        dividend: Alpha,
        threshold: Alpha,
        stakes: &[(&'a str, Tao)],
    ) -> Run<()> {
        let Some(all) = stakes.iter().try_fold(0u64, |sum, (_, stake)| sum.checked_add(stake.rao())) else {
            return malformed("stakes sum to more than 2^64 rao");
        };
        self.owner += taken;
        if let Accrual::ToOwner(dividend) = self.claims.accrue(dividend, Tao::from_rao(all)) {
            self.owner += dividend;
        }
        for &(key, stake) in stakes {
            *self.claimed.entry(key).or_default() += self.claims.claim(key, stake, threshold);
        }
        Ok(())
    }
}
