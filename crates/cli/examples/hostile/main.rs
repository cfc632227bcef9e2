//! Wrong inputs, systematic and random, held against what must come of them.
//!
//! ```text
//! cargo run --release --example hostile -- --seconds 30 --seed 1 --dtao target/release/dtao
//! ```
//! Each field of each shipped file is deleted, renamed, doubled and given wrong values; then seeded mutations of bytes
//! and tokens go over the same files. Every text is read and checked as the program does before a run; nothing is run.
//! It must be accepted or refused with a place, without a panic, within a second; and what [`Hostile::is_wrong`] knows to
//! be wrong must be refused. Some texts are given to the program itself, for its exit codes.
#![expect(clippy::disallowed_types, reason = "it measures how long reading takes; no result depends on it")]

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use dtao_engine::random::{RunSeed, Stream, named};
use dtao_experiment::recorded::launch::launch_subnets;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::recorded::prices::prices;
use dtao_experiment::scenario::{LaunchSubnets, Loaded, Resolved, Start};
use dtao_files::input::locate::{self, Form, Segment, Value};
use dtao_files::input::{InputError, Source, json_file, ron_file};
use dtao_sweep::plan::Plan;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

/// Longer than this is slow.
const SLOW: Duration = Duration::from_secs(1);
/// A sweep of more cells is not checked cell by cell.
const MOST_CELLS: u64 = 32;
/// Rows and columns of a table, and values of a vector file, that are changed one by one.
const MOST_ROWS: usize = 3;
const MOST_VALUES: usize = 150;

/// Gives the program's readers wrong inputs, and counts what comes of them.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long random mutations go on after the systematic ones
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// The seed of the mutations
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A program to give some of the texts to, for its exit codes
    #[arg(long)]
    dtao: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Arguments { seconds, seed, dtao } = Arguments::parse();
    // What panics is counted; the first few are shown.
    std::panic::set_hook(Box::new(|_| {}));
    let mut hostile = Hostile::new(&root());
    hostile.systematic();
    hostile.report("systematic");
    hostile.fuzz(Duration::from_secs(seconds), seed);
    hostile.report("with mutations");
    if let Some(program) = dtao {
        hostile.by_program(&program);
        hostile.report("with the program");
    }
    if hostile.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The project's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's folder")
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Scenario,
    Sweep,
    Subnets,
    Prices,
    Vectors,
}

/// A shipped file.
#[derive(Clone, Debug)]
struct File {
    path: PathBuf,
    kind: Kind,
    text: String,
}

/// What was done to a text.
struct Change<'a> {
    /// In words, with the place.
    what: &'a str,
    /// Whether it must be refused.
    must: Must,
}

/// What must come of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Must {
    /// It is wrong.
    BeRefused,
    /// It may be right.
    NotBreak,
}

/// How a text was answered.
enum Answer {
    Accepted,
    Refused(Box<InputError>),
    /// Vectors of the right form that contradict themselves, or a start that would have to be run.
    Elsewhere,
    Panicked,
}

/// The files, and what came of their changes.
struct Hostile {
    files: Vec<File>,
    library: Arc<Library>,
    counts: BTreeMap<&'static str, u64>,
    faults: u64,
    shown: u64,
}

