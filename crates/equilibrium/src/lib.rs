//! Which shares of some strategies persist in a scenario: an empirical game among the strategies of one role.
//!
//! ```text
//! scenario with a Switcher -> plan: every split of the role's accounts in m parts -> sweep over paired seeds
//!                          -> table of payoffs -> rest points, their stability, basins, bootstrap over the seeds
//! ```
//! A scenario's accounts are taken in m equal parts, each of which follows one strategy: a symmetric game of m players (hierarchical
//! reduction: Wellman, Reeves, Lochner, Cheng, Suri 2005, "Approximate Strategic Reasoning through Hierarchical Reduction of Large
//! Symmetric Games"). What a player of a strategy earns where the others mix by x is the mean over what they can then be:
//!
//! ```text
//! u_h(x) = sum over n of Multinomial(m - 1, x)(n) * payoff_h(n + one of h)
//! replicator:  dx_h/dt = x_h * (u_h(x) - sum_j x_j u_j(x))
//! logit:       dx_h/dt = exp(intensity * u_h(x)) / sum_j exp(intensity * u_j(x)) - x_h
//! ```
//! All of it is about these strategies in this world. Sources: Wellman, Tuyls, Greenwald 2025, "Empirical Game-Theoretic Analysis: A
//! Survey", *JAIR* 82; Taylor, Jonker 1978, doi:10.1016/0025-5564(78)90077-9 (replicator); Fudenberg, Levine 1998, "The Theory of
//! Learning in Games" (logit dynamics); Tuyls et al. 2020, doi:10.1007/s10458-019-09432-y (2 epsilon).

pub mod basins;
pub mod bootstrap;
pub mod dynamics;
pub mod game;
pub mod plan;
pub mod rest;
pub mod tables;

use dynamics::Dynamics;
use game::Game;
use rest::RestPoint;

/// What a table of payoffs says under one dynamics.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// How shares change.
    pub dynamics: Dynamics,
    /// The rest points, those with most of the starts first.
    pub points: Vec<Point>,
    /// The part of the starts that end at none of them.
    pub elsewhere: f64,
    /// The part of the resamples that have a stable rest point which is none of these.
    pub others: f64,
}

/// A rest point with what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Where it is, and whether it is stable.
    pub rest: RestPoint,
    /// What the best deviation gains there, in the unit of the payoffs; 0 of a Nash equilibrium of the estimated game.
    pub regret: f64,
    /// The part of the starts that end here.
    pub basin: f64,
    /// The part of the resamples of the seeds that have such a rest point ...
    pub found: f64,
    /// ... and in which it is stable.
    pub stable: f64,
    /// The range of each share over the resamples in which it is found: from the 2.5th to the 97.5th percentile.
    pub range: Vec<(f64, f64)>,
}

/// Solves an estimated game under some dynamics.
#[must_use]
pub fn solve(game: &Game, dynamics: &[Dynamics]) -> Vec<Found> {
    let (payoffs, resamples) = (game.mean(), bootstrap::resamples(game));
    let solved = dynamics.iter().map(|&dynamics| {
        let rests = rest::rest_points(&payoffs, dynamics);
        let basins = basins::basins(&payoffs, dynamics, &rests);
        let sure = bootstrap::bootstrap(&resamples, dynamics, &rests);
        let mut points: Vec<Point> = rests
            .into_iter()
            .zip(basins.ends)
            .zip(sure.points)
            .map(|((rest, basin), sure)| {
                let regret = payoffs.regret(&rest.shares);
                Point { rest, regret, basin, found: sure.found, stable: sure.stable, range: sure.range }
            })
            .collect();
        points.sort_by(|a, b| b.basin.total_cmp(&a.basin));
        Found { dynamics, points, elsewhere: basins.elsewhere, others: sure.others }
    });
    solved.collect()
}
