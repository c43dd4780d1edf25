//! An organisation with units and staff, as an administrator would set it up, and people who know what a test says.

use super::{Learner, World, learner::next_id};
use laerd::{
    domain::access::Role,
    store::{self, Connection, accounts::Account, entity},
    vocab::id::LearnerId,
};
use reqwest::{Method, StatusCode};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};

pub struct Organisation<'a> {
    pub world: &'a World,
    pub admin: Learner<'a>,
}

pub const COURSE: &str = "medarbeiderskap";

impl<'a> Organisation<'a> {
    pub async fn new(world: &'a World) -> Self {
        let admin = account(world, "admin.sundvik", Role::Admin).await;
        Self { world, admin }
    }

    /// A unit's id.
    pub async fn unit(&self, name: &str, parent: Option<&str>) -> String {
        let body = json!({"name": name});
        let body = parent.into_iter().fold(body, |mut body, parent| {
            body["parent"] = json!(parent);
            body
        });
        let (status, unit) = post(&self.admin, "/v1/admin/units", &body).await;
        assert_eq!(status, StatusCode::CREATED, "{unit}");
        unit["id"].as_str().expect("an id").to_owned()
    }

    /// Someone with an account of this name.
    pub async fn person(&self, name: &str) -> Learner<'a> {
        account(self.world, name, Role::Learner).await
    }

    /// Someone who leads a unit.
    pub async fn lead(&self, name: &str, unit: &str) -> Learner<'a> {
        let lead = self.person(name).await;
        let path = format!("/v1/admin/units/{unit}/leads/{name}");
        assert_eq!(self.admin.send(Method::PUT, &path, None).await.0, StatusCode::NO_CONTENT);
        lead
    }

    pub async fn code(&self, unit: &str) -> String {
        let path = format!("/v1/admin/units/{unit}/invitation");
        let (status, made) = self.admin.send(Method::PUT, &path, Some(&json!({"days": 365}))).await;
        assert_eq!(status, StatusCode::OK, "{made}");
        made["code"].as_str().expect("a code").to_owned()
    }

    /// Lets someone join a unit himself.
    pub async fn join(&self, person: &Learner<'_>, unit: &str) {
        let joining = json!({"code": self.code(unit).await, "consent": "2026-11"});
        let (status, team) = person.send(Method::POST, "/v1/me/teams", Some(&joining)).await;
        assert_eq!(status, StatusCode::CREATED, "{team}");
    }

    /// Sends a list of members.
    pub async fn import(&self, csv: &str) -> (StatusCode, Value) {
        self.admin.get("/v1/me").await;
        let request = self.world.http.post(format!("{}/v1/admin/rosters", self.world.address));
        let request = request.bearer_auth(self.admin.access()).header("content-type", "text/csv; charset=utf-8");
        let response = request.body(csv.to_owned()).send().await.expect("an answer");
        (response.status(), response.json().await.expect("JSON"))
    }

    /// Goes on to the next week and makes its figures.
    pub async fn next_week(&self) {
        self.world.later(7 * 24 * 60);
        assert!(self.world.app.refresh_coverage().await.expect("the figures are made"));
    }
}

/// A signed-in account; made without hashing a password, which takes long on purpose.
async fn account<'a>(world: &'a World, name: &str, role: Role) -> Learner<'a> {
    let guest = Learner::guest(world).await;
    let account = Account {
        learner: guest.id,
        name: name.to_owned(),
        password_hash: String::new(),
        role,
        created_at: world.clock.now(),
    };
    store::accounts::insert(&world.app.db, &account).await.expect("a new name");
    guest
}

/// A POST with a key of its own.
pub async fn post(who: &Learner<'_>, path: &str, body: &Value) -> (StatusCode, Value) {
    change(who, Method::POST, path, ("idempotency-key", &next_id().to_string()), body).await
}

/// A request with one more header.
pub async fn change(
    who: &Learner<'_>,
    method: Method,
    path: &str,
    (name, value): (&str, &str),
    body: &Value,
) -> (StatusCode, Value) {
    // Renews the tokens if they have run out.
    who.get("/v1/me").await;
    let request = who.world.http.request(method, format!("{}{path}", who.world.address)).bearer_auth(who.access());
    let request = if body.is_null() { request } else { request.json(body) };
    let response = request.header(name, value).send().await.expect("an answer");
    (response.status(), response.json().await.unwrap_or(Value::Null))
}

/// Makes the filter sure that someone knows a concept well, or that he does not.
pub async fn believe(world: &World, learner: LearnerId, concept: &str, carries: bool) {
    let (db, now) = (world.app.db.inner(), world.clock.now().0);
    let course = entity::course_belief::ActiveModel {
        learner_id: Set(learner.0),
        course: Set(COURSE.to_owned()),
        parameters_version: Set(1),
        m: Set(0.0),
        v: Set(0.1),
        sm: Set(0.0),
        sv: Set(0.1),
        t: Set(Some(now)),
        tail_at: Set(now),
        tail_id: Set(next_id()),
        answers: Set(5),
        reviews: Set(0),
        recalled: Set(0),
    };
    entity::course_belief::Entity::insert(course).exec_without_returning(db).await.expect("a new belief");
    let belief = entity::concept_belief::ActiveModel {
        learner_id: Set(learner.0),
        course: Set(COURSE.to_owned()),
        concept: Set(concept.to_owned()),
        version: Set(1),
        a: Set(if carries { 9.0 } else { -3.0 }),
        v: Set(0.1),
        n: Set(6),
        t: Set(Some(now)),
        e_sum: Set(0.0),
        level: Set(if carries { 4 } else { 1 }),
        correct_days: Set(if carries { 2 } else { 0 }),
        last_correct_day: Set(None),
        w_sum: Set(0.0),
        usual: Set(None),
    };
    entity::concept_belief::Entity::insert(belief).exec_without_returning(db).await.expect("a new belief");
}
