//! Operations of kind `coinbase` on one subnet's terms: what of its TAO enters its pool, with how much alpha.
//!
//! A case of a chain's test may leave root's proportion open, `p`, or bound it, `p (p*1e9 > 1e8)`, and expect amounts in
//! terms of it. Such a case must come out for every proportion of a sample that its bound allows.

use serde_json::{Value, json};

use super::Outcome;
use super::case::{Case, Fields, Revisions, Run, check_for, malformed};
use super::outputs::{Found, Outputs};
use crate::coinbase::root_claims;
use crate::fixed::Q32;
use crate::injection::{Offer, Subsidy};
use crate::units::{Alpha, Tao};

/// The operations that are run here.
pub(super) const OPERATIONS: [&str; 2] = ["subnet_terms", "subnet_terms_by_era"];

pub(super) fn run(case: &Value) -> Outcome {
    check_for(Revisions::Numbered, case, terms)
}

const INPUTS: [&str; 11] = [
    "block_emission",
    "tao_emission",
    "tao_emission_bits",
    "price",
    "price_bits",
    "alpha_emission",
    "root_proportion",
    "root_proportion_bits",
    "moving_price_sum",
    "burn_reg_allowed",
    "pow_reg_allowed",
];

/// Root's proportions for which a case that leaves it open is run.
const SAMPLE: [f64; 7] = [1.0, 0.75, 0.5, 0.25, 0.125, 0.0625, 0.03125];

fn terms(case: &Case<'_>) -> Run<Outputs> {
    let inputs = case.inputs(&INPUTS)?;
    let Some(text) = inputs.value("root_proportion").as_str() else {
        let proportion = inputs.optional_q32("root_proportion")?.unwrap_or(Q32::ONE);
        return Ok(outputs(&of_proportion(case, &inputs, proportion)?));
    };
    let bound = text.trim().strip_prefix('p').map(str::trim);
    let bound = match bound.map(|bound| bound.trim_start_matches('(').trim_end_matches(')')) {
        Some("") => None,
        Some(bound) => match Bound::parse(bound) {
            Some(bound) => Some(bound),
            None => return malformed(format!("inputs.root_proportion is bounded by `{bound}`")),
        },
        None => return malformed(format!("inputs.root_proportion is `{text}`")),
    };
    let allowed = SAMPLE.into_iter().filter(|&p| bound.as_ref().is_none_or(|bound| bound.holds(p)));
    let mut found: Option<Vec<(&'static str, Found)>> = None;
    for p in allowed {
        let mut fields = of_proportion(case, &inputs, Q32::from_f64(p))?;
        for (field, amount) in &mut fields {
            // An amount that is what the case says in terms of p stands for what it says.
            let expected = case.expected(field);
            let (Some(formula), Found::Whole(whole)) = (expected.as_str(), &*amount) else { continue };
            if value_of(formula, p).is_some_and(|value| value.floor() == *whole as f64) {
                *amount = Found::Written(json!(formula));
            }
        }
        if found.as_ref().is_some_and(|before| *before != fields) {
            return malformed("the amounts depend on `p`, and `expected` does not say how");
        }
        found = Some(fields);
    }
    match found {
        Some(fields) => Ok(outputs(&fields)),
        None => malformed("inputs.root_proportion allows no proportion"),
    }
}

fn outputs(fields: &[(&'static str, Found)]) -> Outputs {
    fields.iter().fold(Outputs::default(), |outputs, (field, found)| outputs.with(field, found.clone()))
}

fn of_proportion(
    case: &Case<'_>,
    inputs: &Fields<'_>,
    root_proportion: Q32,
) -> Run<Vec<(&'static str, Found)>> {
    let offer = Offer {
        share: inputs.q32("tao_emission")?,
        block: Tao::from_rao(inputs.optional_u64("block_emission")?.unwrap_or(1_000_000_000)),
        alpha_emission: Alpha::from_rao(inputs.optional_u64("alpha_emission")?.unwrap_or(1_000_000_000)),
        price: inputs.q32("price")?,
        root_proportion,
    };
    let rules = case.rules_or(425)?;
    let terms = rules.coinbase.injection.terms(&offer);
    let allowed = |key: &str| Ok(inputs.optional(key, Value::as_bool, "true or false")?.unwrap_or(true));
    let registrations =
        super::coinbase::registrations(allowed("burn_reg_allowed")?, allowed("pow_reg_allowed")?);
    let open = rules.registration_gate.open(registrations);
    let kept = |amount: Q32, is_open: bool| if is_open { amount } else { Q32::ZERO };
    let (tao_in, alpha_in) = (kept(terms.tao_in, open.tao), kept(terms.alpha_in, open.alpha));
    let mut fields = vec![
        ("tao_in", tao_in.floor().into()),
        ("alpha_in", alpha_in.floor().into()),
        ("alpha_out", if open.alpha { offer.alpha_emission.rao() } else { 0 }.into()),
        ("excess", terms.excess.floor().into()),
        ("excess_tao", terms.excess.floor().into()),
        ("tao_in_bits", bits(tao_in)),
        ("alpha_in_bits", bits(alpha_in)),
        ("excess_bits", bits(terms.excess)),
        ("excess_tao_bits", bits(terms.excess)),
        ("subsidised", Found::Written(json!(terms.subsidy == Subsidy::Subsidised))),
        ("capped", Found::Written(json!(terms.excess > Q32::ZERO))),
    ];
    if let Some(sum) = inputs.optional_q32("moving_price_sum")? {
        fields.push(("root_sell_flag", Found::Written(json!(root_claims(std::iter::once(sum))))));
    }
    Ok(fields)
}

fn bits(amount: Q32) -> Found {
    u64::try_from(amount.bits())
        .map_or_else(|_| Found::Written(json!(amount.bits().to_string())), Found::Whole)
}

/// A comparison of two formulas in `p`.
struct Bound<'a> {
    left: &'a str,
    right: &'a str,
    order: std::cmp::Ordering,
}

impl<'a> Bound<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (at, sign) = text.char_indices().find(|(_, sign)| matches!(sign, '<' | '>'))?;
        let order = if sign == '<' { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater };
        let (left, right) = (&text[..at], text[at + 1..].trim_start_matches('='));
        let bound = Self { left, right, order };
        (value_of(left, 0.5).is_some() && value_of(right, 0.5).is_some()).then_some(bound)
    }

    fn holds(&self, p: f64) -> bool {
        let value = |formula| value_of(formula, p);
        value(self.left).zip(value(self.right)).and_then(|(left, right)| left.partial_cmp(&right))
            == Some(self.order)
    }
}

