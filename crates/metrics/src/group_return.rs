//! What groups of accounts have gained together, for each TAO that they had.

use dtao_engine::observe::{Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::units::{Block, Netuid, Tao};
use serde::{Deserialize, Serialize};

use crate::Parameters;
use crate::kind::MetricKind;
use crate::members::{named, wealth};
use crate::statistic::defined;

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

impl Parameters for GroupReturn {
    const ABOUT: &'static str = "what groups have gained together, over the wealth that they had before";

    fn kind(&self) -> MetricKind {
        MetricKind::Ratio
    }

    fn window(&self) -> (Block, Block) {
        (self.from, self.at)
    }

    fn netuids(&self) -> Vec<(String, Netuid)> {
        let named = |(index, &netuid): (usize, &Netuid)| (format!("netuids[{index}]"), netuid);
        self.netuids.iter().enumerate().map(named).collect()
    }

    fn groups(&self) -> Vec<(String, String)> {
        named(&self.groups)
    }

    fn observer(self, name: String) -> Box<dyn Observer> {
        Box::new(Seen { metric: self, name, before: None, after: None })
    }
}

struct Seen {
    metric: GroupReturn,
    name: String,
    before: Option<Tao>,
    after: Option<Tao>,
}

impl Seen {
    fn look(&mut self, view: &View) {
        let GroupReturn { groups, netuids, from, at } = &self.metric;
        if view.block() + 1 == *from {
            self.before = Some(wealth(groups, netuids, view));
        }
        if view.block() == *at {
            self.after = Some(wealth(groups, netuids, view));
        }
    }
}

impl Observer for Seen {
    fn next(&self, block: Block) -> Option<Block> {
        let GroupReturn { from, at, .. } = self.metric;
        if block < from { Some(Block(from.0 - 1)) } else { (block <= at).then_some(at) }
    }

    fn start(&mut self, view: &View) {
        self.look(view);
    }

    fn observe(&mut self, view: &View) {
        self.look(view);
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        let gained =
            |(before, after): (Tao, Tao)| defined((after.to_f64() - before.to_f64()) / before.to_f64());
        let value = self.before.zip(self.after).and_then(gained);
        Ok(vec![Reading { name: self.name.clone(), value }])
    }
}
