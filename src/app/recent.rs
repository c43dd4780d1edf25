//! What commits stored of late, so that the next one need not look it up.
//!
//! Whoever studies answers again soon, and is folded onto what his last answers left. That is what is stored as long as
//! the head of his stream is where they left it, and every commit reads and holds that head anyway: whoever writes for
//! him, in this process or in another, moves it. Only new parameters may leave it; then what is kept tells of the old
//! ones like what is stored, and the fold begins anew. A backup that is put in the database's place begins an epoch.

use crate::{
    domain::{
        mastery::ConceptBelief,
        pace::Pace,
        review::{CardState, PaceClass},
    },
    store::study::Standing,
    vocab::id::{LearnerId, QuestionId},
};
use hashlink::LruCache;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What is stored for a learner in a course, as far as it is known; `None` where nothing is stored.
#[derive(Default)]
pub(super) struct Known {
    pub standing: Option<Option<Standing>>,
    pub cards: BTreeMap<QuestionId, Option<CardState>>,
    pub concepts: BTreeMap<String, Option<ConceptBelief>>,
    /// By type of question, on all occasions.
    pub paces: BTreeMap<&'static str, BTreeMap<PaceClass, Pace>>,
}

/// What a fold touches of it.
pub(super) struct Touches<'a> {
    pub questions: &'a [QuestionId],
    pub concepts: &'a [String],
    pub types: &'a BTreeSet<&'static str>,
}

/// What answers left of a learner in a course.
pub(super) struct Left {
    pub learner: LearnerId,
    /// Where his stream ended before them, and ends now.
    pub heads: (i64, i64),
    pub course: String,
    /// Everything was folded anew: what was known is no longer so.
    pub anew: bool,
    pub known: Known,
}

/// What is known of those who answered last.
#[derive(Default)]
pub(super) struct Recent(Mutex<Kept>);

struct Kept {
    /// In which all of it was stored.
    epoch: String,
    learners: LruCache<LearnerId, Learner>,
    /// Of all learners.
    facts: usize,
}

struct Learner {
    /// Of his stream, when this was stored.
    head: i64,
    courses: HashMap<String, Known>,
}

/// Cards, beliefs and paces kept at most; some ten megabytes. Who has not answered for longest is forgotten first.
const MOST_FACTS: usize = 50_000;

impl Recent {
    /// What is known of what a fold touches, if the learner's stream ends at `head`.
    pub(super) fn recall(
        &self,
        epoch: &str,
        (learner, head): (LearnerId, Option<i64>),
        course: &str,
        touches: &Touches<'_>,
    ) -> Known {
        let mut kept = self.of(epoch);
        let known = kept.learners.get(&learner).filter(|kept| head.is_none_or(|head| kept.head == head));
        known.and_then(|kept| kept.courses.get(course)).map(|known| known.part(touches)).unwrap_or_default()
    }

    /// Keeps what was committed.
    pub(super) fn keep(&self, epoch: &str, left: Vec<Left>) {
        let mut kept = self.of(epoch);
        for Left { learner, heads: (since, head), course, anew, known } in left {
            let was = kept.learners.remove(&learner);
            kept.facts -= was.as_ref().map_or(0, Learner::facts);
            // What the same commit left in another course is there already.
            let was = was.filter(|was| was.head == since || was.head == head);
            let mut now = Learner { head, courses: was.map(|was| was.courses).unwrap_or_default() };
            let of_course = now.courses.entry(course).or_default();
            if anew {
                *of_course = known;
            } else {
                of_course.join(known);
            }
            kept.facts += now.facts();
            kept.learners.insert(learner, now);
        }
        while kept.facts > MOST_FACTS
            && let Some((_, oldest)) = kept.learners.remove_lru()
        {
            kept.facts -= oldest.facts();
        }
    }

    /// Forgets who was erased. Another process may keep some figures under his id until others push them out.
    pub(super) fn forget(&self, learner: LearnerId) {
        let mut kept = self.lock();
        kept.facts -= kept.learners.remove(&learner).as_ref().map_or(0, Learner::facts);
    }

