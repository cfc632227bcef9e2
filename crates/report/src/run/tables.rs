//! A run's tables, read once from the first row to the last; long series are thinned while they are read.

use std::collections::BTreeMap;

use dtao_files::folder::FolderError;

use crate::finished::Finished;
use crate::thin::{Point, Series, Thin};

/// Most points of a series that are kept.
const MOST: usize = 4_000;

/// What was recorded of one subnet.
#[derive(Clone, Debug, Default)]
pub(super) struct Subnet {
    pub price: Series,
    pub moving_price: Series,
    pub tao_in: Series,
    pub alpha_in: Series,
    pub share: Series,
    pub root_proportion: Series,
    /// The sum of its shares of the emission, row by row.
    pub share_sum: f64,
    /// All of its shares, by block.
    pub shares: Vec<(u32, f64)>,
}

/// What was recorded of subnets.
#[derive(Clone, Debug, Default)]
pub(super) struct Subnets {
    pub of: BTreeMap<u16, Subnet>,
}

/// What was recorded of one group.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub profit: Series,
}

/// What was recorded of groups.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    pub of: BTreeMap<String, Group>,
}

const QUANTITIES: [&str; 8] =
    ["block", "netuid", "price", "moving_price", "tao_in", "alpha_in", "emission_share", "root_proportion"];

impl Subnets {
    pub fn read(finished: &Finished) -> Result<Self, FolderError> {
        type Reading = ([Thin; 6], Vec<(u32, f64)>, f64);
        let mut reading: BTreeMap<u16, Reading> = BTreeMap::new();
        finished.rows("subnets.csv", QUANTITIES, |cells| {
            let block: u32 = cells.whole(0)?;
            let (series, shares, sum) = reading
                .entry(cells.whole(1)?)
                .or_insert_with(|| (std::array::from_fn(|_| Thin::new(MOST)), Vec::new(), 0.0));
            for (at, thin) in series.iter_mut().enumerate() {
                if let Some(value) = cells.number(at + 2)? {
                    thin.push(Point { block, value });
                    if at == 4 {
                        shares.push((block, value));
                        *sum += value;
                    }
                }
            }
            Ok(())
        })?;
        let of = reading.into_iter().map(|(netuid, (series, shares, share_sum))| {
            let [price, moving_price, tao_in, alpha_in, share, root_proportion] = series.map(Thin::finish);
            let subnet =
                Subnet { price, moving_price, tao_in, alpha_in, share, root_proportion, share_sum, shares };
            (netuid, subnet)
        });
        Ok(Self { of: of.collect() })
    }
}

impl Groups {
    /// Nothing if groups were not recorded.
    pub fn read(finished: &Finished) -> Result<Self, FolderError> {
        if !finished.has("groups.csv") {
            return Ok(Self::default());
        }
        let mut reading: BTreeMap<String, Thin> = BTreeMap::new();
        finished.rows("groups.csv", ["block", "group", "profit"], |cells| {
            let block: u32 = cells.whole(0)?;
            if !reading.contains_key(cells.text(1)) {
                reading.insert(cells.text(1).to_owned(), Thin::new(MOST));
            }
            let thin = reading.get_mut(cells.text(1)).expect("it was put there");
            if let Some(value) = cells.number(2)? {
                thin.push(Point { block, value });
            }
            Ok(())
        })?;
        let of = reading.into_iter().map(|(name, profit)| (name, Group { profit: profit.finish() }));
        Ok(Self { of: of.collect() })
    }
}
