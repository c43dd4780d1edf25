//! Work that can wait: on a thread that runs when nothing else wants to.
//!
//! A small machine has two cores, and a fit to a long log would take one of them from whoever answers meanwhile. The
//! system's scheduler knows how to prevent that, if it is told. Nothing that others wait for belongs here, such as a
//! transaction that writes: on a busy machine it may stand still for seconds.

use super::{Error, Result};
use std::future::Future;
use tokio::{runtime::Handle, sync::oneshot};

/// Works on a thread of its own, which may compute as long as it likes. Goes on to its end if nobody waits for it.
pub(super) async fn apart<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let (runtime, (done, result)) = (Handle::current(), oneshot::channel());
    let work = move || {
        let_others_go_first();
        _ = done.send(runtime.block_on(work));
    };
    let begun = std::thread::Builder::new().name("laerd-apart".to_owned()).spawn(work);
    begun.map_err(|cause| Error::Unavailable(format!("no thread is to be had: {cause}")))?;
    result.await.map_err(|_| Error::Internal("work apart from the requests ended badly".to_owned()))
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
