//! Attacks made by hand, each tuned over a grid of a thousand settings or more: what `dtao attack` is held against in
//! docs/experiments/attacks.md. Run from the project's folder:
//!
//! ```sh
//! cargo run --release -p dtao-attack --example handmade
//! cargo run --release -p dtao-attack --example handmade "cheap registrations"
//! cargo run --release -p dtao-attack --example handmade 10000 "cheap registrations"
//! ```
//! A number searches in place of the scripts, with so many runs, and prints the best that was found: the same as `dtao attack`. A second
//! number is the seed of the search, 0 if there is none.

use std::collections::BTreeSet;
use std::path::Path;

use dtao_agents::program::{Action, Key, Pattern, Place, Program, Step, Wait};
use dtao_attack::{Effort, Prepared, Question, written};
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::Progress;
use dtao_protocol::units::{Netuid, RAO, Tao};
use dtao_statistics::{Cell, Interval, Support};

/// A world, a budget, and the settings of a script.
struct World {
    name: &'static str,
    scenario: &'static str,
    set: [&'static [&'static str]; 2],
    budget: u64,
    accounts: u8,
    /// The subnets that a search is about; all if empty.
    subnets: &'static [u16],
    settings: Vec<Program>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut asked: Vec<String> = std::env::args().skip(1).collect();
    let mut number = || -> Option<u64> {
        let number = asked.first()?.parse().ok()?;
        asked.remove(0);
        Some(number)
    };
    let runs = number();
    let seed = runs.and_then(|_| number()).unwrap_or(0);
    println!(
        "world,budget,{},seed,mean,low,high,seeds,program",
        if runs.is_some() { "runs" } else { "settings" }
    );
    for world in worlds() {
        if !asked.is_empty() && asked.iter().all(|name| name != world.name) {
            continue;
        }
        let question = Question {
            accounts: world.accounts,
            seed,
            subnets: world.subnets.iter().copied().map(Netuid).collect(),
            ..Question::new(Tao::from_rao(world.budget * RAO), Effort::Evaluations(runs.unwrap_or(0)))
        };
        let path = Path::new("configs/scenarios").join(world.scenario).with_extension("ron");
        let set: Vec<String> = world.set.concat().into_iter().map(str::to_owned).collect();
        let prepared = Prepared::read(&Library::default(), &path, &set, question)?;
        let (made, found) = if runs.is_some() {
            let report = prepared.attack(None, &|_| Progress::Continue)?.ok_or("nobody stops it")?;
            let found = report.own.attacks.into_iter().map(|attack| (attack.program, attack.values));
            (report.evaluations, found.collect())
        } else {
            let best = prepared.best_of(&world.settings, &|_| Progress::Continue)?;
            (world.settings.len() as u64, vec![best.ok_or("there are settings, and nobody stops it")?])
        };
        for (program, values) in found {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let outcomes: Vec<Option<f64>> = values.iter().map(|&value| Some(value)).collect();
            let interval = Cell::of(&outcomes, Support::Numbers).interval;
            let bound = |of: fn(Interval) -> f64| interval.map_or(mean, of);
            println!(
                "{},{},{made},{seed},{mean:.6},{:.6},{:.6},{},\"{}\"",
                world.name,
                world.budget,
                bound(|interval| interval.low),
                bound(|interval| interval.high),
                values.len(),
                written::steps(&program)
            );
        }
    }
    Ok(())
}

impl World {
    fn new(
        (name, scenario): (&'static str, &'static str),
        set: [&'static [&'static str]; 2],
        (budget, accounts): (u64, u8),
        settings: Vec<Program>,
    ) -> Self {
        Self { name, scenario, set, budget, accounts, subnets: &[], settings }
    }

    /// The same, searched about some subnets alone.
    fn about(self, subnets: &'static [u16]) -> Self {
        Self { subnets, ..self }
    }
}

