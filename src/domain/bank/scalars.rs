//! Reading one value: a text, a number, a date, a word of a closed list.
//!
//! Numbers are read from the scalar's own text, never through a binary float, so `0.10` stays what it is.

use super::code::{CURE_NEAREST, Code};
use super::fields::{Fields, list};
use super::node::{Node, Value};
use super::problem::{Located, Report};
use super::suggest::nearest;
use crate::vocab::text::Localised;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Characters in one text.
const LONGEST_TEXT: usize = 4_000;
/// Characters in a slug.
const LONGEST_SLUG: usize = 64;
/// Characters in an id.
const LONGEST_ID: usize = 40;

/// A text with something in it, without the space around it.
pub(super) fn text(node: &Node, report: &mut Report) -> Option<String> {
    let Value::Scalar { text, plain } = &node.value else { return refuse(node, Code::ExpectedText, report) };
    let text = text.trim();
    if node.is_null() || text.is_empty() {
        return refuse(node, Code::EmptyText, report);
    }
    if *plain && looks_like_another_type(text) {
        report.at(node, Code::UnquotedText, &[text]);
        return None;
    }
    if let Some(character) = text.chars().find(|character| is_invisible(*character)) {
        report.at(node, Code::ControlCharacter, &[&format!("U+{:04X}", u32::from(character))]);
        return None;
    }
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        report.at(node, Code::TextTooLong, &[&length.to_string(), &LONGEST_TEXT.to_string()]);
        return None;
    }
    Some(text.to_owned())
}

/// What YAML's core schema, or the date of its older version, makes of an unquoted scalar.
fn looks_like_another_type(text: &str) -> bool {
    let is_number = text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
        && text.ends_with(|last: char| last.is_ascii_digit() || last == '.')
        && text.parse::<f64>().is_ok();
    is_number || matches!(text, "true" | "false") || date_of(text).is_some()
}

/// Control characters, and the marks that turn the direction of what follows.
fn is_invisible(character: char) -> bool {
    let turns = matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    turns || (character.is_control() && !matches!(character, '\n' | '\t'))
}

pub(super) fn texts(node: &Node, report: &mut Report) -> Option<Vec<String>> {
    list(node, report, text)
}

/// A text in bokmål, or a map of languages.
pub(super) fn localised(node: &Node, report: &mut Report) -> Option<Localised> {
    if !matches!(node.value, Value::Map(_)) {
        return text(node, report).map(Localised::nb);
    }
    let mut fields = Fields::open(node, report)?;
    let nb = fields.required("nb", text);
    let nn = fields.optional("nn", text);
    let en = fields.optional("en", text);
    fields.close();
    Some(Localised { nb: nb?, nn, en })
}

/// Lower-case letters, digits and hyphens.
pub(super) fn slug(node: &Node, report: &mut Report) -> Option<String> {
    let is_letter = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit();
    let is_slug = |word: &str| {
        word.len() <= LONGEST_SLUG
            && word.starts_with(is_letter)
            && word.chars().all(|character| is_letter(character) || character == '-')
    };
    name(node, is_slug, Code::BadSlug, report)
}

/// `[A-Za-z0-9][A-Za-z0-9._-]{0,39}`
pub(super) fn id(node: &Node, report: &mut Report) -> Option<String> {
    let is_id = |word: &str| {
        word.len() <= LONGEST_ID
            && word.starts_with(|first: char| first.is_ascii_alphanumeric())
            && word.chars().all(|character| character.is_ascii_alphanumeric() || "._-".contains(character))
    };
    name(node, is_id, Code::BadId, report)
}

fn name(node: &Node, is_good: impl Fn(&str) -> bool, code: Code, report: &mut Report) -> Option<String> {
    let Some(word) = node.scalar() else { return refuse(node, Code::ExpectedText, report) };
    if node.is_null() || word.is_empty() {
        return refuse(node, Code::EmptyText, report);
    }
    if !is_good(word) {
        report.at(node, code, &[word]);
        return None;
    }
    Some(word.to_owned())
}

/// Names of things that stand elsewhere. Whether they exist is checked when all files are read.
pub(super) fn references(node: &Node, report: &mut Report) -> Option<Vec<String>> {
    list(node, report, |item, report| name(item, |_| true, Code::BadSlug, report))
}

