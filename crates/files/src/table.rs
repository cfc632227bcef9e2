//! A small table as CSV text.

/// A table with a header; a cell is quoted where it has to be.
#[must_use]
pub fn csv<C, R>(columns: impl IntoIterator<Item = C>, rows: impl IntoIterator<Item = R>) -> String
where
    C: AsRef<[u8]>,
    R: IntoIterator<Item: AsRef<[u8]>>,
{
    const IN_MEMORY: &str = "memory takes all that is written";
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns).expect(IN_MEMORY);
    for row in rows {
        writer.write_record(row).expect(IN_MEMORY);
    }
    String::from_utf8(writer.into_inner().expect(IN_MEMORY)).expect("only text was written")
}

/// A number as the shortest text that reads back as the same; empty if there is none, or it is not finite.
#[must_use]
pub fn cell(value: impl Into<Option<f64>>) -> String {
    value.into().filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_comma_is_quoted_and_no_number_is_nothing() {
        let rows = [[cell(0.1), cell(None)], [cell(Some(2.0)), cell(f64::NAN)], ["a,b".into(), "c".into()]];
        assert_eq!(csv(["one", "two"], rows), "one,two\n0.1,\n2,\n\"a,b\",c\n");
    }
}
