//! The real course, and answers to its questions by someone who knows the key.

use laerd::domain::{
    bank::{self, Bank, SourceFile},
    question::{Body, Key, Question},
};
use serde_json::{Value, json};
use std::{path::Path, sync::OnceLock};

/// *Medarbeiderskap* as it lies in the repository.
pub fn real_course() -> &'static Bank {
    static BANK: OnceLock<Bank> = OnceLock::new();
    BANK.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("questions/medarbeiderskap");
        let (bank, problems) = bank::read(&files(&folder));
        bank.unwrap_or_else(|| panic!("the course has errors: {problems:#?}"))
    })
}

fn files(folder: &Path) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = std::fs::read_dir(folder)
        .expect("the course is in the repository")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| SourceFile {
            path: path.file_name().expect("a name").to_string_lossy().into_owned(),
            text: std::fs::read_to_string(&path).expect("UTF-8"),
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The response that gets full marks.
pub fn right(question: &Question) -> Value {
    match Key::of(&question.body) {
        Key::Choice { options } => json!({"kind": "choice", "options": options}),
        Key::Text { accept } => json!({"kind": "text", "text": accept[0]}),
        Key::Number { answer, .. } => json!({"kind": "number", "text": answer.to_string().replace('.', ",")}),
        Key::Gaps { gaps } => json!({"kind": "gaps", "gaps": gaps.iter().map(|gap| &gap[0]).collect::<Vec<_>>()}),
        Key::Pairs { pairs } => json!({"kind": "pairs", "pairs": pairs}),
        Key::Order { items } => json!({"kind": "order", "items": items}),
        Key::Placements { placements } => json!({"kind": "placements", "placements": placements}),
        Key::Model { .. } => json!({"kind": "self_rating", "rating": "good"}),
        Key::Nothing => json!({"kind": "seen"}),
    }
}

/// A response that gets none, or the lowest verdict on oneself.
pub fn wrong(question: &Question) -> Value {
    match &question.body {
        Body::Single { options } => {
            let option = options.iter().find(|option| !option.correct).expect("a wrong option");
            json!({"kind": "choice", "options": [option.id]})
        }
        Body::TrueFalse { answer, .. } => json!({"kind": "choice", "options": [(!answer).to_string()]}),
        Body::Multiple { .. } => json!({"kind": "choice", "options": []}),
        Body::ShortText(_) => json!({"kind": "text", "text": "xyzzy"}),
        Body::Numeric(key) => {
            json!({"kind": "number", "text": (key.answer + rust_decimal::Decimal::from(7777)).to_string()})
        }
        Body::Cloze { gaps, .. } => json!({"kind": "gaps", "gaps": vec![""; gaps.len()]}),
        Body::Matching { .. } => json!({"kind": "pairs", "pairs": []}),
        Body::Ordering { items } => {
            json!({"kind": "order", "items": items.iter().rev().map(|item| &item.id).collect::<Vec<_>>()})
        }
        Body::Categorise { .. } => json!({"kind": "placements", "placements": []}),
        Body::Flashcard { .. } | Body::Reflection { .. } => json!({"kind": "self_rating", "rating": "again"}),
        Body::Info { .. } => json!({"kind": "seen"}),
    }
}
