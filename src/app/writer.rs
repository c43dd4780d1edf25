//! The one path by which answers reach the database: bounded queues and writers that commit for many callers.
//!
//! SQLite has one writer, PostgreSQL a few, and a learner always has the same one.

use super::{
    App, Defect, Error, Result,
    answers::Prepared,
    group::Committed,
    together::{Door, Queue, Together, door},
};
use crate::vocab::id::LearnerId;
use std::sync::Arc;

/// Where callers hand in their batches.
pub(super) struct Writer {
    lanes: Vec<Door<Batches>>,
}

/// The other ends, until the application is there to serve them.
pub(super) struct Lanes(Vec<Queue<Batches>>);

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

/// What a commit still has room for.
#[derive(Clone)]
struct Batches {
    batches: usize,
    events: usize,
    bytes: usize,
}

/// Batches that may wait in a lane.
const ROOM: usize = 1024;
/// Events in one commit at most, so that a group of large batches does not hold the database for long.
const MOST_EVENTS: usize = 2_000;
/// Bytes of events in one commit at most; a commit holds each of them a few times over.
const MOST_BYTES: usize = 2 * 1024 * 1024;

impl Default for WriterSettings {
    fn default() -> Self {
        Self { lanes: 3, group: 256, defect: None }
    }
}

impl Writer {
    pub(super) fn new(lanes: usize) -> (Self, Lanes) {
        let (lanes, ends) = (0..lanes.max(1)).map(|_| door(ROOM)).unzip();
        (Self { lanes }, Lanes(ends))
    }

    /// Waits for the commit that holds the batch.
    pub(super) async fn write(&self, batch: Prepared) -> Result<Committed> {
        self.lanes[lane_of(batch.learner, self.lanes.len())].hand_in(batch).await
    }
}

impl Lanes {
    /// Starts the writers.
    pub(super) fn start(self, app: &Arc<App>, group: usize) {
        for lane in self.0 {
            lane.start(app, Batches { batches: group, events: MOST_EVENTS, bytes: MOST_BYTES });
        }
    }
}

fn lane_of(learner: LearnerId, lanes: usize) -> usize {
    (learner.0.as_u128() % lanes as u128) as usize
}

impl Together for Batches {
    type Job = Prepared;
    type Done = Committed;

    fn admit(&mut self, batch: &Prepared) -> bool {
        self.batches = self.batches.saturating_sub(1);
        self.events = self.events.saturating_sub(batch.events.len());
        self.bytes = self.bytes.saturating_sub(batch.events.iter().map(|event| event.raw.len()).sum());
        self.batches > 0 && self.events > 0 && self.bytes > 0
    }

    async fn commit(app: &App, batches: &mut [Prepared]) -> Result<Vec<Result<Committed>>> {
        match app.write_group(batches).await {
            Err(Error::Outdated) => {
                app.refresh_catalogue().await?;
                let catalogue = app.catalogue();
                batches.iter_mut().for_each(|batch| batch.mark_again(&catalogue));
                Err(Error::Conflict)
            }
            written => written,
        }
    }
}
