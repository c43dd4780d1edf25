//! Marking of a typed answer against the accepted and the foreseen ones, for `short_text` and each gap of `cloze`.
//!
//! What the author wrote always wins over what we forgive: a foreseen wrong answer is never taken for a slip.

use super::TextKey;
use super::marking::{Feedback, Judged, Verdict};
use super::normal::normalise;
use super::pattern::Pattern;
use super::typo::{forgiven_slips, slips_within};

/// 1 for an accepted answer, else 0.
pub(super) fn mark_text(key: &TextKey, text: &str, other_names: &[String]) -> Judged {
    let verdict = verdict(key, text, other_names);
    let right = verdict == Verdict::Right;
    let feedback = Feedback::whole(Some(right), feedback_for(key, verdict));
    Judged::new(usize::from(right), 1, vec![feedback])
}

/// How `text` stands to the key. An answer as near to one of `other_names` as to the key is not a slip.
pub(super) fn verdict(key: &TextKey, text: &str, other_names: &[String]) -> Verdict {
    let answer = normalise(text);
    if answer.is_empty() {
        return Verdict::Other;
    }
    if accepts(key, &answer) {
        return Verdict::Right;
    }
    // A lone `*` is an author's feedback for all the rest, slips excepted; any other match is meant.
    let foreseen = |catch_all: bool| {
        let fits = |pattern: &Pattern| pattern.is_catch_all() == catch_all && pattern.fits(&answer);
        key.wrong.iter().position(|wrong| wrong.matches.iter().any(fits))
    };
    if let Some(at) = foreseen(false) {
        return Verdict::Foreseen(at);
    }
    if key.typos && is_slip(key, &answer, other_names) {
        return Verdict::Right;
    }
    foreseen(true).map_or(Verdict::Other, Verdict::Foreseen)
}

/// What the author says to an answer with this verdict.
pub(super) fn feedback_for(key: &TextKey, verdict: Verdict) -> &str {
    match verdict {
        Verdict::Right => &key.feedback_correct,
        Verdict::Foreseen(at) => key.wrong.get(at).map_or(&key.feedback_other, |wrong| &wrong.feedback),
        Verdict::Other => &key.feedback_other,
    }
}

fn accepts(key: &TextKey, answer: &str) -> bool {
    key.accept.iter().any(|pattern| pattern.fits(answer))
}

/// Whether the answer is a forgiven slip from an accepted answer, and nearer to it than to any rival.
fn is_slip(key: &TextKey, answer: &str, other_names: &[String]) -> bool {
    let literals = key.accept.iter().filter_map(Pattern::literal);
    let Some(slips) = literals.filter_map(|literal| forgiven_slips(literal, answer)).min() else {
        return false;
    };
    let is_rival = |rival: &str| slips_within(rival, answer, slips).is_some();
    let foreseen = key.wrong.iter().flat_map(|wrong| &wrong.matches);
    let mut foreseen = foreseen.filter_map(Pattern::literal);
    let mut names = other_names.iter().map(|name| normalise(name)).filter(|name| !accepts(key, name));
    !foreseen.any(is_rival) && !names.any(|name| is_rival(&name))
}

#[cfg(test)]
mod tests {
    use super::super::ForeseenText;
    use super::*;
    use proptest::prelude::*;

    fn key(accept: &[&str], wrong: &[&str]) -> TextKey {
        let foreseen = |text: &&str| ForeseenText { matches: vec![(*text).into()], feedback: format!("not {text}") };
        TextKey {
            accept: accept.iter().map(|text| (*text).into()).collect(),
            typos: true,
            wrong: wrong.iter().map(foreseen).collect(),
            feedback_correct: "right".into(),
            feedback_other: "other".into(),
        }
    }

    fn check(key: &TextKey, text: &str, expect: Verdict) {
        assert_eq!(verdict(key, text, &[]), expect, "{text:?}");
    }

    #[test]
    fn an_accepted_answer_is_right_however_it_is_spelled() {
        let key = key(&["taus kunnskap", "tause kunnskapen"], &["eksplisitt kunnskap"]);
        check(&key, "  «Taus  Kunnskap». ", Verdict::Right);
        check(&key, "den tause kunnskapen", Verdict::Other);
        check(&key, "taus kunskap", Verdict::Right);
        check(&key, "Eksplisitt kunnskap!", Verdict::Foreseen(0));
        check(&key, "", Verdict::Other);
        check(&key, " \u{200B} ", Verdict::Other);
        check(&TextKey { typos: false, ..key }, "taus kunskap", Verdict::Other);
    }

