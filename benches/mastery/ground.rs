//! Where checks are tried out: a course as it is and as it was learnt, and one check from beginning to end.

use super::check::LONGEST;
use super::cohort::{Chance, Course, DAY_MS, Student};
use super::shipped;
use laerd::domain::mastery::{
    Ability, ConceptBelief, ItemMemory, ItemParameters, Measured, Observation, Parameters, Recalibration, Shown,
    choose::{Candidate, Known, Picture, choose},
    replay::{Attempt, Item, Learnt, Replay},
    update,
};
use std::collections::BTreeSet;

/// A kind of course and of newcomers.
pub struct World {
    structure: Structure,
    /// Earlier learners from whom the course was learnt; none where its questions are known exactly.
    learners: usize,
    /// Newcomers stay as they are while they are checked, without form, luck or learning: what tests of fixed length
    /// suppose of who takes them. The filter does not know, and goes on supposing the opposite.
    pub is_still: bool,
}

#[derive(Clone, Copy)]
enum Structure {
    MadeUp { concepts: usize, per_concept: usize },
    Shipped,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    Random,
    Adaptive,
    /// Adaptive too, from questions known exactly, impossible to guess, and as hard as is wanted.
    Perfect,
}

/// A course as it is and as it was learnt.
pub struct Ground {
    pub course: Course,
    items: Vec<Item>,
    learnt: Learnt,
    own: Vec<Vec<ItemParameters>>,
    spread: f64,
    /// So many questions are the course's; perfect ones stand behind them.
    real: usize,
}

/// A newcomer on his way through a check.
struct Newcomer {
    truth: Student,
    ability: Ability,
    beliefs: Vec<ConceptBelief>,
    asked: Vec<bool>,
}

const LEARNERS: usize = 400;

impl World {
    pub fn all() -> Vec<Self> {
        let made_up = |concepts, per_concept| Structure::MadeUp { concepts, per_concept };
        let structures = [made_up(8, 40), made_up(24, 14), made_up(96, 4), Structure::Shipped];
        let kinds = [(0, true), (LEARNERS, true), (LEARNERS, false)];
        let worlds = structures.into_iter().flat_map(|structure| kinds.map(|kind| (structure, kind)));
        worlds.map(|(structure, (learners, is_still))| Self { structure, learners, is_still }).collect()
    }

    pub fn own_cases() -> [Self; 2] {
        [true, false].map(|is_still| Self { structure: Structure::Shipped, learners: LEARNERS, is_still })
    }

    pub fn name(&self) -> String {
        let course = match self.structure {
            Structure::MadeUp { concepts, per_concept } => format!("{concepts} concepts of {per_concept} questions"),
            Structure::Shipped => "the shipped course".to_owned(),
        };
        let known =
            if self.learners == 0 { "known exactly".to_owned() } else { format!("learnt from {}", self.learners) };
        format!("{course}, {known}, newcomers {}", if self.is_still { "stand still" } else { "live" })
    }
}

impl Ground {
    /// Earlier learners answer sixty questions each in three sittings.
    pub fn learn(world: &World, chance: &mut Chance) -> Self {
        let course = match world.structure {
            Structure::MadeUp { concepts, per_concept } => {
                Course::draw(Parameters::default(), concepts, per_concept, chance)
            }
            Structure::Shipped => Course::of(Parameters::default(), shipped::structure(), chance),
        };
        let (items, priors) = course.unknown();
        let mut replay = Replay::new(course.parameters, items, priors);
        for learner in 0..world.learners {
            let mut student = Student::draw(&course, chance);
            for turn in 0..60 {
                let at_ms = turn / 20 * 5 * DAY_MS + turn % 20 * 30_000;
                let item = chance.below(course.items.len());
                let correct = student.answer(&course, item, at_ms, chance);
                replay.answer(Attempt { learner, item, at_ms, correct, feedback: true });
            }
        }
        let mut learnt = replay.finish();
        if world.learners == 0 {
            learnt.items = course.items.iter().map(|item| item.parameters).collect();
            learnt.concepts.clone_from(&course.concepts);
        }
        Self::of(course, learnt)
    }

    fn of(mut course: Course, mut learnt: Learnt) -> Self {
        let (real, spread) = (course.items.len(), spread(&learnt.items));
        let own = |places: &Vec<usize>| places.iter().map(|place| learnt.items[*place]).collect();
        let own = course.own.iter().map(own).collect();
        let perfect = perfect(&course);
        learnt.items.extend(perfect.iter().map(|item| item.parameters));
        course.items.extend(perfect);
        let known = |(item, parameters): (&Item, &ItemParameters)| Item {
            parameters: *parameters,
            concepts: item.concepts.clone(),
        };
        let items = course.items.iter().zip(&learnt.items).map(known).collect();
        Self { own, spread, real, course, items, learnt }
    }

