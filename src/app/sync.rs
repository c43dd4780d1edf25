//! What a device reads to be where the server is: what changed since it last asked, everything at once, and a digest
//! by which it finds what one of them lacks.
//!
//! A page of changes ends at an event, and every change of a card or a belief carries the number of an event. So
//! whatever is written while a page is read either has a number within the page, or comes with the next one.

use super::{
    App, Caller, CardView, Catalogue, ConceptView, Enrolment, Error, Fault, Result, cursor::Cursor, views::Viewer,
};
use crate::{
    domain::{
        mastery::{Ability, ConceptBelief},
        review::CardState,
    },
    store::{
        self,
        stream::StreamEvent,
        study::{Changed, Standing},
    },
    vocab::{
        id::{EventId, LearnerId, QuestionId},
        time::Timestamp,
    },
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};
use uuid::Uuid;

/// What a device asks for.
#[derive(Debug, Clone, Default)]
pub struct ChangesRequest {
    /// Where it left off; `None` from the beginning.
    pub cursor: Option<String>,
    /// Events in a page at most.
    pub limit: u64,
    /// A device that keeps its own events need not be sent them again.
    pub skip_device: Option<Uuid>,
}

/// A page of changes.
pub struct Changes {
    pub events: Vec<StreamEvent>,
    pub state: Picture,
    /// Questions whose card is gone, because their last answer was taken back or no longer schedules.
    pub removed: Vec<QuestionId>,
    /// The number of the stream at which the page ends.
    pub through: i64,
    /// Where the next page begins.
    pub next_cursor: String,
    pub has_more: bool,
}

/// Everything a device without a log needs.
pub struct Snapshot {
    pub state: Picture,
    /// Where changes go on from here.
    pub cursor: String,
}

/// The learner's state, or what of it changed.
pub struct Picture {
    pub cards: Vec<CardView>,
    pub concepts: Vec<ConceptView>,
    /// Questions that are asked no more; only where the content changed since the cursor.
    pub retired: Vec<Retired>,
    pub epoch: String,
    /// The last number of the learner's stream.
    pub head: i64,
    pub server_time: Timestamp,
}

/// A question that is asked no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retired {
    pub course: String,
    pub question: QuestionId,
    /// The question that took its place.
    pub successor: Option<QuestionId>,
}

/// A month of a log, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// `2026-11`, UTC.
    pub month: String,
    /// Events that devices sent, by the time that orders them.
    pub count: u64,
    /// All their ids' hashes, XORed.
    pub xor: u64,
}

/// What the events of a page may be long together, as they were sent: a few hundred answers, and a handful of events as
/// long as they may be.
const PAGE_BYTES: i64 = 256 * 1024;

impl Changes {
    /// The page of a device that has everything, which is what most ask for.
    fn nothing_since(cursor: Cursor, server_time: Timestamp) -> Self {
        let (cards, concepts, retired) = (Vec::new(), Vec::new(), Vec::new());
        let (through, epoch) = (cursor.seq, cursor.epoch.clone());
        Self {
            events: Vec::new(),
            state: Picture { cards, concepts, retired, epoch, head: through, server_time },
            removed: Vec::new(),
            through,
            next_cursor: cursor.write(),
            has_more: false,
        }
    }
}

