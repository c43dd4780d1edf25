//! What gives the key away to one who does not know it: repeated words, absolutes, an article, an image's text.

use super::Finding;
use super::options_of;
use super::words::{root, sentences, words};
use crate::domain::bank::Code;
use crate::domain::question::{Body, ChoiceOption, Question, TextKey};
use std::collections::{BTreeMap, BTreeSet};

/// A word of fewer letters hardly stands out.
const SHORTEST_CONTENT_WORD: usize = 5;

/// Words of five letters and more that any question and answer may share.
const COMMON_WORDS: &str = "\
    andre annan annen annet berre blitt burde denne derfor deres desse dette disse eller enten ettersom \
    fleire flere fordi første gjennom gjerne hvert hverandre hvilke hvilken hvilket hvordan hvorfor ifølge \
    ifølgje ikkje kommune kommunen korleis kunne kurset kursets kvarandre kvifor likevel mange mellom måtte \
    nokon passer saman sammen sidan siden skulle under verken ville være";

const ABSOLUTES: &[&str] = &["alltid", "aldri", "bare", "berre", "kun", "alle", "ingen"];

const ARTICLES: &[&str] = &["en", "ei", "et", "ein", "eit"];

pub(super) fn check(question: &Question, findings: &mut Vec<Finding>) {
    if let Some(options) = options_of(&question.body) {
        if matches!(question.body, Body::Single { .. }) {
            findings.extend(key_repeats_stem(&question.stem, options));
        }
        findings.extend(absolutes(options));
        findings.extend(article(&question.stem));
    }
    findings.extend(alt_holds_key(question));
}

/// More than half of the key's content words stand in the stem and in no distractor.
fn key_repeats_stem(stem: &str, options: &[ChoiceOption]) -> Option<Finding> {
    let key = options.iter().find(|option| option.correct)?;
    let in_key = content_words(&key.text);
    let in_stem = content_words(stem);
    let distractors = options.iter().filter(|option| !option.correct);
    let in_distractors: BTreeMap<String, String> = distractors.flat_map(|option| content_words(&option.text)).collect();
    let is_telling = |root: &String| in_stem.contains_key(root) && !in_distractors.contains_key(root);
    let telling: Vec<&str> =
        in_key.iter().filter(|(root, _)| is_telling(root)).map(|(_, word)| word.as_str()).collect();
    (2 * telling.len() > in_key.len()).then(|| Finding::new(Code::KeyRepeatsStem, [telling.join(", ")]))
}

/// The words that carry meaning, by their roots.
fn content_words(text: &str) -> BTreeMap<String, String> {
    let carries_meaning = |word: &String| {
        word.chars().filter(|c| c.is_alphabetic()).count() >= SHORTEST_CONTENT_WORD
            && !COMMON_WORDS.split(' ').any(|common| common == word)
    };
    words(text).into_iter().filter(carries_meaning).map(|word| (root(&word).to_owned(), word)).collect()
}

/// At least half of the distractors, and at least two: one «alle» in one distractor tells nobody anything.
fn absolutes(options: &[ChoiceOption]) -> Option<Finding> {
    let absolutes_in = |option: &ChoiceOption| -> BTreeSet<String> {
        words(&option.text).into_iter().filter(|word| ABSOLUTES.contains(&word.as_str())).collect()
    };
    let (keys, distractors): (Vec<&ChoiceOption>, Vec<&ChoiceOption>) =
        options.iter().partition(|option| option.correct);
    let found: Vec<BTreeSet<String>> =
        distractors.iter().map(|option| absolutes_in(option)).filter(|found| !found.is_empty()).collect();
    let is_telling = found.len() >= 2 && 2 * found.len() >= distractors.len();
    if !is_telling || keys.iter().any(|key| !absolutes_in(key).is_empty()) {
        return None;
    }
    let all: BTreeSet<String> = found.into_iter().flatten().collect();
    Some(Finding::new(Code::AbsolutesInDistractors, [Vec::from_iter(all).join(", ")]))
}

/// A stem that breaks off after its article. A question mark ends a question, whatever its last word.
fn article(stem: &str) -> Option<Finding> {
    let last_sentence = sentences(stem).pop().filter(|sentence| !sentence.ends_with('?'))?;
    let last = words(last_sentence).pop().filter(|word| ARTICLES.contains(&word.as_str()))?;
    Some(Finding::new(Code::ArticleCue, [last]))
}

