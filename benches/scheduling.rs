//! What the scheduler is worth: years with guessing, exams, and the cost of a fit. `make bench-scheduling`
//!
//! The simulated learner remembers exactly as FSRS-6 says, so the figures are optimistic; what they compare is rules.
//! Every figure is over the same seeds for every rule. Only the order of the rules can fail a run.

#![expect(clippy::print_stdout, reason = "the tables are the point of this program")]

use laerd::{
    domain::{
        balance::{self, Due},
        memory::{
            LoggedReview, Model, Progress, Retention, Weights, refit, scored,
            synthetic::{Plan, someone, study},
        },
        schedule::{self, Card, Review, Settings},
        spread::Slot,
    },
    vocab::{
        grade::Rating,
        id::QuestionId,
        time::{StudyDay, Timestamp},
    },
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{collections::BTreeMap, fs, process::ExitCode, time::Instant};
use uuid::Uuid;

/// What the scheduler is told of a right answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// That it was right and how easily it is guessed: the product's way.
    Chance,
    /// That it was right, as Good.
    Good,
    /// That it was right, as Hard.
    Hard,
    /// Whether it was known.
    Truth,
}

/// One card's year.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// Answers of any kind, relearning included.
    answers: f64,
    /// Reviews a day or more after the one before, and the true chance of knowing then.
    reviews: f64,
    recall: f64,
    /// The true chance of knowing on the day after the last.
    recall_at_end: f64,
}

const DAY_MS: i64 = 86_400_000;
const CARDS: u128 = 4_000;
const YEAR: i32 = 365;
const GUESS: f64 = 0.25;
const MEETING: u128 = 15;

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("nothing measured: run `cargo bench --bench scheduling`");
        return ExitCode::SUCCESS;
    }
    let fine = [guessing(), exams(), heavy_days()];
    cost_of_a_refit();
    if fine.iter().all(|fine| *fine) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A year of single choice out of four.
fn guessing() -> bool {
    println!("chance of guessing {GUESS}, {CARDS} cards, {YEAR} days, retention 0.90");
    println!(
        "{:24} {:>11} {:>20} {:>20}",
        "a right answer is", "true recall", "reviews/card/year", "answers/card/year"
    );
    let row = |name: &str, told: Told| {
        let settings = Settings::default();
        let study = Study { told, guess: GUESS, settings, days: (StudyDay(0), StudyDay(YEAR)) };
        let year = cards(|card, chance| study.life(card, chance));
        let (recall, reviews) = (year.recall / year.reviews, year.reviews / CARDS as f64);
        println!("{name:24} {recall:11.3} {reviews:20.1} {:20.1}", year.answers / CARDS as f64);
        (recall, reviews)
    };
    let ours = row("knowledge, by chance", Told::Chance);
    let good = row("Good", Told::Good);
    let hard = row("Hard", Told::Hard);
    let truth = row("known or not (oracle)", Told::Truth);
    let fine = ours.0 > good.0 && (truth.0 - ours.0).abs() < (truth.0 - good.0).abs() && ours.1 < hard.1.max(truth.1);
    println!("{}\n", if fine { "ours is nearest to the oracle" } else { "OURS IS NOT THE BEST" });
    fine
}

fn cards(one: impl Fn(QuestionId, &mut StdRng) -> Tally) -> Tally {
    let mut chance = StdRng::seed_from_u64(5);
    let tallies = (1..=CARDS).map(|number| one(QuestionId(Uuid::from_u128(number << 64 | number)), &mut chance));
    tallies.fold(Tally::default(), |sum, tally| Tally {
        answers: sum.answers + tally.answers,
        reviews: sum.reviews + tally.reviews,
        recall: sum.recall + tally.recall,
        recall_at_end: sum.recall_at_end + tally.recall_at_end,
    })
}

/// What a card is in truth, beside what the scheduler thinks of it.
struct Learnt {
    memory: laerd::domain::memory::Memory,
    day: StudyDay,
}

/// How cards are studied.
#[derive(Clone, Copy)]
struct Study {
    told: Told,
    guess: f64,
    settings: Settings,
    /// The first, and the one after the last.
    days: (StudyDay, StudyDay),
}

