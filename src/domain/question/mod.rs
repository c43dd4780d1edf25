//! A question as the course author wrote it: body, key, feedback and explanation.
//!
//! Marking lives beside each family of types; `mark` is the one door to all of them. The types here are also
//! how a revision is stored, so fields are added, never renamed.

mod choice;
mod gaps;
mod guess;
mod key;
mod marking;
mod normal;
mod number;
mod numeral;
mod offline;
mod parts;
mod pattern;
mod presentation;
mod rekey;
mod response;
mod text;
mod typo;

pub use guess::guess_chance;
pub use key::Key;
pub use marking::{Feedback, Mark, MarkFault, mark};
pub use offline::{Said, When, foreseen};
pub use pattern::Pattern;
pub use presentation::{Presented, Shown, present};
pub use rekey::{mended_by, with_key_of};
pub use response::{PairChoice, Placement, Response};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The names of all types, as `Body::type_name` gives them.
const TYPE_NAMES: [&str; 12] = [
    "single",
    "true_false",
    "multiple",
    "short_text",
    "numeric",
    "cloze",
    "matching",
    "ordering",
    "categorise",
    "flashcard",
    "reflection",
    "info",
];

/// The name of a type as it was stored; `None` if there is no such type any more.
pub fn type_named(name: &str) -> Option<&'static str> {
    TYPE_NAMES.into_iter().find(|known| *known == name)
}

/// One question with all an author gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The author's permanent id, such as `K1-02`.
    pub id: String,
    /// Slugs of the concepts it measures, the main one first.
    pub concepts: Vec<String>,
    /// Ids of the learning objectives it serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<String>,
    /// 1 easy, 2 middle, 3 hard.
    pub difficulty: u8,
    /// Markdown.
    pub stem: String,
    /// What is asked and what is right, by type.
    pub body: Body,
    /// Why the key is right. Empty only for `info`.
    pub explanation: String,
    /// What the key rests on.
    pub source: Source,
    /// Helps that do not give the answer away, the first shown first. At most two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// Shown beside the stem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// The least score that counts as right; 1 unless the author says otherwise.
    #[serde(default = "one")]
    pub pass_at: f64,
    /// The day by which the author must read it again; required where the source is a law.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_by: Option<Date>,
    /// Findings of the linter that the author accepts: code → reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lint: BTreeMap<String, String>,
    /// The author's id of the question whose place it takes, because the meaning changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor_of: Option<String>,
    /// Keeps its history but is asked no more.
    #[serde(default)]
    pub retired: bool,
}

fn one() -> f64 {
    1.0
}

/// What a question's key rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What kind of text it is.
    pub kind: SourceKind,
    /// Where to look it up, in the author's words.
    pub reference: String,
    /// The day a law was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Date>,
}

/// What kind of text a key rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The course's own slides.
    Slides,
    /// A law or regulation, as read on `Source::as_of`.
    Law,
    /// A book or an article.
    Literature,
    /// Common knowledge or another public text.
    General,
}

/// A picture beside the stem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Path within the course's folder.
    pub src: String,
    /// The text for those who do not see it; never holds the key.
    pub alt: String,
}

/// What differs from type to type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Body {
    /// One right option of several.
    Single {
        /// In the author's order.
        options: Vec<ChoiceOption>,
    },
    /// The stem is a claim.
    TrueFalse {
        /// Whether the claim is true.
        answer: bool,
        /// To one who said it is true. Markdown.
        feedback_true: String,
        /// To one who said it is false. Markdown.
        feedback_false: String,
    },
    /// Several right options.
    Multiple {
        /// In the author's order.
        options: Vec<ChoiceOption>,
        /// What a partly right choice is worth.
        scoring: Scoring,
    },
    /// A word or a short phrase to type.
    ShortText(TextKey),
    /// A number to type.
    Numeric(NumberKey),
    /// A stem with gaps `{{1}}`, `{{2}}` to fill.
    Cloze {
        /// One key for each gap, the first for `{{1}}`.
        gaps: Vec<TextKey>,
        /// Whether a text may stand in any gap; each gap's key is then used once.
        any_order: bool,
    },
    /// Left and right texts to pair.
    Matching {
        /// What belongs together.
        pairs: Vec<Pair>,
        /// Right texts that belong to no left one.
        extra_right: Vec<Part>,
    },
    /// Items to put in order.
    Ordering {
        /// In the right order.
        items: Vec<Part>,
    },
    /// Items to sort into categories.
    Categorise {
        /// In the author's order.
        categories: Vec<Category>,
        /// Each with its right category.
        items: Vec<Placed>,
    },
    /// The stem is the front; the learner judges himself.
    Flashcard {
        /// The other side. Markdown.
        back: String,
    },
    /// To think and write about; the learner judges himself.
    Reflection {
        /// Questions that lead the thought.
        prompts: Vec<String>,
        /// What a good answer holds.
        criteria: Vec<Criterion>,
        /// To compare with. Markdown.
        model_answer: String,
    },
    /// A page to read; nothing is asked.
    Info {
        /// Markdown.
        body: String,
    },
}

/// How a question with several right options is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scoring {
    /// `max(0, hits/K − false/D)` for K right and D wrong options.
    #[default]
    Partial,
    /// 1 for every right option and no wrong one, else 0.
    AllOrNothing,
}

