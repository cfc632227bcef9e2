//! ron's and serde's words, in the words of this project.

use ron::error::Error;

/// What would have been right, in plain words.
pub(super) fn allowed(code: &Error) -> Option<&'static str> {
    Some(match code {
        Error::ExpectedBoolean => "`true` or `false`",
        Error::ExpectedInteger | Error::InvalidIntegerDigit { .. } | Error::UnderscoreAtBeginning => {
            "a whole number"
        }
        Error::ExpectedFloat => "a number",
        Error::FloatUnderscore => "a number without `_`",
        Error::ExpectedChar => "a character in single quotes",
        Error::ExpectedArray => "a list `[…]`",
        Error::ExpectedMap => "a map `{key: value, …}`",
        Error::ExpectedOption => "a value or `None`",
        Error::ExpectedUnit => "`()`",
        _ => return None,
    })
}

/// `2 values`, from serde's own words for it.
pub(super) fn due(expected: &str) -> String {
    let count = expected.split(' ').rfind(|word| word.bytes().all(|b| b.is_ascii_digit()));
    count.map_or_else(|| expected.to_owned(), |count| format!("{count} values"))
}

pub(super) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
