//! What a bank has too little of to teach and to measure.
//!
//! Chapters without questions are left alone: a course is written chapter by chapter.

use super::file_of_chapter;
use crate::domain::bank::problem::{Place, Report, Spot};
use crate::domain::bank::report::{
    Coverage, FEWEST_CONCEPT_ITEMS, FEWEST_OBJECTIVE_ITEMS, FEWEST_TYPES, report as coverage_of,
};
use crate::domain::bank::{Bank, Code};

pub(super) fn check(bank: &Bank, report: &mut Report) {
    let coverage = coverage_of(bank);
    check_concepts(bank, &coverage, report);
    check_objectives(bank, &coverage, report);
    for chapter in coverage.chapters.iter().filter(|chapter| chapter.tally.questions > 0) {
        let spot = Spot { place: file_of_chapter(bank, chapter.number), pointer: String::new() };
        let number = chapter.number.to_string();
        let types = chapter.tally.types_used();
        if types < FEWEST_TYPES {
            report.on(&spot, Code::ChapterTypes, &[&number, &types.to_string(), &FEWEST_TYPES.to_string()]);
        }
        for (difficulty, _) in (1..).zip(chapter.tally.difficulties).filter(|(_, count)| *count == 0) {
            report.on(&spot, Code::ChapterDifficulty, &[&number, &i32::to_string(&difficulty)]);
        }
    }
}

fn check_concepts(bank: &Bank, coverage: &Coverage, report: &mut Report) {
    for (_, concept) in coverage.thin_concepts() {
        let index = bank.concepts.iter().position(|known| known.slug == concept.slug).unwrap_or_default();
        let spot = top_of("concepts.yaml", format!("/concepts/{index}"));
        let arguments = [&*concept.slug, &concept.tally.scored.to_string(), &FEWEST_CONCEPT_ITEMS.to_string()];
        report.on(&spot, Code::ConceptTooFewItems, &arguments);
    }
}

fn check_objectives(bank: &Bank, coverage: &Coverage, report: &mut Report) {
    for (_, objective) in coverage.thin_objectives() {
        let chapters = bank.course.chapters.iter().enumerate();
        let pointer = chapters.into_iter().find_map(|(at, chapter)| {
            let index = chapter.objectives.iter().position(|known| known.id == objective.id)?;
            Some(format!("/chapters/{at}/objectives/{index}"))
        });
        let spot = top_of("course.yaml", pointer.unwrap_or_default());
        let arguments = [&*objective.id, &objective.scored.to_string(), &FEWEST_OBJECTIVE_ITEMS.to_string()];
        report.on(&spot, Code::ObjectiveTooFewItems, &arguments);
    }
}

/// A bank does not know the lines of its concepts and objectives; the pointer says which it is.
fn top_of(file: &str, pointer: String) -> Spot {
    Spot { place: Place { file: file.to_owned(), line: 1, column: 1 }, pointer }
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::lint::fixture::{TODAY, bank_of, single};
    use crate::domain::bank::{Bank, Severity, lint};

    fn found(bank: &Bank) -> Vec<(&'static str, String, String)> {
        let problems = lint(bank, TODAY).into_iter().filter(|problem| !problem.pointer.starts_with("/questions"));
        problems.map(|problem| (problem.code.as_str(), problem.file, problem.pointer)).collect()
    }

    #[test]
    fn a_chapter_without_questions_lacks_nothing() {
        assert_eq!(found(&bank_of(&[])), []);
    }

    #[test]
    fn a_chapter_with_questions_covers_its_concepts_objectives_types_and_difficulties() {
        let bank = bank_of(&[single("Hvem?", &["Per", "Kari", "Ola"])]);
        let place = |code, file: &str, pointer: &str| (code, file.to_owned(), pointer.to_owned());
        let expected = [
            place("objective_too_few_items", "course.yaml", "/chapters/0/objectives/0"),
            place("objective_too_few_items", "course.yaml", "/chapters/0/objectives/1"),
            place("concept_too_few_items", "concepts.yaml", "/concepts/0"),
            place("concept_too_few_items", "concepts.yaml", "/concepts/1"),
            place("chapter_types", "chapter-1.yaml", ""),
            place("chapter_difficulty", "chapter-1.yaml", ""),
            place("chapter_difficulty", "chapter-1.yaml", ""),
        ];
        assert_eq!(found(&bank), expected);
        let errors = lint(&bank, TODAY).iter().filter(|problem| problem.severity == Severity::Error).count();
        assert_eq!(errors, 4);
    }

    #[test]
    fn three_scored_items_are_enough_for_a_concept_and_two_for_an_objective() {
        let stems = ["Hvem er først?", "Når kommer bussen?", "Hvor bor du nå?"];
        let mut bank = bank_of(&stems.map(|stem| single(stem, &["Per", "Kari", "Ola"])));
        for (at, read) in bank.questions.iter_mut().enumerate() {
            read.question.concepts.push("taus-kunnskap".into());
            read.question.difficulty = at as u8 + 1;
            read.question.objectives = ["LO1.1", "LO1.2"].iter().take(3 - at).map(|id| (*id).to_owned()).collect();
        }
        assert_eq!(found(&bank), [("chapter_types", "chapter-1.yaml".to_owned(), String::new())]);
        bank.questions[2].question.retired = true;
        let codes: Vec<&str> = found(&bank).into_iter().map(|(code, ..)| code).collect();
        assert_eq!(codes, ["concept_too_few_items", "concept_too_few_items", "chapter_types", "chapter_difficulty"]);
    }
}