impl Hostile {
    fn new(root: &Path) -> Self {
        let mut files = Vec::new();
        let mut add = |folder: PathBuf, ending: &str, kind: fn(&str) -> Kind, most: usize| {
            let entries =
                fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
            paths.sort();
            for path in paths.into_iter().filter(|path| path.extension().is_some_and(|other| other == ending))
            {
                let text = fs::read_to_string(&path).expect("text");
                if text.len() <= most {
                    files.push(File { kind: kind(&text), path, text });
                }
            }
        };
        let ron = |text: &str| if ron_file::name(text) == "Sweep" { Kind::Sweep } else { Kind::Scenario };
        let table = |text: &str| if text.starts_with("netuid") { Kind::Subnets } else { Kind::Prices };
        add(root.join("configs/scenarios"), "ron", ron, usize::MAX);
        add(root.join("configs/sweeps"), "ron", ron, usize::MAX);
        for fixture in ["flat_price", "sobol_missing", "whole_ranges", "zeros_of_an_amount"] {
            let folder = root.join("crates/cli/tests/fixtures").join(fixture);
            add(folder.clone(), "ron", ron, usize::MAX);
            add(folder, "csv", table, usize::MAX);
        }
        add(root.join("configs/market"), "csv", table, usize::MAX);
        add(root.join("crates/protocol/tests/vectors"), "json", |_| Kind::Vectors, 60_000);
        let mut hostile =
            Self { files, library: Arc::default(), counts: BTreeMap::new(), faults: 0, shown: 0 };
        for file in hostile.files.clone() {
            let answer = hostile.answer(&file, file.text.clone());
            if let Answer::Refused(error) = answer {
                hostile.fault(&file, &format!("the shipped file is refused: {error}"));
            }
        }
        hostile
    }

    /// Every change of every field.
    fn systematic(&mut self) {
        for file in self.files.clone() {
            match file.kind {
                Kind::Scenario | Kind::Sweep => self.fields(&file),
                Kind::Subnets | Kind::Prices => self.cells(&file),
                Kind::Vectors => self.values(&file),
            }
            self.library.put(Source::new(&file.path, file.text.clone()));
        }
    }

