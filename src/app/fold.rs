//! From stored state and new answers to new stored state, for every learner and course of one commit.
//!
//! Answers that come after everything stored are folded onto the rows they touch; late ones, taken back ones, or new
//! parameters start from the whole log. Both ways end in the same state, bit by bit. What is read and written is read
//! and written for all learners at once.

use super::{App, CardView, ConceptChange, ConceptView, CourseContent, Enrolment, Result, views::Viewer};
use crate::{
    domain::{
        mastery::Level,
        memory::Model,
        review::{self, Answer, Rules, State},
    },
    store::{
        self, Batch, Queries, Txn,
        answers::EventKey,
        folded::{Folded, Scope},
        study::{Everything, Standing, StandingKey},
    },
    vocab::id::{EventId, LearnerId, QuestionId},
};
use futures_util::future::join;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// What a commit does to one learner in one course.
pub(super) struct CourseBatch {
    pub course: Arc<CourseContent>,
    pub enrolment: Enrolment,
    pub answers: Vec<Answer>,
    /// Questions whose card may have changed.
    pub questions: BTreeSet<QuestionId>,
    /// Something that was folded is taken back, so the fold must begin anew.
    pub takes_back: bool,
    /// The learner's days begin elsewhere, and every card is due at another instant than devices were told.
    pub days_moved: bool,
}

/// One learner in one course, on the way through a fold.
pub(super) struct Fold {
    learner: LearnerId,
    /// The stream's head after the commit.
    version: i64,
    batch: CourseBatch,
    model: Model,
    questions: Vec<QuestionId>,
    concepts: Vec<String>,
    /// What was stored: of a fold from nothing everything, else what it touches.
    before: Everything,
    state: State,
    from_scratch: bool,
}

impl CourseBatch {
    pub(super) fn new(course: Arc<CourseContent>, enrolment: Enrolment) -> Self {
        Self {
            course,
            enrolment,
            answers: Vec::new(),
            questions: BTreeSet::new(),
            takes_back: false,
            days_moved: false,
        }
    }
}

impl Fold {
    pub(super) fn new(learner: LearnerId, version: i64, batch: CourseBatch) -> Self {
        let questions: Vec<QuestionId> = batch.questions.iter().copied().collect();
        let items = questions.iter().filter_map(|id| batch.course.model.items.get(id));
        let concepts: BTreeSet<&String> = items.flat_map(|item| &item.concepts).collect();
        let concepts = concepts.into_iter().cloned().collect();
        let state = State::new(&batch.course.model.parameters);
        let model = batch.enrolment.model(&batch.course.model);
        let (before, from_scratch) = (Everything::default(), false);
        Self { learner, version, batch, model, questions, concepts, before, state, from_scratch }
    }

    pub(super) fn key(&self) -> StandingKey {
        (self.learner, self.course().to_owned())
    }

    pub(super) fn learner(&self) -> LearnerId {
        self.learner
    }

    pub(super) fn course(&self) -> &str {
        &self.batch.course.course.slug
    }

    fn rules(&self) -> Rules<'_> {
        Rules { model: &self.model, course: &self.batch.course.model, settings: self.batch.enrolment.settings() }
    }

    fn must_start_over(&self, app: &App, standing: Option<&Standing>) -> bool {
        let version = self.batch.course.model.version;
        let stale = standing.is_some_and(|standing| standing.parameters_version != version);
        let tail = standing.map(|standing| standing.tail);
        let late = !review::can_append(tail, &self.batch.answers) && !app.has(super::Defect::NoRefold);
        stale || self.batch.takes_back || late
    }

    /// Types of questions whose times may rate the answers.
    fn timed_types(&self) -> BTreeSet<&'static str> {
        let timed = self.batch.answers.iter().filter(|answer| answer.timing.ms.is_some());
        timed.filter_map(|answer| answer.timing.ranked_as).collect()
    }

    /// Begins to fold a whole log; `stored` is what there was.
    pub(super) fn begin_anew(&mut self, stored: Everything) {
        self.state = State::new(&self.batch.course.model.parameters);
        self.before = stored;
        self.from_scratch = true;
    }

    /// Folds the next answers of the log.
    pub(super) fn go_on(&mut self, answers: &[Answer], voided: &BTreeSet<EventId>) {
        let state = std::mem::replace(&mut self.state, State::new(&self.batch.course.model.parameters));
        self.state = review::apply(&self.rules(), state, answers, voided);
    }

    fn result(&self) -> Folded<'_> {
        Folded {
            learner: self.learner,
            course: &self.batch.course.course.slug,
            state: &self.state,
            parameters_version: self.batch.course.model.version,
            version: self.version,
            days_moved: self.batch.days_moved,
            scope: match self.from_scratch {
                true => Scope::Whole(&self.before),
                false => Scope::Touched { questions: &self.questions, concepts: &self.concepts },
            },
            paces: &self.before.paces,
        }
    }
}

