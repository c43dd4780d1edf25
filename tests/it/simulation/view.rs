//! What a device knows of its learner, by what receipts and pages told it, as the guide for clients has it:
//!
//! - a card, a removal or a concept holds until something with a higher number of the stream says otherwise;
//! - a page counts only if it was asked for where the device now stands;
//! - what was sent before a restore was heard of says nothing.

use super::{
    check::Check,
    oracle::{Student, What},
};
use laerd::{
    app::{CardView, Changes, ConceptChange, ConceptView, CourseContent, Receipt, Snapshot},
    domain::{
        mastery::Level,
        review::{CardState, Hold},
    },
    vocab::{
        id::QuestionId,
        time::{DayBoundary, Timestamp},
    },
};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub struct View {
    pub cursor: Option<String>,
    /// The last event it has heard of, its own ones included.
    seq: i64,
    /// Own events are left out of its pages.
    pub skips_own: bool,
    cards: BTreeMap<QuestionId, (i64, Option<Face>)>,
    levels: BTreeMap<Place, (i64, Level)>,
}

/// A card without what passes with the day: stability, difficulty, last review, due, repetitions, lapses,
/// whether it is suspended.
pub type Face = (f32, f32, Timestamp, Timestamp, u32, u32, bool);

/// A concept: its course, and its slug there.
pub type Place = (String, String);

/// What of a receipt a device keeps.
#[derive(Debug, Clone)]
pub struct News {
    pub epoch: String,
    head: i64,
    cards: Vec<CardView>,
    removed: Vec<QuestionId>,
    levels: Vec<(Place, Level)>,
}

pub fn face(card: &CardView) -> Face {
    (card.stability, card.difficulty, card.last_review, card.due, card.reps, card.lapses, card.suspended)
}

/// The faces and levels of a course as the oracle folds them.
pub fn truth(student: &Student, course: &CourseContent) -> (BTreeMap<QuestionId, Face>, BTreeMap<Place, Level>) {
    let (state, days) = (student.fold(course), student.choice(&course.course.slug).days());
    let cards = state.cards.iter().filter_map(|(id, state)| Some((*id, folded_face(state, &days)?)));
    let place = |concept: &String| (course.course.slug.clone(), concept.clone());
    let levels = state.concepts.iter().map(|(concept, belief)| (place(concept), belief.level));
    let started = levels.filter(|(_, level)| *level != Level::NotStarted);
    (cards.collect(), started.collect())
}

/// The face of what the oracle folded, if the question has a card.
pub fn folded_face(state: &CardState, days: &DayBoundary) -> Option<Face> {
    let (card, suspended) = (state.card?, state.hold == Some(Hold::Suspended));
    let due = card.due_at.unwrap_or_else(|| days.start_of(card.due_day));
    Some((card.memory.stability, card.memory.difficulty, card.last_at, due, card.reps, card.lapses, suspended))
}

impl News {
    pub fn of(receipt: &Receipt) -> Self {
        let level = |change: &ConceptChange| ((change.course.clone(), change.concept.clone()), change.level);
        Self {
            epoch: receipt.epoch.clone(),
            head: receipt.head,
            cards: receipt.cards.clone(),
            removed: receipt.removed.clone(),
            levels: receipt.concepts.iter().map(level).collect(),
        }
    }
}

impl View {
    pub fn hear(&mut self, news: &News) {
        self.put(&news.cards, &news.removed, news.head);
        for (place, level) in &news.levels {
            self.put_level(place.clone(), *level, news.head);
        }
    }

    /// A page that was asked for here.
    pub fn turn(&mut self, page: &Changes) {
        let last = page.events.last().map_or(self.seq, |event| event.seq);
        self.seq = if page.has_more { last } else { page.state.head };
        self.put(&page.state.cards, &page.removed, page.through);
        self.put_concepts(&page.state.concepts, page.through);
        self.cursor = Some(page.next_cursor.clone());
    }

