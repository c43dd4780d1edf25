//! Work that can wait: on a thread that runs when nothing else wants to.
//!
//! A small machine has two cores, and a fit to a long log would take one of them from whoever answers meanwhile. The
//! system's scheduler knows how to prevent that, if it is told; but it weighs threads within a service only, and a
//! database beside us is another one. Therefore a fit for which nobody waits also stands still for most of its time.
//! Nothing that others wait for belongs here, such as a transaction that writes: on a busy machine it may stand still
//! for seconds.

use super::{Error, Result};
use crate::domain::memory::Progress;
use std::{
    future::Future,
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};
use tokio::{runtime::Handle, sync::oneshot};

/// Works on a thread of its own, which may compute as long as it likes. Goes on to its end if nobody waits for it.
pub(super) async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let (runtime, (done, result)) = (Handle::current(), oneshot::channel());
    let work = move || {
        let_others_go_first();
        _ = done.send(runtime.block_on(work));
    };
    let begun = thread::Builder::new().name("laerd-apart".to_owned()).spawn(work);
    begun.map_err(|cause| Error::Unavailable(format!("no thread is to be had: {cause}")))?;
    result.await.map_err(|_| Error::Internal("work apart from the requests ended badly".to_owned()))
}

/// How much of its time a fit may compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Somebody waits for it.
    Full,
    /// Nobody does.
    Gentle,
}

/// How long a gentle fit computes, and how long it then stands still.
const STEP: Duration = Duration::from_millis(5);
const PAUSE: Duration = Duration::from_millis(20);

impl Pace {
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
                    thread::sleep(PAUSE);
                }
            });
            let result = work();
            drop(working);
            result
        })
    }
}

/// Where the system does not allow it, the work is done all the same.
fn let_others_go_first() {
    if let Err(cause) = lower_priority() {
        tracing::debug!(?cause, "a thread keeps its priority");
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn lower_priority() -> std::result::Result<(), thread_priority::Error> {
    use thread_priority::{
        NormalThreadSchedulePolicy::Idle, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
        thread_native_id,
    };
    set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, ThreadSchedulePolicy::Normal(Idle))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn lower_priority() -> std::result::Result<(), thread_priority::Error> {
    thread_priority::set_current_thread_priority(thread_priority::ThreadPriority::Min)
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

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn only_the_thread_apart_steps_back() {
        use thread_priority::{NormalThreadSchedulePolicy, ThreadSchedulePolicy, thread_schedule_policy};
        let policy = apart(async { thread_schedule_policy().unwrap() }).await.unwrap();
        assert_eq!(policy, ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle));
        assert_ne!(thread_schedule_policy().unwrap(), policy);
    }
}
