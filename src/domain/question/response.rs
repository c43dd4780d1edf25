//! What a learner sends as the answer to a question, one shape for each family of types.

use crate::vocab::grade::Rating;
use serde::{Deserialize, Serialize};

/// What a learner answered. Parts are named by the ids the question was shown with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Response {
    /// For `single`, `multiple` and `true_false`.
    Choice {
        /// Ids of the chosen options, in any order; `true` or `false` for `true_false`. Empty: none was chosen.
        options: Vec<String>,
    },
    /// For `short_text`.
    Text {
        /// As the learner typed it.
        text: String,
    },
    /// For `numeric`.
    Number {
        /// As the learner typed it, such as `1 000,5 kr`.
        text: String,
    },
    /// For `cloze`.
    Gaps {
        /// One text for each gap in order; an empty text is a gap left open.
        gaps: Vec<String>,
    },
    /// For `matching`.
    Pairs {
        /// In any order; a left side that is not named was left alone.
        pairs: Vec<PairChoice>,
    },
    /// For `ordering`.
    Order {
        /// The id of every item, the first item first.
        items: Vec<String>,
    },
    /// For `categorise`.
    Placements {
        /// In any order; an item that is not named was left alone.
        placements: Vec<Placement>,
    },
    /// For `flashcard` and `reflection`.
    SelfRating {
        /// The learner's own verdict.
        rating: Rating,
    },
    /// For `info`: the page was read.
    Seen,
    /// For every type: the learner asked for the answer without trying. The score is 0.
    Reveal,
}

/// One left side and the right side that the learner gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairChoice {
    /// `Pair::left_id`.
    pub left: String,
    /// `Pair::right_id`, or the id of an extra right side.
    pub right: String,
}

/// One item and the category that the learner put it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// `Placed::id`.
    pub item: String,
    /// `Category::id`.
    pub category: String,
}
