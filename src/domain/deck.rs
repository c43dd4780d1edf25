//! Which cards make up a study session, in which order.
//!
//! Due cards come first because a late review costs more than a late introduction, and among them those that are
//! most overdue for their interval: two days late is much for a card of three days and nothing for one of a year.
//! New cards are capped per day, not per session, because learners open the app many times.
//!
//! Within a few places that order gives way to variety: chapters alternate, because telling things apart is learnt by
//! meeting them mixed, and siblings (questions of one concept) stand apart, because the one would give the other away.

use super::{
    memory::Model,
    outline::Outline,
    schedule::{self, Card},
};
use crate::vocab::{
    id::QuestionId,
    time::{StudyDay, Timestamp},
};

/// What the learner wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What is due, then today's new cards.
    Review,
    /// New questions of one chapter, as many as asked for: the learner chose them himself.
    Learn,
    /// Questions met before, weakest first; scheduled only if wrong.
    Practice,
}

/// Why a question is in the session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reason {
    /// Never asked before.
    New,
    /// Failed a while ago, to be asked again the same day.
    Relearning(Card),
    /// Its day has come.
    Due(Card),
    /// Practice before its day.
    Early(Card),
}

/// What the session is made of.
pub struct Choice<'a> {
    /// Cards due by the end of today, or all met cards in practice.
    pub cards: Vec<(QuestionId, Card)>,
    /// Questions never met, in the order of the course.
    pub unmet: &'a [QuestionId],
    /// How many new ones today still allows.
    pub new_left: usize,
    /// The most to return.
    pub limit: usize,
    pub outline: &'a Outline,
}

/// How many places a question may move ahead for the sake of variety.
const REACH: usize = 8;
/// Siblings have this many others between them, where there are others.
const APART: usize = 3;
/// How far ahead a relearning card may be fetched when nothing else is left.
const LEARN_AHEAD_MINUTES: i64 = 20;

/// The session's questions in order.
pub fn compose(
    model: &Model,
    mode: Mode,
    choice: Choice<'_>,
    now: Timestamp,
    today: StudyDay,
) -> Vec<(QuestionId, Reason)> {
    let Choice { cards, unmet, new_left, limit, outline } = choice;
    let mut unmet = unmet.to_vec();
    unmet.sort_by_key(|id| outline.place(*id));
    let new = |count: usize| unmet.iter().take(count).map(|id| (*id, Reason::New));
    let mut session: Vec<(QuestionId, Reason)> = match mode {
        Mode::Review => due_by(now, &cards, now).into_iter().chain(new(new_left)).collect(),
        Mode::Learn => new(unmet.len()).chain(due_by(now, &cards, now)).collect(),
        Mode::Practice => weakest(model, cards.clone(), today),
    };
    if session.is_empty() && mode != Mode::Practice {
        session = due_by(now.plus_minutes(LEARN_AHEAD_MINUTES), &cards, now);
    }
    session.truncate(limit);
    if mode == Mode::Practice { session } else { vary(outline, session) }
}

/// The same questions with chapters alternating and siblings apart. Kinds (relearning, due, new) keep their order,
/// and so do a concept and what builds on it.
fn vary(outline: &Outline, session: Vec<(QuestionId, Reason)>) -> Vec<(QuestionId, Reason)> {
    let mut left = session;
    let mut varied: Vec<(QuestionId, Reason)> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let next = best_place(outline, &varied, &left);
        varied.push(left.remove(next));
    }
    varied
}

fn best_place(outline: &Outline, before: &[(QuestionId, Reason)], left: &[(QuestionId, Reason)]) -> usize {
    let topic = |(id, _): &(QuestionId, Reason)| outline.topic(*id);
    let recent: Vec<_> = before.iter().rev().take(APART).filter_map(topic).collect();
    let is_sibling = |place: usize| topic(&left[place]).is_some_and(|t| recent.iter().any(|r| r.concept == t.concept));
    let is_same_chapter =
        |place: usize| topic(&left[place]).is_some_and(|t| recent.first().is_some_and(|r| r.chapter == t.chapter));
    let same_kind = |place: &usize| std::mem::discriminant(&left[*place].1) == std::mem::discriminant(&left[0].1);
    let is_free = |place: &usize| !left[..*place].iter().any(|(id, _)| outline.comes_before(*id, left[*place].0));
    let is_fixed = matches!(left[0].1, Reason::Relearning(_));
    let reach = if is_fixed { 1 } else { REACH };
    let places: Vec<usize> = (0..left.len().min(reach)).take_while(same_kind).filter(is_free).collect();
    // The first is always free; a sibling is worse than the same chapter, and earlier is better than later.
    places.into_iter().min_by_key(|place| (is_sibling(*place), is_same_chapter(*place), *place)).unwrap_or(0)
}

