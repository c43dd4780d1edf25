//! Every kind of fault a bank can have, with one table from code to severity, message and cure.
//!
//! The table's rows stand in a file per family beside this one; a code without its row does not compile.
//! `{0}`, `{1}` … in a text are the arguments of the problem, described with each code.

mod course;
mod coverage;
mod form;
mod lint;
mod question;

pub(super) use form::{CURE_BRACKETS, CURE_COLON, CURE_NEAREST, CURE_OTHER_TYPE, CURE_QUOTES, CURE_TABS};

use super::problem::Severity;
use crate::vocab::text::Localised;
use serde::{Deserialize, Serialize};

/// A text in nb, nn and en, with holes for arguments.
pub(super) type Texts = [&'static str; 3];

/// A row of the table.
pub(super) struct Entry {
    name: &'static str,
    severity: Severity,
    message: Texts,
    cure: Texts,
}

const fn error(name: &'static str, message: Texts, cure: Texts) -> Entry {
    Entry { name, severity: Severity::Error, message, cure }
}

const fn warning(name: &'static str, message: Texts, cure: Texts) -> Entry {
    Entry { name, severity: Severity::Warning, message, cure }
}

/// Longer arguments are cut: a message should quote a text, not repeat it.
const LONGEST_ARGUMENT: usize = 120;

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $entry:path,)+) => {
        /// What kind of fault a problem is; the numbers in braces are the arguments of its texts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $($(#[$doc])* $code,)+
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$code,)+];

            fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$code => &$entry,)+
                }
            }
        }
    };
}

