//! A group's part of the validators' dividends of a subnet in detail.

use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::epoch_share::EpochShare;
use crate::kind::MetricKind;
use crate::{Metric, Parameters};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str =
    "a group's part of the validators' dividends of a detailed subnet, over epochs";

/// A group's part of the validators' dividends of a subnet in detail, on average over the epochs that give
/// any; 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DividendShare {
    /// Which subnet.
    pub netuid: Netuid,
    /// Which group's neurons.
    pub group: String,
    /// Epochs from this block on ...
    pub from: Block,
    /// ... to the end of that.
    pub to: Block,
}

impl Parameters for DividendShare {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }

    fn detailed(&self) -> Vec<(String, Netuid)> {
        self.netuids()
    }

    fn groups(&self) -> Vec<(String, String)> {
        vec![("group".into(), self.group.clone())]
    }
}

impl Metric for DividendShare {
    fn kind(&self) -> MetricKind {
        MetricKind::Share
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.to)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        Box::new(EpochShare {
            name,
            netuid: self.netuid,
            window: self.window(),
            group: self.group.clone(),
            column: |results| &results.dividends,
            shares: Vec::new(),
        })
    }
}
