//! Whether a level can be relied on today.
//!
//! A level is earned at an answer and time never takes the badge away. Where time has worn the estimate below it, or
//! the scheduler wants at least half of the concept's questions back, the concept is due for review: the filter forgets
//! slowly, the scheduler knows when each question fades.

use super::{ConceptBelief, Estimate, level_now};

/// What can be said of a concept today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nothing was answered.
    NotStarted,
    /// Too few answers for a verdict.
    NotEnoughEvidence,
    /// The level holds.
    Current,
    /// It is time to go over it again.
    DueForReview,
}

/// Fewer answers than this are no ground for a verdict.
const ENOUGH: u32 = 3;

/// `met` and `due` count the concept's questions the learner has met, and those of them whose day has come.
pub fn status(belief: &ConceptBelief, estimate: &Estimate, met: usize, due: usize) -> Status {
    let is_worn = level_now(belief.level, estimate, belief.n, belief.correct_days) < belief.level;
    match belief.n {
        0 => Status::NotStarted,
        n if n < ENOUGH => Status::NotEnoughEvidence,
        _ if is_worn || (due > 0 && due * 2 >= met) => Status::DueForReview,
        _ => Status::Current,
    }
}
