//! Liquid alpha: how fast bonds follow weights, by how well a neuron's or a validator's view is shared.
//!
//! Exponentials and logarithms are the chain's own series (see [`super::series`]), so nothing here is
//! approximate; the chain's vectors, made with floats, are met within the tolerance that they state.

use serde::{Deserialize, Serialize};

use super::fixed::I32F32;
use super::series::{exp, exp_safe, ln_or_zero};

/// Why bounds of liquid alpha make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LiquidAlphaError {
    /// The bounds are not in order or not from zero to one.
    #[error("liquid alpha needs 0 <= low <= high <= 1")]
    Bounds,
}

/// How a file writes [`LogisticAlpha`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLogistic {
    low: f64,
    high: f64,
}

/// How a file writes [`SigmoidAlpha`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSigmoid {
    low: f64,
    high: f64,
    /// A hundred times the slope.
    steepness: i16,
}

impl TryFrom<WrittenLogistic> for LogisticAlpha {
    type Error = LiquidAlphaError;
    fn try_from(written: WrittenLogistic) -> Result<Self, LiquidAlphaError> {
        let (low, high) = bounds(written.low, written.high)?;
        Self::new(low, high)
    }
}

impl From<LogisticAlpha> for WrittenLogistic {
    fn from(alpha: LogisticAlpha) -> Self {
        Self { low: alpha.low.to_f64(), high: alpha.high.to_f64() }
    }
}

impl TryFrom<WrittenSigmoid> for SigmoidAlpha {
    type Error = LiquidAlphaError;
    fn try_from(written: WrittenSigmoid) -> Result<Self, LiquidAlphaError> {
        let (low, high) = bounds(written.low, written.high)?;
        Self::new(low, high, written.steepness)
    }
}

impl From<SigmoidAlpha> for WrittenSigmoid {
    fn from(alpha: SigmoidAlpha) -> Self {
        let steepness = (alpha.factor.to_f64() * -100.0).round() as i16;
        Self { low: alpha.low.to_f64(), high: alpha.high.to_f64(), steepness }
    }
}

/// Bounds as a file writes them; what is not a number rounds to zero, so they are checked before they are rounded.
fn bounds(low: f64, high: f64) -> Result<(I32F32, I32F32), LiquidAlphaError> {
    if 0.0 <= low && low <= high && high <= 1.0 {
        Ok((I32F32::from_f64(low), I32F32::from_f64(high)))
    } else {
        Err(LiquidAlphaError::Bounds)
    }
}

const fn ordered(low: I32F32, high: I32F32) -> Result<(I32F32, I32F32), LiquidAlphaError> {
    if 0 <= low.bits() && low.bits() <= high.bits() && high.bits() <= I32F32::ONE.bits() {
        Ok((low, high))
    } else {
        Err(LiquidAlphaError::Bounds)
    }
}

/// Liquid alpha of the launch: one weight for each neuron, by its consensus.
///
/// ```text
/// alpha_j = 1 / (1 + e^(b - a C_j)), between low and high
/// ```
///
/// The curve is laid through `low` at the lower quartile of consensus and `high` at the upper one.
/// `subtensor:pallets/subtensor/src/epoch/run_epoch.rs::compute_ema_bonds_sparse @ f95810a25`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenLogistic", into = "WrittenLogistic")]
pub struct LogisticAlpha {
    low: I32F32,
    high: I32F32,
}

impl LogisticAlpha {
    /// The least and the largest weight of new bonds.
    ///
    /// # Errors
    /// If they are not in order, or not from zero to one.
    pub const fn new(low: I32F32, high: I32F32) -> Result<Self, LiquidAlphaError> {
        match ordered(low, high) {
            Ok((low, high)) => Ok(Self { low, high }),
            Err(error) => Err(error),
        }
    }

    /// The weight of new bonds by neuron; false if consensus says too little and the plain average holds.
    pub(super) fn by_neuron(&self, consensus: &[I32F32], alphas: &mut Vec<I32F32>) -> bool {
        if consensus.iter().all(|&c| c == I32F32::ZERO) {
            return false;
        }
        let (lower, upper) = (quantile(consensus, 0.25), quantile(consensus, 0.75));
        if upper <= lower && upper == I32F32::ZERO {
            return false;
        }
        let curve = Logistic::through(*self, lower, upper);
        alphas.clear();
        alphas.extend(consensus.iter().map(|&c| clamp(curve.at(c), self.low, self.high)));
        true
    }
}

/// A logistic curve of consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Logistic {
    pub(crate) slope: I32F32,
    pub(crate) intercept: I32F32,
}

