//! What can still be read of a YAML file with a syntax error.
//!
//! A parser cannot go on past a syntax error, and one unclosed quote would hide the faults of a whole chapter.
//! So the file is cut, by indentation alone, into the items of its outermost list and the frame around them, and
//! each is parsed on its own: an error then costs one question.

use super::yaml::{Fault, tree};
use crate::domain::bank::code::Code;
use crate::domain::bank::node::{Mark, Node, Value};
use crate::domain::bank::problem::Report;

/// Reads what can be read, and reports `whole`, the fault of the file as one, or better placed ones.
pub(super) fn read(text: &str, whole: &Fault, report: &mut Report) -> Option<Node> {
    let Some(cut) = Cut::of(text).filter(|_| whole.code != Code::TooComplex) else {
        whole.report(report);
        return None;
    };
    let (items, is_explained) = read_items(&cut.items, report);
    let frame = match tree(&cut.frame, 0) {
        Ok(frame) => frame,
        Err(fault) => {
            fault.report(report);
            return None;
        }
    };
    if !is_explained {
        whole.report(report);
    }
    frame.and_then(|frame| with_items(frame, items))
}

/// The text of an item, and how many lines stand before it.
type Piece<'t> = (u32, Vec<&'t str>);

/// A file in pieces. The frame has an empty line for every line of an item, so that its numbers hold.
struct Cut<'t> {
    frame: String,
    items: Vec<Piece<'t>>,
}

impl<'t> Cut<'t> {
    /// `None` if the file has no list with its items on lines of their own.
    fn of(text: &'t str) -> Option<Self> {
        let indent = text.lines().find(|line| starts_item(line)).map(indent_of)?;
        let mut frame = String::with_capacity(text.len());
        let mut items: Vec<Piece<'t>> = Vec::new();
        let mut is_inside = false;
        for (number, line) in (0_u32..).zip(text.lines()) {
            if indent_of(line) == indent && starts_item(line) {
                items.push((number, Vec::new()));
                is_inside = true;
            } else if indent_of(line) <= indent && starts_field(line) {
                is_inside = false;
            }
            match items.last_mut().filter(|_| is_inside) {
                Some((_, lines)) => lines.push(line),
                None => frame.push_str(line),
            }
            frame.push('\n');
        }
        Some(Self { frame, items })
    }
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn starts_item(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with("- ")
}

/// Anything else that is indented too little is part of what is wrong with the item.
fn starts_field(line: &str) -> bool {
    let word = line.trim_start_matches(' ').split(' ').next().unwrap_or_default();
    word == "---" || (word.starts_with(|first: char| first.is_ascii_alphabetic()) && word.ends_with(':'))
}

/// Every item as a node, broken ones too, so that the others keep their numbers; and whether any was broken.
fn read_items(pieces: &[Piece<'_>], report: &mut Report) -> (Vec<Node>, bool) {
    let mut is_any_broken = false;
    let nodes = pieces.iter().map(|(lines_before, lines)| {
        let mark = Mark { line: lines_before + 1, column: 1 };
        match tree(&lines.join("\n"), *lines_before) {
            Ok(Some(Node { value: Value::List(mut items), .. })) if items.len() == 1 => {
                items.pop().unwrap_or_else(|| Node::new(mark, Value::Broken))
            }
            Ok(_) => Node::new(mark, Value::Broken),
            Err(fault) => {
                fault.report(report);
                is_any_broken = true;
                Node::new(mark, Value::Broken)
            }
        }
    });
    (nodes.collect(), is_any_broken)
}

/// Hangs each item under the last key of the frame that stands above it.
fn with_items(mut frame: Node, items: Vec<Node>) -> Option<Node> {
    let Value::Map(entries) = &mut frame.value else { return None };
    for item in items {
        let entry = entries.iter_mut().rfind(|entry| entry.mark.line <= item.mark.line)?;
        match &mut entry.value.value {
            Value::List(list) => list.push(item),
            other => *other = Value::List(vec![item]),
        }
    }
    Some(frame)
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::fixture::{CONCEPTS, COURSE, Fault, course_with, faults, files};

    /// Three questions without a body; the middle one has this stem.
    fn chapter(stem: &str) -> String {
        let one = |id: &str, stem: &str| {
            format!(
                "  - id: {id}\n    type: info\n    concepts: [kompetanse]\n    difficulty: 1\n    stem: {stem}\n    \
                 source: {{kind: general, ref: \"Vårt\"}}\n"
            )
        };
        format!("chapter: 1\nquestions:\n{}{}\n{}", one("a", "s"), one("b", stem), one("c", "\"s\""))
    }

    #[test]
    fn a_syntax_error_costs_one_question() {
        let around = |error: Fault| vec![("missing_field", 3, 5), error, ("missing_field", 16, 5)];
        let cases = [
            ("\"uten slutt", ("yaml_syntax", 14, 35)),
            ("[a, b", ("yaml_syntax", 14, 11)),
            ("a: b", ("yaml_syntax", 13, 12)),
            ("a\n\tb", ("yaml_syntax", 14, 1)),
            ("a\nb", ("yaml_syntax", 15, 11)),
            ("\"\\q\"", ("yaml_syntax", 13, 11)),
            ("}", ("yaml_syntax", 13, 11)),
        ];
        for (stem, error) in cases {
            let found = faults(&course_with(&chapter(stem)));
            let expected = around(error);
            assert_eq!(found.len(), 3, "{stem}: {found:?}");
            assert_eq!(
                (found[0], found[1].0, found[2].0),
                (expected[0], error.0, "missing_field"),
                "{stem}: {found:?}"
            );
        }
    }

    #[test]
    fn a_broken_concept_does_not_make_its_questions_wrong() {
        let concepts = CONCEPTS.replace("slug: kompetanse", "slug: \"kompetanse");
        let sources = [("course.yaml", COURSE), ("concepts.yaml", &concepts), ("chapter-1.yaml", &chapter("s"))];
        let found = faults(&files(&sources));
        assert_eq!(found[0].0, "yaml_syntax");
        assert!(found.iter().all(|(code, _, _)| *code != "unknown_concept"), "{found:?}");
    }

    #[test]
    fn an_error_outside_the_questions_is_reported_alone() {
        let found = faults(&course_with(&chapter("s").replace("chapter: 1", "chapter: [1")));
        assert_eq!(found.iter().map(|(code, _, _)| *code).collect::<Vec<_>>(), ["yaml_syntax"]);
    }
}
