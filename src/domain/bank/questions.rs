//! `chapter-N.yaml`: the questions of a chapter, and the fields every type of question has.

use super::bodies::{self, TYPES};
use super::code::Code;
use super::fields::{Elsewhere, Fields, check_size, list};
use super::node::{Node, Value};
use super::problem::{Located, Place, Report};
use super::scalars::{
    boolean, date, id, one_of, raw_name, raw_names, raw_number, references, share, text, texts, whole_number,
};
use crate::domain::question::{Body, Image, Question, Source, SourceKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A help or two is a help; more is another question.
const MOST_HINTS: usize = 2;

/// A question in its chapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChapterQuestion {
    /// The chapter's number.
    pub chapter: u8,
    /// The question itself. Its parts have no ids yet; they are given per revision.
    pub question: Question,
    /// Where it stands; known only straight after reading.
    #[serde(skip)]
    pub at: Place,
}

/// What is known of a chapter file, faults or none.
#[derive(Default)]
pub(super) struct ChapterDraft {
    pub chapter: Option<Located<i64>>,
    pub questions: Vec<QuestionDraft>,
}

/// What is known of a question; names as they are written, well formed or not.
pub(super) struct QuestionDraft {
    pub at: Place,
    pub id: Option<Located<String>>,
    pub concepts: Vec<Located<String>>,
    pub objectives: Vec<Located<String>>,
    pub successor_of: Option<Located<String>>,
    pub question: Option<Question>,
}

pub(super) fn read(top: &Node, report: &mut Report) -> ChapterDraft {
    let Some(mut fields) = Fields::open(top, report) else { return ChapterDraft::default() };
    fields.required("chapter", whole_number(1, u8::MAX));
    let questions = fields.required("questions", |node, report| {
        // An item never gives `None` here: a question with faults is still a draft.
        list(node, report, |item, report| Some(draft(item, report)))
    });
    fields.close();
    ChapterDraft { chapter: raw_number(top.get("chapter"), report), questions: questions.unwrap_or_default() }
}

fn draft(node: &Node, report: &mut Report) -> QuestionDraft {
    QuestionDraft {
        at: report.spot(node.mark, "").place,
        id: raw_name(node.get("id"), report),
        concepts: raw_names(node.get("concepts"), report),
        objectives: raw_names(node.get("objectives"), report),
        successor_of: raw_name(node.get("successor_of"), report),
        question: question(node, report),
    }
}

fn question(node: &Node, report: &mut Report) -> Option<Question> {
    let mut fields = Fields::open(node, report)?;
    let id = fields.required("id", id);
    let kind = fields.required("type", one_of(TYPES));
    let concepts = fields.required("concepts", |node, report| {
        check_size(node, 1, usize::MAX, report);
        references(node, report)
    });
    let objectives = fields.or_default("objectives", references);
    let difficulty = fields.required("difficulty", whole_number(1, 3));
    let stem = fields.required("stem", text);
    let body = kind.and_then(|kind| bodies::read(kind, &mut fields));
    let explanation = match kind {
        Some(bodies::Kind::Info) => fields.or_default("explanation", text),
        Some(_) | None => fields.required("explanation", text),
    };
    let source = fields.required("source", source);
    let extras = extras(&mut fields);
    check_law(&mut fields);
    fields.close_among(|name| elsewhere(name, kind));
    let (source, extras) = (source?, extras?);
    Some(Question {
        id: id?,
        concepts: concepts?,
        objectives: objectives?,
        difficulty: difficulty?,
        stem: stem?,
        body: body?,
        explanation: explanation?,
        source,
        ..extras
    })
}

/// A field of another type is told apart from a slip of the keyboard.
fn elsewhere(name: &str, kind: Option<bodies::Kind>) -> Elsewhere {
    let owners: Vec<&str> =
        TYPES.iter().filter(|(_, owner)| owner.field_names().contains(&name)).map(|(word, _)| *word).collect();
    match kind {
        _ if owners.is_empty() => Elsewhere::Nowhere,
        None => Elsewhere::Somewhere,
        Some(_) => Elsewhere::In(owners.join(", ")),
    }
}

/// The fields a question may leave out, in an otherwise empty question.
fn extras(fields: &mut Fields<'_, '_>) -> Option<Question> {
    let hints = fields.or_default("hints", |node, report| {
        check_size(node, 0, MOST_HINTS, report);
        texts(node, report)
    });
    let image = fields.or_default("image", |node, report| image(node, report).map(Some));
    let pass_at = fields.or_default("pass_at", |node, report| share(node, report).map(Some));
    let review_by = fields.or_default("review_by", |node, report| date(node, report).map(Some));
    let lint = fields.or_default("lint", accepted_findings);
    let successor_of = fields.or_default("successor_of", |node, report| id(node, report).map(Some));
    let retired = fields.or_default("retired", boolean);
    Some(Question {
        hints: hints?,
        image: image?,
        pass_at: pass_at?.unwrap_or(1.0),
        review_by: review_by?,
        lint: lint?,
        successor_of: successor_of?,
        retired: retired?,
        ..empty_question()
    })
}

fn empty_question() -> Question {
    Question {
        id: String::new(),
        concepts: Vec::new(),
        objectives: Vec::new(),
        difficulty: 1,
        stem: String::new(),
        body: Body::Info { body: String::new() },
        explanation: String::new(),
        source: Source { kind: SourceKind::General, reference: String::new(), as_of: None },
        hints: Vec::new(),
        image: None,
        pass_at: 1.0,
        review_by: None,
        lint: BTreeMap::new(),
        successor_of: None,
        retired: false,
    }
}

