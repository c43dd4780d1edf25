//! The questions to answer now, as the learner may see them before he answers.

use super::{App, Caller, CourseContent, Enrolment, Entry, Error, Fault, Result};
use crate::{
    domain::{
        deck::{self, Choice, Mode, Reason},
        question::{Presented, present},
        schedule::{self, Card},
    },
    store,
    vocab::{
        id::QuestionId,
        time::{StudyDay, Timestamp},
    },
};

/// What the learner asks for.
pub struct QueueRequest {
    pub mode: Mode,
    pub chapter: Option<u8>,
    pub limit: usize,
}

/// A session.
pub struct Queue {
    pub cards: Vec<QueueCard>,
    /// Cards whose day has come, in all.
    pub due: usize,
    /// New cards today still allows.
    pub new_left: usize,
    /// The next instant at which something is due, if nothing is now.
    pub next_due: Option<Timestamp>,
}

/// One question of the session.
pub struct QueueCard {
    pub entry: Entry,
    pub shown: Presented,
    pub reason: Reason,
    /// When it is or was due; absent for a new one.
    pub due: Option<Timestamp>,
    /// The chance that it is known now; absent for a new one.
    pub recall: Option<f64>,
    /// Days to the next review after again, hard, good, easy.
    pub preview: [i32; 4],
}

/// Enough to sort the most overdue to the front; more than this are not studied in one sitting.
const DUE_READ: u64 = 500;

impl App {
    pub async fn queue(&self, caller: Caller, course: &str, request: QueueRequest) -> Result<Queue> {
        let content = self.catalogue().course(course)?;
        check(&content, &request)?;
        let enrolment = self.enrolment(caller, course).await?;
        let learner = store::learners::find(&self.db, caller.learner).await?.ok_or(Error::Erased)?;
        let now = self.clock.now();
        let today = enrolment.day().day_of(now, None);
        let of_chapter =
            |id: QuestionId| content.entry(id).filter(|entry| !entry.retired && in_chapter(&request, entry));
        let until = if request.mode == Mode::Practice { StudyDay(i32::MAX - 1) } else { today };
        let cards = store::study::due(&self.db, caller.learner, course, until, DUE_READ).await?;
        let cards: Vec<(QuestionId, Card)> = cards.into_iter().filter(|(id, _)| of_chapter(*id).is_some()).collect();
        let due = cards.iter().filter(|(_, card)| card.due_day <= today).count();
        let met = store::study::met(&self.db, caller.learner, course).await?;
        let unmet = content.asked().filter(|entry| in_chapter(&request, entry) && !met.contains_key(&entry.id));
        let unmet: Vec<QuestionId> = unmet.map(|entry| entry.id).collect();
        let introduced = store::study::introduced_on(&self.db, caller.learner, course, today).await?;
        let new_left = (enrolment.new_per_day as usize).saturating_sub(introduced as usize).min(unmet.len());
        let choice = Choice { cards, unmet: &unmet, new_left, limit: request.limit };
        let session = deck::compose(&self.model, request.mode, choice, now, today);
        let next_due = if session.is_empty() { self.next_due(caller, course, &enrolment, today).await? } else { None };
        let view = View { app: self, enrolment: &enrolment, seed: learner.seed, now, today };
        let cards = session.into_iter().filter_map(|(id, reason)| Some(view.card(of_chapter(id)?, reason)));
        Ok(Queue { cards: cards.collect(), due, new_left, next_due })
    }

    /// When the learner should come back.
    async fn next_due(
        &self,
        caller: Caller,
        course: &str,
        enrolment: &Enrolment,
        today: StudyDay,
    ) -> Result<Option<Timestamp>> {
        let next = store::study::due(&self.db, caller.learner, course, StudyDay(i32::MAX - 1), 1).await?;
        Ok(next.first().map(|(_, card)| match card.due_at {
            Some(at) => at,
            None => enrolment.day().start_of(card.due_day.max(today)),
        }))
    }
}

/// What every card of one session has in common.
struct View<'a> {
    app: &'a App,
    enrolment: &'a Enrolment,
    seed: i64,
    now: Timestamp,
    today: StudyDay,
}

impl View<'_> {
    fn card(&self, entry: &Entry, reason: Reason) -> QueueCard {
        let card = match &reason {
            Reason::New => None,
            Reason::Relearning(card) | Reason::Due(card) | Reason::Early(card) => Some(card),
        };
        let day = self.enrolment.day();
        let settings = self.enrolment.settings();
        let today = self.today;
        QueueCard {
            shown: present(&entry.question, presentation_seed(self.seed, entry, card)),
            due: card.map(|card| card.due_at.unwrap_or_else(|| day.start_of(card.due_day))),
            recall: card.map(|card| schedule::recall_on(&self.app.model, card, today)),
            preview: schedule::preview(&self.app.model, &settings, entry.id, card, self.now, today),
            entry: entry.clone(),
            reason,
        }
    }
}

/// Learner, question, revision and repetition: the same presentation until it is answered, another one after.
fn presentation_seed(learner_seed: i64, entry: &Entry, card: Option<&Card>) -> u64 {
    let (high, low) = entry.id.0.as_u64_pair();
    let reps = u64::from(card.map_or(0, |card| card.reps));
    let turn = reps.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(entry.revision.unsigned_abs());
    learner_seed.cast_unsigned() ^ high ^ low.rotate_left(17) ^ turn
}

fn in_chapter(request: &QueueRequest, entry: &Entry) -> bool {
    request.chapter.is_none_or(|chapter| chapter == entry.chapter)
}

fn check(content: &CourseContent, request: &QueueRequest) -> Result<()> {
    match request.chapter {
        Some(number) if content.course.chapters.iter().all(|chapter| chapter.number != number) => {
            Err(Error::NotFound("chapter"))
        }
        None if request.mode == Mode::Learn => {
            Err(Error::Invalid(vec![Fault::new("chapter", "name the chapter to learn, such as chapter=3")]))
        }
        _ => Ok(()),
    }
}
