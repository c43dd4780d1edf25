//! What must hold of the filter whatever a learner answers and whenever.

use super::curves::{shrinkage, sigma};
use super::*;
use proptest::prelude::*;

const DAY: i64 = 86_400_000;
const SPREAD: f64 = 1.4;
const RECALIBRATION: Recalibration = Recalibration { a: -0.2, b: 0.9 };

/// A small course: three questions over two concepts, one of them generated.
struct Course {
    parameters: Parameters,
    items: [ItemParameters; 3],
    concepts: [ConceptParameters; 2],
}

#[derive(Debug, Clone, PartialEq)]
struct Learner {
    now_ms: i64,
    ability: Ability,
    memories: [ItemMemory; 3],
    beliefs: [ConceptBelief; 2],
}

#[derive(Debug, Clone)]
struct Answer {
    wait_ms: i64,
    item: usize,
    correct: bool,
}

impl Course {
    fn new(parameters: Parameters) -> Self {
        let known = ItemParameters { b: 0.6, vb: 0.1, guess: 0.15, mem: true };
        let items = [ItemParameters::prior(&parameters, 0.0), known, ItemParameters { mem: false, ..known }];
        let hard = ConceptParameters { beta: 0.8, vbeta: 0.05, ..ConceptParameters::prior(&parameters, 2) };
        let concepts = [ConceptParameters::prior(&parameters, 2), hard];
        Self { parameters, items, concepts }
    }

    fn newcomer(&self) -> Learner {
        Learner {
            now_ms: 0,
            ability: Ability::prior(&self.parameters),
            memories: [ItemMemory::prior(&self.parameters); 3],
            beliefs: [ConceptBelief::prior(&self.parameters); 2],
        }
    }

    fn encounter(&self, learner: &Learner, item: usize) -> Encounter<'_> {
        Encounter { at_ms: learner.now_ms, item: &self.items[item], concepts: &self.concepts, feedback: true }
    }

    fn foresee(&self, learner: &Learner, item: usize) -> f64 {
        let encounter = self.encounter(learner, item);
        predict(&self.parameters, &learner.ability, &learner.memories[item], &learner.beliefs, &encounter)
    }

    fn answer(&self, learner: &mut Learner, answer: &Answer) -> Prediction {
        learner.now_ms += answer.wait_ms;
        let observation = Observation {
            at_ms: learner.now_ms,
            study_day: learner.now_ms.div_euclid(DAY) as i32,
            correct: answer.correct,
            item: &self.items[answer.item],
            concepts: &self.concepts,
            feedback: true,
            item_spread_s2: SPREAD,
        };
        let memory = &mut learner.memories[answer.item];
        update(&self.parameters, &mut learner.ability, memory, &mut learner.beliefs, &observation)
    }

    fn after(&self, answers: &[Answer]) -> Learner {
        let mut learner = self.newcomer();
        for answer in answers {
            self.answer(&mut learner, answer);
        }
        learner
    }

    fn figure(&self, learner: &Learner, concept: usize, now_ms: i64) -> Figure {
        let shown =
            Shown { parameters: &self.parameters, recalibration: &RECALIBRATION, item_spread_s2: SPREAD, now_ms };
        let measured = Measured { concept: &self.concepts[concept], items: &self.items };
        shown.figure(&learner.ability, &learner.beliefs[concept], measured)
    }

    fn estimates(&self, learner: &Learner, now_ms: i64) -> [Estimate; 2] {
        [0, 1].map(|k| {
            let (belief, concept) = (&learner.beliefs[k], &self.concepts[k]);
            estimate(&self.parameters, &learner.ability, belief, concept, SPREAD, now_ms)
        })
    }
}

impl Learner {
    fn numbers(&self) -> Vec<f64> {
        let mut numbers = vec![self.ability.m, self.ability.v, self.ability.sm, self.ability.sv];
        numbers.extend(self.memories.iter().flat_map(|memory| [memory.e, memory.w]));
        numbers.extend(self.beliefs.iter().flat_map(|belief| [belief.a, belief.v, belief.e_sum]));
        numbers
    }

