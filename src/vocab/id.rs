//! Ids as newtypes over UUID, so that one cannot be passed for another.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A person who studies, with or without an account.
    LearnerId
);
id!(
    /// An event of the log; chosen by the device (UUIDv7), unique within its learner.
    EventId
);
id!(
    /// A unit of the organisation: the whole, a part of it, a team.
    UnitId
);
id!(
    /// People who are counted together, and only together.
    CohortId
);
id!(
    /// Something a team does to learn.
    ActivityId
);
id!(
    /// A question, the same in every database that loads the same course.
    QuestionId
);

impl QuestionId {
    /// Course slug and author's id make the UUID (version 5, RFC 9562 section 5.5).
    pub fn of(course: &str, reference: &str) -> Self {
        let name = format!("laerd:question:{course}/{reference}");
        Self(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_the_same_id_in_every_database() {
        let id = QuestionId::of("medarbeiderskap", "K1-01");
        assert_eq!(id, QuestionId::of("medarbeiderskap", "K1-01"));
        assert_ne!(id, QuestionId::of("medarbeiderskap", "K1-02"));
        assert_ne!(id, QuestionId::of("andre-kurs", "K1-01"));
    }
}
