//! Kinds `math` and `weighted_median`: the epoch's own steps, one at a time.
//!
//! The chain's tests write some inputs as `f64`, others as `f32`, and a file does not say which: a number takes
//! either path to fixed point here.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::Outcome;
use super::reading::{
    CASE, EVERY_PROTOCOL, Failure, expect_fields, f64_of, failed, field, list, of_protocol, only, outcome,
    u16_of, u64_of,
};
use crate::yuma::matrix::{DenseRow, Entries, Rows};
use crate::yuma::{
    Column, Fraction, I32F32, Logistic, LogisticAlpha, MedianScratch, Permit, SigmoidAlpha, blend_capped,
    by_column, clamp, max_upscale, max_upscale_fixed, penalised, push_average, push_liquid_average, quantile,
    sigmoid_safe, top_k, weighted_median, within_limit,
};

pub(super) fn run(case: &Value) -> Outcome {
    // A case of the chain's tests does not say which float its literals are: it passes if one of both does.
    let by_double = run_reading(case, |value| f64_of(value).map(I32F32::from_f64));
    if by_double == Outcome::Passed || case["provenance"] != "test" {
        return by_double;
    }
    let by_single = run_reading(case, |value| Ok(I32F32::from_f64(f64::from(f64_of(value)? as f32))));
    if by_single == Outcome::Passed { by_single } else { by_double }
}

/// How a number becomes fixed point: by way of which float.
type Reading = fn(&Value) -> Result<I32F32, Failure>;

fn run_reading(case: &Value, number: Reading) -> Outcome {
    outcome(field(case, "inputs").and_then(|inputs| {
        let op = case["op"].as_str().unwrap_or("");
        only(case, &CASE)?;
        of_protocol(case, &EVERY_PROTOCOL)?;
        // A remark in brackets may follow the operation's name.
        let name = op.split(" (").next().unwrap_or(op);
        let inputs = Inputs { fields: inputs, number, read: RefCell::default() };
        let found = compute(name, &inputs)?;
        only(inputs.fields, &inputs.read.take())?;
        expect_fields(case, found)
    }))
}

/// What a case gives, each number by one reading.
struct Inputs<'a> {
    fields: &'a Value,
    number: Reading,
    /// The names of what was read: no input may be passed over.
    read: RefCell<Vec<&'static str>>,
}

