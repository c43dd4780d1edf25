//! Can anyone be found in what is shown of teams? An attacker with every figure of every week tries.
//!
//! With suppression off he must succeed, or the test would prove nothing but his weakness.

use crate::support::attacker::{Figure, Found, figure, reconstruct};
use laerd::{
    domain::coverage::{Cohort, Counted, Member, REST_WEEKS, Suppression, Tree, as_one, plan},
    vocab::{
        id::{CohortId, LearnerId, UnitId},
        time::Week,
    },
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn unit(number: usize) -> UnitId {
    UnitId(Uuid::from_u128(number as u128))
}

fn learner(number: usize) -> LearnerId {
    LearnerId(Uuid::from_u128(number as u128))
}

fn number(id: LearnerId) -> usize {
    id.0.as_u128() as usize
}

/// Organisation, unit, two teams in it, a team beside it: each view contains or is contained in another.
const PARENTS: [Option<usize>; 5] = [None, Some(0), Some(1), Some(1), Some(0)];

fn tree() -> Tree {
    Tree::new(PARENTS.iter().enumerate().map(|(at, parent)| (unit(at), parent.map(unit))))
}

/// An organisation over some weeks. People do not learn or forget; they come and go.
struct Organisation {
    carries: Vec<bool>,
    members: BTreeMap<usize, Member>,
    gone: BTreeMap<usize, Member>,
    /// Accounts that are no more, since they were joined to another.
    merged: BTreeSet<usize>,
    cohorts: Vec<(Cohort, Vec<usize>)>,
    formed: u128,
}

impl Organisation {
    fn new(carries: Vec<bool>) -> Self {
        let (members, gone, merged) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { carries, members, gone, merged, cohorts: Vec::new(), formed: 0 }
    }

    fn join(&mut self, person: usize, to: usize, week: Week) {
        if self.merged.contains(&person) {
            return;
        }
        let known = self.members.remove(&person).or_else(|| self.gone.remove(&person));
        let fresh = Member { learner: learner(person), unit: unit(to), cohort: None, counts_from: week, reads: false };
        self.members.insert(person, Member { unit: unit(to), ..known.unwrap_or(fresh) });
    }

    fn leave(&mut self, person: usize) {
        self.gone.extend(self.members.remove(&person).map(|member| (person, member)));
    }

    /// Someone turns out to have two accounts. What he carries is what he carried under either; leads have one.
    fn merge(&mut self, person: usize, into: usize, week: Week) {
        let leads = |person: &usize| self.members.get(person).is_some_and(|member| member.reads);
        if person == into || self.merged.contains(&into) || leads(&person) || leads(&into) {
            return;
        }
        let Some(other) = self.members.remove(&person) else { return };
        self.merged.insert(person);
        let counted = |member: &Member| Counted { cohort: member.cohort, counts_from: member.counts_from };
        let mine = self.members.remove(&into).or_else(|| self.gone.remove(&into));
        let Counted { cohort, counts_from } = as_one(mine.as_ref().map(counted), counted(&other), week);
        let unit = mine.map_or(other.unit, |mine| mine.unit);
        self.members.insert(into, Member { learner: learner(into), unit, cohort, counts_from, reads: false });
    }

    fn lead(&mut self, person: usize) {
        self.members.entry(person).and_modify(|member| member.reads = true);
    }

    fn refresh(&mut self, week: Week) {
        let members: Vec<Member> = self.members.values().copied().collect();
        let cohorts: Vec<Cohort> = self.cohorts.iter().map(|(cohort, _)| *cohort).collect();
        let plan = plan(&tree(), &members, &cohorts, week);
        self.cohorts.retain(|(cohort, _)| !plan.ended.contains(&cohort.id));
        for member in self.members.values_mut().chain(self.gone.values_mut()) {
            if member.cohort.is_some_and(|cohort| plan.ended.contains(&cohort)) {
                (member.cohort, member.counts_from) = (None, week.plus(REST_WEEKS));
            }
        }
        for formed in plan.formed {
            self.formed += 1;
            let id = CohortId(Uuid::from_u128(self.formed));
            let people: Vec<usize> = formed.members.iter().map(|id| number(*id)).collect();
            for person in &people {
                self.members.entry(*person).and_modify(|member| member.cohort = Some(id));
            }
            self.cohorts.push((Cohort { id, unit: formed.unit, people: people.len() }, people));
        }
    }

    /// What every reader sees this week, unit by unit.
    fn views(&self, suppression: Suppression) -> Vec<Figure> {
        let of_unit = |around: usize| match suppression {
            Suppression::On => {
                let within = |cohort: &Cohort| tree().is_within(cohort.unit, unit(around));
                self.cohorts.iter().filter(|(cohort, _)| within(cohort)).map(|(_, people)| people.clone()).collect()
            }
            // As one would without a thought: everybody who is a member today, leads too.
            Suppression::Off => {
                let within = |member: &Member| tree().is_within(member.unit, unit(around));
                vec![self.members.iter().filter(|(_, m)| within(m)).map(|(person, _)| *person).collect()]
            }
        };
        let groups = (0..PARENTS.len()).map(of_unit).filter(|groups: &Vec<Vec<usize>>| !groups.concat().is_empty());
        groups.map(|groups| figure(groups, |person| self.carries[person], suppression)).collect()
    }

    /// What colluding readers know of themselves.
    fn told(&self) -> BTreeMap<usize, bool> {
        let readers = self.members.iter().filter(|(_, member)| member.reads);
        readers.map(|(person, _)| (*person, self.carries[*person])).collect()
    }
}

/// Something that happens in a week.
#[derive(Debug, Clone, Copy)]
enum Event {
    Join(usize, usize),
    Leave(usize),
    Merge(usize, usize),
    Lead(usize),
}

/// Who is found when readers of all units collude over all weeks.
fn attack(carries: &[bool], weeks: &[Vec<Event>], suppression: Suppression) -> Found {
    let mut house = Organisation::new(carries.to_vec());
    let (mut figures, mut leads) = (Vec::new(), BTreeSet::new());
    for (week, events) in weeks.iter().enumerate() {
        let week = Week(week as i32);
        for event in events {
            match *event {
                Event::Join(person, to) => house.join(person, to, week),
                Event::Leave(person) => house.leave(person),
                Event::Merge(person, into) => house.merge(person, into, week),
                Event::Lead(person) => {
                    house.lead(person);
                    leads.insert(person);
                }
            }
        }
        house.refresh(week);
        figures.extend(house.views(suppression));
    }
    let found = reconstruct(&figures, &house.told(), suppression);
    assert!(found.iter().all(|(person, verdict)| carries[*person] == *verdict), "what he concludes is true");
    found
}

const PEOPLE: usize = 26;

fn weeks() -> impl Strategy<Value = Vec<Vec<Event>>> {
    let units = 0..PARENTS.len();
    let event = prop_oneof![
        6 => (0..PEOPLE, units).prop_map(|(person, unit)| Event::Join(person, unit)),
        3 => (0..PEOPLE).prop_map(Event::Leave),
        2 => (0..PEOPLE, 0..PEOPLE).prop_map(|(person, into)| Event::Merge(person, into)),
    ];
    let first: Vec<Event> = (0..18).map(|person| Event::Join(person, 2 + person % 3)).collect();
    // Leads are named at the start: whoever was counted before knows his own part of an old figure. What he can still
    // read of those is tried in `reconstruction_http`.
    let leads = [Event::Lead(0), Event::Lead(1), Event::Lead(2)];
    let first: Vec<Event> = first.into_iter().chain(leads).collect();
    prop::collection::vec(prop::collection::vec(event, 0..4), 3..9)
        .prop_map(move |later| std::iter::once(first.clone()).chain(later).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn colluding_leads_of_nested_units_find_nobody_however_people_come_and_go(
        carries in prop::collection::vec(any::<bool>(), PEOPLE),
        few in prop::collection::vec(prop::bool::weighted(0.15), PEOPLE),
        weeks in weeks(),
    ) {
        let mut house = Organisation::new(carries.clone());
        (0..18).for_each(|person| house.join(person, 2 + person % 3, Week(0)));
        house.refresh(Week(0));
        prop_assert_eq!(house.cohorts.len(), 3, "there is something to see from the first week on");
        for carries in [carries, few] {
            prop_assert_eq!(attack(&carries, &weeks, Suppression::On), Found::new());
        }
    }
}

/// The three ways in, each on its own: the attacker takes them where they are open.
#[test]
fn without_suppression_the_same_attacker_finds_people() {
    let join = |people: std::ops::Range<usize>, unit| people.map(move |person| Event::Join(person, unit));
    let carries = |who: &[usize]| -> Vec<bool> { (0..PEOPLE).map(|person| who.contains(&person)).collect() };
    let small: Vec<Event> = join(0..2, 2).chain(join(2..9, 3)).collect();
    let nested: Vec<Event> = join(0..6, 2).chain(join(6..7, 1)).collect();
    let steady: Vec<Event> = join(0..8, 2).collect();
    for (name, carries, weeks, expected) in [
        ("a team of two", carries(&[0, 1]), vec![small], vec![0, 1]),
        ("the unit minus its team", carries(&[0, 1, 6]), vec![nested], vec![6]),
        ("this week minus last week", carries(&[0, 1, 8]), vec![steady.clone(), vec![Event::Join(8, 2)]], vec![8]),
        ("last week minus this week", carries(&[0, 1, 7]), vec![steady.clone(), vec![Event::Leave(7)]], vec![7]),
        (
            "a lead who subtracts himself",
            carries(&[0]),
            vec![[steady, vec![Event::Lead(0)]].concat()],
            (1..8).collect(),
        ),
    ] {
        let found = attack(&carries, &weeks, Suppression::Off);
        assert!(expected.iter().all(|person| found.contains_key(person)), "{name}: found only {found:?}");
        assert_eq!(attack(&carries, &weeks, Suppression::On), Found::new(), "{name}");
    }
}

/// Why a total is not counted anew with one part left out: equal bands tell of everybody in that part.
#[test]
fn counting_a_unit_anew_would_expose_a_whole_team_of_five() {
    let carries = |person: usize| person < 2;
    let team: Vec<usize> = (0..5).collect();
    let unit: Vec<usize> = (0..10).collect();
    let figures = [vec![team], vec![unit]].map(|groups| figure(groups, carries, Suppression::On));
    let found = reconstruct(&figures, &BTreeMap::new(), Suppression::On);
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [5, 6, 7, 8, 9], "nobody there carries it");
}
