//! Every change of every field, row and value, and which of them must be refused.

use std::ops::Range;

use dtao_files::input::Source;
use dtao_files::input::locate::{self, Form, Segment, Value};

use super::{Change, File, Hostile, Kind, Must};

/// Rows and columns of a table, and values of a vector file, that are changed one by one.
const MOST_ROWS: usize = 3;
const MOST_VALUES: usize = 150;

impl Hostile<'_> {
    /// Every change of every field of one file.
    pub(super) fn systematic(&mut self, file: &File) {
        match file.kind {
            Kind::Scenario | Kind::Sweep => self.fields(file),
            Kind::Subnets | Kind::Pools | Kind::Prices => self.cells(file),
            Kind::Vectors => self.values(file),
        }
        self.library.put(Source::new(&file.path, file.text.clone()));
    }

    /// Every change of every field of a RON file.
    fn fields(&mut self, file: &File) {
        for value in locate::values(&file.text) {
            let place = locate::display(&value.path);
            let old = &file.text[value.span.clone()];
            let entry = value.key.as_ref().map_or(value.span.start, |key| key.start)..value.span.end;
            let replaced = |span: Range<usize>, with: &str| {
                format!("{}{with}{}", &file.text[..span.start], &file.text[span.end..])
            };
            // With the comma after it; what may be left out is said by the type, so no rule is needed here.
            let after = file.text[entry.end..].trim_start();
            let comma = if after.starts_with(',') { file.text.len() - after.len() + 1 } else { entry.end };
            let deleted = replaced(entry.start..comma, "");
            self.tried(file, deleted, &Change { what: &format!("{place} deleted"), must: Must::NotBreak });
            let twice = replaced(entry.clone(), &format!("{0}, {0}", &file.text[entry.clone()]));
            let must =
                if value.listed && may_be_twice(&value.path) { Must::NotBreak } else { Must::BeRefused };
            self.tried(file, twice, &Change { what: &format!("{place} doubled"), must });
            if let Some(key) = &value.key {
                let name = &file.text[key.clone()];
                let (renamed, must) = match name.strip_suffix('"') {
                    // A key of a map: another name may be as good.
                    Some(open) => (format!("{open}x\""), Must::NotBreak),
                    None if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                        (format!("{name}9"), Must::NotBreak)
                    }
                    None => (format!("{name}x"), Must::BeRefused),
                };
                let what = format!("{place} renamed");
                self.tried(file, replaced(key.clone(), &renamed), &Change { what: &what, must });
            }
            for wrong in WRONG {
                let must =
                    if is_wrong(file.kind, &value, old, wrong) { Must::BeRefused } else { Must::NotBreak };
                let what = format!("{place} = {wrong}");
                self.tried(file, replaced(value.span.clone(), wrong), &Change { what: &what, must });
            }
        }
    }

    /// Every change of the first cells of a table.
    fn cells(&mut self, file: &File) {
        let lines: Vec<&str> = file.text.lines().collect();
        let joined = |row: usize, with: Option<String>| {
            let line = |(at, line): (usize, &&str)| match &with {
                Some(new) if at == row => Some(new.clone()),
                None if at == row => None,
                _ => Some((*line).to_owned()),
            };
            lines.iter().enumerate().filter_map(line).collect::<Vec<_>>().join("\n") + "\n"
        };
        for (row, line) in lines.iter().enumerate().take(MOST_ROWS) {
            let must = if row == 0 { Must::BeRefused } else { Must::NotBreak };
            self.tried(file, joined(row, None), &Change { what: &format!("row {row} deleted"), must });
            let twice = joined(row, Some(format!("{line}\n{line}")));
            self.tried(file, twice, &Change { what: &format!("row {row} doubled"), must: Must::BeRefused });
            let cells: Vec<&str> = line.split(',').collect();
            for column in 0..cells.len().min(MOST_ROWS + 1) {
                for wrong in
                    ["", "text", "-1", "NaN", "inf", "1e308", "18446744073709551616", "\"", "1,2", "\u{0}"]
                {
                    let mut cells = cells.clone();
                    cells[column] = wrong;
                    let is_time = file.kind == Kind::Prices && column == 0 && row > 0;
                    let is_blank = file.kind == Kind::Prices && column > 1 && wrong.is_empty() && row > 0;
                    let breaks_row = wrong == "1,2";
                    let must =
                        if (is_time || is_blank) && !breaks_row { Must::NotBreak } else { Must::BeRefused };
                    let what = format!("row {row}, column {column} = {wrong:?}");
                    self.tried(file, joined(row, Some(cells.join(","))), &Change { what: &what, must });
                }
            }
        }
    }

    /// Every change of the first values of a vector file: it may fail a case, but not break.
    fn values(&mut self, file: &File) {
        let mut at = 0;
        for _ in 0..MOST_VALUES {
            let rest = &file.text[at..];
            let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '-') else { break };
            let start = at + start;
            let length =
                file.text[start..].find(|c: char| !(c.is_ascii_alphanumeric() || "._-+".contains(c)));
            let end = start + length.unwrap_or(file.text.len() - start);
            for wrong in ["", "x", "-1", "NaN", "1e308", "18446744073709551616", "null", "[]", "{}", "\"\""] {
                let text = format!("{}{wrong}{}", &file.text[..start], &file.text[end..]);
                let what = format!("byte {start} = {wrong}");
                self.tried(file, text, &Change { what: &what, must: Must::NotBreak });
            }
            at = end;
        }
    }
}

