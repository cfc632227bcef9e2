//! What is printed: tables for people, JSON for programs, progress on stderr.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::{CellAlignment, Table, presets};
use dtao_experiment::calibrate::Calibrated;
use dtao_experiment::catalogue::{Rule, Section};
use dtao_experiment::conform::FileReport;
use dtao_experiment::input::hidden::{is_hidden, revealed};
use dtao_experiment::reproduce::Answer;
use dtao_experiment::reproduce::sn28::Check;
use dtao_experiment::run::{AuditReport, Summary};
use dtao_experiment::scenario::{Kind, Loaded};
use dtao_experiment::statistics::{Cell, Comparison, Interval, Score, Verdict};
use dtao_experiment::sweep::plan::Plan;
use dtao_experiment::sweep::points::Factor;
use dtao_experiment::sweep::{Line as SweepLine, Report as SweepReport};
use dtao_experiment::verify::{Line, Table as Verification};
use dtao_protocol::units::Block;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::report::note;
use crate::reproduce::Story;
use crate::trial::Estimate;

/// Progress on stderr; quiet where nobody watches.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub fn new(length: u64, unit: &str) -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(length), target);
        let template =
            "{bar:32} {human_pos} of {human_len} UNIT, {per_sec}, {eta} left".replace("UNIT", unit);
        bar.set_style(ProgressStyle::with_template(&template).expect("a fixed template"));
        Self(bar)
    }

    /// A bar of runs, of which some are made.
    pub fn of_runs(made: u64) -> Self {
        let bar = Self::new(made, "runs{msg}");
        bar.0.set_position(made);
        bar.0.reset_eta();
        bar
    }

    /// Says how many are due, and how many have failed.
    pub fn due(&self, due: u64, failed: u64) {
        self.0.set_length(due);
        self.failed(failed);
    }

    /// Says how many runs have failed.
    pub fn failed(&self, failed: u64) {
        if failed > 0 {
            self.0.set_message(format!(", {failed} failed"));
        }
    }

    /// Prints a line to stderr, above the bar.
    pub fn note(&self, text: &str) {
        self.0.suspend(|| note(text));
    }

    pub fn at(&self, position: u64) {
        self.0.set_position(position);
    }

    pub fn add(&self, more: u64) {
        self.0.inc(more);
    }

    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Prints a line to stdout; a reader that has gone away, such as `head`, is no error.
macro_rules! say {
    ($($text:tt)*) => {
        say_line(format_args!($($text)*))
    };
}

/// Nobody reads stdout any more; what the command comes to is still its exit code.
static UNREAD: AtomicBool = AtomicBool::new(false);

fn say_line(text: std::fmt::Arguments) {
    write_stdout(&format!("{}\n", revealed(&text.to_string())));
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
    let text = serde_json::to_string_pretty(value).expect("plain data") + "\n";
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Such a character stands in a text in quotes, where JSON reads its number as itself.
        if is_hidden(c) && c != '\n' {
            let mut units = [0; 2];
            shown.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    write_stdout(&shown);
}

fn table(columns: &[&str], right_from: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(columns);
    for column in right_from..columns.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A number as people read it: four significant digits.
fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".into()
    } else if size < 1e-3 {
        format!("{value:.3e}")
    } else {
        let places = [1e3, 1e2, 1e1, 1.0, 1e-1, 1e-2].iter().take_while(|&&bound| size < bound).count();
        format!("{value:.places$}")
    }
}

