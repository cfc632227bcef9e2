//! Numbers that are read once, or once before something and once after it.

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::Block;

/// Reads a number at the end of a block.
pub(crate) fn at_end(
    at: Block,
    name: String,
    of: impl Fn(&View) -> Option<f64> + Send + Sync + 'static,
) -> Box<dyn Observer> {
    Box::new(Once { at, name, of, value: None })
}

struct Once<F> {
    at: Block,
    name: String,
    of: F,
    value: Option<f64>,
}

impl<F: Fn(&View) -> Option<f64> + Send + Sync> Observer for Once<F> {
    fn next(&self, from: Block) -> Option<Block> {
        (from <= self.at).then_some(self.at)
    }

    fn observe(&mut self, view: &View) {
        self.value = (self.of)(view);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![Reading { name: self.name.clone(), value: self.value }])
    }
}

/// Looks at something before a block and at the end of another, and reports what comes of both.
pub(crate) fn before_and_after<T: Send + Sync + 'static>(
    (from, at): (Block, Block),
    name: String,
    before: impl Fn(&View) -> T + Send + Sync + 'static,
    of: impl Fn(&T, &View) -> Option<f64> + Send + Sync + 'static,
) -> Box<dyn Observer> {
    Box::new(Twice { from, at, name, before, of, had: None, value: None })
}

struct Twice<T, B, F> {
    from: Block,
    at: Block,
    name: String,
    before: B,
    of: F,
    /// What there was before.
    had: Option<T>,
    value: Option<f64>,
}

impl<T, B: Fn(&View) -> T, F: Fn(&T, &View) -> Option<f64>> Twice<T, B, F> {
    fn look(&mut self, view: &View) {
        if view.block() + 1 == self.from {
            self.had = Some((self.before)(view));
        }
        if view.block() == self.at {
            self.value = self.had.as_ref().and_then(|had| (self.of)(had, view));
        }
    }
}

impl<T, B, F> Observer for Twice<T, B, F>
where
    T: Send + Sync,
    B: Fn(&View) -> T + Send + Sync,
    F: Fn(&T, &View) -> Option<f64> + Send + Sync,
{
    fn next(&self, block: Block) -> Option<Block> {
        let Self { from, at, .. } = *self;
        if block < from { Some(Block(from.0 - 1)) } else { (block <= at).then_some(at) }
    }

    fn start(&mut self, view: &View) {
        self.look(view);
    }

    fn observe(&mut self, view: &View) {
        self.look(view);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![Reading { name: self.name.clone(), value: self.value }])
    }
}