/// The word at `node`, well formed or not: a badly formed name is still the one others refer to.
pub(super) fn raw_name(node: Option<&Node>, report: &Report) -> Option<Located<String>> {
    let node = node?;
    let word = node.scalar().filter(|word| !word.is_empty())?;
    Some(report.locate(node, word.to_owned()))
}

/// The words of a list, well formed or not.
pub(super) fn raw_names(node: Option<&Node>, report: &Report) -> Vec<Located<String>> {
    node.map(Node::items).unwrap_or_default().iter().filter_map(|item| raw_name(Some(item), report)).collect()
}

pub(super) fn boolean(node: &Node, report: &mut Report) -> Option<bool> {
    match &node.value {
        Value::Scalar { text, plain: true } if text == "true" => Some(true),
        Value::Scalar { text, plain: true } if text == "false" => Some(false),
        _ => refuse(node, Code::ExpectedBoolean, report),
    }
}

/// A whole number from `least` to `most`.
pub(super) fn whole_number(least: u8, most: u8) -> impl Fn(&Node, &mut Report) -> Option<u8> {
    move |node, report| {
        let Some(number) = whole_number_of(node) else { return refuse(node, Code::ExpectedWholeNumber, report) };
        let fitting = u8::try_from(number).ok().filter(|number| (least..=most).contains(number));
        if fitting.is_none() {
            report.at(node, Code::OutOfRange, &[&number.to_string(), &least.to_string(), &most.to_string()]);
        }
        fitting
    }
}

/// The whole number at `node`, in range or not.
pub(super) fn raw_number(node: Option<&Node>, report: &Report) -> Option<Located<i64>> {
    let node = node?;
    Some(report.locate(node, whole_number_of(node)?))
}

fn whole_number_of(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Scalar { text, plain: true } => text.parse().ok(),
        _ => None,
    }
}

/// An exact decimal, quoted or not.
pub(super) fn decimal(node: &Node, report: &mut Report) -> Option<Decimal> {
    let Some(word) = node.scalar() else { return refuse(node, Code::ExpectedDecimal, report) };
    let number = decimal_of(word);
    if number.is_none() {
        let pointed = word.replace(',', ".");
        match decimal_of(&pointed) {
            Some(_) => report.at(node, Code::DecimalComma, &[word, &pointed]),
            None => report.at(node, Code::ExpectedDecimal, &[word]),
        }
    }
    number
}

fn decimal_of(word: &str) -> Option<Decimal> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (is_digits(whole) && is_digits(fraction)).then(|| Decimal::from_str_exact(word).ok()).flatten()
}

/// A share of the full score: above 0, at most 1.
pub(super) fn share(node: &Node, report: &mut Report) -> Option<f64> {
    let number = decimal(node, report)?;
    if number <= Decimal::ZERO || number > Decimal::ONE {
        report.at(node, Code::OutOfRange, &[&number.to_string(), "0.01", "1"]);
        return None;
    }
    number.to_string().parse().ok()
}

pub(super) fn date(node: &Node, report: &mut Report) -> Option<Date> {
    match node.scalar().and_then(date_of) {
        Some(date) => Some(date),
        None => refuse(node, Code::BadDate, report),
    }
}

/// Only `2027-11-01`; the date library reads more forms than an author should have to know.
fn date_of(word: &str) -> Option<Date> {
    let shape = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    (word.len() == 10 && word.bytes().enumerate().all(shape)).then(|| word.parse().ok()).flatten()
}

/// A word of a closed list.
pub(super) fn one_of<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&Node, &mut Report) -> Option<T> {
    move |node, report| {
        let Some(word) = node.scalar() else { return refuse(node, Code::ExpectedText, report) };
        if let Some((_, meaning)) = words.iter().find(|(name, _)| *name == word) {
            return Some(*meaning);
        }
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let spot = report.spot(node.mark, &node.pointer);
        match nearest(word, names.iter().copied()) {
            Some(near) => report.on_with_cure(&spot, Code::BadChoice, &[word, near], &CURE_NEAREST),
            None => report.on(&spot, Code::BadChoice, &[word, &names.join(", ")]),
        }
        None
    }
}

/// Reports the node, unless it has been, with what it says as the argument.
fn refuse<T>(node: &Node, code: Code, report: &mut Report) -> Option<T> {
    if !node.is_broken() {
        report.at(node, code, &[node.scalar().unwrap_or("…")]);
    }
    None
}
