//! Which slips of the keyboard are forgiven. All texts here are normalised.
//!
//! Long words forgive more, because a slip there seldom makes another word. Where it does, as in
//! formell/uformell, the answer is wrong however near it is.

/// The most slips that any key forgives.
const MOST_SLIPS: usize = 2;

/// What turns a word around at its beginning and is short enough to be lost in slips: uformell, indirekte, asosial.
const NEGATING_PREFIXES: [&str; 7] = ["u", "in", "im", "il", "ir", "a", "de"];

/// How many slips make `answer` of `key`; `None` if there are more than the key forgives, or they change the meaning.
pub(super) fn forgiven_slips(key: &str, answer: &str) -> Option<usize> {
    let slips = slips_within(key, answer, slips_allowed(key))?;
    let meaning_kept = slips == 0 || !(flips_negation(key, answer, slips) || swaps_short_word(key, answer));
    meaning_kept.then_some(slips)
}

/// How many slips make one text of the other, if there are at most `limit`: the optimal string alignment distance,
/// that is letters left out, added, replaced, or swapped with their neighbour, no letter touched twice.
pub(super) fn slips_within(one: &str, other: &str, limit: usize) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > limit {
        return None;
    }
    let mut above = vec![0; other.len() + 1];
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for i in 1..=one.len() {
        let mut next = vec![i; other.len() + 1];
        for j in 1..=other.len() {
            let replaced = row[j - 1] + usize::from(one[i - 1] != other[j - 1]);
            next[j] = replaced.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                next[j] = next[j].min(above[j - 2] + 1);
            }
        }
        (above, row) = (row, next);
    }
    Some(row[other.len()]).filter(|slips| *slips <= limit)
}

/// None in four letters or fewer, nor where a digit stands, since 2014 is no slip for 2015.
fn slips_allowed(key: &str) -> usize {
    if key.chars().any(char::is_numeric) {
        return 0;
    }
    match key.chars().filter(|c| c.is_alphabetic()).count() {
        0..=4 => 0,
        5..=8 => 1,
        _ => MOST_SLIPS,
    }
}

/// Whether the slips are a negation lost or won: another number of ikke, or a prefix without which they are fewer.
fn flips_negation(key: &str, answer: &str, slips: usize) -> bool {
    let negations = |text: &str| text.split([' ', '-']).filter(|word| matches!(*word, "ikke" | "ikkje")).count();
    negations(key) != negations(answer)
        || is_nearer_unnegated(key, answer, slips)
        || is_nearer_unnegated(answer, key, slips)
}

fn is_nearer_unnegated(text: &str, other: &str, slips: usize) -> bool {
    let starts = text.char_indices().scan(' ', |before, (at, c)| {
        let begins = matches!(*before, ' ' | '-');
        *before = c;
        Some((begins, at))
    });
    let starts = starts.filter(|(begins, _)| *begins).map(|(_, at)| at);
    starts.flat_map(|at| NEGATING_PREFIXES.map(|prefix| (at, prefix))).any(|(at, prefix)| {
        let (before, word) = text.split_at(at);
        let bare = word.strip_prefix(prefix).map(|rest| format!("{before}{rest}"));
        bare.is_some_and(|bare| slips_within(&bare, other, slips - 1).is_some())
    })
}

/// Whether a word of at most four letters differs only in æ, ø or å: før møtet is not for møtet.
fn swaps_short_word(key: &str, answer: &str) -> bool {
    let bare = |word: &str| word.replace(['æ', 'å'], "a").replace('ø', "o");
    let is_short = |word: &str| word.chars().count() <= 4;
    let mut words = key.split(' ').zip(answer.split(' '));
    words.any(|(own, given)| own != given && is_short(own) && bare(own) == bare(given))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slips_are_counted_as_optimal_string_alignment() {
        let check = |one: &str, other: &str, slips: usize| {
            assert_eq!(slips_within(one, other, 9), Some(slips), "{one} {other}");
        };
        check("", "abc", 3);
        check("kunnskap", "kunskap", 1);
        check("kunnskap", "kunnksap", 1);
        check("ca", "abc", 3);
        check("råd", "rad", 1);
        check("leder", "leder", 0);
        assert_eq!(slips_within("abc", "xyz", 2), None);
    }

    #[test]
    fn long_words_forgive_more() {
        let check = |key: &str, answer: &str, expect: Option<usize>| {
            assert_eq!(forgiven_slips(key, answer), expect, "{key} {answer}");
        };
        check("mål", "mål", Some(0));
        check("måte", "måtte", None);
        check("leder", "ledr", Some(1));
        check("leder", "ldr", None);
        check("kunnskap", "kunskp", None);
        check("delegering", "deleegrign", Some(2));
        check("delegering", "delgrng", None);
        check("kommuneloven 12", "kommuneloven 13", None);
        check("kommuneloven 12", "komuneloven 12", None);
        check("selv-ledelse", "selvledelse", Some(1));
    }

    #[test]
    fn a_slip_that_turns_the_meaning_is_not_forgiven() {
        let check = |key: &str, answer: &str| {
            assert_eq!(forgiven_slips(key, answer), None, "{key} {answer}");
            assert_eq!(forgiven_slips(answer, key), None, "{answer} {key}");
        };
        check("uformell", "formell");
        check("uformell ledelse", "formel ledelse");
        check("formell ledelse", "u formell ledelse");
        check("selv-uformell", "selv-formell");
        check("ikke formell", "formell");
        check("ikke formell", "like formell");
        check("indirekte", "direkte");
        check("demotivert", "motivert");
        check("før møtet", "for møtet");
        check("gode råd", "gode rad");
    }

    #[test]
    fn a_slip_elsewhere_in_a_negated_word_is_forgiven() {
        let check = |key: &str, answer: &str| assert_eq!(forgiven_slips(key, answer), Some(1), "{key} {answer}");
        check("uformell", "fuormell");
        check("uformell", "uformel");
        check("innovasjon", "inovasjon");
        check("ikke formell", "ikke formel");
        check("uformell leder", "u formell leder");
        check("uformell leder", "u-formell leder");
        check("utvikling", "utvkling");
    }

    proptest! {
        #[test]
        fn slips_are_the_same_both_ways(one in "[abuå ]{0,8}", other in "[abuå ]{0,8}") {
            prop_assert_eq!(slips_within(&one, &other, 9), slips_within(&other, &one, 9));
            prop_assert_eq!(slips_within(&one, &other, 0).is_some(), one == other);
            prop_assert_eq!(forgiven_slips(&one, &one), Some(0));
            let _ = forgiven_slips(&one, &other);
        }
    }
}
