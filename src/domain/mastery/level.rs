//! The word a learner sees for a concept, from "not started" to "mastered".
//!
//! A level is won at once and lost slowly: one unlucky answer at a border should not take a word away. The same
//! rule is used when an answer is stored and when the concept is read, so forgetting shows without a write.

use super::Estimate;
use serde::{Deserialize, Serialize};

/// How far below its threshold the share must fall before a level is lost.
const SLACK: f64 = 0.07;

/// How sure one must be that the share is as high as the two upper levels claim.
const SURE: f64 = 0.8;

/// How far a learner has come in a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// No answer yet.
    NotStarted,
    /// Answered, but below every other level.
    Learning,
    /// An expected share of 55 % after two answers.
    Familiar,
    /// An expected share of 70 % after three answers, and surely 60 %.
    Proficient,
    /// An expected share of 85 % after five answers, surely 75 %, and right answers on two days. The second day is
    /// our own advice and unmeasured: what is right twice in one sitting may be gone tomorrow.
    Mastered,
}

/// The level now, given the one last stored: up at once, down only when the share is clearly below the threshold
/// of `previous`, and then to whatever level holds. `answers` and `correct_days` are those of the concept.
pub fn level_now(previous: Level, estimate: &Estimate, answers: u32, correct_days: u8) -> Level {
    let earned = earned_level(estimate, answers, correct_days);
    let is_close = threshold(previous).is_some_and(|least| estimate.p >= least - SLACK);
    if earned < previous && is_close { previous } else { earned }
}

fn earned_level(estimate: &Estimate, answers: u32, correct_days: u8) -> Level {
    let reaches = |level| threshold(level).is_some_and(|least| estimate.p >= least);
    if reaches(Level::Mastered) && answers >= 5 && estimate.p_ge_75 >= SURE && correct_days >= 2 {
        Level::Mastered
    } else if reaches(Level::Proficient) && answers >= 3 && estimate.p_ge_60 >= SURE {
        Level::Proficient
    } else if reaches(Level::Familiar) && answers >= 2 {
        Level::Familiar
    } else if answers >= 1 {
        Level::Learning
    } else {
        Level::NotStarted
    }
}

/// The expected share a level asks for; the two lowest ask for none.
fn threshold(level: Level) -> Option<f64> {
    match level {
        Level::NotStarted | Level::Learning => None,
        Level::Familiar => Some(0.55),
        Level::Proficient => Some(0.70),
        Level::Mastered => Some(0.85),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sure_of(p: f64) -> Estimate {
        Estimate { p, low: p, high: p, mu: 0.0, sd: 1.0, p_ge_60: 0.9, p_ge_75: 0.9 }
    }

    fn check(previous: Level, p: f64, answers: u32, correct_days: u8, expect: Level) {
        assert_eq!(level_now(previous, &sure_of(p), answers, correct_days), expect, "p = {p}, from {previous:?}");
    }

    #[test]
    fn a_level_is_won_at_once() {
        check(Level::NotStarted, 0.99, 0, 0, Level::NotStarted);
        check(Level::NotStarted, 0.99, 1, 1, Level::Learning);
        check(Level::Learning, 0.55, 2, 1, Level::Familiar);
        check(Level::Learning, 0.70, 3, 1, Level::Proficient);
        check(Level::Learning, 0.85, 5, 2, Level::Mastered);
    }

    #[test]
    fn mastered_asks_for_right_answers_on_two_days() {
        check(Level::Proficient, 0.99, 50, 1, Level::Proficient);
        check(Level::Proficient, 0.99, 50, 2, Level::Mastered);
    }

    #[test]
    fn a_level_is_lost_only_when_the_share_is_clearly_below_it() {
        check(Level::Mastered, 0.79, 9, 2, Level::Mastered);
        check(Level::Mastered, 0.77, 9, 2, Level::Proficient);
        check(Level::Mastered, 0.56, 9, 2, Level::Familiar);
        check(Level::Proficient, 0.62, 9, 2, Level::Familiar);
        check(Level::Familiar, 0.49, 9, 2, Level::Familiar);
        check(Level::Familiar, 0.47, 9, 2, Level::Learning);
    }

    #[test]
    fn the_upper_levels_ask_for_certainty_to_be_won_but_not_to_be_kept() {
        let unsure = Estimate { p_ge_60: 0.7, p_ge_75: 0.5, ..sure_of(0.9) };
        assert_eq!(level_now(Level::Learning, &unsure, 9, 2), Level::Familiar);
        assert_eq!(level_now(Level::Mastered, &unsure, 9, 2), Level::Mastered);
    }
}
