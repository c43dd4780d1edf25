//! The one door to marking: a question and a response give a mark, or a fault that says what to ask again.
//!
//! A fault is not a wrong answer: nothing is stored for it, and the learner keeps the attempt. Scores are exact
//! fractions, so that three gaps of three are one and an author's `pass_at: 0.667` is met by two of three.

use super::key::{self, Key};
use super::response::Response;
use super::{Body, Question, choice, gaps, number, parts, text};
use crate::vocab::grade::Rating;
use num_rational::Ratio;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Authors write thirds as `0.333`, so a score this little below `pass_at` still passes.
const PASS_TOLERANCE: f64 = 1e-4;

/// The verdict on one response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// From 0 to 1, exact. 0 where nothing is scored.
    pub score: Ratio<i64>,
    /// Whether the score reaches `Question::pass_at`. Never true of an unscored type or a revealed answer.
    pub correct: bool,
    /// Whether the type has a score at all.
    pub scored: bool,
    /// The learner's own verdict, for `flashcard` and `reflection`.
    pub self_rating: Option<Rating>,
    /// Whether the learner asked for the answer instead of trying.
    pub revealed: bool,
    /// What the author says to this response, in the author's order.
    pub feedback: Vec<Feedback>,
    /// What would have been right.
    pub key: Key,
}

/// What the author says about a response or one part of it. Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The id of the option or part, or the number of the gap from `1`. `None`: the response as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Whether the learner was right here. `None` where no answer was given to judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correct: Option<bool>,
    /// The author's words; may be empty in an imported question.
    pub text: String,
}

/// Why a response gets no mark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkFault {
    /// The response belongs to another type of question: the client has a bug or an old revision.
    #[error("this question is answered with a response of kind {expected}")]
    WrongKind {
        /// The `kind` of the response it takes.
        expected: &'static str,
    },
    /// The question has no part with this id: the client has an old revision.
    #[error("the question has no part {0}")]
    UnknownPart(String),
    /// The same part is named twice.
    #[error("the part {0} is named more than once")]
    RepeatedPart(String),
    /// More parts are answered than the question has or allows.
    #[error("more is answered than the question asks for")]
    TooMany,
    /// A part is left out that a response must name, an item of an order or a gap (by its number from `1`).
    #[error("the part {0} is missing")]
    MissingPart(String),
    /// `1.000` may be a thousand or one, and it matters here: ask which. The attempt is not spent.
    #[error("the number can be read in two ways")]
    AmbiguousNumber,
    /// Not a number, or with another unit than the question's: ask again. The attempt is not spent.
    #[error("the number cannot be read")]
    UnreadableNumber,
}

impl MarkFault {
    /// The stable word for the fault in problem responses.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongKind { .. } => "wrong_kind",
            Self::UnknownPart(_) => "unknown_part",
            Self::RepeatedPart(_) => "repeated_part",
            Self::TooMany => "too_many",
            Self::MissingPart(_) => "missing_part",
            Self::AmbiguousNumber => "ambiguous_number",
            Self::UnreadableNumber => "unreadable_number",
        }
    }
}

/// Marks a response. `other_names` are the names of the course's other concepts: a slip of the keyboard that is as
/// near to one of them as to the key is not forgiven.
pub fn mark(question: &Question, response: &Response, other_names: &[String]) -> Result<Mark, MarkFault> {
    let body = &question.body;
    let revealed = *response == Response::Reveal;
    let judged = judge(body, response, other_names)?;
    let self_rating = match response {
        Response::SelfRating { rating } => Some(*rating),
        _ => None,
    };
    Ok(Mark {
        correct: body.is_scored() && !revealed && passes(judged.score, question.pass_at),
        score: judged.score,
        scored: body.is_scored(),
        self_rating,
        revealed,
        feedback: judged.feedback,
        key: Key::of(body),
    })
}

