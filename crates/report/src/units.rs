//! What numbers are counted in.

use dtao_metrics::MetricSpec;
use dtao_metrics::kind::MetricKind;
use dtao_metrics::quantity::Quantity;

/// In what a mean of metrics of a kind is told; nothing of a number without a unit.
#[must_use]
pub const fn unit(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Indicator => "fraction of the runs",
        MetricKind::Count => "number",
        MetricKind::Share => "0 to 1",
        MetricKind::Amount => "TAO or alpha",
        MetricKind::Price => "TAO per alpha",
        MetricKind::Rank => "rank",
        MetricKind::Duration => "blocks",
        MetricKind::Ratio => "",
    }
}

/// In what a metric of one run is told.
#[must_use]
pub fn unit_of_metric(metric: &MetricSpec) -> &'static str {
    match (metric.kind(), metric) {
        (MetricKind::Indicator, _) => "0 or 1",
        (MetricKind::Amount, MetricSpec::SubnetValue(value)) => unit_of_quantity(value.of),
        (MetricKind::Amount, MetricSpec::MarketValue(value)) => unit_of_quantity(value.of),
        (MetricKind::Amount, MetricSpec::DailyFlow(_)) => "TAO a day",
        (
            MetricKind::Amount,
            MetricSpec::Profit(_)
            | MetricSpec::FollowerProfit(_)
            | MetricSpec::NetFlow(_)
            | MetricSpec::GrossFlow(_)
            | MetricSpec::ShareCost(_),
        ) => "TAO",
        (kind, _) => unit(kind),
    }
}

const fn unit_of_quantity(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::TaoIn | Quantity::TaoEmission | Quantity::ChainBuy => "TAO",
        Quantity::AlphaIn | Quantity::AlphaOut => "alpha",
        Quantity::Depth => "sqrt(TAO x alpha)",
        _ => "",
    }
}

/// In what an outcome of a comparison is told, by its name where that is one of the outcomes that are ready to use.
pub(crate) fn unit_of_outcome(outcome: &str, kind: MetricKind) -> &'static str {
    match outcome {
        _ if kind != MetricKind::Amount => unit(kind),
        "pools.tao" | "share_point.paid" | "share_point.lost" | "attackers.profit" => "TAO",
        _ if outcome.ends_with("a_day") => "TAO a day",
        _ => unit(kind),
    }
}

/// In what an experiment's measure is told, by its words; nothing of a number without a unit.
#[must_use]
pub fn unit_of_measure(measure: &str) -> &'static str {
    // How many times as much has no unit, except where it is of one unit for one of another.
    if measure.contains(" over that ") || measure.contains(" over the ") || measure.contains(" over its ") {
        return "";
    }
    let begins = |with: &str| measure.starts_with(with);
    for (with, unit) in BEGINNINGS {
        if begins(with) {
            return unit;
        }
    }
    ""
}

/// How measures begin, and what those are counted in; the longer of two that fit stands first.
const BEGINNINGS: [(&str, &str); 27] = [
    ("TAO that root's part is sold for over TAO emitted", ""),
    ("TAO that trades bring in less what they take out, over TAO emitted", ""),
    ("TAO a day", "TAO a day"),
    ("TAO a block", "TAO a block"),
    ("TAO bound for a day", "TAO"),
    ("TAO", "TAO"),
    ("price on", "TAO per alpha"),
    ("days", "days"),
    ("part of the revenue", "0 to 1"),
    ("part", "0 to 1"),
    ("share", "0 to 1"),
    ("probability", "0 to 1"),
    ("root proportion, less", ""),
    ("root proportion", "0 to 1"),
    ("root's", "0 to 1"),
    ("fall", "0 to 1"),
    ("deepest fall", "0 to 1"),
    ("median forecast of the fall", "0 to 1"),
    ("from 6 hours after the peak", "fraction"),
    ("points", "points x days"),
    ("change of ln(price)", "per block"),
    ("best rank", "rank"),
    ("expectations", "number"),
    ("facts", "number"),
    ("fitted facts", "number"),
    ("number", "number"),
    ("pumps", "number"),
];

#[cfg(test)]
mod tests {
    use dtao_metrics::subnet_value::SubnetValue;
    use dtao_protocol::units::{Block, Netuid};

    use super::*;

    #[test]
    fn what_is_an_amount_of_one_token_says_of_which() {
        let of = |of| {
            unit_of_metric(&MetricSpec::SubnetValue(SubnetValue { netuid: Netuid(1), of, at: Block(5) }))
        };
        assert_eq!([of(Quantity::TaoIn), of(Quantity::AlphaOut)], ["TAO", "alpha"]);
        assert_eq!([of(Quantity::Price), of(Quantity::EmissionShare)], ["TAO per alpha", "0 to 1"]);
        assert_eq!(unit_of_outcome("root.tao_a_day", MetricKind::Amount), "TAO a day");
        assert_eq!(unit_of_outcome("pools.tao", MetricKind::Amount), "TAO");
        assert_eq!(unit_of_outcome("mine", MetricKind::Amount), "TAO or alpha");
        assert_eq!(unit_of_outcome("calls.refused", MetricKind::Count), "number");
    }

    #[test]
    fn measures_are_told_in_their_units_and_ratios_without_one() {
        for (measure, unit) in [
            ("TAO a day that all miners are paid, at the last price", "TAO a day"),
            ("TAO that the crowd gains", "TAO"),
            ("TAO a block by the rule over that by the recorded drift", ""),
            ("TAO that root's part is sold for over TAO emitted, that day", ""),
            ("part of the runs", "0 to 1"),
            ("price on the 26th at 17:52, TAO", "TAO per alpha"),
            ("the peak with 3e-4 over that with this coefficient", ""),
            ("pumps expected to fall by 50 %", "number"),
            ("something new", ""),
        ] {
            assert_eq!(unit_of_measure(measure), unit, "{measure}");
        }
    }
}
