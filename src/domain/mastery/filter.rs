//! The filter itself: foresee an answer, and learn from it.
//!
//! Each answer costs time in proportion to the concepts of its question and allocates nothing. Updating fades the
//! state in place first, so that every right-hand side below uses the value as read at the moment of the answer.

use super::decay::Moment;
use super::estimate::estimate_at;
use super::forecast::{Forecast, Prediction, Strength, concept_weight};
use super::trend::follow;
use super::{Ability, ConceptBelief, ConceptParameters, ItemMemory, ItemParameters, Parameters, level_now};

/// No variance of a mean that is learnt falls below this.
const LEAST_VARIANCE: f64 = 1e-6;

/// A question as a learner meets it.
#[derive(Debug, Clone, Copy)]
pub struct Encounter<'a> {
    /// The instant, in milliseconds UTC.
    pub at_ms: i64,
    /// The question.
    pub item: &'a ItemParameters,
    /// The question's concepts, in the order of the beliefs passed with it.
    pub concepts: &'a [ConceptParameters],
    /// Whether learners are shown the key after answering.
    pub feedback: bool,
}

/// One marked answer.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// When it was given, in milliseconds UTC.
    pub at_ms: i64,
    /// The number of the learner's study day it was given on.
    pub study_day: i32,
    /// Whether it passed.
    pub correct: bool,
    /// The question.
    pub item: &'a ItemParameters,
    /// The question's concepts, in the order of the beliefs passed with it.
    pub concepts: &'a [ConceptParameters],
    /// Whether learners are shown the key after answering.
    pub feedback: bool,
    /// The course's spread of question difficulty, as in [`super::estimate()`]: the stored level rests on it.
    pub item_spread_s2: f64,
}

/// Chance of a right answer at the moment of the encounter, with guessing. Changes nothing.
pub fn predict(
    parameters: &Parameters,
    ability: &Ability,
    memory: &ItemMemory,
    beliefs: &[ConceptBelief],
    encounter: &Encounter<'_>,
) -> f64 {
    let moment = Moment::new(parameters, encounter.at_ms);
    let (mut ability, mut memory) = (*ability, *memory);
    moment.fade_session(&mut ability);
    let recall = moment.fade_memory(&mut memory, encounter.item, encounter.feedback);
    let mut strength = Strength::of_concepts(encounter.concepts.len());
    for (belief, concept) in beliefs.iter().zip(encounter.concepts) {
        let mut belief = *belief;
        let drop = moment.fade_concept(&mut belief);
        strength.add(&belief, drop, concept);
    }
    Forecast::new(parameters.mu0, encounter.item, &ability, &recall, &strength).p
}

/// Learns from an answer: ability, form of the day, the question's concepts with their levels, and the memory of
/// the question. For a generated question (`mem` false) `memory` is neither read nor changed.
pub fn update(
    parameters: &Parameters,
    ability: &mut Ability,
    memory: &mut ItemMemory,
    beliefs: &mut [ConceptBelief],
    observation: &Observation<'_>,
) -> Prediction {
    update_at(&Moment::new(parameters, observation.at_ms), ability, memory, beliefs, observation)
}

/// `update` at a moment that may count time in its own way.
pub(super) fn update_at(
    moment: &Moment<'_>,
    ability: &mut Ability,
    memory: &mut ItemMemory,
    beliefs: &mut [ConceptBelief],
    observation: &Observation<'_>,
) -> Prediction {
    for (belief, concept) in beliefs.iter_mut().zip(observation.concepts) {
        follow(moment, ability, belief, concept);
    }
    let unsure_before = if memory.n > 0 { memory.w } else { 0.0 };
    let prediction = absorb_at(moment, ability, memory, beliefs, observation);
    for (belief, concept) in beliefs.iter_mut().zip(observation.concepts) {
        if observation.item.mem {
            belief.w_sum += memory.w - unsure_before;
        }
        let now = estimate_at(moment, ability, belief, concept, observation.item_spread_s2);
        belief.level = level_now(belief.level, &now, belief.n, belief.correct_days);
    }
    prediction
}

