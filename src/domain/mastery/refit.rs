//! Fitting the filter's 26 numbers to one course.
//!
//! The defaults fit most courses, so a fit must earn its place: it is searched on most of the learners and accepted
//! only where the others, whom the search never saw, are foreseen clearly better.

use super::replay::{Attempt, Item, Replay};
use super::search::least;
use super::{ConceptParameters, Foreseen, ItemParameters, Parameters, log_loss};

/// A course with all its answers, in their order.
pub struct History {
    /// Guess floor, memory flag and concepts count; what was learnt of the questions does not.
    pub items: Vec<Item>,
    /// How many questions each concept has.
    pub questions: Vec<u32>,
    pub attempts: Vec<Attempt>,
}

/// A fit, and what it is worth to learners it was not made on.
#[derive(Debug, Clone, PartialEq)]
pub struct Refit {
    pub parameters: Parameters,
    /// Answers of the learners held out.
    pub held_out: usize,
    /// Their mean log loss under the numbers in use.
    pub before: f64,
    /// And under the fit.
    pub after: f64,
}

/// Replays that a search may cost.
const TRIES: usize = 350;

/// How far the search steps at first, in units of the prior's standard deviation.
const STEP: f64 = 0.15;

/// Every fifth learner is held out.
const HELD_OUT: usize = 5;

/// The least gain in log loss that counts; fits of seven public data sets gained this to nine times as much.
const LEAST_GAIN: f64 = 0.0005;

/// Fewer answers held out than this cannot tell such a gain from luck.
const LEAST_ANSWERS: usize = 2_000;

impl Refit {
    /// Whether the fit should be used.
    pub fn is_accepted(&self) -> bool {
        self.held_out >= LEAST_ANSWERS && self.before - self.after >= LEAST_GAIN
    }
}

/// Searches for better numbers than `current`: those at which the log loss of all forecasts plus half the squared
/// distance from the defaults is least. A number strays by its logarithm, or by 0.3 where it is a location.
pub fn refit(current: &Parameters, history: &History, seed: u64) -> Refit {
    let is_held_out = |attempt: &Attempt| attempt.learner % HELD_OUT == HELD_OUT - 1;
    let loss = |at: &[f64; 26]| {
        let Some(parameters) = stray(at) else { return f64::INFINITY };
        let foreseen = foresee(&parameters, history, |attempt| !is_held_out(attempt));
        let prior = 0.5 * at.iter().map(|x| x * x).sum::<f64>();
        log_loss(&foreseen) * foreseen.len() as f64 + prior
    };
    let (best, _) = least(STEP, TRIES, seed, loss);
    let parameters = stray(&best).unwrap_or_default();
    let (before, after) = (foresee(current, history, is_held_out), foresee(&parameters, history, is_held_out));
    Refit { parameters, held_out: before.len(), before: log_loss(&before), after: log_loss(&after) }
}

/// Foresees the answers that `counts` one by one, learning questions from them and no others.
fn foresee(parameters: &Parameters, history: &History, counts: impl Fn(&Attempt) -> bool) -> Vec<Foreseen> {
    let fresh = |item: &Item| Item {
        parameters: ItemParameters { b: 0.0, vb: parameters.v_item, ..item.parameters },
        concepts: item.concepts.clone(),
    };
    let concepts = history.questions.iter().map(|count| ConceptParameters::prior(parameters, *count));
    let mut replay = Replay::new(*parameters, history.items.iter().map(fresh).collect(), concepts.collect());
    for attempt in history.attempts.iter().filter(|attempt| counts(attempt)) {
        replay.answer(*attempt);
    }
    replay.finish().foreseen
}

/// The defaults, strayed from by `at`; `None` where the model would make no sense.
fn stray(at: &[f64; 26]) -> Option<Parameters> {
    let mut parameters = Parameters::default();
    for (number, x) in numbers(&mut parameters).into_iter().zip(at) {
        match number {
            Number::Location(value) => *value += 0.3 * x,
            Number::Scale(value) => *value *= libm::exp(*x),
        }
    }
    (parameters.lam < 0.999).then_some(parameters)
}

/// How a number strays.
enum Number<'a> {
    Location(&'a mut f64),
    Scale(&'a mut f64),
}

fn numbers(parameters: &mut Parameters) -> [Number<'_>; 26] {
    use Number::{Location, Scale};
    let Parameters {
        mu0,
        v_theta,
        v_delta,
        v_item,
        v_concept,
        g_correct,
        g_wrong,
        eta,
        q_delta,
        q_theta,
        v_mem,
        gm_correct,
        gm_wrong,
        eta_mem,
        tau_mem,
        psi_mem,
        lam,
        q_sess,
        sess_per_hour,
        tau,
        psi,
        fb,
        tau_fb_min,
        psi_fb,
        phi,
        tau_phi,
    } = parameters;
    [
        Location(mu0),
        Scale(v_theta),
        Scale(v_delta),
        Scale(v_item),
        Scale(v_concept),
        Location(g_correct),
        Location(g_wrong),
        Scale(eta),
        Scale(q_delta),
        Scale(q_theta),
        Scale(v_mem),
        Location(gm_correct),
        Location(gm_wrong),
        Scale(eta_mem),
        Scale(tau_mem),
        Scale(psi_mem),
        Scale(lam),
        Scale(q_sess),
        Scale(sess_per_hour),
        Scale(tau),
        Scale(psi),
        Location(fb),
        Scale(tau_fb_min),
        Scale(psi_fb),
        Scale(phi),
        Scale(tau_phi),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stray_is_the_defaults() {
        assert_eq!(stray(&[0.0; 26]), Some(Parameters::default()));
        assert_eq!(stray(&[3.0; 26]), None, "a form of the day that never passes");
    }

    #[test]
    fn a_fit_is_accepted_only_where_strangers_are_foreseen_clearly_better() {
        let fit = |held_out, after| Refit { parameters: Parameters::default(), held_out, before: 0.5, after };
        assert!(fit(5_000, 0.499).is_accepted());
        assert!(!fit(5_000, 0.4997).is_accepted(), "too little gained");
        assert!(!fit(500, 0.45).is_accepted(), "too few answers");
        assert!(!fit(5_000, 0.51).is_accepted());
    }
}
