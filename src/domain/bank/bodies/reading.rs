//! Questions without a score: `flashcard`, `reflection`, `info`.

use super::MOST_PARTS;
use crate::domain::bank::fields::{Fields, check_size, list};
use crate::domain::bank::node::Node;
use crate::domain::bank::problem::Report;
use crate::domain::bank::scalars::{text, texts};
use crate::domain::question::{Body, Criterion};

pub(super) fn flashcard(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let back = fields.required("back", text);
    Some(Body::Flashcard { back: back? })
}

/// The prompts may be left out: the stem can be prompt enough.
pub(super) fn reflection(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let prompts = fields.or_default("prompts", texts);
    let criteria = fields.required("criteria", |node, report| {
        check_size(node, 1, MOST_PARTS, report);
        list(node, report, criterion)
    });
    let model_answer = fields.required("model_answer", text);
    Some(Body::Reflection { prompts: prompts?, criteria: criteria?, model_answer: model_answer? })
}

fn criterion(node: &Node, report: &mut Report) -> Option<Criterion> {
    let mut fields = Fields::open(node, report)?;
    let words = fields.required("text", text);
    let feedback = fields.required("feedback", text);
    fields.close();
    Some(Criterion { text: words?, feedback: feedback? })
}

pub(super) fn info(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let body = fields.required("body", text);
    Some(Body::Info { body: body? })
}
