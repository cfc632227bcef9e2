//! The last whole edition of each experiment, by name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::published::{self, Published};
use crate::studies::STUDIES;
use crate::study::Study;

/// What is published of an experiment; `kept` are the figures of single commands.
#[must_use]
pub fn named(experiment: &str) -> Option<&'static Published> {
    static STUDIED: LazyLock<BTreeMap<&str, Published>> = LazyLock::new(|| {
        let read = |study: &&Study| {
            let table = Published::of_answers(study.published);
            (study.name, table.unwrap_or_else(|error| panic!("a shipped table of {}: {error}", study.name)))
        };
        STUDIES.iter().map(read).collect()
    });
    match experiment {
        "sn28" => Some(published::sn28()),
        "placebo" => Some(published::placebo()),
        "kept" => Some(published::kept()),
        _ => STUDIED.get(experiment),
    }
}
