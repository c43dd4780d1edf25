//! Figures of teams: bands, never numbers of people, made once a week.

use super::{
    Tag,
    auth::Signed,
    wire::{Day, Language, rounded},
};
use crate::{
    app::{self, App},
    domain::coverage,
    store::activities,
    vocab::{
        id::UnitId,
        text::{Lang, Localised},
    },
};
use poem::web::Data;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use std::sync::Arc;
use uuid::Uuid;

pub struct Coverage;

/// How many carry a concept, at least: a carrier would get 80 % right today and has shown it on two days.
///
/// None and one are the same band, so that nobody is exposed as the only one. `unknown` is no gap: too few have
/// answered enough. Leads are in no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum Band {
    Unknown,
    ZeroOrOne,
    Two,
    ThreeOrMore,
}

/// Where knowledge is written down besides.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Backup {
    /// A routine, a page of the handbook.
    #[oai(validator(min_length = 1, max_length = 200))]
    title: String,
    /// Its address; http or https.
    #[oai(validator(max_length = 2000))]
    url: Option<String>,
    /// When someone should look whether it still holds.
    review_on: Option<Day>,
}

/// A concept of a team.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ConceptCoverage {
    #[oai(validator(max_length = 64))]
    concept: String,
    #[oai(validator(max_length = 400))]
    name: String,
    #[oai(validator(minimum(value = "1"), maximum(value = "255")))]
    chapter: i32,
    /// Absent while nothing can be shown of this team.
    band: Option<Band>,
    /// What to call the band, in the language of the request.
    #[oai(validator(max_length = 100))]
    label: Option<String>,
    /// The chance that nobody who knows it is here today, worked out from the band; 0 to 1. Quiz knowledge only, and
    /// no finer than the band.
    #[oai(validator(minimum(value = "0"), maximum(value = "1")))]
    vulnerability: Option<f64>,
    /// Vulnerability × importance: the higher, the sooner.
    #[oai(validator(minimum(value = "0"), maximum(value = "3")))]
    priority: Option<f64>,
    /// How much the concept matters to the team, 1 to 3. Where nothing is agreed, 2.
    #[oai(validator(minimum(value = "1"), maximum(value = "3")))]
    importance: i32,
    /// Shown beside the figures; it never lowers them, because not all knowledge is written down.
    backup: Option<Backup>,
    /// Whether the backup's review day has come.
    review_due: bool,
    /// Version of what is agreed, for If-Match; 0 while nothing is.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    version: i32,
}

/// The figures of a team and a course.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct TeamCoverage {
    /// The Monday of the week the figures were made in. Absent before the first.
    week: Option<Day>,
    /// When the next figures are due.
    next_refresh: Day,
    /// Whether enough people are counted. If not, no band is given, and it cannot be told why.
    shown: bool,
    /// What comes first first.
    #[oai(validator(max_items = 2000))]
    concepts: Vec<ConceptCoverage>,
}

/// A week's band.
#[derive(Object)]
pub struct CoveragePoint {
    /// The Monday.
    week: Day,
    band: Band,
}

/// A concept over time.
#[derive(Object)]
pub struct ConceptHistory {
    concept: ConceptCoverage,
    /// The oldest first, a year at most. When people leave, past points change: who is out is out of them too.
    #[oai(validator(max_items = 60))]
    points: Vec<CoveragePoint>,
}

/// How many units stand in which band.
#[derive(Object)]
pub struct UnitsByBand {
    #[oai(validator(minimum(value = "0"), maximum(value = "5000")))]
    unknown: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "5000")))]
    zero_or_one: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "5000")))]
    two: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "5000")))]
    three_or_more: i32,
}

/// A concept over the whole organisation.
#[derive(Object)]
pub struct OrganisationConcept {
    #[oai(validator(max_length = 64))]
    concept: String,
    #[oai(validator(max_length = 400))]
    name: String,
    #[oai(validator(minimum(value = "1"), maximum(value = "255")))]
    chapter: i32,
    /// Units with figures of their own.
    units: UnitsByBand,
    /// The units in which more can learn.
    #[oai(validator(max_items = 5000))]
    few_in: Vec<Uuid>,
}

/// The organisation and a course.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub struct OrganisationCoverage {
    /// The Monday of the week the figures were made in.
    week: Option<Day>,
    next_refresh: Day,
    /// In the order of the course.
    #[oai(validator(max_items = 2000))]
    concepts: Vec<OrganisationConcept>,
}

