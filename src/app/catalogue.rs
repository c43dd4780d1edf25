//! The courses in memory: what every request reads and only a bank load changes.
//!
//! A load through another process is noticed by its number in the database; `refresh` swaps the whole catalogue.

use super::{App, Error, Result, Retired};
use crate::{
    domain::{
        bank::{Concept, Course},
        history::Wording,
        mastery::{ConceptParameters, ItemParameters, Parameters, Recalibration},
        memory::Weights,
        outline::Outline,
        question::{self, Body, Question, guess_chance},
        review::{CourseModel, ItemModel},
        spread::Slot,
    },
    store::{self, Db, Txn, catalogue::StoredCourse},
    vocab::id::QuestionId,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError},
};

/// All courses, as of one load.
pub struct Catalogue {
    /// Number of the load, as stored; `None` before the first.
    pub version: Option<String>,
    /// The life of this database; another one after a backup was restored.
    pub epoch: String,
    courses: Vec<Arc<CourseContent>>,
    /// Which course a question belongs to.
    home: HashMap<QuestionId, usize>,
}

/// One course, ready to be studied.
pub struct CourseContent {
    pub course: Course,
    pub concepts: Vec<Concept>,
    /// In the order of the course, retired ones included.
    pub entries: Vec<Entry>,
    by_id: HashMap<QuestionId, usize>,
    revisions: HashMap<(QuestionId, i32), Arc<Question>>,
    pub model: CourseModel,
    pub outline: Outline,
    /// Names of all concepts, which a typo must not be mistaken for.
    pub names: Vec<String>,
}

/// A question and where it stands.
#[derive(Clone)]
pub struct Entry {
    pub id: QuestionId,
    pub chapter: u8,
    pub revision: i32,
    pub retired: bool,
    pub question: Arc<Question>,
}

/// What a version of a course's parameters holds; whatever it does not name stands at its prior.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredParameters {
    pub parameters: Parameters,
    pub items: HashMap<QuestionId, ItemParameters>,
    pub concepts: HashMap<String, ConceptParameters>,
    pub recalibration: Recalibration,
    /// Mean times of questions, in milliseconds.
    pub times: HashMap<QuestionId, u32>,
    /// The memory weights fitted to all learners of the course.
    pub memory: Weights,
}

/// The measured guess floor is 0.6 of the chance of guessing blindly.
const GUESS_FLOOR: f64 = 0.6;
/// Loads between which a writer tries again.
const LOADS_IN_A_ROW: usize = 5;

impl Catalogue {
    pub async fn load(db: &Db) -> Result<Self> {
        let version = store::catalogue::state(db, "catalogue").await?;
        let epoch = store::catalogue::state(db, "epoch").await?.unwrap_or_else(|| "e1".to_owned());
        let stored = store::catalogue::load(db).await?;
        let courses: Vec<Arc<CourseContent>> =
            stored.into_iter().map(|course| CourseContent::new(course).map(Arc::new)).collect::<Result<_>>()?;
        let home = courses.iter().enumerate().flat_map(|(at, course)| course.entries.iter().map(move |e| (e.id, at)));
        let home = home.collect();
        Ok(Self { version, epoch, courses, home })
    }

    pub fn courses(&self) -> &[Arc<CourseContent>] {
        &self.courses
    }

    pub fn course(&self, slug: &str) -> Result<Arc<CourseContent>> {
        self.courses.iter().find(|course| course.course.slug == slug).cloned().ok_or(Error::NotFound("course"))
    }

    /// Every question that is asked no more.
    pub fn retired(&self) -> Vec<Retired> {
        let of_course = |course: &Arc<CourseContent>| -> Vec<Retired> {
            let slug = &course.course.slug;
            let retired = course.entries.iter().filter(|entry| entry.retired);
            let successor = |entry: &Entry| course.successor(entry.question.id.as_str());
            let tell =
                |entry: &Entry| Retired { course: slug.clone(), question: entry.id, successor: successor(entry) };
            retired.map(tell).collect()
        };
        self.courses.iter().flat_map(of_course).collect()
    }

    /// The course a question belongs to.
    pub fn course_of(&self, question: QuestionId) -> Option<&Arc<CourseContent>> {
        self.home.get(&question).map(|at| &self.courses[*at])
    }
}

