//! What a block costs: idle, with a decision and its swap, with a thousand of them, and what a run costs before its
//! first block.

use std::hint::black_box;

use bevy_ecs::prelude::Component;
use criterion::{Criterion, criterion_group, criterion_main};
use dtao_engine::account::{AgentId, Authority, Hotkey};
use dtao_engine::call::Call;
use dtao_engine::measurement::Values;
use dtao_engine::pipeline::CallOrder;
use dtao_engine::random::RunSeed;
use dtao_engine::roster::NewSubnets;
use dtao_engine::run::{AccountSetup, Audit, Carried, CarriedChain, Run, RunBuilder, Setup, SubnetSetup};
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_protocol::books::{Books, Settings};
use dtao_protocol::coinbase::{Chain, block};
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::{Q32, Q64};
use dtao_protocol::halving::tao_emission;
use dtao_protocol::pool::Reserves;
use dtao_protocol::registration::LastLock;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};
use rand::RngExt;

const SUBNETS: u16 = 64;
const SPEC: Spec = Spec::known(244);

fn setup() -> Setup {
    let subnets = (1..=SUBNETS)
        .map(|netuid| SubnetSetup {
            netuid: Netuid(netuid),
            pool: Reserves {
                tao: Tao::from_rao(u64::from(netuid) * 50 * RAO),
                alpha: Alpha::from_rao(30_000 * RAO),
            },
            alpha_out: Alpha::from_rao(90_000 * RAO),
            moving_price: Q32::from_f64(f64::from(netuid) / 600.0),
            tempo: 360,
            registered_at: Block(0),
            holder: AgentId(1),
            detail: None,
            carried: Carried::default(),
        })
        .collect();
    Setup {
        seed: RunSeed(1),
        first_block: Block(1_000),
        spec: SPEC,
        rules: Rules::at(SPEC),
        subnets,
        root_stake: Tao::from_rao(5_900_000 * RAO),
        chain: CarriedChain::default(),
        last_registration: LastLock { cost: Tao::from_rao(RAO), block: Block(0) },
        values: Values::default(),
        new_subnets: NewSubnets::Aggregate,
        order: CallOrder::Arrival,
        audit: Audit::Off,
    }
}

/// Buys and sells in turn, in every block.
#[derive(Component, Clone)]
struct Busy {
    netuid: Netuid,
}

impl Strategy for Busy {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_after(1);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let price = view.pool(self.netuid).map_or(0.0, Reserves::price);
        let call = if view.block().0.is_multiple_of(2) {
            Call::Stake {
                netuid: self.netuid,
                hotkey: Hotkey::AGGREGATE,
                tao: Tao::from_f64(price.min(1.0) + 0.01),
                limit: None,
            }
        } else {
            let alpha = Alpha::from_rao(view.stake(me.id, self.netuid).rao() / 2);
            Call::Unstake { netuid: self.netuid, hotkey: Hotkey::AGGREGATE, alpha, limit: None }
        };
        me.submit(call);
        me.wake_after(1);
    }
}

/// Looks at one subnet in every block, and trades where the price is far enough from the moving price, give or take a
/// random number.
#[derive(Component, Clone)]
struct Chartist {
    netuid: Netuid,
    /// The relative distance from which it trades.
    threshold: f64,
}

impl Strategy for Chartist {
    fn start(&mut self, _: &View, me: &mut Actor) {
        me.wake_after(1);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let Some(subnet) = view.subnet(self.netuid) else { return };
        let (price, moving_price) = (subnet.pool.price(), subnet.moving_price.to_f64());
        let (netuid, hotkey) = (self.netuid, Hotkey::AGGREGATE);
        let distance = price / moving_price - 1.0 + me.random().random_range(-0.5..0.5);
        if distance < -self.threshold {
            let tao = Tao::from_f64(view.balance(me.id).to_f64() * 0.03);
            me.submit(Call::Stake { netuid, hotkey, tao, limit: None });
        } else if distance > self.threshold {
            let alpha = Alpha::from_f64(view.stake(me.id, netuid).to_f64() * 0.03);
            me.submit(Call::Unstake { netuid, hotkey, alpha, limit: None });
        }
        me.wake_after(1);
    }
}