impl Study {
    /// The card from its first answer on.
    fn life(self, question: QuestionId, chance: &mut StdRng) -> Tally {
        let (mind, (first, end)) = (Model::default(), self.days);
        let mut tally = Tally::default();
        let (mut truth, mut card): (Option<Learnt>, Option<Card>) = (None, None);
        let recall_on = |truth: &Option<Learnt>, day: StudyDay| {
            truth.as_ref().map_or(0.5, |learnt| mind.recall(learnt.memory, (day.0 - learnt.day.0) as f32))
        };
        let mut day = first;
        while day < end {
            let recall = recall_on(&truth, day);
            if truth.as_ref().is_some_and(|learnt| day > learnt.day) {
                tally.reviews += 1.0;
                tally.recall += recall;
            }
            tally.answers += 1.0;
            let known = chance.random_bool(recall);
            let right = known || chance.random_bool(self.guess);
            let learnt = truth.as_ref().map(|learnt| (learnt.memory, (day.0 - learnt.day.0).cast_unsigned()));
            let rating = if known { Rating::Good } else { Rating::Again };
            let elapsed = learnt.map_or(0, |(_, elapsed)| elapsed);
            let memory = mind.after_answer(learnt.map(|(memory, _)| memory), elapsed, rating, 0.0);
            truth = Some(Learnt { memory, day });
            let review = self.review(day, (known, right));
            let next = schedule::next(&mind, &self.settings, Slot::alone(question), card.as_ref(), &review);
            day = next.due_day;
            card = Some(next);
        }
        tally.recall_at_end = recall_on(&truth, end);
        tally
    }

    fn review(self, day: StudyDay, (known, right): (bool, bool)) -> Review {
        let success = if self.told == Told::Truth { known } else { right };
        let rating = match (success, self.told) {
            (false, _) => Rating::Again,
            (true, Told::Hard) => Rating::Hard,
            (true, _) => Rating::Good,
        };
        let guess = if self.told == Told::Chance { self.guess } else { 0.0 };
        Review { at: Timestamp(i64::from(day.0) * DAY_MS), day, rating, guess }
    }
}

/// Cards met in the first days, and an exam: the rule for exams beside a high retention all along.
fn exams() -> bool {
    println!("exam, {CARDS} cards met on the first {MEETING} days, nothing can be guessed");
    println!("{:8} {:24} {:>11} {:>13} {:>13}", "day", "rule", "exam recall", "reviews/card", "answers/card");
    let mut fine = true;
    for exam in [45, 90].map(StudyDay) {
        let row = |name: &str, settings: Settings| {
            let all = cards(|card, chance| {
                let first = StudyDay((card.0.as_u128() % MEETING) as i32);
                Study { told: Told::Chance, guess: 0.0, settings, days: (first, exam) }.life(card, chance)
            });
            let count = CARDS as f64;
            let (recall, reviews, answers) = (all.recall_at_end / count, all.reviews / count, all.answers / count);
            println!("{:<8} {name:24} {recall:11.3} {reviews:13.2} {answers:13.2}", exam.0);
            (recall, answers)
        };
        let ours = row("for an exam", Settings { exam: Some(exam), ..Settings::default() });
        let high = Retention::new(0.95).unwrap_or(Retention::DEFAULT);
        let plain = row("retention 0.95", Settings { retention: high, ..Settings::default() });
        fine &= ours.0 >= plain.0 && ours.1 < plain.1;
    }
    println!("{}\n", if fine { "ours knows more with fewer answers" } else { "OURS IS NOT THE BEST" });
    fine
}

/// Learners of a whole course: how unlike their days are, with and without the balance. A day is compared with the mean
/// of the week around it, because in the first months there is much more to do than later.
fn heavy_days() -> bool {
    println!("{LEARNERS} learners, {COURSE} cards, {A_DAY} new a day, {YEAR} days: reviews a day");
    println!("{:12} {:>6} {:>13} {:>6} {:>6} {:>11}", "", "mean", "off its week", "95 %", "most", "true recall");
    let row = |name: &str, is_levelled: bool| {
        let (mut loads, mut recall, mut off) = (Vec::new(), 0.0, Vec::new());
        for seed in 0..LEARNERS {
            let (days, known) = year_of_a_course(is_levelled, seed);
            off.extend(days.windows(7).map(|week| week[3] as f64 - week.iter().sum::<usize>() as f64 / 7.0));
            loads.extend(days);
            recall += known;
        }
        loads.sort_unstable();
        let (count, sum) = (loads.len() as f64, loads.iter().sum::<usize>() as f64);
        let (mean, recall) = (sum / count, recall / sum);
        let spread = (off.iter().map(|off| off * off).sum::<f64>() / off.len() as f64).sqrt();
        let (high, most) = (loads[loads.len() * 95 / 100], loads.last().copied().unwrap_or(0));
        println!("{name:12} {mean:6.1} {spread:13.1} {high:6} {most:6} {recall:11.3}");
        (spread, recall)
    };
    let plain = row("as due", false);
    let level = row("levelled", true);
    let fine = level.0 < plain.0 && (level.1 - plain.1).abs() < 0.01;
    println!("{}\n", if fine { "days are more alike, and as much is known" } else { "THE BALANCE DOES NOT HELP" });
    fine
}

