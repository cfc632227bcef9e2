//! Tells the program which commit it is built from, for manifests.

use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn main() {
    let commit = git(&["rev-parse", "HEAD"]).unwrap_or_else(|| "unknown".into());
    let state = match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if changes.is_empty() => "clean",
        Some(_) => "dirty",
        None => "unknown",
    };
    println!("cargo::rustc-env=DTAO_COMMIT={commit}");
    println!("cargo::rustc-env=DTAO_COMMIT_STATE={state}");
    // Whatever moves HEAD or the index, and whatever is built from.
    for file in ["HEAD", "index", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", file]) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    for folder in ["../protocol/src", "../engine/src", "../metrics/src", "../../agents/src", "src"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