/// The alternative text is read aloud to those who cannot see the image, and to nobody should it tell the answer.
fn alt_holds_key(question: &Question) -> Option<Finding> {
    let alt = words(&question.image.as_ref()?.alt);
    let is_held = |answer: &String| {
        let answer = words(answer);
        !answer.is_empty() && alt.windows(answer.len()).any(|row| row == answer)
    };
    let held = answers(&question.body).into_iter().find(is_held)?;
    Some(Finding::new(Code::AltHoldsKey, [held]))
}

/// Texts that would be right answers by themselves.
fn answers(body: &Body) -> Vec<String> {
    let accepted = |key: &TextKey| key.accept.iter().map(|one| one.written().to_owned()).collect::<Vec<_>>();
    match body {
        Body::Single { options } | Body::Multiple { options, .. } => {
            options.iter().filter(|option| option.correct).map(|option| option.text.clone()).collect()
        }
        Body::ShortText(key) => accepted(key),
        Body::Cloze { gaps, .. } => gaps.iter().flat_map(accepted).collect(),
        Body::Numeric(key) => vec![key.answer.normalize().to_string().replace('.', ",")],
        Body::Flashcard { back } => vec![back.clone()],
        Body::TrueFalse { .. }
        | Body::Matching { .. }
        | Body::Ordering { .. }
        | Body::Categorise { .. }
        | Body::Reflection { .. }
        | Body::Info { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::lint::fixture::{codes, question, single_of};
    use crate::domain::question::Image;

    /// The first option is the key.
    fn check(stem: &str, options: &[&str], expect: &[&str]) {
        assert_eq!(codes(&single_of(stem, options)), expect, "{stem} {options:?}");
    }

    #[test]
    fn the_key_does_not_repeat_the_stem() {
        let repeats = &["key_repeats_stem"];
        check(
            "Hvem lærer i en lærende organisasjon?",
            &["Organisasjonen selv", "Et kontor i orden", "Leder og eier"],
            repeats,
        );
        check("Hva gir god ledelse?", &["Ledelsen", "Penger", "Kontroll"], repeats);
        check("Hva gir god ledelse?", &["Ledelse av folk", "Ledelse i detalj", "Kontroll"], &[]);
        check(
            "Hva gir god ledelse?",
            &["Ledelse med tydelige mål", "Lønn og gode avtaler", "Mange møter og planer"],
            &[],
        );
        check("Hva mener andre?", &["Andre folk", "Noe", "Mye"], &[]);
    }

    #[test]
    fn absolutes_are_not_the_distractors_alone() {
        let found = &["absolutes_in_distractors"];
        check("Når?", &["Etter avtale", "Aldri i ferien", "Alltid om natta"], found);
        check("Når?", &["Etter avtale", "Aldri i ferien", "Om natta"], &[]);
        check("Når?", &["Bare i ferien", "Aldri i mai", "Alltid i juni"], &[]);
        check("Når?", &["Etter avtale", "Bare her", "Kun der", "I mars", "I april"], found);
    }

    #[test]
    fn a_stem_does_not_end_in_an_article() {
        check("Medarbeiderskap er et …", &["ideal", "lov", "rolle"], &["article_cue"]);
        check("Hun er en:", &["leder", "vikar", "lærling"], &["article_cue"]);
        check("Skriver du en eller et?", &["en", "et", "ei"], &[]);
        check("Medarbeiderskap er", &["et ideal", "en lov", "en rolle"], &[]);
    }

    #[test]
    fn an_images_text_does_not_hold_the_key() {
        let with_alt = |lines: &str, alt: &str| {
            let mut question = question(lines);
            question.image = Some(Image { src: "x.png".into(), alt: alt.into() });
            codes(&question)
        };
        let text = "type: short_text\nstem: Hva?\naccept: [sort hatt]\nfeedback_correct: F\nfeedback_other: G";
        let number = "type: numeric\nstem: Hvor mye?\nanswer: 3.50\nfeedback_correct: F\nfeedback_other: G";
        assert_eq!(with_alt(text, "En mann med «sort hatt»."), ["alt_holds_key"]);
        assert_eq!(with_alt(text, "En mann med sorte hatter."), [""; 0]);
        assert_eq!(with_alt(number, "En vekt viser 3,5 kg"), ["alt_holds_key"]);
        assert_eq!(with_alt(number, "En vekt viser 13,5 kg"), [""; 0]);
    }
}
