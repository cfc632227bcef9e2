//! The list of rules that are compared: `MarketCap,TaoFlow(exponent: 2),spec:257`.

use dtao_protocol::emission::{CATALOGUE, Emission};
use dtao_protocol::era::Spec;
use dtao_protocol::settable;
use serde::de::DeserializeOwned;

use dtao_files::input::{InputError, Source, ron_file};

/// A rule of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// As it was written.
    pub name: String,
    /// What it says.
    pub what: What,
}

/// What a rule of the list says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// Share a block's TAO like this; all else stays.
    Emission(Emission),
    /// Begin with all rules of this runtime, except for those that the scenario sets.
    Spec(Spec),
}

/// What the list is called where it is wrong.
pub const ARGUMENT: &str = "--rules";

/// Before the number of a runtime.
const SPEC: &str = "spec:";

/// Reads a list of rules, separated by commas; those in brackets belong to a rule.
///
/// # Errors
/// If there is no such rule or runtime, a bracket is not closed, or a rule is named twice.
pub fn rules(list: &str) -> Result<Vec<Rule>, InputError> {
    let source = Source::new(ARGUMENT, list);
    let mut rules: Vec<Rule> = Vec::new();
    for (start, item) in items(&source)? {
        let rule = rule(list, start, item)?;
        if let Some(first) = rules.iter().find(|other| other.what == rule.what) {
            let message = format!("`{}` is the same rule as `{}`", rule.name, first.name);
            return Err(wrong(list, start, item, message, "name each rule once"));
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// The name of a rule: that of the catalogue where all of its values are the chain's, else with its values.
#[must_use]
pub fn name(rule: Emission) -> String {
    let known = CATALOGUE.iter().find(|(.., usual)| *usual == rule);
    known.map_or_else(|| settable::text(&rule), |(name, ..)| (*name).to_owned())
}

/// The rules as they stand in the list, each with the byte at which it begins.
fn items(source: &Source) -> Result<Vec<(usize, &str)>, InputError> {
    let text = source.text.as_str();
    let (mut items, mut start, mut open, mut quoted) = (Vec::new(), 0, Vec::new(), false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => open.push(at),
            ')' | ']' | '}' if open.pop().is_none() => {
                let message = format!("`{c}` closes nothing");
                return Err(wrong(text, at, &text[at..=at], message, "write each bracket in a pair"));
            }
            ',' if open.is_empty() => {
                items.push((start, &text[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    if let Some(at) = open.pop() {
        let message = format!("`{}` is not closed", &text[at..=at]);
        return Err(wrong(text, at, &text[at..=at], message, "write each bracket in a pair"));
    }
    items.push((start, &text[start..]));
    let trimmed = |(start, item): (usize, &'_ str)| {
        let before = item.len() - item.trim_start().len();
        (start + before, start + before + item.trim().len())
    };
    let places: Vec<(usize, usize)> = items.into_iter().map(trimmed).collect();
    Ok(places.into_iter().map(|(start, end)| (start, &text[start..end])).collect())
}

fn rule(list: &str, start: usize, item: &str) -> Result<Rule, InputError> {
    if item.is_empty() {
        let help = "write rules with a comma between two, such as MarketCap,SpotPrice,spec:257; `dtao list emission-rules` \
                    names them";
        return Err(wrong(list, start, item, "there is no rule here".into(), help));
    }
    // A name alone is the rule with the chain's values.
    let known = CATALOGUE.iter().find(|(name, ..)| *name == item);
    let what = match (item.strip_prefix(SPEC), known) {
        (Some(number), _) => What::Spec(parse(list, start + SPEC.len(), number)?),
        (None, Some(&(.., usual))) => What::Emission(usual),
        (None, None) => What::Emission(parse(list, start, item)?),
    };
    Ok(Rule { name: item.to_owned(), what })
}

/// Reads an item of the list, which an error shows in its place.
fn parse<T: DeserializeOwned>(list: &str, start: usize, item: &str) -> Result<T, InputError> {
    let after = list.len() - start - item.len();
    let alone = format!("{}{item}{}", " ".repeat(start), " ".repeat(after));
    ron_file::parse(&Source::new(ARGUMENT, alone)).map_err(|error| error.shown_in(list))
}

/// An error at a part of the list.
fn wrong(list: &str, start: usize, part: &str, message: String, help: &str) -> InputError {
    let before = list[..start].chars().count();
    let message = format!("`{part}` at character {}: {message}", before + 1);
    InputError::file(ARGUMENT, message, Some(help.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(list: &str) -> String {
        rules(list).expect_err(list).to_string()
    }

    #[test]
    fn commas_in_brackets_belong_to_a_rule() {
        let list =
            rules("MarketCap, TaoFlow(exponent: 2, cutoff: 3) ,spec:257,spec: 246").expect("a good list");
        let names: Vec<&str> = list.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["MarketCap", "TaoFlow(exponent: 2, cutoff: 3)", "spec:257", "spec: 246"]);
        assert_eq!(list[0].what, What::Emission(Emission::MarketCap));
        assert_eq!(list[2].what, What::Spec(Spec::known(257)));
    }

    #[test]
    fn every_rule_of_the_catalogue_can_be_written_with_or_without_its_values() {
        for &(known, _, rule) in CATALOGUE {
            assert_eq!(name(rule), known);
            for text in [settable::text(&rule), known.to_owned()] {
                let list =
                    rules(&format!("{text},spec:234")).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(list[0].what, What::Emission(rule), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_rule_is_told_with_its_place_and_the_nearest_name() {
        let unknown = told("MarketCap,SpotPirce");
        assert!(
            unknown.contains("--rules:1:11") && unknown.contains("did you mean `SpotPrice`?"),
            "{unknown}"
        );
        let field = told("MarketCap,TaoFlow(exponnt: 2)");
        assert!(field.contains("--rules:1:19") && field.contains("did you mean `exponent`?"), "{field}");
        // The list is shown as it was written, and characters of several bytes before the place are no more than one.
        let error = rules("Größe,MarketCap").expect_err("no such rule");
        assert_eq!((error.text(), error.column()), ("Größe,MarketCap", Some(1)));
        let error = rules("TaoFlow(exponent: 2, « : 1),SpotPirce").expect_err("no such rule or field");
        assert_eq!(error.text(), "TaoFlow(exponent: 2, « : 1),SpotPirce");
        let spec = told("MarketCap,spec:999");
        assert!(
            spec.contains("--rules:1:16") && spec.contains("the rules of spec 999 are not known"),
            "{spec}"
        );
        assert!(told("spec:next").contains("--rules:1:6"), "{}", told("spec:next"));
        for list in ["", "MarketCap,", ",MarketCap", "MarketCap,,SpotPrice"] {
            assert!(told(list).contains("there is no rule here"), "{list}");
        }
        assert!(told("TaoFlow(exponent: 2").contains("`(` is not closed"));
        assert!(told("TaoFlow)").contains("`)` closes nothing"));
        assert!(told("TaoFlow(),MarketCap,TaoFlow( )").contains("is the same rule as `TaoFlow()`"));
    }
}