impl Logistic {
    /// The curve that is `low` at `lower` and `high` at `upper`; flat at one half where there is none.
    ///
    /// `subtensor:pallets/subtensor/src/epoch/run_epoch.rs::calculate_logistic_params @ f95810a25`
    pub(crate) fn through(alpha: LogisticAlpha, lower: I32F32, upper: I32F32) -> Self {
        if upper <= lower || alpha.low == I32F32::ZERO || alpha.high == I32F32::ZERO {
            return Self { slope: I32F32::ZERO, intercept: I32F32::ZERO };
        }
        let odds = |a: I32F32| ln_or_zero(I32F32::ONE.safe_div(a).saturating_sub(I32F32::ONE));
        let slope = odds(alpha.high).saturating_sub(odds(alpha.low)).safe_div(lower.saturating_sub(upper));
        Self { slope, intercept: odds(alpha.low).saturating_add(slope.mul(lower)) }
    }

    /// The curve's value; an exponent out of range counts as zero, which makes it one.
    ///
    /// `subtensor:pallets/subtensor/src/epoch/run_epoch.rs::compute_alpha_values @ f95810a25`
    pub(crate) fn at(self, consensus: I32F32) -> I32F32 {
        let exponent = self.intercept.saturating_sub(self.slope.mul(consensus));
        let power = exp(exponent).unwrap_or(I32F32::ZERO);
        I32F32::ONE.safe_div(I32F32::ONE.saturating_add(power))
    }
}

/// The value, or the bound that it is beyond.
///
/// `subtensor:pallets/subtensor/src/epoch/run_epoch.rs::clamp_alpha_values @ f95810a25`
pub(crate) fn clamp(value: I32F32, low: I32F32, high: I32F32) -> I32F32 {
    value.min(high).max(low)
}

/// The quantile `q` (0 to 1) of values, interpolated between neighbours; zero of no values.
///
/// `subtensor:pallets/subtensor/src/epoch/math.rs::quantile @ f95810a25`
pub(crate) fn quantile(values: &[I32F32], q: f64) -> I32F32 {
    let Some(last) = values.len().checked_sub(1) else { return I32F32::ZERO };
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let position = q * last as f64;
    let (below, above) = (position.floor(), position.ceil());
    let low = sorted[below as usize];
    let high = sorted[(above as usize).min(last)];
    low.saturating_add(high.saturating_sub(low).mul(I32F32::from_f64(position - below)))
}

/// Liquid alpha of Yuma 3: one weight for each bond, by how far it is ahead of or behind the weight.
///
/// ```text
/// d     = W - C where a bond is bought (W >= B), B - W where it is sold, between 0 and 1
/// alpha = low + (high - low) / (1 + e^(-steepness/100 (d - 1/2)))
/// ```
///
/// `subtensor:pallets/subtensor/src/epoch/run_epoch.rs::alpha_sigmoid @ 14bc6f9f9`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenSigmoid", into = "WrittenSigmoid")]
pub struct SigmoidAlpha {
    low: I32F32,
    high: I32F32,
    /// The exponent's factor, with its sign.
    factor: I32F32,
}

impl SigmoidAlpha {
    /// The least and the largest weight of new bonds, and a hundred times the curve's slope.
    ///
    /// # Errors
    /// If the bounds are not in order, or not from zero to one.
    pub const fn new(low: I32F32, high: I32F32, steepness: i16) -> Result<Self, LiquidAlphaError> {
        let factor = I32F32::from_int(steepness as i32).safe_div(I32F32::from_int(-100));
        match ordered(low, high) {
            Ok((low, high)) => Ok(Self { low, high, factor }),
            Err(error) => Err(error),
        }
    }

    /// The weight of the new bond.
    pub(crate) fn at(&self, consensus: I32F32, weight: I32F32, bond: I32F32) -> I32F32 {
        self.curve(ahead(consensus, weight, bond))
    }

    /// What [`Self::at`] gives, with the commonest answer at hand.
    pub(super) fn prepared(&self) -> impl Fn(I32F32, I32F32, I32F32) -> I32F32 {
        let level = self.curve(I32F32::ZERO);
        move |consensus, weight, bond| match ahead(consensus, weight, bond) {
            I32F32::ZERO => level,
            ahead => self.curve(ahead),
        }
    }

    fn curve(&self, ahead: I32F32) -> I32F32 {
        let exponent = self.factor.mul(ahead.saturating_sub(I32F32::from_bits(1 << 31)));
        let part = I32F32::ONE.safe_div(I32F32::ONE.saturating_add(exp_safe(exponent)));
        clamp(self.low.saturating_add(part.mul(self.high.saturating_sub(self.low))), self.low, self.high)
    }
}

