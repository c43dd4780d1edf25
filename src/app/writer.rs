//! The one path by which answers reach the database: a bounded queue and a writer that commits for many callers.
//!
//! While one commit waits for the disk the next callers gather; nothing is delayed to make a group. SQLite has one
//! writer, PostgreSQL a few, and a learner always has the same one. A full queue is refused at once, because a caller
//! who waits longer than his patience costs the same and gets nothing.

use super::{App, Defect, Error, Result, answers::Prepared, group::Committed};
use crate::vocab::id::LearnerId;
use futures_util::FutureExt;
use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// Where callers hand in their batches.
pub(super) struct Writer {
    lanes: Vec<mpsc::Sender<Job>>,
}

/// The other ends, until the application is there to serve them.
pub(super) struct Lanes(Vec<mpsc::Receiver<Job>>);

/// How the writers share the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterSettings {
    /// Writers at work; one on SQLite, whatever is asked for.
    pub lanes: usize,
    /// Batches in one commit at most; 1 is a transaction per request.
    pub group: usize,
    /// For the simulation's own tests.
    pub defect: Option<Defect>,
}

struct Job {
    batch: Prepared,
    reply: oneshot::Sender<Result<Committed>>,
}

/// Batches that may wait in a lane.
const ROOM: usize = 1024;
/// Events in one commit at most, so that a group of large batches does not hold the database for long.
const MOST_EVENTS: usize = 2_000;
/// Bytes of events in one commit at most; a commit holds each of them a few times over.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// How often a commit that PostgreSQL undid for another's sake is tried again.
const TRIES: u32 = 3;

impl Default for WriterSettings {
    fn default() -> Self {
        Self { lanes: 3, group: 256, defect: None }
    }
}

impl Writer {
    pub(super) fn new(lanes: usize) -> (Self, Lanes) {
        let (lanes, ends) = (0..lanes.max(1)).map(|_| mpsc::channel(ROOM)).unzip();
        (Self { lanes }, Lanes(ends))
    }

    /// Waits for the commit that holds the batch.
    pub(super) async fn write(&self, batch: Prepared) -> Result<Committed> {
        let (reply, committed) = oneshot::channel();
        let lane = &self.lanes[lane_of(batch.learner, self.lanes.len())];
        lane.try_send(Job { batch, reply })
            .map_err(|_| Error::Unavailable("the queue of the writer is full".into()))?;
        committed.await.unwrap_or_else(|_| Err(Error::Unavailable("the writer is shutting down".into())))
    }
}

impl Lanes {
    /// Starts the writers. They hold the application weakly and end with it.
    pub(super) fn start(self, app: &Arc<App>, group: usize) {
        for lane in self.0 {
            app.tasks.spawn(serve(Arc::downgrade(app), lane, group.max(1)));
        }
    }
}

fn lane_of(learner: LearnerId, lanes: usize) -> usize {
    (learner.0.as_u128() % lanes as u128) as usize
}

async fn serve(app: Weak<App>, mut lane: mpsc::Receiver<Job>, group: usize) {
    while let Some(first) = lane.recv().await {
        let jobs = gather(first, &mut lane, group);
        let Some(app) = app.upgrade() else { return };
        let (mut batches, replies): (Vec<Prepared>, Vec<_>) =
            jobs.into_iter().map(|job| (job.batch, job.reply)).unzip();
        let written = write(&app, &mut batches).await;
        for (reply, committed) in replies.into_iter().zip(written) {
            // Whoever has hung up has still been heard.
            let _ = reply.send(committed);
        }
    }
}

/// What is waiting, up to the size of a group.
fn gather(first: Job, lane: &mut mpsc::Receiver<Job>, group: usize) -> Vec<Job> {
    let bytes_of = |job: &Job| job.batch.events.iter().map(|event| event.raw.len()).sum::<usize>();
    let (mut events, mut bytes) = (first.batch.events.len(), bytes_of(&first));
    let mut jobs = vec![first];
    while jobs.len() < group && events < MOST_EVENTS && bytes < MOST_BYTES {
        let Ok(next) = lane.try_recv() else { break };
        events += next.batch.events.len();
        bytes += bytes_of(&next);
        jobs.push(next);
    }
    jobs
}

/// Writes a group; if it fails for a reason of one caller, each is written alone, so that he fails alone.
async fn write(app: &App, batches: &mut [Prepared]) -> Vec<Result<Committed>> {
    match attempt(app, batches).await {
        Ok(committed) => committed,
        Err(Error::Internal(_)) if batches.len() > 1 => {
            let mut written = Vec::with_capacity(batches.len());
            for batch in batches {
                let alone = attempt(app, std::slice::from_mut(batch)).await;
                let missing = || Err(Error::Internal("a batch nothing became of".into()));
                written.push(alone.and_then(|mut one| one.pop().unwrap_or_else(missing)));
            }
            written
        }
        Err(error) => batches.iter().map(|_| Err(error.clone())).collect(),
    }
}

/// One commit, tried again where the database asks for it; a panic is a failure like any other.
async fn attempt(app: &App, batches: &mut [Prepared]) -> Result<Vec<Result<Committed>>> {
    let mut tries = 0;
    loop {
        let written = AssertUnwindSafe(app.write_group(batches)).catch_unwind().await;
        let written = written.unwrap_or_else(|_| Err(Error::Internal("the writer panicked".into())));
        tries += 1;
        match written {
            Err(Error::Conflict) if tries < TRIES => {
                let jitter = app.ids.seed().rem_euclid(20) as u64;
                tokio::time::sleep(Duration::from_millis(u64::from(tries) * 10 + jitter)).await;
            }
            Err(Error::Outdated) if tries < TRIES => {
                app.refresh_catalogue().await?;
                let catalogue = app.catalogue();
                batches.iter_mut().for_each(|batch| batch.mark_again(&catalogue));
            }
            Err(Error::Conflict | Error::Outdated) => {
                return Err(Error::Unavailable("other transactions were in the way".into()));
            }
            written => return written,
        }
    }
}
