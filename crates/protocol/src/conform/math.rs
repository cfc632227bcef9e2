//! Kinds `math` and `weighted_median`: the epoch's own steps, one at a time.
//!
//! The chain's tests write most inputs as `f64`, the medians and the upscaling as `f32`; a number takes the
//! same path to fixed point here.

use serde_json::{Value, json};

use super::Outcome;
use super::expectation::{
    CASE, Failure, Tolerance, expect_fields, f64_of, failed, field, list, only, outcome, u16_of, u64_of,
};
use crate::yuma::matrix::{DenseRow, Entries, Rows};
use crate::yuma::{
    Column, Fraction, I32F32, Logistic, LogisticAlpha, MedianScratch, Permit, SigmoidAlpha, blend_capped,
    by_column, clamp, max_upscale, max_upscale_fixed, penalised, push_average, push_liquid_average, quantile,
    sigmoid_safe, top_k, weighted_median, within_limit,
};

pub(super) fn run(case: &Value) -> Outcome {
    outcome(field(case, "inputs").and_then(|inputs| {
        let op = case["op"].as_str().unwrap_or("");
        only(case, &CASE)?;
        // A remark in brackets may follow the operation's name.
        let name = op.split(" (").next().unwrap_or(op);
        let read = if SINGLE.contains(&name) { single } else { fixed };
        expect_fields(&expecting_fixed(case, read)?, &compute(name, inputs)?)
    }))
}

/// The operations whose tests write `f32` literals.
const SINGLE: [&str; 3] = ["weighted_median", "weighted_median_col", "vec_max_upscale_to_u16"];

/// The case with exact expectations as the fixed-point numbers that their literals become, so that equality
/// is equality of bits.
fn expecting_fixed(case: &Value, read: fn(&Value) -> Result<I32F32, Failure>) -> Result<Value, Failure> {
    fn convert(value: &mut Value, read: fn(&Value) -> Result<I32F32, Failure>) -> Result<(), Failure> {
        match value {
            Value::Array(values) => values.iter_mut().try_for_each(|value| convert(value, read)),
            Value::Number(number) if number.is_f64() => {
                *value = json!(read(value)?.to_f64());
                Ok(())
            }
            _ => Ok(()),
        }
    }
    let mut case = case.clone();
    let exact: Vec<String> =
        case["expected"].as_object().map_or_else(Vec::new, |fields| fields.keys().cloned().collect());
    for name in exact {
        if Tolerance::of(&case, &name)? == Tolerance::EXACT {
            convert(&mut case["expected"][&name], read)?;
        }
    }
    Ok(case)
}

