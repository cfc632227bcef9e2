//! Long series made short without losing what stands out: of each interval of blocks the lowest and the highest value stay.

/// A value at a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    /// The block.
    pub block: u32,
    /// The value.
    pub value: f64,
}

/// A series, and how many values it had before it was thinned.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series {
    /// What is kept, by block.
    pub points: Vec<Point>,
    /// How many values there were.
    pub seen: usize,
    /// Of each interval of so many blocks, counted from the first point, the lowest and the highest value are kept; 1 keeps all.
    pub interval: u32,
}

impl Series {
    /// A series that is kept whole.
    pub fn whole(points: Vec<Point>) -> Self {
        let seen = points.len();
        Self { points, seen, interval: 1 }
    }

    /// The same with at most so many points, and the last.
    pub fn thinned(&self, most: usize) -> Self {
        let mut thin = Thin { most, seen: self.seen, points: self.points.clone(), interval: self.interval };
        thin.shorten(most);
        thin.finish()
    }

    /// The smallest and the largest value.
    pub fn range(&self) -> Option<(f64, f64)> {
        let values = || self.points.iter().map(|point| point.value);
        values().reduce(f64::min).zip(values().reduce(f64::max))
    }
}

/// Takes values in the order of blocks and keeps a limited number of them.
#[derive(Clone, Debug)]
pub(crate) struct Thin {
    most: usize,
    seen: usize,
    points: Vec<Point>,
    interval: u32,
}

impl Thin {
    /// Keeps at most so many, and the last.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(8), seen: 0, points: Vec::new(), interval: 1 }
    }

    /// Adds a value of a later block; what is not a number is a gap.
    pub fn push(&mut self, point: Point) {
        if !point.value.is_finite() {
            return;
        }
        self.seen += 1;
        self.points.push(point);
        // Some more than are kept in the end, so that it happens seldom.
        if self.points.len() >= 2 * self.most {
            self.shorten(self.most);
        }
    }

    /// Thins what came last, then doubles the intervals until few enough points are left: intervals that are whole in wider ones
    /// lose no extreme of these.
    fn shorten(&mut self, most: usize) {
        if self.interval > 1 {
            self.points = extremes(&self.points, self.interval);
        }
        while self.points.len() > most.max(8) && self.interval < 1 << 30 {
            self.interval *= 2;
            self.points = extremes(&self.points, self.interval);
        }
    }

    /// What is kept.
    pub fn finish(mut self) -> Series {
        self.shorten(self.most);
        Series { points: self.points, seen: self.seen, interval: self.interval }
    }
}

/// Of each interval of so many blocks the lowest and the highest point; and the first and the last of all.
fn extremes(points: &[Point], interval: u32) -> Vec<Point> {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return Vec::new() };
    let of = |point: &Point| point.block.saturating_sub(first.block) / interval;
    let mut kept = vec![first];
    for inside in points.chunk_by(|a, b| of(a) == of(b)) {
        let by_value = |a: &&Point, b: &&Point| a.value.total_cmp(&b.value);
        let (low, high) = (inside.iter().min_by(by_value), inside.iter().max_by(by_value));
        let mut both: Vec<Point> = low.into_iter().chain(high).copied().collect();
        both.sort_by_key(|point| point.block);
        kept.extend(both);
    }
    kept.push(last);
    kept.dedup_by_key(|point| point.block);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(length: u32) -> Vec<Point> {
        (0..length)
            .map(|block| Point { block, value: f64::from(block.wrapping_mul(2_654_435_761) % 10_007) })
            .collect()
    }

    fn thinned(points: &[Point], most: usize) -> Series {
        let mut thin = Thin::new(most);
        for &point in points {
            thin.push(point);
        }
        thin.finish()
    }

    #[test]
    fn a_short_series_is_kept_whole() {
        let points = wave(100);
        assert_eq!(thinned(&points, 100), Series::whole(points));
    }

    #[test]
    fn a_long_series_keeps_its_ends_its_extremes_and_the_number_of_values() {
        let mut points = wave(50_000);
        points[33_333].value = 1e9;
        points[44_444].value = -1e9;
        let thin = thinned(&points, 1_000);
        assert!(
            thin.points.len() <= 1_000 && thin.interval == 128,
            "{} {}",
            thin.points.len(),
            thin.interval
        );
        // Thinning while values come says of each interval what the whole says.
        assert_eq!(thin.points, extremes(&points, 128));
        assert_eq!(
            (thin.seen, thin.points.first(), thin.points.last()),
            (50_000, points.first(), points.last())
        );
        assert!(thin.points.contains(&points[33_333]) && thin.points.contains(&points[44_444]));
        assert!(thin.points.windows(2).all(|pair| pair[0].block < pair[1].block));
        assert!(
            thin.points.iter().all(|point| points[point.block as usize] == *point),
            "no value is made up"
        );
        let again = thin.thinned(100);
        assert!(again.points.contains(&points[33_333]) && again.seen == 50_000);
    }

    #[test]
    fn what_is_not_a_number_is_left_out() {
        let mut points = wave(3);
        points[1].value = f64::NAN;
        assert_eq!(thinned(&points, 10).seen, 2);
    }
}
