//! What a run leaves, to the rao: so that two runs can be told apart, or not.

use std::sync::{Arc, Mutex};

use dtao_engine::call::Outcome;
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::view::View;
use dtao_protocol::emission::Emission;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::Block;
use sha2::{Digest, Sha256};

/// How often a run is looked at, besides its last block.
const LOOKS: u64 = 256;

/// What was seen of a run.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// SHA-256 over all pools, moving prices, emissions and accounts at every look.
    pub digest: String,
    /// The rule by which TAO is shared at the start, and the first other one, with the block by which it held.
    pub rule: Option<Emission>,
    /// See `rule`.
    pub other: Option<(Block, Emission)>,
    /// All rules at the start and after each change, with the block by which they held.
    pub rules: Vec<(Block, Rules)>,
    /// Calls that were refused.
    pub refused: u64,
}

/// Looks at a run.
pub struct Trace {
    seen: Arc<Mutex<Seen>>,
    digest: Sha256,
    rule: Option<Emission>,
    other: Option<(Block, Emission)>,
    rules: Vec<(Block, Rules)>,
    refused: u64,
    every: u64,
    last: Block,
}

impl Trace {
    /// Of a run of as many blocks, up to a last one.
    pub fn of(blocks: u64, last: Block) -> (Self, Arc<Mutex<Seen>>) {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let every = blocks.div_ceil(LOOKS).max(1);
        let trace = Self {
            seen: Arc::clone(&seen),
            digest: Sha256::new(),
            rule: None,
            other: None,
            rules: Vec::new(),
            refused: 0,
            every,
            last,
        };
        (trace, seen)
    }

    fn number(&mut self, number: u64) {
        self.digest.update(number.to_le_bytes());
    }

    /// All amounts that the chain shows.
    fn look(&mut self, view: &View) {
        self.number(view.block().0);
        self.number(view.root_tao().rao());
        for subnet in view.subnets() {
            let (waiting, emitted) = (subnet.waiting(), &subnet.emitted);
            for amount in [subnet.pool.tao, waiting.tao, emitted.tao_in, subnet.chain_buy.tao] {
                self.number(amount.rao());
            }
            for amount in [subnet.pool.alpha, waiting.alpha, subnet.alpha_out] {
                self.number(amount.rao());
            }
            self.number(u64::from(subnet.netuid.0));
            self.digest.update(subnet.moving_price.bits().to_le_bytes());
            for (agent, alpha) in view.stakers(subnet.netuid) {
                self.number(u64::from(agent.0));
                self.number(alpha.rao());
            }
        }
        for account in view.accounts() {
            self.number(account.tao.rao());
        }
    }
}

impl Observer for Trace {
    fn next(&self, block: Block) -> Option<Block> {
        let next = Block(block.0.div_ceil(self.every) * self.every);
        (block <= self.last).then_some(next.min(self.last))
    }

    fn attention(&self) -> Attention {
        Attention::Events
    }

    fn start(&mut self, view: &View) {
        self.rule = Some(view.rules().emission);
        self.rules.push((view.block(), *view.rules()));
    }

    fn observe(&mut self, view: &View) {
        let refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_));
        self.refused += view.receipts().iter().filter(|receipt| refused(&receipt.outcome)).count() as u64;
        let now = view.rules().emission;
        if self.other.is_none() && self.rule != Some(now) {
            self.other = Some((view.block(), now));
        }
        if self.rules.last().is_none_or(|(_, rules)| rules != view.rules()) {
            self.rules.push((view.block(), *view.rules()));
        }
        if self.next(view.block()) == Some(view.block()) {
            self.look(view);
        }
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        let digest = format!("{:x}", self.digest.clone().finalize());
        *self.seen.lock().expect("nothing panics while it is locked") = Seen {
            digest,
            rule: self.rule,
            other: self.other,
            rules: self.rules.clone(),
            refused: self.refused,
        };
        Ok(Vec::new())
    }
}
