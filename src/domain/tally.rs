//! What is counted of answers: in all, and by study day.
//!
//! The counts of a day only ever add up, so that an answer costs the same in the tenth year as on the first day, and
//! every figure about the past is a sum over days.

/// How many answers, and how the reviews among them went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub answers: u32,
    /// Reviews at least a day after the one before.
    pub reviews: u32,
    /// Those that succeeded.
    pub recalled: u32,
}

/// The same for one study day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayTally {
    pub answers: u32,
    /// Questions met for the first time.
    pub new: u32,
    /// Milliseconds of study.
    pub ms: u64,
    /// Reviews by the days since the one before, in the classes of `SPANS`.
    pub reviews: [u32; SPANS.len()],
    /// Those that succeeded.
    pub recalled: [u32; SPANS.len()],
}

/// Days since the review before, from and to: fresh, young, mature, old.
pub const SPANS: [(u32, u32); 4] = [(1, 6), (7, 20), (21, 89), (90, u32::MAX)];

/// Longer than this nobody thinks about one answer; the device was left lying.
const LONGEST_MS: u32 = 300_000;

impl Tally {
    /// `elapsed` days since the last review, `None` for what is no review.
    pub(super) fn add(&mut self, elapsed: Option<u32>, forgotten: bool) {
        self.answers += 1;
        if elapsed.is_some_and(|days| days > 0) {
            self.reviews += 1;
            self.recalled += u32::from(!forgotten);
        }
    }
}

impl DayTally {
    /// Both together.
    pub fn merge(&mut self, more: &Self) {
        self.answers += more.answers;
        self.new += more.new;
        self.ms += more.ms;
        for span in 0..SPANS.len() {
            self.reviews[span] += more.reviews[span];
            self.recalled[span] += more.recalled[span];
        }
    }

    pub(super) fn add(&mut self, elapsed: Option<u32>, forgotten: bool, is_new: bool, ms: Option<u32>) {
        self.answers += 1;
        self.new += u32::from(is_new);
        self.ms += u64::from(ms.unwrap_or(0).min(LONGEST_MS));
        let span = elapsed.and_then(|days| SPANS.iter().position(|(from, to)| (*from..=*to).contains(&days)));
        if let Some(span) = span {
            self.reviews[span] += 1;
            self.recalled[span] += u32::from(!forgotten);
        }
    }
}