    fn variances(&self) -> [f64; 4] {
        [self.ability.v, self.ability.sv, self.beliefs[0].v, self.beliefs[1].v]
    }
}

fn an_answer() -> impl Strategy<Value = Answer> {
    let seconds_to_months = prop_oneof![0..10_000_i64, 0..DAY, -DAY..100 * DAY];
    (seconds_to_months, 0..3_usize, any::<bool>()).prop_map(|(wait_ms, item, correct)| Answer {
        wait_ms,
        item,
        correct,
    })
}

fn some_answers() -> impl Strategy<Value = Vec<Answer>> {
    prop::collection::vec(an_answer(), 0..40)
}

fn course() -> Course {
    Course::new(Parameters::default())
}

proptest! {
    #[test]
    fn a_chance_is_a_chance_and_what_update_foresaw(answers in some_answers(), next in an_answer()) {
        let course = course();
        let mut learner = course.after(&answers);
        let waited = Learner { now_ms: learner.now_ms + next.wait_ms, ..learner.clone() };
        let foreseen = course.foresee(&waited, next.item);
        prop_assert!((course.items[next.item].guess..=1.0).contains(&foreseen));
        prop_assert_eq!(foreseen.to_bits(), course.answer(&mut learner, &next).p.to_bits());
    }

    #[test]
    fn the_same_answers_give_the_same_bits(answers in some_answers()) {
        let course = course();
        let bits = |learner: &Learner| learner.numbers().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&course.after(&answers)), bits(&course.after(&answers)));
    }

    /// The median always lies in the interval; the mean too, unless the log-odds are extreme and unsure at once.
    #[test]
    fn the_interval_holds_the_share(answers in some_answers(), days in 0..1_000_i64) {
        let course = course();
        let learner = course.after(&answers);
        for shown in course.estimates(&learner, learner.now_ms + days * DAY) {
            let median = sigma(shown.mu * shrinkage(SPREAD));
            prop_assert!(0.0 <= shown.low && shown.low <= median && median <= shown.high && shown.high <= 1.0);
            prop_assert!(shown.p_ge_75 <= shown.p_ge_60);
            if shown.mu.abs() * shown.sd <= 8.0 {
                prop_assert!(shown.low <= shown.p && shown.p <= shown.high);
            }
        }
    }

    /// Exact when answering adds no variance of its own and no time passes since the last answer.
    #[test]
    fn evidence_never_widens_the_interval(answers in some_answers(), item in 0..3_usize, correct: bool) {
        let course = Course::new(Parameters { q_delta: 0.0, q_theta: 0.0, ..Parameters::default() });
        let mut learner = course.after(&answers);
        course.answer(&mut learner, &Answer { wait_ms: 0, item: 0, correct: true });
        let before = course.estimates(&learner, learner.now_ms);
        course.answer(&mut learner, &Answer { wait_ms: 0, item, correct });
        let after = course.estimates(&learner, learner.now_ms);
        prop_assert!(after[0].sd <= before[0].sd && after[1].sd <= before[1].sd);
    }

    /// Holds for weak concepts too: weakness does not fade, but the want of practice still costs.
    #[test]
    fn time_alone_never_raises_the_figure(answers in some_answers(), waits in [0..1_000 * DAY, 0..1_000 * DAY]) {
        let course = course();
        let learner = course.after(&answers);
        let [sooner, later] = [waits[0].min(waits[1]), waits[0].max(waits[1])];
        let now = course.estimates(&learner, learner.now_ms + sooner);
        let then = course.estimates(&learner, learner.now_ms + later);
        for k in 0..2 {
            prop_assert!(then[k].mu <= now[k].mu + 1e-12);
            if learner.beliefs[k].n > 0 && later - sooner >= 1_000 {
                prop_assert!(then[k].mu < now[k].mu);
            }
        }
    }

    #[test]
    fn a_level_is_never_lost_within_the_slack(answers in some_answers()) {
        let course = course();
        let mut learner = course.newcomer();
        for answer in &answers {
            let before = learner.beliefs;
            course.answer(&mut learner, answer);
            let now = course.estimates(&learner, learner.now_ms);
            for k in 0..2 {
                let (old, new) = (before[k].level, learner.beliefs[k].level);
                let least = match old {
                    Level::Mastered => 0.85,
                    Level::Proficient => 0.70,
                    Level::Familiar => 0.55,
                    Level::Learning | Level::NotStarted => 0.0,
                };
                prop_assert!(new > Level::NotStarted);
                prop_assert!(new >= old || now[k].p < least - 0.07);
            }
        }
    }

    #[test]
    fn the_reasons_add_up(answers in some_answers(), days in 0..1_000_i64) {
        let course = course();
        let learner = course.after(&answers);
        let now_ms = learner.now_ms + days * DAY;
        let shown = course.figure(&learner, 1, now_ms);
        let baseline = course.items.iter().map(|item| {
            sigma((course.parameters.mu0 - item.b) * shrinkage(shown.estimate.sd * shown.estimate.sd + item.vb))
        });
        let baseline = RECALIBRATION.apply(baseline.sum::<f64>() / 3.0);
        let terms = &shown.why;
        let points: f64 = terms.iter().map(|term| term.points).sum();
        prop_assert!((points - 100.0 * (shown.p - baseline)).abs() < 1e-6);
    }

    /// Shown intervals are never narrower than what the levels rest on would give, and hold the share.
    #[test]
    fn the_shown_interval_holds_the_shown_share(answers in some_answers(), days in 0..1_000_i64) {
        let course = course();
        let learner = course.after(&answers);
        for concept in 0..2 {
            let shown = course.figure(&learner, concept, learner.now_ms + days * DAY);
            prop_assert!(0.0 <= shown.low && shown.low <= shown.high && shown.high <= 1.0);
            if shown.estimate.mu.abs() * shown.estimate.sd <= 8.0 {
                prop_assert!(shown.low <= shown.p && shown.p <= shown.high);
            }
        }
    }

    #[test]
    fn a_trend_passes_with_time(answers in some_answers()) {
        let course = course();
        let learner = course.after(&answers);
        let shown = course.figure(&learner, 0, learner.now_ms + 2_000 * DAY);
        prop_assert_eq!(shown.trend.is_some(), !answers.is_empty());
        if let Some(trend) = shown.trend {
            prop_assert_eq!(trend.direction, Direction::Steady);
        }
    }

    /// What a replay learns depends on the answers and their order alone, and its states are the filter's.
    #[test]
    fn a_replay_carries_the_same_states_as_the_filter(answers in some_answers()) {
        let course = course();
        let items = course.items.iter().map(|item| replay::Item { parameters: *item, concepts: vec![0, 1] });
        let mut replay = replay::Replay::new(course.parameters, items.collect(), course.concepts.to_vec());
        replay.freeze();
        let mut learner = course.newcomer();
        for answer in &answers {
            let expected = course.answer(&mut learner, answer);
            let (at_ms, item, correct) = (learner.now_ms, answer.item, answer.correct);
            let found = replay.answer(replay::Attempt { learner: 0, item, at_ms, correct, feedback: true });
            prop_assert_eq!(found, expected);
        }
        let learnt = replay.finish();
        prop_assert_eq!(learnt.items, course.items.to_vec());
    }
}

