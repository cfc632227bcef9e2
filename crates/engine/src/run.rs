//! A run: a world made from a [`Setup`], advanced block by block.

mod setup;

use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{ScheduleBuildSettings, SingleThreadedExecutor};
use bevy_ecs::system::SystemState;
use dtao_protocol::books::Books;
use dtao_protocol::emission::Emission;
use dtao_protocol::fixed::Q32;
use dtao_protocol::halving::tao_emission;
use dtao_protocol::pool::Reserves;
use dtao_protocol::units::{Alpha, Block, Tao};

use crate::account::{Accounts, AgentId, Authority, GroupId, Wallet};
use crate::audit::{Auditor, Breach, DustTotals, audit};
use crate::calendar::Calendar;
use crate::call::{Call, Place, Submitted};
pub use crate::carried::{Carried, CarriedChain, CarriedFund, OwedToRoot};
use crate::chain::{BlockEmission, Earned, Issuance, LastRegistration, Law, PoolFees, Root, TaoDust};
use crate::clock::Clock;
use crate::collateral::Collaterals;
use crate::common::Common;
use crate::kinds::{Deciders, Due, hear};
use crate::ledger::coinbase::coinbase;
use crate::ledger::root_voting::{root_coinbase, root_votes};
use crate::ledger::rosters::after_coinbase;
use crate::locks::Locks;
use crate::measurement::Measurements;
use crate::observe::{Observer, ObserverError, Observers, Reading, record, somebody_looks};
use crate::outbox::{Followed, Outbox};
use crate::pipeline::{Phase, Reactions, before, schedule};
use crate::quiet::Quiet;
use crate::receipts::Receipts;
use crate::root_calls::{RootCalls, enact, root_calls};
use crate::root_network::RootNetwork;
use crate::strategy::{Reaction, Strategy, react, start};
use crate::subnet::Subnets;
use crate::view::View;
pub use setup::{AccountSetup, Audit, Inheritance, RootVotingSetup, Setup, SubnetSetup};
use setup::{has_rosters, stakes};

/// A run that is being put together.
pub struct RunBuilder {
    world: World,
    schedule: Schedule,
    starting: Schedule,
    /// What installs each kind of agents.
    kinds: Vec<fn(&mut RunBuilder, &mut Deciders)>,
    observers: Vec<Box<dyn Observer>>,
    setup: Setup,
    root_voting: Option<RootVotingSetup>,
    /// All TAO that exists, if it is more than the start hands out.
    issuance: Option<Tao>,
    /// Accounts with TAO on root.
    root_stakes: Vec<(AgentId, Tao)>,
    root_calls: RootCalls,
    inheritances: Vec<(AgentId, Inheritance)>,
}

