//! The article's 26 claims: what was measured of each, and what follows from it.
//!
//! The claims are entries of `published/claims.ron`. An entry names figures of published tables, and tests of them; the verdict is worked
//! out from these, so that a new result changes the verdict and not only the text. A figure that a test needs and that no table has makes
//! the verdict "no experiment yet".

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::editions;
use crate::published::{Asked, Figure, Published};
use crate::text::{escaped, percent, shown, with_range};

/// The question of a fact of `validation.csv`.
const VALIDATION: &str = "validation";

/// A claim, and how it is tested.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Its number, in the order in which the article makes the claims.
    pub number: u32,
    /// What is claimed.
    pub claim: String,
    /// The command that makes the figures anew.
    pub command: String,
    /// The answer in a sentence: `{0}` is the first figure with its interval, `{0%}` the same in per cent, `{0#}` its number alone.
    pub answer: String,
    /// The figures that it is answered with.
    pub figures: Vec<Source>,
    /// What decides.
    pub tests: Vec<Test>,
    /// Why the verdict is what it is, and what the answer does not say.
    pub why: String,
    /// Of what cannot be decided: what would decide it, and what was tried.
    #[serde(default)]
    pub open: Option<Open>,
}

/// A figure of a published table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The experiment; `kept` for figures of other commands.
    pub from: String,
    /// The question; `validation` is a fact held against what is known, and `measure` its metric.
    pub question: String,
    /// The mechanism, or what the experiment calls so.
    pub mechanism: String,
    /// The arm.
    pub arm: String,
    /// The measure.
    pub measure: String,
}

/// What a figure must be for the claim to hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Under which condition it speaks, as words that may follow "if".
    pub when: String,
    /// Which of the figures; the first is 0.
    pub figure: usize,
    /// What it must be, with its whole interval.
    pub is: Bound,
}

/// A bound.
#[derive(Clone, Copy, Debug, Deserialize)]
pub enum Bound {
    /// Above this.
    Above(f64),
    /// Below this.
    Below(f64),
    /// From the one to the other, both included.
    Within(f64, f64),
}

/// What would decide a claim.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// The datum.
    pub datum: String,
    /// How it was looked for, or what was done in its place.
    pub attempt: String,
}

/// What follows from the figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds under all conditions that were tested.
    Holds,
    /// It holds under some of them.
    HoldsIf {
        /// Those under which it holds.
        held: Vec<String>,
        /// Those under which the figures do not decide; under the others it does not hold.
        open: Vec<String>,
    },
    /// It holds under none.
    DoesNotHold,
    /// The figures do not decide.
    Undecided,
    /// A figure is not there.
    NoExperiment,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds => f.write_str("holds"),
            Self::HoldsIf { held, open } => {
                write!(f, "holds if {}", held.join(", or if "))?;
                if open.is_empty() { Ok(()) } else { write!(f, "; not decided if {}", open.join(", or if ")) }
            }
            Self::DoesNotHold => f.write_str("does not hold"),
            Self::Undecided => f.write_str("cannot be decided"),
            Self::NoExperiment => f.write_str("no experiment yet"),
        }
    }
}

/// A claim with its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Answered {
    /// Its number.
    pub number: u32,
    /// What is claimed.
    pub claim: String,
    /// What follows.
    pub verdict: Verdict,
    /// The answer in a sentence.
    pub answer: String,
    /// The command.
    pub command: String,
    /// Why.
    pub why: String,
    /// What would decide it.
    pub open: Option<Open>,
}

impl Bound {
    /// Whether a whole interval is within; nothing if only a part of it is.
    fn of(self, (low, high): (f64, f64)) -> Option<bool> {
        let (least, most) = match self {
            Self::Above(least) => (least.next_up(), f64::INFINITY),
            Self::Below(most) => (f64::NEG_INFINITY, most.next_down()),
            Self::Within(least, most) => (least, most),
        };
        if least <= low && high <= most {
            Some(true)
        } else if high < least || most < low {
            Some(false)
        } else {
            None
        }
    }
}

