//! When a search ends.
#![expect(
    clippy::disallowed_types,
    reason = "a search may end by the clock; the report says with how many runs it can be repeated"
)]

use std::time::{Duration, Instant};

use crate::evaluate::Evaluator;
use crate::{AttackError, Effort};

/// When a search ends: after a batch, or between two rounds of tuning.
///
/// One that ends by the clock is the search that ends by the number of runs of that time: so the clock is read once for each number
/// of runs, and what it said stands.
#[derive(Debug)]
pub(crate) struct Until {
    limit: Limit,
    /// After how many runs it was asked last.
    asked: Option<u64>,
    /// After how many runs the end was reached first.
    reached: Option<u64>,
}

#[derive(Debug)]
enum Limit {
    /// So many runs were made.
    Evaluations(u64),
    /// So much time has passed.
    Time { most: Duration, clock: Clock },
}

/// The time that a search has taken, those of earlier processes included.
#[derive(Debug)]
struct Clock {
    /// After how many runs an earlier process noted the time, and what it was.
    before: (u64, Duration),
    /// Since when it has run in this process; not while only what was known before is gone through.
    since: Option<Instant>,
}

impl Clock {
    /// The time after so many runs; nothing if it had not been noted then, and it has not been reached again.
    fn at(&mut self, evaluations: u64) -> Option<Duration> {
        let (noted, before) = self.before;
        (evaluations >= noted).then(|| before + self.since.get_or_insert_with(Instant::now).elapsed())
    }
}

impl Until {
    /// From now on, or from where an earlier process was.
    pub fn of(effort: Effort, evaluator: &Evaluator) -> Self {
        let limit = match effort {
            Effort::Evaluations(most) => Limit::Evaluations(most),
            Effort::Minutes(minutes) => {
                let most = Duration::from_secs_f64(60.0 * minutes);
                let clock = match evaluator.clock() {
                    Some(before) => Clock { before, since: None },
                    None => Clock { before: (0, Duration::ZERO), since: Some(Instant::now()) },
                };
                Limit::Time { most, clock }
            }
        };
        Self { limit, asked: None, reached: None }
    }

    /// Whether it is reached after as many runs as were made.
    pub fn reached(&mut self, evaluator: &mut Evaluator) -> Result<bool, AttackError> {
        let count = evaluator.count();
        if self.asked == Some(count) {
            return Ok(self.reached.is_some());
        }
        let reached = match &mut self.limit {
            Limit::Evaluations(most) => count >= *most,
            Limit::Time { most, clock } => match clock.at(count) {
                Some(time) => {
                    evaluator.note_clock((count, time))?;
                    time >= *most
                }
                None => false,
            },
        };
        self.asked = Some(count);
        if reached {
            self.reached.get_or_insert(count);
        }
        Ok(reached)
    }

    /// The number of runs with which the same search ends in the same place. One that ended because it found no new program needs
    /// one more than it made: that number itself would have ended it earlier.
    pub fn repeated_by(&self, evaluator: &Evaluator) -> u64 {
        self.reached.unwrap_or(evaluator.count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use dtao_agents::program::Program;
    use dtao_experiment::run::Progress;
    use dtao_experiment::scenario::Loaded;
    use dtao_protocol::units::{RAO, Tao};

    use super::*;
    use crate::Goal;
    use crate::journal::Journal;
    use crate::world::{Looks, World, on_root};

    #[test]
    fn the_clock_goes_on_where_an_earlier_process_was() {
        let before = (100, Duration::from_secs(50));
        let mut clock = Clock { before, since: None };
        assert_eq!(clock.at(99), None, "what was known before takes no time again");
        let first = clock.at(100).expect("it is there again");
        assert!(first >= before.1 && first < before.1 + Duration::from_secs(5), "{first:?}");
        assert!(clock.at(164).expect("it has run on") >= first);
    }

    #[test]
    fn a_search_that_is_gone_on_with_has_no_more_time_than_was_left() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/scenarios/noise.ron");
        let loaded = Loaded::read(&path, &["blocks=10".to_owned()]).expect("the scenario is good");
        let world = World::new(&loaded, Tao::from_rao(50 * RAO), Looks::For(Goal::Profit));
        let folder = tempfile::tempdir().expect("a folder");
        for (seconds, ends) in [(3_000, false), (3_601, true)] {
            let path = folder.path().join(format!("{seconds}.runs"));
            let mut journal = Journal::open(&path).expect("it can be written");
            journal.note_clock((2, Duration::from_secs(seconds))).expect("it can be written");
            journal.flush().expect("it can be written");
            drop(journal);
            let journal = Journal::open(&path).expect("it can be read");
            let watch = |_| Progress::Continue;
            let goal = (Goal::Profit, 50.0);
            let mut evaluator = Evaluator::new(&world, goal, 1, Some(journal), &watch).expect("one thread");
            let mut until = Until::of(Effort::Minutes(60.0), &evaluator);
            let (hold, root) = (Program::new(vec![]), on_root());
            evaluator.values(&[(&hold, 1)]).expect("it can be run").expect("nobody stops it");
            assert!(!until.reached(&mut evaluator).expect("it can be noted"), "it was further already");
            evaluator.values(&[(&root, 1)]).expect("it can be run").expect("nobody stops it");
            assert_eq!(until.reached(&mut evaluator).expect("it can be noted"), ends);
            assert_eq!(until.repeated_by(&evaluator), if ends { 2 } else { 3 });
        }
    }
}
