//! Which question of the course a note of another program asks. What is not certain is not taken.
//!
//! In this order: what the learner's own list says; an id of the question as the note's guid, as a tag or as a whole
//! field; a field whose words are those of one stem. A stem of one word is no question: another deck may have the same
//! word on a card about something else.

use super::text::{readable, words};
use crate::vocab::id::QuestionId;
use std::collections::{BTreeSet, HashMap};

/// A note as its program keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub id: i64,
    pub guid: String,
    /// With spaces between.
    pub tags: String,
    /// HTML, with U+001F between fields.
    pub fields: String,
}

/// A question that notes may ask, in one of the wordings it has had.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    pub question: QuestionId,
    /// The author's id, such as `K1-03`.
    pub reference: &'a str,
    pub stem: &'a str,
}

/// What a note asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    Question(QuestionId),
    /// Several questions of the course; which one is not certain.
    Several,
    /// None of the course.
    Other,
}

/// The questions of a course by all they can be known by.
#[derive(Debug, Default)]
pub struct Matcher {
    listed: HashMap<String, QuestionId>,
    by_id: HashMap<String, QuestionId>,
    by_stem: HashMap<String, BTreeSet<QuestionId>>,
}

/// What tags begin with that name a question.
const TAG: &str = "laerd::";
/// Characters of a stem that are shown.
const SHOWN: usize = 80;

impl Note {
    /// The first field with anything in it, for a person to read.
    pub fn title(&self) -> String {
        let titles = self.fields.split('\u{1f}').map(|field| readable(field, SHOWN));
        titles.into_iter().find(|title| !title.is_empty()).unwrap_or_else(|| format!("note {}", self.id))
    }
}

impl Matcher {
    pub fn new<'a>(wordings: impl Iterator<Item = Wording<'a>>) -> Self {
        let mut matcher = Self::default();
        for Wording { question, reference, stem } in wordings {
            matcher.by_id.insert(reference.to_lowercase(), question);
            matcher.by_id.insert(question.to_string(), question);
            let stem = words(stem);
            if stem.contains(' ') {
                matcher.by_stem.entry(stem).or_default().insert(question);
            }
        }
        matcher
    }

    /// Takes the learner's own list along: guids or ids of notes, each with a question's id. The questions that do not
    /// exist are given back.
    pub fn listing(mut self, list: Vec<(String, String)>) -> std::result::Result<Self, Vec<String>> {
        let mut unknown = Vec::new();
        for (note, reference) in list {
            match self.by_id.get(&reference.to_lowercase()) {
                Some(question) => {
                    self.listed.insert(note, *question);
                }
                None => unknown.push(reference),
            }
        }
        if unknown.is_empty() { Ok(self) } else { Err(unknown) }
    }

    pub fn asks(&self, note: &Note) -> Asks {
        let listed = [note.guid.as_str(), &note.id.to_string()].iter().find_map(|key| self.listed.get(*key)).copied();
        if let Some(question) = listed {
            return Asks::Question(question);
        }
        let named = self.named(note);
        if named.is_empty() { one_of(&self.worded(note)) } else { one_of(&named) }
    }

    /// Questions whose id the note holds.
    fn named(&self, note: &Note) -> BTreeSet<QuestionId> {
        let tags = note.tags.split_whitespace().filter_map(|tag| {
            let head = tag.get(..TAG.len())?;
            head.eq_ignore_ascii_case(TAG).then(|| tag[TAG.len()..].to_owned())
        });
        let fields = note.fields.split('\u{1f}').map(|field| readable(field, SHOWN));
        let ids = tags.chain(fields).chain([note.guid.clone()]);
        ids.filter_map(|id| self.by_id.get(&id.to_lowercase())).copied().collect()
    }

    /// Questions whose stem is a field of the note.
    fn worded(&self, note: &Note) -> BTreeSet<QuestionId> {
        let stems = note.fields.split('\u{1f}').map(words);
        stems.filter_map(|stem| self.by_stem.get(&stem)).flatten().copied().collect()
    }
}

fn one_of(found: &BTreeSet<QuestionId>) -> Asks {
    match (found.first(), found.len()) {
        (Some(question), 1) => Asks::Question(*question),
        (None, _) => Asks::Other,
        _ => Asks::Several,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(number: u128) -> QuestionId {
        QuestionId(Uuid::from_u128(number))
    }

    fn matcher() -> Matcher {
        let wording = |number, reference, stem| Wording { question: id(number), reference, stem };
        let wordings = [
            wording(1, "K1-01", "Hva er **taus** kunnskap?"),
            wording(1, "K1-01", "Hva menes med taus kunnskap?"),
            wording(2, "K1-02", "Hvem har ansvar?"),
            wording(3, "K1-03", "Hvem har ansvar?"),
            wording(4, "K1-04", "Triggership"),
        ];
        Matcher::new(wordings.into_iter())
    }

    fn note(guid: &str, tags: &str, fields: &[&str]) -> Note {
        Note { id: 77, guid: guid.to_owned(), tags: tags.to_owned(), fields: fields.join("\u{1f}") }
    }

    #[test]
    fn an_id_names_the_question_wherever_it_stands() {
        for named in [
            note("K1-03", "", &["Noe", "annet"]),
            note("g", " leksjon laerd::K1-03 ", &["Hva er taus kunnskap?"]),
            note("g", "Laerd::k1-03", &["Noe"]),
            note("g", "", &["Noe", "<b>K1-03</b>"]),
            note("g", "", &["00000000-0000-0000-0000-000000000003"]),
        ] {
            assert_eq!(matcher().asks(&named), Asks::Question(id(3)), "{named:?}");
        }
        assert_eq!(matcher().asks(&note("K1-02", "laerd::K1-03", &["x y"])), Asks::Several);
        assert_eq!(matcher().asks(&note("g", "K1-03", &["om K1-03"])), Asks::Other, "not the whole of it");
    }

    #[test]
    fn a_stem_names_the_question_in_every_wording_it_had() {
        for stem in ["Hva er taus kunnskap?", "<div>hva er <i>taus</i> kunnskap</div>", "Hva menes med taus kunnskap"] {
            assert_eq!(matcher().asks(&note("g", "", &["1", stem])), Asks::Question(id(1)), "{stem}");
        }
    }

    #[test]
    fn what_is_not_certain_is_not_taken() {
        assert_eq!(matcher().asks(&note("g", "", &["Hvem har ansvar?"])), Asks::Several);
        assert_eq!(matcher().asks(&note("g", "", &["Triggership"])), Asks::Other);
        assert_eq!(matcher().asks(&note("g", "", &["Hva er taus kunnskap? Forklar."])), Asks::Other);
        assert_eq!(matcher().asks(&note("", "laerd::", &["", ""])), Asks::Other);
    }

    #[test]
    fn the_learners_own_list_comes_first() {
        let list = |note: &str, question: &str| vec![(note.to_owned(), question.to_owned())];
        for key in ["g", "77"] {
            let matcher = matcher().listing(list(key, "K1-02")).unwrap();
            assert_eq!(matcher.asks(&note("g", "laerd::K1-03", &["x"])), Asks::Question(id(2)));
        }
        assert_eq!(matcher().listing(list("g", "K9-99")).unwrap_err(), ["K9-99"]);
    }

    #[test]
    fn a_note_is_shown_by_its_first_words() {
        assert_eq!(note("g", "", &["<br>", "Hva er <b>det</b>?"]).title(), "Hva er det?");
        assert_eq!(note("g", "", &[""]).title(), "note 77");
    }
}
