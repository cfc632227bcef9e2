//! A table made ready for one set of facts: complete runs, with facts on one scale.

use dtao_statistics::{Support, quantile};

use crate::abc::{Facts, Near, Prior};
use crate::table::{Draw, FactSet, Model, Role, Table};

/// A table seen through one set of facts.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub models: Vec<PreparedModel>,
    /// What was recorded, on the scale of the facts.
    pub recorded: Vec<f64>,
}

/// A model's runs that have all facts.
#[derive(Clone, Debug)]
pub(crate) struct PreparedModel {
    pub name: String,
    /// How many draws there are, complete or not.
    pub runs: usize,
    /// The numbers of the complete runs among all.
    pub rows: Vec<usize>,
    /// By complete run, which draw it is of.
    pub draws: Vec<Draw>,
    pub facts: Facts,
    pub quantities: Vec<PreparedQuantity>,
}

/// A quantity over a model's complete runs.
#[derive(Clone, Debug)]
pub(crate) struct PreparedQuantity {
    pub role: Role,
    pub name: String,
    pub support: Support,
    /// By complete run.
    pub values: Vec<Option<f64>>,
    /// Over all runs, with the parts of the complete ones.
    pub prior: Prior,
}

impl Prepared {
    /// Nothing varies but what is left out: quantities that have one value in a model.
    pub fn new(table: &Table, set: &FactSet) -> Self {
        let complete: Vec<(Vec<usize>, Vec<Vec<f64>>)> =
            table.models.iter().map(|model| complete(model, set)).collect();
        let spreads: Vec<f64> = (0..set.facts.len())
            .map(|fact| spread(complete.iter().flat_map(|(_, rows)| rows.iter().map(move |row| row[fact]))))
            .collect();
        let scaled = |row: &[f64]| row.iter().zip(&spreads).map(|(x, s)| x / s).collect::<Vec<f64>>();
        let recorded: Vec<f64> =
            set.facts.iter().map(|fact| fact.scale.of(fact.recorded).unwrap_or(f64::NAN)).collect();
        let models = table.models.iter().zip(complete).map(|(model, (rows, facts))| {
            let quantities = model.quantities.iter().filter_map(|quantity| {
                let prior = Prior::new(&quantity.values);
                prior.varies().then(|| PreparedQuantity {
                    role: quantity.role,
                    name: quantity.name.clone(),
                    support: quantity.support,
                    values: rows.iter().map(|&row| quantity.values[row]).collect(),
                    prior: prior.of_rows(&rows),
                })
            });
            PreparedModel {
                name: model.name.clone(),
                runs: model.runs,
                quantities: quantities.collect(),
                draws: rows.iter().map(|&row| model.draws[row]).collect(),
                facts: Facts { rows: facts.iter().map(|row| scaled(row)).collect() },
                rows,
            }
        });
        Self { models: models.collect(), recorded: scaled(&recorded) }
    }

    /// All models' facts below each other, and the model and the draw of each row.
    pub fn pooled(&self) -> (Facts, Vec<usize>, Vec<Draw>) {
        let (mut rows, mut models, mut draws) = (Vec::new(), Vec::new(), Vec::new());
        for (number, model) in self.models.iter().enumerate() {
            rows.extend(model.facts.rows.iter().cloned());
            models.extend(std::iter::repeat_n(number, model.facts.rows.len()));
            draws.extend(&model.draws);
        }
        (Facts { rows }, models, draws)
    }
}

impl PreparedModel {
    pub fn near(&self, point: &[f64], accept: f64, without: Option<usize>) -> Near {
        Near::new(&self.facts, point, kept(self.rows.len(), accept, point.len()), |row| Some(row) == without)
    }
}

/// How many of the runs are kept: a part, but enough for a plane through so many facts.
pub(crate) fn kept(runs: usize, accept: f64, facts: usize) -> usize {
    ((runs as f64 * accept).ceil() as usize).max(3 * (facts + 1)).min(runs.saturating_sub(1))
}

/// The runs that have all facts, and the facts.
fn complete(model: &Model, set: &FactSet) -> (Vec<usize>, Vec<Vec<f64>>) {
    let facts = |row: usize| -> Option<Vec<f64>> {
        let of =
            |fact: &crate::table::Fact| fact.scale.of((*model.outcomes.get(&fact.outcome)?.get(row)?)?);
        set.facts.iter().map(of).collect()
    };
    (0..model.runs).filter_map(|row| Some((row, facts(row)?))).unzip()
}

/// How far a fact spreads: 1.4826 median absolute deviations, the standard deviation where more than half of the runs
/// agree, and 1 where all do.
fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    if values.is_empty() {
        return 1.0;
    }
    values.sort_unstable_by(f64::total_cmp);
    let median = quantile(&values, 0.5);
    let mut from: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    from.sort_unstable_by(f64::total_cmp);
    let deviation = 1.4826 * quantile(&from, 0.5);
    if deviation > 0.0 {
        return deviation;
    }
    let square = dtao_statistics::sum(values.iter().map(|value| (value - median) * (value - median)));
    let deviation = (square / values.len() as f64).sqrt();
    if deviation > 0.0 { deviation } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::table::{Fact, Quantity, Scale};

    fn model(facts: &[Option<f64>], drawn: &[f64]) -> Model {
        Model {
            name: "m".into(),
            runs: facts.len(),
            draws: (0..facts.len() as u64).map(|seed| (0, seed)).collect(),
            outcomes: BTreeMap::from([("f".to_owned(), facts.to_vec())]),
            quantities: vec![Quantity {
                role: Role::Parameter,
                name: "p".into(),
                values: drawn.iter().copied().map(Some).collect(),
                support: Support::Numbers,
            }],
        }
    }

    fn set(scale: Scale) -> FactSet {
        FactSet { name: "s".into(), facts: vec![Fact { outcome: "f".into(), recorded: 10.0, scale }] }
    }

    #[test]
    fn runs_without_a_fact_are_left_out_but_belong_to_the_prior() {
        let table =
            Table { models: vec![model(&[Some(1.0), None, Some(100.0), Some(-5.0)], &[0.0, 1.0, 2.0, 3.0])] };
        let linear = Prepared::new(&table, &set(Scale::Linear));
        assert_eq!(linear.models[0].rows, [0, 2, 3]);
        let log = Prepared::new(&table, &set(Scale::Log));
        assert_eq!(log.models[0].rows, [0, 2], "a price of -5 has no logarithm");
        let quantity = &log.models[0].quantities[0];
        assert_eq!((quantity.prior.part(0), quantity.prior.part(1)), (Some(0.125), Some(0.625)));
        // Median ln 10; both are ln 10 away from it.
        let expected = 1.0 / 1.4826;
        assert!((log.recorded[0] - expected).abs() < 1e-12, "{:?}", log.recorded);
    }

    #[test]
    fn what_does_not_vary_is_no_quantity() {
        let table = Table { models: vec![model(&[Some(1.0), Some(2.0)], &[0.5, 0.5])] };
        assert!(Prepared::new(&table, &set(Scale::Linear)).models[0].quantities.is_empty());
    }

    #[test]
    fn the_spread_is_that_of_most_runs() {
        assert!((spread([1.0, 2.0, 3.0, 4.0, 1e9].into_iter()) - 1.4826).abs() < 1e-12);
        assert!((spread([0.0, 0.0, 0.0, 2.0].into_iter()) - 1.0).abs() < 1e-12);
        assert_eq!(spread([5.0; 3].into_iter()), 1.0);
    }
}
