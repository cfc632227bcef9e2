//! Kind `coinbase`, the operations of the drain: at launch `drain_pending_emission`, at spec 425
//! `distribute_emission`, `dividend_distribution` and `dividends_and_incentives`.

use serde_json::{Map, Value, json};

use super::Outcome;
use super::case::variant;
use super::reading::{
    CASE, Failure, amount_of, expect_fields, f64_of, failed, field, list, of_protocol, only, outcome, u16_of,
    u64_of,
};
use crate::books::Pending;
use crate::drain::{
    AlphaDividends, ChildkeyRule, Dividend, DrainTerms, Earned, Hotkey, HotkeyId, Proportion, RootEarners,
    distribute, incentives, launch, shared_with_parents, stake_weight,
};
use crate::era::Spec;
use crate::fixed::Q32;
use crate::rules::Rules;
use crate::units::{Alpha, Block, Tao};
use crate::yuma::{Epoch, EpochRules, Fraction, Neuron, Neurons};

/// The operations of kind `coinbase` that are run here.
pub(super) const OPERATIONS: [&str; 4] =
    ["drain_pending_emission", "distribute_emission", "dividend_distribution", "dividends_and_incentives"];

pub(super) fn run(case: &Value) -> Outcome {
    let found = match case["op"].as_str() {
        Some("drain_pending_emission") => at_launch(case),
        Some("distribute_emission") => of_spec_425(case).and_then(|()| distribute_emission(case)),
        Some("dividend_distribution") => of_spec_425(case).and_then(|()| dividends(case)),
        Some("dividends_and_incentives") => of_spec_425(case).and_then(|()| totals(case)),
        op => return Outcome::Unsupported(format!("operation {op:?} of the drain")),
    };
    outcome(only(case, &CASE).and_then(|()| expect_fields(case, found?)))
}

/// The drain's rules at spec 425.
fn spec_425(tao_weight: Q32) -> DrainTerms {
    DrainTerms {
        tao_weight,
        alpha_dividends: AlphaDividends::Gathered,
        root_earners: RootEarners::AnyHotkey,
        childkeys: ChildkeyRule::TakeOfOthers { burn: Proportion(0) },
    }
}

fn of_spec_425(case: &Value) -> Result<(), Failure> {
    of_protocol(case, &["newest"])
}

/// The hotkeys of a case, and which of them are registered.
struct Cast {
    keys: Vec<Hotkey>,
    registered: Vec<HotkeyId>,
}

/// The default take of a hotkey that a case says nothing about.
const DEFAULT_TAKE: u16 = 11_796;

fn optional<T>(
    inputs: &Value,
    name: &str,
    default: T,
    read: fn(&Value) -> Result<T, Failure>,
) -> Result<T, Failure> {
    inputs.get(name).map_or(Ok(default), read)
}

fn cast(inputs: &Value) -> Result<Cast, Failure> {
    let take = Fraction(optional(inputs, "take", DEFAULT_TAKE, u16_of)?);
    let hotkey = |key: &Value| {
        only(key, &["alpha", "root", "registered"])?;
        let alpha = Alpha::from_rao(amount_of(field(key, "alpha")?)?);
        let root = Tao::from_rao(optional(key, "root", 0, amount_of)?);
        Ok(Hotkey { alpha, root, take, ..Hotkey::default() })
    };
    let listed = |key: &Value| key.get("registered") != Some(&json!(false));
    let (keys, raw): (Vec<Hotkey>, Vec<&Value>) = if let Some(listed) = inputs.get("hotkeys") {
        (list(listed, hotkey)?, listed.as_array().into_iter().flatten().collect())
    } else {
        let (parent, child) = (field(inputs, "parent")?, field(inputs, "child")?);
        let lent = Proportion(u64_of(field(inputs, "proportion_u64")?)?);
        let mut keys = vec![hotkey(parent)?, hotkey(child)?];
        keys[0].lent.push(lent);
        keys[1].parents.push((HotkeyId(0), lent));
        keys[1].childkey_take = Fraction(u16_of(field(inputs, "childkey_take_u16")?)?);
        (keys, vec![parent, child])
    };
    let registered = (0..).zip(raw).filter(|(_, key)| listed(key)).map(|(id, _)| HotkeyId(id)).collect();
    Ok(Cast { keys, registered })
}

