//! What is refused of a sweep before its first run.

use std::collections::BTreeMap;

use dtao_experiment::limits::ASSIGNMENTS;
use dtao_experiment::scenario::Loaded;
use dtao_files::input::{InputError, Source, locate, names, suggest};

use super::super::columns::{PRIOR, columns_of_tables};
use super::super::file::{Design, Sweep, Until};
use super::Plan;
use crate::limits::{ARMS, FACTORS, RUNS};

impl Plan {
    /// There are seeds and arms, not too many runs, and every name is used.
    pub(super) fn check_size(&self) -> Result<(), InputError> {
        let refuse = |field: &str, message: String, help: &str| {
            Err(InputError::at(&self.source, field, message, Some(help.into())))
        };
        let (from, to) = self.sweep.seeds;
        if to <= from {
            let help = "write the first seed, and the first one after the last: (0, 100) is 100 seeds";
            return refuse("seeds", format!("there is no seed from {from} to {to}"), help);
        }
        if self.sweep.arms.is_empty() {
            return refuse("arms", "there is no arm".into(), "leave `arms` out for one arm without changes");
        }
        let arms = self.sweep.arms.len() as u128;
        let runs = u128::from(self.points.len()).saturating_mul(arms).saturating_mul(u128::from(to - from));
        if runs > u128::from(RUNS) {
            let message = format!(
                "{runs} runs are too many: {} points x {} arms x {} seeds",
                self.points.len(),
                self.sweep.arms.len(),
                to - from
            );
            let help = format!("a sweep has at most {RUNS} runs: use fewer points or seeds");
            return refuse(if self.points.len() > 1 { "design" } else { "seeds" }, message, &help);
        }
        let used = |name: &str| self.points.factors().iter().any(|factor| factor.name == name);
        for (name, _) in self.sweep.names.iter() {
            let in_arms = self.sweep.arms.iter().any(|(_, set)| set.get(name).is_some());
            if !used(name) && !in_arms && self.sweep.set.get(name).is_none() {
                let names: Vec<_> = self.points.factors().iter().map(|factor| &factor.name).collect();
                let help = suggest(name, &names, "factors").unwrap_or_default();
                return refuse("names", format!("the name `{name}` is not used"), &help);
            }
        }
        Ok(())
    }

    /// No table may have two columns of one name: whoever reads it would get one of them.
    pub(super) fn check_columns(&self) -> Result<(), InputError> {
        let factors: Vec<&str> = self.points.factors().iter().map(|factor| factor.name.as_str()).collect();
        let outcomes: Vec<&str> = self.outcomes.iter().map(String::as_str).collect();
        if let Some(name) = factors.iter().chain(&outcomes).find(|name| name.starts_with(PRIOR)) {
            let (field, what) = match self.sweep.outcomes.iter().position(|outcome| outcome == name) {
                _ if factors.contains(name) => (self.sweep.design.field_of(name), "factor"),
                Some(at) => (format!("outcomes[{at}]"), "metric"),
                None => ("scenario".to_owned(), "metric"),
            };
            let message = format!("the {what} `{name}` begins like the columns of what is drawn of priors");
            let help = format!("give the {what} a name that does not begin with `{PRIOR}`");
            return Err(InputError::at(&self.source, &field, message, Some(help)));
        }
        for (table, columns) in columns_of_tables(&factors, &outcomes) {
            if table == "series" && self.series.is_empty() {
                continue;
            }
            let mut seen = BTreeMap::new();
            let twice = columns.iter().find_map(|(column, name)| {
                let first = seen.insert(column.as_ref(), *name)?;
                // Of two columns the one that can be called something else.
                Some((column, name.or(first)?))
            });
            let Some((column, name)) = twice else { continue };
            let metric = || "give the metric another name in the scenario";
            let (field, what, help) = match self.sweep.outcomes.iter().position(|outcome| outcome == name) {
                _ if !outcomes.contains(&name) || table != "runs" => {
                    let field = self.sweep.design.field_of(name);
                    (field, "factor", "give the factor another name in `names`")
                }
                Some(at) => (format!("outcomes[{at}]"), "metric", metric()),
                None => ("scenario".to_owned(), "metric", metric()),
            };
            let message = format!("the {what} `{name}` would be a second column `{column}` of {table}.csv");
            return Err(InputError::at(&self.source, &field, message, Some(help.into())));
        }
        Ok(())
    }

