//! Small worlds for tests, and agents that do what a test says.

use std::sync::{Arc, Mutex};

use bevy_ecs::prelude::Component;
use dtao_engine::account::{AgentId, Authority, Hotkey};
use dtao_engine::call::{Call, Fill, Limit, Outcome, Receipt, Refusal};
use dtao_engine::measurement::Values;
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::pipeline::CallOrder;
use dtao_engine::random::RunSeed;
use dtao_engine::roster::NewSubnets;
use dtao_engine::run::{AccountSetup, Audit, Carried, CarriedChain, Run, RunBuilder, Setup, SubnetSetup};
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::{Curve, Pool, Reserves};
use dtao_protocol::registration::LastLock;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};

pub const HOLDER: AgentId = AgentId(1);
pub const TRADER: AgentId = AgentId(2);
pub const SUDO: AgentId = AgentId(3);

pub fn tao(whole: u64) -> Tao {
    Tao::from_rao(whole * RAO)
}

pub fn alpha(whole: u64) -> Alpha {
    Alpha::from_rao(whole * RAO)
}

pub fn stake(netuid: u16, tao: Tao) -> Call {
    Call::Stake { netuid: Netuid(netuid), hotkey: Hotkey::AGGREGATE, tao, limit: None }
}

pub fn unstake(netuid: u16, alpha: Alpha) -> Call {
    Call::Unstake { netuid: Netuid(netuid), hotkey: Hotkey::AGGREGATE, alpha, limit: None }
}

fn within(rao: u64, fill: Fill) -> Limit {
    Limit { price: Tao::from_rao(rao), fill }
}

/// A buy at an average price of so many rao of TAO per alpha at most.
pub fn buy_within(netuid: u16, tao: Tao, rao: u64, fill: Fill) -> Call {
    let (netuid, hotkey, limit) = (Netuid(netuid), Hotkey::AGGREGATE, Some(within(rao, fill)));
    Call::Stake { netuid, hotkey, tao, limit }
}

pub fn sell_within(netuid: u16, alpha: Alpha, rao: u64, fill: Fill) -> Call {
    let (netuid, hotkey, limit) = (Netuid(netuid), Hotkey::AGGREGATE, Some(within(rao, fill)));
    Call::Unstake { netuid, hotkey, alpha, limit }
}

pub fn swap_within(from: u16, to: u16, alpha: Alpha, rao: u64, fill: Fill) -> Call {
    let (from, to, hotkey) = (Netuid(from), Netuid(to), Hotkey::AGGREGATE);
    Call::SwapStake { from, to, hotkey, alpha, limit: Some(within(rao, fill)) }
}

pub fn swap_stake(from: u16, to: u16, alpha: Alpha) -> Call {
    Call::SwapStake { from: Netuid(from), to: Netuid(to), hotkey: Hotkey::AGGREGATE, alpha, limit: None }
}

pub fn subnet(netuid: u16, pool: (Tao, Alpha), alpha_out: Alpha) -> SubnetSetup {
    SubnetSetup {
        netuid: Netuid(netuid),
        pool: Reserves { tao: pool.0, alpha: pool.1 },
        alpha_out,
        moving_price: Q32::ZERO,
        tempo: 0,
        registered_at: Block(0),
        holder: HOLDER,
        detail: None,
        carried: Carried::default(),
    }
}

/// A market that stands still but for calls: no moving price, so no TAO is emitted; no stake on root, so
/// root sells nothing; no tempo, so no epoch. Every number of a call can then be worked out by hand.
///
/// Subnet 1 has 1,000 TAO and 100,000 alpha; subnet 2 has 1 TAO and 1 alpha. The holder owns the alpha.
pub fn still() -> Setup {
    let rules = Rules { moving_alpha: Q32::ZERO, ..Rules::at(Spec::known(238)) };
    Setup {
        seed: RunSeed(1),
        first_block: Block(10_000),
        spec: Spec::known(238),
        rules,
        subnets: vec![
            subnet(1, (tao(1_000), alpha(100_000)), alpha(200_000)),
            subnet(2, (tao(1), alpha(1)), alpha(200)),
        ],
        root_stake: Tao::ZERO,
        chain: CarriedChain::default(),
        last_registration: LastLock { cost: tao(100), block: Block(1_000) },
        values: Values::default(),
        new_subnets: NewSubnets::Aggregate,
        order: CallOrder::Arrival,
        audit: Audit::EveryBlock,
    }
}

/// A market in which everything moves: emission, root's sales, short epochs, a deep, a shallow and a tiny
/// pool.
pub fn lively(spec: Spec) -> Setup {
    let curve = |(tao, alpha)| {
        let pool = Pool { reserves: Reserves { tao, alpha }, curve: Curve::ConstantProduct };
        pool.under(Rules::at(spec).pool.curve).curve
    };
    let lively = |netuid, pool, out, tempo| SubnetSetup {
        moving_price: Q32::from_f64(0.01 * f64::from(netuid)),
        tempo,
        carried: Carried { first_emission: Some(Block(10_000)), curve: curve(pool), ..Carried::default() },
        ..subnet(netuid, pool, out)
    };
    Setup {
        spec,
        rules: Rules { moving_alpha: Q32::from_f64(3e-4), ..Rules::at(spec) },
        subnets: vec![
            lively(1, (tao(1_000), alpha(100_000)), alpha(50_000), 20),
            lively(2, (tao(1), alpha(1)), Alpha::ZERO, 10),
            lively(4, (Tao::from_rao(10_000_001), Alpha::from_rao(3_333_333_333)), alpha(1), 7),
        ],
        root_stake: tao(5_900_000),
        chain: CarriedChain::default(),
        values: Values { others: 2.0, subnets: [(Netuid(1), vec![(Block(10_030), 5.0)])].into() },
        last_registration: LastLock { cost: tao(1), block: Block(1) },
        ..still()
    }
}

