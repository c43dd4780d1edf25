//! Many connections at once for a fixed time. Closed: each sends its next request as soon as the last one is answered.
//! Open: requests are due at a fixed rate, whether or not those before are answered.

use crate::{Result, client::Reply};
use hyper::StatusCode;
use std::{
    collections::VecDeque,
    ops::Range,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
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
    /// Requests that were sent, and those that were refused with 503; only where they are due at a rate.
    pub sent: u64,
    pub refused: u64,
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
    total(tasks).await
}

/// Gives every caller his turns, so many of them at a time, until the window is over, and gives back those whose
/// connection holds.
pub async fn run_in_turns<C: Caller>(callers: Vec<C>, at_once: usize, window: Window) -> (Tally, Vec<C>) {
    let from = Instant::now() + window.warm_up;
    let until = from + window.measured;
    let resting = Arc::new(Mutex::new(VecDeque::from(callers)));
    let mut tasks = JoinSet::new();
    for _ in 0..at_once {
        let resting = Arc::clone(&resting);
        tasks.spawn(async move {
            let mut tally = Tally::default();
            let next = || lock(&resting).pop_front();
            while Instant::now() < until {
                // There are more of them than turns.
                let Some(mut caller) = next() else { break };
                if tally.call(&mut caller, from..until).await {
                    lock(&resting).push_back(caller);
                }
            }
            tally
        });
    }
    let tally = total(tasks).await;
    let callers = lock(&resting).drain(..).collect();
    (tally, callers)
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn total(mut tasks: JoinSet<Tally>) -> Tally {
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
    while Instant::now() < until && tally.call(&mut caller, from..until).await {}
    tally
}

/// Runs until the window is over, a request due every `1 / rate` seconds. Whoever is free takes the next one; if
/// nobody is, it waits, and its waiting counts.
pub async fn run_at<C: Caller>(callers: Vec<C>, rate: f64, window: Window) -> Tally {
    let started = Instant::now();
    let timetable = Arc::new(Timetable { started, rate, next: AtomicU64::new(0), window });
    let mut tasks = JoinSet::new();
    for caller in callers {
        tasks.spawn(call_when_due(caller, Arc::clone(&timetable)));
    }
    total(tasks).await
}

struct Timetable {
    started: Instant,
    rate: f64,
    next: AtomicU64,
    window: Window,
}

impl Timetable {
    fn take(&self) -> Instant {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.started + Duration::from_secs_f64(number as f64 / self.rate)
    }
}

async fn call_when_due(mut caller: impl Caller, timetable: Arc<Timetable>) -> Tally {
    let from = timetable.started + timetable.window.warm_up;
    let until = from + timetable.window.measured;
    let mut tally = Tally::default();
    loop {
        let due = timetable.take();
        // A timer is coarse: whoever was early counts from when he sent, whoever was late from when he should have.
        let sent = match Instant::now() {
            now if now < due => {
                tokio::time::sleep_until(due.into()).await;
                Instant::now()
            }
            _ => due,
        };
        if Instant::now() >= until {
            return tally;
        }
        let reply = match caller.call().await {
            Ok(reply) => reply,
            Err(failure) => {
                tally.failures.note(failure.to_string());
                return tally;
            }
        };
        let counts = (from..until).contains(&Instant::now());
        tally.sent += u64::from(counts);
        if reply.status == StatusCode::SERVICE_UNAVAILABLE {
            tally.refused += u64::from(counts);
            continue;
        }
        match caller.check(&reply) {
            Ok(worth) if counts => {
                tally.done += worth;
                tally.latencies.push(sent.elapsed());
            }
            Ok(_) => {}
            Err(fault) => tally.failures.note(fault),
        }
    }
}

impl Tally {
    /// Sends his next request and notes what became of it; whether his connection holds.
    async fn call(&mut self, caller: &mut impl Caller, counted: Range<Instant>) -> bool {
        let reply = match caller.call().await {
            Ok(reply) => reply,
            Err(failure) => {
                self.failures.note(failure.to_string());
                return false;
            }
        };
        match caller.check(&reply) {
            Ok(worth) if counted.contains(&Instant::now()) => {
                self.done += worth;
                self.latencies.push(reply.took);
            }
            Ok(_) => {}
            Err(fault) => self.failures.note(fault),
        }
        true
    }

    fn add(&mut self, share: Self) {
        self.done += share.done;
        self.sent += share.sent;
        self.refused += share.refused;
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