/// How much alpha weighs one TAO on root: a literal, or of 2^64 - 1.
fn tao_weight(inputs: &Value) -> Result<Q32, Failure> {
    match (inputs.get("tao_weight"), inputs.get("tao_weight_u64")) {
        (Some(literal), None) => f64_of(literal).map(Q32::from_f64),
        (None, of_max) => u64_of(of_max.unwrap_or(&Value::Null)).map(|weight| Q32::ratio(weight, u64::MAX)),
        (Some(_), Some(_)) => Err(failed("`tao_weight` is given twice")),
    }
}

/// What the first epoch of a subnet gives its registered hotkeys: no permits yet, so all goes by stake.
fn earned(cast: &Cast, tao_weight: Q32, rules: &EpochRules, drained: Alpha) -> Vec<Earned> {
    let neuron = |&key| Neuron { stake: stake_weight(&cast.keys, key, tao_weight), ..Neuron::default() };
    let mut neurons = Neurons { by_uid: cast.registered.iter().map(neuron).collect(), ..Neurons::default() };
    let mut epoch = Epoch::default();
    epoch.run(rules, &mut neurons, Block(1), drained);
    let emission = epoch.server_emission().iter().zip(epoch.validator_emission());
    let earned = cast.registered.iter().zip(emission);
    earned.map(|(&hotkey, (&incentive, &dividend))| Earned { hotkey, incentive, dividend }).collect()
}

/// The inputs of the launch's drain; whether the hotkeys share a coldkey makes no difference to it.
const AT_LAUNCH: [&str; 13] = [
    "child",
    "childkey_take_u16",
    "hotkeys",
    "owner_cut",
    "parent",
    "pending_alpha",
    "pending_swapped",
    "pending_tao",
    "proportion_u64",
    "same_coldkey",
    "take",
    "tao_weight",
    "tao_weight_u64",
];

fn at_launch(case: &Value) -> Result<Value, Failure> {
    let inputs = field(case, "inputs")?;
    only(inputs, &AT_LAUNCH)?;
    let amount = |name| field(inputs, name).and_then(amount_of);
    let tag = case["protocol"].as_str().unwrap_or("launch");
    let spec = match tag {
        "launch" | "both" => Spec::known(246),
        tag => variant(tag.strip_prefix("launch_").unwrap_or(tag))
            .ok_or_else(|| Outcome::Unsupported(format!("protocol `{tag}`")))?,
    };
    let revision = Rules::at(spec).alpha_dividends;
    let tao_weight = tao_weight(inputs)?;
    let pending = Pending {
        emission: Alpha::from_rao(amount("pending_alpha")?),
        swapped: Alpha::from_rao(amount("pending_swapped")?),
        root_tao: Tao::from_rao(amount("pending_tao")?),
        owner_cut: Alpha::from_rao(amount("owner_cut")?),
        ..Pending::default()
    };
    let cast = cast(inputs)?;
    let earned = earned(&cast, tao_weight, &EpochRules::launch(), pending.for_epoch());
    let payout = launch(&pending, &earned, &cast.keys, tao_weight, revision);

    let mut alpha: Vec<u64> = cast.keys.iter().map(|key| key.alpha.rao()).collect();
    let mut root: Vec<u64> = cast.keys.iter().map(|key| key.root.rao()).collect();
    let (mut dividends, mut root_dividends) = (vec![0; cast.keys.len()], vec![0; cast.keys.len()]);
    for (hotkey, incentive) in payout.incentives {
        alpha[hotkey.0] += incentive.rao();
    }
    for Dividend { hotkey, take, rest, .. } in payout.alpha_dividends {
        alpha[hotkey.0] += take.rao() + rest.rao();
        dividends[hotkey.0] += rest.rao();
    }
    for Dividend { hotkey, take, rest, .. } in payout.root_dividends {
        root[hotkey.0] += take.rao() + rest.rao();
        root_dividends[hotkey.0] += rest.rao();
    }
    let outputs = [
        ("alpha_after", alpha),
        ("root_after", root),
        ("alpha_dividends", dividends),
        ("root_dividends", root_dividends),
    ];
    let mut found = Map::new();
    for (name, by_hotkey) in outputs {
        if inputs.get("hotkeys").is_some() {
            found.insert(name.to_owned(), json!(by_hotkey));
        } else {
            found.insert(format!("parent_{name}"), json!(by_hotkey[0]));
            found.insert(format!("child_{name}"), json!(by_hotkey[1]));
        }
    }
    Ok(Value::Object(found))
}