    /// Every change of every field of a RON file.
    fn fields(&mut self, file: &File) {
        for value in locate::values(&file.text) {
            let place = locate::display(&value.path);
            let old = &file.text[value.span.clone()];
            let entry = value.key.as_ref().map_or(value.span.start, |key| key.start)..value.span.end;
            let replaced = |span: std::ops::Range<usize>, with: &str| {
                format!("{}{with}{}", &file.text[..span.start], &file.text[span.end..])
            };
            // With the comma after it; what may be left out is said by the type, so no rule is needed here.
            let after = file.text[entry.end..].trim_start();
            let comma = if after.starts_with(',') { file.text.len() - after.len() + 1 } else { entry.end };
            let deleted = replaced(entry.start..comma, "");
            self.tried(file, deleted, &Change { what: &format!("{place} deleted"), must: Must::NotBreak });
            let twice = replaced(entry.clone(), &format!("{0}, {0}", &file.text[entry.clone()]));
            let must =
                if value.listed && may_be_twice(&value.path) { Must::NotBreak } else { Must::BeRefused };
            self.tried(file, twice, &Change { what: &format!("{place} doubled"), must });
            if let Some(key) = &value.key {
                let name = &file.text[key.clone()];
                let (renamed, must) = match name.strip_suffix('"') {
                    // A key of a map: another name may be as good.
                    Some(open) => (format!("{open}x\""), Must::NotBreak),
                    None if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                        (format!("{name}9"), Must::NotBreak)
                    }
                    None => (format!("{name}x"), Must::BeRefused),
                };
                let what = format!("{place} renamed");
                self.tried(file, replaced(key.clone(), &renamed), &Change { what: &what, must });
            }
            for wrong in WRONG {
                let must =
                    if is_wrong(file.kind, &value, old, wrong) { Must::BeRefused } else { Must::NotBreak };
                let what = format!("{place} = {wrong}");
                self.tried(file, replaced(value.span.clone(), wrong), &Change { what: &what, must });
            }
        }
    }

    /// Every change of the first cells of a table.
    fn cells(&mut self, file: &File) {
        let lines: Vec<&str> = file.text.lines().collect();
        let joined = |row: usize, with: Option<String>| {
            let line = |(at, line): (usize, &&str)| match &with {
                Some(new) if at == row => Some(new.clone()),
                None if at == row => None,
                _ => Some((*line).to_owned()),
            };
            lines.iter().enumerate().filter_map(line).collect::<Vec<_>>().join("\n") + "\n"
        };
        for (row, line) in lines.iter().enumerate().take(MOST_ROWS) {
            let must = if row == 0 { Must::BeRefused } else { Must::NotBreak };
            self.tried(file, joined(row, None), &Change { what: &format!("row {row} deleted"), must });
            let twice = joined(row, Some(format!("{line}\n{line}")));
            self.tried(file, twice, &Change { what: &format!("row {row} doubled"), must: Must::BeRefused });
            let cells: Vec<&str> = line.split(',').collect();
            for column in 0..cells.len().min(MOST_ROWS + 1) {
                for wrong in
                    ["", "text", "-1", "NaN", "inf", "1e308", "18446744073709551616", "\"", "1,2", "\u{0}"]
                {
                    let mut cells = cells.clone();
                    cells[column] = wrong;
                    let is_time = file.kind == Kind::Prices && column == 0 && row > 0;
                    let is_blank = file.kind == Kind::Prices && column > 1 && wrong.is_empty() && row > 0;
                    let breaks_row = wrong == "1,2";
                    let must =
                        if (is_time || is_blank) && !breaks_row { Must::NotBreak } else { Must::BeRefused };
                    let what = format!("row {row}, column {column} = {wrong:?}");
                    self.tried(file, joined(row, Some(cells.join(","))), &Change { what: &what, must });
                }
            }
        }
    }

    /// Every change of the first values of a vector file: it may fail a case, but not break.
    fn values(&mut self, file: &File) {
        let mut at = 0;
        for _ in 0..MOST_VALUES {
            let rest = &file.text[at..];
            let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '-') else { break };
            let start = at + start;
            let length =
                file.text[start..].find(|c: char| !(c.is_ascii_alphanumeric() || "._-+".contains(c)));
            let end = start + length.unwrap_or(file.text.len() - start);
            for wrong in ["", "x", "-1", "NaN", "1e308", "18446744073709551616", "null", "[]", "{}", "\"\""] {
                let text = format!("{}{wrong}{}", &file.text[..start], &file.text[end..]);
                let what = format!("byte {start} = {wrong}");
                self.tried(file, text, &Change { what: &what, must: Must::NotBreak });
            }
            at = end;
        }
    }

    /// Random changes until the time is over.
    fn fuzz(&mut self, time: Duration, seed: u64) {
        let mut random = named(RunSeed(seed), Stream::Prior, &["hostile"]);
        let begin = Instant::now();
        let files: Vec<File> = self.files.iter().filter(|file| file.text.len() < 200_000).cloned().collect();
        while begin.elapsed() < time {
            let file = files.choose(&mut random).expect("there are files");
            let (text, what) = mutated(file, &mut random);
            self.tried(file, text, &Change { what: &what, must: Must::NotBreak });
            self.library.put(Source::new(&file.path, file.text.clone()));
        }
    }

    /// Reads a text in a file's place, and holds the answer against what must be.
    fn tried(&mut self, file: &File, text: String, change: &Change) {
        *self.counts.entry("tried").or_default() += 1;
        let is_empty = text.trim().is_empty();
        let begin = Instant::now();
        let answer = self.answer(file, text);
        let took = begin.elapsed();
        if took > SLOW {
            *self.counts.entry("slow").or_default() += 1;
            self.fault(file, &format!("{}: took {took:?}", change.what));
        }
        let (count, fault) = match answer {
            Answer::Accepted if change.must == Must::BeRefused => {
                ("wrongly accepted", Some("accepted".to_owned()))
            }
            Answer::Accepted => ("accepted", None),
            Answer::Elsewhere => ("not judged", None),
            Answer::Refused(error) if error.line().is_none() && file.kind != Kind::Vectors && !is_empty => {
                ("refused without a place", Some(error.to_string()))
            }
            Answer::Refused(_) => ("refused", None),
            Answer::Panicked => ("panics", Some("panicked".to_owned())),
        };
        *self.counts.entry(count).or_default() += 1;
        if let Some(fault) = fault {
            self.fault(file, &format!("{}: {fault}", change.what));
        }
    }

    fn answer(&self, file: &File, text: String) -> Answer {
        let source = Source::new(&file.path, text);
        let read = catch_unwind(AssertUnwindSafe(|| match file.kind {
            Kind::Scenario => {
                self.library.put(source);
                self.scenario(&file.path)
            }
            Kind::Sweep => self.sweep(source).map(|()| true),
            Kind::Subnets => launch_subnets(&file.path, source.text.into_bytes()).map(|_| true),
            Kind::Prices => prices(&file.path, source.text.into_bytes()).map(|_| true),
            Kind::Vectors => {
                json_file::check(&source).map(|()| dtao_protocol::conform::run(&source.text).is_ok())
            }
        }));
        match read {
            Ok(Ok(true)) => Answer::Accepted,
            Ok(Ok(false)) => Answer::Elsewhere,
            Ok(Err(error)) => Answer::Refused(Box::new(error)),
            Err(_) => Answer::Panicked,
        }
    }

    /// Reads a scenario. A start that is another one's end is replayed where the shipped files have it: to replay others
    /// would be to run them.
    fn scenario(&self, path: &Path) -> Result<bool, InputError> {
        let resolved = Resolved::read_from(&self.library, path, &[])?;
        if let Start::Replayed { scenario, until, .. } = &resolved.scenario.start {
            let shipped =
                [4_964_236, 5_000_231].contains(&until.0) && scenario.ends_with("february_2025.ron");
            if !shipped || path.ends_with("february_2025.ron") {
                return Ok(false);
            }
        }
        Loaded::read_from(&self.library, path, &[], LaunchSubnets::Needed).map(|_| true)
    }

    fn sweep(&self, source: Source) -> Result<(), InputError> {
        let plan = Plan::of(source, None, None, Arc::clone(&self.library))?;
        for cell in (0..plan.cells()).take(if plan.cells() > MOST_CELLS { 1 } else { MOST_CELLS as usize }) {
            plan.load(cell)?;
        }
        Ok(())
    }

    /// Gives some texts to the program.
    fn by_program(&mut self, program: &Path) {
        let mut random = named(RunSeed(7), Stream::Prior, &["program"]);
        let folder = tempfile::tempdir().expect("a folder");
        let files: Vec<File> = self.files.iter().filter(|file| file.text.len() < 20_000).cloned().collect();
        for number in 0..60 {
            let file = files.choose(&mut random).expect("there are files");
            let (text, what) = mutated(file, &mut random);
            // Beside the file itself, or what it names would not be found.
            let path = match file.kind {
                Kind::Scenario | Kind::Sweep => file.path.with_file_name(format!(".hostile-{number}.ron")),
                _ => folder.path().join(format!("{number}.json")),
            };
            fs::write(&path, text).expect("it can be written");
            let command = if file.kind == Kind::Vectors { "conform" } else { "check" };
            let output = Command::new(program).arg(command).arg(&path).output().expect("it starts");
            fs::remove_file(&path).expect("it was written");
            *self.counts.entry("programs").or_default() += 1;
            if !matches!(output.status.code(), Some(0..=2)) {
                self.fault(file, &format!("{what}: the program ended with {}", output.status));
            }
        }
    }

    fn fault(&mut self, file: &File, what: &str) {
        self.faults += 1;
        self.shown += 1;
        if self.shown <= 400 {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            println!("{name}: {what}");
        }
    }

    fn report(&self, part: &str) {
        let counts: Vec<String> = self.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        println!("{part}: {}; {} fault(s)", counts.join(", "), self.faults);
    }
}

