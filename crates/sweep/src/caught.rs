//! Panics as values: a run that breaks an invariant must not take the others with it.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::Path;
use std::sync::Once;

thread_local! {
    /// Where this thread's panic was, while its panics are caught.
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

enum Place {
    Unknown,
    At(String),
}

/// What `work` returns, or what it panicked with; nothing is printed.
///
/// # Errors
/// If it panics.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !noted(info) {
                others(info);
            }
        }));
    });
    PLACE.set(Some(Place::Unknown));
    // Nothing of a run outlives it, so nothing half-changed is seen afterwards.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    let place = PLACE.take();
    result.map_err(|payload| match place {
        Some(Place::At(place)) => format!("panic at {place}: {}", message(payload.as_ref())),
        _ => format!("panic: {}", message(payload.as_ref())),
    })
}

/// Notes where a panic was, if this thread's panics are caught.
fn noted(info: &PanicHookInfo) -> bool {
    PLACE.with_borrow_mut(|place| {
        let caught = place.is_some();
        if let (Some(Place::Unknown), Some(location)) = (&place, info.location()) {
            // Our own code has the same path on every machine; a library's has not.
            if Path::new(location.file()).is_relative() {
                *place = Some(Place::At(format!("{}:{}", location.file(), location.line())));
            }
        }
        caught
    })
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_value_with_its_place_and_message() {
        let number = 7;
        let error = caught(|| assert_eq!(number, 8, "no")).expect_err("7 is not 8");
        assert!(error.starts_with("panic at crates/sweep/src/caught.rs:"), "{error}");
        assert!(error.contains("no") && error.contains('7'), "{error}");
        assert_eq!(caught(|| number), Ok(7));
    }
}
