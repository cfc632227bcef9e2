//! What a metric is.

use dtao_statistics::Support;
use serde::{Deserialize, Serialize};

/// What a metric is, by its definition: known before any run, so no values can change it.
///
/// It decides how sure a mean is said to be: only an [`Indicator`](Self::Indicator) has a proportion's interval.
/// An amount that happens to be 0 in every run is not something that never happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MetricKind {
    /// Whether something is so: 1 or 0.
    Indicator,
    /// How many of something there are: a whole number.
    Count,
    /// A part of a whole: 0 to 1.
    Share,
    /// TAO or alpha; negative where it is lost.
    Amount,
    /// TAO per alpha.
    Price,
    /// A place in an order, from 1.
    Rank,
    /// Blocks from one thing to another.
    Duration,
    /// A number without a unit: a quotient, a return, a slope.
    Ratio,
}

impl MetricKind {
    /// The smallest and the largest value that a metric of the kind can have.
    #[must_use]
    pub const fn range(self) -> (f64, f64) {
        match self {
            Self::Indicator | Self::Share => (0.0, 1.0),
            Self::Count | Self::Price => (0.0, f64::INFINITY),
            Self::Rank => (1.0, f64::INFINITY),
            // Blocks from one thing to another are negative where that one comes first.
            Self::Amount | Self::Duration | Self::Ratio => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// Whether it counts something: a value of one run is then a whole number.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, Self::Count | Self::Rank | Self::Duration)
    }

    /// Which values it can take, as statistics treat it.
    #[must_use]
    pub const fn support(self) -> Support {
        match self {
            Self::Indicator => Support::ZeroOrOne,
            _ => Support::Numbers,
        }
    }

    /// In one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Indicator => "indicator",
            Self::Count => "count",
            Self::Share => "share",
            Self::Amount => "amount",
            Self::Price => "price",
            Self::Rank => "rank",
            Self::Duration => "duration",
            Self::Ratio => "ratio",
        }
    }
}
