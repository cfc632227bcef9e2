//! The scenario with an attacker in it, and one run of it.

use std::sync::{Arc, Mutex};

use dtao_agents::StrategySpec;
use dtao_agents::program::{Action, Key, Place, Program, Step};
use dtao_agents::script::{Line, Script, ScriptedCall};
use dtao_engine::account::{AgentId, Hotkey};
use dtao_engine::call::Receipt;
use dtao_engine::observe::{Attention, Observer, ObserverError, Reading};
use dtao_engine::random::RunSeed;
use dtao_engine::run::{Audit, Run};
use dtao_engine::view::View;
use dtao_experiment::run::{Options, Progress, advance, builder};
use dtao_experiment::scenario::inheritance::Inherits;
use dtao_experiment::scenario::{Group, Key as Authority, Loaded, Scenario};
use dtao_protocol::units::{Block, Netuid, RAO, Tao};
use dtao_sweep::caught::caught;

use crate::worth::{liquidated, liquidated_after, share};
use crate::{Goal, Watch};

/// What the attacker's group is called, if the scenario has none of that name.
const ATTACKER: &str = "attacker";

/// A scenario in which a group of accounts tries programs.
#[derive(Clone, Debug)]
pub(crate) struct World {
    loaded: Loaded,
    /// Where the attacker stands among the groups.
    at: usize,
    budget: Tao,
    looks: Looks,
    /// Buys of every subnet's alpha in the first block.
    index: Script,
}

/// What the attacker's accounts do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arm<'a> {
    /// They follow a program.
    Program(&'a Program),
    /// One account buys of every subnet in the first block, in proportion to the pools, and holds it.
    Index,
}

/// What is looked at when a run ends, besides what the attacker has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    /// What a goal needs.
    For(Goal),
    /// That, and what all others have.
    AlsoAtOthers(Goal),
    /// That, and what one group has, by its place among the groups.
    AtGroup(Goal, usize),
}

/// What came out of a run, in TAO.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    /// What the attacker has after selling everything.
    pub wealth: f64,
    /// What it was paid of emission, each part at the price of its time.
    pub earned: f64,
    /// What all others have after selling everything, each group as if it sold alone; only where the goal is damage.
    pub others: f64,
    /// What all others, or one group of them, have after selling everything once the attacker has sold; only where that is looked at.
    pub left: f64,
    /// The part of the emission that stands behind the attacker's alpha; only where the goal is that.
    pub share: f64,
    /// Whether it owns a subnet.
    pub owns: bool,
    /// How many neurons it has.
    pub neurons: u16,
}

/// What else is told of a reported attack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    /// The attacker's calls: block, account, and what became of the call.
    pub calls: Vec<(Block, u32, Receipt)>,
    /// The least free TAO that its accounts had together at the end of a block in which something happened.
    pub least_free: Option<Tao>,
}

impl World {
    /// Puts the attacker into a scenario.
    pub fn new(loaded: &Loaded, budget: Tao, looks: Looks) -> Self {
        let mut loaded = loaded.clone();
        // Nothing is reported but what is read at the end.
        loaded.scenario.metrics.clear();
        loaded.scenario.expect.clear();
        let taken = |name: &str| loaded.scenario.agents.iter().any(|group| group.name == name);
        let mut name = ATTACKER.to_owned();
        while taken(&name) {
            name.push('_');
        }
        loaded.scenario.agents.push(Group {
            name,
            count: 1,
            tao: budget,
            root_stake: Tao::ZERO,
            inherits: Inherits::default(),
            key: Authority::Own,
            strategy: StrategySpec::Program(Program::new(vec![])),
        });
        let at = loaded.scenario.agents.len() - 1;
        let mut world = Self { loaded, at, budget, looks, index: Script::new(vec![]) };
        world.index = world.index_of();
        world
    }

    /// All subnets in proportion to the TAO in their pools.
    fn index_of(&self) -> Script {
        let mut run = builder(&self.loaded, options(1, Audit::Off)).build();
        let view = run.view();
        let pools: Vec<(Netuid, f64)> =
            view.subnets().map(|books| (books.netuid, books.pool.tao.to_f64())).collect();
        let all: f64 = pools.iter().map(|(_, tao)| tao).sum();
        // Some is left for the deposit that keeps the account alive.
        let spent = self.budget.to_f64() * 0.999_999;
        let block = self.loaded.first_block();
        let line = |(netuid, tao): (Netuid, f64)| {
            let tao = Tao::from_rao((spent * tao / all * RAO as f64) as u64);
            Line { block, call: ScriptedCall::stake(netuid, tao) }
        };
        Script::new(pools.into_iter().filter(|(_, tao)| *tao > 0.0).map(line).collect())
    }

    /// The blocks of a run.
    fn blocks(&self) -> u64 {
        self.loaded.scenario.blocks
    }

