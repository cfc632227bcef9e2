//! The numbers of a page: typed columns, compressed, as text that a page can hold.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

/// Columns of numbers behind each other.
///
/// A column's bytes are ordered by their significance, the most significant bytes of all numbers last: bytes that are like each
/// other compress well. Whole numbers are written as differences from the one before.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    bytes: Vec<u8>,
    /// What the page is told of each column.
    pub columns: Vec<Column>,
}

/// Where a column is.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Column {
    /// Bytes of a number: 4 of a whole number, 8 of a floating one.
    width: usize,
    /// How many numbers there are.
    length: usize,
    /// Where it begins.
    offset: usize,
}

impl Payload {
    /// Adds a column of whole numbers that mostly rise; returns its number.
    pub fn whole(&mut self, values: &[u32]) -> usize {
        let mut before = 0;
        let differences = values.iter().map(|&value| {
            let difference = value.wrapping_sub(before);
            before = value;
            difference.to_le_bytes()
        });
        self.add(&differences.collect::<Vec<_>>())
    }

    /// Adds a column of floating numbers; returns its number.
    pub fn floats(&mut self, values: &[f64]) -> usize {
        self.add(&values.iter().map(|value| value.to_le_bytes()).collect::<Vec<_>>())
    }

    fn add<const N: usize>(&mut self, values: &[[u8; N]]) -> usize {
        self.columns.push(Column { width: N, length: values.len(), offset: self.bytes.len() });
        for byte in 0..N {
            self.bytes.extend(values.iter().map(|value| value[byte]));
        }
        self.columns.len() - 1
    }

    /// All of it, compressed, in base64.
    pub fn text(&self) -> String {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        let written = encoder.write_all(&self.bytes).and_then(|()| encoder.finish());
        STANDARD.encode(written.expect("memory takes all that is written"))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn columns_read_back_as_they_were() {
        let mut payload = Payload::default();
        let (whole, floats) = ([7, 9, 4, u32::MAX], [0.1, -1e300, 5e-324]);
        assert_eq!((payload.whole(&whole), payload.floats(&floats)), (0, 1));
        let bytes = STANDARD.decode(payload.text()).expect("base64");
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).expect("gzip");
        let number = |column: &Column, at: usize| -> Vec<u8> {
            (0..column.width).map(|byte| plain[column.offset + byte * column.length + at]).collect()
        };
        let mut before = 0u32;
        for (at, value) in whole.iter().enumerate() {
            let bytes = number(&payload.columns[0], at).try_into().expect("four bytes");
            before = before.wrapping_add(u32::from_le_bytes(bytes));
            assert_eq!(before, *value);
        }
        for (at, value) in floats.iter().enumerate() {
            let bytes = number(&payload.columns[1], at).try_into().expect("eight bytes");
            assert_eq!(f64::from_le_bytes(bytes).to_bits(), value.to_bits());
        }
    }
}