/// Relearning cards whose minute comes before `horizon`, then cards whose day has come.
fn due_by(horizon: Timestamp, cards: &[(QuestionId, Card)], now: Timestamp) -> Vec<(QuestionId, Reason)> {
    let (mut relearning, mut due): (Vec<_>, Vec<_>) =
        cards.iter().copied().partition(|(_, card)| card.due_at.is_some());
    relearning.sort_by_key(|(id, card)| (card.due_at, *id));
    due.sort_by(|(left_id, left), (right_id, right)| {
        lateness(right, now).total_cmp(&lateness(left, now)).then(left_id.cmp(right_id))
    });
    let ready = relearning.into_iter().filter(|(_, card)| card.due_at.is_some_and(|at| at <= horizon));
    let ready = ready.map(|(id, card)| (id, Reason::Relearning(card)));
    ready.chain(due.into_iter().map(|(id, card)| (id, Reason::Due(card)))).collect()
}

/// Time since the last review as a share of the interval that was given.
fn lateness(card: &Card, now: Timestamp) -> f64 {
    let interval = (card.due_day.0 - card.last_day.0).max(1);
    let waited = (now.0 - card.last_at.0).max(0) as f64 / 86_400_000.0;
    waited / f64::from(interval)
}

fn weakest(model: &Model, cards: Vec<(QuestionId, Card)>, today: StudyDay) -> Vec<(QuestionId, Reason)> {
    let recall = |card: &Card| schedule::recall_on(model, card, today);
    let mut cards = cards;
    cards.sort_by(|(left_id, left), (right_id, right)| {
        recall(left).total_cmp(&recall(right)).then(left.last_at.cmp(&right.last_at)).then(left_id.cmp(right_id))
    });
    let is_due = |card: &Card| card.due_at.is_none() && card.due_day <= today;
    cards
        .into_iter()
        .map(|(id, card)| (id, if is_due(&card) { Reason::Due(card) } else { Reason::Early(card) }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::memory::Memory;
    use proptest::prelude::*;
    use uuid::Uuid;

    const TODAY: StudyDay = StudyDay(100);
    const NOW: Timestamp = Timestamp(100 * 86_400_000 + 43_200_000);

    fn id(number: u128) -> QuestionId {
        QuestionId(Uuid::from_u128(number))
    }

    fn card(last_day: i32, due_day: i32, due_in_minutes: Option<i64>) -> Card {
        Card {
            memory: Memory { stability: 5.0, difficulty: 5.0 },
            first_day: StudyDay(0),
            last_at: Timestamp(i64::from(last_day) * 86_400_000),
            last_day: StudyDay(last_day),
            due_day: StudyDay(due_day),
            due_at: due_in_minutes.map(|minutes| NOW.plus_minutes(minutes)),
            reps: 1,
            lapses: 0,
        }
    }

    fn session(mode: Mode, cards: Vec<(QuestionId, Card)>, new_left: usize, limit: usize) -> Vec<u128> {
        let unmet = [id(90), id(91), id(92)];
        in_course(&Outline::default(), mode, (cards, &unmet), new_left, limit)
    }

    fn in_course(
        outline: &Outline,
        mode: Mode,
        (cards, unmet): (Vec<(QuestionId, Card)>, &[QuestionId]),
        new_left: usize,
        limit: usize,
    ) -> Vec<u128> {
        let choice = Choice { cards, unmet, new_left, limit, outline };
        let picks = compose(&Model::default(), mode, choice, NOW, TODAY);
        picks.into_iter().map(|(id, _)| id.0.as_u128()).collect()
    }

    /// Four chapters of three concepts with five questions each; the first concept of a chapter builds on the last of
    /// the chapter after it, which the order of the course does not respect.
    fn course() -> Outline {
        let slugs: Vec<String> = (0..12).map(|concept| format!("c{concept}")).collect();
        let needs = |concept: usize| {
            if concept.is_multiple_of(3) && concept < 9 { vec![slugs[concept + 5].clone()] } else { vec![] }
        };
        let needs: Vec<Vec<String>> = (0..12).map(needs).collect();
        let concepts: Vec<(&str, &[String])> = (0..12).map(|at| (slugs[at].as_str(), needs[at].as_slice())).collect();
        let question = |number: usize| (id(number as u128), (number / 15) as u8, &slugs[number / 5..=number / 5]);
        Outline::new(&concepts, (0..60).map(question))
    }

    fn concept(number: u128) -> u128 {
        number / 5
    }

    #[test]
    fn the_most_overdue_for_its_interval_comes_first_and_new_ones_last() {
        let cards = vec![(id(1), card(0, 98, None)), (id(2), card(95, 98, None)), (id(3), card(100, 100, Some(-1)))];
        assert_eq!(session(Mode::Review, cards, 2, 10), [3, 2, 1, 90, 91]);
    }

    #[test]
    fn a_failed_card_waits_its_minutes_unless_nothing_else_is_left() {
        let relearning = (id(3), card(100, 100, Some(8)));
        assert_eq!(session(Mode::Review, vec![relearning, (id(1), card(0, 98, None))], 0, 10), [1]);
        assert_eq!(session(Mode::Review, vec![relearning], 0, 10), [3]);
        assert_eq!(session(Mode::Review, vec![(id(3), card(100, 100, Some(30)))], 0, 10), [0_u128; 0]);
    }

    #[test]
    fn learning_begins_with_the_new_and_is_not_capped_by_the_day() {
        assert_eq!(session(Mode::Learn, vec![(id(1), card(0, 98, None))], 0, 3), [90, 91, 92]);
    }

    #[test]
    fn practice_takes_the_weakest_first_and_nothing_new() {
        let cards = vec![(id(1), card(99, 130, None)), (id(2), card(50, 130, None))];
        assert_eq!(session(Mode::Practice, cards, 5, 10), [2, 1]);
    }

    #[test]
    fn chapters_alternate_and_siblings_stand_apart() {
        let due: Vec<_> = [0, 1, 2, 15, 16, 30, 31, 45].map(|number| (id(number), card(0, 98, None))).into();
        let order = in_course(&course(), Mode::Review, (due, &[]), 0, 20);
        assert!(order.windows(2).all(|pair| pair[0] / 15 != pair[1] / 15), "{order:?}");
        assert!(order.windows(2).all(|pair| concept(pair[0]) != concept(pair[1])), "{order:?}");
    }

    proptest! {
        #[test]
        fn a_session_is_what_was_asked_for(
            due in prop::collection::btree_map(0_u128..60, (0_i32..90, 1_i32..100), 0..60),
            new_left in 0_usize..30, limit in 1_usize..50, learn in any::<bool>(),
        ) {
            let outline = course();
            let cards: Vec<_> =
                due.iter().map(|(number, (last, gap))| (id(*number), card(*last, (last + gap).min(100), None))).collect();
            let unmet: Vec<_> = (0..60).filter(|number| !due.contains_key(number)).map(id).collect();
            let mode = if learn { Mode::Learn } else { Mode::Review };
            let order = in_course(&outline, mode, (cards.clone(), &unmet), new_left, limit);
            let new = if learn { unmet.len() } else { new_left.min(unmet.len()) };
            prop_assert_eq!(order.len(), limit.min(due.len() + new), "at most what was asked for, and no less");
            let distinct: std::collections::BTreeSet<_> = order.iter().collect();
            prop_assert_eq!(distinct.len(), order.len());
            let fresh = order.iter().filter(|number| !due.contains_key(number)).count();
            prop_assert!(fresh <= new);
            let kinds: Vec<bool> = order.iter().map(|number| due.contains_key(number) == learn).collect();
            prop_assert!(kinds.is_sorted(), "kinds do not mix");
            for (place, number) in order.iter().enumerate() {
                let mut later = order[place + 1..].iter().filter(|later| !due.contains_key(later));
                let is_new = !due.contains_key(number);
                prop_assert!(!is_new || !later.any(|later| outline.comes_before(id(*later), id(*number))));
            }
        }

        #[test]
        fn the_most_overdue_is_never_left_out_for_variety(
            due in prop::collection::btree_map(0_u128..60, (0_i32..90, 1_i32..100), 1..60), limit in 1_usize..30,
        ) {
            let cards: Vec<_> =
                due.iter().map(|(number, (last, gap))| (id(*number), card(*last, (last + gap).min(100), None))).collect();
            let order = in_course(&course(), Mode::Review, (cards.clone(), &[]), 0, limit);
            let mut ranked = cards;
            ranked.sort_by(|(left_id, left), (right_id, right)| {
                lateness(right, NOW).total_cmp(&lateness(left, NOW)).then(left_id.cmp(right_id))
            });
            let wanted: std::collections::BTreeSet<u128> = ranked.iter().take(limit).map(|(id, _)| id.0.as_u128()).collect();
            prop_assert_eq!(order.iter().copied().collect::<std::collections::BTreeSet<_>>(), wanted);
            for (place, (id, _)) in ranked.iter().take(limit).enumerate() {
                let moved = order.iter().position(|number| *number == id.0.as_u128()).unwrap_or(usize::MAX);
                prop_assert!(moved + REACH > place, "nobody comes ahead by more than the reach");
            }
        }
    }
}