fn worlds() -> Vec<World> {
    let places = [Place::Largest, Place::Median, Place::Smallest];
    let (noise, policies, sixteen) = ("noise", "weight_policies", "sixteen");
    let flow: &[&str] = &["protocol.rules.emission=TaoFlow()"];
    let [gross, net, price] = SUBSIDIES;
    let (owner, miners) = (burners(Pattern::On(Key::Owner)), burners(Pattern::Copy));
    let (days, first) = (&["blocks=5_400"][..], &["blocks=300"][..]);
    let front_run = pumps(300, &[Place::Netuid(28)]);
    let farms = || pumps(3_600, &[Place::Smallest]);
    vec![
        World::new(("shallow pool", noise), [&[], &[]], (50, 1), pumps(3_000, &places)),
        World::new(("pump for share under TaoFlow", noise), [flow, &[]], (50, 1), pumps(3_000, &places)),
        World::new(("front-run of a limit order", "ellipse"), [first, &[]], (500, 1), front_run),
        World::new(("cheap registrations", policies), [days, &[]], (300, 3), registrations(5_400)),
        World::new(("subsidy under gross flow", sixteen), [SMALL, gross], (100, 1), farms()),
        World::new(("subsidy under net flow", sixteen), [SMALL, net], (100, 1), farms()),
        World::new(("no subsidy by flow", sixteen), [SMALL, price], (100, 1), farms()),
        World::new(("cartel above one half", policies), [FEW, LITTLE], (300, 3), cartels()),
        World::new(("cartel below one half", policies), [FEW, MUCH], (300, 3), cartels()),
        World::new(("child keys", policies), [FEW, MUCH], (300, 1), rentals()),
        World::new(("burned emission", policies), SELLERS, (300, 1), owner),
        World::new(("no burned emission", policies), SELLERS, (300, 1), miners),
        World::new(("SN28 with the intervention", "sn28"), [NO_PUMPER, &[]], (600, 1), exits()).about(&[28]),
        World::new(("SN28 without intervention", "sn28"), [NO_PUMPER, NO_CUT], (600, 1), exits())
            .about(&[28]),
    ]
}

/// Buys once, sells everything once.
fn pumps(blocks: u64, places: &[Place]) -> Vec<Program> {
    let parts = [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0];
    // In a short run some of them are the same.
    let starts = BTreeSet::from([0, 1, 5, 15, 27, 28, blocks / 50, blocks / 10, blocks / 4, blocks / 2]);
    let holds = BTreeSet::from([
        1,
        2,
        5,
        15,
        60,
        blocks / 50,
        blocks / 20,
        blocks / 10,
        blocks / 4,
        blocks / 3,
        blocks / 2,
        blocks,
    ]);
    let mut programs = Vec::new();
    for &on in places {
        for part in parts {
            for &start in &starts {
                for &hold in &holds {
                    let buy = Action::Stake { on, part, hotkey: Key::Validator, limit: None };
                    let sell = Action::Unstake { on, part: 1.0, hotkey: Key::Validator, limit: None };
                    programs.push(Program::new(vec![Step::after(start, buy), Step::after(hold, sell)]));
                }
            }
        }
    }
    programs
}