impl CourseContent {
    fn new(stored: StoredCourse) -> Result<Self> {
        let mut entries = Vec::with_capacity(stored.questions.len());
        let mut revisions = HashMap::new();
        for question in stored.questions {
            for (place, revision) in question.revisions.iter().enumerate() {
                // A mended key holds for every revision, so that it is the same which comes first, load or answer.
                let later = question.revisions[place + 1..].iter().map(|later| later.question.as_ref());
                let mended = question::mended_by(&revision.question, later);
                let held = mended.map_or_else(|| Arc::clone(&revision.question), Arc::new);
                revisions.insert((question.id, revision.number), held);
            }
            let Some(current) = revisions.get(&(question.id, question.revision)).cloned() else {
                return Err(Error::Internal(format!("question {} lacks its revision", question.reference)));
            };
            entries.push(Entry {
                id: question.id,
                chapter: question.chapter,
                revision: question.revision,
                retired: question.retired,
                question: current,
            });
        }
        let (version, learnt) = parameters(stored.parameters)?;
        let model = course_model(version, &learnt, &stored.concepts, &entries);
        Ok(Self {
            by_id: entries.iter().enumerate().map(|(at, entry)| (entry.id, at)).collect(),
            names: stored.concepts.iter().map(|concept| concept.name.nb.clone()).collect(),
            outline: outline(&stored.concepts, &entries),
            course: stored.course,
            concepts: stored.concepts,
            entries,
            revisions,
            model,
        })
    }

    pub fn entry(&self, id: QuestionId) -> Option<&Entry> {
        self.by_id.get(&id).map(|at| &self.entries[*at])
    }

    pub fn revision(&self, id: QuestionId, revision: i32) -> Option<&Arc<Question>> {
        self.revisions.get(&(id, revision))
    }

    pub fn concept(&self, slug: &str) -> Result<&Concept> {
        self.concepts.iter().find(|concept| concept.slug == slug).ok_or(Error::NotFound("concept"))
    }

    /// The question that took the place of the one an author called `reference`.
    fn successor(&self, reference: &str) -> Option<QuestionId> {
        let takes_over = |entry: &&Entry| entry.question.successor_of.as_deref() == Some(reference);
        self.asked().find(takes_over).map(|entry| entry.id)
    }

    /// Every question that can be reviewed, in every wording it has had; pages are read and not reviewed.
    pub fn wordings(&self) -> impl Iterator<Item = Wording<'_>> {
        let revisions = self.revisions.iter().filter(|(_, revision)| !matches!(revision.body, Body::Info { .. }));
        revisions.map(|((question, _), revision)| Wording {
            question: *question,
            reference: &revision.id,
            stem: &revision.stem,
        })
    }

    /// Questions that take turns among the days, each family in the order of its turns.
    pub fn siblings(&self) -> Vec<Vec<QuestionId>> {
        siblings(&self.entries)
    }

    /// Questions that are asked, in the order of the course.
    pub fn asked(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.retired)
    }
}

impl App {
    /// The catalogue as this instance knows it.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the courses again if another process has loaded some; tells whether it did.
    pub async fn refresh_catalogue(&self) -> Result<bool> {
        let version = store::catalogue::state(&self.db, "catalogue").await?;
        if version == self.catalogue().version {
            return Ok(false);
        }
        let fresh = Arc::new(Catalogue::load(&self.db).await?);
        *self.catalogue.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(true)
    }

    /// A write transaction with the courses as they are stored; no load changes them until it ends.
    pub(super) async fn write_by_catalogue(&self) -> Result<(Txn, Arc<Catalogue>)> {
        for _ in 0..LOADS_IN_A_ROW {
            let txn = self.db.write().await?;
            let catalogue = self.catalogue();
            if store::catalogue::hold_version(&txn).await? == catalogue.version {
                return Ok((txn, catalogue));
            }
            drop(txn);
            self.refresh_catalogue().await?;
        }
        Err(Error::Unavailable("the courses are being loaded".into()))
    }
}

