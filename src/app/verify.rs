//! Whether what is stored is what the log gives: every learner folded from nothing and compared row by row.
//!
//! One learner at a time, each as of one moment, so that a server may go on writing meanwhile. Only a repair takes the
//! learner's lock.

use super::{App, CourseContent, Enrolment, Error, Result, fold::CourseBatch, refold::Cause};
use crate::{
    domain::{
        audit::{Difference, differences},
        review::{self, Rules, State},
    },
    store::{
        self, Txn,
        answers::Log,
        audit::Stream,
        learners::Learner,
        study::{Everything, Standing},
    },
    vocab::{id::LearnerId, time::StudyDay},
};
use std::{
    fmt::{self, Display, Formatter},
    sync::Arc,
};

/// What was looked at and found for one learner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    pub events: u64,
    pub courses: u64,
    /// Courses whose parameters have changed since his last answer; the next one folds them anew.
    pub outdated: u64,
    pub cards: u64,
    pub concepts: u64,
    pub findings: Vec<Finding>,
}

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The stream is not numbered 1 to its head.
    Stream { stream: Stream, head: i64 },
    /// A derived row claims to be newer than the stream.
    Version { version: i64, head: i64 },
    /// There is a log of a course that is not in the database.
    NoCourse(String),
    /// A derived row is not what the log gives.
    State { course: String, difference: Difference },
}

impl Finding {
    /// Whether writing the fold mends it; the log itself cannot be mended.
    pub fn is_repairable(&self) -> bool {
        matches!(self, Self::State { .. })
    }
}

impl App {
    /// The next `limit` learners after `after`.
    pub async fn learners_after(&self, after: Option<LearnerId>, limit: u64) -> Result<Vec<LearnerId>> {
        Ok(store::audit::learners(&self.db, after, limit).await?)
    }

    /// Compares what is stored for a learner with his log; `None` if he is gone.
    pub async fn verify(&self, learner: LearnerId) -> Result<Option<Audit>> {
        let txn = self.db.snapshot().await?;
        let Some(learner) = store::learners::find(&txn, learner).await? else { return Ok(None) };
        Ok(Some(self.audit(&txn, learner).await?))
    }

    /// Writes what the log gives where something else is stored. Tells what was found first.
    pub async fn repair(&self, learner: LearnerId) -> Result<Option<Audit>> {
        let txn = self.db.write().await?;
        let Some(learner) = store::learners::lock(&txn, learner).await? else { return Ok(None) };
        let audit = self.audit(&txn, learner).await?;
        let enrolments = store::enrolments::all(&txn, &[learner.id]).await?;
        let batch = |course: &str| {
            let row = enrolments.get(&(learner.id, course.to_owned())).cloned();
            Ok(CourseBatch::new(self.catalogue().course(course)?, Enrolment::from_row(row)))
        };
        let batches: Vec<CourseBatch> = audit.repairable_courses().into_iter().map(batch).collect::<Result<_>>()?;
        self.refold(&txn, learner, batches, Cause::Repair).await?;
        txn.commit().await?;
        Ok(Some(audit))
    }

    async fn audit(&self, txn: &Txn, learner: Learner) -> Result<Audit> {
        let stream = store::audit::stream(txn, learner.id).await?;
        let mut audit = Audit { events: stream.events.unsigned_abs(), ..Audit::default() };
        if !is_gapless(stream, learner.head) {
            audit.findings.push(Finding::Stream { stream, head: learner.head });
        }
        let newest = store::audit::newest_version(txn, learner.id).await?;
        if let Some(version) = newest.filter(|version| *version > learner.head) {
            audit.findings.push(Finding::Version { version, head: learner.head });
        }
        for course in store::audit::courses(txn, learner.id).await? {
            audit.courses += 1;
            match self.catalogue().course(&course) {
                Ok(content) => self.audit_course(txn, learner.id, &content, &mut audit).await?,
                Err(_) => audit.findings.push(Finding::NoCourse(course)),
            }
        }
        Ok(audit)
    }

    async fn audit_course(
        &self,
        txn: &Txn,
        learner: LearnerId,
        content: &Arc<CourseContent>,
        audit: &mut Audit,
    ) -> Result<()> {
        let (course, model) = (&content.course.slug, &content.model);
        let student = store::study::student(txn, learner, course).await?;
        let (_, chosen, standing) = student.ok_or(Error::Erased)?;
        if standing.as_ref().is_some_and(|standing| standing.parameters_version != model.version) {
            audit.outdated += 1;
            return Ok(());
        }
        let key = (learner, course.clone());
        let stored = store::study::everything_of(txn, std::slice::from_ref(&key)).await?.remove(&key);
        let Everything { cards, concepts, .. } = stored.unwrap_or_default();
        audit.cards += cards.len() as u64;
        audit.concepts += concepts.len() as u64;
        let fresh = State::new(&model.parameters);
        let days = store::tallies::since(txn, learner, course, StudyDay(i32::MIN)).await?;
        let paces = store::paces::of_course(txn, learner, course).await?;
        let stored = State { cards, concepts, days, paces, ..fresh.clone() };
        let stored = match standing {
            Some(Standing { ability, tally, tail, .. }) => State { ability, tally, tail: Some(tail), ..stored },
            None => stored,
        };
        let enrolment = Enrolment::from_row(chosen);
        let memory = enrolment.model(model);
        let rules = Rules { model: &memory, course: model, settings: enrolment.settings() };
        let log = store::answers::logs(txn, std::slice::from_ref(&key)).await?.remove(&key);
        let Log { answers, voided } = log.unwrap_or_default();
        let mut folded = review::apply(&rules, fresh, &answers, &voided);
        // A class without times has no row.
        folded.paces.retain(|_, pace| !pace.as_bytes().is_empty());
        let found = differences(&stored, &folded);
        let finding = |difference| Finding::State { course: course.clone(), difference };
        audit.findings.extend(found.into_iter().map(finding));
        Ok(())
    }
}

impl Audit {
    /// Courses with a row that a fold would write anew, each once.
    fn repairable_courses(&self) -> Vec<&str> {
        let courses = self.findings.iter().filter_map(|finding| match finding {
            Finding::State { course, .. } => Some(course.as_str()),
            _ => None,
        });
        let mut courses: Vec<&str> = courses.collect();
        courses.dedup();
        courses
    }
}

fn is_gapless(stream: Stream, head: i64) -> bool {
    let (first, last) = (stream.first.unwrap_or(1), stream.last.unwrap_or(0));
    first == 1 && last == stream.events && head == last
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream { stream: Stream { events, first, last }, head } => {
                let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
                write!(f, "stream: {events} events, numbered {first} to {last}, while the head is {head}")
            }
            Self::Version { version, head } => write!(f, "a row of version {version}, while the head is {head}"),
            Self::NoCourse(course) => write!(f, "course {course}: it is not in the database"),
            Self::State { course, difference } => write!(f, "course {course}: {difference}"),
        }
    }
}
