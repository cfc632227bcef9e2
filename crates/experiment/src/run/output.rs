//! A run's folder: its tables, its summary, and the manifest that says what determined them.

use std::collections::BTreeMap;
use std::path::Path;

use dtao_engine::random::ALGORITHM;
use dtao_engine::run::RunBuilder;
use dtao_files::folder::csv_table::CsvTable;
use dtao_files::folder::table::{Completed, Tables};
use dtao_files::folder::{Beginning, Claims, Folder, FolderError, Kind, Layout, MANIFEST};
use serde::Serialize;

use super::{Failure, Options, Summary};
use crate::program;
use crate::scenario::{AsSpec, Loaded, Origin, RecordedAgents, RecordedCalls};
use crate::tables::{EventsTable, GroupsTable, Rows, SubnetsTable};
use crate::uncertainty::Uncertainty;

/// Where a run's files go.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// What is done with what it holds. A run cannot be resumed: then it is made anew.
    pub beginning: Beginning,
}

impl<'a> Output<'a> {
    /// A folder that holds nothing yet.
    #[must_use]
    pub fn fresh(folder: &'a Path) -> Self {
        Self { folder, beginning: Beginning::Fresh }
    }
}

/// A run's files.
const RUN: Layout = Layout {
    kind: Kind::Run,
    tables: &["subnets.csv", "groups.csv", "events.csv", "summary.json"],
    rows: &[],
    beside: &[],
};

/// A folder that a run is being written to. An earlier result stays until the new one is whole.
pub(super) struct RunFolder {
    folder: Folder,
    tables: Completed,
    /// Whether there is an earlier result.
    replaces: bool,
}

impl RunFolder {
    /// Claims the folder.
    pub fn open(output: Output, loaded: &Loaded, options: Options) -> Result<Self, Failure> {
        let remedy = "name another one, or replace a run's results with --force";
        let manifest = text(&Manifest::of(loaded, options, None, Tables::new()));
        let (folder, replaces) = Folder::claim(output.folder, &RUN, output.beginning, remedy, &manifest)?;
        Ok(Self { folder, tables: Completed::default(), replaces })
    }

    /// Opens the tables that the scenario asks for.
    pub fn add_tables(&self, builder: &mut RunBuilder, loaded: &Loaded) -> Result<(), Failure> {
        let create = |name: &str, columns: &[&str]| {
            let path = self.folder.parts().join(name);
            CsvTable::create(&path, columns, &self.tables).map_err(|error| FolderError::write(&path, error))
        };
        let record = &loaded.scenario.record;
        let table = create("subnets.csv", &SubnetsTable::COLUMNS)?;
        let rows = Rows::of(record);
        builder.observer(Box::new(SubnetsTable { table, rows, subnets: record.subnets.clone() }));
        if record.agents == RecordedAgents::Groups {
            let table = create("groups.csv", &GroupsTable::COLUMNS)?;
            builder.observer(Box::new(GroupsTable { table, rows, first_wealth: Vec::new() }));
        }
        if record.calls == RecordedCalls::All {
            let table = create("events.csv", &EventsTable::COLUMNS)?;
            builder.observer(Box::new(EventsTable { table }));
        }
        Ok(())
    }

    /// Completes the result, whose tables are written, and replaces an earlier one by it, unless it was interrupted.
    pub fn complete(&self, loaded: &Loaded, options: Options, summary: &mut Summary) -> Result<(), Failure> {
        if summary.interrupted && self.replaces {
            summary.kept_earlier = true;
            return Ok(self.folder.drop_work()?);
        }
        self.tables.write(&self.folder.parts().join("summary.json"), &text(summary), None)?;
        let manifest = Manifest::of(loaded, options, Some(summary), self.tables.tables());
        Ok(self.folder.commit(&text(&manifest))?)
    }

    /// Drops what a run that failed has written, unless it is whole and only waits to be moved.
    pub fn drop_work(&self) {
        let claims = Claims::read(&self.folder.parts().join(MANIFEST));
        if claims.is_ok_and(|claims| claims.is_some_and(|claims| claims.complete)) {
            return;
        }
        // The run's failure is the one to report; whoever opens the folder next drops it, too.
        let _ = self.folder.remove_partial().and_then(|()| self.folder.drop_work());
    }
}

/// All that determined a run.
#[derive(Serialize)]
struct Manifest<'a> {
    dtao: Kind,
    commit: &'static str,
    commit_state: &'static str,
    sources_sha256: &'static str,
    version: &'static str,
    random_numbers: &'static str,
    scenario: &'a str,
    file: String,
    assignments: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    as_spec: Option<&'a AsSpec>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rests_on: Vec<Uncertainty>,
    files: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "<[Origin]>::is_empty")]
    start: &'a [Origin],
    seed: u64,
    blocks_made: u64,
    interrupted: bool,
    resolved_scenario: String,
    complete: bool,
    tables: Tables,
}

impl<'a> Manifest<'a> {
    /// Without a summary the run is under way.
    fn of(loaded: &'a Loaded, options: Options, summary: Option<&Summary>, tables: Tables) -> Self {
        Self {
            dtao: Kind::Run,
            commit: program::COMMIT,
            commit_state: program::COMMIT_STATE,
            sources_sha256: program::SOURCES,
            version: program::VERSION,
            random_numbers: ALGORITHM,
            scenario: &loaded.name,
            file: loaded.source.path.display().to_string(),
            assignments: &loaded.assignments,
            as_spec: loaded.as_spec.as_ref(),
            rests_on: summary.map_or(Vec::new(), |summary| summary.rests_on.clone()),
            files: &loaded.files,
            start: &loaded.origins,
            seed: options.seed.0,
            blocks_made: summary.map_or(0, |summary| summary.last_block + 1 - summary.first_block),
            interrupted: summary.is_some_and(|summary| summary.interrupted),
            resolved_scenario: loaded.scenario.text(),
            complete: summary.is_some(),
            tables,
        }
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("plain data") + "\n"
}