/// Values that hardly any field takes.
const WRONG: [&str; 13] = [
    "-5",
    "NaN",
    "inf",
    "-inf",
    "1e308",
    "-1e308",
    "18446744073709551615",
    "\"\"",
    "\"text\"",
    "[]",
    "{}",
    "true",
    "Nonsense",
];

/// Whether a value must be refused in another's place.
fn is_wrong(kind: Kind, old: &Value, text: &str, wrong: &str) -> bool {
    let names: Vec<&str> = old
        .path
        .iter()
        .filter_map(|step| match step {
            Segment::Name(name) => Some(name.as_str()),
            Segment::Index(_) => None,
        })
        .collect();
    let last = names.last().copied().unwrap_or("");
    // Values of a sweep are RON text, with or without quotes; what they are in the scenario is not known here.
    let is_design = kind == Kind::Sweep
        && names.first().is_some_and(|name| ["design", "arms", "set", "names"].contains(name));
    if is_design || names.contains(&"set") {
        return false;
    }
    match wrong {
        "\"\"" | "\"text\"" => {
            let is_prose = ["about", "source"].contains(&last);
            old.form != Form::Text || (!is_prose && wrong == "\"\"")
        }
        "[]" => !text.starts_with('['),
        // A struct whose fields may all be left out is as good as an empty map to the reader.
        "{}" => !text.starts_with('{'),
        "true" => !["true", "false", "None", "Some(true)", "Some(false)"].contains(&text),
        "Nonsense" => true,
        // Any number may be a seed, and what is known of a metric may be anything.
        _ if old.form == Form::Number => {
            let is_seed = last == "seed" || last == "seeds";
            // The limit of a share below something, or what is known.
            let is_known =
                ["target", "within"].contains(&last) || (last.starts_with("over_") && wrong == "-5");
            let finite = !matches!(wrong, "NaN" | "inf" | "-inf");
            match wrong {
                _ if !finite => true,
                "18446744073709551615" => !(is_seed || is_known),
                "1e308" | "-1e308" => !is_known,
                // Log-odds, and what a metric is held against, may be negative.
                _ => !(is_known || ["odds", "bias", "momentum", "is", "ShareBelow"].contains(&last)),
            }
        }
        _ => true,
    }
}