fn compute(op: &str, inputs: &Value) -> Result<Value, Failure> {
    let of = |name: &str| field(inputs, name);
    let number = |name: &str| fixed(of(name)?);
    let numbers = |name: &str| list(of(name)?, fixed);
    let u16s = |name: &str| list(of(name)?, u16_of);
    let matrix = |name: &str| list(of(name)?, |row| list(row, fixed));
    Ok(match op {
        "weighted_median" => json!({"median": one_median(inputs)?.to_f64()}),
        "weighted_median_col" => json!({"median": column_medians(inputs)?}),
        "is_topk" => {
            let permits = top_k(&numbers("vector")?, u64_of(of("k")?)? as usize);
            json!({"mask": permits.iter().map(|&permit| permit == Permit::Granted).collect::<Vec<_>>()})
        }
        "vec_max_upscale_to_u16" => json!({"u16": max_upscale_fixed(&list(of("vector")?, single)?)}),
        "vec_u16_max_upscale_to_u16" => json!({"u16": max_upscale(&u16s("vector_u16")?)}),
        "check_vec_max_limited" => {
            json!({"ok": within_limit(&u16s("vector_u16")?, Fraction(u16_of(of("limit_u16")?)?))})
        }
        "quantile" => json!({"value": quantile(&numbers("data")?, f64_of(of("q")?)?).to_f64()}),
        "liquid_alpha_logistic_params" => {
            let alpha = LogisticAlpha::new(number("alpha_low")?, number("alpha_high")?);
            let alpha = alpha.map_err(|error| failed(error.to_string()))?;
            let curve = Logistic::through(alpha, number("consensus_low")?, number("consensus_high")?);
            json!({"a": curve.slope.to_f64(), "b": curve.intercept.to_f64()})
        }
        "liquid_alpha_values" => {
            let curve = Logistic { slope: number("a")?, intercept: number("b")? };
            json!({"alpha": floats(numbers("consensus")?.into_iter().map(|c| curve.at(c)))})
        }
        "clamp_alpha" => {
            let (low, high) = (number("low")?, number("high")?);
            json!({"alpha": floats(numbers("alpha")?.into_iter().map(|a| clamp(a, low, high)))})
        }
        "alpha_sigmoid" => {
            let steepness =
                i16::try_from(u64_of(of("steepness")?)?).map_err(|_| failed("steepness beyond 16 bits"))?;
            let alpha = SigmoidAlpha::new(number("alpha_low")?, number("alpha_high")?, steepness);
            let alpha = alpha.map_err(|error| failed(error.to_string()))?;
            json!({"alpha": alpha.at(number("consensus")?, number("weight")?, number("bond")?).to_f64()})
        }
        "sigmoid_safe" => {
            let (rho, kappa) = (number("rho")?, number("kappa")?);
            json!({"consensus": floats(numbers("trust")?.into_iter().map(|t| sigmoid_safe(t, rho, kappa)))})
        }
        "interpolate" => {
            let ratio = number("ratio")?;
            json!({"result": cells(&matrix("mat1")?, &matrix("mat2")?, |a, b, _| penalised(a, b, ratio))?})
        }
        "ema_bonds_per_column_alpha" => {
            let alphas = numbers("alpha")?;
            let alpha = |column: u16| alphas.get(usize::from(column)).copied().unwrap_or_default();
            json!({"ema": averages(inputs, alpha, |new, old, Scratch { rows, out, columns }| {
                push_average(new, old, columns, &mut rows.0, out);
            })?})
        }
        "mat_ema" => {
            let alpha = number("alpha")?;
            json!({"ema": averages(inputs, |_| alpha, |new, old, Scratch { rows, out, columns }| {
                push_average(new, old, columns, &mut rows.0, out);
            })?})
        }
        "mat_ema_alpha" => {
            let alpha = number("alpha")?;
            json!({"ema": cells(&matrix("new")?, &matrix("old")?, |new, old, _| blend_capped(new, old, alpha))?})
        }
        "mat_ema_alpha_sparse" => {
            let alpha = number("alpha")?;
            json!({"ema": averages(inputs, |_| alpha, |new, old, Scratch { rows, out, columns }| {
                push_liquid_average(new, old, |_, _, _| alpha, rows, columns, out);
            })?})
        }
        op => return Err(Outcome::Unsupported(format!("operation `{op}`"))),
    })
}

/// A number as an `f64` literal becomes fixed point.
fn fixed(value: &Value) -> Result<I32F32, Failure> {
    Ok(I32F32::from_f64(f64_of(value)?))
}

/// A number as an `f32` literal becomes fixed point.
fn single(value: &Value) -> Result<I32F32, Failure> {
    Ok(I32F32::from_f64(f64::from(f64_of(value)? as f32)))
}

fn floats(values: impl Iterator<Item = I32F32>) -> Vec<f64> {
    values.map(I32F32::to_f64).collect()
}

/// The minority is what the case says: one less the majority, or the stake less the majority.
fn one_median(inputs: &Value) -> Result<I32F32, Failure> {
    let stake = list(field(inputs, "stake")?, single)?;
    let score = list(field(inputs, "score")?, single)?;
    if stake.len() != score.len() {
        return Err(failed("not one score for each stake"));
    }
    let majority = single(field(inputs, "majority")?)?;
    let stake = if inputs["normalize_stake"] == json!(true) {
        let sum = stake.iter().fold(I32F32::ZERO, |sum, &s| sum.saturating_add(s));
        if sum == I32F32::ZERO { stake } else { stake.iter().map(|s| s.safe_div(sum)).collect() }
    } else {
        stake
    };
    match inputs["minority"].as_str() {
        Some("1 - majority") => Ok(weighted_median(&stake, &score, I32F32::ONE.saturating_sub(majority))),
        other => Err(Outcome::Unsupported(format!("minority {other:?}"))),
    }
}

