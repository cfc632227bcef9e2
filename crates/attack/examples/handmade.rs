//! Attacks made by hand, each tuned over a grid of about a thousand settings or more: what `dtao attack` is held against in
//! docs/experiments/attacks.md. Run from the project's folder:
//!
//! ```sh
//! cargo run --release -p dtao-attack --example handmade
//! ```

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;

use dtao_agents::program::{Action, Key, Pattern, Place, Program, Step};
use dtao_attack::{Effort, Goal, Method, Prepared, Question, written};
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::Progress;
use dtao_protocol::units::{RAO, Tao};

/// A world, a budget, and the settings of a script.
struct World {
    name: &'static str,
    scenario: &'static str,
    set: &'static [&'static str],
    budget: u64,
    accounts: u8,
    settings: Vec<Program>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("world,budget,settings,mean,seeds,program");
    for world in worlds() {
        let question = Question {
            budget: Tao::from_rao(world.budget * RAO),
            goal: Goal::Profit,
            accounts: world.accounts,
            kinds: vec![],
            seeded: vec![],
            against: vec![],
            seed: 0,
            method: Method::Search,
            effort: Effort::Evaluations(0),
            jobs: NonZeroUsize::MIN,
        };
        let path = Path::new("configs/scenarios").join(world.scenario).with_extension("ron");
        let set: Vec<String> = world.set.iter().map(|&set| set.to_owned()).collect();
        let prepared = Prepared::read(&Library::default(), &path, &set, question)?;
        let best = prepared.best_of(&world.settings, &|_| Progress::Continue)?;
        let (program, values) = best.ok_or("there are settings, and nobody stops it")?;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let World { name, budget, settings, .. } = world;
        println!(
            "{name},{budget},{},{mean:.6},{},\"{}\"",
            settings.len(),
            values.len(),
            written::steps(&program)
        );
    }
    Ok(())
}

fn worlds() -> Vec<World> {
    vec![
        World {
            name: "shallow pool",
            scenario: "noise",
            set: &[],
            budget: 50,
            accounts: 1,
            settings: pumps(3_000, &[Place::Largest, Place::Median, Place::Smallest]),
        },
        World {
            name: "pump for share under TaoFlow",
            scenario: "noise",
            set: &["protocol.rules.emission=TaoFlow()"],
            budget: 50,
            accounts: 1,
            settings: pumps(3_000, &[Place::Largest, Place::Median, Place::Smallest]),
        },
        World {
            name: "front-run of a limit order",
            scenario: "ellipse",
            set: &["blocks=300"],
            budget: 500,
            accounts: 1,
            settings: pumps(300, &[Place::Netuid(28)]),
        },
        World {
            name: "cheap registrations",
            scenario: "weight_policies",
            set: &["blocks=5_400"],
            budget: 300,
            accounts: 3,
            settings: registrations(5_400),
        },
    ]
}

/// Buys once, sells everything once.
fn pumps(blocks: u64, places: &[Place]) -> Vec<Program> {
    let parts = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0];
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
            steps[0].wait = dtao_agents::program::Wait::Blocks(at * blocks / 20);
            programs.push(Program::new(steps.clone()));
            for part in [0.05, 0.1, 0.3, 0.6, 1.0] {
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
