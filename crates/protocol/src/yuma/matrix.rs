//! Sparse rows in one allocation, reused from epoch to epoch.

use super::fixed::I32F32;

/// The entries of a row.
pub(crate) type Entries<'a> = std::iter::Zip<
    std::iter::Copied<std::slice::Iter<'a, u16>>,
    std::iter::Copied<std::slice::Iter<'a, I32F32>>,
>;

/// A matrix by rows; a row's entries keep the order in which they were pushed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// Where each row ends.
    ends: Vec<usize>,
    columns: Vec<u16>,
    values: Vec<I32F32>,
}

impl Rows {
    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        self.columns.clear();
        self.values.clear();
    }

    /// Appends an entry to the row that is being built.
    pub(crate) fn push(&mut self, column: u16, value: I32F32) {
        self.columns.push(column);
        self.values.push(value);
    }

    /// Ends the row that is being built.
    pub(crate) fn end_row(&mut self) {
        self.ends.push(self.columns.len());
    }

    /// The entries of a row.
    pub(crate) fn row(&self, row: usize) -> Entries<'_> {
        let range = self.range(row);
        self.columns[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }

    /// The values of a row, to change.
    pub(crate) fn row_mut(&mut self, row: usize) -> impl Iterator<Item = (u16, &mut I32F32)> {
        let range = self.range(row);
        self.columns[range.clone()].iter().copied().zip(self.values[range].iter_mut())
    }

    /// Whether the row's columns ascend.
    pub(crate) fn ascends(&self, row: usize) -> bool {
        self.columns[self.range(row)].is_sorted()
    }

    #[cfg(feature = "conform")]
    pub(crate) fn rows(&self) -> usize {
        self.ends.len()
    }

    fn range(&self, row: usize) -> std::ops::Range<usize> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        start..self.ends[row]
    }

    /// Every entry, rows aside, to change.
    pub(crate) fn entries_mut(&mut self) -> impl Iterator<Item = (u16, &mut I32F32)> {
        self.columns.iter().copied().zip(self.values.iter_mut())
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

    pub(crate) fn add(&mut self, column: u16, value: I32F32) {
        self.values[usize::from(column)] += value;
        self.touched[usize::from(column / 64)] |= 1 << (column % 64);
    }

    pub(crate) fn get(&self, column: u16) -> I32F32 {
        self.values[usize::from(column)]
    }

    /// Hands over the entries by ascending column and leaves the row empty.
    pub(crate) fn drain(&mut self, mut take: impl FnMut(u16, I32F32)) {
        for (word, base) in self.touched.iter_mut().zip((0..).step_by(64)) {
            while *word != 0 {
                let column = base + word.trailing_zeros() as u16;
                take(column, std::mem::take(&mut self.values[usize::from(column)]));
                *word &= *word - 1;
            }
        }
    }
}
