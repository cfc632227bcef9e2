//! Runs that fail, and what comes of the others.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use dtao_experiment::scenario::Loaded;

/// Stops after a number of runs.
struct Patience {
    most: u64,
    made: AtomicU64,
    notes: Mutex<Vec<String>>,
}

impl Patience {
    fn for_runs(runs: u64) -> Self {
        Self { most: runs, made: AtomicU64::new(0), notes: Mutex::default() }
    }
}

impl Watch for Patience {
    fn begins(&self, _: u64, _: u64, _: u64) {}

    fn made(&self, _: bool) {
        self.made.fetch_add(1, Ordering::Relaxed);
    }

    fn note(&self, text: &str) {
        self.notes.lock().expect("no panic").push(text.into());
    }

    fn progress(&self) -> Progress {
        if self.made.load(Ordering::Relaxed) >= self.most { Progress::Stop } else { Progress::Continue }
    }
}

fn smoke() -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/sweeps/smoke.ron");
    let mut plan = Plan::read(&path, None).expect("a good sweep");
    // What is made here has outcomes alone.
    plan.series.clear();
    plan
}

fn settings(jobs: usize, beginning: Beginning) -> Settings {
    let jobs = NonZeroUsize::new(jobs).expect("at least one");
    Settings { jobs, beginning, shard: None, audit: Audit::EveryBlock, format: Format::Csv }
}

/// Breaks an invariant, fails, or comes to numbers that say which run it is.
fn unsteady(run: u64, _: &[String]) -> Result<Option<Vec<Option<f64>>>, String> {
    assert_ne!(run % 50, 7, "the books of run {run}\ndo not close");
    if run % 50 == 8 {
        return Err("no room, \"here\"".into());
    }
    Ok(Some(vec![Some(run as f64 / 3.0), None, Some(-1e-9)]))
}

#[test]
fn runs_that_fail_are_told_with_their_replay_and_the_rest_goes_on() {
    let plan = smoke();
    let folder = tempfile::tempdir().expect("a folder");
    let one = folder.path().join("one");
    let ending = sweep_by(&plan, &one, &settings(1, Beginning::Fresh), &Patience::for_runs(1_000), &unsteady);
    let Ok(Ending::Complete(report)) = ending else { panic!("{ending:?}") };
    assert_eq!((report.runs, report.failed), (240, 10));

    let runs = fs::read_to_string(one.join("runs.csv")).expect("a table");
    assert_eq!(runs.lines().count(), 1 + 230);
    assert!(
        !runs.contains("\n57,") && runs.contains("\n56,1,baseline,16,10,0.7,18.666666666666668,,-1e-9\n")
    );
    let mut failures = csv::Reader::from_path(one.join("failures.csv")).expect("a table");
    let rows: Vec<csv::StringRecord> = failures.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 10);
    assert!(rows[2][6].starts_with("panic at crates/sweep/src/tests.rs:"), "{:?}", rows[2]);
    assert!(rows[2][6].contains("the books of run 57\ndo not close"), "{:?}", rows[2]);
    assert_eq!(&rows[3][6], "no room, \"here\"");
    for row in &rows {
        replays(&plan, row[0].parse().expect("a run"), &row[7]);
    }
}

/// The command, as a shell reads it, makes the same run.
fn replays(plan: &Plan, run: u64, command: &str) {
    let line = format!("set -- {command}; for word; do printf '%s\\0' \"$word\"; done");
    let output = Command::new("sh").args(["-c", &line]).output().expect("a shell");
    let words = String::from_utf8(output.stdout).expect("text");
    let words: Vec<&str> = words.split_terminator('\0').collect();
    let ["dtao", "run", scenario, "--seed", seed, sets @ .., "--audit"] = words.as_slice() else {
        panic!("{words:?}")
    };
    assert_eq!(*seed, plan.row(run).seed.to_string());
    let (flags, values): (Vec<_>, Vec<_>) = sets.chunks(2).map(|pair| (pair[0], pair[1].to_owned())).unzip();
    assert!(flags.iter().all(|flag| *flag == "--set"), "{flags:?}");
    let replayed = Loaded::read(Path::new(scenario), &values).expect("it reads");
    assert_eq!(replayed.scenario, plan.load(plan.cell(run)).expect("it reads").scenario);
}

