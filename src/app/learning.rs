//! Learning how hard a course's questions and concepts are, in the background.
//!
//! A course's whole log is replayed in its order and what comes out becomes a new version of its parameters, if it says
//! something new. Learners are then stale and are folded again when they are next looked at (`refold`). A lease keeps
//! other instances from the same work; that no two of them store the same version is the primary key's business.

use super::{App, CourseContent, Error, Result, apart::apart, catalogue::StoredParameters};
use crate::{
    domain::{
        mastery::{
            ConceptParameters, Drift, ItemParameters, Parameters,
            pace::{self, Done},
            refit::{History, Refit, refit},
            replay::{Attempt, Item, Learnt, Replay},
        },
        pace::MeanTime,
    },
    store::{
        self, StoreError,
        course_log::{self, CourseAnswer, Place},
        leases::{self, Lease},
    },
    vocab::{
        id::{EventId, LearnerId, QuestionId},
        time::Timestamp,
    },
};
use std::collections::HashMap;

/// Answers read at a time: few enough that replaying a page takes less than a millisecond.
const PAGE: i64 = 2_000;

/// How long a lease lasts; it is renewed with every page.
const LEASE_MINUTES: i64 = 5;

/// Older versions that are kept for a look back.
const KEPT: i32 = 5;

/// What became of learning a course.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lesson {
    /// A new version is in use.
    Told { version: i32, drift: Drift },
    /// Nothing that learners would see has changed.
    Untold { drift: Drift },
    /// Another instance is at it, or the course changed meanwhile.
    Left,
}

/// A course's questions and concepts as the replay counts them.
struct Places {
    questions: Vec<QuestionId>,
    concepts: Vec<String>,
    items: Vec<Item>,
    counts: Vec<u32>,
    of_question: HashMap<QuestionId, usize>,
}

impl App {
    /// Learns every course whose time has come. One that fails keeps no other from it; the first failure is told.
    pub async fn learn_courses(&self) -> Result<()> {
        let mut done = Ok(());
        for course in self.catalogue().courses() {
            let slug = &course.course.slug;
            match self.learn_if_due(slug).await {
                Ok(None) => {}
                Ok(Some(lesson)) => tracing::info!(course = slug, ?lesson, "learnt from the answers"),
                Err(cause) => done = done.and(Err(cause)),
            }
        }
        done
    }

    async fn learn_if_due(&self, slug: &str) -> Result<Option<Lesson>> {
        let last = self.last_replay(slug).await?;
        if !pace::has_come(last.as_ref(), self.clock.now().0) {
            return Ok(None);
        }
        let mark = course_log::mark(&self.db, slug).await?;
        if last.is_some_and(|last| last.mark == mark) { Ok(None) } else { self.learn(slug).await.map(Some) }
    }

    /// Learns one course now.
    pub async fn learn(&self, slug: &str) -> Result<Lesson> {
        let lease = Lease::new(format!("learn:{slug}"), self.ids.uuid());
        if !leases::acquire(&self.db, &lease, self.clock.now(), self.lease_end()).await? {
            return Ok(Lesson::Left);
        }
        let lesson = self.learn_leased(slug, &lease).await;
        leases::release(&self.db, &lease).await?;
        lesson
    }

    async fn learn_leased(&self, slug: &str, lease: &Lease) -> Result<Lesson> {
        self.refresh_catalogue().await?;
        let course = self.catalogue().course(slug)?;
        let mark = course_log::mark(&self.db, slug).await?;
        let places = Places::of(&course);
        let mut replay =
            Replay::new(course.model.parameters, places.items.clone(), places.priors(&course.model.parameters));
        let Some(times) = self.each_attempt(slug, &places, lease, |attempt| _ = replay.answer(attempt)).await? else {
            return Ok(Lesson::Left);
        };
        let done = Done { at_ms: self.clock.now().0, learners: replay.learners(), mark };
        let learnt = apart(async move { replay.finish() }).await?;
        let drift = places.drift(&course, &learnt);
        if !drift.is_worth_telling() {
            self.note_replay(slug, done).await?;
            return Ok(Lesson::Untold { drift });
        }
        let stored = places.stored(&course, course.model.parameters, (learnt, &times));
        match self.tell(&course, stored, done).await? {
            Some(version) => Ok(Lesson::Told { version, drift }),
            None => Ok(Lesson::Left),
        }
    }