    /// I4 as a live puller sees it: no number is skipped, none comes twice, and each is the event that has it.
    pub fn check_feed(&self, page: &Changes, student: &Student, own: Uuid) -> Check {
        let mut last = self.seq;
        for event in &page.events {
            if event.seq <= last || (last + 1..event.seq).any(|seq| !self.skips(student, seq, own)) {
                return Err(format!("after number {last} the feed goes on with {}", event.seq));
            }
            let Some((id, known)) = student.at(event.seq) else {
                return Err(format!("the feed has {event:?}, which nobody sent"));
            };
            let same = match &known.what {
                What::Server { .. } => true,
                _ => serde_json::from_str::<serde_json::Value>(&event.raw).is_ok_and(|raw| raw == known.value),
            };
            if event.id.0 != id || !same {
                return Err(format!("the feed has {event:?} for {id}: {}", known.value));
            }
            last = event.seq;
        }
        let missing = (last + 1..=page.state.head).find(|seq| !self.skips(student, *seq, own));
        match missing.filter(|_| !page.has_more) {
            Some(seq) => Err(format!("the feed ends before number {seq} of {}", page.state.head)),
            None => Ok(()),
        }
    }

    fn skips(&self, student: &Student, seq: i64, own: Uuid) -> bool {
        self.skips_own && student.at(seq).is_some_and(|(_, event)| event.device == own)
    }

    /// Everything anew.
    pub fn take(&mut self, snapshot: &Snapshot) {
        (self.cards, self.levels) = (BTreeMap::new(), BTreeMap::new());
        self.seq = snapshot.state.head;
        self.put(&snapshot.state.cards, &[], self.seq);
        self.put_concepts(&snapshot.state.concepts, self.seq);
        self.cursor = Some(snapshot.cursor.clone());
    }

    /// Numbers start anew after a restore; what they said of the old ones holds no more. The next page will be refused
    /// and a snapshot taken, unless the device never had a page: it begins with nothing.
    pub fn forget_numbers(&mut self) {
        if self.cursor.is_none() {
            (self.seq, self.cards, self.levels) = (0, BTreeMap::new(), BTreeMap::new());
        }
        self.cards.values_mut().for_each(|(version, _)| *version = 0);
        self.levels.values_mut().for_each(|(version, _)| *version = 0);
    }

    fn put(&mut self, cards: &[CardView], removed: &[QuestionId], until: i64) {
        let told = cards.iter().map(|card| (card.question, card.version, Some(face(card))));
        for (question, version, face) in told.chain(removed.iter().map(|question| (*question, until, None))) {
            let known = self.cards.entry(question).or_insert((version, face));
            if version >= known.0 {
                *known = (version, face);
            }
        }
    }

    fn put_concepts(&mut self, concepts: &[ConceptView], version: i64) {
        for concept in concepts {
            self.put_level((concept.course.clone(), concept.concept.clone()), concept.level, version);
        }
    }

    fn put_level(&mut self, place: Place, level: Level, version: i64) {
        let known = self.levels.entry(place).or_insert((version, level));
        if version >= known.0 {
            *known = (version, level);
        }
    }

    /// Whether the device that has read to the end knows the truth.
    pub fn same_as(&self, cards: &BTreeMap<QuestionId, Face>, levels: &BTreeMap<Place, Level>) -> Check {
        let known: BTreeMap<QuestionId, Face> =
            self.cards.iter().filter_map(|(question, (_, face))| Some((*question, (*face)?))).collect();
        let started = self.levels.iter().filter(|(_, (_, level))| *level != Level::NotStarted);
        let known_levels: BTreeMap<Place, Level> = started.map(|(place, (_, level))| (place.clone(), *level)).collect();
        if known != *cards {
            return Err(format!("it has the cards {known:?}, not {cards:?}"));
        }
        if known_levels != *levels {
            return Err(format!("it has the levels {known_levels:?}, not {levels:?}"));
        }
        Ok(())
    }
}
