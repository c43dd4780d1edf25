//! How the learner is doing in a course, from what the fold keeps; nothing here grows with his history.

use super::{App, Caller, Result, queue::DueLoad};
use crate::{
    domain::{
        catch_up::{self, Pause},
        tally::Tally,
    },
    store::{self, met::Met},
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

const FORECAST_DAYS: usize = 90;

impl App {
    pub async fn progress(&self, caller: Caller, course: &str) -> Result<Progress> {
        let mut content = self.catalogue().course(course)?;
        let standing = self.standing(caller.learner, &mut content).await?;
        let enrolment = self.enrolment(caller, course).await?;
        let now = self.clock.now();
        let today = enrolment.day().day_of(now, None);
        let overview = store::met::overview(&self.db, caller.learner, course).await?;
        let asked = content.asked().filter(|entry| !overview.is_suspended(entry.id));
        let met: Vec<Met> = asked.filter_map(|entry| overview.met.get(&entry.id).copied()).collect();
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
            as_of: now,
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
