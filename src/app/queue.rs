//! The questions to answer now, as the learner may see them before he answers.

use super::{App, Caller, CourseContent, Enrolment, Entry, Error, Fault, Result, students::Student};
use crate::{
    domain::{
        balance::{self, Due},
        catch_up::{Load, Pause},
        deck::{self, Choice, Mode, Reason},
        memory::Model,
        question::{Presented, present},
        review::CourseModel,
        schedule::{self, Card},
    },
    store::{
        self,
        met::{Met, Overview},
    },
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
    /// Forgotten so often that asking again is not what helps.
    pub leech: bool,
    /// Days to the next review after again, hard, good, easy.
    pub preview: [i32; 4],
}

impl App {
    pub async fn queue(&self, caller: Caller, course: &str, request: QueueRequest) -> Result<Queue> {
        check(self.catalogue().course(course)?.as_ref(), &request)?;
        let Student { content, learner, enrolment, .. } = self.student(caller, course).await?;
        let mut overview = store::met::overview(&self.db, caller.learner, course).await?;
        self.level(&content, &enrolment, &mut overview, 1);
        let now = self.clock.now();
        let view = View::new(self, &content, &enrolment, learner.seed);
        let asked = content.asked().filter(|entry| in_chapter(&request, entry));
        let asked = asked.filter(|entry| overview.is_open(entry.id, view.today));
        let (known, unmet): (Vec<&Entry>, Vec<&Entry>) = asked.partition(|entry| overview.met.contains_key(&entry.id));
        let known: Vec<(QuestionId, Met)> =
            known.iter().filter_map(|entry| Some((entry.id, *overview.met.get(&entry.id)?))).collect();
        let unmet: Vec<QuestionId> = unmet.iter().map(|entry| entry.id).collect();
        let due = known.iter().filter(|(_, met)| met.due_day <= view.today).map(|(id, _)| *id);
        let practice = request.mode == Mode::Practice;
        let wanted = if practice { known.iter().map(|(id, _)| *id).collect() } else { due.collect::<Vec<_>>() };
        let cards = store::study::cards(&self.db, caller.learner, &wanted).await?;
        let cards = cards.into_iter().filter_map(|(id, state)| state.card.map(|card| (id, card))).collect();
        let load = self.due_load(&enrolment, &overview, known.iter().map(|(_, met)| *met));
        let cards = if practice { cards } else { view.open_today(cards, &load) };
        let introduced = overview.met.values().filter(|met| met.first_day == view.today).count();
        let new_left = (enrolment.new_per_day as usize).saturating_sub(introduced).min(unmet.len());
        let choice = Choice { cards, unmet: &unmet, new_left, limit: request.limit, outline: &content.outline };
        let session = deck::compose(&view.model, request.mode, choice, now, view.today);
        let next_due = session.is_empty().then(|| view.next_due(&known)).flatten();
        let cards = session.into_iter().filter_map(|(id, reason)| Some(view.card(content.entry(id)?, reason)));
        Ok(Queue { cards: cards.collect(), due: load.open(), new_left, next_due })
    }

    /// Leaves to lighter days what a heavy one need not ask, for each of the first `days` days from today. In the
    /// overview such a card is due on the day it is left to. Not while a pause or what it left behind decides.
    pub(super) fn level(&self, content: &CourseContent, enrolment: &Enrolment, overview: &mut Overview, days: usize) {
        let (today, pause) = (enrolment.day().day_of(self.clock.now(), None), enrolment.pause());
        if pause.is_some_and(|pause| pause.holds_on(today) || pause.is_catching_up(today)) {
            return;
        }
        let (model, settings) = (enrolment.model(&content.model), enrolment.settings());
        let due = |entry: &Entry| {
            // What was answered today counts as done; where it goes from here must not bring others back today.
            let met = overview.met.get(&entry.id).filter(|met| met.last_day != today)?;
            let can_move = met.due_day.0 < today.0 + days as i32;
            let latest = || schedule::latest(&model, &settings, met.memory, (met.last_day, met.due_day));
            let latest = if can_move { latest() } else { met.due_day };
            Some(Due { question: entry.id, day: met.due_day, latest, stability: met.memory.stability })
        };
        let open = content.asked().filter(|entry| !overview.is_suspended(entry.id));
        let mut cards: Vec<Due> = open.filter_map(due).collect();
        balance::level(&mut cards, reviewed_on(overview, today), pause, today, days);
        for card in cards {
            overview.met.entry(card.question).and_modify(|met| met.due_day = card.day);
        }
    }

