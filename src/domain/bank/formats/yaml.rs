//! YAML text into a tree with lines and columns.
//!
//! Built on the parser's events, not on serde: serde stops at the first fault, and loses the place of keys.
//! Anchors, aliases and tags are refused, so a small file cannot unfold into a large one.

use super::salvage;
use crate::domain::bank::code::{CURE_BRACKETS, CURE_COLON, CURE_QUOTES, CURE_TABS, Code, Texts};
use crate::domain::bank::node::{Entry, Mark, Node, Value};
use crate::domain::bank::problem::Report;
use serde_saphyr::granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, options};
use std::borrow::Cow;

/// Bytes. A chapter of a hundred questions takes about 150,000.
const LARGEST_FILE: usize = 4 * 1024 * 1024;
/// Values in one file; a question has about forty.
const MOST_NODES: usize = 200_000;
/// Levels of lists and maps inside each other; a bank needs eight.
const DEEPEST: usize = 24;

/// Why a text could not become a tree.
pub(super) struct Fault {
    mark: Mark,
    pub(super) code: Code,
    detail: String,
    cure: Option<&'static Texts>,
}

impl Fault {
    pub(super) fn report(&self, report: &mut Report) {
        let spot = report.spot(self.mark, "");
        match self.cure {
            Some(cure) => report.on_with_cure(&spot, self.code, &[&self.detail], cure),
            None => report.on(&spot, self.code, &[&self.detail]),
        }
    }
}

/// Reads one file. `None` when nothing of it could be read; parts that could not be are `Value::Broken`.
pub(in crate::domain::bank) fn read(text: &str, report: &mut Report) -> Option<Node> {
    if text.len() > LARGEST_FILE {
        report.on(&report.spot(START, ""), Code::FileTooLarge, &[&LARGEST_FILE.to_string()]);
        return None;
    }
    let text = without_control_characters(text, report);
    let mut top = match tree(&text, 0) {
        Ok(Some(top)) => top,
        Ok(None) => {
            report.on(&report.spot(START, ""), Code::EmptyFile, &[]);
            return None;
        }
        Err(fault) => salvage::read(&text, &fault, report)?,
    };
    top.settle(String::new(), report);
    Some(top)
}

const START: Mark = Mark { line: 1, column: 1 };

/// The parser takes NUL for the end of the file, and would leave out the rest without a word; it takes a lone
/// carriage return for a line break, which no editor counts.
fn without_control_characters<'t>(text: &'t str, report: &mut Report) -> Cow<'t, str> {
    let is_bad = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if !text.contains(is_bad) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    let mut mark = START;
    for character in text.chars() {
        if is_bad(character) {
            report.on(&report.spot(mark, ""), Code::ControlCharacter, &[&format!("U+{:04X}", u32::from(character))]);
        }
        mark = match character {
            '\n' => Mark { line: mark.line + 1, column: 1 },
            _ => Mark { column: mark.column + 1, ..mark },
        };
    }
    Cow::Owned(text.replace(is_bad, "\u{FFFD}"))
}

/// The tree of a text whose first line is number `lines_before + 1` of its file; `None` if it holds no value.
pub(super) fn tree(text: &str, lines_before: u32) -> Result<Option<Node>, Fault> {
    let options = options! {
        disallow_directives: true,
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut builder = Builder { open: Vec::new(), top: None, nodes: 0 };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| fault_of(&error, lines_before))?;
        let mark = mark_of(&span.start, lines_before);
        if let (Event::DocumentStart(..), Some(top)) = (&event, &mut builder.top) {
            top.refused = Some((Code::MultipleDocuments, mark));
            break;
        }
        builder.take(event, mark).map_err(|code| {
            let detail = MOST_NODES.to_string();
            Fault { mark, code, detail, cure: None }
        })?;
    }
    Ok(builder.top)
}

/// A list or map whose end has not come yet.
struct Open {
    node: Node,
    /// In a map: the key that waits for its value.
    key: Option<(String, Mark)>,
}

struct Builder {
    open: Vec<Open>,
    top: Option<Node>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, mark: Mark) -> Result<(), Code> {
        let (value, anchor, has_tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                (Value::Scalar { text: text.into_owned(), plain }, anchor, tag.is_some())
            }
            Event::SequenceStart(_, anchor, tag) => (Value::List(Vec::new()), anchor, tag.is_some()),
            Event::MappingStart(_, anchor, tag) => (Value::Map(Vec::new()), anchor, tag.is_some()),
            Event::Alias(id) => (Value::Broken, id, false),
            Event::UnresolvedAlias(_) => (Value::Broken, 1, false),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.place(open.node);
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(Code::TooComplex);
        }
        let mut node = Node::new(mark, value);
        node.refused = match (anchor, has_tag) {
            (0, false) => None,
            (0, true) => Some((Code::TagNotAllowed, mark)),
            _ => Some((Code::AnchorNotAllowed, mark)),
        };
        self.start(node);
        Ok(())
    }

    fn start(&mut self, node: Node) {
        if matches!(node.value, Value::List(_) | Value::Map(_)) {
            self.open.push(Open { node, key: None });
        } else {
            self.place(node);
        }
    }

    /// Puts a whole node where it belongs: into the open list, as key or value into the open map, or on top.
    fn place(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.top = Some(node);
            return;
        };
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                Some((name, mark)) => entries.push(Entry { name, mark, value: node }),
                None => open.key = Some((key_name(&node), node.mark)),
            },
            Value::Scalar { .. } | Value::Broken => {}
        }
    }
}

