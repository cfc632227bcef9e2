//! Medians of full columns: sixteen columns at a time are narrowed down together, without a branch.

use super::select;
use crate::yuma::fixed::I32F32;
use crate::yuma::matrix::Rows;

/// Columns that are narrowed down together: as many as stay in registers.
const LANES: usize = 16;

/// How often the range of scores is halved before the few that are left are sorted.
const HALVINGS: usize = 6;

type Lanes<T> = [T; LANES];

/// Scores in blocks of sixteen columns, each block by rows, so that one fits in the first cache.
#[derive(Clone, Debug, Default)]
pub(super) struct DenseScores {
    rows: usize,
    /// A score from zero to one is a `u32`, moved to where signed numbers begin: they are quicker to compare.
    scores: Vec<Lanes<i32>>,
    keys: Vec<u64>,
}

/// Where a column's median lies.
struct Ranges {
    least: Lanes<i32>,
    most: Lanes<i32>,
    /// The stake on scores below `least`.
    below: Lanes<i64>,
}

impl DenseScores {
    /// Whether a dense table is worth its memory for this number of scores and columns.
    pub(super) fn suits(entries: usize, rows: usize, columns: usize) -> bool {
        entries * 4 >= rows * columns
    }

    /// Reads the rows; `None` if one scores a column twice.
    pub(super) fn read(&mut self, rows: &[usize], score: &Rows, columns: usize) -> Option<()> {
        self.rows = rows.len();
        self.scores.clear();
        self.scores.resize(columns.div_ceil(LANES) * self.rows, [coded(I32F32::ZERO); LANES]);
        for (at, &row) in rows.iter().enumerate() {
            for (column, value) in score.row(row) {
                let column = usize::from(column);
                let cell = &mut self.scores[column / LANES * self.rows + at][column % LANES];
                if *cell != coded(I32F32::ZERO) {
                    return None;
                }
                *cell = coded(value);
            }
        }
        Some(())
    }

    /// The weighted median of each column, given the stake of each row, positive, and the majority, positive.
    pub(super) fn medians(&mut self, stake: &[i64], majority: i64, medians: &mut [I32F32]) {
        let Self { rows, scores, keys } = self;
        let minority = stake.iter().sum::<i64>() - majority;
        keys.resize(*rows, 0);
        for (block, medians) in scores.chunks_exact(*rows).zip(medians.chunks_mut(LANES)) {
            let mut ranges = Ranges::of(block);
            if ranges.most == [coded(I32F32::ZERO); LANES] {
                continue;
            }
            for _ in 0..HALVINGS {
                ranges.halve(block, stake, minority);
            }
            for (lane, median) in medians.iter_mut().enumerate() {
                let left = ranges.gather(lane, block, keys);
                *median = decoded(select(&mut keys[..left], stake, ranges.below[lane], minority));
            }
        }
    }
}

impl Ranges {
    fn of(block: &[Lanes<i32>]) -> Self {
        let (mut least, mut most) = ([i32::MAX; LANES], [i32::MIN; LANES]);
        for row in block {
            for lane in 0..LANES {
                least[lane] = least[lane].min(row[lane]);
                most[lane] = most[lane].max(row[lane]);
            }
        }
        Self { least, most, below: [0; LANES] }
    }

    /// Halves each column's range: down to its middle if a majority is reached there, else beyond it.
    fn halve(&mut self, block: &[Lanes<i32>], stake: &[i64], minority: i64) {
        let middle: Lanes<i32> = std::array::from_fn(|lane| {
            (self.least[lane] & self.most[lane]) + ((self.least[lane] ^ self.most[lane]) >> 1)
        });
        // All stake is at most 2^32, and some of it is on the largest score, so none of these wraps.
        let mut up_to = [0u32; LANES];
        for (row, &stake) in block.iter().zip(stake) {
            for lane in 0..LANES {
                up_to[lane] =
                    up_to[lane].wrapping_add(if row[lane] > middle[lane] { 0 } else { stake as u32 });
            }
        }
        for lane in 0..LANES {
            if self.least[lane] == self.most[lane] {
                continue;
            }
            let up_to = i64::from(up_to[lane]);
            if up_to > minority {
                self.most[lane] = middle[lane];
            } else {
                self.least[lane] = middle[lane] + 1;
                self.below[lane] = up_to;
            }
        }
    }

    /// Fills in the keys of a column's scores in its range; returns how many there are.
    fn gather(&self, lane: usize, block: &[Lanes<i32>], keys: &mut [u64]) -> usize {
        let (least, span) =
            (self.least[lane], self.most[lane].wrapping_sub(self.least[lane]).cast_unsigned());
        let mut left = 0;
        for (at, row) in block.iter().enumerate() {
            if row[lane].wrapping_sub(least).cast_unsigned() <= span {
                keys[left] = (row[lane].wrapping_sub(i32::MIN).cast_unsigned() as u64) << 16 | at as u64;
                left += 1;
            }
        }
        left
    }
}

/// A score as a signed number, in order. One is given the largest, which no score below it has: that is a
/// quotient of numbers below 2^32, so it is short of one by at least two bits.
fn coded(score: I32F32) -> i32 {
    let bits = u32::try_from(score.bits()).unwrap_or(u32::MAX);
    bits.cast_signed().wrapping_add(i32::MIN)
}

fn decoded(score: I32F32) -> I32F32 {
    if score.bits() == i64::from(u32::MAX) { I32F32::ONE } else { score }
}
