//! A learner's reviews in Anki, taken over as events of his log, so that nobody starts from zero.
//!
//! They go the way of every answer, in batches of the size of a commit: through the writer, in order, once. So
//! reading the same or a later export again adds only what is new, and it does not matter whether the learner has
//! answered here before. A package comes from outside and is kept on the disk while it is read, never in memory.

use super::{
    App, Error, Event, EventKind, Fault, Outcome, Rejection, RejectionCode, Result, Strict, Submission, Submitted,
};
use crate::{
    domain::history::{self, Asks, Bounds, Matcher, PackageFault, Rated, Skip},
    store::anki::{Collection, CollectionFault},
    vocab::{
        id::{LearnerId, QuestionId},
        time::Timestamp,
    },
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::File,
    io,
    path::Path,
    time::Duration,
};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// What was taken over, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Notes with reviews that ask a question of the course.
    pub matched: u64,
    /// Notes with reviews that ask none.
    pub unmatched: u64,
    /// Notes that may ask several questions, of which none was chosen.
    pub ambiguous: u64,
    /// The first notes that were not matched, by their first words.
    pub examples: Vec<String>,
    /// Questions with reviews that count.
    pub questions: u64,
    /// Reviews that are new in the log; of a trial run, that would be sent.
    pub imported: u64,
    /// Reviews that were in the log already.
    pub duplicate: u64,
    /// Rows that were left out, by reason.
    pub skipped: BTreeMap<Skip, u64>,
}

/// Whether something is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running {
    Trial,
    InEarnest,
}

/// A package as it came, on the disk; removed when it is dropped.
pub struct Package(NamedTempFile);

/// Who may upload and who may read; both cost a disk and a core.
pub(super) struct Imports {
    uploads: Semaphore,
    turn: Semaphore,
}

/// The largest package that is taken over the network. Without media a collection has a few megabytes.
pub const MOST_PACKED: u64 = 32 * 1024 * 1024;
/// What a package from the network may cost to read.
const FROM_OUTSIDE: Bounds = Bounds { files: 20_000, collection: 256 * 1024 * 1024 };
/// The operator's own files may have media with them.
const FROM_OPERATOR: Bounds = Bounds { files: 1_000_000, collection: 4 * 1024 * 1024 * 1024 };
/// How long one waits for the turn of others.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);
/// Reviews of one course; more nobody makes.
const MOST_REVIEWS: usize = 200_000;
/// As many as one commit holds at most: where the learner has answered here since, each commit folds his whole log.
const BATCH: usize = 2_000;
const EXAMPLES: usize = 20;

impl Imports {
    pub(super) fn new() -> Self {
        Self { uploads: Semaphore::new(4), turn: Semaphore::new(1) }
    }
}

impl App {
    /// Keeps a package that comes over the network until it is dropped; `None` if it is larger than [`MOST_PACKED`].
    pub async fn keep_package(&self, body: impl AsyncRead) -> Result<Option<Package>> {
        let _permit = wait(&self.imports.uploads).await?;
        keep(body).await
    }

    /// Takes over what a learner sent.
    pub async fn import_package(
        &self,
        learner: LearnerId,
        course: &str,
        package: &Package,
        running: Running,
    ) -> Result<History> {
        let file = package.0.reopen().map_err(|cause| own(&cause))?;
        self.import(learner, course, Source { file, bounds: FROM_OUTSIDE, list: Vec::new() }, running).await
    }

    /// Takes over what an operator has on his disk; `list` says which notes ask which questions, and wins.
    pub async fn import_file(
        &self,
        learner: LearnerId,
        course: &str,
        (path, list): (&Path, Vec<(String, String)>),
        running: Running,
    ) -> Result<History> {
        let file = File::open(path).map_err(|cause| invalid(format!("{} cannot be read: {cause}", path.display())))?;
        self.import(learner, course, Source { file, bounds: FROM_OPERATOR, list }, running).await
    }

    async fn import(&self, learner: LearnerId, course: &str, source: Source, running: Running) -> Result<History> {
        let content = self.catalogue().course(course)?;
        let matcher = Matcher::new(content.wordings()).listing(source.list);
        let matcher = matcher.map_err(|unknown| invalid(format!("no such question: {}", unknown.join(", "))))?;
        let (mut history, reviews) = {
            let _turn = wait(&self.imports.turn).await?;
            let collection = unpacked(source.file, source.bounds).await?;
            read(collection.path(), &matcher, self.clock.now()).await?
        };
        history.questions = reviews.iter().map(|review| review.question).collect::<BTreeSet<_>>().len() as u64;
        match running {
            Running::Trial => history.imported = reviews.len() as u64,
            Running::InEarnest => self.take_over(learner, &reviews, &mut history).await?,
        }
        Ok(history)
    }

    /// Sends the reviews as a device would, the oldest first, so that a new learner's are only appended.
    async fn take_over(&self, learner: LearnerId, reviews: &[Rated], history: &mut History) -> Result<()> {
        for batch in reviews.chunks(BATCH) {
            let events = batch.iter().map(submitted).collect();
            let receipt = self.record(Submission { learner, device_id: None, events }).await?;
            for outcome in &receipt.outcomes {
                history.count(outcome)?;
            }
        }
        Ok(())
    }
}

/// A package and what it may cost.
struct Source {
    file: File,
    bounds: Bounds,
    list: Vec<(String, String)>,
}

