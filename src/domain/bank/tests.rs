//! The rules of a bank as a whole: sound ones come out as written, broken ones with every fault at once.

#![allow(clippy::unwrap_used)]

use super::every_type::EVERY_TYPE;
use super::fixture::{CHAPTER, CONCEPTS, COURSE, course_with, faults, files, question};
use super::{Code, Place, Severity, SourceFile, read};
use crate::domain::question::{Body, Image, Question, Source, SourceKind};
use crate::vocab::text::{Lang, Localised};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn every_type_of_question_reads_as_written() {
    for (yaml, json) in EVERY_TYPE {
        let (bank, problems) = read(&course_with(&question(yaml)));
        assert_eq!(problems, [], "{yaml}");
        let expected: Body = serde_json::from_str(json).unwrap();
        assert_eq!(bank.unwrap().questions[0].question.body, expected, "{yaml}");
    }
}

#[test]
fn every_field_of_a_question_reads_as_written() {
    let chapter =
        "chapter: 2\nquestions:\n  - id: K2.a_b\n    type: flashcard\n    concepts: [taus-kunnskap, kompetanse]
    objectives: [LO1.2]\n    difficulty: 3\n    stem: ' Forside '\n    back: Bakside\n    explanation: Fordi.
    source: {kind: law, ref: Arbeidsmiljøloven § 4-2, as_of: 2026-11-23}\n    review_by: 2027-11-01
    hints: [Tenk etter]\n    image: {src: images/x.png, alt: Et bilde}\n    pass_at: 0.75
    lint: {key_longest: Fordi.}\n    retired: true\n";
    let sources = files(&[("chapter-2.yaml", chapter), ("course.yaml", COURSE), ("concepts.yaml", CONCEPTS)]);
    let (bank, problems) = read(&sources);
    assert_eq!(problems, []);
    let read = &bank.unwrap().questions[0];
    assert_eq!((read.chapter, &read.at), (2, &Place { file: "chapter-2.yaml".into(), line: 3, column: 5 }));
    let expected = Question {
        id: "K2.a_b".into(),
        concepts: vec!["taus-kunnskap".into(), "kompetanse".into()],
        objectives: vec!["LO1.2".into()],
        difficulty: 3,
        stem: "Forside".into(),
        body: Body::Flashcard { back: "Bakside".into() },
        explanation: "Fordi.".into(),
        source: Source {
            kind: SourceKind::Law,
            reference: "Arbeidsmiljøloven § 4-2".into(),
            as_of: Some("2026-11-23".parse().unwrap()),
        },
        hints: vec!["Tenk etter".into()],
        image: Some(Image { src: "images/x.png".into(), alt: "Et bilde".into() }),
        pass_at: 0.75,
        review_by: Some("2027-11-01".parse().unwrap()),
        lint: [("key_longest".into(), "Fordi.".into())].into(),
        successor_of: None,
        retired: true,
    };
    assert_eq!(read.question, expected);
}

#[test]
fn a_course_and_its_concepts_read_as_written() {
    let bank = read(&course_with(CHAPTER)).0.unwrap();
    assert_eq!(
        serde_json::to_value((&bank.course, &bank.concepts)).unwrap(),
        json!([
            {
                "slug": "medarbeiderskap",
                "title": {"nb": "Medarbeiderskap", "nn": "Medarbeidarskap", "en": "Co-workership"},
                "description": {"nb": "Et kurs om å dra sammen."},
                "language": "nb",
                "offline_answers": false,
                "chapters": [
                    {"number": 1, "slug": "kunnskap", "title": {"nb": "Kunnskap"}, "objectives": [
                        {"id": "LO1.1", "text": "Forklar taus kunnskap"},
                        {"id": "LO1.2", "text": "Skill kompetanse fra kunnskap"},
                    ]},
                    {"number": 2, "slug": "ledelse", "title": {"nb": "Ledelse", "en": "Leadership"}},
                ],
            },
            [
                {"slug": "kompetanse", "name": {"nb": "Kompetanse", "en": "Competence"},
                 "definition": {"nb": "Det du kan."}, "chapter": 1},
                {"slug": "taus-kunnskap", "name": {"nb": "Taus kunnskap"},
                 "definition": {"nb": "Det du kan, men ikke kan forklare."}, "chapter": 1,
                 "prerequisites": ["kompetanse"], "sources": ["Polanyi 1966"]},
            ],
        ])
    );
    assert_eq!(
        serde_json::from_value::<super::Bank>(serde_json::to_value(&bank).unwrap()).unwrap().course,
        bank.course
    );
}

/// Three questions, the second beyond parsing, and faults in every file.
const TEN_FAULTS: &str = "\
chapter: 1
questions:
  - id: K1 01
    type: single
    concepts: [kompetanze]
    objectives: [LO9.9]
    difficulty: 4
    stem: Hva?
    options:
      - {text: Ja, feedback: F}
      - {text: JA , feedback: G}
    source: {kind: law, ref: Loven, as_of: 2026-11-23}
  - id: K1-02
    stem: \"uten slutt
  - id: K1-03
    type: numeric
    concepts: [kompetanse]
    difficulty: 1
    stem: Hvor mye?
    answer: 3,14
    options: []
    feedback_correct: F
    feedback_other: G
    explanation: Fordi.
    source: {kind: slides, ref: Lysbildet}
