//! The one path by which answers reach the database.
//!
//! One transaction per batch for now; whoever gathers several callers into one commit changes this file alone. A
//! fixed number of statements per batch, whatever its size: look up, insert, read what is touched, fold, write.

use super::{
    App, CourseContent, Enrolment, Error, EventKind, Outcome, Receipt, Rejection, Result, Submission, Submitted,
    answers::{Accepted, accept, check_time},
    fold::{CourseBatch, Folding},
};
use crate::{
    store::{
        self, Txn,
        answers::{EventBody, KnownEvent, NewEvent},
        learners::Learner,
    },
    vocab::{
        id::{EventId, QuestionId},
        time::Timestamp,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// A batch on its way through.
struct Batch<'a> {
    app: &'a App,
    now: Timestamp,
    known: HashMap<EventId, KnownEvent>,
    enrolments: HashMap<String, Enrolment>,
    head: i64,
    device_id: Option<uuid::Uuid>,
    new: Vec<NewEvent>,
    /// Events of this batch that are new, for repeats within it.
    fresh: HashMap<EventId, (String, Outcome)>,
    courses: BTreeMap<String, CourseBatch>,
}

impl App {
    pub(super) async fn write_answers(&self, submission: Submission) -> Result<Receipt> {
        let learner_id = submission.learner;
        let txn = self.db.write().await?;
        let learner = store::learners::lock(&txn, learner_id).await?.ok_or(Error::Erased)?;
        let mut batch = self.open_batch(&txn, &learner, &submission).await?;
        let outcomes: Vec<Outcome> = submission.events.iter().map(|event| batch.judge(event)).collect();
        let Batch { new, courses, head, enrolments, .. } = batch;
        let new_ids: Vec<EventId> = new.iter().map(|event| event.id).collect();
        let mut receipt = self.receipt(outcomes, head);
        if !new.is_empty() {
            let voided = store::answers::voided(&txn, learner_id, &new_ids).await?;
            let own = new.iter().filter_map(|event| match event.body {
                EventBody::Void(target) => Some(target),
                EventBody::Answer(_) => None,
            });
            let voided: BTreeSet<EventId> = voided.into_iter().chain(own).collect();
            store::answers::insert(&txn, learner_id, new).await?;
            store::learners::set_head(&txn, learner_id, head).await?;
            let folding = Folding { app: self, txn: &txn, learner: learner_id, version: head };
            for (slug, batch) in &courses {
                let enrolment = enrolments.get(slug).cloned().unwrap_or_default();
                folding.fold(batch, &enrolment, &voided, &mut receipt).await?;
            }
        }
        txn.commit().await?;
        Ok(receipt)
    }

    async fn open_batch(&self, txn: &Txn, learner: &Learner, submission: &Submission) -> Result<Batch<'_>> {
        let targets = submission.events.iter().filter_map(|submitted| match &submitted.event {
            Ok(event) => match event.kind {
                EventKind::Void { target } => Some(target),
                EventKind::Answer { .. } => None,
            },
            Err(_) => None,
        });
        let ids: Vec<EventId> = submission.events.iter().filter_map(|event| event.id).chain(targets).collect();
        let enrolments = store::enrolments::all(txn, learner.id).await?;
        Ok(Batch {
            app: self,
            now: self.clock.now(),
            known: store::answers::known(txn, learner.id, &ids).await?,
            enrolments: enrolments.into_iter().map(|(course, row)| (course, Enrolment::from_row(Some(row)))).collect(),
            head: learner.head,
            device_id: submission.device_id,
            new: Vec::new(),
            fresh: HashMap::new(),
            courses: BTreeMap::new(),
        })
    }

    fn receipt(&self, outcomes: Vec<Outcome>, head: i64) -> Receipt {
        Receipt {
            outcomes,
            epoch: self.epoch.clone(),
            head,
            server_time: self.clock.now(),
            cards: Vec::new(),
            removed: Vec::new(),
            concepts: Vec::new(),
        }
    }
}

