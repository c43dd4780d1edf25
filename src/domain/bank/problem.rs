//! What is wrong with a bank, where, and how to mend it; and the report that gathers it all.

use super::code::{Code, Texts, fill};
use super::node::{Mark, Node};
use crate::vocab::text::Localised;
use serde::{Deserialize, Serialize};

/// More than anyone mends in one go; the bound keeps a hostile file from filling the memory with reports.
const MOST_PROBLEMS: usize = 1_000;

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Path relative to the course folder.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
}

/// Whether a problem keeps the bank from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The bank can be used, and would be better without.
    Warning,
    /// The bank cannot be used.
    Error,
}

/// One fault of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Path relative to the course folder.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
    /// JSON pointer (RFC 6901) to the value; empty for the file as a whole.
    pub pointer: String,
    /// What kind of fault it is.
    pub code: Code,
    /// Whether it keeps the bank from being used.
    pub severity: Severity,
    /// What is wrong.
    pub message: Localised,
    /// How to mend it.
    pub cure: Localised,
}

impl Problem {
    /// The problem `code` at a place, its texts filled with `arguments` in the order the table names them.
    pub fn new(place: &Place, pointer: &str, code: Code, arguments: &[&str]) -> Self {
        Self {
            file: place.file.clone(),
            line: place.line,
            column: place.column,
            pointer: pointer.to_owned(),
            code,
            severity: code.severity(),
            message: code.message(arguments),
            cure: code.cure(arguments),
        }
    }
}

/// A place with its pointer, kept for what can only be checked when all files have been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub place: Place,
    pub pointer: String,
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located<T> {
    pub value: T,
    pub spot: Spot,
}

impl Located<i64> {
    /// The number as a name, for messages and comparison.
    pub fn to_name(&self) -> Located<String> {
        Located { value: self.value.to_string(), spot: self.spot.clone() }
    }
}

/// The problems so far, and the file being read.
#[derive(Debug, Default)]
pub(super) struct Report {
    file: String,
    problems: Vec<Problem>,
    is_cut: bool,
}

impl Report {
    /// What follows is about this file.
    pub fn enter(&mut self, file: &str) {
        file.clone_into(&mut self.file);
    }

    pub fn spot(&self, mark: Mark, pointer: &str) -> Spot {
        let place = Place { file: self.file.clone(), line: mark.line, column: mark.column };
        Spot { place, pointer: pointer.to_owned() }
    }

    pub fn locate<T>(&self, node: &Node, value: T) -> Located<T> {
        Located { value, spot: self.spot(node.mark, &node.pointer) }
    }

    /// A value that stands nowhere in the file being read, as if at its top.
    pub fn top<T>(&self, value: T) -> Located<T> {
        Located { value, spot: self.spot(Mark { line: 1, column: 1 }, "") }
    }

    /// A problem with the file as a whole.
    pub fn whole_file(&mut self, file: &str, code: Code, arguments: &[&str]) {
        let place = Place { file: file.to_owned(), line: 1, column: 1 };
        self.on(&Spot { place, pointer: String::new() }, code, arguments);
    }

    pub fn at(&mut self, node: &Node, code: Code, arguments: &[&str]) {
        self.on(&self.spot(node.mark, &node.pointer), code, arguments);
    }

    pub fn on(&mut self, spot: &Spot, code: Code, arguments: &[&str]) {
        if self.has_room() {
            self.problems.push(Problem::new(&spot.place, &spot.pointer, code, arguments));
        }
    }

    /// As [`Report::on`], with a cure that knows more than the table's.
    pub fn on_with_cure(&mut self, spot: &Spot, code: Code, arguments: &[&str], cure: &Texts) {
        if self.has_room() {
            let problem = Problem::new(&spot.place, &spot.pointer, code, arguments);
            self.problems.push(Problem { cure: fill(cure, arguments), ..problem });
        }
    }

    /// Asked before every problem, so that one too many is remembered.
    fn has_room(&mut self) -> bool {
        self.is_cut |= self.is_full();
        !self.is_cut
    }

    /// Whether looking for good cures is no longer worth the time.
    pub fn is_full(&self) -> bool {
        self.problems.len() >= MOST_PROBLEMS
    }

    pub fn finish(mut self) -> Vec<Problem> {
        if self.is_cut {
            let place = Place { file: self.file, line: 1, column: 1 };
            self.problems.push(Problem::new(&place, "", Code::TooManyProblems, &[&MOST_PROBLEMS.to_string()]));
        }
        self.problems
    }
}
