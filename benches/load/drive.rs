//! Many connections at once for a fixed time: each sends its next request as soon as the last one is answered.

use crate::{Result, client::Reply};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Someone with a connection who always has a next request.
pub trait Caller: Send + 'static {
    fn call(&mut self) -> impl Future<Output = Result<Reply>> + Send;
    /// How much the reply is worth: requests or answers; the error is what is wrong with it.
    fn check(&self, reply: &Reply) -> std::result::Result<u64, String>;
}

/// What counts: requests that end within `measured`, which follows `warm_up`. Failures count always.
#[derive(Clone, Copy)]
pub struct Window {
    pub warm_up: Duration,
    pub measured: Duration,
}

/// What a load came to.
#[derive(Default)]
pub struct Tally {
    pub done: u64,
    pub latencies: Vec<Duration>,
    pub failures: Failures,
}

/// Replies that were not what they must be.
#[derive(Default)]
pub struct Failures {
    pub count: u64,
    pub first: Option<String>,
}

/// Runs every caller until the window is over.
pub async fn run<C: Caller>(callers: Vec<C>, window: Window) -> Tally {
    let from = Instant::now() + window.warm_up;
    let mut tasks = JoinSet::new();
    for caller in callers {
        tasks.spawn(call_until(caller, from, from + window.measured));
    }
    let mut tally = Tally::default();
    while let Some(share) = tasks.join_next().await {
        match share {
            Ok(share) => tally.add(share),
            Err(panic) => tally.failures.note(panic.to_string()),
        }
    }
    tally
}

/// A caller whose connection breaks has failed once and is done.
async fn call_until(mut caller: impl Caller, from: Instant, until: Instant) -> Tally {
    let mut tally = Tally::default();
    while Instant::now() < until {
        let reply = match caller.call().await {
            Ok(reply) => reply,
            Err(failure) => {
                tally.failures.note(failure.to_string());
                break;
            }
        };
        let counts = (from..until).contains(&Instant::now());
        match caller.check(&reply) {
            Ok(worth) if counts => {
                tally.done += worth;
                tally.latencies.push(reply.took);
            }
            Ok(_) => {}
            Err(fault) => tally.failures.note(fault),
        }
    }
    tally
}

impl Tally {
    fn add(&mut self, share: Self) {
        self.done += share.done;
        self.latencies.extend(share.latencies);
        self.failures.add(share.failures);
    }
}

impl Failures {
    pub fn note(&mut self, fault: String) {
        self.count += 1;
        self.first.get_or_insert(fault);
    }

    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.first = self.first.take().or(other.first);
    }
}

/// The duration that `percent` of all are not above, by the nearest rank.
pub fn percentile(durations: &[Duration], percent: usize) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}
