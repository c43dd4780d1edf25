//! Who showed which access token a moment ago, so that a busy learner is not looked up at each request.
//!
//! For a few seconds only: what is revoked through another instance holds no longer than that, what is revoked through
//! this one ends at once.

use super::Caller;
use crate::vocab::{id::LearnerId, time::Timestamp};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Callers by the hash of their token.
#[derive(Default)]
pub(super) struct Bearers(Mutex<HashMap<String, Remembered>>);

struct Remembered {
    caller: Caller,
    until: Timestamp,
}

const SECONDS: i64 = 5;
/// More are not kept; a hundred bytes each.
const ROOM: usize = 20_000;

impl Bearers {
    pub(super) fn find(&self, hash: &str, now: Timestamp) -> Option<Caller> {
        self.lock().get(hash).filter(|remembered| remembered.until > now).map(|remembered| remembered.caller)
    }

    /// Remembers a caller until his token ends, or for the few seconds.
    pub(super) fn remember(&self, hash: String, caller: Caller, now: Timestamp, ends: Timestamp) {
        let mut bearers = self.lock();
        if bearers.len() >= ROOM {
            bearers.retain(|_, remembered| remembered.until > now);
        }
        if bearers.len() < ROOM {
            bearers.insert(hash, Remembered { caller, until: ends.min(now.plus_ms(SECONDS * 1000)) });
        }
    }

    /// Forgets every token of a learner.
    pub(super) fn forget(&self, learner: LearnerId) {
        self.forget_all(&BTreeSet::from([learner]));
    }

    /// The same of several.
    pub(super) fn forget_all(&self, learners: &BTreeSet<LearnerId>) {
        if !learners.is_empty() {
            self.lock().retain(|_, remembered| !learners.contains(&remembered.caller.learner));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Remembered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
