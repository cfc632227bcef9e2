//! Kind `coinbase`, the operations on what an epoch has given each hotkey: `drain_rescaled`,
//! `parent_child_dividends` and `dividend_distribution_475`.

use serde_json::{Map, Value, json};

use super::Outcome;
use super::case::{Case, Fields, Revisions, Run, check_for};
use super::outputs::Outputs;
use crate::books::Pending;
use crate::drain::{
    AlphaDividends, ChildkeyRule, ColdkeyId, Dividend, DrainTerms, Earned, Hotkey, HotkeyId, Proportion,
    RootEarners, RootSeat, distribute, for_validators, launch, shared_out, shared_with_parents,
};
use crate::fixed::Q32;
use crate::units::Alpha;
use crate::yuma::Fraction;

/// The operations of kind `coinbase` that are run here.
pub(super) const OPERATIONS: [&str; 3] =
    ["drain_rescaled", "parent_child_dividends", "dividend_distribution_475"];

pub(super) fn run(case: &Value) -> Outcome {
    match case["op"].as_str() {
        Some("drain_rescaled") => check_for(Revisions::From(257, 333), case, rescaled),
        Some("dividend_distribution_475") => check_for(Revisions::From(442, u16::MAX), case, distribution),
        _ => check_for(Revisions::From(252, u16::MAX), case, parents),
    }
}

/// Take and rest of each of `count` hotkeys.
fn by_hotkey(count: usize, dividends: impl IntoIterator<Item = (HotkeyId, u64, u64)>) -> Value {
    let mut paid = vec![[0, 0]; count];
    for (hotkey, take, rest) in dividends {
        paid[hotkey.0] = [take, rest];
    }
    json!(paid)
}

fn rescaled(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&[
        "tao_weight",
        "tao_weight_u64",
        "tao_weight_bits",
        "take",
        "pending_alpha",
        "pending_swapped",
        "pending_tao",
        "owner_cut",
        "epoch",
    ])?;
    let pending = Pending {
        emission: inputs.alpha("pending_alpha")?,
        swapped: inputs.alpha("pending_swapped")?,
        root_tao: inputs.tao("pending_tao")?,
        owner_cut: Alpha::from_rao(inputs.optional_u64("owner_cut")?.unwrap_or(0)),
        ..Pending::default()
    };
    let take = Fraction(inputs.u16("take")?);
    let (mut keys, mut earned) = (Vec::new(), Vec::new());
    for neuron in inputs.objects("epoch", &["alpha", "root", "incentive", "dividend"])? {
        earned.push(Earned {
            hotkey: HotkeyId(keys.len()),
            incentive: neuron.alpha("incentive")?,
            dividend: neuron.alpha("dividend")?,
        });
        keys.push(Hotkey { take, ..staked(&neuron)? });
    }
    let payout = launch(&pending, &earned, &keys, inputs.weight("tao_weight")?, AlphaDividends::Rescaled);
    let mut incentives = vec![0; keys.len()];
    for (hotkey, incentive) in &payout.incentives {
        incentives[hotkey.0] = incentive.rao();
    }
    let alpha = payout.alpha_dividends.iter();
    let alpha = alpha.map(|&Dividend { hotkey, take, rest, .. }| (hotkey, take.rao(), rest.rao()));
    let tao = payout.root_dividends.iter();
    let tao = tao.map(|&Dividend { hotkey, take, rest, .. }| (hotkey, take.rao(), rest.rao()));
    Ok(Outputs::one("pending_validator", for_validators(AlphaDividends::Rescaled, &pending, &earned))
        .with("alpha_take_and_rest", by_hotkey(keys.len(), alpha))
        .with("tao_take_and_rest", by_hotkey(keys.len(), tao))
        .with("incentives", incentives)
        .with("owner_cut", payout.owner_cut))
}

/// A hotkey with its stakes, and nothing else of it.
fn staked(fields: &Fields<'_>) -> Run<Hotkey> {
    let (alpha, root) = (fields.alpha("alpha")?, fields.tao("root")?);
    Ok(Hotkey { alpha, root, ..Hotkey::default() })
}

