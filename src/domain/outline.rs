//! Where the questions of a course stand: chapter, main concept, and which concepts come before which.

use crate::vocab::id::QuestionId;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The course as an order of concepts.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    topics: HashMap<QuestionId, Topic>,
    /// The place of each question in the order of learning.
    order: HashMap<QuestionId, usize>,
    /// For each concept all that come before it, the prerequisites of prerequisites included.
    before: Vec<BTreeSet<ConceptNumber>>,
}

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    pub chapter: u8,
    pub concept: ConceptNumber,
}

/// A concept of the course by its place in the list.
pub type ConceptNumber = usize;

impl Outline {
    /// `concepts` with their prerequisites, and of each question its chapter and its concepts, the main one first.
    pub fn new<'a>(
        concepts: &[(&'a str, &'a [String])],
        questions: impl Iterator<Item = (QuestionId, u8, &'a [String])>,
    ) -> Self {
        let numbers: BTreeMap<&str, ConceptNumber> =
            concepts.iter().enumerate().map(|(number, (slug, _))| (*slug, number)).collect();
        let direct = concepts.iter().map(|(_, needs)| needs.iter().filter_map(|slug| numbers.get(slug.as_str())));
        let direct: Vec<Vec<ConceptNumber>> = direct.map(|needs| needs.copied().collect()).collect();
        let before = (0..direct.len()).map(|concept| all_before(&direct, concept)).collect();
        let questions: Vec<(QuestionId, u8, &[String])> = questions.collect();
        let topic = |(id, chapter, concepts): &(QuestionId, u8, &[String])| {
            let concept = numbers.get(concepts.first()?.as_str())?;
            Some((*id, Topic { chapter: *chapter, concept: *concept }))
        };
        let topics = questions.iter().filter_map(topic).collect();
        let mut outline = Self { topics, order: HashMap::new(), before };
        let ordered = outline.in_order_of_learning(questions.iter().map(|(id, ..)| *id).collect());
        outline.order = ordered.into_iter().enumerate().map(|(place, id)| (id, place)).collect();
        outline
    }

    /// In the order of the course, but a concept never before those it builds on.
    fn in_order_of_learning(&self, mut left: Vec<QuestionId>) -> Vec<QuestionId> {
        let mut ordered = Vec::with_capacity(left.len());
        while !left.is_empty() {
            let waits = |place: &usize| left.iter().any(|other| self.comes_before(*other, left[*place]));
            let next = (0..left.len()).find(|place| !waits(place)).unwrap_or(0);
            ordered.push(left.remove(next));
        }
        ordered
    }

    /// The question's place in the order of learning; what the course does not hold comes last.
    pub fn place(&self, question: QuestionId) -> usize {
        self.order.get(&question).copied().unwrap_or(usize::MAX)
    }

    pub fn topic(&self, question: QuestionId) -> Option<Topic> {
        self.topics.get(&question).copied()
    }

    /// Whether the concept of `first` is to be learnt before that of `second`.
    pub fn comes_before(&self, first: QuestionId, second: QuestionId) -> bool {
        let (first, second) = (self.topic(first), self.topic(second));
        let before = |first: Topic, second: Topic| self.before.get(second.concept)?.get(&first.concept);
        first.zip(second).is_some_and(|(first, second)| before(first, second).is_some())
    }
}

fn all_before(direct: &[Vec<ConceptNumber>], concept: ConceptNumber) -> BTreeSet<ConceptNumber> {
    let mut found = BTreeSet::new();
    let mut open: Vec<ConceptNumber> = direct[concept].clone();
    while let Some(next) = open.pop() {
        if next != concept && found.insert(next) {
            open.extend(&direct[next]);
        }
    }
    found
}
