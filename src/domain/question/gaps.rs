//! Marking of `cloze`: texts with gaps.
//!
//! Where the gaps may be filled in any order, each gap's accepted answers are used once: the same word twice fills
//! one gap. The assignment found has as many right answers as any.

use super::TextKey;
use super::marking::{Feedback, Judged, MarkFault, Verdict};
use super::text::{feedback_for, verdict};

/// The share of gaps filled rightly. A gap left open is wrong.
pub(super) fn mark_gaps(
    gaps: &[TextKey],
    any_order: bool,
    texts: &[String],
    other_names: &[String],
) -> Result<Judged, MarkFault> {
    if texts.len() > gaps.len() {
        return Err(MarkFault::TooMany);
    }
    if texts.len() < gaps.len() {
        return Err(MarkFault::MissingPart((texts.len() + 1).to_string()));
    }
    let all: Vec<usize> = (0..gaps.len()).collect();
    let judge = |text: usize, gap: usize| verdict(&gaps[gap], &texts[text], other_names);
    let judge_for_all = |text: &usize| all.iter().map(|gap| judge(*text, *gap)).collect();
    let key_of = if any_order { assign(&all.iter().map(judge_for_all).collect::<Vec<_>>()) } else { all.clone() };

    let told = key_of.iter().enumerate().map(|(at, key)| (at, &gaps[*key], judge(at, *key)));
    let feedback: Vec<Feedback> = told
        .map(|(at, gap, verdict)| {
            Feedback::on(&(at + 1).to_string(), Some(verdict == Verdict::Right), feedback_for(gap, verdict))
        })
        .collect();
    let right = feedback.iter().filter(|gap| gap.correct == Some(true)).count();
    Ok(Judged::new(right, gaps.len(), feedback))
}

/// For each text the gap whose key it is marked with: first as many right ones as can be, then what is left, where a
/// key that foresaw the text comes before others.
fn assign(verdicts: &[Vec<Verdict>]) -> Vec<usize> {
    let mut text_of = vec![None; verdicts.len()];
    for text in 0..verdicts.len() {
        claim_gap(text, verdicts, &mut text_of, &mut vec![false; verdicts.len()]);
    }
    for text in 0..verdicts.len() {
        if text_of.contains(&Some(text)) {
            continue;
        }
        let free = |gap: &usize| text_of[*gap].is_none();
        let foresaw = |gap: &usize| free(gap) && verdicts[text][*gap] != Verdict::Other;
        let own = Some(text).filter(free);
        let gap = (0..verdicts.len()).find(foresaw).or(own).or_else(|| (0..verdicts.len()).find(free));
        text_of[gap.expect("there are as many gaps as texts")] = Some(text);
    }
    let gap_of = |text| text_of.iter().position(|taken| *taken == Some(text));
    (0..verdicts.len()).map(|text| gap_of(text).expect("every text was given a gap")).collect()
}

