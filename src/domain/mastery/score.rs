//! How good a row of forecasts was, in the measures the literature reports.

/// An answer with the chance it was given beforehand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Foreseen {
    pub p: f64,
    pub correct: bool,
}

/// The quality of forecasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    pub n: usize,
    /// Chance that a right answer was thought more likely than a wrong one; ties count half. NaN without both kinds.
    pub auc: f64,
    /// Mean of −ln of the chance given to what happened.
    pub log_loss: f64,
    /// Expected calibration error over 20 bins of equal width.
    pub ece: f64,
}

const BINS: usize = 20;

/// No single miss costs more than −ln of this.
const LEAST_CHANCE: f64 = 1e-15;

impl Scores {
    pub fn of(foreseen: &[Foreseen]) -> Self {
        Self { n: foreseen.len(), auc: auc(foreseen), log_loss: log_loss(foreseen), ece: ece(foreseen) }
    }
}

/// Mean of −ln of the chance given to what happened.
pub fn log_loss(foreseen: &[Foreseen]) -> f64 {
    let loss = |one: &Foreseen| {
        let chance = if one.correct { one.p } else { 1.0 - one.p };
        -libm::log(chance.clamp(LEAST_CHANCE, 1.0))
    };
    foreseen.iter().map(loss).sum::<f64>() / foreseen.len() as f64
}

/// By the sum of ranks, equal chances sharing their mean rank.
fn auc(foreseen: &[Foreseen]) -> f64 {
    let mut ranked: Vec<&Foreseen> = foreseen.iter().collect();
    ranked.sort_unstable_by(|a, b| a.p.total_cmp(&b.p));
    let right = foreseen.iter().filter(|one| one.correct).count() as f64;
    let wrong = foreseen.len() as f64 - right;
    let mut ranks_of_right = 0.0;
    let mut before = 0.0;
    for tied in ranked.chunk_by(|a, b| a.p == b.p) {
        let size = tied.len() as f64;
        let mean_rank = before + (size + 1.0) / 2.0;
        ranks_of_right += mean_rank * tied.iter().filter(|one| one.correct).count() as f64;
        before += size;
    }
    (ranks_of_right - right * (right + 1.0) / 2.0) / (right * wrong)
}

fn ece(foreseen: &[Foreseen]) -> f64 {
    let mut bins = [(0.0, 0.0); BINS];
    for one in foreseen {
        let bin = ((one.p * BINS as f64) as usize).min(BINS - 1);
        bins[bin].0 += one.p;
        bins[bin].1 += f64::from(u8::from(one.correct));
    }
    bins.iter().map(|(chances, right)| (chances - right).abs()).sum::<f64>() / foreseen.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreseen(rows: &[(f64, bool)]) -> Vec<Foreseen> {
        rows.iter().map(|&(p, correct)| Foreseen { p, correct }).collect()
    }

    #[test]
    fn measures_agree_with_a_reckoning_by_hand() {
        let scores = Scores::of(&foreseen(&[(0.9, true), (0.6, false), (0.6, true), (0.2, false)]));
        assert_eq!(scores.n, 4);
        // Pairs of right and wrong: 0.9 beats both, 0.6 ties with one and beats the other.
        assert!((scores.auc - 3.5 / 4.0).abs() < 1e-12);
        let loss = -(0.9_f64.ln() + 0.4_f64.ln() + 0.6_f64.ln() + 0.8_f64.ln()) / 4.0;
        assert!((scores.log_loss - loss).abs() < 1e-12);
        assert!((scores.ece - (0.1 + 0.2 + 0.2) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_certainty_that_fails_costs_much_but_not_everything() {
        assert!(log_loss(&foreseen(&[(1.0, false)])).is_finite());
        assert!(Scores::of(&foreseen(&[(0.5, true)])).auc.is_nan());
    }
}
