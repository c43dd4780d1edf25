//! Many callers' batches in one transaction: read, judge, fold, write, commit, then a receipt for each.
//!
//! The number of statements is the same for one answer of one learner and for hundreds of many: everything is looked
//! up and written for all of them at once.

use super::{
    App, Defect, Enrolment, Error, Outcome, Receipt, Result,
    answers::{Content, Prepared},
    fold::Fold,
    judge::{Ledger, Present, Touched},
    recent::Left,
    together,
};
use crate::{
    store::{
        self, GroupTxn,
        answers::{EventBody, EventKey, KnownEvent, NewEvent},
        learners::Learner,
    },
    vocab::id::{LearnerId, QuestionId},
};
use futures_util::future::{join, try_join5};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// What the database knew of a group when it was locked.
struct Stored {
    /// Of the catalogue.
    version: Option<String>,
    learners: HashMap<LearnerId, Learner>,
    enrolments: HashMap<(LearnerId, String), Enrolment>,
    known: HashMap<EventKey, KnownEvent>,
    /// Those of the events a group names that are taken back.
    voided: BTreeSet<EventKey>,
}

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
    /// Writes the batches in one commit, which the disk may not have yet. A learner who is gone is told so and holds
    /// nobody up; any other failure is of the whole group, and nothing of it is stored.
    pub(super) async fn write_group(&self, group: &[Prepared]) -> Result<Vec<Result<Committed>>> {
        let (txn, stored) = self.read_stored(group).await?;
        if group.iter().any(|batch| batch.catalogue.version != stored.version) {
            return Err(Error::Outdated);
        }
        let ledger = |learner: &Learner| (learner.id, Ledger::new(learner.id, learner.head));
        let mut ledgers: BTreeMap<LearnerId, Ledger> = stored.learners.values().map(ledger).collect();
        let verdicts = self.judge_group(&stored, group, &mut ledgers);
        let heads: HashMap<LearnerId, i64> = ledgers.iter().map(|(id, ledger)| (*id, ledger.head)).collect();
        let (folds, left) = self.store_group(&txn, stored, ledgers).await?;
        together::commit(txn, group.len()).await?;
        self.recent.keep(&self.catalogue().epoch, left);
        let folds = Arc::new(folds);
        let committed = |verdict: Option<Verdict>| {
            let verdict = verdict.ok_or(Error::Erased)?;
            let head = heads.get(&verdict.learner).copied().unwrap_or_default();
            Ok(Committed { verdict, head, folds: Arc::clone(&folds) })
        };
        Ok(verdicts.into_iter().map(committed).collect())
    }

    /// Begins with what the batches are judged by; from then on nobody else changes it.
    async fn read_stored(&self, group: &[Prepared]) -> Result<(GroupTxn, Stored)> {
        let ids: BTreeSet<LearnerId> = group.iter().map(|batch| batch.learner).collect();
        let (ids, keys): (Vec<LearnerId>, Vec<EventKey>) = (ids.into_iter().collect(), keys(group));
        let txn = self.db.write_group().await?;
        let locked = async {
            match self.has(Defect::NoRowLock) {
                false => store::learners::lock_all(&txn, &ids).await,
                true => store::learners::read_all(&txn, &ids).await,
            }
        };
        // They run in this order, wherever they are sent together.
        let (version, learners, enrolments, known, voided) = try_join5(
            store::catalogue::hold_version(&txn),
            locked,
            store::enrolments::all(&txn, &ids),
            store::answers::known(&txn, &keys),
            store::answers::voided(&txn, &keys),
        )
        .await?;
        let enrolments = enrolments.into_iter().map(|(key, row)| (key, Enrolment::from_row(Some(row)))).collect();
        Ok((txn, Stored { version, learners, enrolments, known, voided }))
    }

    /// `None` for a learner who is gone.
    fn judge_group(
        &self,
        stored: &Stored,
        group: &[Prepared],
        ledgers: &mut BTreeMap<LearnerId, Ledger>,
    ) -> Vec<Option<Verdict>> {
        let (now, catalogue, defect) = (self.clock.now(), self.catalogue(), self.defect);
        let (known, enrolments) = (&stored.known, &stored.enrolments);
        let present = Present { now, catalogue: &catalogue, known, enrolments, defect };
        let judge = |batch: &Prepared| {
            let ledger = ledgers.get_mut(&batch.learner)?;
            let mut touched = Touched::new();
            let judged = batch.events.iter().map(|event| ledger.judge(&present, event, batch.device_id, &mut touched));
            let outcomes = judged.collect();
            Some(Verdict { learner: batch.learner, outcomes, touched })
        };
        group.iter().map(judge).collect()
    }

    /// Stores what is new and folds it; a group of repeats alone writes nothing.
    async fn store_group(
        &self,
        txn: &GroupTxn,
        stored: Stored,
        ledgers: BTreeMap<LearnerId, Ledger>,
    ) -> Result<(Folds, Vec<Left>)> {
        let (mut events, mut heads, mut folds) = (Vec::new(), Vec::new(), Vec::new());
        for (learner, ledger) in ledgers.into_iter().filter(|(_, ledger)| !ledger.new.is_empty()) {
            let Some(row) = stored.learners.get(&learner) else { continue };
            heads.push(Learner { head: ledger.head, ..*row });
            let fold = |batch| Fold::new(learner, (row.head, ledger.head), batch);
            folds.extend(ledger.courses.into_values().map(fold));
            events.extend(ledger.new.into_iter().map(|event| (learner, event)));
        }
        if events.is_empty() {
            return Ok((Folds::new(), Vec::new()));
        }
        let voided = if self.has(Defect::NoVoidGuard) { BTreeSet::new() } else { voided(stored.voided, &events) };
        let mut batch = txn.batch();
        store::answers::insert(&mut batch, &events).await?;
        store::learners::save(&mut batch, &heads).await?;
        self.fold_all((txn, &mut batch), &mut folds, &voided).await?;
        let (sent, left) = join(batch.send(), async { folds.iter().map(Fold::left).collect() }).await;
        sent?;
        let mut of_learners = Folds::new();
        for fold in folds {
            of_learners.entry(fold.learner()).or_default().push(fold);
        }
        Ok((of_learners, left))
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

/// What is taken back, by `stored` voids or by new ones.
fn voided(stored: BTreeSet<EventKey>, events: &[(LearnerId, NewEvent)]) -> BTreeSet<EventKey> {
    let mut voided = stored;
    voided.extend(events.iter().filter_map(|(learner, event)| match event.body {
        EventBody::Void(target) => Some((*learner, target)),
        _ => None,
    }));
    voided
}
