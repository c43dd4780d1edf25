//! `course.yaml`: the course, its chapters in order and their learning objectives.

use super::fields::{Fields, check_size, list};
use super::node::Node;
use super::problem::{Located, Report};
use super::scalars::{boolean, id, localised, one_of, raw_name, raw_number, slug, text, whole_number};
use crate::vocab::text::Localised;
use serde::{Deserialize, Serialize};

/// A course as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Short name in addresses and files.
    pub slug: String,
    /// What learners see.
    pub title: Localised,
    /// What the course is about, in a sentence or two.
    pub description: Localised,
    /// The language the questions are written in: `nb`, `nn` or `en`.
    pub language: String,
    /// Whether devices may have keys and feedback before the answer, to mark without a network.
    #[serde(default)]
    pub offline_answers: bool,
    /// In the order they are taught.
    pub chapters: Vec<Chapter>,
}

/// A chapter of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// From 1; the `N` of `chapter-N.yaml`.
    pub number: u8,
    /// Short name in addresses.
    pub slug: String,
    /// What learners see.
    pub title: Localised,
    /// What a learner should be able to do afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectives: Vec<Objective>,
}

/// A learning objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    /// The author's id, such as `LO1.1`.
    pub id: String,
    /// What a learner should be able to do.
    pub text: String,
}

/// What is known of the course, faults or none.
#[derive(Default)]
pub(super) struct CourseDraft {
    pub course: Option<Course>,
    pub chapters: Vec<Located<i64>>,
    pub chapter_slugs: Vec<Located<String>>,
    pub objectives: Vec<Located<String>>,
    /// Whether every chapter and objective could be named, so that a reference to another one is a fault.
    pub is_complete: bool,
}

const LANGUAGES: &[(&str, &str)] = &[("nb", "nb"), ("nn", "nn"), ("en", "en")];

pub(super) fn read(top: &Node, report: &mut Report) -> CourseDraft {
    let course = course(top, report);
    let chapters = top.get("chapters").map(Node::items).unwrap_or_default();
    let mut draft = CourseDraft { course, ..CourseDraft::default() };
    let mut count = chapters.len();
    for chapter in chapters {
        draft.chapters.extend(raw_number(chapter.get("number"), report));
        draft.chapter_slugs.extend(raw_name(chapter.get("slug"), report));
        let objectives = chapter.get("objectives");
        count += usize::from(objectives.is_some_and(|node| !node.is_list()));
        for objective in objectives.map(Node::items).unwrap_or_default() {
            count += 1;
            draft.objectives.extend(raw_name(objective.get("id"), report));
        }
    }
    draft.is_complete = !chapters.is_empty() && draft.chapters.len() + draft.objectives.len() == count;
    draft
}

fn course(top: &Node, report: &mut Report) -> Option<Course> {
    let mut fields = Fields::open(top, report)?;
    let slug = fields.required("slug", slug);
    let title = fields.required("title", localised);
    let description = fields.required("description", localised);
    let language = fields.required("language", one_of(LANGUAGES));
    let chapters = fields.required("chapters", |node, report| {
        check_size(node, 1, usize::from(u8::MAX), report);
        list(node, report, chapter)
    });
    let offline_answers = fields.or_default("offline_answers", boolean);
    fields.close();
    Some(Course {
        slug: slug?,
        title: title?,
        description: description?,
        language: language?.to_owned(),
        offline_answers: offline_answers?,
        chapters: chapters?,
    })
}

fn chapter(node: &Node, report: &mut Report) -> Option<Chapter> {
    let mut fields = Fields::open(node, report)?;
    let number = fields.required("number", whole_number(1, u8::MAX));
    let slug = fields.required("slug", slug);
    let title = fields.required("title", localised);
    let objectives = fields.or_default("objectives", |node, report| list(node, report, objective));
    fields.close();
    Some(Chapter { number: number?, slug: slug?, title: title?, objectives: objectives? })
}

fn objective(node: &Node, report: &mut Report) -> Option<Objective> {
    let mut fields = Fields::open(node, report)?;
    let id = fields.required("id", id);
    let text = fields.required("text", text);
    fields.close();
    Some(Objective { id: id?, text: text? })
}
