//! A phone: its clock, the events it made, and what it was told.
//!
//! It writes events as JSON, as a client does, and freezes their order: its own clock and what it believes to be that
//! clock's error.

use super::{oracle::Promise, view::View};
use laerd::{app::RejectionCode, vocab::time::Timestamp};
use rand::{Rng, rngs::StdRng};
use serde_json::{Value, json};
use uuid::Uuid;

pub struct Device {
    pub name: usize,
    pub id: Uuid,
    /// Which of the trace's learners holds it.
    pub learner: usize,
    clock: DeviceClock,
    /// The life of the database, as it last heard.
    epoch: Option<String>,
    /// Restores it has heard of.
    pub era: u32,
    pub view: View,
    /// Made and not acknowledged.
    pub outbox: Vec<Made>,
    /// Answers kept back behind their void.
    pub held: Vec<Made>,
    /// Acknowledged: applied or known before.
    pub kept: Vec<Made>,
}

/// An event as it was written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// As the server can read it; `None` where it cannot.
    pub id: Option<Uuid>,
    pub value: Value,
    pub order_at: Timestamp,
    pub promise: Promise,
}

/// The device's clock: off by `skew_ms` at `since`, and by more as time passes.
struct DeviceClock {
    since: Timestamp,
    skew_ms: i64,
    /// Milliseconds gained per hour.
    drift: i64,
    /// What the device believes its clock lacks.
    offset_ms: i64,
    utc_offset_min: Option<i16>,
}

const HOUR: i64 = 3_600_000;

impl Device {
    pub fn new(name: usize, now: Timestamp, dice: &mut StdRng) -> Self {
        let clock = DeviceClock { since: now, skew_ms: 0, drift: 0, offset_ms: 0, utc_offset_min: Some(60) };
        let id = uuid::Builder::from_random_bytes(dice.random()).into_uuid();
        let mut device = Self {
            name,
            id,
            learner: 0,
            clock,
            epoch: None,
            era: 0,
            view: View::default(),
            outbox: Vec::new(),
            held: Vec::new(),
            kept: Vec::new(),
        };
        device.view.skips_own = dice.random_ratio(1, 3);
        if dice.random_ratio(1, 2) {
            device.disturb_clock(now, dice);
        }
        device
    }

    /// Sets the clock wrong, or right, or moves to another zone.
    pub fn disturb_clock(&mut self, now: Timestamp, dice: &mut StdRng) -> String {
        let skew = self.clock.skew_at(now);
        self.clock.since = now;
        self.clock.skew_ms = skew;
        match dice.random_range(0..6) {
            0 => self.clock.skew_ms = dice.random_range(-90 * 24 * HOUR..3 * HOUR),
            1 => self.clock.skew_ms = dice.random_range(-600_000..600_000),
            2 => self.clock.skew_ms += [HOUR, -HOUR][dice.random_range(0..2)],
            3 => self.clock.drift = dice.random_range(-2_000..2_000),
            4 => {
                self.clock.utc_offset_min = [None, Some(60), Some(120), Some(-480), Some(840)][dice.random_range(0..5)]
            }
            _ => self.clock.offset_ms = -skew,
        }
        let DeviceClock { skew_ms, drift, offset_ms, utc_offset_min, .. } = self.clock;
        format!("skew {skew_ms} ms, drift {drift} ms/h, offset {offset_ms} ms, zone {utc_offset_min:?}")
    }

    /// An answer given now.
    pub fn answer(
        &mut self,
        now: Timestamp,
        (question, revision): (Uuid, i32),
        how: &Manner,
        dice: &mut StdRng,
    ) -> Made {
        let mut value = json!({"kind": "answer", "v": 1, "question": question, "revision": revision,
            "response": how.response, "duration_ms": 4200, "unknown_field": {"kept": [true, null, 1.5]}});
        if how.hints > 0 {
            value["hints"] = how.hints.into();
        }
        if how.practice {
            value["practice"] = true.into();
        }
        self.add_zone(&mut value);
        self.made(now, value, dice)
    }

    /// A review with a rating of the learner's own.
    pub fn review(&mut self, now: Timestamp, question: Uuid, rating: &str, dice: &mut StdRng) -> Made {
        let mut value = json!({"kind": "review", "v": 1, "question": question, "rating": rating, "source": "anki",
            "duration_ms": dice.random_range(0..90_000)});
        self.add_zone(&mut value);
        self.made(now, value, dice)
    }

    /// Whether a question is to be asked: `suspend`, `resume` or `set_aside`.
    pub fn hold(&mut self, now: Timestamp, question: Uuid, kind: &str, dice: &mut StdRng) -> Made {
        let mut value = json!({"kind": kind, "v": 1, "question": question});
        self.add_zone(&mut value);
        self.made(now, value, dice)
    }

