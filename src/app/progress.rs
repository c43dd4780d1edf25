//! How the learner is doing in a course, from what the fold keeps; nothing here grows with his history.

use super::{App, Caller, Enrolment, Result, queue::DueLoad, students::Student};
use crate::{
    domain::{
        catch_up::{self, Pause},
        schedule::Card,
        statistics::{self, Recalled},
        tally::{DayTally, SPANS, Tally},
    },
    store::{self, met::Met},
    vocab::{
        id::QuestionId,
        time::{StudyDay, Timestamp},
    },
};
use std::collections::BTreeMap;

/// The figures.
pub struct Progress {
    /// Questions asked by the course.
    pub questions: usize,
    /// Those met at least once.
    pub met: usize,
    /// Due now, whatever the day's limit.
    pub due_now: u64,
    pub new_today: u64,
    pub new_left_today: u64,
    pub tally: Tally,
    pub desired_retention: f64,
    /// Reviews per study day from today, overdue ones today.
    pub forecast: Vec<(StudyDay, u64)>,
    /// Questions that were forgotten so often that asking again is not what helps.
    pub leeches: Vec<QuestionId>,
    pub past: Past,
    pub as_of: Timestamp,
}

/// The last year.
pub struct Past {
    /// Days on which something was answered.
    pub days: BTreeMap<StudyDay, DayTally>,
    pub today: StudyDay,
    /// Days studied in a row; one missed day a week is forgiven.
    pub streak: u32,
    pub by_interval: [Recalled; SPANS.len()],
    /// By year and month.
    pub by_month: BTreeMap<(i16, i8), Recalled>,
}

/// Whatever the past is told by; a year and the day before it began.
const PAST_DAYS: i32 = 365;
const FORECAST_DAYS: usize = 90;

impl App {
    pub async fn progress(&self, caller: Caller, course: &str) -> Result<Progress> {
        let Student { content, enrolment, standing, .. } = self.student(caller, course).await?;
        let now = self.clock.now();
        let today = enrolment.day().day_of(now, None);
        let mut overview = store::met::overview(&self.db, caller.learner, course).await?;
        self.level(&content, &enrolment, &mut overview, FORECAST_DAYS);
        let asked = content.asked().filter(|entry| !overview.is_suspended(entry.id));
        let known: Vec<(QuestionId, Met)> =
            asked.filter_map(|entry| Some((entry.id, *overview.met.get(&entry.id)?))).collect();
        let is_leech = |(_, met): &&(QuestionId, Met)| met.lapses >= Card::LEECH_LAPSES;
        let leeches = known.iter().filter(is_leech).map(|(id, _)| *id).collect();
        let met: Vec<Met> = known.iter().map(|(_, met)| *met).collect();
        let new_today = overview.met.values().filter(|met| met.first_day == today).count() as u64;
        let load = self.due_load(&enrolment, &overview, met.iter().copied());
        let forecast = forecast(&met, &load, enrolment.pause(), today);
        let questions = content.asked().count();
        let allowed = u64::from(enrolment.new_per_day).saturating_sub(new_today);
        Ok(Progress {
            questions,
            met: met.len(),
            due_now: load.open() as u64,
            new_today,
            new_left_today: allowed.min(questions.saturating_sub(met.len()) as u64),
            tally: standing.map(|standing| standing.tally).unwrap_or_default(),
            desired_retention: enrolment.retention,
            forecast,
            leeches,
            past: self.past(caller, course, &enrolment, today).await?,
            as_of: now,
        })
    }

    async fn past(&self, caller: Caller, course: &str, enrolment: &Enrolment, today: StudyDay) -> Result<Past> {
        let from = StudyDay(today.0.saturating_sub(PAST_DAYS));
        let days = store::tallies::since(&self.db, caller.learner, course, from).await?;
        Ok(Past {
            streak: statistics::streak(&days, enrolment.pause(), today),
            by_interval: statistics::by_interval(&days),
            by_month: statistics::by_month(&days),
            today,
            days,
        })
    }
}

/// The days to come; on the first what may be asked today, whatever a pause has left waiting for later.
fn forecast(met: &[Met], load: &DueLoad, pause: Option<Pause>, today: StudyDay) -> Vec<(StudyDay, u64)> {
    let held_back = |met: &&Met| load.pause.is_some_and(|pause| met.due_day < pause.back());
    let due = met.iter().filter(|met| !held_back(met)).map(|met| met.due_day);
    let mut loads = catch_up::forecast(due, pause, today, FORECAST_DAYS);
    if let (Some(pause), Some(first)) = (load.pause, loads.first_mut()) {
        *first += load.allowance;
        let last = ((pause.over().0 - today.0).max(1) as usize).min(FORECAST_DAYS);
        catch_up::fill(&mut loads[1.min(last)..last], load.load.waiting - load.allowance);
    }
    let day = |(ahead, load): (usize, usize)| (StudyDay(today.0 + ahead as i32), load as u64);
    loads.into_iter().enumerate().map(day).collect()
}
