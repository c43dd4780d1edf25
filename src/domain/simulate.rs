//! What studying on will cost and give: the product's own rules played forward on a learner's cards.
//!
//! The truth of the simulation is the memory model itself, so it is a forecast and no promise. A right guess teaches
//! the true memory nothing while the scheduler only suspects it. Chance is a hash of card and repetition: the same
//! question gives the same numbers, and two plans differ by what differs in them.

use super::{
    memory::{Memory, Model, Retention},
    schedule::{self, Card, Review, Settings},
    spread::Slot,
};
use crate::vocab::{
    grade::Rating,
    time::{StudyDay, Timestamp},
};

/// A question in the simulation.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    pub slot: Slot,
    /// `None` if it was not met yet.
    pub card: Option<Card>,
    /// The chance of guessing right.
    pub guess: f64,
}

/// What is played forward.
#[derive(Debug, Clone)]
pub struct Plan {
    pub settings: Settings,
    /// Unmet ones in the order they are to be introduced.
    pub subjects: Vec<Subject>,
    pub new_per_day: u32,
    pub today: StudyDay,
    /// Study days from today.
    pub days: u32,
}

/// What comes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Answers on each day: first meetings, reviews and what is relearnt after a lapse.
    pub answers: Vec<u32>,
    /// First meetings among them.
    pub new: u32,
    /// The share of all questions that is known on the day after the last.
    pub known: f64,
}

/// How likely a question nobody has been asked is known.
const KNOWN_BEFORE: f64 = 0.3;

/// Plays the plan.
pub fn simulate(model: &Model, plan: &Plan) -> Outcome {
    let mut outcome = Outcome { answers: vec![0; plan.days as usize], new: 0, known: 0.0 };
    let (mut unmet, mut known) = (0, 0.0);
    for subject in &plan.subjects {
        let first = match &subject.card {
            Some(card) => card.due_day.max(plan.today),
            None => {
                unmet += 1;
                let wait = u32::checked_div(unmet - 1, plan.new_per_day).unwrap_or(plan.days);
                StudyDay(plan.today.0.saturating_add(wait as i32))
            }
        };
        known += live(model, plan, subject, first, &mut outcome);
    }
    outcome.known = known / (plan.subjects.len().max(1) as f64);
    outcome
}

/// One card from its first review to the end; gives the chance that it is known then.
fn live(model: &Model, plan: &Plan, subject: &Subject, first: StudyDay, outcome: &mut Outcome) -> f64 {
    let end = StudyDay(plan.today.0 + plan.days as i32);
    let (mut card, mut truth, mut day) = (subject.card, subject.card.map(|card| card.memory), first);
    while day < end {
        let elapsed = card.map_or(0, |card| schedule::elapsed_days(card.last_day, day));
        let recall = truth.map_or(KNOWN_BEFORE, |memory| model.recall(memory, elapsed as f32));
        let reps = card.map_or(0, |card| card.reps);
        outcome.new += u32::from(card.is_none());
        outcome.answers[(day.0 - plan.today.0) as usize] += 1;
        let knew = chance(subject, reps, 0) < recall;
        let is_right = knew || chance(subject, reps, 1) < subject.guess;
        truth = Some(remember(model, truth, elapsed, knew));
        let review = |rating, guess| Review { at: Timestamp(0), day, rating, guess };
        let rating = if is_right { Rating::Good } else { Rating::Again };
        let step =
            |card: Option<Card>, review| schedule::next(model, &plan.settings, subject.slot, card.as_ref(), &review);
        let mut after = step(card, review(rating, subject.guess));
        if !is_right {
            // Relearnt the same day, with the answer just seen.
            outcome.answers[(day.0 - plan.today.0) as usize] += 1;
            after = step(Some(after), review(Rating::Good, subject.guess));
            truth = Some(remember(model, truth, 0, true));
        }
        day = StudyDay(after.due_day.0.max(day.0 + 1));
        card = Some(after);
    }
    let last = card.map_or(end, |card| card.last_day);
    truth.map_or(0.0, |memory| model.recall(memory, schedule::elapsed_days(last, end) as f32))
}

