//! Tables: read from the files that were written, handed over by Arrow's C stream.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, StringBuilder};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator};
use arrow_schema::{DataType, Field, Schema};
use dtao_sweep::columns::Kind;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// The columns of a run's tables and of a comparison's that are no plain numbers.
pub(crate) const OF_A_RUN: [(&str, Kind); 11] = [
    ("block", Kind::Whole),
    ("netuid", Kind::Whole),
    ("agent", Kind::Whole),
    ("rank", Kind::Whole),
    ("members", Kind::Whole),
    ("time_utc", Kind::Text),
    ("event", Kind::Text),
    ("group", Kind::Text),
    ("detail", Kind::Text),
    ("outcome", Kind::Text),
    ("kind", Kind::Text),
];

/// A table of a result. polars, pandas, pyarrow and `DuckDB` take it as it is, without a copy.
#[pyclass(module = "dtao", frozen)]
pub(crate) struct Table {
    batch: RecordBatch,
}

impl Table {
    pub fn new(batch: RecordBatch) -> Self {
        Self { batch }
    }

    /// Reads a table that dtao has written; a column that `kinds` does not name holds numbers.
    pub fn of(path: &Path, kinds: &[(impl AsRef<str>, Kind)]) -> Result<Self, String> {
        let name = path.display().to_string();
        let reader = csv::Reader::from_path(path).map_err(|error| format!("{name}: {error}"))?;
        Self::read(&name, reader, kinds)
    }

    /// [`Self::of`], from anything that can be read.
    pub fn read(
        file: &str,
        mut reader: csv::Reader<impl Read>,
        kinds: &[(impl AsRef<str>, Kind)],
    ) -> Result<Self, String> {
        let wrong = |error: csv::Error| format!("{file}: {error}");
        let mut columns: Vec<(String, Column)> = reader
            .headers()
            .map_err(wrong)?
            .iter()
            .map(|name| {
                let kind = kinds.iter().find(|(column, _)| column.as_ref() == name).map(|(_, kind)| *kind);
                (name.to_owned(), Column::of(kind.unwrap_or(Kind::Float)))
            })
            .collect();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(wrong)? {
            for ((name, column), cell) in columns.iter_mut().zip(&record) {
                column
                    .push(cell)
                    .ok_or_else(|| format!("{file}: `{cell}` in the column `{name}` is not a number"))?;
            }
        }
        Ok(Self::new(batch(columns)))
    }
}

/// A column that grows.
enum Column {
    Whole(Int64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
}

impl Column {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Whole => Self::Whole(Int64Builder::new()),
            Kind::Float => Self::Float(Float64Builder::new()),
            Kind::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a cell; nothing if it is no number where one is due.
    fn push(&mut self, cell: &str) -> Option<()> {
        match self {
            Self::Text(column) => column.append_value(cell),
            Self::Whole(column) if cell.is_empty() => column.append_null(),
            Self::Whole(column) => column.append_value(cell.parse().ok()?),
            Self::Float(column) if cell.is_empty() => column.append_null(),
            Self::Float(column) => column.append_value(cell.parse().ok()?),
        }
        Some(())
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Whole(mut column) => Arc::new(column.finish()),
            Self::Float(mut column) => Arc::new(column.finish()),
            Self::Text(mut column) => Arc::new(column.finish()),
        }
    }
}

fn batch(columns: Vec<(String, Column)>) -> RecordBatch {
    let named = columns.into_iter().map(|(name, column)| (name, column.finish()));
    batch_of(named.collect())
}

/// A batch of columns of one length.
pub(crate) fn batch_of(columns: Vec<(String, ArrayRef)>) -> RecordBatch {
    let field = |(name, column): &(String, ArrayRef)| Field::new(name, column.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(schema), columns).expect("every row has every column")
}

#[pymethods]
impl Table {
    /// Hands the table over by Arrow's C stream; `requested_schema` is not heeded, as the protocol allows.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let batches = RecordBatchIterator::new([Ok(self.batch.clone())], self.batch.schema());
        let stream = FFI_ArrowArrayStream::new(Box::new(batches));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    /// The names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// What each column holds: `int`, `float` or `str`, by name.
    #[getter]
    fn column_types(&self) -> Vec<(String, &'static str)> {
        let word = |kind: &DataType| match kind {
            DataType::Int64 => "int",
            DataType::Float64 => "float",
            _ => "str",
        };
        let schema = self.batch.schema();
        schema.fields().iter().map(|field| (field.name().clone(), word(field.data_type()))).collect()
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    fn __repr__(&self) -> String {
        format!("Table({} rows: {})", self.batch.num_rows(), self.column_names().join(", "))
    }

    /// As a `polars.DataFrame`.
    fn to_polars(slf: Bound<'_, Self>) -> PyResult<Bound<'_, PyAny>> {
        slf.py().import("polars")?.getattr("DataFrame")?.call1((slf,))
    }

    /// As a `pyarrow.Table`.
    fn to_arrow(slf: Bound<'_, Self>) -> PyResult<Bound<'_, PyAny>> {
        slf.py().import("pyarrow")?.getattr("table")?.call1((slf,))
    }

    /// As a `pandas.DataFrame`, by way of pyarrow.
    fn to_pandas(slf: Bound<'_, Self>) -> PyResult<Bound<'_, PyAny>> {
        Self::to_arrow(slf)?.call_method0("to_pandas")
    }
}