    #[test]
    fn a_slip_as_near_to_a_wrong_answer_is_no_slip() {
        let key = key(&["ledelse"], &["ledelsen"]);
        check(&key, "leddelse", Verdict::Right);
        check(&key, "ledelses", Verdict::Other);
        check(&key, "ledelsen", Verdict::Foreseen(0));
    }

    #[test]
    fn a_slip_as_near_to_another_concept_is_no_slip() {
        let key = key(&["humankapital"], &[]);
        let check = |text: &str, name: &str, expect: Verdict| {
            assert_eq!(verdict(&key, text, &[name.into()]), expect, "{text} {name}");
        };
        check("humankapitl", "Strukturkapital", Verdict::Right);
        check("humankapitl", "Humankapitel", Verdict::Other);
        check("humankapitel", "Humankapitel", Verdict::Other);
        check("humankapitl", "Humankapital", Verdict::Right);
        check("humankapital", "Humankapital", Verdict::Right);
    }

    #[test]
    fn a_star_stands_for_anything_and_an_escaped_one_for_itself() {
        let check = |accept: &str, text: &str, right: bool| {
            let expect = if right { Verdict::Right } else { Verdict::Other };
            assert_eq!(verdict(&key(&[accept], &[]), text, &[]), expect, "{accept} {text}");
        };
        check("*kunnskap", "Taus kunnskap", true);
        check("*kunnskap", "kunnskap", true);
        check("*kunnskap", "kunnskapen", false);
        check("*kunnskap", "taus kunskap", false);
        check("taus*skap*", "taus kunnskap.", true);
        check("aba*bab", "abab", false);
        check("a*b*c*d", "axbcd", true);
        check("a*b*c*d", "axcbd", false);
        check(r"5 \* 3", "5 * 3", true);
        check(r"5 \* 3", "5 x 3", false);
        check(r"*\**", "2*3", true);
        check(r"*\**", "23", false);
        check("*", "!!", true);
        check("*", "", false);
    }

    #[test]
    fn a_lone_star_catches_what_is_neither_right_nor_foreseen() {
        let key = key(&["ledelse"], &["*", "*styring*"]);
        check(&key, "leddelse", Verdict::Right);
        check(&key, "mål og styring", Verdict::Foreseen(1));
        check(&key, "noe annet", Verdict::Foreseen(0));
        check(&key, "", Verdict::Other);
    }

    #[test]
    fn the_author_has_a_word_for_each_verdict() {
        let key = key(&["ledelse"], &["styring"]);
        let check = |text: &str, score: i64, feedback: &str| {
            let judged = mark_text(&key, text, &[]);
            assert_eq!(judged.score, score.into());
            assert_eq!(judged.feedback, [Feedback::whole(Some(score == 1), feedback)]);
        };
        check("ledelse", 1, "right");
        check("styring", 0, "not styring");
        check("kontroll", 0, "other");
    }

    proptest! {
        #[test]
        fn the_key_is_right(accept in r"[a-zæøåÆØÅé0-9 .*\\«»'-]{0,16}", typos: bool) {
            let key = TextKey { typos, ..key(&[&accept], &["*"]) };
            let shown = key.accept[0].shown();
            prop_assume!(!normalise(&shown).is_empty());
            prop_assert_eq!(verdict(&key, &shown, &[]), Verdict::Right);
        }

        #[test]
        fn no_answer_is_too_odd_to_mark(accept: String, wrong: String, text: String, name: String) {
            let judged = mark_text(&key(&[&accept], &[&wrong]), &text, &[name]);
            prop_assert!(judged.score == 0.into() || judged.score == 1.into());
        }

        #[test]
        fn a_short_word_with_another_vowel_is_wrong(before in "[b-dfgk-npr-t]", after in "[b-dfgk-npr-t]") {
            for (norwegian, bare) in [("æ", "a"), ("ø", "o"), ("å", "a")] {
                let key = key(&[&format!("{before}{norwegian}{after}")], &[]);
                prop_assert_eq!(verdict(&key, &format!("{before}{bare}{after}"), &[]), Verdict::Other);
            }
        }
    }
}
