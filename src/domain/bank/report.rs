//! What a bank covers: questions per chapter, concept, difficulty and type, and where there are too few.
//!
//! A question counts for each of its concepts and objectives, so rows add up to more than their chapter. Retired
//! questions count for nothing.

mod table;

use super::Bank;
use crate::domain::question::Question;
use std::collections::HashMap;

/// Scored questions that mastery of a concept needs.
pub(super) const FEWEST_CONCEPT_ITEMS: usize = 3;
/// Scored questions that an objective needs.
pub(super) const FEWEST_OBJECTIVE_ITEMS: usize = 2;
/// Types of question that keep a chapter varied.
pub(super) const FEWEST_TYPES: usize = 7;

/// Every type, with its heading in the table.
const TYPES: [(&str, &str); 12] = [
    ("single", "sgl"),
    ("true_false", "t/f"),
    ("multiple", "mul"),
    ("short_text", "txt"),
    ("numeric", "num"),
    ("cloze", "clz"),
    ("matching", "mat"),
    ("ordering", "ord"),
    ("categorise", "cat"),
    ("flashcard", "fla"),
    ("reflection", "ref"),
    ("info", "inf"),
];

/// What a bank's questions cover. `Display` shows it as tables of at most 100 columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The course's short name.
    pub course: String,
    /// All its questions.
    pub tally: Tally,
    /// In the course's order.
    pub chapters: Vec<ChapterCoverage>,
}

/// What the questions of a chapter cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChapterCoverage {
    /// The chapter's number.
    pub number: u8,
    /// The chapter's title in bokmål.
    pub title: String,
    /// The questions in the chapter's file.
    pub tally: Tally,
    /// The concepts the chapter teaches, in the author's order.
    pub concepts: Vec<ConceptCoverage>,
    /// The chapter's objectives, in the author's order.
    pub objectives: Vec<ObjectiveCoverage>,
}

/// The questions about a concept, in whatever chapter they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConceptCoverage {
    /// The concept's slug.
    pub slug: String,
    /// The questions that name it, first or later.
    pub tally: Tally,
}

/// The questions for an objective, in whatever chapter they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectiveCoverage {
    /// The objective's id.
    pub id: String,
    /// How many scored questions name it.
    pub scored: usize,
}

/// Questions counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All of them.
    pub questions: usize,
    /// Those whose answers get a score.
    pub scored: usize,
    /// Of difficulty 1, 2 and 3.
    pub difficulties: [usize; 3],
    /// By type, in the order of `FORMAT.md`: `single` first, `info` last.
    pub types: [usize; 12],
}

impl Tally {
    /// How many types have a question.
    pub fn types_used(&self) -> usize {
        self.types.iter().filter(|count| **count > 0).count()
    }

    fn count(&mut self, question: &Question) {
        self.questions += 1;
        self.scored += usize::from(question.body.is_scored());
        let difficulty = usize::from(question.difficulty).checked_sub(1);
        if let Some(count) = difficulty.and_then(|at| self.difficulties.get_mut(at)) {
            *count += 1;
        }
        let kind = TYPES.iter().position(|(name, _)| *name == question.body.type_name());
        if let Some(count) = kind.and_then(|at| self.types.get_mut(at)) {
            *count += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.questions += other.questions;
        self.scored += other.scored;
        self.difficulties.iter_mut().zip(other.difficulties).for_each(|(sum, count)| *sum += count);
        self.types.iter_mut().zip(other.types).for_each(|(sum, count)| *sum += count);
    }
}

/// Counts what `bank` covers.
pub fn report(bank: &Bank) -> Coverage {
    let counts = Counts::of(bank);
    let chapters: Vec<ChapterCoverage> = bank
        .course
        .chapters
        .iter()
        .map(|chapter| {
            let concepts = bank.concepts.iter().filter(|concept| concept.chapter == chapter.number);
            let tally_of = |slug: &str| counts.concepts.get(slug).copied().unwrap_or_default();
            let scored_of = |id: &str| counts.objectives.get(id).map_or(0, |tally| tally.scored);
            let objectives = chapter.objectives.iter();
            ChapterCoverage {
                number: chapter.number,
                title: chapter.title.nb.clone(),
                tally: counts.chapters.get(&chapter.number).copied().unwrap_or_default(),
                concepts: concepts
                    .map(|concept| ConceptCoverage { slug: concept.slug.clone(), tally: tally_of(&concept.slug) })
                    .collect(),
                objectives: objectives
                    .map(|known| ObjectiveCoverage { id: known.id.clone(), scored: scored_of(&known.id) })
                    .collect(),
            }
        })
        .collect();
    let mut tally = Tally::default();
    chapters.iter().for_each(|chapter| tally.add(&chapter.tally));
    Coverage { course: bank.course.slug.clone(), tally, chapters }
}

/// Every question counted where it belongs, in one pass.
#[derive(Default)]
struct Counts<'b> {
    chapters: HashMap<u8, Tally>,
    concepts: HashMap<&'b str, Tally>,
    objectives: HashMap<&'b str, Tally>,
}

