//! What is printed: tables for people, JSON for programs, progress on stderr.

/// Prints a line to stdout; a reader that has gone away, such as `head`, is no error.
macro_rules! say {
    ($($text:tt)*) => {
        say_line(format_args!($($text)*))
    };
}

mod attack;
mod attack_table;
mod bar;
mod comparison;
mod ending;
mod equilibrium;
mod fit;
mod pool;
mod story;
mod sweeps;
mod verdicts;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use dtao_compare::number::number;
use dtao_experiment::calibrate::Calibrated;
use dtao_experiment::conform::FileReport;
use dtao_experiment::forecast::Pool;
use dtao_experiment::run::{AuditReport, Summary};
use dtao_experiment::scenario::Origin;
use dtao_experiment::uncertainty::Uncertainty;
use dtao_files::input::hidden::revealed;
use dtao_protocol::era::Certainty;
use dtao_protocol::units::Block;
use dtao_report::{Row, Table as Grid};
use dtao_sweep::plan::Plan;
use serde::Serialize;
use supports_unicode::Stream;

pub(crate) use self::attack::attack;
pub(crate) use self::attack_table::attack_table;
pub(crate) use self::bar::Bar;
pub(crate) use self::comparison::{Shape, comparison};
pub(crate) use self::ending::{begin, ended, tell_seconds};
pub(crate) use self::equilibrium::equilibrium;
pub(crate) use self::fit::{findings, scores, sensitivity};
pub(crate) use self::pool::{pool, traded};
pub(crate) use self::story::{Edition, Ends, answered, claims, story};
pub(crate) use self::sweeps::{estimate, sweep};
pub(crate) use self::verdicts::verification;
use crate::catalogue::{Rule, Section};
use crate::found::Found;
use crate::json;
use crate::locale::fitting;
use crate::report::note;
use crate::width;

/// Nobody reads stdout any more; what the command comes to is still its exit code.
static UNREAD: AtomicBool = AtomicBool::new(false);

fn say_line(text: std::fmt::Arguments) {
    unbroken(&width::fitting(&revealed(&text.to_string()), width::of(Stream::Stdout)));
}

/// Prints a text whose lines are not to be broken, such as a table's.
fn unbroken(text: &str) {
    write_stdout(&fitting(format!("{}\n", revealed(text)), Stream::Stdout));
}

/// Writes a text to stdout as it is.
pub(crate) fn write_stdout(text: &str) {
    if UNREAD.load(Ordering::Relaxed) {
        return;
    }
    let mut stdout = std::io::stdout().lock();
    let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) else { return };
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        UNREAD.store(true, Ordering::Relaxed);
    } else {
        note(&format!("the result cannot be written to stdout: {error}"));
        std::process::exit(3);
    }
}

pub(crate) fn print_json(value: &impl Serialize) {
    write_stdout(&json::lines(value));
}