fn judge(body: &Body, response: &Response, other_names: &[String]) -> Result<Judged, MarkFault> {
    match (body, response) {
        (_, Response::Reveal)
        | (Body::Flashcard { .. } | Body::Reflection { .. }, Response::SelfRating { .. })
        | (Body::Info { .. }, Response::Seen) => Ok(Judged::new(0, 1, key::reveal(body))),
        (Body::Single { options }, Response::Choice { options: chosen }) => choice::mark_single(options, chosen),
        (Body::TrueFalse { answer, feedback_true, feedback_false }, Response::Choice { options: chosen }) => {
            choice::mark_single(&choice::claim_options(*answer, feedback_true, feedback_false), chosen)
        }
        (Body::Multiple { options, scoring }, Response::Choice { options: chosen }) => {
            choice::mark_multiple(options, *scoring, chosen)
        }
        (Body::ShortText(key), Response::Text { text }) => Ok(text::mark_text(key, text, other_names)),
        (Body::Numeric(key), Response::Number { text }) => number::mark_number(key, text),
        (Body::Cloze { gaps, any_order }, Response::Gaps { gaps: texts }) => {
            gaps::mark_gaps(gaps, *any_order, texts, other_names)
        }
        (Body::Matching { pairs, extra_right }, Response::Pairs { pairs: chosen }) => {
            parts::mark_matching(pairs, extra_right, chosen)
        }
        (Body::Ordering { items }, Response::Order { items: order }) => parts::mark_ordering(items, order),
        (Body::Categorise { categories, items }, Response::Placements { placements }) => {
            parts::mark_categorise(categories, items, placements)
        }
        _ => Err(MarkFault::WrongKind { expected: response_kind(body) }),
    }
}

fn response_kind(body: &Body) -> &'static str {
    match body {
        Body::Single { .. } | Body::TrueFalse { .. } | Body::Multiple { .. } => "choice",
        Body::ShortText(_) => "text",
        Body::Numeric(_) => "number",
        Body::Cloze { .. } => "gaps",
        Body::Matching { .. } => "pairs",
        Body::Ordering { .. } => "order",
        Body::Categorise { .. } => "placements",
        Body::Flashcard { .. } | Body::Reflection { .. } => "self_rating",
        Body::Info { .. } => "seen",
    }
}

fn passes(score: Ratio<i64>, pass_at: f64) -> bool {
    *score.numer() as f64 / *score.denom() as f64 >= pass_at - PASS_TOLERANCE
}

/// Score and feedback of one response, before the question's own settings.
pub(super) struct Judged {
    pub(super) score: Ratio<i64>,
    pub(super) feedback: Vec<Feedback>,
}

impl Judged {
    /// `right` of `total` parts; nothing to get right is all right, so a question without parts cannot divide by zero.
    pub(super) fn new(right: usize, total: usize, feedback: Vec<Feedback>) -> Self {
        Self { score: share(right, total), feedback }
    }
}

pub(super) fn share(right: usize, total: usize) -> Ratio<i64> {
    if total == 0 { Ratio::from_integer(1) } else { Ratio::new(right as i64, total as i64) }
}

impl Feedback {
    pub(super) fn on(part: &str, correct: Option<bool>, text: &str) -> Self {
        Self { part: Some(part.to_owned()), correct, text: text.to_owned() }
    }

    pub(super) fn whole(correct: Option<bool>, text: &str) -> Self {
        Self { part: None, correct, text: text.to_owned() }
    }
}

/// How a typed answer stands to its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    /// The wrong answer at this place among those the author foresaw.
    Foreseen(usize),
    Other,
}

