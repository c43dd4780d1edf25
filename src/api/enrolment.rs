//! What a learner chooses for a course.

use super::{
    Tag,
    auth::Signed,
    body::{Body, present},
    wire::Day,
};
use crate::app::{self, App};
use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};
use serde::Deserialize;
use std::sync::Arc;

pub struct Enrolment;

/// What to choose; what is left out takes its default.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(rename = "EnrolmentChoice", skip_serializing_if_is_none, deny_unknown_fields)]
pub struct Choice {
    /// The share of reviews that should succeed; more means more reviews. Default 0.9.
    #[oai(validator(minimum(value = "0.7"), maximum(value = "0.97")))]
    #[serde(default, deserialize_with = "present")]
    retention: Option<f64>,
    /// The day of an exam, if there is one. Until then reviews come further apart than `retention` would have it (at
    /// 0.80), and what would be known too little on the day (under 0.95) comes once more in the week before.
    #[serde(default, deserialize_with = "present")]
    exam_date: Option<Day>,
    /// New questions a study day brings at most. Default 15.
    #[oai(validator(minimum(value = "0"), maximum(value = "200")))]
    #[serde(default, deserialize_with = "present")]
    new_per_day: Option<u8>,
    /// IANA time zone. Default `Europe/Oslo`.
    #[oai(validator(max_length = 64))]
    #[serde(default, deserialize_with = "present")]
    time_zone: Option<String>,
    /// The local hour at which a study day begins. Default 4.
    #[oai(validator(minimum(value = "0"), maximum(value = "23")))]
    #[serde(default, deserialize_with = "present")]
    rollover_hour: Option<u8>,
    /// The longest interval, in days. Default 36500.
    #[oai(validator(minimum(value = "1"), maximum(value = "36500")))]
    #[serde(default, deserialize_with = "present")]
    maximum_interval: Option<u16>,
    /// Minutes until a failed card comes back the same day. Default 10.
    #[oai(validator(minimum(value = "1"), maximum(value = "720")))]
    #[serde(default, deserialize_with = "present")]
    relearn_minutes: Option<u16>,
    /// A holiday.
    #[serde(default, deserialize_with = "present")]
    pause: Option<PauseChoice>,
}

/// Days on which nothing is expected. Reviews that fall due meanwhile are spread over as many days afterwards (14 at
/// most), the least known first. At most 366 days.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct PauseChoice {
    /// The first day.
    from: Day,
    /// The last day.
    to: Day,
}

/// Days on which nothing is expected, in force.
#[derive(Object)]
pub struct Pause {
    /// The first day.
    from: Day,
    /// The last day.
    to: Day,
}

/// The choices in force.
#[derive(Object)]
#[oai(rename = "Enrolment", skip_serializing_if_is_none)]
pub struct Chosen {
    /// The share of reviews that should succeed.
    #[oai(validator(minimum(value = "0.7"), maximum(value = "0.97")))]
    retention: f64,
    /// The day of an exam, if there is one.
    exam_date: Option<Day>,
    /// New questions a study day brings at most.
    #[oai(validator(minimum(value = "0"), maximum(value = "200")))]
    new_per_day: i32,
    /// IANA time zone.
    #[oai(validator(max_length = 64))]
    time_zone: String,
    /// The local hour at which a study day begins.
    #[oai(validator(minimum(value = "0"), maximum(value = "23")))]
    rollover_hour: i32,
    /// The longest interval, in days.
    #[oai(validator(minimum(value = "1"), maximum(value = "36500")))]
    maximum_interval: i32,
    /// Minutes until a failed card comes back the same day.
    #[oai(validator(minimum(value = "1"), maximum(value = "720")))]
    relearn_minutes: i32,
    /// A holiday, if one was told.
    pause: Option<Pause>,
}

#[OpenApi]
impl Enrolment {
    /// Get my choices for a course
    #[oai(path = "/v1/courses/:course/enrolment", method = "get", operation_id = "getEnrolment", tag = "Tag::Study")]
    async fn get_enrolment(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
    ) -> poem::Result<Json<Chosen>> {
        Ok(Json(app.enrolment(caller.0, &course.0).await?.into()))
    }

    /// Choose for a course
    ///
    /// Enrolment is not needed to study; without it the defaults hold. Due dates follow a new choice at once.
    #[oai(path = "/v1/courses/:course/enrolment", method = "put", operation_id = "putEnrolment", tag = "Tag::Study")]
    async fn put_enrolment(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
        body: Body<Choice>,
    ) -> poem::Result<Json<Chosen>> {
        Ok(Json(app.enrol(caller.0, &course.0, body.0.into()).await?.into()))
    }
}

impl From<Choice> for app::Enrolment {
    fn from(choice: Choice) -> Self {
        let default = Self::default();
        Self {
            retention: choice.retention.unwrap_or(default.retention),
            exam_date: choice.exam_date.map(|day| day.0),
            new_per_day: choice.new_per_day.map_or(default.new_per_day, u32::from),
            time_zone: choice.time_zone.unwrap_or(default.time_zone),
            rollover_hour: choice.rollover_hour.unwrap_or(default.rollover_hour),
            maximum_interval: choice.maximum_interval.unwrap_or(default.maximum_interval),
            relearn_minutes: choice.relearn_minutes.unwrap_or(default.relearn_minutes),
            pause: choice.pause.map(|pause| (pause.from.0, pause.to.0)),
            weights: default.weights,
        }
    }
}

impl From<app::Enrolment> for Chosen {
    fn from(choice: app::Enrolment) -> Self {
        Self {
            retention: choice.retention,
            exam_date: choice.exam_date.map(Day),
            new_per_day: choice.new_per_day as i32,
            time_zone: choice.time_zone,
            rollover_hour: choice.rollover_hour.into(),
            maximum_interval: choice.maximum_interval.into(),
            relearn_minutes: choice.relearn_minutes.into(),
            pause: choice.pause.map(|(from, to)| Pause { from: Day(from), to: Day(to) }),
        }
    }
}
