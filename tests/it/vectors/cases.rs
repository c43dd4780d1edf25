//! Logs that each tell one rule.

use super::log::{AnswerEvent, Event, Kind, Log, ReviewEvent, Said, Settings, VoidEvent, event_id};
use laerd::vocab::{grade::Rating, id::QuestionId, time::Timestamp};

/// A log in the making. Events are numbered, and the number is the end of the event's id.
struct Tale {
    name: &'static str,
    kind: Kind,
    settings: Settings,
    utc_offset_min: Option<i16>,
    events: Vec<Event>,
}

pub fn logs() -> Vec<Log> {
    let tales = [
        first_answers(),
        settings(),
        relearning(),
        arrival(),
        taken_back(),
        conduct(),
        clocks(),
        travel(),
        elsewhere(),
    ];
    tales.into_iter().flatten().map(Tale::log).collect()
}

fn first_answers() -> Vec<Tale> {
    let first = |name, kind, said| Tale::new(name, kind).at(1, "2026-11-23T11:00", said);
    vec![
        first("a right answer among four", Kind::Single(4), Said::Right),
        first("a right answer among two says less", Kind::Single(2), Said::Right),
        first("a right choice of several says more", Kind::Multiple(5), Said::Right),
        first("a typed answer is no guess", Kind::ShortText, Said::Right),
        first("a wrong answer comes back in ten minutes and is no lapse", Kind::Single(4), Said::Wrong),
        first("a shown answer counts as forgotten", Kind::Single(4), Said::Reveal),
        first("a flashcard is judged by the learner: again", Kind::Flashcard, Said::Again),
        first("a flashcard is judged by the learner: hard", Kind::Flashcard, Said::Hard),
        first("a flashcard is judged by the learner: good", Kind::Flashcard, Said::Good),
        first("a flashcard is judged by the learner: easy", Kind::Flashcard, Said::Easy),
        first("a page that was read is not asked again", Kind::Info, Said::Seen),
    ]
}

/// The same half year under other choices of the learner.
fn settings() -> Vec<Tale> {
    let half_year = |name, settings: Settings| {
        let tale = Tale { settings, ..Tale::new(name, Kind::Single(4)) };
        tale.at(1, "2026-01-05T12:00", Said::Right)
            .at(2, "2026-01-08T12:00", Said::Right)
            .at(3, "2026-01-20T12:00", Said::Right)
            .at(4, "2026-03-01T12:00", Said::Right)
            .at(5, "2026-06-20T12:00", Said::Right)
    };
    let with = |retention, maximum_interval| Settings { retention, maximum_interval, ..Settings::default() };
    vec![
        half_year("half a year at retention 0.90", with(0.9, 36_500)),
        half_year("half a year at retention 0.70, the lowest", with(0.7, 36_500)),
        half_year("half a year at retention 0.83", with(0.83, 36_500)),
        half_year("half a year at retention 0.97, the highest", with(0.97, 36_500)),
        half_year("no interval above thirty days", with(0.9, 30)),
        half_year("no interval above one day", with(0.9, 1)),
        half_year("lapses come back after an hour", Settings { relearn_minutes: 60, ..Settings::default() }).at(
            6,
            "2026-09-01T12:00",
            Said::Wrong,
        ),
    ]
}

fn relearning() -> Vec<Tale> {
    let known = |name| {
        Tale::new(name, Kind::Single(4)).at(1, "2026-02-02T09:00", Said::Right).at(2, "2026-02-06T09:00", Said::Right)
    };
    vec![
        known("a lapse, failed again and then passed the same day, counts once")
            .at(3, "2026-02-20T09:00", Said::Wrong)
            .at(4, "2026-02-20T09:11", Said::Wrong)
            .at(5, "2026-02-20T09:25", Said::Right)
            .at(6, "2026-02-22T09:00", Said::Right),
        known("a lapse that is looked at days later").at(3, "2026-02-20T09:00", Said::Wrong).at(
            4,
            "2026-02-27T09:00",
            Said::Right,
        ),
        known("two lapses").at(3, "2026-02-20T09:00", Said::Wrong).at(4, "2026-02-20T09:15", Said::Right).at(
            5,
            "2026-03-05T09:00",
            Said::Wrong,
        ),
        known("right again an hour later").at(3, "2026-02-06T10:00", Said::Right).at(
            4,
            "2026-02-06T23:30",
            Said::Right,
        ),
        known("very late").at(3, "2027-05-01T09:00", Said::Right),
    ]
}

