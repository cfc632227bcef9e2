//! Numbers as text for people.

use dtao_metrics::kind::MetricKind;

/// A number as people read it: four significant digits.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".into()
    } else if size < 1e-3 {
        format!("{value:.3e}")
    } else {
        let places = [1e3, 1e2, 1e1, 1.0, 1e-1, 1e-2].iter().take_while(|&&bound| size < bound).count();
        format!("{value:.places$}")
    }
}

/// A value of a metric, or a mean of some: what counts something has no decimals unless it is a mean that needs them.
#[must_use]
pub fn of_kind(value: f64, kind: MetricKind) -> String {
    if kind.counts() && value.fract() == 0.0 { format!("{value:.0}") } else { number(value) }
}

/// A fraction in per cent, with its sign: two significant digits below one per cent, one decimal below a hundred.
#[must_use]
pub fn percent(fraction: f64) -> String {
    let percent = 100.0 * fraction;
    // Each limit is where its own digits would round up to the next.
    match percent.abs() {
        0.0 => "0 %".into(),
        ..0.0995 => format!("{percent:+.1e} %"),
        ..0.995 => format!("{percent:+.2} %"),
        ..99.95 => format!("{percent:+.1} %"),
        _ => format!("{percent:+.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cents_keep_the_digits_that_tell() {
        for (fraction, told) in [
            (0.0, "0 %"),
            (4e-6, "+4.0e-4 %"),
            (-0.000_994, "-9.9e-2 %"),
            (0.000_997, "+0.10 %"),
            (0.002_83, "+0.28 %"),
            (-0.009_94, "-0.99 %"),
            (0.009_97, "+1.0 %"),
            (-0.012_34, "-1.2 %"),
            (0.5, "+50.0 %"),
            (0.999_6, "+100 %"),
            (3.125, "+312 %"),
            (-1.0, "-100 %"),
        ] {
            assert_eq!(percent(fraction), told, "{fraction}");
        }
    }

    #[test]
    fn counts_have_no_decimals_but_means_of_them_may() {
        assert_eq!(of_kind(1.0, MetricKind::Count), "1");
        assert_eq!(of_kind(-1_219.0, MetricKind::Count), "-1219");
        assert_eq!(of_kind(0.0, MetricKind::Duration), "0");
        assert_eq!(of_kind(0.3, MetricKind::Count), "0.3000");
        assert_eq!(of_kind(1.0, MetricKind::Amount), "1.000");
    }
}