/// SN28's market for 33 hours, without its pumper; and without the coalition's weights.
const NO_PUMPER: &[&str] = &["blocks=10_000", r#"agents.pumper.strategy.Pumper.budget=Exactly("0 TAO")"#];
const NO_CUT: &[&str] = &["agents.coalition.strategy.RootValidator.turnout=Exactly(0.0)"];

/// Pumps subnet 28 once between the first block, 00:00, and 18:00, and leaves by an exit: after a time, below a part of the price that it
/// bought at, after the epoch of block 5,005,596, or never.
fn exits() -> Vec<Program> {
    let (on, hotkey, limit) = (Place::Netuid(28), Key::Validator, None);
    let cut = 5_364;
    let mut programs = Vec::new();
    for start in [0, 750, 1_500, 2_400, 3_150, 3_606, 4_500, 5_100, 5_360] {
        let after = |block: u64| Wait::Blocks(block - start);
        let below = |ratio: f64| Wait::Below { on, ratio, within: 6_000 };
        let times = [1, 15, 60, 150, 300, 900, 1_800, 3_600].map(Wait::Blocks);
        let known = [after(cut), after(cut + 75), after(cut + 450), below(0.95), below(0.8)];
        for part in [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0] {
            let buy = Step::after(start, Action::Stake { on, part, hotkey, limit });
            programs.push(Program::new(vec![buy]));
            for wait in times.into_iter().chain(known) {
                let sell = Action::Unstake { on, part: 1.0, hotkey, limit };
                programs.push(Program::new(vec![buy, Step { wait, ..Step::new(sell) }]));
            }
        }
    }
    programs
}

/// Registers one to three neurons at some time; one of them may stake on itself and set weights for the others or for all.
fn registrations(blocks: u64) -> Vec<Program> {
    let on = Place::Netuid(1);
    let own = Key::Own;
    let mut programs = Vec::new();
    for neurons in 1..=3 {
        for at in 0..20 {
            let mut steps: Vec<Step> = (0..neurons)
                .map(|account| Step { account, ..Step::after(1, Action::RegisterNeuron { on }) })
                .collect();
            steps[0].wait = Wait::Blocks(at * blocks / 20);
            programs.push(Program::new(steps.clone()));
            for part in [0.05, 0.1, 0.2, 0.3, 0.6, 1.0] {
                for pattern in [Pattern::Own, Pattern::Others, Pattern::Copy] {
                    let mut steps = steps.clone();
                    steps.push(Step::after(1, Action::Stake { on, part, hotkey: own, limit: None }));
                    steps.push(Step::after(1, Action::SetWeights { on, pattern }));
                    programs.push(Program::new(steps));
                }
            }
        }
    }
    programs
}

/// `weight_policies` with one account in each group, all of them there from the first block on.
const FEW: &[&str] = &[
    "blocks=3_600",
    "agents.good.count=1",
    "agents.fair.count=1",
    "agents.poor.count=1",
    "agents.friends.count=1",
    "agents.honest.count=1",
    "agents.policy.count=1",
    "agents.good.strategy.Miner.after=0",
    "agents.fair.strategy.Miner.after=0",
    "agents.poor.strategy.Miner.after=0",
    "agents.friends.strategy.Miner.after=0",
    "agents.honest.strategy.HonestValidator.validator.after=0",
    "agents.policy.strategy.HonestValidator.validator.after=0",
];

/// Validators with 300 TAO on root, and with 30,000.
const LITTLE: &[&str] = &["agents.honest.root_stake=\"200 TAO\"", "agents.policy.root_stake=\"100 TAO\""];
const MUCH: &[&str] = &["agents.honest.root_stake=\"20_000 TAO\"", "agents.policy.root_stake=\"10_000 TAO\""];

/// Four equal pools of 2,000 TAO under spec 320, where the owner's hotkey is not paid as a miner. Miners and the owner sell all that they
/// earn, and two validators have 2 % of the alpha each.
const SELLERS: [&[&str]; 2] = [
    FEW,
    &[
        "protocol.spec=320",
        r#"start=Pools(block: 5_000_000, subnets: "../market/four_equal_subnets.csv", root_tao: "1_000 TAO", issuance: "18_400_000 TAO", holder: "holder")"#,
        "agents.owner.strategy=SubnetOwner(netuid: 1, sells: Exactly(1.0), every: 361)",
        "agents.good.strategy.Miner.sells=1.0",
        "agents.good.strategy.Miner.holds=\"0 TAO\"",
        "agents.good.inherits=(neurons: [1])",
        "agents.fair.strategy.Miner.sells=1.0",
        "agents.fair.strategy.Miner.holds=\"0 TAO\"",
        "agents.fair.inherits=(neurons: [1])",
        "agents.poor.strategy.Miner.sells=1.0",
        "agents.poor.strategy.Miner.holds=\"0 TAO\"",
        "agents.poor.inherits=(neurons: [1])",
        "agents.friends.strategy.Miner.sells=1.0",
        "agents.friends.strategy.Miner.holds=\"0 TAO\"",
        "agents.friends.inherits=(neurons: [1])",
        "agents.honest.root_stake=\"0 TAO\"",
        "agents.honest.inherits=(alpha: [(netuid: 1, part: Exactly(0.02), among: Equal)], neurons: [1])",
        "agents.policy.root_stake=\"0 TAO\"",
        "agents.policy.inherits=(alpha: [(netuid: 1, part: Exactly(0.02), among: Equal)], neurons: [1])",
    ],
];

/// Runtime 385 for half a day.
const SMALL: &[&str] = &["protocol.spec=385", "blocks=3_600"];

/// Stakers have put in a fourth of what a block emits, and flows are forgotten by half in 1,083 blocks, a two-hundredth of the chain's
/// time: all flow, that less the protocol's, and a rule that looks at none.
const SUBSIDIES: [&[&str]; 3] = [
    &["protocol.rules.emission=TaoFlow(smoothing: 6.4e-4)", FOURTH],
    &["protocol.rules.emission=NetFlow(smoothing: 6.4e-4)", FOURTH],
    &["protocol.rules.emission=MovingPrice"],
];
const FOURTH: &str = r#"start.flow_averages=ByMovingPrice(sum: "0.015 TAO")"#;

/// Validates with alpha that it has bought, with its weights as a pattern says from after its first epoch on, and sells all at the end.
fn burners(pattern: Pattern) -> Vec<Program> {
    let (on, hotkey, limit) = (Place::Netuid(1), Key::Own, None);
    let mut programs = Vec::new();
    for (start, part, wait) in product(
        &[0, 50, 180, 361, 722, 1_083, 1_444],
        &[0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        &[361, 370, 400],
    ) {
        for hold in [361, 722, 1_083, 1_444, 2_166, 2_880, 3_600] {
            programs.push(Program::new(vec![
                Step::after(start, Action::RegisterNeuron { on }),
                Step::after(1, Action::Stake { on, part, hotkey, limit }),
                Step::after(wait, Action::SetWeights { on, pattern }),
                Step::after(hold, Action::Unstake { on, part: 1.0, hotkey, limit }),
            ]));
        }
    }
    programs
}

/// One account validates with all stake, its weights are on the others, who mine.
fn cartels() -> Vec<Program> {
    let on = Place::Netuid(1);
    let mut programs = Vec::new();
    for (start, miners, part) in product(&[0, 1, 50, 361, 722, 1_083], &[1, 2], &[0.2, 0.5, 1.0]) {
        for (stake, weights, pooled) in
            product(&[0, 1, 360], &[100, 200, 361, 400, 722, 1_083], &[false, true])
        {
            let register = Action::RegisterNeuron { on };
            let mut steps = vec![Step::after(start, register)];
            steps.extend((1..=miners).map(|account| Step { account, ..Step::after(1, register) }));
            let buy = |hotkey: Key| Action::Stake { on, part, hotkey, limit: None };
            steps.push(Step::after(stake, buy(Key::Own)));
            if pooled {
                let lend = |account: u8| Step { account, ..Step::new(buy(Key::Account(0))) };
                steps.extend((1..=miners).map(lend));
            }
            steps.push(Step::after(weights, Action::SetWeights { on, pattern: Pattern::Own }));
            programs.push(Program::new(steps));
        }
    }
    programs
}

/// Stakes on root on the own hotkey, and lends that to the validator with most stake.
fn rentals() -> Vec<Program> {
    let on = Place::Netuid(1);
    let mut programs = Vec::new();
    for (start, wait, part) in product(
        &[0, 30, 361, 722, 1_083, 1_800],
        &[0, 1, 30, 361],
        &[0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.85, 0.95, 1.0],
    ) {
        for lent in [0.2, 0.4, 0.6, 0.8, 1.0] {
            let stake = Action::Stake { on: Place::Root, part, hotkey: Key::Own, limit: None };
            let lend = Action::SetChildren { on, child: Key::Validator, part: lent };
            programs.push(Program::new(vec![Step::after(start, stake), Step::after(wait, lend)]));
        }
    }
    programs
}

/// All triples of some things.
fn product<A: Copy, B: Copy, C: Copy>(first: &[A], second: &[B], third: &[C]) -> Vec<(A, B, C)> {
    let pairs = first.iter().flat_map(|&a| second.iter().map(move |&b| (a, b)));
    pairs.flat_map(|(a, b)| third.iter().map(move |&c| (a, b, c))).collect()
}
