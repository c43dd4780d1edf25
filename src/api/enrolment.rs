//! What a learner chooses for a course.

use super::{Tag, auth::Signed, body::Body, problem::Raised};
use crate::app::{self, App, Fault, MAX_NEW_PER_DAY};
use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};
use serde::Deserialize;
use std::sync::Arc;

pub struct Enrolment;

/// The choices for a course. What is left out of a request takes its default.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[oai(rename = "Enrolment", skip_serializing_if_is_none, deny_unknown_fields)]
pub struct Choices {
    /// The share of reviews that should succeed. More means more reviews.
    #[oai(default = "retention", validator(minimum(value = "0.7"), maximum(value = "0.97")))]
    retention: f64,
    /// The day of an exam, if there is one.
    #[oai(validator(pattern = r"^\d{4}-\d{2}-\d{2}$", max_length = 10))]
    exam_date: Option<String>,
    /// New questions a study day brings at most.
    #[oai(default = "new_per_day", validator(minimum(value = "0"), maximum(value = "200")))]
    new_per_day: i32,
    /// IANA time zone, such as `Europe/Oslo`.
    #[oai(default = "time_zone", validator(max_length = 64))]
    time_zone: String,
    /// The local hour at which a study day begins.
    #[oai(default = "rollover_hour", validator(minimum(value = "0"), maximum(value = "23")))]
    rollover_hour: i32,
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
    ) -> poem::Result<Json<Choices>> {
        Ok(Json(app.enrolment(caller.0, &course.0).await?.into()))
    }

    /// Choose for a course
    ///
    /// Enrolment is not needed to study; without it the defaults hold. A new retention moves the due dates at once.
    #[oai(path = "/v1/courses/:course/enrolment", method = "put", operation_id = "putEnrolment", tag = "Tag::Study")]
    async fn put_enrolment(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
        body: Body<Choices>,
    ) -> poem::Result<Json<Choices>> {
        let choice = body.0.read()?;
        Ok(Json(app.enrol(caller.0, &course.0, choice).await?.into()))
    }
}

impl Choices {
    /// The shapes that the application's types cannot hold at all; its own rules are the application's.
    fn read(self) -> Result<app::Enrolment, Raised> {
        let mut faults = Vec::new();
        let exam_date = self.exam_date.as_deref().map(str::parse).transpose().unwrap_or_else(|_| {
            faults.push(Fault::new("/exam_date", "use a calendar date such as 2027-01-31"));
            None
        });
        let new_per_day = u32::try_from(self.new_per_day).unwrap_or_else(|_| {
            faults.push(Fault::new("/new_per_day", format!("use a whole number from 0 to {MAX_NEW_PER_DAY}")));
            0
        });
        let rollover_hour = u8::try_from(self.rollover_hour).unwrap_or_else(|_| {
            faults.push(Fault::new("/rollover_hour", "use a whole hour from 0 to 23"));
            0
        });
        if !faults.is_empty() {
            return Err(Raised::invalid(faults));
        }
        let Self { retention, time_zone, .. } = self;
        Ok(app::Enrolment { retention, exam_date, new_per_day, time_zone, rollover_hour })
    }
}

impl Default for Choices {
    fn default() -> Self {
        app::Enrolment::default().into()
    }
}

impl From<app::Enrolment> for Choices {
    fn from(choice: app::Enrolment) -> Self {
        Self {
            retention: choice.retention,
            exam_date: choice.exam_date.map(|date| date.to_string()),
            new_per_day: choice.new_per_day as i32,
            time_zone: choice.time_zone,
            rollover_hour: choice.rollover_hour.into(),
        }
    }
}

fn retention() -> f64 {
    Choices::default().retention
}

fn new_per_day() -> i32 {
    Choices::default().new_per_day
}

fn time_zone() -> String {
    Choices::default().time_zone
}

fn rollover_hour() -> i32 {
    Choices::default().rollover_hour
}
