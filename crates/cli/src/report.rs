//! Errors as people read them, and the exit codes that programs read.

mod excerpt;

use std::fmt;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::path::Path;

use dtao_experiment::run::Failure;
use dtao_files::folder::FolderError;
use dtao_files::input::InputError;
use dtao_files::input::hidden::revealed;
use dtao_sweep::SweepError;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use serde::Serialize;
use supports_unicode::Stream;

use crate::json;
use crate::locale::{fitting, is_unicode};
use crate::width;
use excerpt::Excerpt;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All done.
    Done,
    /// An expectation or a vector failed.
    Failed,
    /// The input was wrong.
    Input,
    /// The run failed.
    Run,
    /// The user stopped it.
    Interrupted,
}

impl Exit {
    /// The program's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Input => 2,
            Self::Run => 3,
            Self::Interrupted => 130,
        }
    }
}

/// Why a command has no result.
#[derive(Debug)]
pub(crate) enum Error {
    /// A file is wrong.
    Input { error: InputError, excerpt: Option<Excerpt> },
    /// An argument is wrong: what, and what would be right.
    Argument { message: String, help: String },
    /// A run failed.
    Run(Failure),
    /// A run broke an invariant of the simulator: where, and which.
    Broken(String),
    /// A sweep has no result.
    Sweep(SweepError),
    /// A folder cannot be used.
    Folder(FolderError),
    /// A result could not be written.
    Write(String),
}

impl Error {
    pub fn exit(&self) -> Exit {
        match self {
            Self::Input { .. } | Self::Argument { .. } => Exit::Input,
            Self::Folder(error) | Self::Run(Failure::Folder(error)) if error.is_refusal() => Exit::Input,
            Self::Sweep(error) if refused(error) => Exit::Input,
            Self::Run(_) | Self::Broken(_) | Self::Write(_) | Self::Folder(_) | Self::Sweep(_) => Exit::Run,
        }
    }

    pub fn argument(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Argument { message: message.into(), help: help.into() }
    }
}

/// Whether a sweep was refused before it began, by what it was asked to do.
fn refused(error: &SweepError) -> bool {
    match error {
        SweepError::Input(_)
        | SweepError::Different { .. }
        | SweepError::Shards(_)
        | SweepError::NoParquet
        | SweepError::Threads { .. } => true,
        SweepError::Folder(error) => error.is_refusal(),
        _ => false,
    }
}

impl From<SweepError> for Error {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Input(error) => error.into(),
            error => Self::Sweep(error),
        }
    }
}

impl From<InputError> for Error {
    fn from(error: InputError) -> Self {
        let excerpt = Excerpt::of(&error);
        Self::Input { error, excerpt }
    }
}

impl From<FolderError> for Error {
    fn from(error: FolderError) -> Self {
        Self::Folder(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Run(failure)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&readable(&match self {
            Self::Input { error, .. } => headline(error),
            Self::Argument { message, .. } | Self::Broken(message) | Self::Write(message) => message.clone(),
            Self::Run(failure) => failure.to_string(),
            Self::Folder(error) => error.to_string(),
            Self::Sweep(error) => error.to_string(),
        }))
    }
}

/// Where a file is wrong, and how.
fn headline(error: &InputError) -> String {
    let mut text = error.path().display().to_string();
    if let (Some(line), Some(column)) = (error.line(), error.column()) {
        let _ = write!(text, ":{line}:{column}");
    }
    if !error.field_path().is_empty() {
        let _ = write!(text, ": {}", error.field_path());
    }
    let _ = write!(text, ": {}", error.message());
    if let Some(assignment) = error.assignment() {
        let _ = write!(text, " (from --set {assignment})");
    }
    text
}

/// A message as a terminal can show it: without hidden characters, and of a length that is read.
fn readable(text: &str) -> String {
    const LONGEST: usize = 1_000;
    match text.char_indices().nth(LONGEST) {
        // The end says what is wrong, the beginning where.
        Some((middle, _)) => {
            let end: Vec<char> = text[middle..].chars().rev().take(LONGEST).collect();
            let end: String = end.into_iter().rev().collect();
            format!("{} … {}", revealed(&text[..middle]), revealed(&end))
        }
        None => revealed(text),
    }
}

