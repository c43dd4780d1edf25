//! Courses to take along: a manifest of bundles, and bundles that are named by their content and never change.
//!
//! A bundle is one chapter. It is written and hashed when somebody first asks for the manifest of a loaded course, and
//! packed as tightly as it goes, once, when it is first asked for in an encoding. Both stay in memory, and over new
//! parameters of the course too: the eight chapters of the shipped course are less than two megabytes in all encodings.

use super::{
    Tag,
    auth::Signed,
    packing::{self, Encoding},
    problem::{Code, Raised},
    queue::{Image, QuestionBody},
    receipts::Key,
};
use crate::{
    app::{App, Catalogue, CourseContent, Entry, Error},
    domain::question::{self, Body, Said, Scoring, Tolerance, When, foreseen, guess_chance, present},
};
use async_compression::Level;
use data_encoding::HEXLOWER;
use poem::{Request, Response, http::header, web::Data};
use poem_openapi::{
    ApiResponse, Enum, Object, OpenApi,
    param::Path,
    payload::{Json, Payload},
    registry::{MetaSchemaRef, Registry},
    types::{ToJSON, Type},
};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OnceCell;
use uuid::Uuid;

#[derive(Default)]
pub struct Bundles {
    shelf: Mutex<Written>,
    /// One writes a shelf, the others wait for it; nobody waits who only reads the one there is.
    turn: tokio::sync::Mutex<()>,
}

/// A catalogue and its shelf; `None` before the first.
type Written = Option<(Arc<Catalogue>, Arc<Shelf>)>;

/// The bundles of a course.
#[derive(Object)]
pub struct Manifest {
    #[oai(validator(max_length = 64))]
    course: String,
    /// Whether the bundles hold keys and feedback, so that a device can mark without a network.
    offline_answers: bool,
    #[oai(validator(max_items = 255))]
    bundles: Vec<BundleInfo>,
}

/// A bundle that can be fetched.
#[derive(Debug, Clone, Object)]
pub struct BundleInfo {
    #[oai(validator(minimum(value = "1"), maximum(value = "255")))]
    chapter: i32,
    /// Of the unpacked bytes; names the bundle.
    #[oai(validator(pattern = "^[0-9a-f]{64}$", max_length = 64))]
    sha256: String,
    /// Unpacked.
    bytes: i64,
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000")))]
    questions: i32,
}

/// A chapter to take along.
#[derive(Object)]
pub struct Bundle {
    /// The version of this shape: 1.
    format: i32,
    #[oai(validator(max_length = 64))]
    course: String,
    #[oai(validator(minimum(value = "1"), maximum(value = "255")))]
    chapter: i32,
    /// Of the questions (BCP 47).
    #[oai(validator(max_length = 10))]
    language: String,
    #[oai(validator(max_items = 2000))]
    questions: Vec<BundleQuestion>,
}

/// A question of a bundle. Shuffle the parts before you show them.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct BundleQuestion {
    /// Send it back in the answer.
    id: Uuid,
    /// Send it back in the answer.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    revision: i32,
    /// The author's own id, for talking about it.
    #[oai(validator(max_length = 40))]
    reference: String,
    /// Slugs, the main concept first.
    #[oai(validator(max_items = 20))]
    concepts: Vec<String>,
    /// 1 easy, 2 middle, 3 hard.
    #[oai(validator(minimum(value = "1"), maximum(value = "3")))]
    difficulty: i32,
    /// Markdown. Gaps of a cloze are `{{1}}`, `{{2}}` …
    #[oai(validator(max_length = 4000))]
    stem: String,
    body: QuestionBody,
    /// Help that does not give the answer away.
    #[oai(validator(max_items = 2))]
    hints: Vec<String>,
    image: Option<Image>,
    /// The chance of guessing it right, 0 to 1, which the scheduler weighs.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    guess: f64,
    /// What is right, and what to say; only where the course allows offline answers.
    answer: Option<OfflineAnswer>,
}

/// How to mark without a network. The server marks again when the answer arrives, and its mark stands.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct OfflineAnswer {
    key: Key,
    /// The least score that counts as right.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    pass_at: f64,
    /// How several right options are scored.
    scoring: Option<OptionScoring>,
    /// Whether slips of the keyboard are forgiven in long words.
    typos: Option<bool>,
    /// Whether a text may stand in any gap.
    any_order: Option<bool>,
    /// What the tolerance of a number measures.
    tolerance_kind: Option<ToleranceKind>,
    #[oai(validator(max_items = 500))]
    feedback: Vec<ForeseenFeedback>,
    /// Why the key is right. Markdown.
    #[oai(validator(max_length = 8000))]
    explanation: String,
    /// Where it stands.
    #[oai(validator(max_length = 4000))]
    source: String,
}

