//! Prints the measured coverages and errors that `docs/guide/statistics.md` reports.
//!
//! `cargo run --release -p dtao-statistics --example coverage`, some minutes.

use std::f64::consts::PI;

use dtao_statistics::bootstrap::{RESAMPLES, bca};
use dtao_statistics::design::{DesignSeed, Range, SobolDesign};
use dtao_statistics::interval::{LEVEL, student};
use dtao_statistics::random::keyed;
use dtao_statistics::sensitivity::sobol_indices;
use dtao_statistics::{Cell, Interval, Next, Stopping, Support};
use libm::exp;
use rand::Rng;
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Distribution, Exp1, Gamma, LogNormal, Pareto, StandardNormal, Uniform};

type Random = Xoshiro256PlusPlus;

/// A distribution with a known mean.
struct Known {
    name: &'static str,
    mean: f64,
    draw: Box<dyn Fn(&mut Random) -> f64>,
}

fn known(name: &'static str, mean: f64, distribution: impl Distribution<f64> + 'static) -> Known {
    Known { name, mean, draw: Box::new(move |random| distribution.sample(random)) }
}

fn distributions() -> Vec<Known> {
    let log_normal = |sigma| LogNormal::new(0.0, sigma).expect("valid");
    vec![
        known("normal", 0.0, StandardNormal),
        known("uniform", 0.5, Uniform::new(0.0, 1.0).expect("valid")),
        known("exponential", 1.0, Exp1),
        known("gamma, shape 1/2", 0.5, Gamma::new(0.5, 1.0).expect("valid")),
        known("log-normal, sigma 1/2", exp(0.125), log_normal(0.5)),
        known("log-normal, sigma 1", exp(0.5), log_normal(1.0)),
        known("log-normal, sigma 3/2", exp(1.125), log_normal(1.5)),
        known("Pareto, shape 3", 1.5, Pareto::new(1.0, 3.0).expect("valid")),
        Known {
            name: "4 in 5 zero, else exponential",
            mean: 0.2,
            draw: Box::new(|random| if random.next_u64() % 5 == 0 { Exp1.sample(random) } else { 0.0 }),
        },
    ]
}

fn main() {
    means(40);
    means(100);
    means(300);
    stopping();
    ishigami();
}