const LEARNERS: u64 = 20;
const COURSE: u128 = 340;
const A_DAY: usize = 10;

/// The reviews of each day of a year, and the sum of the chances that what was asked was known.
fn year_of_a_course(is_levelled: bool, seed: u64) -> (Vec<usize>, f64) {
    let (model, settings) = (Model::default(), Settings::default());
    let mut chance = StdRng::seed_from_u64(seed);
    let mut unmet =
        (1..=COURSE).map(|number| QuestionId(Uuid::from_u128(u128::from(seed) << 96 | number << 64 | number)));
    let mut cards: BTreeMap<QuestionId, Card> = BTreeMap::new();
    let (mut loads, mut known) = (Vec::new(), 0.0);
    for today in (0..YEAR).map(StudyDay) {
        let due = |(question, card): (&QuestionId, &Card)| {
            let latest = schedule::latest(&model, &settings, card.memory, (card.last_day, card.due_day));
            Due { question: *question, day: card.due_day, latest, stability: card.memory.stability }
        };
        let mut calendar: Vec<Due> = cards.iter().map(due).collect();
        if is_levelled {
            balance::level(&mut calendar, 0, None, today, 1);
        }
        let asked: Vec<QuestionId> =
            calendar.iter().filter(|card| card.day <= today).map(|card| card.question).collect();
        loads.push(asked.len());
        known += asked.iter().map(|question| schedule::recall_on(&model, &cards[question], today)).sum::<f64>();
        for question in asked.into_iter().chain(unmet.by_ref().take(A_DAY)) {
            while cards.get(&question).is_none_or(|card| card.due_day <= today) {
                let before = cards.get(&question);
                let recall = before.map_or(0.5, |card| schedule::recall_on(&model, card, today));
                let rating = if chance.random_bool(recall) { Rating::Good } else { Rating::Again };
                let review = Review { at: Timestamp(i64::from(today.0) * DAY_MS), day: today, rating, guess: 0.0 };
                let next = schedule::next(&model, &settings, Slot::alone(question), before, &review);
                cards.insert(question, next);
            }
        }
    }
    (loads, known)
}

/// CPU of a refit to 10,000 reviews, judged on the last block and fitted twice, as for a learner whose answers cannot be
/// guessed and for one whose can.
fn cost_of_a_refit() {
    println!("refit to 10,000 reviews, CPU of the best of 5");
    for guess in [0.0, GUESS] {
        let made = study(&Model::new(someone(1)), Plan { days: 400, new_per_day: 8, guess }, 1);
        let log: Vec<LoggedReview> = made.log.into_iter().take(10_000).collect();
        let once = || cpu_ms(|| refit(&log, &Weights::DEFAULT, &Weights::DEFAULT, &Progress::default()));
        let best = (0..5).map(|_| once()).fold(f64::MAX, f64::min);
        println!("guess {guess:4}: {best:6.1} ms ({} of {} reviews scored)", scored(&log), log.len());
    }
}

/// Milliseconds this thread was on a processor; by the clock where the system does not tell.
fn cpu_ms<T>(work: impl FnOnce() -> T) -> f64 {
    let on_cpu = || -> Option<f64> {
        let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok()
    };
    let (began, before) = (Instant::now(), on_cpu());
    std::hint::black_box(work());
    match (before, on_cpu()) {
        (Some(before), Some(after)) => (after - before) / 1e6,
        _ => began.elapsed().as_secs_f64() * 1e3,
    }
}
