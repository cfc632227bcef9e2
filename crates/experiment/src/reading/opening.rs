//! A start that is the end of another scenario.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use dtao_engine::checkpoint::Checkpoint;
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_protocol::units::Block;

use crate::recorded::library::{Library, Replayed};
use crate::run::{Options, builder};
use crate::scenario::check::values::without_values;
use crate::scenario::{LaunchSubnets, Loaded, Scenario, Start};
use dtao_files::input::{InputError, Source};

/// Runs the scenario that the start names up to its block.
pub(super) fn replay(
    scenario: &Scenario,
    source: &Source,
    folder: &Path,
    files: &mut BTreeMap<String, String>,
    library: &Library,
) -> Result<Option<Arc<Checkpoint>>, InputError> {
    let Start::Replayed { scenario: file, until, .. } = &scenario.start else { return Ok(None) };
    let path = folder.join(file);
    let replayed = library.replayed(&path, *until, || make(source, &path, *until, library))?;
    let name = file.display().to_string();
    files.extend(replayed.files.iter().map(|(path, hash)| (format!("{name}: {path}"), hash.clone())));
    let checkpoint = replayed.checkpoint;
    if scenario.values.is_none() && checkpoint.rules.emission.measures() {
        return Err(without_values(source, "start.Replayed"));
    }
    if scenario.protocol.spec == checkpoint.spec {
        return Ok(Some(checkpoint));
    }
    let spec = u16::from(checkpoint.spec);
    let message = format!("at block {until} the replayed scenario runs spec {spec}");
    let help = format!("write `protocol: Launch(spec: {spec})`");
    Err(InputError::at(source, "protocol", message, Some(help)))
}

fn make(source: &Source, path: &Path, until: Block, library: &Library) -> Result<Replayed, InputError> {
    let refuse = |field: &str, message: String, help: &str| {
        Err(InputError::at(source, &format!("start.Replayed.{field}"), message, Some(help.into())))
    };
    let mut before = Loaded::read_from(library, path, &[], LaunchSubnets::Needed)
        .map_err(|error| error.named_in(source, "start.Replayed.scenario"))?;
    if matches!(before.scenario.start, Start::Replayed { .. }) {
        return refuse(
            "scenario",
            "the scenario to replay begins with another one's end itself".into(),
            "name one that begins with the genesis",
        );
    }
    let (first, last) = (before.first_block(), before.last_block());
    if until < first || until > last {
        let message = format!("block {until} is not in the scenario to replay: it makes {first} to {last}");
        return refuse("until", message, "write one of its blocks");
    }
    // What it reports of itself is not asked for.
    before.scenario.metrics.clear();
    let mut run = builder(&before, Options { seed: RunSeed(0), audit: Audit::Off }).build();
    run.advance(until.0 + 1 - first.0).expect("without an auditor and observers nothing fails");
    let Some(checkpoint) = run.checkpoint() else {
        return refuse("until", format!("at block {until} root still votes"), "write a later block");
    };
    let mut files = before.files;
    files.insert("scenario".into(), before.source.sha256());
    Ok(Replayed { checkpoint: Arc::new(checkpoint), files })
}
