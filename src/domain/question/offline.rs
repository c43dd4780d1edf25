//! What an author says to every answer he foresaw: for a device that marks without a network.
//!
//! Online only `mark` speaks, after the answer. Here all of it is laid out beforehand, so this leaves the server only
//! where a course allows it.

use super::choice::claim_options;
use super::{Body, ChoiceOption, ForeseenText, TextKey};

/// Words of the author, and when to say them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The option or part they are about, or the number of the gap or criterion from `1`; `None`: the whole answer.
    pub part: Option<String>,
    pub when: When,
    /// Markdown.
    pub text: String,
}

/// When to say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// The learner chose or placed the part.
    Chosen,
    /// He was right.
    Right,
    /// He gave one of these wrong answers, which the author foresaw.
    Matches(Vec<String>),
    /// He gave another wrong answer.
    Otherwise,
    /// He compares his own answer.
    Always,
}

/// Everything the author says about the answers to a question.
pub fn foreseen(body: &Body) -> Vec<Said> {
    let chosen = |part: &str, text: &str| said(Some(part), When::Chosen, text);
    match body {
        Body::Single { options } | Body::Multiple { options, .. } => options.iter().map(of_option).collect(),
        Body::TrueFalse { answer, feedback_true, feedback_false } => {
            claim_options(*answer, feedback_true, feedback_false).iter().map(of_option).collect()
        }
        Body::ShortText(key) => of_text(None, key),
        Body::Numeric(key) => {
            let errors = key.common_errors.iter();
            let errors = errors.map(|error| said(None, When::Matches(vec![error.value.to_string()]), &error.feedback));
            let right = said(None, When::Right, &key.feedback_correct);
            let other = said(None, When::Otherwise, &key.feedback_other);
            std::iter::once(right).chain(errors).chain([other]).collect()
        }
        Body::Cloze { gaps, .. } => {
            let numbered = gaps.iter().enumerate();
            numbered.flat_map(|(at, gap)| of_text(Some(&(at + 1).to_string()), gap)).collect()
        }
        Body::Matching { pairs, extra_right } => {
            let pairs = pairs.iter().map(|pair| chosen(&pair.left_id, &pair.feedback));
            pairs.chain(extra_right.iter().map(|part| chosen(&part.id, &part.feedback))).collect()
        }
        Body::Ordering { items } => items.iter().map(|item| chosen(&item.id, &item.feedback)).collect(),
        Body::Categorise { items, .. } => items.iter().map(|item| chosen(&item.id, &item.feedback)).collect(),
        Body::Reflection { criteria, .. } => {
            let numbered = criteria.iter().enumerate();
            numbered.map(|(at, one)| said(Some(&(at + 1).to_string()), When::Always, &one.feedback)).collect()
        }
        Body::Flashcard { .. } | Body::Info { .. } => Vec::new(),
    }
}

fn of_option(option: &ChoiceOption) -> Said {
    said(Some(&option.id), When::Chosen, &option.feedback)
}

fn of_text(part: Option<&str>, key: &TextKey) -> Vec<Said> {
    let matches = |wrong: &ForeseenText| wrong.matches.iter().map(|one| one.written().to_owned()).collect();
    let wrong = key.wrong.iter().map(|wrong| said(part, When::Matches(matches(wrong)), &wrong.feedback));
    let right = said(part, When::Right, &key.feedback_correct);
    let other = said(part, When::Otherwise, &key.feedback_other);
    std::iter::once(right).chain(wrong).chain([other]).collect()
}

fn said(part: Option<&str>, when: When, text: &str) -> Said {
    Said { part: part.map(str::to_owned), when, text: text.to_owned() }
}
