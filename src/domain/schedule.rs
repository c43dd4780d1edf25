//! When a card comes back: card + graded answer → next card.
//!
//! FSRS knows memories and days; this file knows the product's rules around it: a lapse returns the same day, a
//! pass never before tomorrow, a right answer that may be a guess counts for less. Nothing here depends on when an
//! answer arrived, on the server's zone or on the size of the history.

use super::memory::{Memory, Model, Retention};
use crate::vocab::{
    grade::Rating,
    id::QuestionId,
    time::{StudyDay, Timestamp},
};

/// What the scheduler remembers of one question and one learner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Card {
    pub memory: Memory,
    pub first_day: StudyDay,
    pub last_at: Timestamp,
    pub last_day: StudyDay,
    /// The study day it is due.
    pub due_day: StudyDay,
    /// Set while it is relearnt: the instant, on `due_day`, from which it may be asked again.
    pub due_at: Option<Timestamp>,
    pub reps: u32,
    pub lapses: u32,
}

/// What an answer says to the scheduler.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Review {
    pub at: Timestamp,
    pub day: StudyDay,
    pub rating: Rating,
    /// The chance, 0 to 1, that someone who knows nothing gives this answer.
    pub guess: f64,
}

/// What the learner chose for a course.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    pub retention: Retention,
    /// Minutes until a lapsed card comes back.
    pub relearn_minutes: u16,
    /// Days.
    pub maximum_interval: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self { retention: Retention::DEFAULT, relearn_minutes: 10, maximum_interval: 36_500 }
    }
}

/// Shorter intervals, in days, are not spread.
pub const FUZZ_FROM_DAYS: f32 = 2.5;
/// Bands of interval lengths in days, and the share of the days within that the fuzz may add to either side.
pub const FUZZ_BANDS: [(f32, f32, f32); 3] = [(FUZZ_FROM_DAYS, 7.0, 0.15), (7.0, 20.0, 0.10), (20.0, f32::MAX, 0.05)];

/// The card after `review`.
pub fn next(model: &Model, settings: &Settings, id: QuestionId, card: Option<&Card>, review: &Review) -> Card {
    let elapsed = card.map_or(0, |card| elapsed_days(card.last_day, review.day));
    let memory = model.after_answer(card.map(|card| card.memory), elapsed, review.rating, review.guess);
    let reps = card.map_or(0, |card| card.reps).saturating_add(1);
    let lapsed = review.rating == Rating::Again;
    let interval = interval_days(model, settings, memory, id, reps);
    Card {
        memory,
        first_day: card.map_or(review.day, |card| card.first_day),
        last_at: review.at,
        last_day: review.day,
        due_day: if lapsed { review.day } else { StudyDay(review.day.0.saturating_add(interval)) },
        due_at: lapsed.then(|| review.at.plus_minutes(settings.relearn_minutes.into())),
        reps,
        lapses: card.map_or(0, |card| card.lapses + u32::from(lapsed && card.due_at.is_none())),
    }
}

/// A page that was read is not asked again.
pub fn seen(card: Option<&Card>, at: Timestamp, day: StudyDay) -> Card {
    let never = Memory { stability: 36_500.0, difficulty: 5.0 };
    Card {
        memory: never,
        first_day: card.map_or(day, |card| card.first_day),
        last_at: at,
        last_day: day,
        due_day: StudyDay(day.0.saturating_add(36_500)),
        due_at: None,
        reps: card.map_or(0, |card| card.reps).saturating_add(1),
        lapses: 0,
    }
}

/// The days until the next review after each rating, were it given on `day`: what a button would say.
pub fn preview(
    model: &Model,
    settings: &Settings,
    id: QuestionId,
    card: Option<&Card>,
    at: Timestamp,
    day: StudyDay,
) -> [i32; 4] {
    Rating::ALL.map(|rating| {
        let review = Review { at, day, rating, guess: 0.0 };
        next(model, settings, id, card, &review).due_day.0 - day.0
    })
}

/// The chance that the learner knows the card on `day`.
pub fn recall_on(model: &Model, card: &Card, day: StudyDay) -> f64 {
    model.recall(card.memory, elapsed_days(card.last_day, day) as f32)
}

/// Calendar days between two study days; a clock set back counts as none.
pub fn elapsed_days(from: StudyDay, to: StudyDay) -> u32 {
    u32::try_from(to.0.saturating_sub(from.0)).unwrap_or(0)
}

/// Whole days, at least one, spread by the fuzz so that cards learnt together do not stay together.
fn interval_days(model: &Model, settings: &Settings, memory: Memory, id: QuestionId, reps: u32) -> i32 {
    let longest = i32::from(settings.maximum_interval).max(1);
    let exact = model.interval(memory, settings.retention).min(longest as f32);
    let (low, high) = fuzz_range(exact, longest);
    let width = (high - low + 1) as f64;
    low + (fuzz_fraction(id, reps) * width) as i32
}

/// The days among which the fuzz may choose. Short intervals have none; long ones 5 % to each side and a little more.
fn fuzz_range(exact: f32, longest: i32) -> (i32, i32) {
    let rounded = (exact.round() as i32).clamp(1, longest);
    if exact < FUZZ_FROM_DAYS {
        return (rounded, rounded);
    }
    let share = |(from, to, factor): &(f32, f32, f32)| factor * (exact.min(*to) - from).max(0.0);
    let delta = 1.0 + FUZZ_BANDS.iter().map(share).sum::<f32>();
    let low = ((exact - delta).round() as i32).clamp(2.min(longest), longest);
    let high = ((exact + delta).round() as i32).clamp(low, longest);
    (low, high)
}

