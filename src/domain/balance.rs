//! Load balance: a day with many reviews leaves some to lighter days, as far as their fuzz allows.
//!
//! Decided when a session is made and not in the due day, because it looks at all cards of the learner, and a due day
//! may look at its own card only. Nothing is kept: the next day decides anew with what is then due.

use super::catch_up::Pause;
use crate::vocab::{id::QuestionId, time::StudyDay};

/// A card in the learner's calendar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Due {
    pub question: QuestionId,
    /// The study day it is asked.
    pub day: StudyDay,
    /// The last that its fuzz allows (`schedule::latest`).
    pub latest: StudyDay,
    /// Of its memory, in days. Whoever is forgotten slowly loses least by waiting.
    pub stability: f32,
}

/// Reviews a day that need no balance: two minutes on the bus.
pub const LIGHT: usize = 10;
/// Days ahead, from today, that are looked at.
pub const AHEAD: usize = 120;

/// Moves cards from the first `days` days, in their turn, to the lightest day each may wait for, while that makes the
/// two days more alike. What is overdue counts today, where `done` reviews were made already. A pause takes nothing.
pub fn level(cards: &mut [Due], done: usize, pause: Option<Pause>, today: StudyDay, days: usize) {
    let ahead = |day: StudyDay| usize::try_from(day.0.saturating_sub(today.0)).unwrap_or(0);
    let is_open = |day: &usize| pause.is_none_or(|pause| !pause.holds_on(StudyDay(today.0 + *day as i32)));
    let mut loads = [0; AHEAD];
    loads[0] = done;
    for card in cards.iter_mut() {
        card.day = card.day.max(today);
        if let Some(load) = loads.get_mut(ahead(card.day)) {
            *load += 1;
        }
    }
    for day in 0..days.min(AHEAD) {
        let may_wait = |card: &&mut Due| ahead(card.day) == day && card.latest > card.day;
        let mut waiting: Vec<&mut Due> = cards.iter_mut().filter(may_wait).collect();
        waiting.sort_by(|a, b| b.stability.total_cmp(&a.stability).then(a.question.cmp(&b.question)));
        for card in waiting {
            let allowed = (day + 1..=ahead(card.latest).min(AHEAD - 1)).filter(is_open);
            let Some(lightest) = allowed.min_by_key(|day| loads[*day]) else { continue };
            if loads[day] > LIGHT && loads[day] > loads[lightest] + 1 {
                loads[day] -= 1;
                loads[lightest] += 1;
                card.day = StudyDay(today.0 + lightest as i32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const TODAY: StudyDay = StudyDay(100);

    /// Due so many days from today, for as many days more, remembered for so many.
    fn card(number: usize, (day, wait, stability): (i32, i32, f32)) -> Due {
        let day = StudyDay(TODAY.0 + day);
        let question = QuestionId(Uuid::from_u128(number as u128));
        Due { question, day, latest: StudyDay(day.0 + wait), stability }
    }

    fn cards(of: &[(i32, i32, f32)]) -> Vec<Due> {
        of.iter().enumerate().map(|(number, card_of)| card(number, *card_of)).collect()
    }

    fn loads(cards: &[Due], days: usize) -> Vec<usize> {
        (0..days as i32).map(|day| cards.iter().filter(|card| card.day.0 - TODAY.0 == day).count()).collect()
    }

    fn levelled(mut cards: Vec<Due>, done: usize, pause: Option<Pause>, days: usize) -> Vec<Due> {
        level(&mut cards, done, pause, TODAY, days);
        cards
    }

    #[test]
    fn a_heavy_day_leaves_to_light_ones_what_their_fuzz_allows() {
        let heavy = cards(&[(0, 2, 30.0); 30]);
        assert_eq!(loads(&levelled(heavy.clone(), 0, None, 1), 4), [10, 10, 10, 0]);
        let (narrow, none) = (cards(&[(0, 1, 9.0); 30]), cards(&[(0, 0, 1.0); 30]));
        assert_eq!(loads(&levelled(narrow, 0, None, 1), 3), [15, 15, 0]);
        assert_eq!(loads(&levelled(none, 0, None, 1), 2), [30, 0]);
        let pause = Pause { from: StudyDay(TODAY.0 + 1), to: StudyDay(TODAY.0 + 1) };
        assert_eq!(loads(&levelled(heavy, 0, Some(pause), 1), 4), [15, 0, 15, 0], "a day off takes nothing");
    }

    #[test]
    fn a_light_day_keeps_what_it_has_and_the_most_stable_wait() {
        assert_eq!(loads(&levelled(cards(&[(0, 5, 30.0); LIGHT]), 0, None, 1), 2), [LIGHT, 0]);
        let mixed: Vec<_> = (0..12).map(|number| (0, 5, number as f32 + 1.0)).collect();
        let after = levelled(cards(&mixed), 0, None, 1);
        let stay: Vec<f32> = after.iter().filter(|card| card.day == TODAY).map(|card| card.stability).collect();
        assert_eq!(stay, (1..=10).map(|number| number as f32).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_overdue_counts_today_and_waits_no_longer_than_it_may() {
        let overdue = cards(&[(-3, 1, 20.0); 15]);
        assert_eq!(loads(&levelled(overdue, 0, None, 1), 2), [15, 0]);
        let within = cards(&[(-1, 2, 20.0); 20]);
        assert_eq!(loads(&levelled(within, 0, None, 1), 3), [10, 10, 0]);
    }

    fn any_cards() -> impl Strategy<Value = Vec<Due>> {
        prop::collection::vec((-5_i32..20, 0_i32..12, 1.0_f32..400.0), 0..120).prop_map(|of| cards(&of))
    }

    proptest! {
        #[test]
        fn no_card_comes_early_or_too_late_and_no_day_is_raised_above_those_it_relieves(
            before in any_cards(), done in 0_usize..30, days in 1_usize..30,
        ) {
            let after = levelled(before.clone(), done, None, days);
            for (before, after) in before.iter().zip(&after) {
                let first = before.day.max(TODAY);
                prop_assert!(after.day >= first && after.day <= before.latest.max(first));
            }
            let overdue = |card: &Due| Due { day: card.day.max(TODAY), ..*card };
            let plain = loads(&before.iter().map(overdue).collect::<Vec<_>>(), 40);
            let level = loads(&after, 40);
            prop_assert_eq!(plain.iter().sum::<usize>(), level.iter().sum::<usize>());
            prop_assert!(level[0] <= plain[0]);
            let highest = |loads: &[usize]| loads.iter().skip(1).copied().max().unwrap_or(0).max(loads[0] + done);
            prop_assert!(highest(&level) <= highest(&plain));
        }

        /// Whatever is asked today and answered, in whatever order, today asks for nothing more.
        #[test]
        fn answering_brings_back_nothing_that_was_left_for_later(
            before in any_cards(), done in 0_usize..30, picks in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
        ) {
            let asked = |cards: &[Due], done: usize| -> Vec<QuestionId> {
                let now = levelled(cards.to_vec(), done, None, 1);
                now.iter().filter(|card| card.day == TODAY).map(|card| card.question).collect()
            };
            let (mut left, mut done, mut open) = (before.clone(), done, asked(&before, done));
            for pick in picks.iter().take(open.len()) {
                let answered = open.remove(pick.index(open.len()));
                left.retain(|card| card.question != answered);
                done += 1;
                prop_assert_eq!(&asked(&left, done), &open);
            }
        }

        #[test]
        fn day_by_day_everything_is_asked_in_time(before in any_cards()) {
            let mut left = before;
            for day in 0..60 {
                let today = StudyDay(TODAY.0 + day);
                let mut plan = left.clone();
                level(&mut plan, 0, None, today, 1);
                for (card, planned) in left.iter().zip(&plan) {
                    prop_assert!(planned.day <= card.latest.max(today) || card.day > today);
                }
                let is_asked = |question| plan.iter().any(|card| card.question == question && card.day == today);
                left.retain(|card| !is_asked(card.question));
                prop_assert!(left.iter().all(|card| card.latest > today));
            }
            prop_assert!(left.is_empty());
        }
    }
}
