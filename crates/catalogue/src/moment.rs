//! Times that a scenario writes for something to happen, held against the blocks that a run makes.

use std::ops::RangeInclusive;

use dtao_protocol::units::Block;

/// A time at which, or from which on, something is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The field that says so.
    pub field: String,
    when: When,
}

/// When it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Once, at one of these blocks.
    At(u64, u64),
    /// From this block on, or a later one.
    From(u64),
    /// This many blocks after the run's first, or more.
    After(u64),
}

impl Moment {
    /// Something that happens once, at a block.
    #[must_use]
    pub fn at(field: impl Into<String>, block: Block) -> Self {
        Self { field: field.into(), when: When::At(block.0, block.0) }
    }

    /// Something that happens once, at a block that is drawn from a range.
    #[must_use]
    pub fn drawn(field: impl Into<String>, (earliest, latest): (f64, f64)) -> Self {
        Self { field: field.into(), when: When::At(earliest as u64, latest as u64) }
    }

    /// Something that happens from a block on.
    #[must_use]
    pub fn from(field: impl Into<String>, earliest: Block) -> Self {
        Self { field: field.into(), when: When::From(earliest.0) }
    }

    /// Something that happens from a block on that is drawn from a range.
    #[must_use]
    pub fn drawn_from(field: impl Into<String>, (earliest, _): (f64, f64)) -> Self {
        Self::from(field, Block(earliest.round() as u64))
    }

    /// Something that happens some blocks after the run's first.
    #[must_use]
    pub fn after(field: impl Into<String>, blocks: u64) -> Self {
        Self { field: field.into(), when: When::After(blocks) }
    }

    /// The same within something else: under a longer path.
    #[must_use]
    pub fn within(self, path: &str) -> Self {
        Self { field: format!("{path}.{}", self.field), ..self }
    }

    /// The block, if it is known before the run.
    #[must_use]
    pub fn block(&self) -> Option<Block> {
        match self.when {
            When::At(earliest, latest) if earliest == latest => Some(Block(earliest)),
            When::At(..) | When::After(_) => None,
            When::From(earliest) => Some(Block(earliest)),
        }
    }

    /// Why it never comes in a run that makes these blocks; nothing if it can.
    #[must_use]
    pub fn missed(&self, run: &RangeInclusive<Block>) -> Option<String> {
        let (first, last) = (run.start().0, run.end().0);
        let late = |block| format!("block {block} never comes: the run ends with block {last}");
        match self.when {
            When::At(_, latest) if latest < first => {
                Some(format!("block {latest} is past: the run begins with block {first}"))
            }
            When::At(earliest, _) | When::From(earliest) if earliest > last => Some(late(earliest)),
            When::After(blocks) if blocks > last - first => {
                let made = last - first + 1;
                Some(format!("{blocks} blocks after the first never come: the run makes {made} blocks"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_missed(moment: &Moment) -> bool {
        moment.missed(&(Block(100)..=Block(199))).is_some()
    }

    #[test]
    fn a_moment_outside_the_run_is_missed() {
        for (block, missed) in [(99, true), (100, false), (199, false), (200, true)] {
            assert_eq!(is_missed(&Moment::at("at", Block(block))), missed, "{block}");
        }
        // What begins before the run goes on in it.
        for (block, missed) in [(0, false), (199, false), (200, true)] {
            assert_eq!(is_missed(&Moment::from("from", Block(block))), missed, "{block}");
        }
        for (blocks, missed) in [(0, false), (99, false), (100, true), (u64::MAX, true)] {
            assert_eq!(is_missed(&Moment::after("after", blocks)), missed, "{blocks}");
        }
    }

    #[test]
    fn a_moment_has_a_block_if_it_is_known_before_the_run() {
        assert_eq!(Moment::at("at", Block(7)).block(), Some(Block(7)));
        assert_eq!(Moment::from("from", Block(7)).block(), Some(Block(7)));
        assert_eq!(Moment::drawn("at", (7.0, 8.0)).block(), None);
        assert_eq!(Moment::after("after", 7).block(), None);
    }

    #[test]
    fn a_drawn_moment_is_missed_if_no_draw_is_in_the_run() {
        let uniform = |low, high| Moment::drawn("at", (low, high));
        assert!(!is_missed(&uniform(50.0, 100.0)) && !is_missed(&uniform(199.0, 300.0)));
        assert!(is_missed(&uniform(50.0, 99.0)) && is_missed(&uniform(200.0, 300.0)));
        assert!(!is_missed(&Moment::drawn("at", (0.0, f64::INFINITY))));
    }
}
