//! Wrong inputs, systematic and random, held against what must come of them.
//!
//! ```text
//! cargo run --release --example hostile -- --seconds 30 --seed 1 --dtao target/release/dtao
//! ```
//! Each field of each shipped file, and of a scenario that writes every rule, is deleted, renamed, doubled and given
//! wrong values; then seeded mutations of bytes and tokens go over the same files, and over paths and values for `--set`.
//! Every text is read and checked as the program does before a run. It must be accepted or refused with a place, without
//! a panic, within a second; and what is known to be wrong must be refused. A scenario of rules that is accepted is run
//! too. Some texts are given to the program itself, for its exit codes.
#![expect(clippy::disallowed_types, reason = "it measures how long reading takes; no result depends on it")]

mod assignments;
mod changes;
mod mutations;
mod rules;

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use clap::Parser;
use dtao_engine::random::{RunSeed, Stream, named};
use dtao_experiment::recorded::launch::launch_subnets;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::recorded::pools::pools;
use dtao_experiment::recorded::prices::prices;
use dtao_experiment::scenario::{LaunchSubnets, Loaded, Resolved, Start};
use dtao_files::input::{InputError, Source, json_file, ron_file};
use dtao_sweep::plan::Plan;
use rand::RngExt;
use rand::seq::IndexedRandom;

use self::assignments::Assignments;
use self::mutations::mutated;

/// More processor time than this is slow.
const SLOW: Duration = Duration::from_secs(1);
/// A sweep of more cells is not checked cell by cell.
const MOST_CELLS: u64 = 32;
/// A run that takes longer is slow.
const SLOW_RUN: Duration = Duration::from_secs(20);

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
    let files = files(&root());
    let mut hostile = Hostile::new(&files);
    hostile.shipped();
    let next = AtomicUsize::new(0);
    hostile.side_by_side(|_, own| {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            own.systematic(file);
        }
    });
    hostile.report("systematic");
    hostile.side_by_side(|thread, own| own.fuzz(Duration::from_secs(seconds), seed, thread));
    hostile.report("with mutations");
    if let Some(program) = dtao {
        hostile.by_program(&program);
        hostile.report("with the program");
    }
    if hostile.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Processor time that this thread has used; where the system does not say, time since the program was first asked.
fn used() -> Duration {
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let said = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = said.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| BEGIN.elapsed(), Duration::from_nanos)
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
    Pools,
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
    /// It was accepted, and its run failed.
    Failed(String),
    Panicked,
}

/// The shipped files, the longest first.
fn files(root: &Path) -> Vec<File> {
    let mut files = Vec::new();
    let mut add = |folder: PathBuf, ending: &str, kind: fn(&str) -> Kind, most: usize| {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| path.extension().is_some_and(|other| other == ending)) {
            let text = fs::read_to_string(&path).expect("text");
            // What a table is held against is read by no command.
            let read = !text.starts_with("netuid,paid");
            if read && text.len() <= most {
                files.push(File { kind: kind(&text), path, text });
            }
        }
    };
    let ron = |text: &str| if ron_file::name(text) == "Sweep" { Kind::Sweep } else { Kind::Scenario };
    let table = |text: &str| match text.lines().next().unwrap_or_default() {
        header if header.starts_with("netuid,tao_in") => Kind::Pools,
        header if header.starts_with("netuid") => Kind::Subnets,
        _ => Kind::Prices,
    };
    add(root.join("configs/scenarios"), "ron", ron, usize::MAX);
    add(root.join("configs/sweeps"), "ron", ron, usize::MAX);
    for fixture in ["flat_price", "sobol_missing", "whole_ranges", "zeros_of_an_amount"] {
        let folder = root.join("crates/cli/tests/fixtures").join(fixture);
        add(folder.clone(), "ron", ron, usize::MAX);
        add(folder, "csv", table, usize::MAX);
    }
    add(root.join("configs/market"), "csv", table, usize::MAX);
    add(root.join("crates/protocol/tests/vectors"), "json", |_| Kind::Vectors, 60_000);
    files.extend(rules::scenarios(root));
    files.sort_by_key(|file| std::cmp::Reverse(file.text.len()));
    files
}

/// The files, and what came of their changes.
struct Hostile<'a> {
    files: &'a [File],
    library: Arc<Library>,
    counts: BTreeMap<&'static str, u64>,
    faults: u64,
}

impl<'a> Hostile<'a> {
    fn new(files: &'a [File]) -> Self {
        Self { files, library: Arc::default(), counts: BTreeMap::new(), faults: 0 }
    }

    /// The files as they are must be right.
    fn shipped(&mut self) {
        for file in self.files {
            match self.answer(file, file.text.clone(), &[]) {
                Answer::Refused(error) => {
                    self.fault(file, &format!("the shipped file is refused: {error}"));
                }
                Answer::Failed(error) => self.fault(file, &format!("its run failed: {error}")),
                _ => {}
            }
        }
    }

