//! The arguments of `dtao pool`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args};
use dtao_pool::question::{DAYS, SEEDS, TIMES};
use dtao_pool::shipped::Shipped;
use dtao_protocol::era::Spec;
use dtao_protocol::units::{Alpha, DAY, Tao};

use super::numbers::amount;
use super::{jobs, spec};
use crate::shipped;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("deed").required(true).args(["sell", "buy", "push", "price"])))]
#[command(group(ArgGroup::new("own").required(true).args(["tao_in", "from"])))]
#[command(override_usage = "dtao pool [OPTIONS] --tao-in <TAO> --alpha-in <ALPHA> <TRADE>\n       \
    dtao pool [OPTIONS] --from <FILE> --netuid <N> <TRADE>\n\n\
    A trade is one of --sell, --buy, --price, and --push with --for.")]
#[command(after_help = "Examples:\n  \
    dtao pool --tao-in 1200 --alpha-in 90000 --sell \"20_000 alpha\" --spec 246\n  \
    dtao pool --tao-in 1200 --alpha-in 90000 --push x2 --for 1d\n  \
    dtao pool --from april_2026 --netuid 28 --buy \"100 TAO\" --days 3 --seeds 4")]
pub(crate) struct PoolArguments {
    /// TAO in the pool
    #[arg(long, value_name = "TAO", value_parser = tao, requires = "alpha_in")]
    pub tao_in: Option<Tao>,
    /// Alpha in the pool
    #[arg(long, value_name = "ALPHA", value_parser = alpha, requires = "tao_in")]
    pub alpha_in: Option<Alpha>,
    /// Alpha outside the pool; as much as in it by default
    #[arg(long, value_name = "ALPHA", value_parser = alpha, requires = "tao_in")]
    pub alpha_out: Option<Alpha>,
    /// The moving price, in TAO per alpha; the price by default
    #[arg(long, value_name = "PRICE", value_parser = price, requires = "tao_in")]
    pub moving_price: Option<f64>,
    /// The subnets beside it; by default those whose date is nearer to the runtime's
    #[arg(long, value_name = "NAME", value_parser = markets(), requires = "tao_in")]
    pub market: Option<Shipped>,
    /// What has the pool: a table of pools (.csv), a scenario that begins with one, or a file for `dtao import` (.json)
    #[arg(long, value_name = "FILE", requires = "netuid", conflicts_with = "tao_in", value_parser = shipped::scenario)]
    pub from: Option<PathBuf>,
    /// The subnet in the file
    #[arg(long, value_name = "N", requires = "from", value_parser = clap::value_parser!(u16).range(1..))]
    pub netuid: Option<u16>,
    /// The runtime whose rules hold; the newest that is known by default, or the scenario's
    #[arg(long, value_name = "SPEC", value_parser = spec)]
    pub spec: Option<Spec>,
    /// Sell so much, such as "20 alpha"
    #[arg(long, value_name = "AMOUNT", value_parser = alpha)]
    pub sell: Option<Alpha>,
    /// Buy for so much, such as "100 TAO"
    #[arg(long, value_name = "AMOUNT", value_parser = tao)]
    pub buy: Option<Tao>,
    /// Buy to so many times the price, such as x2, buy back to it in every block, then sell all
    #[arg(long, value_name = "xN", value_parser = times, requires = "duration")]
    pub push: Option<f64>,
    /// How long the price is kept, such as 1d, 6h or 300 (blocks)
    #[arg(long = "for", id = "duration", value_name = "TIME", value_parser = duration, requires = "push")]
    pub duration: Option<u64>,
    /// Buy or sell until this is the price, in TAO per alpha
    #[arg(long, value_name = "PRICE", value_parser = price)]
    pub price: Option<f64>,
    /// How many days are looked ahead, 1 to 365
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=DAYS))]
    pub days: u64,
    /// How many runs with trades at random, with seeds from 1 on
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=SEEDS))]
    pub seeds: u64,
    /// How many runs at once; 1 to 1,024; as many as there are processors by default
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// Write the scenario to this file (.ron), its table of pools and its variant with trades at random beside it
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// Replace the scenario that this command has written there
    #[arg(long, requires = "write")]
    pub force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The file: what taostats answers to `dtao/pool`, as JSON
    pub file: PathBuf,
    /// The scenario to write (.ron); its table of pools is written beside it (.csv)
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
    /// The runtime that was in force; `dtao list runtimes` has their dates
    #[arg(long, value_name = "SPEC", value_parser = spec)]
    pub spec: Spec,
    /// Root's TAO (`SubnetTAO` of root); that of a shipped market without it
    #[arg(long, value_name = "TAO", value_parser = tao)]
    pub root_tao: Option<Tao>,
    /// All TAO that exists; that of a shipped market without it
    #[arg(long, value_name = "TAO", value_parser = tao)]
    pub issuance: Option<Tao>,
    /// Replace the scenario that this command has written there
    #[arg(long)]
    pub force: bool,
}

fn markets() -> impl TypedValueParser<Value = Shipped> {
    let values = Shipped::ALL.map(|market| PossibleValue::new(market.name()).help(market.about()));
    let named = |name: String| Shipped::ALL.into_iter().find(|market| market.name() == name);
    PossibleValuesParser::new(values).map(move |name| named(name).expect("it is one of the possible values"))
}

fn tao(text: &str) -> Result<Tao, String> {
    amount(text, "TAO").and_then(|tao: Tao| possible(tao, tao.to_f64(), "TAO"))
}

fn alpha(text: &str) -> Result<Alpha, String> {
    amount(text, "alpha").and_then(|alpha: Alpha| possible(alpha, alpha.to_f64(), "alpha of a subnet"))
}

fn possible<A>(amount: A, units: f64, what: &str) -> Result<A, String> {
    if units == 0.0 {
        return Err(format!("write more than 0 {what}"));
    }
    if units > 21e6 { Err(format!("there are at most 21_000_000 {what}")) } else { Ok(amount) }
}

fn price(text: &str) -> Result<f64, String> {
    let price = text.parse().ok().filter(|price| (1e-9..=21e6).contains(price));
    price.ok_or_else(|| "write a price in TAO per alpha, from 0.000000001 to 21000000, such as 0.02".into())
}

/// `x2` or `2`.
fn times(text: &str) -> Result<f64, String> {
    let number = text.strip_prefix(['x', 'X']).unwrap_or(text);
    let times = number.parse().ok().filter(|&times: &f64| times > 1.0 && times <= TIMES);
    times.ok_or_else(|| "write how many times the price, more than 1, such as x2 or x1.5".into())
}

/// `1d`, `6h`, or a number of blocks.
fn duration(text: &str) -> Result<u64, String> {
    let (number, each) = match text.trim_end_matches(['d', 'h']) {
        number if number.len() + 1 < text.len() => (text, 1),
        number if text.ends_with('d') => (number, DAY),
        number if text.ends_with('h') => (number, DAY / 24),
        number => (number, 1),
    };
    let blocks = number.replace('_', "").parse().ok().and_then(|number: u64| number.checked_mul(each));
    let blocks = blocks.filter(|&blocks| blocks > 0 && blocks < DAYS * DAY);
    blocks.ok_or_else(|| {
        "write days, hours or blocks of 12 seconds, such as 1d, 6h or 300; less than a year".into()
    })
}
