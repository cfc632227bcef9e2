//! Errors as people read them, and the exit codes that programs read.

use std::fmt;
use std::io::IsTerminal;
use std::process::ExitCode;

use dtao_experiment::input::InputError;
use dtao_experiment::run::Failure;
use dtao_experiment::sweep::SweepError;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Input => 2,
            Exit::Run => 3,
            Exit::Interrupted => 130,
        })
    }
}

/// Why a command has no result.
#[derive(Debug)]
pub(crate) enum Error {
    /// A file is wrong.
    Input { error: InputError, source: Option<NamedSource<String>> },
    /// An argument is wrong: what, and what would be right.
    Argument { message: String, help: String },
    /// A run failed.
    Run(Failure),
    /// A sweep has no result.
    Sweep(SweepError),
    /// A result could not be written.
    Write(String),
}

impl Error {
    pub fn exit(&self) -> Exit {
        match self {
            Self::Input { .. } | Self::Argument { .. } | Self::Run(Failure::InUse { .. }) => Exit::Input,
            Self::Sweep(error) if refused(error) => Exit::Input,
            Self::Run(_) | Self::Write(_) | Self::Sweep(_) => Exit::Run,
        }
    }

    pub fn argument(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Argument { message: message.into(), help: help.into() }
    }
}

/// Whether a sweep was refused before it began, by what it was asked to do.
fn refused(error: &SweepError) -> bool {
    matches!(
        error,
        SweepError::Input(_)
            | SweepError::NoFolder { .. }
            | SweepError::NotEmpty { .. }
            | SweepError::Different { .. }
            | SweepError::Shards(_)
            | SweepError::NoParquet
            | SweepError::Claim(Failure::InUse { .. })
    )
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
        let source = error.span().map(|_| {
            let name = error.path().display().to_string();
            NamedSource::new(name, error.text().to_owned())
        });
        Self::Input { error, source }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Run(failure)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { error, .. } => {
                write!(f, "{}", error.path().display())?;
                if let (Some(line), Some(column)) = (error.line(), error.column()) {
                    write!(f, ":{line}:{column}")?;
                }
                if !error.field_path().is_empty() {
                    write!(f, ": {}", error.field_path())?;
                }
                write!(f, ": {}", error.message())?;
                if let Some(assignment) = error.assignment() {
                    write!(f, " (from --set {assignment})")?;
                }
                Ok(())
            }
            Self::Argument { message, .. } | Self::Write(message) => f.write_str(message),
            Self::Run(failure) => failure.fmt(f),
            Self::Sweep(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl Diagnostic for Error {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        match self {
            Self::Input { error, .. } => error.help().map(|help| Box::new(help) as Box<dyn fmt::Display>),
            Self::Argument { help, .. } => Some(Box::new(help)),
            Self::Run(_) | Self::Write(_) | Self::Sweep(_) => None,
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match self {
            Self::Input { source, .. } => source.as_ref().map(|source| source as &dyn SourceCode),
            _ => None,
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let Self::Input { error, .. } = self else { return None };
        let span = error.span()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some("here".into()), span))))
    }
}

/// Prints an error to stderr.
pub(crate) fn print(error: &Error) {
    let theme = if std::io::stderr().is_terminal() {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let drawn = GraphicalReportHandler::new_themed(theme).with_width(110).with_context_lines(1);
    let mut text = String::new();
    match drawn.render_report(&mut text, error) {
        Ok(()) => eprint!("{text}"),
        Err(fmt::Error) => eprintln!("{error}"),
    }
}
