//! Which people are counted together: formed at a refresh, never changed, ended when one of them leaves.
//!
//! No decision here looks at what anyone knows. Otherwise the shape of the cohorts would itself be a figure.

use super::{SMALLEST, Tree};
use crate::vocab::{
    id::{CohortId, LearnerId, UnitId},
    time::Week,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Weeks in which nobody of an ended cohort is counted: longer than an answer makes a carrier (180 days).
pub const REST_WEEKS: i32 = 26;

/// Weeks between being imported and being counted: time to read what it means, and to say no.
pub const NOTICE_WEEKS: i32 = 1;

/// Weeks a few people wait for others of their own unit before they are counted with the unit around it.
const PATIENCE_WEEKS: i32 = 4;

/// A member of a unit as a refresh finds him; who has left or opted out is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    pub learner: LearnerId,
    pub unit: UnitId,
    pub cohort: Option<CohortId>,
    /// The first week in which he may be counted anew.
    pub counts_from: Week,
    /// Whether he may read figures of any unit; then he is in none.
    pub reads: bool,
}

/// Whether someone is counted, and if not, from when on he may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub cohort: Option<CohortId>,
    /// The first week in which he may be counted anew.
    pub counts_from: Week,
}

/// People counted together, as formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cohort {
    pub id: CohortId,
    pub unit: UnitId,
    /// How many they were; a cohort that is no longer so many has ended.
    pub people: usize,
}

/// What a refresh changes before it counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Cohorts of which someone has left. All their people rest.
    pub ended: Vec<CohortId>,
    pub formed: Vec<Formed>,
}

/// A new cohort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formed {
    pub unit: UnitId,
    pub members: Vec<LearnerId>,
}

/// Where one person stands who was two members. The other's cohort ends without him and is not handed on: a merge is
/// seen in the list of members, so a band that moved with it would be about him. Whoever rests under one name rests
/// under both, and then his own cohort ends too.
pub fn as_one(mine: Option<Counted>, other: Counted, week: Week) -> Counted {
    let ends = week.plus(1);
    let from = if other.cohort.is_some() { ends.plus(REST_WEEKS) } else { other.counts_from };
    let counts_from = mine.map_or(from, |mine| mine.counts_from.max(from));
    Counted { cohort: mine.and_then(|mine| mine.cohort).filter(|_| from <= week), counts_from }
}

/// Ends cohorts that are no longer whole, and forms new ones of those who wait. Who is freed now is not formed again
/// now: he rests.
pub fn plan(tree: &Tree, members: &[Member], cohorts: &[Cohort], week: Week) -> Plan {
    let ended = ended(tree, members, cohorts);
    let lives: BTreeSet<UnitId> = cohorts.iter().filter(|c| !ended.contains(&c.id)).map(|cohort| cohort.unit).collect();
    let mut waiting: BTreeMap<UnitId, Vec<&Member>> = BTreeMap::new();
    for member in members.iter().filter(|member| member.cohort.is_none() && !member.reads) {
        if member.counts_from <= week && tree.contains(member.unit) {
            waiting.entry(member.unit).or_default().push(member);
        }
    }
    let mut formed = Vec::new();
    for unit in tree.bottom_up() {
        let pool = waiting.remove(&unit).unwrap_or_default();
        if pool.len() >= SMALLEST {
            formed.extend(split(unit, pool));
        } else if let Some(parent) = tree.parent(unit).filter(|_| !lives.contains(&unit)) {
            let patient = |member: &&Member| week < member.counts_from.plus(PATIENCE_WEEKS);
            waiting.entry(parent).or_default().extend(pool.into_iter().filter(|member| !patient(member)));
        }
    }
    Plan { ended: ended.into_iter().collect(), formed }
}

/// Cohorts of which someone has left the unit, opted out, was erased, or has become a reader.
fn ended(tree: &Tree, members: &[Member], cohorts: &[Cohort]) -> BTreeSet<CohortId> {
    let homes: HashMap<CohortId, UnitId> = cohorts.iter().map(|cohort| (cohort.id, cohort.unit)).collect();
    let mut still: HashMap<CohortId, usize> = HashMap::new();
    for member in members.iter().filter(|member| !member.reads) {
        let cohort = member.cohort.filter(|cohort| homes.get(cohort).is_some_and(|u| tree.is_within(member.unit, *u)));
        cohort.into_iter().for_each(|cohort| *still.entry(cohort).or_default() += 1);
    }
    let is_whole = |cohort: &Cohort| still.get(&cohort.id) == Some(&cohort.people);
    cohorts.iter().filter(|cohort| !is_whole(cohort)).map(|cohort| cohort.id).collect()
}

/// As many cohorts as five people each allow, since one who leaves ends his whole cohort; sizes differ by one at most.
/// By id, which is chance and not who came first.
fn split(unit: UnitId, pool: Vec<&Member>) -> impl Iterator<Item = Formed> {
    let mut people: Vec<LearnerId> = pool.into_iter().map(|member| member.learner).collect();
    people.sort_unstable();
    let (all, parts) = (people.len(), people.len() / SMALLEST);
    (0..parts).map(move |part| {
        let (from, to) = (all * part / parts, all * (part + 1) / parts);
        Formed { unit, members: people[from..to].to_vec() }
    })
}