#[test]
fn right_answers_raise_the_trend_and_wrong_ones_lower_it() {
    let course = course();
    let direction = |answers: &[bool]| {
        let answers: Vec<Answer> =
            answers.iter().map(|&correct| Answer { wait_ms: 4 * DAY, item: 0, correct }).collect();
        let learner = course.after(&answers);
        course.figure(&learner, 0, learner.now_ms).trend.map(|trend| trend.direction)
    };
    assert_eq!(direction(&[]), None);
    assert_eq!(direction(&[true; 6]), Some(Direction::Rising));
    assert_eq!(direction(&[[true; 6].as_slice(), &[false; 3]].concat()), Some(Direction::Falling));
}

#[test]
fn a_replay_finds_the_hard_question() {
    let parameters = Parameters::default();
    let item = |concept| replay::Item { parameters: ItemParameters::prior(&parameters, 0.0), concepts: vec![concept] };
    let concepts = vec![ConceptParameters::prior(&parameters, 2); 2];
    let mut replay = replay::Replay::new(parameters, vec![item(0), item(0), item(1)], concepts);
    for learner in 0..40 {
        for (item, correct) in [(0, false), (1, true), (2, learner % 2 == 0)] {
            replay.answer(replay::Attempt { learner, item, at_ms: 0, correct, feedback: true });
        }
    }
    let learnt = replay.finish();
    assert!(learnt.items[0].b > 1.0 && learnt.items[1].b < -0.5, "{learnt:?}");
    assert!(learnt.items.iter().all(|item| item.vb < 0.5 && item.vb > 0.0));
    assert_eq!(learnt.foreseen.len(), 120);
}

