//! One of several parts of a sweep's runs, for one machine of several.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A part of a plan: every `of`-th run, from the `index`-th on.
///
/// Neighbouring runs go to different shards, so that all shards take about as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Shard {
    index: u64,
    of: u64,
}

#[derive(Deserialize)]
struct Unchecked {
    index: u64,
    of: u64,
}

impl TryFrom<Unchecked> for Shard {
    type Error = ShardError;

    fn try_from(Unchecked { index, of }: Unchecked) -> Result<Self, ShardError> {
        Self::new(index, of)
    }
}

/// Why there is no such shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// The text is none.
    #[error("invalid shard `{0}`: expected I/N, such as 2/4 for the second of four, or auto")]
    Form(String),
    /// The numbers do not go together.
    #[error(
        "there is no shard {index} of {of}: they are numbered from 1 to {of}, and there are at most 100000"
    )]
    Range {
        /// The shard's number, from 1.
        index: u64,
        /// Of how many.
        of: u64,
    },
    /// The environment does not say which.
    #[error(
        "no shard is named here: `auto` reads SLURM_ARRAY_TASK_ID of a Slurm array job or JOB_COMPLETION_INDEX of \
         an indexed Kubernetes job"
    )]
    NoJob,
    /// The environment does not say of how many.
    #[error("JOB_COMPLETION_INDEX is set, but Kubernetes does not say of how many: write --shard auto/N")]
    NoCount,
    /// A variable is not a number.
    #[error("{name} is `{value}`, which is not a number")]
    Variable {
        /// The environment variable's name.
        name: &'static str,
        /// Its value.
        value: String,
    },
}

impl Shard {
    /// The `index`-th of `of` shards, from 1.
    ///
    /// # Errors
    /// If there is no such shard.
    pub fn new(index: u64, of: u64) -> Result<Self, ShardError> {
        if index == 0 || index > of || of > 100_000 {
            return Err(ShardError::Range { index, of });
        }
        Ok(Self { index, of })
    }

    /// Reads `2/4`, `auto` or `auto/4`; `variable` looks into the environment.
    ///
    /// # Errors
    /// If the text is no shard, or the environment names none.
    pub fn parse(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, ShardError> {
        match text.strip_prefix("auto") {
            None => text.parse(),
            Some("") => Self::from_job(None, variable),
            Some(rest) => {
                let count = rest.strip_prefix('/').and_then(|count| count.parse().ok());
                Self::from_job(Some(count.ok_or_else(|| ShardError::Form(text.into()))?), variable)
            }
        }
    }

    /// The shard that an array job's environment names.
    fn from_job(of: Option<u64>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, ShardError> {
        let number = |name: &'static str| match variable(name) {
            None => Ok(None),
            Some(value) => match value.parse::<u64>() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(ShardError::Variable { name, value }),
            },
        };
        if let Some(id) = number("SLURM_ARRAY_TASK_ID")? {
            // Arrays may begin anywhere, and go in steps.
            let first = number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(0);
            let step = number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
            let of = of.or(number("SLURM_ARRAY_TASK_COUNT")?).ok_or(ShardError::NoJob)?;
            return Self::new(id.saturating_sub(first) / step + 1, of);
        }
        let index = number("JOB_COMPLETION_INDEX")?.ok_or(ShardError::NoJob)?;
        Self::new(index + 1, of.ok_or(ShardError::NoCount)?)
    }

    /// Which, from 1.
    #[must_use]
    pub fn index(self) -> u64 {
        self.index
    }

    /// Of how many.
    #[must_use]
    pub fn of(self) -> u64 {
        self.of
    }

    /// Its folder in the sweep's.
    #[must_use]
    pub fn folder(self) -> String {
        format!("shard-{}-of-{}", self.index, self.of)
    }

    /// The runs of this shard, out of `runs`.
    pub fn runs(self, all: u64) -> std::iter::StepBy<std::ops::Range<u64>> {
        (self.index - 1..all).step_by(usize::try_from(self.of).expect("at most 100,000"))
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let form = || ShardError::Form(text.into());
        let (index, of) = text.split_once('/').ok_or_else(form)?;
        Self::new(index.trim().parse().map_err(|_| form())?, of.trim().parse().map_err(|_| form())?)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_is_in_exactly_one_shard() {
        for of in [1, 2, 3, 7, 50] {
            let mut all: Vec<u64> =
                (1..=of).flat_map(|index| Shard::new(index, of).expect("there is").runs(40)).collect();
            all.sort_unstable();
            assert_eq!(all, (0..40).collect::<Vec<_>>(), "of {of}");
        }
    }

    fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Shard, ShardError> {
        let variable = |name: &str| {
            variables.iter().find(|(other, _)| *other == name).map(|&(_, value)| value.to_owned())
        };
        Shard::parse(text, &variable)
    }

    #[test]
    fn a_shard_is_named_by_its_number_of_how_many() {
        assert_eq!(parse("2/4", &[]), Shard::new(2, 4));
        for wrong in ["2", "0/4", "5/4", "a/4", "2/", "/4", "auto4", "auto/x", ""] {
            assert!(parse(wrong, &[("JOB_COMPLETION_INDEX", "0")]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn array_jobs_name_their_shards() {
        let slurm = |id, min, step, count| {
            let names = ["ID", "MIN", "STEP", "COUNT"].map(|name| format!("SLURM_ARRAY_TASK_{name}"));
            let values = [id, min, step, count];
            let pairs: Vec<_> = names.iter().map(String::as_str).zip(values).collect();
            parse("auto", &pairs)
        };
        assert_eq!(slurm("0", "0", "1", "4"), Shard::new(1, 4));
        assert_eq!(slurm("4", "1", "1", "4"), Shard::new(4, 4));
        assert_eq!(slurm("16", "10", "2", "4"), Shard::new(4, 4));
        assert!(matches!(slurm("30", "10", "2", "4"), Err(ShardError::Range { index: 11, of: 4 })));
        let kubernetes = [("JOB_COMPLETION_INDEX", "2")];
        assert_eq!(parse("auto/3", &kubernetes), Shard::new(3, 3));
        assert_eq!(parse("auto", &kubernetes), Err(ShardError::NoCount));
        assert_eq!(parse("auto", &[]), Err(ShardError::NoJob));
        assert!(matches!(
            parse("auto/3", &[("JOB_COMPLETION_INDEX", "x")]),
            Err(ShardError::Variable { .. })
        ));
    }
}
