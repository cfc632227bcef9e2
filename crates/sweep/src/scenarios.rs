//! The scenarios of a plan's cells, read while they are needed.

use std::sync::{Arc, Mutex, OnceLock};

use dtao_experiment::scenario::Loaded;
use dtao_files::input::InputError;

use super::plan::Plan;

/// Threads that share the scenarios of a plan's cells: each is read once while its runs are made.
#[derive(Debug)]
pub(crate) struct Scenarios<'p> {
    plan: &'p Plan,
    recent: Mutex<Vec<(u64, Slot)>>,
    most: usize,
}

type Slot = Arc<OnceLock<Result<Arc<Loaded>, InputError>>>;

impl<'p> Scenarios<'p> {
    /// Holds as many scenarios as `threads` threads can be busy with.
    pub fn new(plan: &'p Plan, threads: usize) -> Self {
        Self { plan, recent: Mutex::default(), most: threads + 1 }
    }

    /// The scenario of a cell.
    ///
    /// # Errors
    /// As for [`Plan::load`].
    pub fn of(&self, cell: u64) -> Result<Arc<Loaded>, InputError> {
        let slot = {
            let mut recent = self.recent.lock().expect("nothing panics while it is locked");
            if let Some((_, slot)) = recent.iter().find(|(other, _)| *other == cell) {
                Arc::clone(slot)
            } else {
                if recent.len() >= self.most {
                    recent.remove(0);
                }
                let slot = Slot::default();
                recent.push((cell, Arc::clone(&slot)));
                slot
            }
        };
        slot.get_or_init(|| self.plan.load(cell).map(Arc::new)).clone()
    }
}