/// Faults unless every id given is one of `known` and stands there once.
pub(super) fn check_ids<'a>(
    given: impl Iterator<Item = &'a str>,
    known: impl Iterator<Item = &'a str>,
) -> Result<(), MarkFault> {
    let known: HashSet<&str> = known.collect();
    let mut seen = HashSet::new();
    for id in given {
        if !known.contains(id) {
            return Err(MarkFault::UnknownPart(id.to_owned()));
        }
        if !seen.insert(id) {
            return Err(MarkFault::RepeatedPart(id.to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::response::{PairChoice, Placement};
    use super::super::{
        Category, ChoiceOption, Criterion, NumberKey, Pair, Part, Placed, Scoring, Source, SourceKind, TextKey,
        Tolerance,
    };
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A question as it is shown: its parts are named `p1`, `p2`, … in the author's order.
    fn question(mut body: Body) -> Question {
        let mut ids = (1..).map(|n| format!("p{n}"));
        body.assign_ids(&mut || ids.next().unwrap());
        Question {
            id: "K1-01".into(),
            concepts: vec!["taus-kunnskap".into()],
            objectives: vec![],
            difficulty: 1,
            stem: "?".into(),
            body,
            explanation: "!".into(),
            source: Source { kind: SourceKind::Slides, reference: "".into(), as_of: None },
            hints: vec![],
            image: None,
            pass_at: 1.0,
            review_by: None,
            lint: BTreeMap::new(),
            successor_of: None,
            retired: false,
        }
    }

    fn part(text: &str) -> Part {
        Part { id: "".into(), text: text.into(), feedback: format!("about {text}") }
    }

    fn text_key(accept: &str) -> TextKey {
        TextKey { accept: vec![accept.into()], typos: true, feedback_correct: "yes".into(), ..TextKey::default() }
    }

    fn options(right: &[bool]) -> Vec<ChoiceOption> {
        let option = |correct: &bool| ChoiceOption {
            id: "".into(),
            text: "".into(),
            correct: *correct,
            feedback: "about it".into(),
            pinned: false,
        };
        right.iter().map(option).collect()
    }

    fn pair(text: &str) -> Pair {
        let [left_id, right_id] = [const { String::new() }; 2];
        Pair { left_id, left: text.into(), right_id, right: text.into(), feedback: format!("about {text}") }
    }

    fn number_key() -> NumberKey {
        NumberKey {
            answer: 180.into(),
            tolerance: 0.into(),
            tolerance_kind: Tolerance::Absolute,
            unit: Some("kr".into()),
            common_errors: vec![],
            feedback_correct: "yes".into(),
            feedback_other: "".into(),
        }
    }

    /// One body of each type.
    fn every_body() -> Vec<Body> {
        let category = |name: &str| Category { name: name.into(), id: "".into(), label: "".into() };
        let placed = |text: &str, category: &str| Placed {
            id: "".into(),
            text: text.into(),
            category: category.into(),
            feedback: "about it".into(),
        };
        vec![
            Body::Single { options: options(&[false, true, false]) },
            Body::TrueFalse { answer: false, feedback_true: "no".into(), feedback_false: "yes".into() },
            Body::Multiple { options: options(&[true, true, false, true]), scoring: Scoring::Partial },
            Body::ShortText(text_key("taus kunnskap")),
            Body::Numeric(number_key()),
            Body::Cloze { gaps: vec![text_key("rød"), text_key(r"2 \* 3"), text_key("*blå")], any_order: false },
            Body::Matching { pairs: vec![pair("a"), pair("b")], extra_right: vec![part("c")] },
            Body::Ordering { items: vec![part("a"), part("b"), part("c")] },
            Body::Categorise {
                categories: vec![category("human"), category("struktur")],
                items: vec![placed("a", "human"), placed("b", "struktur"), placed("c", "human")],
            },
            Body::Flashcard { back: "back".into() },
            Body::Reflection {
                prompts: vec![],
                criteria: vec![Criterion { text: "a case".into(), feedback: "add one".into() }],
                model_answer: "model".into(),
            },
            Body::Info { body: "read".into() },
        ]
    }

    /// The response that gives the key.
    fn answer(key: Key) -> Response {
        match key {
            Key::Choice { options } => Response::Choice { options },
            Key::Text { accept } => Response::Text { text: accept[0].clone() },
            Key::Number { answer, .. } => Response::Number { text: answer.to_string() },
            Key::Gaps { gaps } => Response::Gaps { gaps: gaps.iter().map(|gap| gap[0].clone()).collect() },
            Key::Pairs { pairs } => Response::Pairs { pairs },
            Key::Order { items } => Response::Order { items },
            Key::Placements { placements } => Response::Placements { placements },
            Key::Model { .. } => Response::SelfRating { rating: Rating::Good },
            Key::Nothing => Response::Seen,
        }
    }

    #[test]
    fn the_key_of_every_type_is_worth_one() {
        for question in every_body().into_iter().map(question) {
            let marked = mark(&question, &answer(Key::of(&question.body)), &[]).unwrap();
            let scored = question.body.is_scored();
            assert_eq!((marked.scored, marked.correct, marked.revealed), (scored, scored, false));
            assert_eq!(marked.score, Ratio::from_integer(i64::from(scored)), "{}", question.body.type_name());
            assert!(marked.feedback.iter().all(|f| f.correct == scored.then_some(true)));
        }
    }

    #[test]
    fn a_response_of_another_kind_is_a_fault() {
        let bodies = every_body();
        for question in bodies.iter().cloned().map(question) {
            let own = answer(Key::of(&question.body));
            for other in bodies.iter().map(|body| answer(Key::of(body))) {
                let same_kind = std::mem::discriminant(&own) == std::mem::discriminant(&other);
                let fault = MarkFault::WrongKind { expected: response_kind(&question.body) };
                assert_eq!(mark(&question, &other, &[]) == Err(fault), !same_kind);
            }
            let word = serde_json::to_value(&own).unwrap();
            assert_eq!(word["kind"], response_kind(&question.body));
        }
    }

    #[test]
    fn asking_for_the_answer_is_never_right() {
        for body in every_body() {
            let question = Question { pass_at: 0.0, ..question(body) };
            let marked = mark(&question, &Response::Reveal, &[]).unwrap();
            assert!(marked.revealed && !marked.correct && marked.score == Ratio::from_integer(0));
            assert_eq!(marked.key, Key::of(&question.body));
            let is_bare = matches!(question.body, Body::Flashcard { .. } | Body::Info { .. });
            assert_eq!(marked.feedback.is_empty(), is_bare);
            assert!(marked.feedback.iter().all(|f| f.correct.is_none() && !f.text.is_empty() && f.text != "no"));
        }
    }

    #[test]
    fn the_learners_own_rating_is_kept_and_not_scored() {
        let card = question(Body::Flashcard { back: "back".into() });
        let marked = mark(&card, &Response::SelfRating { rating: Rating::Easy }, &[]).unwrap();
        assert_eq!((marked.self_rating, marked.scored, marked.correct), (Some(Rating::Easy), false, false));
        assert_eq!(marked.key, Key::Model { text: "back".into(), criteria: vec![] });
    }

    #[test]
    fn a_part_of_the_score_passes_where_the_author_says_so() {
        let gaps = vec![text_key("rød"), text_key("gul"), text_key("blå")];
        let check = |pass_at: f64, correct: bool| {
            let question = Question { pass_at, ..question(Body::Cloze { gaps: gaps.clone(), any_order: false }) };
            let gaps = ["rød", "gul", ""].map(String::from).to_vec();
            let marked = mark(&question, &Response::Gaps { gaps }, &[]).unwrap();
            assert_eq!((marked.score, marked.correct), (Ratio::new(2, 3), correct), "{pass_at}");
        };
        check(1.0, false);
        check(0.6667, true);
        check(0.667, false);
        check(0.5, true);
        check(f64::NAN, false);
    }

    #[test]
    fn another_concepts_name_is_not_a_slip() {
        let question = question(Body::ShortText(text_key("humankapital")));
        let response = Response::Text { text: "humankapitel".into() };
        assert!(mark(&question, &response, &[]).unwrap().correct);
        assert!(!mark(&question, &response, &["Humankapitel".into()]).unwrap().correct);
    }

    #[test]
    fn keys_and_responses_survive_storage() {
        for question in every_body().into_iter().map(question) {
            let key = Key::of(&question.body);
            let stored = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<Key>(&stored).unwrap(), key);
            let response = answer(key);
            let stored = serde_json::to_string(&response).unwrap();
            assert_eq!(serde_json::from_str::<Response>(&stored).unwrap(), response);
        }
        assert_eq!(serde_json::from_str::<Response>(r#"{"kind":"reveal"}"#).unwrap(), Response::Reveal);
    }

    fn word() -> impl Strategy<Value = String> {
        prop_oneof![4 => "p[1-9]", 1 => Just("true".into()), 1 => "rød|180|1[.]000|", 1 => any::<String>()]
    }

    fn any_response() -> impl Strategy<Value = Response> {
        let words = || proptest::collection::vec(word(), 0..5);
        let couples = || proptest::collection::vec((word(), word()), 0..5);
        let pair = |(left, right)| PairChoice { left, right };
        let placement = |(item, category)| Placement { item, category };
        prop_oneof![
            words().prop_map(|options| Response::Choice { options }),
            word().prop_map(|text| Response::Text { text }),
            word().prop_map(|text| Response::Number { text }),
            words().prop_map(|gaps| Response::Gaps { gaps }),
            couples().prop_map(move |all| Response::Pairs { pairs: all.into_iter().map(pair).collect() }),
            words().prop_map(|items| Response::Order { items }),
            couples()
                .prop_map(move |all| Response::Placements { placements: all.into_iter().map(placement).collect() }),
            (0..4_usize).prop_map(|at| Response::SelfRating { rating: Rating::ALL[at] }),
            Just(Response::Seen),
            Just(Response::Reveal),
        ]
    }

    /// The same answer, its parts named in another order. Orders and gaps are left: there the order is the answer.
    fn renamed_backwards(response: &Response) -> Response {
        let mut response = response.clone();
        match &mut response {
            Response::Choice { options } => options.reverse(),
            Response::Pairs { pairs } => pairs.reverse(),
            Response::Placements { placements } => placements.reverse(),
            _ => {}
        }
        response
    }

    proptest! {
        #[test]
        fn any_response_gets_a_fair_mark_or_a_fault(response in any_response()) {
            for question in every_body().into_iter().map(question) {
                let marked = mark(&question, &response, &[]);
                let backwards = mark(&question, &renamed_backwards(&response), &[]);
                if let Ok(marked) = &marked {
                    prop_assert!((Ratio::from_integer(0)..=Ratio::from_integer(1)).contains(&marked.score));
                    prop_assert_eq!(marked.correct, marked.score == Ratio::from_integer(1));
                    prop_assert_eq!(&backwards, &Ok(marked.clone()));
                }
                prop_assert_eq!(marked.is_err(), backwards.is_err());
            }
        }
    }
}
