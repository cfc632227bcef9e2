//! A run's charts over time.

use std::collections::{BTreeMap, BTreeSet};

use super::Run;
use super::tables::Subnet;
use crate::page::Item;
use crate::svg::figure::{Content, Figure, Line, SeriesChart};
use crate::thin::{Point, Series};

/// What a line of a subnet shows: its name, where it is, and whether it is on the right axis.
type Quantity = (&'static str, fn(&Subnet) -> &Series, bool);

/// Most layers of a stack; the rest are one.
const LAYERS: usize = 7;

/// Most lines of groups.
const GROUPS: usize = 16;

impl Run {
    /// All charts that the tables can fill, the one of the price first.
    pub(super) fn charts(&self, netuid: Option<u16>) -> Vec<Item> {
        let charts = [
            self.price(),
            self.of_subnets(
                "reserves",
                "Reserves of the pool",
                "TAO and alpha in the subnet's pool at the end of each recorded block.",
                ("TAO in the pool", Some("alpha in the pool")),
                &[("TAO", |subnet| &subnet.tao_in, false), ("alpha", |subnet| &subnet.alpha_in, true)],
            ),
            self.of_subnets(
                "emission-share",
                "Share of the emission and root's proportion",
                "The subnet's fraction of the TAO that a block emits, and the fraction of its validating stake that is on root.",
                ("share of the emission, 0 to 1", Some("root proportion, 0 to 1")),
                &[
                    ("share of the emission", |subnet| &subnet.share, false),
                    ("root proportion", |subnet| &subnet.root_proportion, true),
                ],
            ),
            self.stack_by_subnet(netuid),
            self.stack_by_kind(),
            self.of_groups(
                "profit",
                "Profit by group",
                "Each group's wealth less its wealth before the first block; alpha counts for what selling all of it would fetch.",
                "TAO",
                |run| run.groups.of.iter().map(|(name, group)| (name.clone(), group.profit.clone())).collect(),
            ),
            self.of_groups(
                "flows",
                "What groups have paid for alpha, less what they have received",
                "The sum of a group's purchases less its sales over all subnets so far, after each of its trades, from the recorded calls.",
                "TAO paid so far, less received",
                |run| run.events.flows.clone(),
            ),
        ];
        let mut items: Vec<Item> = charts.into_iter().flatten().map(Item::Figure).collect();
        if !self.events.there {
            let note = "Calls were not recorded, so flows by group and epochs are not shown: `record: (calls: All)` of the scenario, or --set record.calls=All, records them.";
            items.push(Item::Note(note.into()));
        }
        items
    }

    fn price(&self) -> Option<Figure> {
        let mut lines = Vec::new();
        for (&netuid, subnet) in &self.subnets.of {
            let line = |name: &str, series: &Series, dashed: bool| Line {
                name: name.into(),
                netuid: Some(netuid),
                right: false,
                dashed,
                series: series.clone(),
            };
            lines.push(line("spot price", &subnet.price, false));
            if let Some(recorded) = self.recorded.prices.get(&netuid) {
                lines.push(line("recorded price", recorded, true));
            }
            lines.push(line("moving price", &subnet.moving_price, false));
        }
        let recorded = if self.recorded.prices.is_empty() {
            ""
        } else {
            ", and the price that was recorded on the chain"
        };
        figure(
            "price",
            "Price of the subnet's alpha",
            &format!(
                "The spot price at the end of each recorded block, the moving price by which most rules share the emission{recorded}."
            ),
            SeriesChart { left: "TAO per alpha".into(), lines, ..SeriesChart::default() },
        )
    }

    fn of_subnets(
        &self,
        id: &str,
        title: &str,
        description: &str,
        (left, right): (&str, Option<&str>),
        quantities: &[Quantity],
    ) -> Option<Figure> {
        let lines = self.subnets.of.iter().flat_map(|(&netuid, subnet)| {
            quantities.iter().map(move |(name, series, right)| Line {
                name: (*name).to_owned(),
                netuid: Some(netuid),
                right: *right,
                dashed: false,
                series: series(subnet).clone(),
            })
        });
        let (left, right) = (left.into(), right.map(str::to_owned));
        figure(
            id,
            title,
            description,
            SeriesChart { left, right, lines: lines.collect(), ..SeriesChart::default() },
        )
    }

    /// Shares of the emission on top of each other: the largest subnets, and the others together.
    fn stack_by_subnet(&self, netuid: Option<u16>) -> Option<Figure> {
        if self.subnets.of.len() < 2 {
            return None;
        }
        let mut order: Vec<u16> = self.subnets.of.keys().copied().collect();
        order.sort_by(|a, b| {
            self.subnets.of[b].share_sum.total_cmp(&self.subnets.of[a].share_sum).then(a.cmp(b))
        });
        // The subnet that the run is about is one of those with a layer.
        if let Some(at) = netuid.and_then(|netuid| order.iter().position(|&other| other == netuid)) {
            let main = order.remove(at);
            order.insert(0, main);
        }
        let alone = order.len().min(LAYERS);
        let mut layers: Vec<(String, Vec<u16>)> =
            order[..alone].iter().map(|netuid| (format!("subnet {netuid}"), vec![*netuid])).collect();
        let rest = &order[alone..];
        if !rest.is_empty() {
            layers.push((format!("{} other subnets", rest.len()), rest.to_vec()));
        }
        self.stack("emission-by-subnet", "Emission by subnet", "Shares of the emission on top of each other: the subnets with most over the run, the others together.", layers)
    }

    /// Shares of the emission of the scenario's kinds of subnets.
    fn stack_by_kind(&self) -> Option<Figure> {
        let kinds = &self.scenario.as_ref()?.kinds;
        let named: BTreeSet<u16> = kinds.values().flatten().map(|netuid| netuid.0).collect();
        let mut layers: Vec<(String, Vec<u16>)> = kinds
            .iter()
            .map(|(kind, netuids)| (kind.clone(), netuids.iter().map(|netuid| netuid.0).collect()))
            .collect();
        if layers.is_empty() {
            return None;
        }
        let others: Vec<u16> =
            self.subnets.of.keys().copied().filter(|netuid| !named.contains(netuid)).collect();
        if !others.is_empty() {
            layers.push(("other subnets".into(), others));
        }
        self.stack(
            "emission-by-kind",
            "Emission by kind",
            "Shares of the emission of the scenario's kinds of subnets on top of each other.",
            layers,
        )
    }

    fn stack(
        &self,
        id: &str,
        title: &str,
        description: &str,
        layers: Vec<(String, Vec<u16>)>,
    ) -> Option<Figure> {
        let sums: Vec<BTreeMap<u32, f64>> = layers
            .iter()
            .map(|(_, netuids)| {
                let mut sums = BTreeMap::new();
                for (block, share) in netuids
                    .iter()
                    .filter_map(|netuid| self.subnets.of.get(netuid))
                    .flat_map(|subnet| &subnet.shares)
                {
                    *sums.entry(*block).or_insert(0.0) += share;
                }
                sums
            })
            .collect();
        // A row where any layer has an extreme is kept for all of them.
        let series = |sums: &BTreeMap<u32, f64>| {
            let points = sums.iter().map(|(&block, &value)| Point { block, value }).collect();
            Series::whole(points)
        };
        let whole: Vec<Series> = sums.iter().map(series).collect();
        let thinned: Vec<Series> = whole.iter().map(|series| series.thinned(400)).collect();
        let blocks: BTreeSet<u32> =
            thinned.iter().flat_map(|series| &series.points).map(|point| point.block).collect();
        let interval = thinned.iter().map(|series| series.interval).max().unwrap_or(1);
        let lines = layers.into_iter().zip(&sums).map(|((name, _), sums)| {
            let at = |&block: &u32| Point { block, value: sums.get(&block).copied().unwrap_or(0.0) };
            let series = Series { points: blocks.iter().map(at).collect(), seen: sums.len(), interval };
            Line { name, series, ..Line::default() }
        });
        let chart = SeriesChart {
            left: "share of the emission".into(),
            stacked: true,
            lines: lines.collect(),
            ..SeriesChart::default()
        };
        figure(id, title, description, chart)
    }

    fn of_groups(
        &self,
        id: &str,
        title: &str,
        description: &str,
        left: &str,
        series: fn(&Self) -> BTreeMap<String, Series>,
    ) -> Option<Figure> {
        let mut of: Vec<(String, Series)> = series(self).into_iter().collect();
        // Lines that never move tell nothing; the ones that move most come first.
        let size = |series: &Series| series.range().map_or(0.0, |(low, high)| high.abs().max(low.abs()));
        of.retain(|(_, series)| size(series) > 0.0);
        of.sort_by(|a, b| size(&b.1).total_cmp(&size(&a.1)).then(a.0.cmp(&b.0)));
        let more = of.len().saturating_sub(GROUPS);
        of.truncate(GROUPS);
        let lines = of.into_iter().map(|(name, series)| Line { name, series, ..Line::default() }).collect();
        let more = if more > 0 {
            format!(" {more} groups with smaller amounts are left out.")
        } else {
            String::new()
        };
        figure(
            id,
            title,
            &format!("{description}{more}"),
            SeriesChart { left: left.into(), lines, ..SeriesChart::default() },
        )
    }
}

/// A figure, if any line has a point.
fn figure(id: &str, title: &str, description: &str, chart: SeriesChart) -> Option<Figure> {
    let filled = chart.lines.iter().any(|line| !line.series.points.is_empty());
    filled.then(|| Figure {
        id: id.into(),
        title: title.into(),
        description: description.into(),
        content: Content::Series(chart),
    })
}
