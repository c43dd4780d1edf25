//! A walk through every operation of teams and their administration: the examples of the specification, and who may.

use crate::support::{
    Kind, Learner, Organisation, World,
    organisation::{COURSE, believe, change},
};
use laerd::{api::spec, domain::access::Action};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use std::path::Path;

const LEAD: Action = Action::Lead { grant: true };

/// Who may call what.
pub const TABLE: &[(&str, Action)] = &[
    ("getMyTeams", Action::Study),
    ("joinTeam", Action::Study),
    ("leaveTeam", Action::Study),
    ("getInvitation", Action::Study),
    ("getTeams", Action::Study),
    ("getTeamMembers", LEAD),
    ("getTeamCoverage", LEAD),
    ("getTeamConceptCoverage", LEAD),
    ("putAgreement", LEAD),
    ("getActivities", LEAD),
    ("addActivity", LEAD),
    ("putActivity", LEAD),
    ("deleteActivity", LEAD),
    ("getUnits", Action::Administer),
    ("createUnit", Action::Administer),
    ("getUnit", Action::Administer),
    ("putUnit", Action::Administer),
    ("deleteUnit", Action::Administer),
    ("putInvitation", Action::Administer),
    ("deleteInvitation", Action::Administer),
    ("putLead", Action::Administer),
    ("deleteLead", Action::Administer),
    ("deleteMember", Action::Administer),
    ("importRoster", Action::Administer),
    ("getOrganisationCoverage", Action::Administer),
];

/// What was sent and what came back, by operation.
pub async fn examples() -> Map<String, Value> {
    let world = World::new(Kind::Sqlite).await;
    let organisation = Organisation::new(&world).await;
    let mut walk = Walk { examples: Map::new() };
    let admin = &organisation.admin;
    let whole = json!({"name": "Sundvik kommune"});
    let whole = walk.make(admin, "createUnit", "/v1/admin/units", 1, whole).await["id"].clone();
    let team = json!({"name": "Servicetorget", "parent": whole});
    let team = walk.make(admin, "createUnit", "/v1/admin/units", 2, team).await["id"].as_str().unwrap().to_owned();
    let unit = format!("/v1/admin/units/{team}");
    walk.read(admin, "getUnit", &unit).await;
    let renamed = json!({"name": "Innbyggertorget", "parent": whole});
    walk.put(admin, "putUnit", &unit, 1, renamed).await;
    let lead = organisation.lead("leder.lise", &team).await;
    let days = json!({"days": 30});
    let code = walk.step(admin, "putInvitation", Method::PUT, &format!("{unit}/invitation"), Some(days)).await;
    let code = code["code"].as_str().unwrap().to_owned();
    walk.read(admin, "getUnits", "/v1/admin/units").await;
    let amina = organisation.person("amina.berg").await;
    walk.read(&amina, "getInvitation", &format!("/v1/invitations/{code}")).await;
    let joining = json!({"code": code, "consent": "2026-11"});
    walk.step(&amina, "joinTeam", Method::POST, "/v1/me/teams", Some(joining)).await;
    let mut list = "account;unit\n".to_owned();
    for name in ["bjarne.holm", "cecilie.dahl", "daniel.moe", "eva.lunde"] {
        let person = organisation.person(name).await;
        believe(&world, person.id, "laerende-organisasjon", name.starts_with('b')).await;
        list += &format!("{name};Sundvik kommune/Innbyggertorget\n");
    }
    let imported = organisation.import(&list).await;
    assert_eq!(imported.0, StatusCode::OK);
    walk.examples.insert("importRoster".to_owned(), json!({"request": list, "response": imported.1}));
    believe(&world, amina.id, "laerende-organisasjon", true).await;
    (0..3).for_each(|_| world.later(7 * 24 * 60));
    assert!(world.app.refresh_coverage().await.unwrap());
    walk.read(&amina, "getMyTeams", "/v1/me/teams").await;
    walk.team(&lead, &team).await;
    let overview = format!("/v1/admin/coverage?course={COURSE}");
    walk.read(admin, "getOrganisationCoverage", &overview).await;
    walk.examples
}

struct Walk {
    examples: Map<String, Value>,
}

