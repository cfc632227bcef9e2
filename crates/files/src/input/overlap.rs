//! Writers of one text that would undo each other's values.

use std::cmp::Reverse;
use std::ops::Range;

use super::locate;
use super::scan::{Node, scan};

/// Two writers, by their number, of which one writes what the other does, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// They write the same value.
    Same(usize, usize),
    /// The first writes a value inside that of the second.
    Inside(usize, usize),
}

/// A text, and the places in it that some writers write.
#[derive(Debug)]
pub struct Places<'t> {
    text: &'t str,
    root: Node,
    all: Vec<Place>,
}

/// Where a path leads.
#[derive(Clone, Debug)]
struct Place {
    span: Range<usize>,
    standing: Standing,
    /// The names of what is to be made, each behind a separator that no name holds.
    made: String,
}

/// Whether the text has the value of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// It has.
    There,
    /// It has one that another writer may put it into.
    ToBeMade,
}

impl<'t> Places<'t> {
    /// The places in a text; none if it is no RON.
    #[must_use]
    pub fn new(text: &'t str) -> Option<Self> {
        Some(Self { text, root: scan(text).root?, all: Vec::new() })
    }

    /// Adds the place that a path leads to, however it is written.
    pub fn add(&mut self, path: &str) {
        self.all.push(self.place(path));
    }

    /// The first two that overlap among the places and those of more paths, whose numbers follow.
    pub fn overlap<'p>(&self, more: impl IntoIterator<Item = &'p str>) -> Option<Overlap> {
        let more = more.into_iter().map(|path| self.place(path));
        let places: Vec<Place> = self.all.iter().cloned().chain(more).collect();
        let mut order: Vec<usize> = (0..places.len()).collect();
        // Values lie inside each other or apart, so one that overlaps an earlier one begins before its end.
        order.sort_by_key(|&at| {
            let Place { span, standing, made } = &places[at];
            (span.start, Reverse(span.end), *standing, made)
        });
        let mut outer: Option<usize> = None;
        // The last that is to be made: what begins with it, and is to be made in the same value, follows.
        let mut made: Option<usize> = None;
        for at in order {
            let place = &places[at];
            if let Some(outer) = outer.filter(|&outer| place.span.start < places[outer].span.end) {
                let same = place.span == places[outer].span && place.standing == Standing::There;
                return Some(if same { Overlap::Same(outer, at) } else { Overlap::Inside(at, outer) });
            }
            if place.standing == Standing::There {
                outer = Some(at);
                continue;
            }
            let around = |&other: &usize| {
                let other = &places[other];
                other.span == place.span && place.made.starts_with(&other.made)
            };
            if let Some(other) = made.filter(around) {
                let same = place.made == places[other].made;
                return Some(if same { Overlap::Same(other, at) } else { Overlap::Inside(at, other) });
            }
            made = Some(at);
        }
        None
    }

    fn place(&self, path: &str) -> Place {
        let segments = locate::path(path).unwrap_or_default();
        let (node, steps) = locate::deepest(&self.root, self.text, &segments);
        let standing = if steps == segments.len() { Standing::There } else { Standing::ToBeMade };
        let made = segments[steps..].iter().fold(String::new(), |made, segment| {
            made + &locate::display(std::slice::from_ref(segment)) + "\0"
        });
        Place { span: node.span.clone(), standing, made }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"Scenario(
        blocks: 5,
        agents: [
            (name: "holder", tao: "1 TAO"),
            (name: "pumper", tao: "2 TAO", strategy: Pumper(netuid: 1, exits: [After(3)])),
        ],
    )"#;

    fn among(paths: &[&str]) -> Option<Overlap> {
        Places::new(TEXT).expect("it is RON").overlap(paths.iter().copied())
    }

    #[test]
    fn values_apart_do_not_overlap() {
        assert_eq!(among(&["blocks", "agents.holder.tao", "agents[1].tao", "agents.pumper.strategy"]), None);
        assert_eq!(among(&[]), None);
    }

    #[test]
    fn one_value_under_two_names_overlaps() {
        for other in ["agents[1].tao", "agents.1.tao", "agents.\"pumper\".tao"] {
            let found = among(&["blocks", "agents.pumper.tao", other]);
            assert_eq!(found, Some(Overlap::Same(1, 2)), "{other}");
        }
        let variant = among(&["agents.pumper.strategy.Pumper.netuid", "agents[1].strategy.netuid"]);
        assert_eq!(variant, Some(Overlap::Same(0, 1)));
    }

    #[test]
    fn a_value_inside_another_overlaps_in_either_order() {
        let inner = "agents.pumper.strategy.exits[0]";
        for outer in ["agents.pumper.strategy.exits", "agents.pumper", "agents", "agents[1].strategy.Pumper"]
        {
            assert_eq!(among(&[inner, outer]), Some(Overlap::Inside(0, 1)), "{outer}");
            assert_eq!(among(&[outer, "blocks", inner]), Some(Overlap::Inside(2, 0)), "{outer}");
        }
    }

    #[test]
    fn a_value_that_another_writer_may_make_lies_inside_it() {
        let made = "agents.holder.tao.later";
        assert_eq!(among(&[made, "agents.holder.tao"]), Some(Overlap::Inside(0, 1)));
        assert_eq!(among(&[made, "agents.pumper.tao"]), None);
        assert_eq!(among(&[made, "agents"]), Some(Overlap::Inside(0, 1)));
    }

    #[test]
    fn values_that_are_to_be_made_overlap_as_if_they_were_there() {
        assert_eq!(among(&["rules.cut", "rules.fee"]), None);
        assert_eq!(among(&["rules.cut", "rules.cutoff"]), None);
        assert_eq!(among(&["rules.fee", "rules.cut", "rules.fee"]), Some(Overlap::Same(0, 2)));
        assert_eq!(among(&["rules.cut.most", "rules.fee", "rules.cut"]), Some(Overlap::Inside(0, 2)));
        assert_eq!(among(&["agents.holder.more", "agents.pumper.more"]), None);
    }

    #[test]
    fn places_are_compared_with_those_that_were_added_before() {
        let mut places = Places::new(TEXT).expect("it is RON");
        places.add("blocks");
        places.add("agents.holder");
        assert_eq!(places.overlap(["agents.pumper"]), None);
        assert_eq!(places.overlap(["agents.pumper", "agents[0].tao"]), Some(Overlap::Inside(3, 1)));
    }
}