#[test]
fn extreme_lives_leave_every_number_finite() {
    let course = course();
    for (wait_ms, pattern) in
        [(0, 1), (1, 2), (100_000 * DAY, 1), (-100_000 * DAY, 3), (i64::MAX / 200_000, usize::MAX)]
    {
        let mut learner = course.newcomer();
        for turn in 0..100_000 {
            let answer = Answer { wait_ms, item: turn % 3, correct: turn % pattern == 0 };
            let Prediction { p, mu, s, r, h } = course.answer(&mut learner, &answer);
            assert!([p, mu, s, r, h].iter().all(|x| x.is_finite()), "answer {turn}, wait {wait_ms}");
            learner.now_ms = learner.now_ms.clamp(i64::MIN / 2, i64::MAX / 2);
        }
        assert!(learner.numbers().iter().all(|x| x.is_finite()));
        assert!(learner.variances().iter().all(|&x| x > 0.0));
        for now_ms in [i64::MIN, 0, i64::MAX] {
            for Estimate { p, low, high, mu, sd, p_ge_60, p_ge_75 } in course.estimates(&learner, now_ms) {
                assert!([p, low, high, mu, sd, p_ge_60, p_ge_75].iter().all(|x| x.is_finite()));
            }
        }
    }
}

#[test]
fn a_hopeless_or_certain_question_still_teaches_without_breaking() {
    for b in [-1e6, 1e6] {
        for correct in [false, true] {
            let mut course = course();
            course.items[0].b = b;
            let mut learner = course.newcomer();
            let Prediction { p, r, h, .. } = course.answer(&mut learner, &Answer { wait_ms: 0, item: 0, correct });
            assert!((0.0..=1.0).contains(&p) && r.is_finite() && h >= 0.0);
            assert!(learner.numbers().iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn a_generated_question_leaves_no_memory() {
    let course = course();
    let learner = course.after(&[Answer { wait_ms: 0, item: 2, correct: true }]);
    assert_eq!(learner.memories, course.newcomer().memories);
    assert_eq!(learner.beliefs.map(|belief| belief.e_sum), [0.0, 0.0]);
}

#[test]
fn only_a_key_that_was_shown_boosts_the_next_answer() {
    let course = course();
    let learner = course.after(&[Answer { wait_ms: 0, item: 1, correct: false }]);
    let shown = course.encounter(&learner, 1);
    let hidden = Encounter { feedback: false, ..shown };
    let chance =
        |encounter| predict(&course.parameters, &learner.ability, &learner.memories[1], &learner.beliefs, encounter);
    assert!(chance(&shown) > chance(&hidden) + 0.1);
}

#[test]
fn right_answers_on_one_day_count_as_one_day() {
    let course = course();
    let right = |wait_ms| Answer { wait_ms, item: 1, correct: true };
    assert_eq!(course.after(&[right(0), right(60_000)]).beliefs[0].correct_days, 1);
    assert_eq!(course.after(&[right(0), right(60_000), right(DAY), right(DAY)]).beliefs[0].correct_days, 2);
}