/// Empty for what cannot be a key: a list, a map, an alias, nothing.
fn key_name(node: &Node) -> String {
    if node.is_null() || node.refused.is_some() { String::new() } else { node.scalar().unwrap_or_default().to_owned() }
}

fn mark_of(marker: &Marker, lines_before: u32) -> Mark {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Mark { line: number(marker.line()).saturating_add(lines_before), column: number(marker.col()).saturating_add(1) }
}

fn fault_of(error: &ScanError, lines_before: u32) -> Fault {
    let code = match error.kind() {
        ErrorKind::RecursionLimitExceeded => Code::TooDeep,
        _ => Code::YamlSyntax,
    };
    let mark = mark_of(error.marker(), lines_before);
    Fault { mark, code, detail: error.kind().to_string(), cure: cure_of(error.kind()) }
}

/// What usually lies behind an error of the parser; the code's own cure where that is not known.
fn cure_of(kind: &ErrorKind) -> Option<&'static Texts> {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => Some(&CURE_TABS),
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar
        | ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarIndent => Some(&CURE_QUOTES),
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::MisplacedFlowCollectionEnd
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::UnclosedFlowCollection { .. } => Some(&CURE_BRACKETS),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement | ErrorKind::SimpleKeyExpected => {
            Some(&CURE_COLON)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::fixture::{CHAPTER, Fault, course_with, faults};

    fn check(chapter: &str, expected: &[Fault]) {
        assert_eq!(faults(&course_with(chapter)), expected, "{}", chapter.chars().take(300).collect::<String>());
    }

    #[test]
    fn every_fault_of_form_has_its_place() {
        check("", &[("empty_file", 1, 1)]);
        check("# bare en merknad\n", &[("empty_file", 1, 1)]);
        check("- chapter: 1\n", &[("expected_map", 1, 1)]);
        check(&format!("{CHAPTER}chapter: 2\n"), &[("duplicate_key", 10, 1)]);
        check(&format!("{CHAPTER}? [a]\n: b\n"), &[("bad_key", 10, 3)]);
        check(&format!("{CHAPTER}---\nchapter: 2\n"), &[("multiple_documents", 10, 1)]);
        check(&CHAPTER.replace("Les dette", "\"a\\u0007\""), &[("control_character", 7, 11)]);
        check(
            &CHAPTER.replace("Les dette", "é \0 \u{7}"),
            &[("control_character", 7, 13), ("control_character", 7, 15)],
        );
        check(&CHAPTER.replace("Les dette", "!!str Les"), &[("tag_not_allowed", 7, 17)]);
        check(&CHAPTER.replace("Les dette", "&a Les"), &[("anchor_not_allowed", 7, 14)]);
        check(&CHAPTER.replace("Les dette", "*ukjent"), &[("anchor_not_allowed", 7, 11)]);
        check(&CHAPTER.replace("    stem", "\tstem"), &[("yaml_syntax", 6, 17)]);
        check(&CHAPTER.replace("Les dette", "Les: dette"), &[("yaml_syntax", 7, 14)]);
    }

    #[test]
    fn line_ends_of_windows_and_a_byte_order_mark_change_nothing() {
        check(&CHAPTER.replace('\n', "\r\n"), &[]);
        check(&format!("\u{FEFF}{CHAPTER}"), &[]);
        check(&CHAPTER.replace("difficulty: 1", "difficulty: 9").replace('\n', "\r\n"), &[("out_of_range", 6, 17)]);
    }

    #[test]
    fn a_bomb_is_refused_without_being_unfolded() {
        check(&"[".repeat(100_000), &[("too_deep", 1, 25)]);
        check(&"- ".repeat(100_000), &[("too_deep", 1, 49)]);
        check(&format!("a: {}", "{b: ".repeat(100_000)), &[("too_deep", 1, 100)]);
        check(&format!("[{}]", "a,".repeat(200_001)), &[("too_complex", 1, 400_000)]);
        check(&" ".repeat(5_000_000), &[("file_too_large", 1, 1)]);
        let laughs: String = (1..30).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)).collect();
        let found = faults(&course_with(&format!("a0: &a0 [ha]\n{laughs}")));
        assert_eq!(found.iter().filter(|(code, _, _)| *code == "anchor_not_allowed").count(), 30 + 58);
    }
}
