//! The command that goes on with what was stopped.

use std::ffi::OsString;

use dtao_files::shell::quoted;

use crate::report::{Exit, copied, note};
use crate::typed;

/// The command that was typed, with `--resume`.
pub(crate) fn to_go_on(typed: &[OsString]) -> String {
    // Where the program lies does not matter, and what began anew is gone on with.
    let words = typed.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
    let words = words.filter(|word| word != "--force" && word != "--resume");
    let mut words: Vec<String> = std::iter::once("dtao".to_owned()).chain(words).collect();
    // Behind `--` no word is an option.
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    words.insert(end, "--resume".to_owned());
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// Says that work was stopped, and which command goes on with it.
pub(crate) fn stopped() -> Exit {
    note("stopped");
    copied(&format!("go on with: {}", to_go_on(typed::words())));
    Exit::Interrupted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_goes_on_with_resume() {
        let typed =
            ["/usr/bin/dtao", "sweep", "my sweep.ron", "--force", "--seeds", "0..9"].map(OsString::from);
        assert_eq!(to_go_on(&typed), "dtao sweep 'my sweep.ron' --seeds 0..9 --resume");
        let typed = ["dtao", "sweep", "--", "-x.ron"].map(OsString::from);
        assert_eq!(to_go_on(&typed), "dtao sweep --resume -- -x.ron");
    }
}
