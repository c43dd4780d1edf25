//! Fields of notes and stems of questions as the words in them, so that they can be told equal.
//!
//! A note holds HTML and a stem Markdown. Neither mark-up nor punctuation nor case makes another question.

use unicode_normalization::UnicodeNormalization;

/// The words of a text in lower case with one space between; empty if there are none.
pub(super) fn words(text: &str) -> String {
    let plain: String = without_entities(&without_tags(text)).nfc().filter(|c| !is_invisible(*c)).collect();
    let lower = plain.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The text of a field for a person to read, no longer than `most` characters.
pub(super) fn readable(field: &str, most: usize) -> String {
    let plain = without_entities(&without_tags(field));
    let text = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    text.char_indices().nth(most).map_or(text.clone(), |(end, _)| format!("{}…", &text[..end]))
}

/// Soft hyphens, marks of zero width, and control characters within a line.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// Tags that part words become a space, others nothing; sounds are left out.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '[']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        match mark_up(rest) {
            Some((length, parts)) => {
                plain.push_str(if parts { " " } else { "" });
                rest = &rest[length..];
            }
            None => {
                plain.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    plain + rest
}

/// The tag or sound that `text` begins with: how many bytes it takes and whether it parts words.
fn mark_up(text: &str) -> Option<(usize, bool)> {
    if text.starts_with("[sound:") {
        return text.find(']').map(|end| (end + 1, true));
    }
    if text.starts_with("<!--") {
        return text.find("-->").map(|end| (end + 3, true));
    }
    let inner = text.strip_prefix('<')?;
    let name = inner.strip_prefix('/').unwrap_or(inner);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let end = inner.find('>')?;
    let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
    let runs_on = ["a", "b", "i", "u", "em", "strong", "span", "font", "sub", "sup", "small", "code", "mark"];
    Some((end + 2, !runs_on.contains(&name.to_ascii_lowercase().as_str())))
}

/// Character references that editors write; others are left as they stand.
fn without_entities(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = rest.get(1..).and_then(|after| after.split_once(';')).map(|(name, _)| name);
        match name.and_then(|name| Some((name.len() + 2, character(name)?))) {
            Some((length, c)) => {
                plain.push(c);
                rest = &rest[length..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain + rest
}

fn character(name: &str) -> Option<char> {
    let named = match name {
        "nbsp" => ' ',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "aelig" => 'æ',
        "oslash" => 'ø',
        "aring" => 'å',
        "AElig" => 'Æ',
        "Oslash" => 'Ø',
        "Aring" => 'Å',
        _ => return numbered(name),
    };
    Some(named)
}

fn numbered(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let hexadecimal = number.strip_prefix(['x', 'X']).map(|digits| u32::from_str_radix(digits, 16));
    hexadecimal.unwrap_or_else(|| number.parse()).ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mark_up_and_punctuation_make_no_other_question() {
        let stem = words("Hva er **taus kunnskap** i en *lærende* organisasjon?");
        assert_eq!(stem, "hva er taus kunnskap i en lærende organisasjon");
        for field in [
            "Hva er <b>taus</b> kunnskap<br>i en l&aelig;rende&nbsp;organisasjon?",
            "<div>HVA ER TAUS KUNN\u{AD}SKAP</div><div>i en lærende organisasjon</div>[sound:x.mp3]",
            "Hva er <span style=\"color: red\">taus kunn</span>skap i en l&#230;rende organisa<i>sjon</i>…",
            "Hva er taus kunnskap i en l&#xE6;rende <!-- <b> --> organisasjon",
        ] {
            assert_eq!(words(field), stem, "{field}");
        }
        assert_ne!(words("Hva er taus kunnskap i en larende organisasjon"), stem);
        assert_eq!(words("3 < 4 &ukjent; [a] <3"), "3 4 ukjent a 3");
        assert_eq!(words("<br>&nbsp;?"), "");
    }

    #[test]
    fn what_is_shown_is_short() {
        assert_eq!(readable("Hva <b>er</b>\n det?", 40), "Hva er det?");
        assert_eq!(readable("æøåæøå", 3), "æøå…");
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[<>&;#xa-z\\[\\]!/ :-]{0,40}|.{0,40}") {
            let once = words(&text);
            prop_assert!(!once.contains("  ") && once.trim() == once);
            readable(&text, 5);
        }
    }
}
