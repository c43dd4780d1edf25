//! One commit for many callers.
//!
//! While one commit is written the next callers gather, and whoever is being read when it is over comes along; nobody
//! is waited for who may come. Where a commit goes on to the disk while the next is written, half of all there are go
//! at a time. A full queue is refused at once, because a caller who waits longer than his patience costs the same and
//! gets nothing.

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
    let mut last = 0;
    while let Some(first) = queue.recv().await {
        gather(&queue).await;
        let Some(app) = app.upgrade() else { return };
        let share = share(1 + queue.len(), app.db.is_forced().map(|all| if all { 0 } else { last }));
        let (mut jobs, replies): (Vec<_>, Vec<_>) = take(first, &mut queue, empty.clone(), share).into_iter().unzip();
        last = jobs.len();
        let written = write::<T>(&app, &mut jobs).await;
        for (reply, done) in replies.into_iter().zip(written.into_iter().zip(jobs)) {
            // Whoever has hung up has still been heard.
            let _ = reply.send(done);
        }
    }
}

/// Unless enough are waiting, all other tasks that are ready have their turn until it brings nobody more.
async fn gather<J>(queue: &mpsc::Receiver<J>) {
    let mut seen = None;
    while queue.len() + 1 < ENOUGH && seen != Some(queue.len()) {
        seen = Some(queue.len());
        tokio::task::yield_now().await;
    }
}

/// How many of those who wait one group takes, when so many of the last one still wait for the disk; all of them where
/// nobody can, because a commit is over only when it is on the disk.
///
/// Those who were answered together come back together. In one group all of them would wait for the writer, then for
/// the disk, then be served, and of these three two would rest. So half of all there are go at a time, but never one
/// of several: whoever is alone waits for the disk.
fn share(waiting: usize, on_their_way: Option<usize>) -> usize {
    on_their_way.map_or(waiting, |others| (waiting + others).div_ceil(2).max(2))
}

/// So many of those who wait, if the group has room for them.
fn take<T: Together>(
    first: Handed<T>,
    queue: &mut mpsc::Receiver<Handed<T>>,
    mut group: T,
    most: usize,
) -> Vec<Handed<T>> {
    let mut has_room = group.admit(&first.0);
    let mut taken = vec![first];
    while has_room
        && taken.len() < most
        && let Ok(next) = queue.try_recv()
    {
        has_room = group.admit(&next.0);
        taken.push(next);
    }
    taken
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_all_there_are_go_at_a_time() {
        assert_eq!(share(64, Some(0)), 32, "all came back together");
        assert_eq!(share(32, Some(32)), 32, "the other half is on its way");
        assert_eq!(share(64, Some(4)), 34, "few are on their way");
        assert_eq!(share(3, Some(0)), 2, "nobody is left alone with the disk before the others");
        assert!(share(1, Some(0)) >= 1 && share(2, Some(90)) >= 2, "few are one group");
        assert_eq!(share(64, None), 64, "nobody can be on his way");
    }

    #[tokio::test]
    async fn whoever_is_being_read_comes_along() {
        let (door, queue) = mpsc::channel(ENOUGH * 2);
        let mut callers = tokio::task::JoinSet::new();
        for turns in [0, 1, 2, 3, 9] {
            let door = door.clone();
            callers.spawn(async move {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
                door.send(turns).await
            });
        }
        gather(&queue).await;
        assert_eq!(queue.len(), 4, "the last one brings nobody for a while");
        for job in 0..ENOUGH {
            door.send(job).await.unwrap();
        }
        tokio::time::timeout(Duration::ZERO, gather(&queue)).await.expect("enough go at once");
    }
}
