//! A finished sweep's folder as a reference table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dtao_files::folder::rows::Rows;
use dtao_files::folder::{Claims, FolderError, Kind, MANIFEST};
use dtao_statistics::Support;
use dtao_sweep::columns::PRIOR;
use dtao_sweep::manifest::Manifest;
use dtao_sweep::points::FactorKind;

use crate::answers::Outcomes;
use crate::file::Question;
use crate::table::{Model, Quantity, Role, Table};

/// Why a folder is no reference table for a question.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// No finished sweep is there.
    #[error("{folder}: there is no finished sweep in this folder", folder = folder.display())]
    NoSweep {
        /// The folder.
        folder: PathBuf,
    },
    /// It is another sweep's.
    #[error("{folder}: these are the runs of the sweep `{found}`, but the fit is of `{wanted}`", folder = folder.display())]
    Other {
        /// The folder.
        folder: PathBuf,
        /// The sweep's name.
        found: String,
        /// The name of the sweep of the fit.
        wanted: String,
    },
    /// It lacks an arm or an outcome.
    #[error("{folder}: the sweep was made without the {what} `{name}`", folder = folder.display())]
    Lacks {
        /// The folder.
        folder: PathBuf,
        /// An arm or an outcome.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// It was made with other points.
    #[error("{folder}: the sweep was made with other points than those of its file now", folder = folder.display())]
    Points {
        /// The folder.
        folder: PathBuf,
    },
    /// It has too few runs.
    #[error("{folder}: {runs} draws of `{model}`: at least {least} are needed", folder = folder.display())]
    Few {
        /// The folder.
        folder: PathBuf,
        /// The model.
        model: String,
        /// How many there are.
        runs: usize,
        /// How many are needed.
        least: usize,
    },
}

/// The fewest draws of a model that are fitted.
const LEAST: usize = 20;

/// A reference table, and what is known of how it was made.
#[derive(Debug)]
pub struct Read {
    /// The runs.
    pub table: Table,
    /// The sweep's manifest.
    pub manifest: Manifest,
    /// Whether the scenario is not the one of the table, to the letter.
    pub other_scenario: bool,
}

/// The runs of one arm, by point and seed.
type Runs = BTreeMap<(u64, u64), Vec<Option<f64>>>;

/// Reads the reference table of a question; `draws` is how many of its draws are used, all without it.
///
/// # Errors
/// If there is none, it was damaged, or it is of another sweep.
pub fn read(folder: &Path, question: &Question, draws: Option<usize>) -> Result<Read, TableError> {
    let path = folder.join(MANIFEST);
    let claims = Claims::whole(folder, Kind::Sweep)?;
    let claims = claims.ok_or_else(|| TableError::NoSweep { folder: folder.to_owned() })?;
    let manifest = Manifest::read(&claims, &path)?;
    if manifest.sweep != question.plan.name {
        return Err(TableError::Other {
            folder: folder.to_owned(),
            found: manifest.sweep,
            wanted: question.plan.name.clone(),
        });
    }
    if manifest.points_table != question.plan.digests().1 {
        return Err(TableError::Points { folder: folder.to_owned() });
    }
    let lacks =
        |what, name: &str| TableError::Lacks { folder: folder.to_owned(), what, name: name.to_owned() };
    let fit = &question.fit;
    let arms = fit
        .models
        .iter()
        .flat_map(|(_, model)| std::iter::once(&model.arm).chain(model.others.iter().map(|(_, arm)| arm)));
    for arm in arms {
        if !manifest.arms.iter().any(|made| made.name == *arm) {
            return Err(lacks("arm", arm));
        }
    }
    let facts = question.sets.iter().flat_map(|set| set.facts.iter().map(|fact| fact.outcome.as_str()));
    for outcome in facts.chain(fit.answers.iter().flat_map(|(_, answer)| answer.outcomes())) {
        if !manifest.outcomes.iter().any(|made| made == outcome) {
            return Err(lacks("outcome", outcome));
        }
    }
    let runs = rows(folder, &claims, &manifest)?;
    let names = columns(&manifest);
    let mut table = Table::default();
    for (name, arms) in fit.models.iter() {
        let none = Runs::new();
        let of = |arm: &str| runs.get(arm).unwrap_or(&none);
        let keys: Vec<(u64, u64)> = of(&arms.arm).keys().copied().take(draws.unwrap_or(usize::MAX)).collect();
        if keys.len() < LEAST {
            let (folder, model) = (folder.to_owned(), name.to_owned());
            return Err(TableError::Few { folder, model, runs: keys.len(), least: LEAST });
        }
        let column = |arm: &str, at: usize| -> Vec<Option<f64>> {
            keys.iter().map(|key| *of(arm).get(key)?.get(at)?).collect()
        };
        let outcomes = |arm: &str| -> Outcomes {
            let all = manifest.outcomes.iter();
            all.map(|name| (name.clone(), column(arm, names[name.as_str()]))).collect()
        };
        let own = outcomes(&arms.arm);
        let parameters =
            names.iter().filter(|(name, _)| !manifest.outcomes.iter().any(|known| known == *name));
        let parameters = parameters.map(|(name, &at)| Quantity {
            role: Role::Parameter,
            name: name.strip_prefix(PRIOR).unwrap_or(name).to_owned(),
            values: column(&arms.arm, at),
            support: Support::Numbers,
        });
        let answers = fit.answers.iter().map(|(name, answer)| {
            let other = answer.other().and_then(|other| arms.others.get(other)).map(|arm| outcomes(arm));
            Quantity {
                role: Role::Answer,
                name: name.to_owned(),
                values: answer.of(&own, other.as_ref()),
                support: answer.support(),
            }
        });
        let quantities = parameters.chain(answers).collect();
        let (name, runs) = (name.to_owned(), keys.len());
        table.models.push(Model { name, runs, draws: keys, outcomes: own, quantities });
    }
    let other_scenario =
        manifest.scenario_sha256 != dtao_files::input::sha256(question.plan.base.source.text.as_bytes());
    Ok(Read { table, manifest, other_scenario })
}

/// The columns that are numbers, each with its place in a row of [`rows`]: factors, outcomes, priors.
fn columns(manifest: &Manifest) -> BTreeMap<String, usize> {
    let factors = manifest.factors.iter().filter(|factor| factor.kind != FactorKind::Text);
    let factors = factors.map(|factor| factor.name.clone());
    let priors = manifest.priors.iter().map(|name| format!("{PRIOR}{name}"));
    factors
        .chain(manifest.outcomes.iter().cloned())
        .chain(priors)
        .enumerate()
        .map(|(at, name)| (name, at))
        .collect()
}

/// The rows of `runs.csv` by arm.
fn rows(folder: &Path, claims: &Claims, manifest: &Manifest) -> Result<BTreeMap<String, Runs>, FolderError> {
    let rows = Rows::open(folder, "runs.csv", &claims.tables)?;
    let (point, arm, seed) = (rows.place("point")?, rows.place("arm")?, rows.place("seed")?);
    let mut numbers: Vec<(usize, usize)> = columns(manifest)
        .iter()
        .map(|(name, &at)| Ok((at, rows.place(name)?)))
        .collect::<Result<_, FolderError>>()?;
    numbers.sort_unstable();
    let mut runs = BTreeMap::<String, Runs>::new();
    rows.each(|row| {
        let values = numbers.iter().map(|&(_, at)| row.number(at)).collect::<Result<Vec<_>, _>>()?;
        let key = (row.whole(point)?, row.whole(seed)?);
        runs.entry(row.text(arm).to_owned()).or_default().insert(key, values);
        Ok(())
    })?;
    Ok(runs)
}
