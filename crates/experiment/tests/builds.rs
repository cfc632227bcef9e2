//! Which program made a result: two builds that differ are two builds.

#[path = "../build/sources.rs"]
mod sources;

use std::fs;
use std::path::Path;

use sources::{hash, of_program};
use tempfile::TempDir;

/// A project of two packages.
fn project() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, text) in [
        ("Cargo.toml", "[workspace]"),
        ("Cargo.lock", "version = 4"),
        ("crates/engine/Cargo.toml", "[package]"),
        ("crates/engine/build.rs", "fn main() {}"),
        ("crates/engine/src/lib.rs", "mod ledger;"),
        ("crates/engine/src/ledger/stake.rs", "pub fn stake() {}"),
        ("crates/report/assets/report.css", "body {}"),
        ("crates/report/templates/report.html", "<html>"),
        ("crates/reproduce/published/sn28/answers.csv", "question"),
        ("agents/Cargo.toml", "[package]"),
        ("agents/src/lib.rs", "mod noise;"),
        ("docs/model.md", "# The model"),
        ("crates/engine/tests/all.rs", "#[test]"),
    ] {
        write(folder.path(), name, text);
    }
    folder
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("room");
    fs::write(path, text).expect("room");
}

fn of(root: &Path) -> String {
    hash(root, &of_program(root).expect("readable")).expect("readable")
}

#[test]
fn two_builds_that_differ_in_a_byte_of_what_they_are_built_from_are_two_builds() {
    let folder = project();
    let root = folder.path();
    let before = of(root);
    assert_eq!(of(root), before, "the same files are the same build");
    for name in [
        "Cargo.toml",
        "Cargo.lock",
        "crates/engine/Cargo.toml",
        "crates/engine/build.rs",
        "crates/engine/src/ledger/stake.rs",
        "crates/report/assets/report.css",
        "crates/report/templates/report.html",
        "crates/reproduce/published/sn28/answers.csv",
        "agents/src/lib.rs",
    ] {
        let text = fs::read_to_string(root.join(name)).expect("readable");
        write(root, name, &(text.clone() + " "));
        assert_ne!(of(root), before, "{name} was changed");
        fs::remove_file(root.join(name)).expect("it is there");
        assert_ne!(of(root), before, "{name} was removed");
        write(root, name, &text);
        assert_eq!(of(root), before, "{name} is as it was");
    }
    for name in ["agents/src/new.rs", "crates/more/src/lib.rs", ".cargo/config.toml", "rust-toolchain.toml"] {
        write(root, name, "");
        assert_ne!(of(root), before, "{name} is new, and no commit knows it");
        fs::remove_file(root.join(name)).expect("it is there");
    }
    fs::rename(root.join("agents/src/lib.rs"), root.join("agents/src/lid.rs")).expect("it is there");
    assert_ne!(of(root), before, "a file has another name");
}

#[test]
fn what_the_program_is_not_built_from_makes_no_other_build() {
    let folder = project();
    let before = of(folder.path());
    for name in ["docs/model.md", "crates/engine/tests/all.rs", "README.md"] {
        write(folder.path(), name, "changed");
        assert_eq!(of(folder.path()), before, "{name}");
    }
}

#[test]
fn a_build_watches_all_that_its_hash_is_of() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let watched = of_program(&root).expect("readable");
    for name in ["Cargo.lock", "Cargo.toml", "agents/Cargo.toml", "crates/cli/src", "crates/protocol/src"] {
        assert!(watched.contains(&root.join(name)), "{name}");
    }
}
