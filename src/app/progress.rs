//! How the learner is doing in a course, from what the fold keeps; nothing here grows with his history.

use super::{App, Caller, Result};
use crate::{
    domain::review::Tally,
    store::{self, study::Met},
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
        let mut content = self.catalogue().course(course)?;
        let standing = self.standing(caller.learner, &mut content).await?;
        let enrolment = self.enrolment(caller, course).await?;
        let now = self.clock.now();
        let today = enrolment.day().day_of(now, None);
        let met = store::study::met(&self.db, caller.learner, course).await?;
        let asked: Vec<Met> = content.asked().filter_map(|entry| met.get(&entry.id).copied()).collect();
        let new_today = met.values().filter(|met| met.first_day == today).count() as u64;
        let due_on = |day: StudyDay| asked.iter().filter(|met| met.due_day == day).count() as u64;
        let due_now = asked.iter().filter(|met| met.due_day <= today).count() as u64;
        let later = (1..FORECAST_DAYS).map(|ahead| StudyDay(today.0 + ahead)).map(|day| (day, due_on(day)));
        let questions = content.asked().count();
        let allowed = u64::from(enrolment.new_per_day).saturating_sub(new_today);
        Ok(Progress {
            questions,
            met: asked.len(),
            due_now,
            new_today,
            new_left_today: allowed.min(questions.saturating_sub(asked.len()) as u64),
            tally: standing.map(|standing| standing.tally).unwrap_or_default(),
            desired_retention: enrolment.retention,
            forecast: std::iter::once((today, due_now)).chain(later).collect(),
            as_of: now,
        })
    }
}
