//! Which questions tell most about what a learner knows.
//!
//! A question is worth what it is expected to take from the uncertainty of the learner's shares, over the concepts that
//! are asked about. Both answers are tried on the filter itself, so whatever makes a question blunt counts without a
//! rule of its own: one too easy or too hard, one easily guessed, one remembered, one whose difficulty is unknown.

use super::decay::Moment;
use super::filter::{Encounter, Observation, absorb_at, predict};
use super::{Ability, ConceptBelief, ConceptParameters, ItemMemory, ItemParameters, Parameters, Shown};

/// A question that could be asked.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pub item: &'a ItemParameters,
    /// Its concepts, by their place in the picture.
    pub concepts: Vec<usize>,
    /// What the learner remembers of it.
    pub memory: ItemMemory,
}

/// What is known of a learner across a course.
#[derive(Debug, Clone)]
pub struct Picture<'a> {
    pub shown: Shown<'a>,
    pub ability: Ability,
    pub concepts: Vec<Known<'a>>,
    /// Whether learners are shown the key after answering.
    pub feedback: bool,
}

/// A concept of the picture.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    pub belief: ConceptBelief,
    pub concept: &'a ConceptParameters,
    /// Whether the picture is to become clearer here.
    pub is_asked_about: bool,
}

/// A question worth asking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Its place among the candidates.
    pub place: usize,
    /// The share of the uncertainty it is expected to take away, 0 to 1.
    pub gain: f64,
}

/// Up to `count` questions, the most telling first. Each is chosen as if those before it had been asked and their
/// answers were not known yet. Ties go to the earlier candidate.
pub fn choose(mut picture: Picture<'_>, candidates: &[Candidate<'_>], count: usize) -> Vec<Choice> {
    let mut chosen: Vec<Choice> = Vec::new();
    while chosen.len() < count.min(candidates.len()) {
        let weights = Weights::of(&picture);
        let open = (0..candidates.len()).filter(|place| chosen.iter().all(|choice| choice.place != *place));
        let best = open.map(|place| (place, picture.asked(&candidates[place]))).map(|(place, after)| {
            let left = weights.left(&picture, &after);
            (left, place, after)
        });
        let Some((left, place, after)) = best.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))) else { break };
        chosen.push(Choice { place, gain: 1.0 - left / weights.all });
        picture.take(after);
    }
    chosen
}

/// What is expected of the variances once a question has been asked.
struct After {
    ability: f64,
    session: f64,
    concepts: Vec<(usize, f64)>,
}

/// How much each variance counts: the squared slope of the share in its log-odds.
struct Weights {
    slopes: Vec<f64>,
    /// All uncertainty of the picture.
    all: f64,
}

impl Weights {
    fn of(picture: &Picture<'_>) -> Self {
        let slope = |known: &Known<'_>| if known.is_asked_about { picture.slope(known) } else { 0.0 };
        let slopes: Vec<f64> = picture.concepts.iter().map(slope).collect();
        let parts = slopes.iter().zip(&picture.concepts);
        let all = parts.map(|(slope, known)| slope * (picture.ability.v + picture.faded(known).v)).sum::<f64>();
        Self { slopes, all: all.max(f64::MIN_POSITIVE) }
    }

    /// What is expected to be left of the uncertainty.
    fn left(&self, picture: &Picture<'_>, after: &After) -> f64 {
        let of_ability = (picture.ability.v - after.ability) * self.slopes.iter().sum::<f64>();
        let taken = |(place, v): &(usize, f64)| self.slopes[*place] * (picture.faded(&picture.concepts[*place]).v - v);
        self.all - of_ability - after.concepts.iter().map(taken).sum::<f64>()
    }
}

