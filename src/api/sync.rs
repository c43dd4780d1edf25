//! What a device reads to be where the server is, and to schedule as it does.

use super::{
    Tag,
    auth::Signed,
    caching,
    mastery::Level,
    receipts::Card,
    stream::{ChangesPage, ChangesResponse, EventView},
    wire::{At, Day, exact, rounded},
};
use crate::app::{self, App, ChangesRequest};
use poem::{Request, http::header, web::Data};
use poem_openapi::{ApiResponse, Object, OpenApi, param::Query, payload::Json};
use std::sync::Arc;
use uuid::Uuid;

pub struct Sync;

/// A concept as it is now.
#[derive(Object)]
#[oai(rename = "ConceptNow")]
pub struct ConceptNow {
    #[oai(validator(max_length = 64))]
    course: String,
    #[oai(validator(max_length = 64))]
    concept: String,
    level: Level,
    /// The share of the concept's questions the learner knows now, 0 to 1.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    p: f64,
    /// Lower end of the 90 % interval.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    low: f64,
    /// Upper end.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    high: f64,
}

/// A question that is asked no more. What was learnt of it stays, and a late answer to it still counts.
#[derive(Object)]
#[oai(rename = "RetiredQuestion", skip_serializing_if_is_none)]
pub struct RetiredQuestion {
    #[oai(validator(max_length = 64))]
    course: String,
    question: Uuid,
    /// The question that took its place.
    successor: Option<Uuid>,
}

/// A page of what happened after the cursor.
#[derive(Object)]
pub struct Changes {
    /// In the order of their numbers.
    #[oai(validator(max_items = 500))]
    events: Vec<EventView>,
    /// Cards that changed.
    #[oai(validator(max_items = 10000))]
    cards: Vec<Card>,
    /// Questions whose card is gone, because their last answer was taken back, or was right after all by a mended key
    /// and was only practice.
    #[oai(validator(max_items = 500))]
    removed: Vec<Uuid>,
    /// Concepts that changed.
    #[oai(validator(max_items = 10000))]
    concepts: Vec<ConceptNow>,
    /// Every question that is asked no more, if the course changed since the cursor; else empty.
    #[oai(validator(max_items = 10000))]
    retired: Vec<RetiredQuestion>,
    /// The number of the stream at which this page ends. What you heard under a higher one, from a receipt that came
    /// meanwhile, is newer than `removed` and the rest of this page.
    through: i64,
    /// Keep it: the next page begins here, today or in a month.
    #[oai(validator(max_length = 200))]
    next_cursor: String,
    /// Ask again at once.
    has_more: bool,
    /// The life of this database; another one means it was restored: push the kept log again.
    #[oai(validator(max_length = 40))]
    epoch: String,
    /// The last number of the learner's stream.
    head: i64,
    /// Now, here: correct your clock by it.
    server_time: At,
}

/// The learner's whole state.
#[derive(Object)]
pub struct Snapshot {
    #[oai(validator(max_items = 10000))]
    cards: Vec<Card>,
    #[oai(validator(max_items = 10000))]
    concepts: Vec<ConceptNow>,
    /// Every question that is asked no more.
    #[oai(validator(max_items = 10000))]
    retired: Vec<RetiredQuestion>,
    /// Changes go on from here.
    #[oai(validator(max_length = 200))]
    cursor: String,
    /// The life of this database.
    #[oai(validator(max_length = 40))]
    epoch: String,
    /// The last number of the learner's stream.
    head: i64,
    /// Now, here: correct your clock by it.
    server_time: At,
}

/// A month of the log, in short.
#[derive(Object)]
pub struct Month {
    /// By the corrected time of the events, UTC.
    #[oai(validator(pattern = r"^\d{4}-\d{2}$", max_length = 7))]
    month: String,
    /// Every event a device sent: answers, reviews, voids, and `suspend`, `resume` and `set_aside`.
    count: i64,
    /// Of the same events: FNV-1a (64 bit) of each id in its 36 lower-case characters, all XORed; 16 hexadecimal
    /// digits.
    #[oai(validator(pattern = "^[0-9a-f]{16}$", max_length = 16))]
    xor: String,
}

