//! Exceptions: what is wrong, and where.

use dtao_compare::CompareError;
use dtao_engine::run::RunError as EngineError;
use dtao_experiment::run::Failure;
use dtao_files::folder::FolderError as Folder;
use dtao_files::input::InputError as Input;
use dtao_sweep::SweepError;
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(dtao, DtaoError, PyException, "What every exception of dtao is.");
create_exception!(
    dtao,
    InputError,
    DtaoError,
    "A file or a value is wrong. Has `file`, `line`, `column`, `field`, `assignment` and `help`, each None where there is none."
);
create_exception!(dtao, FolderError, DtaoError, "A folder of results cannot be used.");
create_exception!(dtao, RunError, DtaoError, "A run has no result.");

/// The exception of a wrong file or value.
pub(crate) fn input(error: &Input) -> PyErr {
    Python::attach(|py| {
        let exception = InputError::new_err(error.to_string());
        let value = exception.value(py);
        let field = Some(error.field_path()).filter(|path| !path.is_empty());
        let set = || -> PyResult<()> {
            value.setattr("file", error.path().display().to_string())?;
            value.setattr("line", error.line())?;
            value.setattr("column", error.column())?;
            value.setattr("field", field)?;
            value.setattr("assignment", error.assignment())?;
            value.setattr("help", error.help())
        };
        match set() {
            Ok(()) => exception,
            Err(other) => other,
        }
    })
}

/// The exception of a folder that cannot be used.
pub(crate) fn folder(error: &Folder) -> PyErr {
    FolderError::new_err(error.to_string())
}

/// The exception of a run that ended early.
pub(crate) fn engine(error: &EngineError) -> PyErr {
    RunError::new_err(error.to_string())
}

/// The exception of a run without a result.
pub(crate) fn failure(error: &Failure) -> PyErr {
    match error {
        Failure::Folder(error) => folder(error),
        Failure::Run(error) => engine(error),
    }
}

/// The exception of a sweep without a result.
pub(crate) fn sweep(error: &SweepError) -> PyErr {
    match error {
        SweepError::Input(error) => input(error),
        SweepError::Folder(error) => folder(error),
        SweepError::Different { .. } => FolderError::new_err(error.to_string()),
        SweepError::Shards(_) | SweepError::NoParquet | SweepError::Threads { .. } => {
            InputError::new_err(error.to_string())
        }
        _ => RunError::new_err(error.to_string()),
    }
}

/// The exception of a comparison without a result.
pub(crate) fn compare(error: &CompareError) -> PyErr {
    match error {
        CompareError::Input(error) => input(error),
        CompareError::Folder(error) => folder(error),
        CompareError::Run(error) => failure(error),
        CompareError::Threads { .. } => InputError::new_err(error.to_string()),
    }
}
