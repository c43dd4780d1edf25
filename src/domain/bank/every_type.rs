//! One question of every type, as an author writes it and as it should be read.

/// The lines of a question's own, and its body as JSON. Ids are left out: they come with the revision.
pub(super) const EVERY_TYPE: &[(&str, &str)] = &[
    (
        r#"type: single
stem: s
options:
  - {text: Ja, correct: true, feedback: F}
  - {text: Nei, feedback: G, pinned: true}"#,
        r#"{"type": "single", "options": [
            {"text": "Ja", "correct": true, "feedback": "F"},
            {"text": "Nei", "feedback": "G", "pinned": true}]}"#,
    ),
    (
        r#"type: true_false
stem: s
answer: false
feedback_true: F
feedback_false: G"#,
        r#"{"type": "true_false", "answer": false, "feedback_true": "F", "feedback_false": "G"}"#,
    ),
    (
        r#"type: multiple
stem: s
scoring: all_or_nothing
options:
  - {text: A, correct: true, feedback: F}
  - {text: B, correct: true, feedback: F}
  - {text: C, correct: false, feedback: G}"#,
        r#"{"type": "multiple", "scoring": "all_or_nothing", "options": [
            {"text": "A", "correct": true, "feedback": "F"},
            {"text": "B", "correct": true, "feedback": "F"},
            {"text": "C", "correct": false, "feedback": "G"}]}"#,
    ),
    (
        r#"type: short_text
stem: s
typos: false
accept: [taus kunnskap, "3"]
wrong:
  - {match: [eksplisitt], feedback: W}
feedback_correct: F
feedback_other: G"#,
        r#"{"type": "short_text", "typos": false, "accept": ["taus kunnskap", "3"],
            "wrong": [{"match": ["eksplisitt"], "feedback": "W"}],
            "feedback_correct": "F", "feedback_other": "G"}"#,
    ),
    (
        r#"type: numeric
stem: s
answer: 0.10
tolerance: "0.05"
tolerance_kind: relative
unit: kg
common_errors:
  - {value: -3.5, feedback: W}
feedback_correct: F
feedback_other: G"#,
        r#"{"type": "numeric", "answer": "0.10", "tolerance": "0.05", "tolerance_kind": "relative", "unit": "kg",
            "common_errors": [{"value": "-3.5", "feedback": "W"}],
            "feedback_correct": "F", "feedback_other": "G"}"#,
    ),
    (
        r#"type: cloze
stem: "{{2}} før {{1}}"
any_order: true
gaps:
  - {accept: [a], feedback_correct: F, feedback_other: G}
  - {accept: [b, c], feedback_correct: F, feedback_other: G}"#,
        r#"{"type": "cloze", "any_order": true, "gaps": [
            {"accept": ["a"], "typos": true, "feedback_correct": "F", "feedback_other": "G"},
            {"accept": ["b", "c"], "typos": true, "feedback_correct": "F", "feedback_other": "G"}]}"#,
    ),
    (
        r#"type: matching
stem: s
pairs:
  - {left: A, right: B, feedback: F}
  - {left: C, right: D, feedback: G}
extra_right:
  - {text: E, feedback: H}"#,
        r#"{"type": "matching", "extra_right": [{"text": "E", "feedback": "H"}], "pairs": [
            {"left": "A", "right": "B", "feedback": "F"},
            {"left": "C", "right": "D", "feedback": "G"}]}"#,
    ),
    (
        r#"type: ordering
stem: s
items:
  - {text: A, feedback: F}
  - {text: B, feedback: G}"#,
        r#"{"type": "ordering", "items": [{"text": "A", "feedback": "F"}, {"text": "B", "feedback": "G"}]}"#,
    ),
    (
        r#"type: categorise
stem: s
categories:
  - {id: human, label: H}
  - {id: struktur, label: S}
items:
  - {text: A, category: human, feedback: F}"#,
        r#"{"type": "categorise",
            "categories": [{"name": "human", "label": "H"}, {"name": "struktur", "label": "S"}],
            "items": [{"text": "A", "category": "human", "feedback": "F"}]}"#,
    ),
    (
        r#"type: flashcard
stem: s
back: B"#,
        r#"{"type": "flashcard", "back": "B"}"#,
    ),
    (
        r#"type: reflection
stem: s
prompts: [P, Q]
criteria:
  - {text: C, feedback: F}
model_answer: M"#,
        r#"{"type": "reflection", "prompts": ["P", "Q"], "criteria": [{"text": "C", "feedback": "F"}],
            "model_answer": "M"}"#,
    ),
    (
        r#"type: info
stem: s
body: >-
  To
  linjer."#,
        r#"{"type": "info", "body": "To linjer."}"#,
    ),
];