    /// The rule by which a point has seeds enough can be followed.
    pub(super) fn check_until(&self) -> Result<(), InputError> {
        let refuse = |field: &str, message: String, help| {
            Err(InputError::at(&self.source, &format!("until{field}"), message, help))
        };
        let Some(Until::HalfWidth { outcome, .. }) = &self.sweep.until else { return Ok(()) };
        if !self.outcomes.contains(outcome) {
            let message = format!("the sweep has no outcome `{outcome}`");
            return refuse(".HalfWidth.outcome", message, suggest(outcome, &self.outcomes, "outcomes"));
        }
        if let Some(Err(error)) = self.rule() {
            let help = "the seeds of the sweep are the cap".to_owned();
            return refuse(".HalfWidth", error.to_string(), Some(help));
        }
        if matches!(self.sweep.design, Design::Sobol { .. } | Design::Morris { .. }) {
            let message = "points of this design must have the same seeds".to_owned();
            let help = "leave `until` out: seeds of their own would look like interaction".to_owned();
            return refuse("", message, Some(help));
        }
        Ok(())
    }

    /// The cell's scenario must have all outcomes, and each must be what it is elsewhere: a share in one cell and
    /// an amount in another cannot be compared, and have different intervals.
    pub(super) fn check_outcomes(&self, loaded: &Loaded) -> Result<(), InputError> {
        for name in &self.outcomes {
            let Some(metric) = loaded.scenario.metrics.get(name) else {
                let message = format!("there is no metric `{name}`");
                return Err(InputError::at(&loaded.source, "metrics", message, None));
            };
            let (here, elsewhere) = (metric.kind(), self.kind(name));
            if here != elsewhere {
                let message = format!(
                    "`{name}` is of the kind {} here, but of the kind {} without this point and arm",
                    here.name(),
                    elsewhere.name()
                );
                let help = "give the scenario a metric for each of them".to_owned();
                return Err(InputError::at(&loaded.source, &format!("metrics.{name}"), message, Some(help)));
            }
        }
        Ok(())
    }
}

/// Names and lists are of a size to be read, before anything is made of them.
pub(super) fn check_names(sweep: &Sweep, source: &Source) -> Result<(), InputError> {
    let refuse =
        |path: &str, message: String, help: Option<String>| Err(InputError::at(source, path, message, help));
    let most = |path: &str, length: usize, most: usize| {
        if length <= most {
            return Ok(());
        }
        refuse(path, format!("{length} entries: at most {most} are possible"), None)
    };
    most("arms", sweep.arms.len(), ARMS)?;
    most("set", sweep.set.len(), ASSIGNMENTS)?;
    most("names", sweep.names.len(), FACTORS)?;
    for (arm, set) in sweep.arms.iter() {
        let path = format!("arms.{}", locate::quoted(arm));
        if let Some((message, help)) = names::fault(arm) {
            return refuse(&path, message, Some(help));
        }
        most(&path, set.len(), ASSIGNMENTS)?;
    }
    for (name, path) in sweep.names.iter() {
        if let Some((message, help)) = names::fault(name) {
            return refuse(&format!("names.{}", locate::quoted(name)), message, Some(help));
        }
        if locate::path(path).is_none_or(|path| path.is_empty()) {
            let message = format!("`{path}` is not a path");
            return refuse(&format!("names.{}", locate::quoted(name)), message, None);
        }
    }
    Ok(())
}
