//! Approximate Bayesian computation: rejection, and its correction by a local regression.
//!
//! The runs whose facts are nearest to the observed ones are a sample of the posterior, too wide by what "nearest" allows.
//! A plane through them, weighted by nearness, says how a quantity moves with the facts, and every run is moved along it
//! to where the observed facts are.
//!
//! ```text
//! d_i = |(x_i - y) / s|                      over the facts, s their spread over all runs
//! w_i = 1 - (d_i / h)^2                      h the distance of the farthest run that is kept
//! z*_i = a + (z_i - a - b (x_i - y)) sqrt((1 + v) / (1 - h_i))
//! ```
//! with z the logit of a quantity's rank among all runs, a + b (x - y) the plane, v its variance at y over that of a distance from
//! it, and `h_i` a run's leverage: both are small where many runs are kept, and then `z*_i` is nearly `z_i - b (x_i - y)`.
//!
//! Ranks keep a quantity within what its prior allows, and one with heavy tails from deciding the plane.
//!
//! Source: Beaumont, Zhang, Balding 2002, doi:10.1093/genetics/162.4.2025; Beaumont 2010,
//! doi:10.1146/annurev-ecolsys-102209-144621.

use dtao_statistics::quantile;

use crate::linear::Regression;

/// Facts of runs, each divided by its spread, so that distances can be measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts {
    /// By run, then by fact; of runs that have them all.
    pub rows: Vec<Vec<f64>>,
}

/// The runs that are nearest to a point.
#[derive(Clone, Debug)]
pub(crate) struct Near {
    /// Their numbers, nearest first.
    pub rows: Vec<usize>,
    /// How much each counts; above 0.
    pub weights: Vec<f64>,
    /// Where their facts lie, seen from the point.
    from: Vec<Vec<f64>>,
    regression: Regression,
}

impl Near {
    /// The nearest runs, so many of them; none of those that are `without`.
    pub fn new(facts: &Facts, point: &[f64], keep: usize, without: impl Fn(usize) -> bool) -> Self {
        let mut all: Vec<(f64, usize)> = facts
            .rows
            .iter()
            .enumerate()
            .filter(|&(row, _)| !without(row))
            .map(|(row, facts)| (facts.iter().zip(point).map(|(x, y)| (x - y) * (x - y)).sum(), row))
            .collect();
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        // The farthest that is kept has weight 0.
        let width = all.get(keep).or(all.last()).map_or(0.0, |&(distance, _)| distance);
        all.truncate(keep);
        // Where all are as far as that, they count the same.
        let nearer = all.first().is_some_and(|&(distance, _)| distance < width);
        let weight = |distance: f64| if nearer { 1.0 - distance / width } else { 1.0 };
        all.retain(|&(distance, _)| weight(distance) > 0.0);
        Self::of(facts, point, all.into_iter().map(|(distance, row)| (row, weight(distance))).unzip())
    }

    fn of(facts: &Facts, point: &[f64], (rows, weights): (Vec<usize>, Vec<f64>)) -> Self {
        let seen = |&row: &usize| facts.rows[row].iter().zip(point).map(|(x, y)| x - y).collect();
        let from: Vec<Vec<f64>> = rows.iter().map(seen).collect();
        let regression = Regression::new(&from, &weights);
        Self { rows, weights, from, regression }
    }

    /// The same with other weights; what then has none is left out.
    pub fn weighed(&self, weight: impl Fn(usize, f64) -> f64) -> Self {
        let (mut rows, mut weights, mut from) = (Vec::new(), Vec::new(), Vec::new());
        for ((&row, &old), seen) in self.rows.iter().zip(&self.weights).zip(&self.from) {
            let new = weight(row, old);
            if new > 0.0 {
                rows.push(row);
                weights.push(new);
                from.push(seen.clone());
            }
        }
        let regression = Regression::new(&from, &weights);
        Self { rows, weights, from, regression }
    }

    /// The value of a target at the point, by the plane through it: one value for each of the runs.
    pub fn at_point(&self, target: &[f64]) -> f64 {
        self.regression.plane(target).at_zero
    }

    /// A target's values moved to the point along the plane.
    ///
    /// A plane through few points lies nearer to them than the right one does, and is itself not sure: distances from it are
    /// widened by both, as those of a new point would be. With many runs this is nothing.
    pub fn moved(&self, target: &[f64]) -> Vec<f64> {
        /// What is left of a run that the plane goes through.
        const LEAST: f64 = 1e-6;
        let plane = self.regression.plane(target);
        let unsure = 1.0 + self.regression.variance_at_zero();
        let leverages = self.regression.leverages();
        let moved = |((value, from), leverage): ((&f64, &Vec<f64>), f64)| {
            let distance = value - plane.at_zero - plane.above(from);
            plane.at_zero + distance * (unsure / (1.0 - leverage).max(LEAST)).sqrt()
        };
        target.iter().zip(&self.from).zip(leverages).map(moved).collect()
    }