fn arrival() -> Vec<Tale> {
    vec![
        Tale::new("an answer of another device arrives late", Kind::Single(4))
            .at(1, "2026-04-01T08:00", Said::Right)
            .at(3, "2026-04-09T08:00", Said::Right)
            .at(2, "2026-04-05T08:00", Said::Wrong)
            .at(4, "2026-04-20T08:00", Said::Right),
        Tale::new("everything arrives backwards", Kind::Single(4))
            .at(4, "2026-04-20T08:00", Said::Right)
            .at(3, "2026-04-09T08:00", Said::Right)
            .at(2, "2026-04-05T08:00", Said::Wrong)
            .at(1, "2026-04-01T08:00", Said::Right),
        Tale::new("at the same millisecond the id decides", Kind::Single(4))
            .at(9, "2026-04-01T08:00", Said::Wrong)
            .at(2, "2026-04-01T08:00", Said::Right)
            .at(5, "2026-04-01T08:00", Said::Right),
    ]
}

fn taken_back() -> Vec<Tale> {
    vec![
        Tale::new("the last answer is taken back", Kind::Single(4))
            .at(1, "2026-04-01T08:00", Said::Right)
            .at(2, "2026-04-05T08:00", Said::Wrong)
            .void(3, 2, "2026-04-05T08:01"),
        Tale::new("an answer in the middle is taken back", Kind::Single(4))
            .at(1, "2026-04-01T08:00", Said::Right)
            .at(2, "2026-04-05T08:00", Said::Wrong)
            .at(3, "2026-04-05T08:20", Said::Right)
            .void(4, 2, "2026-04-06T08:00"),
        Tale::new("the only answer is taken back: the card is gone", Kind::Single(4))
            .at(1, "2026-04-01T08:00", Said::Right)
            .void(2, 1, "2026-04-01T08:01"),
        Tale::new("the void arrives before its answer", Kind::Single(4))
            .at(1, "2026-04-01T08:00", Said::Right)
            .void(3, 2, "2026-04-05T08:01")
            .at(2, "2026-04-05T08:00", Said::Wrong)
            .at(4, "2026-04-10T08:00", Said::Right),
        Tale::new("a void of nothing changes nothing", Kind::Single(4)).at(1, "2026-04-01T08:00", Said::Right).void(
            2,
            77,
            "2026-04-01T08:01",
        ),
    ]
}

fn conduct() -> Vec<Tale> {
    let known = |name| Tale::new(name, Kind::Single(3)).at(1, "2026-05-04T15:00", Said::Right);
    vec![
        known("right after a hint is hard").at(2, "2026-05-08T15:00", Said::Right).hints(1),
        known("wrong after a hint is wrong").at(2, "2026-05-08T15:00", Said::Wrong).hints(2),
        known("practice that goes well leaves the card").at(2, "2026-05-05T15:00", Said::Right).practice(),
        known("practice that goes wrong does not").at(2, "2026-05-05T15:00", Said::Wrong).practice(),
        Tale::new("a question that was only practised has no card", Kind::Single(3))
            .at(1, "2026-05-04T15:00", Said::Right)
            .practice()
            .at(2, "2026-05-06T15:00", Said::Right),
        Tale::new("a page that is read twice", Kind::Info).at(1, "2026-05-04T15:00", Said::Seen).at(
            2,
            "2026-06-04T15:00",
            Said::Seen,
        ),
    ]
}

/// Clocks that are wrong, and days that have 23 or 25 hours.
fn clocks() -> Vec<Tale> {
    let oslo = |name| Tale::new(name, Kind::ShortText);
    vec![
        oslo("the corrected clock decides the order")
            .at(1, "2026-08-03T08:00", Said::Wrong)
            .at(2, "2026-08-03T09:00", Said::Right)
            .offset(-2 * 3_600_000)
            .at(3, "2026-08-10T08:00", Said::Right),
        oslo("a clock set back: no day has passed")
            .at(1, "2026-08-03T08:00", Said::Right)
            .local(660)
            .at(2, "2026-08-03T12:00", Said::Right)
            .local(-660),
        oslo("past midnight is still yesterday's session")
            .zone()
            .at(1, "2026-01-12T22:00", Said::Right)
            .at(2, "2026-01-13T02:59", Said::Right)
            .at(3, "2026-01-13T03:00", Said::Right),
        oslo("the night that lacks an hour")
            .zone()
            .at(1, "2026-03-28T20:00", Said::Right)
            .at(2, "2026-03-29T01:59", Said::Right)
            .at(3, "2026-03-29T02:00", Said::Right),
        oslo("the night that has an hour twice")
            .zone()
            .at(1, "2026-10-24T20:00", Said::Right)
            .at(2, "2026-10-25T02:59", Said::Right)
            .at(3, "2026-10-25T03:00", Said::Right),
        oslo("due across the change of clocks begins an hour later in UTC")
            .zone()
            .at(1, "2026-10-20T10:00", Said::Right)
            .at(2, "2026-10-22T10:00", Said::Right),
        oslo("a leap day").zone().at(1, "2028-02-27T10:00", Said::Right).at(2, "2028-02-29T10:00", Said::Right).at(
            3,
            "2028-03-01T10:00",
            Said::Right,
        ),
    ]
}

