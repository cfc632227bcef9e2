//! Recorded prices: what a real market did, block by block.

use std::path::PathBuf;
use std::sync::Arc;

use dtao_protocol::units::{Alpha, Block, Netuid, Tao};
use serde::{Deserialize, Serialize};

/// Spot prices of many subnets at many blocks, in TAO per alpha.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriceTable {
    netuids: Vec<Netuid>,
    blocks: Vec<Block>,
    /// Row by row; not-a-number where a subnet has no price.
    prices: Vec<f64>,
}

/// Why rows do not make a price table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceTableError {
    /// The columns are not in order.
    #[error("netuids must rise from column to column, but {0} comes after {1}")]
    ColumnOrder(Netuid, Netuid),
    /// The rows are not in order.
    #[error("blocks must rise from row to row, but {0} comes after {1}")]
    RowOrder(Block, Block),
    /// A row is too long or too short.
    #[error("block {block} has {found} prices for {due} columns")]
    RowLength {
        /// Which row.
        block: Block,
        /// Prices in it.
        found: usize,
        /// Columns of the table.
        due: usize,
    },
    /// A price that cannot be.
    #[error("a price must be above zero, but subnet {netuid} has {price} at block {block}")]
    Price {
        /// The subnet whose price it is.
        netuid: Netuid,
        /// The block of the price.
        block: Block,
        /// The price, as text.
        price: String,
    },
}

impl PriceTable {
    /// An empty table with these columns.
    ///
    /// # Errors
    /// If the netuids do not rise.
    pub fn new(netuids: Vec<Netuid>) -> Result<Self, PriceTableError> {
        for pair in netuids.windows(2) {
            if pair[1] <= pair[0] {
                return Err(PriceTableError::ColumnOrder(pair[1], pair[0]));
            }
        }
        Ok(Self { netuids, blocks: Vec::new(), prices: Vec::new() })
    }

    /// Appends a row; `None` where a subnet has no price.
    ///
    /// # Errors
    /// If the block does not come after the last, the number of prices is wrong, or one is not above zero.
    pub fn push(
        &mut self,
        block: Block,
        row: impl IntoIterator<Item = Option<f64>>,
    ) -> Result<(), PriceTableError> {
        if let Some(&last) = self.blocks.last()
            && block <= last
        {
            return Err(PriceTableError::RowOrder(block, last));
        }
        let start = self.prices.len();
        let mut found = 0;
        for (column, price) in row.into_iter().enumerate() {
            found += 1;
            if let (Some(price), Some(&netuid)) = (price, self.netuids.get(column))
                && !(price > 0.0 && price.is_finite())
            {
                self.prices.truncate(start);
                return Err(PriceTableError::Price { netuid, block, price: price.to_string() });
            }
            self.prices.push(price.unwrap_or(f64::NAN));
        }
        if found != self.netuids.len() {
            self.prices.truncate(start);
            return Err(PriceTableError::RowLength { block, found, due: self.netuids.len() });
        }
        self.blocks.push(block);
        Ok(())
    }

    /// Tables put together: all columns, all rows; where two have a row of one block, the first one's holds.
    #[must_use]
    pub fn merge(tables: &[Self]) -> Self {
        let mut netuids: Vec<_> = tables.iter().flat_map(|table| table.netuids.iter().copied()).collect();
        netuids.sort_unstable();
        netuids.dedup();
        let mut rows: Vec<(Block, usize, usize)> = tables
            .iter()
            .enumerate()
            .flat_map(|(at, table)| {
                table.blocks.iter().enumerate().map(move |(row, &block)| (block, at, row))
            })
            .collect();
        rows.sort_unstable();
        rows.dedup_by_key(|&mut (block, ..)| block);
        let mut prices = Vec::with_capacity(rows.len() * netuids.len());
        let columns: Vec<Vec<Option<usize>>> = tables
            .iter()
            .map(|table| netuids.iter().map(|netuid| table.netuids.binary_search(netuid).ok()).collect())
            .collect();
        for &(_, at, row) in &rows {
            let table = &tables[at];
            prices.extend(columns[at].iter().map(|column| {
                column.map_or(f64::NAN, |column| table.prices[row * table.netuids.len() + column])
            }));
        }
        Self { netuids, blocks: rows.iter().map(|&(block, ..)| block).collect(), prices }
    }

