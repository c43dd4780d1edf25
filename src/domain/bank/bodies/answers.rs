//! Questions answered by writing: `short_text`, `cloze`, `numeric`.

use super::{MOST_PARTS, alike, each};
use crate::domain::bank::code::Code;
use crate::domain::bank::fields::{Fields, check_size, list};
use crate::domain::bank::node::Node;
use crate::domain::bank::problem::Report;
use crate::domain::bank::scalars::{boolean, decimal, one_of, text, texts};
use crate::domain::question::{Body, ForeseenNumber, ForeseenText, NumberKey, Pattern, TextKey, Tolerance};
use rust_decimal::Decimal;
use std::collections::HashSet;

const TOLERANCES: &[(&str, Tolerance)] =
    &[("absolute", Tolerance::Absolute), ("relative", Tolerance::Relative), ("geometric", Tolerance::Geometric)];

pub(super) fn short_text(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let typos = fields.or_default("typos", |node, report| boolean(node, report).map(Some));
    let key = text_key(fields);
    Some(Body::ShortText(TextKey { typos: typos?.unwrap_or(true), ..key? }))
}

pub(super) fn cloze(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let stem = fields.node().get("stem");
    let gaps = fields.required("gaps", |node, report| {
        check_size(node, 1, MOST_PARTS, report);
        if let Some(stem) = stem {
            check_markers(stem, node, report);
        }
        list(node, report, gap)
    });
    let any_order = fields.or_default("any_order", boolean);
    Some(Body::Cloze { gaps: gaps?, any_order: any_order? })
}

fn gap(node: &Node, report: &mut Report) -> Option<TextKey> {
    let mut fields = Fields::open(node, report)?;
    let key = text_key(&mut fields);
    fields.close();
    Some(TextKey { typos: true, ..key? })
}

/// Every gap has its marker in the stem once, and every marker its gap.
fn check_markers(stem: &Node, gaps: &Node, report: &mut Report) {
    let (Some(text), true) = (stem.scalar(), gaps.is_list()) else { return };
    let gaps = gaps.items();
    let mut times = vec![0_usize; gaps.len()];
    for marker in markers(text) {
        let index = marker.parse::<usize>().ok().filter(|_| !marker.starts_with(['0', '+']));
        match index.and_then(|number| times.get_mut(number.checked_sub(1)?)) {
            Some(count) => *count += 1,
            None => {
                let shown = format!("{{{{{marker}}}}}");
                report.at(stem, Code::MarkerWithoutGap, &[&shown, &gaps.len().to_string()]);
            }
        }
    }
    for ((number, gap), count) in (1_usize..).zip(gaps).zip(times) {
        match count {
            0 => report.at(gap, Code::GapNotInStem, &[&number.to_string()]),
            1 => {}
            _ => report.at(stem, Code::MarkerRepeated, &[&number.to_string()]),
        }
    }
}

/// What stands between `{{` and `}}`.
fn markers(stem: &str) -> impl Iterator<Item = &str> {
    stem.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0))
}

/// What a short text and a gap have in common.
fn text_key(fields: &mut Fields<'_, '_>) -> Option<TextKey> {
    let accept = fields.required("accept", patterns);
    let wrong = fields.or_default("wrong", |node, report| list(node, report, foreseen_text));
    let feedback_correct = fields.required("feedback_correct", text);
    let feedback_other = fields.required("feedback_other", text);
    check_not_both(fields);
    Some(TextKey {
        accept: accept?,
        typos: true,
        wrong: wrong?,
        feedback_correct: feedback_correct?,
        feedback_other: feedback_other?,
    })
}

fn foreseen_text(node: &Node, report: &mut Report) -> Option<ForeseenText> {
    let mut fields = Fields::open(node, report)?;
    let matches = fields.required("match", patterns);
    let feedback = fields.required("feedback", text);
    fields.close();
    Some(ForeseenText { matches: matches?, feedback: feedback? })
}

fn patterns(node: &Node, report: &mut Report) -> Option<Vec<Pattern>> {
    check_size(node, 1, MOST_PARTS, report);
    Some(texts(node, report)?.into_iter().map(Pattern::from).collect())
}

/// An answer cannot be right and a foreseen mistake.
fn check_not_both(fields: &mut Fields<'_, '_>) {
    let node = fields.node();
    let accepted = node.get("accept").map(Node::items).unwrap_or_default().iter();
    let accepted: HashSet<String> = accepted.filter_map(Node::scalar).map(alike).collect();
    for wrong in each(node.get("wrong"), "match").flat_map(Node::items) {
        if let Some(answer) = wrong.scalar().filter(|answer| accepted.contains(&alike(answer))) {
            fields.report().at(wrong, Code::AcceptedAndWrong, &[answer]);
        }
    }
}

pub(super) fn numeric(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let answer = fields.required("answer", decimal);
    let kind = fields.or_default("tolerance_kind", |node, report| tolerance_kind(node, answer, report));
    let tolerance = fields.or_default("tolerance", |node, report| tolerance(node, kind.unwrap_or_default(), report));
    let unit = fields.or_default("unit", |node, report| text(node, report).map(Some));
    let common_errors = fields.or_default("common_errors", |node, report| {
        list(node, report, |item, report| foreseen_number(item, answer, report))
    });
    let feedback_correct = fields.required("feedback_correct", text);
    let feedback_other = fields.required("feedback_other", text);
    Some(Body::Numeric(NumberKey {
        answer: answer?,
        tolerance: tolerance?,
        tolerance_kind: kind?,
        unit: unit?,
        common_errors: common_errors?,
        feedback_correct: feedback_correct?,
        feedback_other: feedback_other?,
    }))
}

