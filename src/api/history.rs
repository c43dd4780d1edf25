//! What a learner did elsewhere, taken over from the file another program exports.
//!
//! The body is larger than any other, so it goes from the connection to the disk and is never whole in memory.

use super::{
    Tag,
    auth::Signed,
    problem::{Code, Raised},
    unpacking::let_finish,
};
use crate::{
    app::{self, App, MOST_PACKED, Running},
    domain::history::Skip,
};
use poem::{Request, RequestBody, http::header, web::Data};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, Enum, ExtractParamOptions, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
    registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef, Registry},
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

pub struct History;

/// What was taken over.
#[derive(Object)]
#[oai(rename = "ImportedHistory")]
pub struct ImportedHistory {
    /// Notes with reviews that ask a question of the course.
    matched: u64,
    /// Notes with reviews that ask none of its questions; nothing of them was taken.
    unmatched: u64,
    /// Notes that may ask several of its questions; nothing of them was taken.
    ambiguous: u64,
    /// The first of the notes that were not taken, by their first words.
    #[oai(validator(max_items = 20, max_length = 100))]
    examples: Vec<String>,
    /// Questions that have reviews now.
    questions: u64,
    /// Reviews that are new; of a trial run, that would be read.
    imported: u64,
    /// Reviews that were imported before.
    duplicate: u64,
    /// What was left out of the log, by reason.
    #[oai(validator(max_items = 20))]
    skipped: Vec<Skipped>,
}

/// Rows of the other program's log that are no reviews of this course.
#[derive(Object)]
pub struct Skipped {
    reason: SkipReason,
    count: u64,
}

/// Why a row was left out. `unmatched`: its note asks no question of the course for certain. `other_card`: it is a
/// further card of its note. `not_rated`: a card was moved without being answered. `crammed`: out of turn and without
/// effect. `reset`: the card was made new again later. `time`: in the future or before 1970. `imported_elsewhere`: it
/// counts for another question already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum SkipReason {
    Unmatched,
    OtherCard,
    NotRated,
    Crammed,
    Reset,
    Time,
    ImportedElsewhere,
}

#[OpenApi]
impl History {
    /// Import my history from Anki
    ///
    /// The body is an `.apkg` or `.colpkg` as Anki exports it with scheduling information, at most 32 MiB; leave media
    /// out. Each review becomes a `review` event at the time it was made: it schedules the question by the learner's
    /// own rating and is no evidence of mastery. Send the same or a later export whenever you like: what is known is
    /// counted as `duplicate` and nothing is doubled. A note belongs to a question if its guid, a tag `laerd::<id>` or
    /// a whole field is the question's id (such as `K1-03`), or else if a field is its stem, word for word. What
    /// belongs to no question, or may belong to several, is left out.
    #[oai(path = "/v1/courses/:course/history", method = "post", operation_id = "importHistory", tag = "Tag::Study")]
    async fn import_history(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
        /// Only tell what would be read.
        dry_run: Query<Option<bool>>,
        body: Package,
    ) -> poem::Result<Json<ImportedHistory>> {
        let running = if dry_run.0.unwrap_or(false) { Running::Trial } else { Running::InEarnest };
        app.catalogue().course(&course.0)?;
        let package = kept(&app, body.0).await?;
        Ok(Json(app.import_package(caller.0.learner, &course.0, &package, running).await?.into()))
    }
}

/// The package on the disk.
async fn kept(app: &App, body: poem::Body) -> poem::Result<app::Package> {
    let mut body = body.into_async_read();
    let kept = timeout(UPLOAD_TIMEOUT, app.keep_package(&mut body)).await;
    let slow = || Raised::new(Code::Timeout, "the file came too slowly; send it again");
    if let Some(package) = kept.map_err(|_| slow())?? {
        return Ok(package);
    }
    let_finish(body).await;
    let limit = format!("a package holds at most {MOST_PACKED} bytes; export it without media");
    Err(Raised::new(Code::TooLarge, limit).into())
}

/// A body that is a file. It is not read yet.
struct Package(poem::Body);

/// A phone with one bar sends its megabytes in this time, or tries again.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);
const TYPE: &str = "application/octet-stream";

impl<'a> ApiExtractor<'a> for Package {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(_: &mut Registry) {}

    fn request_meta() -> Option<MetaRequest> {
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let media = MetaMediaType { content_type: TYPE, schema };
        Some(MetaRequest { description: None, content: vec![media], required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<Self::ParamType>,
    ) -> poem::Result<Self> {
        if !request.content_type().is_some_and(|sent| sent.eq_ignore_ascii_case(TYPE)) {
            return Err(Raised::new(Code::UnsupportedMediaType, format!("send `Content-Type: {TYPE}`")).into());
        }
        if request.header(header::CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
            return Err(Raised::new(Code::UnsupportedEncoding, "send the file as it is; it is packed already").into());
        }
        Ok(Self(body.take()?))
    }
}

impl From<app::History> for ImportedHistory {
    fn from(history: app::History) -> Self {
        let skipped = history.skipped.into_iter().map(|(reason, count)| Skipped { reason: reason.into(), count });
        Self {
            matched: history.matched,
            unmatched: history.unmatched,
            ambiguous: history.ambiguous,
            examples: history.examples,
            questions: history.questions,
            imported: history.imported,
            duplicate: history.duplicate,
            skipped: skipped.collect(),
        }
    }
}

impl From<Skip> for SkipReason {
    fn from(skip: Skip) -> Self {
        match skip {
            Skip::Unmatched => Self::Unmatched,
            Skip::OtherCard => Self::OtherCard,
            Skip::NotRated => Self::NotRated,
            Skip::Crammed => Self::Crammed,
            Skip::Reset => Self::Reset,
            Skip::Time => Self::Time,
            Skip::Elsewhere => Self::ImportedElsewhere,
        }
    }
}
