//! What a learner chose for a course, checked, with defaults for who chose nothing.

use super::{App, Caller, Error, Fault, Result, fold::CourseBatch, refold::Cause};
use crate::{
    domain::{
        catch_up::Pause,
        memory::{Model, Retention, Weights},
        review::CourseModel,
        schedule::Settings,
    },
    store,
    vocab::time::{DayBoundary, StudyDay, Timestamp},
};
use jiff::{civil::Date, tz::TimeZone};

/// The choices; the defaults suit a Norwegian municipality.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolment {
    /// The share of reviews that should succeed, 0.70 to 0.97.
    pub retention: f64,
    pub exam_date: Option<Date>,
    pub new_per_day: u32,
    /// IANA name.
    pub time_zone: String,
    /// Local hour at which a study day begins, 0 to 23.
    pub rollover_hour: u8,
    /// The longest interval, in days.
    pub maximum_interval: u16,
    /// Minutes until a lapsed card comes back.
    pub relearn_minutes: u16,
    /// First and last day on which nothing is expected of the learner.
    pub pause: Option<(Date, Date)>,
    /// Memory weights fitted to the learner. No choice: whoever chooses leaves them as they are.
    pub weights: Option<Weights>,
}

/// More new cards in a day than this come back as a mountain of reviews.
const MAX_NEW_PER_DAY: u32 = 200;
const LONGEST_INTERVAL: u16 = 36_500;
/// A lapse must come back the same day.
const LONGEST_RELEARNING: u16 = 720;
/// Days; a longer absence is no holiday.
const LONGEST_PAUSE: i32 = 366;

impl Default for Enrolment {
    fn default() -> Self {
        let Settings { maximum_interval, relearn_minutes, .. } = Settings::default();
        Self {
            retention: 0.9,
            exam_date: None,
            new_per_day: 15,
            time_zone: "Europe/Oslo".to_owned(),
            rollover_hour: 4,
            maximum_interval,
            relearn_minutes,
            pause: None,
            weights: None,
        }
    }
}

impl Enrolment {
    pub(super) fn from_row(row: Option<store::enrolments::Enrolment>) -> Self {
        row.map_or_else(Self::default, |row| Self {
            retention: row.retention,
            exam_date: row.exam_date.and_then(|date| date.parse().ok()),
            new_per_day: row.new_per_day as u32,
            time_zone: row.time_zone,
            rollover_hour: row.rollover_hour as u8,
            maximum_interval: row.maximum_interval as u16,
            relearn_minutes: row.relearn_minutes as u16,
            pause: row.pause.and_then(|(from, to)| from.parse().ok().zip(to.parse().ok())),
            weights: row.weights,
        })
    }

    /// Where the learner's days begin. A zone that this build no longer knows falls back to UTC.
    pub fn day(&self) -> DayBoundary {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        DayBoundary { zone, rollover_hour: self.rollover_hour as i8 }
    }

    pub fn settings(&self) -> Settings {
        let retention = Retention::new(self.retention).unwrap_or(Retention::DEFAULT);
        Settings {
            retention,
            relearn_minutes: self.relearn_minutes,
            maximum_interval: self.maximum_interval,
            exam: self.exam_date.map(StudyDay::from_date),
        }
    }

    /// The pause, in study days.
    pub fn pause(&self) -> Option<Pause> {
        self.pause.map(|(from, to)| Pause { from: StudyDay::from_date(from), to: StudyDay::from_date(to) })
    }

    pub(super) fn row(&self, created_at: Timestamp) -> store::enrolments::Enrolment {
        store::enrolments::Enrolment {
            retention: self.retention,
            exam_date: self.exam_date.map(|date| date.to_string()),
            new_per_day: self.new_per_day as i32,
            time_zone: self.time_zone.clone(),
            rollover_hour: self.rollover_hour.into(),
            maximum_interval: self.maximum_interval.into(),
            relearn_minutes: self.relearn_minutes.into(),
            pause: self.pause.map(|(from, to)| (from.to_string(), to.to_string())),
            created_at: created_at.0,
            weights: self.weights,
        }
    }

    /// How the learner remembers: by his own weights, else by those of the course.
    pub(super) fn model(&self, course: &CourseModel) -> Model {
        Model::new(self.weights.unwrap_or(course.memory))
    }

    /// Every value that does not hold, at once.
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        if Retention::new(self.retention).is_none() {
            faults.push(Fault::new("/retention", "use a number from 0.70 to 0.97"));
        }
        if self.new_per_day > MAX_NEW_PER_DAY {
            faults.push(Fault::new("/new_per_day", format!("use a whole number from 0 to {MAX_NEW_PER_DAY}")));
        }
        if TimeZone::get(&self.time_zone).is_err() {
            faults.push(Fault::new("/time_zone", "use an IANA time zone such as Europe/Oslo"));
        }
        if self.rollover_hour > 23 {
            faults.push(Fault::new("/rollover_hour", "use a whole hour from 0 to 23"));
        }
        if !(1..=LONGEST_INTERVAL).contains(&self.maximum_interval) {
            faults.push(Fault::new("/maximum_interval", format!("use whole days from 1 to {LONGEST_INTERVAL}")));
        }
        if !(1..=LONGEST_RELEARNING).contains(&self.relearn_minutes) {
            faults.push(Fault::new("/relearn_minutes", format!("use whole minutes from 1 to {LONGEST_RELEARNING}")));
        }
        if self.pause().is_some_and(|pause| !(1..=LONGEST_PAUSE).contains(&pause.days())) {
            let detail = format!("let it end on the day it begins or later, after {LONGEST_PAUSE} days at most");
            faults.push(Fault::new("/pause/to", detail));
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}

impl App {
    /// The caller's choices for a course.
    pub async fn enrolment(&self, caller: Caller, course: &str) -> Result<Enrolment> {
        self.catalogue().course(course)?;
        Ok(Enrolment::from_row(store::enrolments::find(&self.db, caller.learner, course).await?))
    }

    /// Stores the choices and schedules the cards anew: due days follow the retention, and instants the learner's days.
    pub async fn enrol(&self, caller: Caller, course: &str, choice: Enrolment) -> Result<Enrolment> {
        choice.check()?;
        let content = self.catalogue().course(course)?;
        let txn = self.db.write().await?;
        let learner = store::learners::lock(&txn, caller.learner).await?.ok_or(Error::Erased)?;
        let before = Enrolment::from_row(store::enrolments::find(&txn, caller.learner, course).await?);
        let choice = Enrolment { weights: before.weights, ..choice };
        store::enrolments::put(&txn, caller.learner, course, &choice.row(self.clock.now())).await?;
        let days_moved = before.day() != choice.day();
        if days_moved || before.settings() != choice.settings() {
            let batch = CourseBatch { days_moved, ..CourseBatch::new(content, choice.clone()) };
            self.refold(&txn, learner, vec![batch], Cause::Settings).await?;
        }
        txn.commit().await?;
        Ok(choice)
    }
}
