//! A market that stands still but for the calls of scripted accounts.

use bevy_ecs::prelude::Component;
use dtao_engine::account::AgentId;
use dtao_engine::call::Call;
use dtao_engine::measurement::Values;
use dtao_engine::observe::{Observer, Reading};
use dtao_engine::pipeline::CallOrder;
use dtao_engine::random::RunSeed;
use dtao_engine::roster::NewSubnets;
use dtao_engine::run::{Audit, Carried, CarriedChain, RunBuilder, Setup, SubnetSetup};
use dtao_engine::strategy::{Actor, Strategy};
use dtao_engine::view::View;
use dtao_metrics::MetricSpec;
use dtao_protocol::era::Spec;
use dtao_protocol::fixed::Q32;
use dtao_protocol::pool::Reserves;
use dtao_protocol::registration::LastLock;
use dtao_protocol::rules::Rules;
use dtao_protocol::units::{Alpha, Block, Netuid, RAO, Tao};

pub const FIRST: u64 = 10_000;

/// Who holds the alpha outside the pools: the first account that a test adds.
pub const HOLDER: AgentId = AgentId(1);

/// Calls, each with its block.
pub type Calls = Vec<(u64, Call)>;

/// Submits its calls at their blocks.
#[derive(Component)]
pub struct Script(pub Calls);

impl Strategy for Script {
    fn start(&mut self, _: &View, me: &mut Actor) {
        for &(block, _) in &self.0 {
            me.wake_at(Block(block));
        }
    }

    fn decide(&mut self, view: &View, me: &mut Actor) {
        // What is seen is the state that the previous block left.
        for (_, call) in self.0.iter().filter(|&&(block, _)| Block(block) == view.block()) {
            me.submit(call.clone());
        }
    }
}

pub fn tao(whole: u64) -> Tao {
    Tao::from_rao(whole * RAO)
}

pub fn alpha(whole: u64) -> Alpha {
    Alpha::from_rao(whole * RAO)
}

/// A subnet with so much TAO and alpha in the pool, and alpha outside.
pub fn subnet(netuid: u16, pool: (u64, u64), out: u64) -> SubnetSetup {
    SubnetSetup {
        netuid: Netuid(netuid),
        pool: Reserves { tao: tao(pool.0), alpha: alpha(pool.1) },
        alpha_out: alpha(out),
        moving_price: Q32::ZERO,
        tempo: 0,
        registered_at: Block(0),
        holder: HOLDER,
        detail: None,
        carried: Carried::default(),
    }
}

/// A run of these subnets to which accounts are still to be added: no TAO is emitted, and root has no stake.
pub fn builder(subnets: Vec<SubnetSetup>) -> RunBuilder {
    builder_under(|_| {}, subnets)
}

/// The same under rules that were changed.
pub fn builder_under(change: impl FnOnce(&mut Rules), subnets: Vec<SubnetSetup>) -> RunBuilder {
    let mut rules = Rules { moving_alpha: Q32::ZERO, ..Rules::at(Spec::known(238)) };
    change(&mut rules);
    let mut builder = RunBuilder::new(Setup {
        seed: RunSeed(1),
        first_block: Block(FIRST),
        spec: Spec::known(238),
        rules,
        subnets,
        root_stake: Tao::ZERO,
        chain: CarriedChain::default(),
        last_registration: LastLock { cost: tao(100), block: Block(1_000) },
        values: Values::default(),
        new_subnets: NewSubnets::Aggregate,
        order: CallOrder::Arrival,
        audit: Audit::EveryBlock,
    });
    builder.strategy::<Script>();
    builder
}

/// What metrics read from so many blocks.
pub fn read(builder: RunBuilder, blocks: u64, metrics: Vec<MetricSpec>) -> Vec<Option<f64>> {
    let each = metrics.into_iter().enumerate();
    let each = each.map(|(index, metric)| metric.observer(index.to_string())).collect();
    observed(builder, blocks, each).into_iter().map(|reading| reading.value).collect()
}

/// What observers read from so many blocks.
pub fn observed(mut builder: RunBuilder, blocks: u64, observers: Vec<Box<dyn Observer>>) -> Vec<Reading> {
    for observer in observers {
        builder.observer(observer);
    }
    let mut run = builder.build();
    run.advance(blocks).expect("the books close");
    run.finish().expect("nothing is written")
}

#[track_caller]
pub fn near(value: Option<f64>, expected: f64, within: f64) {
    let value = value.expect("the run reached it");
    assert!((value - expected).abs() <= within, "{value} is not {expected}");
}
