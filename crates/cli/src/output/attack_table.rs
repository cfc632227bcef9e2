//! Attacks by rules: what each comes to under each.

use std::path::Path;

use dtao_attack::table::{Cell, Column, Table};
use dtao_attack::written::table::{of_gain, sentences, unit, with_interval};
use dtao_attack::written::{program, steps};
use dtao_attack::{Goal, Prepared};
use serde_json::{Value, json};

use super::{print_json, say_line, table as grid};

/// Prints both tables, a sentence for each rule, and where the files are.
pub(crate) fn attack_table(prepared: &Prepared, table: &Table, out: Option<&Path>, as_json: bool) {
    let sentences = sentences(prepared, table);
    if as_json {
        let attacks = table.attacks.iter().enumerate().map(|(at, (name, attack))| {
            let cells: Vec<Value> = table.columns.iter().map(|column| cell(column, at)).collect();
            json!({ "attack": name, "program": program(attack), "cells": cells })
        });
        return print_json(&json!({
            "attacks": attacks.collect::<Vec<_>>(),
            "seeds": table.seeds,
            "evaluations": table.evaluations,
            "faults": table.faults(),
            "sentences": sentences,
        }));
    }
    let goal = prepared.question().goal;
    say!("{}:\n", unit(goal));
    say!("{}\n", of_cells(table, &|cell| of_gain(cell, goal)));
    say!("What all others have more by it, in TAO:\n");
    say!("{}\n", of_cells(table, &|cell| with_interval(&cell.honest, Goal::Profit)));
    for (name, attack) in &table.attacks {
        say!("{name}. {}\n", steps(attack));
    }
    for sentence in sentences {
        say!("{sentence}\n");
    }
    if let Some(out) = out {
        say!("tables in {}; table.md is for a pull request", out.display());
    }
}

/// A row for each attack, a column for each rule.
fn of_cells(table: &Table, told: &dyn Fn(&Cell) -> String) -> String {
    let rules = table.columns.iter().map(|column| column.rule.as_str());
    let columns: Vec<&str> = std::iter::once("attack").chain(rules).collect();
    let mut rows = grid(&columns, 1);
    for (at, (name, _)) in table.attacks.iter().enumerate() {
        let cells = table.columns.iter().map(|column| told(&column.cells[at]));
        rows.add_row(std::iter::once(name.clone()).chain(cells));
    }
    rows.trim_fmt()
}

fn cell(column: &Column, at: usize) -> Value {
    let Cell { gain, p, adjusted, claimed, change, honest, verdict, breach } = &column.cells[at];
    json!({
        "rule": column.rule,
        "verdict": verdict.name(),
        "claimed": claimed,
        "gain": gain.mean,
        "interval": gain.interval,
        "p": p,
        "p_holm": adjusted,
        "change": change.as_ref().and_then(|change| change.mean),
        "change_interval": change.as_ref().and_then(|change| change.interval),
        "honest": honest.mean,
        "honest_interval": honest.interval,
        "audit": breach.as_deref().unwrap_or("closes"),
    })
}
