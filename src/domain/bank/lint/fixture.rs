//! Questions and banks for the linter's tests, read from the format as authors write it.

#![allow(clippy::unwrap_used)]

use super::{accepted, findings};
use crate::domain::bank::every_type::EVERY_TYPE;
use crate::domain::bank::fixture::{self, course_with};
use crate::domain::bank::{Bank, read};
use crate::domain::question::{Body, ChoiceOption, Question};
use jiff::civil::{Date, date};
use proptest::prelude::*;

pub(super) const TODAY: Date = date(2026, 11, 23);

/// The codes of what is found in one question, after its acceptances.
pub(super) fn codes(question: &Question) -> Vec<&'static str> {
    let left = accepted::left(question, findings(question, TODAY));
    left.iter().map(|finding| finding.code.as_str()).collect()
}

/// A question with these lines of its own.
pub(super) fn question(own_lines: &str) -> Question {
    read_bank(&fixture::question(own_lines)).questions.remove(0).question
}

pub(super) fn option(text: &str, correct: bool) -> ChoiceOption {
    ChoiceOption { id: String::new(), text: text.into(), correct, feedback: "F".into(), pinned: false }
}

/// A `single` whose first option is the key.
pub(super) fn single_of(stem: &str, options: &[&str]) -> Question {
    let mut question = question(EVERY_TYPE[0].0);
    question.stem = stem.into();
    let options = options.iter().enumerate().map(|(at, text)| option(text, at == 0)).collect();
    question.body = Body::Single { options };
    question
}

/// The own lines of [`single_of`], for a whole bank.
pub(in crate::domain::bank) fn single(stem: &str, options: &[&str]) -> String {
    let option = |(at, text): (usize, &&str)| format!("\n  - {{text: \"{text}\", correct: {}, feedback: F}}", at == 0);
    let options: String = options.iter().enumerate().map(option).collect();
    format!("type: single\nstem: \"{stem}\"\noptions:{options}")
}

/// The small course with these questions, `K1-0` and on, in its first chapter.
pub(in crate::domain::bank) fn bank_of(questions: &[String]) -> Bank {
    let with_id = |(at, lines): (usize, &String)| {
        let chapter = fixture::question(lines).replace("K1-01", &format!("K1-{at}"));
        chapter.split_once("questions:\n").unwrap().1.to_owned()
    };
    let questions: String = questions.iter().enumerate().map(with_id).collect();
    read_bank(&format!("chapter: 1\nquestions: {}\n{questions}", if questions.is_empty() { "[]" } else { "" }))
}

fn read_bank(chapter: &str) -> Bank {
    let (bank, problems) = read(&course_with(chapter));
    bank.unwrap_or_else(|| panic!("{problems:?}"))
}

/// Text dense in what the rules look at.
fn knotty() -> impl Strategy<Value = String> {
    let pieces = "ikke|alle|de|nevnte|en|et|bare|aldri|hvis|som|det|Hva|medarbeiderne|kunnskap|ene|s|\
        å|Å|a\u{30A}|\u{AD}|\
                  ?|.|!|,|…| |  |\n|«|»|\"|**|*|{{1}}|5|-5|3,14";
    let piece = proptest::sample::select(pieces.split('|').collect::<Vec<_>>());
    prop_oneof![proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat()), any::<String>()]
}

fn any_question() -> impl Strategy<Value = Question> {
    let options = proptest::collection::vec((knotty(), any::<bool>(), any::<bool>()), 0..7);
    let lint = proptest::collection::btree_map(knotty(), knotty(), 0..2);
    (0..EVERY_TYPE.len(), knotty(), options, lint, any::<u8>()).prop_map(|(kind, stem, written, lint, difficulty)| {
        let mut question = question(EVERY_TYPE[kind].0);
        if let Body::Single { options } | Body::Multiple { options, .. } = &mut question.body {
            let with_pin = |(text, correct, pinned): &(String, bool, bool)| ChoiceOption {
                pinned: *pinned,
                ..option(text, *correct)
            };
            *options = written.iter().map(with_pin).collect();
        }
        Question { stem, lint, difficulty, ..question }
    })
}

/// Banks that no reader would let through, too.
pub(super) fn any_bank() -> impl Strategy<Value = Bank> {
    proptest::collection::vec((any_question(), any::<u8>()), 0..6).prop_map(|questions| {
        let mut bank = bank_of(&[]);
        let template = read_bank(fixture::CHAPTER).questions.remove(0);
        for (question, chapter) in questions {
            let read = crate::domain::bank::ChapterQuestion { chapter, question, ..template.clone() };
            bank.questions.push(read);
        }
        bank
    })
}
