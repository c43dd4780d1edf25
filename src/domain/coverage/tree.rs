//! Units in a tree: the organisation, its parts, their teams.

use crate::vocab::id::UnitId;
use std::collections::{BTreeMap, BTreeSet};

/// The units with what contains them. A parent that does not exist makes a root.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    parents: BTreeMap<UnitId, Option<UnitId>>,
}

impl Tree {
    pub fn new(units: impl IntoIterator<Item = (UnitId, Option<UnitId>)>) -> Self {
        let parents: BTreeMap<UnitId, Option<UnitId>> = units.into_iter().collect();
        let known: BTreeSet<UnitId> = parents.keys().copied().collect();
        let within = |parent: Option<UnitId>| parent.filter(|parent| known.contains(parent));
        Self { parents: parents.into_iter().map(|(unit, parent)| (unit, within(parent))).collect() }
    }

    pub fn contains(&self, unit: UnitId) -> bool {
        self.parents.contains_key(&unit)
    }

    pub fn parent(&self, unit: UnitId) -> Option<UnitId> {
        self.parents.get(&unit).copied().flatten()
    }

    /// The unit itself and what contains it, upwards. Ends even where the tree is none.
    pub fn upwards(&self, unit: UnitId) -> impl Iterator<Item = UnitId> {
        let first = self.contains(unit).then_some(unit);
        std::iter::successors(first, |unit| self.parent(*unit)).take(self.parents.len())
    }

    /// Whether `unit` is `around` or lies in it.
    pub fn is_within(&self, unit: UnitId, around: UnitId) -> bool {
        self.upwards(unit).any(|above| above == around)
    }

    /// Levels of the unit and what lies in it; a unit that is not here yet is one.
    pub fn levels_from(&self, unit: UnitId) -> usize {
        let steps = |inner: &UnitId| self.upwards(*inner).position(|above| above == unit);
        1 + self.parents.keys().filter_map(steps).max().unwrap_or(0)
    }

    /// Every unit, the deepest first.
    pub fn bottom_up(&self) -> Vec<UnitId> {
        let mut units: Vec<UnitId> = self.parents.keys().copied().collect();
        units.sort_by_key(|unit| (std::cmp::Reverse(self.upwards(*unit).count()), *unit));
        units
    }

    /// Whether `unit` may be put into `parent` without the tree biting its tail.
    pub fn may_hang(&self, unit: UnitId, parent: UnitId) -> bool {
        self.contains(parent) && !self.is_within(parent, unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id(number: u128) -> UnitId {
        UnitId(Uuid::from_u128(number))
    }

    #[test]
    fn a_tree_knows_what_lies_in_what() {
        let tree = Tree::new([(id(1), None), (id(2), Some(id(1))), (id(3), Some(id(2))), (id(4), Some(id(9)))]);
        assert!(tree.is_within(id(3), id(1)) && tree.is_within(id(1), id(1)) && !tree.is_within(id(1), id(3)));
        assert_eq!(tree.bottom_up(), [id(3), id(2), id(1), id(4)]);
        assert_eq!([1, 2, 3, 4, 8].map(|unit| tree.levels_from(id(unit))), [3, 2, 1, 1, 1]);
        assert!(!tree.may_hang(id(1), id(3)), "no unit contains itself");
        assert!(tree.may_hang(id(3), id(1)) && !tree.may_hang(id(3), id(9)));
    }

    #[test]
    fn a_circle_ends_the_walk_and_not_the_program() {
        let tree = Tree::new([(id(1), Some(id(2))), (id(2), Some(id(1)))]);
        assert_eq!(tree.upwards(id(1)).count(), 2);
        assert_eq!(tree.bottom_up().len(), 2);
    }
}
