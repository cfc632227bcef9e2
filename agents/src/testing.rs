//! A scripted market for tests of strategies: one subnet, one agent, what it does; beside it, miners.

use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::Component;
use dtao_engine::account::{AgentId, Authority, Hotkey};
use dtao_engine::call::Call;
use dtao_engine::measurement::Values;
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::pipeline::CallOrder;
use dtao_engine::random::RunSeed;
use dtao_engine::roster::{NewSubnets, RosterSetup};
use dtao_engine::run::{
    AccountSetup, Audit, Carried, CarriedChain, RootVotingSetup, RunBuilder, Setup, SubnetSetup,
};
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::{Pool, Reserves};
use dtao_protocol::registration::LastLock;
use dtao_protocol::root_network::RootVotingRules;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};

use crate::honest_validator::HonestValidator;
use crate::miner::Miner;
use crate::script::{Line, Script, ScriptedCall};

/// A market of one subnet at a price of 0.01, in which nobody else trades.
pub(crate) struct Market {
    setup: Setup,
    root_voting: Option<RootVotingSetup>,
    /// The agent's company in a subnet in detail, each in a group of its own.
    miners: Vec<(&'static str, Miner)>,
    validator: Option<HonestValidator>,
    /// An account that holds the alpha outside the pool, and acts as written.
    script: Option<Script>,
    /// What every account has on root.
    root_stake: Tao,
    /// Others who trade, each in a group of its own.
    others: Vec<Script>,
}

/// A strategy that finds itself with alpha and a UID at its start, as a scenario can hand it both: it pays for
/// them itself in the first block.
#[derive(Component)]
pub(crate) struct Handed<S: Strategy> {
    strategy: S,
    tao: Tao,
    woken: u8,
}

impl<S: Strategy> Handed<S> {
    pub(crate) fn new(strategy: S, tao: u64) -> Self {
        Self { strategy, tao: Tao::from_rao(tao * RAO), woken: 0 }
    }
}

impl<S: Strategy> Strategy for Handed<S> {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_after(0);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        self.woken = self.woken.saturating_add(1);
        let netuid = Netuid(1);
        match self.woken {
            1 => {
                me.submit(Call::RegisterNeuron { netuid });
                me.submit(Call::Stake { netuid, hotkey: Hotkey(me.id), tao: self.tao, limit: None });
                me.wake_after(1);
            }
            2 => self.strategy.start(view, me),
            _ => self.strategy.decide(view, me),
        }
    }
}

/// An account that buys and sells at given blocks, TAO or alpha.
pub(crate) fn trader(buys: &[(u64, u64)], sells: &[(u64, u64)]) -> Script {
    let netuid = Netuid(1);
    let buy = |&(block, tao)| Line {
        block: Block(block),
        call: ScriptedCall::stake(netuid, Tao::from_rao(tao * RAO)),
    };
    let sell = |&(block, alpha)| Line {
        block: Block(block),
        call: ScriptedCall::unstake(netuid, Alpha::from_rao(alpha * RAO)),
    };
    let mut lines: Vec<Line> = buys.iter().map(buy).chain(sells.iter().map(sell)).collect();
    lines.sort_by_key(|line| line.block);
    Script::new(lines)
}

/// A miner that buys nothing and sells nothing.
pub(crate) fn idle(after: u64) -> Miner {
    holder(after, 0)
}

/// A miner that buys alpha for so many TAO and keeps it.
pub(crate) fn holder(after: u64, tao: u64) -> Miner {
    Miner::new(Netuid(1), after, Tao::from_rao(tao * RAO), 0.0, 1_000)
}

/// The rows of weights among calls, as UIDs and weights.
pub(crate) fn rows(calls: Vec<(Block, Call)>) -> Vec<Vec<(u16, u16)>> {
    let row = |(_, call)| match call {
        Call::SetWeights { weights, .. } => {
            Some(weights.iter().map(|&(uid, weight)| (uid.0, weight)).collect())
        }
        _ => None,
    };
    calls.into_iter().filter_map(row).collect()
}

