//! What a run came to, in a sentence and in tables.

use dtao_experiment::scenario::{Expectation, Kind};
use dtao_statistics::{Comparison, Score, Verdict};

use super::Run;
use crate::page::{Item, Page, Row, Table};
use crate::text::{count, number, or_dash, time};

impl Run {
    /// What the run came to.
    pub(super) fn verdict(&self, netuid: Option<u16>) -> String {
        let held = self.held();
        let score = |kind: Option<Kind>| {
            let of = held.iter().filter(|(expected, _)| {
                expected.kind != Kind::Restated && kind.is_none_or(|kind| expected.kind == kind)
            });
            Score::of(of.map(|(_, found)| found))
        };
        let mut sentences = Vec::new();
        let (all, validation) = (score(None), score(Some(Kind::Validation)));
        if all.targets > 0 {
            let of = |score: Score, what: &str| format!("{} of {} {what}", score.met, score.targets);
            let missed: Vec<&str> = held
                .iter()
                .filter(|(expected, found)| expected.kind != Kind::Restated && found.verdict != Verdict::Met)
                .map(|(expected, _)| expected.metric.as_str())
                .collect();
            let validation = if validation.targets > 0 {
                of(validation, "validation targets are met")
            } else {
                of(all, "targets are met")
            };
            let missed = match missed.as_slice() {
                [one] => format!("; not met is {one}"),
                [first @ .., last] if first.len() < 4 => {
                    format!("; not met are {} and {last}", first.join(", "))
                }
                [first, second, third, rest @ ..] => {
                    format!("; not met are {first}, {second}, {third} and {} others", rest.len())
                }
                _ => String::new(),
            };
            sentences.push(format!("{validation} in this one run{missed}."));
        }
        if let Some((netuid, subnet)) =
            netuid.and_then(|netuid| Some((netuid, self.subnets.of.get(&netuid)?)))
        {
            let points = &subnet.price.points;
            let by_value = |a: &&crate::thin::Point, b: &&crate::thin::Point| a.value.total_cmp(&b.value);
            if let (Some(first), Some(last)) = (points.first(), points.last())
                && let (Some(low), Some(high)) =
                    (points.iter().min_by(by_value), points.iter().max_by(by_value))
            {
                let change =
                    if first.value > 0.0 { 100.0 * (last.value / first.value - 1.0) } else { f64::NAN };
                sentences.push(format!(
                    "Subnet {netuid}'s price goes from {} to {} TAO per alpha ({change:+.1} %), between {} on {} and {} on {} UTC.",
                    number(first.value),
                    number(last.value),
                    number(low.value),
                    &time(u64::from(low.block))[..16],
                    number(high.value),
                    &time(u64::from(high.block))[..16],
                ));
            }
        }
        let blocks = count(self.manifest.blocks_made, "block");
        let subnets = count(self.subnets.of.len() as u64, "recorded subnet");
        let calls: u64 = self.summary.calls.values().sum();
        sentences.push(format!("{blocks} with {subnets} and {}.", count(calls, "call")));
        sentences.join(" ")
    }

    /// The scenario's expectations with what was found.
    fn held(&self) -> Vec<(&Expectation, Comparison)> {
        let expectations = self.scenario.iter().flat_map(|scenario| &scenario.expect);
        let found = expectations.map(|expected| {
            let value = self.summary.metrics.get(&expected.metric).copied().flatten();
            (expected, Comparison::of(&[value], expected.known()))
        });
        found.collect()
    }

    /// Targets beside what was found, and the metrics that nothing is known of.
    pub(super) fn validation(&self, page: &mut Page) {
        let mut held = self.held();
        let order = |kind: Kind| match kind {
            Kind::Validation => 0,
            Kind::Calibrated => 1,
            Kind::Restated => 2,
            Kind::Imposed => 3,
        };
        held.sort_by_key(|(expected, _)| order(expected.kind));
        if !held.is_empty() {
            let proves = |kind: Kind| matches!(kind, Kind::Validation | Kind::Calibrated);
            let (telling, others): (Vec<_>, Vec<_>) =
                held.iter().partition(|(expected, _)| proves(expected.kind));
            let caption = "Targets: what is known from outside, the bounds that meet it, and what this run measured. Validation: the model could have got it wrong; fitted: parameters were chosen by it.";
            let more = "Restated: the same facts seen differently, not counted again; imposed: what the scenario puts in, a check of the program";
            let mut tables = vec![
                self.targets(caption, &telling, false),
                self.targets(more, &others, !telling.is_empty()),
            ];
            tables.retain(|table| !table.rows.is_empty());
            page.section(
                "Held against what is known",
                String::new(),
                tables.into_iter().map(Item::Table).collect(),
            );
        }
        let known: Vec<&str> = held.iter().map(|(expected, _)| expected.metric.as_str()).collect();
        let others = self.summary.metrics.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        let rows: Vec<Row> = others
            .map(|(name, value)| {
                let value = value.map_or_else(|| "not reached".into(), number);
                Row::of([name.clone(), value]).counted_in(self.unit(name))
            })
            .collect();
        if !rows.is_empty() {
            let folded = rows.len() > 20 && !held.is_empty();
            let caption = if held.is_empty() {
                "Metrics of the scenario"
            } else {
                "Metrics that nothing is held against"
            };
            let table = Table {
                caption: caption.into(),
                columns: vec!["metric".into(), "value".into()],
                texts: 1,
                rows,
                folded,
                ..Table::default()
            };
            page.section(
                if held.is_empty() { "Metrics" } else { "" },
                String::new(),
                vec![Item::Table(table)],
            );
        }
    }

    /// What calls came to, and what the auditor says.
    pub(super) fn counts(&self, page: &mut Page) {
        let rows = self.summary.calls.iter().map(|(kind, count)| Row::of([kind.clone(), count.to_string()]));
        let table = Table {
            caption: "How many calls came to what".into(),
            columns: vec!["calls".into(), "number".into()],
            texts: 1,
            rows: rows.collect(),
            folded: false,
            ..Table::default()
        };
        let audit = match self.summary.audit.as_ref().and_then(|audit| audit.get("blocks")) {
            Some(blocks) => format!(
                "All TAO and alpha were recounted after each of {blocks} blocks, and every rao was accounted for."
            ),
            None => "The run was made without --audit: TAO and alpha were not recounted.".into(),
        };
        let mut items = vec![Item::Note(audit)];
        if !table.rows.is_empty() {
            items.insert(0, Item::Table(table));
        }
        page.section("Calls", String::new(), items);
    }

    /// Targets with their verdicts.
    fn targets(&self, caption: &str, held: &[&(&Expectation, Comparison)], folded: bool) -> Table {
        let rows = held.iter().map(|(expected, found)| Row {
            cells: vec![
                expected.metric.clone(),
                match expected.kind {
                    Kind::Validation => "validation",
                    Kind::Calibrated => "fitted",
                    Kind::Restated => "restated",
                    Kind::Imposed => "imposed",
                }
                .into(),
                found.verdict.name().into(),
                expected.source.clone(),
                number(expected.target),
                format!("{} to {}", number(expected.within.0), number(expected.within.1)),
                or_dash(found.median),
            ],
            unit: self.unit(&expected.metric),
            mark: if found.verdict == Verdict::Met { "" } else { "missed" },
        });
        Table {
            caption: caption.into(),
            columns: ["metric", "kind", "verdict", "source", "target", "met within", "measured"]
                .map(str::to_owned)
                .into(),
            texts: 4,
            rows: rows.collect(),
            folded,
            ..Table::default()
        }
    }
}
