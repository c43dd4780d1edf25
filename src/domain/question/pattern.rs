//! An author's answer to a text field, made ready for comparison once and not for every answer to it.

use super::normal::normalise;
use serde::{Deserialize, Serialize};

/// Stands for `\*` while a pattern is split. No text holds it: Unicode reserves it for such use inside a program.
const ESCAPED_STAR: &str = "\u{FDD0}";

/// A text as the author wrote it, in which `*` stands for anything and `\*` for a star. Stored as that text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Pattern {
    written: String,
    /// The text normalised and cut at its wildcards. One piece is a plain text.
    pieces: Vec<String>,
}

impl Pattern {
    /// As the author wrote it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// As a learner may see it: `\*` is a star.
    pub(super) fn shown(&self) -> String {
        self.written.replace(r"\*", "*")
    }

    /// Whether it accepts the answer, which is normalised.
    pub(super) fn fits(&self, answer: &str) -> bool {
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return self.literal() == Some(answer);
        };
        let Some(mut rest) = answer.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str()))
        else {
            return false;
        };
        // The earliest place for each piece leaves the most room for those after it.
        for piece in middle {
            let Some((_, after)) = rest.split_once(piece.as_str()) else { return false };
            rest = after;
        }
        true
    }

    pub(super) fn is_catch_all(&self) -> bool {
        self.pieces.len() > 1 && self.pieces.iter().all(String::is_empty)
    }

    /// `None` where a wildcard leaves nothing to count slips from.
    pub(super) fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [all] => Some(all),
            _ => None,
        }
    }
}

impl From<String> for Pattern {
    fn from(written: String) -> Self {
        let normal = normalise(&written.replace(r"\*", ESCAPED_STAR));
        let pieces = normal.split('*').map(|piece| piece.replace(ESCAPED_STAR, "*")).collect();
        Self { written, pieces }
    }
}

impl From<&str> for Pattern {
    fn from(written: &str) -> Self {
        written.to_owned().into()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.written
    }
}
