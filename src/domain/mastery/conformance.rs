//! The filter against vectors that others computed: a second implementation of our own in
//! `tests/fixtures/mastery_reference.py`, and, where the shared folder is at hand, the published vectors.

#![allow(clippy::unwrap_used)]

use super::decay::Moment;
use super::estimate::estimate_at;
use super::filter::update_at;
use super::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TOLERANCE: f64 = 1e-9;
const MS_PER_DAY: f64 = 86_400_000.0;

#[derive(Deserialize)]
struct Vectors {
    params: Parameters,
    items: BTreeMap<String, ItemParameters>,
    concepts: BTreeMap<String, ConceptParameters>,
    item_spread_s2: f64,
    feedback_on: bool,
    sequence: Vec<Step>,
    mastery_at_day_430: BTreeMap<String, Figure>,
    item_learning_fresh_learners: Vec<Learnt>,
}

#[derive(Deserialize)]
struct Step {
    t_days: f64,
    item: String,
    concepts: Vec<String>,
    correct: u8,
    expect: Expected,
}

#[derive(Deserialize)]
struct Expected {
    p: f64,
    mu: f64,
    #[serde(rename = "S")]
    s: f64,
    score_r: f64,
    info_h: f64,
    theta: [f64; 2],
    session: [f64; 2],
    concept: BTreeMap<String, (f64, f64, u32)>,
    item_memory_sum: BTreeMap<String, f64>,
    item_memory: Option<(f64, f64, u32)>,
    mastery: BTreeMap<String, Figure>,
    level: BTreeMap<String, u8>,
}

#[derive(Deserialize)]
struct Figure {
    p: f64,
    lo: f64,
    hi: f64,
    mu: f64,
    sd: f64,
    n: u32,
    p_ge_60: f64,
    p_ge_75: f64,
}

#[derive(Deserialize)]
struct Learnt {
    correct: u8,
    item: [f64; 2],
    concept: [f64; 2],
}

/// A learner who answers the steps of a file, one after the other.
struct Replay<'a> {
    vectors: &'a Vectors,
    days_between: Option<fn(i64, i64) -> f64>,
    ability: Ability,
    memories: BTreeMap<String, ItemMemory>,
    beliefs: BTreeMap<String, ConceptBelief>,
}

impl<'a> Replay<'a> {
    fn new(vectors: &'a Vectors, days_between: Option<fn(i64, i64) -> f64>) -> Self {
        let parameters = &vectors.params;
        let untouched = |id: &String| (id.clone(), ConceptBelief::prior(parameters));
        Self {
            vectors,
            days_between,
            ability: Ability::prior(parameters),
            memories: vectors.items.keys().map(|id| (id.clone(), ItemMemory::prior(parameters))).collect(),
            beliefs: vectors.concepts.keys().map(untouched).collect(),
        }
    }

    fn moment(&self, t_days: f64) -> Moment<'a> {
        let moment = Moment::new(&self.vectors.params, (t_days * MS_PER_DAY).round() as i64);
        match self.days_between {
            Some(days_between) => Moment { days_between, ..moment },
            None => moment,
        }
    }

    fn answer(&mut self, step: &Step) -> Prediction {
        let concepts: Vec<_> = step.concepts.iter().map(|id| self.vectors.concepts[id]).collect();
        let mut beliefs: Vec<_> = step.concepts.iter().map(|id| self.beliefs[id]).collect();
        let moment = self.moment(step.t_days);
        let observation = Observation {
            at_ms: moment.at_ms,
            study_day: step.t_days.floor() as i32,
            correct: step.correct == 1,
            item: &self.vectors.items[&step.item],
            concepts: &concepts,
            feedback: self.vectors.feedback_on,
            item_spread_s2: self.vectors.item_spread_s2,
        };
        let memory = self.memories.get_mut(&step.item).unwrap();
        let prediction = update_at(&moment, &mut self.ability, memory, &mut beliefs, &observation);
        self.beliefs.extend(step.concepts.iter().cloned().zip(beliefs));
        prediction
    }

    fn check_figures(&self, place: &str, t_days: f64, expect: &BTreeMap<String, Figure>) {
        for (id, figure) in expect {
            let belief = &self.beliefs[id];
            let concept = &self.vectors.concepts[id];
            let moment = self.moment(t_days);
            let found = estimate_at(&moment, &self.ability, belief, concept, self.vectors.item_spread_s2);
            let place = format!("{place}, mastery of {id}");
            near(&place, [found.p, found.low, found.high], [figure.p, figure.lo, figure.hi]);
            near(&place, [found.mu, found.sd], [figure.mu, figure.sd]);
            near(&place, [found.p_ge_60, found.p_ge_75], [figure.p_ge_60, figure.p_ge_75]);
            assert_eq!(belief.n, figure.n, "{place}");
        }
    }

    fn check_state(&self, place: &str, step: &Step) {
        let expect = &step.expect;
        near(place, [self.ability.m, self.ability.v], expect.theta);
        near(place, [self.ability.sm, self.ability.sv], expect.session);
        for (id, &(a, v, n)) in &expect.concept {
            let belief = &self.beliefs[id];
            near(place, [belief.a, belief.v], [a, v]);
            assert_eq!(belief.n, n, "{place}, answers in {id}");
        }
        for (id, &sum) in &expect.item_memory_sum {
            near(place, [self.beliefs[id].e_sum], [sum]);
        }
        let memory = &self.memories[&step.item];
        match expect.item_memory {
            Some((e, w, n)) => {
                near(place, [memory.e, memory.w], [e, w]);
                assert_eq!(memory.n, n, "{place}");
            }
            None => assert_eq!(*memory, ItemMemory::prior(&self.vectors.params), "{place}: never remembered"),
        }
        for (id, &level) in &expect.level {
            assert_eq!(self.beliefs[id].level as u8, level, "{place}, level of {id}");
        }
    }
}

