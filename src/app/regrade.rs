//! Answers that were marked by a wrong key, marked anew when the key is mended.
//!
//! Each answer whose effect changes gets a `regrade` event in its learner's stream, in the transaction that loads the
//! course. Whoever answers later, to whatever revision, is marked by the mended key at once (`catalogue`), so it does
//! not matter which came first, the answer or the load.

use super::{Result, bank::LoadReport};
use crate::{
    clock::Ids,
    domain::{
        grading::{self, Conduct},
        question::{self, Question, Response},
        review::Effect,
    },
    store::{
        self, Txn,
        answers::{EventBody, NewEvent},
        course_log::{self, Given, Place},
        learners::Learner,
    },
    vocab::{
        id::{EventId, LearnerId, QuestionId},
        time::Timestamp,
    },
};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// A question whose key was mended: each older revision as it would have been.
pub(super) struct Mended {
    pub question: QuestionId,
    pub revision: i32,
    pub older: HashMap<i32, Question>,
}

/// What the marking reads of an event.
#[derive(Deserialize)]
struct RawAnswer {
    response: Response,
    hints: Option<u8>,
    practice: Option<bool>,
}

/// What a load has mended in a course.
pub(super) struct Mending<'a> {
    pub course: &'a str,
    pub mended: Vec<Mended>,
    /// Names of concepts, which a typo must not be mistaken for.
    pub names: Vec<String>,
}

/// An answer that counts otherwise now.
struct Change {
    target: EventId,
    question: QuestionId,
    /// The revision whose key says so.
    revision: i32,
    order_at: Timestamp,
    effect: Effect,
}

/// Answers looked at a time; only those that change are kept.
const PAGE: i64 = 5_000;

/// Writes the regrades that follow from mended keys.
pub(super) async fn regrade(
    txn: &Txn,
    (ids, now): (&Ids, Timestamp),
    mending: &Mending<'_>,
    report: &mut LoadReport,
) -> Result<()> {
    let changes = mending.changes(txn).await?;
    let learners: Vec<LearnerId> = changes.keys().copied().collect();
    let rows = store::learners::lock_all(txn, &learners).await?;
    let (mut events, mut heads) = (Vec::new(), Vec::new());
    for (learner, changes) in changes {
        let Some(row) = rows.get(&learner) else { continue };
        let mut head = row.head;
        for change in changes {
            head += 1;
            events.push((learner, event((EventId(ids.uuid()), head), mending.course, change, now)));
        }
        heads.push(Learner { head, ..*row });
    }
    (report.regraded_answers, report.regraded_learners) = (events.len(), heads.len());
    if !events.is_empty() {
        let mut batch = txn.batch();
        store::answers::insert(&mut batch, &events).await?;
        store::learners::save(&mut batch, &heads).await?;
        batch.send().await?;
    }
    Ok(())
}

impl Mending<'_> {
    /// Every answer that counts otherwise, in the order of each learner's log.
    async fn changes(&self, txn: &Txn) -> Result<BTreeMap<LearnerId, Vec<Change>>> {
        let mut changes: BTreeMap<LearnerId, Vec<Change>> = BTreeMap::new();
        if self.mended.is_empty() {
            return Ok(changes);
        }
        let questions: Vec<QuestionId> = self.mended.iter().map(|mended| mended.question).collect();
        let by_id: HashMap<QuestionId, &Mended> = self.mended.iter().map(|mended| (mended.question, mended)).collect();
        let regraded = course_log::regraded(txn, self.course, &questions).await?;
        let mut place = Place::START;
        loop {
            let page = course_log::given_to(txn, (self.course, &questions), place, PAGE).await?;
            for given in &page {
                let effect = regraded.get(&(given.learner, given.id)).copied().unwrap_or(given.effect);
                let mended = by_id.get(&given.question);
                let change = mended.and_then(|mended| mended.change(given, effect, &self.names));
                change.into_iter().for_each(|change| changes.entry(given.learner).or_default().push(change));
            }
            let Some(last) = page.last().filter(|_| page.len() == PAGE as usize) else { return Ok(changes) };
            place = last.place();
        }
    }
}

impl Mended {
    /// What an answer comes to by the mended key, if its effect is another one than `held` so far.
    fn change(&self, given: &Given, held: Option<Effect>, names: &[String]) -> Option<Change> {
        let effect =
            effect_now(self.older.get(&given.revision)?, given, names).filter(|effect| Some(*effect) != held)?;
        let (question, revision) = (self.question, self.revision);
        Some(Change { target: given.id, question, revision, order_at: given.at, effect })
    }
}

/// The effect by the mended key.
fn effect_now(question: &Question, given: &Given, names: &[String]) -> Option<Effect> {
    let raw: RawAnswer = serde_json::from_str(&given.raw).ok()?;
    let mark = question::mark(question, &raw.response, names).ok()?;
    let conduct = Conduct { hints: raw.hints.unwrap_or(0), practice: raw.practice.unwrap_or(false) };
    Some(grading::effect(question, &raw.response, &mark, conduct))
}

fn event((id, seq): (EventId, i64), course: &str, change: Change, now: Timestamp) -> NewEvent {
    let Change { target, question, revision, order_at, effect } = change;
    NewEvent {
        id,
        seq,
        course: course.to_owned(),
        revision,
        body: EventBody::Regrade { target, question, effect },
        order_at,
        hash: "".into(),
        raw: format!(r#"{{"kind":"regrade","ref":"{target}"}}"#).into(),
        device_id: None,
        received_at: now,
    }
}
