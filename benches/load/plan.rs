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
    pub liveness: Duration,
    pub answers: Duration,
    /// Rounds in which the two learners take turns to fetch their queues; the median of the rounds' ratios counts.
    pub rounds: usize,
    /// Requests for each learner in each round.
    pub queue_requests: usize,
    /// Answers of the learner with the short history.
    pub short_history: usize,
    /// Answers of the learner with the long history.
    pub long_history: usize,
}

/// Connections that ask `/livez` or send single answers.
pub const CONNECTIONS: usize = 64;
/// More connections that send single answers.
pub const CROWD: usize = 256;
/// Connections that send batches.
pub const BATCH_CONNECTIONS: usize = 16;
/// Answers in a batch of the load.
pub const BATCH: usize = 100;

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
            liveness: Duration::from_secs(3),
            answers: Duration::from_secs(5),
            rounds: 5,
            queue_requests: 100,
            short_history: 200,
            long_history: 20_000,
        }
    }

    fn quick() -> Self {
        Self {
            quick: true,
            starts: 3,
            rest: Duration::from_millis(500),
            warm_up: Duration::from_millis(200),
            liveness: Duration::from_millis(500),
            answers: Duration::from_secs(1),
            rounds: 3,
            queue_requests: 40,
            short_history: 200,
            long_history: 4_000,
        }
    }
}
