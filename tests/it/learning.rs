//! Learning a course from its answers: the same answers give the same numbers, on either database, and no learner's
//! state depends on when they were learnt.

use crate::support::{Kind, Learner, NOON, World, on_both, real_course};
use laerd::{
    app::Lesson,
    domain::review::ItemModel,
    store::{
        self, Connection,
        entity::{concept_belief, course_belief, event},
        leases::{self, Lease},
    },
    vocab::id::QuestionId,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

const COURSE: &str = "medarbeiderskap";

/// `count` learners who answer ten questions each, the first of them always wrong.
async fn a_class(world: &World, count: usize) -> Vec<Value> {
    let mut questions = Vec::new();
    for place in 0..count {
        let learner = world.guest().await;
        questions = learner.queue("?mode=learn&chapter=3&limit=10").await;
        let answers: Vec<Value> = (0..10)
            .map(|at| {
                let minutes = (place * 60 + at) as i64 - 10_000;
                learner.answer_at(&questions[at], at != 0 && (at + place) % 4 != 0, NOON.plus_minutes(minutes))
            })
            .collect();
        learner.push(&answers).await;
    }
    questions
}

/// A question as the course now has it.
fn item(world: &World, question: &Value) -> ItemModel {
    let id = question["id"].as_str().unwrap().parse().unwrap();
    let course = world.app.catalogue().course(COURSE).unwrap();
    course.model.items[&QuestionId(id)].clone()
}

fn difficulty(world: &World, question: &Value) -> f64 {
    item(world, question).parameters.b
}

async fn beliefs(learner: &Learner<'_>) -> String {
    let db = learner.world.app.db.inner();
    let mine = concept_belief::Entity::find().filter(concept_belief::Column::LearnerId.eq(learner.id.0));
    let mut rows = mine.order_by_asc(concept_belief::Column::Concept).all(db).await.unwrap();
    rows.iter_mut().for_each(|row| (row.learner_id, row.version) = (Uuid::nil(), 0));
    let standing = course_belief::Entity::find().filter(course_belief::Column::LearnerId.eq(learner.id.0));
    let mut standing = standing.all(db).await.unwrap();
    standing.iter_mut().for_each(|row| row.learner_id = Uuid::nil());
    format!("{rows:?}\n{standing:?}")
}

on_both! {
    async fn a_course_learns_which_question_is_hard_and_tells_it_once(kind) {
        let world = World::new(kind).await;
        let questions = a_class(&world, 6).await;
        let before = world.app.catalogue().course(COURSE).unwrap().model.version;
        let Lesson::Told { version, .. } = world.app.learn(COURSE).await.unwrap() else { panic!("much is new") };
        assert_eq!(version, before + 1);
        assert_eq!(world.app.catalogue().course(COURSE).unwrap().model.version, version, "in use at once");
        assert!(difficulty(&world, &questions[0]) > 0.5, "{}", difficulty(&world, &questions[0]));
        let Lesson::Untold { drift } = world.app.learn(COURSE).await.unwrap() else { panic!("nothing is new") };
        let moved = drift.concepts.max(drift.items).max(drift.calibration);
        assert!(moved < 1e-12, "{drift:?}");
    }
}

on_both! {
    async fn a_learner_is_folded_against_the_new_version_when_he_is_looked_at(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?mode=learn&chapter=3&limit=3").await;
        let answers: Vec<Value> = questions.iter().map(|question| learner.answer(question, true)).collect();
        learner.push(&answers).await;
        let before = beliefs(&learner).await;
        a_class(&world, 6).await;
        world.app.learn(COURSE).await.unwrap();
        learner.get(&format!("/v1/courses/{COURSE}/mastery")).await;
        assert_ne!(before, beliefs(&learner).await);
        let events = event::Entity::find().filter(event::Column::LearnerId.eq(learner.id.0));
        let events = events.order_by_asc(event::Column::Seq).all(world.app.db.inner()).await.unwrap();
        assert_eq!(events.last().unwrap().kind, "refold", "his devices hear of it");
        assert_eq!(events.len(), 4);
    }
}

on_both! {
    async fn another_instance_at_work_is_left_alone(kind) {
        let world = World::new(kind).await;
        a_class(&world, 2).await;
        let theirs = Lease::new(format!("learn:{COURSE}"), Uuid::from_u128(9));
        let now = world.clock.now();
        assert!(leases::acquire(&world.app.db, &theirs, now, now.plus_minutes(3)).await.unwrap());
        assert_eq!(world.app.learn(COURSE).await.unwrap(), Lesson::Left);
        world.later(4);
        assert!(matches!(world.app.learn(COURSE).await.unwrap(), Lesson::Told { .. }));
    }
}

on_both! {
    async fn a_young_course_is_learnt_every_five_minutes_while_there_is_something_new(kind) {
        let world = World::new(kind).await;
        let version = || world.app.catalogue().course(COURSE).unwrap().model.version;
        a_class(&world, 3).await;
        let first = version();
        world.app.learn_courses().await.unwrap();
        assert_eq!(version(), first + 1);
        a_class(&world, 4).await;
        world.later(4);
        world.app.learn_courses().await.unwrap();
        assert_eq!(version(), first + 1, "too soon");
        world.later(1);
        world.app.learn_courses().await.unwrap();
        assert_eq!(version(), first + 2);
        world.later(60);
        world.app.learn_courses().await.unwrap();
        assert_eq!(version(), first + 2, "nobody has answered since");
    }
}

on_both! {
    async fn a_version_told_is_no_reason_to_learn_again(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let questions = learner.queue("?mode=learn&chapter=3&limit=10").await;
        for question in &questions {
            learner.push(&[learner.answer(question, false)]).await;
        }
        assert!(matches!(world.app.learn(COURSE).await.unwrap(), Lesson::Told { .. }));
        let replayed = async || store::catalogue::state(&world.app.db, &format!("replay:{COURSE}")).await.unwrap();
        let last = replayed().await.unwrap();
        world.later(6);
        learner.get(&format!("/v1/courses/{COURSE}/mastery")).await;
        let events = learner.get("/v1/changes?limit=500").await;
        assert_eq!(events["events"].as_array().unwrap().last().unwrap()["kind"], "refold", "he was folded anew");
        world.app.learn_courses().await.unwrap();
        assert_eq!(replayed().await.unwrap(), last);
        learner.push(&[learner.answer(&questions[0], false)]).await;
        world.app.learn_courses().await.unwrap();
        assert_ne!(replayed().await.unwrap(), last, "an answer is");
    }
}

#[tokio::test]
async fn a_course_that_cannot_be_learnt_keeps_no_other_from_it() {
    let world = World::new(Kind::Sqlite).await;
    let mut bank = real_course().clone();
    bank.course.slug = "a-first".to_owned();
    world.app.load_bank(&bank).await.unwrap();
    let learner = world.guest().await;
    let first = learner.get("/v1/courses/a-first/queue?limit=1").await["questions"][0].clone();
    learner.push(&[learner.answer(&first, false)]).await;
    a_class(&world, 3).await;
    let db = world.app.db.inner();
    db.execute_unprepared("UPDATE event SET evidence = 'broken' WHERE course = 'a-first'").await.unwrap();
    let version = || world.app.catalogue().course(COURSE).unwrap().model.version;
    let before = version();
    assert!(world.app.learn_courses().await.is_err(), "what failed is told");
    assert_eq!(version(), before + 1);
}

/// The state after a new version came between late, split and taken back answers is that of a learner whose answers all
/// came at once under it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_in_between_changes_nothing_but_the_version() {
    let mut states = Vec::new();
    for kind in [Kind::Sqlite, Kind::Postgres].into_iter().filter(|kind| kind.is_available()) {
        let world = World::new(kind).await;
        a_class(&world, 5).await;
        let (plain, bumpy) = (world.guest().await, world.guest().await);
        let questions = plain.queue("?mode=learn&chapter=3&limit=8").await;
        let at = |place: usize| NOON.plus_minutes(place as i64 * 700 - 40_000);
        let answers: Vec<Value> =
            (0..24).map(|place| plain.answer_at(&questions[place % 8], place % 3 != 1, at(place))).collect();
        let void = plain.void(&answers[5]);
        bumpy.push(&answers[8..16]).await;
        assert!(matches!(world.app.learn(COURSE).await.unwrap(), Lesson::Told { .. }));
        bumpy.push(&answers[..8]).await;
        bumpy.push(std::slice::from_ref(&void)).await;
        bumpy.push(&answers[16..]).await;
        plain.push(&answers).await;
        plain.push(&[void]).await;
        assert_eq!(beliefs(&plain).await, beliefs(&bumpy).await);
        world.app.learn(COURSE).await.unwrap();
        plain.get(&format!("/v1/courses/{COURSE}/mastery")).await;
        bumpy.get(&format!("/v1/courses/{COURSE}/mastery")).await;
        let state = beliefs(&plain).await;
        assert_eq!(state, beliefs(&bumpy).await, "after another version");
        states.push(state.split("tail_id").next().unwrap().to_owned());
    }
    assert!(states.windows(2).all(|pair| pair[0] == pair[1]), "both databases learn the same");
}

