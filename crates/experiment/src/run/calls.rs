//! What calls came to: counted over all groups, and group by group where none did anything.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use dtao_engine::call::{Outcome, Settled};
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::Block;

/// A group that called, and whose calls were all refused: most likely not what its scenario means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllRefused {
    /// The group.
    pub group: String,
    /// How many calls it made.
    pub calls: u64,
    /// The reason that was given most often.
    pub reason: String,
}

impl fmt::Display for AllRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, calls, reason } = self;
        match calls {
            1 => write!(f, "the group `{group}` made one call, which was refused: {reason}"),
            _ => write!(f, "all {calls} calls of the group `{group}` were refused, most often: {reason}"),
        }
    }
}

/// What was counted in a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    /// How many calls came to what.
    pub calls: BTreeMap<String, u64>,
    /// The groups all of whose calls were refused, known at the end of the run.
    pub all_refused: Vec<AllRefused>,
}

/// Counts what calls came to.
pub(super) struct CallCounts {
    counted: Arc<Mutex<Counted>>,
    /// By the group's number.
    groups: Vec<OfGroup>,
}

/// What came of a group's calls.
#[derive(Clone, Debug, Default)]
struct OfGroup {
    calls: u64,
    refused: BTreeMap<String, u64>,
}

impl OfGroup {
    /// The group, if none of its calls did anything.
    fn all_refused(&self, name: &str) -> Option<AllRefused> {
        let refused: u64 = self.refused.values().sum();
        // Of reasons as common as each other the first by name.
        let (reason, _) = self.refused.iter().rev().max_by_key(|&(_, count)| count)?;
        let all = || AllRefused { group: name.to_owned(), calls: self.calls, reason: reason.clone() };
        (refused == self.calls).then(all)
    }
}

impl CallCounts {
    /// Counts into this.
    pub fn of(counted: Arc<Mutex<Counted>>) -> Self {
        Self { counted, groups: Vec::new() }
    }
}

fn count(calls: &mut BTreeMap<String, u64>, kind: &str) {
    match calls.get_mut(kind) {
        Some(count) => *count += 1,
        None => {
            calls.insert(kind.to_owned(), 1);
        }
    }
}

impl Observer for CallCounts {
    fn next(&self, _: Block) -> Option<Block> {
        None
    }

    fn attention(&self) -> Attention {
        Attention::Events
    }

    fn observe(&mut self, view: &View) {
        let mut counted = self.counted.lock().expect("one thread");
        let calls = &mut counted.calls;
        self.groups.resize_with(view.groups().len(), OfGroup::default);
        for receipt in view.receipts() {
            let group = &mut self.groups[usize::from(view.account(receipt.agent).group.0)];
            group.calls += 1;
            let kind = match receipt.outcome {
                Outcome::Bought { .. } => "bought",
                Outcome::Sold { .. } => "sold",
                Outcome::SoldAll { .. } => "sold all",
                Outcome::Moved { .. } => "moved",
                Outcome::Transferred { .. } => "transferred",
                Outcome::Registered { .. } => "registered",
                Outcome::Queued { .. } => "queued",
                Outcome::RegisteredNeuron { .. } => "registered a neuron",
                Outcome::AddedCollateral { .. } => "locked collateral",
                Outcome::Claimed { .. } => "claimed",
                Outcome::Deposited { .. } => "staked into a fund",
                Outcome::Traded { .. } => "traded a fund",
                Outcome::Faked { .. } => "faked",
                Outcome::Done => "set",
                Outcome::Refused(refusal) => {
                    let reason = refusal.to_string();
                    *calls.entry(format!("refused: {reason}")).or_default() += 1;
                    *group.refused.entry(reason).or_default() += 1;
                    continue;
                }
            };
            count(calls, kind);
        }
        for settlement in view.settlements() {
            let kind = match settlement.outcome {
                Settled::Registered { .. } => "registered after a wait",
                Settled::Cancelled => "given up",
            };
            count(calls, kind);
        }
    }

    fn finish(&mut self, view: &View) -> Result<Vec<Reading>, ObserverError> {
        let each = self.groups.iter().zip(view.groups());
        let all_refused = each.filter_map(|(group, name)| group.all_refused(name)).collect();
        self.counted.lock().expect("one thread").all_refused = all_refused;
        Ok(vec![])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(calls: u64, refused: &[(&str, u64)]) -> Option<AllRefused> {
        let refused = refused.iter().map(|&(reason, count)| (reason.to_owned(), count)).collect();
        OfGroup { calls, refused }.all_refused("a")
    }

    #[test]
    fn a_group_is_told_only_if_it_called_and_nothing_was_done() {
        assert_eq!(of(0, &[]), None);
        assert_eq!(of(3, &[("too little", 2)]), None);
        let all = of(3, &[("no stake", 1), ("too little", 2)]).expect("all were refused");
        assert_eq!(all.to_string(), "all 3 calls of the group `a` were refused, most often: too little");
        let one = of(1, &[("no stake", 1)]).expect("it was refused");
        assert_eq!(one.to_string(), "the group `a` made one call, which was refused: no stake");
        assert_eq!(of(2, &[("a", 1), ("b", 1)]).map(|all| all.reason), Some("a".into()));
    }
}
