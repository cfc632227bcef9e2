//! The names of the columns of results, and what each holds.

use std::borrow::Cow;

use dtao_statistics::PARTS;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Whole,
    /// Numbers; blank where there is none.
    Float,
    /// Texts.
    Text,
}

/// The first columns of the tables; the factors follow.
pub const COLUMNS: [&str; 4] = ["run", "point", "arm", "seed"];

/// What the columns of `runs.csv` that say what was drawn of priors begin with: `prior.GROUP.FIELD`.
pub const PRIOR: &str = "prior.";

/// Columns, each with the factor or outcome that it is called after.
type Columns<'n> = Vec<(Cow<'n, str>, Option<&'n str>)>;

/// The columns of the tables of results, with the factor or outcome that each is called after.
pub(super) fn columns_of_tables<'n>(
    factors: &[&'n str],
    outcomes: &[&'n str],
) -> [(&'static str, Columns<'n>); 4] {
    let own = |names: &[&'static str]| names.iter().map(|&name| (name.into(), None)).collect::<Vec<_>>();
    let after = |names: &[&'n str]| names.iter().map(|&name| (name.into(), Some(name))).collect::<Vec<_>>();
    let cells = || factors.iter().map(|&name| (factor_column(name), Some(name)));
    let first = || own(&["point", "arm"]).into_iter().chain(cells());
    let statistics = columns().map(|(name, _)| (name.into(), None));
    [
        ("runs", [own(&COLUMNS), after(factors), after(outcomes)].concat()),
        ("failures", [own(&COLUMNS), after(factors), own(&FAILURE)].concat()),
        ("cells", first().chain(statistics).collect()),
        ("series", first().chain(own(&SERIES.map(|(name, _)| name))).collect()),
    ]
}

/// The columns of failures after the factors.
pub(super) const FAILURE: [&str; 2] = ["message", "replay"];

/// The columns of `series.csv` after the factors.
pub(super) const SERIES: [(&str, Kind); 11] = [
    ("series", Kind::Text),
    ("block", Kind::Whole),
    ("n", Kind::Whole),
    ("mean", Kind::Float),
    ("q05", Kind::Float),
    ("q25", Kind::Float),
    ("q50", Kind::Float),
    ("q75", Kind::Float),
    ("q95", Kind::Float),
    ("q50_low", Kind::Float),
    ("q50_high", Kind::Float),
];

/// The columns of `sensitivity.csv`.
pub(super) const SENSITIVITY: [(&str, Kind); 10] = [
    ("arm", Kind::Text),
    ("outcome", Kind::Text),
    ("factor", Kind::Text),
    ("index", Kind::Text),
    ("value", Kind::Float),
    ("low", Kind::Float),
    ("high", Kind::Float),
    ("used", Kind::Whole),
    ("missing", Kind::Whole),
    ("note", Kind::Text),
];

/// The columns after the factors, except the quantiles.
const CELL: [(&str, Kind); 10] = [
    ("outcome", Kind::Text),
    ("n", Kind::Whole),
    ("missing", Kind::Whole),
    ("mean", Kind::Float),
    ("sd", Kind::Float),
    ("se", Kind::Float),
    ("low", Kind::Float),
    ("high", Kind::Float),
    ("method", Kind::Text),
    ("half_width", Kind::Float),
];

/// The difference from the first arm, over the seeds of both.
const DIFFERENCE: [(&str, Kind); 6] = [
    ("difference", Kind::Float),
    ("difference_low", Kind::Float),
    ("difference_high", Kind::Float),
    ("difference_method", Kind::Text),
    ("correlation", Kind::Float),
    ("variance_reduction", Kind::Float),
];

/// The column of a factor. One may well be called `n`, which is how many runs a cell has; any other name that is a
/// column already is refused.
pub(super) fn factor_column(name: &str) -> Cow<'_, str> {
    if name == "n" { "factor_n".into() } else { name.into() }
}

/// The columns after the factors.
pub(super) fn columns() -> impl Iterator<Item = (String, Kind)> {
    let owned = |(name, kind): (&str, Kind)| (name.to_owned(), kind);
    let quantiles = PARTS.into_iter().flat_map(|part| {
        let name = format!("q{:02}", (part * 100.0) as u32);
        [name.clone(), format!("{name}_low"), format!("{name}_high")].map(|name| (name, Kind::Float))
    });
    CELL.into_iter().map(owned).chain(quantiles).chain(DIFFERENCE.into_iter().map(owned))
}
