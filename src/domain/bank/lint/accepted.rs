//! Findings an author lives with, by a reason written in the question.
//!
//! An acceptance that names no code, gives no reason or accepts nothing is a finding itself: reasons must not outlive
//! what they excuse.

use super::Finding;
use crate::domain::bank::Code;
use crate::domain::question::Question;

/// «Ok» is no reason.
const SHORTEST_REASON: usize = 10;

/// What can be found in a single question. Shares and gaps of a bank are nobody's to excuse.
const ACCEPTABLE: &[Code] = &[
    Code::KeyUniquelyLongest,
    Code::LengthSpread,
    Code::KeyRepeatsStem,
    Code::AllOrNoneOption,
    Code::SimilarOption,
    Code::OptionContainsOption,
    Code::AbsolutesInDistractors,
    Code::OptionCount,
    Code::UnsortedNumbers,
    Code::ArticleCue,
    Code::AltHoldsKey,
    Code::NegativeStem,
    Code::LongSentence,
    Code::ReviewOverdue,
    Code::NearDuplicateStem,
];

/// The findings that `question` does not accept, and what is wrong with its acceptances.
pub(super) fn left(question: &Question, mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut faults = Vec::new();
    for (name, reason) in &question.lint {
        let Some(code) = ACCEPTABLE.iter().find(|code| code.as_str() == name) else {
            faults.push(Finding::new(Code::UnknownLint, [name.clone()]));
            continue;
        };
        let is_found = findings.iter().any(|finding| finding.code == *code);
        if reason.trim().chars().count() < SHORTEST_REASON {
            faults.push(Finding::new(Code::ShortLintReason, [name.clone(), SHORTEST_REASON.to_string()]));
        } else if is_found {
            findings.retain(|finding| finding.code != *code);
        } else {
            faults.push(Finding::new(Code::NeedlessLint, [name.clone()]));
        }
    }
    findings.extend(faults);
    findings
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::bank::lint::fixture::{codes, single_of};
    use std::collections::BTreeSet;

    /// A question with too few options that accepts `code` for `reason`.
    fn check(code: &str, reason: &str, expect: &[&str]) {
        let mut question = single_of("Hvem?", &["Per", "Kari"]);
        question.lint.insert(code.into(), reason.into());
        let found = left(&question, vec![Finding::new(Code::OptionCount, ["2".into()])]);
        let found: Vec<&str> = found.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(found, expect, "{code}: {reason}");
        assert_eq!(codes(&question), expect, "{code}: {reason}");
    }

    #[test]
    fn a_finding_is_left_out_for_a_reason_only() {
        check("option_count", "Det finnes bare to kjønn i grammatikken her.", &[]);
        check("option_count", "  Fordi    ", &["option_count", "short_lint_reason"]);
    }

    #[test]
    fn an_acceptance_of_nothing_is_a_finding() {
        check("length_spread", "Det ene er et egennavn.", &["option_count", "needless_lint"]);
        check("key_longest", "Det ene er et egennavn.", &["option_count", "unknown_lint"]);
        check("chapter_types", "Kapittelet er kort.", &["option_count", "unknown_lint"]);
    }

    #[test]
    fn the_schema_completes_the_codes_an_author_can_accept() {
        let schema = include_str!("../../../../openapi/bank.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        let completed = schema["$defs"]["question"]["properties"]["lint"]["properties"].as_object().unwrap();
        let completed: BTreeSet<&str> = completed.keys().map(String::as_str).collect();
        assert_eq!(completed, ACCEPTABLE.iter().map(|code| code.as_str()).collect());
    }

    #[test]
    fn the_format_explains_every_code_of_the_linter() {
        let format = include_str!("../../../../questions/FORMAT.md");
        for code in Code::ALL.iter().filter(|code| **code >= Code::KeyUniquelyLongest) {
            assert!(format.contains(&format!("`{}`", code.as_str())), "{code:?}");
        }
    }
}
