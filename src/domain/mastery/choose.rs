//! Which questions tell most about what a learner knows.
//!
//! A question is worth what its answer is expected to take from the squared error of the shares that are shown, over
//! the concepts that are asked about: how far it moves them, squared. The answer moves ability and strength in a
//! concept together, so both count together in the concept's own share. Whatever makes a question blunt counts without
//! a rule of its own: one too easy or too hard, one easily guessed, one remembered, one whose difficulty is unknown.
//!
//! What an answer says of ability and of its concept hangs together from then on: the surer one is, the more of the
//! answer is known to come from the other. The filter keeps variances alone and forgets it, so of a concept that was
//! asked about already it would learn too much of ability a second time. Here it is reckoned anew from how far the
//! concept's variance has narrowed, and questions spread over concepts because that tells more.

use super::decay::Moment;
use super::forecast::{Forecast, Strength, concept_weight};
use super::{Ability, ConceptBelief, ItemMemory, ItemParameters, Measured, Shown};

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
    pub measured: Measured<'a>,
    /// Whether the picture is to become clearer here.
    pub is_asked_about: bool,
}

/// A question worth asking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// Its place among the candidates.
    pub place: usize,
    /// The share of the expected squared error it is expected to take away, 0 to 1.
    pub gain: f64,
}

/// Up to `count` questions, the most telling first. Each is chosen as if those before it had been asked and their
/// answers were not known yet. Ties go to the earlier candidate.
pub fn choose(mut picture: Picture<'_>, candidates: &[Candidate<'_>], count: usize) -> Vec<Choice> {
    let mut chosen: Vec<Choice> = Vec::new();
    while chosen.len() < count.min(candidates.len()) {
        let present = Present::of(&picture);
        let open = (0..candidates.len()).filter(|place| chosen.iter().all(|choice| choice.place != *place));
        let worth = open.map(|place| {
            let information = present.information(&picture, &candidates[place]);
            (present.taken(&candidates[place].concepts, information), place, information)
        });
        let best = worth.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((gain, place, information)) = best else { break };
        chosen.push(Choice { place, gain: gain / present.error });
        present.ask(&mut picture, &candidates[place].concepts, information);
    }
    chosen
}

/// The picture at the moment of asking.
struct Present<'a> {
    moment: Moment<'a>,
    ability: Ability,
    concepts: Vec<Now>,
    /// The expected squared error of the shares, as far as answers can take it away.
    error: f64,
}

/// A concept at the moment of asking.
struct Now {
    belief: ConceptBelief,
    /// Log-odds lost for want of practice.
    drop: f64,
    /// How far ability and strength hang together: their covariance, which is never positive, without its sign.
    tie: f64,
    /// The squared error of the share for each unit of variance: its squared slope in the log-odds.
    weight: f64,
}