impl App {
    /// A page of what happened after the cursor.
    pub async fn changes(&self, caller: Caller, request: ChangesRequest) -> Result<Changes> {
        let ChangesRequest { cursor, limit, skip_device } = request;
        self.up_to_date(caller.learner).await?;
        let learner = store::learners::find(&self.db, caller.learner).await?.ok_or(Error::Erased)?;
        let catalogue = self.catalogue();
        let from = cursor.map_or(Ok(Cursor::default()), |text| read_cursor(&text, &catalogue, learner.head))?;
        let content = catalogue.version.clone().unwrap_or_default();
        if from.seq == learner.head && from.content == content {
            let here = Cursor { epoch: catalogue.epoch.clone(), ..from };
            return Ok(Changes::nothing_since(here, self.clock.now()));
        }
        let lengths = store::stream::lengths(&self.db, learner.id, from.seq, limit + 1).await?;
        let (until, has_more) = page_end(&lengths, limit as usize, from.seq);
        let mut events = store::stream::page(&self.db, learner.id, from.seq, until).await?;
        let is_new_content = !from.content.is_empty() && from.content != content;
        let lost = self.lost(&catalogue, learner.id, &events, is_new_content).await?;
        let (state, removed) = self.changed_state(&catalogue, learner.id, (from.seq, until), lost).await?;
        let retired = if from.content == content { Vec::new() } else { catalogue.retired() };
        let next_cursor = Cursor { epoch: catalogue.epoch.clone(), seq: until, content }.write();
        let state = Picture { retired, head: learner.head.max(until), ..state };
        events.retain(|event| skip_device.is_none() || event.device_id != skip_device);
        Ok(Changes { events, state, removed, through: until, next_cursor, has_more })
    }

    /// The whole state.
    pub async fn snapshot(&self, caller: Caller) -> Result<Snapshot> {
        self.up_to_date(caller.learner).await?;
        let learner = store::learners::find(&self.db, caller.learner).await?.ok_or(Error::Erased)?;
        let catalogue = self.catalogue();
        let (state, _) = self.changed_state(&catalogue, learner.id, (0, i64::MAX), Lost::default()).await?;
        let content = catalogue.version.clone().unwrap_or_default();
        let cursor = Cursor { epoch: catalogue.epoch.clone(), seq: learner.head, content }.write();
        Ok(Snapshot { state: Picture { retired: catalogue.retired(), head: learner.head, ..state }, cursor })
    }

    /// What a snapshot depends on, in short: while it is the same, so is the snapshot. The learner's study day is in
    /// it, by which cards come back and intervals are shown; within a day only what is forgotten moves.
    pub async fn snapshot_tag(&self, caller: Caller) -> Result<String> {
        self.up_to_date(caller.learner).await?;
        let learner = store::learners::find(&self.db, caller.learner).await?.ok_or(Error::Erased)?;
        let enrolments = store::enrolments::all(&self.db, &[learner.id]).await?;
        let (catalogue, now) = (self.catalogue(), self.clock.now());
        let chosen: BTreeMap<&str, String> =
            enrolments.iter().map(|((_, course), row)| (course.as_str(), format!("{row:?}"))).collect();
        let today = |content: &Arc<super::CourseContent>| {
            let row = enrolments.get(&(learner.id, content.course.slug.clone()));
            Enrolment::from_row(row.cloned()).day().day_of(now, None).0
        };
        let days: Vec<i32> = catalogue.courses().iter().map(today).collect();
        let facts = format!("{} {} {:?} {days:?} {chosen:?}", catalogue.epoch, learner.head, catalogue.version);
        Ok(format!("{:016x}", fnv1a(facts.as_bytes())))
    }

    /// The learner's log by months.
    pub async fn digest(&self, caller: Caller) -> Result<Vec<Month>> {
        store::learners::find(&self.db, caller.learner).await?.ok_or(Error::Erased)?;
        Ok(months(&store::stream::device_events(&self.db, caller.learner).await?))
    }