impl Claim {
    /// The claim with its answer from tables by the name of the experiment.
    ///
    /// # Errors
    /// If a test or the sentence names a figure that the entry does not have, or nothing is said of what would decide it.
    pub fn answered<'t>(&self, tables: impl Fn(&str) -> Option<&'t Published>) -> Result<Answered, String> {
        let figures: Vec<Option<Figure>> = self.figures.iter().map(|source| source.figure(&tables)).collect();
        let verdict = self.verdict(&figures)?;
        if verdict == Verdict::Undecided && self.open.is_none() {
            return Err(format!("claim {}: nothing is said of what would decide it", self.number));
        }
        Ok(Answered {
            number: self.number,
            claim: self.claim.clone(),
            answer: sentence(&self.answer, &figures)
                .map_err(|what| format!("claim {}: {what}", self.number))?,
            command: self.command.clone(),
            why: self.why.clone(),
            open: self.open.clone().filter(|_| verdict == Verdict::Undecided),
            verdict,
        })
    }

    fn verdict(&self, figures: &[Option<Figure>]) -> Result<Verdict, String> {
        if figures.iter().any(Option::is_none) {
            return Ok(Verdict::NoExperiment);
        }
        if self.tests.is_empty() {
            return Ok(if self.open.is_some() { Verdict::Undecided } else { Verdict::NoExperiment });
        }
        let mut found = Vec::new();
        for test in &self.tests {
            let figure = figures.get(test.figure).copied().flatten();
            let figure = figure
                .ok_or_else(|| format!("claim {}: a test names figure {}", self.number, test.figure))?;
            found.push((test, test.is.of(figure.range.unwrap_or((figure.value, figure.value)))));
        }
        let all = |wanted| found.iter().all(|(_, is)| *is == wanted);
        let those = |wanted: Option<bool>| -> Vec<String> {
            found.iter().filter(|(_, is)| *is == wanted).map(|(test, _)| test.when.clone()).collect()
        };
        let held = those(Some(true));
        Ok(if all(Some(true)) {
            Verdict::Holds
        } else if all(Some(false)) {
            Verdict::DoesNotHold
        } else if !held.is_empty() {
            Verdict::HoldsIf { held, open: those(None) }
        } else {
            Verdict::Undecided
        })
    }
}

impl Source {
    fn figure<'t>(&self, tables: &impl Fn(&str) -> Option<&'t Published>) -> Option<Figure> {
        let Self { from, question, mechanism, arm, measure } = self.clone();
        let table = tables(&from)?;
        if question == VALIDATION {
            return table.fact(&mechanism, &measure);
        }
        table.of(&Asked { question, mechanism, arm, measure })
    }
}

/// A sentence with its figures.
fn sentence(text: &str, figures: &[Option<Figure>]) -> Result<String, String> {
    let mut told = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("a brace is not closed")?;
        let digits = name.trim_end_matches(['%', '#']);
        let number: usize = digits.parse().map_err(|_| format!("`{{{name}}}` is no figure"))?;
        let figure = figures.get(number).ok_or_else(|| format!("there is no figure {number}"))?;
        told.push_str(before);
        match (figure, name.chars().last()) {
            (None, _) => told.push_str("(not measured yet)"),
            (Some(figure), Some('#')) if figure.value.fract() == 0.0 => {
                let _ = write!(told, "{}", figure.value);
            }
            (Some(figure), Some('#')) => told.push_str(&shown(figure.value)),
            (Some(figure), Some('%')) => told.push_str(&with_range(figure, percent)),
            (Some(figure), _) => told.push_str(&with_range(figure, shown)),
        }
        rest = after;
    }
    told.push_str(rest);
    Ok(told)
}

/// The claims of the shipped file, in order.
#[must_use]
pub fn all() -> &'static [Claim] {
    static CLAIMS: LazyLock<Vec<Claim>> = LazyLock::new(|| {
        ron::from_str(include_str!("../published/claims.ron"))
            .unwrap_or_else(|error| panic!("a shipped file: claims.ron: {error}"))
    });
    &CLAIMS
}

/// The claims with their answers from what is published.
#[must_use]
pub fn answered() -> Vec<Answered> {
    let answered = |claim: &Claim| claim.answered(editions::named);
    all()
        .iter()
        .map(answered)
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("a shipped file: {error}"))
}

/// How many claims have each kind of verdict, as words.
#[must_use]
pub fn counted(claims: &[Answered]) -> String {
    let kinds = ["holds", "holds if", "does not hold", "cannot be decided", "no experiment yet"];
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for claim in claims {
        let kind = match claim.verdict {
            Verdict::Holds => 0,
            Verdict::HoldsIf { .. } => 1,
            Verdict::DoesNotHold => 2,
            Verdict::Undecided => 3,
            Verdict::NoExperiment => 4,
        };
        *counts.entry(kind).or_default() += 1;
    }
    counts.iter().map(|(&kind, count)| format!("{}: {count}", kinds[kind])).collect::<Vec<_>>().join("; ")
}