impl App {
    /// Folds a commit's answers, which may still be in the `batch`, into every learner's state and adds that to it.
    /// `voided` are the events of the commit that were taken back before they came.
    pub(super) async fn fold_all(
        &self,
        (txn, batch): (&Txn, &mut Batch<'_>),
        folds: &mut [Fold],
        voided: &BTreeSet<EventKey>,
    ) -> Result<()> {
        let mut standings = read_touched(txn, folds).await?;
        for fold in folds.iter_mut() {
            fold.from_scratch = fold.must_start_over(self, standings.get(&fold.key()));
        }
        let mut whole: Vec<&mut Fold> = folds.iter_mut().filter(|fold| fold.from_scratch).collect();
        if !whole.is_empty() {
            // The logs are read with what is new in them.
            batch.send().await?;
        }
        self.start_over(txn, &mut whole).await?;
        // What there is much of is stored while the rest is computed.
        let mut large = batch.take_large();
        let (sent, saved) = join(large.send(), async {
            for fold in folds.iter_mut().filter(|fold| !fold.from_scratch) {
                let Everything { cards, concepts, paces, .. } = fold.before.clone();
                let stored = State { cards, concepts, paces, ..stored_state(fold, standings.remove(&fold.key())) };
                let voided: BTreeSet<EventId> =
                    voided.iter().filter(|(learner, _)| *learner == fold.learner).map(|(_, id)| *id).collect();
                fold.state = review::apply(&fold.rules(), stored, &fold.batch.answers, &voided);
            }
            let results: Vec<Folded<'_>> = folds.iter().map(Fold::result).collect();
            store::folded::save(batch, &results).await
        })
        .await;
        Ok(sent.and(saved)?)
    }

    /// Folds whole logs of one learner and stores what differs, under the number `version`; tells whether anything did.
    pub(super) async fn fold_again(&self, txn: &Txn, folds: &mut [Fold]) -> Result<bool> {
        self.start_over(txn, &mut folds.iter_mut().collect::<Vec<_>>()).await?;
        self.store_again(txn, folds).await
    }

    /// Stores what differs after folds from nothing; tells whether anything did.
    pub(super) async fn store_again(&self, txn: &Txn, folds: &[Fold]) -> Result<bool> {
        let results: Vec<Folded<'_>> = folds.iter().map(Fold::result).collect();
        let mut batch = txn.batch();
        store::folded::save(&mut batch, &results).await?;
        batch.send().await?;
        Ok(results.iter().any(Folded::differs))
    }

    /// Folds whole logs from nothing, and reads what is stored to compare: as many logs at once as memory allows.
    async fn start_over(&self, txn: &Txn, folds: &mut [&mut Fold]) -> Result<()> {
        let mut rest = folds;
        while !rest.is_empty() {
            let (some, others) = rest.split_at_mut(portion(rest.iter().map(|fold| fold.version)));
            self.start_over_at_once(txn, some).await?;
            rest = others;
        }
        Ok(())
    }

    async fn start_over_at_once(&self, txn: &Txn, folds: &mut [&mut Fold]) -> Result<()> {
        let keys: Vec<StandingKey> = folds.iter().map(|fold| fold.key()).collect();
        let mut logs = store::answers::logs(txn, &keys).await?;
        let mut stored = store::study::everything_of(txn, &keys).await?;
        for fold in folds {
            let log = logs.remove(&fold.key()).unwrap_or_default();
            fold.begin_anew(stored.remove(&fold.key()).unwrap_or_default());
            fold.go_on(&log.answers, &log.voided);
        }
        Ok(())
    }

    /// The cards of a fold among `questions`, as the learner's device wants them.
    pub(super) fn card_views(&self, fold: &Fold, questions: &BTreeSet<QuestionId>) -> Vec<CardView> {
        let viewer = Viewer::new(self, &fold.batch.course, &fold.batch.enrolment);
        let cards = questions.iter().filter_map(|id| fold.state.cards.get_key_value(id));
        cards.filter_map(|(question, state)| viewer.card(*question, state, fold.version)).collect()
    }

    /// Those of `questions` that have no card any more; the memory of having practised one may be left.
    pub(super) fn removed(fold: &Fold, questions: &BTreeSet<QuestionId>) -> Vec<QuestionId> {
        let had_card = |id: &QuestionId| fold.before.cards.get(id).is_some_and(|state| state.card.is_some());
        let is_gone = |id: &&QuestionId| match fold.state.cards.get(*id) {
            Some(left) => left.card.is_none() && had_card(id),
            None => true,
        };
        questions.iter().filter(is_gone).copied().collect()
    }

    /// What a fold did to the concepts that `questions` measure.
    pub(super) fn concept_changes(&self, fold: &Fold, questions: &BTreeSet<QuestionId>) -> Vec<ConceptChange> {
        let viewer = Viewer::new(self, &fold.batch.course, &fold.batch.enrolment);
        let course = &fold.batch.course.course.slug;
        let items = questions.iter().filter_map(|id| fold.batch.course.model.items.get(id));
        let concepts: BTreeSet<&String> = items.flat_map(|item| &item.concepts).collect();
        let change = |slug: &String| {
            let now = viewer.concept(slug, &fold.state.ability, fold.state.concepts.get(slug))?;
            let was = fold.before.concepts.get(slug).map_or(Level::NotStarted, |belief| belief.level);
            let ConceptView { concept, level, p, low, high, .. } = now;
            Some(ConceptChange { course: course.clone(), concept, level, was, p, low, high })
        };
        concepts.into_iter().filter_map(change).collect()
    }
}

/// Events whose logs are read at once; some tens of megabytes. A statement more for so many is nothing beside them.
const EVENTS_AT_ONCE: i64 = 20_000;

/// How many streams are read next, given where each ends, and never none. A course has no more events than its stream.
fn portion(heads: impl Iterator<Item = i64>) -> usize {
    let mut events = 0;
    let fits = |head: &i64| {
        events += head;
        events <= EVENTS_AT_ONCE
    };
    heads.take_while(fits).count().max(1)
}

/// Reads the rows that folds touch, which is more than those need that start over. Returns the standings.
async fn read_touched(txn: &Txn, folds: &mut [Fold]) -> Result<HashMap<StandingKey, Standing>> {
    let keys: Vec<StandingKey> = folds.iter().map(Fold::key).collect();
    let cards = folds.iter().flat_map(|fold| fold.questions.iter().map(|question| (fold.learner, *question)));
    let concepts = folds.iter().flat_map(|fold| fold.concepts.iter().map(|concept| (fold.key(), concept.clone())));
    let timed = folds.iter().flat_map(|fold| fold.timed_types().into_iter().map(|kind| (fold.key(), kind)));
    let queries = (
        store::study::standings(&keys),
        store::study::cards_of(&cards.collect::<Vec<_>>()),
        store::study::beliefs_of(&concepts.collect::<Vec<_>>()),
        store::paces::of_types(&timed.collect::<Vec<_>>()),
    );
    let (standings, mut cards, mut beliefs, mut paces) = queries.run(txn).await?;
    for fold in folds {
        let concepts = beliefs.remove(&fold.key()).unwrap_or_default();
        let paces = paces.remove(&fold.key()).unwrap_or_default();
        fold.before = Everything { cards: own_cards(&mut cards, fold), concepts, paces, ..Everything::default() };
    }
    Ok(standings)
}

/// The learner's cards of one course; another course of the same learner takes its own.
fn own_cards(
    cards: &mut HashMap<LearnerId, BTreeMap<QuestionId, review::CardState>>,
    fold: &Fold,
) -> BTreeMap<QuestionId, review::CardState> {
    let Some(mine) = cards.get_mut(&fold.learner) else { return BTreeMap::new() };
    fold.questions.iter().filter_map(|id| mine.remove_entry(id)).collect()
}

/// Ability, tallies and tail as stored; cards and concepts are the caller's to add.
fn stored_state(fold: &Fold, standing: Option<Standing>) -> State {
    let fresh = State::new(&fold.batch.course.model.parameters);
    match standing {
        Some(Standing { ability, tally, tail, .. }) => State { ability, tally, tail: Some(tail), ..fresh },
        None => fresh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_logs_are_read_at_once_as_have_so_many_events() {
        for (heads, expected) in [
            (vec![400; 256], 50),
            (vec![400; 7], 7),
            (vec![EVENTS_AT_ONCE, 1], 1),
            (vec![EVENTS_AT_ONCE + 1, 1], 1),
            (vec![1, EVENTS_AT_ONCE - 1, 1], 2),
        ] {
            assert_eq!(portion(heads.iter().copied()), expected, "{heads:?}");
        }
    }
}
