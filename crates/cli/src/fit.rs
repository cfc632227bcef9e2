//! `dtao fit`: what a sweep's runs say of what is not known.

use dtao_files::folder::Beginning;
use dtao_fit::file::Question;
use dtao_fit::folder::FitFolder;
use dtao_fit::scores::scores;
use dtao_fit::sensitivity::sensitivity;
use dtao_fit::{Findings, Read, Settings, TableError, fit, read, written};

use crate::arguments::FitArguments;
use crate::output;
use crate::report::{Error, Exit, note};
use crate::stopper::Stopper;

/// Fits what the file names to the table, and prints or writes what is found.
pub(crate) fn fit_command(arguments: &FitArguments, stopper: &Stopper, json: bool) -> Result<Exit, Error> {
    let question = Question::read(&arguments.fit)?;
    let draws = arguments.draws.map(|draws| usize::try_from(draws).unwrap_or(usize::MAX));
    // All is read before anything is written.
    let read = read(&arguments.table, &question, draws)?;
    if read.other_scenario {
        note(&format!(
            "{}: these runs were made of another text of the scenario, at commit {}",
            arguments.table.display(),
            read.manifest.commit
        ));
    }
    let settings = Settings { accept: arguments.accept, truths: arguments.truths as usize };
    let beginning = if arguments.force { Beginning::Replacing } else { Beginning::Fresh };
    if arguments.out.is_some() {
        stopper.writes();
    }
    let folder = arguments
        .out
        .as_ref()
        .map(|out| FitFolder::open(out, &question, &read, draws, &settings, beginning))
        .transpose()?;
    let tables = told(&question, &read, &settings, stopper, json);
    let Some(tables) = tables.filter(|_| folder.is_none() || !stopper.stopped()) else {
        note("stopped; nothing was written");
        if let Some(folder) = folder {
            folder.drop_work()?;
        }
        return Ok(Exit::Interrupted);
    };
    if let (Some(folder), Some(out)) = (folder, &arguments.out) {
        folder.complete(&tables)?;
        if !json {
            output::text(&format!("tables in {}\n", out.display()));
        }
    }
    Ok(Exit::Done)
}

/// Prints what is found; returns the tables, or nothing if it was stopped.
fn told(
    question: &Question,
    read: &Read,
    settings: &Settings,
    stopper: &Stopper,
    json: bool,
) -> Option<Vec<(&'static str, String)>> {
    let opponent = question.fit.opponent.as_ref();
    let opponent = opponent.and_then(|name| read.table.models.iter().position(|model| model.name == *name));
    if let Some(rows) = sensitivity(question, read) {
        output::sensitivity(&rows, json);
        return Some(vec![("sensitivity.csv", written::sensitivity(&rows))]);
    }
    if let Some(opponent) = opponent {
        let sets: Vec<_> = question
            .sets
            .iter()
            .map(|set| {
                let (scores, together) = scores(&read.table, set, opponent);
                (set.name.clone(), scores, together)
            })
            .collect();
        output::scores(&sets, json);
        return Some(written::scored(&sets));
    }
    let mut findings: Vec<Findings> = Vec::new();
    for set in &question.sets {
        if stopper.stopped() {
            return None;
        }
        findings.push(fit(&read.table, set, settings));
    }
    output::findings(&findings, json);
    Some(written::tables(&findings))
}

impl From<TableError> for Error {
    fn from(error: TableError) -> Self {
        let help = match error {
            TableError::Folder(error) => return error.into(),
            TableError::NoSweep { .. } => {
                "make it with `dtao sweep`, go on with --resume, or join its shards with `dtao merge`"
            }
            TableError::Other { .. } => "name the folder of the fit's sweep with --table",
            TableError::Lacks { .. } | TableError::Points { .. } => "make the sweep again with `dtao sweep`",
            TableError::Few { .. } => "make the sweep with more seeds, or raise --draws",
        };
        Self::argument(error.to_string(), help)
    }
}