    /// Cards and concepts that changed between two numbers, with those that are `lost`.
    async fn changed_state(
        &self,
        catalogue: &Catalogue,
        learner: LearnerId,
        span: (i64, i64),
        lost: Lost,
    ) -> Result<(Picture, Vec<QuestionId>)> {
        let cards = store::study::changed_cards(&self.db, learner, span).await?;
        let beliefs = store::study::changed_beliefs(&self.db, learner, span).await?;
        let learners = LearnerViews::read(self, catalogue, learner).await?;
        let is_told = |(course, concept): &(String, String)| {
            beliefs.iter().any(|told| told.course == *course && told.key == *concept)
        };
        let lost_concepts = lost.concepts.iter().filter(|lost| !is_told(lost));
        let lost_concepts = lost_concepts.filter_map(|(course, concept)| learners.untouched(course, concept));
        let state = Picture {
            cards: cards.iter().filter_map(|changed| learners.card(changed)).collect(),
            concepts: beliefs.iter().filter_map(|changed| learners.concept(changed)).chain(lost_concepts).collect(),
            retired: Vec::new(),
            epoch: catalogue.epoch.clone(),
            head: 0,
            server_time: self.clock.now(),
        };
        Ok((state, lost.cards))
    }

    /// What the voids and regrades of a page took away; where the content is new, also the concepts that no answered
    /// question measures any more.
    async fn lost(
        &self,
        catalogue: &Catalogue,
        learner: LearnerId,
        events: &[StreamEvent],
        is_new_content: bool,
    ) -> Result<Lost> {
        let targets: BTreeSet<EventId> = events.iter().filter_map(|event| event.target).collect();
        let questions = store::stream::questions_of(&self.db, learner, &targets).await?;
        let mut doubtful: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (slug, question) in &questions {
            let Ok(course) = catalogue.course(slug) else { continue };
            let concepts = course.model.items.get(question).map(|item| item.concepts.clone()).unwrap_or_default();
            doubtful.entry(slug.clone()).or_default().extend(concepts);
        }
        if is_new_content {
            for (slug, _) in store::study::every_standing(&self.db, learner).await? {
                let Ok(course) = catalogue.course(&slug) else { continue };
                let concepts = course.concepts.iter().map(|concept| concept.slug.clone());
                doubtful.entry(slug).or_default().extend(concepts);
            }
        }
        let mut concepts = Vec::new();
        for (slug, doubtful) in doubtful {
            let left = store::study::beliefs(&self.db, learner, &slug).await?;
            let lost = doubtful.into_iter().filter(|concept| !left.contains_key(concept));
            concepts.extend(lost.map(|concept| (slug.clone(), concept)));
        }
        let ids: Vec<QuestionId> = questions.into_iter().map(|(_, question)| question).collect();
        let left = store::study::cards(&self.db, learner, &ids).await?;
        let has_card = |id: &QuestionId| left.get(id).is_some_and(|state| state.card.is_some());
        Ok(Lost { cards: ids.into_iter().filter(|id| !has_card(id)).collect(), concepts })
    }
}

/// What a learner had and has no more, of which no row is left to tell it.
#[derive(Default)]
struct Lost {
    cards: Vec<QuestionId>,
    /// Courses and concepts, as if they had never been answered.
    concepts: Vec<(String, String)>,
}

/// What is needed to show one learner's rows, in whatever course they are.
struct LearnerViews<'a> {
    app: &'a App,
    courses: HashMap<String, (Arc<super::CourseContent>, Enrolment, Ability)>,
}

impl<'a> LearnerViews<'a> {
    async fn read(app: &'a App, catalogue: &Catalogue, learner: LearnerId) -> Result<Self> {
        let standings = store::study::every_standing(&app.db, learner).await?;
        let standings: HashMap<String, Standing> = standings.into_iter().collect();
        let mut enrolments = store::enrolments::all(&app.db, &[learner]).await?;
        let course = |content: &Arc<super::CourseContent>| {
            let slug = content.course.slug.clone();
            let prior = Ability::prior(&content.model.parameters);
            let ability = standings.get(&slug).map_or(prior, |standing| standing.ability);
            let enrolment = Enrolment::from_row(enrolments.remove(&(learner, slug.clone())));
            (slug, (Arc::clone(content), enrolment, ability))
        };
        Ok(Self { app, courses: catalogue.courses().iter().map(course).collect() })
    }

