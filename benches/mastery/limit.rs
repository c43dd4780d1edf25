//! How few questions a check could do with, if each were perfect.
//!
//! With many concepts a check draws the map by ability, and an answer shows ability only through the form of the day,
//! which passes from answer to answer. Many blunt answers meet more of it than a few sharp ones, so twice the information
//! in each is not half the questions. Reckoned for a learner whose answers are numbers (Kalman), which is the best case.

use super::cohort::{Chance, sigma};
use super::shipped;
use laerd::domain::mastery::Parameters;

const DRAWS: usize = 200_000;
const MOST: usize = 60;

/// What share of `goal` random questions of the shipped course perfect ones would need, in percent, to know ability as
/// well: exactly as hard as the learner is good, and impossible to guess.
pub fn share(goal: usize) -> f64 {
    let parameters = Parameters::default();
    let beyond = parameters.v_mem + parameters.v_delta;
    let kappa2 = 1.0 / (1.0 + std::f64::consts::FRAC_PI_8 * beyond);
    let (random, perfect) =
        (uncertainty(&parameters, of_random(&parameters, kappa2)), uncertainty(&parameters, kappa2 / 4.0));
    let reached = (1..MOST).find(|asked| perfect[*asked] <= random[goal]).expect("perfect questions tell more");
    let within = (perfect[reached - 1] - random[goal]) / (perfect[reached - 1] - perfect[reached]);
    100.0 * (reached as f64 - 1.0 + within) / goal as f64
}

/// The mean information of an answer to a random question from a random newcomer.
fn of_random(parameters: &Parameters, kappa2: f64) -> f64 {
    let mut chance = Chance::new(1);
    let questions = shipped::structure();
    let spread = parameters.v_theta + parameters.session_variance() + parameters.v_item + parameters.v_concept;
    let one = |_| {
        let guess = questions[chance.below(questions.len())].0;
        let q = sigma(kappa2.sqrt() * (parameters.mu0 + chance.normal(spread)));
        (1.0 - guess) * kappa2 * q * q * (1.0 - q) / (guess + (1.0 - guess) * q)
    };
    (0..DRAWS).map(one).sum::<f64>() / DRAWS as f64
}

/// The variance of ability after each number of answers that tell so much of ability and form together.
fn uncertainty(parameters: &Parameters, information: f64) -> [f64; MOST] {
    let (left, form) = (parameters.lam, parameters.session_variance());
    let (mut of_ability, mut of_both, mut of_form) = (parameters.v_theta, 0.0, form);
    std::array::from_fn(|_| {
        let before = of_ability;
        (of_both, of_form) = (left * of_both, left * left * of_form + (1.0 - left * left) * form);
        let (ability, passing) = (of_ability + of_both, of_both + of_form);
        let all = ability + passing + 1.0 / information;
        of_ability += parameters.q_theta - ability * ability / all;
        of_both -= ability * passing / all;
        of_form -= passing * passing / all;
        before
    })
}
