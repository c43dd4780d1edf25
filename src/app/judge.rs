//! What becomes of each event of one learner, within one commit: applied, known already, or refused.
//!
//! Several batches of the same learner may share a commit; they pass here one after the other, so the second sees the
//! first as stored.

use super::{
    Catalogue, CourseContent, Defect, Enrolment, Outcome, Rejection,
    answers::{Content, Marked, PreparedEvent, check_time},
    fold::CourseBatch,
};
use crate::{
    domain::review::{Answer, OrderKey},
    store::answers::{EventBody, EventKey, KnownEvent, NewEvent},
    vocab::{
        id::{EventId, LearnerId, QuestionId},
        time::Timestamp,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};
use uuid::Uuid;

/// What the events of a commit are judged by.
pub(super) struct Present<'a> {
    pub now: Timestamp,
    pub catalogue: &'a Catalogue,
    pub known: &'a HashMap<EventKey, KnownEvent>,
    pub enrolments: &'a HashMap<(LearnerId, String), Enrolment>,
    pub defect: Option<Defect>,
}

impl Present<'_> {
    /// The device's own time, however late it comes.
    fn order_at(&self, told: Timestamp) -> Timestamp {
        if self.defect == Some(Defect::LateClamp) { told.max(self.now.plus_minutes(-60)) } else { told }
    }
}

/// One learner's events of one commit.
pub(super) struct Ledger {
    learner: LearnerId,
    /// The last number of his stream, the new events included.
    pub head: i64,
    pub new: Vec<NewEvent>,
    /// Events of this commit that are new, for repeats within it.
    fresh: HashMap<EventId, (Arc<str>, i64)>,
    pub courses: BTreeMap<String, CourseBatch>,
}

/// A question whose card a batch may have changed.
pub(super) type Touched = BTreeSet<(String, QuestionId)>;

impl Ledger {
    pub(super) fn new(learner: LearnerId, head: i64) -> Self {
        Self { learner, head, new: Vec::new(), fresh: HashMap::new(), courses: BTreeMap::new() }
    }

    /// What becomes of one event; what is to be stored is collected, and what it touches is noted.
    pub(super) fn judge(
        &mut self,
        present: &Present<'_>,
        event: &PreparedEvent,
        device_id: Option<Uuid>,
        touched: &mut Touched,
    ) -> Outcome {
        let reject = |rejection: &Rejection| Outcome::Rejected { id: event.id, rejection: rejection.clone() };
        let readable = match &event.readable {
            Ok(readable) => readable,
            Err(rejection) => return reject(rejection),
        };
        let mark = match &readable.content {
            Ok(Content::Answer(marked)) => marked.mark.clone(),
            _ => None,
        };
        if let Some((first, seq)) = self.first(present, readable.id) {
            let reused = reject(&Rejection::id_reused());
            let same = first == &*event.hash || present.defect == Some(Defect::NoHashCheck);
            return if same { Outcome::Duplicate { id: readable.id, seq, mark } } else { reused };
        }
        if let Err(rejection) = check_time(readable.order_at, present.now) {
            return reject(&rejection);
        }
        let key = OrderKey { at: present.order_at(readable.order_at), id: readable.id };
        let (course, revision, body) = match &readable.content {
            Ok(Content::Answer(marked)) => self.answer(present, key, marked, touched),
            Ok(Content::Void(target)) => self.take_back(present, *target, touched),
            Err(rejection) => return reject(rejection),
        };
        self.head += 1;
        self.fresh.insert(key.id, (Arc::clone(&event.hash), self.head));
        self.new.push(NewEvent {
            id: key.id,
            seq: self.head,
            course,
            revision,
            body,
            order_at: key.at,
            hash: Arc::clone(&event.hash),
            raw: Arc::clone(&event.raw),
            device_id,
            received_at: present.now,
        });
        Outcome::Applied { id: key.id, seq: self.head, mark }
    }

    /// Digest and number of the event that has this id already.
    fn first<'a>(&'a self, present: &'a Present<'_>, id: EventId) -> Option<(&'a str, i64)> {
        let fresh = self.fresh.get(&id).map(|(hash, seq)| (&**hash, *seq));
        fresh.or_else(|| present.known.get(&(self.learner, id)).map(|known| (known.hash.as_str(), known.seq)))
    }

    fn answer(
        &mut self,
        present: &Present<'_>,
        key: OrderKey,
        marked: &Marked,
        touched: &mut Touched,
    ) -> (String, i32, EventBody) {
        let slug = marked.course.course.slug.clone();
        let enrolment = present.enrolments.get(&(self.learner, slug.clone())).cloned().unwrap_or_default();
        let answer = Answer {
            key,
            question: marked.question,
            day: enrolment.day().day_of(key.at, marked.utc_offset_min),
            effect: marked.effect,
            guess: marked.guess,
            timing: marked.timing,
        };
        let batch = self.course(&marked.course, enrolment);
        batch.answers.push(answer);
        batch.questions.insert(marked.question);
        touched.insert((slug.clone(), marked.question));
        let body = if marked.is_elsewhere { EventBody::Review } else { EventBody::Answer };
        (slug, marked.revision, body(answer))
    }

    /// A void of an event that is not here yet waits for it; the course is then learnt from its target.
    fn take_back(&mut self, present: &Present<'_>, target: EventId, touched: &mut Touched) -> (String, i32, EventBody) {
        let known = present.known.get(&(self.learner, target));
        let known = known.and_then(|known| Some((known.course.clone(), QuestionId(known.question_id?))));
        let in_commit = self.new.iter().find(|event| event.id == target).and_then(|event| match &event.body {
            EventBody::Answer(answer) | EventBody::Review(answer) => Some((event.course.clone(), answer.question)),
            _ => None,
        });
        let Some((slug, question)) = known.or(in_commit) else { return (String::new(), 0, EventBody::Void(target)) };
        if let Ok(course) = present.catalogue.course(&slug) {
            let enrolment = present.enrolments.get(&(self.learner, slug.clone())).cloned().unwrap_or_default();
            let batch = self.course(&course, enrolment);
            batch.takes_back = true;
            batch.questions.insert(question);
            touched.insert((slug.clone(), question));
        }
        (slug, 0, EventBody::Void(target))
    }

    fn course(&mut self, course: &Arc<CourseContent>, enrolment: Enrolment) -> &mut CourseBatch {
        let new = || CourseBatch::new(Arc::clone(course), enrolment);
        self.courses.entry(course.course.slug.clone()).or_insert_with(new)
    }
}
