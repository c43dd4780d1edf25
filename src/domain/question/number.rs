//! Marking of `numeric`.
//!
//! A number that can be read in two ways is asked again only where it matters: if neither reading is right and the
//! author foresaw neither, it is simply wrong.

use super::marking::{Feedback, Judged, MarkFault, Verdict};
use super::numeral::{Reading, read_number};
use super::{NumberKey, Tolerance};
use rust_decimal::Decimal;

/// 1 for a number within the tolerance, else 0. An empty field is wrong.
pub(super) fn mark_number(key: &NumberKey, typed: &str) -> Result<Judged, MarkFault> {
    let verdict = match read_number(typed, key.unit.as_deref()).ok_or(MarkFault::UnreadableNumber)? {
        Reading::Blank => Verdict::Other,
        Reading::Clear(value) => verdict(key, value),
        Reading::Either { thousands, decimals } => {
            let (one, other) = (verdict(key, thousands), verdict(key, decimals));
            if one != other {
                return Err(MarkFault::AmbiguousNumber);
            }
            one
        }
    };
    let right = verdict == Verdict::Right;
    let feedback = Feedback::whole(Some(right), feedback_for(key, verdict));
    Ok(Judged::new(usize::from(right), 1, vec![feedback]))
}

fn feedback_for(key: &NumberKey, verdict: Verdict) -> &str {
    match verdict {
        Verdict::Right => &key.feedback_correct,
        Verdict::Foreseen(at) => key.common_errors.get(at).map_or(&key.feedback_other, |error| &error.feedback),
        Verdict::Other => &key.feedback_other,
    }
}

/// A foreseen error is met with the key's own tolerance, since 33.33 is the same mistake as 33.3; the nearest one
/// speaks where several do.
fn verdict(key: &NumberKey, value: Decimal) -> Verdict {
    if is_within(key, key.answer, value) {
        return Verdict::Right;
    }
    let met = key.common_errors.iter().enumerate().filter(|(_, error)| is_within(key, error.value, value));
    let nearest = met.min_by_key(|(_, error)| distance(error.value, value).unwrap_or(Decimal::MAX));
    nearest.map_or(Verdict::Other, |(at, _)| Verdict::Foreseen(at))
}

/// Whether `value` is as near to `target` as the key demands. A bound too large for a `Decimal` holds every value.
fn is_within(key: &NumberKey, target: Decimal, value: Decimal) -> bool {
    let tolerance = key.tolerance.abs();
    match key.tolerance_kind {
        Tolerance::Absolute => value == target || is_at_most(distance(target, value), Some(tolerance)),
        Tolerance::Relative => {
            value == target || is_at_most(distance(target, value), tolerance.checked_mul(target.abs()))
        }
        Tolerance::Geometric => is_within_factor(tolerance, target, value),
    }
}

/// `target/(1+t) ≤ value ≤ target·(1+t)`, the left side multiplied out because a quotient would be rounded.
fn is_within_factor(tolerance: Decimal, target: Decimal, value: Decimal) -> bool {
    if value.is_zero() || target.is_zero() || value.is_sign_negative() != target.is_sign_negative() {
        return value == target;
    }
    let (value, target) = (value.abs(), target.abs());
    let scaled = |by: Decimal| Decimal::ONE.checked_add(tolerance).and_then(|factor| by.checked_mul(factor));
    is_at_most(Some(target), scaled(value)) && is_at_most(Some(value), scaled(target))
}

/// `None` where the distance is larger than any `Decimal`.
fn distance(one: Decimal, other: Decimal) -> Option<Decimal> {
    one.checked_sub(other).map(|difference| difference.abs())
}