fn parameters(stored: Option<(i32, String)>) -> Result<(i32, StoredParameters)> {
    let Some((version, body)) = stored else { return Ok((0, StoredParameters::default())) };
    let learnt = serde_json::from_str(&body);
    let learnt = learnt.map_err(|cause| Error::Internal(format!("stored parameters are damaged: {cause}")))?;
    Ok((version, learnt))
}

fn course_model(version: i32, learnt: &StoredParameters, concepts: &[Concept], entries: &[Entry]) -> CourseModel {
    let parameters = learnt.parameters;
    let scored = entries.iter().filter(|entry| entry.question.body.is_scored());
    let items: HashMap<QuestionId, ItemModel> = scored
        .clone()
        .map(|entry| {
            let prior = ItemParameters::prior(&parameters, GUESS_FLOOR * guess_chance(&entry.question.body));
            let mean_ms = learnt.times.get(&entry.id).copied();
            let learnt = learnt.items.get(&entry.id).copied().unwrap_or(prior);
            // The chance of guessing is the question's of today, not of the day it was learnt.
            let parameters = ItemParameters { guess: prior.guess, mem: prior.mem, ..learnt };
            (entry.id, ItemModel { parameters, concepts: entry.question.concepts.clone(), mean_ms })
        })
        .collect();
    let mut asked: HashMap<String, Vec<ItemParameters>> = HashMap::new();
    for entry in scored.filter(|entry| !entry.retired) {
        for concept in &entry.question.concepts {
            asked.entry(concept.clone()).or_default().push(items[&entry.id].parameters);
        }
    }
    let concepts = concepts.iter().map(|concept| {
        let n_items = asked.get(&concept.slug).map_or(0, Vec::len) as u32;
        let prior = ConceptParameters::prior(&parameters, n_items);
        let learnt = learnt.concepts.get(&concept.slug).copied().unwrap_or(prior);
        (concept.slug.clone(), ConceptParameters { n_items, ..learnt })
    });
    let (concepts, slots) = (concepts.collect(), slots(&siblings(entries)));
    let (recalibration, memory, item_spread) = (learnt.recalibration, learnt.memory, item_spread(&items));
    CourseModel { version, parameters, item_spread, recalibration, concepts, items, asked, memory, slots }
}

/// Questions whose main concept is the same, in the order of the course; a retired one keeps its place.
fn siblings(entries: &[Entry]) -> Vec<Vec<QuestionId>> {
    let mut families: BTreeMap<&String, Vec<QuestionId>> = BTreeMap::new();
    for entry in entries {
        if let Some(concept) = entry.question.concepts.first() {
            families.entry(concept).or_default().push(entry.id);
        }
    }
    families.into_values().collect()
}

fn outline(concepts: &[Concept], entries: &[Entry]) -> Outline {
    let concepts: Vec<(&str, &[String])> =
        concepts.iter().map(|concept| (concept.slug.as_str(), concept.prerequisites.as_slice())).collect();
    let questions = entries.iter().map(|entry| (entry.id, entry.chapter, entry.question.concepts.as_slice()));
    Outline::new(&concepts, questions)
}

fn slots(siblings: &[Vec<QuestionId>]) -> HashMap<QuestionId, Slot> {
    let slot = |family: &Vec<QuestionId>, place: usize| Slot {
        question: family[place],
        place: place as u32,
        siblings: family.len() as u32,
    };
    let slots = siblings.iter().flat_map(|family| (0..family.len()).map(move |place| slot(family, place)));
    slots.map(|slot| (slot.question, slot)).collect()
}

/// s²: the variance of the items' difficulties plus the mean of their uncertainty. Summed in the order of the ids, so
/// that the last bit is the same in every process.
fn item_spread(items: &HashMap<QuestionId, ItemModel>) -> f64 {
    let mut ordered: Vec<(&QuestionId, &ItemModel)> = items.iter().collect();
    ordered.sort_unstable_by_key(|(id, _)| **id);
    let n = ordered.len().max(1) as f64;
    let mean = ordered.iter().map(|(_, item)| item.parameters.b).sum::<f64>() / n;
    let spread = ordered.iter().map(|(_, item)| (item.parameters.b - mean) * (item.parameters.b - mean)).sum::<f64>();
    let uncertainty = ordered.iter().map(|(_, item)| item.parameters.vb).sum::<f64>();
    (spread + uncertainty) / n
}
