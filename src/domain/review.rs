//! The heart: a learner's state is a fold of his answers.
//!
//! `State = F(answers in order, course model, settings)`. The order is the learner's own (when he answered, then the
//! event's id), never that of arrival. Going on from a stored state and starting from nothing use the same step, so
//! a late, split or repeated batch cannot end elsewhere.

use super::{
    mastery::{
        self, Ability, ConceptBelief, ConceptParameters, Figure, ItemMemory, ItemParameters, Measured, Observation,
        Parameters, Recalibration, Shown,
    },
    memory::{Model, Weights},
    pace::{Occasion, Pace, Timed},
    question::type_named,
    schedule::{self, Card, Review, Settings},
    spread::Slot,
    tally::{DayTally, Tally},
};
use crate::vocab::{
    grade::Rating,
    id::{EventId, QuestionId},
    time::{StudyDay, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where an answer stands in its learner's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey {
    pub at: Timestamp,
    pub id: EventId,
}

/// One accepted answer, marked; or a word about being asked, which takes its place in the same order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    pub key: OrderKey,
    pub question: QuestionId,
    /// The study day, fixed when the answer was accepted.
    pub day: StudyDay,
    pub effect: Effect,
    /// The chance, 0 to 1, of guessing right; kept with the answer because a later revision may have more options.
    pub guess: f64,
    pub timing: Timing,
}

/// How long an answer took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// Milliseconds in the foreground, if the device told.
    pub ms: Option<u32>,
    /// The type of the question, where the time tells how well it was known: not if the app was left meanwhile.
    pub ranked_as: Option<&'static str>,
}

impl Timing {
    /// As it was stored; a type that is no more ranks nothing.
    pub fn stored(ms: Option<i32>, ranked_as: Option<&str>) -> Self {
        Self { ms: ms.map(i32::unsigned_abs), ranked_as: ranked_as.and_then(type_named) }
    }
}

/// What an answer does to the learner's state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// Schedules; `evidence` (right or wrong) also goes to the mastery filter.
    Reviewed { rating: Rating, evidence: Option<bool> },
    /// Practice that went well: evidence, but the card keeps its due date.
    Practised { evidence: Option<bool> },
    /// A page was read.
    Seen,
    /// Not to be asked, until it is resumed.
    Suspended,
    /// To be asked again.
    Resumed,
    /// Not to be asked before tomorrow.
    SetAside,
}

/// What the fold knows of a course; versioned, frozen while it is in use.
#[derive(Debug, Clone, Default)]
pub struct CourseModel {
    pub version: i32,
    pub parameters: Parameters,
    pub items: HashMap<QuestionId, ItemModel>,
    pub concepts: HashMap<String, ConceptParameters>,
    /// The course's spread of item difficulty, s² in the filter.
    pub item_spread: f64,
    /// What is shown of chances, as the course's own answers suggest.
    pub recalibration: Recalibration,
    /// The questions that are asked about each concept.
    pub asked: HashMap<String, Vec<ItemParameters>>,
    /// How its learners remember; for who has no weights of his own.
    pub memory: Weights,
    /// Where each question that has siblings stands among them.
    pub slots: HashMap<QuestionId, Slot>,
}

impl CourseModel {
    /// The question's place among its siblings; one the model does not know (yet) has none.
    pub fn slot(&self, question: QuestionId) -> Slot {
        self.slots.get(&question).copied().unwrap_or(Slot::alone(question))
    }
}

/// A question as the mastery filter sees it.
#[derive(Debug, Clone)]
pub struct ItemModel {
    pub parameters: ItemParameters,
    pub concepts: Vec<String>,
    /// How long it takes on average, in milliseconds, where that is learnt.
    pub mean_ms: Option<u32>,
}

/// Everything derived from one learner's answers in one course.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    pub cards: BTreeMap<QuestionId, CardState>,
    pub concepts: BTreeMap<String, ConceptBelief>,
    pub ability: Ability,
    pub tally: Tally,
    /// By study day: in all if folded from the first answer on, else what the new answers add.
    pub days: BTreeMap<StudyDay, DayTally>,
    /// The times of right answers, by type of question and occasion.
    pub paces: BTreeMap<PaceClass, Pace>,
    /// The last answer folded in.
    pub tail: Option<OrderKey>,
}

/// A type of question and an occasion to answer it: times are compared within.
pub type PaceClass = (&'static str, Occasion);

/// Scheduling and memory of one question; the card is absent while it was only practised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CardState {
    pub card: Option<Card>,
    pub memory: ItemMemory,
    pub hold: Option<Hold>,
}

