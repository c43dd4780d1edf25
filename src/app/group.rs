//! Many callers' batches in one transaction: read, judge, fold, write, commit, then a receipt for each.
//!
//! The number of statements is the same for one answer of one learner and for hundreds of many: everything is looked
//! up and written for all of them at once.

use super::{
    App, Defect, Enrolment, Error, Outcome, Receipt, Result,
    answers::{Content, Prepared},
    fold::Fold,
    judge::{Ledger, Stored, Touched},
};
use crate::{
    store::{
        self, Txn,
        answers::{EventBody, EventKey, NewEvent},
        learners::Learner,
    },
    vocab::id::{LearnerId, QuestionId},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// What was decided for one batch.
struct Verdict {
    learner: LearnerId,
    outcomes: Vec<Outcome>,
    touched: Touched,
}

/// What a commit did to each learner in it.
type Folds = BTreeMap<LearnerId, Vec<Fold>>;

/// A batch that is stored. Its caller makes the receipt of it himself, because the next commit waits for the writer.
pub(super) struct Committed {
    verdict: Verdict,
    /// The last number of the learner's stream.
    head: i64,
    folds: Arc<Folds>,
}

impl App {
    /// Writes the batches in one commit. A learner who is gone is told so and holds nobody up; any other failure is of
    /// the whole group, and nothing of it is stored.
    pub(super) async fn write_group(&self, group: &[Prepared]) -> Result<Vec<Result<Committed>>> {
        let txn = self.db.write().await?;
        let version = store::catalogue::hold_version(&txn).await?;
        if group.iter().any(|batch| batch.catalogue.version != version) {
            return Err(Error::Outdated);
        }
        let ids: BTreeSet<LearnerId> = group.iter().map(|batch| batch.learner).collect();
        let ids: Vec<LearnerId> = ids.into_iter().collect();
        let learners = match self.has(Defect::NoRowLock) {
            false => store::learners::lock_all(&txn, &ids).await?,
            true => store::learners::read_all(&txn, &ids).await?,
        };
        let mut ledgers: BTreeMap<LearnerId, Ledger> =
            learners.values().map(|learner| (learner.id, Ledger::new(learner.id, learner.head))).collect();
        let verdicts = self.judge_group(&txn, &ids, group, &mut ledgers).await?;
        let heads: HashMap<LearnerId, i64> = ledgers.iter().map(|(id, ledger)| (*id, ledger.head)).collect();
        let folds = Arc::new(self.store_group(&txn, &learners, ledgers).await?);
        txn.commit().await?;
        let committed = |verdict: Option<Verdict>| {
            let verdict = verdict.ok_or(Error::Erased)?;
            let head = heads.get(&verdict.learner).copied().unwrap_or_default();
            Ok(Committed { verdict, head, folds: Arc::clone(&folds) })
        };
        Ok(verdicts.into_iter().map(committed).collect())
    }

    /// `None` for a learner who is gone.
    async fn judge_group(
        &self,
        txn: &Txn,
        ids: &[LearnerId],
        group: &[Prepared],
        ledgers: &mut BTreeMap<LearnerId, Ledger>,
    ) -> Result<Vec<Option<Verdict>>> {
        let enrolments = store::enrolments::all(txn, ids).await?;
        let enrolments = enrolments.into_iter().map(|(key, row)| (key, Enrolment::from_row(Some(row)))).collect();
        let known = store::answers::known(txn, &keys(group)).await?;
        let catalogue = self.catalogue();
        let (now, defect) = (self.clock.now(), self.defect);
        let stored = Stored { now, catalogue: &catalogue, known: &known, enrolments: &enrolments, defect };
        let judge = |batch: &Prepared| {
            let ledger = ledgers.get_mut(&batch.learner)?;
            let mut touched = Touched::new();
            let judged = batch.events.iter().map(|event| ledger.judge(&stored, event, batch.device_id, &mut touched));
            let outcomes = judged.collect();
            Some(Verdict { learner: batch.learner, outcomes, touched })
        };
        Ok(group.iter().map(judge).collect())
    }

    /// Stores what is new and folds it; a group of repeats alone writes nothing.
    async fn store_group(
        &self,
        txn: &Txn,
        learners: &HashMap<LearnerId, Learner>,
        ledgers: BTreeMap<LearnerId, Ledger>,
    ) -> Result<Folds> {
        let (mut events, mut heads, mut folds) = (Vec::new(), Vec::new(), Vec::new());
        for (learner, ledger) in ledgers.into_iter().filter(|(_, ledger)| !ledger.new.is_empty()) {
            heads.extend(learners.get(&learner).map(|row| Learner { head: ledger.head, ..*row }));
            folds.extend(ledger.courses.into_values().map(|batch| Fold::new(learner, ledger.head, batch)));
            events.extend(ledger.new.into_iter().map(|event| (learner, event)));
        }
        if events.is_empty() {
            return Ok(Folds::new());
        }
        let voided = if self.has(Defect::NoVoidGuard) { BTreeSet::new() } else { voided(txn, &events).await? };
        let mut batch = txn.batch();
        store::answers::insert(&mut batch, &events).await?;
        store::learners::set_heads(&mut batch, &heads).await?;
        self.fold_all((txn, &mut batch), &mut folds, &voided).await?;
        batch.send().await?;
        let mut of_learners = Folds::new();
        for fold in folds {
            of_learners.entry(fold.learner()).or_default().push(fold);
        }
        Ok(of_learners)
    }

    pub(super) fn receipt(&self, committed: Committed) -> Receipt {
        let Committed { verdict, head, folds } = committed;
        let mut receipt = Receipt {
            outcomes: verdict.outcomes,
            epoch: self.catalogue().epoch.clone(),
            head,
            server_time: self.clock.now(),
            cards: Vec::new(),
            removed: Vec::new(),
            concepts: Vec::new(),
        };
        for fold in folds.get(&verdict.learner).into_iter().flatten() {
            let mine = verdict.touched.iter().filter(|(course, _)| course == fold.course());
            let questions: BTreeSet<QuestionId> = mine.map(|(_, question)| *question).collect();
            receipt.cards.extend(self.card_views(fold, &questions));
            receipt.removed.extend(Self::removed(fold, &questions));
            receipt.concepts.extend(self.concept_changes(fold, &questions));
        }
        receipt
    }
}

/// Every id a group names: its events and what they take back.
fn keys(group: &[Prepared]) -> Vec<EventKey> {
    let mut keys = Vec::new();
    for batch in group {
        for event in &batch.events {
            keys.extend(event.id.map(|id| (batch.learner, id)));
            if let Ok(readable) = &event.readable
                && let Ok(Content::Void(target)) = &readable.content
            {
                keys.push((batch.learner, *target));
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Which of the new events are taken back, by stored voids or by one another.
async fn voided(txn: &Txn, events: &[(LearnerId, NewEvent)]) -> Result<BTreeSet<EventKey>> {
    let ids: Vec<EventKey> = events.iter().map(|(learner, event)| (*learner, event.id)).collect();
    let mut voided = store::answers::voided(txn, &ids).await?;
    voided.extend(events.iter().filter_map(|(learner, event)| match event.body {
        EventBody::Void(target) => Some((*learner, target)),
        _ => None,
    }));
    Ok(voided)
}
