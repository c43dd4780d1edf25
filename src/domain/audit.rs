//! How a stored state differs from the one that the log gives, row by row and value by value.
//!
//! Floats are compared as they print, in the shortest text that reads back the same: a last bit that differs is a
//! difference, because two machines must agree to the last bit.

use super::{
    mastery::ConceptBelief,
    pace::Pace,
    review::{CardState, PaceClass, State},
    tally::DayTally,
};
use crate::vocab::{id::QuestionId, time::StudyDay};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Debug, Display, Formatter},
};

/// A row that is not what the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub row: Row,
    pub how: How,
}

/// What is stored for a learner in a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    Card(QuestionId),
    Concept(String),
    /// What was done on a day.
    Day(StudyDay),
    /// The times of right answers of a class.
    Pace(PaceClass),
    /// Ability, tallies and the last answer folded in.
    Standing,
}

/// In which way a row differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// The log gives it, and it is not stored.
    Missing,
    /// It is stored, and the log does not give it.
    LeftOver,
    /// The values that differ, none of them equal on both sides.
    Values(Vec<Pair>),
}

/// A value as stored and as the log gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub name: &'static str,
    pub stored: String,
    pub folded: String,
}

/// The values of a row by name.
type Values = Vec<(&'static str, String)>;

/// Every row of `stored` that is not as in `folded`.
pub fn differences(stored: &State, folded: &State) -> Vec<Difference> {
    let mut found = rows(&stored.cards, &folded.cards, |id| Row::Card(*id), card);
    found.extend(rows(&stored.concepts, &folded.concepts, |slug| Row::Concept(slug.clone()), concept));
    found.extend(rows(&stored.days, &folded.days, |day| Row::Day(*day), day));
    found.extend(rows(&stored.paces, &folded.paces, |class| Row::Pace(*class), pace));
    let begun = |state: &State| state.tail.map(|_| standing(state));
    found.extend(difference(Row::Standing, begun(stored), begun(folded)));
    found
}

fn rows<K: Ord, V>(
    stored: &BTreeMap<K, V>,
    folded: &BTreeMap<K, V>,
    row: impl Fn(&K) -> Row,
    values: impl Fn(&V) -> Values,
) -> Vec<Difference> {
    let keys: BTreeSet<&K> = stored.keys().chain(folded.keys()).collect();
    let compare = |key: &K| difference(row(key), stored.get(key).map(&values), folded.get(key).map(&values));
    keys.into_iter().filter_map(compare).collect()
}

fn difference(row: Row, stored: Option<Values>, folded: Option<Values>) -> Option<Difference> {
    let how = match (stored, folded) {
        (None, None) => return None,
        (None, Some(_)) => How::Missing,
        (Some(_), None) => How::LeftOver,
        (Some(stored), Some(folded)) => How::Values(pairs(stored, folded)?),
    };
    Some(Difference { row, how })
}

/// `None` if all are equal.
fn pairs(stored: Values, folded: Values) -> Option<Vec<Pair>> {
    let both = stored.into_iter().zip(folded).filter(|(stored, folded)| stored != folded);
    let pairs: Vec<Pair> = both.map(|((name, stored), (_, folded))| Pair { name, stored, folded }).collect();
    (!pairs.is_empty()).then_some(pairs)
}

fn card(state: &CardState) -> Values {
    let (card, memory) = (state.card.as_ref(), &state.memory);
    vec![
        ("stability", text(card.map(|card| card.memory.stability))),
        ("difficulty", text(card.map(|card| card.memory.difficulty))),
        ("first_day", text(card.map(|card| card.first_day))),
        ("last_at", text(card.map(|card| card.last_at))),
        ("last_day", text(card.map(|card| card.last_day))),
        ("due_day", text(card.map(|card| card.due_day))),
        ("due_at", text(card.and_then(|card| card.due_at))),
        ("reps", text(card.map(|card| card.reps))),
        ("lapses", text(card.map(|card| card.lapses))),
        ("memory_e", text(Some(memory.e))),
        ("memory_w", text(Some(memory.w))),
        ("memory_n", text(Some(memory.n))),
        ("memory_t", text(memory.t)),
        ("hold", text(state.hold)),
    ]
}

fn concept(belief: &ConceptBelief) -> Values {
    vec![
        ("a", text(Some(belief.a))),
        ("v", text(Some(belief.v))),
        ("n", text(Some(belief.n))),
        ("t", text(belief.t_k)),
        ("e_sum", text(Some(belief.e_sum))),
        ("w_sum", text(Some(belief.w_sum))),
        ("level", text(Some(belief.level))),
        ("correct_days", text(Some(belief.correct_days))),
        ("last_correct_day", text(belief.last_correct_day)),
        ("usual", text(belief.usual)),
    ]
}

fn day(tally: &DayTally) -> Values {
    vec![
        ("answers", text(Some(tally.answers))),
        ("new", text(Some(tally.new))),
        ("ms", text(Some(tally.ms))),
        ("reviews", text(Some(tally.reviews))),
        ("recalled", text(Some(tally.recalled))),
    ]
}

fn pace(pace: &Pace) -> Values {
    vec![("times", text(Some(pace.as_bytes())))]
}

fn standing(state: &State) -> Values {
    let State { ability, tally, tail, .. } = state;
    vec![
        ("m", text(Some(ability.m))),
        ("v", text(Some(ability.v))),
        ("sm", text(Some(ability.sm))),
        ("sv", text(Some(ability.sv))),
        ("t", text(ability.t_last)),
        ("answers", text(Some(tally.answers))),
        ("reviews", text(Some(tally.reviews))),
        ("recalled", text(Some(tally.recalled))),
        ("tail", text(*tail)),
    ]
}

fn text(value: Option<impl Debug>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:?}"))
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.row {
            Row::Card(question) => write!(f, "card of question {question}: ")?,
            Row::Concept(slug) => write!(f, "belief about {slug}: ")?,
            Row::Day(day) => write!(f, "day {day}: ")?,
            Row::Pace((kind, occasion)) => write!(f, "pace of {kind}, {occasion:?}: ")?,
            Row::Standing => write!(f, "standing: ")?,
        }
        match &self.how {
            How::Missing => write!(f, "missing"),
            How::LeftOver => write!(f, "stored, but the log does not give it"),
            How::Values(pairs) => {
                let texts = pairs.iter().map(|pair| format!("{} is {}, not {}", pair.name, pair.stored, pair.folded));
                write!(f, "{}", texts.collect::<Vec<_>>().join("; "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            mastery::Parameters,
            review::{Answer, CourseModel, Effect, OrderKey, Rules, Timing, apply},
        },
        vocab::{
            grade::Rating,
            id::EventId,
            time::{StudyDay, Timestamp},
        },
    };
    use uuid::Uuid;

    fn studied() -> State {
        let model = crate::domain::memory::Model::default();
        let course = CourseModel::default();
        let rules = Rules { model: &model, course: &course, settings: Default::default() };
        let answer = |n: u128| Answer {
            key: OrderKey { at: Timestamp(n as i64 * 60_000), id: EventId(Uuid::from_u128(n)) },
            question: QuestionId(Uuid::from_u128(n % 2)),
            day: StudyDay(0),
            effect: Effect::Reviewed { rating: Rating::Good, evidence: None },
            guess: 0.25,
            timing: Timing::default(),
        };
        let answers: Vec<Answer> = (1..5).map(answer).collect();
        apply(&rules, State::new(&Parameters::default()), &answers, &BTreeSet::new())
    }

    #[test]
    fn a_state_is_no_different_from_itself() {
        assert_eq!(differences(&studied(), &studied()), []);
        assert_eq!(differences(&State::new(&Parameters::default()), &State::new(&Parameters::default())), []);
    }

    #[test]
    fn one_changed_bit_is_named() {
        let mut stored = studied();
        let memory = &mut stored.cards.values_mut().next().unwrap().card.as_mut().unwrap().memory;
        memory.stability = memory.stability.next_up();
        let found = differences(&stored, &studied());
        let [Difference { row: Row::Card(_), how: How::Values(pairs) }] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(pairs.iter().map(|pair| pair.name).collect::<Vec<_>>(), ["stability"]);
        assert!(found[0].to_string().contains("stability is "), "{}", found[0]);
    }

    #[test]
    fn missing_and_left_over_rows_are_told_apart() {
        let (whole, mut part) = (studied(), studied());
        part.cards.pop_first();
        part.days.pop_first();
        part.tail = None;
        let how = |found: Vec<Difference>| found.into_iter().map(|one| one.how).collect::<Vec<_>>();
        assert_eq!(how(differences(&part, &whole)), [How::Missing, How::Missing, How::Missing]);
        assert_eq!(how(differences(&whole, &part)), [How::LeftOver, How::LeftOver, How::LeftOver]);
    }
}