/// An option of `single` or `multiple`. `id` is random per revision, so it tells nothing of the author's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// What a client names it by.
    #[serde(default)]
    pub id: String,
    /// Markdown.
    pub text: String,
    /// Whether choosing it is right.
    #[serde(default)]
    pub correct: bool,
    /// Why it tempts and fails, or why it is right. Markdown.
    pub feedback: String,
    /// Stays last when the others are shuffled.
    #[serde(default)]
    pub pinned: bool,
}

/// Accepted and foreseen answers of a text field or a gap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TextKey {
    /// The first is shown as the key; `*` stands for anything, `\*` for a star.
    pub accept: Vec<Pattern>,
    /// Whether slips of the keyboard are forgiven in long words.
    pub typos: bool,
    /// Wrong answers the author has a word for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<ForeseenText>,
    /// To an accepted answer. Markdown.
    pub feedback_correct: String,
    /// To an answer neither accepted nor foreseen. Markdown.
    pub feedback_other: String,
}

/// A wrong answer that the author foresaw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeseenText {
    /// Any of these, written as in `TextKey::accept`.
    #[serde(rename = "match")]
    pub matches: Vec<Pattern>,
    /// Markdown.
    pub feedback: String,
}

/// The right number and the foreseen wrong ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberKey {
    /// In `unit`.
    pub answer: rust_decimal::Decimal,
    /// How far off is still right, in the terms of `tolerance_kind`.
    pub tolerance: rust_decimal::Decimal,
    /// What `tolerance` measures.
    pub tolerance_kind: Tolerance,
    /// Shown beside the field; may be typed along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Wrong numbers the author has a word for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub common_errors: Vec<ForeseenNumber>,
    /// To a number within the tolerance. Markdown.
    pub feedback_correct: String,
    /// To a number neither right nor foreseen. Markdown.
    pub feedback_other: String,
}

/// Always inclusive. Absolute: |x−a| ≤ t. Relative: |x−a| ≤ t·|a|. Geometric: a/(1+t) ≤ x ≤ a·(1+t) for a > 0,
/// mirrored for a < 0 (as in Moodle's numerical question).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// t in the unit of the answer.
    #[default]
    Absolute,
    /// t as a share of the answer.
    Relative,
    /// 1+t as a factor of the answer.
    Geometric,
}

/// A wrong number that the author foresaw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForeseenNumber {
    /// In the unit of the answer; met within the key's tolerance.
    pub value: rust_decimal::Decimal,
    /// Markdown.
    pub feedback: String,
}

/// A pair of `matching`; both sides carry an id of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// What a client names it by; new with each revision.
    #[serde(default)]
    pub left_id: String,
    /// Markdown.
    pub left: String,
    /// What a client names it by; new with each revision.
    #[serde(default)]
    pub right_id: String,
    /// Markdown.
    pub right: String,
    /// Why the two belong together. Markdown.
    pub feedback: String,
}

/// An item of `ordering` or an extra right side of `matching`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What a client names it by; new with each revision.
    #[serde(default)]
    pub id: String,
    /// Markdown.
    pub text: String,
    /// Why it stands where it does, or why it is extra. Markdown.
    pub feedback: String,
}

/// A category of `categorise`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// The author's own id in the source.
    pub name: String,
    /// What the client sees.
    #[serde(default)]
    pub id: String,
    /// Markdown.
    pub label: String,
}

/// An item of `categorise`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// What a client names it by; new with each revision.
    #[serde(default)]
    pub id: String,
    /// Markdown.
    pub text: String,
    /// `Category::name` of the right category.
    pub category: String,
    /// Why it belongs there. Markdown.
    pub feedback: String,
}

/// One thing that a good answer to a `reflection` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// What the answer holds. Markdown.
    pub text: String,
    /// To one whose answer lacks it. Markdown.
    pub feedback: String,
}

impl Body {
    /// The word used for the type in sources, specification and reports.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Single { .. } => "single",
            Self::TrueFalse { .. } => "true_false",
            Self::Multiple { .. } => "multiple",
            Self::ShortText(_) => "short_text",
            Self::Numeric(_) => "numeric",
            Self::Cloze { .. } => "cloze",
            Self::Matching { .. } => "matching",
            Self::Ordering { .. } => "ordering",
            Self::Categorise { .. } => "categorise",
            Self::Flashcard { .. } => "flashcard",
            Self::Reflection { .. } => "reflection",
            Self::Info { .. } => "info",
        }
    }

    /// Whether an answer gets a score; self-assessed and reading types do not.
    pub fn is_scored(&self) -> bool {
        !matches!(self, Self::Flashcard { .. } | Self::Reflection { .. } | Self::Info { .. })
    }

    /// Gives every part that a client names an id from `next`, in the author's order.
    pub fn assign_ids(&mut self, next: &mut dyn FnMut() -> String) {
        match self {
            Self::Single { options } | Self::Multiple { options, .. } => options.iter_mut().for_each(|o| o.id = next()),
            Self::Matching { pairs, extra_right } => {
                for pair in pairs {
                    pair.left_id = next();
                    pair.right_id = next();
                }
                extra_right.iter_mut().for_each(|part| part.id = next());
            }
            Self::Ordering { items } => items.iter_mut().for_each(|part| part.id = next()),
            Self::Categorise { categories, items } => {
                categories.iter_mut().for_each(|category| category.id = next());
                items.iter_mut().for_each(|item| item.id = next());
            }
            Self::TrueFalse { .. }
            | Self::ShortText(_)
            | Self::Numeric(_)
            | Self::Cloze { .. }
            | Self::Flashcard { .. }
            | Self::Reflection { .. }
            | Self::Info { .. } => {}
        }
    }
}