fn column_medians(inputs: &Value) -> Result<Vec<f64>, Failure> {
    let stake = list(field(inputs, "stake")?, single)?;
    let score = list(field(inputs, "score")?, |row| list(row, single))?;
    let columns = score.first().map_or(0, Vec::len);
    if stake.len() != score.len() {
        return Err(failed("not one row of scores for each stake"));
    }
    let majority = single(field(inputs, "majority")?)?;
    let mut medians = Vec::new();
    by_column(&stake, &sparse(&score)?, majority, columns, &mut MedianScratch::default(), &mut medians);
    Ok(floats(medians.into_iter()))
}

fn sparse(matrix: &[Vec<I32F32>]) -> Result<Rows, Failure> {
    let columns = matrix.first().map_or(0, Vec::len);
    let mut rows = Rows::default();
    for row in matrix {
        if row.len() != columns {
            return Err(failed("rows of different lengths"));
        }
        for (column, &value) in (0..).zip(row) {
            if value != I32F32::ZERO {
                rows.push(column, value);
            }
        }
        rows.end_row();
    }
    Ok(rows)
}

/// What the averages of bonds work in.
#[derive(Default)]
struct Scratch {
    rows: (DenseRow, DenseRow),
    out: Rows,
    columns: Vec<Weighted>,
}

/// The moving average of `new` and `old`, row by row, with a weight of what is new by column.
fn averages(
    inputs: &Value,
    alpha: impl Fn(u16) -> I32F32,
    mut push: impl FnMut(Entries<'_>, Entries<'_>, &mut Scratch),
) -> Result<Vec<Vec<f64>>, Failure> {
    let matrix = |name: &str| list(field(inputs, name)?, |row| list(row, fixed));
    let (new, old) = (matrix("new")?, matrix("old")?);
    let columns = new.first().map_or(0, Vec::len);
    if new.len() != old.len() || old.first().map_or(0, Vec::len) != columns {
        return Err(failed("matrices of different shapes"));
    }
    let (new, old) = (sparse(&new)?, sparse(&old)?);
    let mut scratch = Scratch::default();
    scratch.rows.0.resize(columns);
    scratch.rows.1.resize(columns);
    scratch.columns.extend((0..columns).map(|column| Weighted(alpha(column as u16))));
    for at in 0..new.rows() {
        push(new.row(at), old.row(at), &mut scratch);
    }
    Ok(dense(&scratch.out, columns))
}

/// A column that is averaged with a weight of what is new.
struct Weighted(I32F32);

impl Column for Weighted {
    fn fresh(&self, new: I32F32) -> I32F32 {
        self.0.mul_small(new)
    }

    fn kept(&self, old: I32F32) -> I32F32 {
        I32F32::ONE.saturating_sub(self.0).mul_small(old)
    }

    fn count(&mut self, _: I32F32) {}
}

fn dense(rows: &Rows, columns: usize) -> Vec<Vec<f64>> {
    let mut matrix = vec![vec![0.0; columns]; rows.rows()];
    for (at, out) in matrix.iter_mut().enumerate() {
        rows.row(at).for_each(|(column, value)| out[usize::from(column)] = value.to_f64());
    }
    matrix
}

fn cells(
    a: &[Vec<I32F32>],
    b: &[Vec<I32F32>],
    cell: impl Fn(I32F32, I32F32, usize) -> I32F32,
) -> Result<Vec<Vec<f64>>, Failure> {
    if a.len() != b.len() || a.iter().zip(b).any(|(a, b)| a.len() != b.len()) {
        return Err(failed("matrices of different shapes"));
    }
    let row = |(a, b): (&Vec<_>, &Vec<_>)| {
        a.iter().zip(b).enumerate().map(|(at, (&a, &b))| cell(a, b, at).to_f64()).collect()
    };
    Ok(a.iter().zip(b).map(row).collect())
}