/// How many of a thing, in words.
fn count(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// How wide a text for people may be: as wide as the terminal; as is said where there is none.
pub(crate) fn columns(without: usize) -> usize {
    let given = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    width::of(Stream::Stdout).or_else(given).unwrap_or(without)
}

/// A table that fits the terminal; a file or a pipe takes any width.
fn table(columns: &[&str], right_from: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(columns);
    if let Some(width) = width::of(Stream::Stdout) {
        let width = u16::try_from(width).unwrap_or(u16::MAX);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    for column in right_from..columns.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

pub(crate) fn conform(reports: &[FileReport], json: bool) {
    if json {
        return print_json(&serde_json::json!({ "files": reports }));
    }
    for report in reports {
        say!(
            "{}: {}/{} (unsupported {})",
            report.file.display(),
            report.passed,
            report.total,
            report.unsupported
        );
        for (id, difference) in &report.failures {
            say!("  failed {id}: {difference}");
        }
        for (why, cases) in &report.unsupported_because {
            say!("  unsupported {cases}: {why}");
        }
    }
}

/// What a good file holds, in a line.
pub(crate) fn checked(found: &Found) {
    say!("{}", found.line());
    if let Found::Scenario { start, .. } = found {
        origins(start);
    }
}

/// Says where the shipped files were written, and what to do with them.
pub(crate) fn initialised(folder: &Path, configs: &Path, json: bool) {
    if json {
        return print_json(&serde_json::json!({ "configs": configs }));
    }
    say!("scenarios, sweeps and recorded data in {}", configs.display());
    say!("in {}, run for example: dtao run february_2025", folder.display());
}

/// Says on stderr what is worth knowing of a sweep's design.
pub(crate) fn design_note(plan: &Plan) {
    if let Some(text) = plan.note() {
        note(&format!("{}: {text}", plan.source.path.display()));
    }
}

pub(crate) fn catalogue(sections: &[Section], json: bool) {
    if json {
        return print_json(&serde_json::json!({ "sections": sections }));
    }
    for (index, section) in sections.iter().enumerate() {
        say!("{}{}", if index == 0 { "" } else { "\n" }, section.title);
        let mut lines = table(&[], 0);
        for (name, about) in &section.entries {
            lines.add_row([format!("  {name}"), about.clone()]);
        }
        for rule in &section.rules {
            lines.add_row([format!("  {}", rule.path), rule_line(rule)]);
        }
        say!("{}", lines.trim_fmt());
    }
}

/// What is known of a rule, in a line.
fn rule_line(rule: &Rule) -> String {
    let values: Vec<String> =
        rule.values.iter().map(|value| format!("{}: {}", value.spec, value.value)).collect();
    let comma = if rule.range.is_empty() { "" } else { ", " };
    format!("{} [{}{comma}{}] {}", rule.about, rule.unit, rule.range, values.join(", "))
}

/// What a run came to; `seen` is what its tables show, `unit` what a metric is counted in.
pub(crate) fn summary(
    summary: &Summary,
    seen: Option<&str>,
    unit: &dyn Fn(&str) -> &'static str,
    folder: Option<&Path>,
    json: bool,
) {
    if json {
        return print_json(summary);
    }
    say!(
        "{}, seed {}: blocks {} to {}{}",
        summary.scenario,
        summary.seed,
        summary.first_block,
        summary.last_block,
        if summary.interrupted { ", interrupted" } else { "" }
    );
    origins(&summary.start);
    if !summary.calls.is_empty() {
        let mut lines = table(&["calls", "number"], 1);
        for (kind, count) in &summary.calls {
            lines.add_row([kind.clone(), count.to_string()]);
        }
        say!("\n{}", lines.trim_fmt());
    }
    if let Some(report) = summary.audit {
        say!("\n{}", audit(report));
    }
    let open: Vec<_> = summary.rests_on.iter().filter(|part| part.certainty == Certainty::Open).collect();
    if !open.is_empty() {
        say!("\nrests on what is open of the chain's rules (`dtao list runtimes`):");
        for Uncertainty { spec, about, .. } in open {
            say!("  spec {spec}: {about}");
        }
    }
    if let Some(seen) = seen {
        say!("");
        text(seen);
    }
    if !summary.metrics.is_empty() {
        let row = |(name, value): (&String, &Option<f64>)| {
            let value = value.map_or_else(|| "not reached".into(), number);
            Row::of([name.clone(), value]).counted_in(unit(name))
        };
        say!("");
        grid(Grid {
            columns: ["metric", "value"].map(Into::into).into(),
            texts: 1,
            rows: summary.metrics.iter().map(row).collect(),
            ..Grid::default()
        });
    }
    say!("");
    if let Some(folder) = folder {
        say!("tables in {}", folder.display());
    }
}

/// As many columns as a table may have where nobody sees it.
pub(crate) const ANY: usize = u16::MAX as usize;

/// Prints a table that fits the terminal, each unit below its name; a file or a pipe takes any width.
fn grid(table: Grid) {
    text(&dtao_report::grid(&table.with_units_once(), columns(ANY), usize::MAX));
}

/// Says as JSON what a result came to, and how to go on with it if it is not finished.
pub(crate) fn shown(verdict: &str, to_go_on: Option<&str>) {
    let mut told = serde_json::json!({ "verdict": verdict, "files": [] });
    if let Some(command) = to_go_on {
        told["go_on"] = command.into();
    }
    print_json(&told);
}

/// Says where a report and its pictures are, and what it says.
pub(crate) fn report(verdict: &str, files: &[PathBuf], json: bool) {
    if json {
        return print_json(&serde_json::json!({ "verdict": verdict, "files": files }));
    }
    say!("{verdict}\n");
    for file in files {
        say!("{}", file.display());
    }
}

/// Says where the report on a result is that was just made; JSON on stdout stays one object.
pub(crate) fn page(page: &Path, json: bool) {
    let line = format!("report: {}", page.display());
    if json { note(&line) } else { say!("{line}") }
}

/// Where the parts of a start's state come from.
fn origins(origins: &[Origin]) {
    if origins.is_empty() {
        return;
    }
    let mut lines = table(&["start", "", "what it is taken to be"], 3);
    for Origin { part, how, what } in origins {
        lines.add_row([part, how.word(), what]);
    }
    say!("\n{}", lines.trim_fmt());
}

fn audit(report: AuditReport) -> String {
    let alpha = |rao: u64| rao as f64 / 1e9;
    let unpaid = if report.undistributed_alpha_rao == 0 && report.undistributed_tao_rao == 0 {
        String::new()
    } else {
        format!(
            "\n  gathered and paid to nobody by epochs: {:.9} alpha, {:.9} TAO",
            alpha(report.undistributed_alpha_rao),
            alpha(report.undistributed_tao_rao)
        )
    };
    let lost = if report.lost_tao_rao == 0 && report.forfeited_alpha_rao == 0 {
        String::new()
    } else {
        format!(
            "\n  taken by calls and given to nobody: {:.9} TAO, {:.9} alpha",
            alpha(report.lost_tao_rao),
            alpha(report.forfeited_alpha_rao)
        )
    };
    let fees = if report.tao_fees_rao == 0 && report.alpha_fees_rao == 0 && report.author_fees_rao == 0 {
        String::new()
    } else {
        format!(
            "\n  fees of pools: {:.9} TAO and {:.9} alpha that nobody has, {:.9} TAO to the authors of blocks",
            alpha(report.tao_fees_rao),
            alpha(report.alpha_fees_rao),
            alpha(report.author_fees_rao)
        )
    };
    let uncounted = if report.uncounted_tao_rao == 0 {
        String::new()
    } else {
        format!("\n  in new pools but not counted as issued: {:.9} TAO", alpha(report.uncounted_tao_rao))
    };
    format!(
        "audit: every rao of TAO and alpha accounted for after each of {} blocks\n  \
         emitted to nobody, by cutting to whole rao: {:.9} alpha\n  \
         root's, in pools too shallow to buy it: {:.9} alpha\n  \
         claims that the chain credits beyond what exists: {:.9} alpha, of which sold beyond what exists: {:.9}{unpaid}{lost}{fees}{uncounted}",
        report.blocks,
        alpha(report.unclaimed_alpha_rao),
        alpha(report.unsold_alpha_rao),
        alpha(report.unbacked_alpha_rao + report.minted_alpha_rao),
        alpha(report.minted_alpha_rao)
    )
}

/// Prints a text to stdout, its lines as they are.
pub(crate) fn text(text: &str) {
    unbroken(text.trim_end_matches('\n'));
}

/// Prints the pools of a forecast, and the file that they are in if there is one.
pub(crate) fn forecast(pools: &[Pool], file: Option<&Path>) {
    let pools: Vec<_> = pools
        .iter()
        .map(|Pool { netuid, reserves, alpha_out }| {
            serde_json::json!({
                "netuid": netuid.0,
                "tao_in_rao": reserves.tao.rao(),
                "alpha_in_rao": reserves.alpha.rao(),
                "alpha_out_rao": alpha_out.rao(),
            })
        })
        .collect();
    print_json(&serde_json::json!({ "pools": pools, "file": file }));
}

/// Prints the moving prices that were found, and the file that they are in if there is one.
pub(crate) fn calibrated(calibrated: &Calibrated, file: Option<&Path>) {
    let subnets: Vec<_> = calibrated
        .subnets
        .iter()
        .map(|subnet| {
            serde_json::json!({
                "netuid": subnet.netuid.0,
                "moving_price": subnet.moving_price,
                "registered_at": subnet.registered_at.0,
            })
        })
        .collect();
    print_json(&serde_json::json!({ "subnets": subnets, "file": file }));
}

/// How far recorded and simulated drifts were apart, before each round and after the last; on stderr.
pub(crate) fn calibration(calibrated: &Calibrated) {
    for (round, differences) in calibrated.rounds.iter().enumerate() {
        let mut sizes: Vec<f64> = differences.values().map(|x| x.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        let (Some(median), Some(largest)) = (sizes.get(sizes.len() / 2), sizes.last()) else {
            note(&format!("round {round}: no subnet has a drift that can be compared with the recorded one"));
            continue;
        };
        note(&format!(
            "round {round}: {} subnets, |ln(recorded / simulated drift)|: median {median:.4}, largest {largest:.4}",
            sizes.len()
        ));
    }
}

/// Notes on stderr which metrics a run that is cut short does not reach.
pub(crate) fn unreached(metrics: &[&str], last: Block) {
    if !metrics.is_empty() {
        let names: Vec<String> = metrics.iter().map(|name| format!("`{name}`")).collect();
        note(&format!("cut short: the last block is {last}, so not reached: {}", names.join(", ")));
    }
}
