//! How much is measured and for how long. The quick plan is for trying the bench out; its figures compare with nothing.

use crate::Result;
use std::time::Duration;

/// The size of a run.
pub struct Plan {
    pub quick: bool,
    /// Starts of the process; the median counts.
    pub starts: usize,
    /// How long a fresh process rests before its memory is read.
    pub rest: Duration,
    pub warm_up: Duration,
    /// How long each load is kept up.
    pub load: Duration,
    /// Connections that try to send more than the service can take.
    pub mob: usize,
    /// Answers that Anki's backend is given in each run; three runs must stay below its 9,999 new cards a day.
    pub anki_answers: usize,
    /// How often each load is measured; the median counts.
    pub runs: usize,
    /// Rounds in which two learners take turns to fetch their queues; the median of the rounds' ratios counts.
    pub rounds: usize,
    /// Requests for each learner in each round.
    pub queue_requests: usize,
    /// Answers of the learner with the short history.
    pub short_history: usize,
    /// Answers of each learner who is fitted.
    pub refit_history: usize,
    /// Answers of the learner with the long history.
    pub long_history: usize,
    /// Learners in a database that has few, and in one that has many.
    pub few_learners: usize,
    pub many_learners: usize,
}

/// Connections that ask `/livez` or send single answers.
pub const CONNECTIONS: usize = 64;
/// More connections that send single answers.
pub const CROWD: usize = 256;
/// Connections that send batches.
pub const BATCH_CONNECTIONS: usize = 16;
/// Answers in a batch of the load: the most the service takes.
pub const BATCH: usize = 500;
/// Answers in a sync of a learner who was away for a while.
pub const SYNC: usize = 10;
/// Learners who sync at once.
pub const SYNCERS: [usize; 3] = [1, 4, 16];
/// How many times the peak they try to send.
pub const OVERLOAD: f64 = 5.0;
/// Learners who are fitted one after the other.
pub const REFITS: usize = 100;
/// Answers of each learner a database is filled with.
pub const FILLED_HISTORY: usize = 5;

impl Plan {
    /// Cargo adds `--bench` of its own.
    pub fn from_arguments(arguments: &[String]) -> Result<Self> {
        let mut own = arguments.iter().map(String::as_str).filter(|argument| *argument != "--bench");
        match (own.next(), own.next()) {
            (None, _) => Ok(Self::full()),
            (Some("--quick"), None) => Ok(Self::quick()),
            _ => Err("unknown arguments\n  cure: `--quick` or nothing".into()),
        }
    }

    pub fn command(&self) -> &'static str {
        if self.quick { "cargo bench --bench load -- --quick" } else { "cargo bench --bench load" }
    }

    fn full() -> Self {
        Self {
            quick: false,
            starts: 5,
            rest: Duration::from_secs(2),
            warm_up: Duration::from_secs(1),
            load: Duration::from_secs(4),
            mob: 3_000,
            anki_answers: 3_000,
            runs: 3,
            rounds: 5,
            queue_requests: 100,
            refit_history: 10_000,
            short_history: 200,
            long_history: 100_000,
            few_learners: 100,
            many_learners: 100_000,
        }
    }

    fn quick() -> Self {
        Self {
            quick: true,
            starts: 3,
            rest: Duration::from_millis(500),
            warm_up: Duration::from_millis(200),
            load: Duration::from_secs(1),
            mob: 300,
            anki_answers: 300,
            runs: 1,
            rounds: 3,
            queue_requests: 40,
            refit_history: 1_000,
            short_history: 200,
            long_history: 4_000,
            few_learners: 100,
            many_learners: 2_000,
        }
    }
}
