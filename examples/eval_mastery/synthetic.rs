//! Whether the intervals keep their word, on learners whose truth is known.
//!
//! The filter learns the course from their answers, then folds each learner against what it learnt, as the server
//! does. What is shown of every concept met is compared with the share of its questions the learner truly knows.

use super::{
    cohort::{Chance, Course, DAY_MS, Student},
    report,
};
use laerd::domain::mastery::{
    self, Ability, ConceptBelief, ItemMemory, ItemParameters, Measured, Observation, Parameters, Shown,
    replay::{Attempt, Item, Learnt, Replay},
};

const LEARNERS: usize = 400;
const CONCEPTS: usize = 20;
const QUESTIONS: usize = 8;
/// Sittings of twenty answers, five days apart.
const SITTINGS: usize = 10;
const ANSWERS: usize = 20;

/// Standard deviations to both sides that hold 80 % and 90 %.
const HOLDS: [(u32, f64); 2] = [(80, 1.2816), (90, 1.6449)];

/// A course, its learners as they really are, and what they answered.
struct Cohort {
    course: Course,
    students: Vec<Student>,
    log: Vec<Attempt>,
}

/// How often intervals held the truth, and how far off shares were.
#[derive(Default)]
struct Tally {
    figures: usize,
    held: [usize; 2],
    off: f64,
}

pub fn run(seed: u64) {
    let mut chance = Chance::new(seed);
    let cohort = live(&mut chance);
    println!(
        "{LEARNERS} learners, {CONCEPTS} concepts of {QUESTIONS} questions, {} answers each over {} days, seed {seed}",
        SITTINGS * ANSWERS,
        SITTINGS * 5
    );
    let (items, concepts) = cohort.course.unknown();
    let mut replay = Replay::new(cohort.course.parameters, items, concepts);
    for attempt in &cohort.log {
        replay.answer(*attempt);
    }
    let learnt = replay.finish();
    report(&learnt.foreseen[learnt.foreseen.len() / 2..]);
    let tally = cohort.compare(&learnt, &mut chance);
    for ((percent, _), held) in HOLDS.iter().zip(tally.held) {
        println!("{percent} % intervals hold {:.1} % of {}", 100.0 * held as f64 / tally.figures as f64, tally.figures);
    }
    println!("shares are {:.3} off on average", tally.off / tally.figures as f64);
}

fn live(chance: &mut Chance) -> Cohort {
    let course = Course::draw(Parameters::default(), CONCEPTS, QUESTIONS, chance);
    let mut students: Vec<Student> = (0..LEARNERS).map(|_| Student::draw(&course, chance)).collect();
    let mut log = Vec::new();
    for turn in 0..SITTINGS * ANSWERS {
        let (sitting, answer) = ((turn / ANSWERS) as i64, (turn % ANSWERS) as i64);
        for (learner, student) in students.iter_mut().enumerate() {
            let at_ms = sitting * 5 * DAY_MS + answer * 30_000 + learner as i64;
            let item = chance.below(course.items.len());
            let correct = student.answer(&course, item, at_ms, chance);
            log.push(Attempt { learner, item, at_ms, correct, feedback: true });
        }
    }
    Cohort { course, students, log }
}

impl Cohort {
    fn compare(&self, learnt: &Learnt, chance: &mut Chance) -> Tally {
        let parameters = &self.course.parameters;
        let now_ms = SITTINGS as i64 * 5 * DAY_MS;
        let shown =
            Shown { parameters, recalibration: &learnt.recalibration, item_spread_s2: spread(&learnt.items), now_ms };
        let own: Vec<Vec<ItemParameters>> = (0..CONCEPTS).map(|concept| self.own(learnt, concept)).collect();
        let mut tally = Tally::default();
        for (learner, student) in self.students.iter().enumerate() {
            let (ability, beliefs) = self.fold(learner, learnt, shown.item_spread_s2);
            for (concept, belief) in beliefs.iter().enumerate().filter(|(_, belief)| belief.n > 0) {
                let measured = Measured { concept: &learnt.concepts[concept], items: &own[concept] };
                let figure = shown.figure(&ability, belief, measured);
                let truth = student.share(&self.course, concept, now_ms, chance);
                tally.figures += 1;
                tally.off += (figure.p - truth).abs();
                for (held, (_, deviations)) in tally.held.iter_mut().zip(HOLDS) {
                    let (low, high) = shown.interval(&figure.estimate, belief, measured, deviations);
                    *held += usize::from(low <= truth && truth <= high);
                }
            }
        }
        tally
    }

    fn own(&self, learnt: &Learnt, concept: usize) -> Vec<ItemParameters> {
        let items = self.course.items.iter().zip(&learnt.items);
        items.filter(|(item, _)| item.concepts.contains(&concept)).map(|(_, learnt)| *learnt).collect()
    }

    /// A learner's answers against what was learnt, frozen.
    fn fold(&self, learner: usize, learnt: &Learnt, item_spread_s2: f64) -> (Ability, Vec<ConceptBelief>) {
        let parameters = &self.course.parameters;
        let mut ability = Ability::prior(parameters);
        let mut beliefs = vec![ConceptBelief::prior(parameters); CONCEPTS];
        let mut memories = vec![ItemMemory::prior(parameters); self.course.items.len()];
        for attempt in self.log.iter().filter(|attempt| attempt.learner == learner) {
            let Item { concepts, .. } = &self.course.items[attempt.item];
            let mut at_hand: Vec<ConceptBelief> = concepts.iter().map(|place| beliefs[*place]).collect();
            let given: Vec<_> = concepts.iter().map(|place| learnt.concepts[*place]).collect();
            let observation = Observation {
                at_ms: attempt.at_ms,
                study_day: attempt.at_ms.div_euclid(DAY_MS) as i32,
                correct: attempt.correct,
                item: &learnt.items[attempt.item],
                concepts: &given,
                feedback: true,
                item_spread_s2,
            };
            mastery::update(parameters, &mut ability, &mut memories[attempt.item], &mut at_hand, &observation);
            concepts.iter().zip(at_hand).for_each(|(place, belief)| beliefs[*place] = belief);
        }
        (ability, beliefs)
    }
}

/// The variance of the items' difficulties plus the mean of their uncertainty.
pub fn spread(items: &[ItemParameters]) -> f64 {
    let n = items.len() as f64;
    let mean = items.iter().map(|item| item.b).sum::<f64>() / n;
    items.iter().map(|item| (item.b - mean).powi(2) + item.vb).sum::<f64>() / n
}