impl Batch<'_> {
    /// What becomes of one event; what is to be stored is collected.
    fn judge(&mut self, submitted: &Submitted) -> Outcome {
        let reject = |rejection| Outcome::Rejected { id: submitted.id, rejection };
        let event = match &submitted.event {
            Ok(event) => event,
            Err(rejection) => return reject(rejection.clone()),
        };
        if let Some(outcome) = self.repeat(event.id, &submitted.hash) {
            return outcome;
        }
        if let Err(rejection) = check_time(event, self.now) {
            return reject(rejection);
        }
        let judged = match &event.kind {
            EventKind::Void { target } => Ok(self.take_back(*target)),
            EventKind::Answer { question, .. } => self.mark(*question, event),
        };
        let (course, revision, body, mark) = match judged {
            Ok(judged) => judged,
            Err(rejection) => return reject(rejection),
        };
        self.head += 1;
        let outcome = Outcome::Applied { id: event.id, seq: self.head, mark: mark.clone() };
        let repeat = Outcome::Duplicate { id: event.id, seq: self.head, mark: mark.clone() };
        self.fresh.insert(event.id, (submitted.hash.clone(), repeat));
        self.new.push(NewEvent {
            id: event.id,
            seq: self.head,
            course,
            revision,
            body,
            order_at: event.order_at,
            hash: submitted.hash.clone(),
            raw: submitted.raw.clone(),
            mark: mark.and_then(|mark| serde_json::to_string(&mark).ok()),
            device_id: self.device_id,
            received_at: self.now,
        });
        outcome
    }

    /// The same id again: the same event is a duplicate with its original mark, another one is refused.
    fn repeat(&self, id: EventId, hash: &str) -> Option<Outcome> {
        let (first, repeat) = match (self.fresh.get(&id), self.known.get(&id)) {
            (Some((first, outcome)), _) => (first.as_str(), outcome.clone()),
            (None, Some(known)) => {
                let mark = known.mark.as_deref().and_then(|mark| serde_json::from_str(mark).ok());
                (known.hash.as_str(), Outcome::Duplicate { id, seq: known.seq, mark })
            }
            (None, None) => return None,
        };
        let reused = || Outcome::Rejected { id: Some(id), rejection: Rejection::id_reused() };
        Some(if first == hash { repeat } else { reused() })
    }

    fn mark(&mut self, question: QuestionId, event: &super::Event) -> std::result::Result<Judged, Rejection> {
        let catalogue = self.app.catalogue();
        let course = catalogue.course_of(question).ok_or_else(Rejection::unknown_question)?;
        let slug = course.course.slug.clone();
        let enrolment = self.enrolments.entry(slug.clone()).or_default();
        let Accepted { course, answer, revision, mark } = accept(course, event, enrolment)?;
        let batch = self.course(&slug, course);
        batch.answers.push(answer);
        batch.questions.insert(question);
        Ok((slug, revision, EventBody::Answer(answer), Some(mark)))
    }

    /// A void of an event that is not here yet waits for it; the course is then learnt from its target.
    fn take_back(&mut self, target: EventId) -> Judged {
        let stored =
            self.known.get(&target).and_then(|known| Some((known.course.clone(), QuestionId(known.question_id?))));
        let in_batch = self.new.iter().find(|event| event.id == target).and_then(|event| match &event.body {
            EventBody::Answer(answer) => Some((event.course.clone(), answer.question)),
            EventBody::Void(_) => None,
        });
        let Some((slug, question)) = stored.or(in_batch) else {
            return (String::new(), 0, EventBody::Void(target), None);
        };
        if let Ok(course) = self.app.catalogue().course(&slug) {
            let batch = self.course(&slug, course);
            batch.takes_back = true;
            batch.questions.insert(question);
        }
        (slug, 0, EventBody::Void(target), None)
    }

    fn course(&mut self, slug: &str, course: Arc<CourseContent>) -> &mut CourseBatch {
        let empty = CourseBatch { course, answers: Vec::new(), questions: BTreeSet::new(), takes_back: false };
        self.courses.entry(slug.to_owned()).or_insert(empty)
    }
}

/// Course, revision, body and mark of an event that is to be stored.
type Judged = (String, i32, EventBody, Option<super::Mark>);