/// One hotkey that stakes and does not mine.
fn distribute_emission(case: &Value) -> Result<Value, Failure> {
    let inputs = field(case, "inputs")?;
    only(inputs, &["hotkey_alpha", "owner_cut", "pending_root", "pending_server", "pending_validator"])?;
    let amount = |name| field(inputs, name).and_then(amount_of).map(Alpha::from_rao);
    let pending = Pending {
        server: amount("pending_server")?,
        validator: amount("pending_validator")?,
        root_alpha: amount("pending_root")?,
        owner_cut: amount("owner_cut")?,
        ..Pending::default()
    };
    let alpha = amount("hotkey_alpha")?;
    let hotkey = Hotkey { alpha, take: Fraction(DEFAULT_TAKE), ..Hotkey::default() };
    let cast = Cast { keys: vec![hotkey], registered: vec![HotkeyId(0)] };
    let earned = earned(&cast, Q32::ZERO, &EpochRules::spec_425(), pending.for_epoch());
    let payout = distribute(&spec_425(Q32::ZERO), &pending, &earned, &cast.keys, &[]);
    let incentives = payout.incentives.iter().map(|&(_, incentive)| incentive).sum::<Alpha>();
    let dividends =
        payout.alpha_dividends.iter().map(|dividend| dividend.take + dividend.rest).sum::<Alpha>();
    Ok(json!({"hotkey_stake_after": (alpha + incentives + dividends).rao()}))
}

fn dividends(case: &Value) -> Result<Value, Failure> {
    let inputs = field(case, "inputs")?;
    let known = ["hotkeys", "pending_root_alpha", "pending_validator_alpha", "tao_weight", "tao_weight_u64"];
    only(inputs, &known)?;
    let amount = |name| field(inputs, name).and_then(amount_of).map(Alpha::from_rao);
    let hotkeys = field(inputs, "hotkeys")?;
    let keys = list(hotkeys, |key| {
        let alpha = Alpha::from_rao(amount_of(field(key, "alpha_stake")?)?);
        Ok(Hotkey { alpha, root: Tao::from_rao(amount_of(field(key, "root_stake")?)?), ..Hotkey::default() })
    })?;
    let dividends = list(hotkeys, |key| Ok(Alpha::from_rao(amount_of(field(key, "dividend")?)?)))?;
    // A miner's rao, so that validators do not get the miners' part.
    let incentive = Alpha::from_rao(1);
    let earned: Vec<_> = (0..)
        .zip(dividends)
        .map(|(id, dividend)| Earned { hotkey: HotkeyId(id), incentive, dividend })
        .collect();
    let (validator, root) = (amount("pending_validator_alpha")?, amount("pending_root_alpha")?);
    let pending = Pending { validator, root_alpha: root, ..Pending::default() };
    let payout = distribute(&spec_425(tao_weight(inputs)?), &pending, &earned, &keys, &[]);
    let amounts = |dividends: &[Dividend<Alpha>]| {
        let mut amounts = vec![0; keys.len()];
        for dividend in dividends {
            amounts[dividend.hotkey.0] = (dividend.take + dividend.rest).rao();
        }
        amounts
    };
    let (alpha, root) = (amounts(&payout.alpha_dividends), amounts(&payout.claimable_dividends));
    Ok(json!({
        "total_alpha": alpha.iter().sum::<u64>(), "total_root": root.iter().sum::<u64>(),
        "alpha_dividends_float": alpha, "root_dividends_float": root,
    }))
}

/// The sums by hotkey before anything is split; the hotkeys have no parents.
fn totals(case: &Value) -> Result<Value, Failure> {
    let inputs = field(case, "inputs")?;
    only(inputs, &["hotkey_emission"])?;
    let emission = list(field(inputs, "hotkey_emission")?, |entry| {
        let amount = |name| field(entry, name).and_then(amount_of).map(Alpha::from_rao);
        Ok((amount("incentive")?, amount("dividend")?))
    })?;
    let keys = vec![Hotkey::default(); emission.len()];
    let earned: Vec<_> = (0..)
        .zip(emission)
        .map(|(id, (incentive, dividend))| Earned { hotkey: HotkeyId(id), incentive, dividend })
        .collect();
    let rule = ChildkeyRule::TakeOfOthers { burn: Proportion(0) };
    let (dividends, _) = shared_with_parents(&keys, &earned, Q32::ZERO, rule);
    let dividends: u64 = dividends.into_values().map(Q32::floor).sum();
    let incentives = incentives(&earned).into_values().sum::<Alpha>();
    Ok(json!({"incentives_total": incentives.rao(), "dividends_total": dividends}))
}
