//! The metrics of price series, of the real prices of SN28 in February 2025: the figures that are known of them.

use std::fs::File;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::Path;

use dtao_protocol::units::{Block, Netuid};
use flate2::read::GzDecoder;

use crate::extreme::{Extreme, Which};
use crate::fraction::Fraction;
use crate::grid::Sampled;
use crate::half_fall::HalfFall;
use crate::number::NonNegative;
use crate::quantity::Quantity;
use crate::returns::{Returns, ReturnsOf};
use crate::steps::{Steps, StepsOf};

const SN28: Netuid = Netuid(28);
const EVERY: NonZeroU64 = NonZeroU64::new(10).expect("ten");

fn prices(from: u64, to: u64) -> Vec<(Block, f64)> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/market/two_minutes_2025-02-20_26.csv.gz");
    let file = GzDecoder::new(File::open(path).expect("a file of the project"));
    let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(file);
    let header = rows.headers().expect("a header");
    let column = |name| header.iter().position(|title| title == name).expect("a column");
    let (block, price) = (column("block"), column("28"));
    rows.records()
        .map(|row| row.expect("a row"))
        .map(|row| (row[block].parse().expect("a block"), row[price].parse().expect("a price")))
        .filter(|&(block, _)| (from..=to).contains(&block))
        .map(|(block, price)| (Block(block), price))
        .collect()
}

#[track_caller]
fn near(value: Option<f64>, known: f64, within: f64) {
    let value = value.expect("defined");
    assert!((value - known).abs() <= within, "{value} is not {known}");
}

#[test]
fn quiet_days_have_the_known_deviation_tails_reversion_and_clustering() {
    let (from, to) = (4_964_237, 5_000_232);
    let prices = prices(from, to);
    let of = |of| Returns { netuid: SN28, every: EVERY, of, from: Block(from), to: Block(to) }.value(&prices);
    let looks = |looks| NonZeroUsize::new(looks).expect("not zero");
    let part = |part| Fraction::new(part).expect("a part");
    let beyond = NonNegative::new(2e-4).expect("not negative");
    near(of(ReturnsOf::Deviation), 0.0106, 0.000_05);
    near(of(ReturnsOf::ExcessKurtosis), 156.0, 0.5);
    // Known as 1.62 of moves cleaned of drift by another rule; 26 moves are the tail: a standard error of .3.
    near(of(ReturnsOf::Hill { tail: part(0.05), beyond }), 1.62, 0.15);
    // Known as .73 without the correction for bias, which is 2 % here.
    near(of(ReturnsOf::VarianceRatio(looks(90))), 0.73, 0.02);
    near(of(ReturnsOf::Autocorrelation(looks(1))), -0.01, 0.005);
    near(of(ReturnsOf::AbsoluteAutocorrelation(looks(1))), 0.09, 0.005);
    near(of(ReturnsOf::AbsoluteQuantile(part(0.99))), 0.042, 0.000_5);
}

#[test]
fn the_pump_and_the_dump_of_the_25th_are_as_known() {
    let of = |which, from, to| {
        let (from_block, to_block) = (Block(from), Block(to));
        Extreme { netuid: SN28, of: Quantity::Price, which, from: from_block, to: to_block, every: EVERY }
            .value(&prices(from, to))
    };
    near(of(Which::LargestOverFirst, 5_001_732, 5_005_672), 3.125, 0.000_5);
    near(of(Which::BlocksToLargest, 5_001_732, 5_005_672), f64::from(5_003_952 - 5_001_732), 0.0);
    near(of(Which::FallFromLargest, 5_001_732, 5_007_432), -0.929, 0.000_5);
    near(of(Which::BlocksFromLargestToSmallest, 5_001_732, 5_007_432), f64::from(5_006_522 - 5_003_952), 0.0);
    near(of(Which::FallFromFirst, 5_005_672, 5_006_522), -0.873, 0.000_5);

    // The last sample before the epoch of 17:53, block 5_005_597, and all to the end of the day.
    let (from, to) = (5_005_592, 5_007_432);
    let prices = prices(from, to);
    let steps =
        |of| Steps { netuid: SN28, every: EVERY, of, from: Block(from), to: Block(to) }.value(&prices);
    near(steps(StepsOf::LargestFall), -0.61, 0.005);
    near(steps(StepsOf::CountBeyond(Fraction::new(0.12).expect("a part"))), 6.0, 0.0);
    let half = HalfFall { netuid: SN28, from: Block(5_005_597), to: Block(to), every: EVERY };
    // 20:02:00: 2.2 hours.
    near(half.value(&prices), f64::from(5_006_252 - 5_005_597), 0.0);
}
