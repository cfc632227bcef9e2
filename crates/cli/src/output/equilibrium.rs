//! Where the shares of a role's strategies rest.

use std::path::Path;

use dtao_equilibrium::basins::end;
use dtao_equilibrium::dynamics::{Dynamics, Stability};
use dtao_equilibrium::game::{Game, Payoffs};
use dtao_equilibrium::plan::Question;
use dtao_equilibrium::rest::RestPoint;
use dtao_equilibrium::{Found, Point};
use serde::Serialize;

use super::{count, number, print_json, say_line, table};

/// Cells of the line that stands for the shares of two strategies.
const WIDTH: usize = 48;

#[derive(Serialize)]
struct Told<'a> {
    role: &'a str,
    strategies: &'a [String],
    players: usize,
    accounts: u32,
    seeds: usize,
    unit: &'a str,
    epsilon: Option<f64>,
    dynamics: Vec<ToldDynamics<'a>>,
}

#[derive(Serialize)]
struct ToldDynamics<'a> {
    dynamics: &'a str,
    intensity: Option<f64>,
    elsewhere: f64,
    others: f64,
    points: Vec<ToldPoint<'a>>,
}

#[derive(Serialize)]
struct ToldPoint<'a> {
    shares: &'a [f64],
    range: &'a [(f64, f64)],
    stability: &'a str,
    regret: f64,
    basin: f64,
    found: f64,
    stable: f64,
}

fn told(point: &Point) -> ToldPoint<'_> {
    let Point { rest, regret, basin, found, stable, range } = point;
    ToldPoint {
        shares: &rest.shares,
        range,
        stability: rest.stability.name(),
        regret: *regret,
        basin: *basin,
        found: *found,
        stable: *stable,
    }
}

/// Prints the rest points of a game among the strategies of a role.
pub(crate) fn equilibrium(question: &Question, game: &Game, found: &[Found], out: &Path, json: bool) {
    let (seeds, unit, epsilon) = (game.seeds, question.unit(), game.epsilon());
    if json {
        let dynamics = found.iter().map(|found| ToldDynamics {
            dynamics: found.dynamics.name(),
            intensity: found.dynamics.intensity(),
            elsewhere: found.elsewhere,
            others: found.others,
            points: found.points.iter().map(told).collect(),
        });
        return print_json(&Told {
            role: &question.role,
            strategies: &question.strategies,
            players: question.players,
            accounts: question.accounts,
            seeds,
            unit,
            epsilon,
            dynamics: dynamics.collect(),
        });
    }
    say!(
        "{}: {} in {} parts of {}, {} of each split; payoffs in {unit}\n",
        question.role,
        question.strategies.join(", "),
        question.players,
        count(question.accounts.into(), "account"),
        count(seeds as u64, "seed")
    );
    let payoffs = game.mean();
    for found in found {
        dynamics(question, &payoffs, found);
    }
    if let Some(epsilon) = epsilon {
        say!(
            "With 95 % confidence the number of seeds puts no payoff off by more than {}. At an equilibrium of these payoffs no change\n\
             among these strategies then gains more than {} in this world (Tuyls et al. 2020).",
            number(epsilon),
            number(2.0 * epsilon)
        );
    }
    say!("It says nothing of strategies that are not among these.\n\ntables in {}", out.display());
}

fn dynamics(question: &Question, payoffs: &Payoffs, found: &Found) {
    match found.dynamics {
        Dynamics::Replicator => {
            say!("Replicator: a share grows by what its strategy earns beyond the average");
        }
        Dynamics::Logit { intensity } => say!("Logit choice with an intensity of {}", number(intensity)),
    }
    let shares = question.strategies.iter().map(String::as_str);
    let columns: Vec<&str> = shares.chain(["stability", "regret", "starts", "found", "stable in"]).collect();
    let mut lines = table(&columns, 0);
    for point in &found.points {
        let share = |(at, share): (usize, &f64)| match point.range.get(at) {
            Some((low, high)) if low < high => format!("{share:.3} [{low:.3}, {high:.3}]"),
            _ => format!("{share:.3}"),
        };
        let part = |part: f64| format!("{:.0} %", 100.0 * part);
        let rest = [
            point.rest.stability.name().to_owned(),
            number(point.regret),
            part(point.basin),
            part(point.found),
            part(point.stable),
        ];
        lines.add_row(point.rest.shares.iter().enumerate().map(share).chain(rest));
    }
    say!("{}", lines.trim_fmt());
    if found.elsewhere > 0.0 {
        say!("{:.0} % of the starts end at none of them within the time looked at", 100.0 * found.elsewhere);
    }
    if found.others > 0.0 {
        say!("{:.0} % of the resamples have a stable rest point that is none of these", 100.0 * found.others);
    }
    if let [first, second] = &question.strategies[..] {
        say!("\n  all {second} {} all {first}", line(payoffs, found));
    }
    say!("");
}

/// Shares of the first of two strategies from 0 to 1: where it falls and where it rises, and the rest points.
fn line(payoffs: &Payoffs, found: &Found) -> String {
    let rests: Vec<RestPoint> = found.points.iter().map(|point| point.rest.clone()).collect();
    let at = |share: f64| (share * (WIDTH - 1) as f64).round() as usize;
    let mut cells: Vec<char> = (0..WIDTH)
        .map(|cell| {
            let share = (cell as f64 + 0.5) / WIDTH as f64;
            let start = [share, 1.0 - share];
            match end(payoffs, found.dynamics, &rests, &start) {
                Some(rest) if rests[rest].shares[0] > share => '>',
                Some(_) => '<',
                None => '.',
            }
        })
        .collect();
    for rest in &rests {
        cells[at(rest.shares[0])] = if rest.stability == Stability::Stable { 'O' } else { '|' };
    }
    cells.into_iter().collect()
}
