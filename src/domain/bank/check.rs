//! What can only be seen when all files have been read: names used twice, and names that do not exist.
//!
//! A reference is only called unknown when every name it could mean was readable: one broken line in
//! `concepts.yaml` must not make a thousand questions wrong.

use super::circle;
use super::code::{CURE_NEAREST, Code};
use super::concepts::ConceptsDraft;
use super::course::CourseDraft;
use super::problem::{Located, Place, Report};
use super::questions::{ChapterDraft, QuestionDraft};
use super::suggest::nearest;
use std::collections::{HashMap, HashSet};

/// Questions in one bank.
const MOST_QUESTIONS: usize = 2_000;
/// Concepts in one course.
const MOST_CONCEPTS: usize = 1_000;

pub(super) fn check(
    course: &CourseDraft,
    concepts: &ConceptsDraft,
    chapters: &[(u8, &str, ChapterDraft)],
    report: &mut Report,
) {
    check_course(course, report);
    check_concepts(course, concepts, report);
    check_chapter_files(course, chapters, report);
    check_questions(course, concepts, chapters, report);
}

fn check_course(course: &CourseDraft, report: &mut Report) {
    let numbers: Vec<Located<String>> = course.chapters.iter().map(Located::to_name).collect();
    check_repeated(&numbers, Code::DuplicateChapter, line_of, report);
    check_repeated(&course.chapter_slugs, Code::DuplicateChapter, line_of, report);
    check_repeated(&course.objectives, Code::DuplicateObjective, line_of, report);
}

fn line_of(place: &Place) -> String {
    place.line.to_string()
}

fn file_and_line_of(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}

/// Reports every name that has been used before, with where that was.
fn check_repeated<'d>(
    names: impl IntoIterator<Item = &'d Located<String>>,
    code: Code,
    show: fn(&Place) -> String,
    report: &mut Report,
) {
    let mut first: HashMap<&str, &Place> = HashMap::new();
    for name in names {
        match first.get(name.value.as_str()) {
            Some(place) => report.on(&name.spot, code, &[&name.value, &show(place)]),
            None => {
                first.insert(&name.value, &name.spot.place);
            }
        }
    }
}

fn check_concepts(course: &CourseDraft, concepts: &ConceptsDraft, report: &mut Report) {
    let named = &concepts.named;
    if let Some(extra) = named.get(MOST_CONCEPTS) {
        let count = named.len().to_string();
        return report.on(&extra.slug.spot, Code::TooManyConcepts, &[&count, &MOST_CONCEPTS.to_string()]);
    }
    check_repeated(named.iter().map(|concept| &concept.slug), Code::DuplicateConcept, line_of, report);
    let slugs = Names::of(named.iter().map(|concept| &concept.slug), concepts.is_complete);
    for concept in named {
        if let Some(chapter) = &concept.chapter {
            check_chapter(course, chapter, report);
        }
        slugs.check(&concept.prerequisites, Code::UnknownConcept, report);
    }
    circle::check(named, report);
}

fn check_chapter(course: &CourseDraft, chapter: &Located<i64>, report: &mut Report) {
    if course.is_complete && !course.chapters.iter().any(|known| known.value == chapter.value) {
        report.on(&chapter.spot, Code::UnknownChapter, &[&chapter.value.to_string()]);
    }
}

fn check_chapter_files(course: &CourseDraft, chapters: &[(u8, &str, ChapterDraft)], report: &mut Report) {
    let mut files: HashMap<i64, &str> = HashMap::new();
    for (number_in_name, path, draft) in chapters {
        let in_name = i64::from(*number_in_name);
        report.enter(path);
        let chapter = draft.chapter.clone().unwrap_or_else(|| report.top(in_name));
        let shown = chapter.value.to_string();
        match files.get(&chapter.value) {
            Some(first) => report.on(&chapter.spot, Code::DuplicateChapterFile, &[&shown, first]),
            None if chapter.value != in_name => {
                report.on(&chapter.spot, Code::ChapterMismatch, &[&shown, &in_name.to_string()]);
            }
            None => {}
        }
        files.entry(chapter.value).or_insert(path);
        check_chapter(course, &chapter, report);
    }
}

