//! Numbers as text for people.

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

/// A fraction in per cent, with its sign.
#[must_use]
pub fn percent(fraction: f64) -> String {
    let percent = 100.0 * fraction;
    match percent.abs() {
        0.0 => "0 %".into(),
        ..0.1 => format!("{percent:+.1e} %"),
        ..100.0 => format!("{percent:+.1} %"),
        _ => format!("{percent:+.0} %"),
    }
}
