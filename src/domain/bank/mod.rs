//! Question banks: from the author's files to a checked bank, or to everything that is wrong with them.
//!
//! The format is described in `questions/FORMAT.md`. Reading never stops at a fault. Files become trees that
//! know their lines (`formats`, `node`), trees become drafts (`course`, `concepts`, `questions`), and the drafts
//! are checked against each other (`check`). The files are read from disk by the caller. A sound bank can be
//! read once more for what is weak in it (`lint`) and for what it covers (`report`).

mod bodies;
mod check;
mod circle;
mod code;
mod concepts;
mod course;
#[cfg(test)]
mod every_type;
mod fields;
mod files;
#[cfg(test)]
mod fixture;
mod formats;
mod lint;
mod node;
mod problem;
mod questions;
mod report;
mod scalars;
mod suggest;
#[cfg(test)]
mod tests;

pub use code::Code;
pub use concepts::Concept;
pub use course::{Chapter, Course, Objective};
pub use lint::{KeyHabits, KeyPosition, lint};
pub use problem::{Place, Problem, Severity};
pub use questions::ChapterQuestion;
pub use report::{ChapterCoverage, ConceptCoverage, Coverage, ObjectiveCoverage, Tally, report};

use concepts::ConceptsDraft;
use course::CourseDraft;
use files::Part;
use problem::Report;
use questions::ChapterDraft;
use serde::{Deserialize, Serialize};

/// A file of a course folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path relative to the course folder, with `/`.
    pub path: String,
    /// All of it, in UTF-8.
    pub text: String,
}

/// A whole course with its questions, free of errors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bank {
    /// Title, chapters and objectives.
    pub course: Course,
    /// In the author's order.
    pub concepts: Vec<Concept>,
    /// By chapter, then in the author's order.
    pub questions: Vec<ChapterQuestion>,
}

/// Reads a course folder. The bank is there unless a problem is an error; the problems come in the order of
/// course, concepts, chapters, other files, and within a file from top to bottom.
pub fn read(files: &[SourceFile]) -> (Option<Bank>, Vec<Problem>) {
    let mut report = Report::default();
    let sources = files::read(files, &mut report);
    report.enter("course.yaml");
    let course = sources.course.map(|top| course::read(&top, &mut report)).unwrap_or_default();
    report.enter("concepts.yaml");
    let concepts = sources.concepts.map(|top| concepts::read(&top, &mut report)).unwrap_or_default();
    let mut chapters = Vec::new();
    for (number, path, top) in sources.chapters {
        report.enter(path);
        chapters.push((number, path, questions::read(&top, &mut report)));
    }
    check::check(&course, &concepts, &chapters, &mut report);
    let problems = in_order(report.finish());
    let is_sound = problems.iter().all(|problem| problem.severity != Severity::Error);
    let bank = if is_sound { assemble(course, concepts, chapters) } else { None };
    (bank, problems)
}

fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| {
        let key = |problem: &Problem| (Part::of(&problem.file), problem.line, problem.column, problem.code);
        key(a).cmp(&key(b)).then_with(|| (&a.file, &a.pointer).cmp(&(&b.file, &b.pointer)))
    });
    problems
}

fn assemble(course: CourseDraft, concepts: ConceptsDraft, chapters: Vec<(u8, &str, ChapterDraft)>) -> Option<Bank> {
    let mut questions = Vec::new();
    for (chapter, _, draft) in chapters {
        for question in draft.questions {
            questions.push(ChapterQuestion { chapter, question: question.question?, at: question.at });
        }
    }
    Some(Bank { course: course.course?, concepts: concepts.concepts?, questions })
}