pub(crate) fn conform(reports: &[FileReport], json: bool) {
    if json {
        return print_json(&reports);
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

pub(crate) fn checked(file: &Path, loaded: &Loaded) {
    let scenario = &loaded.scenario;
    say!(
        "{}: good; {} blocks, {} subnets at the start, {} groups of agents, {} metrics, {} expectations",
        file.display(),
        scenario.blocks,
        loaded.checkpoint.as_ref().map_or(loaded.subnets.len(), |checkpoint| checkpoint.subnets.len()),
        scenario.agents.len(),
        scenario.metrics.len(),
        scenario.expect.len()
    );
}

/// Says on stderr what is worth knowing of a sweep's design.
pub(crate) fn design_note(plan: &Plan) {
    if let Some(text) = plan.note() {
        note(&format!("{}: {text}", plan.source.path.display()));
    }
}

pub(crate) fn checked_sweep(file: &Path, plan: &Plan) {
    say!("{}: good; {}", file.display(), size(plan));
    design_note(plan);
}

/// How many runs a sweep has, and of what.
pub(crate) fn size(plan: &Plan) -> String {
    format!(
        "{} runs: {} point(s) x {} arm(s) x {} seed(s), {} outcome(s)",
        plan.runs(),
        plan.points.len(),
        plan.sweep.arms.len(),
        plan.seeds(),
        plan.outcomes.len()
    )
}

pub(crate) fn catalogue(sections: &[Section], json: bool) {
    if json {
        return print_json(&sections);
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

pub(crate) fn summary(summary: &Summary, folder: Option<&Path>, json: bool) {
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
    if !summary.metrics.is_empty() {
        let mut lines = table(&["metric", "value"], 1);
        for (name, value) in &summary.metrics {
            lines.add_row([name.clone(), value.map_or_else(|| "not reached".into(), number)]);
        }
        say!("\n{}", lines.trim_fmt());
    }
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
    if let Some(folder) = folder {
        say!("\ntables in {}", folder.display());
    }
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
    let uncounted = if report.uncounted_tao_rao == 0 {
        String::new()
    } else {
        format!("\n  in new pools but not counted as issued: {:.9} TAO", alpha(report.uncounted_tao_rao))
    };
    format!(
        "audit: every rao of TAO and alpha accounted for after each of {} blocks\n  \
         emitted to nobody, by cutting to whole rao: {:.9} alpha\n  \
         root's, in pools too shallow to buy it: {:.9} alpha\n  \
         claims that the chain credits beyond what exists: {:.9} alpha, of which sold beyond what exists: {:.9}{unpaid}{lost}{uncounted}",
        report.blocks,
        alpha(report.unclaimed_alpha_rao),
        alpha(report.unsold_alpha_rao),
        alpha(report.unbacked_alpha_rao + report.minted_alpha_rao),
        alpha(report.minted_alpha_rao)
    )
}

pub(crate) fn verification(verification: &Verification, json: bool) {
    if json {
        return print_json(verification);
    }
    let sections = [
        (Kind::Validation, "Validation: the model could have got these wrong"),
        (Kind::Calibrated, "Calibrated: free parameters were fitted to these or to something close to them"),
        (Kind::Restated, "Restated: the same facts as other lines, seen differently; not counted again"),
        (Kind::Imposed, "Imposed: the scenario puts these in; a check of the program, not of the model"),
    ];
    for (kind, title) in sections {
        let chosen: Vec<&Line> = verification.lines.iter().filter(|line| line.kind == kind).collect();
        if chosen.is_empty() {
            continue;
        }
        let with_range = verification.seeds > 1;
        let columns: &[&str] = if with_range {
            &["metric", "target", "within", "median", "5-95 %", "verdict", "covered", "source"]
        } else {
            &["metric", "target", "within", "measured", "verdict", "source"]
        };
        let mut lines = table(columns, columns.len());
        for line in chosen {
            let found = &line.comparison;
            let mut row = vec![
                line.metric.clone(),
                number(line.target),
                format!("{} to {}", number(line.within.0), number(line.within.1)),
                found.median.map_or_else(|| "-".into(), number),
            ];
            if with_range {
                row.extend([range(found), verdict(found), covered(found).into()]);
            } else {
                row.push(verdict(found));
            }
            row.push(line.source.clone());
            lines.add_row(row);
        }
        say!("{title}\n{}\n", lines.trim_fmt());
    }
    let score = |kind: Option<Kind>| {
        let facts = verification.lines.iter().filter(|line| line.kind != Kind::Restated);
        Score::of(facts.filter(|line| kind.is_none_or(|kind| line.kind == kind)).map(|line| &line.comparison))
    };
    say!(
        "{}; over {} seed(s)\n  validation: {}; calibrated: {}; imposed: {}",
        score(None),
        verification.seeds,
        score(Some(Kind::Validation)),
        score(Some(Kind::Calibrated)),
        score(Some(Kind::Imposed))
    );
    if let Some(report) = verification.audit {
        say!("{}", audit(report));
    }
}

/// The 5th and the 95th percentile.
fn range(found: &Comparison) -> String {
    found.range.map_or_else(|| "-".into(), |(a, b)| format!("{} to {}", number(a), number(b)))
}

/// Whether the median meets the target.
fn verdict(found: &Comparison) -> String {
    match found.verdict {
        Verdict::Met => "met".into(),
        Verdict::Missed => "MISSED".into(),
        Verdict::NotReached if found.reached == 0 => "NOT REACHED".into(),
        Verdict::NotReached => {
            format!("NOT REACHED by {} of {} runs", found.runs - found.reached, found.runs)
        }
    }
}

/// Whether the recorded value is within the range.
fn covered(found: &Comparison) -> &'static str {
    match found.covered {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    }
}

/// Prints what an experiment says: the facts, then the answers.
pub(crate) fn story(story: &Story, mechanisms: &[(&str, &str, &str)], out: &Path, json: bool) {
    if json {
        return print_json(story);
    }
    for (name, about, _) in mechanisms {
        let checks: Vec<&Check> = story.checks.iter().filter(|check| check.mechanism == *name).collect();
        let columns = ["fact", "kind", "target", "within", "median", "5-95 %", "verdict", "covered", "skill"];
        let mut lines = table(&columns, columns.len());
        for check in &checks {
            lines.add_row([
                check.metric.clone(),
                match check.kind {
                    Kind::Calibrated => "fitted",
                    Kind::Validation => "test",
                    Kind::Restated => "again",
                    Kind::Imposed => "given",
                }
                .into(),
                number(check.target),
                format!("{} to {}", number(check.within.0), number(check.within.1)),
                check.comparison.median.map_or_else(|| "-".into(), number),
                range(&check.comparison),
                verdict(&check.comparison),
                covered(&check.comparison).into(),
                check.skill.map_or_else(|| "-".into(), |skill| format!("{skill:.2}")),
            ]);
        }
        let score =
            |kind| Score::of(checks.iter().filter(|check| check.kind == kind).map(|check| &check.comparison));
        say!(
            "{name}: {about}\n{}\nkept for the test: {}\nfitted: {}\n",
            lines.trim_fmt(),
            score(Kind::Validation),
            score(Kind::Calibrated)
        );
    }
    let mut questions: Vec<&str> = Vec::new();
    for answer in &story.answers {
        if !questions.contains(&answer.question) {
            questions.push(answer.question);
        }
    }
    for question in questions {
        let mut lines = table(&["arm", "measure", "M1", "M2", "M3"], 5);
        let of_question = |mechanism: &'static str| {
            let asked = move |answer: &&Answer| answer.question == question && answer.mechanism == mechanism;
            story.answers.iter().filter(asked)
        };
        for (at, first) in of_question("M1").enumerate() {
            let told = |mechanism| {
                let Some(Answer { value: Some(value), low: Some(low), high: Some(high), .. }) =
                    of_question(mechanism).nth(at)
                else {
                    return "-".to_owned();
                };
                format!("{} [{}, {}]", number(*value), number(*low), number(*high))
            };
            lines.add_row([first.arm.clone(), first.measure.into(), told("M1"), told("M2"), told("M3")]);
        }
        let range = of_question("M1").next().map_or("", |answer| answer.range);
        say!("{question} [{range}]\n{}\n", lines.trim_fmt());
    }
    say!(
        "Prices do not say which mechanism is true: the answers hold under each. Weights, incentives of each epoch\n\
         and the sellers' keys would tell.\n\ntables in {}",
        out.display()
    );
}

/// Prints a text to stdout as it is.
pub(crate) fn text(text: &str) {
    say!("{}", text.trim_end_matches('\n'));
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

/// Most lines of a sweep's table; all are in cells.csv.
const MOST_LINES: usize = 60;

/// Notes on stderr which metrics a run that is cut short does not reach.
pub(crate) fn unreached(metrics: &[&str], last: Block) {
    if !metrics.is_empty() {
        let names: Vec<String> = metrics.iter().map(|name| format!("`{name}`")).collect();
        note(&format!("cut short: the last block is {last}, so not reached: {}", names.join(", ")));
    }
}

/// What a sweep or a shard of it came to.
pub(crate) fn sweep(report: &SweepReport, factors: &[Factor], refused: &[String], out: &Path, json: bool) {
    let of_none = |name: &String| format!("no run has a value of `{name}`: nothing is reported of it");
    let warnings: Vec<String> = refused.iter().cloned().chain(report.never.iter().map(of_none)).collect();
    if json {
        for warning in &warnings {
            note(warning);
        }
        return print_json(report);
    }
    if !report.lines.is_empty() {
        cells(&report.lines, factors);
    }
    say!("{}: {} runs, {} failed", report.sweep, report.runs, report.failed);
    for warning in warnings {
        say!("{warning}");
    }
    if report.failed > 0 {
        say!("what failed, and the commands that make those runs again: failures.csv");
    }
    say!("tables in {}", out.display());
}

fn cells(all: &[SweepLine], factors: &[Factor]) {
    let compared = all.iter().any(|line| line.difference.is_some());
    let names = factors.iter().map(|factor| factor.name.as_str());
    let mut columns: Vec<&str> = names.chain(["arm", "outcome", "n", "mean", "95 %"]).collect();
    if compared {
        columns.extend(["less the first arm", "95 %"]);
    }
    let mut lines = table(&columns, factors.len() + 2);
    let or_nothing = |value: Option<f64>| value.map_or_else(|| "-".into(), number);
    let interval = |cell: &Cell| {
        // Why there is none stands in its place.
        let told = |of: Interval| format!("{} to {}", number(of.low), number(of.high));
        cell.interval.map_or_else(|| cell.method.to_string(), told)
    };
    for line in all.iter().take(MOST_LINES) {
        let mut row = line.values.clone();
        row.extend([line.arm.clone(), line.outcome.clone(), line.cell.n.to_string()]);
        row.extend([or_nothing(line.cell.mean), interval(&line.cell)]);
        if compared {
            let difference = line.difference.as_ref().map(|paired| &paired.difference);
            row.push(difference.map_or_else(String::new, |cell| or_nothing(cell.mean)));
            row.push(difference.map_or_else(String::new, interval));
        }
        lines.add_row(row);
    }
    say!("{}", lines.trim_fmt());
    if all.len() > MOST_LINES {
        say!("and so on: cells.csv");
    }
    say!("");
}

/// What a sweep would take.
pub(crate) fn estimate(plan: &Plan, estimate: &Estimate, json: bool) {
    if json {
        return print_json(estimate);
    }
    say!("{}: {}", plan.name, size(plan));
    say!(
        "{} run(s) of about {} s, {} at once: about {}",
        estimate.runs,
        number(estimate.seconds_per_run),
        estimate.jobs,
        duration(estimate.seconds)
    );
    say!("plan.csv and runs.csv: about {}", HumanBytes(estimate.bytes));
}

fn duration(seconds: f64) -> String {
    match seconds {
        ..120.0 => format!("{} s", number(seconds)),
        ..7_200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}
