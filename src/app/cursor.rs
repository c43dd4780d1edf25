//! Where a device left off, as an opaque text: the life of the database, a number of the stream, a version of the
//! content.

use data_encoding::BASE64URL_NOPAD;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub epoch: String,
    pub seq: i64,
    /// The catalogue's version when the device last heard of retired questions.
    pub content: String,
}

impl Cursor {
    pub(super) fn write(&self) -> String {
        BASE64URL_NOPAD.encode(format!("{} {} {}", self.epoch, self.seq, self.content).as_bytes())
    }

    /// `None` unless `text` is what `write` gave.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()?;
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
