//! `concepts.yaml`: what the course teaches, and which concept builds on which.

use super::fields::{Fields, list};
use super::node::Node;
use super::problem::{Located, Report};
use super::scalars::{localised, raw_name, raw_names, raw_number, references, slug, texts, whole_number};
use crate::vocab::text::Localised;
use serde::{Deserialize, Serialize};

/// A concept of the course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concept {
    /// The name questions refer to it by.
    pub slug: String,
    /// What learners see.
    pub name: Localised,
    /// What it means, in a sentence or two.
    pub definition: Localised,
    /// Number of the chapter that teaches it.
    pub chapter: u8,
    /// Slugs of the concepts to know first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prerequisites: Vec<String>,
    /// Where the definition is taken from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
}

/// What is known of the concepts, faults or none.
#[derive(Default)]
pub(super) struct ConceptsDraft {
    pub concepts: Option<Vec<Concept>>,
    pub named: Vec<ConceptDraft>,
    /// Whether every concept could be named, so that a reference to another one is a fault.
    pub is_complete: bool,
}

/// The names in one concept, well formed or not.
pub(super) struct ConceptDraft {
    pub slug: Located<String>,
    pub chapter: Option<Located<i64>>,
    pub prerequisites: Vec<Located<String>>,
}

pub(super) fn read(top: &Node, report: &mut Report) -> ConceptsDraft {
    let concepts = Fields::open(top, report).and_then(|mut fields| {
        let concepts = fields.required("concepts", |node, report| list(node, report, concept));
        fields.close();
        concepts
    });
    let items = top.get("concepts").map(Node::items).unwrap_or_default();
    let named: Vec<ConceptDraft> = items.iter().filter_map(|item| names(item, report)).collect();
    let is_complete = top.get("concepts").is_some_and(Node::is_list) && named.len() == items.len();
    ConceptsDraft { concepts, named, is_complete }
}

fn names(item: &Node, report: &Report) -> Option<ConceptDraft> {
    Some(ConceptDraft {
        slug: raw_name(item.get("slug"), report)?,
        chapter: raw_number(item.get("chapter"), report),
        prerequisites: raw_names(item.get("prerequisites"), report),
    })
}

fn concept(node: &Node, report: &mut Report) -> Option<Concept> {
    let mut fields = Fields::open(node, report)?;
    let slug = fields.required("slug", slug);
    let name = fields.required("name", localised);
    let definition = fields.required("definition", localised);
    let chapter = fields.required("chapter", whole_number(1, u8::MAX));
    let prerequisites = fields.or_default("prerequisites", references);
    let sources = fields.or_default("sources", texts);
    fields.close();
    Some(Concept {
        slug: slug?,
        name: name?,
        definition: definition?,
        chapter: chapter?,
        prerequisites: prerequisites?,
        sources: sources?,
    })
}
