//! Pumps in hourly prices.

use std::collections::BTreeMap;

use dtao_engine::market::PriceTable;
use dtao_protocol::units::{Block, Netuid};
use jiff::Timestamp;

/// Blocks of an hour.
const HOUR: u64 = 300;
/// Hours within which the price has at least doubled, and after the peak within which it falls.
pub const AFTER: u64 = 9;
/// The least rise over the lowest price of those hours.
const RISE: f64 = 2.0;
/// A subnet's first days are a transient.
const AGE: u64 = 14 * 24;
/// Above this, in TAO per alpha, a pool is one that can hardly be traded.
const TRADABLE: f64 = 0.6;
/// Hours after a pump in which the subnet has no other.
const APART: u64 = 48;
/// The launch of dynamic TAO: subnets that were there have no day of their own.
const LAUNCH: Block = Block(4_920_351);
/// The last subnet of the launch.
const FIRST_SUBNETS: u16 = 64;
/// 2025-02-25T00:00:00Z.
const MIDNIGHT: (Block, i64) = (Block(5_000_232), 1_740_441_600);

/// A price that at least doubled within nine hours.
#[derive(Clone, Debug, PartialEq)]
pub struct Pump {
    /// The subnet.
    pub netuid: Netuid,
    /// The hour of the lowest price of the nine before it has doubled.
    pub onset: Block,
    /// The same in seconds from 1970 on.
    pub seconds: i64,
    /// Hours from there until it has.
    pub doubled_after: u64,
    /// Hours from there to the highest price: that of the nine hours from the doubling on.
    pub peak_after: u64,
    /// The lowest price.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// By hour after the peak, from 0 on: the price as a part of the highest; an hour without a price is left out.
    pub path: BTreeMap<u64, f64>,
}

impl Pump {
    /// How many times the price rose.
    #[must_use]
    pub fn rise(&self) -> f64 {
        self.high / self.low
    }

    /// The deepest fall of the nine hours after the peak, as a return.
    #[must_use]
    pub fn fall(&self) -> f64 {
        self.path.range(..=AFTER).map(|(_, part)| part - 1.0).fold(0.0, f64::min)
    }

    /// From six hours after the peak to the lowest of the six hours after that, as a return.
    #[must_use]
    pub fn later_fall(&self) -> Option<f64> {
        let first = self.path.get(&6)?;
        self.path.range(6..=12).map(|(_, part)| part / first - 1.0).reduce(f64::min)
    }

    /// The day of its onset, counted from 1970.
    #[must_use]
    pub fn day(&self) -> i64 {
        self.seconds.div_euclid(86_400)
    }

    /// The hour of its onset, UTC.
    #[must_use]
    pub fn time(&self) -> String {
        Timestamp::from_second(self.seconds).map_or_else(|_| String::new(), |time| time.to_string())
    }
}

/// One recorded hour.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Hour {
    block: Block,
    /// From 1970 on.
    seconds: i64,
}

/// The hours of recorded prices, counted from the launch on. Rows are an hour apart, or a few; later an hour has fewer than 300
/// blocks, so that only the next row's distance tells.
fn hours(blocks: &[Block]) -> Vec<(u64, Hour)> {
    let Some(&first) = blocks.first() else { return Vec::new() };
    let since_midnight = 12 * (first.0.cast_signed() - MIDNIGHT.0.0.cast_signed());
    let start = (MIDNIGHT.1 + since_midnight + 1_800).div_euclid(3_600) * 3_600;
    let mut at = first.since(LAUNCH) / HOUR;
    let begin = at;
    let mut before = first;
    let hour = |&block: &Block| {
        at += (block.since(before) + HOUR / 2) / HOUR;
        before = block;
        (at, Hour { block, seconds: start + 3_600 * (at - begin).cast_signed() })
    };
    blocks.iter().map(hour).collect()
}

/// What tells pumps apart.
#[must_use]
pub(super) fn rank(pump: &Pump) -> (Netuid, Block) {
    (pump.netuid, pump.onset)
}

/// All pumps in hourly prices, by subnet and time; SN28's of 25 February 2025 is younger than fourteen days, and so is none.
#[must_use]
pub fn pumps(prices: &PriceTable) -> Vec<Pump> {
    let hours: BTreeMap<Block, (u64, Hour)> =
        hours(prices.blocks()).into_iter().map(|hour| (hour.1.block, hour)).collect();
    prices
        .netuids()
        .iter()
        .flat_map(|&netuid| {
            let row = |(block, price)| hours.get(&block).map(|&(at, hour)| (at, (hour, price)));
            let series: Series = prices.series(netuid).filter_map(row).collect();
            let first = series.keys().next().copied().unwrap_or(0);
            let born = if netuid.0 <= FIRST_SUBNETS { 0 } else { first };
            of_subnet(netuid, born, &series)
        })
        .collect()
}

