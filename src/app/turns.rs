//! Work that a small machine does only a few times at once, off the threads that answer requests.
//!
//! A turn belongs to the work and not to the request: a client that hangs up ends his request, but no thread can be
//! stopped, so the next one waits until the work is done.

use super::{Error, Result};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A turnstile. Beyond so many waiting, callers are turned away at once: they would not get an answer in time.
pub(super) struct Turns {
    free: Arc<Semaphore>,
    places: Semaphore,
}

/// The right to work once.
pub(super) struct Turn(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Turns {
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(at_once)), places: Semaphore::new(waiting) }
    }

    /// Waits for a turn.
    pub(super) async fn take(&self) -> Result<Turn> {
        let _place = self.places.try_acquire().map_err(|_| Error::Unavailable("too many are waiting".into()))?;
        let turn = Arc::clone(&self.free).acquire_owned().await;
        Ok(Turn(turn.map_err(|_| Error::Unavailable("shutting down".into()))?))
    }
}

impl Turn {
    /// Works, and gives the turn back when the work is done.
    pub(super) async fn spend<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let done = tokio::task::spawn_blocking(move || {
            let _turn = self;
            work()
        });
        done.await.map_err(|cause| Error::Internal(cause.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn a_turn_is_not_given_back_before_the_work_is_done() {
        let turns = Turns::new(1, 1);
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (end, ends) = mpsc::channel::<()>();
        let turn = turns.take().await.unwrap();
        let request = turn.spend(move || {
            begun.send(()).unwrap();
            ends.recv().unwrap();
        });
        let mut request = Box::pin(request);
        tokio::select! {
            _ = &mut request => panic!("the work cannot be done yet"),
            begun = begins => begun.unwrap(),
        }
        drop(request);
        assert_eq!(turns.free.available_permits(), 0, "the client has hung up, the work goes on");
        end.send(()).unwrap();
        turns.take().await.unwrap();
    }

    #[tokio::test]
    async fn who_would_wait_too_long_is_turned_away() {
        let turns = Turns::new(1, 2);
        let first = turns.take().await.unwrap();
        let mut second = Box::pin(turns.take());
        assert!(futures_util::poll!(&mut second).is_pending());
        let mut third = Box::pin(turns.take());
        assert!(futures_util::poll!(&mut third).is_pending());
        assert!(matches!(turns.take().await, Err(Error::Unavailable(_))));
        drop(second);
        drop(first);
        third.await.unwrap();
    }
}
