//! Programs that `dtao attack` begins with: of scenarios, and of searches that are finished.

use std::path::{Path, PathBuf};

use dtao_agents::StrategySpec;
use dtao_agents::program::Program;
use dtao_attack::OWN;
use dtao_attack::written::read_program;
use dtao_experiment::scenario::Resolved;
use dtao_files::folder::rows::Rows;
use dtao_files::folder::{Claims, Kind, MANIFEST};

use crate::report::Error;

/// All programs of some scenarios and folders, each with a name of its own.
pub(crate) fn programs(files: &[PathBuf]) -> Result<Vec<(String, Program)>, Error> {
    let mut all: Vec<(String, Program)> = Vec::new();
    for (at, file) in files.iter().enumerate() {
        if files[..at].contains(file) {
            return Err(Error::argument(
                format!("--seed-with {}: it is named twice", file.display()),
                "name each file and folder once",
            ));
        }
        let found = if file.is_dir() { of_search(file)? } else { of_scenario(file)? };
        for (name, program) in found {
            // Searches under several rules may report the same one, and files may be named in several ways.
            if all.iter().any(|(_, other)| other.steps == program.steps) {
                continue;
            }
            let taken = |name: &str| all.iter().any(|(other, _)| other == name);
            // What has the name of another is called by its file, too.
            let name = if taken(&name) { format!("{}: {name}", file.display()) } else { name };
            all.push((name, program));
        }
    }
    Ok(all)
}

/// The programs of a scenario's groups, named after the file.
fn of_scenario(file: &Path) -> Result<Vec<(String, Program)>, Error> {
    let scenario = Resolved::read(file, &[])?.scenario;
    let of_group = |group: dtao_experiment::scenario::Group| match group.strategy {
        StrategySpec::Program(program) => Some((group.name, program)),
        _ => None,
    };
    let mut programs: Vec<(String, Program)> = scenario.agents.into_iter().filter_map(of_group).collect();
    let stem = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    match &mut programs[..] {
        [] => {
            return Err(Error::argument(
                format!("--seed-with {}: no group of it follows a `Program`", file.display()),
                "name a scenario with one, such as an attack_1.ron that `dtao attack` has written",
            ));
        }
        [(name, _)] => *name = stem,
        several => several.iter_mut().for_each(|(name, _)| *name = format!("{stem} {name}")),
    }
    Ok(programs)
}

/// What a search reported, under its scenario's own rule and under others.
fn of_search(folder: &Path) -> Result<Vec<(String, Program)>, Error> {
    let refused = |what: &str, help: &str| {
        Err(Error::argument(format!("--seed-with {}: {what}", folder.display()), help))
    };
    let help = "name a folder that `dtao attack` has written with --out";
    let claims = match Claims::read(&folder.join(MANIFEST))? {
        Some(claims) if claims.kind == Kind::Attack && claims.complete => claims,
        Some(claims) if claims.kind == Kind::Attack => return refused("its search is not whole", help),
        Some(claims) => return refused(&format!("it holds {}", claims.kind), help),
        None => return refused("no finished search is in this folder", help),
    };
    if !claims.tables.contains_key("attacks.csv") {
        return refused("it holds a table, and no attacks that were searched for", help);
    }
    let rows = Rows::open(folder, "attacks.csv", &claims.tables)?;
    let (rule, attack, program) = (rows.place("rule")?, rows.place("attack")?, rows.place("program")?);
    let mut programs = Vec::new();
    rows.each(|row| {
        let number = row.text(attack);
        let name = match row.text(rule) {
            OWN => format!("attack_{number}"),
            rule => format!("attack_{number} under {rule}"),
        };
        let program = read_program(row.text(program)).map_err(|error| format!("`program`: {error}"))?;
        programs.push((name, program));
        Ok(())
    })?;
    if programs.is_empty() {
        return refused("its search found no attack", "name another one");
    }
    Ok(programs)
}