/// Finds `text` a gap that it fills rightly, moving texts placed before to other gaps of theirs where that helps
/// (Kuhn's augmenting paths).
fn claim_gap(text: usize, verdicts: &[Vec<Verdict>], text_of: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for gap in 0..text_of.len() {
        if tried[gap] || verdicts[text][gap] != Verdict::Right {
            continue;
        }
        tried[gap] = true;
        let is_free = text_of[gap].is_none_or(|holder| claim_gap(holder, verdicts, text_of, tried));
        if is_free {
            text_of[gap] = Some(text);
            return true;
        }
    }
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::ForeseenText;
    use super::*;
    use num_rational::Ratio;
    use proptest::prelude::*;

    /// Gap `n` with what it accepts; `wrong-n` is foreseen.
    fn gaps(accepts: &[&[&str]]) -> Vec<TextKey> {
        let gap = |(at, accept): (usize, &&[&str])| TextKey {
            accept: accept.iter().map(|text| (*text).into()).collect(),
            typos: true,
            wrong: vec![ForeseenText {
                matches: vec![format!("wrong-{}", at + 1).into()],
                feedback: format!("not {}", at + 1),
            }],
            feedback_correct: format!("right {}", at + 1),
            feedback_other: format!("other {}", at + 1),
        };
        accepts.iter().enumerate().map(gap).collect()
    }

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).into()).collect()
    }

    #[track_caller]
    fn check(gaps: &[TextKey], any_order: bool, words: &[&str], score: (i64, i64), feedback: &[&str]) {
        let judged = mark_gaps(gaps, any_order, &texts(words), &[]).unwrap();
        let told: Vec<&str> = judged.feedback.iter().map(|gap| gap.text.as_str()).collect();
        assert_eq!((judged.score, told), (Ratio::new(score.0, score.1), feedback.to_vec()), "{words:?}");
    }

    #[test]
    fn each_gap_counts_for_itself() {
        let gaps = gaps(&[&["selvledelse"], &["delegering"]]);
        check(&gaps, false, &["Selvledelse", "delegering"], (1, 1), &["right 1", "right 2"]);
        check(&gaps, false, &["selvledelse", "wrong-2"], (1, 2), &["right 1", "not 2"]);
        check(&gaps, false, &["", ""], (0, 1), &["other 1", "other 2"]);
        check(&gaps, false, &["delegering", "selvledelse"], (0, 1), &["other 1", "other 2"]);
    }

    #[test]
    fn in_any_order_each_key_is_used_once() {
        let gaps = gaps(&[&["rød", "gul"], &["gul"], &["blå"]]);
        check(&gaps, true, &["gul", "rød", "blå"], (1, 1), &["right 2", "right 1", "right 3"]);
        check(&gaps, true, &["blå", "gul", "gul"], (1, 1), &["right 3", "right 2", "right 1"]);
        check(&gaps, true, &["blå", "blå", "blå"], (1, 3), &["right 3", "other 2", "other 1"]);
        check(&gaps, true, &["", "wrong-3", "gul"], (1, 3), &["other 2", "not 3", "right 1"]);
    }

    #[test]
    fn every_gap_is_answered_and_no_more() {
        let gaps = gaps(&[&["a"], &["b"]]);
        let check = |words: &[&str], fault: MarkFault| {
            assert_eq!(mark_gaps(&gaps, false, &texts(words), &[]).err(), Some(fault));
        };
        check(&["a"], MarkFault::MissingPart("2".into()));
        check(&["a", "b", "c"], MarkFault::TooMany);
    }

    /// Gaps that share words, so that greed would go wrong.
    fn shared_words() -> impl Strategy<Value = Vec<Vec<&'static str>>> {
        let accept = proptest::sample::subsequence(vec!["rød", "gul", "blå", "svart"], 1..4);
        proptest::collection::vec(accept, 1..5)
    }

    proptest! {
        #[test]
        fn the_order_of_the_texts_makes_no_difference(
            accepts in shared_words(),
            words in proptest::collection::vec(proptest::sample::select(vec!["rød", "gul", "blå", "svart", ""]), 5)
                .prop_shuffle(),
        ) {
            let accepts: Vec<&[&str]> = accepts.iter().map(Vec::as_slice).collect();
            let gaps = gaps(&accepts);
            let words = &words[..gaps.len()];
            let score = |words: &[&str], any_order| mark_gaps(&gaps, any_order, &texts(words), &[]).unwrap().score;
            let backwards: Vec<&str> = words.iter().rev().copied().collect();
            prop_assert_eq!(score(words, true), score(&backwards, true));
            prop_assert!(score(words, true) >= score(words, false));

            let mut key: Vec<&str> = accepts.iter().map(|accept| accept[0]).collect();
            prop_assert_eq!(score(&key, false), Ratio::from_integer(1));
            key.reverse();
            prop_assert_eq!(score(&key, true), Ratio::from_integer(1));
        }
    }
}
