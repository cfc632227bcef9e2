//! What there is to choose from: scenarios, agents, metrics, rules.

use std::fs;
use std::path::{Path, PathBuf};

use dtao_protocol::emission::{self, Description, Emission};
use dtao_protocol::era::{Certainty, ERAS, Era};
use dtao_protocol::mainnet::{self, Mainnet};
use dtao_protocol::rules::Rules;
use dtao_protocol::settable::{self, About};
use serde::{Serialize, Serializer};

use dtao_experiment::scenario::Resolved;
use dtao_files::input::{InputError, Source, ron_file};
use dtao_fit::file::Fit;
use dtao_sweep::file::Sweep;

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The scenarios of a folder.
    Scenarios,
    /// The sweeps of a folder.
    Sweeps,
    /// The fits of a folder.
    Fits,
    /// The strategies of agents.
    Agents,
    /// What a run can report.
    Metrics,
    /// The chain's runtimes.
    Runtimes,
    /// The rules by which a block's TAO can be shared.
    EmissionRules,
    /// Every value of the rules.
    Rules,
    /// What root had set on mainnet.
    Mainnet,
}

impl Topic {
    /// All of them, in the order in which they are listed.
    pub const ALL: &[Self] = &[
        Self::Scenarios,
        Self::Sweeps,
        Self::Fits,
        Self::Agents,
        Self::Metrics,
        Self::Runtimes,
        Self::EmissionRules,
        Self::Rules,
        Self::Mainnet,
    ];

    /// The name in a heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Scenarios => "scenarios",
            Self::Sweeps => "sweeps",
            Self::Fits => "fits",
            Self::Agents => "agents",
            Self::Metrics => "metrics",
            Self::Runtimes => "runtimes",
            Self::EmissionRules => "emission rules",
            Self::Rules => "rules",
            Self::Mainnet => "mainnet",
        }
    }

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EmissionRules => "emission-rules",
            _ => self.title(),
        }
    }

    /// The topic of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|topic| topic.name() == name)
    }

    /// What is listed, in a line.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Scenarios => "The scenarios in configs/scenarios",
            Self::Sweeps => "The sweeps in configs/sweeps",
            Self::Fits => "The fits in configs/fits",
            Self::Agents => "The strategies of agents",
            Self::Metrics => "What a run can report",
            Self::Runtimes => "The chain's runtimes",
            Self::EmissionRules => "The rules by which a block's TAO can be shared",
            Self::Rules => "Every value of the rules: unit, range, value by runtime",
            Self::Mainnet => "What root had set on mainnet, by day",
        }
    }

    /// What there is of it; scenarios, sweeps and fits are looked for in `configs` of `root`.
    #[must_use]
    pub fn section(self, root: &Path) -> Section {
        let owned = |list: &[(&str, &str)]| list.iter().map(|&(a, b)| (a.to_owned(), b.to_owned())).collect();
        let entries = match self {
            Self::Scenarios => scenarios(&root.join("configs/scenarios")),
            Self::Sweeps => sweeps(&root.join("configs/sweeps")),
            Self::Fits => fits(&root.join("configs/fits")),
            Self::Agents => owned(dtao_agents::CATALOGUE),
            Self::Metrics => owned(dtao_metrics::CATALOGUE),
            Self::Runtimes => ERAS.iter().map(runtime).collect(),
            Self::EmissionRules => emission::CATALOGUE.iter().map(emission_rule).collect(),
            Self::Mainnet => mainnet::ALL.iter().flat_map(root_set).collect(),
            Self::Rules => return Section { title: self.title(), entries: vec![], rules: rules() },
        };
        Section { title: self.title(), entries, rules: vec![] }
    }
}

/// A section of the catalogue.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// What it lists.
    pub title: &'static str,
    /// Names, each with one line.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "named")]
    pub entries: Vec<(String, String)>,
    /// Rules, each with what is known of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

/// Entries as objects with named fields.
fn named<S: Serializer>(entries: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Entry<'e> {
        name: &'e str,
        about: &'e str,
    }
    serializer.collect_seq(entries.iter().map(|(name, about)| Entry { name, about }))
}

