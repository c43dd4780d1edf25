//! The order, splitting and repetition of arrival cannot change a learner's state, on either database.

use crate::support::{Kind, Learner, NOON, World};
use laerd::{
    store::{
        Connection,
        entity::{card, concept_belief, course_belief, day_tally, event, pace},
    },
    vocab::time::Timestamp,
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

/// How a log reaches the server: which events, in which order, cut where, which twice.
#[derive(Debug, Clone)]
struct Journey {
    /// For each event: question, minutes after the one before, what the learner did.
    log: Vec<(usize, i64, Deed)>,
    /// Events to take back, by place.
    voids: Vec<usize>,
    order: Vec<usize>,
    batch: usize,
    twice: Vec<usize>,
}

/// What a learner does with a question.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Right or wrong, in so many milliseconds.
    Answers(bool, u32),
    Says(&'static str),
    /// Reviewed with another program, and rated so.
    Rates(&'static str),
}

fn deeds() -> impl Strategy<Value = Deed> {
    let word = prop::sample::select(vec!["suspend", "resume", "set_aside"]);
    prop_oneof![
        8 => (any::<bool>(), 0..90_000_u32).prop_map(|(is_right, ms)| Deed::Answers(is_right, ms)),
        2 => word.prop_map(Deed::Says),
        2 => prop::sample::select(vec!["again", "hard", "good", "easy"]).prop_map(Deed::Rates),
    ]
}

fn event_of(learner: &Learner<'_>, question: &Value, at: Timestamp, deed: Deed) -> Value {
    match deed {
        Deed::Says(word) => learner.hold_at(word, question, at),
        Deed::Rates(rating) => learner.review_at(question, rating, at),
        Deed::Answers(is_right, ms) => {
            let mut answer = learner.answer_at(question, is_right, at);
            answer["duration_ms"] = json!(ms);
            answer["utc_offset_min"] = json!([-600, 60, 540][ms as usize % 3]);
            answer
        }
    }
}

fn journeys() -> impl Strategy<Value = Journey> {
    let log = prop::collection::vec((0..8_usize, 0..6_000_i64, deeds()), 1..14);
    log.prop_flat_map(|log| {
        let len = log.len();
        let voids = prop::collection::vec(0..len, 0..3);
        let order = Just((0..len + 3).collect::<Vec<usize>>()).prop_shuffle();
        let twice = prop::collection::vec(0..len, 0..4);
        (Just(log), voids, order, 1..6_usize, twice).prop_map(|(log, voids, order, batch, twice)| Journey {
            log,
            voids,
            order,
            batch,
            twice,
        })
    })
}

/// Everything derived, to the last bit: floats print in the shortest form that reads back the same.
pub async fn state(learner: &Learner<'_>) -> String {
    let (db, id) = (learner.world.app.db.inner(), learner.id.0);
    let cards = card::Entity::find().filter(card::Column::LearnerId.eq(id)).order_by_asc(card::Column::QuestionId);
    let mut cards = cards.all(db).await.expect("cards");
    let beliefs = concept_belief::Entity::find().filter(concept_belief::Column::LearnerId.eq(id));
    let mut beliefs = beliefs.order_by_asc(concept_belief::Column::Concept).all(db).await.expect("beliefs");
    let standing = course_belief::Entity::find().filter(course_belief::Column::LearnerId.eq(id));
    let mut standing = standing.all(db).await.expect("standing");
    for card in &mut cards {
        (card.learner_id, card.version) = (uuid::Uuid::nil(), 0);
    }
    for belief in &mut beliefs {
        (belief.learner_id, belief.version) = (uuid::Uuid::nil(), 0);
    }
    for row in &mut standing {
        row.learner_id = uuid::Uuid::nil();
    }
    let days = day_tally::Entity::find().filter(day_tally::Column::LearnerId.eq(id));
    let mut days = days.order_by_asc(day_tally::Column::StudyDay).all(db).await.expect("days");
    let paces = pace::Entity::find().filter(pace::Column::LearnerId.eq(id)).order_by_asc(pace::Column::Kind);
    let mut paces = paces.order_by_asc(pace::Column::Occasion).all(db).await.expect("paces");
    for row in &mut days {
        row.learner_id = uuid::Uuid::nil();
    }
    for row in &mut paces {
        row.learner_id = uuid::Uuid::nil();
    }
    format!("{cards:?}\n{beliefs:?}\n{days:?}\n{paces:?}\n{standing:?}")
}

async fn stream(learner: &Learner<'_>) -> Vec<i64> {
    let events = event::Entity::find().filter(event::Column::LearnerId.eq(learner.id.0));
    let events = events.order_by_asc(event::Column::Seq).all(learner.world.app.db.inner()).await.expect("events");
    events.into_iter().map(|event| event.seq).collect()
}

async fn check(world: &World, journey: &Journey) {
    let (plain, bumpy) = (world.guest().await, world.guest().await);
    let questions = plain.queue("?mode=learn&chapter=3&limit=8").await;
    let mut at = NOON.plus_minutes(-200_000);
    let mut events: Vec<Value> = Vec::new();
    for (question, minutes, deed) in &journey.log {
        at = at.plus_minutes(*minutes);
        events.push(event_of(&plain, &questions[*question], at, *deed));
    }
    let voids: Vec<Value> = journey.voids.iter().map(|place| plain.void(&events[*place])).collect();
    events.extend(voids);

    plain.push(&events).await;
    let mut arrival: Vec<Value> = journey.order.iter().filter_map(|place| events.get(*place).cloned()).collect();
    arrival.extend(journey.twice.iter().map(|place| events[*place].clone()));
    for batch in arrival.chunks(journey.batch) {
        bumpy.push(batch).await;
    }
    assert_eq!(state(&plain).await, state(&bumpy).await, "{journey:?}");
    let seqs = stream(&bumpy).await;
    assert_eq!(seqs, (1..=events.len() as i64).collect::<Vec<_>>(), "a stream has no gaps");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_arrival_gives_the_same_state() {
    for (kind, cases) in [(Kind::Sqlite, 48), (Kind::Postgres, 24)] {
        if !kind.is_available() {
            continue;
        }
        let world = World::new(kind).await;
        let mut runner = TestRunner::deterministic();
        for _ in 0..cases {
            let journey = journeys().new_tree(&mut runner).expect("a journey").current();
            check(&world, &journey).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_hold_the_same_state() {
    if !Kind::Postgres.is_available() {
        return;
    }
    let mut states = Vec::new();
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?mode=learn&chapter=3&limit=30").await;
        let at = |day: i64, place: usize| NOON.plus_minutes((day - 40) * 1440 + place as i64);
        let answers = (0..8).flat_map(|round| {
            let questions = &questions;
            let learner = &learner;
            questions.iter().enumerate().map(move |(place, question)| {
                learner.answer_at(question, !(place + round as usize).is_multiple_of(4), at(round * 5, place))
            })
        });
        learner.push(&answers.collect::<Vec<_>>()).await;
        // The ids of the events differ from run to run and stand in the tail.
        let state = state(&learner).await;
        states.push(state.split("tail_id").next().expect("a state").to_owned());
    }
    assert_eq!(states[0], states[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn devices_that_push_at_once_lose_nothing() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if !kind.is_available() {
            continue;
        }
        let world = World::new(kind).await;
        let (together, alone) = (world.guest().await, world.guest().await);
        let questions = together.queue("?mode=learn&chapter=1&limit=20").await;
        let at = |minute: usize| NOON.plus_minutes(minute as i64 - 5_000);
        let events: Vec<Value> =
            (0..80).map(|place| together.answer_at(&questions[place % 20], place % 3 != 0, at(place))).collect();
        let pushes = events.chunks(10).map(|batch| together.push(batch));
        futures_util::future::join_all(pushes).await;
        alone.push(&events).await;
        assert_eq!(state(&together).await, state(&alone).await, "{kind:?}");
        assert_eq!(stream(&together).await, (1..=80).collect::<Vec<_>>());
    }
}

/// Enough timed answers for the rank to count: what the fold remembers of times must not depend on arrival either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ratings_from_times_do_not_depend_on_arrival() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if !kind.is_available() {
            continue;
        }
        let world = World::new(kind).await;
        let (plain, bumpy, untimed) = (world.guest().await, world.guest().await, world.guest().await);
        let mut questions = plain.queue("?mode=learn&chapter=3&limit=100").await;
        questions.retain(|question| question["body"]["kind"] == "choice" && question["body"]["several"] == false);
        assert!(questions.len() >= 8, "{}", questions.len());
        let deed = |place: usize| Deed::Answers(true, 2_000 + (place * 7_919 % 50) as u32 * 400);
        let at = |place: usize| NOON.plus_minutes((place as i64 - 400) * 1440);
        let mut events: Vec<Value> =
            (0..300).map(|place| event_of(&plain, &questions[place % 8], at(place), deed(place))).collect();
        plain.push(&events).await;
        let mut shuffled = events.clone();
        shuffled.sort_by_key(|event| event["id"].as_str().unwrap().bytes().rev().collect::<Vec<_>>());
        for batch in shuffled.chunks(70) {
            bumpy.push(batch).await;
        }
        assert_eq!(state(&plain).await, state(&bumpy).await, "{kind:?}");
        events.iter_mut().for_each(|event| event["left_app"] = json!(true));
        untimed.push(&events).await;
        let cards = |state: String| state.split('\n').next().unwrap().to_owned();
        assert_ne!(cards(state(&plain).await), cards(state(&untimed).await), "a time taken while away rates nothing");
    }
}
