//! A quantity of one subnet over time.

use std::sync::{Arc, Mutex};

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};

use crate::quantity::Quantity;

/// A quantity of one subnet at the end of some blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Which subnet.
    pub netuid: Netuid,
    /// Which quantity.
    pub of: Quantity,
    /// At the end of which blocks, in rising order.
    pub blocks: Arc<[Block]>,
}

/// What a run made of a series: a value for each of its blocks, nothing where the run did not reach it or the quantity is not
/// defined.
#[derive(Clone, Debug, Default)]
pub struct Samples(Arc<Mutex<Vec<Option<f64>>>>);

impl Samples {
    /// The values so far.
    ///
    /// # Panics
    /// If the run panicked while it wrote them.
    #[must_use]
    pub fn values(&self) -> Vec<Option<f64>> {
        self.0.lock().expect("nothing panics while it is locked").clone()
    }
}

impl Series {
    /// An observer that samples it, and where its samples are found after the run.
    #[must_use]
    pub fn observer(&self) -> (Box<dyn Observer>, Samples) {
        let samples = Samples(Arc::new(Mutex::new(vec![None; self.blocks.len()])));
        (Box::new(Sampler { series: self.clone(), samples: samples.clone() }), samples)
    }
}

struct Sampler {
    series: Series,
    samples: Samples,
}

impl Observer for Sampler {
    fn next(&self, from: Block) -> Option<Block> {
        let blocks = &self.series.blocks;
        blocks.get(blocks.partition_point(|block| *block < from)).copied()
    }

    fn observe(&mut self, view: &View) {
        let Ok(at) = self.series.blocks.binary_search(&view.block()) else { return };
        let value = view.subnet(self.series.netuid).and_then(|subnet| self.series.of.of(subnet, view));
        self.samples.0.lock().expect("nothing panics while it is locked")[at] = value;
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(Vec::new())
    }
}
