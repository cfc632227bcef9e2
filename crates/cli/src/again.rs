//! The command that goes on with what was stopped.

use std::ffi::OsString;

use dtao_files::shell::quoted;

/// The command that was typed, with `--resume`.
pub(crate) fn to_go_on(typed: &[OsString]) -> String {
    // Where the program lies does not matter, and what began anew is gone on with.
    let words = typed.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
    let words = words.filter(|word| word != "--force" && word != "--resume");
    let words = std::iter::once("dtao".to_owned()).chain(words).chain(std::iter::once("--resume".to_owned()));
    words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_goes_on_with_resume() {
        let typed =
            ["/usr/bin/dtao", "sweep", "my sweep.ron", "--force", "--seeds", "0..9"].map(OsString::from);
        assert_eq!(to_go_on(&typed), "dtao sweep 'my sweep.ron' --seeds 0..9 --resume");
    }
}
