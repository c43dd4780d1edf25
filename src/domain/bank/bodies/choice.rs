//! Questions with options to choose from: `single`, `true_false`, `multiple`.

use super::{check_unique, each};
use crate::domain::bank::code::Code;
use crate::domain::bank::fields::{Fields, check_size, list};
use crate::domain::bank::node::Node;
use crate::domain::bank::problem::Report;
use crate::domain::bank::scalars::{boolean, one_of, text};
use crate::domain::question::{Body, ChoiceOption, Scoring};

const SINGLE_SIZE: (usize, usize) = (2, 10);
const MULTIPLE_SIZE: (usize, usize) = (3, 12);

const SCORINGS: &[(&str, Scoring)] = &[("partial", Scoring::Partial), ("all_or_nothing", Scoring::AllOrNothing)];

pub(super) fn single(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let options = fields.required("options", |node, report| {
        if let Some((correct, _)) = tally(node).filter(|(correct, _)| *correct != 1) {
            report.at(node, Code::NotOneCorrect, &[&correct.to_string()]);
        }
        options(node, SINGLE_SIZE, report)
    });
    Some(Body::Single { options: options? })
}

pub(super) fn multiple(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let options = fields.required("options", |node, report| {
        match tally(node) {
            Some((0, _)) => report.at(node, Code::NoneCorrect, &[]),
            Some((_, 0)) => report.at(node, Code::NoneWrong, &[]),
            Some(_) | None => {}
        }
        options(node, MULTIPLE_SIZE, report)
    });
    let scoring = fields.or_default("scoring", one_of(SCORINGS));
    Some(Body::Multiple { options: options?, scoring: scoring? })
}

pub(super) fn true_false(fields: &mut Fields<'_, '_>) -> Option<Body> {
    let answer = fields.required("answer", boolean);
    let feedback_true = fields.required("feedback_true", text);
    let feedback_false = fields.required("feedback_false", text);
    Some(Body::TrueFalse { answer: answer?, feedback_true: feedback_true?, feedback_false: feedback_false? })
}

/// How many options are correct and how many wrong, or `None` where one does not say it readably: that fault
/// is enough.
fn tally(node: &Node) -> Option<(usize, usize)> {
    let options = node.items();
    let is_readable = |option: &Node| {
        let says = option.get("correct").map(|correct| correct.scalar().unwrap_or_default());
        !option.is_broken() && matches!(says, None | Some("true" | "false"))
    };
    if options.is_empty() || !options.iter().all(is_readable) {
        return None;
    }
    let correct = each(Some(node), "correct").filter(|correct| correct.scalar() == Some("true")).count();
    Some((correct, options.len() - correct))
}

fn options(node: &Node, (fewest, most): (usize, usize), report: &mut Report) -> Option<Vec<ChoiceOption>> {
    check_size(node, fewest, most, report);
    check_unique(each(Some(node), "text"), Code::DuplicateOption, report);
    list(node, report, option)
}

fn option(node: &Node, report: &mut Report) -> Option<ChoiceOption> {
    let mut fields = Fields::open(node, report)?;
    let words = fields.required("text", text);
    let correct = fields.or_default("correct", boolean);
    let feedback = fields.required("feedback", text);
    let pinned = fields.or_default("pinned", boolean);
    fields.close();
    Some(ChoiceOption { id: String::new(), text: words?, correct: correct?, feedback: feedback?, pinned: pinned? })
}

#[cfg(test)]
mod tests {
    use crate::domain::bank::fixture::{Fault, faults_of};

    /// Line 8 has the type, 9 the stem, 10 `options:`, and each option a line from 11.
    fn check(kind: &str, options: &[&str], expected: &[Fault]) {
        let lines: String = options.iter().map(|option| format!("\n  - {{{option}}}")).collect();
        assert_eq!(faults_of(&format!("type: {kind}\nstem: s\noptions:{lines}")), expected, "{kind} {options:?}");
    }

    const RIGHT: &str = "text: Ja, correct: true, feedback: F";
    const WRONG: &str = "text: Nei, feedback: F";
    const OTHER: &str = "text: Kanskje, feedback: F";

    #[test]
    fn single_has_one_right_option_among_two_to_ten() {
        check("single", &[RIGHT, WRONG], &[]);
        check("single", &[OTHER, WRONG], &[("not_one_correct", 11, 7)]);
        check("single", &[RIGHT, "text: Jo, correct: true, feedback: F"], &[("not_one_correct", 11, 7)]);
        check("single", &[RIGHT], &[("too_few", 11, 7)]);
        let many: Vec<String> = (0..10).map(|n| format!("text: Svar {n}, feedback: F")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).chain([RIGHT]).collect();
        check("single", &many, &[("too_many", 11, 7)]);
    }

    #[test]
    fn multiple_has_right_and_wrong_options_among_three_to_twelve() {
        check("multiple", &[RIGHT, WRONG, OTHER], &[]);
        check("multiple", &[RIGHT, WRONG], &[("too_few", 11, 7)]);
        check("multiple", &[WRONG, OTHER, "text: A, feedback: F"], &[("none_correct", 11, 7)]);
        let all = ["a", "b", "c"].map(|text| format!("text: {text}, correct: true, feedback: F"));
        check("multiple", &[&all[0], &all[1], &all[2]], &[("none_wrong", 11, 7)]);
        let scoring = format!(
            "type: multiple\nstem: s\nscoring: al_or_nothing\noptions: [{{{RIGHT}}}, {{{WRONG}}}, {{{OTHER}}}]"
        );
        assert_eq!(faults_of(&scoring), [("bad_choice", 10, 14)]);
    }

    #[test]
    fn every_option_has_a_text_of_its_own_and_feedback() {
        check("single", &[RIGHT, "text: ' JA  ', feedback: F"], &[("duplicate_option", 12, 16)]);
        check("single", &[RIGHT, "text: Nei"], &[("missing_field", 12, 9)]);
        check("single", &[RIGHT, "text: '', feedback: F"], &[("empty_text", 12, 16)]);
        check("single", &[RIGHT, "text: , feedback: ~"], &[("empty_text", 12, 14), ("empty_text", 12, 28)]);
        check("single", &[RIGHT, "text: Nei, correct: yes, feedback: F"], &[("expected_boolean", 12, 30)]);
        check("single", &[RIGHT, "text: Nei, feedback: F, colour: red"], &[("unknown_field", 12, 34)]);
    }

    #[test]
    fn true_false_needs_a_boolean_and_feedback_for_both() {
        assert_eq!(faults_of("type: true_false\nstem: s\nanswer: false\nfeedback_true: F\nfeedback_false: F"), []);
        let found = faults_of("type: true_false\nstem: s\nanswer: \"false\"\nfeedback_true: F\noptions: []");
        assert_eq!(found, [("missing_field", 3, 5), ("expected_boolean", 10, 13), ("unknown_field", 12, 5)]);
    }
}