impl RunBuilder {
    /// A world with no agents except the stakers on root, whose account also holds the root key.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let mut world = World::new();
        world.insert_resource(Accounts::default());
        let mut starting = Schedule::default();
        starting.set_executor(SingleThreadedExecutor::new());
        let mut builder = Self {
            world,
            schedule: schedule(),
            starting,
            kinds: Vec::new(),
            observers: Vec::new(),
            setup,
            root_voting: None,
            issuance: None,
            root_stakes: Vec::new(),
            root_calls: RootCalls::default(),
            inheritances: Vec::new(),
        };
        let root = builder.group("root");
        builder.account(
            root,
            AccountSetup { tao: Tao::ZERO, root_stake: Tao::ZERO, authority: Authority::Root },
            (),
        );
        builder
    }

    /// Names a group of accounts; the same name is the same group.
    pub fn group(&mut self, name: &str) -> GroupId {
        self.world.resource_mut::<Accounts>().group(name)
    }

    /// Adds an account with what makes it act: a strategy, or nothing.
    ///
    /// Its random numbers are keyed by its group's name and by how many accounts the group already has, so they do
    /// not depend on other groups. Its number does.
    pub fn account(&mut self, group: GroupId, account: AccountSetup, strategy: impl Bundle) -> AgentId {
        let id = AgentId(
            u32::try_from(self.world.resource::<Accounts>().len()).expect("fewer than 2^31 accounts"),
        );
        let entity = self
            .world
            .spawn((id, group, account.authority, Wallet(account.tao), Earned::default(), strategy))
            .id();
        let seed = self.setup.seed;
        self.world.resource_mut::<Accounts>().add(group, seed, entity);
        if account.root_stake > Tao::ZERO {
            self.root_stakes.push((id, account.root_stake));
        }
        id
    }

    /// Gives an account a part of what there is at the start.
    pub fn inherit(&mut self, agent: AgentId, inheritance: Inheritance) {
        self.inheritances.push((agent, inheritance));
    }

    /// Makes a kind of agents known, for accounts to follow. All kinds are known in every run; one that nobody
    /// follows costs a block nothing.
    pub fn strategy<S: Strategy>(&mut self) {
        self.kinds.push(install::<S>);
    }

    /// Lets the run begin before dynamic TAO.
    pub fn root_voting(&mut self, root_voting: RootVotingSetup) {
        for subnet in &mut self.setup.subnets {
            (subnet.pool, subnet.alpha_out) = (Reserves::default(), Alpha::ZERO);
            subnet.moving_price = Q32::ZERO;
        }
        self.root_voting = Some(root_voting);
    }

    /// Says how much TAO exists at the start, at least what the start hands out; it is that much if nothing is said. What
    /// nobody in the run has stays where it is and counts for the halvings.
    pub fn issuance(&mut self, tao: Tao) {
        self.issuance = Some(tao);
    }

    /// Lets root call at known blocks, before all others in the block.
    pub fn root_calls(&mut self, calls: Vec<(Block, Call)>) {
        self.root_calls = RootCalls::new(calls);
    }

    /// Adds an observer.
    pub fn observer(&mut self, observer: Box<dyn Observer>) {
        self.observers.push(observer);
    }

    /// How the schedule is built: for tests that shuffle the systems' order.
    pub fn schedule_settings(&mut self, change: impl FnOnce(&mut ScheduleBuildSettings)) {
        let mut settings = self.schedule.get_build_settings();
        change(&mut settings);
        self.schedule.set_build_settings(settings);
    }

    /// The run, before its first block.
    #[must_use]
    pub fn build(mut self) -> Run {
        let mut deciders = Deciders::default();
        for install in std::mem::take(&mut self.kinds) {
            install(&mut self, &mut deciders);
        }
        let Self {
            mut world,
            mut schedule,
            mut starting,
            kinds: _,
            observers,
            setup,
            root_voting,
            issuance,
            root_stakes,
            root_calls: calls_of_root,
            inheritances,
        } = self;
        let (stakes, on_root) = stakes(&setup, &inheritances, &root_stakes);
        let mut subnets = Subnets::default();
        for subnet in &setup.subnets {
            let (books, inside) = subnet.state(&setup, &inheritances, &stakes);
            subnets.add(&books, inside);
        }
        subnets.resume_clocks(setup.subnets.iter().filter_map(|subnet| subnet.carried.clock).collect());
        world.insert_resource(subnets);
        // Each account's TAO, free and on root, and what pools, epochs and locks hold.
        let mut handed_out = setup.root_stake + root_stakes.iter().map(|&(_, tao)| tao).sum();
        handed_out += world.resource::<Subnets>().books().iter().map(Books::tao).sum();
        handed_out += setup.chain.queue.escrow();
        handed_out += world.query::<&Wallet>().iter(&world).map(|wallet| wallet.tao()).sum();
        if let Some(voting) = &root_voting {
            handed_out += voting.subnets.iter().map(|&(_, _, lock)| lock).sum();
        }
        let &CarriedChain { gate_bar, uncounted, uncounted_buys, .. } = &setup.chain;
        let issuance = issuance.unwrap_or(handed_out - (uncounted + uncounted_buys).min(handed_out));
        let exists = issuance + uncounted + uncounted_buys;
        assert!(exists >= handed_out, "no more TAO is handed out than exists");

        schedule.add_systems(deciders.system().in_set(Phase::Decide));
        add_coinbase(&mut schedule, &setup, root_voting.as_ref());
        let mut calendar = Calendar::default();
        if !calls_of_root.is_empty() {
            for block in calls_of_root.blocks() {
                calendar.wake(AgentId::ROOT_STAKERS, block);
            }
            let enact = enact.run_if(root_calls);
            schedule.add_systems(enact.after(Phase::Coinbase).before(Phase::Execute));
            world.insert_resource(calls_of_root);
        }
        let law = Law { spec: setup.spec, rules: setup.rules };
        let (votes, begins_with_votes) = (law.rules.emission == Emission::RootVote, root_voting.is_some());
        assert_eq!(votes, begins_with_votes, "root votes exactly under the rules that let it");
        let mut network = RootNetwork::idle();
        if let Some(voting) = root_voting {
            network = voting.network(setup.first_block, tao_emission(issuance));
        }
        world.insert_resource(before(setup.first_block));
        world.insert_resource(law);
        world.insert_resource(network);
        world.insert_resource(Issuance(issuance));
        world.insert_resource(BlockEmission { gate_bar, ..BlockEmission::default() });
        world.insert_resource(Root { tao: on_root, ..Root::default() });
        world.insert_resource(TaoDust { uncounted, chain_buys: uncounted_buys, ..TaoDust::default() });
        world.insert_resource(Locks::default());
        world.insert_resource(Collaterals::default());
        world.insert_resource(PoolFees::default());
        world.insert_resource(stakes);
        world.insert_resource(LastRegistration(setup.last_registration));
        world.insert_resource(auditor(&world, &setup, exists - handed_out));
        world.insert_resource(setup.chain.queue.clone());
        world.insert_resource(Measurements::new(setup.seed, setup.values.clone()));
        world.insert_resource(setup.order);
        world.insert_resource(setup.new_subnets);
        world.init_resource::<Due>();
        world.insert_resource(Outbox::default());
        world.insert_resource(Common::default());
        world.insert_resource(Followed::default());
        world.insert_resource(Receipts::default());
        world.insert_resource(calendar);
        world.insert_resource(Observers::new(observers, setup.first_block));

        schedule.add_systems(record.run_if(somebody_looks).in_set(Phase::Record));
        if setup.audit == Audit::EveryBlock {
            schedule.add_systems(audit.in_set(Phase::Record));
        }
        // Agents may write to these in any order: calls are sorted by agent, wakes are kept in order.
        world.init_resource::<Schedules>();
        world.allow_ambiguous_resource::<Outbox>();
        world.allow_ambiguous_resource::<Common>();
        world.allow_ambiguous_resource::<Calendar>();
        starting.run(&mut world);
        hear(&mut world);
        let mut view: SystemState<View> = SystemState::new(&mut world);
        let mut observers = world.remove_resource::<Observers>().expect("inserted above");
        {
            let view = view.get(&world).expect(WHOLE);
            for watcher in &mut observers.list {
                watcher.observer.start(&view);
            }
        }
        world.insert_resource(observers);
        // Before dynamic TAO the coinbase is another one, and an auditor wants to see every block.
        let plain = !begins_with_votes && setup.audit == Audit::Off;
        let quiet = plain.then(|| Quiet::new(&mut world, has_rosters(&setup)));
        Run { world, schedule, view, quiet }
    }
}

