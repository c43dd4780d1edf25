//! The coverage of a bank as text for a terminal of 100 columns.

use super::{ChapterCoverage, Coverage, FEWEST_CONCEPT_ITEMS, FEWEST_OBJECTIVE_ITEMS, TYPES, Tally};
use std::fmt::{self, Display, Formatter};

/// The first column; with the fifteen counts and the scored ones it makes 100.
const NAME_WIDTH: usize = 32;
const WIDTH: usize = 100;

impl Display for Coverage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Tally { questions, scored, .. } = self.tally;
        let concepts: usize = self.chapters.iter().map(|chapter| chapter.concepts.len()).sum();
        writeln!(f, "{}: {questions} questions ({scored} scored), {concepts} concepts", self.course)?;
        for chapter in &self.chapters {
            writeln!(f)?;
            chapter_table(f, chapter)?;
        }
        writeln!(f)?;
        row(f, "the course in all", &self.tally, false)?;
        gaps(f, self)?;
        legend(f)
    }
}

fn chapter_table(f: &mut Formatter<'_>, chapter: &ChapterCoverage) -> fmt::Result {
    write!(f, "{}", name(&format!("{} {}", chapter.number, chapter.title)))?;
    let difficulties = ["d1", "d2", "d3"].into_iter();
    for heading in difficulties.chain(TYPES.map(|(_, heading)| heading)) {
        write!(f, "{heading:>4}")?;
    }
    writeln!(f, " scored")?;
    for concept in &chapter.concepts {
        row(f, &concept.slug, &concept.tally, concept.tally.scored < FEWEST_CONCEPT_ITEMS)?;
    }
    row(f, &format!("chapter {} in all", chapter.number), &chapter.tally, false)?;
    let objectives = chapter.objectives.iter().map(|objective| format!("{} {}", objective.id, objective.scored));
    list(f, "scored per objective:", objectives)
}

fn row(f: &mut Formatter<'_>, label: &str, tally: &Tally, is_thin: bool) -> fmt::Result {
    write!(f, "{}", name(label))?;
    for count in tally.difficulties.iter().chain(&tally.types) {
        // A dot lets the gaps in a row of numbers be seen.
        let shown = if *count == 0 { "·".to_owned() } else { count.to_string() };
        write!(f, "{shown:>4}")?;
    }
    writeln!(f, "{:>7}{}", tally.scored, if is_thin { "!" } else { "" })
}

/// Cut or filled up to the width of the first column.
fn name(text: &str) -> String {
    if text.chars().count() > NAME_WIDTH {
        let start: String = text.chars().take(NAME_WIDTH - 1).collect();
        return format!("{start}…");
    }
    format!("{text:<NAME_WIDTH$}")
}

fn gaps(f: &mut Formatter<'_>, coverage: &Coverage) -> fmt::Result {
    let empty = coverage.chapters.iter().filter(|chapter| chapter.tally.questions == 0);
    list(f, "\nchapters without questions:", empty.map(|chapter| chapter.number.to_string()))?;
    let concepts = coverage
        .thin_concepts()
        .map(|(chapter, concept)| format!("{} ({}: {})", concept.slug, chapter.number, concept.tally.scored));
    let heading = format!("\nconcepts with fewer than {FEWEST_CONCEPT_ITEMS} scored questions (chapter: how many):");
    list(f, &heading, concepts)?;
    let objectives =
        coverage.thin_objectives().map(|(_, objective)| format!("{} ({})", objective.id, objective.scored));
    let heading = format!("\nobjectives with fewer than {FEWEST_OBJECTIVE_ITEMS} scored questions:");
    list(f, &heading, objectives)
}

fn legend(f: &mut Formatter<'_>) -> fmt::Result {
    let headings = TYPES.map(|(name, heading)| format!("{heading} {name}"));
    let marks = ["d1 d2 d3 difficulty".to_owned(), "! too few for mastery".to_owned()];
    list(f, "\nlegend:", marks.into_iter().chain(headings))
}

/// Words after a heading, broken into lines; nothing where there are none.
fn list(f: &mut Formatter<'_>, heading: &str, words: impl Iterator<Item = String>) -> fmt::Result {
    let mut words = words.peekable();
    if words.peek().is_none() {
        return Ok(());
    }
    write!(f, "{heading}")?;
    let mut used = heading.trim_start().chars().count();
    while let Some(word) = words.next() {
        let mark = if words.peek().is_some() { "," } else { "" };
        let length = word.chars().count() + mark.len() + 1;
        if used + length > WIDTH {
            write!(f, "\n ")?;
            used = 1;
        }
        write!(f, " {word}{mark}")?;
        used += length;
    }
    writeln!(f)
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::every_type::EVERY_TYPE;
    use crate::domain::bank::lint::fixture::{bank_of, single};
    use crate::domain::bank::report;

    #[test]
    fn a_bank_is_shown_by_chapter_concept_difficulty_and_type() {
        let mut questions: Vec<String> = EVERY_TYPE.iter().map(|(yaml, _)| (*yaml).to_owned()).collect();
        questions.push(single("Hvem?", &["Per", "Kari"]));
        let mut bank = bank_of(&questions);
        bank.questions[0].question.objectives.push("LO1.1".into());
        bank.questions[1].question.difficulty = 3;
        insta::assert_snapshot!(report(&bank), @r"
        medarbeiderskap: 13 questions (10 scored), 2 concepts

        1 Kunnskap                        d1  d2  d3 sgl t/f mul txt num clz mat ord cat fla ref inf scored
        kompetanse                        12   ·   1   2   1   1   1   1   1   1   1   1   1   1   1     10
        taus-kunnskap                      ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·      0!
        chapter 1 in all                  12   ·   1   2   1   1   1   1   1   1   1   1   1   1   1     10
        scored per objective: LO1.1 1, LO1.2 0

        2 Ledelse                         d1  d2  d3 sgl t/f mul txt num clz mat ord cat fla ref inf scored
        chapter 2 in all                   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ·      0

        the course in all                 12   ·   1   2   1   1   1   1   1   1   1   1   1   1   1     10

        chapters without questions: 2

        concepts with fewer than 3 scored questions (chapter: how many): taus-kunnskap (1: 0)

        objectives with fewer than 2 scored questions: LO1.1 (1), LO1.2 (0)

        legend: d1 d2 d3 difficulty, ! too few for mastery, sgl single, t/f true_false, mul multiple,
          txt short_text, num numeric, clz cloze, mat matching, ord ordering, cat categorise, fla flashcard,
          ref reflection, inf info
        ");
    }

    #[test]
    fn no_line_is_longer_than_a_hundred_columns() {
        let mut bank = bank_of(&[single("Hvem?", &["Per", "Kari"])]);
        bank.course.chapters[0].title.nb = "Medarbeiderskap ".repeat(9);
        let concept = bank.concepts[0].clone();
        let slug = |n: usize| format!("{n}-{}", "langt-ord-".repeat(n % 7));
        bank.concepts.extend((0..40).map(|n| crate::domain::bank::Concept { slug: slug(n), ..concept.clone() }));
        let text = report(&bank).to_string();
        assert_eq!(text.lines().map(|line| line.chars().count()).max(), Some(100), "{text}");
    }
}
