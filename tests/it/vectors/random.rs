//! Random logs from a fixed seed, in the shortest form a person can still read: a row for each event and each card.

use super::log::{AnswerEvent, CardAfter, Event, Kind, Log, Said, Settings, Step, VoidEvent, event_id};
use laerd::vocab::{id::QuestionId, time::Timestamp};
use serde::Serialize;
use serde_json::json;

#[derive(Serialize)]
struct Compact<'a> {
    question: QuestionId,
    question_type: &'static str,
    guess: f64,
    desired_retention: f64,
    maximum_interval: u16,
    steps: Vec<(EventRow, Option<CardRow<'a>>)>,
}

/// number, milliseconds since 1970, then for an answer its clock offset, UTC offset, what was said, hints, practice,
/// and for a void the number of the event it takes back.
#[derive(Serialize)]
#[serde(untagged)]
enum EventRow {
    Answer(u64, i64, i64, Option<i16>, Said, u8, u8),
    Void(u64, i64, u64),
}

/// stability, difficulty, last day, due day, whether it is relearnt, repetitions, lapses, preview.
#[derive(Serialize)]
struct CardRow<'a>(f32, f32, i32, i32, u8, u32, u32, &'a Option<[i32; 4]>);

/// `count` logs as a file.
pub fn file(count: usize) -> String {
    let mut chance = Chance(20_261_123);
    let (mut logs, mut left_out) = (Vec::new(), 0);
    while logs.len() < count {
        let log = log(&mut chance, logs.len() + left_out);
        if log.is_clear() {
            logs.push(serde_json::to_string(&compact(&log)).expect("JSON"));
        } else {
            left_out += 1;
        }
    }
    let about = "Random logs of one card each, as rows; README.md names the columns. `left_out` more were made and not \
                 kept, because an interval of theirs lies so near the edge between two days that f32 and f64 may differ.";
    let Settings { time_zone, rollover_hour, relearn_minutes, .. } = Settings::default();
    format!(
        "{{\n\"about\": {},\n\"left_out\": {left_out},\n\"event_id_prefix\": {},\n\"settings\": {},\n\"logs\": [\n{}\n]\n}}\n",
        json!(about),
        json!(event_id(0).to_string().trim_end_matches('0')),
        json!({"time_zone": time_zone, "rollover_hour": rollover_hour, "relearn_minutes": relearn_minutes}),
        logs.join(",\n")
    )
}

fn log(chance: &mut Chance, number: usize) -> Log {
    let kinds =
        [Kind::Single(2), Kind::Single(3), Kind::Single(4), Kind::Multiple(4), Kind::ShortText, Kind::Flashcard];
    let kind = chance.of(&kinds);
    let settings = Settings {
        retention: chance.of(&[0.75, 0.8, 0.85, 0.9, 0.9, 0.9, 0.93, 0.95]),
        maximum_interval: chance.of(&[36_500, 36_500, 365, 60]),
        ..Settings::default()
    };
    let mut events = answers(chance, kind);
    let voids = voids(chance, &events);
    events.extend(voids);
    if chance.one_in(3) {
        chance.shuffle(&mut events);
    }
    let name = format!("random-{number}");
    Log::new(&name, QuestionId::of("vectors", &name), kind, settings, events)
}

/// Some minutes, some days or some months apart, mostly right.
fn answers(chance: &mut Chance, kind: Kind) -> Vec<Event> {
    let mut at = Timestamp(1_767_225_600_000 + chance.below(300 * 86_400_000) as i64);
    let count = 3 + chance.below(9);
    let mut answers = Vec::new();
    for number in 1..=count {
        let sayings = kind.sayings();
        let said =
            if chance.one_in(3) { chance.of(sayings) } else { sayings[if kind == Kind::Flashcard { 2 } else { 0 }] };
        let clock_offset_ms = if chance.one_in(6) { chance.below(7_200_000) as i64 - 3_600_000 } else { 0 };
        answers.push(Event::Answer(AnswerEvent {
            // Ids do not follow the clock: a device may have been set back.
            id: event_id(if chance.one_in(8) { 100 - number } else { number }),
            answered_at: at,
            clock_offset_ms,
            utc_offset_min: chance.of(&[Some(60), Some(120), None, None, Some(-480)]),
            said,
            hints: u8::from(chance.one_in(9)),
            practice: chance.one_in(9),
        }));
        let longest = chance.of(&[30, 600, 5_000, 20_000, 100_000, 300_000]);
        at = at.plus_minutes(1 + chance.below(longest) as i64);
    }
    answers
}

fn voids(chance: &mut Chance, answers: &[Event]) -> Vec<Event> {
    let ids = answers.iter().filter_map(|event| match event {
        Event::Answer(answer) => Some((answer.id, answer.answered_at)),
        Event::Review(_) | Event::Void(_) => None,
    });
    let mut voids = Vec::new();
    for (number, (target, at)) in ids.enumerate() {
        if chance.one_in(12) {
            let id = event_id(200 + number as u64);
            voids.push(Event::Void(VoidEvent { id, target, answered_at: at.plus_minutes(1) }));
        }
    }
    voids
}

fn compact(log: &Log) -> Compact<'_> {
    Compact {
        question: log.question,
        question_type: log.kind.kind.name(),
        guess: log.kind.guess,
        desired_retention: log.settings.retention,
        maximum_interval: log.settings.maximum_interval,
        steps: log.steps.iter().map(rows).collect(),
    }
}

fn rows(Step { event, card }: &Step) -> (EventRow, Option<CardRow<'_>>) {
    let number = |id: laerd::vocab::id::EventId| id.0.as_u64_pair().1 & 0x3fff_ffff_ffff_ffff;
    let event = match event {
        Event::Answer(AnswerEvent { id, answered_at, clock_offset_ms, utc_offset_min, said, hints, practice }) => {
            let practice = u8::from(*practice);
            EventRow::Answer(number(*id), answered_at.0, *clock_offset_ms, *utc_offset_min, *said, *hints, practice)
        }
        Event::Review(_) => unreachable!("random logs have none"),
        Event::Void(VoidEvent { id, target, answered_at }) => {
            EventRow::Void(number(*id), answered_at.0, number(*target))
        }
    };
    let card = card.as_ref().map(|card: &CardAfter| {
        let CardAfter { stability, difficulty, last_day, due_day, relearning, reps, lapses, preview, .. } = card;
        CardRow(*stability, *difficulty, *last_day, *due_day, u8::from(*relearning), *reps, *lapses, preview)
    });
    (event, card)
}

/// SplitMix64 (Steele, Lea & Flood 2014): the same numbers for ever, which a crate does not promise.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}
