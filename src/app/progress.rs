//! How the learner is doing in a course, from what the fold keeps; nothing here grows with his history.

use super::{App, Caller, Result};
use crate::{
    domain::review::Tally,
    store,
    vocab::time::{StudyDay, Timestamp},
};

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
    pub as_of: Timestamp,
}

const FORECAST_DAYS: i32 = 30;

impl App {
    pub async fn progress(&self, caller: Caller, course: &str) -> Result<Progress> {
        let content = self.catalogue().course(course)?;
        let enrolment = self.enrolment(caller, course).await?;
        let now = self.clock.now();
        let today = enrolment.day().day_of(now, None);
        let until = StudyDay(today.0 + FORECAST_DAYS - 1);
        let load = store::study::load_by_day(&self.db, caller.learner, course, until).await?;
        let on = |day: StudyDay| load.get(&day).copied().unwrap_or(0);
        let due_now: u64 = load.range(..=today).map(|(_, cards)| cards).sum();
        let later = (today.0 + 1..=until.0).map(StudyDay).map(|day| (day, on(day)));
        let met = store::study::met(&self.db, caller.learner, course).await?.len();
        let new_today = store::study::introduced_on(&self.db, caller.learner, course, today).await?;
        let standing = store::study::standing(&self.db, caller.learner, course).await?;
        let questions = content.asked().count();
        let allowed = u64::from(enrolment.new_per_day).saturating_sub(new_today);
        Ok(Progress {
            questions,
            met,
            due_now,
            new_today,
            new_left_today: allowed.min(questions.saturating_sub(met) as u64),
            tally: standing.map(|standing| standing.tally).unwrap_or_default(),
            desired_retention: enrolment.retention,
            forecast: std::iter::once((today, due_now)).chain(later).collect(),
            as_of: now,
        })
    }
}
