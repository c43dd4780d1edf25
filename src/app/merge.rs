//! Two learners who turn out to be one: a guest who signs in to the account he had, or two accounts.
//!
//! The logs are joined and folded again, so it is as if one learner had answered everything. The other is erased. What
//! he was told and agreed to as a member of a team is the person's, whichever account he had then.

use super::{App, Caller, Enrolment, Error, Fault, Result, fold::CourseBatch, refold::Cause};
use crate::{
    domain::coverage::{Counted, as_one},
    store::{self, learners::Learner, memberships::Membership, merge::Moved},
    vocab::{
        id::LearnerId,
        time::{Timestamp, Week},
    },
};
use std::{collections::HashMap, sync::Arc};

const NO_TOKEN: &str = "send a valid access token of the learner to be joined; renew it first if it has run out";
/// The other is erased, and an account must not go by two tokens mixed up.
const WRONG_WAY: &str = "this learner has an account and you have none; sign in to it and send the guest's token";

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
        let (txn, catalogue) = self.write_by_catalogue().await?;
        // In the order of ids, like the writers, so that two transactions never wait for each other.
        let mut both = [caller.learner, other];
        both.sort_unstable();
        let mut learners = store::learners::lock_all(&txn, &both).await?;
        let mut take = |id: LearnerId| learners.remove(&id).ok_or(Error::Erased);
        let (mine, other) = (take(caller.learner)?, take(other)?);
        let has_account = store::accounts::find(&txn, mine.id).await?.is_some();
        if !has_account && store::accounts::find(&txn, other.id).await?.is_some() {
            return Err(Error::Invalid(vec![Fault::new("/access_token", WRONG_WAY)]));
        }
        let before = store::enrolments::all(&txn, &[mine.id]).await?;
        let moved = store::merge::union(&txn, other.id, &mine).await?;
        let mut members = store::memberships::of(&txn, &both).await?;
        store::learners::erase(&txn, other.id).await?;
        if let Some(theirs) = members.remove(&other.id) {
            let one = one_member(members.remove(&mine.id), theirs, self.clock.now());
            store::memberships::put(&txn, &[Membership { learner: mine.id, ..one }]).await?;
        }
        let mine = Learner { head: mine.head + moved.events as i64, ..mine };
        let mut batch = txn.batch();
        store::learners::save(&mut batch, &[mine]).await?;
        batch.send().await?;
        let enrolments = store::enrolments::all(&txn, &[mine.id]).await?;
        let batch = |course: &Arc<super::CourseContent>| {
            let key = (mine.id, course.course.slug.clone());
            let chosen = |all: &HashMap<_, _>| Enrolment::from_row(all.get(&key).cloned());
            let (before, now) = (chosen(&before), chosen(&enrolments));
            let days_moved = before.day() != now.day();
            CourseBatch { days_moved, ..CourseBatch::new(Arc::clone(course), now) }
        };
        let batches = catalogue.courses().iter().map(batch).collect();
        self.refold(&txn, mine, batches, Cause::Merge).await?;
        txn.commit().await?;
        self.bearers.forget(other.id);
        self.recent.forget(other.id);
        Ok(moved)
    }
}

/// The membership of someone who was a member as `other`, and maybe as `mine` too. His own stands while he is in a team
/// by it or has left one by choice. Having left by choice as the other weighs more than a list that put him in a team,
/// less than joining one himself.
fn one_member(mine: Option<Membership>, other: Membership, now: Timestamp) -> Membership {
    let counted = |member: &Membership| Counted { cohort: member.cohort, counts_from: member.counts_from };
    let Counted { cohort, counts_from } = as_one(mine.as_ref().map(counted), counted(&other), Week::of(now));
    let stands = |member: &Membership| member.left_at.is_none() || member.opted_out;
    let one = match mine.filter(stands) {
        Some(mine) if other.opted_out && mine.consent.is_none() => Membership { opted_out: true, ..mine.ended(now) },
        Some(mine) => {
            let agreed = other.consent.filter(|_| other.left_at.is_none() && other.unit == mine.unit);
            Membership { consent: mine.consent.or(agreed), ..mine }
        }
        None => other,
    };
    Membership { cohort, counts_from, ..one }
}