/// By hour: when it was, and the price.
type Series = BTreeMap<u64, (Hour, f64)>;

fn of_subnet(netuid: Netuid, born: u64, series: &Series) -> Vec<Pump> {
    let mut pumps: Vec<Pump> = Vec::new();
    let mut free_from = born + AGE;
    for (&now, &(_, price)) in series.range(born + AGE..) {
        if now < free_from || price >= TRADABLE {
            continue;
        }
        let before = series.range(now.saturating_sub(AFTER)..now);
        let Some((&onset, &(hour, low))) = before.min_by(|a, b| a.1.1.total_cmp(&b.1.1)) else { continue };
        if price < RISE * low {
            continue;
        }
        free_from = now + APART;
        let until = series.range(now..=now + AFTER);
        let higher = |best: (u64, f64), (&at, &(_, price)): (&u64, &(Hour, f64))| {
            if price > best.1 { (at, price) } else { best }
        };
        let peak = until.fold((now, price), higher);
        let path = series.range(peak.0..=peak.0 + 12).map(|(&at, &(_, price))| (at - peak.0, price / peak.1));
        pumps.push(Pump {
            netuid,
            onset: hour.block,
            seconds: hour.seconds,
            doubled_after: now - onset,
            peak_after: peak.0 - onset,
            low,
            high: peak.1,
            path: path.collect(),
        });
    }
    pumps
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A subnet's hourly prices: 1 for `quiet` hours, then these.
    fn series(quiet: u64, prices: &[f64]) -> Series {
        let prices = (0..quiet).map(|_| 1.0).chain(prices.iter().copied());
        let hour = |at: usize| Hour {
            block: Block(300 * at as u64),
            seconds: 3_600 * i64::try_from(at).expect("few hours"),
        };
        prices.enumerate().map(|(at, price)| (at as u64, (hour(at), price / 10.0))).collect()
    }

    /// A pump that rises to 3 in three hours and falls to a path.
    pub(crate) fn pump(path: &[f64]) -> Pump {
        let rising = [1.0, 1.5, 2.2, 3.0];
        let falling = path.iter().map(|part| 3.0 * part);
        let prices: Vec<f64> = rising.into_iter().chain(falling).collect();
        let found = of_subnet(Netuid(1), 0, &series(AGE, &prices));
        let [pump] = found.as_slice() else { panic!("one pump, not {found:?}") };
        pump.clone()
    }

    #[test]
    fn a_pump_has_an_onset_a_peak_and_a_fall_after_it() {
        let pump = pump(&[0.9, 0.5, 0.8, 0.7, 0.6, 0.6, 0.3, 0.9, 0.9, 0.1]);
        // Of equal lowest prices the first: nine hours before it had doubled.
        assert_eq!((pump.doubled_after, pump.peak_after), (9, 10));
        assert!((pump.rise() - 3.0).abs() < 1e-12);
        // The tenth hour is too late for the fall of nine, but not for the later one, which begins at 0.6.
        assert!((pump.fall() - -0.7).abs() < 1e-12, "{}", pump.fall());
        let later = pump.later_fall().expect("twelve hours");
        assert!((later - (0.1 / 0.6 - 1.0)).abs() < 1e-12, "{later}");
    }

    #[test]
    fn young_subnets_dear_pools_and_the_two_days_after_a_pump_have_none() {
        let rise = [1.0, 2.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.5];
        assert_eq!(of_subnet(Netuid(1), 0, &series(AGE, &rise)).len(), 1, "the second is within two days");
        assert_eq!(of_subnet(Netuid(1), 20, &series(AGE, &rise)).len(), 0, "a transient");
        let dear: Series =
            series(AGE, &rise).into_iter().map(|(at, (hour, price))| (at, (hour, 10.0 * price))).collect();
        assert_eq!(of_subnet(Netuid(1), 0, &dear), []);
    }

    #[test]
    fn hours_are_counted_from_row_to_row_and_have_their_dates() {
        // An hour of 295 blocks, and a row that is missing.
        let blocks = [4_935_437, 4_935_732, 4_936_332].map(Block);
        let hours = hours(&blocks);
        assert_eq!(hours.iter().map(|hour| hour.0).collect::<Vec<_>>(), [50, 51, 53]);
        let time = |at: usize| Pump { seconds: hours[at].1.seconds, ..pump(&[1.0]) }.time();
        assert_eq!([time(0), time(2)], ["2025-02-16T00:00:00Z", "2025-02-16T03:00:00Z"]);
        assert_eq!(hours[2].1.block, blocks[2]);
    }
}
