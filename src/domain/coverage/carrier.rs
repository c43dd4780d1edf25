//! Who carries a concept: one who would know it today, shown by enough answers that are not too old.

use crate::vocab::time::Timestamp;

/// The share of a concept's questions that a carrier would know today.
const SHARE: f64 = 0.8;
const ANSWERS: u32 = 3;
const DAYS: u8 = 2;
/// An answer older than this says nothing of today.
const FRESH_DAYS: i64 = 180;

/// What is known of one person and one concept. Self-ratings are no answers here; the filter leaves them out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Expected share of the concept's questions that he knows now.
    pub share: f64,
    /// Scored answers.
    pub answers: u32,
    /// Study days with a right answer, as far as two. Stricter than two days with any answer: a carrier has been right
    /// on both.
    pub correct_days: u8,
    pub last_answer: Option<Timestamp>,
}

/// What one person adds to a tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holding {
    /// Too few answers, or too old.
    Unknown,
    /// Enough for a verdict, but no carrier.
    Known,
    Carrier,
}

pub fn holding(evidence: &Evidence, now: Timestamp) -> Holding {
    let is_fresh = evidence.last_answer.is_some_and(|at| now.0.saturating_sub(at.0) <= FRESH_DAYS * 86_400_000);
    if evidence.answers < ANSWERS || !is_fresh {
        Holding::Unknown
    } else if evidence.share >= SHARE && evidence.correct_days >= DAYS {
        Holding::Carrier
    } else {
        Holding::Known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_431_600_000);

    #[test]
    fn a_carrier_knows_it_today_and_has_shown_it_on_two_days() {
        let sure = Evidence { share: 0.8, answers: 3, correct_days: 2, last_answer: Some(NOW) };
        let at = |days: i64| Some(NOW.plus_ms(-days * 86_400_000));
        for (evidence, expected) in [
            (sure, Holding::Carrier),
            (Evidence { last_answer: at(180), ..sure }, Holding::Carrier),
            (Evidence { last_answer: at(181), ..sure }, Holding::Unknown),
            (Evidence { last_answer: None, ..sure }, Holding::Unknown),
            (Evidence { answers: 2, ..sure }, Holding::Unknown),
            (Evidence { correct_days: 1, ..sure }, Holding::Known),
            (Evidence { share: 0.79, ..sure }, Holding::Known),
        ] {
            assert_eq!(holding(&evidence, NOW), expected, "{evidence:?}");
        }
    }
}