    /// What lies before the learner today among the cards in `known`.
    pub(super) fn due_load(
        &self,
        enrolment: &Enrolment,
        overview: &Overview,
        known: impl Iterator<Item = Met>,
    ) -> DueLoad {
        let today = enrolment.day().day_of(self.clock.now(), None);
        let pause = enrolment.pause().filter(|pause| pause.is_catching_up(today));
        let mut load = Load { done: reviewed_on(overview, today), ..Load::default() };
        let mut again = 0;
        for met in known {
            match pause {
                // What was answered today counts as done; where it goes from here must not make room for more.
                _ if met.last_day == today => again += usize::from(met.due_day <= today),
                Some(pause) if met.due_day < pause.back() => load.waiting += 1,
                _ if met.due_day <= today => load.due_today += 1,
                Some(pause) if met.due_day < pause.over() => load.coming += 1,
                _ => {}
            }
        }
        let allowance = pause.map_or(0, |pause| pause.allowance(today, load));
        DueLoad { pause, load, again, allowance }
    }
}

/// The cards due today, and those a pause has left to be caught up with.
pub(super) struct DueLoad {
    /// While it is being caught up with.
    pub pause: Option<Pause>,
    pub load: Load,
    /// Failed today and not yet passed.
    pub again: usize,
    /// Of those waiting, how many may be asked today.
    pub allowance: usize,
}

impl DueLoad {
    /// Cards that may be asked today.
    pub fn open(&self) -> usize {
        self.load.due_today + self.again + self.allowance
    }
}

/// Reviews made on a day, first meetings left out.
fn reviewed_on(overview: &Overview, day: StudyDay) -> usize {
    overview.met.values().filter(|met| met.last_day == day && met.first_day < day).count()
}

/// What every card of one session has in common.
pub(super) struct View<'a> {
    model: Model,
    course: &'a CourseModel,
    enrolment: &'a Enrolment,
    seed: i64,
    now: Timestamp,
    today: StudyDay,
}

impl<'a> View<'a> {
    pub(super) fn new(app: &App, content: &'a CourseContent, enrolment: &'a Enrolment, seed: i64) -> Self {
        let now = app.clock.now();
        let model = enrolment.model(&content.model);
        let (course, today) = (&content.model, enrolment.day().day_of(now, None));
        Self { model, course, enrolment, seed, now, today }
    }

    /// A question that was not chosen for its card.
    pub(super) fn any_card(&self, entry: &Entry, card: Option<Card>) -> QueueCard {
        let reason = match card {
            None => Reason::New,
            Some(card) if card.due_at.is_some() => Reason::Relearning(card),
            Some(card) if card.due_day <= self.today => Reason::Due(card),
            Some(card) => Reason::Early(card),
        };
        self.card(entry, reason)
    }

    /// When to come back, if nothing is to be done now.
    fn next_due(&self, known: &[(QuestionId, Met)]) -> Option<Timestamp> {
        let days = known.iter().map(|(_, met)| met.due_day);
        days.min().map(|day| self.enrolment.day().start_of(day).max(self.now))
    }

    /// Without what a pause has left and today has no room for: the best known wait.
    fn open_today(&self, cards: Vec<(QuestionId, Card)>, load: &DueLoad) -> Vec<(QuestionId, Card)> {
        let Some(pause) = load.pause else { return cards };
        let (mut waiting, mut open): (Vec<_>, Vec<_>) =
            cards.into_iter().partition(|(_, card)| card.due_day < pause.back());
        let recall = |card: &Card| schedule::recall_on(&self.model, card, self.today);
        waiting.sort_by(|(left_id, left), (right_id, right)| {
            recall(left).total_cmp(&recall(right)).then(left_id.cmp(right_id))
        });
        open.extend(waiting.into_iter().take(load.allowance));
        open
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
            leech: card.is_some_and(Card::is_leech),
            recall: card.map(|card| schedule::recall_on(&self.model, card, today)),
            preview: schedule::preview(&self.model, &settings, self.course.slot(entry.id), card, today),
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