fn remember(model: &Model, before: Option<Memory>, elapsed: u32, knew: bool) -> Memory {
    model.after_review(before, elapsed, if knew { Rating::Good } else { Rating::Again })
}

/// In [0, 1): SplitMix64 over the question, its repetition and what is decided.
fn chance(subject: &Subject, reps: u32, what: u64) -> f64 {
    let (high, low) = subject.slot.question.0.as_u64_pair();
    let mut mixed = high ^ low.rotate_left(32) ^ (u64::from(reps) << 8 | what).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
}

/// The plan at several retentions, each with what comes of it.
pub fn workload(model: &Model, plan: &Plan) -> Vec<(Retention, Outcome)> {
    const SHARES: [f64; 7] = [0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 0.97];
    let at = |retention: Retention| {
        let settings = Settings { retention, exam: None, ..plan.settings };
        (retention, simulate(model, &Plan { settings, ..plan.clone() }))
    };
    SHARES.into_iter().filter_map(Retention::new).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::id::QuestionId;
    use uuid::Uuid;

    fn plan(days: u32, settings: Settings) -> Plan {
        let subject = |number: u128| {
            let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes());
            Subject { slot: Slot::alone(QuestionId(id)), card: None, guess: 0.25 }
        };
        Plan { settings, subjects: (0..400).map(subject).collect(), new_per_day: 20, today: StudyDay(20_000), days }
    }

    #[test]
    fn more_retention_costs_more_reviews_and_more_is_known() {
        let points = workload(&Model::default(), &plan(365, Settings::default()));
        let costs: Vec<u32> = points.iter().map(|(_, outcome)| outcome.answers.iter().sum()).collect();
        let known: Vec<f64> = points.iter().map(|(_, outcome)| outcome.known).collect();
        assert!(costs.is_sorted(), "{costs:?}");
        assert!(known.windows(2).all(|pair| pair[1] > pair[0] - 0.01) && known[6] > known[0] + 0.1, "{known:?}");
    }

    #[test]
    fn new_questions_come_as_many_a_day_as_allowed() {
        let outcome = simulate(&Model::default(), &Plan { new_per_day: 7, ..plan(10, Settings::default()) });
        assert_eq!(outcome.new, 70);
        let none = simulate(&Model::default(), &Plan { new_per_day: 0, ..plan(10, Settings::default()) });
        assert_eq!((none.new, none.known), (0, 0.0));
    }

    #[test]
    fn the_same_plan_gives_the_same_numbers() {
        let plan = plan(60, Settings::default());
        assert_eq!(simulate(&Model::default(), &plan), simulate(&Model::default(), &plan));
    }

    /// The exam table of the design, with this simulation's truth: everything new on the first days, typed answers.
    #[test]
    fn the_exam_rule_knows_as_much_with_far_fewer_reviews_than_plain_95() {
        for (days, known) in [(45, 0.977_f64), (90, 0.983)] {
            let exam = StudyDay(20_000 + days);
            let cost = |settings| {
                let mut plan = plan(days as u32, settings);
                plan.new_per_day = 400;
                plan.subjects.iter_mut().for_each(|subject| subject.guess = 0.0);
                let outcome = simulate(&Model::default(), &plan);
                (outcome.known, f64::from(outcome.answers.iter().sum::<u32>()) / 400.0)
            };
            let ours = cost(Settings { exam: Some(exam), ..Settings::default() });
            let plain = cost(Settings { retention: Retention::new(0.95).expect("allowed"), ..Settings::default() });
            assert!(ours.0 >= known.max(plain.0) && ours.1 < plain.1 * 0.6, "day {days}: {ours:?} {plain:?}");
        }
    }
}