    fn of(&self, epoch: &str) -> MutexGuard<'_, Kept> {
        let mut kept = self.lock();
        if kept.epoch != epoch {
            *kept = Kept { epoch: epoch.to_owned(), ..Kept::default() };
        }
        kept
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self { epoch: String::new(), learners: LruCache::new_unbounded(), facts: 0 }
    }
}

impl Learner {
    fn facts(&self) -> usize {
        let facts = |known: &Known| 1 + known.cards.len() + known.concepts.len() + known.paces.len();
        self.courses.values().map(facts).sum()
    }
}

impl Known {
    fn part(&self, touches: &Touches<'_>) -> Self {
        let card = |id: &QuestionId| Some((*id, *self.cards.get(id)?));
        let concept = |slug: &String| Some((slug.clone(), *self.concepts.get(slug)?));
        let pace = |kind: &&'static str| Some((*kind, self.paces.get(kind)?.clone()));
        Self {
            standing: self.standing.clone(),
            cards: touches.questions.iter().filter_map(card).collect(),
            concepts: touches.concepts.iter().filter_map(concept).collect(),
            paces: touches.types.iter().filter_map(pace).collect(),
        }
    }

    fn join(&mut self, newer: Self) {
        self.standing = newer.standing;
        self.cards.extend(newer.cards);
        self.concepts.extend(newer.concepts);
        self.paces.extend(newer.paces);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const TYPES: BTreeSet<&'static str> = BTreeSet::new();

    fn left(learner: u128, heads: (i64, i64), questions: &[u128], anew: bool) -> Vec<Left> {
        let cards = questions.iter().map(|id| (QuestionId(Uuid::from_u128(*id)), None)).collect();
        let known = Known { standing: Some(None), cards, ..Known::default() };
        vec![Left { learner: LearnerId(Uuid::from_u128(learner)), heads, course: "c".to_owned(), anew, known }]
    }

    /// How many of the questions up to 9 are known.
    fn known(recent: &Recent, epoch: &str, learner: u128, head: i64) -> usize {
        let questions: Vec<QuestionId> = (0..10).map(|id| QuestionId(Uuid::from_u128(id))).collect();
        let touches = Touches { questions: &questions, concepts: &[], types: &TYPES };
        recent.recall(epoch, (LearnerId(Uuid::from_u128(learner)), Some(head)), "c", &touches).cards.len()
    }

    #[test]
    fn it_holds_as_long_as_the_head_stands() {
        let recent = Recent::default();
        recent.keep("e1", left(1, (0, 3), &[1, 2], false));
        assert_eq!((known(&recent, "e1", 1, 3), known(&recent, "e1", 1, 4), known(&recent, "e1", 2, 3)), (2, 0, 0));
        recent.keep("e1", left(1, (3, 4), &[2, 3], false));
        assert_eq!(known(&recent, "e1", 1, 4), 3, "what was not touched still holds");
        recent.keep("e1", left(1, (4, 5), &[4], true));
        assert_eq!(known(&recent, "e1", 1, 5), 1, "all else was folded anew");
        recent.keep("e1", left(1, (6, 7), &[5], false));
        assert_eq!(known(&recent, "e1", 1, 7), 1, "somebody else wrote number 6");
        assert_eq!(known(&recent, "e2", 1, 7), 0);
    }

    #[test]
    fn who_has_not_answered_for_longest_is_forgotten() {
        let (recent, many) = (Recent::default(), (100..20_000).collect::<Vec<u128>>());
        for learner in [1, 2] {
            recent.keep("e1", left(learner, (0, 1), &[&[1], &many[..]].concat(), false));
        }
        assert_eq!(known(&recent, "e1", 1, 1), 1, "and asked for now");
        recent.keep("e1", left(3, (0, 1), &[&[1], &many[..]].concat(), false));
        assert_eq!([1, 2, 3].map(|learner| known(&recent, "e1", learner, 1)), [1, 0, 1]);
        recent.forget(LearnerId(Uuid::from_u128(1)));
        recent.forget(LearnerId(Uuid::from_u128(2)));
        assert_eq!([1, 2, 3].map(|learner| known(&recent, "e1", learner, 1)), [0, 0, 1], "erased");
    }
}
