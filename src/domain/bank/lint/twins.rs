//! Questions whose stems are nearly the same across the bank.
//!
//! Alike are two stems whose sets of words share four fifths of their union (Jaccard). Every pair is compared: the most
//! a bank can hold is two thousand questions.

use super::words::words;
use super::{Finding, Item};
use crate::domain::bank::Code;
use std::collections::HashMap;

/// For every item, in order, the finding that an earlier one has nearly its stem. The first such one is named.
pub(super) fn find(items: &[Item<'_>]) -> Vec<Option<Finding>> {
    let stems = numbered(items);
    let twin_of = |at: usize| (0..at).find(|earlier| are_alike(&stems[*earlier], &stems[at]));
    (0..items.len()).map(|at| twin_of(at).map(|earlier| finding(&items[earlier]))).collect()
}

fn finding(earlier: &Item<'_>) -> Finding {
    let place = &earlier.spot.place;
    Finding::new(Code::NearDuplicateStem, [earlier.question.id.clone(), format!("{}:{}", place.file, place.line)])
}

/// The set of words of each stem, sorted, with a number for each word of the bank.
fn numbered(items: &[Item<'_>]) -> Vec<Vec<usize>> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut number_of = |word: String| {
        let next = numbers.len();
        *numbers.entry(word).or_insert(next)
    };
    let mut number_stem = |item: &Item<'_>| {
        let mut stem: Vec<usize> = words(&item.question.stem).into_iter().map(&mut number_of).collect();
        stem.sort_unstable();
        stem.dedup();
        stem
    };
    items.iter().map(&mut number_stem).collect()
}

fn are_alike(one: &[usize], other: &[usize]) -> bool {
    let is_enough = |shared: usize, union: usize| union > 0 && 5 * shared >= 4 * union;
    // The sizes alone rule most pairs out.
    if !is_enough(one.len().min(other.len()), one.len().max(other.len())) {
        return false;
    }
    let shared = one.iter().filter(|word| other.binary_search(word).is_ok()).count();
    is_enough(shared, one.len() + other.len() - shared)
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::lint::fixture::{TODAY, bank_of, single};
    use crate::domain::bank::{Code, lint};

    /// Which questions, from 0, are found nearly the same as an earlier one.
    fn check(stems: &[&str], expect: &[&str]) {
        let questions: Vec<String> = stems.iter().map(|stem| single(stem, &["Per", "Kari", "Ola"])).collect();
        let found = lint(&bank_of(&questions), TODAY);
        let twins = found.iter().filter(|problem| problem.code == Code::NearDuplicateStem);
        assert_eq!(twins.map(|twin| twin.message.nb.as_str()).collect::<Vec<_>>(), expect, "{stems:?}");
    }

    #[test]
    fn four_fifths_of_all_words_are_too_many_to_share() {
        let found = ["Spørsmålet er nesten likt K1-0 (chapter-1.yaml:3)."];
        check(&["Hva er en god leder?", "Hva er en god leder?"], &found);
        check(&["Hva er en god leder?", "Hva er da en «god» leder?"], &found);
        check(&["Hva er en god leder?", "Hva er en god lærer?"], &[]);
        check(&["Hva er en god leder?", "Hvem har ansvaret?", "En leder er god, hva?"], &found);
        check(&["…", "…"], &[]);
    }
}
