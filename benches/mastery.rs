//! The mastery filter under load, and what an adaptive check is worth: `make bench-mastery`.
//!
//! Three parts: time per answer with questions learnt on the way; a replay of 300,000 answers of 5,000 learners; and
//! checks of newcomers, adaptive against random. Truth is known in the last part, so its error is the distance of the
//! map from what the newcomers really know.

#![allow(clippy::print_stdout, reason = "a bench that reports")]

#[path = "mastery/check.rs"]
mod check;
#[path = "mastery/cohort.rs"]
mod cohort;
#[path = "mastery/ground.rs"]
mod ground;
#[path = "mastery/shipped.rs"]
mod shipped;

use cohort::{Chance, Course, DAY_MS};
use laerd::domain::mastery::{
    Ability, ConceptBelief, ItemMemory, Observation, Parameters, learn,
    replay::{Attempt, Replay},
    update,
};
use std::{hint::black_box, time::Instant};

const ANSWERS: usize = 300_000;
const LEARNERS: usize = 5_000;
const ROUNDS: usize = 200;
const ROUND: usize = 2_000;

fn main() {
    time_per_answer();
    time_per_replay();
    check::compare();
}

/// One learner, one question after the other: foreseen, learnt from, its concepts' levels decided, its difficulty moved.
/// The fastest of many short rounds, which other programs on the machine did not interrupt.
fn time_per_answer() {
    let mut chance = Chance::new(1);
    let course = Course::draw(Parameters::default(), 80, 5, &mut chance);
    let rounds = (0..ROUNDS).map(|_| one_round(&course, &mut chance));
    let fastest = rounds.fold(f64::INFINITY, f64::min);
    println!("one answer, levels and question included: {:.3} µs (at most 1)", fastest * 1e6);
}

/// Seconds per answer.
fn one_round(course: &Course, chance: &mut Chance) -> f64 {
    let (mut items, mut concepts) = course.unknown();
    let parameters = &course.parameters;
    let mut ability = Ability::prior(parameters);
    let mut beliefs = vec![ConceptBelief::prior(parameters); concepts.len()];
    let mut memories = vec![ItemMemory::prior(parameters); items.len()];
    let log: Vec<(usize, bool)> = (0..ROUND).map(|_| (chance.below(items.len()), chance.uniform() < 0.7)).collect();
    let begin = Instant::now();
    for (turn, (place, correct)) in log.into_iter().enumerate() {
        let item = &mut items[place];
        let concept = item.concepts[0];
        let mut known = [concepts[concept]];
        let at_ms = turn as i64 * 20_000;
        let observation = Observation {
            at_ms,
            study_day: at_ms.div_euclid(DAY_MS) as i32,
            correct,
            item: &item.parameters,
            concepts: &known,
            feedback: true,
            item_spread_s2: 1.4,
        };
        let own = &mut beliefs[concept..=concept];
        let prediction = update(parameters, &mut ability, &mut memories[place], own, &observation);
        learn(&mut item.parameters, &mut known, &prediction);
        concepts[concept] = known[0];
    }
    let each = begin.elapsed().as_secs_f64() / ROUND as f64;
    black_box((&ability, &beliefs, &items));
    each
}

/// A whole course in its order, as the server does it in the background; the fastest of five.
fn time_per_replay() {
    let mut chance = Chance::new(2);
    let course = Course::draw(Parameters::default(), 80, 5, &mut chance);
    let (items, concepts) = course.unknown();
    let attempts: Vec<Attempt> = (0..ANSWERS)
        .map(|turn| Attempt {
            learner: chance.below(LEARNERS),
            item: chance.below(items.len()),
            at_ms: turn as i64 * 10_000,
            correct: chance.uniform() < 0.7,
            feedback: true,
        })
        .collect();
    let (mut replayed, mut finished) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..5 {
        let begin = Instant::now();
        let mut replay = Replay::new(course.parameters, items.clone(), concepts.clone());
        attempts.iter().for_each(|attempt| _ = black_box(replay.answer(*attempt)));
        replayed = replayed.min(begin.elapsed().as_secs_f64());
        black_box(replay.finish());
        finished = finished.min(begin.elapsed().as_secs_f64());
    }
    println!(
        "replay of {ANSWERS} answers of {LEARNERS} learners: {:.0} ms, with recalibration {:.0} ms (at most 1000)",
        replayed * 1e3,
        finished * 1e3
    );
}
