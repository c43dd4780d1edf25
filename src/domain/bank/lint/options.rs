//! Rules about options as such: how many, how long, how alike, in which order.
//!
//! The lengths are compared between `single`'s one key and its distractors only: of several keys one is the longest
//! by chance alone.

use super::Finding;
use super::words::{length, words};
use crate::domain::bank::Code;
use crate::domain::question::ChoiceOption;
use rust_decimal::Decimal;

/// A key of fewer characters is too short to look thorough.
const SHORTEST_TELLING_KEY: usize = 15;
/// Characters between the shortest and the longest option that the eye notices.
const NOTICED_DIFFERENCE: usize = 20;
/// Fewer are guessed too easily, more are not read.
const SINGLE_SIZE: std::ops::RangeInclusive<usize> = 3..=5;

pub(super) fn check(options: &[ChoiceOption], is_single: bool, findings: &mut Vec<Finding>) {
    if is_single {
        findings.extend(option_count(options));
        findings.extend(key_uniquely_longest(options));
    }
    findings.extend(length_spread(options));
    findings.extend(all_or_none(options));
    findings.extend(unsorted_numbers(options));
    let written: Vec<Vec<String>> = options.iter().map(|option| words(&option.text)).collect();
    for (at, (option, said)) in options.iter().zip(&written).enumerate() {
        for (other, said_by_other) in options.iter().zip(&written).skip(at + 1) {
            findings.extend(overlap((option, said), (other, said_by_other)));
        }
    }
}

fn option_count(options: &[ChoiceOption]) -> Option<Finding> {
    let count = options.len();
    (!SINGLE_SIZE.contains(&count)).then(|| Finding::new(Code::OptionCount, [count.to_string()]))
}

/// Lengths in characters of a single's key and of its distractors.
fn key_and_distractors(options: &[ChoiceOption]) -> Option<(usize, Vec<usize>)> {
    let key = options.iter().find(|option| option.correct)?;
    let distractors: Vec<usize> =
        options.iter().filter(|option| !option.correct).map(|option| length(&option.text)).collect();
    (!distractors.is_empty()).then(|| (length(&key.text), distractors))
}

/// Whether a single's key has more characters than any distractor.
pub(super) fn is_key_longest(options: &[ChoiceOption]) -> bool {
    key_and_distractors(options).is_some_and(|(key, distractors)| distractors.iter().all(|length| key > *length))
}

/// More than one and a half times the mean distractor: longer by a word or two is everyday language.
fn key_uniquely_longest(options: &[ChoiceOption]) -> Option<Finding> {
    let (key, distractors) = key_and_distractors(options).filter(|_| is_key_longest(options))?;
    let sum: usize = distractors.iter().sum();
    let is_telling = key >= SHORTEST_TELLING_KEY && 2 * key * distractors.len() > 3 * sum;
    let mean = (sum + distractors.len() / 2) / distractors.len();
    is_telling.then(|| Finding::new(Code::KeyUniquelyLongest, [key.to_string(), mean.to_string()]))
}

fn length_spread(options: &[ChoiceOption]) -> Option<Finding> {
    let lengths = || options.iter().map(|option| length(&option.text));
    let (shortest, longest) = (lengths().min()?, lengths().max()?);
    let is_wide = longest > 3 * shortest && longest - shortest >= NOTICED_DIFFERENCE;
    is_wide.then(|| Finding::new(Code::LengthSpread, [shortest.to_string(), longest.to_string()]))
}

const ALL_OR_NONE: &[&str] = &["alle", "ingen", "begge", "samtlige", "samtlege"];
const THE_OTHERS: &str = "\
    over ovenfor ovanfor nevnte nemnde disse desse dem dei de delene delane deler delar alternativene \
    alternativa svarene svara påstandene påstandane";

/// «Alle de nevnte», «ingen av delene»: the whole option, not the beginning of one («alle de ansatte»).
fn all_or_none(options: &[ChoiceOption]) -> Option<Finding> {
    let refers = |option: &&ChoiceOption| {
        let said = words(&option.text);
        let Some((first, rest)) = said.split_first() else { return false };
        let is_reference = |word: &String| word == "av" || THE_OTHERS.split(' ').any(|other| other == word);
        ALL_OR_NONE.contains(&first.as_str()) && !rest.is_empty() && rest.iter().all(is_reference)
    };
    options.iter().find(refers).map(|option| Finding::new(Code::AllOrNoneOption, [option.text.clone()]))
}

/// Two options with the same words, or one inside the other. That equal texts are an error (`duplicate_option`) is
/// the reader's rule; here punctuation makes no difference either.
fn overlap(
    (one, said): (&ChoiceOption, &[String]),
    (other, said_by_other): (&ChoiceOption, &[String]),
) -> Option<Finding> {
    if said.is_empty() || said_by_other.is_empty() {
        return None;
    }
    let texts = |code, shorter: &ChoiceOption, longer: &ChoiceOption| {
        Some(Finding::new(code, [shorter.text.clone(), longer.text.clone()]))
    };
    if said == said_by_other {
        texts(Code::SimilarOption, one, other)
    } else if holds(said_by_other, said) {
        texts(Code::OptionContainsOption, one, other)
    } else if holds(said, said_by_other) {
        texts(Code::OptionContainsOption, other, one)
    } else {
        None
    }
}

