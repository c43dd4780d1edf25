//! Adaptive checks against random ones, on newcomers whose truth is known.

use super::cohort::{Chance, Course, DAY_MS, Student};
use laerd::domain::mastery::{
    Ability, ConceptBelief, ItemMemory, ItemParameters, Measured, Observation, Parameters, Recalibration, Shown,
    choose::{Candidate, Known, Picture, choose},
    replay::{Attempt, Item, Learnt, Replay},
    update,
};

const COURSES: u64 = 4;
const NEWCOMERS: usize = 100;
const LONGEST: usize = 40;
/// How many random questions the adaptive check must match.
const RANDOM: [usize; 4] = [10, 20, 30, 40];

/// A world to compare in.
struct World {
    name: &'static str,
    concepts: usize,
    per_concept: usize,
    /// Earlier learners from whom the course was learnt; none where its questions are known exactly.
    learners: usize,
    /// Whether newcomers stay as they are while they are checked.
    is_still: bool,
}

const WORLDS: [World; 5] = [
    World { name: "known questions, still", concepts: 8, per_concept: 40, learners: 0, is_still: true },
    World { name: "known questions, still", concepts: 24, per_concept: 14, learners: 0, is_still: true },
    World { name: "known questions, still", concepts: 96, per_concept: 4, learners: 0, is_still: true },
    World { name: "learnt questions, still", concepts: 24, per_concept: 14, learners: 400, is_still: true },
    World { name: "learnt questions, living", concepts: 24, per_concept: 14, learners: 400, is_still: false },
];

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Random,
    Adaptive,
}

/// A course as it is and as it was learnt.
struct Ground {
    course: Course,
    items: Vec<Item>,
    learnt: Learnt,
    own: Vec<Vec<ItemParameters>>,
    spread: f64,
}

/// A newcomer on his way through a check.
struct Newcomer {
    truth: Student,
    ability: Ability,
    beliefs: Vec<ConceptBelief>,
    asked: Vec<bool>,
}

/// Squared distance of the map from the truth, after each number of questions, for the learner's concepts together.
type Errors = [f64; LONGEST + 1];

pub fn compare() {
    println!("checks: {COURSES} courses of each kind, {NEWCOMERS} newcomers each; error of the map, root mean square");
    for world in WORLDS {
        let World { name, concepts, per_concept, learners, is_still } = world;
        let (mut random, mut adaptive) = ([0.0; LONGEST + 1], [0.0; LONGEST + 1]);
        for seed in 1..=COURSES {
            let mut chance = Chance::new(seed);
            let ground = Ground::learn(concepts, per_concept, learners, &mut chance);
            for _ in 0..NEWCOMERS {
                let newcomer = Student::draw(&ground.course, &mut chance);
                let newcomer = if is_still { newcomer.standing_still() } else { newcomer };
                ground.check(&newcomer, Way::Random, &mut chance, &mut random);
                ground.check(&newcomer, Way::Adaptive, &mut chance, &mut adaptive);
            }
        }
        let count = (COURSES as usize * NEWCOMERS) as f64;
        let root = |errors: &Errors, questions: usize| (errors[questions] / count).sqrt();
        println!("  {name}, {concepts} concepts of {per_concept}: nothing asked {:.4}", root(&random, 0));
        for questions in RANDOM {
            let goal = root(&random, questions);
            let needed = (0..=LONGEST).find(|asked| root(&adaptive, *asked) <= goal);
            let share = needed.map_or(f64::NAN, |needed| 100.0 * needed as f64 / questions as f64);
            let needed = needed.map_or("more".to_owned(), |needed| needed.to_string());
            let adaptive = root(&adaptive, questions);
            println!(
                "    {questions} random: {goal:.4}; adaptive {adaptive:.4}, as good after {needed} ({share:.0} %)"
            );
        }
    }
}

impl Ground {
    /// Earlier learners answer sixty questions each in three sittings.
    fn learn(concepts: usize, per_concept: usize, learners: usize, chance: &mut Chance) -> Self {
        let course = Course::draw(Parameters::default(), concepts, per_concept, chance);
        let (items, priors) = course.unknown();
        let mut replay = Replay::new(course.parameters, items, priors);
        for learner in 0..learners {
            let mut student = Student::draw(&course, chance);
            for turn in 0..60 {
                let at_ms = turn / 20 * 5 * DAY_MS + turn % 20 * 30_000;
                let item = chance.below(course.items.len());
                let correct = student.answer(&course, item, at_ms, chance);
                replay.answer(Attempt { learner, item, at_ms, correct, feedback: true });
            }
        }
        let mut learnt = replay.finish();
        if learners == 0 {
            learnt.items = course.items.iter().map(|item| item.parameters).collect();
            learnt.concepts.clone_from(&course.concepts);
        }
        let known = |(item, parameters): (&Item, &ItemParameters)| Item {
            parameters: *parameters,
            concepts: item.concepts.clone(),
        };
        let items: Vec<Item> = course.items.iter().zip(&learnt.items).map(known).collect();
        let own = |concept| {
            let own = items.iter().filter(|item| item.concepts.contains(&concept));
            own.map(|item| item.parameters).collect()
        };
        let (own, spread) = ((0..concepts).map(own).collect(), spread(&learnt.items));
        Self { own, spread, course, items, learnt }
    }