/// Trades about 24 times a day, on a subnet and a side drawn each time.
#[derive(Component, Clone)]
struct Trader;

impl Strategy for Trader {
    fn start(&mut self, _: &View, me: &mut Actor) {
        let wait = me.random().random_range(1..600);
        me.wake_after(wait);
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        let (netuid, hotkey) = (Netuid(me.random().random_range(1..=SUBNETS)), Hotkey::AGGREGATE);
        if me.random().random_bool(0.6) {
            let tao = Tao::from_f64(view.balance(me.id).to_f64() * 0.03);
            me.submit(Call::Stake { netuid, hotkey, tao, limit: None });
        } else {
            let alpha = Alpha::from_f64(view.stake(me.id, netuid).to_f64() * 0.5);
            me.submit(Call::Unstake { netuid, hotkey, alpha, limit: None });
        }
        self.start(view, me);
    }
}

fn subnet_of(agent: u32) -> Netuid {
    Netuid(1 + (agent % u32::from(SUBNETS)) as u16)
}

fn build<S: Strategy>(agents: u32, strategy: impl Fn(u32) -> Option<S>) -> Run {
    let mut run = RunBuilder::new(setup());
    run.strategy::<S>();
    let group = run.group("agents");
    let account = AccountSetup {
        tao: Tao::from_rao(1_000 * RAO),
        root_stake: Tao::ZERO,
        authority: Authority::Account,
    };
    for agent in 0..agents.max(1) {
        match strategy(agent) {
            Some(strategy) => run.account(group, account, strategy),
            None => run.account(group, account, ()),
        };
    }
    run.build()
}

/// The coinbase without a world: what the whole pipeline is measured against. It runs no epochs and watches nobody.
fn coinbase_alone() -> impl FnMut() {
    let rules = Rules::at(SPEC);
    let setup = setup();
    let mut books: Vec<Books> = setup
        .subnets
        .iter()
        .map(|subnet| {
            let settings =
                Settings::dynamic(subnet.netuid, subnet.registered_at, subnet.tempo, setup.first_block);
            Books {
                pool: subnet.pool,
                alpha_out: subnet.alpha_out,
                moving_price: subnet.moving_price,
                ..Books::new(subnet.netuid, settings)
            }
        })
        .collect();
    let mut issuance = Tao::from_rao(6_000_000 * RAO);
    let mut now = setup.first_block;
    let mut weights = Vec::new();
    move || {
        let chain = Chain {
            block: now,
            emission: tao_emission(issuance),
            root_tao: setup.root_stake,
            gate_bar: Q64::ZERO,
        };
        issuance += block(&rules, &chain, &mut books, &mut weights).issued;
        now = now + 1;
        black_box(&books);
    }
}

fn pipeline(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("block");
    group.bench_function("coinbase alone, 64 subnets", |bencher| {
        let mut block = coinbase_alone();
        bencher.iter(&mut block);
    });
    group.bench_function("idle: the whole pipeline, 64 subnets", |bencher| {
        let mut run = build(1_000, |_| None::<Busy>);
        bencher.iter(|| run.advance(1));
    });
    group.bench_function("100 decisions, each with a swap, 64 subnets", |bencher| {
        let mut run = build(100, |agent| Some(Busy { netuid: subnet_of(agent) }));
        bencher.iter(|| run.advance(1));
    });
    for (name, threshold) in [("none trades", f64::INFINITY), ("most trade", 0.1)] {
        group.bench_function(format!("1,000 agents decide, {name}, 64 subnets"), |bencher| {
            let mut run = build(1_000, |agent| Some(Chartist { netuid: subnet_of(agent), threshold }));
            run.advance(100).expect("the books close");
            bencher.iter(|| run.advance(1));
        });
    }
    group.finish();
    criterion.bench_function("a day, 64 subnets, 30 traders", |bencher| {
        bencher.iter(|| build(30, |_| Some(Trader)).advance(7_200));
    });
    criterion.bench_function("set-up: world, schedule, 64 subnets, 1,000 agents", |bencher| {
        bencher.iter(|| build(1_000, |agent| Some(Busy { netuid: subnet_of(agent) })));
    });
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
