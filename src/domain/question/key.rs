//! What would have been right, as the learner may see it after answering.

use super::choice::claim_options;
use super::marking::Feedback;
use super::response::{PairChoice, Placement};
use super::{Body, Category, ChoiceOption, Pattern, Placed, TextKey, Tolerance};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The right answer, in the shape of the response that gives it. Never sent before an answer is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Key {
    /// For `single`, `multiple` and `true_false`.
    Choice {
        /// Ids of the right options; `true` or `false` for `true_false`.
        options: Vec<String>,
    },
    /// For `short_text`.
    Text {
        /// The accepted answers, the one to show first. `*` stands for anything.
        accept: Vec<String>,
    },
    /// For `numeric`.
    Number {
        /// The exact answer.
        answer: Decimal,
        /// How far off is still right, in the terms of `tolerance_kind`.
        tolerance: Decimal,
        /// What `tolerance` measures.
        tolerance_kind: Tolerance,
        /// The unit of the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    /// For `cloze`.
    Gaps {
        /// The accepted answers of each gap in order, the one to show first.
        gaps: Vec<Vec<String>>,
    },
    /// For `matching`.
    Pairs {
        /// The right side of every left side.
        pairs: Vec<PairChoice>,
    },
    /// For `ordering`.
    Order {
        /// Ids of the items in the right order.
        items: Vec<String>,
    },
    /// For `categorise`.
    Placements {
        /// The category of every item.
        placements: Vec<Placement>,
    },
    /// For `flashcard` and `reflection`: the learner compares and judges.
    Model {
        /// The back of the card or the model answer. Markdown.
        text: String,
        /// What a good answer holds, one line each.
        criteria: Vec<String>,
    },
    /// For `info`.
    Nothing,
}

impl Key {
    /// The key of a question's body.
    pub fn of(body: &Body) -> Self {
        match body {
            Body::Single { options } | Body::Multiple { options, .. } => Self::Choice { options: right_ids(options) },
            Body::TrueFalse { answer, .. } => Self::Choice { options: vec![answer.to_string()] },
            Body::ShortText(key) => Self::Text { accept: accepted(key) },
            Body::Numeric(key) => Self::Number {
                answer: key.answer,
                tolerance: key.tolerance,
                tolerance_kind: key.tolerance_kind,
                unit: key.unit.clone(),
            },
            Body::Cloze { gaps, .. } => Self::Gaps { gaps: gaps.iter().map(accepted).collect() },
            Body::Matching { pairs, .. } => {
                let pair = |p: &super::Pair| PairChoice { left: p.left_id.clone(), right: p.right_id.clone() };
                Self::Pairs { pairs: pairs.iter().map(pair).collect() }
            }
            Body::Ordering { items } => Self::Order { items: items.iter().map(|item| item.id.clone()).collect() },
            Body::Categorise { categories, items } => Self::Placements { placements: placements(categories, items) },
            Body::Flashcard { back } => Self::Model { text: back.clone(), criteria: Vec::new() },
            Body::Reflection { criteria, model_answer, .. } => Self::Model {
                text: model_answer.clone(),
                criteria: criteria.iter().map(|criterion| criterion.text.clone()).collect(),
            },
            Body::Info { .. } => Self::Nothing,
        }
    }
}

fn right_ids(options: &[ChoiceOption]) -> Vec<String> {
    options.iter().filter(|option| option.correct).map(|option| option.id.clone()).collect()
}

fn accepted(key: &TextKey) -> Vec<String> {
    key.accept.iter().map(Pattern::shown).collect()
}

fn placements(categories: &[Category], items: &[Placed]) -> Vec<Placement> {
    let category_of = |item: &Placed| categories.iter().find(|category| category.name == item.category);
    items
        .iter()
        .filter_map(|item| Some(Placement { item: item.id.clone(), category: category_of(item)?.id.clone() }))
        .collect()
}

/// The feedback of the right parts, for one who has not tried or who judges himself: nothing there is right or wrong.
pub(super) fn reveal(body: &Body) -> Vec<Feedback> {
    let on = |part: &str, text: &str| Feedback::on(part, None, text);
    match body {
        Body::Single { options } | Body::Multiple { options, .. } => reveal_options(options),
        Body::TrueFalse { answer, feedback_true, feedback_false } => {
            reveal_options(&claim_options(*answer, feedback_true, feedback_false))
        }
        Body::ShortText(key) => vec![Feedback::whole(None, &key.feedback_correct)],
        Body::Numeric(key) => vec![Feedback::whole(None, &key.feedback_correct)],
        Body::Cloze { gaps, .. } => numbered(gaps.iter().map(|gap| &gap.feedback_correct)),
        Body::Matching { pairs, .. } => pairs.iter().map(|pair| on(&pair.left_id, &pair.feedback)).collect(),
        Body::Ordering { items } => items.iter().map(|item| on(&item.id, &item.feedback)).collect(),
        Body::Categorise { items, .. } => items.iter().map(|item| on(&item.id, &item.feedback)).collect(),
        Body::Reflection { criteria, .. } => numbered(criteria.iter().map(|criterion| &criterion.feedback)),
        Body::Flashcard { .. } | Body::Info { .. } => Vec::new(),
    }
}

fn reveal_options(options: &[ChoiceOption]) -> Vec<Feedback> {
    let right = options.iter().filter(|option| option.correct);
    right.map(|option| Feedback::on(&option.id, None, &option.feedback)).collect()
}

fn numbered<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<Feedback> {
    texts.enumerate().map(|(at, text)| Feedback::on(&(at + 1).to_string(), None, text)).collect()
}