/// The log by months.
#[derive(Object)]
pub struct Digest {
    #[oai(validator(max_items = 1200))]
    months: Vec<Month>,
    /// The life of this database.
    #[oai(validator(max_length = 40))]
    epoch: String,
}

/// How intervals are spread. From `from_days` on, a share of the days between `from` and `to` of each band, and one
/// day, is added to either side; the place within is FNV-1a (32 bit) of `<question id>:<repetition>` divided by 2^32.
#[derive(Object)]
pub struct Fuzz {
    /// Shorter intervals are not spread.
    from_days: f64,
    #[oai(validator(max_items = 10))]
    bands: Vec<FuzzBand>,
    /// Siblings take turns among so many days at most; see `siblings`.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    most_turns: i32,
}

/// A band of interval lengths, in days.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct FuzzBand {
    from: f64,
    /// Absent in the last band.
    to: Option<f64>,
    share: f64,
}

/// How the cards of a course are scheduled for this learner.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CourseSchedule {
    #[oai(validator(max_length = 64))]
    course: String,
    /// Version of the parameters; when it changes, cards may change without an answer.
    parameters_version: i32,
    /// FSRS weights, w0 to w20.
    #[oai(validator(min_items = 21, max_items = 21))]
    weights: Vec<f64>,
    /// The share of reviews that should succeed.
    #[oai(validator(minimum(value = "0.7"), maximum(value = "0.97")))]
    desired_retention: f64,
    /// Days.
    #[oai(validator(minimum(value = "1"), maximum(value = "36500")))]
    maximum_interval: i32,
    /// Minutes until a failed card comes back the same day.
    #[oai(validator(minimum(value = "1"), maximum(value = "720")))]
    relearn_minutes: i32,
    /// New questions a study day brings at most.
    #[oai(validator(minimum(value = "0"), maximum(value = "200")))]
    new_per_day: i32,
    /// IANA time zone of the study day, where an answer tells no offset.
    #[oai(validator(max_length = 64))]
    time_zone: String,
    /// The local hour at which a study day begins.
    #[oai(validator(minimum(value = "0"), maximum(value = "23")))]
    rollover_hour: i32,
    /// The day of an exam, if there is one.
    exam_date: Option<Day>,
    /// Questions that keep off one another's days. The place of a question is its index in its list, and `siblings` the
    /// length of the list. Among the days of the fuzz (or the last days before an exam) a question takes those whose
    /// number (days since 1970-01-01) leaves the remainder `place` modulo `turns`; `turns` is the largest power of two
    /// that is no more than the days there are, `siblings` rounded up to a power of two, and `fuzz.most_turns`. Of its
    /// own days it takes the one the hash points at. A better rating never brings a card back sooner: each rating's day
    /// is at least that of the rating below.
    #[oai(validator(max_items = 10000))]
    siblings: Vec<Vec<Uuid>>,
}

/// How an exam changes the days before it.
#[derive(Object)]
pub struct ExamRule {
    /// The retention until then, instead of the learner's.
    retention: f64,
    /// If the next review would be on the day of the exam or later, and the card would be known less well than this on
    /// the day, it comes on one of the last days instead.
    recall: f64,
    /// How many last days those are; the days before tomorrow left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "100")))]
    days: i32,
}

/// What an offline client needs to find the same days.
#[derive(Object)]
pub struct Scheduler {
    /// `fsrs-6`.
    #[oai(validator(max_length = 20))]
    algorithm: String,
    fuzz: Fuzz,
    exam: ExamRule,
    /// How likely a question is known before it was ever asked; weighs a first right answer that may be a guess.
    known_at_first: f64,
    #[oai(validator(max_items = 1000))]
    courses: Vec<CourseSchedule>,
}

