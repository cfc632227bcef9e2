//! Ctrl-C and requests to end: every command ends with 130, and leaves what can be resumed, or nothing.

use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use dtao_experiment::run::Progress;

use crate::report::{self, Error};

/// Nothing is being written: the program may end at once.
const READING: u8 = 0;
/// Something is being written: whoever writes asks now and then, and ends in good order.
const WRITING: u8 = 1;
/// The program was asked to end.
const STOPPED: u8 = 2;

/// Remembers that the program was asked to end.
#[derive(Clone)]
pub(crate) struct Stopper(Arc<AtomicU8>);

impl Stopper {
    /// From here on the program ends with 130 when it is asked to.
    pub fn install() -> Result<Self, Error> {
        let state = Arc::new(AtomicU8::new(READING));
        let of_handler = Arc::clone(&state);
        // Who asks twice does not want to wait. A file that is not whole yet has another name.
        let handler = move || match of_handler.swap(STOPPED, Ordering::SeqCst) {
            WRITING => {}
            READING => {
                report::note("stopped; nothing was written");
                exit(130);
            }
            _ => exit(130),
        };
        ctrlc::set_handler(handler)
            .map_err(|error| Error::Write(format!("Ctrl-C cannot be watched for: {error}")))?;
        Ok(Self(state))
    }

    /// From here on files are written: stopping waits for [`Self::progress`] to be asked.
    pub fn writes(&self) {
        // If it was asked to end just now, it is about to.
        let _ = self.0.compare_exchange(READING, WRITING, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub fn stopped(&self) -> bool {
        self.0.load(Ordering::SeqCst) == STOPPED
    }

    pub fn progress(&self) -> Progress {
        if self.stopped() { Progress::Stop } else { Progress::Continue }
    }
}
