//! The report on attacks by rules: which gains end, which begin, what becomes of everybody else's wealth.

use dtao_attack::OWN;
use dtao_attack::folder::Manifest;
use dtao_attack::table::Verdict;

use super::{Search, does};
use crate::ReportError;
use crate::counts::Counts;
use crate::finished::Finished;
use crate::page::{Item, Page, Row, Table};
use crate::svg::figure::{Content, Figure};
use crate::svg::{Drawing, IntervalRow, Intervals, Mark};
use crate::text::{count, or_dash, range, shown};

/// What an attack comes to under a rule: a row of `table.csv`.
struct Entry {
    rule: String,
    verdict: String,
    claimed: bool,
    seeds: u64,
    gain: Option<Mark>,
    honest: Option<Mark>,
    audit: String,
}

/// An attack under every rule.
struct Attack {
    name: String,
    program: String,
    entries: Vec<Entry>,
}

const COLUMNS: [&str; 13] = [
    "attack",
    "program",
    "rule",
    "verdict",
    "claimed",
    "seeds",
    "audit",
    "gain",
    "lower",
    "upper",
    "honest",
    "honest_lower",
    "honest_upper",
];

/// The page.
pub(super) fn page(finished: &Finished, manifest: Manifest) -> Result<Page, ReportError> {
    let attacks = attacks(finished)?;
    let search = Search { manifest, attacks: vec![] };
    let mut page = Page {
        title: search.manifest.asked.scenario.clone(),
        kind: "dtao attack --table",
        verdict: verdict(&search, &attacks),
        about: format!(
            "{} tried as they are under {}.",
            count(attacks.len() as u64, "attack"),
            search
                .manifest
                .asked
                .against
                .iter()
                .fold("the scenario's own rule".to_owned(), |all, rule| all + ", " + rule)
        ),
        counts: search.manifest.made.map(|runs| {
            let entries = attacks.iter().flat_map(|attack| &attack.entries);
            let failed = search.manifest.faults.unwrap_or(0) as u64;
            let missing = entries.filter(|entry| entry.gain.is_none()).count() as u64;
            Counts { runs, failed, missing }
        }),
        ..Page::default()
    };
    let gain = |entry: &Entry| entry.gain;
    let honest = |entry: &Entry| entry.honest;
    let told = |entry: &Entry| match entry.verdict.as_str() {
        _ if entry.rule == OWN && entry.claimed => Some("claimed".to_owned()),
        "nothing" => None,
        "kept" if entry.rule == OWN => None,
        verdict => Some(shown(verdict)),
    };
    page.section(
        "",
        String::new(),
        vec![
            Item::Figure(figure(&attacks, "gains", "What each attack comes to", search.unit(), gain)),
            Item::Table(grid(
                &attacks,
                (
                    format!("What each attack comes to, in {}, with 95 % intervals.", search.unit()),
                    search.unit_in_short(),
                ),
                gain,
                told,
            )),
        ],
    );
    let sentence = "What all others have more by an attack than where the attacker holds its TAO, after the attacker and then each group of them has sold everything.";
    page.section(
        "Everybody else's wealth",
        sentence.into(),
        vec![
            Item::Figure(figure(&attacks, "honest", "What all others have more", "TAO", honest)),
            Item::Table(grid(
                &attacks,
                ("The same in TAO, with 95 % intervals.".into(), "TAO"),
                honest,
                |_| None,
            )),
        ],
    );
    page.section("What each does", String::new(), vec![Item::Table(steps(&attacks))]);
    search.repeat(&mut page, finished);
    Ok(page)
}

fn attacks(finished: &Finished) -> Result<Vec<Attack>, ReportError> {
    let mut attacks: Vec<Attack> = Vec::new();
    finished.rows("table.csv", COLUMNS, |cells| {
        let mark = |at: usize| {
            let interval = cells.number(at + 1)?.zip(cells.number(at + 2)?);
            Ok::<_, String>(cells.number(at)?.map(|value| Mark { value, interval }))
        };
        let entry = Entry {
            rule: cells.text(2).to_owned(),
            verdict: cells.text(3).to_owned(),
            claimed: cells.text(4) == "true",
            seeds: cells.whole(5)?,
            audit: cells.text(6).to_owned(),
            gain: mark(7)?,
            honest: mark(10)?,
        };
        let name = cells.text(0);
        if attacks.last().is_none_or(|attack| attack.name != name) {
            let program = cells.text(1).to_owned();
            attacks.push(Attack { name: name.to_owned(), program, entries: vec![] });
        }
        attacks.last_mut().expect("it was there, or is there now").entries.push(entry);
        Ok(())
    })?;
    Ok(attacks)
}

