//! What a learner's log says to the memory model, and when it is worth asking again.

use super::{
    memory::{ENOUGH_FOR_STABILITIES, LoggedReview},
    review::{Answer, Effect},
};
use crate::vocab::id::{EventId, QuestionId};
use std::collections::BTreeSet;

/// The reviews among a learner's answers: what moved a card, in the order of the log. Practice that went well and pages
/// say nothing of forgetting.
pub fn reviews(answers: &[Answer], voided: &BTreeSet<EventId>) -> Vec<LoggedReview> {
    let mut ordered: Vec<&Answer> = answers.iter().filter(|answer| !voided.contains(&answer.key.id)).collect();
    ordered.sort_unstable_by_key(|answer| answer.key);
    let review = |answer: &Answer| match answer.effect {
        Effect::Reviewed { rating, .. } => Some(LoggedReview {
            card: card(answer.question),
            at: answer.key.at,
            day: answer.day,
            rating,
            guess: answer.guess,
        }),
        Effect::Practised { .. } | Effect::Seen | Effect::Suspended | Effect::Resumed | Effect::SetAside => None,
    };
    ordered.into_iter().filter_map(review).collect()
}

/// The same logs as one: each learner's cards are his own, and reviews come in the order of time.
pub fn pooled(logs: Vec<Vec<LoggedReview>>) -> Vec<LoggedReview> {
    let own = |(learner, log): (i64, Vec<LoggedReview>)| {
        let turn = learner.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed());
        log.into_iter().map(move |review| LoggedReview { card: review.card ^ turn, ..review })
    };
    let mut all: Vec<LoggedReview> = (0..).zip(logs).flat_map(own).collect();
    all.sort_by_key(|review| (review.at, review.card));
    all
}

/// The number of scored reviews at which the next fit is due: a fifth more than now.
pub fn next_at(scored: usize) -> usize {
    (scored + scored.div_ceil(5)).max(ENOUGH_FOR_STABILITIES)
}

/// Half of a question's UUID is hash enough to tell the cards of a course apart.
fn card(question: QuestionId) -> i64 {
    question.0.as_u64_pair().1.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::review::{OrderKey, Timing},
        vocab::{
            grade::Rating,
            time::{StudyDay, Timestamp},
        },
    };
    use uuid::Uuid;

    fn answer(at: i64, question: u128, effect: Effect) -> Answer {
        let key = OrderKey { at: Timestamp(at), id: EventId(Uuid::from_u128(at.cast_unsigned().into())) };
        let (question, day) = (QuestionId(Uuid::from_u128(question)), StudyDay(at as i32));
        Answer { key, question, day, effect, guess: 0.25, timing: Timing::default() }
    }

    #[test]
    fn reviews_come_in_the_order_of_the_log_without_what_was_taken_back() {
        let again = Effect::Reviewed { rating: Rating::Again, evidence: Some(false) };
        let good = Effect::Reviewed { rating: Rating::Good, evidence: Some(true) };
        let log = [
            answer(5, 1, good),
            answer(2, 1, again),
            answer(3, 2, Effect::Practised { evidence: Some(true) }),
            answer(4, 3, Effect::Seen),
            answer(6, 2, good),
        ];
        let reviews = reviews(&log, &BTreeSet::from([log[4].key.id]));
        let told: Vec<(i64, Rating, f64)> = reviews.iter().map(|one| (one.at.0, one.rating, one.guess)).collect();
        assert_eq!(told, [(2, Rating::Again, 0.25), (5, Rating::Good, 0.25)]);
    }

    #[test]
    fn two_learners_of_one_question_have_two_cards() {
        let good = Effect::Reviewed { rating: Rating::Good, evidence: None };
        let log = |at: i64| reviews(&[answer(at, 9, good), answer(at + 2, 9, good)], &BTreeSet::new());
        let pooled = pooled(vec![log(1), log(2)]);
        assert_eq!(pooled.iter().map(|one| one.at.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(pooled[0].card == pooled[2].card && pooled[1].card == pooled[3].card);
        assert_ne!(pooled[0].card, pooled[1].card);
    }

    #[test]
    fn a_fit_is_due_at_a_fifth_more() {
        assert_eq!([0, 64, 100, 1000].map(next_at), [64, 77, 120, 1200]);
    }
}