    fn card(&self, changed: &Changed<QuestionId, CardState>) -> Option<CardView> {
        let (content, enrolment, _) = self.courses.get(&changed.course)?;
        Viewer::new(self.app, content, enrolment).card(changed.key, &changed.value, changed.version)
    }

    fn concept(&self, changed: &Changed<String, ConceptBelief>) -> Option<ConceptView> {
        let (content, enrolment, ability) = self.courses.get(&changed.course)?;
        Viewer::new(self.app, content, enrolment).concept(&changed.key, ability, Some(&changed.value))
    }

    fn untouched(&self, course: &str, concept: &str) -> Option<ConceptView> {
        let (content, enrolment, ability) = self.courses.get(course)?;
        Viewer::new(self.app, content, enrolment).concept(concept, ability, None)
    }
}

fn read_cursor(text: &str, catalogue: &Catalogue, head: i64) -> Result<Cursor> {
    let unreadable = || Error::Invalid(vec![Fault::new("cursor", "send a cursor as it was given, or none")]);
    let cursor = Cursor::read(text).ok_or_else(unreadable)?;
    // A number that was never given: the database is older than the cursor, whatever its epoch says.
    if cursor.epoch != catalogue.epoch || cursor.seq > head { Err(Error::CursorExpired) } else { Ok(cursor) }
}

/// Where a page of at most `limit` events ends, and whether more come after it. `lengths` are those of the numbers
/// after `from`, one more than the limit if there are so many. One event is in a page however long it is.
fn page_end(lengths: &[(i64, i32)], limit: usize, from: i64) -> (i64, bool) {
    let mut bytes = 0;
    let within = lengths.iter().take(limit).take_while(|(_, length)| {
        bytes += i64::from(*length);
        bytes <= PAGE_BYTES
    });
    let page = &lengths[..within.count().max(1).min(lengths.len())];
    (page.last().map_or(from, |(seq, _)| *seq), page.len() < lengths.len())
}

fn months(events: &[(Timestamp, EventId)]) -> Vec<Month> {
    let mut months: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (at, id) in events {
        let month: String = at.to_string().chars().take(7).collect();
        let (count, xor) = months.entry(month).or_default();
        *count += 1;
        *xor ^= fnv1a(id.to_string().as_bytes());
    }
    months.into_iter().map(|(month, (count, xor))| Month { month, count, xor }).collect()
}

/// FNV-1a, 64 bit: two lines of code on any device.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_at_its_limit_or_where_its_events_get_long() {
        let long = 16 * 1024;
        let of = |lengths: &[i32]| -> Vec<(i64, i32)> { (11..).zip(lengths.iter().copied()).collect() };
        for (lengths, limit, expected) in [
            (of(&[]), 200, (10, false)),
            (of(&[300, 300]), 2, (12, false)),
            (of(&[300, 300, 300]), 2, (12, true)),
            (of(&[long; 16]), 200, (26, false)),
            (of(&[long; 40]), 200, (26, true)),
            (of(&[PAGE_BYTES as i32 + 1, 300]), 200, (11, true)),
        ] {
            assert_eq!(page_end(&lengths, limit, 10), expected, "{} events, {limit}", lengths.len());
        }
    }

    #[test]
    fn a_month_is_told_by_count_and_hash_whatever_the_order() {
        let id = |number: u128| EventId(Uuid::from_u128(number));
        let (late, early) = (Timestamp(1_795_431_600_000), Timestamp(1_793_490_000_000));
        let forward = months(&[(early, id(1)), (late, id(2)), (late, id(3))]);
        assert_eq!(forward, months(&[(late, id(3)), (early, id(1)), (late, id(2))]));
        assert_eq!(
            forward.iter().map(|month| (month.month.as_str(), month.count)).collect::<Vec<_>>(),
            [("2026-10", 1), ("2026-11", 2)]
        );
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c, "the published test vector of FNV-1a");
    }
}