fn verdict(search: &Search, attacks: &[Attack]) -> String {
    let entries = || attacks.iter().flat_map(|attack| &attack.entries);
    let own = entries().filter(|entry| entry.rule == OWN && entry.claimed).count();
    let seeds = entries().map(|entry| entry.seeds).max().unwrap_or_default();
    let of_own = format!(
        "Of {} {own} {} claimed at 5 % under the scenario's own rule, over {} with {} TAO.",
        count(attacks.len() as u64, "attack"),
        if own == 1 { "is" } else { "are" },
        count(seeds, "fresh seed"),
        search.tao()
    );
    let of_rule = |rule: &String| {
        let counted = Verdict::ALL.into_iter().filter_map(|verdict| {
            let of = entries().filter(|entry| entry.rule == *rule && entry.verdict == verdict.name());
            Some(of.count()).filter(|count| *count > 0).map(|count| format!("{count} {}", verdict.name()))
        });
        format!(" Under {rule}: {}.", counted.collect::<Vec<_>>().join(", "))
    };
    let of_rules: String = search.manifest.asked.against.iter().map(of_rule).collect();
    of_own
        + &of_rules
        + " They were tried as they are: what can be gained under a rule, only a search under it says."
}

/// A mark for each attack and rule.
fn figure(
    attacks: &[Attack],
    id: &str,
    title: &str,
    unit: &str,
    of: impl Fn(&Entry) -> Option<Mark>,
) -> Figure {
    let row = |attack: &Attack| IntervalRow {
        name: attack.name.clone(),
        marks: attack.entries.iter().map(&of).collect(),
    };
    let intervals = Intervals {
        axis: unit.into(),
        series: rules(attacks),
        rows: attacks.iter().map(row).collect(),
        zero: true,
    };
    Figure {
        id: id.into(),
        title: title.into(),
        description: "Means over the same fresh seeds under every rule, with their 95 % intervals.".into(),
        content: Content::Drawing(Drawing::Intervals(intervals)),
    }
}

fn rules(attacks: &[Attack]) -> Vec<String> {
    attacks
        .first()
        .map_or_else(Vec::new, |attack| attack.entries.iter().map(|entry| entry.rule.clone()).collect())
}

/// A row for each attack, a column for each rule.
fn grid(
    attacks: &[Attack],
    (caption, unit): (String, &'static str),
    of: impl Fn(&Entry) -> Option<Mark>,
    told: impl Fn(&Entry) -> Option<String>,
) -> Table {
    let cell = |entry: &Entry| {
        let of = of(entry);
        let interval = of.and_then(|mark| mark.interval).filter(|(low, high)| low < high);
        let mut lines = vec![or_dash(of.map(|mark| mark.value))];
        lines.extend(interval.map(|_| range(interval)));
        lines.extend(told(entry));
        lines.join("\n")
    };
    let row = |attack: &Attack| {
        Row::of(std::iter::once(shown(&attack.name)).chain(attack.entries.iter().map(cell))).counted_in(unit)
    };
    Table {
        caption,
        columns: std::iter::once("attack".to_owned()).chain(rules(attacks)).collect(),
        texts: 1,
        rows: attacks.iter().map(row).collect(),
        // A terminal has room for several rules only so.
        lines: true,
        ..Table::default()
    }
}

/// What each attack does, and what the auditor said.
fn steps(attacks: &[Attack]) -> Table {
    let row = |attack: &Attack| {
        let breaches = attack.entries.iter().filter(|entry| entry.audit != "closes");
        let breaches: Vec<String> =
            breaches.map(|entry| format!("{}: {}", entry.rule, entry.audit)).collect();
        let audit = if breaches.is_empty() { "closes".into() } else { breaches.join("; ") };
        Row::of([attack.name.clone(), does(&attack.program), audit])
    };
    Table {
        caption: "The steps of each, and whether its books close under every rule.".into(),
        columns: ["attack", "steps", "audit"].map(Into::into).into(),
        texts: 3,
        rows: attacks.iter().map(row).collect(),
        ..Table::default()
    }
}
