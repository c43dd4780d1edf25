//! A rating from the time a right answer took, for answers nobody graded by hand.
//!
//! Times mean something only beside the learner's own: each is ranked among his last right answers of the same class
//! (kind of question, and whether the card is new, was asked that day, or comes after a pause). Causal: a rank
//! looks only at answers before it, in the learner's own order. The fold and the evaluation use this same code.
//!
//! Whether an answer was hardly read is asked of the question: its mean time over all learners (NT10; Wise & Ma 2012).
//! Until that is learnt the learner's own usual time stands for it.
//!
//! A window holds one byte per answer. Steps of 2.5 % decide as exact times do, and 300 bytes can be rewritten with
//! every answer.

use crate::vocab::grade::Rating;

/// When a card is asked; the same person takes another time for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occasion {
    /// The card's first review.
    First,
    /// It was reviewed before on the same study day.
    SameDay,
    /// At least a day after its last review.
    Later,
}

impl Occasion {
    /// `elapsed_days` since the last review, `None` at the first.
    pub fn of(elapsed_days: Option<u32>) -> Self {
        match elapsed_days {
            None => Self::First,
            Some(0) => Self::SameDay,
            Some(_) => Self::Later,
        }
    }
}

/// The time of one right answer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timed {
    /// Milliseconds from seeing the question to answering. `None` where it is not known, or the app was in the
    /// background meanwhile.
    pub ms: Option<u32>,
    /// The item's mean time in milliseconds and the question can be guessed: an answer much faster than that is
    /// probably a guess. `None` where it cannot be guessed or no mean is known.
    pub guessable_mean_ms: Option<u32>,
}

/// The last right answers of one learner in one class, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pace {
    levels: Vec<u8>,
}

/// Answers remembered per class.
const WINDOW: usize = 300;
/// Below this many every right answer is Good: the rank would be noise.
const ENOUGH: usize = 50;
/// Answers from which a question's mean time is used.
const ENOUGH_FOR_MEAN: u32 = 20;
/// The share that counts as fast, and as slow.
const TAIL: f64 = 0.2;
/// A longer time says that the learner was elsewhere, so it counts as this.
const CAP_MS: u32 = 60_000;
/// A guessable question answered in under this share of its mean time was hardly read.
const RAPID: f64 = 0.1;
/// The shortest time told apart from shorter ones.
const FLOOR_MS: u32 = 100;

/// The mean time of one question, over the answers of all learners.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MeanTime {
    sum_ms: u64,
    answers: u32,
}

impl MeanTime {
    pub fn add(&mut self, ms: u32) {
        self.sum_ms += u64::from(ms.min(CAP_MS));
        self.answers += 1;
    }

    /// In milliseconds; `None` while too few answers are known.
    pub fn ms(&self) -> Option<u32> {
        let mean = self.sum_ms / u64::from(self.answers.max(1));
        (self.answers >= ENOUGH_FOR_MEAN).then(|| u32::try_from(mean).unwrap_or(CAP_MS))
    }
}

impl Pace {
    /// The rating of a right answer, which is then remembered. A rapid guess is not: its time says nothing about how
    /// fast the learner recalls.
    pub fn rate(&mut self, timed: Timed) -> Rating {
        let Some(ms) = timed.ms else { return Rating::Good };
        if timed.guessable_mean_ms.is_some_and(|mean| f64::from(ms) < RAPID * f64::from(mean)) {
            return Rating::Good;
        }
        let level = level(ms);
        let rating = self.rating_at(level);
        if self.levels.len() >= WINDOW {
            self.levels.drain(..=self.levels.len() - WINDOW);
        }
        self.levels.push(level);
        rating
    }

    /// The learner's usual time in the class: the geometric mean of the window. `None` while too few are known.
    pub fn usual_ms(&self) -> Option<u32> {
        let sum: u32 = self.levels.iter().map(|level| u32::from(*level)).sum();
        let mean = f64::from(sum) / self.levels.len() as f64 / 255.0;
        let ms = || f64::from(FLOOR_MS) * libm::pow(f64::from(CAP_MS / FLOOR_MS), mean);
        (self.levels.len() >= ENOUGH).then(|| ms().round() as u32)
    }

    /// The window as stored: at most 300 bytes, oldest answer first, each `255 · ln(ms / 100) / ln 600`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.levels
    }

    /// What [`Self::as_bytes`] gave.
    pub fn from_bytes(levels: Vec<u8>) -> Self {
        Self { levels }
    }

    /// Equal times share a rank, half below and half above, so a device that measures coarsely gives Good.
    fn rating_at(&self, level: u8) -> Rating {
        if self.levels.len() < ENOUGH {
            return Rating::Good;
        }
        let below = self.levels.iter().filter(|other| **other < level).count();
        let equal = self.levels.iter().filter(|other| **other == level).count();
        let rank = (below as f64 + equal as f64 / 2.0) / self.levels.len() as f64;
        match rank {
            rank if rank < TAIL => Rating::Easy,
            rank if rank > 1.0 - TAIL => Rating::Hard,
            _ => Rating::Good,
        }
    }
}

