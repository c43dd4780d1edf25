//! Learning how hard a course's questions and concepts are, from all its answers at once.
//!
//! Answers are taken in one fixed order (when they were given, then by id), each learner's state is carried along, and
//! every answer also moves its question and its concepts. The same answers therefore always end in the same numbers,
//! whoever replays them. Learners' states are thrown away at the end: they are folded again, against the result frozen.

use super::decay::Moment;
use super::filter::{Observation, absorb_at, learn};
use super::{
    Ability, ConceptBelief, ConceptParameters, Foreseen, ItemMemory, ItemParameters, Parameters, Prediction,
    Recalibration,
};

/// A question of the replay: what is known of it, and its concepts by their place.
#[derive(Debug, Clone)]
pub struct Item {
    pub parameters: ItemParameters,
    pub concepts: Vec<usize>,
}

/// One scored answer, in places of the replay's lists.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// Any number up to the count of learners; a new one starts a new learner.
    pub learner: usize,
    pub item: usize,
    /// When it was given, in milliseconds UTC.
    pub at_ms: i64,
    pub correct: bool,
    /// Whether learners are shown the key after answering.
    pub feedback: bool,
}

/// What a replay found out.
#[derive(Debug, Clone, PartialEq)]
pub struct Learnt {
    pub items: Vec<ItemParameters>,
    pub concepts: Vec<ConceptParameters>,
    /// From the later half of the forecasts, when questions were known already.
    pub recalibration: Recalibration,
    pub foreseen: Vec<Foreseen>,
}

/// A course on its way through its answers.
pub struct Replay {
    parameters: Parameters,
    items: Vec<Item>,
    concepts: Vec<ConceptParameters>,
    learners: Vec<Learner>,
    foreseen: Vec<Foreseen>,
    learns: bool,
    /// Beliefs and parameters of the concepts of the question at hand, kept to spare allocations.
    at_hand: (Vec<ConceptBelief>, Vec<ConceptParameters>),
}

/// A learner's state; both lists are in order of their first member, and hold only what was met.
struct Learner {
    ability: Ability,
    concepts: Vec<(usize, ConceptBelief)>,
    memories: Vec<(usize, ItemMemory)>,
}

impl Replay {
    /// Starts with questions and concepts as given, usually at their priors.
    pub fn new(parameters: Parameters, items: Vec<Item>, concepts: Vec<ConceptParameters>) -> Self {
        let (learners, foreseen, at_hand) = (Vec::new(), Vec::new(), (Vec::new(), Vec::new()));
        Self { parameters, items, concepts, learners, foreseen, learns: true, at_hand }
    }

    /// From here on questions and concepts stay as they are.
    pub fn freeze(&mut self) {
        self.learns = false;
    }

    /// How many learners have answered.
    pub fn learners(&self) -> usize {
        self.learners.len()
    }

    /// How many answers were taken in.
    pub fn answers(&self) -> usize {
        self.foreseen.len()
    }

    /// Foresees one answer, then learns from it.
    pub fn answer(&mut self, attempt: Attempt) -> Prediction {
        while self.learners.len() <= attempt.learner {
            let ability = Ability::prior(&self.parameters);
            self.learners.push(Learner { ability, concepts: Vec::new(), memories: Vec::new() });
        }
        let learner = &mut self.learners[attempt.learner];
        let item = &mut self.items[attempt.item];
        let (beliefs, concepts) = &mut self.at_hand;
        beliefs.clear();
        concepts.clear();
        for place in &item.concepts {
            beliefs.push(*met(&mut learner.concepts, *place, || ConceptBelief::prior(&self.parameters)));
            concepts.push(self.concepts[*place]);
        }
        let memory = met(&mut learner.memories, attempt.item, || ItemMemory::prior(&self.parameters));
        let observation = Observation {
            at_ms: attempt.at_ms,
            study_day: 0,
            correct: attempt.correct,
            item: &item.parameters,
            concepts,
            feedback: attempt.feedback,
            item_spread_s2: 0.0,
        };
        let moment = Moment::new(&self.parameters, attempt.at_ms);
        let prediction = absorb_at(&moment, &mut learner.ability, memory, beliefs, &observation);
        if self.learns {
            learn(&mut item.parameters, concepts, &prediction);
        }
        for (at, place) in item.concepts.iter().enumerate() {
            *met(&mut learner.concepts, *place, || beliefs[at]) = beliefs[at];
            self.concepts[*place] = concepts[at];
        }
        self.foreseen.push(Foreseen { p: prediction.p, correct: attempt.correct });
        prediction
    }

    /// What was learnt.
    pub fn finish(self) -> Learnt {
        Learnt {
            recalibration: Recalibration::fit(&self.foreseen[self.foreseen.len() / 2..]),
            items: self.items.into_iter().map(|item| item.parameters).collect(),
            concepts: self.concepts,
            foreseen: self.foreseen,
        }
    }
}

/// The entry of `place`, made where it is missing.
fn met<T>(entries: &mut Vec<(usize, T)>, place: usize, new: impl FnOnce() -> T) -> &mut T {
    let at = entries.binary_search_by_key(&place, |(place, _)| *place).unwrap_or_else(|at| {
        entries.insert(at, (place, new()));
        at
    });
    &mut entries[at].1
}
