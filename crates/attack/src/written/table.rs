//! Attacks by rules as text: CSV for programs, Markdown for a pull request, sentences.

use dtao_compare::number::number;
use dtao_files::input::hidden::revealed;
use dtao_files::table::{cell, csv};
use dtao_statistics::Cell as Sample;

use super::sentences::tao;
use super::{FAILURES, failure_rows, of_searches, program, steps};
use crate::Goal;
use crate::prepared::Prepared;
use crate::table::{Cell, Column, Table, Verdict};

const HEADER: &str = "attack,rule,verdict,claimed,seeds,gain,lower,upper,p,p_holm,change,change_lower,change_upper,honest,\
                      honest_lower,honest_upper,audit,program";

/// The tables for programs, by their names.
#[must_use]
pub fn tables(table: &Table) -> Vec<(&'static str, String)> {
    let broken = table.columns.iter().map(|column| (column.rule.as_str(), failure_rows(&column.broken)));
    vec![("table.csv", rows(table)), ("failures.csv", of_searches(FAILURES, broken))]
}

/// A row for each attack and rule. The bounds of what does not vary are its one value.
fn rows(table: &Table) -> String {
    let of_attack = |(at, (name, attack)): (usize, &(String, dtao_agents::program::Program))| {
        let row = |column: &Column| {
            let Cell { gain, p, adjusted, claimed, change, honest, verdict, breach } = &column.cells[at];
            let mut row = vec![
                name.clone(),
                column.rule.clone(),
                verdict.name().into(),
                claimed.to_string(),
                gain.n.to_string(),
            ];
            row.extend(with_bounds(Some(gain)));
            row.extend([p.to_string(), adjusted.to_string()]);
            row.extend(with_bounds(change.as_ref()));
            row.extend(with_bounds(Some(honest)));
            row.extend([breach.clone().unwrap_or_else(|| "closes".into()), program(attack)]);
            row
        };
        table.columns.iter().map(row).collect::<Vec<_>>()
    };
    csv(HEADER.split(','), table.attacks.iter().enumerate().flat_map(of_attack))
}

fn with_bounds(sample: Option<&Sample>) -> [String; 3] {
    let mean = sample.and_then(|sample| sample.mean);
    let interval = sample.and_then(|sample| sample.interval);
    let bounds = interval.map_or((mean, mean), |of| (Some(of.low), Some(of.high)));
    [mean, bounds.0, bounds.1].map(cell)
}

/// A mean with its interval, as people read it.
#[must_use]
pub fn with_interval(sample: &Sample, goal: Goal) -> String {
    let scale = if goal == Goal::Share { 100.0 } else { 1.0 };
    let told = |value: f64| number(scale * value);
    match (sample.mean, sample.interval) {
        (None, _) => "–".into(),
        (Some(mean), None) => told(mean),
        (Some(mean), Some(of)) => format!("{} ({} to {})", told(mean), told(of.low), told(of.high)),
    }
}

/// What a cell of the first table says: the gain, and what becomes of it.
#[must_use]
pub fn of_gain(cell: &Cell, goal: Goal) -> String {
    let gain = with_interval(&cell.gain, goal);
    match cell.verdict {
        // Under the scenario's own rule nothing becomes of it: it is claimed or not.
        _ if cell.change.is_none() && cell.verdict != Verdict::Fault => {
            if cell.claimed {
                format!("{gain} claimed")
            } else {
                gain
            }
        }
        Verdict::Nothing => gain,
        verdict => format!("{gain} {}", verdict.name()),
    }
}

/// What the numbers of the first table are.
#[must_use]
pub const fn unit(goal: Goal) -> &'static str {
    match goal {
        Goal::Profit => "TAO over the best honest use of the same capital",
        Goal::Damage => "TAO that others lose for each TAO of the budget",
        Goal::Share => "percentage points of the emission over the best honest use of the same capital",
    }
}