";

#[test]
fn every_fault_of_every_file_is_reported_at_once() {
    let concepts = CONCEPTS.replace("chapter: 1\n    prerequisites", "chapter: 7\n    prerequisites");
    let course = COURSE.replace("language: nb", "language: no");
    let sources =
        [("course.yaml", &*course), ("concepts.yaml", &concepts), ("chapter-1.yaml", TEN_FAULTS), ("a.txt", "")];
    assert_eq!(
        faults(&files(&sources)),
        [
            ("bad_choice", 4, 11),
            ("unknown_chapter", 9, 14),
            ("missing_field", 3, 5),
            ("law_without_review", 3, 5),
            ("bad_id", 3, 9),
            ("unknown_concept", 5, 16),
            ("unknown_objective", 6, 18),
            ("out_of_range", 7, 17),
            ("not_one_correct", 10, 7),
            ("duplicate_option", 11, 16),
            ("yaml_syntax", 14, 11),
            ("decimal_comma", 20, 13),
            ("unknown_field", 21, 5),
            ("unknown_file", 1, 1),
        ]
    );
}

#[test]
fn a_problem_tells_where_it_is_and_how_to_mend_it_in_three_languages() {
    let (bank, problems) = read(&course_with(TEN_FAULTS));
    assert_eq!(bank, None);
    let problem = problems.iter().find(|problem| problem.code == Code::DecimalComma).unwrap();
    assert_eq!((problem.pointer.as_str(), problem.file.as_str()), ("/questions/2/answer", "chapter-1.yaml"));
    assert_eq!(problem.cure.get(Lang::En), "Write 3.14. Learners can still answer with a comma.");
    let unknown = problems.iter().find(|problem| problem.code == Code::UnknownField).unwrap();
    assert!(unknown.cure.get(Lang::Nb).contains("single, multiple"), "{:?}", unknown.cure);
    let concept = problems.iter().find(|problem| problem.code == Code::UnknownConcept).unwrap();
    assert_eq!(
        concept.cure,
        Localised::new("Mente du «kompetanse»?", "Meinte du «kompetanse»?", "Did you mean “kompetanse”?")
    );
}

#[test]
fn a_warning_does_not_keep_the_bank_from_being_used() {
    let mut sources = course_with(CHAPTER);
    sources.extend(files(&[("README.md", "# Les")]));
    let (bank, problems) = read(&sources);
    assert!(bank.is_some());
    assert_eq!(problems.iter().map(|problem| problem.severity).collect::<Vec<_>>(), [Severity::Warning]);
}

#[test]
fn a_flood_of_faults_is_cut_and_says_so() {
    let chapter = format!("chapter: 1\nquestions: [{}]\n", "{},".repeat(2_500));
    let (_, problems) = read(&course_with(&chapter));
    assert_eq!(problems.len(), 1_001);
    assert!(problems.iter().any(|problem| problem.code == Code::TooManyProblems));
}

/// A bank exists if and only if nothing is an error, and every problem points into its file.
fn holds_for(sources: &[SourceFile]) {
    let (bank, problems) = read(sources);
    assert_eq!(bank.is_some(), problems.iter().all(|problem| problem.severity != Severity::Error));
    for problem in problems {
        let lines = sources.iter().filter(|file| file.path == problem.file).map(|file| file.text.lines().count()).max();
        let most = u32::try_from(lines.unwrap_or(0)).unwrap() + 1;
        assert!((1..=most).contains(&problem.line) && problem.column >= 1, "{problem:?}");
    }
}

/// A change to a text: from a character on, some characters give way to others.
fn changed(text: &str, at: usize, removed: usize, added: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = at % (characters.len() + 1);
    let rest = characters.iter().skip(at + removed);
    characters[..at].iter().copied().chain(added.chars()).chain(rest.copied()).collect()
}

fn every_type_in_one_chapter() -> String {
    let questions = (0..).zip(EVERY_TYPE).map(|(number, (yaml, _))| {
        let one = question(yaml).replace("K1-01", &format!("K1-{number}"));
        one.split_once("questions:\n").unwrap().1.to_owned()
    });
    format!("chapter: 1\nquestions:\n{}", questions.collect::<String>())
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(
        course in ".*",
        concepts in "(?s).*",
        chapter in "(?s)[-:{}\\[\\]\"'&*!|> \na-c0-9]*",
    ) {
        holds_for(&files(&[("course.yaml", &course), ("concepts.yaml", &concepts), ("chapter-1.yaml", &chapter)]));
        holds_for(&course_with(&chapter));
    }

    #[test]
    fn any_change_to_a_sound_course_is_read_without_panic(
        file in 0_usize..3,
        changes in prop::collection::vec(
            (any::<usize>(), 0_usize..30, "[-:{}\\[\\]\"'&*!|>, \n\ta-c0-9#\u{0}\u{7}é]{0,8}"),
            1..4,
        ),
    ) {
        let mut sources = course_with(&every_type_in_one_chapter());
        prop_assert!(read(&sources).0.is_some());
        for (at, removed, added) in changes {
            sources[file].text = changed(&sources[file].text, at, removed, &added);
        }
        holds_for(&sources);
    }
}