/// Whether the words of `inner` stand in a row in `outer`. One short word is no statement: «ja» is not held by
/// «ja, men først i mai».
fn holds(outer: &[String], inner: &[String]) -> bool {
    const SHORTEST_STATEMENT: usize = 5;
    let letters: usize = inner.iter().map(|word| word.chars().count()).sum();
    let is_statement = letters >= SHORTEST_STATEMENT && inner.iter().any(|word| word.chars().any(char::is_alphabetic));
    is_statement && outer.windows(inner.len()).any(|row| row == inner)
}

/// Only where every option is pinned: all others are shuffled, so the written order is never seen.
fn unsorted_numbers(options: &[ChoiceOption]) -> Option<Finding> {
    let number = |option: &ChoiceOption| option.text.trim().replace(',', ".").parse::<Decimal>().ok();
    let numbers: Vec<Decimal> = options.iter().map(number).collect::<Option<_>>()?;
    let is_sorted = numbers.is_sorted() || numbers.iter().rev().is_sorted();
    let is_fixed = options.iter().all(|option| option.pinned);
    (is_fixed && !is_sorted).then(|| Finding::new(Code::UnsortedNumbers, []))
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::lint::fixture::{codes, option, single_of};
    use crate::domain::question::{Body, ChoiceOption};

    /// The first option is the key.
    fn check(options: &[&str], expect: &[&str]) {
        assert_eq!(codes(&single_of("Hva stemmer?", options)), expect, "{options:?}");
    }

    #[test]
    fn a_single_has_three_to_five_options() {
        check(&["Ja", "Nei"], &["option_count"]);
        check(&["Per", "Kari", "Ola"], &[]);
        check(&["Per", "Kari", "Ola", "Siv", "Liv"], &[]);
        check(&["Per", "Kari", "Ola", "Siv", "Liv", "Jon"], &["option_count"]);
    }

    #[test]
    fn the_key_is_not_much_longer_than_the_others() {
        check(&["Et ideal for alle roller", "En lov", "En rolle"], &["key_uniquely_longest"]);
        check(&["Et ideal for", "En lov", "En rolle"], &[]);
        check(&["Et ideal for alle roller", "En lov for de som leder nå", "En rolle"], &[]);
        check(&["Et ideal for **alle**", "En lov om lønna", "En rolle i team"], &[]);
        check(&["En lov", "Et ideal for alle roller", "En rolle"], &[]);
    }

    #[test]
    fn options_are_about_as_long_as_each_other() {
        check(&["Per", "Den som leder teamet nå", "Den som leder etaten nå"], &["length_spread"]);
        check(&["Per", "Den som leder", "Den som styrer"], &[]);
    }

    #[test]
    fn no_option_refers_to_the_others() {
        for text in ["Alle de nevnte", "Ingen av delene", "Begge deler", "Ingen av dem over.", "Alle disse"] {
            check(&["En lov", "En rolle", text], &["all_or_none_option"]);
        }
        for text in ["Alle ansatte", "Ingen", "Alle", "Begge lederne", "Ingen av lederne"] {
            check(&["En lov", "En rolle", text], &[]);
        }
    }

    #[test]
    fn options_say_different_things() {
        check(&["En lov", "En lov.", "En rolle"], &["similar_option"]);
        check(&["Indre motivasjon", "Motivasjon", "Lønn og trygghet"], &["option_contains_option"]);
        check(&["Motivasjon", "Indre motivasjon", "Lønn og trygghet"], &["option_contains_option"]);
        check(&["Ja", "Ja, men først i mai", "Nei"], &[]);
        check(&["3 uker", "13 uker", "30 uker"], &[]);
        check(&["-5", "5", "15"], &[]);
        check(&["+", "–", "%"], &[]);
    }

    #[test]
    fn pinned_numbers_are_sorted() {
        let numbers = |texts: [&str; 3], pinned: bool| {
            let mut question = single_of("Hvor mange?", &["x", "y", "z"]);
            let options = texts.map(|text| ChoiceOption { pinned, ..option(text, text == "5") });
            question.body = Body::Single { options: options.into() };
            codes(&question)
        };
        assert_eq!(numbers(["5", "1,5", "30"], true), ["unsorted_numbers"]);
        assert_eq!(numbers(["1,5", "5", "30"], true), [""; 0]);
        assert_eq!(numbers(["30", "5", "-1"], true), [""; 0]);
        assert_eq!(numbers(["5", "1,5", "30"], false), [""; 0]);
        assert_eq!(numbers(["5", "en", "30"], true), [""; 0]);
    }
}
