//! A learner's own memory weights: fitted to his log away from every request, and put in force if they forecast better.
//!
//! Fits run one at a time in a process and under a lease in the database, so that several processes never do the same
//! twice and what a crash left undone is done by whoever comes next. What is read is read without a lock, and the cards
//! that follow from new weights are folded without one: whoever answers meanwhile waits only while they are written.

use super::{
    App, Enrolment, Result,
    apart::{Pace, apart},
    catalogue::CourseContent,
    fold::CourseBatch,
    refold::{Beside, Cause, Moment},
};
use crate::{
    domain::{
        memory::{ENOUGH_FOR_STABILITIES, Progress, Proposal, Weights, refit},
        refit::{next_at, pooled, reviews},
    },
    store::{self, Db, answers::Log, refits::Fit, study::StandingKey},
    vocab::id::LearnerId,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What a fit came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Refitted {
    pub learner: LearnerId,
    pub course: String,
    /// Weights are in it if they were put in force.
    pub proposal: Proposal,
}

/// Longer than any fit takes; a process that died holds a learner no longer than this.
const LEASE_MINUTES: i64 = 10;
/// How long nothing is fitted after a fit: writing its cards cannot be done by and by, so it has to be rare.
const REST: Duration = Duration::from_secs(5);
const REST_STEP: Duration = Duration::from_millis(50);
/// How often cards are folded beside the writers before they are folded among them.
const TRIES: usize = 3;
/// Looked up at once; the rest is found again after them.
const BATCH: u64 = 100;

impl App {
    /// Fits whoever has a fifth more reviews than at his last fit. Ends early, with what it has, if `progress` is
    /// stopped.
    pub async fn refit_due(&self, progress: &Progress) -> Result<Vec<Refitted>> {
        let mut done = Vec::new();
        let due = store::refits::due(&self.db, self.clock.now(), BATCH).await?;
        for (place, (learner, course)) in due.into_iter().enumerate() {
            if place > 0 {
                rest(progress).await;
            }
            if progress.is_stopped() {
                break;
            }
            match self.refit_at(Pace::Gentle, learner, &course, progress).await {
                Ok(refitted) => done.extend(refitted),
                // He is found again next time.
                Err(cause) => tracing::warn!(%cause, course, "a learner's memory weights could not be fitted"),
            }
        }
        Ok(done)
    }

    /// Fits one learner at full pace, whether it is due or not. `None` if another process is at it, he is not there, or
    /// `progress` was stopped.
    pub async fn refit_learner(
        &self,
        learner: LearnerId,
        course: &str,
        progress: &Progress,
    ) -> Result<Option<Refitted>> {
        self.refit_at(Pace::Full, learner, course, progress).await
    }

    async fn refit_at(
        &self,
        pace: Pace,
        learner: LearnerId,
        course: &str,
        progress: &Progress,
    ) -> Result<Option<Refitted>> {
        let content = self.catalogue().course(course)?;
        let key = (learner, course.to_owned());
        if !self.take_lease(&key).await? {
            return Ok(None);
        }
        let fitted = fit_and_fold(self.db.clone(), key.clone(), Arc::clone(&content), (pace, progress.clone())).await?;
        let Some((proposal, beside)) = fitted else { return Ok(None) };
        let is_there = self.conclude(&key, &content, &proposal, beside).await?;
        Ok(is_there.then(|| Refitted { learner, course: course.to_owned(), proposal }))
    }

    /// Learners of a course with enough reviews for a fit.
    pub async fn students(&self, course: &str) -> Result<Vec<LearnerId>> {
        let students = store::refits::students(&self.db, course, ENOUGH_FOR_STABILITIES, u64::MAX >> 1).await?;
        Ok(students.into_iter().map(|(learner, _)| learner).collect())
    }

    async fn take_lease(&self, key: &StandingKey) -> Result<bool> {
        let txn = self.db.write().await?;
        let now = self.clock.now();
        let is_there = store::learners::lock(&txn, key.0).await?.is_some();
        let taken = is_there && store::refits::claim(&txn, key, now, now.plus_minutes(LEASE_MINUTES)).await?;
        txn.commit().await?;
        Ok(taken)
    }

    /// Gives the lease back, and puts better weights in force; tells whether the learner is still there.
    async fn conclude(
        &self,
        key: &StandingKey,
        content: &Arc<CourseContent>,
        proposal: &Proposal,
        mut beside: Option<Beside>,
    ) -> Result<bool> {
        let Some(weights) = proposal.weights else {
            let txn = self.db.write().await?;
            let is_there = store::learners::lock(&txn, key.0).await?.is_some();
            if is_there {
                store::refits::finish(&txn, key, next_at(proposal.scored)).await?;
            }
            txn.commit().await?;
            return Ok(is_there);
        };
        for _ in 0..TRIES {
            match self.put_in_force(key, content, (proposal, weights), beside).await? {
                Put::Done => return Ok(true),
                Put::Gone => return Ok(false),
                Put::Outrun => beside = fold_apart(self.db.clone(), key.clone(), Arc::clone(content), weights).await?,
            }
        }
        // Somebody answers without a break; he waits for his own fold this once.
        Ok(matches!(self.put_in_force(key, content, (proposal, weights), None).await?, Put::Done))
    }

    /// Writes new weights and the cards that follow from them. The cards were folded `beside` the writers, who wait for
    /// nothing but the writing; if they were overtaken, nothing is written. Without, they are folded here.
    async fn put_in_force(
        &self,
        key: &StandingKey,
        content: &Arc<CourseContent>,
        (proposal, weights): (&Proposal, Weights),
        beside: Option<Beside>,
    ) -> Result<Put> {
        let txn = self.db.write().await?;
        let Some(learner) = store::learners::lock(&txn, key.0).await? else { return Ok(Put::Gone) };
        let row = store::enrolments::find(&txn, key.0, &key.1).await?;
        let enrolment = Enrolment { weights: Some(weights), ..Enrolment::from_row(row) };
        if beside.as_ref().is_some_and(|beside| !beside.still_holds(&learner, &enrolment)) {
            return Ok(Put::Outrun);
        }
        store::refits::finish(&txn, key, next_at(proposal.scored)).await?;
        let Proposal { scored, loss_now: loss_before, loss_then: loss_after, .. } = *proposal;
        let fit = Fit { weights, scored, loss_before, loss_after };
        store::refits::record(&txn, key, &fit, self.clock.now()).await?;
        store::enrolments::put_weights(&txn, key.0, &key.1, &enrolment.row(self.clock.now())).await?;
        match beside {
            Some(beside) => self.refold_with(&txn, learner, beside, Cause::Weights).await?,
            None => {
                let batch = CourseBatch::new(Arc::clone(content), enrolment);
                self.refold(&txn, learner, vec![batch], Cause::Weights).await?;
            }
        }
        txn.commit().await?;
        Ok(Put::Done)
    }
}

/// What became of new weights.
enum Put {
    Done,
    /// Answers came between the fold and the writing.
    Outrun,
    /// The learner is not there any more.
    Gone,
}

/// Ends early if `progress` is stopped.
async fn rest(progress: &Progress) {
    let until = Instant::now() + REST;
    while Instant::now() < until && !progress.is_stopped() {
        tokio::time::sleep(REST_STEP).await;
    }
}

/// Fits weights to the learner's log, and folds it by them if they forecast better, all of it beside everything else.
/// `None` if he is not there or `progress` was stopped.
async fn fit_and_fold(
    db: Db,
    key: StandingKey,
    content: Arc<CourseContent>,
    (pace, progress): (Pace, Progress),
) -> Result<Option<(Proposal, Option<Beside>)>> {
    apart(async move {
        let Some(moment) = Moment::of(&db, &key, pace).await? else { return Ok(None) };
        let base = content.model.memory;
        let current = moment.enrolment.weights.unwrap_or(base);
        let log = reviews(&content.model, &moment.log.answers, &moment.log.voided);
        let fitted = pace.keep(&progress, || refit(&log, &current, &base, &progress));
        let Ok(proposal) = fitted else { return Ok(None) };
        let Some(weights) = proposal.weights else { return Ok(Some((proposal, None))) };
        Ok(Some((proposal, Some(moment.fold_by(weights, &content, pace).await))))
    })
    .await?
}

/// Folds the learner's log anew beside everything else, by what stands in the database now. `None` if he is not there.
async fn fold_apart(db: Db, key: StandingKey, content: Arc<CourseContent>, weights: Weights) -> Result<Option<Beside>> {
    apart(async move {
        let Some(moment) = Moment::of(&db, &key, Pace::Gentle).await? else { return Ok(None) };
        Ok(Some(moment.fold_by(weights, &content, Pace::Gentle).await))
    })
    .await?
}

/// Fits weights to the logs of `learners` together, beside everything else, to take the place of the course's. `None`
/// if `progress` was stopped.
pub(super) async fn fit_apart(
    db: Db,
    content: Arc<CourseContent>,
    learners: Vec<StandingKey>,
    progress: Progress,
) -> Result<Option<Proposal>> {
    apart(async move {
        let logs = store::answers::logs(&db, &learners).await?;
        let reviews = |log: &Log| reviews(&content.model, &log.answers, &log.voided);
        let log = pooled(learners.iter().map(|key| logs.get(key).map(reviews).unwrap_or_default()).collect());
        Ok(refit(&log, &content.model.memory, &Weights::DEFAULT, &progress).ok())
    })
    .await?
}
