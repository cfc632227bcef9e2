//! What the program brings along, written by `dtao init` and found by name.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::program::{Folder, project};

fn files(folder: &Path, inside: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, inside, found);
        } else {
            let name = path.strip_prefix(inside).expect("it is inside").to_string_lossy().into_owned();
            found.insert(name, fs::read(&path).expect("it can be read"));
        }
    }
}

fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    files(folder, folder, &mut found);
    found
}

#[test]
fn an_installed_program_writes_what_it_ships_and_runs_it_by_name() {
    let folder = Folder::new();
    folder.dtao(&["run", "noise"]).refused_with(&["`noise`", "dtao init"]);
    let told = folder.dtao(&["init", "here"]).exits(0).stdout;
    assert!(told.contains("here/configs") && told.contains("dtao run"), "{told}");
    assert_eq!(tree(&folder.path("here/configs")), tree(&project().join("configs")));

    // From a folder below, too, and with the path that a user would type in the manifest and in errors.
    let deeper = folder.path("here/mine/deeper");
    fs::create_dir_all(&deeper).expect("room");
    let run = |arguments: &[&str]| {
        let output = folder.command(arguments).current_dir(&deeper).output().expect("it starts");
        crate::program::Done::of(output)
    };
    run(&["run", "noise", "--blocks", "20"]).exits(0);
    let checked = run(&["check", "noise", "smoke"]).exits(0).stdout;
    assert!(checked.contains("../../configs/scenarios/noise.ron: good"), "{checked}");
    assert!(checked.contains("../../configs/sweeps/smoke.ron: good"), "{checked}");
    run(&["sweep", "smoke", "--dry-run"]).exits(0);
    run(&["run", "noise", "--set", "blokcs=3"]).refused_with(&["blokcs"]);
}

#[test]
fn what_is_not_shipped_is_refused_with_what_is() {
    let folder = Folder::new();
    let meant = "did you mean `noise`?";
    folder.dtao(&["run", "nose"]).refused_with(&["'nose'", meant, "scenarios:", "february_2025", "noise"]);
    let smoke = "did you mean the sweep `smoke`? `dtao sweep smoke` takes it.";
    for name in ["smok", "smoke"] {
        folder.dtao(&["run", name]).refused_with(&[smoke]);
    }
    // What the user's own folder has is meant, too.
    folder.put("configs/sweeps/tide.ron", "Sweep(");
    folder.dtao(&["sweep", "tied"]).refused_with(&["did you mean `tide`?"]);
    folder.dtao(&["sweep", "noise"]).refused_with(&["sweeps:", "smoke"]);
    // A text with an ending or a folder is a path, and a file of that name comes first.
    folder.dtao(&["run", "nose.ron"]).refused_with(&["nose.ron", "there is no such file"]);
    folder.write("small", &folder.read("small.ron"));
    folder.dtao(&["check", "small"]).exits(0);
}

#[test]
fn nothing_that_is_there_is_written_over() {
    let folder = Folder::new();
    folder.dtao(&["init", "."]).exits(0);
    folder.write("configs/scenarios/noise.ron", "mine");
    folder.dtao(&["init", "."]).refused_with(&["configs", "left alone"]);
    assert_eq!(folder.read("configs/scenarios/noise.ron"), "mine");
    folder.write("file", "mine");
    assert_ne!(folder.dtao(&["init", "file"]).code, Some(0));
    assert_eq!(folder.read("file"), "mine");
}