fn near<const N: usize>(place: &str, found: [f64; N], expect: [f64; N]) {
    let is_near = found.iter().zip(&expect).all(|(found, expect)| (found - expect).abs() <= TOLERANCE);
    assert!(is_near, "{place}: found {found:?}, expected {expect:?}");
}

fn check_item_learning(vectors: &Vectors) {
    let parameters = &vectors.params;
    let mut item = ItemParameters::prior(parameters, 0.0);
    let mut concepts = [ConceptParameters::prior(parameters, 1)];
    for (place, row) in vectors.item_learning_fresh_learners.iter().enumerate() {
        let observation = Observation {
            at_ms: 0,
            study_day: 0,
            correct: row.correct == 1,
            item: &item,
            concepts: &concepts,
            feedback: true,
            item_spread_s2: vectors.item_spread_s2,
        };
        let (mut ability, mut memory) = (Ability::prior(parameters), ItemMemory::prior(parameters));
        let mut beliefs = [ConceptBelief::prior(parameters)];
        let prediction = update(parameters, &mut ability, &mut memory, &mut beliefs, &observation);
        learn(&mut item, &mut concepts, &prediction);
        let place = format!("fresh learner {place}");
        near(&place, [item.b, item.vb], row.item);
        near(&place, [concepts[0].beta, concepts[0].vbeta], row.concept);
    }
}

/// `days_between`: how the file counts time, when not in whole seconds.
fn check(path: &Path, days_between: Option<fn(i64, i64) -> f64>) {
    let vectors: Vectors = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(vectors.sequence.len(), 12, "{}", path.display());
    let mut replay = Replay::new(&vectors, days_between);
    for (place, step) in vectors.sequence.iter().enumerate() {
        let place = format!("{}, answer {place}", path.display());
        let found = replay.answer(step);
        let expect = &step.expect;
        near(&place, [found.p, found.mu, found.s], [expect.p, expect.mu, expect.s]);
        near(&place, [found.r, found.h], [expect.score_r, expect.info_h]);
        replay.check_state(&place, step);
        replay.check_figures(&place, step.t_days, &expect.mastery);
    }
    replay.check_figures("day 430", 430.0, &vectors.mastery_at_day_430);
    check_item_learning(&vectors);
}

fn in_package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_filter_agrees_with_the_reference_implementation() {
    if std::env::var_os("UPDATE").is_some() {
        let script = in_package("tests/fixtures/mastery_reference.py");
        let status = std::process::Command::new("python3").arg(script).status().unwrap();
        assert!(status.success(), "the reference implementation failed");
    }
    check(&in_package("tests/fixtures/mastery-vectors.json"), None);
}

#[test]
fn the_filter_agrees_with_the_published_vectors_where_they_are_at_hand() {
    let published = in_package("../shared/conformance/mastery-vectors.json");
    if published.exists() {
        check(&published, Some(|later, earlier| (later - earlier) as f64 / MS_PER_DAY));
    }
}

#[test]
fn the_defaults_are_the_published_ones_where_they_are_at_hand() {
    let published = in_package("../shared/conformance/mastery-defaults.json");
    if let Ok(text) = std::fs::read_to_string(published) {
        let published: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(Parameters::default()).unwrap(), published);
    }
}
