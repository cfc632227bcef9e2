//! What is written: the table of payoffs, and the rest points.

use dtao_files::folder::{Kind, Layout};
use dtao_files::table::{cell, csv};

use crate::Found;
use crate::game::Game;

/// The files of an equilibrium, and the folder of its sweep.
pub const LAYOUT: Layout =
    Layout { kind: Kind::Experiment, tables: &[PAYOFFS, REST_POINTS], rows: &[], beside: &[RUNS] };

/// The table of payoffs.
pub const PAYOFFS: &str = "payoffs.csv";

/// The table of rest points.
pub const REST_POINTS: &str = "rest_points.csv";

/// The folder of the sweep.
pub const RUNS: &str = "runs";

/// A row for each split and strategy that somebody follows there: how many players follow each, and what the strategy earns.
#[must_use]
pub fn payoffs_csv(game: &Game) -> String {
    let players = game.strategies.iter().map(|strategy| format!("players.{strategy}"));
    let columns: Vec<String> =
        players.chain(["strategy", "payoff", "half_width", "seeds"].map(String::from)).collect();
    let rows = game.rows().map(|(split, strategy, payoff, half)| {
        let split = split.iter().map(ToString::to_string);
        let rest = [strategy.to_owned(), payoff.to_string(), cell(half), game.seeds.to_string()];
        split.chain(rest).collect::<Vec<_>>()
    });
    csv(columns.iter().map(String::as_str), rows)
}

/// A row for each rest point.
#[must_use]
pub fn rest_points_csv(game: &Game, found: &[Found]) -> String {
    let mut columns: Vec<String> = ["dynamics", "intensity", "point"].map(String::from).into();
    for strategy in &game.strategies {
        columns.extend(["", ".low", ".high"].map(|end| format!("share.{strategy}{end}")));
    }
    columns.extend(["stability", "regret", "basin", "found", "stable"].map(String::from));
    let rows = found.iter().flat_map(|found| {
        found.points.iter().enumerate().map(|(number, point)| {
            let dynamics = found.dynamics;
            let mut row = vec![dynamics.name().to_owned(), cell(dynamics.intensity()), number.to_string()];
            for (at, share) in point.rest.shares.iter().enumerate() {
                let range = point.range.get(at);
                row.push(share.to_string());
                row.extend([cell(range.map(|range| range.0)), cell(range.map(|range| range.1))]);
            }
            row.push(point.rest.stability.name().to_owned());
            row.extend([point.regret, point.basin, point.found, point.stable].map(|x| x.to_string()));
            row
        })
    });
    csv(columns.iter().map(String::as_str), rows)
}