/// A sentence for each rule, then what they mean.
#[must_use]
pub fn sentences(prepared: &Prepared, table: &Table) -> Vec<String> {
    let question = prepared.question();
    let attacks = table.attacks.len();
    let own = table.columns[0].cells.iter().filter(|cell| cell.claimed).count();
    let same =
        |cell: &Cell| cell.gain.n > 0 && cell.gain.interval.is_none() && cell.honest.interval.is_none();
    let whole = table.columns.iter().all(|column| column.broken.is_empty());
    let sure = if whole && table.columns.iter().flat_map(|column| &column.cells).all(same) {
        format!("{} seeds come to the same", table.seeds)
    } else {
        format!("over {} seeds, with 95 % intervals", table.seeds)
    };
    let mut all = vec![format!(
        "Under the scenario's own rule {own} of {} claimed at 5 % together, with {} ({sure}).",
        if attacks == 1 { "1 attack is".into() } else { format!("{attacks} attacks are") },
        tao(question.budget),
    )];
    let of_rule = |column: &Column| {
        let counted = Verdict::ALL.into_iter().filter_map(|verdict| {
            let count = column.cells.iter().filter(|cell| cell.verdict == verdict).count();
            (count > 0).then(|| format!("{count} {}", verdict.name()))
        });
        format!("Under {}: {}.", column.rule, counted.collect::<Vec<_>>().join(", "))
    };
    all.extend(table.columns[1..].iter().map(of_rule));
    all.push(
        "Stopped and created are gains that are claimed under one of the two rules only and differ by more than chance (the 95 % \
         interval of the difference, paired by seed); kept are those that are claimed under both, nothing those under neither. Each \
         rule has its own correction for several attacks (Holm)."
            .into(),
    );
    all.push(
        "The attacks were tried as they are: who knows the rule may gain by others. What a search finds under a rule, `dtao attack` \
         says with --against and without --table."
            .into(),
    );
    if table.faults() > 0 {
        all.push(format!(
            "Runs in which the simulator is at fault, and no attack is: {}; see failures.csv, and `audit` in table.csv.",
            table.faults()
        ));
    }
    all
}

/// Both tables, a list of what the attacks do, and what it means.
#[must_use]
pub fn markdown(prepared: &Prepared, table: &Table) -> String {
    let question = prepared.question();
    let rules: Vec<String> = table.columns.iter().map(|column| inside(&column.rule)).collect();
    let head = format!("| attack | {} |\n|---|{}\n", rules.join(" | "), "---|".repeat(rules.len()));
    let grid = |told: &dyn Fn(&Cell) -> String| {
        let rows = table.attacks.iter().enumerate().map(|(at, (name, _))| {
            let cells: Vec<String> = table.columns.iter().map(|column| told(&column.cells[at])).collect();
            format!("| {} | {} |\n", inside(name), cells.join(" | "))
        });
        format!("{head}{}\n", rows.collect::<String>())
    };
    let mut parts = vec![format!(
        "# Attacks by rules: {}\n\nWhat each attack comes to with {}, in {}.\n\n",
        prepared.own().name,
        tao(question.budget),
        unit(question.goal)
    )];
    parts.push(grid(&|cell| of_gain(cell, question.goal)));
    parts.push(
        "What all others have more by it than where the attacker holds its TAO, after the attacker and then each group of them has sold \
         everything, in TAO.\n\n".into(),
    );
    parts.push(grid(&|cell| with_interval(&cell.honest, Goal::Profit)));
    parts.extend(sentences(prepared, table).into_iter().map(|sentence| format!("{sentence}\n\n")));
    parts.push("What each does:\n\n".into());
    let does = |(name, attack): &(String, _)| format!("- {}. {}\n", inside(name), steps(attack));
    parts.extend(table.attacks.iter().map(does));
    parts.concat()
}

/// A name inside of a table: in one line, and no end of a cell.
fn inside(name: &str) -> String {
    revealed(name).replace('\n', "\\n").replace('|', "\\|")
}
