//! Attacks by rules: what each comes to under each.

use std::path::Path;

use dtao_agents::program::Program;
use dtao_attack::table::{Cell, Column, Table};
use dtao_attack::written::table::{of_gain, sentences, unit, with_interval};
use dtao_attack::written::{program, steps};
use dtao_attack::{Goal, Prepared};
use dtao_report::{Counts, Row, Table as Grid, interval_bars};
use serde_json::{Value, json};

use super::attack::unit_in_short;
use super::{columns, ended, grid, print_json, say_line, text};

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
    for (name, attack) in &table.attacks {
        say!("{name}. {}\n", steps(attack));
    }
    for sentence in sentences {
        say!("{sentence}\n");
    }
    let goal = prepared.question().goal;
    text(&chart(table, unit_in_short(goal)));
    say!("\nWhat all others have more by it, in TAO:\n");
    grid(of_cells(table, "TAO", &|cell| with_interval(&cell.honest, Goal::Profit)));
    say!("\n{}:\n", unit(goal));
    let short = if goal == Goal::Share { "points" } else { unit_in_short(goal) };
    grid(of_cells(table, short, &|cell| of_gain(cell, goal)));
    say!("");
    if let Some(out) = out {
        say!("tables in {}; table.md is for a pull request", out.display());
    }
    let cells = table.columns.iter().flat_map(|column| &column.cells);
    let missing = cells.filter(|cell| cell.gain.mean.is_none()).count() as u64;
    ended(Counts { runs: table.evaluations, failed: table.faults() as u64, missing });
}

/// What each attack comes to under each rule.
fn chart(table: &Table, unit: &str) -> String {
    let rows = table.attacks.iter().enumerate().flat_map(|(at, (name, _))| {
        table.columns.iter().filter_map(move |column| {
            let gain = &column.cells[at].gain;
            let interval = gain.interval.map(|of| (of.low, of.high));
            Some((format!("{name} {}", column.rule), gain.mean?, interval))
        })
    });
    let axis = format!("mean over fresh seeds with its 95 % interval, {unit}");
    interval_bars(&rows.collect::<Vec<_>>(), &axis, columns(100))
}

/// A row for each attack, a column for each rule.
fn of_cells(table: &Table, unit: &'static str, told: &dyn Fn(&Cell) -> String) -> Grid {
    let rules = table.columns.iter().map(|column| column.rule.clone());
    let row = |(at, (name, _)): (usize, &(String, Program))| {
        let cells = table.columns.iter().map(|column| told(&column.cells[at]));
        Row::of(std::iter::once(name.clone()).chain(cells)).counted_in(unit)
    };
    Grid {
        columns: std::iter::once("attack".to_owned()).chain(rules).collect(),
        texts: 1,
        rows: table.attacks.iter().enumerate().map(row).collect(),
        ..Grid::default()
    }
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