    /// How many runs would make the value at the point as sure as it is, if it were their mean: no more than the runs of equal weight that
    /// say as much, and fewer where the plane has to reach the point.
    pub fn runs_at_point(&self) -> f64 {
        self.effective().min(1.0 / self.regression.variance_at_zero())
    }

    /// How many runs of equal weight would say as much.
    fn effective(&self) -> f64 {
        let (sum, squares) = self.weights.iter().fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    }
}

/// A quantity over all runs of a model: its prior, and where each run lies in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prior {
    sorted: Vec<f64>,
    /// By run: the part of all runs below it, between 0 and 1; nothing where the run has no value.
    parts: Vec<Option<f64>>,
    /// The spread of all runs' parts.
    sd: f64,
}

impl Prior {
    pub fn new(values: &[Option<f64>]) -> Self {
        let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let part = |value: f64| {
            let below = sorted.partition_point(|&other| other < value) as f64;
            let up_to = sorted.partition_point(|&other| other <= value) as f64;
            0.5 * (below + up_to) / n
        };
        let parts: Vec<Option<f64>> = values.iter().map(|value| value.map(part)).collect();
        let all: Vec<f64> = parts.iter().flatten().copied().collect();
        let weights = vec![1.0; all.len()];
        let sd = Posterior::new(all, weights).sd();
        Self { sorted, parts, sd }
    }

    /// The same, of some runs: their numbers are those in the list.
    pub fn of_rows(&self, rows: &[usize]) -> Self {
        let parts = rows.iter().map(|&row| self.parts[row]).collect();
        Self { sorted: self.sorted.clone(), parts, sd: self.sd }
    }

    /// All values, in rising order.
    pub fn values(&self) -> &[f64] {
        &self.sorted
    }

    /// Whether it takes more than one value.
    pub fn varies(&self) -> bool {
        self.sorted.first() != self.sorted.last()
    }

    /// Where a run lies in it.
    pub fn part(&self, row: usize) -> Option<f64> {
        self.parts[row]
    }

    /// The value below which a part of the runs lies.
    pub fn value(&self, part: f64) -> f64 {
        let last = (self.sorted.len() - 1) as f64;
        quantile(&self.sorted, (part * (last + 1.0) - 0.5) / last.max(1.0))
    }

    /// The spread of the parts of all runs, also where some are left out: that of the uniform distribution, or less where many runs have
    /// one value.
    pub fn sd(&self) -> f64 {
        self.sd
    }
}

/// A weighted sample of a quantity, as parts of its prior.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Posterior {
    /// Parts and weights, in rising order.
    sample: Vec<(f64, f64)>,
}

impl Posterior {
    fn new(parts: Vec<f64>, weights: Vec<f64>) -> Self {
        let mut sample: Vec<(f64, f64)> = parts.into_iter().zip(weights).collect();
        sample.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Self { sample }
    }

    /// What the nearest runs say without correction: every run that is kept counts the same.
    pub fn by_rejection(prior: &Prior, near: &Near) -> Self {
        let parts: Vec<f64> = near.rows.iter().filter_map(|&row| prior.part(row)).collect();
        let weights = vec![1.0; parts.len()];
        Self::new(parts, weights)
    }

    /// What they say after the correction.
    pub fn by_regression(prior: &Prior, near: &Near) -> Self {
        let all = near.rows.iter().all(|&row| prior.part(row).is_some());
        let own;
        let near = if all {
            near
        } else {
            own = near.weighed(|row, weight| if prior.part(row).is_some() { weight } else { 0.0 });
            &own
        };
        let scores: Vec<f64> = near.rows.iter().filter_map(|&row| prior.part(row)).map(logit).collect();
        let moved = near.moved(&scores).into_iter().map(logistic).collect();
        Self::new(moved, near.weights.clone())
    }

    /// How many runs it is from.
    pub fn len(&self) -> usize {
        self.sample.len()
    }

    fn total(&self) -> f64 {
        self.sample.iter().map(|(_, weight)| weight).sum()
    }

    /// The part of the prior below which a part of the sample's weight lies, linear between runs.
    pub fn quantile(&self, part: f64) -> f64 {
        let total = self.total();
        let mut before: Option<(f64, f64)> = None;
        let mut sum = 0.0;
        for &(value, weight) in &self.sample {
            let middle = (sum + 0.5 * weight) / total;
            if middle >= part {
                return match before {
                    Some((low, at)) if middle > at => low + (value - low) * (part - at) / (middle - at),
                    _ => value,
                };
            }
            before = Some((value, middle));
            sum += weight;
        }
        before.map_or(f64::NAN, |(value, _)| value)
    }

    /// The sample's weight below a part of the prior, half of what is equal to it counted: from 0 to 1.
    pub fn below(&self, part: f64) -> f64 {
        let of = |&(value, weight): &(f64, f64)| {
            if value < part {
                weight
            } else if value > part {
                0.0
            } else {
                0.5 * weight
            }
        };
        self.sample.iter().map(of).sum::<f64>() / self.total()
    }

    /// The mean of a quantity whose prior this is part of.
    pub fn mean(&self, prior: &Prior) -> f64 {
        self.sample.iter().map(|&(part, weight)| weight * prior.value(part)).sum::<f64>() / self.total()
    }

