//! Rules about how a question is worded, and whether it is still true.

use super::Finding;
use super::words::{sentences, without_emphasis, without_quotes, words};
use crate::domain::bank::Code;
use crate::domain::question::{Body, ChoiceOption, Part, Question, TextKey};
use jiff::civil::Date;

/// The guide asks for twenty; above this a sentence is hard for many.
const MOST_WORDS: usize = 25;

pub(super) fn check(question: &Question, today: Date, findings: &mut Vec<Finding>) {
    findings.extend(negative_stem(question));
    findings.extend(long_sentences(question));
    findings.extend(review_overdue(question, today));
}

const NEGATIONS: &[&str] = &["ikke", "ikkje", "aldri", "ingen", "inga", "ingenting", "unntatt", "unnateke"];
/// «Ikke bare», «ikke minst»: these deny nothing.
const AFFIRMED: &[&str] = &["bare", "berre", "kun", "minst"];
const SUBORDINATORS: &[&str] =
    &["når", "hvis", "viss", "dersom", "som", "at", "fordi", "mens", "medan", "siden", "sidan", "selv", "sjølv"];

/// Only the question itself is looked at: a negation in the tale before it, in a quotation or in a subordinate clause
/// is easy to read. A reflection may ask what did not go well.
fn negative_stem(question: &Question) -> Option<Finding> {
    if !question.body.is_scored() {
        return None;
    }
    let stem = without_quotes(&without_emphasis(&question.stem));
    let questions = sentences(&stem).into_iter().filter(|sentence| sentence.ends_with('?'));
    let negation = questions.flat_map(|sentence| sentence.split([',', ';', ':', '–'])).find_map(negation)?;
    Some(Finding::new(Code::NegativeStem, [negation]))
}

/// The negation of a main clause.
fn negation(clause: &str) -> Option<String> {
    let words = words(clause);
    let is = |list: &[&str], at: usize| words.get(at).is_some_and(|word| list.contains(&word.as_str()));
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1);
        // «Hva er det som ikke stemmer?» is the question itself, in a cleft sentence.
        let is_cleft = word == "som" && before.is_some_and(|before| is(&["det", "dem", "de", "dei"], before));
        if is(SUBORDINATORS, at) && !is_cleft {
            return None;
        }
        let is_alternative = before.is_some_and(|before| is(&["eller", "enn"], before));
        if is(NEGATIONS, at) && !is(AFFIRMED, at + 1) && !is_alternative {
            return Some(word.clone());
        }
    }
    None
}

fn long_sentences(question: &Question) -> Vec<Finding> {
    let count = |sentence: &str| words(sentence).iter().filter(|word| word.contains(char::is_alphanumeric)).count();
    let sentences = texts(question).into_iter().flat_map(sentences);
    let long = sentences.map(|sentence| (count(sentence), sentence)).filter(|(count, _)| *count > MOST_WORDS);
    long.map(|(count, text)| Finding::new(Code::LongSentence, [count.to_string(), text.to_owned()])).collect()
}

/// Stem, options and feedback. Explanations and model answers are read in peace, after the question.
fn texts(question: &Question) -> Vec<&str> {
    let mut texts = vec![question.stem.as_str()];
    match &question.body {
        Body::Single { options } | Body::Multiple { options, .. } => texts.extend(options.iter().flat_map(of_option)),
        Body::TrueFalse { feedback_true, feedback_false, .. } => texts.extend([&**feedback_true, feedback_false]),
        Body::ShortText(key) => texts.extend(of_key(key)),
        Body::Numeric(key) => {
            texts.extend([&*key.feedback_correct, &key.feedback_other]);
            texts.extend(key.common_errors.iter().map(|error| error.feedback.as_str()));
        }
        Body::Cloze { gaps, .. } => texts.extend(gaps.iter().flat_map(of_key)),
        Body::Matching { pairs, extra_right } => {
            texts.extend(pairs.iter().flat_map(|pair| [&*pair.left, &pair.right, &pair.feedback]));
            texts.extend(extra_right.iter().flat_map(of_part));
        }
        Body::Ordering { items } => texts.extend(items.iter().flat_map(of_part)),
        Body::Categorise { categories, items } => {
            texts.extend(categories.iter().map(|category| category.label.as_str()));
            texts.extend(items.iter().flat_map(|item| [&*item.text, &item.feedback]));
        }
        Body::Reflection { criteria, .. } => {
            texts.extend(criteria.iter().flat_map(|criterion| [&*criterion.text, &criterion.feedback]));
        }
        Body::Flashcard { .. } | Body::Info { .. } => {}
    }
    texts
}

