//! Adaptive checks against random ones, on newcomers whose truth is known.
//!
//! The error is that of the map a learner sees: the shares it shows against the shares he really knows, root mean square
//! over concepts and newcomers. A newcomer's ability is one number that moves his whole map, so the error of a few
//! hundred of them says little: every share is printed with its standard error, courses left out one at a time. The rule
//! was chosen on the first seeds; what counts is the fresh ones.

use super::cohort::{Chance, Student};
use super::ground::{Ground, Way, World, check};

/// A check is this long at most.
pub const LONGEST: usize = 30;
/// How many random questions the adaptive check must match, and with how many of them at most.
const RANDOM: [usize; 2] = [10, 20];
const BAR: f64 = 60.0;

/// Squared errors of the map after each number of questions, one row per course: their mean over its newcomers.
type Errors = Vec<[f64; LONGEST + 1]>;

/// Courses and newcomers to each.
struct Sample {
    name: &'static str,
    first_seed: u64,
    courses: u64,
    newcomers: usize,
}

const TUNED: Sample = Sample { name: "seeds the rule was chosen on", first_seed: 200, courses: 12, newcomers: 100 };
const FRESH: Sample = Sample { name: "fresh seeds", first_seed: 9_000, courses: 12, newcomers: 100 };
/// For the course's own cases, on which the verdict rests.
const MANY: Sample = Sample { name: "fresh seeds", first_seed: 10_000, courses: 100, newcomers: 200 };

pub fn compare() {
    println!("checks: adaptive questions needed to come as near as 10 and as 20 random ones, in % of them");
    for world in World::all() {
        for sample in [TUNED, FRESH] {
            let ways = [Way::Random, Way::Adaptive].map(|way| errors(&world, way, &sample));
            println!("  {}; {}", world.name(), sample.name);
            print_curve("random", &ways[0]);
            print_curve("adaptive", &ways[1]);
            let shares = RANDOM.map(|goal| in_words(&shares(&[&ways[0], &ways[1]], goal)));
            println!("    {} % of 10, {} % of 20", shares[0], shares[1]);
        }
    }
    World::own_cases().iter().for_each(verdict);
}

/// The shipped course, learnt from earlier learners, on newcomers of either kind; and what is left to be gained there: how
/// few perfect questions would do.
fn verdict(world: &World) {
    let [random, adaptive, perfect] = [Way::Random, Way::Adaptive, Way::Perfect].map(|way| errors(world, way, &MANY));
    println!("  {}; {} courses, {} newcomers each", world.name(), MANY.courses, MANY.newcomers);
    print_curve("random", &random);
    print_curve("adaptive", &adaptive);
    print_curve("perfect", &perfect);
    for goal in RANDOM {
        let of = |other: &Errors| share_and_error(&shares(&[&random, other], goal));
        let ((share, error), (least, of_least)) = (of(&adaptive), of(&perfect));
        let met = if share <= BAR { "met" } else { "MISSED" };
        let perfect = format!("perfect ones {least:.0} ± {of_least:.0}");
        println!("  as good as {goal} random: {share:.0} ± {error:.0} % (at most {BAR:.0}; {perfect}): {met}");
    }
}

fn errors(world: &World, way: Way, sample: &Sample) -> Errors {
    let of_course = |seed: u64| {
        let mut chance = Chance::new(seed);
        let ground = Ground::learn(world, &mut chance);
        let mut sum = [0.0; LONGEST + 1];
        for newcomer in 0..sample.newcomers as u64 {
            // The same people for either way.
            let mut chance = Chance::new(seed << 20 | newcomer);
            let student = Student::draw(&ground.course, &mut chance);
            let student = if world.is_still { student.standing_still() } else { student };
            let own = check(&ground, student, way, &mut chance);
            sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += own / sample.newcomers as f64);
        }
        sum
    };
    let seeds: Vec<u64> = (sample.first_seed..sample.first_seed + sample.courses).collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let some = |seeds: &[u64]| seeds.iter().copied().map(of_course).collect::<Errors>();
        let parts = seeds.chunks(seeds.len().div_ceil(threads));
        let parts: Vec<_> = parts.map(|seeds| scope.spawn(move || some(seeds))).collect();
        parts.into_iter().flat_map(|part| part.join().expect("no check panics")).collect()
    })
}

/// Root mean square over the courses, but one.
fn root(errors: &Errors, but: Option<usize>, questions: usize) -> f64 {
    let kept = errors.iter().enumerate().filter(|(course, _)| Some(*course) != but).map(|(_, own)| own[questions]);
    let (sum, count) = kept.fold((0.0, 0.0), |(sum, count), own| (sum + own, count + 1.0));
    (sum / count).sqrt()
}

/// What share of `goal` random questions the other way needs, in percent, with a course left out for each of them and
/// with all. Between two counts of questions the error is taken for a straight line.
fn shares([random, adaptive]: &[&Errors; 2], goal: usize) -> Vec<f64> {
    let but = (0..random.len()).map(Some).chain([None]);
    let share = |but: Option<usize>| {
        let aim = root(random, but, goal);
        let at = |asked: usize| root(adaptive, but, asked);
        let reached = (1..=LONGEST).find(|asked| at(*asked) <= aim);
        reached.map_or(f64::NAN, |asked| {
            let (before, after) = (at(asked - 1), at(asked));
            let within = ((before - aim) / (before - after)).clamp(0.0, 1.0);
            100.0 * (asked as f64 - 1.0 + within) / goal as f64
        })
    };
    but.map(share).collect()
}

/// The share with all courses, and its standard error by the jackknife.
fn share_and_error(shares: &[f64]) -> (f64, f64) {
    let (all, parts) = shares.split_last().expect("one of all courses");
    let count = parts.len() as f64;
    let mean = parts.iter().sum::<f64>() / count;
    let spread: f64 = parts.iter().map(|part| (part - mean).powi(2)).sum();
    (*all, ((count - 1.0) / count * spread).sqrt())
}

fn in_words(shares: &[f64]) -> String {
    let (share, error) = share_and_error(shares);
    format!("{share:.0} ± {error:.0}")
}

fn print_curve(name: &str, errors: &Errors) {
    let at = [0, 5, 10, 15, 20, LONGEST].map(|asked| format!("{:.4} after {asked}", root(errors, None, asked)));
    println!("    {name}: {}", at.join(", "));
}
