//! Reading a map field by field, without stopping at the first fault.
//!
//! A reader asks for every field it knows, then closes; what nobody asked for is unknown. Every read gives
//! `None` for a value that has been reported, so a whole is built with `?` only after all its parts were read.

use super::code::{CURE_NEAREST, CURE_OTHER_TYPE, Code};
use super::node::{Node, Value};
use super::problem::Report;
use super::suggest::nearest;

/// An open map. `'n` is the tree, `'r` the report.
pub(super) struct Fields<'n, 'r> {
    node: &'n Node,
    report: &'r mut Report,
    known: Vec<&'static str>,
}

impl<'n, 'r> Fields<'n, 'r> {
    /// `None`, reported, if the node is not a map.
    pub fn open(node: &'n Node, report: &'r mut Report) -> Option<Self> {
        match &node.value {
            Value::Map(_) => return Some(Self { node, report, known: Vec::new() }),
            Value::Broken => {}
            Value::Scalar { .. } | Value::List(_) => report.at(node, Code::ExpectedMap, &[]),
        }
        None
    }

    pub fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'n Node, &mut Report) -> Option<T>,
    ) -> Option<T> {
        if self.node.get(name).is_none() {
            self.report.at(self.node, Code::MissingField, &[name]);
        }
        self.optional(name, read)
    }

    /// `None` for a field that is not there, and for one with a fault: the report knows the difference.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'n Node, &mut Report) -> Option<T>,
    ) -> Option<T> {
        self.known.push(name);
        read(self.node.get(name)?, self.report)
    }

    /// As [`Fields::optional`], for a field with a value of its own when it is not there.
    pub fn or_default<T: Default>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'n Node, &mut Report) -> Option<T>,
    ) -> Option<T> {
        match self.node.get(name) {
            Some(_) => self.optional(name, read),
            None => {
                self.known.push(name);
                Some(T::default())
            }
        }
    }

    pub fn node(&self) -> &'n Node {
        self.node
    }

    pub fn report(&mut self) -> &mut Report {
        self.report
    }

    /// Reports the fields nobody asked for.
    pub fn close(self) {
        self.close_among(|_| Elsewhere::Nowhere);
    }

    /// As [`Fields::close`], where a field can be at home in a map of another type.
    pub fn close_among(self, elsewhere: impl Fn(&str) -> Elsewhere) {
        let Value::Map(entries) = &self.node.value else { return };
        for entry in entries.iter().filter(|entry| !self.known.contains(&entry.name.as_str())) {
            let name = entry.name.as_str();
            let spot = self.report.spot(entry.mark, &entry.value.pointer);
            match elsewhere(name) {
                Elsewhere::Somewhere => {}
                Elsewhere::In(types) => {
                    self.report.on_with_cure(&spot, Code::UnknownField, &[name, &types], &CURE_OTHER_TYPE);
                }
                Elsewhere::Nowhere => match nearest(name, self.known.iter().copied()) {
                    Some(near) => self.report.on_with_cure(&spot, Code::UnknownField, &[name, near], &CURE_NEAREST),
                    None => self.report.on(&spot, Code::UnknownField, &[name, &self.known.join(", ")]),
                },
            }
        }
    }
}

/// Where a field is at home that its own map does not know.
pub(super) enum Elsewhere {
    Nowhere,
    /// In the types named.
    In(String),
    /// In some type, and which one this map is of is not known.
    Somewhere,
}

/// Every item of a list, or `None`, reported, if the node is no list or any item has a fault.
pub(super) fn list<'n, T>(
    node: &'n Node,
    report: &mut Report,
    mut read: impl FnMut(&'n Node, &mut Report) -> Option<T>,
) -> Option<Vec<T>> {
    match &node.value {
        Value::List(items) => {
            let read: Vec<Option<T>> = items.iter().map(|item| read(item, report)).collect();
            read.into_iter().collect()
        }
        Value::Broken => None,
        Value::Scalar { .. } | Value::Map(_) => {
            report.at(node, Code::ExpectedList, &[]);
            None
        }
    }
}

/// Reports a list with fewer than `fewest` or more than `most` items.
pub(super) fn check_size(node: &Node, fewest: usize, most: usize, report: &mut Report) {
    let Value::List(items) = &node.value else { return };
    let count = items.len().to_string();
    if items.len() < fewest {
        report.at(node, Code::TooFew, &[&count, &fewest.to_string()]);
    } else if items.len() > most {
        report.at(node, Code::TooMany, &[&count, &most.to_string()]);
    }
}
