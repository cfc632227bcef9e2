//! Which runtimes a case's `protocol` names.

use std::ops::RangeInclusive;

use serde_json::Value;

/// Every runtime.
pub(super) const ALL: RangeInclusive<u16> = 0..=u16::MAX;

/// The runtime that the vectors call the newest.
const NEWEST: u16 = 425;

/// The runtimes that a tag names: `launch`, `L246`, `newest`, `spec_257`, `443..475`, `480..`, each with or without a
/// remark behind a space; none if it cannot be read.
fn of_tag(tag: &str) -> Option<RangeInclusive<u16>> {
    let name = tag.split_once(' ').map_or(tag, |(name, _)| name);
    let number = |text: &str| {
        let text = text.strip_prefix("spec_").or_else(|| text.strip_prefix('L')).unwrap_or(text);
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok())?
    };
    match name {
        "both" => Some(ALL),
        "launch" => Some(234..=251),
        "newest" => Some(NEWEST..=NEWEST),
        _ => match name.strip_prefix("launch_").unwrap_or(name).split_once("..") {
            Some((first, "")) => number(first).map(|first| first..=u16::MAX),
            Some((first, last)) => Some(number(first)?..=number(last)?),
            None => number(name.strip_prefix("launch_").unwrap_or(name)).map(|spec| spec..=spec),
        },
    }
}

/// Whether the `protocol` of a case begins in a range of runtimes; one that names none holds in all.
pub(super) fn is_within(protocol: &Value, range: &RangeInclusive<u16>) -> bool {
    match protocol {
        Value::Null => true,
        Value::String(tag) if tag == "both" => true,
        Value::String(tag) => {
            of_tag(tag).is_some_and(|named| !named.is_empty() && range.contains(named.start()))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_a_tag_is_read_and_no_other() {
        for (tag, first) in [
            ("launch", 234),
            ("L246", 246),
            ("launch_L238", 238),
            ("newest", 425),
            ("spec_257", 257),
            ("475", 475),
            ("475 (first spec open)", 475),
            ("443..475", 443),
            ("480..", 480),
        ] {
            assert_eq!(of_tag(tag).map(|range| *range.start()), Some(first), "{tag}");
            assert!(is_within(&json!(tag), &(first..=first)) && !is_within(&json!(tag), &(0..=first - 1)));
        }
        for tag in ["not_built", "", "..", "spec_", "475x", "443..x", "70000", "475..443"] {
            assert!(!is_within(&json!(tag), &ALL), "{tag}");
        }
        assert!(is_within(&json!(null), &(300..=301)) && !is_within(&json!(425), &ALL));
    }
}
