//! Intervals of recorded prices in which nobody traded, found from the prices alone.
//!
//! Without trades a launch pool's price falls by `2 r / alpha_in` per block, and trades keep
//! `tao * alpha`, so with `y = -d ln(p) / blocks / sqrt(p)` every quiet interval of a subnet shows nearly
//! the same `y`, whatever was traded in between. In each window of six hours the mode of `y` is that value,
//! and an interval is quiet if its `y` is within a few per cent of it. A window counts only if a quarter
//! of its intervals are quiet: otherwise the mode may be an accident.

use dtao_engine::market::PriceTable;
use dtao_engine::math::ln;
use dtao_protocol::units::{Block, Netuid};

/// How near to the mode an interval has to be: 6 %.
const NEAR: f64 = 0.06;
/// Which part of a window's intervals must be quiet.
const CREDIBLE: f64 = 0.25;
/// Blocks of a window: six hours.
const WINDOW: u64 = 1_800;
/// Longest interval that is looked at: five minutes. Recordings have gaps.
const LONGEST: u64 = 25;
/// Fewest intervals from which a mode is taken.
const FEWEST: usize = 20;

/// An interval in which nobody traded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuietInterval {
    /// The subnet whose price is compared.
    pub netuid: Netuid,
    /// The sample before.
    pub from: Block,
    /// The sample after.
    pub to: Block,
    /// Recorded change of ln(price) per block.
    pub drift: f64,
}

/// The quiet intervals of one subnet whose both samples are in `from..=to`, in order.
#[must_use]
pub fn quiet_intervals(table: &PriceTable, netuid: Netuid, from: Block, to: Block) -> Vec<QuietInterval> {
    let samples: Vec<(Block, f64)> =
        table.series(netuid).filter(|&(block, _)| block >= from && block <= to).collect();
    let mut quiet = Vec::new();
    let mut window: Vec<(QuietInterval, f64)> = Vec::new();
    let mut window_start = from;
    for pair in samples.windows(2) {
        let ((a, price_a), (b, price_b)) = (pair[0], pair[1]);
        if a.since(window_start) >= WINDOW {
            close(&mut window, &mut quiet);
            window_start = window_start + a.since(window_start) / WINDOW * WINDOW;
        }
        let blocks = b.since(a);
        if blocks <= LONGEST {
            let drift = ln(price_b / price_a) / blocks as f64;
            window.push((QuietInterval { netuid, from: a, to: b, drift }, -drift / price_a.sqrt()));
        }
    }
    close(&mut window, &mut quiet);
    quiet
}

fn close(window: &mut Vec<(QuietInterval, f64)>, quiet: &mut Vec<QuietInterval>) {
    let mut scaled: Vec<f64> = window.iter().map(|&(_, y)| y).collect();
    scaled.sort_by(f64::total_cmp);
    if let Some(mode) = half_sample_mode(&scaled).filter(|_| scaled.len() >= FEWEST) {
        let near: Vec<_> = window
            .iter()
            .filter(|(_, y)| mode != 0.0 && (y / mode - 1.0).abs() < NEAR)
            .map(|&(interval, _)| interval)
            .collect();
        if near.len() as f64 >= CREDIBLE * scaled.len() as f64 {
            quiet.extend(near);
        }
    }
    window.clear();
}

/// The mode of sorted numbers: again and again the half that lies closest together. Nothing of no numbers.
///
/// Source: Robertson, Cryer 1974, doi:10.1080/01621459.1974.10480187
#[must_use]
pub fn half_sample_mode(sorted: &[f64]) -> Option<f64> {
    Some(match *sorted {
        [] => return None,
        [one] => one,
        [a, b] => f64::midpoint(a, b),
        [a, b, c] => {
            if b - a < c - b {
                f64::midpoint(a, b)
            } else if b - a > c - b {
                f64::midpoint(b, c)
            } else {
                b
            }
        }
        _ => {
            let half = sorted.len().div_ceil(2);
            let width = |start: usize| sorted[start + half - 1] - sorted[start];
            let start = (0..=sorted.len() - half)
                .min_by(|&a, &b| width(a).total_cmp(&width(b)))
                .expect("there is at least one half");
            half_sample_mode(&sorted[start..start + half])?
        }
    })
}

#[cfg(test)]
mod tests {
    use dtao_engine::math::exp;

    use super::*;

    #[test]
    fn the_mode_is_where_numbers_lie_closest() {
        assert_eq!(half_sample_mode(&[0.0, 1.0, 10.0, 11.0, 12.0, 19.0, 40.0]), Some(10.5));
        assert_eq!(half_sample_mode(&[]), None);
    }

    #[test]
    fn trades_are_told_from_drift() {
        let mut table = PriceTable::new(vec![Netuid(1)]).expect("one column");
        let mut price = 0.02;
        let traded = [30u64, 31, 77, 120];
        for sample in 0..180u64 {
            if sample > 0 {
                price *= exp(-2e-5 * 10.0 * (price / 0.02f64).sqrt());
                if traded.contains(&sample) {
                    price *= 1.01;
                }
            }
            table.push(Block(1_000 + sample * 10), [Some(price)]).expect("a good row");
        }
        let quiet = quiet_intervals(&table, Netuid(1), Block(0), Block(1_000_000));
        assert_eq!(quiet.len(), 179 - traded.len());
        assert!(quiet.iter().all(|interval| !traded.contains(&((interval.to.0 - 1_000) / 10))));
    }
}
