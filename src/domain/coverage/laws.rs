//! What must hold whatever people do: laws of cohorts over random years of joining, leaving, moving and leading.

use super::*;
use crate::vocab::{
    id::{CohortId, LearnerId, UnitId},
    time::Week,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const UNITS: usize = 6;
const PEOPLE: usize = 40;

fn unit(number: usize) -> UnitId {
    UnitId(Uuid::from_u128(number as u128))
}

fn learner(number: usize) -> LearnerId {
    LearnerId(Uuid::from_u128(number as u128))
}

/// The organisation 0 with the units 1 and 2, and the teams 3 and 4 in 1 and 5 in 2.
fn tree() -> Tree {
    let parent = [None, Some(0), Some(0), Some(1), Some(1), Some(2)];
    Tree::new(parent.iter().enumerate().map(|(at, parent)| (unit(at), parent.map(unit))))
}

/// What befalls a person in a week.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Join(usize),
    Leave,
    Lead,
}

/// An organisation with its bookkeeping, as the store keeps it.
#[derive(Default)]
struct House {
    members: BTreeMap<LearnerId, Member>,
    /// Who has left, with the week from which he may be counted again.
    gone: BTreeMap<LearnerId, Member>,
    cohorts: Vec<Cohort>,
    people_of: BTreeMap<CohortId, BTreeSet<LearnerId>>,
    formed: u128,
}

impl House {
    fn suffer(&mut self, person: usize, fate: Fate, week: Week) {
        let id = learner(person);
        let known = self.members.remove(&id).or_else(|| self.gone.remove(&id));
        let fresh = Member { learner: id, unit: unit(0), cohort: None, counts_from: week, reads: false };
        let member = known.unwrap_or(fresh);
        match fate {
            Fate::Join(to) => drop(self.members.insert(id, Member { unit: unit(to), ..member })),
            Fate::Leave => drop(self.gone.insert(id, member)),
            Fate::Lead => drop(self.members.insert(id, Member { reads: true, ..member })),
        }
    }

    fn refresh(&mut self, week: Week) -> Plan {
        let members: Vec<Member> = self.members.values().copied().collect();
        let plan = plan(&tree(), &members, &self.cohorts, week);
        self.cohorts.retain(|cohort| !plan.ended.contains(&cohort.id));
        for member in self.members.values_mut().chain(self.gone.values_mut()) {
            if member.cohort.is_some_and(|cohort| plan.ended.contains(&cohort)) {
                (member.cohort, member.counts_from) = (None, week.plus(REST_WEEKS));
            }
        }
        for formed in &plan.formed {
            self.formed += 1;
            let id = CohortId(Uuid::from_u128(self.formed));
            self.cohorts.push(Cohort { id, unit: formed.unit, people: formed.members.len() });
            self.people_of.insert(id, formed.members.iter().copied().collect());
            for person in &formed.members {
                self.members.get_mut(person).expect("a member").cohort = Some(id);
            }
        }
        plan
    }
}