const SOURCE_KINDS: &[(&str, SourceKind)] = &[
    ("slides", SourceKind::Slides),
    ("law", SourceKind::Law),
    ("literature", SourceKind::Literature),
    ("general", SourceKind::General),
];

fn source(node: &Node, report: &mut Report) -> Option<Source> {
    let mut fields = Fields::open(node, report)?;
    let kind = fields.required("kind", one_of(SOURCE_KINDS));
    let reference = fields.required("ref", text);
    let as_of = fields.or_default("as_of", |node, report| date(node, report).map(Some));
    fields.close();
    Some(Source { kind: kind?, reference: reference?, as_of: as_of? })
}

/// Laws change, so a law question says when it was read and when to read it again.
fn check_law(fields: &mut Fields<'_, '_>) {
    let question = fields.node();
    let Some(source) = question.get("source") else { return };
    if source.get("kind").and_then(Node::scalar) != Some("law") {
        return;
    }
    if question.get("review_by").is_none() {
        fields.report().at(question, Code::LawWithoutReview, &[]);
    }
    if source.get("as_of").is_none() {
        fields.report().at(source, Code::LawWithoutDate, &[]);
    }
}

fn image(node: &Node, report: &mut Report) -> Option<Image> {
    let mut fields = Fields::open(node, report)?;
    let src = fields.required("src", image_path);
    let alt = fields.required("alt", text);
    fields.close();
    Some(Image { src: src?, alt: alt? })
}

/// The path becomes an address and a file name, so it may not lead out of the course folder.
fn image_path(node: &Node, report: &mut Report) -> Option<String> {
    let path = text(node, report)?;
    let is_inside = path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains(['\\', ':']);
    if !is_inside {
        report.at(node, Code::BadImagePath, &[&path]);
    }
    is_inside.then_some(path)
}

/// `lint: {code: reason}`; which codes the linter has is the linter's to know.
fn accepted_findings(node: &Node, report: &mut Report) -> Option<BTreeMap<String, String>> {
    Fields::open(node, report)?;
    let Value::Map(entries) = &node.value else { return None };
    let read: Vec<Option<(String, String)>> =
        entries.iter().map(|entry| Some((entry.name.clone(), text(&entry.value, report)?))).collect();
    read.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::fixture::{Fault, course_with, faults, faults_of, question};

    /// A sound flashcard with one piece of it changed.
    fn check(from: &str, to: &str, expected: &[Fault]) {
        let chapter = question("type: flashcard\nstem: s\nback: B").replacen(from, to, 1);
        assert_eq!(faults(&course_with(&chapter)), expected, "{from} → {to}");
    }

    #[test]
    fn common_fields_have_their_form() {
        check("x", "x", &[]);
        check("id: K1-01", "id: -K1", &[("bad_id", 3, 9)]);
        check("id: K1-01", &format!("id: {}", "a".repeat(41)), &[("bad_id", 3, 9)]);
        check("difficulty: 1", "difficulty: \"1\"", &[("expected_whole_number", 5, 17)]);
        check("difficulty: 1", "difficulty: 0", &[("out_of_range", 5, 17)]);
        check("[kompetanse]", "[]", &[("too_few", 4, 15)]);
        check("[kompetanse]", "[kompetanse, kompetanse]", &[("duplicate_reference", 4, 28)]);
        check("explanation: Fordi.", "explanation: 2026", &[("unquoted_text", 6, 18)]);
        check("explanation: Fordi.", "explanation: [a]", &[("expected_text", 6, 18)]);
        check("Fordi.", &"å".repeat(4_001), &[("text_too_long", 6, 18)]);
        check("Fordi.", "\"a\\u202Eb\"", &[("control_character", 6, 18)]);
        check("    explanation: Fordi.\n", "", &[("missing_field", 3, 5)]);
        check("type: flashcard", "type: flash", &[("bad_choice", 8, 11)]);
        check("stem: s", "stemm: s", &[("missing_field", 3, 5), ("unknown_field", 9, 5)]);
        check("back: B", "back: B\n    options: []", &[("unknown_field", 11, 5)]);
    }

    #[test]
    fn optional_fields_have_their_form() {
        let add = |field: &str, expected: &[Fault]| check("back: B", &format!("back: B\n    {field}"), expected);
        add("pass_at: 0.5", &[]);
        add("pass_at: 0", &[("out_of_range", 11, 14)]);
        add("pass_at: 1.01", &[("out_of_range", 11, 14)]);
        add("hints: [a, b, c]", &[("too_many", 11, 12)]);
        add("image: {src: images/x.png}", &[("missing_field", 11, 12)]);
        add("image: {src: ../x.png, alt: x}", &[("bad_image_path", 11, 18)]);
        add("review_by: 2027-02-30", &[("bad_date", 11, 16)]);
        add("review_by: 1. november", &[("bad_date", 11, 16)]);
        add("retired: yes", &[("expected_boolean", 11, 14)]);
        add("lint: {key_longest: ''}", &[("empty_text", 11, 25)]);
        add("lint: nei", &[("expected_map", 11, 11)]);
    }

    #[test]
    fn a_law_question_says_when_it_was_read_and_when_to_read_it_again() {
        check("kind: slides", "kind: law", &[("law_without_review", 3, 5), ("law_without_date", 7, 13)]);
        check("kind: slides", "kind: web", &[("bad_choice", 7, 20)]);
    }

    #[test]
    fn an_unknown_type_is_one_fault() {
        assert_eq!(faults_of("type: sinlge\nstem: s\noptions: []\nback: B"), [("bad_choice", 8, 11)]);
        assert_eq!(faults_of("stem: s\noptions: []"), [("missing_field", 3, 5)]);
    }
}
