//! Long work: without the interpreter's lock, told of as it goes on, and stopped when Python is interrupted.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use dtao_experiment::run::Progress;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

use crate::errors::InputError;

/// How often Python is asked whether to stop, and told how far the work is.
const PATIENCE: Duration = Duration::from_millis(50);

/// Work under way.
#[derive(Debug, Default)]
pub(crate) struct Task {
    stop: AtomicBool,
    made: AtomicU64,
    due: AtomicU64,
}

impl Task {
    /// Work of a known size.
    pub fn of(due: u64) -> Self {
        Self { due: AtomicU64::new(due), ..Self::default() }
    }

    /// Says how much is due, and how much of it is made.
    pub fn begins(&self, due: u64, made: u64) {
        self.due.store(due, Ordering::Relaxed);
        self.made.store(made, Ordering::Relaxed);
    }

    /// So much is made; says whether to go on.
    pub fn at(&self, made: u64) -> Progress {
        self.made.store(made, Ordering::Relaxed);
        self.progress()
    }

    /// So much more is made; says whether to go on.
    pub fn add(&self, more: u64) -> Progress {
        self.made.fetch_add(more, Ordering::Relaxed);
        self.progress()
    }

    /// Whether to go on.
    pub fn progress(&self) -> Progress {
        if self.stop.load(Ordering::Relaxed) { Progress::Stop } else { Progress::Continue }
    }
}

/// Does work in a thread of its own, without the interpreter's lock. `told` is called with what is made and what is due.
///
/// # Errors
/// What Python raised meanwhile: then the work was told to stop, and what it came to is dropped.
pub(crate) fn apart<T: Send>(
    py: Python<'_>,
    task: &Task,
    told: Option<&Py<PyAny>>,
    work: impl FnOnce(&Task) -> T + Send,
) -> PyResult<T> {
    py.detach(|| {
        thread::scope(|scope| {
            let (working, ended) = channel::<()>();
            let worker = scope.spawn(move || {
                let result = work(task);
                drop(working);
                result
            });
            let mut raised = None;
            let mut last = None;
            // How far it is, where that is known and new.
            let mut news = || {
                let (made, due) = (task.made.load(Ordering::Relaxed), task.due.load(Ordering::Relaxed));
                let is_new = due > 0 && last.replace((made, due)) != Some((made, due));
                is_new.then_some((made, due))
            };
            while ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let listened = Python::attach(|py| {
                    py.check_signals()?;
                    match told.zip(news()) {
                        Some((told, news)) => told.call1(py, news).map(drop),
                        None => Ok(()),
                    }
                });
                if let Err(error) = listened {
                    task.stop.store(true, Ordering::Relaxed);
                    raised.get_or_insert(error);
                }
            }
            let result = worker.join().unwrap_or_else(|panic| resume_unwind(panic));
            if raised.is_none()
                && let Some((told, news)) = told.zip(news())
            {
                raised = Python::attach(|py| told.call1(py, news).map(drop)).err();
            }
            raised.map_or(Ok(result), Err)
        })
    })
}

/// What is raised where work was stopped and nobody said why.
pub(crate) fn stopped() -> PyErr {
    PyKeyboardInterrupt::new_err("stopped")
}

/// How many runs are made at once; as many as there are processors by default.
pub(crate) fn jobs(jobs: Option<usize>) -> PyResult<NonZeroUsize> {
    let Some(jobs) = jobs else {
        return Ok(thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    };
    NonZeroUsize::new(jobs).ok_or_else(|| InputError::new_err("jobs: expected a number from 1 on, found 0"))
}
