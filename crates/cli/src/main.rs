//! The program `dtao`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    dtao_cli::run(std::env::args_os().collect()).into()
}