/// Coverage of a mean from `n` runs, over 2,000 repetitions: the standard error is half a point.
fn means(n: usize) {
    println!("\nmean of {n} runs, coverage in % (mean width)");
    println!(
        "| outcomes | t | percentile | BCa | bootstrap t | skew-adjusted t |\n|---|---|---|---|---|---|"
    );
    for Known { name, mean, draw } in distributions() {
        let repetitions = 2_000;
        let mut covered = [(0_u32, 0.0); 5];
        for repetition in 0..repetitions {
            let mut random = keyed(1, &[n as u64, repetition]);
            let sample: Vec<f64> = (0..n).map(|_| draw(&mut random)).collect();
            let outcomes: Vec<Option<f64>> = sample.iter().copied().map(Some).collect();
            let of_sample = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let (percentile, bootstrap_t) = resampled(&sample, &mut random);
            let ours = Cell::of(&outcomes, Support::Numbers).interval;
            let all = [
                student(&sample, LEVEL),
                Some(percentile),
                bca(&sample, of_sample).ok(),
                Some(bootstrap_t),
                ours,
            ];
            for (count, interval) in covered.iter_mut().zip(all) {
                let interval = interval.expect("there are enough values");
                count.0 += u32::from(interval.contains(mean));
                count.1 += 2.0 * interval.half_width() / repetitions as f64;
            }
        }
        let cells: Vec<String> = covered
            .iter()
            .map(|(count, width)| {
                format!("{:.1} ({width:.3})", f64::from(*count) * 100.0 / repetitions as f64)
            })
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}

/// The two bootstrap intervals that were tried and not taken.
fn resampled(sample: &[f64], random: &mut Random) -> (Interval, Interval) {
    let (mean, error) = mean_and_error(sample);
    let mut resample = vec![0.0; sample.len()];
    let (mut means, mut ts): (Vec<f64>, Vec<f64>) = (0..RESAMPLES)
        .map(|_| {
            for value in &mut resample {
                *value = sample[(random.next_u64() % sample.len() as u64) as usize];
            }
            let (of_resample, its_error) = mean_and_error(&resample);
            (of_resample, if its_error > 0.0 { (of_resample - mean) / its_error } else { 0.0 })
        })
        .unzip();
    means.sort_by(f64::total_cmp);
    ts.sort_by(f64::total_cmp);
    let (low, high) = (RESAMPLES / 40, RESAMPLES - 1 - RESAMPLES / 40);
    let of_t = Interval { low: mean - ts[high] * error, high: mean - ts[low] * error };
    (Interval { low: means[low], high: means[high] }, of_t)
}

fn mean_and_error(sample: &[f64]) -> (f64, f64) {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let squares: f64 = sample.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// Coverage at the end of a sequential rule, over 4,000 repetitions.
fn stopping() {
    println!("\nstopping at a half-width of a fifth, a tenth and a twentieth of the standard deviation");
    println!("| outcomes | min, batch | half-width | runs | coverage in % |\n|---|---|---|---|---|");
    let spreads: [(usize, f64); 3] = [(0, 1.0), (2, 1.0), (5, (exp(2.0) - exp(1.0)).sqrt())];
    for (index, sd) in spreads {
        for (min, batch) in [(20, 1), (20, 20), (100, 50)] {
            for part in [0.2, 0.1, 0.05] {
                let Known { name, mean, draw } = distributions().swap_remove(index);
                let rule = Stopping::new(part * sd, min, batch, 100_000).expect("valid");
                let (repetitions, mut covered, mut runs) = (if batch == 1 { 400 } else { 4_000 }, 0, 0);
                for repetition in 0..repetitions {
                    let mut random = keyed(2, &[min as u64, repetition]);
                    let mut outcomes = Vec::new();
                    while let Next::More(more) = rule.next(&outcomes, Support::Numbers) {
                        outcomes.extend((0..more).map(|_| Some(draw(&mut random))));
                    }
                    runs += outcomes.len();
                    let interval =
                        Cell::of(&outcomes, Support::Numbers).interval.expect("there are enough values");
                    covered += u32::from(interval.contains(mean));
                }
                println!(
                    "| {name} | {min}, {batch} | {part} sd | {} | {:.1} |",
                    runs / repetitions as usize,
                    f64::from(covered) * 100.0 / repetitions as f64
                );
            }
        }
    }
}

/// The worst error of any index of the Ishigami function (a = 7, b = 0.1) over 50 seeds.
fn ishigami() {
    println!("\nIshigami, worst error of six indices: median and worst over 50 seeds; coverage of intervals");
    println!("| base rows | median | worst | coverage in % |\n|---|---|---|---|");
    let fourth = PI.powi(4);
    let third = 8.0 * 0.01 * fourth * fourth / 225.0;
    let (one, two) = (0.5 * (1.0 + 0.1 * fourth / 5.0).powi(2), 49.0 / 8.0);
    let variance = one + two + third;
    let truth = [(one, one + third), (two, two), (0.0, third)].map(|(s, t)| (s / variance, t / variance));
    let angle = Range::linear(-PI, PI).expect("valid");
    for base_rows in [256, 1_024, 4_096] {
        let (mut covered, mut worst) = (0_u32, Vec::new());
        for seed in 0..50 {
            let design = SobolDesign::new(DesignSeed(seed), base_rows, 3).expect("in bounds");
            let outcomes: Vec<Option<f64>> = design
                .points()
                .map(|point| {
                    let [x, y, z] = [0, 1, 2].map(|i| angle.at(point[i]));
                    Some(sine(x) + 7.0 * sine(y) * sine(y) + 0.1 * z.powi(4) * sine(x))
                })
                .collect();
            let indices = sobol_indices(&design, &outcomes).expect("whole");
            let mut error = 0.0_f64;
            for (factor, (first, total)) in indices.factors.iter().zip(truth) {
                for (estimate, truth) in [(factor.first, first), (factor.total, total)] {
                    error = error.max((estimate.value - truth).abs());
                    covered += u32::from(estimate.interval.expect("there are enough rows").contains(truth));
                }
            }
            worst.push(error);
        }
        worst.sort_by(f64::total_cmp);
        println!(
            "| {base_rows} | {:.4} | {:.4} | {:.1} |",
            worst[worst.len() / 2],
            worst[worst.len() - 1],
            f64::from(covered) * 100.0 / 300.0
        );
    }
}

/// The platform's sine may differ in the last bit.
#[expect(
    clippy::disallowed_methods,
    reason = "errors here are of the order of 1e-3, and no result depends on it"
)]
fn sine(x: f64) -> f64 {
    x.sin()
}
