//! A start that is the end of another scenario.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use dtao_engine::checkpoint::Checkpoint;
use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_protocol::units::Block;

use super::{Loaded, Protocol, Scenario, Start, named_in};
use crate::input::{InputError, Source};
use crate::run::{Options, builder};

/// Checkpoints by what they depend on: the scenario with all that it reads, and the block.
type Known = BTreeMap<(String, Block), Arc<Checkpoint>>;

static KNOWN: Mutex<Known> = Mutex::new(Known::new());

/// Runs the scenario that the start names up to its block.
///
/// The same checkpoint is made once per process, however many scenarios begin with it.
pub(super) fn replay(
    scenario: &Scenario,
    source: &Source,
    folder: &Path,
    files: &mut BTreeMap<String, String>,
) -> Result<Option<Arc<Checkpoint>>, InputError> {
    let Start::Replayed { scenario: file, until, .. } = &scenario.start else { return Ok(None) };
    let refuse = |field: &str, message: String, help: &str| {
        Err(InputError::at(source, &format!("start.Replayed.{field}"), message, Some(help.into())))
    };
    let before = Loaded::read(&folder.join(file), &[])
        .map_err(|error| named_in(source, "start.Replayed.scenario", error))?;
    if matches!(before.scenario.start, Start::Replayed { .. }) {
        return refuse(
            "scenario",
            "the scenario to replay begins with another one's end itself".into(),
            "name one that begins with the genesis",
        );
    }
    if *until < before.first_block() || *until > before.last_block() {
        let message = format!(
            "block {until} is not in the scenario to replay: it makes {} to {}",
            before.first_block(),
            before.last_block()
        );
        return refuse("until", message, "write one of its blocks");
    }
    let name = file.display().to_string();
    files.extend(before.files.iter().map(|(path, hash)| (format!("{name}: {path}"), hash.clone())));
    files.insert(name, before.source.sha256());
    let key = (format!("{:?} {:?} {:?}", before.source.sha256(), before.files, before.assignments), *until);
    let known = KNOWN.lock().expect("no run panics while it is held").get(&key).cloned();
    let checkpoint = match known {
        Some(checkpoint) => checkpoint,
        None => {
            let Some(made) = make(before, *until) else {
                return refuse("until", format!("at block {until} root still votes"), "write a later block");
            };
            let made = Arc::new(made);
            KNOWN.lock().expect("no run panics while it is held").insert(key, Arc::clone(&made));
            made
        }
    };
    match scenario.protocol {
        Protocol::Launch { spec } if spec == checkpoint.spec => Ok(Some(checkpoint)),
        _ => {
            let message =
                format!("at block {until} the replayed scenario runs spec {}", u16::from(checkpoint.spec));
            let help = format!("write `protocol: Launch(spec: {})`", u16::from(checkpoint.spec));
            Err(InputError::at(source, "protocol", message, Some(help)))
        }
    }
}

fn make(mut before: Loaded, until: Block) -> Option<Checkpoint> {
    // What it reports of itself is not asked for.
    before.scenario.metrics.clear();
    let mut run = builder(&before, Options { seed: RunSeed(0), audit: Audit::Off }).build();
    run.advance(until.0 + 1 - before.first_block().0)
        .expect("without an auditor and observers nothing fails");
    run.checkpoint()
}
