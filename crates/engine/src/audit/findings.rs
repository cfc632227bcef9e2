//! What the auditor finds: the first thing in a block that does not add up.

use dtao_protocol::units::Block;

/// The books do not close.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("audit failed at block {block}: {what}{broken}")]
pub struct Breach {
    /// After which block.
    pub block: Block,
    /// Of what.
    pub what: String,
    /// What was to hold of it.
    pub broken: Broken,
}

/// What was to hold, in rao, and does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The chain's totals are what adding up comes to.
    #[error(": the books say {books} rao, the recount says {recount}")]
    Equal {
        /// What the chain's totals say.
        books: u128,
        /// What adding up says.
        recount: u128,
    },
    /// There is no more than the rules explain.
    #[error(": the rules explain at most {most} rao, the books show {found}")]
    AtMost {
        /// What can be explained.
        most: u128,
        /// What there is.
        found: u128,
    },
    /// What is said has no amount.
    #[error("")]
    Rule,
}

/// The first thing that does not add up in a block.
pub(super) struct Findings {
    pub(super) block: Block,
    pub(super) first: Option<Breach>,
}

impl Findings {
    /// The books say what adding up says.
    pub(super) fn equal(&mut self, what: impl FnOnce() -> String, books: u128, recount: u128) {
        self.note(books == recount, what, Broken::Equal { books, recount });
    }

    /// There is no more than can be explained, or what else `holds` says of it.
    pub(super) fn hold(&mut self, holds: bool, what: impl FnOnce() -> String, most: u128, found: u128) {
        self.note(holds, what, Broken::AtMost { most, found });
    }

    /// Something that is no matter of amounts.
    pub(super) fn rule(&mut self, holds: bool, what: impl FnOnce() -> String) {
        self.note(holds, what, Broken::Rule);
    }

    fn note(&mut self, holds: bool, what: impl FnOnce() -> String, broken: Broken) {
        if !holds && self.first.is_none() {
            self.first = Some(Breach { block: self.block, what: what(), broken });
        }
    }
}
