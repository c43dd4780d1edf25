//! Someone who wants to know who knows what, and has every figure ever shown, on paper, from every reader.
//!
//! He knows the rules, who was a member of what and when, who was counted together with whom, and what the readers know
//! of themselves. He assumes that nobody learns or forgets from one week to the next, which makes every change in a
//! figure the work of whoever came or went: no other assumption lets him conclude more. Then he tries all worlds. People
//! who always stood in the same groups cannot be told apart, so a world is a count for each such class, and a person is
//! found when all worlds that fit agree on him.

use laerd::domain::coverage::{Band, SMALLEST, Suppression, Tally, band, together};
use std::collections::BTreeMap;

/// One figure: of the people in `groups`, each counted as a whole, this was shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figure {
    pub groups: Vec<Vec<usize>>,
    pub shown: Option<Band>,
}

/// Who carries the concept, as far as it is certain: person and verdict.
pub type Found = BTreeMap<usize, bool>;

struct Class {
    people: Vec<usize>,
    /// What the readers know of themselves.
    told: Option<bool>,
}

/// A figure over classes: for each group, which classes it is made of.
struct Equation {
    groups: Vec<Vec<usize>>,
    shown: Option<Band>,
}

/// Everyone about whom all worlds agree that fit the figures; those the readers know anyway are left out.
pub fn reconstruct(figures: &[Figure], told: &BTreeMap<usize, bool>, suppression: Suppression) -> Found {
    let mut figures = figures.to_vec();
    figures.sort();
    figures.dedup();
    let classes = classes(&figures, told);
    let equations = equations(&figures, &classes);
    let mut worlds = Worlds { classes: &classes, equations, suppression, counts: Vec::new(), seen: Vec::new() };
    worlds.seen = vec![(usize::MAX, 0); classes.len()];
    worlds.walk();
    let mut found = Found::new();
    for (class, (least, most)) in classes.iter().zip(&worlds.seen).filter(|(class, _)| class.told.is_none()) {
        assert!(least <= most, "the true world always fits");
        let verdict = if *most == 0 { Some(false) } else { (*least == class.people.len()).then_some(true) };
        found.extend(verdict.iter().flat_map(|verdict| class.people.iter().map(|person| (*person, *verdict))));
    }
    found
}

/// In which figures somebody is, and in which group of each.
type Places = Vec<(usize, usize)>;

fn classes(figures: &[Figure], told: &BTreeMap<usize, bool>) -> Vec<Class> {
    let mut seen_in: BTreeMap<usize, Places> = BTreeMap::new();
    for (at, figure) in figures.iter().enumerate() {
        for (group, people) in figure.groups.iter().enumerate() {
            people.iter().for_each(|person| seen_in.entry(*person).or_default().push((at, group)));
        }
    }
    let mut alike: BTreeMap<(Places, Option<bool>), Vec<usize>> = BTreeMap::new();
    for (person, places) in seen_in {
        alike.entry((places, told.get(&person).copied())).or_default().push(person);
    }
    alike.into_iter().map(|((_, told), people)| Class { people, told }).collect()
}

fn equations(figures: &[Figure], classes: &[Class]) -> Vec<Equation> {
    let of = |group: &Vec<usize>| {
        let is_part = |class: &Class| group.contains(&class.people[0]);
        classes.iter().enumerate().filter(|(_, class)| is_part(class)).map(|(at, _)| at).collect()
    };
    let equation = |figure: &Figure| Equation { groups: figure.groups.iter().map(of).collect(), shown: figure.shown };
    figures.iter().map(equation).collect()
}

struct Worlds<'a> {
    classes: &'a [Class],
    equations: Vec<Equation>,
    suppression: Suppression,
    /// Carriers of each class so far.
    counts: Vec<usize>,
    /// The least and the most of each class over all worlds that fit.
    seen: Vec<(usize, usize)>,
}

impl Worlds<'_> {
    fn walk(&mut self) {
        let Some(class) = self.classes.get(self.counts.len()) else {
            for (seen, count) in self.seen.iter_mut().zip(&self.counts) {
                *seen = (seen.0.min(*count), seen.1.max(*count));
            }
            return;
        };
        let counts = match class.told {
            Some(verdict) => usize::from(verdict) * class.people.len()..=usize::from(verdict) * class.people.len(),
            None => 0..=class.people.len(),
        };
        for count in counts {
            self.counts.push(count);
            if self.fits() {
                self.walk();
            }
            self.counts.pop();
        }
    }

    /// Whether every figure whose last class has just been counted comes out as shown.
    fn fits(&self) -> bool {
        let last = self.counts.len() - 1;
        let is_ready = |equation: &&Equation| equation.groups.iter().flatten().max() == Some(&last);
        self.equations.iter().filter(is_ready).all(|equation| self.show(equation) == equation.shown)
    }

    /// The rule itself, on this world. Everybody has answered enough, so that no figure is spoilt by «unknown».
    fn show(&self, equation: &Equation) -> Option<Band> {
        let band_of = |group: &Vec<usize>| {
            let people = group.iter().map(|class| self.classes[*class].people.len()).sum();
            let carriers = group.iter().map(|class| self.counts[*class]).sum();
            band(Tally { people, known: people, carriers }, self.suppression)
        };
        let bands: Vec<Band> = equation.groups.iter().filter_map(band_of).collect();
        together(&bands)
    }
}

/// What a test of the attacker himself needs: the figure of people of whom these carry the concept.
pub fn figure(groups: Vec<Vec<usize>>, carries: impl Fn(usize) -> bool, suppression: Suppression) -> Figure {
    let band_of = |group: &Vec<usize>| {
        let carriers = group.iter().filter(|person| carries(**person)).count();
        band(Tally { people: group.len(), known: group.len(), carriers }, suppression)
    };
    let bands: Vec<Band> = groups.iter().filter_map(band_of).collect();
    let smallest = groups.iter().map(Vec::len).min().unwrap_or(SMALLEST);
    assert!(suppression == Suppression::Off || smallest >= SMALLEST, "a cohort is never so small");
    Figure { shown: together(&bands), groups }
}
