//! Every way to write a table wrongly.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::{InputError, Table, read, text};

/// A folder with one file in it.
struct Folder {
    folder: TempDir,
    file: PathBuf,
}

fn folder(name: &str, bytes: &[u8]) -> Folder {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).expect("a file can be written");
    Folder { folder, file }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

/// The rows of a table, as text.
fn rows_of(path: &Path) -> Result<Vec<Vec<String>>, InputError> {
    let table = Table::of(path, read(path)?)?;
    let mut rows = Vec::new();
    table.rows(|record| {
        rows.push(record.iter().map(|cell| text(cell).to_owned()).collect());
        Ok(())
    })?;
    Ok(rows)
}

fn wrong(text: &str) -> InputError {
    rows_of(&folder("a.csv", text.as_bytes()).file).expect_err("the table is wrong")
}

#[track_caller]
fn is(error: &InputError, line: usize, column: usize, message: &str, help: Option<&str>) {
    let found = (error.line(), error.column(), error.message(), error.help());
    assert_eq!(found, (Some(line), Some(column), message, help));
}

const TWO: &str = "time_utc,block,1,28\n2025-02-14 00:00,100,0.5,\n2025-02-14 00:02,110,0.25,0.125\n";

#[test]
fn compression_byte_order_marks_and_windows_line_ends_change_nothing() {
    let windows = format!("\u{feff}{}", TWO.replace('\n', "\r\n"));
    let read = |name, bytes: &[u8]| rows_of(&folder(name, bytes).file);
    let plain = read("prices.csv", TWO.as_bytes());
    assert_eq!(plain.as_ref().map(Vec::len), Ok(2));
    assert_eq!(read("prices.csv.gz", &gzip(TWO.as_bytes())), plain);
    assert_eq!(read("prices.csv", windows.as_bytes()), plain);
}

#[test]
fn a_missing_file_names_the_nearest_one() {
    let folder = folder("prices_2025.csv.gz", b"");
    let error = rows_of(&folder.folder.path().join("prices_2026.csv.gz")).expect_err("no such file");
    assert_eq!((error.line(), error.message()), (None, "there is no such file"));
    assert_eq!(error.help(), Some(&*format!("did you mean `{}`?", folder.file.display())));
    let nowhere = folder.folder.path().join("nowhere");
    let error = rows_of(&nowhere.join("prices.csv")).expect_err("no such folder");
    assert_eq!(error.help(), Some(&*format!("there is no folder `{}`", nowhere.display())));
    let error = rows_of(folder.folder.path()).expect_err("a folder");
    assert_eq!(error.message(), "this is a folder, not a file");
}

#[test]
fn files_that_are_not_what_their_name_says_are_refused() {
    let message = |name, bytes: &[u8]| {
        let error = rows_of(&folder(name, bytes).file).expect_err("the file is wrong");
        error.message().to_owned()
    };
    let packed = gzip(TWO.as_bytes());
    assert_eq!(message("a.csv.gz", TWO.as_bytes()), "the file is not gzip, though its name ends in `.gz`");
    assert_eq!(message("a.csv", &packed), "the file is gzip, but its name does not end in `.gz`");
    let cut = message("a.csv.gz", &packed[..packed.len() - 9]);
    assert!(cut.starts_with("the gzip file is damaged or cut short"), "{cut}");
    let latin = rows_of(&folder("a.csv", b"time_utc,block,1\nm\xe4rz,1,1\n").file).expect_err("not UTF-8");
    is(&latin, 2, 2, "the file is not UTF-8 text: byte 0xe4 found", Some("save it as UTF-8"));
}

#[test]
fn a_table_without_rows_is_refused() {
    assert_eq!(wrong("").message(), "the file is empty");
    assert_eq!(wrong("\n\n").message(), "the file is empty");
    is(&wrong("time_utc,block,1\n"), 2, 1, "there are no rows after the header", None);
}