    /// The standard deviation, on the scale of parts.
    pub fn sd(&self) -> f64 {
        let total = self.total();
        let mean = self.sample.iter().map(|&(part, weight)| weight * part).sum::<f64>() / total;
        let square = |&(part, weight): &(f64, f64)| weight * (part - mean) * (part - mean);
        (self.sample.iter().map(square).sum::<f64>() / total).sqrt()
    }
}

fn logit(part: f64) -> f64 {
    libm::log(part / (1.0 - part))
}

fn logistic(score: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-score))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_are_kept_and_weigh_by_their_distance() {
        let facts = Facts { rows: [0.0, 3.0, 1.0, -2.0, 9.0].map(|x| vec![x]).to_vec() };
        let near = Near::new(&facts, &[0.0], 3, |_| false);
        assert_eq!(near.rows, [0, 2, 3]);
        // The fourth nearest is at 3.
        let known = [1.0, 1.0 - 1.0 / 9.0, 1.0 - 4.0 / 9.0];
        assert!(near.weights.iter().zip(known).all(|(w, k)| (w - k).abs() < 1e-15), "{:?}", near.weights);
        assert_eq!(Near::new(&facts, &[0.0], 3, |row| row == 0).rows, [2, 3, 1]);
    }

    #[test]
    fn runs_that_are_all_at_the_point_weigh_the_same() {
        let facts = Facts { rows: vec![vec![1.0]; 4] };
        let near = Near::new(&facts, &[1.0], 2, |_| false);
        assert_eq!((near.rows.len(), near.weights), (2, vec![1.0, 1.0]));
        // And so do those that are all as far from it.
        let near = Near::new(&facts, &[3.0], 2, |_| false);
        assert_eq!((near.rows.len(), near.weights), (2, vec![1.0, 1.0]));
    }

    #[test]
    fn parts_of_a_prior_are_between_0_and_1_and_lead_back_to_its_values() {
        let values: Vec<Option<f64>> = [5.0, -1e9, 7.0, 6.0].map(Some).to_vec();
        let prior = Prior::new(&values);
        assert_eq!(
            (0..4).map(|row| prior.part(row)).collect::<Vec<_>>(),
            [0.375, 0.125, 0.875, 0.625].map(Some)
        );
        for (row, value) in values.iter().enumerate() {
            let part = prior.part(row).expect("it has a value");
            assert!((prior.value(part) - value.expect("it has one")).abs() < 1e-6, "{row}");
        }
        assert_eq!((prior.value(0.0), prior.value(1.0)), (-1e9, 7.0), "never beyond the prior");
        let ties = Prior::new(&[Some(0.0), Some(0.0), Some(1.0), None]);
        assert_eq!((0..4).map(|row| ties.part(row)).collect::<Vec<_>>()[..2], [Some(1.0 / 3.0); 2]);
        assert_eq!(ties.part(3), None);
        assert!(!Prior::new(&[Some(2.0), None, Some(2.0)]).varies());
    }

    #[test]
    fn the_spread_of_a_prior_is_that_of_all_runs_also_where_few_are_left() {
        let prior = Prior::new(&(0..100).map(|i| Some(f64::from(i))).collect::<Vec<_>>());
        let few = prior.of_rows(&[49, 50, 51]);
        assert_eq!(few.sd(), prior.sd());
        assert!((prior.sd() - 1.0 / 12_f64.sqrt()).abs() < 1e-3, "{}", prior.sd());
    }

    #[test]
    fn a_weighted_sample_has_the_quantiles_of_its_runs() {
        let sample = Posterior::new(vec![0.3, 0.1, 0.2], vec![1.0, 1.0, 2.0]);
        // Middles: 1/8, 1/2, 7/8.
        assert!((sample.quantile(0.5) - 0.2).abs() < 1e-15);
        assert!((sample.quantile(0.3125) - 0.15).abs() < 1e-15);
        assert_eq!((sample.quantile(0.0), sample.quantile(1.0)), (0.1, 0.3));
        assert_eq!(sample.below(0.2), 0.5);
        assert!((sample.sd() - 0.005_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn the_correction_takes_out_what_the_facts_explain() {
        // The logit of the rank is the fact itself: moved to the point, all runs agree.
        let n = 401;
        let values: Vec<Option<f64>> = (0..n).map(|i| Some(f64::from(i))).collect();
        let prior = Prior::new(&values);
        let rows = (0..n as usize).map(|row| vec![logit(prior.part(row).expect("a value"))]).collect();
        let near = Near::new(&Facts { rows }, &[logit(prior.part(100).expect("a value"))], 100, |_| false);
        let posterior = Posterior::by_regression(&prior, &near);
        for part in [0.05, 0.5, 0.95] {
            assert!((prior.value(posterior.quantile(part)) - 100.0).abs() < 1e-6, "{part}");
        }
        assert!(Posterior::by_rejection(&prior, &near).sd() > 0.05, "without it they do not");
    }
}
