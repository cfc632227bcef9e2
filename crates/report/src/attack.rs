//! The report on a search for attacks: what was found, how sure it is, what the search came to, who paid.

mod answers;
mod beside;
mod table;

use dtao_attack::OWN;
use dtao_attack::folder::Manifest;
use dtao_attack::written::{read_program, steps};

use crate::ReportError;
use crate::counts::Counts;
use crate::finished::Finished;
use crate::page::{Item, Page, Row, Table};
use crate::svg::figure::{Content, Figure};
use crate::svg::{Curve, Curves, Drawing, IntervalRow, Intervals, Mark, Positions};
use crate::text::{count, number, option_as_spec, or_dash, quoted, range};

/// A search as its files tell it.
struct Search {
    manifest: Manifest,
    attacks: Vec<Attack>,
}

/// A row of `attacks.csv`.
struct Attack {
    rule: String,
    number: String,
    claimed: bool,
    seeds: u64,
    mean: Option<f64>,
    interval: Option<(f64, f64)>,
    quantiles: [Option<f64>; 3],
    loses: Option<f64>,
    p: Option<f64>,
    over_holding: Option<f64>,
    capital: Option<f64>,
    late: Option<f64>,
    audit: String,
    program: String,
}

const COLUMNS: [&str; 17] = [
    "rule",
    "attack",
    "claimed",
    "seeds",
    "mean",
    "lower",
    "upper",
    "p5",
    "p50",
    "p95",
    "loss_probability",
    "p_holm",
    "profit_over_holding",
    "capital",
    "one_block_late",
    "audit",
    "program",
];

/// The page.
pub(crate) fn page(finished: &Finished) -> Result<Page, ReportError> {
    let manifest: Manifest = finished.manifest()?;
    if !manifest.asked.names.is_empty() {
        return table::page(finished, manifest);
    }
    let search = Search { manifest, attacks: attacks(finished)? };
    let mut page = Page {
        title: search.manifest.asked.scenario.clone(),
        kind: "dtao attack",
        verdict: search.verdict(),
        about: search.about(),
        counts: search.counts(),
        ..Page::default()
    };
    let mut items: Vec<Item> = search.intervals().map(Item::Figure).into_iter().collect();
    if !search.attacks.is_empty() {
        items.push(Item::Table(search.table()));
    }
    page.section("", String::new(), items);
    if let Some(figure) = curve(finished, search.unit())? {
        let sentence = "Each point is a program that beat the best so far over the seeds that both were run on. It is chosen from many, so it lies above what the same program then comes to over fresh seeds.";
        page.section("The search", sentence.into(), vec![Item::Figure(figure)]);
    }
    let answers = answers::table(finished)?;
    if !answers.rows.is_empty() {
        let sentence = "Groups that trade take what leaves them with most: trade as before, hold, or leave for root. It is about these answers in this world.";
        page.section("After others answered", sentence.into(), vec![Item::Table(answers)]);
    }
    let replays = beside::replays(finished)?;
    if !replays.rows.is_empty() {
        let sentence = "The attacks replayed as they are, and the best that the same effort found under the rule: less is less, not safe.";
        page.section("Under other rules", sentence.into(), vec![Item::Table(replays)]);
    }
    let (mut calls, mut payers) = (beside::calls(finished)?, beside::payers(finished)?);
    for attack in &search.attacks {
        let key = (attack.rule.clone(), attack.number.clone());
        let tables = [calls.remove(&key), payers.remove(&key)].into_iter().flatten().map(Item::Table);
        page.section(&attack.name(), attack.words(), tables.collect());
    }
    search.repeat(&mut page, finished);
    Ok(page)
}

fn attacks(finished: &Finished) -> Result<Vec<Attack>, ReportError> {
    let mut attacks = Vec::new();
    finished.rows("attacks.csv", COLUMNS, |cells| {
        attacks.push(Attack {
            rule: cells.text(0).to_owned(),
            number: cells.text(1).to_owned(),
            claimed: cells.text(2) == "true",
            seeds: cells.whole(3)?,
            mean: cells.number(4)?,
            interval: cells.number(5)?.zip(cells.number(6)?),
            quantiles: [cells.number(7)?, cells.number(8)?, cells.number(9)?],
            loses: cells.number(10)?,
            p: cells.number(11)?,
            over_holding: cells.number(12)?,
            capital: cells.number(13)?,
            late: cells.number(14)?,
            audit: cells.text(15).to_owned(),
            program: cells.text(16).to_owned(),
        });
        Ok(())
    })?;
    Ok(attacks)
}

impl Attack {
    /// What it is called where several rules stand beside each other.
    fn name(&self) -> String {
        if self.rule == OWN {
            format!("Attack {}", self.number)
        } else {
            format!("Attack {} under {}", self.number, self.rule)
        }
    }