    /// Searches for numbers that fit a course better than those in use; with `apply` an accepted fit comes into use.
    pub async fn refit_course(&self, slug: &str, seed: u64, apply: bool) -> Result<Refit> {
        let course = self.catalogue().course(slug)?;
        let places = Places::of(&course);
        let mut attempts = Vec::new();
        let lease = Lease::new(format!("refit:{slug}"), self.ids.uuid());
        let is_ours = leases::acquire(&self.db, &lease, self.clock.now(), self.lease_end()).await?;
        let busy = || Error::Unavailable("another process is at it".into());
        if !is_ours {
            return Err(busy());
        }
        let times = self.each_attempt(slug, &places, &lease, |attempt| attempts.push(attempt)).await?;
        let times = times.ok_or_else(busy)?;
        let current = course.model.parameters;
        let history = History { items: places.items.clone(), questions: places.counts.clone(), attempts };
        let (fit, history) = apart(async move { (refit(&current, &history, seed), history) }).await?;
        if apply && fit.is_accepted() {
            let mut replay = Replay::new(fit.parameters, places.fresh(&fit.parameters), places.priors(&fit.parameters));
            let learnt = apart(async move {
                history.attempts.into_iter().for_each(|attempt| _ = replay.answer(attempt));
                replay.finish()
            });
            let stored = places.stored(&course, fit.parameters, (learnt.await?, &times));
            let done = Done { at_ms: self.clock.now().0, learners: 0, mark: 0 };
            self.tell(&course, stored, done).await?.ok_or(Error::Conflict)?;
        }
        leases::release(&self.db, &lease).await?;
        Ok(fit)
    }

    /// Hands every answer that is evidence to `take`, in order, and tells how long each question takes; `None` when the
    /// lease was lost on the way.
    async fn each_attempt(
        &self,
        slug: &str,
        places: &Places,
        lease: &Lease,
        mut take: impl FnMut(Attempt),
    ) -> Result<Option<Vec<MeanTime>>> {
        let regrades = course_log::regrades(&self.db, slug).await?;
        let mut learners: HashMap<LearnerId, usize> = HashMap::new();
        let mut times = vec![MeanTime::default(); places.items.len()];
        let mut place = Place::START;
        loop {
            let page = course_log::page(&self.db, slug, place, PAGE).await?;
            for answer in &page {
                if let Some(attempt) = places.attempt(answer, &regrades, &mut learners) {
                    answer.ms.into_iter().for_each(|ms| times[attempt.item].add(ms));
                    take(attempt);
                }
            }
            let Some(last) = page.last().filter(|_| page.len() == PAGE as usize) else { return Ok(Some(times)) };
            place = course_log::place_of(last);
            if !leases::renew(&self.db, lease, self.lease_end()).await? {
                return Ok(None);
            }
        }
    }

    /// Stores a new version and takes it into use; `None` if the course has another version by now.
    async fn tell(&self, course: &CourseContent, stored: StoredParameters, done: Done) -> Result<Option<i32>> {
        let (slug, version) = (&course.course.slug, course.model.version + 1);
        let body = json(&stored)?;
        let txn = self.db.write().await?;
        store::catalogue::next_version(&txn).await?;
        if store::catalogue::newest_parameters(&txn, slug).await? != Some(course.model.version) {
            return Ok(None);
        }
        match store::catalogue::put_parameters(&txn, slug, version, body, self.clock.now()).await {
            Err(StoreError::Taken | StoreError::Conflict) => return Ok(None),
            stored => stored?,
        }
        store::catalogue::forget_parameters(&txn, slug, version - KEPT).await?;
        store::catalogue::set_state(&txn, &replay_of(slug), &json(&done)?).await?;
        txn.commit().await?;
        self.refresh_catalogue().await?;
        Ok(Some(version))
    }

