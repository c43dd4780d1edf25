//! The same attacker against the service itself: every endpoint that tells of more than one person, as every reader,
//! every week, while people join, opt out, are moved and erased.

use crate::support::{
    Learner, Organisation, World,
    attacker::{Figure, Found, figure, reconstruct},
    on_both,
    organisation::{COURSE, believe},
};
use laerd::{
    domain::coverage::{Band, Suppression},
    store,
    vocab::id::{LearnerId, UnitId},
};
use reqwest::Method;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const CONCEPT: &str = "laerende-organisasjon";

/// A municipality, a sector in it, two teams in the sector and one beside it.
struct Sundvik<'a> {
    organisation: Organisation<'a>,
    /// Name and id; each lies in the one that `PARENTS` says.
    units: Vec<String>,
    leads: Vec<Learner<'a>>,
    people: Vec<Learner<'a>>,
    carries: Vec<bool>,
    /// Which unit each is a member of.
    home: Vec<Option<usize>>,
}

const PARENTS: [Option<usize>; 5] = [None, Some(0), Some(1), Some(1), Some(0)];
const NAMES: [&str; 5] = ["Sundvik", "Oppvekst", "Skolen", "Barnehagen", "Havn"];
/// People who are members from the start: of the sector itself, the teams in it, and the harbour.
const FIRST: [(usize, usize); 4] = [(1, 3), (2, 12), (3, 7), (4, 6)];
const PEOPLE: usize = 40;
/// Three at the school, two in the kindergarten of whom one leaves, one of those who come later.
const CARRIERS: [usize; 6] = [4, 5, 6, 16, 17, 31];

impl<'a> Sundvik<'a> {
    async fn new(world: &'a World, carriers: &[usize]) -> Self {
        let organisation = Organisation::new(world).await;
        let mut units: Vec<String> = Vec::new();
        for (name, parent) in NAMES.iter().zip(PARENTS) {
            units.push(organisation.unit(name, parent.map(|at: usize| units[at].as_str())).await);
        }
        let mut leads = Vec::new();
        for (at, unit) in units.iter().enumerate() {
            leads.push(organisation.lead(&format!("leder{at}"), unit).await);
            organisation.join(&leads[at], unit).await;
        }
        let mut people = Vec::new();
        for at in 0..PEOPLE {
            people.push(organisation.person(&format!("person{at:02}")).await);
        }
        // Leads carry it; of the others a few do, so that figures stand at the edges of the bands.
        let carries: Vec<bool> = (0..PEOPLE).map(|at| carriers.contains(&at)).collect();
        for (person, carries) in people.iter().zip(&carries) {
            believe(world, person.id, CONCEPT, *carries).await;
        }
        for lead in &leads {
            believe(world, lead.id, CONCEPT, true).await;
        }
        let mut sundvik = Self { organisation, units, leads, people, carries, home: vec![None; PEOPLE] };
        let homes = FIRST.iter().flat_map(|(unit, many)| std::iter::repeat_n(*unit, *many));
        for (person, unit) in homes.enumerate() {
            sundvik.join(person, unit).await;
        }
        sundvik
    }

    async fn join(&mut self, person: usize, unit: usize) {
        self.organisation.join(&self.people[person], &self.units[unit]).await;
        self.home[person] = Some(unit);
    }

    async fn leave(&mut self, person: usize) {
        let unit = self.home[person].take().expect("a member");
        let path = format!("/v1/me/teams/{}", self.units[unit]);
        assert!(self.people[person].send(Method::DELETE, &path, None).await.0.is_success());
    }

    async fn erase(&mut self, person: usize) {
        assert!(self.people[person].send(Method::DELETE, "/v1/me", None).await.0.is_success());
        self.home[person] = None;
    }

    /// Joins the first account to the second, which is no member yet.
    async fn merge(&mut self, person: usize, into: usize) {
        // Tokens that have run out are renewed.
        for account in [person, into] {
            self.people[account].get("/v1/me").await;
        }
        let token = serde_json::json!({"access_token": self.people[person].access()});
        assert!(self.people[into].send(Method::POST, "/v1/me/merges", Some(&token)).await.0.is_success());
        self.home[into] = self.home[person].take();
    }

    async fn move_to(&mut self, person: usize, unit: usize) {
        let path =
            ["Sundvik", "Sundvik/Oppvekst", "Sundvik/Oppvekst/Skolen", "Sundvik/Oppvekst/Barnehagen", "Sundvik/Havn"];
        let list = format!("account,unit\nperson{person:02},{}\n", path[unit]);
        let (status, report) = self.organisation.import(&list).await;
        assert!(status.is_success(), "{report}");
        self.home[person] = Some(unit);
    }

