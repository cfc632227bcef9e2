//! What a search for attacks has found.

use std::path::Path;

use dtao_attack::written::{answers, program, sentences};
use dtao_attack::{Attack, Goal, Prepared, Report};
use dtao_compare::number::number;
use dtao_report::{Counts, Row, Table as Grid, interval_bars};
use serde_json::json;

use super::{columns, ended, grid, print_json, say_line, text};

/// Prints the attacks, a sentence for each, and where the tables are.
pub(crate) fn attack(prepared: &Prepared, report: &Report, out: Option<&Path>, as_json: bool) {
    let sentences = sentences(prepared, report);
    if as_json {
        let attacks: Vec<_> = report
            .own
            .attacks
            .iter()
            .enumerate()
            .map(|(at, attack)| {
                let answers = report.own.answers.get(at);
                json!({
                    "claimed": attack.claimed,
                    "mean": attack.mean(),
                    "interval": attack.sample.interval,
                    "seeds": attack.values.len(),
                    "p": attack.p,
                    "p_holm": attack.adjusted,
                    "loss_probability": attack.losses(),
                    "capital": attack.capital,
                    "one_block_late": attack.one_block_late,
                    "after_answers": answers.and_then(|answers| answers.gain.mean),
                    "after_answers_interval": answers.and_then(|answers| answers.gain.interval),
                    "answers": answers.map(answers::words),
                    "program": program(&attack.program),
                })
            })
            .collect();
        let (tried, of) = report.own.grid;
        return print_json(&json!({
            "attacks": attacks,
            "evaluations": report.evaluations,
            "grid_tried": tried,
            "grid_of": of,
            "repeated_by": report.own.repeated_by,
            "faults": report.faults(),
            "sentences": sentences,
        }));
    }
    for sentence in sentences {
        say!("{sentence}\n");
    }
    if !report.own.attacks.is_empty() {
        let unit = unit_in_short(prepared.question().goal);
        text(&chart(report, unit));
        say!("");
        grid(rows(report, unit));
        say!("");
    }
    if let Some(out) = out {
        say!("tables in {}", out.display());
    }
    let missing = report.own.attacks.iter().filter(|attack| attack.one_block_late.is_none()).count() as u64;
    ended(Counts { runs: report.evaluations, failed: report.faults() as u64, missing });
}

/// What gains are counted in, below the name of a column.
pub(super) const fn unit_in_short(goal: Goal) -> &'static str {
    match goal {
        Goal::Profit => "TAO",
        Goal::Damage => "TAO per TAO",
        Goal::Share => "part of the TAO",
    }
}

/// What each attack comes to.
fn chart(report: &Report, unit: &str) -> String {
    let attacks = report.own.attacks.iter().enumerate();
    let bars = attacks.map(|(at, attack)| {
        let interval = attack.sample.interval.map(|of| (of.low, of.high));
        (format!("attack {}", at + 1), attack.mean(), interval)
    });
    let axis = format!("mean over fresh seeds with its 95 % interval, {unit}");
    interval_bars(&bars.collect::<Vec<_>>(), &axis, columns(100))
}

fn rows(report: &Report, unit: &'static str) -> Grid {
    let names = [
        "attack",
        "claimed",
        "mean",
        "low",
        "high",
        "p (Holm)",
        "loses in",
        "one block late",
        "after answers",
        "steps",
    ];
    let row = |(at, attack): (usize, &Attack)| {
        let (low, high) =
            attack.sample.interval.map_or((attack.mean(), attack.mean()), |of| (of.low, of.high));
        let answers = report.own.answers.get(at).and_then(|answers| answers.gain.mean);
        Row::of([
            (at + 1).to_string(),
            if attack.claimed { "yes" } else { "no" }.to_owned(),
            number(attack.mean()),
            number(low),
            number(high),
            format!("{:.4}", attack.adjusted),
            format!("{:.0} %", 100.0 * attack.losses()),
            attack.one_block_late.map_or_else(|| "not measured".into(), number),
            answers.map_or_else(|| "not asked".into(), number),
            attack.program.steps.len().to_string(),
        ])
    };
    Grid {
        columns: names.map(Into::into).into(),
        units: vec!["", "", unit, unit, unit, "", "of the seeds", unit, unit],
        texts: 2,
        rows: report.own.attacks.iter().enumerate().map(row).collect(),
        ..Grid::default()
    }
}
