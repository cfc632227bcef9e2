//! Every scenario file of the project.

use std::fs;
use std::path::{Path, PathBuf};

use dtao_engine::random::RunSeed;
use dtao_engine::run::Audit;
use dtao_experiment::run::{Options, Output, Progress, run};
use dtao_experiment::scenario::{Loaded, Resolved, Scenario};
use dtao_files::input::{Source, ron_file};

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios");
    let entries = fs::read_dir(folder).expect("the project's folder");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "ron"));
    paths.sort();
    assert!(paths.len() >= 3, "the project has scenarios");
    paths
}

fn ten_blocks(path: &Path) -> Loaded {
    Loaded::read(path, &["blocks=10".into()]).unwrap_or_else(|error| panic!("{error}"))
}

const AUDITED: Options = Options { seed: RunSeed(1), audit: Audit::EveryBlock };

#[test]
fn every_scenario_runs_for_ten_blocks_and_its_books_close() {
    for path in scenarios() {
        let summary = run(&ten_blocks(&path), AUDITED, None, &mut |_| Progress::Continue);
        let summary = summary.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(summary.last_block + 1 - summary.first_block, 10, "{}", path.display());
        assert_eq!(summary.audit.map(|audit| audit.blocks), Some(10), "{}", path.display());
    }
}

#[test]
fn the_scenario_in_a_manifest_reads_back_as_the_same() {
    for path in scenarios() {
        let loaded = ten_blocks(&path);
        let folder = tempfile::TempDir::new().expect("a folder");
        run(&loaded, AUDITED, Some(Output::fresh(folder.path())), &mut |_| Progress::Continue)
            .expect("the run ends");
        let manifest = fs::read_to_string(folder.path().join("manifest.json")).expect("a manifest");
        let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
        let text = manifest["resolved_scenario"].as_str().expect("a text");
        let again: Scenario =
            ron_file::parse(&Source::new("manifest", text)).unwrap_or_else(|error| panic!("{error}"));
        // What it says, without the price files' contents, which are not in the manifest.
        let said = Resolved::read(&path, &["blocks=10".into()]).expect("read above").scenario;
        assert_eq!(again, said, "{}", path.display());
    }
}

#[test]
fn every_scenario_says_what_it_stands_for_and_every_expectation_where_it_is_from() {
    for path in scenarios() {
        let scenario = ten_blocks(&path).scenario;
        assert!(scenario.about.trim().len() > 20, "{}: {}", path.display(), scenario.about);
        for expectation in scenario.expect {
            assert!(expectation.source.trim().len() > 10, "{}: {}", path.display(), expectation.metric);
        }
    }
}

#[test]
fn a_variant_is_its_original_but_for_what_it_sets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios");
    let original = Resolved::read(&folder.join("february_2025.ron"), &[]).expect("it reads").scenario;
    let mut variant = Resolved::read(&folder.join("february_2025_fast.ron"), &[]).expect("it reads").scenario;
    assert_ne!(variant.start, original.start);
    assert_ne!(variant.agents[1], original.agents[1]);
    assert_ne!(variant.about, original.about);
    variant.start = original.start.clone();
    variant.agents[1] = original.agents[1].clone();
    variant.about.clone_from(&original.about);
    assert_eq!(variant, original);
}