    async fn note_replay(&self, slug: &str, done: Done) -> Result<()> {
        let txn = self.db.write().await?;
        store::catalogue::set_state(&txn, &replay_of(slug), &json(&done)?).await?;
        Ok(txn.commit().await?)
    }

    async fn last_replay(&self, slug: &str) -> Result<Option<Done>> {
        let stored = store::catalogue::state(&self.db, &replay_of(slug)).await?;
        Ok(stored.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn lease_end(&self) -> Timestamp {
        self.clock.now().plus_minutes(LEASE_MINUTES)
    }
}

impl Places {
    /// Scored questions and concepts in a fixed order, so that sums are the same everywhere.
    fn of(course: &CourseContent) -> Self {
        let model = &course.model;
        let concepts: Vec<String> = course.concepts.iter().map(|concept| concept.slug.clone()).collect();
        let mut questions: Vec<QuestionId> = model.items.keys().copied().collect();
        questions.sort_unstable();
        let place = |slug: &String| concepts.iter().position(|own| own == slug);
        let item = |id: &QuestionId| {
            let item = &model.items[id];
            let parameters = ItemParameters { b: 0.0, vb: model.parameters.v_item, ..item.parameters };
            Item { parameters, concepts: item.concepts.iter().filter_map(place).collect() }
        };
        Self {
            items: questions.iter().map(item).collect(),
            counts: concepts.iter().map(|slug| model.concepts.get(slug).map_or(0, |own| own.n_items)).collect(),
            of_question: questions.iter().enumerate().map(|(place, id)| (*id, place)).collect(),
            questions,
            concepts,
        }
    }

    fn priors(&self, parameters: &Parameters) -> Vec<ConceptParameters> {
        self.counts.iter().map(|count| ConceptParameters::prior(parameters, *count)).collect()
    }

    fn fresh(&self, parameters: &Parameters) -> Vec<Item> {
        let fresh = |item: &Item| Item {
            parameters: ItemParameters { vb: parameters.v_item, ..item.parameters },
            concepts: item.concepts.clone(),
        };
        self.items.iter().map(fresh).collect()
    }

    /// An answer in places; `None` for one that was taken back, is no evidence, or asks what is no longer scored.
    fn attempt(
        &self,
        answer: &CourseAnswer,
        regrades: &HashMap<(LearnerId, EventId), Option<bool>>,
        learners: &mut HashMap<LearnerId, usize>,
    ) -> Option<Attempt> {
        let evidence = regrades.get(&(answer.learner, answer.id)).copied().unwrap_or(answer.evidence);
        let correct = evidence.filter(|_| !answer.is_voided)?;
        let item = *self.of_question.get(&answer.question)?;
        let next = learners.len();
        let learner = *learners.entry(answer.learner).or_insert(next);
        Some(Attempt { learner, item, at_ms: answer.at.0, correct, feedback: true })
    }

    fn drift(&self, course: &CourseContent, learnt: &Learnt) -> Drift {
        let model = &course.model;
        let concepts = self.concepts.iter().zip(&learnt.concepts);
        let items = self.questions.iter().zip(&learnt.items);
        Drift::between(
            &model.parameters,
            concepts.filter_map(|(slug, is)| Some((model.concepts.get(slug)?, is))),
            items.filter_map(|(id, is)| Some((&model.items.get(id)?.parameters, is))),
            (&model.recalibration, &learnt.recalibration),
        )
    }

    /// Whatever this does not learn stays as the course has it.
    fn stored(
        &self,
        course: &CourseContent,
        parameters: Parameters,
        (learnt, times): (Learnt, &[MeanTime]),
    ) -> StoredParameters {
        let times = self.questions.iter().zip(times).filter_map(|(id, time)| Some((*id, time.ms()?)));
        StoredParameters {
            parameters,
            items: self.questions.iter().copied().zip(learnt.items).collect(),
            concepts: self.concepts.iter().cloned().zip(learnt.concepts).collect(),
            recalibration: learnt.recalibration,
            times: times.collect(),
            memory: course.model.memory,
        }
    }
}

/// The name under which the last replay of a course is noted.
fn replay_of(slug: &str) -> String {
    format!("replay:{slug}")
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|cause| Error::Internal(cause.to_string()))
}
