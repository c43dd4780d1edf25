//! When a card comes back: card + graded answer → next card.
//!
//! FSRS knows memories and days; this file knows the product's rules around it: a lapse returns the same day, a
//! pass never before tomorrow, a right answer that may be a guess counts for less. Nothing here depends on when an
//! answer arrived, on the server's zone or on the size of the history.

use super::{
    memory::{Memory, Model, Retention},
    spread::{self, Slot},
};
use crate::vocab::{
    grade::Rating,
    time::{StudyDay, Timestamp},
};

pub use super::spread::{FUZZ_BANDS, FUZZ_FROM_DAYS, fuzz_fraction};

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
    /// The day of an exam, if there is one.
    pub exam: Option<StudyDay>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { retention: Retention::DEFAULT, relearn_minutes: 10, maximum_interval: 36_500, exam: None }
    }
}

impl Settings {
    /// Days between two reviews at most.
    fn longest(&self) -> i32 {
        i32::from(self.maximum_interval).max(1)
    }
}

impl Card {
    /// Lapses from which a card is a leech: it costs more than it gives until its question or the learner's way of
    /// learning it changes.
    pub const LEECH_LAPSES: u32 = 8;

    pub fn is_leech(&self) -> bool {
        self.lapses >= Self::LEECH_LAPSES
    }
}

/// How an exam changes the days before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExamRule {
    /// Until then cards are let slip to this, because what counts is that day and not the days before.
    pub retention: f64,
    /// A card known less well than this on the day itself gets one more look …
    pub recall: f64,
    /// … on one of so many last days, as far as they are still to come.
    pub days: i32,
}

pub const EXAM: ExamRule = ExamRule { retention: 0.80, recall: 0.95, days: 7 };

