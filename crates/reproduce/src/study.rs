//! An experiment of sweeps with a page: what the experiments on the article's claims share.
//!
//! A new one is a file in `studies`, an entry of its list, its sweeps in `configs/sweeps`, and its page in `docs/experiments`.

use std::collections::BTreeMap;

use dtao_files::folder::{Kind, Layout};

use crate::Answer;
use crate::runs::Runs;

/// An experiment of sweeps.
#[derive(Debug)]
pub struct Study {
    /// Its name on the command line, and of its page.
    pub name: &'static str,
    /// What it asks, in a line.
    pub about: &'static str,
    /// Minutes of two cores that the whole takes, as text.
    pub minutes: &'static str,
    /// Seeds of every cell that a look takes, at most the file's.
    pub look: u64,
    /// Its sweeps.
    pub parts: &'static [Part],
    /// Its folder, see [`folder`].
    pub layout: Layout,
    /// What its sweeps say; parts that were not made are not among them.
    pub answers: fn(&Made) -> Vec<Answer>,
    /// The table of answers of the last whole edition.
    pub published: &'static str,
}

/// A sweep of a study.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The folder of its results.
    pub name: &'static str,
    /// Its file in `configs/sweeps`.
    pub sweep: &'static str,
    /// Whether a look makes it, too.
    pub look: Look,
}

/// What a look does with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It makes some seeds of it.
    Takes,
    /// It leaves it out, since even one seed of every cell takes too long.
    LeavesOut,
}

/// How much of a study is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// So many seeds of every cell, where a look takes the part.
    Look(u64),
}

/// What was made: the runs of each part, by its name.
pub type Made = BTreeMap<&'static str, Runs>;

/// The names of parts, for [`folder`].
#[must_use]
pub const fn names<const N: usize>(parts: &[Part; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        names[at] = parts[at].name;
        at += 1;
    }
    names
}

/// The layout of a study's folder: its answers, and its parts' folders beside them.
#[must_use]
pub const fn folder(names: &'static [&'static str]) -> Layout {
    Layout { kind: Kind::Experiment, tables: &["answers.csv"], rows: &[], beside: names }
}

impl Part {
    /// How many of a file's seeds are made.
    #[must_use]
    pub fn seeds(&self, extent: Extent, of_file: u64) -> u64 {
        match extent {
            Extent::Whole => of_file,
            Extent::Look(_) if self.look == Look::LeavesOut => 0,
            Extent::Look(seeds) => seeds.min(of_file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_takes_no_more_seeds_than_the_file_has_and_may_leave_a_part_out() {
        let part = Part { name: "grid", sweep: "grid.ron", look: Look::Takes };
        assert_eq!((part.seeds(Extent::Whole, 20), part.seeds(Extent::Look(5), 20)), (20, 5));
        assert_eq!(part.seeds(Extent::Look(5), 1), 1);
        assert_eq!(Part { look: Look::LeavesOut, ..part }.seeds(Extent::Look(5), 20), 0);
    }

    #[test]
    fn a_studys_folder_has_its_parts_beside_its_answers() {
        const PARTS: [Part; 2] = [
            Part { name: "a", sweep: "a.ron", look: Look::Takes },
            Part { name: "b", sweep: "b.ron", look: Look::Takes },
        ];
        assert_eq!(names(&PARTS), ["a", "b"]);
    }
}
