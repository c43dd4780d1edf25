//! The figures of teams: made once a week, then only read.
//!
//! A refresh has three steps. It plans: who is counted together this week. It counts: cohort by cohort, some at a time,
//! each person's beliefs become a holding and are forgotten. It publishes. Whoever reads, reads what was published;
//! nothing is worked out from a person on the way to a reader.

use super::{App, Caller, CourseContent, Error, Result};
use crate::{
    domain::{
        access::Action,
        coverage::{
            Band, Cohort, Evidence, Holding, Importance, REST_WEEKS, Sum, Suppression, Tally, band, holding, plan,
            priority, vulnerability,
        },
        mastery::{Ability, ConceptBelief, ConceptParameters, estimate},
    },
    store::{
        self,
        activities::{Agreement, Backup},
        coverage::Point,
        leases::Lease,
    },
    vocab::{
        id::{CohortId, LearnerId, UnitId},
        text::Localised,
        time::{Timestamp, Week},
    },
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a lead sees of a unit and a course.
pub struct TeamCoverage {
    /// The week of the figures; none before the first refresh.
    pub week: Option<Week>,
    /// Whether there are enough people to show anything.
    pub shown: bool,
    pub next_refresh: Week,
    /// Every concept that has questions; what comes first first.
    pub concepts: Vec<ConceptCoverage>,
}

/// A concept of a unit.
pub struct ConceptCoverage {
    pub concept: String,
    pub name: Localised,
    pub chapter: u8,
    pub band: Option<Band>,
    pub vulnerability: Option<f64>,
    pub priority: Option<f64>,
    pub importance: Importance,
    pub backup: Option<Backup>,
    /// Whether the backup's review date has come.
    pub review_due: bool,
    /// Version of what the team has agreed on; 0 if nothing.
    pub version: i32,
}

/// A concept of a unit over time.
pub struct TeamHistory {
    pub concept: ConceptCoverage,
    /// Weeks that have a figure, the oldest first.
    pub points: Vec<(Week, Band)>,
}

/// What an administrator sees of the whole.
pub struct OrganisationCoverage {
    pub week: Option<Week>,
    pub next_refresh: Week,
    pub concepts: Vec<OrganisationConcept>,
}

/// A concept over all units that have figures of their own.
pub struct OrganisationConcept {
    pub concept: String,
    pub name: Localised,
    pub chapter: u8,
    /// Units by band, in the order unknown, none or one, two, three or more.
    pub units: [usize; 4],
    /// The units in which more can learn.
    pub few_in: Vec<UnitId>,
}

/// Weeks of points that are kept and shown.
const HISTORY_WEEKS: i32 = 52;
/// Cohorts counted at a time: a few hundred people.
const COHORTS_AT_A_TIME: usize = 40;
/// A refresh that takes longer than this has died.
const LEASE_MINUTES: i64 = 10;

impl App {
    /// Makes this week's figures unless they are made; tells whether it did.
    pub async fn refresh_coverage(&self) -> Result<bool> {
        let now = self.clock.now();
        let week = Week::of(now);
        if store::coverage::published(&self.db).await?.is_some_and(|(newest, _)| newest >= week) {
            return Ok(false);
        }
        let lease = Lease::new("coverage", self.ids.uuid());
        if !store::leases::acquire(&self.db, &lease, now, now.plus_minutes(LEASE_MINUTES)).await? {
            return Ok(false);
        }
        let done = self.make_figures(&lease, week, now).await;
        store::leases::release(&self.db, &lease).await?;
        done.map(|()| true)
    }

    async fn make_figures(&self, lease: &Lease, week: Week, now: Timestamp) -> Result<()> {
        self.plan_cohorts(week, now).await?;
        let cohorts = store::coverage::cohorts(&self.db).await?;
        let catalogue = self.catalogue();
        for some in cohorts.chunks(COHORTS_AT_A_TIME) {
            for content in catalogue.courses() {
                let tallies = self.count(some, content, now).await?;
                self.save_points(week, content, &tallies).await?;
            }
            let until = self.clock.now().plus_minutes(LEASE_MINUTES);
            if !store::leases::renew(&self.db, lease, until).await? {
                return Err(Error::Conflict);
            }
        }
        let txn = self.db.write().await?;
        if store::coverage::is_open(&txn, week).await? {
            store::coverage::publish(&txn, week, now, week.plus(1 - HISTORY_WEEKS)).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Ends and forms cohorts, once a week: the row of the week is the constraint, the lease only spares work.
    async fn plan_cohorts(&self, week: Week, now: Timestamp) -> Result<()> {
        let txn = self.db.write().await?;
        if !store::coverage::claim(&txn, week, now).await? {
            return Ok(());
        }
        let tree = super::units::tree(&store::units::all(&txn).await?);
        let members = store::memberships::members(&txn).await?;
        let plan = plan(&tree, &members, &store::coverage::cohorts(&txn).await?, week);
        store::coverage::end(&txn, &plan.ended, week.plus(REST_WEEKS)).await?;
        let formed: Vec<(Cohort, Vec<LearnerId>)> = plan
            .formed
            .into_iter()
            .map(|new| {
                let cohort = Cohort { id: CohortId(self.ids.uuid()), unit: new.unit, people: new.members.len() };
                (cohort, new.members)
            })
            .collect();
        store::coverage::form(&txn, &formed, week).await?;
        Ok(txn.commit().await?)
    }

    /// What the people of some cohorts hold, concept by concept.
    async fn count(
        &self,
        cohorts: &[Cohort],
        content: &CourseContent,
        now: Timestamp,
    ) -> Result<BTreeMap<(CohortId, String), Tally>> {
        let ids: Vec<CohortId> = cohorts.iter().map(|cohort| cohort.id).collect();
        let people = store::coverage::people(&self.db, &ids).await?;
        let learners: Vec<LearnerId> = people.iter().map(|(learner, _)| *learner).collect();
        let course = content.course.slug.as_str();
        let abilities = store::coverage::abilities(&self.db, &learners, course).await?;
        let mut beliefs = store::coverage::beliefs(&self.db, &learners, course).await?;
        let mut tallies: BTreeMap<(CohortId, String), Tally> = BTreeMap::new();
        // Someone may have been erased since the plan was made; then his cohort has no figure this week.
        let is_whole = |cohort: &&Cohort| people.iter().filter(|(_, own)| *own == cohort.id).count() == cohort.people;
        let whole: BTreeSet<CohortId> = cohorts.iter().filter(is_whole).map(|cohort| cohort.id).collect();
        for cohort in cohorts.iter().filter(|cohort| whole.contains(&cohort.id)) {
            for (concept, _) in asked_concepts(content) {
                let nobody = Tally { people: cohort.people, known: 0, carriers: 0 };
                tallies.insert((cohort.id, concept.to_owned()), nobody);
            }
        }
        for (learner, cohort) in people.into_iter().filter(|(_, cohort)| whole.contains(cohort)) {
            let Some(ability) = abilities.get(&learner) else { continue };
            let own = beliefs.remove(&learner).unwrap_or_default();
            for (concept, parameters) in asked_concepts(content) {
                let Some(belief) = own.get(concept) else { continue };
                let holding = holding_of(content, ability, belief, parameters, now);
                let tally = tallies.entry((cohort, concept.to_owned())).or_default();
                tally.known += usize::from(holding >= Holding::Known);
                tally.carriers += usize::from(holding == Holding::Carrier);
            }
        }
        Ok(tallies)
    }

    async fn save_points(
        &self,
        week: Week,
        content: &CourseContent,
        tallies: &BTreeMap<(CohortId, String), Tally>,
    ) -> Result<()> {
        let course = content.course.slug.as_str();
        let point = |((cohort, concept), tally): (&(CohortId, String), &Tally)| {
            let band = band(*tally, Suppression::On)?;
            Some((*cohort, concept.clone(), band))
        };
        let bands: Vec<(CohortId, String, Band)> = tallies.iter().filter_map(point).collect();
        let points: Vec<Point<'_>> = bands
            .iter()
            .map(|(cohort, concept, band)| Point { cohort: *cohort, course, concept, band: *band })
            .collect();
        let txn = self.db.write().await?;
        if store::coverage::is_open(&txn, week).await? {
            store::coverage::put(&txn, week, &points).await?;
        }
        Ok(txn.commit().await?)
    }

    /// What is shown of a unit: the bands of the cohorts in it, put together.
    pub async fn team_coverage(&self, caller: Caller, team: UnitId, course: &str) -> Result<TeamCoverage> {
        let organisation = self.seen(caller, team).await?;
        let content = self.catalogue().course(course)?;
        let week = self.published_week().await?;
        let sums = match week {
            Some(week) => store::coverage::of_week(&self.db, &organisation.within(team), course, week).await?,
            None => BTreeMap::new(),
        };
        let mut bands: BTreeMap<String, Sum> = BTreeMap::new();
        for ((_, concept), sum) in &sums {
            *bands.entry(concept.clone()).or_default() += *sum;
        }
        let agreements = store::activities::agreements(&self.db, team, course).await?;
        let today = self.clock.now();
        let mut concepts: Vec<ConceptCoverage> = content
            .concepts
            .iter()
            .filter(|concept| content.model.concepts.get(&concept.slug).is_some_and(|known| known.n_items > 0))
            .map(|concept| {
                let band = bands.get(&concept.slug).and_then(|sum| sum.shown());
                ConceptCoverage::new(concept, band, agreements.get(&concept.slug), today)
            })
            .collect();
        // A stable sort: what is equally urgent keeps the order of the course.
        concepts.sort_by(|left, right| right.priority.unwrap_or(0.0).total_cmp(&left.priority.unwrap_or(0.0)));
        Ok(TeamCoverage { week, shown: !sums.is_empty(), next_refresh: self.next_refresh(week), concepts })
    }

    /// A concept of a unit, week by week.
    pub async fn team_history(&self, caller: Caller, team: UnitId, of: (&str, &str)) -> Result<TeamHistory> {
        let (course, slug) = of;
        let now = self.team_coverage(caller, team, course).await?;
        let concept = now.concepts.into_iter().find(|concept| concept.concept == slug);
        let concept = concept.ok_or(Error::NotFound("concept"))?;
        let Some(last) = now.week else { return Ok(TeamHistory { concept, points: Vec::new() }) };
        let weeks: Vec<Week> = (1 - HISTORY_WEEKS..=0).map(|back| last.plus(back)).collect();
        let units = self.organisation().await?.within(team);
        let mut sums: BTreeMap<Week, Sum> = BTreeMap::new();
        for ((_, week), sum) in store::coverage::over_weeks(&self.db, &units, of, &weeks).await? {
            *sums.entry(week).or_default() += sum;
        }
        let points = sums.into_iter().filter_map(|(week, sum)| Some((week, sum.shown()?))).collect();
        Ok(TeamHistory { concept, points })
    }

    /// The whole organisation: in how many units more can learn, concept by concept.
    pub async fn organisation_coverage(&self, caller: Caller, course: &str) -> Result<OrganisationCoverage> {
        caller.may(Action::Administer)?;
        let content = self.catalogue().course(course)?;
        let week = self.published_week().await?;
        let units: Vec<UnitId> = self.organisation().await?.units.into_keys().collect();
        let sums = match week {
            Some(week) => store::coverage::of_week(&self.db, &units, course, week).await?,
            None => BTreeMap::new(),
        };
        let mut by_concept: HashMap<String, Vec<(UnitId, Band)>> = HashMap::new();
        for ((unit, concept), sum) in sums {
            by_concept.entry(concept).or_default().extend(sum.shown().map(|band| (unit, band)));
        }
        let concept = |concept: &crate::domain::bank::Concept| {
            let bands = by_concept.remove(&concept.slug).unwrap_or_default();
            let number = |wanted: Band| bands.iter().filter(|(_, band)| *band == wanted).count();
            OrganisationConcept {
                concept: concept.slug.clone(),
                name: concept.name.clone(),
                chapter: concept.chapter,
                units: [Band::Unknown, Band::ZeroOrOne, Band::Two, Band::ThreeOrMore].map(number),
                few_in: bands.iter().filter(|(_, band)| *band == Band::ZeroOrOne).map(|(unit, _)| *unit).collect(),
            }
        };
        let concepts = content.concepts.iter().map(concept).collect();
        Ok(OrganisationCoverage { week, next_refresh: self.next_refresh(week), concepts })
    }

    async fn published_week(&self) -> Result<Option<Week>> {
        Ok(store::coverage::published(&self.db).await?.map(|(week, _)| week))
    }

    fn next_refresh(&self, newest: Option<Week>) -> Week {
        let this = Week::of(self.clock.now());
        newest.map_or(this, |newest| newest.plus(1)).max(this)
    }
}

/// Concepts with questions, by slug.
fn asked_concepts(content: &CourseContent) -> impl Iterator<Item = (&str, &ConceptParameters)> {
    let known = content
        .concepts
        .iter()
        .filter_map(|concept| Some((concept.slug.as_str(), content.model.concepts.get(&concept.slug)?)));
    known.filter(|(_, parameters)| parameters.n_items > 0)
}

fn holding_of(
    content: &CourseContent,
    ability: &Ability,
    belief: &ConceptBelief,
    concept: &ConceptParameters,
    now: Timestamp,
) -> Holding {
    let model = &content.model;
    let estimate = estimate(&model.parameters, ability, belief, concept, model.item_spread, now.0);
    let evidence = Evidence {
        share: estimate.p,
        answers: belief.n,
        correct_days: belief.correct_days,
        last_answer: belief.t_k.map(Timestamp),
    };
    holding(&evidence, now)
}

impl ConceptCoverage {
    fn new(
        concept: &crate::domain::bank::Concept,
        band: Option<Band>,
        agreement: Option<&Agreement>,
        now: Timestamp,
    ) -> Self {
        let importance = agreement.map_or(Importance::DEFAULT, |agreement| agreement.importance);
        let backup = agreement.and_then(|agreement| agreement.backup.clone());
        let today = now.to_string();
        let is_due = |backup: &Backup| backup.review_on.as_ref().is_some_and(|day| **day <= today[..10]);
        Self {
            concept: concept.slug.clone(),
            name: concept.name.clone(),
            chapter: concept.chapter,
            band,
            vulnerability: band.and_then(vulnerability),
            priority: band.and_then(|band| priority(band, importance)),
            importance,
            review_due: backup.as_ref().is_some_and(is_due),
            backup,
            version: agreement.map_or(0, |agreement| agreement.version),
        }
    }
}