impl History {
    fn count(&mut self, outcome: &Outcome) -> Result<()> {
        match outcome {
            Outcome::Applied { .. } => self.imported += 1,
            Outcome::Duplicate { .. } => self.duplicate += 1,
            Outcome::Rejected { rejection: Rejection { code: RejectionCode::IdReused, .. }, .. } => {
                self.skip(Skip::Elsewhere);
            }
            Outcome::Rejected { rejection, .. } => {
                return Err(Error::Internal(format!("an imported review was refused: {}", rejection.detail)));
            }
        }
        Ok(())
    }

    fn skip(&mut self, reason: Skip) {
        *self.skipped.entry(reason).or_default() += 1;
    }
}

async fn wait(semaphore: &Semaphore) -> Result<SemaphorePermit<'_>> {
    let waited = timeout(TURN_TIMEOUT, semaphore.acquire()).await;
    let busy = || Error::Unavailable("other packages are being read".into());
    waited.ok().and_then(std::result::Result::ok).ok_or_else(busy)
}

async fn keep(body: impl AsyncRead) -> Result<Option<Package>> {
    let package = NamedTempFile::new().map_err(|cause| own(&cause))?;
    let file = package.reopen().map_err(|cause| own(&cause))?;
    let mut file = tokio::fs::File::from_std(file);
    let mut body = std::pin::pin!(body.take(MOST_PACKED + 1));
    let (mut buffer, mut length) = (vec![0; 64 * 1024], 0);
    loop {
        let read = body.read(&mut buffer).await.map_err(|_| invalid("the body ended too early"))?;
        length += read as u64;
        if length > MOST_PACKED {
            return Ok(None);
        }
        if read == 0 {
            file.flush().await.map_err(|cause| own(&cause))?;
            return Ok(Some(Package(package)));
        }
        file.write_all(&buffer[..read]).await.map_err(|cause| own(&cause))?;
    }
}

/// The collection of a package in a file of its own; unpacking is a matter of seconds and has its own thread.
async fn unpacked(package: File, bounds: Bounds) -> Result<NamedTempFile> {
    let unpack = move || -> Result<NamedTempFile> {
        let mut collection = NamedTempFile::new().map_err(|cause| own(&cause))?;
        history::unpack(io::BufReader::new(package), &mut collection, bounds).map_err(|fault| match fault {
            PackageFault::Io(cause) => own(&cause),
            fault => invalid(fault.to_string()),
        })?;
        Ok(collection)
    };
    let unpacked = tokio::task::spawn_blocking(unpack).await;
    unpacked.map_err(|cause| Error::Internal(format!("a package was not unpacked: {cause}")))?
}

/// What the collection holds, and the reviews of it that count, the oldest first.
async fn read(path: &Path, matcher: &Matcher, now: Timestamp) -> Result<(History, Vec<Rated>)> {
    let mut collection = Collection::open(path).await?;
    let mut reading = Reading::default();
    let result = reading.all(&mut collection, matcher, now).await;
    collection.close().await;
    result?;
    if reading.reviews.len() > MOST_REVIEWS {
        return Err(invalid(format!("the collection has more than {MOST_REVIEWS} reviews of this course")));
    }
    Ok((reading.history, reading.reviews))
}

/// What has been read so far.
#[derive(Default)]
struct Reading {
    history: History,
    asks: HashMap<i64, QuestionId>,
    reviews: Vec<Rated>,
}

impl Reading {
    async fn all(
        &mut self,
        collection: &mut Collection,
        matcher: &Matcher,
        now: Timestamp,
    ) -> std::result::Result<(), CollectionFault> {
        collection.notes(|note| self.note(&note, matcher.asks(&note))).await?;
        collection
            .reviews(|row| match history::review(&row, self.asks.get(&row.note).copied(), now) {
                Ok(rated) if self.reviews.len() <= MOST_REVIEWS => self.reviews.push(rated),
                Ok(_) => {}
                Err(reason) => self.history.skip(reason),
            })
            .await
    }

    fn note(&mut self, note: &history::Note, asks: Asks) {
        match asks {
            Asks::Question(question) => {
                self.asks.insert(note.id, question);
                self.history.matched += 1;
                return;
            }
            Asks::Several => self.history.ambiguous += 1,
            Asks::Other => self.history.unmatched += 1,
        }
        if self.history.examples.len() < EXAMPLES {
            self.history.examples.push(note.title());
        }
    }
}

/// The review as a device would have sent it.
fn submitted(review: &Rated) -> Submitted {
    let Rated { event, question, at, rating, took_ms } = *review;
    let mut value = json!({
        "kind": "review", "v": 1, "id": event.0, "question": question.0, "answered_at": at.to_string(),
        "rating": rating, "source": "anki",
    });
    if let Some(ms) = took_ms {
        value["duration_ms"] = ms.into();
    }
    let raw = value.to_string();
    let hash = serde_json::from_str::<Strict<'_>>(&raw).expect("what was printed reads").digest();
    let kind = EventKind::Review { question, utc_offset_min: None, took_ms, rating };
    Submitted { id: Some(event), hash, raw, event: Ok(Event { id: event, order_at: at, kind }) }
}

impl From<CollectionFault> for Error {
    fn from(fault: CollectionFault) -> Self {
        invalid(fault.to_string())
    }
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::Invalid(vec![Fault::new("", detail)])
}

/// Ours: a temporary file that cannot be made or written, mostly because the disk is full.
fn own(cause: &io::Error) -> Error {
    Error::Unavailable(format!("a package could not be kept on the disk: {cause}"))
}
