//! A source file as a tree that remembers where every value and key stands.
//!
//! All formats that have fields are read into this tree first, so that the readers of courses, concepts and
//! questions never meet a file format, and can go on past any fault.

use super::code::Code;
use super::problem::Report;
use std::collections::HashMap;

/// Where something begins in its file; both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub line: u32,
    pub column: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub mark: Mark,
    /// JSON pointer from the top of the file; set by [`Node::settle`].
    pub pointer: String,
    /// A construct the format may hold and a bank may not, reported by [`Node::settle`].
    pub refused: Option<(Code, Mark)>,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// `plain` is a scalar without quotes, which other readers may take for a number or a boolean.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
    /// Could not be read, and has been reported. Readers pass it in silence.
    Broken,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// Empty when the key is not a plain word.
    pub name: String,
    pub mark: Mark,
    pub value: Node,
}

impl Node {
    pub fn new(mark: Mark, value: Value) -> Self {
        Self { mark, pointer: String::new(), refused: None, value }
    }

    pub fn get(&self, name: &str) -> Option<&Node> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|entry| entry.name == name).map(|entry| &entry.value)
    }

    /// The items of a list; of anything else none.
    pub fn items(&self) -> &[Node] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// The text of a scalar, whatever it looks like, without the spaces around it.
    pub fn scalar(&self) -> Option<&str> {
        if let Value::Scalar { text, .. } = &self.value { Some(text.trim()) } else { None }
    }

    pub fn is_broken(&self) -> bool {
        self.value == Value::Broken
    }

    /// Written as nothing at all, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// Gives the whole tree its pointers, and reports and drops what no reader should meet: repeated keys, keys
    /// that are not words, refused constructs. Done once the tree is whole, since a pointer needs the top.
    pub fn settle(&mut self, pointer: String, report: &mut Report) {
        self.pointer = pointer;
        if let Some((code, mark)) = self.refused {
            report.on(&report.spot(mark, &self.pointer), code, &[]);
        }
        match &mut self.value {
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    item.settle(format!("{}/{index}", self.pointer), report);
                }
            }
            Value::Map(entries) => settle_entries(entries, &self.pointer, report),
            Value::Scalar { .. } | Value::Broken => {}
        }
    }
}

fn settle_entries(entries: &mut Vec<Entry>, pointer: &str, report: &mut Report) {
    let mut first_lines: HashMap<String, u32> = HashMap::new();
    entries.retain_mut(|entry| {
        if entry.name.is_empty() {
            report.on(&report.spot(entry.mark, pointer), Code::BadKey, &[]);
            return false;
        }
        let own = format!("{pointer}/{}", entry.name.replace('~', "~0").replace('/', "~1"));
        if let Some(line) = first_lines.get(&entry.name) {
            report.on(&report.spot(entry.mark, &own), Code::DuplicateKey, &[&entry.name, &line.to_string()]);
            return false;
        }
        first_lines.insert(entry.name.clone(), entry.mark.line);
        entry.value.settle(own, report);
        true
    });
}
