use proptest::prelude::*;

use super::*;

#[test]
fn students_percentiles_are_the_published_ones() {
    for (degrees, known) in [(1, 12.706_204_736), (4, 2.776_445_105), (9, 2.262_157_163), (99, 1.984_216_952)]
    {
        let found = student_quantile(degrees, LEVEL);
        assert!((found - known).abs() < 2e-9, "{degrees}: {found}");
    }
    // Of one degree at another level, by hand: tan(pi * (0.5 - 0.00625)).
    assert!((student_quantile(1, 0.9875) - 50.923_036_636).abs() < 1e-6, "{}", student_quantile(1, 0.9875));
    // Both ways of computing it meet where one takes over: the slope there is -2.4e-6 a degree.
    let of = |degrees| student_quantile(degrees, LEVEL);
    assert!((of(999) - of(1_000) - 2.380e-6).abs() < 3e-9);
    assert!((of(10_000_000) - Z).abs() < 1e-6);
}

#[test]
fn wilsons_bounds_by_hand() {
    // z^2 = 3.841459: none of 10 gives z^2 / (10 + z^2).
    let none = proportion(0, 10);
    assert_eq!(none.low, 0.0);
    assert!((none.high - 3.841_458_820_694 / 13.841_458_820_694).abs() < 1e-12);
    let all = proportion(10, 10);
    assert_eq!(all.high, 1.0);
    assert!((all.low + none.high - 1.0).abs() < 1e-12);
    // Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E: 81 of 263.
    let published = proportion(81, 263);
    assert!((published.low - 0.2553).abs() < 5e-5 && (published.high - 0.3662).abs() < 5e-5, "{published:?}");
}

#[test]
fn ranks_are_the_closest_that_cover() {
    // P(1 <= B <= 5) = 62 / 64 for B ~ Binomial(6, 1/2); five values cover with 30 / 32 only.
    assert_eq!(ranks(6, 0.5), Some((1, 6)));
    assert_eq!(ranks(5, 0.5), None);
    // 1 - 0.95^58 < 0.95 <= 1 - 0.95^59.
    assert_eq!(ranks(58, 0.05), None);
    assert_eq!(ranks(59, 0.05).map(|(low, _)| low), Some(1));
    let (low, high) = ranks(100, 0.5).expect("a hundred values");
    assert_eq!(high - low, 20);
    assert_eq!(ranks(1_000_000, 0.05).map(|(low, high)| high - low), Some(855));
}

#[test]
fn the_unskewed_bound_inverts_halls_cubic() {
    for skewness in [-4.0, -0.3, -1e-7, 0.0, 1e-7, 0.3, 4.0] {
        let moments = Moments { n: 50, mean: 0.0, sd: Some(1.0), skewness };
        for y in [-2.0, 0.0, 2.0] {
            let t = unskewed(y, moments);
            let (n, k) = (50.0_f64, skewness);
            let u = t / n.sqrt();
            let back = n.sqrt() * (u + k * u * u / 3.0 + k * k * u * u * u / 27.0 + k / (6.0 * n));
            assert!((back - y).abs() < 1e-9, "{skewness} {y}: {back}");
        }
    }
}

proptest! {
    #[test]
    fn the_exact_coverage_of_ranks_is_at_least_the_level(n in 6..400_usize, part in 0.05..0.95_f64) {
        if let Some((low, high)) = ranks(n, part) {
            let mut probability = (0..n).fold(1.0, |product, _| product * (1.0 - part));
            // Below 1e-290 the recursion from 0 loses digits.
            prop_assume!(probability > 1e-290);
            let mut covered = 0.0;
            for k in 0..=n {
                if (low..high).contains(&k) {
                    covered += probability;
                }
                probability *= (n - k) as f64 / (k + 1) as f64 * part / (1.0 - part);
            }
            prop_assert!(covered >= LEVEL - 1e-9, "{covered}");
            prop_assert!(low >= 1 && high <= n);
        }
    }

    #[test]
    fn more_trials_of_the_same_share_narrow_a_proportion(ones in 0..50_usize, zeros in 1..50_usize) {
        let (few, many) = (proportion(ones, ones + zeros), proportion(4 * ones, 4 * (ones + zeros)));
        prop_assert!(many.half_width() < few.half_width());
        prop_assert!(few.contains(ones as f64 / (ones + zeros) as f64));
    }
}