    fn add_zone(&self, value: &mut Value) {
        self.clock.utc_offset_min.inspect(|minutes| value["utc_offset_min"] = (*minutes).into());
    }

    /// Takes `target` back.
    pub fn void(&mut self, now: Timestamp, target: Uuid, dice: &mut StdRng) -> Made {
        self.made(now, json!({"kind": "void", "v": 1, "ref": target}), dice)
    }

    fn made(&mut self, now: Timestamp, mut value: Value, dice: &mut StdRng) -> Made {
        let own = now.plus_ms(self.clock.skew_at(now));
        let id = uuid_v7(own, dice);
        value["id"] = id.to_string().into();
        value["answered_at"] = own.to_string().into();
        if self.clock.offset_ms != 0 {
            value["clock_offset_ms"] = self.clock.offset_ms.into();
        }
        Made { id: Some(id), value, order_at: own.plus_ms(self.clock.offset_ms), promise: Promise::Sound }
    }

    /// Hears of a restore, by whatever answer comes first.
    pub fn learn_epoch(&mut self, epoch: &str) {
        if self.epoch.as_deref().is_some_and(|known| known != epoch) {
            self.send_all_again();
            self.view.forget_numbers();
        }
        self.epoch = Some(epoch.to_owned());
    }

    /// The guest turned out to be another learner: his events are that one's now, and nothing he was told holds.
    pub fn belong_to(&mut self, learner: usize) {
        self.learner = learner;
        let skips_own = self.view.skips_own;
        self.view = View::default();
        self.view.skips_own = skips_own;
        self.era += 1;
    }

    /// After a restore nobody knows what the server still has: all of it leaves once more, and what it has is a repeat.
    fn send_all_again(&mut self) {
        self.era += 1;
        self.kept.append(&mut self.outbox);
        self.outbox = std::mem::take(&mut self.kept);
    }

    /// What an event of the outbox became. Everything but a refusal that may pass takes it out.
    pub fn hear(&mut self, id: Option<Uuid>, value: &Value, heard: Heard) {
        let Some(place) = self.outbox.iter().position(|made| made.id == id && made.value == *value) else { return };
        match heard {
            Heard::Stored => {
                let made = self.outbox.remove(place);
                self.kept.push(made);
            }
            Heard::Refused => drop(self.outbox.remove(place)),
            Heard::TooEarly => {}
        }
    }
}

/// What a response says of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    Stored,
    Refused,
    TooEarly,
}

/// How an answer is given.
pub struct Manner {
    pub response: Value,
    pub hints: u8,
    pub practice: bool,
}

impl DeviceClock {
    fn skew_at(&self, now: Timestamp) -> i64 {
        self.skew_ms + (now.0 - self.since.0) / HOUR * self.drift
    }
}

/// UUIDv7 (RFC 9562 section 5.7) of the device's own clock.
fn uuid_v7(own: Timestamp, dice: &mut StdRng) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(own.0.max(0) as u64, &dice.random()).into_uuid()
}

/// The ways an event can be spoilt.
const POISONS: usize = 12;

/// Spoils a sound answer.
pub fn poison(mut made: Made, dice: &mut StdRng) -> Made {
    use RejectionCode::{Invalid, UnknownQuestion, UnsupportedVersion};
    let (unreadable, unfit) = (Promise::Unreadable, Promise::Unfit);
    let value = &mut made.value;
    made.promise = match dice.random_range(0..POISONS) {
        0 => {
            value.as_object_mut().expect("an object").remove("question");
            unreadable(Invalid)
        }
        1 => spoil(value, "kind", json!("wish"), unreadable(Invalid)),
        2 => spoil(value, "v", json!(2), unreadable(UnsupportedVersion)),
        3 => spoil(value, "answered_at", json!("yesterday"), unreadable(Invalid)),
        4 => spoil(value, "answered_at", json!("1901-12-31T23:59:59Z"), unreadable(Invalid)),
        5 => spoil(value, "utc_offset_min", json!(5_000), unreadable(Invalid)),
        6 => {
            let id = value["id"].clone();
            *value = json!({"kind": "void", "v": 1, "id": id, "ref": id, "answered_at": value["answered_at"]});
            unreadable(Invalid)
        }
        7 => {
            (made.id, *value) = (None, json!([1, 2, 3]));
            unreadable(Invalid)
        }
        8 => {
            made.id = None;
            spoil(value, "id", json!("not an id"), unreadable(Invalid))
        }
        9 => spoil(value, "question", json!(Uuid::nil()), unfit(UnknownQuestion)),
        10 => spoil(value, "revision", json!(999_999), unfit(UnknownQuestion)),
        _ => spoil(value, "noise", json!("x".repeat(17_000)), unreadable(Invalid)),
    };
    made
}

fn spoil(value: &mut Value, field: &str, with: Value, promise: Promise) -> Promise {
    value[field] = with;
    promise
}