/// How a question with several right options is scored.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "snake_case")]
pub enum OptionScoring {
    /// max(0, hits/K − false/D) for K right and D wrong options.
    Partial,
    /// 1 for every right option and no wrong one, else 0.
    AllOrNothing,
}

/// What a tolerance t around the answer a measures; always inclusive.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ToleranceKind {
    /// |x − a| ≤ t.
    Absolute,
    /// |x − a| ≤ t·|a|.
    Relative,
    /// a/(1+t) ≤ x ≤ a·(1+t).
    Geometric,
}

/// When to say something.
#[derive(Debug, Clone, Copy, Enum)]
#[oai(rename_all = "snake_case")]
pub enum FeedbackWhen {
    /// The learner chose or placed the part.
    Chosen,
    /// He was right.
    Right,
    /// His answer is one of `matches`.
    Matches,
    /// Another wrong answer.
    Otherwise,
    /// He compares his own answer.
    Always,
}

/// What the author says to an answer he foresaw.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ForeseenFeedback {
    /// The part, or the number of the gap from 1; absent for the answer as a whole.
    #[oai(validator(max_length = 40))]
    part: Option<String>,
    when: FeedbackWhen,
    /// Wrong answers, written as the author did: `*` stands for anything.
    #[oai(validator(max_items = 100))]
    matches: Option<Vec<String>>,
    /// Markdown.
    #[oai(validator(max_length = 4000))]
    text: String,
}

/// All bundles of a catalogue.
#[derive(Default)]
struct Shelf {
    /// By course.
    manifests: HashMap<String, Vec<BundleInfo>>,
    /// By digest.
    bundles: HashMap<String, Arc<Packed>>,
}

/// A bundle, and its packed forms once they were asked for.
struct Packed {
    plain: Vec<u8>,
    forms: [OnceCell<Vec<u8>>; 3],
}

/// What a bundle is kept in, the smallest first.
const FORMS: [Encoding; 3] = [Encoding::Br, Encoding::Zstd, Encoding::Gzip];
const FOR_EVER: &str = "private, max-age=31536000, immutable";

#[derive(ApiResponse)]
enum BundleResponse {
    /// The bundle
    #[oai(status = 200)]
    Ok(BundleBytes),
}

/// JSON that was written and packed before.
struct BundleBytes {
    sha256: String,
    encoding: Encoding,
    bytes: Vec<u8>,
}

#[OpenApi]
impl Bundles {
    /// Get the bundles of a course
    ///
    /// One bundle per chapter, named by its content: fetch those you do not have yet, drop those that are listed no
    /// more. Ask with the ETag: while nothing was changed, nothing is sent.
    #[oai(path = "/v1/courses/:course/manifest", method = "get", operation_id = "getManifest", tag = "Tag::Sync")]
    async fn get_manifest(
        &self,
        app: Data<&Arc<App>>,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Path<String>,
    ) -> poem::Result<Json<Manifest>> {
        let content = app.catalogue().course(&course.0)?;
        let shelf = self.shelf(app.catalogue()).await?;
        let bundles = shelf.manifests.get(&course.0).cloned().unwrap_or_default();
        Ok(Json(Manifest { course: course.0, offline_answers: content.course.offline_answers, bundles }))
    }

    /// Get a bundle
    ///
    /// Never changes under its name: keep it as long as a manifest lists it. Sent as br, zstd or gzip, packed in
    /// advance. It holds keys and feedback where the course allows offline answers. 404 for one that is listed no more:
    /// fetch the manifest again.
    #[oai(path = "/v1/bundles/:sha256", method = "get", operation_id = "getBundle", tag = "Tag::Sync")]
    async fn get_bundle(
        &self,
        app: Data<&Arc<App>>,
        _caller: Signed,
        request: &Request,
        /// `sha256` of a manifest.
        #[oai(validator(pattern = "^[0-9a-f]{64}$", max_length = 64))]
        sha256: Path<String>,
    ) -> poem::Result<BundleResponse> {
        let mut shelf = self.shelf(app.catalogue()).await?;
        if !shelf.bundles.contains_key(&sha256.0) {
            // Another instance may have listed it a moment ago.
            app.refresh_catalogue().await?;
            shelf = self.shelf(app.catalogue()).await?;
        }
        let packed = shelf.bundles.get(&sha256.0).ok_or(Error::NotFound("bundle"))?;
        let offered = [&FORMS[..], &[Encoding::Identity]].concat();
        let encoding = packing::negotiate(packing::accepted(request).as_deref(), &offered);
        let encoding = encoding.unwrap_or(Encoding::Identity);
        let bytes = packed.form(encoding).await?;
        Ok(BundleResponse::Ok(BundleBytes { sha256: sha256.0, encoding, bytes }))
    }
}