fn fates() -> impl Strategy<Value = Vec<Vec<(usize, Fate)>>> {
    let fate = prop_oneof![6 => (0..UNITS).prop_map(Fate::Join), 2 => Just(Fate::Leave), 1 => Just(Fate::Lead)];
    prop::collection::vec(prop::collection::vec((0..PEOPLE, fate), 0..14), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whoever_joins_and_leaves_nobody_is_ever_counted_in_a_group_that_can_be_told_from_another(weeks in fates()) {
        let mut house = House::default();
        // The cohorts a person was in, each with the last week it was counted.
        let mut counted: BTreeMap<LearnerId, Vec<(CohortId, Week)>> = BTreeMap::new();
        for (week, fates) in weeks.into_iter().enumerate() {
            let week = Week(week as i32);
            fates.into_iter().for_each(|(person, fate)| house.suffer(person, fate, week));
            house.refresh(week);
            for cohort in &house.cohorts {
                let people = &house.people_of[&cohort.id];
                prop_assert!(people.len() >= SMALLEST && people.len() == cohort.people);
                for person in people {
                    let member = house.members.get(person).expect("who has left is not counted");
                    prop_assert_eq!(member.cohort, Some(cohort.id), "the same people as when it was formed");
                    prop_assert!(!member.reads && tree().is_within(member.unit, cohort.unit));
                    let history = counted.entry(*person).or_default();
                    match history.last_mut() {
                        Some((last, until)) if *last == cohort.id => *until = week,
                        Some((_, until)) if week.0 - until.0 < REST_WEEKS => prop_assert!(false, "no rest"),
                        _ => history.push((cohort.id, week)),
                    }
                }
            }
        }
    }

    #[test]
    fn who_can_be_counted_is_counted_in_the_end(sizes in prop::collection::vec(0..23usize, UNITS)) {
        let mut house = House::default();
        let homes = sizes.iter().enumerate().flat_map(|(unit, size)| std::iter::repeat_n(unit, *size));
        homes.enumerate().for_each(|(person, unit)| house.suffer(person, Fate::Join(unit), Week(0)));
        (0..40).for_each(|week| drop(house.refresh(Week(week))));
        let counted: usize = house.cohorts.iter().map(|cohort| cohort.people).sum();
        for (at, size) in sizes.iter().enumerate().filter(|(_, size)| **size >= SMALLEST) {
            let own: usize = house.cohorts.iter().filter(|c| c.unit == unit(at)).map(|c| c.people).sum();
            prop_assert!(own >= *size, "a team of five sees itself");
        }
        prop_assert!(house.members.len() - counted < SMALLEST * UNITS);
    }

    #[test]
    fn a_band_never_tells_what_a_person_is(people in SMALLEST..60usize, known in 0..60usize, carriers in 0..60usize) {
        let known = known.min(people);
        let tally = Tally { people, known, carriers: carriers.min(known) };
        let shown = band(tally, Suppression::On);
        // Of exchangeable people one is determined only if a count of none or of all is the only one that fits.
        let fits = |known, carriers| band(Tally { people, known, carriers }, Suppression::On) == shown;
        let some_carry = (1..people).any(|carriers| (carriers..=people).any(|known| fits(known, carriers)));
        let some_are_known = (1..people).any(|known| (0..=known).any(|carriers| fits(known, carriers)));
        prop_assert!(some_carry && some_are_known, "{:?}", shown);
    }
}

#[test]
fn one_who_leaves_ends_his_cohort_and_no_other() {
    let mut house = House::default();
    (0..13).for_each(|person| house.suffer(person, Fate::Join(3), Week(0)));
    assert_eq!(house.refresh(Week(0)).formed.iter().map(|f| f.members.len()).collect::<Vec<_>>(), [6, 7]);
    house.suffer(2, Fate::Leave, Week(1));
    assert_eq!(house.refresh(Week(1)).ended.len(), 1);
    assert_eq!(house.cohorts.iter().map(|cohort| cohort.people).collect::<Vec<_>>(), [7]);
    assert_eq!(house.refresh(Week(26)), Plan::default(), "the others rest");
    assert_eq!(house.refresh(Week(27)).formed[0].members.len(), 5);
}

#[test]
fn a_newcomer_waits_for_four_more() {
    let mut house = House::default();
    (0..7).for_each(|person| house.suffer(person, Fate::Join(3), Week(0)));
    house.refresh(Week(0));
    for person in 10..14 {
        house.suffer(person, Fate::Join(3), Week(1));
        assert_eq!(house.refresh(Week(1)), Plan::default());
    }
    assert_eq!(house.refresh(Week(9)), Plan::default(), "a team with figures of its own does not give people away");
    house.suffer(14, Fate::Join(3), Week(10));
    assert_eq!(house.refresh(Week(10)).formed[0].members.len(), 5);
}

#[test]
fn small_teams_are_counted_with_the_unit_around_them_after_a_while() {
    let mut house = House::default();
    (0..3).for_each(|person| house.suffer(person, Fate::Join(3), Week(0)));
    (3..6).for_each(|person| house.suffer(person, Fate::Join(4), Week(0)));
    assert_eq!(house.refresh(Week(0)), Plan::default());
    let formed = house.refresh(Week(4)).formed;
    assert_eq!((formed[0].unit, formed[0].members.len()), (unit(1), 6));
}

/// Week 10: what stands under one's own name, under the other, and what comes of it.
#[test]
fn nobody_is_counted_under_two_names() {
    let cohort = |number: u128| Some(CohortId(Uuid::from_u128(number)));
    let counted = |cohort, from| Counted { cohort, counts_from: Week(from) };
    for (mine, other, expected) in [
        // Never counted under the other: nothing changes.
        (None, counted(None, 3), counted(None, 3)),
        (Some(counted(cohort(1), 4)), counted(None, 9), counted(cohort(1), 9)),
        // Counted under the other: that cohort ends next week, and he rests with its people.
        (None, counted(cohort(2), 3), counted(None, 11 + REST_WEEKS)),
        (Some(counted(cohort(1), 4)), counted(cohort(2), 3), counted(None, 11 + REST_WEEKS)),
        // He rests under the other.
        (Some(counted(cohort(1), 4)), counted(None, 20), counted(None, 20)),
        (Some(counted(None, 30)), counted(None, 20), counted(None, 30)),
    ] {
        assert_eq!(as_one(mine, other, Week(10)), expected, "{mine:?} and {other:?}");
    }
}
