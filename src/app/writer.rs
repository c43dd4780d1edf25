//! The one path by which answers reach the database.
//!
//! One transaction per batch for now; whoever gathers several callers into one commit changes this file alone. A
//! fixed number of statements per batch, whatever its size: look up, insert, read what is touched, fold, write.

use super::{
    App, CardView, ConceptChange, CourseContent, Enrolment, Error, EventKind, Outcome, Receipt, Rejection, Result,
    Submission, Submitted,
    answers::{Accepted, accept, check_time},
};
use crate::{
    domain::{
        mastery::{ConceptBelief, Level, estimate},
        review::{self, Answer, Rules, State},
        schedule::{self, Settings},
    },
    store::{
        self, Txn,
        answers::{EventBody, KnownEvent, NewEvent},
        learners::Learner,
        study::Scope,
    },
    vocab::{
        id::{EventId, LearnerId, QuestionId},
        time::Timestamp,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// What a batch does to one course.
struct CourseBatch {
    course: Arc<CourseContent>,
    answers: Vec<Answer>,
    /// Questions whose card may have changed.
    questions: BTreeSet<QuestionId>,
    /// Something that was folded is taken back, so the fold must begin anew.
    takes_back: bool,
}

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
            for (slug, batch) in &courses {
                let enrolment = enrolments.get(slug).cloned().unwrap_or_default();
                self.fold(&txn, learner_id, batch, &enrolment, &voided, &mut receipt).await?;
            }
        }
        txn.commit().await?;
        Ok(receipt)
    }

    /// Folds a learner's whole log of a course again, under new settings.
    pub(super) async fn fold_again(
        &self,
        txn: &Txn,
        learner: &Learner,
        course: &Arc<CourseContent>,
        settings: &Settings,
    ) -> Result<()> {
        let slug = course.course.slug.as_str();
        let (log, voided) = store::answers::history(txn, learner.id, slug).await?;
        let rules = Rules { model: &self.model, course: &course.model, settings: *settings };
        let state = review::apply(&rules, State::new(&course.model.parameters), &log, &voided);
        let saved = (&state, course.model.version);
        Ok(store::study::save(txn, learner.id, slug, saved, (Scope::Whole, learner.head)).await?)
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

    /// Folds a batch into one course: onto the stored state if it comes after everything stored, else from scratch.
    async fn fold(
        &self,
        txn: &Txn,
        learner: LearnerId,
        batch: &CourseBatch,
        enrolment: &Enrolment,
        voided: &BTreeSet<EventId>,
        receipt: &mut Receipt,
    ) -> Result<()> {
        let course = &batch.course;
        let slug = course.course.slug.as_str();
        let questions: Vec<QuestionId> = batch.questions.iter().copied().collect();
        let concepts = concepts_of(course, &questions);
        let before = store::study::beliefs(txn, learner, slug, Some(&concepts)).await?;
        let standing = store::study::standing(txn, learner, slug).await?;
        let rules = Rules { model: &self.model, course: &course.model, settings: enrolment.settings() };
        let stale = standing.as_ref().is_some_and(|standing| standing.parameters_version != course.model.version);
        let tail = standing.as_ref().map(|standing| standing.tail);
        let from_scratch = stale || batch.takes_back || !review::can_append(tail, &batch.answers);
        let (state, scope) = if from_scratch {
            let (log, voided) = store::answers::history(txn, learner, slug).await?;
            (review::apply(&rules, State::new(&course.model.parameters), &log, &voided), Scope::Whole)
        } else {
            let mut state = State::new(&course.model.parameters);
            state.cards = store::study::cards(txn, learner, &questions).await?;
            state.concepts.clone_from(&before);
            if let Some(standing) = standing {
                (state.ability, state.tally, state.tail) = (standing.ability, standing.tally, Some(standing.tail));
            }
            let state = review::apply(&rules, state, &batch.answers, voided);
            (state, Scope::Touched { questions: &questions, concepts: &concepts })
        };
        let saved = (&state, course.model.version);
        store::study::save(txn, learner, slug, saved, (scope, receipt.head)).await?;
        receipt.cards.extend(self.card_views(&rules, enrolment, &state, &questions, receipt.head));
        receipt.concepts.extend(concept_changes(course, &state, &concepts, &before, receipt.server_time));
        Ok(())
    }

    fn receipt(&self, outcomes: Vec<Outcome>, head: i64) -> Receipt {
        Receipt {
            outcomes,
            epoch: self.epoch.clone(),
            head,
            server_time: self.clock.now(),
            cards: Vec::new(),
            concepts: Vec::new(),
        }
    }

    fn card_views(
        &self,
        rules: &Rules<'_>,
        enrolment: &Enrolment,
        state: &State,
        questions: &[QuestionId],
        version: i64,
    ) -> Vec<CardView> {
        let (now, day) = (self.clock.now(), enrolment.day());
        let cards = questions.iter().filter_map(|id| Some((*id, state.cards.get(id)?.card?)));
        cards
            .map(|(id, card)| CardView {
                question: id,
                version,
                stability: card.memory.stability,
                difficulty: card.memory.difficulty,
                last_review: card.last_at,
                due: card.due_at.unwrap_or_else(|| day.start_of(card.due_day)),
                reps: card.reps,
                lapses: card.lapses,
                preview: {
                    let today = day.day_of(now, None).max(card.last_day);
                    schedule::preview(rules.model, &rules.settings, id, Some(&card), now, today)
                },
            })
            .collect()
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

fn concepts_of(course: &CourseContent, questions: &[QuestionId]) -> Vec<String> {
    let items = questions.iter().filter_map(|id| course.model.items.get(id));
    let slugs: BTreeSet<&String> = items.flat_map(|item| &item.concepts).collect();
    slugs.into_iter().cloned().collect()
}

fn concept_changes(
    course: &CourseContent,
    state: &State,
    concepts: &[String],
    before: &BTreeMap<String, ConceptBelief>,
    now: Timestamp,
) -> Vec<ConceptChange> {
    let model = &course.model;
    let change = |slug: &String| {
        let (belief, concept) = (state.concepts.get(slug)?, model.concepts.get(slug)?);
        let now = estimate(&model.parameters, &state.ability, belief, concept, model.item_spread, now.0);
        let was = before.get(slug).map_or(Level::NotStarted, |belief| belief.level);
        let (p, low, high) = (now.p, now.low, now.high);
        Some(ConceptChange { concept: slug.clone(), level: belief.level, was, p, low, high })
    };
    concepts.iter().filter_map(change).collect()
}
