//! Questions chosen for what they tell: a check of the whole course, a challenge to one estimate.

use super::{
    Tag,
    auth::Signed,
    body::{Body, present},
    queue::Question,
    wire::rounded,
};
use crate::{
    app::{self, App},
    vocab::id::QuestionId,
};
use poem::web::Data;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

pub struct Checks;

/// How far a check has come.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(skip_serializing_if_is_none, deny_unknown_fields)]
pub struct CheckProgress {
    /// The questions this check has asked so far; none at its start.
    #[oai(validator(max_items = 100))]
    asked: Vec<Uuid>,
    /// The most questions to return. Fewer at a time tell more, because the next follow from the answers. Default 1.
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    #[serde(default, deserialize_with = "present")]
    limit: Option<u8>,
}

/// What a check asks next.
#[derive(Object)]
pub struct Check {
    /// None when the check is over.
    #[oai(validator(max_items = 5))]
    questions: Vec<Question>,
    /// How many more it will ask at most, these included; 0 when it is over.
    #[oai(validator(minimum(value = "0"), maximum(value = "100")))]
    left: i32,
    /// How unsure the map is now: half the width of the 90 % interval, on average over the concepts, 0 to 0.5.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    uncertainty: f64,
}

/// The questions that decide about an estimate.
#[derive(Object)]
pub struct Challenge {
    /// None when the course has no scored questions on the concept.
    #[oai(validator(max_items = 5))]
    questions: Vec<Question>,
}

#[OpenApi]
impl Checks {
    /// Take a check of a course
    ///
    /// About twenty questions, each chosen for what it tells about the map as a whole. Answer with
    /// `POST /v1/answers`, then ask again with the questions asked so far. Nothing is stored about the check itself:
    /// leave it when you like, and the answers count like any others.
    #[oai(path = "/v1/courses/:course/checks", method = "post", operation_id = "createCheck", tag = "Tag::Study")]
    async fn create_check(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
        body: Body<CheckProgress>,
    ) -> poem::Result<Json<Check>> {
        let check = app.check(caller.0, &course.0, body.0.into()).await?;
        Ok(Json(Check {
            questions: check.questions.into_iter().map(Question::from).collect(),
            left: check.left as i32,
            uncertainty: rounded(check.uncertainty),
        }))
    }

    /// Challenge an estimate
    ///
    /// For a learner who says «I know this»: the two or three questions that tell most about the concept now. Answer
    /// with `POST /v1/answers`; the estimate that comes back with the receipt is the verdict.
    #[oai(
        path = "/v1/courses/:course/mastery/:concept/challenges",
        method = "post",
        operation_id = "createChallenge",
        tag = "Tag::Study"
    )]
    async fn create_challenge(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
        /// The slug of the concept.
        #[oai(validator(max_length = 64))]
        concept: Path<String>,
    ) -> poem::Result<Json<Challenge>> {
        let questions = app.challenge(caller.0, &course.0, &concept.0).await?;
        Ok(Json(Challenge { questions: questions.into_iter().map(Question::from).collect() }))
    }
}

impl From<CheckProgress> for app::CheckRequest {
    fn from(progress: CheckProgress) -> Self {
        Self {
            asked: progress.asked.into_iter().map(QuestionId).collect(),
            limit: progress.limit.map_or(1, usize::from),
        }
    }
}
