//! Holidays: a pause in which nothing is expected, and no mountain of overdue cards after it.
//!
//! What fell due before the return is spread over as many days as the pause had, so that each of them has about the
//! same load, the least known first. Decided when a session is made and not in the due day, because it looks at all
//! cards of the learner, and a due day may look at its own card only.

use crate::vocab::time::StudyDay;

/// First and last study day of a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    pub from: StudyDay,
    pub to: StudyDay,
}

/// What lies before a learner on his return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Cards that fell due before he came back.
    pub waiting: usize,
    /// Others due today.
    pub due_today: usize,
    /// Due from tomorrow to the last day of catching up.
    pub coming: usize,
    /// Reviews made today.
    pub done: usize,
}

/// Days of catching up at most.
const LONGEST: i32 = 14;

impl Pause {
    /// Days of the pause; below 1 if it ends before it begins.
    pub fn days(self) -> i32 {
        self.to.0.saturating_sub(self.from.0).saturating_add(1)
    }

    pub fn holds_on(self, day: StudyDay) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// The first day after it.
    pub fn back(self) -> StudyDay {
        StudyDay(self.to.0.saturating_add(1))
    }

    /// The first day on which nothing is held back any more.
    pub fn over(self) -> StudyDay {
        StudyDay(self.back().0.saturating_add(self.days().clamp(1, LONGEST)))
    }

    pub fn is_catching_up(self, today: StudyDay) -> bool {
        (self.back()..self.over()).contains(&today)
    }

    /// How many of the waiting cards may be asked today, so that every day left has about the same load.
    pub fn allowance(self, today: StudyDay, load: Load) -> usize {
        if !self.is_catching_up(today) {
            return load.waiting;
        }
        let days = (self.over().0 - today.0).max(1) as usize;
        let all = load.waiting + load.due_today + load.coming + load.done;
        all.div_ceil(days).saturating_sub(load.done + load.due_today).min(load.waiting)
    }
}

/// Cards expected on each of `days` study days from `today`; what is overdue counts today, what falls into a pause is
/// spread over the days after it.
pub fn forecast(due: impl Iterator<Item = StudyDay>, pause: Option<Pause>, today: StudyDay, days: usize) -> Vec<usize> {
    let mut loads = vec![0; days];
    let mut waiting = 0;
    let back = pause.map(Pause::back).filter(|_| pause.is_some_and(|pause| today < pause.over()));
    for day in due {
        let day = day.max(today);
        let is_held = pause.is_some_and(|pause| back.is_some() && pause.holds_on(day));
        match loads.get_mut((day.0 - today.0) as usize) {
            _ if is_held => waiting += 1,
            Some(load) => *load += 1,
            None => {}
        }
    }
    if let (Some(pause), Some(back)) = (pause, back) {
        let place = |day: StudyDay| (day.0.saturating_sub(today.0).max(0) as usize).min(days);
        fill(&mut loads[place(back)..place(pause.over())], waiting);
    }
    loads
}

/// Adds `more`, each to the lightest day, the earliest of those.
pub fn fill(loads: &mut [usize], more: usize) {
    for _ in 0..more {
        if let Some(lightest) = loads.iter_mut().min_by_key(|load| **load) {
            *lightest += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ten days off, then ten days to catch up.
    const PAUSE: Pause = Pause { from: StudyDay(100), to: StudyDay(109) };

    #[test]
    fn a_hundred_overdue_cards_are_ten_a_day() {
        let mut waiting = 100;
        for day in 110..120 {
            let load = Load { waiting, ..Load::default() };
            assert_eq!(PAUSE.allowance(StudyDay(day), load), 10);
            // Asked again the same day, there are no more.
            let later = Load { waiting: waiting - 10, done: 10, ..load };
            assert_eq!(PAUSE.allowance(StudyDay(day), later), 0);
            waiting -= 10;
        }
        assert_eq!(waiting, 0);
    }

    #[test]
    fn a_day_that_is_full_already_gets_nothing_more() {
        let load = Load { waiting: 50, due_today: 40, coming: 30, done: 0 };
        assert_eq!(PAUSE.allowance(StudyDay(110), load), 0);
        assert_eq!(PAUSE.allowance(StudyDay(119), load), 50, "the last day takes what is left");
    }

    #[test]
    fn nothing_is_held_back_before_during_and_long_after() {
        let load = Load { waiting: 7, ..Load::default() };
        for day in [90, 105, 120, 400] {
            assert_eq!(PAUSE.allowance(StudyDay(day), load), 7);
        }
    }

    #[test]
    fn a_forecast_leaves_the_pause_empty_and_spreads_it_after() {
        let due = [98, 101, 102, 103, 104, 110].map(StudyDay);
        let loads = forecast(due.into_iter(), Some(PAUSE), StudyDay(99), 30);
        assert_eq!(loads[0], 1, "overdue counts today");
        assert_eq!(loads[1..11], [0; 10]);
        assert_eq!(loads[11..16], [1, 1, 1, 1, 1], "one was due anyway, four waited");
    }

    proptest! {
        #[test]
        fn a_forecast_loses_no_card_within_its_days(
            due in prop::collection::vec(50_i32..180, 0..80), today in 80_i32..130, has_pause in any::<bool>(),
        ) {
            let pause = has_pause.then_some(PAUSE);
            let loads = forecast(due.iter().copied().map(StudyDay), pause, StudyDay(today), 120);
            prop_assert_eq!(loads.iter().sum::<usize>(), due.len());
        }

        #[test]
        fn everything_is_asked_by_the_end_of_catching_up(waiting in 0_usize..300, due in 0_usize..40) {
            let mut left = waiting;
            for day in 110..120 {
                let coming = due * (119 - day) as usize;
                left -= PAUSE.allowance(StudyDay(day), Load { waiting: left, due_today: due, coming, done: 0 });
            }
            prop_assert_eq!(left, 0);
        }
    }
}