impl Market {
    pub(crate) fn quiet() -> Self {
        let spec = Spec::known(246);
        let subnet = SubnetSetup {
            netuid: Netuid(1),
            pool: Reserves { tao: Tao::from_rao(1_000 * RAO), alpha: Alpha::from_rao(100_000 * RAO) },
            alpha_out: Alpha::from_rao(50_000 * RAO),
            moving_price: Q32::from_f64(0.01),
            tempo: 360,
            registered_at: Block(0),
            holder: AgentId(1),
            detail: None,
            carried: Carried::default(),
        };
        let setup = Setup {
            seed: RunSeed(1),
            first_block: Block(1),
            spec,
            rules: Rules::at(spec),
            subnets: vec![subnet],
            root_stake: Tao::from_rao(1_000_000 * RAO),
            chain: CarriedChain::default(),
            last_registration: LastLock { cost: Tao::from_rao(RAO), block: Block(0) },
            values: Values::default(),
            new_subnets: NewSubnets::Aggregate,
            order: CallOrder::Arrival,
            audit: Audit::EveryBlock,
        };
        Self {
            setup,
            root_voting: None,
            miners: Vec::new(),
            validator: None,
            script: None,
            others: Vec::new(),
            root_stake: Tao::ZERO,
        }
    }

    /// Two deep subnets at a price of 0.8, whose dividends on root become shares of funds.
    pub(crate) fn with_funds() -> Self {
        let mut market = Self::quiet();
        let spec = Spec::known(475);
        (market.setup.spec, market.setup.rules) = (spec, Rules::at(spec));
        market.setup.root_stake = Tao::from_rao(5_900_000 * RAO);
        let reserves = Reserves { tao: Tao::from_rao(80_000 * RAO), alpha: Alpha::from_rao(100_000 * RAO) };
        let first = SubnetSetup {
            pool: reserves,
            moving_price: Q32::from_f64(0.8),
            tempo: 10,
            carried: Carried {
                first_emission: Some(Block(0)),
                curve: Pool::from(reserves).under(market.setup.rules.pool.curve).curve,
                ..Carried::default()
            },
            ..market.setup.subnets[0].clone()
        };
        market.setup.subnets = vec![first.clone(), SubnetSetup { netuid: Netuid(2), ..first }];
        market
    }

    /// The same market in a run with another seed.
    pub(crate) fn seeded(mut self, seed: u64) -> Self {
        self.setup.seed = RunSeed(seed);
        self
    }

