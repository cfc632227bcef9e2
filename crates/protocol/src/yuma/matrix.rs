//! Sparse rows in one allocation, reused from epoch to epoch.

use super::fixed::{Divisor, I32F32};

/// The entries of a row.
pub(crate) type Entries<'a> = std::iter::Copied<std::slice::Iter<'a, (u16, I32F32)>>;

/// A matrix by rows; a row's entries keep the order in which they were pushed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// Where each row ends.
    ends: Vec<usize>,
    /// Columns and values of all rows.
    entries: Vec<(u16, I32F32)>,
}

impl Rows {
    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        self.entries.clear();
    }

    /// Appends an entry to the row that is being built.
    pub(crate) fn push(&mut self, column: u16, value: I32F32) {
        self.entries.push((column, value));
    }

    /// Ends the row that is being built.
    pub(crate) fn end_row(&mut self) {
        self.ends.push(self.entries.len());
    }

    /// The entries of a row.
    pub(crate) fn row(&self, row: usize) -> Entries<'_> {
        self.entries[self.range(row)].iter().copied()
    }

    /// The values of a row, to change.
    pub(crate) fn row_mut(&mut self, row: usize) -> impl Iterator<Item = (u16, &mut I32F32)> {
        let range = self.range(row);
        self.entries[range].iter_mut().map(|(column, value)| (*column, value))
    }

    /// Whether the row's columns ascend.
    pub(crate) fn ascends(&self, row: usize) -> bool {
        self.entries[self.range(row)].is_sorted_by_key(|&(column, _)| column)
    }

    pub(crate) fn rows(&self) -> usize {
        self.ends.len()
    }

    fn range(&self, row: usize) -> std::ops::Range<usize> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        start..self.ends[row]
    }

    /// Every entry, rows aside.
    pub(crate) fn entries(&self) -> Entries<'_> {
        self.entries.iter().copied()
    }

    /// Drops the entries of the row that is being built that are not above zero.
    pub(crate) fn drop_zeros_of_open_row(&mut self) {
        let start = self.ends.last().copied().unwrap_or(0);
        let mut kept = start;
        for at in start..self.entries.len() {
            self.entries[kept] = self.entries[at];
            kept += usize::from(self.entries[at].1 > I32F32::ZERO);
        }
        self.entries.truncate(kept);
    }

    /// Divides the row that is being built by its sum.
    pub(crate) fn normalise_open_row(&mut self) {
        let start = self.ends.last().copied().unwrap_or(0);
        let row = &mut self.entries[start..];
        let divisor = Divisor::new(row.iter().map(|&(_, value)| value).sum());
        for (_, value) in row {
            *value = divisor.divide(*value);
        }
    }

    /// Appends entries to the row that is being built.
    pub(crate) fn extend(&mut self, entries: impl Iterator<Item = (u16, I32F32)>) {
        self.entries.extend(entries);
    }
}

/// One row as a dense vector that knows which columns it has, so that it is read in ascending order and
/// emptied at the cost of its entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct DenseRow {
    values: Vec<I32F32>,
    touched: Vec<u64>,
}

impl DenseRow {
    pub(crate) fn resize(&mut self, columns: usize) {
        self.values.clear();
        self.values.resize(columns, I32F32::ZERO);
        self.touched.clear();
        self.touched.resize(columns.div_ceil(64), 0);
    }

    /// Adds entries to the row.
    ///
    /// What was touched is gathered by blocks of 64 columns: to mark each column in memory would make every
    /// entry wait for the one before.
    pub(crate) fn add_all(&mut self, entries: impl Iterator<Item = (u16, I32F32)>) {
        let (mut block, mut touched) = (0, 0);
        for (column, value) in entries {
            self.values[usize::from(column)] += value;
            if column / 64 != block {
                self.touched[usize::from(block)] |= std::mem::take(&mut touched);
                block = column / 64;
            }
            touched |= 1u64 << (column % 64);
        }
        if touched != 0 {
            self.touched[usize::from(block)] |= touched;
        }
    }

    pub(crate) fn get(&self, column: u16) -> I32F32 {
        self.values[usize::from(column)]
    }

    /// Hands over the entries by ascending column and leaves the row empty.
    pub(crate) fn drain(&mut self, mut take: impl FnMut(u16, I32F32)) {
        for (word, base) in self.touched.iter_mut().zip((0..).step_by(64)) {
            let mut word = std::mem::take(word);
            while word != 0 {
                let column = base + word.trailing_zeros() as u16;
                take(column, std::mem::take(&mut self.values[usize::from(column)]));
                word &= word - 1;
            }
        }
    }
}
