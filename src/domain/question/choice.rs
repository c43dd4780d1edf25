//! Marking of `single`, `true_false` and `multiple`.
//!
//! Nothing chosen is a wrong answer, not a fault. Feedback follows the author's order, so that the order in which
//! a learner tapped makes no difference to what he reads.

use super::marking::{Feedback, Judged, MarkFault, check_ids, share};
use super::{ChoiceOption, Scoring};
use num_rational::Ratio;

/// The claim's two answers as options, so that `true_false` is marked as `single`.
pub(super) fn claim_options(answer: bool, feedback_true: &str, feedback_false: &str) -> [ChoiceOption; 2] {
    [(true, feedback_true), (false, feedback_false)].map(|(value, feedback)| ChoiceOption {
        id: value.to_string(),
        text: String::new(),
        correct: value == answer,
        feedback: feedback.to_owned(),
        pinned: false,
    })
}

/// 1 for the right option, else 0.
pub(super) fn mark_single(options: &[ChoiceOption], chosen: &[String]) -> Result<Judged, MarkFault> {
    check_options(options, chosen)?;
    if chosen.len() > 1 {
        return Err(MarkFault::TooMany);
    }
    let picked = options.iter().find(|option| chosen.contains(&option.id));
    let right = picked.is_some_and(|option| option.correct);
    let feedback = picked.map(|option| Feedback::on(&option.id, Some(option.correct), &option.feedback));
    Ok(Judged::new(usize::from(right), 1, feedback.into_iter().collect()))
}

/// The share of right options hit less the share of wrong ones taken, never below 0; or all or nothing.
pub(super) fn mark_multiple(
    options: &[ChoiceOption],
    scoring: Scoring,
    chosen: &[String],
) -> Result<Judged, MarkFault> {
    check_options(options, chosen)?;
    let (right, wrong): (Vec<_>, Vec<_>) = options.iter().partition(|option| option.correct);
    let count = |side: &[&ChoiceOption]| side.iter().filter(|option| chosen.contains(&option.id)).count();
    let (hits, false_hits) = (count(&right), count(&wrong));

    let perfect = hits == right.len() && false_hits == 0;
    let score = match scoring {
        Scoring::AllOrNothing => share(usize::from(perfect), 1),
        Scoring::Partial if false_hits == 0 => share(hits, right.len()),
        Scoring::Partial => (share(hits, right.len()) - share(false_hits, wrong.len())).max(Ratio::from_integer(0)),
    };
    Ok(Judged { score, feedback: multiple_feedback(options, chosen) })
}

/// On every option chosen and every right one missed: a wrong option rightly left alone needs no word. A missed one is
/// neither right nor wrong of the learner, since its text says why the option is right.
fn multiple_feedback(options: &[ChoiceOption], chosen: &[String]) -> Vec<Feedback> {
    let is_chosen = |option: &ChoiceOption| chosen.contains(&option.id);
    options
        .iter()
        .filter(|option| option.correct || is_chosen(option))
        .map(|option| Feedback::on(&option.id, is_chosen(option).then_some(option.correct), &option.feedback))
        .collect()
}