    /// What it does.
    fn words(&self) -> String {
        does(&self.program)
    }
}

/// What a program does, in words.
pub(crate) fn does(program: &str) -> String {
    read_program(program).map_or_else(|_| program.to_owned(), |program| steps(&program))
}

impl Search {
    /// What gains are counted in.
    fn unit(&self) -> &'static str {
        match self.manifest.asked.goal.as_str() {
            "profit" => "TAO",
            "damage" => "TAO lost by others, per TAO of the budget",
            _ => "part of a block's TAO",
        }
    }

    /// Runs of programs, attacks whose books do not close, and numbers that were not measured.
    fn counts(&self) -> Option<Counts> {
        let failed = self.manifest.faults.unwrap_or(0) as u64;
        let missing = self.attacks.iter().filter(|attack| attack.late.is_none()).count() as u64;
        Some(Counts { runs: self.manifest.made?, failed, missing })
    }

    /// The same below the name of a column.
    fn unit_in_short(&self) -> &'static str {
        match self.manifest.asked.goal.as_str() {
            "damage" => "TAO per TAO",
            "share" => "part of the TAO",
            _ => self.unit(),
        }
    }

    fn verdict(&self) -> String {
        let own: Vec<&Attack> = self.attacks.iter().filter(|attack| attack.rule == OWN).collect();
        let runs = self
            .manifest
            .made
            .map_or_else(String::new, |made| format!(" {} of programs were made.", count(made, "run")));
        let claimed: Vec<&&Attack> = own.iter().filter(|attack| attack.claimed).collect();
        let Some(best) =
            claimed.iter().max_by(|a, b| a.mean.unwrap_or(0.0).total_cmp(&b.mean.unwrap_or(0.0)))
        else {
            let found = if own.is_empty() {
                format!("Nothing was found that gains with {} TAO.", self.tao())
            } else {
                format!(
                    "No attack is claimed: of what was found with {} TAO, nothing is above zero at 5 % over fresh seeds.",
                    self.tao()
                )
            };
            return format!("{found}{runs} That is no proof that nothing can be gained.");
        };
        let mean = or_dash(best.mean);
        let seeds = count(best.seeds, "fresh seed");
        let sure = match best.interval {
            Some((low, high)) if low < high => {
                format!("95 % interval {} to {} over {seeds}", number(low), number(high))
            }
            _ => format!("the same in {seeds}: nothing in it is random"),
        };
        let what = match self.manifest.asked.goal.as_str() {
            "profit" => format!("{mean} TAO over the best honest use of {} TAO", self.tao()),
            "damage" => format!("{mean} TAO of damage to others for each of {} TAO", self.tao()),
            _ => format!("{mean} of a block's TAO more than the best honest use of {} TAO", self.tao()),
        };
        format!(
            "The best attack that was found comes to {what} ({sure}). {} of {} are claimed at 5 % together.{runs}",
            claimed.len(),
            own.len()
        )
    }

    /// The budget without zeros at its end.
    fn tao(&self) -> &str {
        if self.manifest.asked.budget.contains('.') {
            self.manifest.asked.budget.trim_end_matches('0').trim_end_matches('.')
        } else {
            &self.manifest.asked.budget
        }
    }

    fn about(&self) -> String {
        format!(
            "Programs of up to twelve calls by up to {}, from {}.",
            count(self.manifest.asked.accounts.into(), "account"),
            self.manifest.asked.calls.join(", ")
        )
    }

    /// Means with their intervals over fresh seeds.
    fn intervals(&self) -> Option<Figure> {
        let row = |attack: &Attack| {
            Some(IntervalRow {
                name: attack.name(),
                marks: vec![Some(Mark { value: attack.mean?, interval: attack.interval })],
            })
        };
        let rows: Vec<IntervalRow> = self.attacks.iter().filter_map(row).collect();
        if rows.is_empty() {
            return None;
        }
        let intervals = Intervals { axis: self.unit().into(), series: vec!["mean".into()], rows, zero: true };
        Some(Figure {
            id: "gains".into(),
            title: "What each attack comes to".into(),
            description: "Means over fresh seeds, on which nothing was chosen, with their 95 % intervals."
                .into(),
            content: Content::Drawing(Drawing::Intervals(intervals)),
        })
    }

    fn table(&self) -> Table {
        let percent =
            |part: Option<f64>| part.map_or_else(|| "–".into(), |part| format!("{:.0} %", 100.0 * part));
        let row = |attack: &Attack| {
            let [p5, p50, p95] = attack.quantiles.map(or_dash);
            Row::of([
                attack.name(),
                if attack.claimed { "yes" } else { "no" }.into(),
                attack.audit.clone(),
                or_dash(attack.mean),
                range(attack.interval),
                format!("{p50} [{p5}, {p95}]"),
                percent(attack.loses),
                or_dash(attack.p),
                or_dash(attack.over_holding),
                or_dash(attack.capital),
                or_dash(attack.late),
            ])
        };
        let gain = self.unit_in_short();
        Table {
            caption: format!(
                "Of each attack what it comes to over fresh seeds, in {}; what it makes over holding TAO and the most that is out at once are in TAO.",
                self.unit()
            ),
            columns: [
                "attack",
                "claimed",
                "audit",
                "mean",
                "95 % interval",
                "median [5 %, 95 %]",
                "below zero in",
                "p (Holm)",
                "over holding",
                "out at once",
                "one block late",
            ]
            .map(Into::into)
            .into(),
            units: vec!["", "", "", gain, gain, gain, "of the seeds", "", "TAO", "TAO", gain],
            texts: 3,
            rows: self.attacks.iter().map(row).collect(),
            ..Table::default()
        }
    }

    fn repeat(&self, page: &mut Page, finished: &Finished) {
        let mut command = vec![format!(
            "dtao attack {} --budget '{} TAO' --goal {} --accounts {}",
            quoted(&self.manifest.asked.file),
            self.tao(),
            self.manifest.asked.goal,
            self.manifest.asked.accounts
        )];
        if !self.manifest.asked.ops.is_empty() {
            command.push(format!("--ops {}", quoted(&self.manifest.asked.ops.join(","))));
        }
        if !self.manifest.asked.subnets.is_empty() {
            let subnets: Vec<String> = self.manifest.asked.subnets.iter().map(ToString::to_string).collect();
            command.push(format!("--subnets {}", subnets.join(",")));
        }
        command.extend(
            self.manifest.asked.assignments.iter().map(|assignment| format!("--set {}", quoted(assignment))),
        );
        if !self.manifest.asked.against.is_empty() {
            command.push(format!("--against {}", quoted(&self.manifest.asked.against.join(","))));
        }
        let evaluations = self.manifest.evaluations.or_else(|| self.manifest.repeated_by.get(OWN).copied());
        command.extend(evaluations.map(|evaluations| format!("--evaluations {evaluations}")));
        if self.manifest.asked.respond {
            command.push("--respond".into());
        }
        if self.manifest.asked.names.is_empty() {
            command.push(format!("--method {}", self.manifest.asked.method));
        } else {
            command.push("--table --seed-with FILE".into());
        }
        command.push(format!("--seed {}", self.manifest.asked.seed));
        let command = format!(
            "{}{} --out DIR",
            command.join(" "),
            option_as_spec(self.manifest.asked.as_spec.as_ref())
        );
        // A search that ended by the clock ended elsewhere under each rule.
        let others = self
            .manifest
            .repeated_by
            .iter()
            .filter(|&(_, &runs)| self.manifest.evaluations.is_none() && Some(runs) != evaluations);
        let others =
            others.map(|(rule, runs)| (format!("the search under {rule}"), format!("--evaluations {runs}")));
        let seeded = self.manifest.asked.seeded.iter().enumerate();
        let names = &self.manifest.asked.names;
        let name = |at: usize| names.get(at).map_or_else(|| (at + 1).to_string(), String::clone);
        let seeded = seeded
            .map(|(at, program)| (format!("program that it began with, {}", name(at)), program.clone()));
        let build = (&*self.manifest.commit, &*self.manifest.commit_state, &*self.manifest.version);
        finished.end(page, command, build, others.chain(seeded));
    }
}

/// The best so far by runs of programs, under each rule.
fn curve(finished: &Finished, unit: &str) -> Result<Option<Figure>, ReportError> {
    let mut series: Vec<Curve> = Vec::new();
    finished.rows("curve.csv", ["rule", "evaluations", "best"], |cells| {
        let (rule, at, best) = (cells.text(0), cells.number(1)?, cells.number(2)?);
        if series.last().is_none_or(|curve| curve.name != rule) {
            series.push(Curve { name: rule.to_owned(), points: Vec::new() });
        }
        if let (Some(curve), Some((at, best))) = (series.last_mut(), at.zip(best)) {
            curve.points.push((at, Mark { value: best, interval: None }));
        }
        Ok(())
    })?;
    if series.iter().all(|curve| curve.points.is_empty()) {
        return Ok(None);
    }
    let curves = Curves {
        across: "runs of programs".into(),
        up: unit.into(),
        positions: Positions::Numbers,
        series,
        connected: true,
    };
    Ok(Some(Figure {
        id: "search".into(),
        title: "The best so far".into(),
        description: "What the best program so far comes to over the seeds that it was run on, by how many runs were made.".into(),
        content: Content::Drawing(Drawing::Curves(curves)),
    }))
}