impl<'a> Present<'a> {
    fn of(picture: &Picture<'a>) -> Self {
        let moment = Moment::new(picture.shown.parameters, picture.shown.now_ms);
        let mut ability = picture.ability;
        moment.fade_session(&mut ability);
        let now = |known: &Known<'_>| {
            let mut belief = known.belief;
            let drop = moment.fade_concept(&mut belief);
            let slope = picture.shown.slope(&picture.ability, &known.belief, known.measured);
            let tie = tie(picture.shown.parameters.v_delta, &ability, &belief);
            Now { belief, drop, tie, weight: if known.is_asked_about { slope * slope } else { 0.0 } }
        };
        let concepts: Vec<Now> = picture.concepts.iter().map(now).collect();
        let error: f64 = concepts.iter().map(|now| now.weight * (ability.v + now.belief.v)).sum();
        Self { moment, ability, concepts, error: error.max(f64::MIN_POSITIVE) }
    }

    /// What the answer to a question is expected to say about its log-odds.
    fn information(&self, picture: &Picture<'_>, candidate: &Candidate<'_>) -> f64 {
        let (item, mut memory) = (candidate.item, candidate.memory);
        let recall = self.moment.fade_memory(&mut memory, item, picture.feedback);
        let mut strength = Strength::of_concepts(candidate.concepts.len());
        for place in &candidate.concepts {
            let now = &self.concepts[*place];
            strength.add(&now.belief, now.drop, picture.concepts[*place].measured.concept);
        }
        let mu0 = self.moment.parameters.mu0;
        Forecast::new(mu0, item, &self.ability, &recall, &strength).information(item.guess)
    }

    /// How much of the error an answer with this information takes away. A share moves with its covariance with what is
    /// asked: of ability with itself and with both concepts' strengths, and of the strength where the concept is asked.
    fn taken(&self, concepts: &[usize], information: f64) -> f64 {
        let weight = concept_weight(concepts.len());
        let tied: f64 = concepts.iter().map(|place| self.concepts[*place].tie).sum();
        let of_share = |(place, now): (usize, &Now)| {
            let of_ability = (self.ability.v - now.tie - tied).max(0.0);
            let together = if concepts.contains(&place) { of_ability + weight * now.belief.v } else { of_ability };
            now.weight * together * together
        };
        information * self.concepts.iter().enumerate().map(of_share).sum::<f64>()
    }

    /// Takes a question as asked: variances narrow as expected, and nothing else moves.
    fn ask(mut self, picture: &mut Picture<'_>, concepts: &[usize], information: f64) {
        let weight = concept_weight(concepts.len());
        for &place in concepts {
            let belief = &mut self.concepts[place].belief;
            belief.v -= weight * weight * belief.v * belief.v * information;
            belief.t_k = Some(self.moment.at_ms);
            picture.concepts[place].belief = *belief;
        }
        let Ability { v, sv, .. } = self.ability;
        self.ability.v -= v * v * information;
        self.ability.sv -= sv * sv * information;
        picture.ability = Ability { t_last: Some(self.moment.at_ms), ..self.ability };
    }
}

/// Of the most that two variances allow.
const FIRMEST_TIE: f64 = 0.9;

/// An answer with information h narrows the strength's variance v by v²h and ties it to ability's variance V by Vvh;
/// answers in other concepts loosen the tie as they narrow V. So it is V times the share of v that is gone.
fn tie(unknown: f64, ability: &Ability, belief: &ConceptBelief) -> f64 {
    let gone = (1.0 - belief.v / unknown).clamp(0.0, 1.0);
    (ability.v * gone).min(FIRMEST_TIE * (ability.v * belief.v).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mastery::{ConceptParameters, Parameters, Recalibration};

    const RECALIBRATION: Recalibration = Recalibration { a: 0.0, b: 1.0 };

    /// A newcomer to three concepts, asked about all or only the first.
    fn picture<'a>(parameters: &'a Parameters, concepts: &'a [ConceptParameters], only_first: bool) -> Picture<'a> {
        let shown = Shown { parameters, recalibration: &RECALIBRATION, item_spread_s2: 1.0, now_ms: 0 };
        let known = |(place, concept)| Known {
            belief: ConceptBelief::prior(parameters),
            measured: Measured { concept, items: &[] },
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
    fn a_concept_that_was_asked_about_says_less_of_the_others() {
        let parameters = Parameters::default();
        let concepts = [ConceptParameters { vbeta: 0.05, ..ConceptParameters::prior(&parameters, 3) }; 3];
        let mut picture = picture(&parameters, &concepts, false);
        let item = ItemParameters { b: 0.6, vb: 0.1, guess: 0.0, mem: true };
        let of = |concept| Candidate { item: &item, concepts: vec![concept], memory: ItemMemory::prior(&parameters) };
        let fresh = Present::of(&picture).taken(&[0], 0.1);
        let belief = &mut picture.concepts[0].belief;
        (belief.v, belief.t_k) = (0.8 * belief.v, Some(0));
        let asked = Present::of(&picture).taken(&[0], 0.1);
        assert!(asked < 0.9 * fresh, "{asked} {fresh}");
        assert_eq!(choose(picture, &[of(0), of(1)], 1)[0].place, 1);
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
