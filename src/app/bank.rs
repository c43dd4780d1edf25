//! Loading a course from its sources: new questions and changed ones become revisions, missing ones retire, and the
//! same files a second time change nothing.

use super::{
    App, Result,
    catalogue::StoredParameters,
    regrade::{Mended, Mending, regrade},
};
use crate::{
    clock::{Clock, Ids},
    domain::{
        bank::{Bank, ChapterQuestion},
        question::{self, Question},
    },
    store::{
        self, Db,
        catalogue::{QuestionWrite, Revision, StoredCourse, StoredQuestion},
    },
    vocab::id::QuestionId,
};
use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::Arc};

/// What a load did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadReport {
    pub created: usize,
    pub updated: usize,
    pub unchanged: usize,
    pub retired: usize,
    /// Answers that a mended key marks otherwise, and whose they are.
    pub regraded_answers: usize,
    pub regraded_learners: usize,
    /// Whether titles, chapters or concepts changed.
    pub course_changed: bool,
}

impl LoadReport {
    /// Whether the database was touched at all.
    pub fn changed(&self) -> bool {
        self.created + self.updated + self.retired > 0 || self.course_changed
    }
}

/// Writes `bank` in one transaction.
pub async fn load(db: &Db, clock: &Clock, ids: &Ids, bank: &Bank) -> Result<LoadReport> {
    let txn = db.write().await?;
    // First, so that whoever judges answers by the courses as they were is waited for, and whoever comes after sees
    // the new ones.
    store::catalogue::next_version(&txn).await?;
    let now = clock.now();
    let stored = store::catalogue::load(&txn).await?;
    let before = stored.into_iter().find(|stored| stored.course.slug == bank.course.slug);
    let source_hash = digest(&(&bank.course, &bank.concepts))?;
    let mut report = LoadReport {
        course_changed: before.as_ref().is_none_or(|before| before.source_hash != source_hash),
        ..LoadReport::default()
    };
    let writes = plan(ids, bank, before.as_ref(), &mut report)?;
    if !report.changed() {
        return Ok(report);
    }
    let course = &bank.course;
    store::catalogue::put_course(&txn, course, &bank.concepts, &source_hash, now).await?;
    store::catalogue::put_questions(&txn, &course.slug, &writes, now).await?;
    let mended = before.as_ref().map(|before| mended(before, &writes)).unwrap_or_default();
    let (version, learnt) = before.and_then(|before| before.parameters).unwrap_or((0, priors()?));
    store::catalogue::put_parameters(&txn, &course.slug, version + 1, learnt, now).await?;
    let names = bank.concepts.iter().map(|concept| concept.name.nb.clone()).collect();
    regrade(&txn, (ids, now), &Mending { course: &course.slug, mended, names }, &mut report).await?;
    txn.commit().await?;
    Ok(report)
}

impl App {
    /// Writes `bank` and serves it at once.
    pub async fn load_bank(&self, bank: &Bank) -> Result<LoadReport> {
        let report = load(&self.db, &self.clock, &self.ids, bank).await?;
        self.refresh_catalogue().await?;
        Ok(report)
    }
}

/// Questions of which an older revision had another key.
fn mended(before: &StoredCourse, writes: &[QuestionWrite]) -> Vec<Mended> {
    let mended = |write: &QuestionWrite| {
        let new = &write.new_revision.as_ref()?.question;
        let old = before.questions.iter().find(|question| question.id == write.id)?;
        let older = old.revisions.iter().enumerate().filter_map(|(place, revision)| {
            let later = old.revisions[place + 1..].iter().map(|later| later.question.as_ref());
            let held = question::mended_by(&revision.question, later);
            let now = question::with_key_of(held.as_ref().unwrap_or(&revision.question), new)?;
            Some((revision.number, now))
        });
        let older: HashMap<i32, Question> = older.collect();
        (!older.is_empty()).then_some(Mended { question: write.id, revision: write.revision, older })
    };
    writes.iter().filter_map(mended).collect()
}

/// What to write for every question; what needs no writing is only counted.
fn plan(ids: &Ids, bank: &Bank, before: Option<&StoredCourse>, report: &mut LoadReport) -> Result<Vec<QuestionWrite>> {
    let stored = before.map(|before| before.questions.as_slice()).unwrap_or_default();
    let mut missing: HashMap<QuestionId, &StoredQuestion> =
        stored.iter().map(|question| (question.id, question)).collect();
    let mut writes = Vec::new();
    for (position, source) in bank.questions.iter().enumerate() {
        let id = QuestionId::of(&bank.course.slug, &source.question.id);
        let old = missing.remove(&id);
        writes.push(write_for(ids, id, position as i32, source, old, report)?);
    }
    for (id, old) in missing {
        report.retired += usize::from(!old.retired);
        writes.push(QuestionWrite {
            id,
            reference: old.reference.clone(),
            chapter: old.chapter,
            position: i32::MAX,
            revision: old.revision,
            retired: true,
            new_revision: None,
        });
    }
    Ok(writes)
}

fn write_for(
    ids: &Ids,
    id: QuestionId,
    position: i32,
    source: &ChapterQuestion,
    old: Option<&StoredQuestion>,
    report: &mut LoadReport,
) -> Result<QuestionWrite> {
    let content_hash = content_hash(source)?;
    let current = old.and_then(|old| old.revisions.iter().find(|revision| revision.number == old.revision));
    let same = current.is_some_and(|current| current.content_hash == content_hash);
    let retired = source.question.retired;
    match old {
        None => report.created += 1,
        Some(old) if same && old.retired == retired => report.unchanged += 1,
        Some(old) if same && retired && !old.retired => report.retired += 1,
        Some(_) => report.updated += 1,
    }
    let newest = old.and_then(|old| old.revisions.last()).map_or(0, |revision| revision.number);
    let new_revision = (!same).then(|| {
        let mut question = source.question.clone();
        question.body.assign_ids(&mut || ids.part());
        Revision { number: newest + 1, content_hash, question: Arc::new(question) }
    });
    let revision = new_revision.as_ref().map_or(newest, |revision| revision.number);
    let reference = source.question.id.clone();
    Ok(QuestionWrite { id, reference, chapter: source.chapter, position, revision, retired, new_revision })
}

/// What a learner meets; whether it is asked at all, and what the linter was told, make no new revision.
fn content_hash(source: &ChapterQuestion) -> Result<String> {
    let mut question = source.question.clone();
    (question.retired, question.lint) = (false, std::collections::BTreeMap::new());
    digest(&(source.chapter, question))
}

fn priors() -> Result<String> {
    serde_json::to_string(&StoredParameters::default()).map_err(|cause| super::Error::Internal(cause.to_string()))
}

fn digest(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_vec(value).map_err(|cause| super::Error::Internal(cause.to_string()))?;
    Ok(HEXLOWER.encode(&Sha256::digest(text)))
}
