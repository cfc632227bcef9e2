//! The native part of the Python module `dtao`: runs, sweeps, comparisons and worlds, and tables that Arrow's C stream hands over.
//!
//! ```text
//! python/dtao/__init__.py -> dtao._dtao (this crate) -> experiment, sweep, compare; the command line -> dtao_cli
//! ```
//! It decides nothing: what is run and written is what the command line runs and writes, by the same functions. Work runs in a thread
//! of its own without the interpreter's lock; the thread that called looks now and then whether Python wants it to stop.

mod compare;
mod errors;
mod run;
mod simulator;
mod sweep;
mod table;
mod work;
mod world;

use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;

use errors::{DtaoError, FolderError, InputError, RunError};

/// Carries out a command of the command line, and returns its exit code.
#[pyfunction]
fn command_line(py: Python<'_>, words: Vec<OsString>) -> u8 {
    py.detach(|| dtao_cli::run(words))
}

/// Writes the shipped files into a folder's `configs`.
#[pyfunction]
fn init(py: Python<'_>, folder: PathBuf) -> PyResult<PathBuf> {
    py.detach(|| dtao_cli::init(&folder)).map_err(FolderError::new_err)
}

/// The path of a scenario, by path or by the name of a shipped one.
fn scenario(text: &str) -> PyResult<PathBuf> {
    dtao_cli::scenario(text).map_err(InputError::new_err)
}

/// The native part of `dtao`.
#[pymodule]
fn _dtao(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("__version__", dtao_experiment::program::VERSION)?;
    module.add("commit", dtao_experiment::program::COMMIT)?;
    for (name, exception) in [
        ("DtaoError", py.get_type::<DtaoError>()),
        ("InputError", py.get_type::<InputError>()),
        ("FolderError", py.get_type::<FolderError>()),
        ("RunError", py.get_type::<RunError>()),
    ] {
        module.add(name, exception)?;
    }
    // Where there is none of these, they are None.
    for attribute in ["file", "line", "column", "field", "assignment", "help"] {
        py.get_type::<InputError>().setattr(attribute, py.None())?;
    }
    module.add_class::<table::Table>()?;
    module.add_class::<simulator::Simulator>()?;
    module.add_class::<world::World>()?;
    module.add_function(wrap_pyfunction!(command_line, module)?)?;
    module.add_function(wrap_pyfunction!(init, module)?)?;
    module.add_function(wrap_pyfunction!(run::run, module)?)?;
    module.add_function(wrap_pyfunction!(sweep::sweep, module)?)?;
    module.add_function(wrap_pyfunction!(compare::compare, module)?)
}
