//! Tells the program what it is built from, for manifests.

#[path = "build/sources.rs"]
mod sources;

use std::path::{Path, PathBuf};
use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    // Looking at the state must not touch the index: that would start the next build anew.
    let output = Command::new("git").arg("--no-optional-locks").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// `clean` if all that the program is built from is as the commit has it.
fn state(sources: &[PathBuf]) -> &'static str {
    let paths: Vec<String> = sources.iter().map(|path| path.display().to_string()).collect();
    let arguments = ["status", "--porcelain", "--untracked-files=all", "--"].into_iter();
    let arguments: Vec<&str> = arguments.chain(paths.iter().map(String::as_str)).collect();
    match git(&arguments) {
        Some(changes) if changes.is_empty() => "clean",
        Some(_) => "dirty",
        None => "unknown",
    }
}

fn main() {
    let root = Path::new("../..");
    let sources = sources::of_program(root).expect("the project's folders can be read");
    let hash = sources::hash(root, &sources).expect("the project's files can be read");
    println!("cargo::rustc-env=DTAO_COMMIT={}", git(&["rev-parse", "HEAD"]).unwrap_or("unknown".into()));
    println!("cargo::rustc-env=DTAO_COMMIT_STATE={}", state(&sources));
    println!("cargo::rustc-env=DTAO_SOURCES={hash}");
    // Whatever moves HEAD or the index, and whatever is built from. A new package changes Cargo.lock.
    for file in ["HEAD", "index", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", file]) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    for source in sources {
        println!("cargo::rerun-if-changed={}", source.display());
    }
}
