//! `dtao` on the command line: arguments, progress, exit codes; no logic.

mod arguments;
mod attack;
mod catalogue;
mod commands;
mod compare;
mod fit;
mod kind;
mod output;
mod page;
mod pool;
mod report;
mod reproduce;
mod shipped;
mod stand_in;
mod stopper;
mod sweep;
mod target;
mod trial;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::report::{Exit, note};
use crate::stopper::Stopper;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(answer) => return answered(&answer),
    };
    match Stopper::install().and_then(|stopper| commands::run(&arguments, &stopper)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            report::print(&error);
            error.exit().into()
        }
    }
}

/// Prints what was asked for instead of a command (help, the version), or what is wrong with the arguments.
fn answered(answer: &clap::Error) -> ExitCode {
    if answer.use_stderr() {
        // It repeats what was typed, which may be pasted from anywhere.
        note(answer.render().to_string().trim_end());
        return Exit::Input.into();
    }
    match answer.print() {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            note(&format!("the help cannot be written to stdout: {error}"));
            Exit::Run.into()
        }
        _ => Exit::Done.into(),
    }
}