fn of_option(option: &ChoiceOption) -> [&str; 2] {
    [&option.text, &option.feedback]
}

fn of_part(part: &Part) -> [&str; 2] {
    [&part.text, &part.feedback]
}

fn of_key(key: &TextKey) -> impl Iterator<Item = &str> {
    let foreseen = key.wrong.iter().map(|wrong| wrong.feedback.as_str());
    [&*key.feedback_correct, &key.feedback_other].into_iter().chain(foreseen)
}

fn review_overdue(question: &Question, today: Date) -> Option<Finding> {
    let due = question.review_by.filter(|due| *due < today)?;
    Some(Finding::new(Code::ReviewOverdue, [due.to_string()]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::domain::bank::every_type::EVERY_TYPE;
    use crate::domain::bank::lint::findings;
    use crate::domain::bank::lint::fixture::{codes, question, single_of};
    use crate::domain::question::Body;
    use jiff::civil::date;

    #[test]
    fn a_negative_question_stresses_its_negation() {
        let check = |stem: &str, is_found: bool| {
            let found = codes(&single_of(stem, &["Per", "Kari", "Ola"]));
            assert_eq!(found.contains(&"negative_stem"), is_found, "{stem}: {found:?}");
        };
        check("Hva er ikke et eksempel på taus kunnskap?", true);
        check("Hvilket utsagn om taus kunnskap stemmer ikke?", true);
        check("Hva er det som aldri hjelper?", true);
        check("Når du er ny, hvem skal du ikke spørre?", true);
        check("Kva høyrer ikkje heime her?", true);
        check("Hva er **ikke** et eksempel på taus kunnskap?", false);
        check("**Hva er ikke et eksempel på taus kunnskap?**", true);
        check("Liv har aldri sagt fra. Planene passer ikke. Hva bør hun gjøre?", false);
        check("Rektor spør: «Hvorfor går det ikke?» Hva svarer du?", false);
        check("Hvilke saker gjelder det, hvis ikke rådet har bestemt noe annet?", false);
        check("Hva kjennetegner en leder som ikke delegerer?", false);
        check("Hva må til for medvirkning, og ikke bare informasjon?", false);
        check("Skal hun si fra eller ikke?", false);
        check("Dette stemmer ikke.", false);
    }

    #[test]
    fn a_claim_or_a_reflection_may_deny() {
        let claim = "type: true_false\nstem: Loven gjelder ikke.\nanswer: true\nfeedback_true: F\nfeedback_false: G";
        assert_eq!(codes(&question(claim)), [""; 0]);
        let reflection =
            "type: reflection\nstem: Hva gikk ikke bra?\ncriteria: [{text: C, feedback: F}]\nmodel_answer: M";
        assert_eq!(codes(&question(reflection)), [""; 0]);
    }

    #[test]
    fn a_sentence_has_twenty_five_words_at_most() {
        let sentence = |words: usize| format!("{}slutt.", "Ord ".repeat(words - 1));
        let check = |stem: &str, expect: &[&str]| {
            assert_eq!(codes(&single_of(stem, &["Per", "Kari", "Ola"])), expect, "{stem}");
        };
        check(&sentence(25), &[]);
        check(&format!("{} {}", sentence(25), sentence(25)), &[]);
        check(&sentence(26), &["long_sentence"]);
        check(&format!("{} – % –", sentence(25)), &[]);
    }

    #[test]
    fn every_feedback_is_read() {
        let long = "ord ".repeat(26);
        for (yaml, _) in EVERY_TYPE {
            for field in ["feedback", "feedback_true", "feedback_false", "feedback_correct", "feedback_other"] {
                for feedback in ["F", "G", "H", "W"].map(|letter| format!("{field}: {letter}")) {
                    let found = codes(&question(&yaml.replace(&feedback, &format!("{field}: {long}"))));
                    assert_eq!(found.contains(&"long_sentence"), yaml.contains(&feedback), "{feedback} in {yaml}");
                }
            }
        }
    }

    #[test]
    fn a_review_is_due_the_day_after() {
        let mut question = question("type: flashcard\nstem: s\nback: B");
        let on = |question: &_, day| findings(question, date(2026, 11, day)).len();
        assert!(matches!(question.body, Body::Flashcard { .. }));
        assert_eq!(on(&question, 24), 0);
        question.review_by = Some(date(2026, 11, 23));
        assert_eq!((on(&question, 23), on(&question, 24)), (0, 1));
    }
}
