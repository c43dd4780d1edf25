//! The shipped course as the filter sees it: the concepts of each scored question, and how easily it is guessed.
//!
//! How hard its questions are, nobody knows before people have answered them: a bench draws that.

use laerd::domain::{
    bank::{self, SourceFile},
    question::{Question, guess_chance},
};
use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// As in the catalogue: the measured guess floor is 0.6 of the chance of guessing blindly.
const GUESS_FLOOR: f64 = 0.6;

/// Chance of guessing and concepts, by their place in the course.
pub fn structure() -> &'static [(f64, Vec<usize>)] {
    static STRUCTURE: OnceLock<Vec<(f64, Vec<usize>)>> = OnceLock::new();
    STRUCTURE.get_or_init(read)
}

fn read() -> Vec<(f64, Vec<usize>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("questions/medarbeiderskap");
    let files = std::fs::read_dir(folder).expect("the course is in the repository");
    let paths = files.map(|entry| entry.expect("a file").path());
    let is_source = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    let file = |path: PathBuf| SourceFile {
        path: path.file_name().expect("a name").to_string_lossy().into_owned(),
        text: std::fs::read_to_string(&path).expect("text"),
    };
    let mut files: Vec<SourceFile> = paths.filter(is_source).map(file).collect();
    files.sort_by(|left, right| left.path.cmp(&right.path));
    let bank = bank::read(&files).0.expect("the shipped course has no faults");
    let place = |slug: &String| bank.concepts.iter().position(|concept| concept.slug == *slug);
    let questions = bank.questions.iter().map(|source| &source.question);
    let scored = questions.filter(|question| question.body.is_scored() && !question.retired);
    let seen = |question: &Question| {
        (GUESS_FLOOR * guess_chance(&question.body), question.concepts.iter().filter_map(place).collect())
    };
    scored.map(seen).collect()
}
