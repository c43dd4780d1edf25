//! What two spellings of an answer have in common.
//!
//! Case, spaces, quotes, dashes, final punctuation, a leading article and loan accents say nothing about knowledge.
//! æ, ø and å are letters of their own and are never folded, however they are encoded: for and før are two words.

use unicode_normalization::UnicodeNormalization;

/// The infinitive mark and the articles; `å lede` and `lede` are one answer.
const LEADING: [&str; 4] = ["å ", "en ", "ei ", "et "];

/// The ring that makes an a an å; over any other letter it is an accent.
const RING: char = '\u{30A}';

/// The form in which answers are compared. Normalising twice changes nothing more.
pub(super) fn normalise(text: &str) -> String {
    let visible = text.nfc().filter(|c| !is_invisible(*c));
    let lower: String = visible.flat_map(fold_case).map(plain_mark).collect();
    let plain = fold_accents(&without_quotes(&lower));
    let spaced = plain.split_whitespace().collect::<Vec<_>>().join(" ");

    let mut answer = trim_ends(&spaced);
    while let Some(rest) = LEADING.iter().find_map(|word| answer.strip_prefix(word)) {
        answer = trim_ends(rest);
    }
    answer.to_owned()
}

/// Zero-width marks and the soft hyphen: pasted along unseen, so the learner cannot mend them.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// The hyphens, dashes and minus signs of Unicode that a keyboard or an editor may give for `-`.
pub(super) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

/// By way of upper case, which makes ß, ẞ and ss one, as case folding does and lower case alone does not.
fn fold_case(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

fn plain_mark(c: char) -> char {
    match c {
        '«' | '»' | '“' | '”' | '„' | '‟' => '"',
        '‘' | '’' | '‚' | '‛' | '′' | '`' | '´' | 'ʼ' => '\'',
        dash if is_dash(dash) => '-',
        other => other,
    }
}

/// Quotes carry no meaning in an answer, except in one that is nothing else.
fn without_quotes(text: &str) -> String {
    let bare = text.replace('"', "");
    if bare.trim().is_empty() { text.to_owned() } else { bare }
}

/// Drops the accents of Latin letters (idé, Zürich, façade), all but the ring of å. Other scripts keep their marks,
/// which there are often letters, and so does a struck-through o, which someone may type for ø.
fn fold_accents(text: &str) -> String {
    let mut base = None;
    let kept = text.nfd().filter(|c| {
        if !matches!(c, '\u{300}'..='\u{334}' | '\u{339}'..='\u{36F}') {
            base = Some(*c);
            return true;
        }
        match base {
            Some('a') if *c == RING => {
                base = Some('å');
                true
            }
            Some(letter) => !(letter.is_ascii_alphabetic() || matches!(letter, 'æ' | 'ø' | 'å')),
            None => true,
        }
    });
    kept.nfc().collect()
}

/// Without enclosing apostrophes and final punctuation, unless the answer is nothing else.
fn trim_ends(text: &str) -> &str {
    let trimmed = text.trim_end_matches(['.', ',', ';', ':', '!', '?', '…', '\'', ' ']).trim_start_matches(['\'', ' ']);
    if trimmed.is_empty() { text } else { trimmed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_answer_are_one() {
        let check = |text: &str, expect: &str| assert_eq!(normalise(text), expect, "{text:?}");
        check("  Taus\u{A0} kunnskap. ", "taus kunnskap");
        check("«Taus kunnskap»", "taus kunnskap");
        check("'taus kunnskap'!", "taus kunnskap");
        check("kalles “triggership”…", "kalles triggership");
        check("selv\u{AD}led\u{200B}else", "selvledelse");
        check("selv–ledelse", "selv-ledelse");
        check("O’Brien", "o'brien");
        check("å lede", "lede");
        check("En 'ekte' leder", "ekte' leder");
        check("ET IDEAL?!", "ideal");
        check("Idé", "ide");
        check("ide\u{301}", "ide");
        check("Zürich, Čapek, façade, Ångström", "zurich, capek, facade, ångstrom");
        check("STRASSE", "strasse");
        check("Straße", "strasse");
        check("ǿre og ǻr", "øre og år");
    }

    #[test]
    fn nothing_is_stripped_to_nothing() {
        let check = |text: &str, expect: &str| assert_eq!(normalise(text), expect, "{text:?}");
        check("?", "?");
        check("å", "å");
        check("et", "et");
        check("«»", "\"\"");
        check("''", "''");
        check(" \u{200B}\t", "");
    }

    #[test]
    fn norwegian_letters_are_never_folded_in_any_encoding() {
        let check = |text: &str, other: &str| assert_ne!(normalise(text), normalise(other), "{text:?} {other:?}");
        check("for", "før");
        check("ma", "må");
        check("rad", "råd");
        check("rad", "ra\u{30A}d");
        check("RAD", "RA\u{30A}D");
        check("lare", "lære");
        check("for", "fo\u{338}r");
        assert_eq!(normalise("ra\u{30A}d"), normalise("Råd"));
        assert_eq!(normalise("\u{212B}pen"), normalise("åpen"));
        assert_eq!(normalise("A\u{200B}\u{30A}pen"), normalise("åpen"));
        assert_eq!(normalise("a\u{316}\u{30A}\u{301}pen"), normalise("åpen"));
    }

    /// Text dense in what normalisation touches.
    fn knotty() -> impl Strategy<Value = String> {
        let piece = proptest::sample::select(vec![
            "a", "A", "\u{30A}", "\u{301}", "ø", "Æ", "å", "en ", "et ", " ", "\"", "«", "'", "’", ".", "?", "-", "—",
            "\u{AD}", "\u{200B}", "ß", "ŉ", "İ", "ς", "\u{345}", "\u{338}", "k", "\u{1FEF}", "\u{37E}", "*",
        ]);
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in prop_oneof![knotty(), any::<String>()]) {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn encoding_and_case_make_no_difference(text in "[a-zA-ZæøåÆØÅéüÉÜ «».,-]{0,20}") {
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(normalise(&decomposed), normalise(&text));
            prop_assert_eq!(normalise(&text.to_uppercase()), normalise(&text));
        }

        #[test]
        fn a_word_with_a_norwegian_letter_is_another_word(
            before in "[a-z]{1,6}", after in "[a-z]{1,6}", letter in 0..3_usize,
        ) {
            let (norwegian, bare) = [("æ", "a"), ("ø", "o"), ("å", "a")][letter];
            let with = format!("{before}{norwegian}{after}");
            prop_assert!(normalise(&with).contains(norwegian));
            prop_assert_ne!(normalise(&with), normalise(&format!("{before}{bare}{after}")));
        }
    }
}
