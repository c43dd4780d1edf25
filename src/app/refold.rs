//! State brought up to date without an answer: new parameters, new settings, another learner's log.
//!
//! Parameters change for every learner of a course at once, so nobody is folded anew before he is looked at. Where
//! cards or beliefs come out differently, a `refold` event takes the next number of the stream, and the learner's
//! devices see what changed like after any event.

use super::{App, CourseContent, Enrolment, Error, Result, apart::Pace, fold::CourseBatch, fold::Fold};
use crate::{
    domain::memory::Weights,
    store::{
        self, Db, Txn,
        answers::{EventBody, Log, LogReader, NewEvent},
        learners::Learner,
        study::{Everything, Standing, StandingKey},
    },
    vocab::id::{EventId, LearnerId},
};
use std::{sync::Arc, time::Instant};

/// Answers folded between two pauses; a millisecond or two of work.
const PART: usize = 500;

/// Why a state was folded anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The course was loaded or its parameters were learnt anew.
    Parameters,
    /// The learner chose otherwise.
    Settings,
    /// Another learner's log was joined to his.
    Merge,
    /// What was stored was not what the log gives.
    Repair,
    /// Memory weights were fitted to him.
    Weights,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Parameters => "parameters",
            Self::Settings => "settings",
            Self::Merge => "merge",
            Self::Repair => "repair",
            Self::Weights => "weights",
        }
    }
}

/// What a fold from nothing needs, as the database had it at one moment.
pub(super) struct Moment {
    learner: LearnerId,
    head: i64,
    /// What the learner had chosen, and the weights in force.
    pub enrolment: Enrolment,
    pub log: Log,
    stored: Everything,
}

/// A fold that was made without the learner's lock.
pub(super) struct Beside {
    head: i64,
    enrolment: Enrolment,
    fold: Fold,
}

impl Moment {
    /// `None` if the learner is not there.
    ///
    /// What is logged does not change, so only its last page has to be of the same moment as the rest: a snapshot that
    /// was held through all the pauses would keep the database from tidying up behind the writers.
    pub(super) async fn of(db: &Db, key: &StandingKey, pace: Pace) -> Result<Option<Self>> {
        let (mut log, mut since) = (LogReader::new(key.clone()), Instant::now());
        loop {
            let txn = db.snapshot().await?;
            let Some(Learner { id, head, .. }) = store::learners::find(&txn, key.0).await? else { return Ok(None) };
            if log.read_to(&txn, head).await? {
                drop(txn);
                pace.pause(&mut since).await;
                continue;
            }
            let enrolment = Enrolment::from_row(store::enrolments::find(&txn, key.0, &key.1).await?);
            let stored = store::study::everything_of(&txn, std::slice::from_ref(key)).await?.remove(key);
            let (log, stored) = (log.finish(), stored.unwrap_or_default());
            return Ok(Some(Self { learner: id, head, enrolment, log, stored }));
        }
    }

    /// The learner's log folded by these weights.
    pub(super) async fn fold_by(self, weights: Weights, content: &Arc<CourseContent>, pace: Pace) -> Beside {
        let mut since = Instant::now();
        let enrolment = Enrolment { weights: Some(weights), ..self.enrolment };
        let batch = CourseBatch::new(Arc::clone(content), enrolment.clone());
        let mut fold = Fold::new(self.learner, (self.head, self.head + 1), batch);
        fold.begin_anew(self.stored);
        for part in self.log.answers.chunks(PART) {
            fold.go_on(part, &self.log.voided);
            pace.pause(&mut since).await;
        }
        Beside { head: self.head, enrolment, fold }
    }
}

impl Beside {
    /// Whether it is what a fold under the lock would give: nothing has come since, and nothing was chosen otherwise.
    pub(super) fn still_holds(&self, learner: &Learner, enrolment: &Enrolment) -> bool {
        self.head == learner.head && self.enrolment == *enrolment
    }
}

impl App {
    /// Brings every course of the learner up to date.
    pub(super) async fn up_to_date(&self, learner: LearnerId) -> Result<()> {
        let standings = store::study::every_standing(&self.db, learner).await?;
        if standings.is_empty() {
            return Ok(());
        }
        let ahead = |(slug, standing): &(String, Standing)| {
            let known = self.catalogue().course(slug).map(|course| course.model.version);
            known.is_ok_and(|version| standing.parameters_version > version)
        };
        if standings.iter().any(ahead) {
            self.refresh_catalogue().await?;
        }
        let catalogue = self.catalogue();
        let stale = standings.iter().filter_map(|(slug, standing)| {
            let course = catalogue.course(slug).ok()?;
            (standing.parameters_version < course.model.version).then_some(course)
        });
        let stale: Vec<Arc<CourseContent>> = stale.collect();
        if stale.is_empty() { Ok(()) } else { self.fold_stale(learner, &stale).await }
    }

    /// Folds the learner's logs of these courses by their present parameters.
    pub(super) async fn fold_stale(&self, learner: LearnerId, courses: &[Arc<CourseContent>]) -> Result<()> {
        let txn = self.db.write().await?;
        let learner = store::learners::lock(&txn, learner).await?.ok_or(Error::Erased)?;
        let enrolments = store::enrolments::all(&txn, &[learner.id]).await?;
        let batch = |course: &Arc<CourseContent>| {
            let row = enrolments.get(&(learner.id, course.course.slug.clone())).cloned();
            CourseBatch::new(Arc::clone(course), Enrolment::from_row(row))
        };
        self.refold(&txn, learner, courses.iter().map(batch).collect(), Cause::Parameters).await?;
        Ok(txn.commit().await?)
    }

    /// Folds the learner's logs of some courses anew; his row is locked by the caller.
    pub(super) async fn refold(
        &self,
        txn: &Txn,
        learner: Learner,
        batches: Vec<CourseBatch>,
        cause: Cause,
    ) -> Result<()> {
        let heads = (learner.head, learner.head + 1);
        let mut folds: Vec<Fold> = batches.into_iter().map(|batch| Fold::new(learner.id, heads, batch)).collect();
        // What was repaired was not what is kept of it, even where no device would see that.
        if self.fold_again(txn, &mut folds).await? || (cause == Cause::Repair && !folds.is_empty()) {
            self.tell_refold(txn, learner, cause).await?;
        }
        Ok(())
    }

    /// Stores a fold that was made beside the writers; the learner's row is locked by the caller.
    pub(super) async fn refold_with(&self, txn: &Txn, learner: Learner, beside: Beside, cause: Cause) -> Result<()> {
        if self.store_again(txn, &[beside.fold]).await? {
            self.tell_refold(txn, learner, cause).await?;
        }
        Ok(())
    }

    /// The event by which devices hear of it.
    async fn tell_refold(&self, txn: &Txn, learner: Learner, cause: Cause) -> Result<()> {
        let (seq, now) = (learner.head + 1, self.clock.now());
        let event = NewEvent {
            id: EventId(self.ids.uuid()),
            seq,
            course: String::new(),
            revision: 0,
            body: EventBody::Refold,
            order_at: now,
            hash: "".into(),
            raw: format!(r#"{{"kind":"refold","cause":"{}"}}"#, cause.as_str()).into(),
            device_id: None,
            received_at: now,
        };
        let mut batch = txn.batch();
        store::answers::insert(&mut batch, &[(learner.id, event)]).await?;
        store::learners::save(&mut batch, &[Learner { head: seq, ..learner }]).await?;
        Ok(batch.send().await?)
    }
}
