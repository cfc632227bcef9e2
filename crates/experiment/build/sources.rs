//! What a program is built from, as one hash: two builds that differ in a byte of it are two builds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// All that the program is built from, in `root`: manifests, the lock file, build scripts, code, and the texts that code takes in;
/// files or folders.
///
/// Tests, benches and examples are no part of the program. Nor are `configs`, which it brings along: a manifest has the hashes of those
/// that a result was made from.
pub fn of_program(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut packages = folders(&root.join("crates"))?;
    packages.push(root.join("agents"));
    let of_root = ["Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml", ".cargo"];
    let of_package = ["Cargo.toml", "build.rs", "build", "src", "assets", "templates", "published"];
    let mut all: Vec<PathBuf> = of_root.iter().map(|name| root.join(name)).collect();
    all.extend(packages.iter().flat_map(|package| of_package.iter().map(move |name| package.join(name))));
    all.retain(|path| path.exists());
    Ok(all)
}

/// SHA-256 over the names and contents of files and of all files in folders, in the order of names.
pub fn hash(root: &Path, sources: &[PathBuf]) -> io::Result<String> {
    let mut files = Vec::new();
    for source in sources {
        gather(source, &mut files)?;
    }
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let bytes = fs::read(&file)?;
        // With lengths, no two lists of files are written alike.
        for part in [name.as_bytes(), bytes.as_slice()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    Ok(format!("{:x}", hasher.finalize()))
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        gather(&entry?.path(), files)?;
    }
    Ok(())
}

fn folders(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
