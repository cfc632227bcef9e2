//! Numbers and words as text for people.

use crate::published::Figure;

/// A number with four significant digits.
#[must_use]
pub fn shown(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    if size < 1e-3 {
        return format!("{value:.3e}");
    }
    let places = [1e3, 1e2, 1e1, 1.0, 1e-1, 1e-2].iter().take_while(|&&bound| size < bound).count();
    format!("{value:.places$}")
}

/// A fraction in per cent, with four significant digits or one decimal.
#[must_use]
pub fn percent(fraction: f64) -> String {
    let percent = 100.0 * fraction;
    if percent == 0.0 || percent.abs() >= 0.995 {
        format!("{percent:.1} %")
    } else {
        format!("{} %", shown(percent))
    }
}

/// A figure with its interval, if it has one.
#[must_use]
pub fn with_range(figure: &Figure, shown: impl Fn(f64) -> String) -> String {
    let value = shown(figure.value);
    figure
        .range
        .map_or_else(|| value.clone(), |(low, high)| format!("{value} [{}, {}]", shown(low), shown(high)))
}

/// Text for a cell of a table.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        let told = [0.0, 1234.56, 0.012_345, 1e-5, -2.0].map(shown);
        assert_eq!(told, ["0", "1235", "0.01235", "1.000e-5", "-2.000"]);
        assert_eq!([0.5, 0.001_23, 0.0].map(percent), ["50.0 %", "0.1230 %", "0.0 %"]);
    }
}