fn check_options(options: &[ChoiceOption], chosen: &[String]) -> Result<(), MarkFault> {
    check_ids(chosen.iter().map(String::as_str), options.iter().map(|option| option.id.as_str()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Options `a`, `b`, … of which those in `right` are.
    fn options(count: usize, right: &str) -> Vec<ChoiceOption> {
        let ids = ('a'..='z').take(count).map(String::from);
        ids.map(|id| ChoiceOption {
            correct: right.contains(&id),
            feedback: format!("about {id}"),
            text: id.clone(),
            id,
            pinned: false,
        })
        .collect()
    }

    fn ids(chosen: &str) -> Vec<String> {
        chosen.chars().map(String::from).collect()
    }

    /// Part and whether the learner was right there; a missed part counts as neither.
    fn told(judged: &Judged) -> Vec<(&str, Option<bool>)> {
        judged.feedback.iter().map(|f| (f.part.as_deref().unwrap(), f.correct)).collect()
    }

    #[test]
    fn one_option_is_right_or_wrong() {
        let check = |chosen: &str, right: i64, told_of: &[(&str, Option<bool>)]| {
            let judged = mark_single(&options(3, "b"), &ids(chosen)).unwrap();
            assert_eq!((judged.score, told(&judged)), (Ratio::from_integer(right), told_of.to_vec()), "{chosen}");
        };
        check("b", 1, &[("b", Some(true))]);
        check("a", 0, &[("a", Some(false))]);
        check("", 0, &[]);
    }

    #[test]
    fn a_choice_the_question_does_not_offer_is_a_fault() {
        let check = |chosen: &str, fault: MarkFault| {
            assert_eq!(mark_single(&options(3, "b"), &ids(chosen)).err(), Some(fault), "{chosen}");
        };
        check("ab", MarkFault::TooMany);
        check("x", MarkFault::UnknownPart("x".into()));
        check("bb", MarkFault::RepeatedPart("b".into()));
        let claim = claim_options(false, "yes", "no");
        assert_eq!(mark_single(&claim, &ids("t")).err(), Some(MarkFault::UnknownPart("t".into())));
        assert_eq!(mark_single(&claim, &["false".into()]).unwrap().score, Ratio::from_integer(1));
        assert_eq!(mark_single(&claim, &["true".into()]).unwrap().feedback[0].text, "yes");
    }

    #[test]
    fn several_right_options_give_the_share_hit_less_the_share_wrong() {
        let check = |chosen: &str, partial: (i64, i64), all: i64| {
            let score = |scoring| mark_multiple(&options(5, "abc"), scoring, &ids(chosen)).unwrap().score;
            assert_eq!(score(Scoring::Partial), Ratio::new(partial.0, partial.1), "{chosen}");
            assert_eq!(score(Scoring::AllOrNothing), Ratio::from_integer(all), "{chosen}");
        };
        check("abc", (1, 1), 1);
        check("ab", (2, 3), 0);
        check("abcd", (1, 2), 0);
        check("ad", (0, 1), 0);
        check("abd", (1, 6), 0);
        check("abcde", (0, 1), 0);
        check("", (0, 1), 0);
    }

    #[test]
    fn feedback_names_what_was_chosen_and_what_was_missed() {
        let judged = mark_multiple(&options(5, "abc"), Scoring::Partial, &ids("da")).unwrap();
        assert_eq!(told(&judged), [("a", Some(true)), ("b", None), ("c", None), ("d", Some(false))]);
    }

    proptest! {
        #[test]
        fn the_key_is_worth_one_and_no_wrong_option_helps(
            right in proptest::collection::vec(any::<bool>(), 1..8),
            taken in proptest::collection::vec(any::<bool>(), 8),
            all_or_nothing: bool,
        ) {
            let scoring = if all_or_nothing { Scoring::AllOrNothing } else { Scoring::Partial };
            let mut options = options(right.len(), "");
            options.iter_mut().zip(&right).for_each(|(option, correct)| option.correct = *correct);
            let score = |chosen: &[String]| mark_multiple(&options, scoring, chosen).unwrap().score;
            let key: Vec<String> = options.iter().filter(|o| o.correct).map(|o| o.id.clone()).collect();
            prop_assert_eq!(score(&key), Ratio::from_integer(1));

            let chosen = options.iter().zip(&taken).filter(|(_, taken)| **taken);
            let chosen: Vec<String> = chosen.map(|(option, _)| option.id.clone()).collect();
            let before = score(&chosen);
            prop_assert!(before >= Ratio::from_integer(0) && before <= Ratio::from_integer(1));
            let backwards: Vec<String> = chosen.iter().rev().cloned().collect();
            prop_assert_eq!(score(&backwards), before);
            for wrong in options.iter().filter(|option| !option.correct && !chosen.contains(&option.id)) {
                let more: Vec<String> = chosen.iter().cloned().chain([wrong.id.clone()]).collect();
                prop_assert!(score(&more) <= before);
            }
        }
    }
}
