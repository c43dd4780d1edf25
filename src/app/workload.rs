//! What studying on will cost and give, played forward on a learner's cards: at some retentions, and until an exam.
//!
//! A course of a few hundred questions takes tens of milliseconds of one core, so plays are made off the request's
//! thread, one after the other, and kept until the learner's cards, his choices or the day are others.

use super::{App, Caller, CourseContent, Enrolment, Entry, Error, Fault, Result, students::Student, turns::Turns};
use crate::{
    domain::{
        memory::Model,
        question::{Body, guess_chance},
        review::Hold,
        simulate::{self, Outcome, Plan, Subject},
        tally::DayTally,
    },
    store,
    vocab::{
        id::{LearnerId, QuestionId},
        time::StudyDay,
    },
};
use jiff::civil::Date;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

/// What a learner may expect.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Days played forward for `points`.
    pub days: u32,
    /// By desired retention, the lowest first.
    pub points: Vec<(f64, Effort)>,
    pub exam: Option<ExamForecast>,
    /// How long an answer takes the learner; `None` while nothing is known.
    pub seconds_per_answer: Option<f64>,
}

/// What a plan costs and gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Mean answers on a study day.
    pub answers_per_day: f64,
    pub busiest_day: u32,
    /// The share of all questions known in the end.
    pub known: f64,
}

/// What an exam will find, if the learner starts today.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExamForecast {
    pub day: StudyDay,
    /// Study days until then, today included.
    pub days: u32,
    /// With the new questions a day that he allows.
    pub as_chosen: Effort,
    /// New questions a day that meet all of them a week before.
    pub new_per_day: u32,
    /// With that many.
    pub all_met: Effort,
}

/// Plays made lately.
pub(super) struct Workloads {
    turns: Turns,
    known: Mutex<HashMap<String, Arc<Workload>>>,
}

const DAYS: u32 = 365;
/// Plays kept; some hundred bytes each.
const ROOM: usize = 1_000;
/// A second or two of work.
const MOST_WAITING: usize = 32;
const LONGEST_PREPARATION: i32 = 730;
/// How long an answer takes is told by so many last days.
const PACE_DAYS: i32 = 90;

impl Workloads {
    pub(super) fn new() -> Self {
        Self { turns: Turns::new(1, MOST_WAITING), known: Mutex::default() }
    }

    fn find(&self, key: &str) -> Option<Arc<Workload>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn keep(&self, key: String, workload: Arc<Workload>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ROOM {
            known.clear();
        }
        known.insert(key, workload);
    }
}

impl App {
    /// The learner's prospects in a course; `exam` instead of the day he chose.
    pub async fn workload(&self, caller: Caller, course: &str, exam: Option<Date>) -> Result<Arc<Workload>> {
        let Student { content, learner, enrolment, .. } = self.student(caller, course).await?;
        let today = enrolment.day().day_of(self.clock.now(), None);
        let exam = exam_day(exam, &enrolment, today)?;
        let version = content.model.version;
        let key = format!("{} {course} {version} {} {today} {exam:?} {enrolment:?}", learner.id, learner.head);
        if let Some(known) = self.workloads.find(&key) {
            return Ok(known);
        }
        let turn = self.workloads.turns.take().await?;
        // Who was before may have asked the same.
        if let Some(known) = self.workloads.find(&key) {
            return Ok(known);
        }
        let plan = self.plan(caller.learner, &content, &enrolment, today).await?;
        let tallies = store::tallies::since(&self.db, learner.id, course, StudyDay(today.0 - PACE_DAYS)).await?;
        let model = enrolment.model(&content.model);
        let (points, exam) = turn.spend(move || play(&model, &plan, exam)).await?;
        let workload = Workload { days: DAYS, points, exam, seconds_per_answer: seconds_per_answer(&tallies) };
        let workload = Arc::new(workload);
        self.workloads.keep(key, Arc::clone(&workload));
        Ok(workload)
    }

    /// The learner's cards as they are, and what he has not met in the order of learning.
    async fn plan(
        &self,
        learner: LearnerId,
        content: &CourseContent,
        enrolment: &Enrolment,
        today: StudyDay,
    ) -> Result<Plan> {
        let ids: Vec<QuestionId> = content.asked().map(|entry| entry.id).collect();
        let cards = store::study::cards(&self.db, learner, &ids).await?;
        let is_suspended = |id| cards.get(&id).is_some_and(|state| state.hold == Some(Hold::Suspended));
        let is_asked_again = |entry: &&Entry| !matches!(entry.question.body, Body::Info { .. });
        let asked = content.asked().filter(is_asked_again);
        let mut asked: Vec<&Entry> = asked.filter(|entry| !is_suspended(entry.id)).collect();
        asked.sort_by_key(|entry| content.outline.place(entry.id));
        let subject = |entry: &Entry| Subject {
            slot: content.model.slot(entry.id),
            card: cards.get(&entry.id).and_then(|state| state.card),
            guess: guess_chance(&entry.question.body),
        };
        let subjects = asked.into_iter().map(subject).collect();
        let settings = enrolment.settings();
        Ok(Plan { settings, subjects, new_per_day: enrolment.new_per_day, today, days: DAYS })
    }
}

fn exam_day(asked: Option<Date>, enrolment: &Enrolment, today: StudyDay) -> Result<Option<StudyDay>> {
    let day = |date: Date| StudyDay::from_date(date);
    if let Some(date) = asked {
        let ahead = day(date).0 - today.0;
        if !(1..=LONGEST_PREPARATION).contains(&ahead) {
            let detail = format!("use a day after today, at most {LONGEST_PREPARATION} days ahead");
            return Err(Error::Invalid(vec![Fault::new("exam_date", detail)]));
        }
    }
    let chosen = enrolment.exam_date.map(day).filter(|day| (1..=LONGEST_PREPARATION).contains(&(day.0 - today.0)));
    Ok(asked.map(day).or(chosen))
}

type Played = (Vec<(f64, Effort)>, Option<ExamForecast>);

fn play(model: &Model, plan: &Plan, exam: Option<StudyDay>) -> Played {
    let points = simulate::workload(model, plan).into_iter();
    let points = points.map(|(retention, outcome)| (f64::from(retention.share()), Effort::of(&outcome))).collect();
    let exam = exam.map(|day| {
        let days = (day.0 - plan.today.0).unsigned_abs();
        let unmet = plan.subjects.iter().filter(|subject| subject.card.is_none()).count() as u32;
        let new_per_day = unmet.div_ceil(days.saturating_sub(7).max(1));
        let mut until = Plan { days, ..plan.clone() };
        until.settings.exam = Some(day);
        let as_chosen = Effort::of(&simulate::simulate(model, &until));
        let all_met = Effort::of(&simulate::simulate(model, &Plan { new_per_day, ..until }));
        ExamForecast { day, days, as_chosen, new_per_day, all_met }
    });
    (points, exam)
}

impl Effort {
    fn of(outcome: &Outcome) -> Self {
        let answers: u32 = outcome.answers.iter().sum();
        Self {
            answers_per_day: f64::from(answers) / outcome.answers.len().max(1) as f64,
            busiest_day: outcome.answers.iter().copied().max().unwrap_or(0),
            known: outcome.known,
        }
    }
}

fn seconds_per_answer(days: &BTreeMap<StudyDay, DayTally>) -> Option<f64> {
    let timed = days.values().filter(|day| day.ms > 0);
    let (ms, answers) = timed.fold((0, 0), |(ms, answers), day| (ms + day.ms, answers + u64::from(day.answers)));
    (answers > 0).then(|| ms as f64 / answers as f64 / 1000.0)
}
