//! Numbers on the command line, and what is told where one is wrong.

use std::num::NonZeroUsize;
use std::str::FromStr;
use std::thread::available_parallelism;

use dtao_files::input::amounts::written_out;
use dtao_sweep::limits::JOBS;
use dtao_sweep::seeds::Seeds;
pub(super) use dtao_sweep::seeds::number;

/// A whole number; `_` may stand between its digits, as in a scenario.
pub(super) fn whole(text: &str) -> Result<u64, String> {
    number(text).ok_or_else(|| "write a whole number, such as 7_200".into())
}

/// An amount with its unit, or a number without one.
pub(super) fn amount<A: FromStr>(text: &str, unit: &str) -> Result<A, String>
where
    A::Err: ToString,
{
    let alone = text.trim().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'_');
    let whole = if alone { format!("{text} {unit}") } else { text.to_owned() };
    whole.parse().map_err(|error: A::Err| {
        let right = written_out(text).map(|number| format!("{number} {unit}"));
        let right = right.filter(|right| right.parse::<A>().is_ok());
        right.map_or_else(|| error.to_string(), |right| format!("{}; write \"{right}\"", error.to_string()))
    })
}

/// A part of all.
pub(super) fn part(text: &str) -> Result<f64, String> {
    let part = text.parse::<f64>().ok().filter(|part| *part > 0.0 && *part <= 1.0);
    part.ok_or_else(|| "write a number above 0 and at most 1, such as 0.1".to_owned())
}

/// How many seeds.
pub(super) fn from_one(text: &str) -> Result<u64, String> {
    seeds_from(1, text)
}

/// How many seeds, where one alone says nothing.
pub(super) fn from_two(text: &str) -> Result<u64, String> {
    seeds_from(2, text)
}

fn seeds_from(least: u64, text: &str) -> Result<u64, String> {
    let count = number(text).filter(|count| (least..=MOST_SEEDS).contains(count));
    count.ok_or_else(|| {
        let range =
            if text.contains("..") { "how many seeds: the files say which is the first; " } else { "" };
        format!("{range}write a whole number from {least} to 1_000_000")
    })
}

/// Most seeds of all commands but `sweep`.
const MOST_SEEDS: u64 = 1_000_000;

/// How many runs at once.
pub(super) fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    let jobs = number(text).and_then(|jobs| NonZeroUsize::new(jobs.try_into().ok()?));
    jobs.filter(|jobs| jobs.get() <= JOBS).ok_or_else(|| format!("write a whole number from 1 to {JOBS}"))
}

/// How many runs are made at once: as many as there are processors by default.
pub(crate) fn at_once(jobs: Option<NonZeroUsize>) -> NonZeroUsize {
    jobs.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// Seeds that are all held in memory.
pub(super) fn few_seeds(text: &str) -> Result<Seeds, String> {
    let seeds: Seeds = text.parse()?;
    let (from, to) = seeds.from(1);
    if to > u64::MAX / 2 {
        // The seeds after the last are tried, too.
        return Err(format!("the last seed is {to}: at most {} is possible", u64::MAX / 2));
    }
    if to - from > MOST_SEEDS {
        return Err(format!("{} seeds: at most 1_000_000 are possible", to - from));
    }
    Ok(seeds)
}
