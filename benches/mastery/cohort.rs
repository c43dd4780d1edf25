//! A course and learners whose truth is known, so that what the filter says of them can be checked.
//!
//! Truth moves as the filter supposes: ability and form drift, strength fades and grows back into uncertainty, answers
//! teach. What the filter must find out from right and wrong alone is drawn from its own priors.

#![allow(dead_code, reason = "shared by the bench and the example, and neither uses all of it")]

use laerd::domain::mastery::{ConceptParameters, ItemParameters, Parameters, replay::Item};

pub const DAY_MS: i64 = 86_400_000;

/// A seed's own sequence of chance; the same on every machine.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Between 0 and 1, neither of them.
    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, count: usize) -> usize {
        ((self.uniform() * count as f64) as usize).min(count - 1)
    }

    /// A draw from a normal distribution around zero (Box and Muller).
    pub fn normal(&mut self, variance: f64) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        variance.sqrt() * radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }
}

/// A course as it really is: nothing in it is uncertain.
pub struct Course {
    pub parameters: Parameters,
    pub items: Vec<Item>,
    pub concepts: Vec<ConceptParameters>,
    /// The places of the questions of each concept.
    pub own: Vec<Vec<usize>>,
}

impl Course {
    /// `per_concept` questions on each concept; every fifth also measures the next concept. As in the shipped course, 15 %
    /// are true or false and 40 % a choice of one.
    pub fn draw(parameters: Parameters, concepts: usize, per_concept: usize, chance: &mut Chance) -> Self {
        let structure: Vec<(f64, Vec<usize>)> = (0..concepts * per_concept)
            .map(|place| {
                let (own, is_shared) = (place / per_concept, place % 5 == 4);
                let guess = match place % 20 {
                    0..3 => 0.3,
                    3..11 => 0.15,
                    _ => 0.0,
                };
                let next = (own + 1) % concepts;
                (guess, if is_shared { vec![own, next] } else { vec![own] })
            })
            .collect();
        Self::of(parameters, &structure, chance)
    }

    /// A course of which the questions' chances of being guessed and concepts are given.
    pub fn of(parameters: Parameters, structure: &[(f64, Vec<usize>)], chance: &mut Chance) -> Self {
        let item = |(guess, concepts): &(f64, Vec<usize>)| Item {
            parameters: ItemParameters { b: chance.normal(parameters.v_item), vb: 0.0, guess: *guess, mem: true },
            concepts: concepts.clone(),
        };
        let items: Vec<Item> = structure.iter().map(item).collect();
        let concepts = items.iter().flat_map(|item| &item.concepts).max().map_or(0, |last| last + 1);
        let mut own = vec![Vec::new(); concepts];
        for (place, item) in items.iter().enumerate() {
            item.concepts.iter().for_each(|concept| own[*concept].push(place));
        }
        let draw = |questions: &Vec<usize>| {
            let prior = ConceptParameters::prior(&parameters, questions.len() as u32);
            ConceptParameters { beta: chance.normal(parameters.v_concept), vbeta: 0.0, ..prior }
        };
        let concepts = own.iter().map(draw).collect();
        Self { parameters, items, concepts, own }
    }

    /// The same course before anyone has answered.
    pub fn unknown(&self) -> (Vec<Item>, Vec<ConceptParameters>) {
        let unknown = |item: &Item| Item {
            parameters: ItemParameters::prior(&self.parameters, item.parameters.guess),
            concepts: item.concepts.clone(),
        };
        let concepts = self.concepts.iter().map(|concept| ConceptParameters::prior(&self.parameters, concept.n_items));
        (self.items.iter().map(unknown).collect(), concepts.collect())
    }
}

/// A learner as he really is.
#[derive(Clone)]
pub struct Student {
    ability: f64,
    form: f64,
    last: Option<i64>,
    /// Neither form, nor time, nor answering changes him.
    is_still: bool,
    concepts: Vec<Strength>,
    memories: Vec<Memory>,
}

#[derive(Clone)]
struct Strength {
    a: f64,
    answers: u32,
    last: Option<i64>,
}

#[derive(Clone)]
struct Memory {
    e: f64,
    answers: u32,
    last: Option<i64>,
}

impl Student {
    pub fn draw(course: &Course, chance: &mut Chance) -> Self {
        let parameters = &course.parameters;
        let strength = |chance: &mut Chance| Strength { a: chance.normal(parameters.v_delta), answers: 0, last: None };
        let memory = |chance: &mut Chance| Memory { e: chance.normal(parameters.v_mem), answers: 0, last: None };
        Self {
            ability: chance.normal(parameters.v_theta),
            form: chance.normal(parameters.session_variance()),
            last: None,
            is_still: false,
            concepts: course.concepts.iter().map(|_| strength(chance)).collect(),
            memories: course.items.iter().map(|_| memory(chance)).collect(),
        }
    }

    /// The same without form of the day, luck with single questions, learning and forgetting: what tests of fixed length
    /// suppose of who takes them.
    pub fn standing_still(mut self) -> Self {
        (self.is_still, self.form) = (true, 0.0);
        self.memories.iter_mut().for_each(|memory| memory.e = 0.0);
        self
    }

