//! What is measured on one database, and how several runs become one figure.

use crate::drive::{Failures, percentile};
use std::time::Duration;

pub struct Figures {
    pub ready: Duration,
    pub idle_mb: f64,
    /// The most that was resident under the loads.
    pub loaded_mb: f64,
    pub liveness: Rate,
    pub loads: Loads,
    pub half: Rate,
    pub overload: Overload,
    pub history: Growth,
    pub learners: Growth,
    pub refits: Refits,
    pub bytes_per_answer: f64,
    pub wire: Wire,
    pub failures: Failures,
}

/// The loads with answers, each the median of its runs.
pub struct Loads {
    pub answers: Rate,
    /// Single answers over more connections.
    pub crowded: Rate,
    /// Single answers with a transaction for each request, which is what the group commit is measured against.
    pub one_by_one: Rate,
    pub batches: Rate,
    /// Ten answers at once, of one learner and of several.
    pub syncs: [Rate; 3],
    /// Group commit to one by one: the median of the ratios of each run.
    pub gain: f64,
    pub crowded_gain: f64,
}

/// More than the service can take.
pub struct Overload {
    /// Answers in a second of the same learners just before, as many as the service takes.
    pub own_peak: f64,
    /// Sent, to that.
    pub offered: f64,
    /// Applied, to that.
    pub goodput: f64,
    /// Applied, to the peak of fewer learners.
    pub of_peak: f64,
    /// Of what was sent, refused with 503.
    pub refused: f64,
}

/// The queue before and after something has grown.
pub struct Growth {
    pub small: Latency,
    pub large: Latency,
    /// Large to small, of the medians.
    pub ratio: f64,
}

/// Answers with and without fits of memory weights behind them.
pub struct Refits {
    /// The 99th percentile in milliseconds, the median of the runs; nothing is fitted.
    pub without: f64,
    /// The same while learners are fitted one after the other.
    pub with: f64,
    /// With to without.
    pub ratio: f64,
    /// Learners fitted while it was measured.
    pub refits: f64,
    /// From one of them to the next.
    pub seconds: f64,
}

/// Bytes a device receives, heads included.
pub struct Wire {
    /// The course, when it is fetched for the first time.
    pub course: f64,
    /// At a start when nothing is new.
    pub nothing_new: f64,
}

/// Throughput and what one request took.
#[derive(Clone, Copy)]
pub struct Rate {
    pub per_second: f64,
    pub latency: Latency,
}

#[derive(Clone, Copy)]
pub struct Latency {
    pub p50: Duration,
    pub p99: Duration,
}

impl Latency {
    pub fn of(times: &[Duration]) -> Self {
        Self { p50: percentile(times, 50), p99: percentile(times, 99) }
    }
}

impl Rate {
    /// The median of each figure by itself.
    pub fn median(runs: &[Self]) -> Self {
        let time = |of: fn(&Self) -> Duration| percentile(&runs.iter().map(of).collect::<Vec<_>>(), 50);
        let latency = Latency { p50: time(|run| run.latency.p50), p99: time(|run| run.latency.p99) };
        Self { per_second: median(runs.iter().map(|run| run.per_second)), latency }
    }
}

/// The middle one, or the lower of the middle two.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}