#[OpenApi]
impl Coverage {
    /// How widely a team carries each concept
    ///
    /// For its lead, the leads of the units around it, and administrators. Bands of groups of at least five people,
    /// made once a week; no view differs from another by a person. Not for pay, appraisal or ranking.
    #[oai(path = "/v1/teams/:team/coverage", method = "get", operation_id = "getTeamCoverage", tag = "Tag::Teams")]
    async fn get_team_coverage(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        language: Language,
        /// The team.
        team: Path<Uuid>,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Query<String>,
    ) -> poem::Result<Json<TeamCoverage>> {
        let coverage = app.team_coverage(caller.0, UnitId(team.0), &course.0).await?;
        let concepts = coverage.concepts.into_iter().map(|concept| ConceptCoverage::new(concept, language.0));
        Ok(Json(TeamCoverage {
            week: coverage.week.map(|week| Day(week.monday().date())),
            next_refresh: Day(coverage.next_refresh.monday().date()),
            shown: coverage.shown,
            concepts: concepts.collect(),
        }))
    }

    /// A concept of a team over time
    #[oai(
        path = "/v1/teams/:team/coverage/:concept",
        method = "get",
        operation_id = "getTeamConceptCoverage",
        tag = "Tag::Teams"
    )]
    async fn get_team_concept_coverage(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        language: Language,
        /// The team.
        team: Path<Uuid>,
        /// The slug of the concept.
        #[oai(validator(max_length = 64))]
        concept: Path<String>,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Query<String>,
    ) -> poem::Result<Json<ConceptHistory>> {
        let history = app.team_history(caller.0, UnitId(team.0), (&course.0, &concept.0)).await?;
        let point = |(week, band): (crate::vocab::time::Week, coverage::Band)| CoveragePoint {
            week: Day(week.monday().date()),
            band: band.into(),
        };
        let points = history.points.into_iter().map(point).collect();
        Ok(Json(ConceptHistory { concept: ConceptCoverage::new(history.concept, language.0), points }))
    }

    /// Where in the organisation more can learn
    ///
    /// Concept by concept, in how many units it is carried by how many. For administrators.
    #[oai(
        path = "/v1/admin/coverage",
        method = "get",
        operation_id = "getOrganisationCoverage",
        tag = "Tag::Administration"
    )]
    async fn get_organisation_coverage(
        &self,
        app: Data<&Arc<App>>,
        caller: Signed,
        language: Language,
        /// The slug of the course.
        #[oai(validator(max_length = 64))]
        course: Query<String>,
    ) -> poem::Result<Json<OrganisationCoverage>> {
        let coverage = app.organisation_coverage(caller.0, &course.0).await?;
        let concepts = coverage.concepts.into_iter().map(|concept| OrganisationConcept::new(concept, language.0));
        Ok(Json(OrganisationCoverage {
            week: coverage.week.map(|week| Day(week.monday().date())),
            next_refresh: Day(coverage.next_refresh.monday().date()),
            concepts: concepts.collect(),
        }))
    }
}

impl ConceptCoverage {
    fn new(concept: app::ConceptCoverage, lang: Lang) -> Self {
        Self {
            concept: concept.concept,
            name: concept.name.get(lang).to_owned(),
            chapter: concept.chapter.into(),
            band: concept.band.map(Band::from),
            label: concept.band.map(|band| label(band).get(lang).to_owned()),
            vulnerability: concept.vulnerability.map(rounded),
            priority: concept.priority.map(rounded),
            importance: concept.importance.get().into(),
            backup: concept.backup.map(Backup::from),
            review_due: concept.review_due,
            version: concept.version,
        }
    }
}

impl OrganisationConcept {
    fn new(concept: app::OrganisationConcept, lang: Lang) -> Self {
        let [unknown, zero_or_one, two, three_or_more] = concept.units.map(|units| units as i32);
        Self {
            concept: concept.concept,
            name: concept.name.get(lang).to_owned(),
            chapter: concept.chapter.into(),
            units: UnitsByBand { unknown, zero_or_one, two, three_or_more },
            few_in: concept.few_in.into_iter().map(|unit| unit.0).collect(),
        }
    }
}

/// Words that invite and do not blame: «her kan flere lære», never «svakest».
fn label(band: coverage::Band) -> Localised {
    match band {
        coverage::Band::Unknown => Localised::new("Vet ikke ennå", "Veit ikkje enno", "Not known yet"),
        coverage::Band::ZeroOrOne => Localised::new("Her kan flere lære", "Her kan fleire lære", "More can learn here"),
        coverage::Band::Two => Localised::new("Minst to kan dette", "Minst to kan dette", "At least two know this"),
        coverage::Band::ThreeOrMore => {
            Localised::new("Tre eller flere kan dette", "Tre eller fleire kan dette", "Three or more know this")
        }
    }
}

impl From<coverage::Band> for Band {
    fn from(band: coverage::Band) -> Self {
        match band {
            coverage::Band::Unknown => Self::Unknown,
            coverage::Band::ZeroOrOne => Self::ZeroOrOne,
            coverage::Band::Two => Self::Two,
            coverage::Band::ThreeOrMore => Self::ThreeOrMore,
        }
    }
}

impl From<activities::Backup> for Backup {
    fn from(backup: activities::Backup) -> Self {
        let review_on = backup.review_on.and_then(|day| day.parse().ok()).map(Day);
        Self { title: backup.title, url: backup.url, review_on }
    }
}
