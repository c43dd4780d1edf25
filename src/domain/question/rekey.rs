//! A wrong key mended: what an older revision would have been with the key of a newer one.
//!
//! An answer was given to the parts of its own revision, so the key is carried back to those parts and the answer is
//! marked again as if it had been right from the start. Where the stem changed as well, another thing is asked: that is
//! no mended key, and old answers keep their marks. A new meaning is a new question.

use super::{Body, ChoiceOption, Pair, Part, Placed, Question, TextKey};

/// `old` with the key of `new`; `None` where the key is the same or cannot be carried back.
pub fn with_key_of(old: &Question, new: &Question) -> Option<Question> {
    if words(&old.stem) != words(&new.stem) {
        return None;
    }
    let body = carried(&old.body, &new.body)?;
    let mended = Question { body, pass_at: new.pass_at, ..old.clone() };
    let same = silent(&mended.body) == silent(&old.body) && mended.pass_at.to_bits() == old.pass_at.to_bits();
    (!same).then_some(mended)
}

/// `old` as the later revisions of its question, in their order, have mended it; `None` where none has. A key that was
/// turned and turned back is the first one again, and a stem that changed since leaves the key as it was mended before.
pub fn mended_by<'a>(old: &Question, later: impl Iterator<Item = &'a Question>) -> Option<Question> {
    later.fold(None, |held, new| with_key_of(held.as_ref().unwrap_or(old), new).or(held))
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn carried(old: &Body, new: &Body) -> Option<Body> {
    match (old, new) {
        (Body::Single { options: old }, Body::Single { options: new }) => {
            Some(Body::Single { options: options(old, new)? })
        }
        (Body::Multiple { options: old, .. }, Body::Multiple { options: new, scoring }) => {
            Some(Body::Multiple { options: options(old, new)?, scoring: *scoring })
        }
        (Body::TrueFalse { .. }, Body::TrueFalse { .. })
        | (Body::ShortText(_), Body::ShortText(_))
        | (Body::Numeric(_), Body::Numeric(_)) => Some(new.clone()),
        (Body::Cloze { gaps: old, .. }, Body::Cloze { gaps, .. }) if old.len() == gaps.len() => Some(new.clone()),
        (Body::Matching { pairs: old, extra_right }, Body::Matching { pairs: new, .. }) => {
            matching(old, extra_right, new)
        }
        (Body::Ordering { items: old }, Body::Ordering { items: new }) => ordering(old, new),
        (Body::Categorise { categories, items: old }, Body::Categorise { items: new, .. }) => {
            let place = |item: &Placed| {
                let there = new.iter().find(|other| other.text == item.text)?;
                categories.iter().find(|category| category.name == there.category)?;
                Some(Placed { category: there.category.clone(), feedback: there.feedback.clone(), ..item.clone() })
            };
            let items = old.iter().map(place).collect::<Option<Vec<Placed>>>()?;
            Some(Body::Categorise { categories: categories.clone(), items })
        }
        _ => None,
    }
}

/// Options are the same by their text; those whose text was changed, by their order among the changed.
fn options(old: &[ChoiceOption], new: &[ChoiceOption]) -> Option<Vec<ChoiceOption>> {
    let is_in = |options: &[ChoiceOption], text: &str| options.iter().any(|option| option.text == text);
    let mut reworded = new.iter().filter(|option| !is_in(old, &option.text));
    let carry = |option: &ChoiceOption| {
        let same = new.iter().find(|other| other.text == option.text).or_else(|| reworded.next())?;
        Some(ChoiceOption { correct: same.correct, feedback: same.feedback.clone(), ..option.clone() })
    };
    if old.len() == new.len() { old.iter().map(carry).collect() } else { None }
}

/// Lefts and rights are the same by their text; what changes is which belong together.
fn matching(old: &[Pair], extra: &[Part], new: &[Pair]) -> Option<Body> {
    let rights = old.iter().map(|pair| (&pair.right, &pair.right_id));
    let rights: Vec<(&String, &String)> = rights.chain(extra.iter().map(|part| (&part.text, &part.id))).collect();
    let carry = |pair: &Pair| {
        let there = new.iter().find(|other| other.left == pair.left)?;
        let (right, right_id) = rights.iter().find(|(text, _)| **text == there.right)?;
        let (right, right_id) = ((*right).clone(), (*right_id).clone());
        Some(Pair { right, right_id, feedback: there.feedback.clone(), ..pair.clone() })
    };
    let pairs = old.iter().map(carry).collect::<Option<Vec<Pair>>>()?;
    let is_used = |id: &String| pairs.iter().any(|pair| pair.right_id == *id);
    let left_over = rights.into_iter().filter(|(_, id)| !is_used(id));
    let part = |(text, id): (&String, &String)| Part { id: id.clone(), text: text.clone(), feedback: String::new() };
    let extra_right = left_over.map(part).collect();
    Some(Body::Matching { pairs, extra_right })
}

fn ordering(old: &[Part], new: &[Part]) -> Option<Body> {
    let find = |item: &Part| old.iter().find(|other| other.text == item.text).cloned();
    let items = new.iter().map(find).collect::<Option<Vec<Part>>>()?;
    (items.len() == old.len()).then_some(Body::Ordering { items })
}

/// A body without what the author says, which is no part of the key.
fn silent(body: &Body) -> Body {
    let mut body = body.clone();
    match &mut body {
        Body::Single { options } | Body::Multiple { options, .. } => {
            options.iter_mut().for_each(|option| option.feedback.clear());
        }
        Body::TrueFalse { feedback_true, feedback_false, .. } => {
            feedback_true.clear();
            feedback_false.clear();
        }
        Body::ShortText(key) => silence(key),
        Body::Numeric(key) => {
            key.common_errors.clear();
            key.feedback_correct.clear();
            key.feedback_other.clear();
        }
        Body::Cloze { gaps, .. } => gaps.iter_mut().for_each(silence),
        Body::Matching { pairs, extra_right } => {
            pairs.iter_mut().for_each(|pair| pair.feedback.clear());
            extra_right.iter_mut().for_each(|part| part.feedback.clear());
            extra_right.sort_by(|left, right| left.id.cmp(&right.id));
        }
        Body::Ordering { items } => items.iter_mut().for_each(|item| item.feedback.clear()),
        Body::Categorise { items, .. } => items.iter_mut().for_each(|item| item.feedback.clear()),
        Body::Flashcard { .. } | Body::Reflection { .. } | Body::Info { .. } => {}
    }
    body
}

fn silence(key: &mut TextKey) {
    key.wrong.clear();
    key.feedback_correct.clear();
    key.feedback_other.clear();
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::question::{Response, mark};
    use serde_json::{Value, json};

    fn question(stem: &str, body: Value) -> Question {
        let question = json!({
            "id": "q", "concepts": ["c"], "difficulty": 1, "stem": stem, "explanation": "e",
            "source": {"kind": "general", "reference": "r"}, "body": body,
        });
        serde_json::from_value(question).unwrap()
    }

    fn single(options: &[(&str, &str, bool)]) -> Question {
        let options: Vec<Value> = options
            .iter()
            .map(|(id, text, correct)| json!({"id": id, "text": text, "correct": correct, "feedback": "f"}))
            .collect();
        question("Hva?", json!({"type": "single", "options": options}))
    }

    fn is_right(question: &Question, response: Value) -> bool {
        let response: Response = serde_json::from_value(response).unwrap();
        mark(question, &response, &[]).unwrap().correct
    }

    #[test]
    fn an_old_answer_is_marked_by_the_mended_key_in_its_own_ids() {
        let old = single(&[("a1", "Ja", true), ("b1", "Nei", false), ("c1", "Kanskje", false)]);
        let new = single(&[("x2", "Nei", true), ("y2", "Ja", false), ("z2", "Kan hende", false)]);
        let mended = with_key_of(&old, &new).unwrap();
        assert!(is_right(&mended, json!({"kind": "choice", "options": ["b1"]})));
        assert!(!is_right(&mended, json!({"kind": "choice", "options": ["a1"]})));
    }

    #[test]
    fn other_words_with_the_same_key_mend_nothing() {
        let old = single(&[("a1", "Ja", true), ("b1", "Nei", false)]);
        assert_eq!(with_key_of(&old, &single(&[("a2", "Ja visst", true), ("b2", "Nei", false)])), None);
        assert_eq!(with_key_of(&old, &single(&[("b2", "Nei", false), ("a2", "Ja", true)])), None);
    }

    #[test]
    fn another_stem_or_another_shape_is_another_question() {
        let claim = |stem: &str, answer: bool| {
            question(stem, json!({"type": "true_false", "answer": answer, "feedback_true": "", "feedback_false": ""}))
        };
        assert!(with_key_of(&claim("Slik er det.", true), &claim("Slik  er det.", false)).is_some());
        assert_eq!(with_key_of(&claim("Slik er det.", true), &claim("Slik er det ikke.", false)), None);
        let old = single(&[("a1", "Ja", true), ("b1", "Nei", false)]);
        assert_eq!(with_key_of(&old, &single(&[("a2", "Ja", true)])), None);
        assert_eq!(with_key_of(&old, &claim("Hva?", true)), None);
    }

    #[test]
    fn pairs_orders_and_places_are_carried_by_their_texts() {
        let items = |ids: [&str; 3], texts: [&str; 3]| {
            let items: Vec<Value> =
                ids.iter().zip(texts).map(|(id, text)| json!({"id": id, "text": text, "feedback": ""})).collect();
            question("Hva?", json!({"type": "ordering", "items": items}))
        };
        let old = items(["a", "b", "c"], ["en", "to", "tre"]);
        let mended = with_key_of(&old, &items(["x", "y", "z"], ["to", "en", "tre"])).unwrap();
        assert!(is_right(&mended, json!({"kind": "order", "items": ["b", "a", "c"]})));
        let pairs = |tag: &str, rights: [&str; 2]| {
            let pair = |at: usize, left: &str| {
                json!({"left_id": format!("l{tag}{at}"), "left": left, "right_id": format!("r{tag}{at}"),
                       "right": rights[at], "feedback": ""})
            };
            question("Hva?", json!({"type": "matching", "pairs": [pair(0, "A"), pair(1, "B")], "extra_right": []}))
        };
        let mended = with_key_of(&pairs("o", ["1", "2"]), &pairs("n", ["2", "1"])).unwrap();
        let swapped =
            json!({"kind": "pairs", "pairs": [{"left": "lo0", "right": "ro1"}, {"left": "lo1", "right": "ro0"}]});
        assert!(is_right(&mended, swapped));
    }
}