/// What the auditor knows before the first block, with the TAO that exists outside the run.
fn auditor(world: &World, setup: &Setup, elsewhere: Tao) -> Auditor {
    Auditor::new(elsewhere, &setup.chain.queue, world.resource::<Subnets>())
}

/// Installs a kind of agents if an account follows it.
fn install<S: Strategy>(run: &mut RunBuilder, deciders: &mut Deciders) {
    if run.world.component_id::<S>().is_none() {
        return;
    }
    run.starting.add_systems(start::<S>);
    deciders.add::<S>(&mut run.world);
    if S::REACTION == Reaction::PendingCalls {
        run.schedule.add_systems(react::<S>.in_set(Phase::React).in_set(Reactions));
    }
}

/// Installs what the coinbase consists of in this run: a run that begins under dynamic TAO never asks whether root
/// votes, and one without neurons adjusts no burns.
fn add_coinbase(schedule: &mut Schedule, setup: &Setup, root_voting: Option<&RootVotingSetup>) {
    if root_voting.is_some() {
        let regimes = (root_coinbase.run_if(root_votes), coinbase.run_if(not(root_votes)));
        schedule.add_systems(regimes.chain().in_set(Phase::Coinbase));
    } else {
        schedule.add_systems(coinbase.in_set(Phase::Coinbase));
    }
    if has_rosters(setup) {
        let neurons = after_coinbase.in_set(Phase::Coinbase);
        schedule.add_systems(neurons.after(root_coinbase).after(coinbase));
    }
}