impl<'a> Inputs<'a> {
    fn field(&self, name: &'static str) -> Result<&'a Value, Failure> {
        self.read.borrow_mut().push(name);
        field(self.fields, name)
    }

    fn number(&self, name: &'static str) -> Result<I32F32, Failure> {
        (self.number)(self.field(name)?)
    }

    fn numbers(&self, name: &'static str) -> Result<Vec<I32F32>, Failure> {
        list(self.field(name)?, self.number)
    }

    fn matrix(&self, name: &'static str) -> Result<Vec<Vec<I32F32>>, Failure> {
        list(self.field(name)?, |row| list(row, self.number))
    }

    fn u16s(&self, name: &'static str) -> Result<Vec<u16>, Failure> {
        list(self.field(name)?, u16_of)
    }

    /// The weights of what is new in an average: one for all cells, one for each column, or one for each cell.
    fn alphas(&self) -> Result<Alphas, Failure> {
        match self.field("alpha")? {
            Value::Array(items) if items.first().is_some_and(Value::is_array) => {
                self.matrix("alpha").map(Alphas::ByCell)
            }
            Value::Array(_) => self.numbers("alpha").map(Alphas::ByColumn),
            _ => self.number("alpha").map(Alphas::One),
        }
    }
}

/// Weights of what is new, for a matrix.
enum Alphas {
    One(I32F32),
    ByColumn(Vec<I32F32>),
    ByCell(Vec<Vec<I32F32>>),
}

impl Alphas {
    /// The weights of a row; there may be more than columns, as in the chain's tests, but not fewer.
    fn row(&self, row: usize, columns: usize) -> Result<Vec<I32F32>, Failure> {
        let weights = match self {
            Self::One(alpha) => return Ok(vec![*alpha; columns]),
            Self::ByColumn(alphas) => Some(alphas),
            Self::ByCell(rows) => rows.get(row),
        };
        let weights = weights.and_then(|weights| weights.get(..columns));
        weights.map(<[_]>::to_vec).ok_or_else(|| failed("malformed: fewer alphas than cells"))
    }
}

fn compute(op: &str, inputs: &Inputs<'_>) -> Result<Value, Failure> {
    Ok(match op {
        "weighted_median" => json!({"median": one_median(inputs)?.to_f64()}),
        "weighted_median_col" => json!({"median": column_medians(inputs)?}),
        "is_topk" => {
            let permits = top_k(&inputs.numbers("vector")?, u64_of(inputs.field("k")?)? as usize);
            json!({"mask": permits.iter().map(|&permit| permit == Permit::Granted).collect::<Vec<_>>()})
        }
        "vec_max_upscale_to_u16" => json!({"u16": max_upscale_fixed(&inputs.numbers("vector")?)}),
        "vec_u16_max_upscale_to_u16" => json!({"u16": max_upscale(&inputs.u16s("vector_u16")?)}),
        "check_vec_max_limited" => {
            let limit = Fraction(u16_of(inputs.field("limit_u16")?)?);
            json!({"ok": within_limit(&inputs.u16s("vector_u16")?, limit)})
        }
        "quantile" => {
            json!({"value": quantile(&inputs.numbers("data")?, f64_of(inputs.field("q")?)?).to_f64()})
        }
        "liquid_alpha_logistic_params" => {
            let alpha = LogisticAlpha::new(inputs.number("alpha_low")?, inputs.number("alpha_high")?);
            let alpha = alpha.map_err(|error| failed(error.to_string()))?;
            let curve =
                Logistic::through(alpha, inputs.number("consensus_low")?, inputs.number("consensus_high")?);
            json!({"a": curve.slope.to_f64(), "b": curve.intercept.to_f64()})
        }
        "liquid_alpha_values" => {
            let curve = Logistic { slope: inputs.number("a")?, intercept: inputs.number("b")? };
            json!({"alpha": floats(inputs.numbers("consensus")?.into_iter().map(|c| curve.at(c)))})
        }
        "clamp_alpha" => {
            let (low, high) = (inputs.number("low")?, inputs.number("high")?);
            json!({"alpha": floats(inputs.numbers("alpha")?.into_iter().map(|a| clamp(a, low, high)))})
        }
        "alpha_sigmoid" => {
            let steepness = i16::try_from(u64_of(inputs.field("steepness")?)?)
                .map_err(|_| failed("steepness beyond 16 bits"))?;
            let alpha =
                SigmoidAlpha::new(inputs.number("alpha_low")?, inputs.number("alpha_high")?, steepness);
            let alpha = alpha.map_err(|error| failed(error.to_string()))?;
            json!({"alpha": alpha.at(inputs.number("consensus")?, inputs.number("weight")?, inputs.number("bond")?).to_f64()})
        }
        "sigmoid_safe" => {
            let (rho, kappa) = (inputs.number("rho")?, inputs.number("kappa")?);
            json!({"consensus": floats(inputs.numbers("trust")?.into_iter().map(|t| sigmoid_safe(t, rho, kappa)))})
        }
        "interpolate" => {
            let ratio = inputs.number("ratio")?;
            let (set, clipped) = (inputs.matrix("mat1")?, inputs.matrix("mat2")?);
            json!({"result": cells(&set, &clipped, |_| Ok(Vec::new()), |a, b, _| penalised(a, b, ratio))?})
        }
        "ema_bonds_per_column_alpha" | "mat_ema" => {
            json!({"ema": averages(inputs, |new, old, _, Scratch { rows, out, columns }| {
                push_average(new, old, columns, &mut rows.0, out);
            })?})
        }
        "mat_ema_alpha" => {
            let (new, old, alphas) = (inputs.matrix("new")?, inputs.matrix("old")?, inputs.alphas()?);
            let columns = new.first().map_or(0, Vec::len);
            let weights = |row| alphas.row(row, columns);
            json!({"ema": cells(&new, &old, weights, blend_capped)?})
        }
        "mat_ema_alpha_sparse" => {
            json!({"ema": averages(inputs, |new, old, alphas, Scratch { rows, out, columns }| {
                push_liquid_average(new, old, |at, _, _| alphas[usize::from(at)], rows, columns, out);
            })?})
        }
        op => return Err(Outcome::Unsupported(format!("operation `{op}`"))),
    })
}

fn floats(values: impl Iterator<Item = I32F32>) -> Vec<f64> {
    values.map(I32F32::to_f64).collect()
}

/// The median of one column; the minority is one less the majority.
fn one_median(inputs: &Inputs<'_>) -> Result<I32F32, Failure> {
    let (stake, score) = (inputs.numbers("stake")?, inputs.numbers("score")?);
    if stake.len() != score.len() {
        return Err(failed("not one score for each stake"));
    }
    let majority = inputs.number("majority")?;
    let stake = match inputs.field("normalize_stake") {
        Ok(Value::Bool(true)) => {
            let sum = stake.iter().fold(I32F32::ZERO, |sum, &s| sum.saturating_add(s));
            if sum == I32F32::ZERO { stake } else { stake.iter().map(|s| s.safe_div(sum)).collect() }
        }
        Ok(Value::Bool(false)) | Err(_) => stake,
        Ok(other) => return Err(failed(format!("`normalize_stake` is {other}"))),
    };
    match inputs.field("minority")?.as_str() {
        Some("1 - majority") => Ok(weighted_median(&stake, &score, I32F32::ONE.saturating_sub(majority))),
        other => Err(Outcome::Unsupported(format!("minority {other:?}"))),
    }
}

fn column_medians(inputs: &Inputs<'_>) -> Result<Vec<f64>, Failure> {
    let (stake, score) = (inputs.numbers("stake")?, inputs.matrix("score")?);
    let columns = score.first().map_or(0, Vec::len);
    let score = sparse(&score)?;
    let majority = inputs.number("majority")?;
    if columns == 0 {
        return Ok(Vec::new());
    }
    if stake.len() != score.rows() {
        return Err(failed("not one row of scores for each stake"));
    }
    let mut medians = Vec::new();
    by_column(&stake, &score, majority, columns, &mut MedianScratch::default(), &mut medians);
    Ok(floats(medians.into_iter()))
}

fn sparse(matrix: &[Vec<I32F32>]) -> Result<Rows, Failure> {
    let columns = matrix.first().map_or(0, Vec::len);
    if columns > usize::from(u16::MAX) {
        return Err(failed("more columns than a subnet has neurons"));
    }
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

/// The moving average of `new` and `old`, row by row, with the weights of what is new.
fn averages(
    inputs: &Inputs<'_>,
    mut push: impl FnMut(Entries<'_>, Entries<'_>, &[I32F32], &mut Scratch),
) -> Result<Vec<Vec<f64>>, Failure> {
    let (new, old, alphas) = (inputs.matrix("new")?, inputs.matrix("old")?, inputs.alphas()?);
    let columns = new.first().map_or(0, Vec::len);
    if new.len() != old.len() || old.first().map_or(0, Vec::len) != columns {
        return Err(failed("matrices of different shapes"));
    }
    let (new, old) = (sparse(&new)?, sparse(&old)?);
    let mut scratch = Scratch::default();
    scratch.rows.0.resize(columns);
    scratch.rows.1.resize(columns);
    for at in 0..new.rows() {
        let weights = alphas.row(at, columns)?;
        scratch.columns.clear();
        scratch.columns.extend(weights.iter().map(|&alpha| Weighted(alpha)));
        push(new.row(at), old.row(at), &weights, &mut scratch);
    }
    Ok(dense(&scratch.out, columns))
}

/// A column that is averaged with a weight of what is new.
struct Weighted(I32F32);

impl Column for Weighted {
    fn fresh(&self, new: I32F32) -> I32F32 {
        self.0.mul(new)
    }

    fn kept(&self, old: I32F32) -> I32F32 {
        I32F32::ONE.saturating_sub(self.0).mul(old)
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

/// A matrix computed cell by cell from two others and what `weights` gives for each row.
fn cells(
    a: &[Vec<I32F32>],
    b: &[Vec<I32F32>],
    weights: impl Fn(usize) -> Result<Vec<I32F32>, Failure>,
    cell: impl Fn(I32F32, I32F32, I32F32) -> I32F32,
) -> Result<Vec<Vec<f64>>, Failure> {
    if a.len() != b.len() || a.iter().zip(b).any(|(a, b)| a.len() != b.len()) {
        return Err(failed("matrices of different shapes"));
    }
    if a.is_empty() {
        // The chain's dense functions return one row without columns.
        return Ok(vec![Vec::new()]);
    }
    let row = |(at, (a, b)): (usize, (&Vec<I32F32>, &Vec<I32F32>))| {
        let weights = weights(at)?;
        let weights = weights.into_iter().chain(std::iter::repeat(I32F32::ZERO));
        Ok(a.iter().zip(b).zip(weights).map(|((&a, &b), weight)| cell(a, b, weight).to_f64()).collect())
    };
    a.iter().zip(b).enumerate().map(row).collect()
}