    /// The same subnet in detail, with epochs every 21 blocks. Account 1 owns it; the agent is the next
    /// neuron if it registers at once, then the miners.
    pub(crate) fn detailed(miners: &[(&'static str, Miner)]) -> Self {
        let mut market = Self::quiet();
        market.miners = miners.to_vec();
        let subnet = &mut market.setup.subnets[0];
        subnet.tempo = 20;
        subnet.detail = Some(RosterSetup { max_uids: 16, ..RosterSetup::launch(AgentId(1)) });
        market
    }

    /// Gives the agent a colleague, who is an account of its own.
    pub(crate) fn validated_by(self, validator: HonestValidator) -> Self {
        Self { validator: Some(validator), ..self }
    }

    /// Somebody else holds the alpha outside the pool, and sells so much of it in a block.
    pub(crate) fn crashing(self, (block, alpha): (u64, Alpha)) -> Self {
        let call = ScriptedCall::unstake(Netuid(1), alpha);
        Self { script: Some(Script::new(vec![Line { block: Block(block), call }])), ..self }
    }

    /// Every account has so much on root.
    pub(crate) fn on_root(self, root_stake: Tao) -> Self {
        Self { root_stake, ..self }
    }

    /// Under other rules.
    pub(crate) fn under(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(&mut self.setup.rules);
        self
    }

    /// A second, like subnet, and what it is worth; the first is worth 1.
    pub(crate) fn beside_a_subnet_worth(mut self, value: f64) -> Self {
        let second = SubnetSetup { netuid: Netuid(2), ..self.setup.subnets[0].clone() };
        self.setup.subnets.push(second);
        let subnets = [(Netuid(2), vec![(Block(0), value)])].into();
        self.setup.values = Values { others: 1.0, subnets };
        self
    }

    /// Lets another account take part, with 10,000 TAO.
    pub(crate) fn with(mut self, other: Script) -> Self {
        self.others.push(other);
        self
    }

    /// Two subnets before dynamic TAO; the agent has 1,000 TAO on root.
    pub(crate) fn voting() -> Self {
        let Self { mut setup, .. } = Self::quiet();
        (setup.spec, setup.rules) = (Spec::known(219), Rules::at(Spec::known(219)));
        setup.subnets.push(SubnetSetup { netuid: Netuid(2), ..setup.subnets[0].clone() });
        let subnets = [1, 2].map(|netuid| (Netuid(netuid), Q32::HALF, Tao::ZERO)).into();
        let rules = RootVotingRules::pre_dtao();
        let root_voting = Some(RootVotingSetup { rules, subnets });
        Self { setup, root_voting, ..Self::quiet() }
    }

    /// The calls that an agent with 10,000 TAO submits in so many blocks, with their blocks.
    pub(crate) fn calls_of(self, strategy: impl Strategy, blocks: u64) -> Vec<(Block, Call)> {
        let (calls, _) = self.watch(strategy, blocks, 2);
        calls
    }

    /// The calls that the subnet's owner submits in so many blocks, with their blocks.
    pub(crate) fn calls_of_owner(self, strategy: impl Strategy, blocks: u64) -> Vec<(Block, Call)> {
        let (calls, _) = self.watch(strategy, blocks, 1);
        calls
    }

    /// The same calls, and the spot price at the end of each block.
    pub(crate) fn seen_of(self, strategy: impl Strategy, blocks: u64) -> Seen {
        self.watch(strategy, blocks, 2)
    }

    /// The spot price at the end of each block, if the subnet's holder follows a strategy.
    pub(crate) fn prices_under(&mut self, strategy: impl Strategy, blocks: u64) -> Vec<f64> {
        let market =
            Self { setup: self.setup.clone(), root_voting: self.root_voting.clone(), ..Self::quiet() };
        let (_, prices) = market.watch(strategy, blocks, 1);
        prices
    }

    fn watch<S: Strategy>(mut self, strategy: S, blocks: u64, agent: u32) -> Seen {
        let seen = Arc::new(Mutex::new(Seen::default()));
        if self.script.is_some() {
            self.setup.subnets[0].holder = AgentId(agent + 1);
        }
        let mut run = RunBuilder::new(self.setup);
        run.strategy::<S>();
        let root_stake =
            if self.root_voting.is_some() { Tao::from_rao(1_000 * RAO) } else { self.root_stake };
        if let Some(root_voting) = self.root_voting {
            run.root_voting(root_voting);
        }
        let account =
            AccountSetup { tao: Tao::from_rao(10_000 * RAO), root_stake, authority: Authority::Account };
        let group = run.group("agents");
        if agent == 2 {
            run.account(group, account, ());
        }
        run.account(group, account, strategy);
        if let Some(script) = self.script {
            run.strategy::<Script>();
            run.account(group, account, script);
        }
        if !self.miners.is_empty() {
            run.strategy::<Miner>();
        }
        for (name, miner) in self.miners {
            let group = run.group(name);
            run.account(group, account, miner);
        }
        if let Some(validator) = self.validator {
            run.strategy::<HonestValidator>();
            run.account(group, account, validator);
        }
        if !self.others.is_empty() {
            run.strategy::<Script>();
        }
        for (at, other) in self.others.into_iter().enumerate() {
            let group = run.group(&format!("other {at}"));
            run.account(group, account, other);
        }
        run.observer(Box::new(Diary { agent, seen: Arc::clone(&seen) }));
        let mut run = run.build();
        run.advance(blocks).expect("the books close");
        drop(run);
        Arc::into_inner(seen).expect("the run is gone").into_inner().expect("nobody panicked")
    }
}

/// The agent's calls with their blocks, and the spot price at the end of each block.
pub(crate) type Seen = (Vec<(Block, Call)>, Vec<f64>);

struct Diary {
    agent: u32,
    seen: Arc<Mutex<Seen>>,
}

impl Observer for Diary {
    fn next(&self, from: Block) -> Option<Block> {
        Some(from)
    }

    fn attention(&self) -> Attention {
        Attention::AskedFor
    }

    fn observe(&mut self, view: &View) {
        let mut seen = self.seen.lock().expect("one thread");
        let mine = view.receipts().iter().filter(|receipt| receipt.agent.0 == self.agent);
        seen.0.extend(mine.map(|receipt| (view.block(), receipt.call.clone())));
        // Of a subnet that has made room there is none.
        seen.1.push(view.price(Netuid(1)).unwrap_or(f64::NAN));
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![])
    }
}