#[test]
fn a_sweep_with_failures_gives_the_same_bytes_however_it_was_stopped() {
    let plan = smoke();
    let folder = tempfile::tempdir().expect("a folder");
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    sweep_by(&plan, &one, &settings(1, Beginning::Fresh), &Patience::for_runs(1_000), &unsteady)
        .expect("done");
    let mut stops = 0;
    let settings = settings(3, Beginning::Resuming);
    // A failed run is made: it is not tried again.
    while let Ending::Stopped(_) =
        sweep_by(&plan, &other, &settings, &Patience::for_runs(40), &unsteady).expect("no error")
    {
        stops += 1;
        assert!(stops < 10, "each time goes further");
    }
    assert!(stops >= 5, "{stops}");
    for name in ["plan.csv", "points.csv", "runs.csv", "failures.csv", "manifest.json"] {
        let read = |folder: &Path| fs::read_to_string(folder.join(name)).expect("a table");
        assert!(read(&one) == read(&other), "{name} differs");
    }
}

#[test]
fn lost_tables_that_runs_say_all_of_are_made_again_without_a_run() {
    let plan = smoke();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let watch = Patience::for_runs(1_000);
    let read = || {
        let names = ["plan.csv", "points.csv", "runs.csv", "cells.csv", "failures.csv", "manifest.json"];
        names.map(|name| fs::read_to_string(out.join(name)).unwrap_or_default())
    };
    sweep_by(&plan, &out, &settings(2, Beginning::Fresh), &watch, &unsteady).expect("done");
    let before = read();
    for name in ["plan.csv", "points.csv", "cells.csv"] {
        fs::write(out.join(name), "spoilt").expect("room");
    }
    let none = |run: u64, _: &[String]| panic!("run {run} is made again");
    let ending = sweep_by(&plan, &out, &settings(2, Beginning::Resuming), &watch, &none);
    let Ok(Ending::Complete(report)) = ending else { panic!("{ending:?}") };
    assert_eq!((report.runs, report.failed), (240, 10));
    assert!(read() == before);
    let notes = watch.notes.lock().expect("no panic").join("\n");
    for name in ["plan.csv", "points.csv", "cells.csv"] {
        assert!(notes.contains(&format!("{name}: its manifest says")), "{notes}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_files_have_the_columns_and_cells_of_the_tables_and_the_manifest() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    let plan = smoke();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let settings = Settings { format: Format::CsvAndParquet, ..settings(2, Beginning::Fresh) };
    sweep_by(&plan, &out, &settings, &Patience::for_runs(1_000), &unsteady).expect("done");
    for name in ["runs", "cells", "failures"] {
        let file = fs::File::open(out.join(format!("{name}.parquet"))).expect("a file");
        let reader = SerializedFileReader::new(file).expect("a Parquet file");
        let metadata = reader.metadata().file_metadata();
        let pairs = metadata.key_value_metadata().expect("metadata");
        let manifest = pairs.iter().find(|pair| pair.key == "dtao.manifest").expect("the manifest");
        assert!(manifest.value.as_ref().is_some_and(|json| json.contains("plan_table")));
        let names: Vec<_> = metadata.schema_descr().columns().iter().map(|c| c.name().to_owned()).collect();
        let mut csv = csv::Reader::from_path(out.join(format!("{name}.csv"))).expect("a table");
        assert_eq!(names, csv.headers().expect("a header").iter().collect::<Vec<_>>());
        let mut rows = reader.get_row_iter(None).expect("rows");
        for record in csv.records().map(|record| record.expect("a row")) {
            let row = rows.next().expect("as many rows").expect("a row");
            for ((_, field), cell) in row.get_column_iter().zip(&record) {
                let same = match field {
                    Field::Null => cell.is_empty(),
                    Field::Double(number) => cell.parse::<f64>().is_ok_and(|cell| cell == *number),
                    Field::ULong(number) => cell.parse::<u64>().is_ok_and(|cell| cell == *number),
                    Field::Str(text) => cell == text,
                    other => panic!("{other:?}"),
                };
                assert!(same, "{name}: {field:?} for {cell}");
            }
        }
        assert!(rows.next().is_none(), "{name}: more rows");
    }
}
