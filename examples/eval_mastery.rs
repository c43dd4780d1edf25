//! Measures the mastery filter.
//!
//! `eval_mastery IN.csv OUT.csv`: on answers of others. IN has the columns `row,user,item,concepts,correct,t_sec,fold,
//! train_pos,guess,mem,feedback`, concepts parted by semicolons, an empty `t_sec` where no time passes. Rows with a
//! `train_pos` of 0 or more are taken in its order, and questions and concepts learn from them; then the rows with −1
//! in the order of the file, questions and concepts frozen. OUT gets `row,p` of those, with p before the answer.
//!
//! `eval_mastery --synthetic SEED`: on learners whose truth is known, how often the intervals hold it.
//!
//! Both print n, AUC, log loss and ECE over 20 bins of equal width.

#![allow(clippy::print_stdout, reason = "a command that reports")]

#[path = "../benches/mastery/cohort.rs"]
mod cohort;
#[path = "eval_mastery/csv.rs"]
mod csv;
#[path = "eval_mastery/synthetic.rs"]
mod synthetic;

use csv::Row;
use laerd::domain::mastery::{
    ConceptParameters, Foreseen, ItemParameters, Parameters, Scores,
    replay::{Attempt, Item, Replay},
};
use std::{collections::HashMap, error::Error, fmt::Write, fs, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--synthetic", seed] => seed.parse().map_err(Into::into).map(synthetic::run),
        [input, output] => evaluate(input, output),
        _ => Err("usage: eval_mastery IN.csv OUT.csv | eval_mastery --synthetic SEED".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            println!("error: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn evaluate(input: &str, output: &str) -> Result<(), Box<dyn Error>> {
    let rows = csv::read(&fs::read_to_string(input)?)?;
    let mut training: Vec<&Row> = rows.iter().filter(|row| row.train_pos >= 0).collect();
    training.sort_by_key(|row| row.train_pos);
    let mut course = Course::of(&rows);
    let mut learners = Learners::default();
    for row in training {
        course.answer(row, &mut learners);
    }
    course.replay.freeze();
    learners.start_anew();
    let mut text = String::from("row,p\n");
    let mut foreseen = Vec::new();
    for row in rows.iter().filter(|row| row.train_pos == -1) {
        let p = course.answer(row, &mut learners);
        writeln!(text, "{},{p}", row.row)?;
        foreseen.push(Foreseen { p, correct: row.correct });
    }
    fs::write(output, text)?;
    report(&foreseen);
    Ok(())
}

pub(crate) fn report(foreseen: &[Foreseen]) {
    let Scores { n, auc, log_loss, ece } = Scores::of(foreseen);
    println!("n {n}  AUC {auc:.4}  log loss {log_loss:.4}  ECE(20) {ece:.4}");
}

/// The course of a file: its items and concepts by name, under the replay.
struct Course<'a> {
    replay: Replay,
    items: HashMap<&'a str, usize>,
}

/// The learner at hand; a change of user begins a new one.
#[derive(Default)]
struct Learners<'a> {
    count: usize,
    user: Option<&'a str>,
    now_ms: i64,
}

impl<'a> Course<'a> {
    /// An item has the concepts, guess floor and memory of its first row.
    fn of(rows: &'a [Row]) -> Self {
        let parameters = Parameters::default();
        let (mut items, mut concepts): (HashMap<&str, usize>, HashMap<&str, usize>) = Default::default();
        let (mut list, mut counts): (Vec<Item>, Vec<u32>) = Default::default();
        for row in rows {
            if items.contains_key(row.item.as_str()) {
                continue;
            }
            items.insert(&row.item, list.len());
            let places = row.concepts.iter().map(|name| {
                let next = concepts.len();
                let place = *concepts.entry(name).or_insert(next);
                counts.resize(concepts.len(), 0);
                counts[place] += 1;
                place
            });
            let concepts = places.collect();
            let prior = ItemParameters { mem: row.mem, ..ItemParameters::prior(&parameters, row.guess) };
            list.push(Item { parameters: prior, concepts });
        }
        let concepts = counts.into_iter().map(|count| ConceptParameters::prior(&parameters, count)).collect();
        Self { replay: Replay::new(parameters, list, concepts), items }
    }

    /// Takes one answer in and returns the chance it had.
    fn answer(&mut self, row: &'a Row, learners: &mut Learners<'a>) -> f64 {
        let (learner, at_ms) = learners.meet(row);
        let item = self.items[row.item.as_str()];
        self.replay.answer(Attempt { learner, item, at_ms, correct: row.correct, feedback: row.feedback }).p
    }
}

impl<'a> Learners<'a> {
    fn start_anew(&mut self) {
        self.user = None;
    }

    fn meet(&mut self, row: &'a Row) -> (usize, i64) {
        if self.user != Some(row.user.as_str()) {
            (self.user, self.now_ms) = (Some(row.user.as_str()), 0);
            self.count += 1;
        }
        self.now_ms = row.t_ms.unwrap_or(self.now_ms);
        (self.count - 1, self.now_ms)
    }
}
