//! From a seed to the steps of a trace. Every step carries dice of its own, so that a failing trace can be shrunk: a
//! step that is left out changes nothing in what the others do.

use rand::{Rng, SeedableRng, rngs::StdRng};
use std::fmt;

/// A trace before it is played.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub devices: usize,
    /// The last device is another learner's, a guest's.
    pub guest: bool,
    pub steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub act: Act,
    /// The device that acts.
    pub who: usize,
    /// The instance that is asked.
    pub via: usize,
    /// Decides the rest.
    pub dice: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Time passes, from no time at all to weeks.
    Wait,
    Answer,
    /// The learner turned a card himself, elsewhere.
    Review,
    /// He does not want to be asked, or not today, or does again.
    Hold,
    /// Takes back an event the device made or saw.
    Void,
    /// The void is sent at once, its answer kept back.
    VoidFirst,
    /// Takes back an event that never comes.
    VoidUnknown,
    /// An event that is refused, and not its neighbours.
    Poison,
    /// Another event under an id that is taken, or will be.
    Reuse,
    /// The device's clock is set, drifts otherwise, learns its error or moves to another zone.
    Clock,
    /// A batch leaves; it may be lost, doubled, held up, or its answer may be.
    Push,
    /// A page of changes is asked for.
    Pull,
    /// Everything at once.
    Snapshot,
    /// Batches of several devices in one commit.
    Together,
    /// Something that was held up arrives.
    Deliver,
    /// An instance stops and another starts.
    Restart,
    /// The learner chooses another retention, zone or hour at which his days begin.
    Choose,
    /// Batches of two devices reach two instances at the same moment.
    Race,
    /// An author changes a course and loads it.
    Load,
    /// A backup is taken of the learner's rows.
    Backup,
    /// They are put back as they were in the last backup.
    Restore,
    /// The guest turns out to be the learner.
    Merge,
}

/// What may happen beside studying, which always does.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// Courses change.
    pub content: bool,
    /// Two instances write at the same moment; what is decided first is then chance.
    pub race: bool,
}

const WEIGHTS: [(Act, u32); 19] = [
    (Act::Wait, 12),
    (Act::Answer, 30),
    (Act::Review, 4),
    (Act::Hold, 4),
    (Act::Void, 4),
    (Act::VoidFirst, 3),
    (Act::VoidUnknown, 1),
    (Act::Poison, 4),
    (Act::Reuse, 2),
    (Act::Clock, 4),
    (Act::Push, 20),
    (Act::Pull, 10),
    (Act::Snapshot, 1),
    (Act::Together, 4),
    (Act::Deliver, 8),
    (Act::Restart, 2),
    (Act::Choose, 1),
    (Act::Backup, 2),
    (Act::Restore, 1),
];

impl Plan {
    pub fn new(seed: u64, scope: Scope) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let devices = dice.random_range(2..=4);
        let guest = devices > 2 && dice.random_ratio(1, 2);
        // Content changes in every fourth trace where it may, so that the others stay fast and tell of the rest alone.
        let changes = scope.content && dice.random_ratio(1, 4);
        let mut weights = WEIGHTS.to_vec();
        if changes {
            // A real restore puts the courses back too; here only the learner's rows are.
            weights.retain(|(act, _)| !matches!(act, Act::Backup | Act::Restore));
            weights.push((Act::Load, 8));
        }
        weights.extend(guest.then_some((Act::Merge, 2)));
        weights.extend(scope.race.then_some((Act::Race, 10)));
        let length = dice.random_range(16..80);
        let steps = (0..length).map(|_| Step {
            act: pick(&weights, &mut dice),
            who: dice.random_range(0..devices),
            via: dice.random_range(0..2),
            dice: dice.random(),
        });
        Self { seed, devices, guest, steps: steps.collect() }
    }
}

fn pick(weights: &[(Act, u32)], dice: &mut StdRng) -> Act {
    let total = weights.iter().map(|(_, weight)| weight).sum();
    let mut place: u32 = dice.random_range(0..total);
    for (act, weight) in weights {
        if place < *weight {
            return *act;
        }
        place -= weight;
    }
    unreachable!("the place lies below the sum of the weights")
}

impl Step {
    pub fn rng(self) -> StdRng {
        StdRng::seed_from_u64(self.dice)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} device {} instance {}", self.act, self.who, self.via)
    }
}