impl std::error::Error for Error {}

impl Diagnostic for Error {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match self {
            Self::Input { error, .. } => {
                error.help().map(|help| Box::new(readable(help)) as Box<dyn fmt::Display>)
            }
            Self::Argument { help, .. } => Some(Box::new(readable(help))),
            Self::Run(_) | Self::Broken(_) | Self::Write(_) | Self::Folder(_) | Self::Sweep(_) => None,
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match self {
            Self::Input { excerpt, .. } => excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode),
            _ => None,
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let Self::Input { excerpt: Some(excerpt), .. } = self else { return None };
        let span = excerpt.span.clone();
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some("here".into()), span))))
    }
}

/// An error as one object.
#[derive(Serialize)]
struct Told<'e> {
    /// What is wrong: `input`, `argument`, `run`, `sweep`, `folder` or `write`.
    kind: &'static str,
    /// What is wrong, and where; in one line.
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'e Path>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// The path of the field, with dots.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'e str>,
    /// The `--set` that the value comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment: Option<&'e str>,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    exit_code: u8,
}

impl Error {
    fn told(&self) -> Told<'_> {
        let input = if let Self::Input { error, .. } = self { Some(error) } else { None };
        Told {
            kind: match self {
                Self::Input { .. } => "input",
                Self::Argument { .. } => "argument",
                Self::Run(_) | Self::Broken(_) => "run",
                Self::Sweep(_) => "sweep",
                Self::Folder(_) => "folder",
                Self::Write(_) => "write",
            },
            message: self.to_string(),
            file: input.map(InputError::path),
            line: input.and_then(InputError::line),
            column: input.and_then(InputError::column),
            field: input.map(InputError::field_path).filter(|path| !path.is_empty()),
            assignment: input.and_then(InputError::assignment),
            help: self.help().map(|help| help.to_string()),
            exit_code: self.exit().code(),
        }
    }
}

/// Prints an error to stderr: drawn for people, or as a line of JSON.
pub(crate) fn print(error: &Error) {
    if json::is_asked() {
        return write_stderr(&json::line(&serde_json::json!({ "error": error.told() })));
    }
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let coloured = std::io::stderr().is_terminal() && !is_plain(&variable("NO_COLOR"), &variable("TERM"));
    let theme = match (is_unicode(Stream::Stderr), coloured) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    let terminal = width::of(Stream::Stderr);
    let width = terminal.map_or(WIDTH, |width| width.clamp(20, WIDTH));
    let drawn = GraphicalReportHandler::new_themed(theme).with_width(width).with_context_lines(1);
    let mut text = String::new();
    match drawn.render_report(&mut text, error) {
        Ok(()) => write_stderr(&fitting(text, Stream::Stderr)),
        Err(fmt::Error) => note(&error.to_string()),
    }
}

/// The widest that errors are, and their width where there is no terminal.
const WIDTH: usize = 110;

/// Whether a terminal is asked not to be coloured: by `NO_COLOR`, or by what it is.
fn is_plain(no_color: &str, term: &str) -> bool {
    !no_color.is_empty() || term == "dumb"
}

/// Prints a line to stderr, broken where the terminal is narrower; as JSON if that was asked for.
pub(crate) fn note(line: &str) {
    if json::is_asked() {
        copied(line);
    } else {
        copied(&width::fitting(&revealed(line), width::of(Stream::Stderr)));
    }
}

/// The same of a line that is to be copied, such as a command: it is not broken.
pub(crate) fn copied(line: &str) {
    if json::is_asked() {
        write_stderr(&json::line(&serde_json::json!({ "note": line })));
    } else {
        write_stderr(&fitting(format!("{}\n", revealed(line)), Stream::Stderr));
    }
}

/// Where nobody can be told, the exit code still tells.
fn write_stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_coloured_unless_it_is_asked_not_to_be() {
        for (no_color, term, plain) in
            [("", "xterm-256color", false), ("1", "xterm", true), ("", "dumb", true)]
        {
            assert_eq!(is_plain(no_color, term), plain, "{no_color} {term}");
        }
    }
}