impl Picture<'_> {
    fn parameters(&self) -> &Parameters {
        self.shown.parameters
    }

    fn faded(&self, known: &Known<'_>) -> ConceptBelief {
        let mut belief = known.belief;
        Moment::new(self.parameters(), self.shown.now_ms).fade_concept(&mut belief);
        belief
    }

    fn slope(&self, known: &Known<'_>) -> f64 {
        let slope = self.shown.slope(&self.ability, &known.belief, known.concept);
        slope * slope
    }

    /// What asking a question is expected to leave: the mean over its right and its wrong answer.
    fn asked(&self, candidate: &Candidate<'_>) -> After {
        let beliefs: Vec<ConceptBelief> = candidate.concepts.iter().map(|place| self.concepts[*place].belief).collect();
        let concepts: Vec<ConceptParameters> =
            candidate.concepts.iter().map(|place| *self.concepts[*place].concept).collect();
        let (at_ms, item, feedback) = (self.shown.now_ms, candidate.item, self.feedback);
        let encounter = Encounter { at_ms, item, concepts: &concepts, feedback };
        let p = predict(self.parameters(), &self.ability, &candidate.memory, &beliefs, &encounter);
        let mut after =
            After { ability: 0.0, session: 0.0, concepts: candidate.concepts.iter().map(|k| (*k, 0.0)).collect() };
        for (correct, chance) in [(true, p), (false, 1.0 - p)] {
            let (mut ability, mut memory, mut beliefs) = (self.ability, candidate.memory, beliefs.clone());
            let observation =
                Observation { at_ms, study_day: 0, correct, item, concepts: &concepts, feedback, item_spread_s2: 0.0 };
            let moment = Moment::new(self.parameters(), at_ms);
            absorb_at(&moment, &mut ability, &mut memory, &mut beliefs, &observation);
            after.ability += chance * ability.v;
            after.session += chance * ability.sv;
            for ((_, v), belief) in after.concepts.iter_mut().zip(&beliefs) {
                *v += chance * belief.v;
            }
        }
        after
    }

    /// Takes a question as asked: what is expected of it is certain, and nothing else moves.
    fn take(&mut self, after: After) {
        (self.ability.v, self.ability.sv) = (after.ability, after.session);
        self.ability.t_last = Some(self.shown.now_ms);
        for (place, v) in after.concepts {
            let faded = self.faded(&self.concepts[place]);
            let belief = &mut self.concepts[place].belief;
            *belief = ConceptBelief { v, t_k: Some(self.shown.now_ms), ..faded };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mastery::Recalibration;

    const RECALIBRATION: Recalibration = Recalibration { a: 0.0, b: 1.0 };

    /// A newcomer to three concepts, asked about all or only the first.
    fn picture<'a>(parameters: &'a Parameters, concepts: &'a [ConceptParameters], only_first: bool) -> Picture<'a> {
        let shown = Shown { parameters, recalibration: &RECALIBRATION, item_spread_s2: 1.0, now_ms: 0 };
        let known = |(place, concept)| Known {
            belief: ConceptBelief::prior(parameters),
            concept,
            is_asked_about: place == 0 || !only_first,
        };
        let concepts = concepts.iter().enumerate().map(known).collect();
        Picture { shown, ability: Ability::prior(parameters), concepts, feedback: true }
    }

    fn chosen(items: &[(f64, f64, f64, usize)], only_first: bool, count: usize) -> Vec<usize> {
        let parameters = Parameters::default();
        let concepts = [ConceptParameters { vbeta: 0.05, ..ConceptParameters::prior(&parameters, 3) }; 3];
        let items: Vec<(ItemParameters, usize)> = items
            .iter()
            .map(|&(b, vb, guess, concept)| (ItemParameters { b, vb, guess, mem: true }, concept))
            .collect();
        let candidate =
            |(item, concept)| Candidate { item, concepts: vec![concept], memory: ItemMemory::prior(&parameters) };
        let candidates: Vec<Candidate<'_>> = items.iter().map(|(item, concept)| candidate((item, *concept))).collect();
        let choices = choose(picture(&parameters, &concepts, only_first), &candidates, count);
        assert!(choices.iter().all(|choice| 0.0 < choice.gain && choice.gain < 1.0), "{choices:?}");
        choices.iter().map(|choice| choice.place).collect()
    }

    #[test]
    fn the_question_that_divides_best_comes_first() {
        assert_eq!(chosen(&[(-4.0, 0.1, 0.0, 0), (0.6, 0.1, 0.0, 0), (5.0, 0.1, 0.0, 0)], false, 1), [1]);
    }

    #[test]
    fn a_question_easily_guessed_or_unknown_tells_less() {
        assert_eq!(chosen(&[(0.6, 0.1, 0.3, 0), (0.6, 0.1, 0.0, 0)], false, 1), [1]);
        assert_eq!(chosen(&[(0.6, 1.9, 0.0, 0), (0.6, 0.1, 0.0, 0)], false, 1), [1]);
    }

    #[test]
    fn questions_spread_over_the_concepts() {
        let mut spread =
            chosen(&[(0.6, 0.1, 0.0, 0), (0.6, 0.1, 0.0, 0), (0.6, 0.1, 0.0, 1), (0.6, 0.1, 0.0, 2)], false, 3);
        spread.sort_unstable();
        assert_eq!(spread, [0, 2, 3]);
    }

    #[test]
    fn a_challenge_stays_with_its_concept() {
        assert_eq!(chosen(&[(0.6, 0.1, 0.0, 1), (2.0, 0.1, 0.0, 0), (1.0, 0.1, 0.0, 0)], true, 2), [2, 1]);
    }

    #[test]
    fn nothing_to_choose_from_is_no_choice() {
        assert!(chosen(&[], false, 3).is_empty());
    }
}
