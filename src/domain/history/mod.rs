//! What a learner reviewed in another program (Anki), and which of it counts here.
//!
//! A review counts as the learner's own rating of a question: it schedules, and it is no evidence of mastery. Nothing
//! is made up: a row that is no review, or whose question is not certain, is left out with its reason.

mod list;
mod matching;
mod package;
mod text;

pub use super::roster::Fault as ListFault;
pub use list::list;
pub use matching::{Asks, Matcher, Note, Wording};
pub use package::{Bounds, PackageFault, unpack};

use crate::vocab::{
    grade::Rating,
    id::{EventId, QuestionId},
    time::Timestamp,
};
use uuid::Uuid;

/// A row of the other program's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    /// When, in milliseconds since 1970; also its name.
    pub id: i64,
    pub card: i64,
    pub note: i64,
    /// Which of the note's cards, from 0.
    pub ordinal: i64,
    /// 1 again to 4 easy; 0 where nobody rated.
    pub button: i64,
    /// The ease, or the difficulty; 0 of a card that was reset and of one that was crammed.
    pub factor: i64,
    /// 0 learn, 1 review, 2 relearn, 3 out of turn, 4 by hand, 5 rescheduled.
    pub kind: i64,
    pub took_ms: i64,
    /// When the card was last made new again.
    pub reset_at: Option<i64>,
}

/// A review that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rated {
    pub event: EventId,
    pub question: QuestionId,
    pub at: Timestamp,
    pub rating: Rating,
    pub took_ms: Option<u32>,
}

/// Why a row is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// Its note asks no question of the course, or not certainly one.
    Unmatched,
    /// A further card of the note, such as the reverse: it asks something else.
    OtherCard,
    /// A card that was moved by hand or by the program.
    NotRated,
    /// Out of turn, without an effect on the card.
    Crammed,
    /// The card was made new again later.
    Reset,
    /// Its time lies in the future or before 1970.
    Time,
    /// It was imported before, to another question.
    Elsewhere,
}

const DAY_MS: i64 = 86_400_000;
/// Under which reviews of Anki get their ids: UUIDv5 of this and `<review>:<card>`. Nothing of the learner is in it, so
/// that two logs with the same history are one when they are joined.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d1f_0c52_7f0e_4f5b_9d0a_3b5c_21e8_a4d7);

/// The review in a row, if it counts; `question` is what its note asks.
pub fn review(row: &Logged, question: Option<QuestionId>, now: Timestamp) -> Result<Rated, Skip> {
    let question = question.ok_or(Skip::Unmatched)?;
    if row.ordinal != 0 {
        return Err(Skip::OtherCard);
    }
    let rating = u8::try_from(row.button).ok().and_then(Rating::from_number).ok_or(Skip::NotRated)?;
    if row.kind == 3 && row.factor == 0 {
        return Err(Skip::Crammed);
    }
    if row.reset_at.is_some_and(|reset| row.id < reset) {
        return Err(Skip::Reset);
    }
    if row.id <= 0 || row.id > now.0 {
        return Err(Skip::Time);
    }
    let took_ms = u32::try_from(row.took_ms.min(DAY_MS)).ok().filter(|ms| *ms > 0);
    Ok(Rated { event: event_id(row), question, at: Timestamp(row.id), rating, took_ms })
}

fn event_id(row: &Logged) -> EventId {
    EventId(Uuid::new_v5(&NAMESPACE, format!("{}:{}", row.id, row.card).as_bytes()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn row() -> Logged {
        let (id, card) = (1_700_000_000_000, 5);
        Logged { id, card, note: 6, ordinal: 0, button: 3, factor: 2500, kind: 1, took_ms: 4_000, reset_at: None }
    }

    fn of(row: Logged) -> Result<Rated, Skip> {
        review(&row, Some(QuestionId(Uuid::from_u128(1))), NOW)
    }

    #[test]
    fn a_review_keeps_its_time_its_rating_and_how_long_it_took() {
        let rated = of(row()).unwrap();
        assert_eq!((rated.at, rated.rating, rated.took_ms), (Timestamp(row().id), Rating::Good, Some(4_000)));
        let took = |took_ms| of(Logged { took_ms, ..row() }).unwrap().took_ms;
        assert_eq!([took(0), took(-5), took(i64::MIN), took(i64::MAX)], [None, None, None, Some(86_400_000)]);
    }

    #[test]
    fn what_is_no_review_is_left_out_with_its_reason() {
        for (skipped, reason) in [
            (Logged { button: 0, kind: 4, ..row() }, Skip::NotRated),
            (Logged { button: 0, kind: 5, ..row() }, Skip::NotRated),
            (Logged { button: 5, ..row() }, Skip::NotRated),
            (Logged { button: -1, ..row() }, Skip::NotRated),
            (Logged { kind: 3, factor: 0, ..row() }, Skip::Crammed),
            (Logged { ordinal: 1, ..row() }, Skip::OtherCard),
            (Logged { reset_at: Some(row().id + 1), ..row() }, Skip::Reset),
            (Logged { id: NOW.0 + 1, ..row() }, Skip::Time),
            (Logged { id: i64::MAX, ..row() }, Skip::Time),
            (Logged { id: -3, ..row() }, Skip::Time),
        ] {
            assert_eq!(of(skipped).unwrap_err(), reason, "{skipped:?}");
        }
        assert_eq!(review(&row(), None, NOW).unwrap_err(), Skip::Unmatched);
        assert!(of(Logged { kind: 3, factor: 2100, ..row() }).is_ok(), "out of turn, but it moved the card");
        assert!(of(Logged { reset_at: Some(row().id - 1), ..row() }).is_ok());
    }

    #[test]
    fn a_review_has_one_id_wherever_it_is_read() {
        assert_eq!(of(row()).unwrap().event, of(Logged { took_ms: 1, ..row() }).unwrap().event);
        assert_ne!(of(row()).unwrap().event, of(Logged { card: 6, ..row() }).unwrap().event);
        assert_ne!(of(row()).unwrap().event, of(Logged { id: row().id + 1, ..row() }).unwrap().event);
    }
}