/// The learner does not want to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Until he says otherwise.
    Suspended,
    /// Before this study day.
    Until(StudyDay),
}

impl Hold {
    pub fn holds_on(self, today: StudyDay) -> bool {
        match self {
            Self::Suspended => true,
            Self::Until(day) => today < day,
        }
    }
}

/// The rules of one fold.
pub struct Rules<'a> {
    pub model: &'a Model,
    pub course: &'a CourseModel,
    pub settings: Settings,
}

impl CourseModel {
    /// What figures at `now` are worked out with.
    pub fn shown(&self, now: Timestamp) -> Shown<'_> {
        Shown {
            parameters: &self.parameters,
            recalibration: &self.recalibration,
            item_spread_s2: self.item_spread,
            now_ms: now.0,
        }
    }

    /// A concept as a learner of this ability and belief sees it; `None` for one the course does not have.
    pub fn figure(&self, concept: &str, ability: &Ability, belief: &ConceptBelief, now: Timestamp) -> Option<Figure> {
        let items = self.asked.get(concept).map(Vec::as_slice).unwrap_or_default();
        let measured = Measured { concept: self.concepts.get(concept)?, items };
        Some(self.shown(now).figure(ability, belief, measured))
    }
}

impl State {
    /// Before the first answer.
    pub fn new(parameters: &Parameters) -> Self {
        Self {
            cards: BTreeMap::new(),
            concepts: BTreeMap::new(),
            ability: Ability::prior(parameters),
            tally: Tally::default(),
            days: BTreeMap::new(),
            paces: BTreeMap::new(),
            tail: None,
        }
    }
}

/// Whether `new` answers can be folded onto a state whose last answer is `tail`, without the history.
pub fn can_append(tail: Option<OrderKey>, new: &[Answer]) -> bool {
    tail.is_none_or(|tail| new.iter().all(|answer| answer.key > tail))
}

/// The state after `answers`, taken in their own order; those in `voided` are left out.
pub fn apply(rules: &Rules<'_>, mut state: State, answers: &[Answer], voided: &BTreeSet<EventId>) -> State {
    let mut ordered: Vec<&Answer> = answers.iter().filter(|answer| !voided.contains(&answer.key.id)).collect();
    ordered.sort_unstable_by_key(|answer| answer.key);
    for answer in ordered {
        step(rules, &mut state, answer);
    }
    state
}

fn step(rules: &Rules<'_>, state: &mut State, answer: &Answer) {
    let fresh = CardState { card: None, memory: ItemMemory::prior(&rules.course.parameters), hold: None };
    let mut entry = state.cards.get(&answer.question).copied().unwrap_or(fresh);
    let effect = rate(rules.course, &mut state.paces, entry.card.map(|card| card.last_day), answer);
    if answers(effect) {
        let review = matches!(effect, Effect::Reviewed { .. }).then_some(entry.card.as_ref()).flatten();
        let elapsed = review.map(|card| schedule::elapsed_days(card.last_day, answer.day));
        let forgotten = matches!(effect, Effect::Reviewed { rating: Rating::Again, .. });
        state.tally.add(elapsed, forgotten);
        let is_new = entry.card.is_none() && !matches!(effect, Effect::Practised { .. });
        state.days.entry(answer.day).or_default().add(elapsed, forgotten, is_new, answer.timing.ms);
    }
    if let Some(correct) = evidence(effect) {
        observe(rules, state, &mut entry.memory, answer, correct);
    }
    entry.card = reschedule(rules, entry.card, answer, effect);
    entry.hold = hold(entry.hold, answer.day, effect);
    state.cards.insert(answer.question, entry);
    state.tail = state.tail.max(Some(answer.key));
}

/// What the answer does, once its time has been ranked among the learner's own; `last_day` is that of the card's last
/// review.
pub(super) fn rate(
    course: &CourseModel,
    paces: &mut BTreeMap<PaceClass, Pace>,
    last_day: Option<StudyDay>,
    answer: &Answer,
) -> Effect {
    let (
        Effect::Reviewed { rating: Rating::Good, evidence: Some(true) },
        Timing { ms: Some(ms), ranked_as: Some(kind) },
    ) = (answer.effect, answer.timing)
    else {
        return answer.effect;
    };
    let occasion = Occasion::of(last_day.map(|last| schedule::elapsed_days(last, answer.day)));
    let pace = paces.entry((kind, occasion)).or_default();
    let mean = || course.items.get(&answer.question).and_then(|item| item.mean_ms).or_else(|| pace.usual_ms());
    let guessable_mean_ms = (answer.guess > 0.0).then(mean).flatten();
    let rating = pace.rate(Timed { ms: Some(ms), guessable_mean_ms });
    Effect::Reviewed { rating, evidence: Some(true) }
}

