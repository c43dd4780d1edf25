//! What a learner's log says to the memory model, and when it is worth asking again.

use super::{
    memory::{ENOUGH_FOR_STABILITIES, LoggedReview},
    review::{Answer, CourseModel, Effect, rate},
};
use crate::vocab::id::{EventId, QuestionId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The reviews among a learner's answers: what moved a card, in the order of the log, rated as the fold rates them.
/// Practice that went well and pages say nothing of forgetting.
pub fn reviews(course: &CourseModel, answers: &[Answer], voided: &BTreeSet<EventId>) -> Vec<LoggedReview> {
    let mut ordered: Vec<&Answer> = answers.iter().filter(|answer| !voided.contains(&answer.key.id)).collect();
    ordered.sort_unstable_by_key(|answer| answer.key);
    let (mut paces, mut last_days) = (BTreeMap::new(), HashMap::new());
    let mut reviews = Vec::with_capacity(ordered.len());
    for answer in ordered {
        let Answer { key, question, day, guess, .. } = *answer;
        match rate(course, &mut paces, last_days.get(&question).copied(), answer) {
            Effect::Reviewed { rating, .. } => {
                last_days.insert(question, day);
                reviews.push(LoggedReview { card: card(question), at: key.at, day, rating, guess });
            }
            Effect::Seen => {
                last_days.insert(question, day);
            }
            Effect::Practised { .. } | Effect::Suspended | Effect::Resumed | Effect::SetAside => {}
        }
    }
    reviews
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
        let reviews = reviews(&CourseModel::default(), &log, &BTreeSet::from([log[4].key.id]));
        let told: Vec<(i64, Rating, f64)> = reviews.iter().map(|one| (one.at.0, one.rating, one.guess)).collect();
        assert_eq!(told, [(2, Rating::Again, 0.25), (5, Rating::Good, 0.25)]);
    }

    #[test]
    fn a_slow_answer_teaches_as_the_fold_rates_it() {
        let good = Effect::Reviewed { rating: Rating::Good, evidence: Some(true) };
        let timed = |at: i64, ms: u32| {
            let timing = Timing { ms: Some(ms), ranked_as: Some("single") };
            Answer { timing, guess: 0.0, ..answer(at, at.cast_unsigned().into(), good) }
        };
        let log: Vec<Answer> = (1..=60).map(|at| timed(at, 5_000)).chain([timed(61, 50_000), timed(62, 500)]).collect();
        let ratings: Vec<Rating> =
            reviews(&CourseModel::default(), &log, &BTreeSet::new()).iter().map(|one| one.rating).collect();
        assert!(ratings[..60].iter().all(|rating| *rating == Rating::Good));
        assert_eq!(ratings[60..], [Rating::Hard, Rating::Easy]);
    }

    #[test]
    fn two_learners_of_one_question_have_two_cards() {
        let good = Effect::Reviewed { rating: Rating::Good, evidence: None };
        let log = |at: i64| {
            reviews(&CourseModel::default(), &[answer(at, 9, good), answer(at + 2, 9, good)], &BTreeSet::new())
        };
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