    fn is_within(unit: usize, around: usize) -> bool {
        std::iter::successors(Some(unit), |unit| PARENTS[*unit]).any(|above| above == around)
    }

    /// What all readers see this week, with the worst they could know besides: who is counted together.
    async fn views(&self) -> Vec<Figure> {
        let readers: Vec<&Learner<'_>> = self.leads.iter().chain([&self.organisation.admin]).collect();
        let figures = self.views_of(&readers).await;
        figures.into_iter().chain(self.read_organisation(&self.cohorts().await).await).collect()
    }

    async fn views_of(&self, readers: &[&Learner<'_>]) -> Vec<Figure> {
        let cohorts = self.cohorts().await;
        let mut figures = Vec::new();
        for reader in readers {
            let teams = reader.get("/v1/teams").await;
            assert!(!teams["teams"].as_array().unwrap().is_empty());
            for team in teams["teams"].as_array().unwrap() {
                let id = team["team"].as_str().unwrap();
                let unit = self.units.iter().position(|own| own == id).unwrap();
                let within = |home: &usize| Self::is_within(*home, unit);
                let of_unit = cohorts.iter().filter(|(home, _, _)| within(home));
                let groups: Vec<(i32, Vec<usize>)> = of_unit.map(|(_, from, people)| (*from, people.clone())).collect();
                figures.extend(self.read_team(reader, id, &groups).await);
            }
        }
        figures
    }

    async fn read_team(&self, reader: &Learner<'_>, id: &str, groups: &[(i32, Vec<usize>)]) -> Vec<Figure> {
        let everybody: Vec<Vec<usize>> = groups.iter().map(|(_, people)| people.clone()).collect();
        let coverage = reader.get(&format!("/v1/teams/{id}/coverage?course={COURSE}")).await;
        let text = coverage.to_string();
        let names = |text: &str, person: &Learner<'_>| text.contains(&person.id.to_string());
        assert!(!text.contains("person0") && !text.contains("leder0"), "no name stands in a figure");
        assert!(!self.people.iter().chain(&self.leads).any(|person| names(&text, person)), "nor an id");
        let concepts = coverage["concepts"].as_array().unwrap();
        let concept = concepts.iter().find(|concept| concept["concept"] == CONCEPT).unwrap();
        let mut figures = vec![Figure { groups: everybody, shown: read_band(&concept["band"]) }];
        let history = reader.get(&format!("/v1/teams/{id}/coverage/{CONCEPT}?course={COURSE}")).await;
        for point in history["points"].as_array().unwrap() {
            let week = week_of(point["week"].as_str().unwrap());
            let then = groups.iter().filter(|(from, _)| *from <= week).map(|(_, people)| people.clone()).collect();
            figures.push(Figure { groups: then, shown: read_band(&point["band"]) });
        }
        figures
    }

    /// The administrator's view tells of the cohorts that belong to a unit itself.
    async fn read_organisation(&self, cohorts: &[(usize, i32, Vec<usize>)]) -> Vec<Figure> {
        let overview = self.organisation.admin.get(&format!("/v1/admin/coverage?course={COURSE}")).await;
        let concepts = overview["concepts"].as_array().unwrap();
        let concept = concepts.iter().find(|concept| concept["concept"] == CONCEPT).unwrap();
        let few: BTreeSet<&str> = concept["few_in"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        let mut figures = Vec::new();
        for unit in (0..self.units.len()).filter(|unit| few.contains(self.units[*unit].as_str())) {
            let own = cohorts.iter().filter(|(home, _, _)| *home == unit).map(|(_, _, people)| people.clone());
            figures.push(Figure { groups: own.collect(), shown: Some(Band::ZeroOrOne) });
        }
        figures
    }

    /// Home, first week and people of each cohort, from the database.
    async fn cohorts(&self) -> Vec<(usize, i32, Vec<usize>)> {
        use laerd::store::{Connection, entity::cohort};
        use sea_orm::EntityTrait;
        let db = &self.organisation.world.app.db;
        let number: BTreeMap<LearnerId, usize> =
            self.people.iter().enumerate().map(|(at, person)| (person.id, at)).collect();
        let mut found = Vec::new();
        for row in cohort::Entity::find().all(db.inner()).await.unwrap() {
            let people = store::coverage::people(db, &[laerd::vocab::id::CohortId(row.id)]).await.unwrap();
            let people: Vec<usize> = people.iter().map(|(learner, _)| number[learner]).collect();
            assert!(people.len() >= 5 && people.len() == row.people as usize, "no lead and nobody gone is counted");
            assert!(people.iter().all(|person| self.home[*person].is_some()), "who is gone is counted");
            let unit = UnitId(row.unit_id).to_string();
            found.push((self.units.iter().position(|own| *own == unit).unwrap(), row.formed_in, people));
        }
        found
    }

    /// What a service without suppression would show: each unit counted anew from whoever is a member, leads too.
    fn views_without_suppression(&self) -> Vec<Figure> {
        let carries = |person: usize| person >= PEOPLE || self.carries[person];
        let of_unit = |around: usize| -> Vec<usize> {
            let within = |home: usize| Self::is_within(home, around);
            let staff = (0..PEOPLE).filter(|person| self.home[*person].is_some_and(within));
            staff.chain((0..PARENTS.len()).filter(|unit| within(*unit)).map(|unit| PEOPLE + unit)).collect()
        };
        (0..PARENTS.len()).map(|unit| figure(vec![of_unit(unit)], carries, Suppression::Off)).collect()
    }
}

fn read_band(word: &Value) -> Option<Band> {
    Some(match word.as_str()? {
        "unknown" => Band::Unknown,
        "zero_or_one" => Band::ZeroOrOne,
        "two" => Band::Two,
        "three_or_more" => Band::ThreeOrMore,
        other => panic!("{other} is no band"),
    })
}

fn week_of(monday: &str) -> i32 {
    let at = laerd::vocab::time::Timestamp::parse(&format!("{monday}T00:00:00Z")).unwrap();
    laerd::vocab::time::Week::of(at).0
}

on_both! {
    async fn colluding_leads_find_nobody_through_the_service(kind) {
        let world = World::new(kind).await;
        let mut sundvik = Sundvik::new(&world, &CARRIERS).await;
        let (mut seen, mut unsuppressed) = (Vec::new(), Vec::new());
        for week in 0..10 {
            match week {
                // One joins, one opts out, one is erased, one is moved, one has two accounts: each alone in his week.
                1 => sundvik.join(30, 2).await,
                2 => sundvik.leave(16).await,
                3 => sundvik.erase(23).await,
                4 => sundvik.move_to(4, 4).await,
                // Four more join the one who waits, so that five come at once; and another opts out.
                5 => {
                    for person in 31..35 {
                        sundvik.join(person, 2).await;
                    }
                }
                6 => sundvik.leave(31).await,
                7 => sundvik.join(16, 3).await,
                8 => sundvik.merge(6, 35).await,
                _ => {}
            }
            sundvik.organisation.next_week().await;
            seen.extend(sundvik.views().await);
            unsuppressed.extend(sundvik.views_without_suppression());
        }
        let shown = seen.iter().filter(|figure| figure.shown.is_some()).count();
        assert!(shown > 100, "only {shown} figures were shown");
        let kinds: BTreeSet<Option<Band>> = seen.iter().map(|figure| figure.shown).collect();
        assert!(kinds.len() >= 3, "figures differ: {kinds:?}");
        assert_eq!(reconstruct(&seen, &BTreeMap::new(), Suppression::On), Found::new());
        let told: BTreeMap<usize, bool> = (PEOPLE..PEOPLE + PARENTS.len()).map(|lead| (lead, true)).collect();
        let found = reconstruct(&unsuppressed, &told, Suppression::Off);
        assert!(found.contains_key(&16), "without suppression the same weeks give him away: {found:?}");
        assert!(found.iter().all(|(person, verdict)| sundvik.carries[*person] == *verdict));
    }
}

on_both! {
    async fn a_lead_named_in_mid_week_finds_nobody_in_the_figures_he_was_counted_in(kind) {
        // At the harbour he alone carries it: «none or one» would be a verdict on all others.
        let (harbour, person) = (4, 22);
        let world = World::new(kind).await;
        let sundvik = Sundvik::new(&world, &[person]).await;
        for _ in 0..3 {
            sundvik.organisation.next_week().await;
        }
        let shown = |figures: &[Figure]| figures.iter().filter(|figure| figure.shown.is_some()).count();
        assert!(shown(&sundvik.views_of(&[&sundvik.leads[harbour]]).await) >= 4, "this week and those before it");
        world.later(2 * 24 * 60);
        let path = format!("/v1/admin/units/{}/leads/person{person}", sundvik.units[harbour]);
        let (status, body) = sundvik.organisation.admin.send(Method::PUT, &path, None).await;
        assert!(status.is_success(), "{body}");
        let told = BTreeMap::from([(person, true)]);
        for week in 0..3 {
            let seen = sundvik.views_of(&[&sundvik.people[person]]).await;
            assert_eq!(reconstruct(&seen, &told, Suppression::On), Found::new(), "week {week}");
            assert_eq!(shown(&seen), 0, "his colleagues rest");
            sundvik.organisation.next_week().await;
        }
        let above = sundvik.views_of(&[&sundvik.leads[1]]).await;
        assert!(shown(&above) > 0, "others are still told of");
    }
}
