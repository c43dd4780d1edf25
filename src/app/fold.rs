//! From stored state and new answers to new stored state, for every learner and course of one commit.
//!
//! Answers that come after everything stored are folded onto the rows they touch; late ones, taken back ones, or new
//! parameters start from the whole log. Both ways end in the same state, bit by bit. What is read and written is read
//! and written for all learners at once.

use super::{
    App, CardView, ConceptChange, ConceptView, CourseContent, Defect, Enrolment, Result,
    recent::{Known, Left, Touches},
    views::Viewer,
};
use crate::{
    domain::{
        mastery::Level,
        memory::Model,
        pace::Pace,
        review::{self, Answer, PaceClass, Rules, State},
    },
    store::{
        self, Batch, Source, Txn,
        answers::EventKey,
        folded::{Folded, Scope},
        study::{Everything, Standing, StandingKey},
    },
    vocab::id::{EventId, LearnerId, QuestionId},
};
use futures_util::future::try_join4;
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
    /// The stream's head before the commit.
    since: i64,
    /// The stream's head after the commit.
    version: i64,
    batch: CourseBatch,
    model: Model,
    questions: Vec<QuestionId>,
    concepts: Vec<String>,
    /// What was stored: of a fold from nothing everything, else what it touches.
    before: Everything,
    /// As it was stored; not read for a fold that no answer asked for.
    standing: Option<Standing>,
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
    /// `heads` of the stream: before the commit and after it.
    pub(super) fn new(learner: LearnerId, heads: (i64, i64), batch: CourseBatch) -> Self {
        let questions: Vec<QuestionId> = batch.questions.iter().copied().collect();
        let items = questions.iter().filter_map(|id| batch.course.model.items.get(id));
        let concepts: BTreeSet<&String> = items.flat_map(|item| &item.concepts).collect();
        let concepts = concepts.into_iter().cloned().collect();
        let state = State::new(&batch.course.model.parameters);
        let model = batch.enrolment.model(&batch.course.model);
        let ((since, version), before, from_scratch) = (heads, Everything::default(), false);
        let standing = None;
        Self { learner, since, version, batch, model, questions, concepts, before, standing, state, from_scratch }
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

    fn must_start_over(&self, app: &App) -> bool {
        let version = self.batch.course.model.version;
        let stale = self.standing.as_ref().is_some_and(|standing| standing.parameters_version != version);
        let tail = self.standing.as_ref().map(|standing| standing.tail);
        let late = !review::can_append(tail, &self.batch.answers) && !app.has(Defect::NoRefold);
        stale || self.batch.takes_back || late
    }

    /// Types of questions whose times may rate the answers.
    fn timed_types(&self) -> BTreeSet<&'static str> {
        let timed = self.batch.answers.iter().filter(|answer| answer.timing.ms.is_some());
        timed.filter_map(|answer| answer.timing.ranked_as).collect()
    }

    /// What stood in the database.
    fn stored_state(&self) -> State {
        let Everything { cards, concepts, paces, .. } = self.before.clone();
        let fresh = State::new(&self.batch.course.model.parameters);
        let fresh = State { cards, concepts, paces, ..fresh };
        match &self.standing {
            Some(Standing { ability, tally, tail, .. }) => {
                State { ability: *ability, tally: *tally, tail: Some(*tail), ..fresh }
            }
            None => fresh,
        }
    }

    /// What it leaves when it is committed.
    pub(super) fn left(&self) -> Left {
        let (learner, course) = (self.learner, self.course().to_owned());
        Left { learner, heads: (self.since, self.version), course, anew: self.from_scratch, known: self.known() }
    }

    /// What stands in the database then, of what it touches.
    fn known(&self) -> Known {
        let State { ability, tally, tail, cards, concepts, paces, .. } = &self.state;
        let parameters_version = self.batch.course.model.version;
        let standing = tail.map(|tail| Standing { parameters_version, ability: *ability, tally: *tally, tail });
        // A class without times has no row.
        let stored = |(class, pace): (&PaceClass, &Pace)| (!pace.as_bytes().is_empty()).then(|| (*class, pace.clone()));
        let of_type = |kind| paces.iter().filter(move |((is, _), _)| *is == kind).filter_map(stored);
        Known {
            standing: Some(standing),
            cards: self.questions.iter().map(|id| (*id, cards.get(id).copied())).collect(),
            concepts: self.concepts.iter().map(|slug| (slug.clone(), concepts.get(slug).copied())).collect(),
            paces: self.timed_types().into_iter().map(|kind| (kind, of_type(kind).collect())).collect(),
        }
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
        (txn, batch): (&impl Source, &mut Batch<'_>),
        folds: &mut [Fold],
        voided: &BTreeSet<EventKey>,
    ) -> Result<()> {
        self.read_touched(txn, folds).await?;
        for fold in folds.iter_mut() {
            fold.from_scratch = fold.must_start_over(self);
        }
        let mut whole: Vec<&mut Fold> = folds.iter_mut().filter(|fold| fold.from_scratch).collect();
        if !whole.is_empty() {
            // The logs are read with what is new in them.
            batch.send().await?;
        }
        self.start_over(txn, &mut whole).await?;
        for fold in folds.iter_mut().filter(|fold| !fold.from_scratch) {
            let voided: BTreeSet<EventId> =
                voided.iter().filter(|(learner, _)| *learner == fold.learner).map(|(_, id)| *id).collect();
            fold.state = review::apply(&fold.rules(), fold.stored_state(), &fold.batch.answers, &voided);
        }
        let results: Vec<Folded<'_>> = folds.iter().map(Fold::result).collect();
        Ok(store::folded::save(batch, &results).await?)
    }

    /// Reads the rows that folds touch, which is more than those need that start over, as far as they are not known.
    async fn read_touched(&self, txn: &impl Source, folds: &mut [Fold]) -> Result<()> {
        let known: Vec<Known> = folds.iter().map(|fold| self.recall(fold)).collect();
        let (mut keys, mut cards, mut concepts, mut timed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (fold, known) in folds.iter().zip(&known) {
            let unknown = fold.questions.iter().filter(|id| !known.cards.contains_key(id));
            cards.extend(unknown.map(|id| (fold.learner, *id)));
            let unknown = fold.concepts.iter().filter(|slug| !known.concepts.contains_key(*slug));
            concepts.extend(unknown.map(|slug| (fold.key(), slug.clone())));
            let unknown = fold.timed_types().into_iter().filter(|kind| !known.paces.contains_key(kind));
            timed.extend(unknown.map(|kind| (fold.key(), kind)));
            keys.extend(known.standing.is_none().then(|| fold.key()));
        }
        let (mut standings, mut cards, mut beliefs, mut paces) = try_join4(
            store::study::standings(txn, &keys),
            store::study::cards_of(txn, &cards),
            store::study::beliefs_of(txn, &concepts),
            store::paces::of_types(txn, &timed),
        )
        .await?;
        for (fold, known) in folds.iter_mut().zip(known) {
            let key = fold.key();
            let mut before = Everything {
                cards: own_cards(&mut cards, fold),
                concepts: beliefs.remove(&key).unwrap_or_default(),
                paces: paces.remove(&key).unwrap_or_default(),
                ..Everything::default()
            };
            before.cards.extend(known.cards.into_iter().filter_map(|(id, card)| Some((id, card?))));
            before.concepts.extend(known.concepts.into_iter().filter_map(|(slug, belief)| Some((slug, belief?))));
            before.paces.extend(known.paces.into_values().flatten());
            fold.before = before;
            fold.standing = known.standing.unwrap_or_else(|| standings.remove(&key));
        }
        Ok(())
    }

    fn recall(&self, fold: &Fold) -> Known {
        let head = (!self.has(Defect::StaleState)).then_some(fold.since);
        let touches = Touches { questions: &fold.questions, concepts: &fold.concepts, types: &fold.timed_types() };
        self.recent.recall(&self.catalogue().epoch, (fold.learner, head), fold.course(), &touches)
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
    async fn start_over(&self, txn: &impl Source, folds: &mut [&mut Fold]) -> Result<()> {
        let mut rest = folds;
        while !rest.is_empty() {
            let (some, others) = rest.split_at_mut(portion(rest.iter().map(|fold| fold.version)));
            self.start_over_at_once(txn, some).await?;
            rest = others;
        }
        Ok(())
    }

    async fn start_over_at_once(&self, txn: &impl Source, folds: &mut [&mut Fold]) -> Result<()> {
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

/// The learner's cards of one course; another course of the same learner takes its own.
fn own_cards(
    cards: &mut HashMap<LearnerId, BTreeMap<QuestionId, review::CardState>>,
    fold: &Fold,
) -> BTreeMap<QuestionId, review::CardState> {
    let Some(mine) = cards.get_mut(&fold.learner) else { return BTreeMap::new() };
    fold.questions.iter().filter_map(|id| mine.remove_entry(id)).collect()
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
