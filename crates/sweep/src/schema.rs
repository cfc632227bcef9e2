//! Which columns each table of a sweep has, and what they hold.

use super::columns::{self, COLUMNS, FAILURE, Kind, PRIOR, SENSITIVITY, SERIES, factor_column};
use super::manifest::Manifest;
use super::points::FactorKind;

/// The columns of a table of a sweep, by its name without ending; none if a sweep has no such table.
///
/// The factors' columns of `plan` and `points` hold the values as the scenario has them, so all are texts.
#[must_use]
pub fn of_table(manifest: &Manifest, table: &str) -> Vec<(String, Kind)> {
    let owned = |(name, kind): &(&str, Kind)| ((*name).to_owned(), *kind);
    let written = || manifest.factors.iter().map(|factor| (factor.name.clone(), Kind::Text));
    let cell = || vec![("point".to_owned(), Kind::Whole), ("arm".to_owned(), Kind::Text)];
    let renamed = || factors(manifest).map(|(name, kind)| (factor_column(&name).into_owned(), kind));
    match table {
        "plan" => first().chain(written()).collect(),
        "points" => std::iter::once(("point".to_owned(), Kind::Whole)).chain(written()).collect(),
        "runs" => {
            let outcomes = manifest.outcomes.iter().map(|name| (name.clone(), Kind::Float));
            let priors = manifest.priors.iter().map(|name| (format!("{PRIOR}{name}"), Kind::Float));
            first().chain(factors(manifest)).chain(outcomes).chain(priors).collect()
        }
        "failures" => {
            let failure = FAILURE.map(|name| (name.to_owned(), Kind::Text));
            first().chain(factors(manifest)).chain(failure).collect()
        }
        "cells" => cell().into_iter().chain(renamed()).chain(columns::columns()).collect(),
        "series" => cell().into_iter().chain(renamed()).chain(SERIES.iter().map(owned)).collect(),
        "sensitivity" => SENSITIVITY.iter().map(owned).collect(),
        _ => Vec::new(),
    }
}

/// The columns that say which run it is.
fn first() -> impl Iterator<Item = (String, Kind)> {
    let kinds = [Kind::Whole, Kind::Whole, Kind::Text, Kind::Whole];
    COLUMNS.iter().zip(kinds).map(|(&name, kind)| (name.to_owned(), kind))
}

/// The factors' columns, in tables in which factors that are numbers are written as numbers.
fn factors(manifest: &Manifest) -> impl Iterator<Item = (String, Kind)> {
    manifest.factors.iter().map(|factor| {
        let kind = match factor.kind {
            FactorKind::Number | FactorKind::Amount(_) => Kind::Float,
            FactorKind::Text => Kind::Text,
        };
        (factor.name.clone(), kind)
    })
}
