//! Whether a file is a scenario or a sweep, where the other was given to a command.

use std::path::Path;

use dtao_files::input::Source;
use dtao_sweep::plan::is_sweep;

use crate::report::Error;

/// Refuses a sweep, and says what takes one.
pub(crate) fn expect_scenario(file: &Path) -> Result<(), Error> {
    if !is_sweep(file)? {
        return Ok(());
    }
    let file = file.display();
    Err(Error::argument(
        format!("{file}: this is a sweep, not a scenario"),
        format!("`dtao sweep {file}` makes its runs; its `scenario` names the file of one run"),
    ))
}

/// Refuses a scenario, and says what takes one.
pub(crate) fn expect_sweep(source: &Source) -> Result<(), Error> {
    let name = dtao_files::input::ron_file::name(&source.text);
    if !matches!(name, "Scenario" | "Variant") {
        return Ok(());
    }
    let file = source.path.display();
    Err(Error::argument(
        format!("{file}: this is a scenario, not a sweep"),
        format!(
            "`dtao run {file}` runs it once; a sweep is a file of its own that names it, such as configs/sweeps/smoke.ron"
        ),
    ))
}
