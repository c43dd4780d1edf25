//! The questions to answer now, as the learner may see them before he answers.

use super::{App, Caller, CourseContent, Enrolment, Entry, Error, Fault, Result};
use crate::{
    domain::{
        deck::{self, Choice, Mode, Reason},
        question::{Presented, present},
        review::CourseModel,
        schedule::{self, Card},
    },
    store::{self, study::Met},
    vocab::{
        id::QuestionId,
        time::{StudyDay, Timestamp},
    },
};
use std::collections::HashMap;

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

impl App {
    pub async fn queue(&self, caller: Caller, course: &str, request: QueueRequest) -> Result<Queue> {
        let mut content = self.catalogue().course(course)?;
        check(&content, &request)?;
        self.standing(caller.learner, &mut content).await?;
        let enrolment = self.enrolment(caller, course).await?;
        let learner = store::learners::find(&self.db, caller.learner).await?.ok_or(Error::Erased)?;
        let met = store::study::met(&self.db, caller.learner, course).await?;
        let now = self.clock.now();
        let view = View {
            app: self,
            course: &content.model,
            enrolment: &enrolment,
            seed: learner.seed,
            now,
            today: enrolment.day().day_of(now, None),
        };
        let asked: Vec<&Entry> = content.asked().filter(|entry| in_chapter(&request, entry)).collect();
        let (known, unmet): (Vec<&Entry>, Vec<&Entry>) = asked.iter().partition(|entry| met.contains_key(&entry.id));
        let is_due = |entry: &&&Entry| met.get(&entry.id).is_some_and(|met| met.due_day <= view.today);
        let due: Vec<QuestionId> = known.iter().filter(is_due).map(|entry| entry.id).collect();
        let wanted =
            if request.mode == Mode::Practice { known.iter().map(|entry| entry.id).collect() } else { due.clone() };
        let cards = store::study::cards(&self.db, caller.learner, &wanted).await?;
        let unmet: Vec<QuestionId> = unmet.iter().map(|entry| entry.id).collect();
        let introduced = met.values().filter(|met| met.first_day == view.today).count();
        let new_left = (enrolment.new_per_day as usize).saturating_sub(introduced).min(unmet.len());
        let cards = cards.into_iter().filter_map(|(id, state)| state.card.map(|card| (id, card))).collect();
        let choice = Choice { cards, unmet: &unmet, new_left, limit: request.limit };
        let session = deck::compose(&self.model, request.mode, choice, now, view.today);
        let next_due = session.is_empty().then(|| view.next_due(&known, &met)).flatten();
        let cards = session.into_iter().filter_map(|(id, reason)| Some(view.card(content.entry(id)?, reason)));
        Ok(Queue { cards: cards.collect(), due: due.len(), new_left, next_due })
    }
}

/// What every card of one session has in common.
struct View<'a> {
    app: &'a App,
    course: &'a CourseModel,
    enrolment: &'a Enrolment,
    seed: i64,
    now: Timestamp,
    today: StudyDay,
}

impl View<'_> {
    /// When to come back, if nothing is to be done now.
    fn next_due(&self, known: &[&Entry], met: &HashMap<QuestionId, Met>) -> Option<Timestamp> {
        let days = known.iter().filter_map(|entry| met.get(&entry.id)).map(|met| met.due_day);
        days.min().map(|day| self.enrolment.day().start_of(day).max(self.now))
    }

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
            preview: schedule::preview(&self.app.model, &settings, self.course.slot(entry.id), card, (self.now, today)),
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