/// A value of the rules, as `protocol: (spec: …, rules: (…))` sets it.
#[derive(Clone, Debug, Serialize)]
pub struct Rule {
    /// The way to it, with dots: `children.cooldown`.
    pub path: String,
    /// Its unit; `rule` if it is a choice among names.
    pub unit: &'static str,
    /// The minimum and the maximum; empty where any that the unit has will do.
    pub range: String,
    /// What it is.
    pub about: String,
    /// Its value in the first era, and in every era that changed it.
    pub values: Vec<EraValue>,
}

/// A rule's value from one era on.
#[derive(Clone, Debug, Serialize)]
pub struct EraValue {
    /// The era's `spec_version`.
    pub spec: u16,
    /// The value, as a file would write it.
    pub value: String,
    /// Where the chain's source says so.
    pub source: &'static str,
}

/// Every value of the rules, with its history.
fn rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for era in ERAS {
        for (index, entry) in Rules::at(era.spec).entries().into_iter().enumerate() {
            let now = EraValue { spec: era.spec.into(), value: entry.value, source: era.source };
            match rules.get_mut(index) {
                None => {
                    let About { path, about, unit, range } = entry.about;
                    rules.push(Rule { path, unit, range, about, values: vec![now] });
                }
                Some(rule) if rule.values.last().is_none_or(|last| last.value != now.value) => {
                    rule.values.push(now);
                }
                Some(_) => {}
            }
        }
    }
    rules
}

/// What root had set on mainnet on a day: its name in a file, then each rule with its value and where the chain keeps it.
fn root_set(set: &Mainnet) -> Vec<(String, String)> {
    let last = ERAS.last().expect("there are runtimes").spec;
    let name = (format!("Mainnet(\"{}\")", set.date), set.about.to_owned());
    let items = set.written(Rules::at(last)).into_iter();
    std::iter::once(name)
        .chain(items.map(|(item, value)| (item.rule.to_owned(), format!("{value} ({})", item.storage))))
        .collect()
}

/// A rule for the emission as a file writes it with its usual values, what it is meant to stop, and where it comes from.
fn emission_rule((_, known, usual): &(&str, Description, Emission)) -> (String, String) {
    let Description { about, stops, source } = known;
    let stops = if stops.is_empty() { String::new() } else { format!("; meant to stop {stops}") };
    (settable::text(usual), format!("{about}{stops} ({source})"))
}

/// An era as a scenario's `protocol` names it, and what it changed.
fn runtime(era: &Era) -> (String, String) {
    let root_votes = Rules::at(era.spec).emission == Emission::RootVote;
    let more = if root_votes { ", …" } else { "" };
    let doubts = era.doubts.iter().map(|doubt| {
        let word = match doubt.certainty {
            Certainty::Likely => "likely",
            Certainty::Open => "open",
        };
        format!(" [{word}: {}]", doubt.about)
    });
    let name = format!("(spec: {}{more})", u16::from(era.spec));
    (name, format!("{}: {}{}", era.date, era.about, doubts.collect::<String>()))
}

fn scenarios(folder: &Path) -> Vec<(String, String)> {
    listed(folder, |path| Ok(Resolved::read(path, &[])?.scenario.about))
}

fn sweeps(folder: &Path) -> Vec<(String, String)> {
    listed(folder, |path| Ok(ron_file::parse::<Sweep>(&Source::read(path)?)?.about))
}

fn fits(folder: &Path) -> Vec<(String, String)> {
    listed(folder, |path| Ok(ron_file::parse::<Fit>(&Source::read(path)?)?.about))
}

/// The RON files of a folder, each with what it is about.
fn listed(folder: &Path, about: impl Fn(&Path) -> Result<String, InputError>) -> Vec<(String, String)> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "ron"))
        .collect();
    paths.sort();
    let line = |path: PathBuf| {
        let about = about(&path).unwrap_or_else(|error| format!("not readable: {error}"));
        (path.display().to_string(), about)
    };
    paths.into_iter().map(line).collect()
}
