//! The command as it was typed.

use std::ffi::OsString;
use std::sync::OnceLock;

static WORDS: OnceLock<Vec<OsString>> = OnceLock::new();

/// Remembers the command: who starts the program from another one says what was typed.
pub(crate) fn remember(words: Vec<OsString>) {
    // A process is one command.
    let _ = WORDS.set(words);
}

/// The program's name and its arguments.
pub(crate) fn words() -> &'static [OsString] {
    WORDS.get().map_or(&[], Vec::as_slice)
}