    fn shown(&self, now_ms: i64) -> Shown<'_> {
        static AS_IT_IS: Recalibration = Recalibration { a: 0.0, b: 1.0 };
        Shown { parameters: &self.course.parameters, recalibration: &AS_IT_IS, item_spread_s2: self.spread, now_ms }
    }

    fn measured(&self, concept: usize) -> Measured<'_> {
        Measured { concept: &self.learnt.concepts[concept], items: &self.own[concept] }
    }

    /// Squared distance of the map from the truth, the mean over its concepts.
    fn error(&self, newcomer: &Newcomer, now_ms: i64, chance: &mut Chance) -> f64 {
        let shown = self.shown(now_ms);
        let off = newcomer.beliefs.iter().enumerate().map(|(concept, belief)| {
            let expected = shown.expected(&newcomer.ability, belief, self.measured(concept));
            (expected - newcomer.truth.share(&self.course, concept, now_ms, chance)).powi(2)
        });
        off.sum::<f64>() / newcomer.beliefs.len() as f64
    }

    fn most_telling(&self, newcomer: &Newcomer, open: &[usize], now_ms: i64) -> usize {
        let memory = ItemMemory::prior(&self.course.parameters);
        let items = open.iter().map(|place| &self.items[*place]);
        let candidates: Vec<Candidate<'_>> =
            items.map(|item| Candidate { item: &item.parameters, concepts: item.concepts.clone(), memory }).collect();
        let known = |(concept, belief): (usize, &ConceptBelief)| Known {
            belief: *belief,
            measured: self.measured(concept),
            is_asked_about: true,
        };
        let concepts = newcomer.beliefs.iter().enumerate().map(known).collect();
        let picture = Picture { shown: self.shown(now_ms), ability: newcomer.ability, concepts, feedback: true };
        open[choose(picture, &candidates, 1)[0].place]
    }

    fn next(&self, newcomer: &Newcomer, way: Way, now_ms: i64, chance: &mut Chance) -> usize {
        let among = if way == Way::Perfect { self.real..self.items.len() } else { 0..self.real };
        let open: Vec<usize> = among.filter(|item| !newcomer.asked[*item]).collect();
        match way {
            Way::Random => open[chance.below(open.len())],
            Way::Adaptive | Way::Perfect => self.most_telling(newcomer, &open, now_ms),
        }
    }

    fn take(&self, newcomer: &mut Newcomer, place: usize, at_ms: i64, correct: bool) {
        newcomer.asked[place] = true;
        let item = &self.items[place];
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

/// The error of the map after each number of questions.
pub fn check(ground: &Ground, student: Student, way: Way, chance: &mut Chance) -> [f64; LONGEST + 1] {
    let parameters = &ground.course.parameters;
    let mut newcomer = Newcomer {
        truth: student,
        ability: Ability::prior(parameters),
        beliefs: vec![ConceptBelief::prior(parameters); ground.course.concepts.len()],
        asked: vec![false; ground.items.len()],
    };
    std::array::from_fn(|turn| {
        let now_ms = turn as i64 * 30_000;
        let error = ground.error(&newcomer, now_ms, chance);
        let item = ground.next(&newcomer, way, now_ms, chance);
        let correct = newcomer.truth.answer(&ground.course, item, now_ms, chance);
        ground.take(&mut newcomer, item, now_ms, correct);
        error
    })
}

/// About what the course asks about, half a log-odds apart.
fn perfect(course: &Course) -> Vec<Item> {
    let asked_about: BTreeSet<&Vec<usize>> = course.items.iter().map(|item| &item.concepts).collect();
    let of = |concepts: &Vec<usize>, b: f64| Item {
        parameters: ItemParameters { b, vb: 0.0, guess: 0.0, mem: true },
        concepts: concepts.clone(),
    };
    let difficulties = (-6..=6).map(|step| f64::from(step) / 2.0);
    asked_about.into_iter().flat_map(|concepts| difficulties.clone().map(move |b| of(concepts, b))).collect()
}

fn spread(items: &[ItemParameters]) -> f64 {
    let n = items.len() as f64;
    let mean = items.iter().map(|item| item.b).sum::<f64>() / n;
    items.iter().map(|item| (item.b - mean).powi(2) + item.vb).sum::<f64>() / n
}
