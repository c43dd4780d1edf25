//! One commit for many callers.
//!
//! While one commit waits for the disk the next callers gather, and whoever is being read when it is over comes along;
//! nobody is waited for who may come. A full queue is refused at once, because a caller who waits longer than his
//! patience costs the same and gets nothing.

use super::{App, Error, Result};
use crate::store::{self, GroupTxn};
use futures_util::FutureExt;
use std::{
    future::Future,
    panic::AssertUnwindSafe,
    slice,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// What is written for many at once. A value of it counts what a group holds already.
pub(super) trait Together: Clone + Send + 'static {
    /// What a caller hands in.
    type Job: Send;
    /// What he hears when it is stored.
    type Done: Send;

    /// Takes a job into the group; whether there is room for another.
    fn admit(&mut self, job: &Self::Job) -> bool;

    /// Writes the jobs in one [`commit`], and says what became of each. An error is of the whole group, and nothing of
    /// it is stored then.
    fn commit(app: &App, jobs: &mut [Self::Job]) -> impl Future<Output = Result<Vec<Result<Self::Done>>>> + Send;
}

/// Where callers hand in their jobs.
pub(super) struct Door<T: Together>(mpsc::Sender<Handed<T>>);

/// The other end, until the application is there to serve it.
pub(super) struct Queue<T: Together>(mpsc::Receiver<Handed<T>>);

type Handed<T> = (<T as Together>::Job, oneshot::Sender<HandedBack<T>>);

/// What became of a job, and the job: whoever handed it in tears it down, because the next ones wait for the writer.
type HandedBack<T> = (Result<<T as Together>::Done>, <T as Together>::Job);

/// How often a commit that was undone for another's sake is tried again.
const TRIES: u32 = 3;

/// Jobs for which a commit begins at once: its own price beside theirs is little by then, and the database would rest
/// while others have their turn, which they may as well have beside the commit.
const ENOUGH: usize = 96;

/// A queue in which so many jobs may wait.
pub(super) fn door<T: Together>(room: usize) -> (Door<T>, Queue<T>) {
    let (door, queue) = mpsc::channel(room);
    (Door(door), Queue(queue))
}

impl<T: Together> Door<T> {
    /// Waits for the commit that holds the job.
    pub(super) async fn hand_in(&self, job: T::Job) -> Result<T::Done> {
        let (reply, done) = oneshot::channel();
        self.0.try_send((job, reply)).map_err(|_| Error::Unavailable("the queue of the writer is full".into()))?;
        let (done, _torn_down_here) =
            done.await.map_err(|_| Error::Unavailable("the writer is shutting down".into()))?;
        done
    }
}

impl<T: Together> Queue<T> {
    /// Starts the one who writes; `empty` is a group nobody is in. He holds the application weakly and ends with it.
    pub(super) fn start(self, app: &Arc<App>, empty: T) {
        app.tasks.spawn(serve(Arc::downgrade(app), self.0, empty));
    }
}

/// Commits what so many callers wait for. The next group need not wait for the disk too; whoever is alone does, so that
/// those who come meanwhile share a commit.
pub(super) async fn commit(txn: impl Into<GroupTxn>, callers: usize) -> store::Result<()> {
    let txn = txn.into();
    match callers {
        ..=1 => txn.commit().await,
        _ => txn.commit_early().await,
    }
}

async fn serve<T: Together>(app: Weak<App>, mut queue: mpsc::Receiver<Handed<T>>, empty: T) {
    while let Some(first) = queue.recv().await {
        let (mut jobs, replies): (Vec<_>, Vec<_>) = gather(first, &mut queue, empty.clone()).await.into_iter().unzip();
        let Some(app) = app.upgrade() else { return };
        let written = write::<T>(&app, &mut jobs).await;
        for (reply, done) in replies.into_iter().zip(written.into_iter().zip(jobs)) {
            // Whoever has hung up has still been heard.
            let _ = reply.send(done);
        }
    }
}

/// What is waiting, up to the size of a group. Unless that is enough, all other tasks that are ready have their turn
/// until it brings nobody more: those who were answered together come back together, and would make two groups of one.
async fn gather<T: Together>(first: Handed<T>, queue: &mut mpsc::Receiver<Handed<T>>, mut group: T) -> Vec<Handed<T>> {
    let mut has_room = group.admit(&first.0);
    let (mut jobs, mut seen) = (vec![first], 0);
    loop {
        while has_room && let Ok(next) = queue.try_recv() {
            has_room = group.admit(&next.0);
            jobs.push(next);
        }
        if !has_room || jobs.len() == seen || jobs.len() >= ENOUGH {
            return jobs;
        }
        seen = jobs.len();
        tokio::task::yield_now().await;
    }
}

/// Writes a group; if it fails for a reason of one caller, each is written alone, so that he fails alone.
async fn write<T: Together>(app: &App, jobs: &mut [T::Job]) -> Vec<Result<T::Done>> {
    match attempt::<T>(app, jobs).await {
        Ok(done) => done,
        Err(Error::Internal(_)) if jobs.len() > 1 => {
            let mut written = Vec::with_capacity(jobs.len());
            for job in jobs {
                let alone = attempt::<T>(app, slice::from_mut(job)).await;
                let missing = || Err(Error::Internal("a job nothing became of".into()));
                written.push(alone.and_then(|mut one| one.pop().unwrap_or_else(missing)));
            }
            written
        }
        Err(error) => jobs.iter().map(|_| Err(error.clone())).collect(),
    }
}

/// One commit, tried again where another transaction was in the way; a panic is a failure like any other.
async fn attempt<T: Together>(app: &App, jobs: &mut [T::Job]) -> Result<Vec<Result<T::Done>>> {
    for tries in 1..=TRIES {
        let written = AssertUnwindSafe(T::commit(app, jobs)).catch_unwind().await;
        match written.unwrap_or_else(|_| Err(Error::Internal("the writer panicked".into()))) {
            Err(Error::Conflict) if tries < TRIES => {
                let jitter = app.ids.seed().rem_euclid(20) as u64;
                tokio::time::sleep(Duration::from_millis(u64::from(tries) * 10 + jitter)).await;
            }
            Err(Error::Conflict) => break,
            written => return written,
        }
    }
    Err(Error::Unavailable("other transactions were in the way".into()))
}
