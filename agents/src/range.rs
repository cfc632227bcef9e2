//! The ranges of parameters. A value beyond its range is most likely a typing error.

use dtao_protocol::units::{Alpha, MAX_BLOCKS, RAO, Tao};

use crate::ParameterError;

/// The longest time, in blocks.
pub const DURATION: f64 = MAX_BLOCKS as f64;
/// The largest amount, in TAO: there can never be more.
pub const TAO: f64 = 21_000_000.0;
/// The smallest amount above nothing, in TAO: one rao.
pub const ONE_RAO: f64 = 1.0 / RAO as f64;
/// The largest natural logarithm, of a ratio or of odds: whoever wants a thing never or always to happen writes as much.
pub const LOGARITHM: f64 = NUMBER;
/// The largest standard deviation of a natural logarithm.
pub const DEVIATION: f64 = 10.0;
/// The largest factor, quality or number of something.
pub const NUMBER: f64 = 1_000_000.0;

/// Checks that a number of blocks is at least `least` and at most [`MAX_BLOCKS`].
///
/// # Errors
/// If not: says what would be right.
pub fn blocks(field: &'static str, blocks: u64, least: u64) -> Result<(), ParameterError> {
    if (least..=MAX_BLOCKS).contains(&blocks) {
        return Ok(());
    }
    let message = format!("{blocks} blocks: must be at least {least} and at most {MAX_BLOCKS}");
    Err(ParameterError { field, message })
}

/// Checks that a number is within bounds, both included.
///
/// # Errors
/// If not: says what would be right.
pub fn number(field: &'static str, number: f64, least: f64, most: f64) -> Result<(), ParameterError> {
    if (least..=most).contains(&number) {
        return Ok(());
    }
    Err(ParameterError { field, message: format!("{number}: must be at least {least} and at most {most}") })
}

/// Checks that an amount of TAO can exist.
///
/// # Errors
/// If not: says what would be right.
pub fn amount(field: &'static str, amount: Tao) -> Result<(), ParameterError> {
    if amount.to_f64() <= TAO {
        return Ok(());
    }
    Err(ParameterError { field, message: format!("{amount}: there can never be more than 21,000,000 TAO") })
}

/// Checks that an amount of alpha can exist.
///
/// # Errors
/// If not: says what would be right.
pub fn alpha(field: &'static str, amount: Alpha) -> Result<(), ParameterError> {
    self::amount(field, Tao::from_rao(amount.rao())).map_err(|_| {
        let message = format!("{amount}: of no subnet is there more than 21,000,000 alpha");
        ParameterError { field, message }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_a_range_is_refused_whatever_it_is() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e300] {
            assert!(super::number("x", number, 0.0, NUMBER).is_err(), "{number}");
        }
        assert!(number("x", 0.0, 0.0, NUMBER).is_ok() && number("x", NUMBER, 0.0, NUMBER).is_ok());
        assert!(blocks("x", 0, 1).is_err() && blocks("x", u64::MAX, 1).is_err());
        assert!(blocks("x", 1, 1).is_ok() && blocks("x", MAX_BLOCKS, 1).is_ok());
        assert!(amount("x", Tao::from_rao(u64::MAX)).is_err() && amount("x", Tao::ZERO).is_ok());
    }
}
