//! A learner's reviews as a memory model sees them, and what every memory model must be able to do with them.

use super::Memory;
use crate::vocab::{
    grade::Rating,
    time::{StudyDay, Timestamp},
};
use std::collections::HashMap;

/// One review. A log is in the order of answering.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoggedReview {
    /// Which card; any number, the same for each review of the card.
    pub card: i64,
    pub at: Timestamp,
    pub day: StudyDay,
    pub rating: Rating,
    /// The chance, 0 to 1, that someone who knows nothing answers right.
    pub guess: f64,
}

/// The time since a card's last review.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Elapsed {
    /// Study days; 0 for a repeat of the same day.
    pub days: u32,
    /// Days with their fraction, from the instants.
    pub exact: f64,
}

/// A model of memory that can be fitted to a log and compared with another.
pub trait MemoryModel {
    type State: Copy;

    /// The state after a review; `before` is absent at the first.
    fn after(&self, before: Option<(Self::State, Elapsed)>, review: &LoggedReview) -> Self::State;

    /// The chance, 0 to 1, that the card is remembered.
    fn recall(&self, state: Self::State, elapsed: Elapsed) -> f64;
}

/// Where a card stands just before a review.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before<S> {
    pub state: S,
    pub elapsed: Elapsed,
    /// Reviews so far that came at least a day after the one before.
    pub long_reviews: u32,
    /// Those of them that failed.
    pub lapses: u32,
}

/// Replays `log` and hands each review, by its place, with where its card stood.
pub(super) fn replay<M: MemoryModel>(
    model: &M,
    log: &[LoggedReview],
    mut visit: impl FnMut(usize, Option<Before<M::State>>),
) {
    struct Standing<S> {
        state: S,
        at: Timestamp,
        day: StudyDay,
        long_reviews: u32,
        lapses: u32,
    }
    let mut cards: HashMap<i64, Standing<M::State>> = HashMap::new();
    for (place, review) in log.iter().enumerate() {
        let before = cards.get(&review.card).map(|card| Before {
            state: card.state,
            elapsed: Elapsed::between((card.at, card.day), review),
            long_reviews: card.long_reviews,
            lapses: card.lapses,
        });
        visit(place, before);
        let is_long = before.is_some_and(|before| before.elapsed.days > 0);
        let standing = Standing {
            state: model.after(before.map(|before| (before.state, before.elapsed)), review),
            at: review.at,
            day: review.day,
            long_reviews: before.map_or(0, |before| before.long_reviews) + u32::from(is_long),
            lapses: before.map_or(0, |before| before.lapses) + u32::from(is_long && review.rating == Rating::Again),
        };
        cards.insert(review.card, standing);
    }
}

impl Elapsed {
    fn between((at, day): (Timestamp, StudyDay), review: &LoggedReview) -> Self {
        let ms = review.at.0.saturating_sub(at.0).max(0);
        Self { days: u32::try_from(review.day.0.saturating_sub(day.0)).unwrap_or(0), exact: ms as f64 / 86_400_000.0 }
    }
}

impl MemoryModel for super::Model {
    type State = Memory;

    fn after(&self, before: Option<(Memory, Elapsed)>, review: &LoggedReview) -> Memory {
        let elapsed = before.map_or(0, |(_, elapsed)| elapsed.days);
        self.after_answer(before.map(|(memory, _)| memory), elapsed, review.rating, review.guess)
    }

    /// Whole days between days, the fraction within one: FSRS-6 counts days and has nothing to say of the hours.
    fn recall(&self, memory: Memory, elapsed: Elapsed) -> f64 {
        let days = if elapsed.days > 0 { f64::from(elapsed.days) } else { elapsed.exact };
        super::Model::recall(self, memory, days as f32)
    }
}