fn answers(effect: Effect) -> bool {
    matches!(effect, Effect::Reviewed { .. } | Effect::Practised { .. } | Effect::Seen)
}

fn evidence(effect: Effect) -> Option<bool> {
    match effect {
        Effect::Reviewed { evidence, .. } | Effect::Practised { evidence } => evidence,
        Effect::Seen | Effect::Suspended | Effect::Resumed | Effect::SetAside => None,
    }
}

fn reschedule(rules: &Rules<'_>, card: Option<Card>, answer: &Answer, effect: Effect) -> Option<Card> {
    match effect {
        Effect::Practised { .. } | Effect::Suspended | Effect::Resumed | Effect::SetAside => card,
        Effect::Seen => Some(schedule::seen(card.as_ref(), answer.key.at, answer.day)),
        Effect::Reviewed { rating, .. } => {
            let review = Review { at: answer.key.at, day: answer.day, rating, guess: answer.guess };
            let slot = rules.course.slot(answer.question);
            Some(schedule::next(rules.model, &rules.settings, slot, card.as_ref(), &review))
        }
    }
}

/// Suspended is suspended even if another device asked meanwhile; setting aside is a word about today only.
fn hold(before: Option<Hold>, day: StudyDay, effect: Effect) -> Option<Hold> {
    match effect {
        Effect::Suspended => Some(Hold::Suspended),
        Effect::Resumed => None,
        Effect::SetAside if before != Some(Hold::Suspended) => Some(Hold::Until(StudyDay(day.0.saturating_add(1)))),
        Effect::Reviewed { .. } | Effect::Seen if before != Some(Hold::Suspended) => None,
        _ => before,
    }
}