fn tolerance_kind(node: &Node, answer: Option<Decimal>, report: &mut Report) -> Option<Tolerance> {
    let kind = one_of(TOLERANCES)(node, report)?;
    if kind != Tolerance::Absolute && answer.is_some_and(|answer| answer.is_zero()) {
        report.at(node, Code::ToleranceOfZero, &[node.scalar().unwrap_or_default()]);
    }
    Some(kind)
}

fn tolerance(node: &Node, kind: Tolerance, report: &mut Report) -> Option<Decimal> {
    let tolerance = decimal(node, report)?;
    let written = node.scalar().unwrap_or_default();
    if tolerance < Decimal::ZERO {
        report.at(node, Code::NegativeTolerance, &[written]);
    } else if tolerance >= Decimal::ONE && kind != Tolerance::Absolute {
        report.at(node, Code::WideTolerance, &[written]);
    }
    Some(tolerance)
}

fn foreseen_number(node: &Node, answer: Option<Decimal>, report: &mut Report) -> Option<ForeseenNumber> {
    let mut fields = Fields::open(node, report)?;
    let value = fields.required("value", |node, report| {
        let value = decimal(node, report)?;
        if answer == Some(value) {
            report.at(node, Code::AcceptedAndWrong, &[node.scalar().unwrap_or_default()]);
        }
        Some(value)
    });
    let feedback = fields.required("feedback", text);
    fields.close();
    Some(ForeseenNumber { value: value?, feedback: feedback? })
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::fixture::{Fault, faults_of};

    const FEEDBACK: &str = "feedback_correct: F\nfeedback_other: G";

    /// Line 8 has the type, 9 and 10 stem and feedback, and the fields stand from 12.
    fn check(kind: &str, fields: &str, expected: &[Fault]) {
        assert_eq!(faults_of(&format!("type: {kind}\nstem: s\n{FEEDBACK}\n{fields}")), expected, "{kind} {fields}");
    }

    #[test]
    fn a_number_is_an_exact_decimal() {
        check("numeric", "answer: 180", &[]);
        check("numeric", "answer: \"-0.10\"\ntolerance: 0", &[]);
        check("numeric", "answer: 3,14", &[("decimal_comma", 12, 13)]);
        check("numeric", "answer: \"3,14\"", &[("decimal_comma", 12, 13)]);
        for wrong in
            ["tre", "1e3", "0x10", "1 000", ".5", "5.", "+5", "1_000", "[1]", "99999999999999999999999999999999"]
        {
            check("numeric", &format!("answer: {wrong}"), &[("expected_decimal", 12, 13)]);
        }
    }

    #[test]
    fn a_tolerance_fits_its_answer() {
        check("numeric", "answer: 1\ntolerance: -1", &[("negative_tolerance", 13, 16)]);
        check("numeric", "answer: 0\ntolerance: 0.1\ntolerance_kind: geometric", &[("tolerance_of_zero", 14, 21)]);
        check("numeric", "answer: 9\ntolerance: 5\ntolerance_kind: relative", &[("wide_tolerance", 13, 16)]);
        check("numeric", "answer: 9\ntolerance: 5\ntolerance_kind: absolute", &[]);
        check("numeric", "answer: 9\ntolerance_kind: relativ", &[("bad_choice", 13, 21)]);
        let errors = "answer: 9\ncommon_errors:\n  - {value: 9.0, feedback: F}\n  - {value: 8}";
        check("numeric", errors, &[("accepted_and_wrong", 14, 17), ("missing_field", 15, 9)]);
    }

    #[test]
    fn an_accepted_text_is_not_also_wrong() {
        check("short_text", "accept: [a]\nwrong:\n  - {match: [b], feedback: F}", &[]);
        check("short_text", "accept: []", &[("too_few", 12, 13)]);
        check("short_text", "accept: a", &[("expected_list", 12, 13)]);
        check("short_text", "accept: [a, '']", &[("empty_text", 12, 17)]);
        check(
            "short_text",
            "accept: [Taus  kunnskap]\nwrong:\n  - {match: [x, taus kunnskap], feedback: F}",
            &[("accepted_and_wrong", 14, 21)],
        );
        check("short_text", "accept: [a]\ntypos: 1", &[("expected_boolean", 13, 12)]);
    }

    #[test]
    fn every_gap_has_one_marker_and_every_marker_a_gap() {
        let gap = "\n  - {accept: [a], feedback_correct: F, feedback_other: G}";
        let cases: &[(&str, usize, &[Fault])] = &[
            ("{{1}} og {{2}}", 2, &[]),
            ("{{2}} og {{1}}", 2, &[]),
            ("{{1}}", 2, &[("gap_not_in_stem", 12, 9)]),
            ("{{1}} {{1}}", 1, &[("marker_repeated", 9, 11)]),
            ("{{1}} {{2}}", 1, &[("marker_without_gap", 9, 11)]),
            (
                "{{0}} {{ 1 }} {{01}}",
                1,
                &[
                    ("marker_without_gap", 9, 11),
                    ("marker_without_gap", 9, 11),
                    ("marker_without_gap", 9, 11),
                    ("gap_not_in_stem", 11, 9),
                ],
            ),
        ];
        for (stem, gaps, expected) in cases {
            let found = faults_of(&format!("type: cloze\nstem: \"{stem}\"\ngaps:{}", gap.repeat(*gaps)));
            assert_eq!(found, *expected, "{stem}");
        }
        assert_eq!(faults_of("type: cloze\nstem: s\ngaps: []"), [("too_few", 10, 11)]);
    }
}