/// The device tells where the learner was; that wins over the zone of the enrolment.
fn travel() -> Vec<Tale> {
    let tale = |name| Tale::new(name, Kind::Flashcard);
    vec![
        tale("from Oslo to Tokyo: evening there is another day")
            .at(1, "2026-05-11T07:00", Said::Good)
            .local(120)
            .at(2, "2026-05-11T20:00", Said::Good)
            .local(540)
            .at(3, "2026-05-14T20:00", Said::Good)
            .local(540),
        tale("from Oslo to New York: the same day, twice")
            .at(1, "2026-05-11T20:00", Said::Good)
            .local(120)
            .at(2, "2026-05-12T05:00", Said::Good)
            .local(-240),
    ]
}

/// Reviews that were made with another program.
fn elsewhere() -> Vec<Tale> {
    let history = |tale: Tale| {
        tale.review(1, "2024-09-02T08:00", Rating::Good)
            .review(2, "2024-09-02T08:10", Rating::Good)
            .review(3, "2024-09-05T17:00", Rating::Again)
            .review(4, "2024-09-05T17:12", Rating::Hard)
            .review(5, "2024-10-20T02:30", Rating::Easy)
    };
    let answer = |tale: Tale| tale.at(6, "2026-11-23T11:00", Said::Right);
    vec![
        history(Tale::new("reviews in another program, each rated by the learner", Kind::Single(4)).zone()),
        answer(history(Tale::new("an answer after reviews in another program", Kind::Single(4)).zone())),
        history(answer(Tale::new("reviews of another program that come after an answer", Kind::Single(4)).zone())),
        history(Tale::new("a review in another program is taken back", Kind::ShortText).zone()).void(
            7,
            3,
            "2026-11-23T11:00",
        ),
    ]
}

impl Tale {
    fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, settings: Settings::default(), utc_offset_min: Some(60), events: Vec::new() }
    }

    /// From here on the device does not tell where it is.
    fn zone(self) -> Self {
        Self { utc_offset_min: None, ..self }
    }

    fn at(mut self, number: u64, minute: &str, said: Said) -> Self {
        let answered_at = instant(minute);
        let (id, utc_offset_min) = (event_id(number), self.utc_offset_min);
        let (clock_offset_ms, hints, practice) = (0, 0, false);
        let event = AnswerEvent { id, answered_at, clock_offset_ms, utc_offset_min, said, hints, practice };
        self.events.push(Event::Answer(event));
        self
    }

    fn review(mut self, number: u64, minute: &str, rating: Rating) -> Self {
        let (id, answered_at, utc_offset_min) = (event_id(number), instant(minute), self.utc_offset_min);
        self.events.push(Event::Review(ReviewEvent { id, answered_at, utc_offset_min, rating }));
        self
    }

    fn void(mut self, number: u64, target: u64, minute: &str) -> Self {
        let (id, target) = (event_id(number), event_id(target));
        self.events.push(Event::Void(VoidEvent { id, target, answered_at: instant(minute) }));
        self
    }

    fn hints(self, hints: u8) -> Self {
        self.last(|event| event.hints = hints)
    }

    fn practice(self) -> Self {
        self.last(|event| event.practice = true)
    }

    fn offset(self, ms: i64) -> Self {
        self.last(|event| event.clock_offset_ms = ms)
    }

    fn local(self, minutes: i16) -> Self {
        self.last(|event| event.utc_offset_min = Some(minutes))
    }

    fn last(mut self, change: impl FnOnce(&mut AnswerEvent)) -> Self {
        if let Some(Event::Answer(event)) = self.events.last_mut() {
            change(event);
        }
        self
    }

    fn log(self) -> Log {
        let question = QuestionId::of("vectors", self.name);
        Log::new(self.name, question, self.kind, self.settings, self.events)
    }
}

fn instant(minute: &str) -> Timestamp {
    Timestamp::parse(&format!("{minute}:00Z")).expect("an instant")
}