impl<'b> Counts<'b> {
    fn of(bank: &'b Bank) -> Self {
        let mut counts = Self::default();
        for read in bank.questions.iter().filter(|read| !read.question.retired) {
            let question = &read.question;
            counts.chapters.entry(read.chapter).or_default().count(question);
            for concept in &question.concepts {
                counts.concepts.entry(concept).or_default().count(question);
            }
            for objective in &question.objectives {
                counts.objectives.entry(objective).or_default().count(question);
            }
        }
        counts
    }
}

impl Coverage {
    /// Concepts with fewer than three scored questions, of chapters that have any question.
    pub fn thin_concepts(&self) -> impl Iterator<Item = (&ChapterCoverage, &ConceptCoverage)> {
        self.begun().flat_map(|chapter| {
            let thin = chapter.concepts.iter().filter(|concept| concept.tally.scored < FEWEST_CONCEPT_ITEMS);
            thin.map(move |concept| (chapter, concept))
        })
    }

    /// Objectives with fewer than two scored questions, of chapters that have any question.
    pub fn thin_objectives(&self) -> impl Iterator<Item = (&ChapterCoverage, &ObjectiveCoverage)> {
        self.begun().flat_map(|chapter| {
            let thin = chapter.objectives.iter().filter(|objective| objective.scored < FEWEST_OBJECTIVE_ITEMS);
            thin.map(move |objective| (chapter, objective))
        })
    }

    /// Chapters with any question.
    fn begun(&self) -> impl Iterator<Item = &ChapterCoverage> {
        self.chapters.iter().filter(|chapter| chapter.tally.questions > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bank::every_type::EVERY_TYPE;
    use crate::domain::bank::lint::fixture::{bank_of, single};

    fn one_of_every_type() -> Bank {
        bank_of(&EVERY_TYPE.iter().map(|(yaml, _)| (*yaml).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn every_type_has_its_column() {
        let coverage = report(&one_of_every_type());
        assert_eq!(coverage.tally.types, [1; 12]);
        assert_eq!((coverage.tally.types_used(), coverage.tally.questions, coverage.tally.scored), (12, 12, 9));
        let names: Vec<&str> =
            EVERY_TYPE.iter().map(|(yaml, _)| yaml.split(['\n', ' ']).nth(1).unwrap_or("")).collect();
        assert_eq!(names, TYPES.map(|(name, _)| name));
    }

    #[test]
    fn a_question_counts_for_each_of_its_concepts_and_objectives() {
        let mut bank = bank_of(&[single("Hvem?", &["Per", "Kari"]), single("Når?", &["Nå", "Da"])]);
        bank.questions[0].question.concepts.push("taus-kunnskap".into());
        bank.questions[0].question.difficulty = 3;
        bank.questions[1].question.objectives.push("LO1.2".into());
        let coverage = report(&bank);
        let chapter = &coverage.chapters[0];
        let counted: Vec<(usize, [usize; 3])> =
            chapter.concepts.iter().map(|concept| (concept.tally.scored, concept.tally.difficulties)).collect();
        assert_eq!(counted, [(2, [1, 0, 1]), (1, [0, 0, 1])]);
        assert_eq!(chapter.objectives.iter().map(|objective| objective.scored).collect::<Vec<_>>(), [0, 1]);
        assert_eq!((coverage.thin_concepts().count(), coverage.thin_objectives().count()), (2, 2));
        assert_eq!(coverage.chapters[1].tally, Tally::default());
    }

    #[test]
    fn a_retired_question_counts_for_nothing() {
        let mut bank = one_of_every_type();
        bank.questions.iter_mut().for_each(|read| read.question.retired = true);
        assert_eq!(report(&bank).tally, Tally::default());
    }
}
