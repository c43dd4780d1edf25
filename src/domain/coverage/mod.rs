//! How widely knowledge is spread in a unit, told so that nothing is told of a person.
//!
//! # The threat
//!
//! Whoever reads figures reads them every week, for every unit he may see, and keeps them. He knows who is a member of
//! what and since when. Several readers, of a team and of the unit around it, may lay their figures side by side. They
//! may assume the worst for privacy: that nobody learnt or forgot anything in between, so that whatever moved in a
//! figure came from whoever joined or left. Small groups, a parent minus its children, and this week minus last week
//! are the three ways in. Suppressing small numbers closes only the first.
//!
//! # The rule
//!
//! People are counted in **cohorts** (`cohort`): at least five people of a unit who are counted together or not at all.
//!
//! 1. A cohort never changes. When one of its people leaves, the cohort ends, and takes its past points with it: who
//!    opted out is in no figure at all, not even in last month's.
//! 2. A person is in one cohort at most, and after it ends in none for 26 weeks. A carrier's last answer is at most 180
//!    days old, so by then nothing the old figures rested on counts any more. Who comes new waits for four others.
//! 3. A cohort gives one word per concept: its **band** (`band`). Every larger figure is worked out from the bands of
//!    disjoint cohorts and from nothing else: a unit around teams is not counted again, it is put together.
//! 4. Who reads figures is not counted in them. A lead knows his own level and could subtract himself: «none or one»
//!    together with «I am one» is a verdict on everybody else. Who becomes a reader ends his cohort in that moment, so
//!    that he reads nothing of the weeks in which he was counted either.
//!
//! # Why that is enough
//!
//! By 1 and 2 everything ever shown within 26 weeks is a function of the bands of disjoint groups that do not change.
//! By 3 a band is symmetric: exchange two people of a cohort, with their whole histories, and no figure moves. So
//! whatever can be said of one of at least five can be said of each of them. And each band leaves both answers open for
//! each person: with five or more, «none or one» may be he, «three or more» may be without him. So neither one figure,
//! nor any difference of two, nor all figures of all units and weeks together say of anyone that he carries a concept
//! or that he does not. `tests/it/reconstruction.rs` lets an attacker try all of it.
//!
//! Refused: counting parents anew and suppressing a sibling (a band of «two» in the parent and «two» in one of two
//! teams says that nobody in the other carries it); publishing when at least five have moved (the same, one week
//! later); noise (a team would act on it). The price: a large unit is told as «at least», a new colleague shows first
//! when four more are new, and one who leaves silences his cohort for half a year. Cohorts are therefore as small as
//! may be.
//!
//! # What it does not cover
//!
//! Colleagues who are counted and tell each other their own levels can rule themselves out, as in every such scheme; so
//! can a new lead, if older ones show him figures they kept of the time when he was counted.
//! An administrator could invent colleagues. And in «none or one» of a large unit, most carry nothing: that is the
//! figure's message.

mod band;
mod carrier;
mod cohort;
mod index;
mod tree;

#[cfg(test)]
mod laws;

pub use band::{Band, Sum, Suppression, Tally, band, together};
pub use carrier::{Evidence, Holding, holding};
pub use cohort::{Cohort, Counted, Formed, Member, NOTICE_WEEKS, Plan, REST_WEEKS, as_one, plan};
pub use index::{AWAY, Importance, chance_nobody_is_here, priority, vulnerability};
pub use tree::Tree;

/// Fewer people are never counted together.
pub const SMALLEST: usize = 5;
