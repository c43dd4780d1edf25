//! How likely a learner who knows nothing is to be wholly right.
//!
//! The scheduler weighs a right answer by it: one of two options says less than a typed word. Powers come from
//! `libm`, so that every platform folds an answer log to the same bits.

use super::Body;

/// The chance that a blind guess earns the whole score, from 0 to 1. 0 for typed and for unscored types.
///
/// A guesser is taken to answer every part, and to choose at least one option.
pub fn guess_chance(body: &Body) -> f64 {
    match body {
        Body::Single { options } => one_in(options.len() as f64),
        Body::TrueFalse { .. } => one_in(2.0),
        Body::Multiple { options, .. } => one_in(libm::exp2(options.len() as f64) - 1.0),
        Body::Matching { pairs, extra_right } => one_in(arrangements(pairs.len(), pairs.len() + extra_right.len())),
        Body::Ordering { items } => one_in(arrangements(items.len(), items.len())),
        Body::Categorise { categories, items } => one_in(libm::pow(categories.len() as f64, items.len() as f64)),
        Body::ShortText(_) | Body::Numeric(_) | Body::Cloze { .. } => 0.0,
        Body::Flashcard { .. } | Body::Reflection { .. } | Body::Info { .. } => 0.0,
    }
}

/// A question without anything to choose cannot be guessed.
fn one_in(ways: f64) -> f64 {
    if ways < 1.0 { 0.0 } else { 1.0 / ways }
}

/// In how many ways `places` are filled in order from `parts`, none used twice.
fn arrangements(places: usize, parts: usize) -> f64 {
    (parts - places + 1..=parts).map(|part| part as f64).product()
}

#[cfg(test)]
mod tests {
    use super::super::{Category, ChoiceOption, NumberKey, Pair, Part, Placed, Scoring, TextKey, Tolerance};
    use super::*;
    use rust_decimal::Decimal;

    fn check(body: &Body, ways: f64) {
        assert!((guess_chance(body) - 1.0 / ways).abs() < 1e-12, "{body:?}");
    }

    fn options(count: usize) -> Vec<ChoiceOption> {
        let option =
            ChoiceOption { id: "".into(), text: "".into(), correct: false, feedback: "".into(), pinned: false };
        vec![option; count]
    }

    fn items(count: usize) -> Vec<Part> {
        vec![Part { id: "".into(), text: "".into(), feedback: "".into() }; count]
    }

    #[test]
    fn a_blind_guess_hits_one_of_the_ways_to_answer() {
        check(&Body::Single { options: options(4) }, 4.0);
        check(&Body::TrueFalse { answer: true, feedback_true: "".into(), feedback_false: "".into() }, 2.0);
        check(&Body::Multiple { options: options(5), scoring: Scoring::Partial }, 31.0);
        check(&Body::Ordering { items: items(4) }, 24.0);
        let [left_id, left, right_id, right, feedback] = [const { String::new() }; 5];
        let pairs = vec![Pair { left_id, left, right_id, right, feedback }; 3];
        check(&Body::Matching { pairs: pairs.clone(), extra_right: vec![] }, 6.0);
        check(&Body::Matching { pairs, extra_right: items(1) }, 24.0);
        let categories = vec![Category { name: "".into(), id: "".into(), label: "".into() }; 2];
        let [id, text, category, feedback] = [const { String::new() }; 4];
        let items = vec![Placed { id, text, category, feedback }; 6];
        check(&Body::Categorise { categories, items }, 64.0);
    }

    #[test]
    fn what_is_typed_or_not_scored_is_never_guessed() {
        let number = NumberKey {
            answer: Decimal::ONE,
            tolerance: Decimal::ZERO,
            tolerance_kind: Tolerance::Absolute,
            unit: None,
            common_errors: vec![],
            feedback_correct: "".into(),
            feedback_other: "".into(),
        };
        check(&Body::ShortText(TextKey::default()), f64::INFINITY);
        check(&Body::Numeric(number), f64::INFINITY);
        check(&Body::Cloze { gaps: vec![TextKey::default()], any_order: true }, f64::INFINITY);
        check(&Body::Flashcard { back: "".into() }, f64::INFINITY);
        check(&Body::Single { options: vec![] }, f64::INFINITY);
    }
}
