//! Two learners who turn out to be one: a guest who signs in to the account he had, or two accounts.
//!
//! The logs are joined and folded again, so it is as if one learner had answered everything. The other is erased.

use super::{App, Caller, Enrolment, Error, Fault, Result, fold::CourseBatch, refold::Cause};
use crate::{
    store::{self, learners::Learner, merge::Moved},
    vocab::id::LearnerId,
};
use std::{collections::HashMap, sync::Arc};

const NO_TOKEN: &str = "send a valid access token of the learner to be joined; renew it first if it has run out";

impl App {
    /// Joins the log of the learner behind `token` to the caller's.
    pub async fn merge(&self, caller: Caller, token: &str) -> Result<Moved> {
        let stranger = |error| match error {
            Error::Unauthenticated | Error::Erased => Error::Invalid(vec![Fault::new("/access_token", NO_TOKEN)]),
            other => other,
        };
        let other = self.authenticate(token).await.map_err(stranger)?.learner;
        if other == caller.learner {
            return Ok(Moved::default());
        }
        let txn = self.db.write().await?;
        // In the order of ids, like the writers, so that two transactions never wait for each other.
        let mut both = [caller.learner, other];
        both.sort_unstable();
        let mut learners = store::learners::lock_all(&txn, &both).await?;
        let mut take = |id: LearnerId| learners.remove(&id).ok_or(Error::Erased);
        let (mine, other) = (take(caller.learner)?, take(other)?);
        let before = store::enrolments::all(&txn, &[mine.id]).await?;
        let moved = store::merge::union(&txn, other.id, &mine).await?;
        store::learners::erase(&txn, other.id).await?;
        let mine = Learner { head: mine.head + moved.events as i64, ..mine };
        store::learners::set_heads(&txn, &[mine]).await?;
        let enrolments = store::enrolments::all(&txn, &[mine.id]).await?;
        let batch = |course: &Arc<super::CourseContent>| {
            let key = (mine.id, course.course.slug.clone());
            let chosen = |all: &HashMap<_, _>| Enrolment::from_row(all.get(&key).cloned());
            let (before, now) = (chosen(&before), chosen(&enrolments));
            let days_moved = before.day() != now.day();
            CourseBatch { days_moved, ..CourseBatch::new(Arc::clone(course), now) }
        };
        let batches = self.catalogue().courses().iter().map(batch).collect();
        self.refold(&txn, mine, batches, Cause::Merge).await?;
        txn.commit().await?;
        self.bearers.forget(other.id);
        Ok(moved)
    }
}