/// The card after `review`.
pub fn next(model: &Model, settings: &Settings, slot: Slot, card: Option<&Card>, review: &Review) -> Card {
    let elapsed = card.map_or(0, |card| elapsed_days(card.last_day, review.day));
    let reps = card.map_or(0, |card| card.reps).saturating_add(1);
    let lapsed = review.rating == Rating::Again;
    let memories = model.after_answers(card.map(|card| card.memory), elapsed, review.guess);
    let due = due_days(model, settings, (memories, slot, reps), (review.day, review.rating));
    let place = review.rating.place();
    Card {
        memory: memories[place],
        first_day: card.map_or(review.day, |card| card.first_day),
        last_at: review.at,
        last_day: review.day,
        due_day: due[place],
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
pub fn preview(model: &Model, settings: &Settings, slot: Slot, card: Option<&Card>, day: StudyDay) -> [i32; 4] {
    let elapsed = card.map_or(0, |card| elapsed_days(card.last_day, day));
    let reps = card.map_or(0, |card| card.reps).saturating_add(1);
    let memories = model.after_answers(card.map(|card| card.memory), elapsed, 0.0);
    due_days(model, settings, (memories, slot, reps), (day, Rating::Easy)).map(|due| due.0 - day.0)
}

/// The last day on which a card may come that was passed on `passed` and is due on `due`: where its fuzz ends, or the
/// day before an exam that it is to be seen before. A card that failed, or comes back too soon for fuzz, has only its
/// day.
pub fn latest(model: &Model, settings: &Settings, memory: Memory, (passed, due): (StudyDay, StudyDay)) -> StudyDay {
    if due <= passed {
        return due;
    }
    let exam = settings.exam.filter(|exam| *exam > passed);
    let retention = if exam.is_some() { until_exam(settings) } else { settings.retention };
    let longest = settings.longest();
    let exact = model.interval(memory, retention).min(longest as f32);
    let end = StudyDay(passed.0.saturating_add(spread::around(exact, longest).1));
    let end = exam.filter(|exam| due < *exam).map_or(end, |exam| end.min(StudyDay(exam.0 - 1)));
    end.max(due)
}

/// The chance that the learner knows the card on `day`.
pub fn recall_on(model: &Model, card: &Card, day: StudyDay) -> f64 {
    model.recall(card.memory, elapsed_days(card.last_day, day) as f32)
}

/// Calendar days between two study days; a clock set back counts as none.
pub fn elapsed_days(from: StudyDay, to: StudyDay) -> u32 {
    u32::try_from(to.0.saturating_sub(from.0)).unwrap_or(0)
}

/// The day a card comes back after each rating on `day` up to `best`. A better rating never brings it back sooner,
/// whatever fuzz, siblings and exam make of each.
fn due_days(
    model: &Model,
    settings: &Settings,
    (memories, slot, reps): ([Memory; 4], Slot, u32),
    (day, best): (StudyDay, Rating),
) -> [StudyDay; 4] {
    let mut due = [day; 4];
    for place in 1..=best.place() {
        due[place] = due_day(model, settings, (memories[place], slot, reps), day).max(due[place - 1]);
    }
    due
}

/// The day a card passed on `day` comes back: when recall will have fallen to what is wanted, and before an exam once
/// more if it would be known too little then.
fn due_day(model: &Model, settings: &Settings, card: (Memory, Slot, u32), day: StudyDay) -> StudyDay {
    let (memory, slot, reps) = card;
    let longest = settings.longest();
    let plain = |retention| {
        let exact = model.interval(memory, retention).min(longest as f32);
        spread::among(spread::around(exact, longest), slot, reps, day)
    };
    let Some(exam) = settings.exam.filter(|exam| *exam > day) else { return plain(settings.retention) };
    let due = plain(until_exam(settings));
    let last_week = ((exam.0 - EXAM.days - day.0).max(1), exam.0 - 1 - day.0);
    let known = model.recall(memory, elapsed_days(day, exam) as f32) >= EXAM.recall;
    if due < exam || known || last_week.1 < 1 { due } else { spread::among(last_week, slot, reps, day) }
}

/// What is wanted while an exam lies ahead.
fn until_exam(settings: &Settings) -> Retention {
    Retention::new(EXAM.retention).unwrap_or(settings.retention)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::vocab::id::QuestionId;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn id() -> Slot {
        Slot::alone(QuestionId(Uuid::from_u128(7)))
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
    fn a_leech_has_lapsed_eight_times() {
        let mut card = study(None, 0, Rating::Good);
        for lapse in 1..=8 {
            card = study(Some(&card), lapse * 20, Rating::Again);
            card = study(Some(&card), lapse * 20, Rating::Good);
            assert_eq!((card.lapses, card.is_leech()), (lapse as u32, lapse == 8));
        }
    }

    #[test]
    fn after_the_exam_the_wanted_retention_holds_again() {
        let card = study(None, 0, Rating::Good);
        let due = |exam: Option<i32>| {
            let settings = Settings { exam: exam.map(StudyDay), ..Settings::default() };
            next(&Model::default(), &settings, id(), Some(&card), &review(3, Rating::Good, 0.0)).due_day.0
        };
        assert_eq!((due(Some(3)), due(Some(2))), (due(None), due(None)));
        assert!(due(Some(900)) > due(None), "further apart while the exam is far off");
        assert!((23..30).contains(&due(Some(30))), "and once more in the week before it: {}", due(Some(30)));
    }

    #[test]
    fn a_likely_guess_earns_a_shorter_interval() {
        let settings = Settings::default();
        let certain = next(&Model::default(), &settings, id(), None, &review(0, Rating::Good, 0.0));
        let guessed = next(&Model::default(), &settings, id(), None, &review(0, Rating::Good, 0.5));
        assert!(guessed.memory.stability < certain.memory.stability);
        assert!(guessed.memory.difficulty > certain.memory.difficulty);
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
            gaps in prop::collection::vec(1_i32..200, 0..8), last in 0_i32..400, place in 0_u32..4, siblings in 4_u32..6,
            exam in prop::option::of(-20_i32..300), guess in 0.0_f64..=0.5,
        ) {
            let (mut card, mut day) = (study(None, 0, Rating::Good), 0);
            for gap in gaps {
                day += gap;
                card = study(Some(&card), day, Rating::Good);
            }
            let at = review(day + last, Rating::Good, guess);
            let exam = exam.map(|exam| StudyDay(at.day.0 + exam));
            let settings = Settings { exam, ..Settings::default() };
            let slot = Slot { place, siblings, ..id() };
            let days = preview(&Model::default(), &settings, slot, Some(&card), at.day);
            prop_assert!(days.is_sorted(), "{days:?}");
            let day = |rating| next(&Model::default(), &settings, slot, Some(&card), &Review { rating, ..at }).due_day;
            prop_assert!(Rating::ALL.map(day).is_sorted());
        }

        #[test]
        fn no_day_that_a_card_gets_is_after_its_latest(
            gaps in prop::collection::vec(1_i32..200, 0..6), exam in prop::option::of(-20_i32..300), id in 0_u128..1000,
        ) {
            let slot = Slot::alone(QuestionId(Uuid::from_u128(id)));
            let (mut card, mut day) = (study(None, 0, Rating::Good), 0);
            for gap in gaps {
                day += gap;
                card = study(Some(&card), day, Rating::Good);
            }
            let exam = exam.map(|exam| StudyDay(day + exam));
            let settings = Settings { exam, ..Settings::default() };
            let model = Model::default();
            let of = |card: &Card| latest(&model, &settings, card.memory, (card.last_day, card.due_day));
            let after = next(&model, &settings, slot, Some(&card), &review(day + 1, Rating::Good, 0.0));
            let end = of(&after);
            prop_assert!(end >= after.due_day);
            prop_assert!(exam.is_none_or(|exam| after.due_day >= exam || end < exam), "{exam:?} {end:?}");
            let exact = model.interval(after.memory, Retention::new(EXAM.retention).unwrap()).max(
                model.interval(after.memory, settings.retention));
            let most = spread::around(exact.min(36_500.0), 36_500).1;
            prop_assert!(end <= after.due_day.max(StudyDay(day + 1 + most)));
            let failed = next(&model, &settings, slot, Some(&card), &review(day + 1, Rating::Again, 0.0));
            prop_assert_eq!(of(&failed), failed.due_day);
        }

        #[test]
        fn before_an_exam_nothing_is_put_off_beyond_it_that_would_be_forgotten_then(
            ahead in 2_i32..200, rating in any_rating(), stability in 1.0_f32..2000.0, id in 0_u128..1000,
        ) {
            let (today, exam) = (StudyDay(1000), StudyDay(1000 + ahead));
            let card = Card { memory: Memory { stability, difficulty: 5.0 }, ..study(None, 950, Rating::Good) };
            let settings = Settings { exam: Some(exam), ..Settings::default() };
            let slot = Slot::alone(QuestionId(Uuid::from_u128(id)));
            let after = next(&Model::default(), &settings, slot, Some(&card), &review(today.0, rating, 0.0));
            let known = recall_on(&Model::default(), &after, exam);
            prop_assert!(after.due_day < exam || known >= 0.95, "{known} at {:?}", after.due_day);
        }
    }
}
