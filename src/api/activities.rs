//! What a team does to learn, and what it agrees on for a concept.

use super::{
    Tag,
    auth::Signed,
    body::{Body, present},
    coverage::Backup,
    identity::Gone,
    versions::{Made, Now, version},
    wire::Day,
};
use crate::{
    app::{self, App},
    domain::teamwork,
    store::activities,
    vocab::id::{ActivityId, UnitId},
};
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

pub struct Activities;

/// What a team did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Deserialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// A change judged through one of the hats at a time.
    ThinkingHats,
    /// What is good leadership? Alone first, then together.
    GoodLeadership,
    /// The elements of the good job, scored without names.
    GoodJob,
    /// A colleague teaches what he knows for a quarter of an hour.
    ShareKnowledge,
    Other,
}

/// An activity to write down. Write no names and no scores.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(rename = "ActivityChoice", skip_serializing_if_is_none, deny_unknown_fields)]
pub struct Choice {
    kind: ActivityKind,
    #[oai(validator(min_length = 1, max_length = 200))]
    title: String,
    held_on: Day,
    /// The course of `concept`.
    #[oai(validator(max_length = 64))]
    #[serde(default, deserialize_with = "present")]
    course: Option<String>,
    /// The concept it was about.
    #[oai(validator(max_length = 64))]
    #[serde(default, deserialize_with = "present")]
    concept: Option<String>,
    /// What the team agreed to do next.
    #[oai(validator(min_length = 1, max_length = 2000))]
    #[serde(default, deserialize_with = "present")]
    follow_up: Option<String>,
    /// When it should be done.
    #[serde(default, deserialize_with = "present")]
    follow_up_on: Option<Day>,
    /// Whether the follow-up is done. Default false.
    #[serde(default)]
    #[oai(default)]
    done: bool,
}

/// An activity of a team.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Activity {
    id: Uuid,
    /// For If-Match.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000000")))]
    version: i32,
    kind: ActivityKind,
    #[oai(validator(max_length = 200))]
    title: String,
    held_on: Option<Day>,
    /// The course of `concept`.
    #[oai(validator(max_length = 64))]
    course: Option<String>,
    /// The concept it was about.
    #[oai(validator(max_length = 64))]
    concept: Option<String>,
    /// What the team agreed to do next.
    #[oai(validator(max_length = 2000))]
    follow_up: Option<String>,
    /// When it should be done.
    follow_up_on: Option<Day>,
    /// Whether the follow-up is done.
    done: bool,
}

/// Activities, the newest first.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ActivityList {
    #[oai(validator(max_items = 100))]
    activities: Vec<Activity>,
    /// Send it as `cursor` for the rest.
    #[oai(validator(max_length = 200))]
    next_cursor: Option<String>,
}

/// Where knowledge is written down besides.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(deny_unknown_fields)]
pub struct BackupChoice {
    /// A routine, a page of the handbook.
    #[oai(validator(min_length = 1, max_length = 200))]
    title: String,
    /// Its address; http or https.
    #[oai(validator(max_length = 2000))]
    #[serde(default, deserialize_with = "present")]
    url: Option<String>,
    /// When someone should look whether it still holds.
    #[serde(default, deserialize_with = "present")]
    review_on: Option<Day>,
}

/// What the team agrees on for a concept.
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
#[oai(rename = "AgreementChoice", skip_serializing_if_is_none, deny_unknown_fields)]
pub struct Agreeing {
    /// How much the concept matters to the team, 1 to 3.
    #[oai(validator(minimum(value = "1"), maximum(value = "3")))]
    importance: u8,
    /// Left out: there is none.
    #[serde(default, deserialize_with = "present")]
    backup: Option<BackupChoice>,
}

/// What the team has agreed on for a concept.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Agreement {
    /// For If-Match.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000000")))]
    version: i32,
    #[oai(validator(minimum(value = "1"), maximum(value = "3")))]
    importance: i32,
    backup: Option<Backup>,
}

#[OpenApi]
impl Activities {
    /// What a team has done to learn
    #[oai(path = "/v1/teams/:team/activities", method = "get", operation_id = "getActivities", tag = "Tag::Teams")]
    async fn get_activities(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The team.
        team: Path<Uuid>,
        /// Where to go on: `next_cursor` of the page before.
        #[oai(validator(max_length = 200))]
        cursor: Query<Option<String>>,
    ) -> poem::Result<Json<ActivityList>> {
        let page = app.activities(caller.0, UnitId(team.0), cursor.0.as_deref()).await?;
        let activities = page.items.into_iter().map(Activity::from).collect();
        Ok(Json(ActivityList { activities, next_cursor: page.next }))
    }

    /// Write an activity down
    #[oai(path = "/v1/teams/:team/activities", method = "post", operation_id = "addActivity", tag = "Tag::Teams")]
    async fn add_activity(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The team.
        team: Path<Uuid>,
        /// A UUID drawn for this request. Sent again with the same body within 30 days, nothing is made twice: what it
        /// made is answered as it is now, and 404 if it was removed since.
        #[oai(name = "Idempotency-Key")]
        key: Header<Uuid>,
        body: Body<Choice>,
    ) -> poem::Result<Made<Activity>> {
        let activity = app.add_activity(caller.0, UnitId(team.0), key.0, body.0.into()).await?;
        Ok(Made::at(activity.version, activity))
    }