/// The table for the page.
#[must_use]
pub fn markdown(claims: &[Answered]) -> String {
    let mut text =
        format!("{}.\n\n| | claim | verdict | answer | command |\n|---:|---|---|---|---|\n", counted(claims));
    for claim in claims {
        let _ = writeln!(
            text,
            "| {} | {} | **{}** | {} | `{}` |",
            claim.number,
            escaped(&claim.claim),
            escaped(&claim.verdict.to_string()),
            escaped(&claim.answer),
            escaped(&claim.command)
        );
    }
    text
}

/// Why each verdict is what it is, for the page.
#[must_use]
pub fn reasons(claims: &[Answered]) -> String {
    let mut text = String::new();
    for claim in claims {
        let _ = write!(text, "{}. {}", claim.number, claim.why);
        if let Some(Open { datum, attempt }) = &claim.open {
            let _ = write!(text, " *What would decide it:* {datum} *What was tried:* {attempt}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: &str = r#"(
        number: 3, claim: "It falls.", command: "dtao reproduce x", answer: "It falls by {0%}, {1#} times.",
        figures: [
            (from: "x", question: "q", mechanism: "M1", arm: "a", measure: "fall"),
            (from: "x", question: "q", mechanism: "M1", arm: "a", measure: "times"),
        ],
        tests: [(when: "it is cut", figure: 0, is: Above(0.5)), (when: "it is left alone", figure: 1, is: Below(2.0))],
        why: "So it is.",
        open: Some((datum: "The weights.", attempt: "None found.")),
    )"#;

    fn table(fall: &str, times: &str) -> Published {
        let header = "question,mechanism,arm,measure,value,low,high,range,sure_low,sure_high,n\n";
        Published::of_answers(&format!("{header}q,M1,a,fall,{fall},x,,,200\nq,M1,a,times,{times},,,,,,1\n"))
            .expect("a good table")
    }

    fn verdict(fall: &str, times: &str) -> Verdict {
        let claim: Claim = ron::from_str(CLAIM).expect("a good entry");
        let table = table(fall, times);
        claim.answered(|name| (name == "x").then_some(&table)).expect("it names its figures").verdict
    }

    fn held_if(held: &str, open: &[&str]) -> Verdict {
        Verdict::HoldsIf { held: vec![held.into()], open: open.iter().map(|&when| when.into()).collect() }
    }

    #[test]
    fn a_verdict_follows_from_whole_intervals() {
        assert_eq!(verdict("0.7,0.6,0.8", "1"), Verdict::Holds);
        assert_eq!(verdict("0.7,0.6,0.8", "2"), held_if("it is cut", &[]));
        assert_eq!(verdict("0.3,0.2,0.4", "2"), Verdict::DoesNotHold);
        assert_eq!(verdict("0.5,0.4,0.6", "2"), Verdict::Undecided);
        let partly = held_if("it is left alone", &["it is cut"]).to_string();
        assert_eq!(partly, "holds if it is left alone; not decided if it is cut");
        assert_eq!(verdict("0.5,0.4,0.6", "1"), held_if("it is left alone", &["it is cut"]));
    }

    #[test]
    fn a_sentence_has_its_figures_with_their_intervals() {
        let claim: Claim = ron::from_str(CLAIM).expect("a good entry");
        let table = table("0.7,0.6,0.8", "1");
        let answered = claim.answered(|_| Some(&table)).expect("it names its figures");
        assert_eq!(answered.answer, "It falls by 70.0 % [60.0 %, 80.0 %], 1 times.");
        assert!(answered.open.is_none());
        let none = claim.answered(|_| None).expect("nothing is published");
        assert_eq!(none.verdict, Verdict::NoExperiment);
    }

    #[test]
    fn a_bound_is_held_against_the_whole_interval() {
        assert_eq!(Bound::Above(1.0).of((1.0, 2.0)), None);
        assert_eq!(Bound::Above(1.0).of((0.0, 1.0)), Some(false));
        assert_eq!(Bound::Within(1.0, 2.0).of((1.0, 2.0)), Some(true));
        assert_eq!(Bound::Below(1.0).of((1.0, 1.0)), Some(false));
    }

    #[test]
    fn all_26_claims_are_there_in_order_and_can_be_answered() {
        let claims = answered();
        let numbers: Vec<u32> = claims.iter().map(|claim| claim.number).collect();
        assert_eq!(numbers, (1..=26).collect::<Vec<_>>());
        for claim in &claims {
            assert!(!claim.why.is_empty() && claim.command.contains("dtao"), "{claim:?}");
            assert_eq!(claim.open.is_some(), claim.verdict == Verdict::Undecided, "{claim:?}");
        }
    }
}
