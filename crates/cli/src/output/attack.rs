//! What a search for attacks has found.

use std::path::Path;

use dtao_attack::written::{answers, program, sentences};
use dtao_attack::{Prepared, Report};
use dtao_compare::number::number;
use serde_json::json;

use super::{print_json, say_line, table};

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
    if !report.own.attacks.is_empty() {
        let mut rows = table(
            &[
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
            ],
            2,
        );
        for (at, attack) in report.own.attacks.iter().enumerate() {
            let (low, high) =
                attack.sample.interval.map_or((attack.mean(), attack.mean()), |of| (of.low, of.high));
            rows.add_row([
                (at + 1).to_string(),
                if attack.claimed { "yes" } else { "no" }.to_owned(),
                number(attack.mean()),
                number(low),
                number(high),
                format!("{:.4}", attack.adjusted),
                format!("{:.0} %", 100.0 * attack.losses()),
                attack.one_block_late.map_or_else(|| "not measured".into(), number),
                report
                    .own
                    .answers
                    .get(at)
                    .and_then(|answers| answers.gain.mean)
                    .map_or_else(|| "not asked".into(), number),
                attack.program.steps.len().to_string(),
            ]);
        }
        say!("{}\n", rows.trim_fmt());
    }
    for sentence in sentences {
        say!("{sentence}\n");
    }
    if let Some(out) = out {
        say!("tables in {}", out.display());
    }
}
