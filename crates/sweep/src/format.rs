//! Which files tables are written to.

use super::SweepError;

/// Which files tables are written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// CSV alone.
    #[default]
    Csv,
    /// CSV, and Parquet with the same columns.
    CsvAndParquet,
}

impl Format {
    /// Whether the program can write it.
    ///
    /// # Errors
    /// If it is Parquet, and the program was built without.
    pub fn check(self) -> Result<(), SweepError> {
        match self {
            Self::CsvAndParquet if cfg!(not(feature = "parquet")) => Err(SweepError::NoParquet),
            _ => Ok(()),
        }
    }
}
