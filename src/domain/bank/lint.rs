//! What is weak in a sound bank: items that tell their key, mislead or go stale, and what the bank has too little of.
//!
//! The rules are those of the item-writing guide (Haladyna, Downing and Rodriguez 2002) as far as a program can see
//! them; `questions/FORMAT.md` lists the codes. A rule would rather miss than cry wolf: what authors learn to ignore
//! guards nothing. Words are Norwegian, bokmål and nynorsk. Retired questions are not read.

mod accepted;
mod coverage;
mod cues;
#[cfg(test)]
pub(super) mod fixture;
mod habits;
mod options;
mod texts;
mod twins;
mod words;

pub use habits::{KeyHabits, KeyPosition};

use super::problem::{Place, Report, Spot};
use super::{Bank, Code, Problem, in_order};
use crate::domain::question::{Body, ChoiceOption, Question};
use jiff::civil::Date;

/// Everything weak in `bank` that no question accepts under its `lint`, in the order of `read`. `today` is the day
/// reviews are overdue from. Findings about the bank as a whole stand at the top of the file that mends them.
pub fn lint(bank: &Bank, today: Date) -> Vec<Problem> {
    let items = items(bank);
    let mut report = Report::default();
    report.enter("course.yaml");
    // The report is cut at a thousand: what holds for the whole bank must not drown in single items.
    habits::check(&KeyHabits::of(bank), &mut report);
    coverage::check(bank, &mut report);
    for (item, twin) in items.iter().zip(twins::find(&items)) {
        let mut findings = findings(item.question, today);
        findings.extend(twin);
        for Finding { code, arguments } in accepted::left(item.question, findings) {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            report.on(&item.spot, code, &arguments);
        }
    }
    in_order(report.finish())
}

/// A question that is still asked, and where it stands.
struct Item<'b> {
    question: &'b Question,
    spot: Spot,
}

/// What a rule found in one question.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    code: Code,
    arguments: Vec<String>,
}

impl Finding {
    fn new<const N: usize>(code: Code, arguments: [String; N]) -> Self {
        Self { code, arguments: arguments.into() }
    }
}

fn items(bank: &Bank) -> Vec<Item<'_>> {
    let mut count_of_chapter = [0_usize; 256];
    let mut items = Vec::new();
    for read in &bank.questions {
        let index = &mut count_of_chapter[usize::from(read.chapter)];
        let spot = Spot { place: read.at.clone(), pointer: format!("/questions/{index}") };
        *index += 1;
        if !read.question.retired {
            items.push(Item { question: &read.question, spot });
        }
    }
    items
}

/// What can be found in a question by itself.
fn findings(question: &Question, today: Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(options) = options_of(&question.body) {
        options::check(options, matches!(question.body, Body::Single { .. }), &mut findings);
    }
    cues::check(question, &mut findings);
    texts::check(question, today, &mut findings);
    findings
}

/// The options of `single` and `multiple`.
fn options_of(body: &Body) -> Option<&[ChoiceOption]> {
    match body {
        Body::Single { options } | Body::Multiple { options, .. } => Some(options),
        Body::TrueFalse { .. }
        | Body::ShortText(_)
        | Body::Numeric(_)
        | Body::Cloze { .. }
        | Body::Matching { .. }
        | Body::Ordering { .. }
        | Body::Categorise { .. }
        | Body::Flashcard { .. }
        | Body::Reflection { .. }
        | Body::Info { .. } => None,
    }
}

/// The file of the chapter's questions, as they name it; as the format names it where they do not.
fn file_of_chapter(bank: &Bank, chapter: u8) -> Place {
    let first = bank.questions.iter().find(|read| read.chapter == chapter && !read.at.file.is_empty());
    let file = first.map_or_else(|| format!("chapter-{chapter}.yaml"), |read| read.at.file.clone());
    Place { file, line: 1, column: 1 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::fixture::{any_bank, bank_of, single};
    use super::*;
    use crate::domain::bank::Severity;
    use crate::vocab::text::Lang;
    use jiff::civil::date;
    use proptest::prelude::*;

    const TODAY: Date = date(2026, 11, 23);

    /// Code, file, line and pointer of the findings in single questions.
    fn in_items(bank: &Bank) -> Vec<(&'static str, u32, String)> {
        let of_items = |problem: &Problem| problem.pointer.starts_with("/questions/");
        let found = lint(bank, TODAY).into_iter().filter(of_items);
        found.map(|problem| (problem.code.as_str(), problem.line, problem.pointer)).collect()
    }

    #[test]
    fn a_finding_points_to_its_question_and_reads_in_three_languages() {
        let bank = bank_of(&[single("Hva er riktig?", &["Rett", "Galt", "Feil"]), single("Hvem?", &["Per", "Kari"])]);
        assert_eq!(in_items(&bank), [("option_count", 14, "/questions/1".to_owned())]);
        let problem = lint(&bank, TODAY).into_iter().find(|problem| problem.code == Code::OptionCount).unwrap();
        assert_eq!((problem.file.as_str(), problem.severity), ("chapter-1.yaml", Severity::Warning));
        assert_eq!(problem.message.get(Lang::En), "The question has 2 options.");
    }

    #[test]
    fn a_retired_question_is_not_read() {
        let mut bank = bank_of(&[single("Hvem?", &["Per", "Kari"])]);
        bank.questions[0].question.retired = true;
        assert_eq!(lint(&bank, TODAY), []);
    }

    #[test]
    fn a_flood_of_findings_is_cut_after_those_of_the_whole_bank() {
        let questions: Vec<String> =
            (0..1_200).map(|n| single(&format!("Hvem er nummer {n} på {n}-lista?"), &["Per", "Kari"])).collect();
        let found = lint(&bank_of(&questions), TODAY);
        assert_eq!(found.len(), 1_001);
        assert!(found.iter().any(|problem| problem.code == Code::ChapterTypes));
    }

    proptest! {
        #[test]
        fn any_bank_is_read_without_panic_and_twice_alike(bank in any_bank()) {
            let found = lint(&bank, TODAY);
            prop_assert_eq!(&found, &lint(&bank, TODAY));
            for problem in found {
                prop_assert!(!problem.message.nb.is_empty(), "{:?}", problem);
            }
        }
    }
}
