//! Files that users write: read, checked, and where they are wrong, explained.
//!
//! An [`InputError`] says where (file, line, column, field), what was found, what is right, and what was
//! probably meant.

pub mod amounts;
pub mod csv_file;
pub mod hidden;
pub mod json_file;
pub mod limits;
pub mod locate;
pub mod names;
pub mod overlap;
mod regular;
pub mod ron_file;
mod scan;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// A text file and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// What it holds, with all assignments applied.
    pub text: String,
    assignments: Vec<Assignment>,
}

/// A `--set PATH=VALUE` that has been applied, and where its value now stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Assignment {
    written: String,
    span: Range<usize>,
    standing: Standing,
}

/// Whether an assignment may be replaced by a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It may not: the two were written side by side.
    Open,
    /// It may: it belongs to the file, as a variant's do.
    Settled,
}

impl Source {
    /// A text that is already at hand.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into(), assignments: Vec::new() }
    }

    /// SHA-256 of the text, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256(self.text.as_bytes())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If there is no such file, it is a pipe, a device or larger than [`limits::TEXT_BYTES`], or it is not UTF-8
    /// text.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, InputError> {
        let path = path.into();
        let bytes = regular::read(&path, limits::TEXT_BYTES)?;
        let text = utf8(&path, bytes)?;
        Ok(Self::new(path, text))
    }

    /// Makes all assignments so far a part of the file, which later ones may replace.
    pub fn settle(&mut self) {
        for assignment in &mut self.assignments {
            assignment.standing = Standing::Settled;
        }
    }

    /// An assignment since [`Self::settle`] that wrote some of these bytes.
    fn unsettled(&self, span: &Range<usize>) -> Option<&Assignment> {
        let open = |a: &&Assignment| a.standing == Standing::Open;
        let overlaps = |a: &&Assignment| a.span.start < span.end && span.start < a.span.end;
        self.assignments.iter().filter(open).find(overlaps)
    }

    /// The assignment that wrote some of these bytes.
    fn assignment(&self, span: &Range<usize>) -> Option<&Assignment> {
        let last = span.end.max(span.start + 1);
        self.assignments.iter().rev().find(|a| a.span.start < last && span.start < a.span.end)
    }
}

/// What is wrong with a file, where, and what would be right.
///
/// Written as `file:line:column: field: message` and, on a second line, the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError(Box<Report>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Report {
    path: PathBuf,
    text: String,
    span: Option<Range<usize>>,
    field_path: String,
    message: String,
    help: Option<String>,
    assignment: Option<String>,
}

impl InputError {
    /// A value that was read but is out of its range.
    ///
    /// `field_path` is its path in the file, such as `agents[1].strategy.buys`. If the value itself is not
    /// written there, its nearest parent is shown.
    #[must_use]
    pub fn at(source: &Source, field_path: &str, message: impl Into<String>, help: Option<String>) -> Self {
        let segments = locate::path(field_path).unwrap_or_default();
        let root = scan::scan(&source.text).root;
        let span = root.map(|root| {
            let (node, steps) = locate::deepest(&root, &source.text, &segments);
            if steps == segments.len() { node.shown(&source.text) } else { node.opening() }
        });
        Self::within(source, span, field_path.to_owned(), message.into(), help)
    }