    /// Change an activity
    #[oai(
        path = "/v1/teams/:team/activities/:activity",
        method = "put",
        operation_id = "putActivity",
        tag = "Tag::Teams"
    )]
    async fn put_activity(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The team.
        team: Path<Uuid>,
        /// The activity.
        activity: Path<Uuid>,
        /// The ETag (version) of what is changed.
        #[oai(name = "If-Match", validator(max_length = 100))]
        if_match: Header<Option<String>>,
        body: Body<Choice>,
    ) -> poem::Result<Now<Activity>> {
        let place = (UnitId(team.0), ActivityId(activity.0));
        let version = version(if_match.0.as_deref());
        let activity = app.change_activity(caller.0, place, version, body.0.into()).await?;
        Ok(Now::at(activity.version, activity))
    }

    /// Remove an activity
    #[oai(
        path = "/v1/teams/:team/activities/:activity",
        method = "delete",
        operation_id = "deleteActivity",
        tag = "Tag::Teams"
    )]
    async fn delete_activity(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The team.
        team: Path<Uuid>,
        /// The activity.
        activity: Path<Uuid>,
        /// The ETag (version) of what is removed.
        #[oai(name = "If-Match", validator(max_length = 100))]
        if_match: Header<Option<String>>,
    ) -> poem::Result<Gone> {
        let place = (UnitId(team.0), ActivityId(activity.0));
        app.delete_activity(caller.0, place, version(if_match.0.as_deref())).await?;
        Ok(Gone::Gone)
    }

    /// Agree on a concept
    ///
    /// How much it matters to the team, and where it is written down. If-Match takes the `version` of the concept's
    /// coverage, in quotes; `"0"` the first time.
    #[allow(clippy::too_many_arguments, reason = "one for each part of the request")]
    #[oai(
        path = "/v1/teams/:team/coverage/:concept/agreement",
        method = "put",
        operation_id = "putAgreement",
        tag = "Tag::Teams"
    )]
    async fn put_agreement(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The team.
        team: Path<Uuid>,
        /// The slug of the concept.
        #[oai(validator(max_length = 64))]
        concept: Path<String>,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Query<String>,
        /// The version of what is changed, in quotes.
        #[oai(name = "If-Match", validator(max_length = 100))]
        if_match: Header<Option<String>>,
        body: Body<Agreeing>,
    ) -> poem::Result<Now<Agreement>> {
        let place = (UnitId(team.0), course.0.as_str(), concept.0.as_str());
        let version = version(if_match.0.as_deref());
        let agreement = app.agree(caller.0, place, version, body.0.into()).await?;
        Ok(Now::at(agreement.version, agreement))
    }
}

impl From<Choice> for app::ActivityChoice {
    fn from(choice: Choice) -> Self {
        Self {
            kind: choice.kind.into(),
            title: choice.title,
            held_on: choice.held_on.0,
            course: choice.course,
            concept: choice.concept,
            follow_up: choice.follow_up,
            follow_up_on: choice.follow_up_on.map(|day| day.0),
            done: choice.done,
        }
    }
}

impl From<activities::Activity> for Activity {
    fn from(activity: activities::Activity) -> Self {
        let day = |text: String| text.parse().ok().map(Day);
        let (course, concept) = activity.about.unzip();
        Self {
            id: activity.id.0,
            version: activity.version,
            kind: activity.kind.into(),
            title: activity.title,
            held_on: day(activity.held_on),
            course,
            concept,
            follow_up: activity.follow_up,
            follow_up_on: activity.follow_up_on.and_then(day),
            done: activity.done,
        }
    }
}

impl From<Agreeing> for app::AgreementChoice {
    fn from(choice: Agreeing) -> Self {
        let backup = |backup: BackupChoice| (Some(backup.title), backup.url, backup.review_on.map(|day| day.0));
        let (backup_title, backup_url, review_on) = choice.backup.map(backup).unwrap_or_default();
        Self { importance: choice.importance, backup_title, backup_url, review_on }
    }
}

impl From<activities::Agreement> for Agreement {
    fn from(agreement: activities::Agreement) -> Self {
        Self {
            version: agreement.version,
            importance: agreement.importance.get().into(),
            backup: agreement.backup.map(Backup::from),
        }
    }
}

impl From<ActivityKind> for teamwork::ActivityKind {
    fn from(kind: ActivityKind) -> Self {
        match kind {
            ActivityKind::ThinkingHats => Self::ThinkingHats,
            ActivityKind::GoodLeadership => Self::GoodLeadership,
            ActivityKind::GoodJob => Self::GoodJob,
            ActivityKind::ShareKnowledge => Self::ShareKnowledge,
            ActivityKind::Other => Self::Other,
        }
    }
}

impl From<teamwork::ActivityKind> for ActivityKind {
    fn from(kind: teamwork::ActivityKind) -> Self {
        match kind {
            teamwork::ActivityKind::ThinkingHats => Self::ThinkingHats,
            teamwork::ActivityKind::GoodLeadership => Self::GoodLeadership,
            teamwork::ActivityKind::GoodJob => Self::GoodJob,
            teamwork::ActivityKind::ShareKnowledge => Self::ShareKnowledge,
            teamwork::ActivityKind::Other => Self::Other,
        }
    }
}