#[derive(ApiResponse)]
enum SnapshotResponse {
    /// The whole state
    #[oai(status = 200)]
    Ok(Json<Snapshot>, #[oai(header = "ETag")] String),
    /// Not modified: your copy with this ETag still holds
    #[oai(status = 304)]
    Known(#[oai(header = "ETag")] String),
}

#[derive(ApiResponse)]
enum SchedulerResponse {
    /// What to schedule by
    #[oai(status = 200)]
    Ok(Json<Scheduler>, #[oai(header = "ETag")] String),
}

#[OpenApi]
impl Sync {
    /// Get what changed
    ///
    /// Everything after the cursor, page by page: the events of all the learner's devices, and the cards and concepts
    /// they changed. Without a cursor from the very beginning; a new device is better served by the snapshot. A cursor
    /// of another life of the database answers 410 `cursor_expired`: take the snapshot, then push the kept log again.
    #[oai(path = "/v1/changes", method = "get", operation_id = "getChanges", tag = "Tag::Sync")]
    async fn get_changes(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// `next_cursor` of the page before, or `cursor` of a snapshot.
        #[oai(validator(max_length = 200))]
        cursor: Query<Option<String>>,
        /// Events in a page at most. It has fewer where they are long: whether more is to come, `has_more` alone says.
        #[oai(default = "two_hundred", validator(minimum(value = "1"), maximum(value = "500")))]
        limit: Query<i32>,
        /// Leave out the events of this device, which has them.
        skip_device: Query<Option<Uuid>>,
    ) -> poem::Result<ChangesResponse> {
        let request = ChangesRequest { cursor: cursor.0, limit: limit.0 as u64, skip_device: skip_device.0 };
        Ok(ChangesResponse::Ok(ChangesPage(app.changes(caller.0, request).await?.into())))
    }

    /// Get the whole state
    ///
    /// For a new device, and after 410. The ETag changes with the learner's log, the course and the study day.
    #[oai(path = "/v1/snapshot", method = "get", operation_id = "getSnapshot", tag = "Tag::Sync")]
    async fn get_snapshot(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        request: &Request,
    ) -> poem::Result<SnapshotResponse> {
        let tag = format!("W/\"{}\"", app.snapshot_tag(caller.0).await?);
        if request.header(header::IF_NONE_MATCH).is_some_and(|known| caching::is_known(known, &tag)) {
            return Ok(SnapshotResponse::Known(tag));
        }
        Ok(SnapshotResponse::Ok(Json(app.snapshot(caller.0).await?.into()), tag))
    }

    /// Get the log in short
    ///
    /// Compare with the same figures over the events the device has kept. Where a month differs, push that month again;
    /// if the server has more, pull changes from the beginning. Reads the whole log: for healing, not for every day.
    #[oai(path = "/v1/digest", method = "get", operation_id = "getDigest", tag = "Tag::Sync")]
    async fn get_digest(&self, app: Data<&Arc<App>>, caller: Signed) -> poem::Result<Json<Digest>> {
        let months = app.digest(caller.0).await?;
        let month = |month: app::Month| Month {
            month: month.month,
            count: month.count as i64,
            xor: format!("{:016x}", month.xor),
        };
        Ok(Json(Digest { months: months.into_iter().map(month).collect(), epoch: app.catalogue().epoch.clone() }))
    }

    /// Get what to schedule by
    ///
    /// With this, a card and `ts-fsrs`, a client shows the next interval without a network. The rules in full, with
    /// test vectors, are published beside the specification.
    #[oai(path = "/v1/scheduler", method = "get", operation_id = "getScheduler", tag = "Tag::Sync")]
    async fn get_scheduler(&self, app: Data<&Arc<App>>, caller: Signed) -> poem::Result<SchedulerResponse> {
        let scheduler = app.scheduler(caller.0).await?;
        let tag = scheduler.tag();
        Ok(SchedulerResponse::Ok(Json(scheduler.into()), format!("\"{tag}\"")))
    }
}

impl Changes {
    /// Leaves a page without events, to be written apart from it.
    pub fn take_events(&mut self) -> Vec<EventView> {
        std::mem::take(&mut self.events)
    }
}

fn two_hundred() -> i32 {
    200
}

impl From<app::Changes> for Changes {
    fn from(changes: app::Changes) -> Self {
        let app::Changes { events, state, removed, through, next_cursor, has_more } = changes;
        Self {
            events: events.into_iter().map(EventView::from).collect(),
            cards: state.cards.into_iter().map(Card::from).collect(),
            removed: removed.into_iter().map(|question| question.0).collect(),
            concepts: state.concepts.into_iter().map(ConceptNow::from).collect(),
            retired: state.retired.into_iter().map(RetiredQuestion::from).collect(),
            through,
            next_cursor,
            has_more,
            epoch: state.epoch,
            head: state.head,
            server_time: At(state.server_time),
        }
    }
}

impl From<app::Snapshot> for Snapshot {
    fn from(snapshot: app::Snapshot) -> Self {
        let app::Snapshot { state, cursor } = snapshot;
        Self {
            cards: state.cards.into_iter().map(Card::from).collect(),
            concepts: state.concepts.into_iter().map(ConceptNow::from).collect(),
            retired: state.retired.into_iter().map(RetiredQuestion::from).collect(),
            cursor,
            epoch: state.epoch,
            head: state.head,
            server_time: At(state.server_time),
        }
    }
}

impl From<app::ConceptView> for ConceptNow {
    fn from(view: app::ConceptView) -> Self {
        Self {
            course: view.course,
            concept: view.concept,
            level: view.level.into(),
            p: rounded(view.p),
            low: rounded(view.low),
            high: rounded(view.high),
        }
    }
}

impl From<app::Retired> for RetiredQuestion {
    fn from(retired: app::Retired) -> Self {
        let successor = retired.successor.map(|question| question.0);
        Self { course: retired.course, question: retired.question.0, successor }
    }
}

impl From<app::Scheduler> for Scheduler {
    fn from(scheduler: app::Scheduler) -> Self {
        let band = |(from, to, share): (f32, f32, f32)| FuzzBand {
            from: exact(from),
            to: (to < f32::MAX).then(|| exact(to)),
            share: exact(share),
        };
        Self {
            algorithm: "fsrs-6".to_owned(),
            fuzz: Fuzz {
                from_days: exact(scheduler.fuzz_from),
                bands: scheduler.fuzz.into_iter().map(band).collect(),
                most_turns: scheduler.most_turns as i32,
            },
            exam: ExamRule {
                retention: scheduler.exam.retention,
                recall: scheduler.exam.recall,
                days: scheduler.exam.days,
            },
            known_at_first: scheduler.known_at_first,
            courses: scheduler.courses.into_iter().map(CourseSchedule::from).collect(),
        }
    }
}

impl From<app::CourseSchedule> for CourseSchedule {
    fn from(schedule: app::CourseSchedule) -> Self {
        let app::CourseSchedule { course, parameters_version, weights, enrolment, settings, siblings } = schedule;
        Self {
            course,
            parameters_version,
            weights: weights.into_iter().map(exact).collect(),
            desired_retention: enrolment.retention,
            maximum_interval: settings.maximum_interval.into(),
            relearn_minutes: settings.relearn_minutes.into(),
            new_per_day: enrolment.new_per_day as i32,
            time_zone: enrolment.time_zone,
            rollover_hour: enrolment.rollover_hour.into(),
            exam_date: enrolment.exam_date.map(Day),
            siblings: siblings.into_iter().map(|family| family.into_iter().map(|id| id.0).collect()).collect(),
        }
    }
}
