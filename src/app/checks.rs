//! Questions chosen for what they tell: a check that draws a newcomer's map, and a challenge to one estimate.
//!
//! Neither is stored. The device keeps which questions a check has asked; their answers go the way of all answers, and
//! the filter, which has seen them, decides what to ask next.

use super::{App, Caller, Entry, Error, Fault, QueueCard, Result, mastery::Beliefs, queue::View};
use crate::{
    domain::{
        mastery::{
            ItemMemory, Measured,
            choose::{Candidate, Choice, Known, Picture, choose},
        },
        review::CardState,
    },
    store,
    vocab::id::QuestionId,
};
use std::collections::{BTreeMap, BTreeSet};

/// So many questions make a check.
const LENGTH: usize = 20;

/// A check ends early when the best question is expected to take less than this share of the uncertainty.
const WORTH_ASKING: f64 = 0.001;

/// So many questions decide about a challenge.
const CHALLENGE: usize = 3;

/// How far a check has come.
pub struct CheckRequest {
    /// What it has asked.
    pub asked: Vec<QuestionId>,
    /// The most questions to return.
    pub limit: usize,
}

/// What a check asks next.
pub struct Check {
    pub questions: Vec<QueueCard>,
    /// How many more it will ask, these included.
    pub left: usize,
    /// Half the width of the 90 % interval, on average over the concepts that have questions.
    pub uncertainty: f64,
}

/// Questions at a time at most, and asked in all at most.
const AT_A_TIME: std::ops::RangeInclusive<usize> = 1..=5;
const MOST_ASKED: usize = 100;

impl CheckRequest {
    /// Every value that does not hold, at once.
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        if !AT_A_TIME.contains(&self.limit) {
            faults.push(Fault::new("/limit", "use a whole number from 1 to 5"));
        }
        if self.asked.len() > MOST_ASKED {
            faults.push(Fault::new("/asked", format!("name at most {MOST_ASKED} questions")));
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}

impl App {
    /// The questions that would tell most about the learner's knowledge of the whole course.
    pub async fn check(&self, caller: Caller, course: &str, request: CheckRequest) -> Result<Check> {
        request.check()?;
        let beliefs = self.beliefs(caller, course).await?;
        let asked: BTreeSet<QuestionId> = request.asked.into_iter().collect();
        let left = LENGTH.saturating_sub(asked.len());
        let open: Vec<&Entry> = scored(&beliefs).filter(|entry| !asked.contains(&entry.id)).collect();
        let uncertainty = uncertainty(&beliefs);
        let (questions, gains) = self.most_telling(&beliefs, &open, (None, request.limit.min(left))).await?;
        let worth = gains.iter().take_while(|choice| choice.gain >= WORTH_ASKING).count();
        let questions: Vec<QueueCard> = questions.into_iter().take(worth).collect();
        let left = if questions.is_empty() { 0 } else { left.min(open.len()) };
        Ok(Check { questions, left, uncertainty })
    }

    /// The questions that would tell most about one concept, for a learner who doubts its estimate.
    pub async fn challenge(&self, caller: Caller, course: &str, slug: &str) -> Result<Vec<QueueCard>> {
        let beliefs = self.beliefs(caller, course).await?;
        beliefs.content.concept(slug)?;
        let own: BTreeSet<QuestionId> = beliefs.questions(slug).collect();
        let open: Vec<&Entry> = scored(&beliefs).filter(|entry| own.contains(&entry.id)).collect();
        Ok(self.most_telling(&beliefs, &open, (Some(slug), CHALLENGE)).await?.0)
    }

    /// The most telling of `open` about one concept or all.
    async fn most_telling(
        &self,
        beliefs: &Beliefs,
        open: &[&Entry],
        (about, count): (Option<&str>, usize),
    ) -> Result<(Vec<QueueCard>, Vec<Choice>)> {
        let met: Vec<QuestionId> =
            open.iter().map(|entry| entry.id).filter(|id| beliefs.overview.met.contains_key(id)).collect();
        let cards = store::study::cards(&self.db, beliefs.learner.id, &met).await?;
        let candidates: Vec<Candidate<'_>> =
            open.iter().filter_map(|entry| candidate(beliefs, entry, &cards)).collect();
        let choices = choose(picture(beliefs, about), &candidates, count);
        let view = View::new(self, &beliefs.content, &beliefs.enrolment, beliefs.learner.seed);
        let shown = choices.iter().map(|choice| {
            let entry = open[choice.place];
            view.any_card(entry, cards.get(&entry.id).and_then(|state| state.card))
        });
        Ok((shown.collect(), choices))
    }
}

/// The questions that are asked and that the filter knows.
fn scored(beliefs: &Beliefs) -> impl Iterator<Item = &Entry> {
    let items = &beliefs.content.model.items;
    beliefs.content.asked().filter(|entry| items.contains_key(&entry.id))
}

fn candidate<'a>(
    beliefs: &'a Beliefs,
    entry: &Entry,
    cards: &BTreeMap<QuestionId, CardState>,
) -> Option<Candidate<'a>> {
    let model = &beliefs.content.model;
    let item = model.items.get(&entry.id)?;
    let place = |slug: &String| beliefs.content.concepts.iter().position(|concept| concept.slug == *slug);
    let memory = cards.get(&entry.id).map_or_else(|| ItemMemory::prior(&model.parameters), |state| state.memory);
    Some(Candidate { item: &item.parameters, concepts: item.concepts.iter().filter_map(place).collect(), memory })
}

fn picture<'a>(beliefs: &'a Beliefs, about: Option<&str>) -> Picture<'a> {
    let model = &beliefs.content.model;
    let concepts = beliefs.content.concepts.iter().map(|concept| {
        let parameters = &model.concepts[&concept.slug];
        let is_asked_about = about.map_or(parameters.n_items > 0, |slug| slug == concept.slug);
        let items = model.asked.get(&concept.slug).map_or(&[][..], Vec::as_slice);
        let measured = Measured { concept: parameters, items };
        Known { belief: beliefs.belief(&concept.slug), measured, is_asked_about }
    });
    Picture { shown: model.shown(beliefs.now), ability: beliefs.ability, concepts: concepts.collect(), feedback: true }
}

fn uncertainty(beliefs: &Beliefs) -> f64 {
    let model = &beliefs.content.model;
    let halves = beliefs.content.concepts.iter().filter_map(|concept| {
        let items = model.asked.get(&concept.slug)?;
        let measured = Measured { concept: &model.concepts[&concept.slug], items };
        let figure = model.shown(beliefs.now).figure(&beliefs.ability, &beliefs.belief(&concept.slug), measured);
        Some((figure.high - figure.low) / 2.0)
    });
    let halves: Vec<f64> = halves.collect();
    halves.iter().sum::<f64>() / halves.len().max(1) as f64
}