/// The value of a sum of products of numbers and `p`, such as `1e10 - p*1e9`.
fn value_of(formula: &str, p: f64) -> Option<f64> {
    let mut sum = 0.0;
    let (mut rest, mut sign) = (formula.trim(), 1.0);
    loop {
        // A sign after an `e` belongs to a number.
        let bytes = rest.as_bytes();
        let end = (1..bytes.len())
            .find(|&at| matches!(bytes[at], b'+' | b'-') && !matches!(bytes[at - 1], b'e' | b'E'))
            .unwrap_or(rest.len());
        let factor = |factor: &str| match factor.trim() {
            "p" => Some(p),
            number => number.parse::<f64>().ok(),
        };
        let product =
            rest[..end].split('*').map(factor).try_fold(1.0, |product, factor| Some(product * factor?))?;
        sum += sign * product;
        let Some(next) = bytes.get(end) else { return Some(sum) };
        sign = if *next == b'-' { -1.0 } else { 1.0 };
        rest = rest[end + 1..].trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_sums_of_products() {
        assert_eq!(value_of("p*1e9", 0.5), Some(5e8));
        assert_eq!(value_of("1e10 - 2*p*1e+9 + 3", 0.5), Some(9e9 + 3.0));
        for wrong in ["", "q", "1 +", "p/2", "floor(p)"] {
            assert_eq!(value_of(wrong, 0.5), None, "{wrong}");
        }
    }

    #[test]
    fn a_bound_holds_or_not() {
        let bound = Bound::parse("p*1e9 > 1e8").expect("a bound");
        assert!(bound.holds(0.5) && !bound.holds(0.1) && !bound.holds(0.05));
        assert!(Bound::parse("p*1e9").is_none() && Bound::parse("q > 1").is_none());
    }
}
