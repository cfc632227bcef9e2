//! The points of a design that stand in a table.

use std::path::Path;

use dtao_files::input::InputError;
use dtao_files::input::csv_file::{Table, read, text};

use crate::limits::{FACTORS, POINTS};

/// Reads the points of a design: a header with the names of the factors, and a row per point, without blanks.
///
/// A column `point`, which numbers the rows, is passed over.
///
/// # Errors
/// If there is no such file, a factor is named twice or not at all, or a cell is blank.
pub(super) fn read_points(path: &Path) -> Result<(Vec<String>, Vec<Vec<String>>), InputError> {
    let table = Table::of(path, read(path)?)?;
    let columns: Vec<usize> = (0..table.header.len()).filter(|&at| table.column(at) != "point").collect();
    if columns.len() > FACTORS {
        let message = format!("{} factors: a design has at most {FACTORS}", columns.len());
        return Err(table.wrong_header(columns[FACTORS], message, None));
    }
    for (index, &column) in columns.iter().enumerate() {
        let name = table.column(column);
        if name.is_empty() {
            let help = "name the factor: a path, or a name of the sweep's `names`".to_owned();
            return Err(table.wrong_header(column, "a column without a name".into(), Some(help)));
        }
        if columns[..index].iter().any(|&earlier| table.column(earlier) == name) {
            return Err(table.wrong_header(column, format!("the column `{name}` is given twice"), None));
        }
    }
    let mut rows = Vec::new();
    table.rows(|record| {
        if rows.len() == POINTS {
            let message = format!("up to here there are {POINTS} points, as many as a design has");
            return Err(table.wrong(record, 0, message, None));
        }
        let cell = |&column: &usize| match text(&record[column]).trim() {
            "" => Err(table.wrong_cell(record, column, "a value as RON text")),
            value => Ok(value.to_owned()),
        };
        rows.push(columns.iter().map(cell).collect::<Result<_, _>>()?);
        Ok(())
    })?;
    Ok((columns.iter().map(|&column| table.column(column).to_owned()).collect(), rows))
}
