//! How the learner is doing.

use super::{
    Tag,
    auth::Signed,
    wire::{At, Day, rounded},
};
use crate::app::{self, App};
use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};
use std::sync::Arc;

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
    /// Due by the end of today.
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
    /// after it.
    #[oai(validator(max_items = 90))]
    forecast: Vec<DayLoad>,
    as_of: At,
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
            retention: Retention { desired: progress.desired_retention, so_far, reviews: tally.reviews as i32 },
            forecast: progress
                .forecast
                .into_iter()
                .map(|(day, due)| DayLoad { day: Day(day.date()), due: due as i32 })
                .collect(),
            as_of: At(progress.as_of),
        }
    }
}
