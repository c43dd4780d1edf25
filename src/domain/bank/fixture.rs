//! A small valid course for the tests, and ways to break it.

use super::{SourceFile, read};

/// Two chapters; the first has the objectives `LO1.1` and `LO1.2`.
pub(super) const COURSE: &str = "\
slug: medarbeiderskap
title: {nb: Medarbeiderskap, nn: Medarbeidarskap, en: Co-workership}
description: Et kurs om å dra sammen.
language: nb
chapters:
  - number: 1
    slug: kunnskap
    title: Kunnskap
    objectives:
      - {id: LO1.1, text: Forklar taus kunnskap}
      - {id: LO1.2, text: Skill kompetanse fra kunnskap}
  - number: 2
    slug: ledelse
    title: {nb: Ledelse, en: Leadership}
";

/// `kompetanse`, and `taus-kunnskap` that builds on it.
pub(super) const CONCEPTS: &str = "\
concepts:
  - slug: kompetanse
    name: {nb: Kompetanse, en: Competence}
    definition: Det du kan.
    chapter: 1
  - slug: taus-kunnskap
    name: Taus kunnskap
    definition: Det du kan, men ikke kan forklare.
    chapter: 1
    prerequisites: [kompetanse]
    sources: [Polanyi 1966]
";

/// A chapter with one question of the type `info`.
pub(super) const CHAPTER: &str = "\
chapter: 1
questions:
  - id: K1-01
    type: info
    concepts: [kompetanse]
    difficulty: 1
    stem: Les dette
    body: Vi begynner.
    source: {kind: general, ref: Vårt eget}
";

pub(super) fn files(sources: &[(&str, &str)]) -> Vec<SourceFile> {
    sources.iter().map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
}

/// The fixture course with this as `chapter-1.yaml`.
pub(super) fn course_with(chapter: &str) -> Vec<SourceFile> {
    files(&[("course.yaml", COURSE), ("concepts.yaml", CONCEPTS), ("chapter-1.yaml", chapter)])
}

/// Where a fault is, and which.
pub(super) type Fault = (&'static str, u32, u32);

/// Code, line and column of every problem of the files.
pub(super) fn faults(files: &[SourceFile]) -> Vec<Fault> {
    let (_, problems) = read(files);
    problems.iter().map(|problem| (problem.code.as_str(), problem.line, problem.column)).collect()
}

/// A chapter with one question; its own lines begin on line 8, indented by four.
pub(super) fn question(own_lines: &str) -> String {
    let common = "chapter: 1\nquestions:\n  - id: K1-01\n    concepts: [kompetanse]\n    difficulty: 1\n    \
                  explanation: Fordi.\n    source: {kind: slides, ref: Lysbildet}\n";
    own_lines.lines().fold(common.to_owned(), |text, line| format!("{text}    {line}\n"))
}

/// The faults of a question with these lines of its own.
pub(super) fn faults_of(own_lines: &str) -> Vec<Fault> {
    faults(&course_with(&question(own_lines)))
}
