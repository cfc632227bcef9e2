//! An outcome that a sweep did not measure, and what would measure it.

use std::path::Path;
use std::sync::Arc;

use dtao_experiment::recorded::library::Library;
use dtao_files::input::{InputError, Source, suggest};
use dtao_metrics::outcomes::{self, Asked};
use dtao_protocol::settable;
use dtao_sweep::manifest::Manifest;
use dtao_sweep::plan::{Changes, Plan};

use crate::table::REFUSED;

/// The error of an outcome that a sweep does not have: how it would, if it is known what it is.
pub(crate) fn not_measured(manifest: &Manifest, outcome: &str) -> InputError {
    let message = format!("the sweep has no outcome `{outcome}`");
    let help = remedy(manifest, outcome).or_else(|| {
        let near = suggest(outcome, &manifest.outcomes, "outcomes");
        let more = format!(
            "what a sweep did not measure cannot be compared: add it to the metrics of {}, and make the sweep again",
            manifest.scenario
        );
        Some(near.map_or_else(|| more.clone(), |near| format!("{near}; {more}")))
    });
    InputError::file("--outcome", message, help)
}

/// What is to be written for an outcome that is ready to use, or that is a metric of the sweep's scenario.
fn remedy(manifest: &Manifest, outcome: &str) -> Option<String> {
    if outcome == REFUSED {
        return Some("a sweep does not count refused calls: `dtao compare SCENARIO --rules …` does".into());
    }
    let changes = Changes { scenario: None, seeds: None, set: &manifest.given };
    let source = Source::read(Path::new(&manifest.file)).ok()?;
    let library = Library::reading_as(manifest.as_spec.as_ref().map(|stand_in| stand_in.spec));
    let plan = Plan::changed(source, &changes, Arc::new(library)).ok()?;
    let listed = !plan.sweep.outcomes.is_empty();
    let file = &manifest.file;
    if plan.base.scenario.metrics.contains_key(outcome) {
        return Some(format!(
            "it is a metric of the scenario: add \"{outcome}\" to `outcomes` of {file}, and make the sweep again"
        ));
    }
    let ready = outcomes::network(&Asked {
        first: plan.base.scenario.start.first_block(),
        last: plan.base.scenario.last_block(),
        kinds: &plan.base.scenario.kinds,
        attackers: &[],
        paying: &[],
    });
    let metric = ready.into_iter().find(|ready| ready.name == outcome)?.metric;
    let line = format!("\"metrics.\\\"{outcome}\\\"\": {:?}", settable::text(&metric));
    let also = if listed { format!(" and \"{outcome}\" in its `outcomes`") } else { String::new() };
    Some(format!("write {line} in `set` of {file}{also}, and make the sweep again"))
}
