//! A search for the numbers at which a costly function is least, without its slopes.
//!
//! Separable CMA-ES (Ros and Hansen, 2008): candidates are drawn around a mean, the better half moves it, and each
//! number has a step of its own. Without the correlations it needs no linear algebra and, in the few hundred tries we
//! allow, adapts faster in 26 numbers than the full method. The same seed gives the same search on every machine.

/// Draws from chance that are the same everywhere for the same seed.
struct Draws(u64);

impl Draws {
    /// SplitMix64, between 0 and 1 and neither of them.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((mixed ^ (mixed >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// From a standard normal distribution (Box and Muller).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }
}

/// Where the search stands.
struct Search<const N: usize> {
    mean: [f64; N],
    step: f64,
    /// Variance of each number, relative to `step`.
    spread: [f64; N],
    path_of_step: [f64; N],
    path_of_spread: [f64; N],
    rates: Rates,
}

/// The method's constants for `N` numbers, as its authors advise.
struct Rates {
    weights: Vec<f64>,
    mass: f64,
    c_sigma: f64,
    d_sigma: f64,
    c_c: f64,
    c_1: f64,
    c_mu: f64,
    expected_length: f64,
}

/// The best of about `tries` points, starting at zero with steps of `step`; also its value. `value` may be infinite
/// where a point is out of the question.
pub(super) fn least<const N: usize>(
    step: f64,
    tries: usize,
    seed: u64,
    mut value: impl FnMut(&[f64; N]) -> f64,
) -> ([f64; N], f64) {
    let mut draws = Draws(seed);
    let mut search = Search::<N>::new(step);
    let mut best = (search.mean, value(&search.mean));
    let offspring = 4 + (3.0 * libm::log(N as f64)) as usize;
    for generation in 1..=tries.saturating_sub(1) / offspring {
        let mut drawn: Vec<([f64; N], f64)> = (0..offspring)
            .map(|_| {
                let z: [f64; N] = std::array::from_fn(|_| draws.normal());
                let at = search.at(&z);
                let found = value(&at);
                if found < best.1 {
                    best = (at, found);
                }
                (z, found)
            })
            .collect();
        drawn.sort_by(|a, b| a.1.total_cmp(&b.1));
        search.move_to(&drawn, generation);
    }
    best
}

impl Rates {
    fn new(n: f64) -> Self {
        let parents = (4 + (3.0 * libm::log(n)) as usize) / 2;
        let raw: Vec<f64> =
            (1..=parents).map(|rank| libm::log(parents as f64 + 0.5) - libm::log(rank as f64)).collect();
        let sum: f64 = raw.iter().sum();
        let weights: Vec<f64> = raw.iter().map(|weight| weight / sum).collect();
        let mass = 1.0 / weights.iter().map(|weight| weight * weight).sum::<f64>();
        let c_sigma = (mass + 2.0) / (n + mass + 5.0);
        // Without correlations there is less to learn, so it may be learnt faster.
        let faster = (n + 2.0) / 3.0;
        let c_1 = faster * 2.0 / ((n + 1.3).powi(2) + mass);
        let c_mu = faster * 2.0 * (mass - 2.0 + 1.0 / mass) / ((n + 2.0).powi(2) + mass);
        Self {
            c_sigma,
            d_sigma: 1.0 + 2.0 * (((mass - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + c_sigma,
            c_c: (4.0 + mass / n) / (n + 4.0 + 2.0 * mass / n),
            c_1: c_1.min(0.5),
            c_mu: c_mu.min(1.0 - c_1.min(0.5)),
            expected_length: n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n)),
            weights,
            mass,
        }
    }
}

impl<const N: usize> Search<N> {
    fn new(step: f64) -> Self {
        let rates = Rates::new(N as f64);
        Self { mean: [0.0; N], step, spread: [1.0; N], path_of_step: [0.0; N], path_of_spread: [0.0; N], rates }
    }

    fn at(&self, z: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|i| self.mean[i] + self.step * self.spread[i].sqrt() * z[i])
    }

    /// Moves towards the better half of `drawn`, best first.
    fn move_to(&mut self, drawn: &[([f64; N], f64)], generation: usize) {
        let rates = &self.rates;
        let mut shift = [0.0; N];
        for (weight, (z, _)) in rates.weights.iter().zip(drawn) {
            (0..N).for_each(|i| shift[i] += weight * z[i]);
        }
        let keep = (rates.c_sigma * (2.0 - rates.c_sigma) * rates.mass).sqrt();
        let keep_spread = (rates.c_c * (2.0 - rates.c_c) * rates.mass).sqrt();
        (0..N).for_each(|i| {
            self.path_of_step[i] = (1.0 - rates.c_sigma) * self.path_of_step[i] + keep * shift[i];
        });
        let length = self.path_of_step.iter().map(|x| x * x).sum::<f64>().sqrt();
        let settled = 1.0 - libm::pow(1.0 - rates.c_sigma, 2.0 * generation as f64);
        let stalls = length / settled.sqrt() >= (1.4 + 2.0 / (N as f64 + 1.0)) * rates.expected_length;
        for i in 0..N {
            let wide = self.spread[i].sqrt();
            self.mean[i] += self.step * wide * shift[i];
            let along = if stalls { 0.0 } else { keep_spread * wide * shift[i] };
            self.path_of_spread[i] = (1.0 - rates.c_c) * self.path_of_spread[i] + along;
            let parents: f64 =
                rates.weights.iter().zip(drawn).map(|(weight, (z, _))| weight * self.spread[i] * z[i] * z[i]).sum();
            self.spread[i] = (1.0 - rates.c_1 - rates.c_mu) * self.spread[i]
                + rates.c_1 * self.path_of_spread[i].powi(2)
                + rates.c_mu * parents;
        }
        self.step *= libm::exp((rates.c_sigma / rates.d_sigma) * (length / rates.expected_length - 1.0)).min(2.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_of_a_bowl_is_found() {
        let bottom: [f64; 6] = [0.3, -0.2, 0.1, 0.0, 0.5, -0.4];
        let bowl = |at: &[f64; 6]| {
            let scales = [1.0, 10.0, 1.0, 100.0, 1.0, 5.0];
            (0..6).map(|i| scales[i] * (at[i] - bottom[i]).powi(2)).sum::<f64>()
        };
        let (at, value) = least(0.3, 1_500, 7, bowl);
        assert!(value < 1e-4, "{value} at {at:?}");
    }

    #[test]
    fn a_search_never_ends_worse_than_it_began() {
        let (at, value) = least::<26>(0.1, 350, 1, |at| at.iter().map(|x| x * x).sum());
        assert_eq!((at, value), ([0.0; 26], 0.0));
    }

    #[test]
    fn the_same_seed_searches_the_same_way() {
        let value = |at: &[f64; 3]| (at[0] - 1.0).abs() + at[1].powi(2) + (at[2] + 0.5).powi(4);
        assert_eq!(least(0.2, 200, 3, value), least(0.2, 200, 3, value));
    }
}
