//! Questions whose parts are moved about: `matching`, `ordering`, `categorise`.

use super::{MOST_PARTS, check_unique, each};
use crate::domain::bank::code::{CURE_NEAREST, Code};
use crate::domain::bank::fields::{Fields, check_size, list};
use crate::domain::bank::node::Node;
use crate::domain::bank::problem::Report;
use crate::domain::bank::scalars::text;
use crate::domain::bank::suggest::nearest;
use crate::domain::question::{Body, Category, Pair, Part, Placed};

pub(super) fn matching(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let question = fields.node();
    let pairs = fields.required("pairs", |node, report| {
        check_size(node, 2, MOST_PARTS, report);
        check_unique(each(Some(node), "left"), Code::DuplicateText, report);
        list(node, report, pair)
    });
    let extra_right = fields.or_default("extra_right", |node, report| {
        check_size(node, 0, MOST_PARTS, report);
        list(node, report, part)
    });
    let rights = each(question.get("pairs"), "right").chain(each(question.get("extra_right"), "text"));
    check_unique(rights, Code::DuplicateText, fields.report());
    Some(Body::Matching { pairs: pairs?, extra_right: extra_right? })
}

fn pair(node: &Node, report: &mut Report) -> Option<Pair> {
    let mut fields = Fields::open(node, report)?;
    let left = fields.required("left", text);
    let right = fields.required("right", text);
    let feedback = fields.required("feedback", text);
    fields.close();
    let (left_id, right_id) = (String::new(), String::new());
    Some(Pair { left_id, left: left?, right_id, right: right?, feedback: feedback? })
}

pub(super) fn ordering(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let items = fields.required("items", |node, report| {
        check_size(node, 2, MOST_PARTS, report);
        check_unique(each(Some(node), "text"), Code::DuplicateText, report);
        list(node, report, part)
    });
    Some(Body::Ordering { items: items? })
}

fn part(node: &Node, report: &mut Report) -> Option<Part> {
    let mut fields = Fields::open(node, report)?;
    let words = fields.required("text", text);
    let feedback = fields.required("feedback", text);
    fields.close();
    Some(Part { id: String::new(), text: words?, feedback: feedback? })
}

pub(super) fn categorise(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let known: Vec<&str> = each(fields.node().get("categories"), "id").filter_map(Node::scalar).collect();
    let categories = fields.required("categories", |node, report| {
        check_size(node, 2, MOST_PARTS, report);
        check_unique(each(Some(node), "label"), Code::DuplicateCategory, report);
        check_unique(each(Some(node), "id"), Code::DuplicateCategory, report);
        list(node, report, category)
    });
    let items = fields.required("items", |node, report| {
        check_size(node, 1, MOST_PARTS, report);
        check_unique(each(Some(node), "text"), Code::DuplicateText, report);
        list(node, report, |item, report| placed(item, &known, report))
    });
    Some(Body::Categorise { categories: categories?, items: items? })
}

fn category(node: &Node, report: &mut Report) -> Option<Category> {
    let mut fields = Fields::open(node, report)?;
    let name = fields.required("id", text);
    let label = fields.required("label", text);
    fields.close();
    Some(Category { name: name?, id: String::new(), label: label? })
}

fn placed(node: &Node, known: &[&str], report: &mut Report) -> Option<Placed> {
    let mut fields = Fields::open(node, report)?;
    let words = fields.required("text", text);
    let category = fields.required("category", |node, report| {
        let name = text(node, report)?;
        check_category(node, &name, known, report);
        Some(name)
    });
    let feedback = fields.required("feedback", text);
    fields.close();
    Some(Placed { id: String::new(), text: words?, category: category?, feedback: feedback? })
}

/// Where no category has a readable id, that has been reported, and every item would only say it again.
fn check_category(node: &Node, name: &str, known: &[&str], report: &mut Report) {
    if known.is_empty() || known.contains(&name) {
        return;
    }
    let spot = report.spot(node.mark, &node.pointer);
    match nearest(name, known.iter().copied()) {
        Some(near) => report.on_with_cure(&spot, Code::UnknownCategory, &[name, near], &CURE_NEAREST),
        None => report.on(&spot, Code::UnknownCategory, &[name, &known.join(", ")]),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::fixture::{Fault, faults_of};

    /// Line 8 has the type, 9 the stem, and the fields stand from 10.
    fn check(kind: &str, fields: &str, expected: &[Fault]) {
        assert_eq!(faults_of(&format!("type: {kind}\nstem: s\n{fields}")), expected, "{kind} {fields}");
    }

    #[test]
    fn pairs_are_told_apart_on_both_sides() {
        let pairs =
            |second: &str| format!("pairs:\n  - {{left: A, right: B, feedback: F}}\n  - {{{second}, feedback: F}}");
        check("matching", &pairs("left: C, right: D"), &[]);
        check("matching", &pairs("left: a, right: D"), &[("duplicate_text", 12, 16)]);
        check("matching", &pairs("left: C, right: b"), &[("duplicate_text", 12, 26)]);
        let extra = format!("{}\nextra_right:\n  - {{text: B, feedback: F}}", pairs("left: C, right: D"));
        check("matching", &extra, &[("duplicate_text", 14, 16)]);
        check("matching", "pairs: [{left: A, right: B, feedback: F}]", &[("too_few", 10, 12)]);
    }

    #[test]
    fn items_to_order_are_two_or_more_and_differ() {
        check("ordering", "items: [{text: A, feedback: F}, {text: B, feedback: F}]", &[]);
        check("ordering", "items: [{text: A, feedback: F}]", &[("too_few", 10, 12)]);
        check("ordering", "items: [{text: A, feedback: F}, {text: A, feedback: F}]", &[("duplicate_text", 10, 44)]);
    }

    #[test]
    fn every_item_goes_to_a_category_there_is() {
        let both = "categories: [{id: human, label: H}, {id: struktur, label: S}]\n";
        let item = |category: &str| format!("{both}items: [{{text: A, category: {category}, feedback: F}}]");
        check("categorise", &item("human"), &[]);
        check("categorise", &item("humen"), &[("unknown_category", 11, 33)]);
        check("categorise", &format!("{both}items: []"), &[("too_few", 11, 12)]);
        let twice = both.replace("struktur", "human");
        check(
            "categorise",
            &format!("{twice}items: [{{text: A, category: human, feedback: F}}]"),
            &[("duplicate_category", 10, 46)],
        );
        let one = "categories: [{id: human, label: H}]\nitems: [{text: A, category: human, feedback: F}]";
        check("categorise", one, &[("too_few", 10, 17)]);
    }
}
