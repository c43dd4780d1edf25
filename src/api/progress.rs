//! How the learner is doing.

use super::{
    Tag,
    auth::Signed,
    wire::{At, Day, rounded},
};
use crate::{
    app::{self, App, Fault},
    domain::{
        statistics::Recalled,
        tally::{DayTally, SPANS},
    },
    vocab::time::StudyDay,
};
use poem::web::Data;
use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use std::sync::Arc;
use uuid::Uuid;

pub struct Progress;

/// The learner's figures in a course.
#[derive(Object)]
#[oai(rename = "Progress")]
pub struct Figures {
    /// Questions of the course.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    questions: i32,
    /// Those met at least once.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    met: i32,
    /// Due by the end of today, without what a heavy day leaves to lighter ones.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    due_now: i32,
    /// New questions met today.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    new_today: i32,
    /// New questions today still allows.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    new_left_today: i32,
    /// Answers in all.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    answers: i32,
    retention: Retention,
    /// Ninety study days from today. What is overdue counts today; what falls into a pause is spread over the days
    /// after it; heavy days leave to lighter ones what their fuzz allows.
    #[oai(validator(max_items = 90))]
    forecast: Vec<DayLoad>,
    /// Study days in a row, of the last 366. One missed day in any seven is forgiven, and so is a pause; today counts
    /// once something was answered.
    #[oai(validator(minimum(value = "0"), maximum(value = "366")))]
    streak: i32,
    /// Days of the last 366 on which something was answered, the oldest first.
    #[oai(validator(max_items = 366))]
    calendar: Vec<StudiedDay>,
    /// Questions forgotten eight times or more: learn them in another way than by being asked again.
    #[oai(validator(max_items = 10000))]
    leeches: Vec<Uuid>,
    as_of: At,
}

/// A day on which something was answered.
#[derive(Object)]
pub struct StudiedDay {
    day: Day,
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    answers: i32,
    /// Questions met for the first time.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    new: i32,
    /// Time spent on answers, as devices told; of one answer five minutes at most.
    #[oai(validator(minimum(value = "0"), maximum(value = "100000000")))]
    seconds: i32,
}

/// Recall of a month.
#[derive(Object)]
pub struct MonthRecall {
    /// `2026-11`.
    #[oai(validator(max_length = 7))]
    month: String,
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000000")))]
    reviews: i32,
    /// The share that succeeded.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    share: f64,
}

/// Recall after so many days.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct IntervalRecall {
    /// Days since the review before, from …
    #[oai(validator(minimum(value = "1"), maximum(value = "36500")))]
    from: i32,
    /// … to; absent where there is no end.
    #[oai(validator(minimum(value = "1"), maximum(value = "36500")))]
    to: Option<i32>,
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    reviews: i32,
    /// The share that succeeded; absent without reviews.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    share: Option<f64>,
}

/// Recall so far against what was wanted.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Retention {
    /// The share of reviews that should succeed.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    desired: f64,
    /// The share that did, at least a day after the review before; absent before the first.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    so_far: Option<f64>,
    /// Reviews it rests on.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    reviews: i32,
    /// The last 366 days by month; months without a review are left out.
    #[oai(validator(max_items = 14))]
    by_month: Vec<MonthRecall>,
    /// The last 366 days by the time since the review before.
    #[oai(validator(max_items = 10))]
    by_interval: Vec<IntervalRecall>,
}

/// What a plan costs and gives.
#[derive(Object)]
#[oai(rename = "StudyEffort")]
pub struct Effort {
    /// Mean answers on a study day; new questions and what is relearnt the same day count too.
    answers_per_day: f64,
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    busiest_day: i32,
    /// The share of all questions known in the end.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    known: f64,
}

/// A retention and what it costs and gives.
#[derive(Object)]
pub struct WorkloadPoint {
    /// The share of reviews that should succeed.
    #[oai(validator(minimum(value = "0.7"), maximum(value = "0.97")))]
    retention: f64,
    effort: Effort,
}

/// What an exam will find if the learner starts today.
#[derive(Object)]
pub struct ExamForecast {
    date: Day,
    /// Study days until then, today included.
    #[oai(validator(minimum(value = "1"), maximum(value = "730")))]
    days: i32,
    /// With the new questions a day that the learner allows.
    as_chosen: Effort,
    /// New questions a day that meet all of them a week before.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    new_per_day: i32,
    /// With that many.
    all_met: Effort,
}

/// What studying on will cost and give, played forward on the learner's own cards by the scheduler's own rules. A
/// forecast: the memory model is taken to be true.
#[derive(Object)]
#[oai(rename = "Workload", skip_serializing_if_is_none)]
pub struct Prospects {
    /// Days played forward for `points`.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
    days: i32,
    /// From the lowest retention to the highest.
    #[oai(validator(max_items = 20))]
    points: Vec<WorkloadPoint>,
    /// Absent without an exam ahead.
    exam: Option<ExamForecast>,
    /// How long an answer takes the learner, of late; absent while no device told.
    seconds_per_answer: Option<f64>,
}

