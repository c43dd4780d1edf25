//! Logs of learners who never lived, with the truth beside them: to test a fit and an evaluation where the right answer
//! is known. They show that the method finds what is there; that people remember so, only their own logs can show.

use super::{Elapsed, LoggedReview, Memory, MemoryModel, Model, Retention, Weights};
use crate::vocab::{
    grade::Rating,
    time::{StudyDay, Timestamp},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::collections::{BTreeMap, VecDeque};

/// How the learner studies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    pub days: i32,
    pub new_per_day: u32,
    /// The chance of a right answer without knowledge.
    pub guess: f64,
}

/// A log and what was true of it.
#[derive(Debug, Clone, Default)]
pub struct Synthetic {
    pub log: Vec<LoggedReview>,
    /// For each review, the milliseconds it took.
    pub took_ms: Vec<u32>,
    /// For each review, the true chance of a right answer; even odds at a first review.
    pub truth: Vec<f64>,
}

const DAY_MS: i64 = 86_400_000;
/// 2024-01-01, at ten: far from any rollover.
const FIRST_DAY: i32 = 19_723;
const TEN_O_CLOCK_MS: i64 = 10 * 3_600_000;
/// A due card waits for another day with this chance, so that intervals vary as they do in life.
const PUT_OFF: f64 = 0.2;
const RELEARN_MS: i64 = 600_000;

/// Weights of a learner who is not the average one: each of the defaults times a lognormal factor, within its range.
pub fn someone(seed: u64) -> Weights {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut numbers = *Weights::DEFAULT.numbers();
    for (index, number) in numbers.iter_mut().enumerate() {
        let factor = libm::exp(0.25 * normal(&mut chance)) as f32;
        let candidate = *number * factor;
        let mut tried = *Weights::DEFAULT.numbers();
        tried[index] = candidate;
        if Weights::new(&tried).is_ok() {
            *number = candidate;
        }
    }
    numbers[..4].sort_unstable_by(f32::total_cmp);
    Weights::new(&numbers).unwrap_or_default()
}

/// The log of one learner who remembers as `mind` says.
pub fn study<M: MemoryModel>(mind: &M, plan: Plan, seed: u64) -> Synthetic {
    let mut desk = Desk {
        mind,
        scheduler: Model::default(),
        plan,
        chance: StdRng::seed_from_u64(seed),
        made: Synthetic::default(),
    };
    let mut due: BTreeMap<i32, Vec<Studied<M::State>>> = BTreeMap::new();
    let mut next_card = 0;
    for day in 0..plan.days {
        let mut today: VecDeque<Studied<M::State>> = due.remove(&day).unwrap_or_default().into();
        for _ in 0..plan.new_per_day {
            next_card += 1;
            today.push_back(Studied { card: next_card, last: None, planned: None });
        }
        let mut now = Timestamp(i64::from(FIRST_DAY + day) * DAY_MS + TEN_O_CLOCK_MS);
        while let Some(mut card) = today.pop_front() {
            if card.last.is_some_and(|(_, last)| last.1.0 < FIRST_DAY + day) && desk.chance.random_bool(PUT_OFF) {
                due.entry(day + 1).or_default().push(card);
                continue;
            }
            now = now.plus_ms(15_000);
            match desk.answer(&mut card, now, StudyDay(FIRST_DAY + day)) {
                None => {
                    now = now.plus_ms(RELEARN_MS / 10);
                    today.push_back(card);
                }
                Some(interval) => due.entry(day + interval).or_default().push(card),
            }
        }
    }
    desk.made
}

struct Studied<S> {
    card: i64,
    /// The true memory, and when it was last used.
    last: Option<(S, (Timestamp, StudyDay))>,
    /// What the scheduler, which knows no better than the average learner, thinks of it.
    planned: Option<Memory>,
}

struct Desk<'a, M> {
    mind: &'a M,
    scheduler: Model,
    plan: Plan,
    chance: StdRng,
    made: Synthetic,
}

impl<M: MemoryModel> Desk<'_, M> {
    /// Asks the card; the days until it is due again, none if it must come back today.
    fn answer(&mut self, card: &mut Studied<M::State>, at: Timestamp, day: StudyDay) -> Option<i32> {
        let before = card.last.map(|(memory, (last_at, last_day))| {
            let exact = (at.0 - last_at.0) as f64 / DAY_MS as f64;
            (memory, Elapsed { days: u32::try_from(day.0 - last_day.0).unwrap_or(0), exact })
        });
        let recall = before.map_or(0.5, |(memory, elapsed)| self.mind.recall(memory, elapsed));
        let known = self.chance.random_bool(recall.clamp(0.0, 1.0));
        let right = known || self.chance.random_bool(self.plan.guess);
        let rating = if right { self.grade() } else { Rating::Again };
        let review = LoggedReview { card: card.card, at, day, rating, guess: self.plan.guess };
        let learnt = LoggedReview { rating: if known { rating } else { Rating::Again }, guess: 0.0, ..review };
        card.last = Some((self.mind.after(before, &learnt), (at, day)));
        let elapsed = before.map_or(0, |(_, elapsed)| elapsed.days);
        let planned = self.scheduler.after_answer(card.planned, elapsed, rating, self.plan.guess);
        card.planned = Some(planned);
        let took = self.took_ms(rating);
        self.made.log.push(review);
        self.made.took_ms.push(took);
        self.made.truth.push(recall + (1.0 - recall) * self.plan.guess);
        let interval = self.scheduler.interval(planned, Retention::DEFAULT);
        right.then(|| (interval * self.chance.random_range(0.9..1.1)).round().max(1.0) as i32)
    }

    fn grade(&mut self) -> Rating {
        match self.chance.random::<f64>() {
            draw if draw < 0.12 => Rating::Hard,
            draw if draw < 0.88 => Rating::Good,
            _ => Rating::Easy,
        }
    }

    fn took_ms(&mut self, rating: Rating) -> u32 {
        let typical = [9_000.0, 12_000.0, 7_000.0, 4_000.0][usize::from(rating.number() - 1)];
        (typical * libm::exp(0.4 * normal(&mut self.chance))) as u32
    }
}

/// Close to a standard normal number: the sum of twelve uniform ones, centred.
fn normal(chance: &mut StdRng) -> f64 {
    (0..12).map(|_| chance.random::<f64>()).sum::<f64>() - 6.0
}
