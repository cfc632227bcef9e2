//! `dtao equilibrium`: which shares of a role's strategies persist.

use std::path::Path;

use dtao_equilibrium::dynamics::Dynamics;
use dtao_equilibrium::plan::{Asked, GameError, Question};
use dtao_equilibrium::solve;
use dtao_equilibrium::tables::{LAYOUT, PAYOFFS, REST_POINTS, RUNS, payoffs_csv, rest_points_csv};
use dtao_protocol::units::Block;
use dtao_reproduce::folder::ExperimentFolder;
use dtao_sweep::Beginning;

use crate::again::stopped;
use crate::arguments::{EquilibriumArguments, at_once};
use crate::kind::expect_scenario;
use crate::output;
use crate::report::{Error, Exit, note};
use crate::reproduce::sweep_in;
use crate::stopper::Stopper;

/// Makes the runs of every split of a role, then works out where its shares rest.
pub(crate) fn equilibrium_command(
    arguments: &EquilibriumArguments,
    stopper: &Stopper,
    json: bool,
) -> Result<Exit, Error> {
    expect_scenario(&arguments.scenario)?;
    let asked = Asked {
        role: arguments.role.as_deref(),
        parts: arguments.parts,
        seeds: (0, arguments.seeds),
        from: arguments.from.map(Block),
        set: arguments.set.clone(),
    };
    let question = Question::read(&arguments.scenario, &asked)?;
    let name =
        arguments.scenario.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let usual = || Path::new("results").join(format!("{name}_equilibrium"));
    let out = arguments.out.clone().unwrap_or_else(usual);
    let beginning = Beginning::asked(arguments.resume, arguments.force);
    stopper.writes();
    let what = format!("equilibrium of {} in {name}", question.role);
    let folder = ExperimentFolder::open(&out, &LAYOUT, &what, Some(arguments.seeds), beginning)?;
    let runs = out.join(RUNS);
    note(&format!("{what}: {} runs", question.plan.runs()));
    let jobs = at_once(arguments.jobs);
    let Some(report) = sweep_in(&folder, &question.plan, &runs, jobs, stopper)? else { return Ok(stopped()) };
    if report.failed > 0 {
        note(&format!("{} runs failed: see failures.csv in {}", report.failed, runs.display()));
        return Ok(Exit::Run);
    }
    let game = question.game(&runs).map_err(|error| match error {
        GameError::Folder(error) => Error::from(error),
        GameError::Missing(missing) => Error::argument(
            missing.to_string(),
            "a run that does not reach its end has no payoff: look at runs/runs.csv",
        ),
    })?;
    let intensities =
        if arguments.intensities.is_empty() { &question.intensities } else { &arguments.intensities };
    let logit = intensities.iter().map(|&intensity| Dynamics::Logit { intensity });
    let dynamics: Vec<Dynamics> = std::iter::once(Dynamics::Replicator).chain(logit).collect();
    let found = solve(&game, &dynamics);
    let written = [(PAYOFFS, payoffs_csv(&game)), (REST_POINTS, rest_points_csv(&game, &found))];
    let written = written.each_ref().map(|(name, text)| (*name, text.as_str()));
    if stopper.stopped() {
        return Ok(stopped());
    }
    folder.complete(&written, &[runs.as_path()])?;
    output::equilibrium(&question, &game, &found, &out, json);
    Ok(Exit::Done)
}