codes! {
    /// The file does not follow the rules of YAML: {0} what the parser says.
    YamlSyntax = form::YAML_SYNTAX,
    /// Lists and maps stand too deep inside each other.
    TooDeep = form::TOO_DEEP,
    /// More values than a bank can have: {0} the most.
    TooComplex = form::TOO_COMPLEX,
    /// {0} the most bytes a file can have.
    FileTooLarge = form::FILE_TOO_LARGE,
    /// A second document in one file.
    MultipleDocuments = form::MULTIPLE_DOCUMENTS,
    /// Nothing but comments.
    EmptyFile = form::EMPTY_FILE,
    /// An anchor, or an alias for one.
    AnchorNotAllowed = form::ANCHOR_NOT_ALLOWED,
    /// A YAML tag such as `!!str`.
    TagNotAllowed = form::TAG_NOT_ALLOWED,
    /// A key that is empty, or not a plain word.
    BadKey = form::BAD_KEY,
    /// {0} the key, {1} the line where it stands first.
    DuplicateKey = form::DUPLICATE_KEY,
    /// {0} the character's number.
    ControlCharacter = form::CONTROL_CHARACTER,
    /// {0} the field.
    MissingField = form::MISSING_FIELD,
    /// {0} the field, {1} the fields known here, or what the cure says instead.
    UnknownField = form::UNKNOWN_FIELD,
    /// Something else where a text should be.
    ExpectedText = form::EXPECTED_TEXT,
    /// {0} a text that others read as a number, a date or a boolean.
    UnquotedText = form::UNQUOTED_TEXT,
    /// Something else where a list should be.
    ExpectedList = form::EXPECTED_LIST,
    /// Something else where a map should be.
    ExpectedMap = form::EXPECTED_MAP,
    /// {0} what stands where `true` or `false` should.
    ExpectedBoolean = form::EXPECTED_BOOLEAN,
    /// {0} what stands where a whole number should.
    ExpectedWholeNumber = form::EXPECTED_WHOLE_NUMBER,
    /// {0} what stands where a decimal number should.
    ExpectedDecimal = form::EXPECTED_DECIMAL,
    /// {0} the number with a comma, {1} the same with a point.
    DecimalComma = form::DECIMAL_COMMA,
    /// {0} what stands where a date should.
    BadDate = form::BAD_DATE,
    /// A text without a letter in it.
    EmptyText = form::EMPTY_TEXT,
    /// {0} its length in characters, {1} the most.
    TextTooLong = form::TEXT_TOO_LONG,
    /// {0} the slug.
    BadSlug = form::BAD_SLUG,
    /// {0} the id.
    BadId = form::BAD_ID,
    /// {0} the word, {1} the words it can be.
    BadChoice = form::BAD_CHOICE,
    /// {0} the number, {1} the least, {2} the most.
    OutOfRange = form::OUT_OF_RANGE,
    /// {0} how many there are, {1} the fewest.
    TooFew = form::TOO_FEW,
    /// {0} how many there are, {1} the most.
    TooMany = form::TOO_MANY,
    /// {0} the file.
    MissingFile = course::MISSING_FILE,
    /// {0} the file.
    UnknownFile = course::UNKNOWN_FILE,
    /// {0} the file.
    DuplicateFile = course::DUPLICATE_FILE,
    /// {0} the chapter's number.
    UnknownChapter = course::UNKNOWN_CHAPTER,
    /// {0} the chapter's number, {1} the file that has it already.
    DuplicateChapterFile = course::DUPLICATE_CHAPTER_FILE,
    /// {0} the chapter the file says, {1} the chapter of its name.
    ChapterMismatch = course::CHAPTER_MISMATCH,
    /// {0} the chapter's number or slug, {1} the line where it stands first.
    DuplicateChapter = course::DUPLICATE_CHAPTER,
    /// {0} the objective's id, {1} the line where it stands first.
    DuplicateObjective = course::DUPLICATE_OBJECTIVE,
    /// {0} the concept's slug, {1} the line where it stands first.
    DuplicateConcept = course::DUPLICATE_CONCEPT,
    /// {0} the question's id, {1} file and line where it stands first.
    DuplicateQuestion = course::DUPLICATE_QUESTION,
    /// {0} the concept's slug, {1} the nearest known one in the cure.
    UnknownConcept = course::UNKNOWN_CONCEPT,
    /// {0} the objective's id, {1} the nearest known one in the cure.
    UnknownObjective = course::UNKNOWN_OBJECTIVE,
    UnknownQuestion = course::UNKNOWN_QUESTION,
    /// {0} what is named twice in one list.
    DuplicateReference = course::DUPLICATE_REFERENCE,
    /// {0} the circle.
    PrerequisiteCircle = course::PREREQUISITE_CIRCLE,
    /// {0} how many there are, {1} the most.
    TooManyQuestions = course::TOO_MANY_QUESTIONS,
    /// {0} how many there are, {1} the most.
    TooManyConcepts = course::TOO_MANY_CONCEPTS,
    /// {0} how many are shown.
    TooManyProblems = course::TOO_MANY_PROBLEMS,
    /// {0} how many options of a `single` are correct.
    NotOneCorrect = question::NOT_ONE_CORRECT,
    /// No option of a `multiple` is correct.
    NoneCorrect = question::NONE_CORRECT,
    /// No option of a `multiple` is wrong.
    NoneWrong = question::NONE_WRONG,
    /// {0} the option, {1} the line where it stands first.
    DuplicateOption = question::DUPLICATE_OPTION,
    /// {0} the text, {1} the line where it stands first.
    DuplicateText = question::DUPLICATE_TEXT,
    /// {0} the gap's number.
    GapNotInStem = question::GAP_NOT_IN_STEM,
    /// {0} the marker, {1} how many gaps there are.
    MarkerWithoutGap = question::MARKER_WITHOUT_GAP,
    /// {0} the gap's number.
    MarkerRepeated = question::MARKER_REPEATED,
    /// {0} the answer.
    AcceptedAndWrong = question::ACCEPTED_AND_WRONG,
    /// {0} the tolerance.
    NegativeTolerance = question::NEGATIVE_TOLERANCE,
    /// {0} the kind of tolerance.
    ToleranceOfZero = question::TOLERANCE_OF_ZERO,
    /// {0} the tolerance.
    WideTolerance = question::WIDE_TOLERANCE,
    /// {0} the category, {1} the categories there are, or the nearest in the cure.
    UnknownCategory = question::UNKNOWN_CATEGORY,
    /// {0} the category's id, {1} the line where it stands first.
    DuplicateCategory = question::DUPLICATE_CATEGORY,
    /// A law question nobody is told to read again.
    LawWithoutReview = question::LAW_WITHOUT_REVIEW,
    /// A law question that does not say when the law was read.
    LawWithoutDate = question::LAW_WITHOUT_DATE,
    /// {0} the path.
    BadImagePath = question::BAD_IMAGE_PATH,
    /// {0} characters of the key, {1} of a distractor on average.
    KeyUniquelyLongest = lint::KEY_UNIQUELY_LONGEST,
    /// {0} characters of the shortest option, {1} of the longest.
    LengthSpread = lint::LENGTH_SPREAD,
    /// {0} the words.
    KeyRepeatsStem = lint::KEY_REPEATS_STEM,
    /// {0} the option.
    AllOrNoneOption = lint::ALL_OR_NONE_OPTION,
    /// {0} an option, {1} another that differs in punctuation only.
    SimilarOption = lint::SIMILAR_OPTION,
    /// {0} an option, {1} another that holds it.
    OptionContainsOption = lint::OPTION_CONTAINS_OPTION,
    /// {0} the words.
    AbsolutesInDistractors = lint::ABSOLUTES_IN_DISTRACTORS,
    /// {0} how many options a `single` has.
    OptionCount = lint::OPTION_COUNT,
    /// Numbers as options, pinned out of order.
    UnsortedNumbers = lint::UNSORTED_NUMBERS,
    /// {0} the article.
    ArticleCue = lint::ARTICLE_CUE,
    /// {0} the answer.
    AltHoldsKey = lint::ALT_HOLDS_KEY,
    /// {0} the negation.
    NegativeStem = lint::NEGATIVE_STEM,
    /// {0} how many words, {1} the sentence.
    LongSentence = lint::LONG_SENTENCE,
    /// {0} the date.
    ReviewOverdue = lint::REVIEW_OVERDUE,
    /// {0} the id of the earlier question, {1} its file and line.
    NearDuplicateStem = lint::NEAR_DUPLICATE_STEM,
    /// {0} the code a question accepts.
    UnknownLint = lint::UNKNOWN_LINT,
    /// {0} the code a question accepts.
    NeedlessLint = lint::NEEDLESS_LINT,
    /// {0} the code a question accepts, {1} the fewest characters of a reason.
    ShortLintReason = lint::SHORT_LINT_REASON,
    /// {0} how many keys are uniquely longest, {1} of how many, {2} in per cent.
    KeyLongestShare = coverage::KEY_LONGEST_SHARE,
    /// {0} the position from 1, {1} its share of the keys in per cent, {2} the share expected.
    KeyPositionShare = coverage::KEY_POSITION_SHARE,
    /// {0} the concept's slug, {1} how many scored items it has, {2} the fewest.
    ConceptTooFewItems = coverage::CONCEPT_TOO_FEW_ITEMS,
    /// {0} the objective's id, {1} how many scored items it has, {2} the fewest.
    ObjectiveTooFewItems = coverage::OBJECTIVE_TOO_FEW_ITEMS,
    /// {0} the chapter's number, {1} how many types it has, {2} the fewest.
    ChapterTypes = coverage::CHAPTER_TYPES,
    /// {0} the chapter's number, {1} the difficulty.
    ChapterDifficulty = coverage::CHAPTER_DIFFICULTY,
}

