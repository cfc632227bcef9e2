//! A scenario held against what is known: its `expect` table.

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_metrics::statistic::quantile;
use rayon::prelude::*;
use serde::Serialize;

use crate::run::{AuditReport, Failure, Options, Progress, run};
use crate::scenario::{Kind, Loaded};

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The metric.
    pub metric: String,
    /// What meeting the target proves.
    pub kind: Kind,
    /// The value that is known.
    pub target: f64,
    /// The least and the greatest value that meets it.
    pub within: (f64, f64),
    /// The median over the seeds; nothing if no run reached it.
    pub median: Option<f64>,
    /// The 5th and the 95th percentile over the seeds.
    pub range: Option<(f64, f64)>,
    /// Whether the median is within.
    pub verdict: Verdict,
    /// Where the target comes from.
    pub source: String,
}

/// Whether a target was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// The median is within the bounds.
    Met,
    /// It is not.
    Missed,
    /// Not every run reached what the metric is about.
    NotReached,
}

/// The table, and what the auditor found.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// How many seeds were run.
    pub seeds: u64,
    /// One line per expectation.
    pub lines: Vec<Line>,
    /// The auditor's report of the first seed.
    pub audit: Option<AuditReport>,
}

impl Table {
    /// Whether every target was met.
    #[must_use]
    pub fn all_met(&self) -> bool {
        self.lines.iter().all(|line| line.verdict == Verdict::Met)
    }
}

/// Runs seeds 1 to `seeds`, each audited, and compares.
///
/// # Errors
/// If a run fails.
pub fn verify(
    loaded: &Loaded,
    seeds: u64,
    progress: &(dyn Fn(u64) -> Progress + Sync),
) -> Result<Table, Failure> {
    let summaries = (1..=seeds)
        .into_par_iter()
        .map(|seed| {
            let options = Options { seed: RunSeed(seed), audit: Audit::EveryBlock };
            let mut told = 0;
            run(loaded, options, None, &mut |made| {
                let since = made - told;
                told = made;
                progress(since)
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let lines = loaded
        .scenario
        .expect
        .iter()
        .map(|expectation| {
            let mut values: Vec<f64> = summaries
                .iter()
                .filter_map(|summary| summary.metrics.get(&expectation.metric).copied().flatten())
                .collect();
            values.sort_by(f64::total_cmp);
            let median = (!values.is_empty()).then(|| quantile(&values, 0.5));
            let (low, high) = expectation.within;
            Line {
                metric: expectation.metric.clone(),
                kind: expectation.kind,
                target: expectation.target,
                within: expectation.within,
                median,
                range: median.map(|_| (quantile(&values, 0.05), quantile(&values, 0.95))),
                verdict: match median {
                    None => Verdict::NotReached,
                    Some(_) if values.len() < summaries.len() => Verdict::NotReached,
                    Some(median) if median >= low && median <= high => Verdict::Met,
                    Some(_) => Verdict::Missed,
                },
                source: expectation.source.clone(),
            }
        })
        .collect();
    Ok(Table { seeds, lines, audit: summaries.first().and_then(|summary| summary.audit) })
}
