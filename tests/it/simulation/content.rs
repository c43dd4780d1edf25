//! What is studied in the simulation: two small courses cut out of the real one, and what authors do to them.

use crate::support::real_course;
use laerd::domain::{
    bank::Bank,
    question::{Body, Question},
};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};

/// Two courses of one stream: the first has a question of every type and some more to choose from, the second four.
pub fn banks() -> Vec<Bank> {
    let mut seen = Vec::new();
    let one_of_each = |question: &Question| {
        let kind = std::mem::discriminant(&question.body);
        let more = matches!(question.body, Body::Single { .. }) && seen.iter().filter(|k| **k == kind).count() < 4;
        let is_wanted = more || !seen.contains(&kind);
        seen.push(kind);
        is_wanted
    };
    let first = cut("simulated", one_of_each);
    let used: Vec<String> = first.questions.iter().map(|question| question.question.id.clone()).collect();
    let mut left = 4;
    let second = cut("simulated-too", |question| {
        let is_wanted = left > 0 && question.body.is_scored() && !used.contains(&question.id);
        left -= usize::from(is_wanted);
        is_wanted
    });
    vec![first, second]
}

fn cut(slug: &str, mut is_wanted: impl FnMut(&Question) -> bool) -> Bank {
    let mut bank = real_course().clone();
    bank.course.slug = slug.to_owned();
    bank.questions.retain(|question| is_wanted(&question.question));
    let questions = &bank.questions;
    let is_used = |slug: &String| questions.iter().any(|question| question.question.concepts.contains(slug));
    bank.concepts.retain(|concept| is_used(&concept.slug));
    // Slugs are unique within a course only, so both courses here name theirs alike: `c0`, `c1`, …
    let slugs: Vec<String> = bank.concepts.iter().map(|concept| concept.slug.clone()).collect();
    let named = |slug: &String| slugs.iter().position(|own| own == slug).map_or(slug.clone(), |at| format!("c{at}"));
    for concept in &mut bank.concepts {
        concept.prerequisites.clear();
        concept.slug = named(&concept.slug);
    }
    for question in &mut bank.questions {
        question.question.concepts = question.question.concepts.iter().map(named).collect();
    }
    bank
}

/// One change an author makes between two loads, mostly to one of the `studied` questions; tells what it was.
pub fn edit(bank: &mut Bank, studied: &[String], dice: &mut StdRng) -> String {
    let is_studied = |place: &usize| studied.contains(&bank.questions[*place].question.id);
    let places: Vec<usize> = (0..bank.questions.len()).filter(is_studied).collect();
    let place = places.choose(dice).copied().filter(|_| dice.random_ratio(4, 5));
    let place = place.unwrap_or_else(|| dice.random_range(0..bank.questions.len()));
    let question = &mut bank.questions[place].question;
    let what = match dice.random_range(0..6) {
        0 => {
            question.retired = !question.retired;
            if question.retired { "retired" } else { "asked again" }
        }
        1 => {
            question.stem.push('!');
            "reworded"
        }
        _ if turn_key(&mut question.body, dice) => "given another key",
        _ => {
            question.explanation.push('.');
            "explained better"
        }
    };
    format!("{}/{} is {what}", bank.course.slug, bank.questions[place].question.id)
}

/// Makes right what was wrong, where the type has such a thing.
fn turn_key(body: &mut Body, dice: &mut StdRng) -> bool {
    match body {
        Body::TrueFalse { answer, .. } => *answer = !*answer,
        Body::Single { options } => {
            let wrong: Vec<usize> = (0..options.len()).filter(|at| !options[*at].correct).collect();
            let next = *wrong.choose(dice).expect("a single choice has a wrong option");
            options.iter_mut().enumerate().for_each(|(at, option)| option.correct = at == next);
        }
        Body::Multiple { options, .. } => options.iter_mut().for_each(|option| option.correct = !option.correct),
        Body::Numeric(key) => key.answer += rust_decimal::Decimal::from(7777),
        _ => return false,
    }
    true
}