const WHOLE: &str = "a built run has every resource that a view reads";

/// A run between two blocks.
pub struct Run {
    world: World,
    schedule: Schedule,
    view: SystemState<View<'static, 'static>>,
    /// Makes blocks in which nobody acts; none if the schedule makes every block.
    quiet: Option<Quiet>,
}

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The books do not close.
    #[error(transparent)]
    Audit(#[from] Breach),
    /// An observer lost what it saw.
    #[error(transparent)]
    Observer(#[from] ObserverError),
}

impl Run {
    /// Advances the run by `blocks` blocks.
    ///
    /// # Errors
    /// If the auditor finds a breach; the run stops at that block.
    pub fn advance(&mut self, blocks: u64) -> Result<(), RunError> {
        let mut left = blocks;
        loop {
            if let Some(quiet) = &mut self.quiet {
                left -= quiet.make(&mut self.world, left);
            }
            if left == 0 {
                return Ok(());
            }
            self.schedule.run(&mut self.world);
            left -= 1;
            if let Some(breach) = &self.world.resource::<Auditor>().breach {
                return Err(breach.clone().into());
            }
        }
    }

    /// The last block made.
    #[must_use]
    pub fn block(&self) -> Block {
        self.world.resource::<Clock>().block
    }

    /// Submits a call for the next block, where it stands among others by its account, as if a strategy had submitted it. What the
    /// account cannot do is refused when the block is made.
    pub fn submit(&mut self, agent: AgentId, call: Call) {
        self.world.resource_mut::<Outbox>().calls.push(Submitted { agent, call, place: Place::Last });
    }

    /// The state now.
    pub fn view(&mut self) -> View<'_, '_> {
        self.view.get(&self.world).expect(WHOLE)
    }

    /// The world, for tests that corrupt it.
    #[cfg(test)]
    pub(crate) fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// How many blocks were audited, and what the chain itself lost and paid twice.
    #[must_use]
    pub fn audited(&self) -> (u64, DustTotals) {
        let auditor = self.world.resource::<Auditor>();
        (auditor.blocks, auditor.dust)
    }

    /// Lets every observer finish, and returns what they read.
    ///
    /// # Errors
    /// If one of them lost what it saw.
    pub fn finish(mut self) -> Result<Vec<Reading>, RunError> {
        let mut observers = self.world.remove_resource::<Observers>().expect("inserted when built");
        let view = self.view.get(&self.world).expect(WHOLE);
        let mut readings = Vec::new();
        for watcher in &mut observers.list {
            readings.extend(watcher.observer.finish(&view)?);
        }
        Ok(readings)
    }
}