/// Whether an element of a list may stand there twice: calls may be made twice, and reasons to sell given twice.
fn may_be_twice(path: &[Segment]) -> bool {
    let list = path.iter().rev().find_map(|step| match step {
        Segment::Name(name) => Some(name.as_str()),
        Segment::Index(_) => None,
    });
    list.is_some_and(|list| ["calls", "exits"].contains(&list))
}

/// A text with a few random changes, and what they were.
fn mutated(file: &File, random: &mut impl Rng) -> (String, String) {
    let mut bytes = file.text.clone().into_bytes();
    let mut what = Vec::new();
    for _ in 0..random.random_range(1..=3) {
        if bytes.is_empty() {
            break;
        }
        let at = random.random_range(0..bytes.len());
        let end = (at + random.random_range(1..40)).min(bytes.len());
        match random.random_range(0..7) {
            0 => bytes[at] = random.random(),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 => bytes.truncate(at),
            4 => {
                let token = TOKENS.choose(random).expect("tokens");
                bytes.splice(at..at, token.bytes());
            }
            5 => {
                let token = TOKENS.choose(random).expect("tokens");
                let (start, end) = token_at(&bytes, at);
                bytes.splice(start..end, token.bytes());
            }
            _ => {
                let other = random.random_range(0..bytes.len());
                let (from, to) = (token_at(&bytes, other), token_at(&bytes, at));
                let part = bytes[from.0..from.1].to_vec();
                bytes.splice(to.0..to.1, part);
            }
        }
        what.push(at.to_string());
    }
    (String::from_utf8_lossy(&bytes).into_owned(), format!("mutated at {}", what.join(", ")))
}

/// The word, number or mark around a byte.
fn token_at(bytes: &[u8], at: usize) -> (usize, usize) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let start = bytes[..at].iter().rposition(|byte| !is_word(byte)).map_or(0, |before| before + 1);
    let end = bytes[at..].iter().position(|byte| !is_word(byte)).map_or(bytes.len(), |length| at + length);
    (start, end.max(at + 1).min(bytes.len()))
}

const TOKENS: [&str; 24] = [
    "0",
    "-1",
    "1e308",
    "NaN",
    "inf",
    "18446744073709551615",
    "18446744073709551616",
    "0.0000000000000000001",
    "\"",
    "'",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "Some(",
    "None",
    "\"18446744073709551615 rao\"",
    "/*",
    "\u{202e}",
    "r#\"",
];