/// In [0, 1), from card and repetition alone: FNV-1a (32 bit) over `<question id>:<repetition>`, so that an offline
/// client finds the same day with two lines of code.
pub fn fuzz_fraction(id: QuestionId, reps: u32) -> f64 {
    let hash = format!("{id}:{reps}")
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    f64::from(hash) / 4_294_967_296.0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn id() -> QuestionId {
        QuestionId(Uuid::from_u128(7))
    }

    fn review(day: i32, rating: Rating, guess: f64) -> Review {
        Review { at: Timestamp(i64::from(day) * 86_400_000 + 43_200_000), day: StudyDay(day), rating, guess }
    }

    fn study(card: Option<&Card>, day: i32, rating: Rating) -> Card {
        next(&Model::default(), &Settings::default(), id(), card, &review(day, rating, 0.0))
    }

    #[test]
    fn a_lapse_comes_back_in_ten_minutes_and_counts_once() {
        let known = study(None, 100, Rating::Good);
        let lapsed = study(Some(&known), 110, Rating::Again);
        assert_eq!(lapsed.due_at, Some(lapsed.last_at.plus_minutes(10)));
        assert_eq!((lapsed.due_day, lapsed.lapses), (StudyDay(110), 1));
        let again = study(Some(&lapsed), 110, Rating::Again);
        assert_eq!(again.lapses, 1, "failing while relearning is the same lapse");
        let passed = study(Some(&again), 110, Rating::Good);
        assert!(passed.due_day > StudyDay(110) && passed.due_at.is_none());
    }

    #[test]
    fn failing_the_first_time_is_no_lapse() {
        assert_eq!(study(None, 100, Rating::Again).lapses, 0);
    }

    #[test]
    fn intervals_grow_while_answers_are_right() {
        let mut card = study(None, 0, Rating::Good);
        let mut gap = card.due_day.0;
        for _ in 0..6 {
            let next = study(Some(&card), card.due_day.0, Rating::Good);
            assert!(next.due_day.0 - card.due_day.0 > gap, "after {gap} days");
            gap = next.due_day.0 - card.due_day.0;
            card = next;
        }
    }

    #[test]
    fn a_likely_guess_earns_a_shorter_interval() {
        let settings = Settings::default();
        let certain = next(&Model::default(), &settings, id(), None, &review(0, Rating::Good, 0.0));
        let guessed = next(&Model::default(), &settings, id(), None, &review(0, Rating::Good, 0.5));
        assert!(guessed.memory.stability < certain.memory.stability);
        assert!(guessed.memory.difficulty > certain.memory.difficulty);
    }

    #[test]
    fn fnv_1a_of_the_published_vectors() {
        // Test vectors of the FNV reference (RFC 9923): "" and "a" seed the same recurrence as ours.
        let hash = |text: &str| text.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
        assert_eq!((hash(""), hash("a"), hash("foobar")), (0x811c_9dc5, 0xe40c_292c, 0xbf9c_f968));
    }

    fn any_rating() -> impl Strategy<Value = Rating> {
        (1_u8..=4).prop_map(|number| Rating::from_number(number).unwrap())
    }

    proptest! {
        #[test]
        fn every_history_gives_a_sane_card(
            steps in prop::collection::vec((any_rating(), 0_i32..4000, 0.0_f64..=1.0), 1..30),
            retention in 0.70_f64..=0.97,
            maximum_interval in 1_u16..36_500,
        ) {
            let settings =
                Settings { retention: Retention::new(retention).unwrap(), maximum_interval, ..Settings::default() };
            let (mut card, mut day) = (None, 20_000);
            for (rating, gap, guess) in steps {
                day += gap;
                let step = next(&Model::default(), &settings, id(), card.as_ref(), &review(day, rating, guess));
                prop_assert!(step.memory.stability.is_finite() && step.memory.stability > 0.0);
                prop_assert!((1.0..=10.0).contains(&step.memory.difficulty));
                prop_assert!((0.0..=1.0).contains(&recall_on(&Model::default(), &step, StudyDay(day + 30))));
                let wait = step.due_day.0 - day;
                if rating == Rating::Again {
                    prop_assert_eq!(wait, 0);
                } else {
                    prop_assert!((1..=i32::from(maximum_interval)).contains(&wait));
                    prop_assert!(step.due_at.is_none());
                }
                card = Some(step);
            }
        }

        #[test]
        fn a_better_rating_never_brings_a_card_back_sooner(
            gaps in prop::collection::vec(1_i32..200, 0..8), last in 0_i32..400,
        ) {
            let (mut card, mut day) = (study(None, 0, Rating::Good), 0);
            for gap in gaps {
                day += gap;
                card = study(Some(&card), day, Rating::Good);
            }
            let at = review(day + last, Rating::Good, 0.0);
            let days = preview(&Model::default(), &Settings::default(), id(), Some(&card), at.at, at.day);
            prop_assert!(days.is_sorted(), "{days:?}");
        }
    }
}
