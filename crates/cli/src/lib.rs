//! `dtao` on the command line: arguments, progress, exit codes; no logic.

mod again;
mod arguments;
mod attack;
mod catalogue;
mod commands;
mod compare;
mod equilibrium;
mod fit;
mod found;
mod json;
mod kind;
mod locale;
mod output;
mod page;
mod pool;
mod report;
mod reproduce;
mod seeded;
mod shipped;
mod stand_in;
mod stopper;
mod sweep;
mod target;
mod trial;
mod typed;
mod width;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, FromArgMatches};
use supports_unicode::Stream;

use crate::arguments::Arguments;
use crate::report::{Error, Exit, note};
use crate::stopper::Stopper;

/// Carries out a command: the program's name and its arguments, as they were typed. Returns the exit code.
#[must_use]
pub fn run(words: Vec<OsString>) -> u8 {
    // What is wrong with the arguments is told as JSON, too.
    json::ask(words.iter().any(|word| word == "--json"));
    typed::remember(words.clone());
    let exit = match parsed(words) {
        Err(answer) => answered(&answer),
        Ok(arguments) => {
            json::ask(arguments.json);
            Stopper::install().and_then(|stopper| commands::run(&arguments, &stopper)).unwrap_or_else(
                |error| {
                    report::print(&error);
                    error.exit()
                },
            )
        }
    };
    exit.code()
}

/// The path of a scenario that is given as a path or by the name of a shipped one.
///
/// # Errors
/// If it looks like a name, and none is called so: in one sentence, with the names that there are.
pub fn scenario(text: &str) -> Result<PathBuf, String> {
    shipped::scenario(text)
}

/// The path of a sweep that is given as a path or by the name of a shipped one.
///
/// # Errors
/// As for [`scenario`].
pub fn sweep(text: &str) -> Result<PathBuf, String> {
    shipped::sweep(text)
}

/// Writes the shipped scenarios, sweeps and recorded data into a folder's `configs`, and returns its path.
///
/// # Errors
/// If it is there already, or cannot be written: in one sentence.
///
/// # Panics
/// Never: only what is told to stop writes nothing.
pub fn init(folder: &Path) -> Result<PathBuf, String> {
    let written = shipped::write_configs(folder, &|| true).map_err(|error| error.to_string())?;
    Ok(written.expect("nothing stops it"))
}

/// What can be typed. Help is as wide as the terminal; a file or a pipe takes any width.
fn command(terminal: Option<usize>) -> clap::Command {
    Arguments::command().term_width(terminal.unwrap_or(0))
}

/// The arguments.
fn parsed(words: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let mut command = command(width::of(Stream::Stdout));
    let matches = command.try_get_matches_from_mut(words)?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Prints what was asked for instead of a command (help, the version), or what is wrong with the arguments.
fn answered(answer: &clap::Error) -> Exit {
    if answer.use_stderr() {
        // It repeats what was typed, which may be pasted from anywhere.
        let text = answer.render().to_string();
        if json::is_asked() {
            let (first, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
            report::print(&Error::argument(first.trim_start_matches("error: ").trim(), rest.trim()));
        } else {
            note(text.trim_end());
        }
        return Exit::Input;
    }
    match answer.print() {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            note(&format!("the help cannot be written to stdout: {error}"));
            Exit::Run
        }
        _ => Exit::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_as_wide_as_the_terminal() {
        let widest = |terminal: Option<usize>| {
            let mut command = command(terminal);
            command.build();
            let of = |command: &mut clap::Command| command.render_long_help().to_string();
            let helps: Vec<String> = command.get_subcommands_mut().map(of).collect();
            let widest = helps.iter().flat_map(|help| help.lines()).map(|line| line.chars().count()).max();
            widest.expect("there is help")
        };
        assert!(widest(None) > 120);
        assert!(widest(Some(100)) <= 100);
        assert!(widest(Some(80)) <= 80);
    }
}
