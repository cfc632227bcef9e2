//! Finished results as something to look at: one page that needs no network, and the same charts as pictures.
//!
//! ```text
//! folder -> finished (tables held against the manifest) -> run | sweep | comparison | story | fit | attack -> page -> report.html
//!                                                                                                               \-> SVG, PNG
//! ```
//! A report is made from the files of a result alone and changes none of them.
//!
//! **Architecture invariant:** nothing here runs a scenario. What a page says was computed by whoever wrote the result, or is
//! counted from its tables.

mod attack;
mod bars;
mod comparison;
mod counts;
mod finished;
mod fit;
mod page;
mod payload;
mod plot;
mod png;
mod run;
mod story;
mod svg;
mod sweep;
mod terminal;
mod text;
mod thin;
mod units;

use std::path::Path;

pub use bars::differences;
pub use comparison::side_by_side;
pub use counts::Counts;
use dtao_files::folder::{FolderError, Kind};
use dtao_files::input::InputError;

use crate::finished::Finished;
use crate::page::Page;
pub use crate::page::{Row, Table};
pub use crate::plot::plot;
pub use crate::terminal::{NamedValue, grid, interval_bars, wrapped};
pub use crate::units::{unit, unit_of_measure, unit_of_metric};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The folder holds nothing that can be reported on.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file of the result cannot be read, or is not as it was written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A picture cannot be drawn.
    #[error("{figure}: the picture cannot be drawn: {why}")]
    Picture {
        /// The figure's name.
        figure: String,
        /// Why not.
        why: String,
    },
}

/// What a reader wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of a run, the subnet that is shown first.
    pub netuid: Option<u16>,
    /// Of a sweep, the outcomes that are shown; as many as fit without any.
    pub outcomes: Vec<String>,
}

/// A report on one finished result.
#[derive(Clone, Debug)]
pub struct Report {
    page: Page,
}

/// A figure as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The file's name without its ending.
    pub name: String,
    /// The picture as SVG.
    pub svg: String,
}

impl Report {
    /// Reads a finished result.
    ///
    /// # Errors
    /// If the folder holds none, a file of it cannot be read or is not as its manifest says, or what is wanted is not in it.
    pub fn read(folder: &Path, wanted: &Wanted) -> Result<Self, ReportError> {
        let finished = Finished::open(folder)?;
        let misplaced = |option: &str, of: &str| {
            let message =
                format!("{} holds {}, which has none to choose from", folder.display(), finished.kind);
            InputError::file(option, message, Some(format!("leave it out; it is about {of}")))
        };
        if wanted.netuid.is_some() && finished.kind != Kind::Run {
            return Err(misplaced("--netuid", "runs").into());
        }
        if !wanted.outcomes.is_empty() && finished.kind != Kind::Sweep {
            return Err(misplaced("--outcome", "sweeps").into());
        }
        let page = match finished.kind {
            Kind::Run => run::page(&finished, wanted.netuid)?,
            Kind::Sweep | Kind::Shard => sweep::page(&finished, &wanted.outcomes)?,
            Kind::Comparison => comparison::page(&finished)?,
            Kind::Experiment => story::page(&finished)?,
            Kind::Fit => fit::page(&finished)?,
            Kind::Attack => attack::page(&finished)?,
        };
        Ok(Self { page })
    }

    /// Reads what the runs of a sweep that was stopped came to so far; nothing if the folder holds no such sweep, or not what they
    /// came to.
    ///
    /// # Errors
    /// If a file cannot be read or is not as a sweep writes it, or what is wanted is not in it.
    pub fn so_far(folder: &Path, wanted: &Wanted) -> Result<Option<Self>, ReportError> {
        Ok(sweep::unfinished::page(folder, &wanted.outcomes)?.map(|page| Self { page }))
    }

    /// The command that makes the result again; of a sweep that was stopped, the one that goes on with it.
    #[must_use]
    pub fn command(&self) -> &str {
        self.page.commands.first().map_or("", String::as_str)
    }

    /// The page, complete: no file or address is needed to show it.
    #[must_use]
    pub fn html(&self) -> String {
        self.page.html()
    }

    /// What the result came to, in a sentence or two.
    #[must_use]
    pub fn verdict(&self) -> &str {
        &self.page.verdict
    }

    /// The sentence, a small chart and the table as text of at most so many columns, without colours.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        terminal::text(&self.page, width)
    }

    /// How many runs it is of and what of them there is not, where that is known.
    #[must_use]
    pub fn counts(&self) -> Option<Counts> {
        self.page.counts
    }

    /// The sentence and the small chart alone, as text of at most so many columns.
    #[must_use]
    pub fn sight(&self, width: usize) -> String {
        terminal::sight(&self.page, width)
    }

    /// All figures as SVG, in the order of the page.
    #[must_use]
    pub fn pictures(&self) -> Vec<Picture> {
        let picture = |(at, figure): (usize, &svg::figure::Figure)| Picture {
            name: format!("{:02}-{}", at + 1, figure.id),
            svg: svg::file(figure, self.page.netuid),
        };
        self.page.figures().enumerate().map(picture).collect()
    }
}

impl Picture {
    /// The picture as PNG, twice as large as its SVG.
    ///
    /// # Errors
    /// If it cannot be drawn.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        png::draw(&self.svg).map_err(|why| ReportError::Picture { figure: self.name.clone(), why })
    }
}
