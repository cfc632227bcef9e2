//! `dtao` on the command line: arguments, progress, exit codes; no logic.

mod arguments;
mod commands;
mod output;
mod report;
mod reproduce;
mod sweep;
mod trial;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    match commands::run(&Arguments::parse()) {
        Ok(exit) => exit.into(),
        Err(error) => {
            report::print(&error);
            error.exit().into()
        }
    }
}