/// What became of calls, each with its block.
pub type Receipts = Arc<Mutex<Vec<(Block, Receipt)>>>;

/// Submits given calls at given blocks, counted from the run's first.
#[derive(Component, Clone, Default)]
pub struct Scripted {
    lines: Vec<(u64, Call)>,
    first: u64,
}

impl Scripted {
    pub fn new(lines: impl IntoIterator<Item = (u64, Call)>) -> Self {
        Self { lines: lines.into_iter().collect(), first: 0 }
    }
}

impl Strategy for Scripted {
    fn start(&mut self, view: &View, me: &mut Actor) {
        self.first = view.block().0 + 1;
        for &(at, _) in &self.lines {
            me.wake_at(Block(self.first + at));
        }
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        for (at, call) in self.lines.clone() {
            if self.first + at == view.block().0 {
                me.submit(call);
            }
        }
    }
}

/// A run with the usual accounts: the holder, a trader with 100,000 TAO, and one with the root key.
pub fn builder(setup: Setup) -> RunBuilder {
    let mut run = RunBuilder::new(setup);
    run.strategy::<Scripted>();
    run
}

/// Adds an account with 100,000 TAO; the one with the number of [`SUDO`] has the root key.
pub fn add(run: &mut RunBuilder, strategy: impl Strategy) -> AgentId {
    let group = run.group("agents");
    let free = AccountSetup { tao: tao(100_000), root_stake: Tao::ZERO, authority: Authority::Account };
    run.account(group, free, strategy)
}

/// The usual three accounts, each with its lines.
pub fn run_of(setup: Setup, lines: &[(AgentId, u64, Call)]) -> (Run, Receipts) {
    let (run, seen) = builder_of(setup, lines);
    (run.build(), seen)
}

/// The same, before it is built.
pub fn builder_of(setup: Setup, lines: &[(AgentId, u64, Call)]) -> (RunBuilder, Receipts) {
    let mut run = builder(setup);
    let group = run.group("agents");
    for id in [HOLDER, TRADER, SUDO] {
        let own = lines.iter().filter(|line| line.0 == id).map(|(_, at, call)| (*at, call.clone()));
        let authority = if id == SUDO { Authority::Root } else { Authority::Account };
        let account = AccountSetup { tao: tao(100_000), root_stake: Tao::ZERO, authority };
        assert_eq!(run.account(group, account, Scripted::new(own)), id);
    }
    let seen = receipts(&mut run);
    (run, seen)
}

/// The outcomes of one account's calls, all in the first block of a market that stands still; and the run.
pub fn outcomes(agent: AgentId, calls: &[Call]) -> (Vec<Outcome>, Run) {
    let lines: Vec<_> = calls.iter().map(|call| (agent, 0, call.clone())).collect();
    let (receipts, run) = receipts_of(still(), &lines);
    (receipts.iter().map(|receipt| receipt.outcome).collect(), run)
}

/// What became of calls, and the run after the last of them.
pub fn receipts_of(setup: Setup, lines: &[(AgentId, u64, Call)]) -> (Vec<Receipt>, Run) {
    let blocks = lines.iter().map(|(_, at, _)| at + 1).max().unwrap_or(0);
    let (mut run, seen) = run_of(setup, lines);
    run.advance(blocks).expect("the books close");
    let receipts = seen.lock().expect("one thread").iter().map(|(_, receipt)| receipt.clone()).collect();
    (receipts, run)
}

/// The market that stands still, under another revision.
pub fn still_under(spec: Spec) -> Setup {
    let rules = Rules { moving_alpha: Q32::ZERO, ..Rules::at(spec) };
    Setup { spec, rules, ..still() }
}

pub fn refusal(agent: AgentId, call: Call) -> Option<Refusal> {
    match outcomes(agent, &[call]).0[..] {
        [Outcome::Refused(refusal)] => Some(refusal),
        _ => None,
    }
}

/// Keeps every receipt with its block.
pub fn receipts(run: &mut RunBuilder) -> Receipts {
    let seen = Arc::new(Mutex::new(Vec::new()));
    run.observer(Box::new(Diary(Arc::clone(&seen))));
    seen
}

struct Diary(Receipts);

impl Observer for Diary {
    fn next(&self, _: Block) -> Option<Block> {
        None
    }

    fn attention(&self) -> Attention {
        Attention::Events
    }

    fn observe(&mut self, view: &View) {
        let mut seen = self.0.lock().expect("one thread");
        seen.extend(view.receipts().iter().map(|receipt| (view.block(), receipt.clone())));
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![])
    }
}

/// Everything that a view shows, for comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub block: Block,
    pub issuance: Tao,
    pub root_tao: Tao,
    pub balances: Vec<(AgentId, Tao, Tao)>,
    pub subnets: Vec<(Netuid, Reserves, Alpha, Q32)>,
    pub stakes: Vec<(Netuid, AgentId, Alpha)>,
}

pub fn state(run: &mut Run) -> State {
    let view = run.view();
    let netuids: Vec<_> = std::iter::once(Netuid::ROOT).chain(view.netuids()).collect();
    State {
        block: view.block(),
        issuance: view.issuance(),
        root_tao: view.root_tao(),
        balances: view.accounts().map(|account| (account.agent, account.tao, account.earned)).collect(),
        subnets: view.subnets().map(|s| (s.netuid, s.pool, s.alpha_out, s.moving_price)).collect(),
        stakes: netuids
            .into_iter()
            .flat_map(|netuid| view.stakers(netuid).map(move |(agent, alpha)| (netuid, agent, alpha)))
            .collect(),
    }
}
