//! The guides' RON examples can be read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dtao_agents::StrategySpec;
use dtao_agents::prior::Prior;
use dtao_agents::script::Line;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::scenario::{EraChange, Group, LaunchSubnets, Loaded, Protocol, Values};
use dtao_files::input::{InputError, Source, ron_file};
use dtao_protocol::units::Tao;
use dtao_sweep::file::Until;
use dtao_sweep::plan::Plan;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Fields of a scenario, a strategy or a sweep that an example shows by themselves.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that they can be read is the test")]
struct Excerpt {
    protocol: Option<Protocol>,
    eras: Option<Vec<EraChange>>,
    seeds: Option<(u64, u64)>,
    values: Option<Values>,
    until: Option<Until>,
}

/// One way to write a prior.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that they can be read is the test")]
struct OnePrior {
    budget: Option<Prior<Tao>>,
    delay: Option<Prior<f64>>,
}

/// A strategy by itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that it can be read is the test")]
struct OneStrategy {
    strategy: StrategySpec,
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The RON blocks of a Markdown file, each with its line.
fn blocks(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).expect("a guide");
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        match line {
            "```ron" => {
                inside = true;
                blocks.push((number + 1, String::new()));
            }
            "```" => inside = false,
            _ if inside => {
                let (_, block) = blocks.last_mut().expect("a block has begun");
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    blocks
}

fn parse<T: DeserializeOwned>(text: String) -> Result<(), InputError> {
    ron_file::parse::<T>(&Source::new("example.ron", text)).map(|_| ())
}

/// Reads an example as what it is.
fn read(block: &str) -> Result<(), InputError> {
    let first = block.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    match first {
        "Scenario" | "Variant" => {
            let (library, path) = (Library::default(), project("configs/scenarios/example.ron"));
            library.put(Source::new(&path, block));
            Loaded::read_from(&library, &path, &[], LaunchSubnets::Needed).map(|_| ())
        }
        "Sweep" => {
            let source = Source::new(project("configs/sweeps/example.ron"), block);
            Plan::of(source, None, Arc::default()).map(|_| ())
        }
        "protocol" | "eras" | "seeds" | "values" => parse::<Excerpt>(format!("({block})")),
        // The same field in several ways.
        "budget" | "delay" => block.lines().try_for_each(|line| parse::<OnePrior>(format!("({line}\n)"))),
        "strategy" => parse::<OneStrategy>(format!("({block})")),
        "" if block.contains("strategy:") => parse::<Vec<Group>>(format!("[{block}]")),
        "" if block.contains("call:") => parse::<Vec<Line>>(format!("[{block}]")),
        _ => panic!("say how an example that begins like this is read:\n{block}"),
    }
}

#[test]
fn the_ron_examples_of_the_guides_can_be_read() {
    let mut files = vec![project("README.md")];
    for entry in fs::read_dir(project("docs/guide")).expect("a folder") {
        files.push(entry.expect("an entry").path());
    }
    files.retain(|file| file.extension().is_some_and(|ending| ending == "md"));
    let mut found = 0;
    for file in files {
        for (line, block) in blocks(&file) {
            found += 1;
            read(&block).unwrap_or_else(|error| panic!("{}:{line}: {error}", file.display()));
        }
    }
    assert!(found >= 8, "{found} examples");
}
