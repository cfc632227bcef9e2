//! The last line of a command that makes runs: how many there are, what failed and what is missing, and to who watches how long it took.
#![expect(clippy::disallowed_types, reason = "how long a command took is told, and moves no result")]

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use dtao_report::Counts;

use super::say_line;
use crate::report::note;

/// When the command was begun.
static BEGUN: OnceLock<Instant> = OnceLock::new();
/// Whether it has been told how long it took.
static TOLD: AtomicBool = AtomicBool::new(false);

/// The command begins here.
pub(crate) fn begin() {
    // A process is one command.
    let _ = BEGUN.set(Instant::now());
}

fn seconds() -> Option<String> {
    BEGUN.get().map(|begun| format!("{:.1} s", begun.elapsed().as_secs_f64()))
}

/// Prints the last line. A file or a pipe gets no seconds: the same command writes the same bytes.
pub(crate) fn ended(counts: Counts) {
    let seconds = seconds().filter(|_| std::io::stdout().is_terminal());
    if seconds.is_some() {
        TOLD.store(true, Ordering::Relaxed);
    }
    say!("{}", line(counts, seconds.as_deref()));
}

fn line(counts: Counts, seconds: Option<&str>) -> String {
    seconds.map_or_else(|| counts.to_string(), |seconds| format!("{counts}, {seconds}"))
}

/// Tells on stderr how long the command took, if somebody watches who was not told yet.
pub(crate) fn tell_seconds() {
    if TOLD.load(Ordering::Relaxed) || !std::io::stderr().is_terminal() {
        return;
    }
    if let Some(seconds) = seconds() {
        note(&format!("in {seconds}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_sums_up_and_has_seconds_for_who_watches() {
        let counts = Counts { runs: 48, failed: 1, missing: 2 };
        assert_eq!(line(counts, None), "48 runs, 1 failed, 2 missing");
        assert_eq!(line(counts, Some("1.5 s")), "48 runs, 1 failed, 2 missing, 1.5 s");
    }
}