on_both! {
    async fn a_course_learns_how_long_its_questions_take(kind) {
        let world = World::new(kind).await;
        let questions = a_class(&world, 6).await;
        let (timed, left) = (&questions[1], &questions[2]);
        for (question, left_app) in [(timed, false), (left, true)] {
            let learner = world.guest().await;
            let answer = |minute: i64| {
                let mut answer = learner.answer_at(question, minute % 2 == 0, NOON.plus_minutes(minute - 9_000));
                (answer["duration_ms"], answer["left_app"]) = (json!(20_000 + 1_000 * minute), json!(left_app));
                answer
            };
            let answers: Vec<Value> = (0..25).map(answer).collect();
            learner.push(&answers).await;
        }
        world.app.learn(COURSE).await.unwrap();
        let mean = |question: &Value| item(&world, question).mean_ms;
        assert_eq!(mean(timed), Some(32_000));
        assert_eq!(mean(left), None, "who left the app tells nothing");
        assert_eq!(mean(&questions[3]), None, "nobody was timed");
    }
}

on_both! {
    async fn a_void_is_unlearnt(kind) {
        let world = World::new(kind).await;
        let learner = world.guest().await;
        let question = learner.queue("?mode=learn&chapter=3&limit=1").await.remove(0);
        let answer = learner.answer(&question, false);
        learner.push(std::slice::from_ref(&answer)).await;
        world.app.learn(COURSE).await.unwrap();
        assert!(difficulty(&world, &question) > 0.1);
        learner.push(&[learner.void(&answer)]).await;
        world.app.learn(COURSE).await.unwrap();
        assert_eq!(difficulty(&world, &question), 0.0);
    }
}