    fn check(&self, newcomer: &Student, way: Way, chance: &mut Chance, errors: &mut Errors) {
        let parameters = &self.course.parameters;
        let mut newcomer = Newcomer {
            truth: newcomer.clone(),
            ability: Ability::prior(parameters),
            beliefs: vec![ConceptBelief::prior(parameters); self.course.concepts.len()],
            asked: vec![false; self.items.len()],
        };
        for (turn, error) in errors.iter_mut().enumerate() {
            let now_ms = turn as i64 * 30_000;
            *error += self.error(&newcomer, now_ms, chance);
            let item = match way {
                Way::Random => self.any(&newcomer, chance),
                Way::Adaptive => self.most_telling(&newcomer, now_ms),
            };
            let correct = newcomer.truth.answer(&self.course, item, now_ms, chance);
            self.take(&mut newcomer, item, now_ms, correct);
        }
    }

    fn shown(&self, now_ms: i64) -> Shown<'_> {
        static AS_IT_IS: Recalibration = Recalibration { a: 0.0, b: 1.0 };
        Shown { parameters: &self.course.parameters, recalibration: &AS_IT_IS, item_spread_s2: self.spread, now_ms }
    }

    fn error(&self, newcomer: &Newcomer, now_ms: i64, chance: &mut Chance) -> f64 {
        let shown = self.shown(now_ms);
        let off = newcomer.beliefs.iter().enumerate().map(|(concept, belief)| {
            let measured = Measured { concept: &self.learnt.concepts[concept], items: &self.own[concept] };
            let figure = shown.figure(&newcomer.ability, belief, measured);
            (figure.p - newcomer.truth.share(&self.course, concept, now_ms, chance)).powi(2)
        });
        off.sum::<f64>() / newcomer.beliefs.len() as f64
    }

    fn any(&self, newcomer: &Newcomer, chance: &mut Chance) -> usize {
        loop {
            let item = chance.below(self.items.len());
            if !newcomer.asked[item] {
                return item;
            }
        }
    }

    fn most_telling(&self, newcomer: &Newcomer, now_ms: i64) -> usize {
        let open: Vec<usize> = (0..self.items.len()).filter(|item| !newcomer.asked[*item]).collect();
        let memory = ItemMemory::prior(&self.course.parameters);
        let candidates: Vec<Candidate<'_>> = open
            .iter()
            .map(|item| &self.items[*item])
            .map(|item| Candidate { item: &item.parameters, concepts: item.concepts.clone(), memory })
            .collect();
        let known = newcomer.beliefs.iter().zip(&self.learnt.concepts);
        let concepts =
            known.map(|(belief, concept)| Known { belief: *belief, concept, is_asked_about: true }).collect();
        let picture = Picture { shown: self.shown(now_ms), ability: newcomer.ability, concepts, feedback: true };
        open[choose(picture, &candidates, 1)[0].place]
    }

    fn take(&self, newcomer: &mut Newcomer, item: usize, at_ms: i64, correct: bool) {
        newcomer.asked[item] = true;
        let item = &self.items[item];
        let concepts: Vec<_> = item.concepts.iter().map(|place| self.learnt.concepts[*place]).collect();
        let mut beliefs: Vec<_> = item.concepts.iter().map(|place| newcomer.beliefs[*place]).collect();
        let observation = Observation {
            at_ms,
            study_day: 0,
            correct,
            item: &item.parameters,
            concepts: &concepts,
            feedback: true,
            item_spread_s2: self.spread,
        };
        let mut memory = ItemMemory::prior(&self.course.parameters);
        update(&self.course.parameters, &mut newcomer.ability, &mut memory, &mut beliefs, &observation);
        item.concepts.iter().zip(beliefs).for_each(|(place, belief)| newcomer.beliefs[*place] = belief);
    }
}

fn spread(items: &[ItemParameters]) -> f64 {
    let n = items.len() as f64;
    let mean = items.iter().map(|item| item.b).sum::<f64>() / n;
    items.iter().map(|item| (item.b - mean).powi(2) + item.vb).sum::<f64>() / n
}
