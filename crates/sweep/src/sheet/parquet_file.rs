//! A table as a Parquet file: the columns of the CSV, zstd, with the sweep's manifest in the metadata.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dtao_files::folder::FolderError;
use dtao_files::folder::table::{Completed, Digest};
use dtao_files::folder::whole::WholeFile;
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::super::SweepError;
use super::super::columns::Kind;
use super::super::manifest::Manifest;

/// Rows that are held in memory before they are written.
const ROWS: usize = 1 << 16;

/// A file that appears under its name when it is complete.
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<WholeFile>,
    columns: Vec<Column>,
    /// Rows that are not written yet.
    rows: usize,
    all_rows: u64,
    path: PathBuf,
    tables: Completed,
    /// The first error; later writes are not tried.
    error: Option<ParquetError>,
}

enum Column {
    Whole(Vec<i64>),
    /// The numbers, and for each row whether it has one.
    Float(Vec<f64>, Vec<i16>),
    Text(Vec<ByteArray>),
}

impl ParquetFile {
    pub fn create(
        path: &Path,
        columns: &[(String, Kind)],
        manifest: &Manifest,
        tables: &Completed,
    ) -> Result<Self, SweepError> {
        let create = || -> Result<_, ParquetError> {
            let json = serde_json::to_string(manifest).expect("plain data");
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .set_key_value_metadata(Some(vec![KeyValue::new("dtao.manifest".to_owned(), json)]))
                .build();
            SerializedFileWriter::new(WholeFile::create(path)?, schema(columns)?, Arc::new(properties))
        };
        let writer = create().map_err(|error| failed(path, error))?;
        let columns = columns.iter().map(|&(_, kind)| Column::of(kind)).collect();
        let (path, tables) = (path.to_owned(), tables.clone());
        Ok(Self { writer, columns, rows: 0, all_rows: 0, path, tables, error: None })
    }

    pub fn whole(&mut self, column: usize, number: u64) {
        // The column's type says that it has no sign.
        if let Column::Whole(numbers) = &mut self.columns[column] {
            numbers.push(number.cast_signed());
        }
    }

    pub fn float(&mut self, column: usize, number: Option<f64>) {
        if let Column::Float(numbers, there) = &mut self.columns[column] {
            numbers.extend(number);
            there.push(i16::from(number.is_some()));
        }
    }

    pub fn text(&mut self, column: usize, text: &str) {
        if let Column::Text(texts) = &mut self.columns[column] {
            texts.push(text.into());
        }
    }

    pub fn end_row(&mut self) {
        self.rows += 1;
        self.all_rows += 1;
        if self.rows == ROWS {
            self.write_rows();
        }
    }

    fn write_rows(&mut self) {
        self.rows = 0;
        if self.error.is_none() {
            self.error = write_group(&mut self.writer, &self.columns).err();
        }
        self.columns.iter_mut().for_each(Column::clear);
    }

    /// Completes the file.
    pub fn finish(mut self) -> Result<(), SweepError> {
        if self.rows > 0 {
            self.write_rows();
        }
        let Self { writer, error, path, tables, all_rows, .. } = self;
        let complete = || -> Result<(), ParquetError> {
            if let Some(error) = error {
                return Err(error);
            }
            let passed = writer.into_inner()?.finish()?;
            tables.add(&path, Digest::new(passed, Some(all_rows)));
            Ok(())
        };
        complete().map_err(|error| failed(&path, error))
    }
}

impl Column {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Whole => Self::Whole(Vec::new()),
            Kind::Float => Self::Float(Vec::new(), Vec::new()),
            Kind::Text => Self::Text(Vec::new()),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Whole(numbers) => numbers.clear(),
            Self::Float(numbers, there) => {
                numbers.clear();
                there.clear();
            }
            Self::Text(texts) => texts.clear(),
        }
    }
}

fn write_group(writer: &mut SerializedFileWriter<WholeFile>, columns: &[Column]) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for column in columns {
        let mut to = group.next_column()?.expect("as many as the schema has");
        match column {
            Column::Whole(numbers) => to.typed::<Int64Type>().write_batch(numbers, None, None)?,
            Column::Float(numbers, there) => {
                to.typed::<DoubleType>().write_batch(numbers, Some(there), None)?
            }
            Column::Text(texts) => to.typed::<ByteArrayType>().write_batch(texts, None, None)?,
        };
        to.close()?;
    }
    group.close()?;
    Ok(())
}

fn schema(columns: &[(String, Kind)]) -> Result<TypePtr, ParquetError> {
    let field = |(name, kind): &(String, Kind)| {
        let (physical, converted, repetition) = match kind {
            Kind::Whole => (Physical::INT64, ConvertedType::UINT_64, Repetition::REQUIRED),
            Kind::Float => (Physical::DOUBLE, ConvertedType::NONE, Repetition::OPTIONAL),
            Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8, Repetition::REQUIRED),
        };
        let field = Type::primitive_type_builder(name, physical);
        Ok(Arc::new(field.with_converted_type(converted).with_repetition(repetition).build()?))
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, ParquetError>>()?;
    Ok(Arc::new(Type::group_type_builder("table").with_fields(fields).build()?))
}

fn failed(path: &Path, error: ParquetError) -> SweepError {
    FolderError::write(path, io::Error::other(error)).into()
}
