//! Which part of a subnet's token groups of accounts hold.

use dtao_catalogue::listed;
use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::kind::MetricKind;
use crate::members::stake;
use crate::statistic::defined;
use crate::{Metric, Parameters, once};

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "groups' stake on a subnet, as a part of the alpha outside its pool";

/// Stake of groups of accounts on a subnet, as a part of the alpha outside its pool.
///
/// All groups together may hold more than 1: under the launch's first rules validators were paid more than
/// was emitted, so claims exceed `alpha_out`; and less, by what is due at the next epoch. Nothing if no alpha
/// is outside the pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdings {
    /// Which groups.
    pub groups: Vec<String>,
    /// On which subnet.
    pub netuid: Netuid,
    /// At the end of which block.
    pub at: Block,
}

impl Parameters for Holdings {
    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }

    fn groups(&self) -> Vec<(String, String)> {
        listed("groups", &self.groups)
    }
}

impl Metric for Holdings {
    fn kind(&self) -> MetricKind {
        // All groups together may hold more than 1.
        MetricKind::Ratio
    }

    fn window(&self) -> (Block, Block) {
        (self.at, self.at)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let metric = self.clone();
        once::at_end(self.at, name, move |view| {
            let subnet = view.subnet(metric.netuid)?;
            defined(stake(&metric.groups, metric.netuid, view).to_f64() / subnet.alpha_out.to_f64())
        })
    }
}
