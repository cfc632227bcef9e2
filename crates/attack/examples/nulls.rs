//! Searches in worlds where nothing can be gained: how often one claims a gain nevertheless, and by how much the best so far flatters.
//! The table is kept in docs/experiments/attacks/nulls.csv, and what it says in docs/experiments/attacks.md. Run from the project's
//! folder:
//!
//! ```sh
//! cargo run --release -p dtao-attack --example nulls > docs/experiments/attacks/nulls.csv
//! ```

use std::path::Path;

use dtao_attack::nulls::{AT, HALF, RUNS};
use dtao_attack::{Attack, Effort, Prepared, Question, written};
use dtao_engine::math;
use dtao_experiment::recorded::library::Library;
use dtao_experiment::run::Progress;
use dtao_protocol::units::{RAO, Tao};

/// Why there is no table.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A variant of configs/scenarios/null.ron, and a search in it.
struct World {
    number: usize,
    /// `threshold` or `test`.
    half: &'static str,
    spec: u32,
    traders: u32,
    trades_per_day: u32,
    buys: f64,
    median_size: f64,
    size_deviation: f64,
    budget: u64,
    accounts: u8,
    seed: u64,
}

fn main() -> Result<(), Failure> {
    let worlds = worlds();
    let mut rows = vec![String::new(); worlds.len()];
    // Three searches at once, each with one thread.
    std::thread::scope(|scope| {
        let threads: Vec<_> = rows
            .chunks_mut(worlds.len() / 3)
            .zip(worlds.chunks(worlds.len() / 3))
            .map(|(rows, worlds)| {
                scope.spawn(move || {
                    for (place, world) in rows.iter_mut().zip(worlds) {
                        *place = row(world)?;
                    }
                    Ok::<(), Failure>(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("it does not panic"))
    })?;
    let best: Vec<String> = AT.iter().map(|runs| format!("best_{runs}")).collect();
    println!(
        "world,half,spec,traders,trades_per_day,buys,median_size,size_deviation,budget,accounts,seed,evaluations,mean,low,high,p,claimed,{},program",
        best.join(",")
    );
    for row in rows {
        println!("{row}");
    }
    Ok(())
}

/// Every level of everything that is set is as frequent in one half as in the other, but no world is in both.
fn worlds() -> Vec<World> {
    let halves = ["threshold", "test"].into_iter().enumerate();
    halves.flat_map(|(second, half)| (0..HALF).map(move |number| world(number, second, half))).collect()
}

fn world(number: usize, second: usize, half: &'static str) -> World {
    let buys = [0.46, 0.475, 0.485, 0.495][(number / 3 + 2 * second) % 4];
    let size_deviation = [0.5, 0.8, 1.0, 1.2][(number / 6 + second) % 4];
    // A purchase of x TAO where T are in the pool makes the price (1 + x / T)^2 times as high, a sale that much lower. So the price
    // falls on average while T (1 - 2 buys) is above E x^2 / E x, which is the median times exp(1.5 deviation^2). The smallest pool
    // has 500 TAO: sizes are a fifth or two fifths of what would be too much for 400.
    let most = 400.0 * (1.0 - 2.0 * buys) / math::exp(1.5 * size_deviation * size_deviation);
    let median_size = (1_000.0 * most * [0.2, 0.4][(number + second) % 2]).round() / 1_000.0;
    World {
        number: second * HALF + number,
        half,
        spec: [246, 257, 385][number % 3],
        traders: [5, 10, 15][(number / 2 + second) % 3],
        trades_per_day: [120, 240, 480][(number + number / 3 + 2 * second) % 3],
        buys,
        median_size,
        size_deviation,
        budget: [20, 50, 100, 400][(number + number / 4 + second) % 4],
        accounts: [1, 2, 3][number / 8],
        seed: (second * HALF + number) as u64,
    }
}

/// A search, as a row of the table.
fn row(world: &World) -> Result<String, Failure> {
    let question = Question {
        accounts: world.accounts,
        seed: world.seed,
        ..Question::new(Tao::from_rao(world.budget * RAO), Effort::Evaluations(RUNS))
    };
    let World {
        number, half, spec, traders, trades_per_day, buys, median_size, size_deviation, budget, ..
    } = world;
    let of_traders = |field: &str, value: String| format!("agents.traders.strategy.Noise.{field}={value}");
    let mut set = vec![
        // An hour instead of five: 480,000 runs are quicker then.
        "blocks=300".into(),
        format!("protocol.spec={spec}"),
        format!("agents.traders.count={traders}"),
        of_traders("trades_per_day", format!("{trades_per_day}.0")),
        of_traders("buys", buys.to_string()),
        of_traders("median_size", format!("\"{median_size} TAO\"")),
        of_traders("size_deviation", format!("{size_deviation:?}")),
    ];
    if *spec == 385 {
        // It shares by flows. Of nothing everybody gets nothing.
        set.push("start.Pools.flow_averages=Equal(sum: \"0.1 TAO\")".into());
    }
    let path = Path::new("configs/scenarios/null.ron");
    let prepared = Prepared::read(&Library::default(), path, &set, question)?;
    let report = prepared.attack(None, &|_| Progress::Continue)?.ok_or("nobody stops it")?;
    let found = &report.own;
    let best = found.attacks.first();
    let number_of = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.6}"));
    let interval = best.and_then(|best| best.sample.interval);
    let p = found.attacks.iter().map(|attack| attack.adjusted).fold(1.0, f64::min);
    let curve = AT.map(|runs| number_of(found.best_after(runs)));
    let row = format!(
        "{number},{half},{spec},{traders},{trades_per_day},{buys},{median_size},{size_deviation},{budget},{},{},{},{},{},{},{p:.6},{},{},\"{}\"",
        world.accounts,
        world.seed,
        report.evaluations,
        number_of(best.map(Attack::mean)),
        number_of(interval.map(|interval| interval.low)),
        number_of(interval.map(|interval| interval.high)),
        found.attacks.iter().any(|attack| attack.claimed),
        curve.join(","),
        best.map_or_else(String::new, |best| written::steps(&best.program)),
    );
    eprintln!("{row}");
    Ok(row)
}
