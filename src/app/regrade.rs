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
        answers::{EventBody, Given, NewEvent},
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

/// Writes the regrades that follow from mended keys.
pub(super) async fn regrade(
    txn: &Txn,
    (ids, now): (&Ids, Timestamp),
    mended: &[Mended],
    names: &[String],
    report: &mut LoadReport,
) -> Result<()> {
    let mut changes: BTreeMap<LearnerId, Vec<(Given, i32, Effect)>> = BTreeMap::new();
    for question in mended {
        for given in store::answers::given_to(txn, question.question).await? {
            let older = question.older.get(&given.revision);
            if let Some(effect) = older.and_then(|older| effect_now(older, &given, names)) {
                changes.entry(given.learner).or_default().push((given, question.revision, effect));
            }
        }
    }
    let learners: Vec<LearnerId> = changes.keys().copied().collect();
    let rows = store::learners::lock_all(txn, &learners).await?;
    let (mut events, mut heads) = (Vec::new(), Vec::new());
    for (learner, changes) in changes {
        let Some(row) = rows.get(&learner) else { continue };
        let mut head = row.head;
        for (given, revision, effect) in changes {
            head += 1;
            events.push((learner, event(EventId(ids.uuid()), head, &given, (revision, effect), now)));
        }
        heads.push(Learner { head, ..*row });
    }
    (report.regraded_answers, report.regraded_learners) = (events.len(), heads.len());
    if !events.is_empty() {
        store::answers::insert(txn, &events).await?;
        store::learners::set_heads(txn, &heads).await?;
    }
    Ok(())
}

/// The effect by the mended key, if it is another one.
fn effect_now(question: &Question, given: &Given, names: &[String]) -> Option<Effect> {
    let raw: RawAnswer = serde_json::from_str(&given.raw).ok()?;
    let mark = question::mark(question, &raw.response, names).ok()?;
    let conduct = Conduct { hints: raw.hints.unwrap_or(0), practice: raw.practice.unwrap_or(false) };
    let effect = grading::effect(question, &raw.response, &mark, conduct);
    (Some(effect) != given.effect).then_some(effect)
}

fn event(id: EventId, seq: i64, given: &Given, (revision, effect): (i32, Effect), now: Timestamp) -> NewEvent {
    NewEvent {
        id,
        seq,
        course: given.course.clone(),
        revision,
        body: EventBody::Regrade { target: given.id, question: given.question, effect },
        order_at: given.order_at,
        hash: String::new(),
        raw: format!(r#"{{"kind":"regrade","ref":"{}"}}"#, given.id),
        device_id: None,
        received_at: now,
    }
}
