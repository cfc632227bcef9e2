//! What `--set` is given: paths that there are and others, with values from elsewhere, made up or mutated.

use dtao_files::input::locate;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use super::changes::WRONG;
use super::mutations::{TOKENS, mutated};
use super::{File, Kind};

/// Scenarios, and what there is in them to be set.
pub(super) struct Assignments {
    scenarios: Vec<(File, Vec<String>)>,
    /// All values that stand anywhere.
    values: Vec<String>,
}

impl Assignments {
    /// What can be set in the scenarios among some files; of large ones, only a part.
    pub(super) fn of(files: &[File]) -> Self {
        let (mut scenarios, mut values) = (Vec::new(), Vec::new());
        for file in files.iter().filter(|file| file.kind == Kind::Scenario) {
            let located = locate::values(&file.text);
            values.extend(located.iter().map(|value| file.text[value.span.clone()].to_owned()));
            let paths = located.iter().map(|value| locate::display(&value.path)).collect();
            scenarios.push((file.clone(), paths));
        }
        values.retain(|value| value.len() < 1_000);
        Self { scenarios, values }
    }

    /// A scenario, and one to three assignments.
    pub(super) fn next(&self, random: &mut impl Rng) -> (File, Vec<String>) {
        let (file, paths) = self.scenarios.choose(random).expect("there are scenarios");
        let assignments = (0..random.random_range(1..=3)).map(|_| self.assignment(paths, random)).collect();
        (file.clone(), assignments)
    }

    fn assignment(&self, paths: &[String], random: &mut impl Rng) -> String {
        let (_, elsewhere) = self.scenarios.choose(random).expect("there are scenarios");
        let paths = if random.random_ratio(1, 5) { elsewhere.as_slice() } else { paths };
        let path = paths.choose(random).map_or("", String::as_str);
        let value = match random.random_range(0..5) {
            0 => (*WRONG.choose(random).expect("values")).to_owned(),
            1 => (*TOKENS.choose(random).expect("tokens")).to_owned(),
            2 => mutated(self.values.choose(random).expect("values"), random).0,
            _ => self.values.choose(random).expect("values").clone(),
        };
        let text = format!("{path}={value}");
        if random.random_ratio(1, 5) { mutated(&text, random).0 } else { text }
    }
}
