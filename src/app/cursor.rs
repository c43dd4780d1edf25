//! Where someone left off, as an opaque text. A device: the life of the database, a number of the stream, a version of
//! the content. A reader of a list: whatever is last on his page, by which the list is sorted.

use super::{Error, Fault, Result};
use data_encoding::BASE64URL_NOPAD;

/// Some of a list, and where the rest begins.
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A full page may not be the last.
    pub(super) fn new(items: Vec<T>, limit: u64, place: impl Fn(&T) -> String) -> Self {
        let next = items.last().filter(|_| items.len() as u64 == limit).map(|last| encode(&place(last)));
        Self { items, next }
    }
}

/// The place that a page ended at, if `parse` knows it; the beginning without a cursor.
pub(super) fn after<T>(cursor: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    let refused = || Error::Invalid(vec![Fault::new("cursor", "use a `next_cursor` as it was given")]);
    let read = |cursor: &str| decode(cursor).and_then(|text| parse(&text)).ok_or_else(refused);
    cursor.map(read).transpose()
}

fn encode(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}

fn decode(text: &str) -> Option<String> {
    String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub epoch: String,
    pub seq: i64,
    /// The catalogue's version when the device last heard of retired questions.
    pub content: String,
}

impl Cursor {
    pub(super) fn write(&self) -> String {
        encode(&format!("{} {} {}", self.epoch, self.seq, self.content))
    }

    /// `None` unless `text` is what `write` gave.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = decode(text)?;
        let mut parts = text.split(' ');
        let (epoch, seq, content) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let cursor = Self { epoch: epoch.to_owned(), seq, content: content.to_owned() };
        (parts.next().is_none() && seq >= 0).then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_given_and_nothing_else_is_one() {
        let cursor = Cursor { epoch: "e1".into(), seq: 1234, content: "7".into() };
        assert_eq!(Cursor::read(&cursor.write()), Some(cursor.clone()));
        assert_eq!(Cursor::read(&Cursor::default().write()), Some(Cursor::default()));
        let encoded = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        for text in ["", "x", "e1 1 2", &encoded("e1 -1 2"), &encoded("e1 x 2"), &encoded("e1 1 2 3"), &encoded("e1")] {
            assert_eq!(Cursor::read(text), None, "{text}");
        }
    }
}