/// A child's dividend, shared with its parents; the child is the first hotkey.
fn parents(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&[
        "dividend",
        "tao_weight",
        "tao_weight_u64",
        "tao_weight_bits",
        "childkey_take_u16",
        "ck_burn_u64",
        "child",
        "parents",
    ])?;
    let child = Fields::new("inputs.child", inputs.value("child"), &["alpha", "root", "lent"])?;
    let lent = match child.value("lent") {
        Value::Null => Vec::new(),
        _ => child.wides("lent")?,
    };
    let mut keys = vec![Hotkey {
        childkey_take: Fraction(inputs.u16("childkey_take_u16")?),
        lent: lent.into_iter().map(Proportion).collect(),
        ..staked(&child)?
    }];
    for parent in inputs.objects("parents", &["alpha", "root", "proportion_u64", "same_coldkey"])? {
        let lent = Proportion(parent.u64("proportion_u64")?);
        let coldkey = if parent.flag("same_coldkey")? { ColdkeyId(0) } else { ColdkeyId(keys.len()) };
        let id = HotkeyId(keys.len());
        keys[0].parents.push((id, lent));
        keys.push(Hotkey { coldkey, lent: vec![lent], ..staked(&parent)? });
    }
    let burn = Proportion(inputs.optional_u64("ck_burn_u64")?.unwrap_or(0));
    let dividend = inputs.alpha("dividend")?;
    let earned = [Earned { hotkey: HotkeyId(0), incentive: Alpha::ZERO, dividend }];
    let rule = ChildkeyRule::TakeOfOthers { burn };
    let (shares, recycled) = shared_with_parents(&keys, &earned, inputs.weight("tao_weight")?, rule);
    let share = |id: usize| shares.get(&HotkeyId(id)).copied().map_or(0, Q32::floor);
    Ok(Outputs::one("child", share(0))
        .with("parents", (1..keys.len()).map(share).collect::<Vec<_>>())
        .with("recycled", recycled))
}

/// What validators and root have gathered, shared among hotkeys whose dividends are given; somebody mined.
fn distribution(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&[
        "pending_validator_alpha",
        "pending_root_alpha",
        "tao_weight",
        "tao_weight_u64",
        "tao_weight_bits",
        "hotkeys",
    ])?;
    let (mut keys, mut earned) = (Vec::new(), Vec::new());
    let known = ["alpha_stake", "root_stake", "dividend", "on_root", "take_u16"];
    for hotkey in inputs.objects("hotkeys", &known)? {
        // A miner's rao, so that validators do not get the miners' part.
        let incentive = Alpha::from_rao(1);
        earned.push(Earned { hotkey: HotkeyId(keys.len()), incentive, dividend: hotkey.alpha("dividend")? });
        keys.push(Hotkey {
            alpha: hotkey.alpha("alpha_stake")?,
            root: hotkey.tao("root_stake")?,
            take: Fraction(hotkey.u16("take_u16")?),
            root_seat: if hotkey.flag("on_root")? { RootSeat::Held } else { RootSeat::None },
            ..Hotkey::default()
        });
    }
    let pending = Pending {
        validator: inputs.alpha("pending_validator_alpha")?,
        root_alpha: inputs.alpha("pending_root_alpha")?,
        ..Pending::default()
    };
    let rules = DrainTerms {
        tao_weight: inputs.weight("tao_weight")?,
        alpha_dividends: AlphaDividends::Gathered,
        root_earners: RootEarners::Seats,
        childkeys: ChildkeyRule::TakeOfOthers { burn: Proportion(0) },
    };
    let payout = distribute(&rules, &pending, &earned, &keys, &[]);
    let mut outputs = Outputs::one("root_recycled", payout.root_recycled);
    let names = ["alpha_bits", "alpha_take", "alpha_rest", "root_bits", "root_take", "root_rest"];
    // A hotkey without a dividend gets nothing.
    let nothing: Map<String, Value> = names.iter().map(|&name| (name.to_owned(), json!(0))).collect();
    let mut found = vec![nothing; keys.len()];
    for (name, dividends) in [("alpha", &payout.alpha_dividends), ("root", &payout.claimable_dividends)] {
        for dividend in dividends {
            let fields = &mut found[dividend.hotkey.0];
            fields.insert(format!("{name}_take"), json!(dividend.take.rao()));
            fields.insert(format!("{name}_rest"), json!(dividend.rest.rao()));
        }
        let all = dividends.iter().map(|dividend| dividend.take + dividend.rest).sum::<Alpha>();
        outputs.set(format!("total_{name}"), all);
    }
    let (dividends, _) = shared_with_parents(&keys, &earned, rules.tao_weight, rules.childkeys);
    let shares = shared_out(&rules, &keys, &dividends, pending.validator, &pending);
    for (name, shares) in [("alpha", shares.alpha), ("root", shares.root)] {
        for (hotkey, share) in shares {
            found[hotkey.0].insert(format!("{name}_bits"), json!(share.bits().to_string()));
        }
    }
    outputs.set("hotkeys", json!(found));
    Ok(outputs)
}