fn check_questions(
    course: &CourseDraft,
    concepts: &ConceptsDraft,
    chapters: &[(u8, &str, ChapterDraft)],
    report: &mut Report,
) {
    let questions: Vec<&QuestionDraft> = chapters.iter().flat_map(|(_, _, draft)| &draft.questions).collect();
    if let Some(extra) = questions.get(MOST_QUESTIONS) {
        let count = questions.len().to_string();
        report.whole_file(&extra.at.file, Code::TooManyQuestions, &[&count, &MOST_QUESTIONS.to_string()]);
    }
    let ids = questions.iter().filter_map(|question| question.id.as_ref());
    check_repeated(ids, Code::DuplicateQuestion, file_and_line_of, report);
    let slugs = Names::of(concepts.named.iter().map(|concept| &concept.slug), concepts.is_complete);
    let objectives = Names::of(&course.objectives, course.is_complete);
    let ids = questions.iter().filter_map(|question| question.id.as_ref());
    let ids = Names::of(ids, questions.iter().all(|question| question.id.is_some()));
    for question in &questions {
        ids.check(question.successor_of.as_slice(), Code::UnknownQuestion, report);
        slugs.check(&question.concepts, Code::UnknownConcept, report);
        objectives.check(&question.objectives, Code::UnknownObjective, report);
    }
}

/// The names references can mean, and whether there may be others that could not be read.
struct Names<'d> {
    known: HashSet<&'d str>,
    is_complete: bool,
}

impl<'d> Names<'d> {
    fn of(names: impl IntoIterator<Item = &'d Located<String>>, is_complete: bool) -> Self {
        Self { known: names.into_iter().map(|name| name.value.as_str()).collect(), is_complete }
    }

    /// Reports references that repeat one of the same list, and those to nothing.
    fn check(&self, references: &[Located<String>], unknown: Code, report: &mut Report) {
        check_repeated(references, Code::DuplicateReference, line_of, report);
        let references = references.iter().filter(|_| self.is_complete);
        for Located { value, spot } in references.filter(|reference| !self.known.contains(reference.value.as_str())) {
            let near = if report.is_full() { None } else { self.nearest(value) };
            match near {
                Some(near) => report.on_with_cure(spot, unknown, &[value, near], &CURE_NEAREST),
                None => report.on(spot, unknown, &[value]),
            }
        }
    }

    /// In the order of the alphabet, so that the same fault always gets the same cure.
    fn nearest(&self, word: &str) -> Option<&'d str> {
        let mut known: Vec<&str> = self.known.iter().copied().collect();
        known.sort_unstable();
        nearest(word, known.into_iter().take(MOST_CONCEPTS))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::fixture::{CHAPTER, CONCEPTS, COURSE, Fault, faults, files};

    fn check(sources: &[(&str, &str)], expected: &[Fault]) {
        assert_eq!(faults(&files(sources)), expected, "{sources:?}");
    }

    /// The fixture course with one piece of one file changed.
    fn changed(file: &str, from: &str, to: &str, expected: &[Fault]) {
        let sources = [("course.yaml", COURSE), ("concepts.yaml", CONCEPTS), ("chapter-1.yaml", CHAPTER)]
            .map(|(path, text)| (path, if path == file { text.replacen(from, to, 1) } else { text.to_owned() }));
        check(&sources.each_ref().map(|(path, text)| (*path, text.as_str())), expected);
    }

    #[test]
    fn a_course_needs_its_two_files_and_no_chapters() {
        check(&[("course.yaml", COURSE), ("concepts.yaml", CONCEPTS)], &[]);
        check(&[("chapter-1.yaml", CHAPTER)], &[("missing_file", 1, 1), ("missing_file", 1, 1)]);
    }