impl Bundles {
    /// The bundles of this catalogue, written if they are not yet. Most new catalogues have other parameters and the
    /// same questions, so what is packed already is taken over.
    async fn shelf(&self, catalogue: Arc<Catalogue>) -> poem::Result<Arc<Shelf>> {
        if let Some(written) = self.written_for(&catalogue).1 {
            return Ok(written);
        }
        let _turn = self.turn.lock().await;
        let (last, written) = self.written_for(&catalogue);
        if let Some(written) = written {
            return Ok(written);
        }
        let known = Arc::clone(&catalogue);
        let writing = tokio::task::spawn_blocking(move || Arc::new(Shelf::new(&catalogue, last.as_deref())));
        let written = writing.await.map_err(|_| Raised::new(Code::Internal, "the bundles could not be written"))?;
        *self.shelf.lock().unwrap_or_else(PoisonError::into_inner) = Some((known, Arc::clone(&written)));
        Ok(written)
    }

    /// The last shelf, and the same if it is that of `catalogue`.
    fn written_for(&self, catalogue: &Arc<Catalogue>) -> (Option<Arc<Shelf>>, Option<Arc<Shelf>>) {
        let shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((known, written)) = &*shelf else { return (None, None) };
        (Some(Arc::clone(written)), Arc::ptr_eq(known, catalogue).then(|| Arc::clone(written)))
    }
}

impl Shelf {
    fn new(catalogue: &Catalogue, last: Option<&Self>) -> Self {
        let mut shelf = Self::default();
        for content in catalogue.courses() {
            let chapters = content.course.chapters.iter().map(|chapter| chapter.number);
            let infos = chapters.filter_map(|chapter| shelf.put(content, chapter, last)).collect();
            shelf.manifests.insert(content.course.slug.clone(), infos);
        }
        shelf
    }

    /// `None` for a chapter without questions.
    fn put(&mut self, content: &CourseContent, chapter: u8, last: Option<&Self>) -> Option<BundleInfo> {
        let bundle = Bundle::new(content, chapter);
        let questions = bundle.questions.len() as i32;
        let plain = bundle.to_json_string().into_bytes();
        let bytes = plain.len() as i64;
        let info = BundleInfo { chapter: chapter.into(), sha256: self.keep(plain, last), bytes, questions };
        (questions > 0).then_some(info)
    }

    /// Puts a bundle on the shelf, with its packed forms if it stood on the last one; its name.
    fn keep(&mut self, plain: Vec<u8>, last: Option<&Self>) -> String {
        let sha256 = HEXLOWER.encode(&Sha256::digest(&plain));
        let known = last.and_then(|last| last.bundles.get(&sha256)).map(Arc::clone);
        let packed = known.unwrap_or_else(|| Arc::new(Packed { plain, forms: Default::default() }));
        self.bundles.insert(sha256.clone(), packed);
        sha256
    }
}

impl Packed {
    async fn form(&self, encoding: Encoding) -> poem::Result<Vec<u8>> {
        let Some(at) = FORMS.iter().position(|form| *form == encoding) else { return Ok(self.plain.clone()) };
        let pack = || async {
            let plain = self.plain.clone();
            let runtime = tokio::runtime::Handle::current();
            // A third of a second of work, once.
            let packing = move || runtime.block_on(packing::packed(encoding, Level::Best, &plain));
            let packed = tokio::task::spawn_blocking(packing).await.ok().and_then(Result::ok);
            packed.ok_or_else(|| Raised::new(Code::Internal, "the bundle could not be packed"))
        };
        Ok(self.forms[at].get_or_try_init(pack).await?.clone())
    }
}

impl Bundle {
    fn new(content: &CourseContent, chapter: u8) -> Self {
        let entries = content.asked().filter(|entry| entry.chapter == chapter);
        let offline = content.course.offline_answers;
        Self {
            format: 1,
            course: content.course.slug.clone(),
            chapter: chapter.into(),
            language: content.course.language.clone(),
            questions: entries.map(|entry| BundleQuestion::new(entry, offline)).collect(),
        }
    }
}