    /// The blocks, rising.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The subnets, rising.
    #[must_use]
    pub fn netuids(&self) -> &[Netuid] {
        &self.netuids
    }

    /// All prices of one row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (Netuid, Option<f64>)> + '_ {
        let width = self.netuids.len();
        self.netuids
            .iter()
            .zip(&self.prices[row * width..(row + 1) * width])
            .map(|(&netuid, &price)| (netuid, (!price.is_nan()).then_some(price)))
    }

    /// One subnet's prices, by block.
    pub fn series(&self, netuid: Netuid) -> impl Iterator<Item = (Block, f64)> + '_ {
        let column = self.netuids.binary_search(&netuid).ok();
        let width = self.netuids.len();
        column.into_iter().flat_map(move |column| {
            self.blocks
                .iter()
                .enumerate()
                .map(move |(row, &block)| (block, self.prices[row * width + column]))
                .filter(|(_, price)| !price.is_nan())
        })
    }
}

/// Price files as a scenario names them, and what is in them once they have been read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PriceFiles {
    /// Paths, relative to the scenario's file.
    pub paths: Vec<PathBuf>,
    /// Their rows together; empty until they are read.
    #[serde(skip)]
    pub table: Arc<PriceTable>,
}

/// A trade of a recorded run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The block in which it was executed.
    pub block: Block,
    /// The subnet.
    pub netuid: Netuid,
    /// What was done.
    pub side: Side,
    /// TAO paid, fee included, or received, fee deducted.
    pub tao: Tao,
    /// Alpha received, or given.
    pub alpha: Alpha,
}

/// Whether alpha is bought or sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// TAO goes into the pool.
    Buy,
    /// TAO leaves the pool.
    Sell,
}

/// A table of events as a scenario names it, and the trades in it once it has been read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FlowFile {
    /// The path, relative to the scenario's file.
    pub path: PathBuf,
    /// The trades of one group, in order; empty until they are read.
    #[serde(skip)]
    pub flows: Arc<[Flow]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(netuids: &[u16], rows: &[(u64, &[f64])]) -> PriceTable {
        let mut table = PriceTable::new(netuids.iter().copied().map(Netuid).collect()).expect("in order");
        for &(block, prices) in rows {
            table.push(Block(block), prices.iter().map(|&p| (p != 0.0).then_some(p))).expect("a good row");
        }
        table
    }

    #[test]
    fn merged_tables_keep_the_first_ones_row_where_both_have_one() {
        let a = table(&[1, 2], &[(10, &[0.1, 0.2]), (30, &[0.3, 0.4])]);
        let b = table(&[2, 3], &[(10, &[9.0, 9.0]), (20, &[0.5, 0.0])]);
        let merged = PriceTable::merge(&[a, b]);
        assert_eq!(merged.blocks(), [Block(10), Block(20), Block(30)]);
        assert_eq!(
            merged.series(Netuid(2)).collect::<Vec<_>>(),
            [(Block(10), 0.2), (Block(20), 0.5), (Block(30), 0.4)]
        );
        assert_eq!(merged.series(Netuid(3)).count(), 0);
    }

    #[test]
    fn rows_out_of_order_or_with_impossible_prices_are_refused() {
        let mut prices = table(&[1], &[(10, &[0.1])]);
        assert!(matches!(prices.push(Block(10), [Some(0.1)]), Err(PriceTableError::RowOrder(..))));
        assert!(matches!(prices.push(Block(11), [Some(-0.1)]), Err(PriceTableError::Price { .. })));
        assert!(matches!(prices.push(Block(11), []), Err(PriceTableError::RowLength { .. })));
        assert_eq!(prices.blocks().len(), 1);
    }
}