    /// Answers a question: what time did to him, right or wrong, and what the answer taught.
    pub fn answer(&mut self, course: &Course, item: usize, at_ms: i64, chance: &mut Chance) -> bool {
        let parameters = &course.parameters;
        if !self.is_still {
            self.live_until(course, item, at_ms, chance);
        }
        let question = &course.items[item];
        let weight = 1.0 / (question.concepts.len() as f64).sqrt();
        let memory = &self.memories[item];
        let mut log_odds = parameters.mu0 - question.parameters.b + self.ability + self.form + memory.e;
        if memory.answers > 0 {
            let minutes = 1_440.0 * days(at_ms, memory.last);
            log_odds += parameters.fb * libm::pow(1.0 + minutes / parameters.tau_fb_min, -parameters.psi_fb);
        }
        for &concept in &question.concepts {
            log_odds += weight * (self.concepts[concept].now(parameters, at_ms) - course.concepts[concept].beta);
        }
        let guess = question.parameters.guess;
        let correct = chance.uniform() < guess + (1.0 - guess) * sigma(log_odds);
        if !self.is_still {
            self.learn(course, item, at_ms, correct, chance);
        }
        correct
    }

    fn live_until(&mut self, course: &Course, item: usize, at_ms: i64, chance: &mut Chance) {
        let parameters = &course.parameters;
        let left = parameters.lam * libm::exp(-24.0 * parameters.sess_per_hour * days(at_ms, self.last));
        self.form = left * self.form + chance.normal((1.0 - left * left) * parameters.session_variance());
        self.last = Some(at_ms);
        for &concept in &course.items[item].concepts {
            self.concepts[concept].fade(parameters, at_ms, chance);
        }
        let memory = &mut self.memories[item];
        let left = libm::pow(1.0 + days(at_ms, memory.last) / parameters.tau_mem, -parameters.psi_mem);
        memory.e = left * memory.e + chance.normal((1.0 - left * left) * parameters.v_mem);
    }

    fn learn(&mut self, course: &Course, item: usize, at_ms: i64, correct: bool, chance: &mut Chance) {
        let parameters = &course.parameters;
        let (in_concept, in_memory) = match correct {
            true => (parameters.g_correct, parameters.gm_correct),
            false => (parameters.g_wrong, parameters.gm_wrong),
        };
        self.ability += chance.normal(parameters.q_theta);
        for &concept in &course.items[item].concepts {
            let strength = &mut self.concepts[concept];
            strength.a += in_concept / (1.0 + parameters.eta * f64::from(strength.answers));
            strength.a += chance.normal(parameters.q_delta);
            (strength.answers, strength.last) = (strength.answers + 1, Some(at_ms));
        }
        let memory = &mut self.memories[item];
        memory.e += in_memory / (1.0 + parameters.eta_mem * f64::from(memory.answers));
        (memory.answers, memory.last) = (memory.answers + 1, Some(at_ms));
    }

    /// The share of a concept's questions he knows at an instant, which is what the mastery figure is about: the form
    /// of the day left out, memory of the questions that were met spread over all of them.
    pub fn share(&self, course: &Course, concept: usize, at_ms: i64, chance: &mut Chance) -> f64 {
        let mut then = self.concepts[concept].clone();
        if !self.is_still {
            then.fade(&course.parameters, at_ms, chance);
        }
        let own = || course.own[concept].iter().map(|place| (&course.items[*place], &self.memories[*place]));
        let remembered: f64 = own().filter(|(_, memory)| memory.answers > 0).map(|(_, memory)| memory.e).sum();
        let questions = f64::from(course.concepts[concept].n_items.max(1));
        let strength = then.now(&course.parameters, at_ms) + remembered / questions;
        let log_odds = course.parameters.mu0 - course.concepts[concept].beta + self.ability + strength;
        own().map(|(item, _)| sigma(log_odds - item.parameters.b)).sum::<f64>() / questions
    }
}

impl Strength {
    fn fade(&mut self, parameters: &Parameters, at_ms: i64, chance: &mut Chance) {
        let left = libm::pow(1.0 + days(at_ms, self.last) / parameters.tau, -parameters.psi);
        let kept = if self.a > 0.0 { left * self.a } else { self.a };
        self.a = kept + chance.normal((1.0 - left * left) * parameters.v_delta);
    }

    /// Less what is lost for want of practice.
    fn now(&self, parameters: &Parameters, at_ms: i64) -> f64 {
        let idle = days(at_ms, self.last);
        let drop = if self.answers == 0 { 0.0 } else { parameters.phi * libm::log(1.0 + idle / parameters.tau_phi) };
        self.a - drop
    }
}

fn days(at_ms: i64, earlier: Option<i64>) -> f64 {
    earlier.map_or(0.0, |earlier| (at_ms - earlier).max(0) as f64 / DAY_MS as f64)
}

pub fn sigma(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}
