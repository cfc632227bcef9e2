//! Folders that hold what they should not, and results whose move was interrupted.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::table::{Digest, Tables};
use super::*;

const LAYOUT: Layout =
    Layout { kind: Kind::Sweep, tables: &["a.csv", "b.csv", "c.csv"], rows: &["rows"], beside: &["shard-"] };

fn open(path: &Path) -> Result<Folder, FolderError> {
    Folder::open(path, &LAYOUT, |survey| survey.refuse_foreign(&LAYOUT)).map(|(folder, ())| folder)
}

fn manifest(complete: bool, tables: &Tables) -> String {
    serde_json::json!({ "dtao": "sweep", "complete": complete, "tables": tables }).to_string()
}

/// Writes tables of a text into `parts`, and returns the manifest of the result.
fn make(folder: &Folder, names: &[&str], text: &str) -> String {
    folder.begin(&manifest(false, &Tables::new())).expect("room");
    let mut tables = Tables::new();
    for name in names {
        let path = folder.parts().join(name);
        write_whole(&path, text).expect("room");
        tables.insert((*name).to_owned(), Digest::of_file(&path, Some(0)).expect("it is there"));
    }
    manifest(true, &tables)
}

fn all(path: &Path) -> Vec<(String, String)> {
    let names = names(path).expect("readable");
    names.iter().map(|name| (shown(name), fs::read_to_string(path.join(name)).unwrap_or_default())).collect()
}

#[test]
fn a_new_result_replaces_the_old_one_when_it_is_whole() {
    let dir = TempDir::new().expect("a folder");
    let folder = open(dir.path()).expect("it is empty");
    let first = make(&folder, &["a.csv", "b.csv"], "x\n");
    folder.commit(&first).expect("room");
    let second = make(&folder, &["a.csv", "c.csv"], "y\n");
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).ok();
    assert_eq!(read("a.csv").as_deref(), Some("x\n"), "the old one is there until the new one is whole");
    folder.commit(&second).expect("room");
    drop(folder);
    let text = |text: &str| text.to_owned();
    assert_eq!(
        all(dir.path()),
        [(text("a.csv"), text("y\n")), (text("c.csv"), text("y\n")), (text("manifest.json"), second)]
    );
}

#[test]
fn a_result_whose_move_was_interrupted_is_moved_by_whoever_comes_next() {
    let names = ["a.csv", "c.csv"];
    let steps = names.len() + 1;
    let mut expected = None;
    for moved in 0..=steps {
        let dir = TempDir::new().expect("a folder");
        let folder = open(dir.path()).expect("it is empty");
        folder.commit(&make(&folder, &["a.csv", "b.csv"], "x\n")).expect("room");
        let manifest = make(&folder, &names, "y\n");
        write_whole(&folder.parts().join("000003.rows"), "").expect("room");
        write_whole(&folder.parts().join(MANIFEST), &manifest).expect("room");
        // The process dies after so many steps: its lock file stays.
        for name in names.iter().chain(&["b.csv"]).take(moved) {
            if *name == "b.csv" {
                fs::remove_file(dir.path().join(name)).expect("it is there");
            } else {
                fs::rename(folder.parts().join(name), dir.path().join(name)).expect("it is there");
            }
        }
        drop(folder);
        fs::write(dir.path().join(".lock"), "").expect("room");
        drop(open(dir.path()).expect("all of it is ours"));
        let found = all(dir.path());
        assert_eq!(found.len(), 3, "{moved}: {found:?}");
        assert_eq!(*expected.get_or_insert(found.clone()), found, "{moved} steps");
    }
}

#[test]
fn what_no_manifest_claims_is_refused_by_name_and_left_alone() {
    let claims = r#"{"dtao": "sweep", "complete": true, "tables": {}}"#;
    let outside = r#"{"dtao": "sweep", "complete": true, "tables": {"../b": {"bytes": 0, "sha256": ""}}}"#;
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("thesis.txt", &[("thesis.txt", "mine"), ("manifest.json", claims)]),
        ("a.csv", &[("a.csv", "mine")]),
        ("a.csv", &[("a.csv", "mine"), ("manifest.json", claims)]),
        ("manifest.json", &[("manifest.json", r#"{"name": "an app"}"#)]),
        ("manifest.json", &[("manifest.json", "not JSON")]),
        ("manifest.json", &[("manifest.json", outside)]),
        ("parts/notes.txt", &[("parts/notes.txt", "mine")]),
        ("parts/notes.txt", &[("parts/notes.txt", "mine"), ("parts/manifest.json", claims)]),
        ("parts/a.csv", &[("parts/a.csv", "mine")]),
        ("parts", &[("parts", "a file")]),
        ("a.csv", &[("a.csv/x", "a folder"), ("manifest.json", claims)]),
        (".lock", &[(".lock", "mine")]),
        ("manifest.json.part", &[("manifest.json.part", "mine")]),
        ("a.csv.part", &[("a.csv.part", "mine"), ("manifest.json", claims)]),
    ];
    for (name, files) in cases {
        let dir = TempDir::new().expect("a folder");
        for (file, text) in *files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().expect("a folder")).expect("room");
            fs::write(path, text).expect("room");
        }
        let error = open(dir.path()).expect_err(name);
        assert!(error.is_refusal() && error.to_string().contains(name), "{name}: {error}");
        for (file, text) in *files {
            assert_eq!(fs::read_to_string(dir.path().join(file)).ok().as_deref(), Some(*text), "{name}");
        }
        assert!(!dir.path().join(".lock").exists() || *name == ".lock", "{name}: nothing was added");
    }
}

#[test]
fn a_folder_of_another_command_is_refused() {
    for kind in ["run", "shard", "experiment"] {
        for name in ["manifest.json", "parts/manifest.json"] {
            let dir = TempDir::new().expect("a folder");
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("room");
            fs::write(&path, format!(r#"{{"dtao": "{kind}", "complete": false}}"#)).expect("room");
            let error = open(dir.path()).expect_err(kind);
            assert!(matches!(error, FolderError::OtherKind { .. }), "{kind}: {error}");
            assert!(error.to_string().contains(kind), "{error}");
        }
    }
}

#[test]
fn a_manifest_claims_only_files_of_its_own_folder() {
    for name in ["../a.csv", "a/b.csv", ".lock", "", "a\0b"] {
        let dir = TempDir::new().expect("a folder");
        let tables =
            Tables::from([(name.to_owned(), Digest { bytes: 0, rows: None, sha256: String::new() })]);
        fs::write(dir.path().join(MANIFEST), manifest(true, &tables)).expect("room");
        assert!(open(dir.path()).is_err(), "{name}");
    }
}
