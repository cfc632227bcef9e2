//! Metrics look at what is there, and expectations at metrics.

use super::names;
use crate::limits::METRICS;
use crate::scenario::Scenario;
use dtao_files::input::{self, InputError, Source, locate, suggest};
use dtao_metrics::outcomes::NO_KINDS;

pub(super) fn check_metrics(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let refuse =
        |path: &str, message: String, help: String| Err(InputError::at(source, path, message, Some(help)));
    for (list, length) in [("metrics", scenario.metrics.len()), ("expect", scenario.expect.len())] {
        if length > METRICS {
            let message = format!("{length} lines: at most {METRICS} are possible");
            return refuse(list, message, "leave some out".into());
        }
    }
    for (name, metric) in &scenario.metrics {
        let path = format!("metrics.{}", locate::quoted(name));
        if let Some((message, help)) = input::names::fault(name) {
            return refuse(&path, message, help);
        }
        metric.check().map_err(|error| {
            let path = format!("{path}.{}.{}", metric.name(), error.field);
            InputError::at(source, &path, error.message, None)
        })?;
    }
    for (kind, netuids) in &scenario.kinds {
        let field = format!("kinds.{}", locate::quoted(kind));
        if let Some((message, help)) = input::names::fault(kind) {
            return refuse(&field, message, help);
        }
        if NO_KINDS.contains(&kind.as_str()) {
            let message = format!(
                "no kind of subnet can be called `{kind}`: `emission.{kind}` is an outcome of every run"
            );
            return refuse(&field, message, "choose another name for the kind".into());
        }
        if netuids.is_empty() {
            return refuse(&field, "a kind without subnets".into(), "name at least one subnet".into());
        }
    }
    names::check_groups(scenario, source)?;
    names::check_options(scenario, source)?;
    names::check_members(scenario, source)?;
    check_expectations(scenario, source)
}

/// What metrics are held against.
fn check_expectations(scenario: &Scenario, source: &Source) -> Result<(), InputError> {
    let refuse = |path: &str, message: String, help: &str| {
        Err(InputError::at(source, path, message, Some(help.into())))
    };
    for (index, expectation) in scenario.expect.iter().enumerate() {
        if scenario.expect[..index].contains(expectation) {
            let message = "the line stands there twice, and would count twice".to_owned();
            return refuse(&format!("expect[{index}]"), message, "leave one out");
        }
        if !scenario.metrics.contains_key(&expectation.metric) {
            let message = format!("no metric is called `{}`", expectation.metric);
            let names: Vec<_> = scenario.metrics.keys().collect();
            let help = suggest(&expectation.metric, &names, "metrics");
            return Err(InputError::at(source, &format!("expect[{index}].metric"), message, help));
        }
        let (low, high) = expectation.within;
        let finite = low.is_finite() && high.is_finite();
        if !(finite && low <= expectation.target && expectation.target <= high) {
            let message = format!("the target {} is not within ({low}, {high})", expectation.target);
            return refuse(
                &format!("expect[{index}].within"),
                message,
                "write the minimum and the maximum value that meet the target",
            );
        }
        let kind = scenario.metrics[&expectation.metric].kind();
        let (least, most) = kind.range();
        if high < least || low > most {
            let message = format!("no {} is within ({low}, {high})", kind.name());
            return refuse(
                &format!("expect[{index}].within"),
                message,
                "write values that the metric can have",
            );
        }
    }
    Ok(())
}
