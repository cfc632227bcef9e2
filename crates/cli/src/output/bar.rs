//! Progress on stderr.
#![expect(clippy::disallowed_types, reason = "progress is told by the clock, and moves no result")]

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use supports_unicode::Stream;

use crate::locale::is_unicode;
use crate::report::note;

/// Progress on stderr: a bar in a terminal, elsewhere a line a minute.
pub(crate) struct Bar {
    bar: ProgressBar,
    /// Nothing in a terminal.
    log: Option<Log>,
}

/// Lines for a file or a pipe.
struct Log {
    begun: Instant,
    /// Minutes of the last line.
    told: AtomicU64,
    unit: String,
}

impl Bar {
    pub fn new(length: u64, unit: &str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(length), target);
        let template =
            "{bar:32} {human_pos} of {human_len} UNIT, {per_sec}, {eta} left".replace("UNIT", unit);
        let style = ProgressStyle::with_template(&template).expect("a fixed template");
        let style = if is_unicode(Stream::Stderr) { style } else { style.progress_chars("#>-") };
        bar.set_style(style);
        let unit = unit.replace("{msg}", "");
        let log = (!terminal).then(|| Log { begun: Instant::now(), told: AtomicU64::new(0), unit });
        Self { bar, log }
    }

    /// A bar of runs, of which some are made.
    pub fn of_runs(made: u64) -> Self {
        let bar = Self::new(made, "runs{msg}");
        bar.bar.set_position(made);
        bar.bar.reset_eta();
        bar
    }

    /// Says how many are due, and how many have failed.
    pub fn due(&self, due: u64, failed: u64) {
        self.bar.set_length(due);
        self.failed(failed);
    }

    /// Says how many runs have failed.
    pub fn failed(&self, failed: u64) {
        if failed > 0 {
            self.bar.set_message(format!(", {failed} failed"));
        }
    }

    /// Prints a line to stderr, above the bar.
    pub fn note(&self, text: &str) {
        self.bar.suspend(|| note(text));
    }

    /// Lets something be printed while the bar is away.
    pub fn aside(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    pub fn at(&self, position: u64) {
        self.bar.set_position(position);
        self.tell();
    }

    pub fn add(&self, more: u64) {
        self.bar.inc(more);
        self.tell();
    }

    /// Writes a line if a minute has begun since the last one and nobody sees the bar.
    fn tell(&self) {
        let Some(log) = &self.log else { return };
        let minutes = log.begun.elapsed().as_secs() / 60;
        if is_due(&log.told, minutes) {
            let (at, of) = (self.bar.position(), self.bar.length().unwrap_or(0));
            note(&format!("{at} of {of} {}, {minutes} min", log.unit));
        }
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Whether a line is due in this minute: once in each, except the first.
fn is_due(told: &AtomicU64, minutes: u64) -> bool {
    told.fetch_max(minutes, Ordering::Relaxed) < minutes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_due_once_a_minute() {
        let told = AtomicU64::new(0);
        let due: Vec<bool> =
            [0, 0, 1, 1, 2, 5, 5, 4].into_iter().map(|minutes| is_due(&told, minutes)).collect();
        assert_eq!(due, [false, false, true, false, true, true, false, false]);
    }
}