/// Values that hardly any field takes.
pub(super) const WRONG: [&str; 13] = [
    "-5",
    "NaN",
    "inf",
    "-inf",
    "1e308",
    "-1e308",
    "18446744073709551615",
    "\"\"",
    "\"text\"",
    "[]",
    "{}",
    "true",
    "Nonsense",
];

/// Whether a value must be refused in another's place.
fn is_wrong(kind: Kind, old: &Value, text: &str, wrong: &str) -> bool {
    let names: Vec<&str> = old
        .path
        .iter()
        .filter_map(|step| match step {
            Segment::Name(name) => Some(name.as_str()),
            Segment::Index(_) => None,
        })
        .collect();
    let last = names.last().copied().unwrap_or("");
    // Values of a sweep are RON text, with or without quotes; what they are in the scenario is not known here.
    let is_design = kind == Kind::Sweep
        && names.first().is_some_and(|name| ["design", "arms", "set", "names"].contains(name));
    if is_design || names.contains(&"set") {
        return false;
    }
    match wrong {
        "\"\"" | "\"text\"" => {
            let is_prose = ["about", "source"].contains(&last);
            old.form != Form::Text || (!is_prose && wrong == "\"\"")
        }
        "[]" => !text.starts_with('['),
        // A struct whose fields may all be left out is as good as an empty map to the reader.
        "{}" => !text.starts_with('{'),
        "true" => !["true", "false", "None", "Some(true)", "Some(false)"].contains(&text),
        "Nonsense" => true,
        // Any number may be a seed, and what is known of a metric may be anything.
        _ if old.form == Form::Number => {
            let is_seed = last == "seed" || last == "seeds";
            // The limit of a share below something, or what is known.
            let is_known = ["target", "within", "cutoff"].contains(&last)
                || (last.starts_with("over_") && wrong == "-5");
            let finite = !matches!(wrong, "NaN" | "inf" | "-inf");
            match wrong {
                _ if !finite => true,
                // Parts of 2^64 - 1.
                "18446744073709551615" => !(is_seed || is_known || ["kept", "childkey_burn"].contains(&last)),
                "1e308" | "-1e308" => !is_known,
                // Log-odds, what a choice costs outside, and what a metric is held against may be negative.
                _ => {
                    !(is_known
                        || ["odds", "bias", "momentum", "is", "outside", "ShareBelow", "steepness"]
                            .contains(&last))
                }
            }
        }
        _ => true,
    }
}

/// Whether an element of a list may stand there twice: calls may be made twice, and reasons to sell given twice.
fn may_be_twice(path: &[Segment]) -> bool {
    let list = path.iter().rev().find_map(|step| match step {
        Segment::Name(name) => Some(name.as_str()),
        Segment::Index(_) => None,
    });
    list.is_some_and(|list| ["calls", "exits"].contains(&list))
}