/// Reviews of one study day.
#[derive(Object)]
pub struct DayLoad {
    day: Day,
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    due: i32,
}

#[OpenApi]
impl Progress {
    /// My progress in a course
    #[oai(path = "/v1/courses/:course/progress", method = "get", operation_id = "getProgress", tag = "Tag::Study")]
    async fn get_progress(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
    ) -> poem::Result<Json<Figures>> {
        Ok(Json(app.progress(caller.0, &course.0).await?.into()))
    }

    /// What studying on will cost and give
    ///
    /// Answers a day and what is known in a year, at several retentions; and what an exam will find if the learner
    /// starts today.
    #[oai(
        path = "/v1/courses/:course/progress/workload",
        method = "get",
        operation_id = "getWorkload",
        tag = "Tag::Study"
    )]
    async fn get_workload(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
        /// The day of an exam, such as 2027-01-31; without it the day in the learner's choices.
        #[oai(validator(max_length = 10))]
        exam_date: Query<Option<String>>,
    ) -> poem::Result<Json<Prospects>> {
        let exam = exam_date.0.as_deref().map(str::parse).transpose();
        let exam =
            exam.map_err(|_| app::Error::Invalid(vec![Fault::new("exam_date", "use a day such as 2027-01-31")]))?;
        Ok(Json(app.workload(caller.0, &course.0, exam).await?.as_ref().into()))
    }
}

impl From<app::Effort> for Effort {
    fn from(effort: app::Effort) -> Self {
        Self {
            answers_per_day: rounded(effort.answers_per_day),
            busiest_day: effort.busiest_day as i32,
            known: rounded(effort.known),
        }
    }
}

impl From<&app::Workload> for Prospects {
    fn from(workload: &app::Workload) -> Self {
        let point = |(retention, effort): &(f64, app::Effort)| WorkloadPoint {
            retention: rounded(*retention),
            effort: (*effort).into(),
        };
        let exam = |exam: app::ExamForecast| ExamForecast {
            date: Day(exam.day.date()),
            days: exam.days as i32,
            as_chosen: exam.as_chosen.into(),
            new_per_day: exam.new_per_day as i32,
            all_met: exam.all_met.into(),
        };
        Self {
            days: workload.days as i32,
            points: workload.points.iter().map(point).collect(),
            exam: workload.exam.map(exam),
            seconds_per_answer: workload.seconds_per_answer.map(rounded),
        }
    }
}

fn studied((day, tally): (&StudyDay, &DayTally)) -> StudiedDay {
    let seconds = (tally.ms / 1000) as i32;
    StudiedDay { day: Day(day.date()), answers: tally.answers as i32, new: tally.new as i32, seconds }
}

fn months(past: &app::Past) -> Vec<MonthRecall> {
    let month = |((year, month), of): (&(i16, i8), &Recalled)| {
        let (month, reviews) = (format!("{year:04}-{month:02}"), of.reviews as i32);
        of.share().map(|share| MonthRecall { month, reviews, share: rounded(share) })
    };
    past.by_month.iter().filter_map(month).collect()
}

fn intervals(past: &app::Past) -> Vec<IntervalRecall> {
    let interval = |((from, to), of): ((u32, u32), &Recalled)| IntervalRecall {
        from: from as i32,
        to: (to != u32::MAX).then_some(to as i32),
        reviews: of.reviews as i32,
        share: of.share().map(rounded),
    };
    SPANS.into_iter().zip(&past.by_interval).map(interval).collect()
}

impl From<app::Progress> for Figures {
    fn from(progress: app::Progress) -> Self {
        let tally = progress.tally;
        let so_far = (tally.reviews > 0).then(|| rounded(f64::from(tally.recalled) / f64::from(tally.reviews)));
        Self {
            questions: progress.questions as i32,
            met: progress.met as i32,
            due_now: progress.due_now as i32,
            new_today: progress.new_today as i32,
            new_left_today: progress.new_left_today as i32,
            answers: tally.answers as i32,
            retention: Retention {
                desired: progress.desired_retention,
                so_far,
                reviews: tally.reviews as i32,
                by_month: months(&progress.past),
                by_interval: intervals(&progress.past),
            },
            streak: progress.past.streak as i32,
            calendar: progress.past.days.iter().filter(|(_, tally)| tally.answers > 0).map(studied).collect(),
            leeches: progress.leeches.iter().map(|id| id.0).collect(),
            forecast: progress
                .forecast
                .into_iter()
                .map(|(day, due)| DayLoad { day: Day(day.date()), due: due as i32 })
                .collect(),
            as_of: At(progress.as_of),
        }
    }
}