/// `update` without what is only for showing, levels and trends: a replay that learns how hard questions are has no
/// use for them.
pub(super) fn absorb_at(
    moment: &Moment<'_>,
    ability: &mut Ability,
    memory: &mut ItemMemory,
    beliefs: &mut [ConceptBelief],
    observation: &Observation<'_>,
) -> Prediction {
    debug_assert_eq!(beliefs.len(), observation.concepts.len(), "one belief per concept of the question");
    let stored_memory = memory.e;
    moment.fade_session(ability);
    let recall = moment.fade_memory(memory, observation.item, observation.feedback);
    let mut strength = Strength::of_concepts(observation.concepts.len());
    for (belief, concept) in beliefs.iter_mut().zip(observation.concepts) {
        let drop = moment.fade_concept(belief);
        strength.add(belief, drop, concept);
    }
    let prediction = Forecast::new(moment.parameters.mu0, observation.item, ability, &recall, &strength)
        .weigh(observation.correct, observation.item.guess);

    correct_ability(moment, ability, &prediction);
    if observation.item.mem {
        correct_memory(moment, memory, observation.correct, &prediction);
    }
    for belief in beliefs.iter_mut() {
        correct_concept(moment, belief, observation, &prediction);
        belief.e_sum += memory.e - stored_memory;
    }
    prediction
}

/// Learns how hard a question and its concepts are from one answer. Only the background refit does this; a
/// learner's state is folded against frozen parameters.
pub fn learn(item: &mut ItemParameters, concepts: &mut [ConceptParameters], prediction: &Prediction) {
    let Prediction { r, h, .. } = *prediction;
    let weight = concept_weight(concepts.len());
    item.b -= item.vb * r;
    item.vb -= item.vb * item.vb * h;
    for concept in concepts {
        concept.beta -= weight * concept.vbeta * r;
        concept.vbeta -= weight * weight * concept.vbeta * concept.vbeta * h;
    }
}

fn correct_ability(moment: &Moment<'_>, ability: &mut Ability, prediction: &Prediction) {
    let Prediction { r, h, .. } = *prediction;
    ability.m += ability.v * r;
    ability.v = ability.v - ability.v * ability.v * h + moment.parameters.q_theta;
    ability.sm += ability.sv * r;
    ability.sv -= ability.sv * ability.sv * h;
    ability.t_last = Some(moment.at_ms);
}

fn correct_memory(moment: &Moment<'_>, memory: &mut ItemMemory, correct: bool, prediction: &Prediction) {
    let parameters = moment.parameters;
    let gain = if correct { parameters.gm_correct } else { parameters.gm_wrong };
    memory.e += memory.w * prediction.r + tapered(gain, parameters.eta_mem, memory.n);
    memory.w = (memory.w - memory.w * memory.w * prediction.h).max(LEAST_VARIANCE);
    memory.n = memory.n.saturating_add(1);
    memory.t = Some(moment.at_ms);
}

fn correct_concept(
    moment: &Moment<'_>,
    belief: &mut ConceptBelief,
    observation: &Observation<'_>,
    prediction: &Prediction,
) {
    let parameters = moment.parameters;
    let weight = concept_weight(observation.concepts.len());
    let gain = if observation.correct { parameters.g_correct } else { parameters.g_wrong };
    belief.a += weight * belief.v * prediction.r + tapered(gain, parameters.eta, belief.n);
    let narrowed = belief.v - weight * weight * belief.v * belief.v * prediction.h;
    belief.v = narrowed.max(LEAST_VARIANCE) + parameters.q_delta;
    belief.n = belief.n.saturating_add(1);
    belief.t_k = Some(moment.at_ms);
    if observation.correct {
        belief.note_correct_on(observation.study_day);
    }
}

/// What an answer teaches: less for each one before it.
fn tapered(first: f64, rate: f64, answers_before: u32) -> f64 {
    first / (1.0 + rate * f64::from(answers_before))
}
