//! What groups of accounts have gained together, for each TAO that they had.

use dtao_engine::observe::Observer;
use dtao_protocol::units::{Block, Netuid};
use serde::{Deserialize, Serialize};

use crate::Metric;
use crate::kind::MetricKind;
use crate::members::{of_groups, wealth_changed};
use crate::statistic::defined;

/// One-line description, shown by `dtao list`.
pub(crate) const ABOUT: &str = "what groups have gained together, over the wealth that they had before";

/// What groups of accounts have gained together, over what they had before: 0.1 is a gain of a tenth.
///
/// ```text
/// wealth at the end of `at` / wealth before `from` - 1             wealth as in `Profit`
/// ```
/// Nothing if they had nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupReturn {
    /// Which groups.
    pub groups: Vec<String>,
    /// The subnets on which stake counts; all if empty.
    pub netuids: Vec<Netuid>,
    /// From before this block ...
    pub from: Block,
    /// ... to the end of that.
    pub at: Block,
}

of_groups!(GroupReturn, netuids);

impl Metric for GroupReturn {
    fn kind(&self) -> MetricKind {
        MetricKind::Ratio
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.at)
    }

    fn observer(&self, name: String) -> Box<dyn Observer> {
        let (groups, netuids) = (self.groups.clone(), self.netuids.clone());
        wealth_changed((groups, netuids), self.window(), name, |before, after| {
            defined((after - before) / before)
        })
    }
}
