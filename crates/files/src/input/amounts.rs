//! Numbers as people write them in short, such as `20k` or `50TAO`, and how they are written here.

/// The number that a text is in short, with `_` between its thousands and without a unit; nothing if it is none.
///
/// `50TAO` is `50`, `1.2k TAO` is `1_200`, `1,200 alpha` is `1_200`. What is written out already stays as it is.
#[must_use]
pub fn written_out(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let end = text.find(|c: char| !c.is_ascii_digit() && !"._,".contains(c)).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let (word, unit) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    let unit = unit.trim();
    let (power, unit) = POWERS
        .into_iter()
        .find_map(|(short, power)| {
            let after = word.strip_prefix(short)?;
            let alone = after.is_empty() || (unit.is_empty() && UNITS.contains(&after));
            alone.then_some((power, if after.is_empty() { unit } else { after }))
        })
        .or_else(|| unit.is_empty().then_some((0, word)))?;
    if !(unit.is_empty() || UNITS.contains(&unit)) || !has_thousands(number) {
        return None;
    }
    let digits: String = number.chars().filter(|c| !"_,".contains(*c)).collect();
    let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
    if whole.is_empty() || whole.len() > MOST || part.len() > MOST || part.contains('.') {
        return None;
    }
    if power == 0 && !number.contains(',') {
        return Some(number.to_owned());
    }
    let part = format!("{part:0<power$}");
    let (more, part) = part.split_at(power);
    let whole = format!("{whole}{more}");
    let whole = whole.trim_start_matches('0');
    let part = part.trim_end_matches('0');
    let whole = grouped(if whole.is_empty() { "0" } else { whole });
    Some(if part.is_empty() { whole } else { format!("{whole}.{part}") })
}

/// Most digits before and after the point.
const MOST: usize = 20;

/// What stands for thousands and millions, the longer of two that fit first.
const POWERS: [(&str, usize); 6] =
    [("thousand", 3), ("million", 6), ("mio", 6), ("mn", 6), ("k", 3), ("m", 6)];

const UNITS: [&str; 5] = ["tao", "alpha", "rao", "\u{3c4}", "\u{3b1}"];

/// Whether commas stand between thousands, if there are any: a decimal comma is no such one.
fn has_thousands(number: &str) -> bool {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or("");
    !part.contains(',') && groups.all(|group| group.len() == 3 && (1..=3).contains(&first.len()))
}

/// Digits with `_` between thousands.
fn grouped(digits: &str) -> String {
    let mut grouped = digits.to_owned();
    let mut at = grouped.len();
    while at > 3 {
        at -= 3;
        grouped.insert(at, '_');
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_short_is_written_out() {
        for (short, number) in [
            ("50TAO", "50"),
            ("50 tao", "50"),
            ("20k", "20_000"),
            ("1.2k TAO", "1_200"),
            ("1.2kTAO", "1_200"),
            ("2 thousand alpha", "2_000"),
            ("0.5M", "500_000"),
            ("1.2345k", "1_234.5"),
            ("1,200 alpha", "1_200"),
            ("20000", "20000"),
            ("5", "5"),
            ("12.5 alpha", "12.5"),
            ("5 k TAO", "5_000"),
        ] {
            assert_eq!(written_out(short).as_deref(), Some(number), "{short}");
        }
        for none in ["", "TAO", "much", "1,5 TAO", "5 dollars", "1.2.3", "-5 TAO", "5 tao tao", "k"] {
            assert_eq!(written_out(none), None, "{none}");
        }
    }
}
