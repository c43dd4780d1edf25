//! How often a course is learnt anew.
//!
//! While few have answered, every answer says much of how hard questions are, and a replay costs nothing. Later the
//! numbers hardly move, and each new version costs every learner a fold. The paces are ours and unmeasured, except that
//! a course with under a hundred learners gains from a replay every few minutes.

/// A replay that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Done {
    /// When, in milliseconds UTC.
    pub at_ms: i64,
    /// How many learners it saw.
    pub learners: usize,
    /// What the answers it saw came to (`store::course_log::mark`).
    pub mark: i64,
}

const MINUTE_MS: i64 = 60_000;

/// Whether enough time has passed since the last replay to ask whether there is anything new.
pub fn has_come(last: Option<&Done>, now_ms: i64) -> bool {
    let Some(last) = last else { return true };
    let minutes = match last.learners {
        0..100 => 5,
        100..1_000 => 60,
        _ => 24 * 60,
    };
    // A clock that was set back must not silence a course.
    now_ms - last.at_ms >= minutes * MINUTE_MS || now_ms < last.at_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_course_is_learnt_every_few_minutes_and_an_old_one_daily() {
        let last = |learners| Done { at_ms: 0, learners, mark: 0 };
        let after = |learners, minutes: i64| has_come(Some(&last(learners)), minutes * MINUTE_MS);
        assert!(has_come(None, 0));
        assert!(!after(3, 4) && after(3, 5));
        assert!(!after(300, 59) && after(300, 60));
        assert!(!after(30_000, 23 * 60) && after(30_000, 24 * 60));
        assert!(after(30_000, -1), "the clock was set back");
    }
}
