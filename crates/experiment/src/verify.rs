//! A scenario held against what is known: its `expect` table.

use std::ops::Range;

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use rayon::prelude::*;
use serde::Serialize;

use crate::run::{AuditReport, Failure, Options, Progress, each_more, run};
use crate::scenario::{AsSpec, Kind, Loaded};
use dtao_statistics::{Comparison, Verdict};

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The metric.
    pub metric: String,
    /// What meeting the target proves.
    pub kind: Kind,
    /// The value that is known.
    pub target: f64,
    /// The smallest and the largest median that meets it.
    pub within: (f64, f64),
    /// How the outcomes compare with it.
    #[serde(flatten)]
    pub comparison: Comparison,
    /// Where the target comes from.
    pub source: String,
}

/// The table, and what the auditor found.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// How many seeds were run.
    pub seeds: u64,
    /// The runtime that stands in for those whose rules are not known, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_spec: Option<AsSpec>,
    /// One line per expectation.
    pub lines: Vec<Line>,
    /// The auditor's report of the first seed.
    pub audit: Option<AuditReport>,
}

impl Table {
    /// Whether every target was met.
    #[must_use]
    pub fn all_met(&self) -> bool {
        self.lines.iter().all(|line| line.comparison.verdict == Verdict::Met)
    }
}

/// Runs some seeds, each audited, and compares.
///
/// # Errors
/// If a run fails.
pub fn verify(
    loaded: &Loaded,
    seeds: Range<u64>,
    progress: &(dyn Fn(u64) -> Progress + Sync),
) -> Result<Table, Failure> {
    let count = seeds.end - seeds.start;
    let summaries = seeds
        .into_par_iter()
        .map(|seed| {
            let options = Options { seed: RunSeed(seed), audit: Audit::EveryBlock };
            run(loaded, options, None, &mut each_more(progress))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let lines = loaded
        .scenario
        .expect
        .iter()
        .map(|expectation| {
            let outcomes: Vec<Option<f64>> = summaries
                .iter()
                .map(|summary| summary.metrics.get(&expectation.metric).copied().flatten())
                .collect();
            Line {
                metric: expectation.metric.clone(),
                kind: expectation.kind,
                target: expectation.target,
                within: expectation.within,
                comparison: Comparison::of(&outcomes, expectation.known()),
                source: expectation.source.clone(),
            }
        })
        .collect();
    let as_spec = loaded.as_spec.clone();
    Ok(Table { seeds: count, as_spec, lines, audit: summaries.first().and_then(|summary| summary.audit) })
}
