//! Which cards make up a study session, in which order.
//!
//! Due cards come first because a late review costs more than a late introduction, and among them those that are
//! most overdue for their interval: two days late is much for a card of three days and nothing for one of a year.
//! New cards are capped per day, not per session, because learners open the app many times.

use super::{
    memory::Model,
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
}

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
    let Choice { cards, unmet, new_left, limit } = choice;
    let new = unmet.iter().map(|id| (*id, Reason::New));
    let mut session: Vec<(QuestionId, Reason)> = match mode {
        Mode::Review => due_by(now, &cards, now).into_iter().chain(new.take(new_left)).collect(),
        Mode::Learn => new.chain(due_by(now, &cards, now)).collect(),
        Mode::Practice => weakest(model, cards.clone(), today),
    };
    if session.is_empty() && mode != Mode::Practice {
        session = due_by(now.plus_minutes(LEARN_AHEAD_MINUTES), &cards, now);
    }
    session.truncate(limit);
    session
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
        let choice = Choice { cards, unmet: &unmet, new_left, limit };
        let picks = compose(&Model::default(), mode, choice, NOW, TODAY);
        picks.into_iter().map(|(id, _)| id.0.as_u128()).collect()
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
}