impl Code {
    /// The code as clients and authors see it, in `snake_case`.
    pub fn as_str(self) -> &'static str {
        self.entry().name
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        self.entry().severity
    }

    pub(super) fn message(self, arguments: &[&str]) -> Localised {
        fill(&self.entry().message, arguments)
    }

    pub(super) fn cure(self, arguments: &[&str]) -> Localised {
        fill(&self.entry().cure, arguments)
    }
}

/// Puts the arguments into the holes of a text, in one pass: an author's own braces stay as they are.
pub(super) fn fill([nb, nn, en]: &Texts, arguments: &[&str]) -> Localised {
    Localised::new(fill_one(nb, arguments), fill_one(nn, arguments), fill_one(en, arguments))
}

fn fill_one(template: &str, arguments: &[&str]) -> String {
    let mut pieces = template.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let hole = piece.split_once('}').and_then(|(number, rest)| Some((number.parse::<usize>().ok()?, rest)));
        match hole {
            Some((number, rest)) => {
                text.push_str(&shortened(arguments.get(number).copied().unwrap_or_default()));
                text.push_str(rest);
            }
            None => text.extend(["{", piece]),
        }
    }
    text
}

fn shortened(argument: &str) -> String {
    match argument.char_indices().nth(LONGEST_ARGUMENT) {
        Some((cut, _)) => format!("{} …", &argument[..cut]),
        None => argument.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_has_a_name_of_its_own_that_json_uses_too() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn every_text_is_filled_in_every_language() {
        for code in Code::ALL {
            for text in [code.message(&["a", "b", "c"]), code.cure(&["a", "b", "c"])] {
                for one in [Some(text.nb), text.nn, text.en] {
                    let one = one.unwrap();
                    assert!(!one.is_empty() && !one.contains("{0}") && !one.contains("{1}"), "{code:?}: {one}");
                }
            }
        }
    }

    #[test]
    fn languages_name_the_same_arguments() {
        let holes = |text: &str| ["{0}", "{1}", "{2}"].map(|hole| text.contains(hole));
        for code in Code::ALL {
            for [nb, nn, en] in [code.entry().message, code.entry().cure] {
                assert_eq!(holes(nb), holes(nn), "{code:?}");
                assert_eq!(holes(nb), holes(en), "{code:?}");
            }
        }
    }

    #[test]
    fn an_argument_is_neither_filled_again_nor_repeated_at_length() {
        assert_eq!(fill_one("«{0}» {1}{{2}}", &["{1}", "b"]), "«{1}» b{}");
        assert_eq!(fill_one("{0}", &[&"å".repeat(500)]).chars().count(), LONGEST_ARGUMENT + 2);
    }
}