impl Walk {
    async fn team(&mut self, lead: &Learner<'_>, team: &str) {
        let path = format!("/v1/teams/{team}");
        self.read(lead, "getTeams", "/v1/teams").await;
        self.read(lead, "getTeamMembers", &format!("{path}/members")).await;
        let concept = format!("{path}/coverage/laerende-organisasjon");
        let backup = json!({"title": "Håndboka, kapittel 2", "url": "https://sundvik.example/handbok#2", "review_on": "2027-06-01"});
        let agreement = json!({"importance": 3, "backup": backup});
        self.put(lead, "putAgreement", &format!("{concept}/agreement?course={COURSE}"), 0, agreement).await;
        self.read(lead, "getTeamCoverage", &format!("{path}/coverage?course={COURSE}")).await;
        self.read(lead, "getTeamConceptCoverage", &format!("{concept}?course={COURSE}")).await;
        let mut activity = json!({
            "kind": "share_knowledge", "title": "Lærende organisasjon på et kvarter", "held_on": "2026-12-10",
            "course": COURSE, "concept": "laerende-organisasjon",
            "follow_up": "Vi deler en feil hver på fredagsmøtet", "follow_up_on": "2026-12-18", "done": false,
        });
        let made = self.make(lead, "addActivity", &format!("{path}/activities"), 3, activity.clone()).await;
        activity["done"] = json!(true);
        let one = format!("{path}/activities/{}", made["id"].as_str().unwrap());
        self.put(lead, "putActivity", &one, 1, activity).await;
        self.read(lead, "getActivities", &format!("{path}/activities")).await;
    }

    async fn read(&mut self, who: &Learner<'_>, id: &str, path: &str) -> Value {
        self.step(who, id, Method::GET, path, None).await
    }

    async fn step(&mut self, who: &Learner<'_>, id: &str, method: Method, path: &str, body: Option<Value>) -> Value {
        let answer = who.send(method, path, body.as_ref()).await;
        self.keep(id, answer, body)
    }

    async fn make(&mut self, who: &Learner<'_>, id: &str, path: &str, key: u128, body: Value) -> Value {
        let key = uuid::Uuid::from_u128(0x0193_547f_8a60_7c3e_9b1a_0000_0000_0000 + key).to_string();
        let answer = change(who, Method::POST, path, ("idempotency-key", &key), &body).await;
        self.keep(id, answer, Some(body))
    }

    async fn put(&mut self, who: &Learner<'_>, id: &str, path: &str, version: i32, body: Value) -> Value {
        let answer = change(who, Method::PUT, path, ("if-match", &format!("\"{version}\"")), &body).await;
        self.keep(id, answer, Some(body))
    }

    fn keep(&mut self, id: &str, (status, response): (StatusCode, Value), body: Option<Value>) -> Value {
        assert!(status.is_success(), "{id}: {status} {response}");
        let mut shown = response.clone();
        crate::spec::shorten(&mut shown);
        let mut example = Map::from_iter([("response".to_owned(), shown)]);
        example.extend(body.map(|body| ("request".to_owned(), body)));
        self.examples.insert(id.to_owned(), Value::Object(example));
        response
    }
}

/// The table through HTTP: whoever is no administrator, or leads nothing, gets 404 from each of these operations.
#[tokio::test]
async fn operations_of_others_do_not_exist_for_a_learner() {
    let world = World::new(Kind::Sqlite).await;
    let organisation = Organisation::new(&world).await;
    let unit = organisation.unit("Sundvik", None).await;
    let learner = organisation.person("amina").await;
    organisation.join(&learner, &unit).await;
    let examples = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api/examples.json")).unwrap();
    let examples: Value = serde_json::from_slice(&examples).unwrap();
    let guarded = |id: &str| TABLE.iter().any(|(own, action)| *own == id && *action != Action::Study);
    let mut tried = 0;
    for (method, template, id, _) in spec::operations().into_iter().filter(|(_, _, id, _)| guarded(id)) {
        let path = template.replace("{team}", &unit).replace("{unit}", &unit).replace("{account}", "amina");
        let path = path.replace("{concept}", "laerende-organisasjon").replace("{activity}", &unit);
        let url = format!("{}{path}?course={COURSE}", world.address);
        let request = world.http.request(method.parse().unwrap(), url).bearer_auth(learner.access());
        let request = request.header("idempotency-key", &unit).header("if-match", "*");
        let request = match &examples[&id]["request"] {
            Value::String(csv) => request.header("content-type", "text/csv").body(csv.clone()),
            Value::Null => request,
            body => request.json(body),
        };
        assert_eq!(request.send().await.unwrap().status(), StatusCode::NOT_FOUND, "{id}");
        tried += 1;
    }
    assert_eq!(tried, TABLE.iter().filter(|(_, action)| *action != Action::Study).count());
    assert_eq!(organisation.admin.get("/v1/teams").await["teams"].as_array().unwrap().len(), 1, "nothing was done");
}