fn level(ms: u32) -> u8 {
    let times_floor = f64::from(ms.clamp(FLOOR_MS, CAP_MS)) / f64::from(FLOOR_MS);
    (255.0 * libm::log(times_floor) / libm::log(f64::from(CAP_MS / FLOOR_MS))).round() as u8
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng, rngs::StdRng};
    use std::collections::VecDeque;

    fn timed(ms: u32) -> Timed {
        Timed { ms: Some(ms), ..Timed::default() }
    }

    /// 100 answers that took 1 to 10.9 seconds.
    fn practised() -> Pace {
        let mut pace = Pace::default();
        for step in 0..100 {
            pace.rate(timed(1000 + 100 * step));
        }
        pace
    }

    #[test]
    fn the_fastest_fifth_is_easy_and_the_slowest_fifth_hard() {
        let table = [
            (500, Rating::Easy),
            (2500, Rating::Easy),
            (3500, Rating::Good),
            (8500, Rating::Good),
            (9500, Rating::Hard),
            (3_600_000, Rating::Hard),
        ];
        for (ms, expected) in table {
            assert_eq!(practised().rate(timed(ms)), expected, "{ms} ms");
        }
    }

    #[test]
    fn nothing_is_read_from_the_first_fifty_answers() {
        let mut pace = Pace::default();
        for step in 0..50 {
            assert_eq!(pace.rate(timed(if step % 2 == 0 { 200 } else { 50_000 })), Rating::Good);
        }
        assert_eq!(pace.rate(timed(100)), Rating::Easy);
    }

    #[test]
    fn an_unknown_time_is_good_and_leaves_no_trace() {
        let mut pace = practised();
        assert_eq!(pace.rate(Timed::default()), Rating::Good);
        assert_eq!(pace, practised());
    }

    #[test]
    fn a_rapid_guess_is_never_easy_and_leaves_no_trace() {
        let mut pace = practised();
        let rapid = Timed { ms: Some(400), guessable_mean_ms: Some(5000) };
        assert_eq!(pace.rate(rapid), Rating::Good);
        assert_eq!(pace, practised());
        assert_eq!(pace.rate(Timed { ms: Some(600), ..rapid }), Rating::Easy);
    }

    #[test]
    fn the_mean_time_of_a_question_needs_twenty_answers_and_no_answer_counts_for_more_than_a_minute() {
        let mut mean = MeanTime::default();
        for answer in 0..20 {
            assert_eq!(mean.ms(), None, "{answer} answers");
            mean.add(if answer % 2 == 0 { 4_000 } else { 3_600_000 });
        }
        assert_eq!(mean.ms(), Some(32_000));
    }

    #[test]
    fn the_usual_time_is_the_geometric_mean() {
        let mut pace = Pace::default();
        for step in 0..100 {
            assert_eq!(pace.usual_ms().is_some(), step >= 50);
            pace.rate(timed(if step % 2 == 0 { 2_000 } else { 8_000 }));
        }
        assert!((3_900..4_100).contains(&pace.usual_ms().unwrap()), "{:?}", pace.usual_ms());
    }

    #[test]
    fn equal_times_are_all_good() {
        let mut pace = Pace::default();
        for _ in 0..400 {
            assert_eq!(pace.rate(timed(60_000)), Rating::Good);
        }
    }

    #[test]
    fn only_the_last_three_hundred_count() {
        let mut pace = practised();
        for _ in 0..300 {
            pace.rate(timed(30_000));
        }
        assert_eq!(pace.as_bytes().len(), 300);
        assert_eq!(pace.rate(timed(29_000)), Rating::Easy);
    }

    /// The rule with exact times, as study-engine text has it.
    fn exact(window: &mut VecDeque<u32>, ms: u32) -> Rating {
        let capped = ms.min(CAP_MS);
        let below = window.iter().filter(|other| **other < capped).count() as f64;
        let equal = window.iter().filter(|other| **other == capped).count() as f64;
        let rank = (below + equal / 2.0) / window.len() as f64;
        let (enough, fast, slow) = (window.len() >= ENOUGH, rank < TAIL, rank > 1.0 - TAIL);
        window.push_back(capped);
        if window.len() > WINDOW {
            window.pop_front();
        }
        match (enough, fast, slow) {
            (true, true, _) => Rating::Easy,
            (true, _, true) => Rating::Hard,
            _ => Rating::Good,
        }
    }

    #[test]
    fn one_byte_per_answer_decides_as_exact_times_do() {
        let mut chance = StdRng::seed_from_u64(5);
        let (mut pace, mut window, mut same) = (Pace::default(), VecDeque::new(), 0);
        for _ in 0..20_000 {
            // Lognormal around 7 s, as response times are.
            let normal: f64 = (0..12).map(|_| chance.random::<f64>()).sum::<f64>() - 6.0;
            let ms = libm::exp(8.85 + 0.6 * normal) as u32;
            same += usize::from(pace.rate(timed(ms)) == exact(&mut window, ms));
        }
        assert!(same >= 19_700, "{same} of 20,000");
    }

    proptest! {
        #[test]
        fn a_faster_answer_is_never_rated_worse(
            before in prop::collection::vec(0_u32..120_000, 0..350), one in 0_u32..120_000, other in 0_u32..120_000,
        ) {
            let mut pace = Pace::default();
            for ms in before {
                pace.rate(timed(ms));
            }
            let (fast, slow) = (one.min(other), one.max(other));
            prop_assert!(pace.clone().rate(timed(fast)) >= pace.clone().rate(timed(slow)));
            let stored = Pace::from_bytes(pace.as_bytes().to_vec());
            prop_assert_eq!(stored, pace);
        }
    }
}