    /// The last of them.
    pub fn last_block(&self) -> Block {
        self.loaded.last_block()
    }

    /// The name of the attacker's group.
    pub fn attacker(&self) -> &str {
        &self.loaded.scenario.agents[self.at].name
    }

    /// The scenario, in which the attacker does what it did in the last run.
    pub fn scenario(&self) -> &Scenario {
        &self.loaded.scenario
    }

    /// Lets the attacker follow an arm.
    pub fn set(&mut self, arm: Arm) {
        let group = &mut self.loaded.scenario.agents[self.at];
        let (strategy, count) = match arm {
            Arm::Program(program) => (StrategySpec::Program(program.clone()), program.accounts()),
            Arm::Index => (StrategySpec::Script(self.index.clone()), 1),
        };
        group.strategy = strategy;
        group.count = count.into();
        group.tao = Tao::from_rao(self.budget.rao() / u64::from(count));
    }

    /// One run; nothing if it was stopped.
    ///
    /// # Errors
    /// If an invariant of the simulator breaks: says which.
    pub fn run(&mut self, arm: Arm, seed: u64, watch: Watch) -> Result<Option<Seen>, String> {
        self.set(arm);
        self.made(options(seed, Audit::Off), None, watch, |run| self.seen(run))
    }

    /// One run of a program, with what the attacker did in it and what every group then has; nothing if it was stopped.
    ///
    /// # Errors
    /// If the books do not close, or an invariant of the simulator breaks: says where.
    pub fn told(
        &mut self,
        program: &Program,
        seed: u64,
        audit: Audit,
        watch: Watch,
    ) -> Result<Option<Told>, String> {
        self.set(Arm::Program(program));
        let trace = Arc::new(Mutex::new(Trace::default()));
        let tracer = Tracer { name: self.attacker().to_owned(), members: vec![], trace: Arc::clone(&trace) };
        self.made(options(seed, audit), Some(Box::new(tracer)), watch, |run| Told {
            groups: groups(&run.view()),
            trace: trace.lock().expect("nothing panics while it is locked").clone(),
        })
    }

    /// A run, and what it came to; nothing if it was stopped.
    fn made<T>(
        &self,
        options: Options,
        observer: Option<Box<dyn Observer>>,
        watch: Watch,
        of: impl FnOnce(&mut Run) -> T,
    ) -> Result<Option<T>, String> {
        caught(|| {
            let mut run = builder(&self.loaded, options);
            if let Some(observer) = observer {
                run.observer(observer);
            }
            let mut run = run.build();
            let made = advance(&mut run, self.blocks(), &mut |_| watch(0));
            match made.map_err(|error| error.to_string())? {
                Progress::Stop => Ok(None),
                Progress::Continue => Ok(Some(of(&mut run))),
            }
        })
        .and_then(|made| made)
    }

    fn seen(&self, run: &mut Run) -> Seen {
        let view = run.view();
        let own = members(self.attacker(), &view);
        let earned: Tao = own.iter().map(|&agent| view.account(agent).earned).sum();
        let (Looks::For(goal) | Looks::AlsoAtOthers(goal) | Looks::AtGroup(goal, _)) = self.looks;
        let others = match goal {
            Goal::Damage => {
                let groups = groups(&view);
                groups.iter().filter(|(other, _)| other != self.attacker()).map(|(_, tao)| tao).sum()
            }
            Goal::Profit | Goal::Share => 0.0,
        };
        let left = |group: &str| liquidated_after(&members(group, &view), &own, &view).to_f64();
        let left = match self.looks {
            Looks::For(_) => 0.0,
            Looks::AtGroup(_, at) => left(&self.loaded.scenario.agents[at].name),
            Looks::AlsoAtOthers(_) => {
                let mut names: Vec<&String> = view.groups().iter().collect();
                names.sort();
                names.into_iter().filter(|name| *name != self.attacker()).map(|name| left(name)).sum()
            }
        };
        let owner = |netuid| view.subnet_owner(netuid).is_some_and(|owner| own.contains(&owner));
        Seen {
            wealth: liquidated(&own, &view).to_f64(),
            earned: earned.to_f64(),
            others,
            left,
            share: if goal == Goal::Share { share(&own, &view) } else { 0.0 },
            owns: view.netuids().any(owner),
            neurons: neurons(&own, &view),
        }
    }
}

/// How many neurons accounts have together.
fn neurons(accounts: &[AgentId], view: &View) -> u16 {
    let of = |netuid: Netuid| {
        let roster = view.roster(netuid)?;
        Some(accounts.iter().filter(|&&account| roster.uid(Hotkey(account)).is_some()).count() as u16)
    };
    view.netuids().filter_map(of).sum()
}

/// What every group has after selling everything, in the order of names.
fn groups(view: &View) -> Vec<(String, f64)> {
    let mut names: Vec<&String> = view.groups().iter().collect();
    names.sort();
    let worth = |name: &String| (name.clone(), liquidated(&members(name, view), view).to_f64());
    names.into_iter().map(worth).collect()
}