/// `None` is a number too large to hold. As a bound it admits all; as a value only such a bound admits it.
fn is_at_most(value: Option<Decimal>, bound: Option<Decimal>) -> bool {
    match (value, bound) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(value), Some(bound)) => value <= bound,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::ForeseenNumber;
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn key(answer: &str, tolerance: &str, tolerance_kind: Tolerance) -> NumberKey {
        let error = |value: &str| ForeseenNumber { value: number(value), feedback: format!("not {value}") };
        NumberKey {
            answer: number(answer),
            tolerance: number(tolerance),
            tolerance_kind,
            unit: Some("underskrifter".into()),
            common_errors: vec![error("300"), error("33.3")],
            feedback_correct: "right".into(),
            feedback_other: "other".into(),
        }
    }

    fn said(key: &NumberKey, typed: &str) -> Result<String, MarkFault> {
        let judged = mark_number(key, typed)?;
        let feedback = &judged.feedback[0];
        assert_eq!(feedback.correct, Some(judged.score == 1.into()));
        Ok(feedback.text.clone())
    }

    #[test]
    fn the_author_has_a_word_for_each_number() {
        let exact = key("180", "0", Tolerance::Absolute);
        let check = |key: &NumberKey, typed: &str, text: &str| assert_eq!(said(key, typed).unwrap(), text, "{typed}");
        check(&exact, "180", "right");
        check(&exact, "180,0 underskrifter", "right");
        check(&exact, "300", "not 300");
        check(&exact, "-180", "other");
        check(&exact, "", "other");
        check(&key("66.7", "0.1", Tolerance::Absolute), "33,33", "not 33.3");
        assert_eq!(said(&exact, "mange"), Err(MarkFault::UnreadableNumber));
        assert_eq!(said(&exact, "180 %"), Err(MarkFault::UnreadableNumber));
    }

    #[test]
    fn a_number_is_asked_again_only_where_its_readings_differ() {
        let check = |answer: &str, typed: &str, expect: Result<&str, MarkFault>| {
            let said = said(&key(answer, "0", Tolerance::Absolute), typed);
            assert_eq!(said, expect.map(String::from), "{answer} {typed}");
        };
        check("1000", "1.000", Err(MarkFault::AmbiguousNumber));
        check("1", "1,000", Err(MarkFault::AmbiguousNumber));
        check("7", "1.000", Ok("other"));
        check("7", "300.000", Err(MarkFault::AmbiguousNumber));
        check("1000", "1.000,0", Ok("right"));
    }

    #[test]
    fn tolerance_is_inclusive() {
        let check = |answer: &str, tolerance: &str, kind: Tolerance, right: &[&str], wrong: &[&str]| {
            let key = key(answer, tolerance, kind);
            let is_right = |value: &&str| verdict(&key, number(value)) == Verdict::Right;
            assert!(right.iter().all(is_right) && !wrong.iter().any(is_right), "{answer} {tolerance} {kind:?}");
        };
        check("3.14", "0.01", Tolerance::Absolute, &["3.13", "3.15", "3.140"], &["3.1299", "3.1501", "-3.14"]);
        check("200", "0.05", Tolerance::Relative, &["190", "210"], &["189.99", "210.01"]);
        check("-200", "0.05", Tolerance::Relative, &["-190", "-210"], &["-189.99", "200"]);
        check("0", "0.5", Tolerance::Relative, &["0", "-0"], &["0.0001"]);
        check("90", "0.5", Tolerance::Geometric, &["60", "135", "90"], &["59.99", "135.01", "-90", "0"]);
        check("-90", "0.5", Tolerance::Geometric, &["-60", "-135"], &["-59.99", "-135.01", "90"]);
        check(
            "1",
            "2",
            Tolerance::Geometric,
            &["0.3333333333333333333333333334", "3"],
            &["0.3333333333333333333333333333"],
        );
        check("0", "5", Tolerance::Geometric, &["0"], &["0.1", "-1"]);
    }

    #[test]
    fn the_largest_numbers_are_marked_too() {
        let most = Decimal::MAX.to_string();
        for kind in [Tolerance::Absolute, Tolerance::Relative, Tolerance::Geometric] {
            assert_eq!(said(&key(&most, &most, kind), &most).unwrap(), "right");
            assert_eq!(said(&key(&most, "0", kind), &format!("-{most}")).unwrap(), "other");
        }
    }

    proptest! {
        #[test]
        fn the_key_is_right_unless_it_must_be_asked_again(units: i64, scale in 0..9_u32, tolerance: u32, kind in 0..3) {
            let kinds = [Tolerance::Absolute, Tolerance::Relative, Tolerance::Geometric];
            let answer = Decimal::new(units, scale);
            let key = NumberKey {
                answer,
                tolerance: Decimal::new(tolerance.into(), 3),
                ..key("0", "0", kinds[usize::try_from(kind).unwrap()])
            };
            prop_assert_eq!(verdict(&key, answer), Verdict::Right);
            match said(&key, &answer.to_string().replace('.', ",")) {
                Ok(text) => prop_assert_eq!(text, "right"),
                Err(fault) => prop_assert_eq!((fault, scale), (MarkFault::AmbiguousNumber, 3)),
            }
        }

        #[test]
        fn no_number_overflows(
            parts: [u32; 3],
            negative: bool,
            scale in 0..29_u32,
            typed in "-?[0-9]{1,28}(,[0-9]{1,9})?",
        ) {
            let answer = Decimal::from_parts(parts[0], parts[1], parts[2], negative, scale);
            for kind in [Tolerance::Absolute, Tolerance::Relative, Tolerance::Geometric] {
                let key = NumberKey { answer, tolerance: answer, ..key("0", "0", kind) };
                prop_assert_eq!(verdict(&key, answer), Verdict::Right);
                let _ = said(&key, &typed);
            }
        }
    }
}
