//! Which part of a subnet's token groups of accounts hold.

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::Parameters;
use crate::kind::MetricKind;
use crate::members::{named, stake};
use crate::statistic::defined;

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
    const ABOUT: &'static str = "groups' stake on a subnet, as a part of the alpha outside its pool";

    fn kind(&self) -> MetricKind {
        // All groups together may hold more than 1.
        MetricKind::Ratio
    }

    fn window(&self) -> (Block, Block) {
        (self.at, self.at)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        vec![("netuid".into(), self.netuid)]
    }

    fn groups(&self) -> Vec<(String, String)> {
        named(&self.groups)
    }

    fn observer(self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self, name, value: None })
    }
}

struct Seen {
    metric: Holdings,
    name: String,
    value: Option<f64>,
}

impl Observer for Seen {
    fn next(&self, from: Block) -> Option<Block> {
        (from <= self.metric.at).then_some(self.metric.at)
    }

    fn observe(&mut self, view: &View) {
        let Holdings { groups, netuid, .. } = &self.metric;
        self.value = view
            .subnet(*netuid)
            .and_then(|subnet| defined(stake(groups, *netuid, view).to_f64() / subnet.alpha_out.to_f64()));
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![Reading { name: self.name.clone(), value: self.value }])
    }
}