    #[test]
    fn a_chapter_has_one_file() {
        let both = [("course.yaml", COURSE), ("concepts.yaml", CONCEPTS)];
        let with = |more: &[(&'static str, &'static str)]| [&both[..], more].concat();
        check(&with(&[("chapter-2.yaml", CHAPTER)]), &[("chapter_mismatch", 1, 10)]);
        check(
            &with(&[("chapter-1.yaml", CHAPTER), ("chapter-01.yaml", "chapter: 1\nquestions: []")]),
            &[("duplicate_chapter_file", 1, 10)],
        );
        check(
            &with(&[("chapter-1.yaml", CHAPTER), ("chapter-2.yaml", CHAPTER)]),
            &[("duplicate_chapter_file", 1, 10), ("duplicate_question", 3, 9)],
        );
        check(&with(&[("chapter-3.yaml", "chapter: 3\nquestions: []")]), &[("unknown_chapter", 1, 10)]);
        check(&with(&[("course.yaml", COURSE)]), &[("duplicate_file", 1, 1)]);
    }

    #[test]
    fn a_name_is_used_once() {
        changed("course.yaml", "number: 2", "number: 1", &[("duplicate_chapter", 12, 13)]);
        changed("course.yaml", "slug: ledelse", "slug: kunnskap", &[("duplicate_chapter", 13, 11)]);
        changed("course.yaml", "LO1.2", "LO1.1", &[("duplicate_objective", 11, 14)]);
        changed("concepts.yaml", "slug: taus-kunnskap", "slug: kompetanse", &[("duplicate_concept", 6, 11)]);
        changed(
            "concepts.yaml",
            "slug: kompetanse",
            "slug: Kompetanse",
            &[("bad_slug", 2, 11), ("unknown_concept", 10, 21), ("unknown_concept", 5, 16)],
        );
    }

    #[test]
    fn a_reference_names_something_there_is() {
        changed("concepts.yaml", "[kompetanse]", "[kunst]", &[("unknown_concept", 10, 21)]);
        changed("concepts.yaml", "chapter: 1", "chapter: 3", &[("unknown_chapter", 5, 14)]);
        changed("concepts.yaml", "chapter: 1", "chapter: 300", &[("out_of_range", 5, 14), ("unknown_chapter", 5, 14)]);
        changed("chapter-1.yaml", "[kompetanse]", "[kunst]", &[("unknown_concept", 5, 16)]);
        let objectives = "[kompetanse]\n    objectives: [LO1.1, LO3.1]";
        changed("chapter-1.yaml", "[kompetanse]", objectives, &[("unknown_objective", 6, 25)]);
        let successor = "[kompetanse]\n    successor_of: K9-99";
        changed("chapter-1.yaml", "[kompetanse]", successor, &[("unknown_question", 6, 19)]);
    }

    #[test]
    fn names_that_cannot_be_read_make_no_reference_unknown() {
        changed(
            "concepts.yaml",
            "slug: kompetanse",
            "slugg: kompetanse",
            &[("missing_field", 2, 5), ("unknown_field", 2, 5)],
        );
        changed(
            "concepts.yaml",
            "concepts:\n",
            "concepts: {}\nx:\n",
            &[("expected_list", 1, 11), ("unknown_field", 2, 1)],
        );
    }

    #[test]
    fn a_bank_has_two_thousand_questions_at_most() {
        let rest =
            "type: info, concepts: [kompetanse], difficulty: 1, stem: s, body: b, source: {kind: general, ref: r}";
        let one = |n: usize| format!("  - {{id: a{n}, {rest}}}\n");
        let chapter = |count: usize| format!("chapter: 1\nquestions:\n{}", (0..count).map(one).collect::<String>());
        changed("chapter-1.yaml", CHAPTER, &chapter(2_000), &[]);
        changed("chapter-1.yaml", CHAPTER, &chapter(2_001), &[("too_many_questions", 1, 1)]);
    }
}
