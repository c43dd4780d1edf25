//! The four ratings of a review, as FSRS and Anki name them.

use serde::{Deserialize, Serialize};

/// How well a review went. The numbers are FSRS's own (1 to 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    Again = 1,
    Hard = 2,
    Good = 3,
    Easy = 4,
}

impl Rating {
    pub const ALL: [Self; 4] = [Self::Again, Self::Hard, Self::Good, Self::Easy];

    pub fn number(self) -> u8 {
        self as u8
    }

    /// Where it stands among all, from the worst: 0 to 3.
    pub fn place(self) -> usize {
        usize::from(self.number()) - 1
    }

    /// `None` unless `number` is 1 to 4.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|rating| rating.number() == number)
    }
}
