//! `dtao report`: a finished result as one page, and its charts as pictures. `dtao show`: the same as text.

use std::path::{Path, PathBuf};

use dtao_files::folder::reports::{is_ours, pictures, remove_picture};
use dtao_files::folder::{FIGURES, FolderError, REPORT, make_folder, whole, write_whole};
use dtao_report::{Report, ReportError, Wanted};

use crate::arguments::{ReportArguments, ShowArguments};
use crate::output;
use crate::report::{Error, Exit, note};
use crate::stopper::Stopper;
use crate::target::its_folder_exists;

/// Writes the page, and pictures if they are asked for.
pub(crate) fn report_command(
    arguments: &ReportArguments,
    stopper: &Stopper,
    json: bool,
) -> Result<Exit, Error> {
    let folder = &arguments.folder;
    let wanted = Wanted { netuid: arguments.netuid, outcomes: arguments.outcomes.clone() };
    let report = Report::read(folder, &wanted)?;
    let page = arguments.out.clone().unwrap_or_else(|| folder.join(REPORT));
    if arguments.figures.is_some() && !arguments.svg && !arguments.png {
        return Err(Error::argument(
            "--figures: no pictures are asked for",
            "add --svg or --png, or leave --figures out",
        ));
    }
    its_folder_exists(&page)?;
    expect_ours(&page)?;
    stopper.writes();
    write_whole(&page, &report.html())?;
    let mut files = vec![page];
    if arguments.svg || arguments.png {
        let figures = arguments.figures.clone().unwrap_or_else(|| folder.join(FIGURES));
        make_folder(&figures)?;
        let earlier = pictures(&figures)?;
        let Some(written) = write_pictures(&report, arguments, &figures, stopper)? else {
            note("stopped; not all pictures were written");
            return Ok(Exit::Interrupted);
        };
        // A folder that the user names may hold pictures of the user's own.
        if arguments.figures.is_none() {
            let replaced = |picture: &PathBuf| {
                let again = if arguments.svg { "svg" } else { "png" };
                let both = arguments.svg && arguments.png;
                both || picture.extension().is_some_and(|ending| ending == again)
            };
            for picture in earlier.into_iter().filter(|it| replaced(it) && !written.contains(it)) {
                remove_picture(&picture)?;
            }
        }
        files.extend(written);
    }
    output::report(report.verdict(), &files, json);
    Ok(Exit::Done)
}

/// Writes the pictures that are asked for; nothing if it was stopped.
fn write_pictures(
    report: &Report,
    arguments: &ReportArguments,
    folder: &Path,
    stopper: &Stopper,
) -> Result<Option<Vec<PathBuf>>, Error> {
    let mut written = Vec::new();
    for picture in report.pictures() {
        if stopper.stopped() {
            return Ok(None);
        }
        if arguments.svg {
            let path = folder.join(format!("{}.svg", picture.name));
            write_whole(&path, &picture.svg)?;
            written.push(path);
        }
        if arguments.png {
            let path = folder.join(format!("{}.png", picture.name));
            let png = picture.png()?;
            whole::write(&path, &png).map_err(|error| FolderError::write(&path, error))?;
            written.push(path);
        }
    }
    Ok(Some(written))
}

/// Prints a result as text.
pub(crate) fn show_command(arguments: &ShowArguments, json: bool) -> Result<Exit, Error> {
    let wanted = Wanted { netuid: arguments.netuid, outcomes: arguments.outcomes.clone() };
    let unfinished = if wanted.netuid.is_none() { Report::so_far(&arguments.folder, &wanted)? } else { None };
    let to_go_on = unfinished.as_ref().map(|report| report.command().to_owned());
    let report = unfinished.map_or_else(|| Report::read(&arguments.folder, &wanted), Ok)?;
    if json {
        output::shown(report.verdict(), to_go_on.as_deref());
        return Ok(Exit::Done);
    }
    output::text(&report.text(arguments.width.map_or_else(|| output::columns(100), usize::from)));
    if let Some(command) = to_go_on {
        output::text(&format!("\ngo on with: {command}"));
    }
    if let Some(counts) = report.counts() {
        output::text(&format!("\n{counts}"));
    }
    Ok(Exit::Done)
}

/// A result that was just made, as its files tell it.
pub(crate) fn read_back(folder: &Path) -> Result<Report, Error> {
    Ok(Report::read(folder, &Wanted::default())?)
}

/// The same, where there is one to show. What cannot be shown is said, and is no failure: the result is there.
pub(crate) fn to_show(read: Result<Report, Error>) -> Option<Report> {
    read.map_err(|error| note(&format!("the result is written, but cannot be shown: {error}"))).ok()
}

/// Writes the report on a result that was just made, and says where it is.
pub(crate) fn write_page(report: &Report, folder: &Path) -> Result<PathBuf, Error> {
    let page = folder.join(REPORT);
    expect_ours(&page)?;
    write_whole(&page, &report.html())?;
    Ok(page)
}

/// Writes the report on a result that was just made and not read yet, and returns both.
pub(crate) fn report_on(folder: &Path) -> Result<(Report, PathBuf), Error> {
    let report = read_back(folder)?;
    let page = write_page(&report, folder)?;
    Ok((report, page))
}

/// Only a report is replaced by a report: asked before a result is made that is to have one.
pub(crate) fn expect_report_can_be_written(folder: &Path) -> Result<(), Error> {
    expect_ours(&folder.join(REPORT))
}

/// Only a report is replaced by a report.
fn expect_ours(page: &Path) -> Result<(), Error> {
    if is_ours(page)? {
        return Ok(());
    }
    Err(Error::argument(
        format!("{}: this is not a report of dtao, and was left alone", page.display()),
        "name another file: `dtao report DIR --out FILE`",
    ))
}

impl From<ReportError> for Error {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Input(error) => error.into(),
            ReportError::Folder(error) => error.into(),
            ReportError::Picture { .. } => Self::Write(error.to_string()),
        }
    }
}
