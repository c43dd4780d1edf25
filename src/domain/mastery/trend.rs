//! Where a concept is heading: the figure now against what it has been of late.
//!
//! Each concept keeps a slow average of its own log-odds, which follows them with a memory of two weeks. It is moved
//! at answers and worked out at reading, like everything else, so it is part of the fold and no history is read.

use super::decay::Moment;
use super::estimate::Standing;
use super::{Ability, ConceptBelief, ConceptParameters};

/// How many days back the average looks, for the most part.
const SPAN_DAYS: f64 = 14.0;

/// Fewer points than this either way are no movement. Chosen by us, unmeasured.
const NOTICEABLE: f64 = 3.0;

/// Which way a concept is heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Rising,
    Steady,
    Falling,
}

/// The figure now against what it has been of late.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Percentage points of the share above (or below) the average.
    pub points: f64,
    pub direction: Direction,
}

/// The trend from the standing of a concept to what `share` makes of log-odds; `None` before the first answer.
pub(super) fn trend(
    moment: &Moment<'_>,
    belief: &ConceptBelief,
    standing: &Standing,
    share: impl Fn(f64) -> f64,
) -> Option<Trend> {
    belief.usual?;
    let usual = usual_at(moment, belief, standing.mu());
    let points = 100.0 * (share(standing.mu()) - share(usual));
    let direction = match points {
        up if up >= NOTICEABLE => Direction::Rising,
        down if down <= -NOTICEABLE => Direction::Falling,
        _ => Direction::Steady,
    };
    Some(Trend { points, direction })
}

/// Moves the slow average up to the moment, before the answer of the moment is learnt from.
pub(super) fn follow(moment: &Moment<'_>, ability: &Ability, belief: &mut ConceptBelief, concept: &ConceptParameters) {
    let mu = Standing::at(moment, ability, belief, concept).mu();
    belief.usual = Some(usual_at(moment, belief, mu));
}

/// A concept not met before starts where its figure stands without any answer in it.
fn usual_at(moment: &Moment<'_>, belief: &ConceptBelief, mu: f64) -> f64 {
    let Some(usual) = belief.usual else { return mu };
    let kept = libm::exp(-moment.days_since(belief.t_k) / SPAN_DAYS);
    mu + kept * (usual - mu)
}
