//! The list of rules that are compared: `MarketCap,TaoFlow(exponent: 2),spec:257,owner_cut: 0.1`.

use dtao_protocol::emission::{CATALOGUE, Emission};
use dtao_protocol::era::Spec;
use dtao_protocol::rules::RuleValues;
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
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Share a block's TAO like this; all else stays.
    Emission(Emission),
    /// Begin with all rules of this runtime, except for those that the scenario sets.
    Spec(Spec),
    /// Begin with these values of the rules, each by the way to it, as it is written.
    Values(Vec<(String, String)>),
}

/// What the list is called where it is wrong.
pub const ARGUMENT: &str = "--rules";

/// Before the number of a runtime.
const SPEC: &str = "spec:";

/// How values are written.
const VALUES: &str =
    "write a value such as owner_cut: 0.1, or several in brackets; `dtao list rules` names all";

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
    if let Some(values) = values(item)? {
        check(&values).map_err(|error| {
            wrong(list, start, item, error.message().to_owned(), error.help().unwrap_or(VALUES))
        })?;
        return Ok(Rule { name: item.to_owned(), what: What::Values(values) });
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

/// What an item sets, if it is about values: `owner_cut: 0.1`, `funds.trading = On` or several in brackets.
fn values(item: &str) -> Result<Option<Vec<(String, String)>>, InputError> {
    if let Some(inside) = item.strip_prefix('(').and_then(|item| item.strip_suffix(')')) {
        let inside = inside.trim().trim_end_matches(',');
        let source = Source::new(ARGUMENT, inside);
        let mut all = Vec::new();
        for (start, part) in items(&source)? {
            let Some(values) = values(part)? else {
                return Err(wrong(inside, start, part, "it sets no value".into(), VALUES));
            };
            all.extend(values);
        }
        return Ok(Some(all));
    }
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
    let end = item.find(|c| !is_name(c)).unwrap_or(item.len());
    let (path, rest) = (&item[..end], item[end..].trim_start());
    let Some(value) = rest.strip_prefix([':', '=']).map(str::trim).filter(|_| !item.starts_with(SPEC)) else {
        return Ok(None);
    };
    // The values of a group may be set in brackets, too.
    if value.starts_with('(')
        && let Some(group) = values(value)?
    {
        return Ok(Some(
            group.into_iter().map(|(field, value)| (format!("{path}.{field}"), value)).collect(),
        ));
    }
    Ok(Some(vec![(path.to_owned(), value.to_owned())]))
}

/// Whether there are such values, each of its type.
fn check(values: &[(String, String)]) -> Result<(), InputError> {
    for (path, value) in values {
        let (mut text, mut depth) = (String::new(), 0);
        for field in path.split('.') {
            text.push('(');
            text.push_str(field);
            text.push_str(": ");
            depth += 1;
        }
        text.push_str(value);
        text.push_str(&")".repeat(depth));
        ron_file::parse::<RuleValues>(&Source::new(ARGUMENT, text))?;
    }
    Ok(())
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
    fn values_of_the_rules_stand_alone_or_several_in_brackets() {
        let list =
            rules("owner_cut: 0.1,moving_alpha=3e-5,(owner_cut: 0.1, registration: (cleanup: 5)),spec:257")
                .expect("a good list");
        let set = |path: &str, value: &str| (path.to_owned(), value.to_owned());
        assert_eq!(list[0].what, What::Values(vec![set("owner_cut", "0.1")]));
        assert_eq!(list[1].what, What::Values(vec![set("moving_alpha", "3e-5")]));
        let both = vec![set("owner_cut", "0.1"), set("registration.cleanup", "5")];
        assert_eq!(list[2].what, What::Values(both.clone()));
        assert_eq!(list[3].what, What::Spec(Spec::known(257)));
        assert_eq!(
            rules("(owner_cut: 0.1, registration.cleanup: 5,)").expect("a good list")[0].what,
            What::Values(both)
        );
        let unknown = told("MarketCap,owner_cat: 0.1");
        assert!(
            unknown.contains("`owner_cat: 0.1` at character 11") && unknown.contains("`owner_cut`"),
            "{unknown}"
        );
        let typed = told("owner_cut: much");
        assert!(typed.contains("at character 1:"), "{typed}");
        assert!(
            told("(owner_cut: 0.1, MarketCap)").contains("`MarketCap` at character 17: it sets no value")
        );
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
