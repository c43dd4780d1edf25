//! Defects that tests plant to see that the simulation finds them. No setting reaches them; a server has none.

use super::App;

/// One rule of the write path, left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// A late answer is folded onto the state as if it came last.
    NoRefold,
    /// The learners of a commit are read without keeping their rows.
    NoRowLock,
    /// A void that came before its answer is not looked up when the answer comes.
    NoVoidGuard,
    /// Any event with a known id passes for a repeat of the first.
    NoHashCheck,
    /// An answer that comes late is ordered as if it were given an hour ago at most.
    LateClamp,
    /// What is kept of a learner passes for what is stored, whoever wrote for him since.
    StaleState,
}

impl App {
    /// Whether a test has planted this one.
    pub(super) fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }
}