/// A run that is reported.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub groups: Vec<(String, f64)>,
    pub trace: Trace,
}

/// A program that stakes everything on root in the first block.
pub(crate) fn on_root() -> Program {
    let all = Action::Stake { on: Place::Root, part: 1.0, hotkey: Key::Validator, limit: None };
    Program::new(vec![Step::new(all)])
}

fn options(seed: u64, audit: Audit) -> Options {
    Options { seed: RunSeed(seed), audit }
}

/// The accounts of a group.
fn members(name: &str, view: &View) -> Vec<AgentId> {
    view.group(name).map_or_else(Vec::new, |group| view.members(group).collect())
}

/// Notes what the attacker does.
struct Tracer {
    name: String,
    members: Vec<AgentId>,
    trace: Arc<Mutex<Trace>>,
}

impl Observer for Tracer {
    fn next(&self, _: Block) -> Option<Block> {
        None
    }

    fn attention(&self) -> Attention {
        Attention::Events
    }

    fn start(&mut self, view: &View) {
        self.members = members(&self.name, view);
    }

    fn observe(&mut self, view: &View) {
        let mut trace = self.trace.lock().expect("nothing panics while it is locked");
        for receipt in view.receipts().iter().filter(|receipt| self.members.contains(&receipt.agent)) {
            trace.calls.push((view.block(), view.account(receipt.agent).place, receipt.clone()));
        }
        let free: Tao = self.members.iter().map(|&agent| view.balance(agent)).sum();
        trace.least_free = Some(trace.least_free.map_or(free, |least| least.min(free)));
    }

    fn finish(&mut self, _: &View) -> Result<Vec<Reading>, ObserverError> {
        Ok(vec![])
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use dtao_agents::program::Pattern;

    use super::*;

    /// Subnet 1 of `weight_policies` in miniature: its miners sell all they earn, and the attacker can have most of the stake.
    fn sellers(spec: u16) -> World {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/weight_policies.ron");
        let owner = "agents.owner.strategy=SubnetOwner(netuid: 1, sells: Exactly(1.0), every: 361)";
        let mut set = vec![format!("protocol.spec={spec}"), "blocks=3_600".into(), owner.into()];
        for group in ["good", "fair", "poor", "friends"] {
            set.push(format!("agents.{group}.count=1"));
            for field in ["after=0", "sells=1.0", "holds=\"0 TAO\""] {
                set.push(format!("agents.{group}.strategy.Miner.{field}"));
            }
        }
        for group in ["honest", "policy"] {
            set.push(format!("agents.{group}.count=1"));
            set.push(format!("agents.{group}.root_stake=\"100 TAO\""));
            set.push(format!("agents.{group}.strategy.HonestValidator.validator.after=0"));
        }
        let loaded = Loaded::read(&path, &set).expect("the scenario is good");
        World::new(&loaded, Tao::from_rao(300 * RAO), Looks::For(Goal::Profit))
    }

    #[test]
    fn weights_on_the_owners_neuron_burn_what_miners_would_sell() {
        let on = Place::Netuid(1);
        // What the price is at the end, what the owner and a miner have then, and what the owner has staked.
        let after = |spec: u16, pattern: Pattern| {
            let steps = vec![
                Step::after(361, Action::RegisterNeuron { on }),
                Step::after(1, Action::Stake { on, part: 0.5, hotkey: Key::Own, limit: None }),
                Step::after(362, Action::SetWeights { on, pattern }),
            ];
            let mut world = sellers(spec);
            world.set(Arm::Program(&Program::new(steps)));
            let made = world.made(options(1, Audit::Off), None, &|_| Progress::Continue, |run| {
                let view = run.view();
                let worth = |name: &str| liquidated(&members(name, &view), &view).to_f64();
                let owner = view.subnet_owner(Netuid(1)).expect("it has an owner");
                let staked = view.stake(owner, Netuid(1));
                (view.price(Netuid(1)).expect("it has a pool"), worth("owner"), worth("good"), staked)
            });
            made.expect("it can be run").expect("nobody stops it")
        };
        let (burned, paid) = (after(320, Pattern::On(Key::Owner)), after(320, Pattern::Copy));
        assert!(burned.0 > 1.2 * paid.0, "the price is held: {burned:?} and {paid:?}");
        assert!(burned.2 < 100.0 && paid.2 > 200.0, "miners get nothing: {burned:?} and {paid:?}");
        assert_eq!(burned.3, paid.3, "nor does the owner");
        // Before spec 252 the owner is paid, and this one sells.
        let (given, paid) = (after(246, Pattern::On(Key::Owner)), after(246, Pattern::Copy));
        assert!(given.1 > 1.5 * paid.1 && given.0 < 1.2 * paid.0, "{given:?} and {paid:?}");
    }
}