    /// The same on each processor, with its number and files of its own, and counts what came of all.
    fn side_by_side(&mut self, each: impl Fn(usize, &mut Self) + Sync) {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let files = self.files;
        let own = |thread| {
            let mut own = Hostile::new(files);
            each(thread, &mut own);
            (own.counts, own.faults)
        };
        let own = &own;
        let all: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(move || own(thread))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("panics of what is tried are caught"))
                .collect()
        });
        for (counts, faults) in all {
            for (what, count) in counts {
                *self.counts.entry(what).or_default() += count;
            }
            self.faults += faults;
        }
    }

    /// Random changes until the time is over.
    fn fuzz(&mut self, time: Duration, seed: u64, thread: usize) {
        let mut random = named(RunSeed(seed), Stream::Prior, &["hostile", &thread.to_string()]);
        let begin = Instant::now();
        let files: Vec<File> = self.files.iter().filter(|file| file.text.len() < 200_000).cloned().collect();
        let assignments = Assignments::of(&files);
        while begin.elapsed() < time {
            if random.random_ratio(1, 4) {
                let (file, set) = assignments.next(&mut random);
                *self.counts.entry("with --set").or_default() += 1;
                let what = format!("--set {}", set.join(" --set "));
                let change = Change { what: &what, must: Must::NotBreak };
                self.tried_with(&file, file.text.clone(), &set, &change);
                continue;
            }
            let file = files.choose(&mut random).expect("there are files");
            let (text, what) = mutated(&file.text, &mut random);
            self.tried(file, text, &Change { what: &what, must: Must::NotBreak });
            self.library.put(Source::new(&file.path, file.text.clone()));
        }
    }

    /// Reads a text in a file's place, and holds the answer against what must be.
    fn tried(&mut self, file: &File, text: String, change: &Change) {
        self.tried_with(file, text, &[], change);
    }

    /// The same, with assignments.
    fn tried_with(&mut self, file: &File, text: String, set: &[String], change: &Change) {
        *self.counts.entry("tried").or_default() += 1;
        let is_empty = text.trim().is_empty();
        let begin = used();
        let answer = self.answer(file, text, set);
        let took = used().saturating_sub(begin);
        if took > (if rules::is_one(&file.path) { SLOW_RUN } else { SLOW }) {
            *self.counts.entry("slow").or_default() += 1;
            self.fault(file, &format!("{}: took {took:?}", change.what));
        }
        let (count, fault) = match answer {
            Answer::Accepted if change.must == Must::BeRefused => {
                ("wrongly accepted", Some("accepted".to_owned()))
            }
            Answer::Accepted => ("accepted", None),
            Answer::Elsewhere => ("not judged", None),
            Answer::Failed(error) => ("failed runs", Some(error)),
            // An assignment that is none has no place in the file.
            Answer::Refused(error)
                if error.line().is_none()
                    && (set.is_empty() || !error.message().contains("--set"))
                    && file.kind != Kind::Vectors
                    && !is_empty =>
            {
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

    fn answer(&self, file: &File, text: String, set: &[String]) -> Answer {
        let source = Source::new(&file.path, text);
        let read = catch_unwind(AssertUnwindSafe(|| match file.kind {
            Kind::Scenario => {
                self.library.put(source);
                self.scenario(&file.path, set)
            }
            Kind::Sweep => self.sweep(source).map(|()| Answer::Accepted),
            Kind::Subnets => launch_subnets(&file.path, source.text.into_bytes()).map(|_| Answer::Accepted),
            Kind::Pools => pools(&file.path, source.text.into_bytes()).map(|_| Answer::Accepted),
            Kind::Prices => prices(&file.path, source.text.into_bytes()).map(|_| Answer::Accepted),
            Kind::Vectors => {
                json_file::check(&source).map(|()| match dtao_protocol::conform::run(&source.text) {
                    Ok(_) => Answer::Accepted,
                    Err(_) => Answer::Elsewhere,
                })
            }
        }));
        match read {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Answer::Refused(Box::new(error)),
            Err(_) => Answer::Panicked,
        }
    }

    /// Reads a scenario. A start that is another one's end is replayed where the shipped files have it: to replay others
    /// would be to run them.
    fn scenario(&self, path: &Path, set: &[String]) -> Result<Answer, InputError> {
        let resolved = Resolved::read_from(&self.library, path, set)?;
        if let Start::Replayed { scenario, until, .. } = &resolved.scenario.start {
            let shipped =
                [4_964_236, 5_000_231].contains(&until.0) && scenario.ends_with("february_2025.ron");
            if !shipped || path.ends_with("february_2025.ron") {
                return Ok(Answer::Elsewhere);
            }
        }
        let loaded = Loaded::read_from(&self.library, path, set, LaunchSubnets::Needed)?;
        let ran = if rules::is_one(path) { rules::run(&loaded) } else { Ok(()) };
        Ok(ran.map_or_else(Answer::Failed, |()| Answer::Accepted))
    }

    fn sweep(&self, source: Source) -> Result<(), InputError> {
        let plan = Plan::of(source, None, Arc::clone(&self.library))?;
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
            let (text, what) = mutated(&file.text, &mut random);
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
        if self.faults <= 200 {
            let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            println!("{name}: {what}");
        }
    }

    fn report(&self, part: &str) {
        let counts: Vec<String> = self.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        println!("{part}: {}; {} fault(s)", counts.join(", "), self.faults);
    }
}