/// Feeds one scored answer to the mastery filter. A question the model does not know (yet) teaches it nothing.
fn observe(rules: &Rules<'_>, state: &mut State, memory: &mut ItemMemory, answer: &Answer, correct: bool) {
    let Some(item) = rules.course.items.get(&answer.question) else { return };
    let known = item.concepts.iter().filter_map(|slug| rules.course.concepts.get(slug).map(|found| (slug, *found)));
    let (slugs, concepts): (Vec<&String>, Vec<ConceptParameters>) = known.unzip();
    let prior = ConceptBelief::prior(&rules.course.parameters);
    let mut beliefs: Vec<ConceptBelief> =
        slugs.iter().map(|slug| state.concepts.get(*slug).copied().unwrap_or(prior)).collect();
    let observation = Observation {
        at_ms: answer.key.at.0,
        study_day: answer.day.0,
        correct,
        item: &item.parameters,
        concepts: &concepts,
        feedback: true,
        item_spread_s2: rules.course.item_spread,
    };
    mastery::update(&rules.course.parameters, &mut state.ability, memory, &mut beliefs, &observation);
    for (slug, belief) in slugs.into_iter().zip(beliefs) {
        state.concepts.insert(slug.clone(), belief);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn effects() -> impl Strategy<Value = Effect> {
        let reviewed = |is_right: bool| Effect::Reviewed {
            rating: if is_right { Rating::Good } else { Rating::Again },
            evidence: Some(is_right),
        };
        prop_oneof![
            6 => any::<bool>().prop_map(reviewed),
            1 => any::<bool>().prop_map(|is_right| Effect::Practised { evidence: Some(is_right) }),
            1 => Just(Effect::Suspended),
            1 => Just(Effect::Resumed),
            1 => Just(Effect::SetAside),
        ]
    }

    fn logs() -> impl Strategy<Value = Vec<Answer>> {
        let steps =
            prop::collection::vec((0_u128..5, 0_i64..4_000, effects(), prop::option::of(0_u32..70_000)), 0..200);
        steps.prop_map(|steps| {
            let mut minute = 0;
            let answer = |(place, (question, wait, effect, ms)): (usize, (u128, i64, Effect, Option<u32>))| {
                minute += wait;
                Answer {
                    key: OrderKey { at: Timestamp(minute * 60_000), id: EventId(Uuid::from_u128(place as u128)) },
                    question: QuestionId(Uuid::from_u128(question)),
                    day: StudyDay((minute / 1440) as i32),
                    effect,
                    guess: 0.25,
                    timing: Timing { ms, ranked_as: Some("single") },
                }
            };
            steps.into_iter().enumerate().map(answer).collect()
        })
    }

    fn fold(state: State, answers: &[Answer]) -> State {
        let (model, course) = (Model::default(), CourseModel::default());
        let rules = Rules { model: &model, course: &course, settings: Settings::default() };
        apply(&rules, state, answers, &BTreeSet::new())
    }

    fn start() -> State {
        State::new(&Parameters::default())
    }

    #[test]
    fn whether_an_answer_was_hardly_read_is_asked_of_its_question() {
        let quick = |place: u128, ms| {
            let at = Timestamp(place as i64 * 60_000);
            let id = EventId(Uuid::from_u128(place));
            Answer {
                key: OrderKey { at, id },
                question: QuestionId(Uuid::from_u128(place)),
                day: StudyDay(0),
                effect: Effect::Reviewed { rating: Rating::Good, evidence: Some(true) },
                guess: 0.25,
                timing: Timing { ms: Some(ms), ranked_as: Some("single") },
            }
        };
        let usual: Vec<Answer> = (0..100).map(|place| quick(place, 4_000 + 40 * place as u32)).collect();
        let rating = |mean_ms, guess| {
            let item = ItemModel {
                parameters: ItemParameters::prior(&Parameters::default(), 0.0),
                concepts: Vec::new(),
                mean_ms,
            };
            let items = HashMap::from([(QuestionId(Uuid::from_u128(100)), item)]);
            let course = CourseModel { items, ..CourseModel::default() };
            let mut paces = BTreeMap::new();
            usual.iter().for_each(|answer| _ = rate(&course, &mut paces, None, answer));
            match rate(&course, &mut paces, None, &Answer { guess, ..quick(100, 1_500) }) {
                Effect::Reviewed { rating, .. } => rating,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(rating(None, 0.25), Rating::Easy, "a quarter of his usual time");
        assert_eq!(rating(Some(14_000), 0.25), Rating::Easy);
        assert_eq!(rating(Some(16_000), 0.25), Rating::Good, "a question that takes long to read");
        assert_eq!(rating(Some(16_000), 0.0), Rating::Easy, "nothing to guess");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_log_in_two_parts_ends_where_the_whole_does(log in logs(), cut in 0.0_f64..1.0) {
            let (first, second) = log.split_at((log.len() as f64 * cut) as usize);
            let (whole, before) = (fold(start(), &log), fold(start(), first));
            // As the rows are stored: days are added to, so a commit begins without them.
            let after = fold(State { days: BTreeMap::new(), ..before.clone() }, second);
            let mut days = before.days;
            for (day, more) in &after.days {
                days.entry(*day).or_default().merge(more);
            }
            prop_assert_eq!(State { days, ..after }, whole);
        }

        #[test]
        fn no_arrival_changes_a_fold(log in logs(), seed in any::<u64>()) {
            let mut shuffled = log.clone();
            shuffled.sort_by_key(|answer| (answer.key.id.0.as_u128() as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            prop_assert_eq!(fold(start(), &shuffled), fold(start(), &log));
        }

        #[test]
        fn days_count_what_the_whole_counts(log in logs()) {
            let state = fold(start(), &log);
            let sum = |count: fn(&DayTally) -> u32| state.days.values().map(count).sum::<u32>();
            prop_assert_eq!(sum(|day| day.answers), state.tally.answers);
            prop_assert_eq!(sum(|day| day.reviews.iter().sum()), state.tally.reviews);
            prop_assert_eq!(sum(|day| day.recalled.iter().sum()), state.tally.recalled);
            prop_assert_eq!(sum(|day| day.new) as usize, state.cards.values().filter(|card| card.card.is_some()).count());
        }

        #[test]
        fn the_last_word_decides_whether_a_question_is_asked(log in logs()) {
            let state = fold(start(), &log);
            for (question, card) in &state.cards {
                let word = |answer: &&Answer| {
                    answer.question == *question && matches!(answer.effect, Effect::Suspended | Effect::Resumed)
                };
                let last = log.iter().rev().find(word).map(|answer| answer.effect);
                prop_assert_eq!(card.hold == Some(Hold::Suspended), last == Some(Effect::Suspended));
            }
        }
    }
}
