//! Work that can wait: on a thread of its own, and gently.
//!
//! A small machine has two cores, and a fit to a long log would take one of them from whoever answers meanwhile. So
//! work for which nobody waits does little at a time and stands still four times as long. A low priority of the system
//! did no better: who has it may keep what he holds, such as locks and snapshots, from all others until he runs again.

use super::{Error, Result};
use crate::domain::memory::Progress;
use std::{
    future::Future,
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::oneshot};

/// Works on a thread of its own, which may compute as long as it likes. Goes on to its end if nobody waits for it.
pub(super) async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let (runtime, (done, result)) = (Handle::current(), oneshot::channel());
    let work = move || {
        _ = done.send(runtime.block_on(work));
    };
    let begun = thread::Builder::new().name("laerd-apart".to_owned()).spawn(work);
    begun.map_err(|cause| Error::Unavailable(format!("no thread is to be had: {cause}")))?;
    result.await.map_err(|_| Error::Internal("work apart from the requests ended badly".to_owned()))
}

/// How much of its time work may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Somebody waits for it.
    Full,
    /// Nobody does.
    Gentle,
}

/// How long gentle work stands still, in times of what it did before.
const STILL: u32 = 4;
/// And at most: what was stopped with the whole process did not work meanwhile.
const STILL_AT_MOST: Duration = Duration::from_millis(200);
/// How long a gentle fit computes at a time; other work has parts of its own.
const STEP: Duration = Duration::from_millis(2);

impl Pace {
    /// Between two parts of work, of which the first began at `since`; the next begins when this returns.
    pub(super) async fn pause(self, since: &mut Instant) {
        if self == Self::Gentle {
            tokio::time::sleep((since.elapsed() * STILL).min(STILL_AT_MOST)).await;
        }
        *since = Instant::now();
    }

    /// Does what reports to `progress`, which is held again and again where the pace is gentle.
    pub(super) fn keep<T>(self, progress: &Progress, work: impl FnOnce() -> T) -> T {
        if self == Self::Full {
            return work();
        }
        thread::scope(|scope| {
            let (working, is_over) = channel::<()>();
            scope.spawn(move || {
                while is_over.recv_timeout(STEP) == Err(RecvTimeoutError::Timeout) {
                    let _held = progress.hold();
                    thread::sleep(STEP * STILL);
                }
            });
            let result = work();
            drop(working);
            result
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gentle_fit_is_held_and_another_is_not() {
        let progress = Progress::default();
        let is_held = |pace: Pace| {
            pace.keep(&progress, || {
                (0..10_000).any(|_| {
                    thread::sleep(Duration::from_micros(100));
                    progress.is_held()
                })
            })
        };
        assert!(is_held(Pace::Gentle));
        assert!(!is_held(Pace::Full));
    }

    #[test]
    fn a_fit_that_panics_is_held_by_nobody() {
        let progress = Progress::default();
        let work = || Pace::Gentle.keep(&progress, || panic!("on purpose"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err());
        assert!(!progress.is_stopped());
    }

    #[tokio::test]
    async fn what_is_worked_out_comes_back_and_a_panic_is_an_error() {
        let result = apart(async {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            6 * 7
        });
        assert_eq!(result.await.unwrap(), 42);
        assert!(matches!(apart(async { panic!("on purpose") }).await, Err::<(), _>(Error::Internal(_))));
    }
}
