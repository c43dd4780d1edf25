//! A text as the linter compares it: without Markdown's marks, in words and sentences.
//!
//! Words keep æ, ø and å: they are letters of their own. Inflection is only cut where words are compared for kinship
//! (`root`), roughly: the ending of one word form must not hide that two options share a word.

use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// Marks that say nothing about which word it is.
const MARKS: &[char] =
    &['.', ',', ';', ':', '!', '?', '…', '"', '\'', '«', '»', '“', '”', '„', '’', '(', ')', '[', ']', '*', '_', '`'];

/// Endings of nouns, adjectives and verbs in both written standards, the longest first.
const ENDINGS: &[&str] = &["ene", "ane", "en", "et", "er", "ar", "a", "e", "s"];

/// A root is no shorter, or every short word would be kin to another.
const SHORTEST_ROOT: usize = 4;

/// Length in characters, as a learner sees the text.
pub(super) fn length(text: &str) -> usize {
    let seen: String = text.nfc().filter(|c| !matches!(c, '*' | '`' | '\u{AD}')).collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    words.join(" ").chars().count()
}

/// The words in lower case, without marks around them; signs such as `%` and `-5` stay.
pub(super) fn words(text: &str) -> Vec<String> {
    let lower: String = text.nfc().filter(|c| *c != '\u{AD}').flat_map(char::to_lowercase).collect();
    let is_word = |word: &&str| !word.is_empty() && !word.chars().all(|c| matches!(c, '-' | '–' | '—'));
    lower.split_whitespace().map(|word| word.trim_matches(MARKS)).filter(is_word).map(str::to_owned).collect()
}

/// The word without its endings: `medarbeidere` and `medarbeideren` have one root.
pub(super) fn root(word: &str) -> &str {
    let mut root = word;
    while let Some(shorter) = ENDINGS.iter().find_map(|ending| root.strip_suffix(ending)) {
        if shorter.chars().count() < SHORTEST_ROOT {
            break;
        }
        root = shorter;
    }
    root
}

/// The sentences, trimmed. A full stop before a small letter ends none: it belongs to `bl.a.` or `1. januar`.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for end in ends(text) {
        sentences.push(text[start..end].trim());
        start = end;
    }
    sentences.push(text[start..].trim());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// Byte offsets after each sentence but the last.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().filter(|(_, c)| c.is_whitespace()).filter_map(|(space, c)| {
        let before = text[..space].trim_end_matches(['»', '”', '"', ')', '*']);
        let is_end = c == '\n' || before.ends_with(['.', '!', '?', '…']);
        let goes_on = c != '\n' && text[space..].trim_start().starts_with(char::is_lowercase);
        (is_end && !goes_on).then_some(space)
    })
}

/// The text without what stands in quotation marks: others' words are not the author's question.
pub(super) fn without_quotes(text: &str) -> String {
    without(text, |rest| {
        [('«', '»'), ('“', '”'), ('"', '"')].into_iter().find_map(|(open, close)| between(rest, open, close))
    })
}

fn between(text: &str, open: char, close: char) -> Option<Range<usize>> {
    let start = text.find(open)?;
    let inner = start + open.len_utf8();
    let end = inner + text[inner..].find(close)? + close.len_utf8();
    Some(start..end)
}

/// The text without short emphasised parts, which a reader sees; a sentence in bold stresses no word of it.
pub(super) fn without_emphasis(text: &str) -> String {
    const MOST_STRESSED_WORDS: usize = 3;
    let parts: Vec<&str> = text.split("**").collect();
    let last = parts.len() - 1;
    let is_stressed =
        |at: usize, part: &str| at % 2 == 1 && at < last && part.split_whitespace().count() <= MOST_STRESSED_WORDS;
    let kept = parts.iter().enumerate().filter(|(at, part)| !is_stressed(*at, part));
    kept.map(|(_, part)| *part).collect::<Vec<_>>().join(" ")
}

/// Takes out every range `find` sees, until it sees none.
fn without(text: &str, find: impl Fn(&str) -> Option<Range<usize>>) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(range) = find(rest) {
        kept.push_str(&rest[..range.start]);
        kept.push(' ');
        rest = &rest[range.end..];
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_lose_case_and_marks_but_no_letters() {
        let check = |text: &str, expect: &[&str]| assert_eq!(words(text), expect, "{text:?}");
        check("«Å lære» – av **feil**, for/før!", &["å", "lære", "av", "feil", "for/før"]);
        check("-5 % (ca.)", &["-5", "%", "ca"]);
        check("a\u{30A} selv\u{AD}ledelse", &["å", "selvledelse"]);
        check(" … – ", &[]);
    }

    #[test]
    fn forms_of_a_word_have_one_root() {
        let check = |one: &str, other: &str| assert_eq!(root(one), root(other), "{one} {other}");
        check("medarbeidere", "medarbeideren");
        check("kunnskapene", "kunnskap");
        check("ledere", "lederen");
        assert_ne!(root("leder"), root("ledd"));
        assert_eq!(root("hans"), "hans");
    }

    #[test]
    fn a_sentence_ends_before_a_capital_a_quote_or_a_digit() {
        let check = |text: &str, expect: &[&str]| assert_eq!(sentences(text), expect, "{text:?}");
        check("En. To? Tre", &["En.", "To?", "Tre"]);
        check("Hun spør: «Hva?» «Ja.»", &["Hun spør: «Hva?»", "«Ja.»"]);
        check("Det er bl.a. slik den 1. januar. 3 dager.", &["Det er bl.a. slik den 1. januar.", "3 dager."]);
        check("- en\n- to", &["- en", "- to"]);
        check("", &[]);
    }

    #[test]
    fn quotes_and_stressed_words_can_be_left_out() {
        assert_eq!(without_quotes("Si «ikke nå» og \"nei\", takk"), "Si   og  , takk");
        assert_eq!(without_quotes("«uten slutt"), "«uten slutt");
        assert_eq!(words(&without_emphasis("Hva er **ikke** rett?")), ["hva", "er", "rett"]);
        assert_eq!(words(&without_emphasis("**Hva er da ikke rett?**")).len(), 5);
        assert_eq!(words(&without_emphasis("2 ** ikke")), ["2", "ikke"]);
    }

    proptest! {
        #[test]
        fn sentences_hold_every_word(text in any::<String>()) {
            let whole: Vec<&str> = text.split_whitespace().collect();
            let parts: Vec<&str> = sentences(&text).into_iter().flat_map(str::split_whitespace).collect();
            prop_assert_eq!(whole, parts);
        }
    }
}