impl BundleQuestion {
    fn new(entry: &Entry, offline: bool) -> Self {
        let question = &entry.question;
        // Parts in an order that is nobody's: without keys it must tell nothing.
        let order = entry.id.0.as_u64_pair().1;
        Self {
            id: entry.id.0,
            revision: entry.revision,
            reference: question.id.clone(),
            concepts: question.concepts.clone(),
            difficulty: question.difficulty.into(),
            stem: question.stem.clone(),
            body: present(question, order).into(),
            hints: question.hints.clone(),
            image: question.image.as_ref().map(Image::from),
            guess: guess_chance(&question.body),
            answer: offline.then(|| OfflineAnswer::new(question)),
        }
    }
}

impl OfflineAnswer {
    fn new(question: &question::Question) -> Self {
        let (mut scoring, mut typos, mut any_order, mut tolerance_kind) = (None, None, None, None);
        match &question.body {
            Body::Multiple { scoring: how, .. } => scoring = Some((*how).into()),
            Body::ShortText(key) => typos = Some(key.typos),
            Body::Cloze { gaps, any_order: any } => {
                typos = Some(gaps.iter().all(|gap| gap.typos));
                any_order = Some(*any);
            }
            Body::Numeric(key) => tolerance_kind = Some(key.tolerance_kind.into()),
            _ => {}
        }
        Self {
            key: question::Key::of(&question.body).into(),
            pass_at: question.pass_at,
            scoring,
            typos,
            any_order,
            tolerance_kind,
            feedback: foreseen(&question.body).into_iter().map(ForeseenFeedback::from).collect(),
            explanation: question.explanation.clone(),
            source: question.source.reference.clone(),
        }
    }
}

impl From<Said> for ForeseenFeedback {
    fn from(said: Said) -> Self {
        let (when, matches) = match said.when {
            When::Chosen => (FeedbackWhen::Chosen, None),
            When::Right => (FeedbackWhen::Right, None),
            When::Matches(texts) => (FeedbackWhen::Matches, Some(texts)),
            When::Otherwise => (FeedbackWhen::Otherwise, None),
            When::Always => (FeedbackWhen::Always, None),
        };
        Self { part: said.part, when, matches, text: said.text }
    }
}

impl From<Scoring> for OptionScoring {
    fn from(scoring: Scoring) -> Self {
        match scoring {
            Scoring::Partial => Self::Partial,
            Scoring::AllOrNothing => Self::AllOrNothing,
        }
    }
}

impl From<Tolerance> for ToleranceKind {
    fn from(tolerance: Tolerance) -> Self {
        match tolerance {
            Tolerance::Absolute => Self::Absolute,
            Tolerance::Relative => Self::Relative,
            Tolerance::Geometric => Self::Geometric,
        }
    }
}

impl Payload for BundleBytes {
    const CONTENT_TYPE: &'static str = <Json<Bundle> as Payload>::CONTENT_TYPE;

    fn schema_ref() -> MetaSchemaRef {
        Bundle::schema_ref()
    }

    fn register(registry: &mut Registry) {
        Bundle::register(registry);
    }
}

impl poem::IntoResponse for BundleBytes {
    fn into_response(self) -> Response {
        let (token, sha256) = (self.encoding.token(), &self.sha256);
        let mut response = Response::builder()
            .content_type("application/json")
            .header(header::CACHE_CONTROL, FOR_EVER)
            .header(header::VARY, "Accept-Encoding")
            .header(header::ETAG, format!("\"{sha256}-{token}\""));
        if self.encoding != Encoding::Identity {
            response = response.header(header::CONTENT_ENCODING, token);
        }
        response.body(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bundle_that_has_not_changed_keeps_its_packed_forms() {
        let (mut first, mut second) = (Shelf::default(), Shelf::default());
        let old = first.keep(b"{\"chapter\":1}".to_vec(), None);
        first.bundles[&old].form(Encoding::Br).await.unwrap();
        assert_eq!(second.keep(b"{\"chapter\":1}".to_vec(), Some(&first)), old);
        assert!(second.bundles[&old].forms[0].initialized(), "packed once");
        let new = second.keep(b"{\"chapter\":2}".to_vec(), Some(&first));
        assert!(new != old && !second.bundles[&new].forms[0].initialized());
    }
}