/// How far a bond that is bought is ahead of consensus, or one that is sold ahead of the weight, 0 to 1. Most
/// bonds that are bought, at weights clipped to consensus, are not.
fn ahead(consensus: I32F32, weight: I32F32, bond: I32F32) -> I32F32 {
    let ahead = if weight >= bond { weight.saturating_sub(consensus) } else { bond.saturating_sub(weight) };
    clamp(ahead, I32F32::ZERO, I32F32::ONE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fraction(value: f64) -> I32F32 {
        I32F32::from_f64(value)
    }

    #[test]
    fn bounds_out_of_order_are_refused() {
        assert_eq!(LogisticAlpha::new(fraction(0.9), fraction(0.7)), Err(LiquidAlphaError::Bounds));
        assert_eq!(SigmoidAlpha::new(fraction(-0.1), fraction(0.7), 1000), Err(LiquidAlphaError::Bounds));
    }

    #[test]
    fn liquid_alpha_is_written_as_it_is_read() {
        let steep = SigmoidAlpha::new(fraction(0.25), fraction(0.75), 1000).unwrap();
        let written = serde_json::to_value(steep).unwrap();
        assert_eq!(written, serde_json::json!({"low": 0.25, "high": 0.75, "steepness": 1000}));
        assert_eq!(serde_json::from_value::<SigmoidAlpha>(written).unwrap(), steep);
        let falling = SigmoidAlpha::new(fraction(0.25), fraction(0.75), -37).unwrap();
        let written = serde_json::to_value(falling).unwrap();
        assert_eq!(written["steepness"], -37);
        assert_eq!(serde_json::from_value::<SigmoidAlpha>(written).unwrap(), falling);
        let logistic = LogisticAlpha::new(fraction(0.25), fraction(0.75)).unwrap();
        let written = serde_json::to_value(logistic).unwrap();
        assert_eq!(written, serde_json::json!({"low": 0.25, "high": 0.75}));
        assert_eq!(serde_json::from_value::<LogisticAlpha>(written).unwrap(), logistic);
    }

    #[test]
    fn the_launch_curve_meets_its_bounds_at_the_quartiles() {
        let alpha = LogisticAlpha::new(fraction(0.7), fraction(0.9)).unwrap();
        let curve = Logistic::through(alpha, fraction(0.2), fraction(0.8));
        assert!((curve.at(fraction(0.2)).to_f64() - 0.7).abs() < 1e-6);
        assert!((curve.at(fraction(0.8)).to_f64() - 0.9).abs() < 1e-6);
    }

    #[test]
    fn a_hopeless_consensus_leaves_the_plain_average() {
        let alpha = LogisticAlpha::new(fraction(0.7), fraction(0.9)).unwrap();
        assert!(!alpha.by_neuron(&[I32F32::ZERO; 4], &mut Vec::new()));
        // One neuron of eight has consensus: both quartiles are zero.
        let mut consensus = [I32F32::ZERO; 8];
        consensus[3] = I32F32::ONE;
        assert!(!alpha.by_neuron(&consensus, &mut Vec::new()));
    }

    #[test]
    fn a_bond_follows_fast_where_it_is_bought_against_consensus_or_sold() {
        let alpha = SigmoidAlpha::new(fraction(0.1), fraction(0.3), 1000).unwrap();
        let at = |consensus: i32, weight, bond| {
            alpha.at(I32F32::from_int(consensus), I32F32::from_int(weight), I32F32::from_int(bond)).to_f64()
        };
        assert!(at(0, 1, 0) > 0.298, "bought alone");
        assert!(at(1, 1, 0) < 0.102, "bought with all others");
        assert!(at(1, 0, 1) > 0.298, "sold");
    }

    proptest! {
        #[test]
        fn a_weight_further_ahead_of_consensus_is_followed_faster(
            consensus in 0..=1i64 << 32, weight in 0..=1i64 << 32, more in 0..1i64 << 31,
        ) {
            let alpha = SigmoidAlpha::new(fraction(0.1), fraction(0.3), 1000).unwrap();
            let at = |weight| alpha.at(I32F32::from_bits(consensus), I32F32::from_bits(weight), I32F32::ZERO);
            // The series' last bits are not monotone; a few of them are let pass.
            prop_assert!(at(weight + more).bits() + 8 >= at(weight).bits());
            prop_assert!((alpha.low..=alpha.high).contains(&at(weight)));
        }
    }
}
