//! The fields of each type of question. One file per family; what they share is here.

mod answers;
mod choice;
mod parts;
mod reading;

use super::code::Code;
use super::fields::Fields;
use super::node::Node;
use super::problem::Report;
use crate::domain::question::Body;
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// Parts of one question; a phone cannot show more.
const MOST_PARTS: usize = 50;

/// A type of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Single,
    TrueFalse,
    Multiple,
    ShortText,
    Numeric,
    Cloze,
    Matching,
    Ordering,
    Categorise,
    Flashcard,
    Reflection,
    Info,
}

/// The words of the types in a source.
pub(super) const TYPES: &[(&str, Kind)] = &[
    ("single", Kind::Single),
    ("true_false", Kind::TrueFalse),
    ("multiple", Kind::Multiple),
    ("short_text", Kind::ShortText),
    ("numeric", Kind::Numeric),
    ("cloze", Kind::Cloze),
    ("matching", Kind::Matching),
    ("ordering", Kind::Ordering),
    ("categorise", Kind::Categorise),
    ("flashcard", Kind::Flashcard),
    ("reflection", Kind::Reflection),
    ("info", Kind::Info),
];

impl Kind {
    /// The fields that belong to the type, and not to every question.
    pub(super) fn field_names(self) -> &'static [&'static str] {
        match self {
            Self::Single => &["options"],
            Self::TrueFalse => &["answer", "feedback_true", "feedback_false"],
            Self::Multiple => &["options", "scoring"],
            Self::ShortText => &["accept", "typos", "wrong", "feedback_correct", "feedback_other"],
            Self::Numeric => &[
                "answer",
                "tolerance",
                "tolerance_kind",
                "unit",
                "common_errors",
                "feedback_correct",
                "feedback_other",
            ],
            Self::Cloze => &["gaps", "any_order"],
            Self::Matching => &["pairs", "extra_right"],
            Self::Ordering => &["items"],
            Self::Categorise => &["categories", "items"],
            Self::Flashcard => &["back"],
            Self::Reflection => &["prompts", "criteria", "model_answer"],
            Self::Info => &["body"],
        }
    }
}

pub(super) fn read(kind: Kind, fields: &mut Fields<'_, '_>) -> Option<Body> {
    match kind {
        Kind::Single => choice::single(fields),
        Kind::TrueFalse => choice::true_false(fields),
        Kind::Multiple => choice::multiple(fields),
        Kind::ShortText => answers::short_text(fields),
        Kind::Numeric => answers::numeric(fields),
        Kind::Cloze => answers::cloze(fields),
        Kind::Matching => parts::matching(fields),
        Kind::Ordering => parts::ordering(fields),
        Kind::Categorise => parts::categorise(fields),
        Kind::Flashcard => reading::flashcard(fields),
        Kind::Reflection => reading::reflection(fields),
        Kind::Info => reading::info(fields),
    }
}

/// Reports texts that a learner could not tell apart. Works on the tree, so that a fault in one part does not
/// hide that two others are alike.
fn check_unique<'n>(texts: impl Iterator<Item = &'n Node>, code: Code, report: &mut Report) {
    let mut first_lines: HashMap<String, u32> = HashMap::new();
    for node in texts {
        let Some(text) = node.scalar().filter(|text| !text.is_empty()) else { continue };
        match first_lines.get(&alike(text)) {
            Some(line) => report.at(node, code, &[text, &line.to_string()]),
            None => {
                first_lines.insert(alike(text), node.mark.line);
            }
        }
    }
}

/// The field `name` of every item of the list `list`.
fn each<'n>(list: Option<&'n Node>, name: &'static str) -> impl Iterator<Item = &'n Node> {
    list.map(Node::items).unwrap_or_default().iter().filter_map(move |item| item.get(name))
}

/// Texts that differ only in spaces and letter case come out the same.
fn alike(text: &str) -> String {
    let words: Vec<String> = text.nfc().collect::<String>().split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}