    /// Something wrong with a file as a whole.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>, message: impl Into<String>, help: Option<String>) -> Self {
        Self(Box::new(Report {
            path: path.into(),
            text: String::new(),
            span: None,
            field_path: String::new(),
            message: message.into(),
            help,
            assignment: None,
        }))
    }

    fn within(
        source: &Source,
        span: Option<Range<usize>>,
        field_path: String,
        message: String,
        help: Option<String>,
    ) -> Self {
        let assignment = span.as_ref().and_then(|span| source.assignment(span)).map(|a| a.written.clone());
        let mut error = Self::file(&source.path, message, help);
        error.0.text.clone_from(&source.text);
        error.0.span = span;
        error.0.field_path = field_path;
        error.0.assignment = assignment;
        error
    }

    /// The error of a file that another file names: where it is wrong or, if it is not there, where the other
    /// names it.
    #[must_use]
    pub fn named_in(self, source: &Source, field_path: &str) -> Self {
        if self.span().is_some() {
            return self;
        }
        let message = format!("{}: {}", self.path().display(), self.message());
        Self::at(source, field_path, message, self.help().map(str::to_owned))
    }

    /// The error, of one of many that were read from the same file: which one stands before the message.
    #[must_use]
    pub fn of(mut self, which: &str) -> Self {
        self.0.message = format!("{which}: {}", self.0.message);
        self
    }

    /// The error, with what to do.
    #[must_use]
    pub fn with_help(mut self, help: &str) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// The error without its assignment, if that is one which no user has written.
    #[must_use]
    pub fn not_from(mut self, assignment: &str) -> Self {
        self.0.assignment = self.0.assignment.filter(|written| written != assignment);
        self
    }

    /// The error of a text that was read with some of it blanked, byte by byte: shown in the whole text.
    #[must_use]
    pub fn shown_in(mut self, whole: &str) -> Self {
        if self.0.span.is_some() {
            whole.clone_into(&mut self.0.text);
        }
        self
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The text that [`Self::span`] points into; empty if there is no span.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The bytes to point at.
    #[must_use]
    pub fn span(&self) -> Option<Range<usize>> {
        self.0.span.clone()
    }

    /// The line, counted from 1.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.position().map(|(line, _)| line)
    }

    /// The column, counted from 1 in characters.
    #[must_use]
    pub fn column(&self) -> Option<usize> {
        self.position().map(|(_, column)| column)
    }

    /// The path of the field, such as `agents[1].strategy.Noise.buys`; empty if it is the whole file.
    #[must_use]
    pub fn field_path(&self) -> &str {
        &self.0.field_path
    }

    /// What was found, and what is allowed.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The `PATH=VALUE` of the `--set` that wrote the wrong value, if it is not in the file itself.
    #[must_use]
    pub fn assignment(&self) -> Option<&str> {
        self.0.assignment.as_deref()
    }

    fn position(&self) -> Option<(usize, usize)> {
        self.0.span.as_ref().map(|span| position(&self.0.text, span.start))
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.path.display())?;
        if let Some((line, column)) = self.position() {
            write!(f, ":{line}:{column}")?;
        }
        if !self.0.field_path.is_empty() {
            write!(f, ": {}", self.0.field_path)?;
        }
        write!(f, ": {}", self.0.message)?;
        if let Some(assignment) = &self.0.assignment {
            write!(f, " (from `--set {assignment}`)")?;
        }
        if let Some(help) = &self.0.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for InputError {}

/// Line and column of a byte, both counted from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (1 + before.matches('\n').count(), 1 + before[line_start..].chars().count())
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The bytes as text, without the mark that some editors put before it.
fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, InputError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let byte = error.as_bytes()[valid];
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let message = format!("the file is not UTF-8 text: byte 0x{byte:02x} found");
        let utf16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let help = if utf16 { "it looks like UTF-16: save it as UTF-8" } else { "save it as UTF-8" };
        // Everything before the first bad byte is the same in the lossy copy.
        let source = Source::new(path, text);
        let span = Some(valid..valid + char::REPLACEMENT_CHARACTER.len_utf8());
        InputError::within(&source, span, String::new(), message, Some(help.into()))
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(marked) => marked.to_owned(),
        None => text,
    })
}

/// The file of the same folder whose name is nearest, as help.
fn nearest_file(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Some(format!("there is no folder `{}`", folder.display()));
    };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    let wanted = path.file_name()?.to_string_lossy();
    let nearest = names.iter().max_by(|a, b| {
        strsim::jaro_winkler(&wanted, a).total_cmp(&strsim::jaro_winkler(&wanted, b)).then_with(|| b.cmp(a))
    })?;
    // Less alike than this, and another name was meant.
    let alike = strsim::jaro_winkler(&wanted, nearest) > 0.75;
    alike.then(|| format!("did you mean `{}`?", path.with_file_name(nearest).display()))
}

/// The nearest of some names, if one is near enough to be meant.
#[must_use]
pub fn nearest<'n, N: AsRef<str>>(found: &str, names: &'n [N]) -> Option<&'n str> {
    /// What is longer is no name, and of more names nobody means one.
    const MOST: usize = 10_000;
    if found.len() > limits::NAME {
        return None;
    }
    let names = &names[..names.len().min(MOST)];
    let near = |name: &str| {
        // So much longer a name is not near, and takes long to compare.
        if name.len() > 4 * found.len() + 8 {
            return None;
        }
        let (found, lower) = (found.to_lowercase(), name.to_lowercase());
        let edits = strsim::damerau_levenshtein(&found, &lower);
        let start = found.len() >= 3 && (lower.starts_with(&found) || found.starts_with(&lower));
        (edits <= (found.chars().count() / 3).max(1) || start).then_some(edits)
    };
    let candidates = names.iter().filter_map(|name| Some((near(name.as_ref())?, name.as_ref())));
    candidates.min().map(|(_, name)| name)
}

/// Of more names than these a suggestion does not list all.
const SUGGESTED: usize = 40;

/// `did you mean …?` and, if they are few, all names that are allowed.
#[must_use]
pub fn suggest<N: AsRef<str>>(found: &str, names: &[N], what: &str) -> Option<String> {
    let meant = nearest(found, names).map(|name| format!("did you mean `{name}`?"));
    let all = (1..=SUGGESTED).contains(&names.len()).then(|| {
        let quoted: Vec<_> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
        format!("{what}: {}", quoted.join(", "))
    });
    let parts: Vec<_> = meant.into_iter().chain(all).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}
