//! A question as it is shown before the answer: no key, no feedback, no explanation, no count of right options, and
//! an order that tells nothing.
//!
//! The order is drawn from a seed, so that the same presentation looks the same when it is fetched again.

use super::{Body, ChoiceOption, Question};
use serde::{Deserialize, Serialize};

/// What a learner sees and can name in his response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Presented {
    /// For `single`, `multiple` and `true_false`.
    Choice {
        /// In the order to show.
        options: Vec<Shown>,
        /// Whether more than one may be chosen.
        several: bool,
    },
    /// For `short_text`.
    Text,
    /// For `numeric`.
    Number {
        /// Shown beside the field.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    /// For `cloze`; the stem holds `{{1}}` to `{{count}}`.
    Gaps {
        /// How many gaps the stem has.
        count: u32,
    },
    /// For `matching`.
    Pairs {
        /// Each takes one right side.
        lefts: Vec<Shown>,
        /// May be more than the lefts.
        rights: Vec<Shown>,
    },
    /// For `ordering`.
    Order {
        /// To be brought into order.
        items: Vec<Shown>,
    },
    /// For `categorise`.
    Placements {
        /// The boxes.
        categories: Vec<Shown>,
        /// What goes into them.
        items: Vec<Shown>,
    },
    /// For `flashcard`: turn, compare, judge.
    Flashcard,
    /// For `reflection`.
    Reflection {
        /// Questions to think along.
        prompts: Vec<String>,
    },
    /// For `info`: the page itself. Markdown.
    Info {
        /// The text to read.
        text: String,
    },
}

/// A part with the id that names it in a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Random per revision.
    pub id: String,
    /// Markdown.
    pub text: String,
}

/// The body of `question` in the order that `seed` draws.
pub fn present(question: &Question, seed: u64) -> Presented {
    let mut chance = Chance(seed);
    match &question.body {
        Body::Single { options } => {
            Presented::Choice { options: shuffled_options(options, &mut chance), several: false }
        }
        Body::Multiple { options, .. } => {
            Presented::Choice { options: shuffled_options(options, &mut chance), several: true }
        }
        Body::TrueFalse { .. } => {
            let options = vec![Shown::new("true", "Sant"), Shown::new("false", "Usant")];
            Presented::Choice { options, several: false }
        }
        Body::ShortText(_) => Presented::Text,
        Body::Numeric(key) => Presented::Number { unit: key.unit.clone() },
        Body::Cloze { gaps, .. } => Presented::Gaps { count: gaps.len() as u32 },
        Body::Matching { pairs, extra_right } => {
            let lefts = pairs.iter().map(|pair| Shown::new(&pair.left_id, &pair.left)).collect();
            let rights = pairs.iter().map(|pair| Shown::new(&pair.right_id, &pair.right));
            let extras = extra_right.iter().map(|part| Shown::new(&part.id, &part.text));
            let rights = rights.chain(extras).collect();
            Presented::Pairs { lefts: chance.shuffle(lefts), rights: chance.shuffle(rights) }
        }
        Body::Ordering { items } => {
            let items = items.iter().map(|item| Shown::new(&item.id, &item.text)).collect();
            Presented::Order { items: chance.derange(items) }
        }
        Body::Categorise { categories, items } => Presented::Placements {
            categories: categories.iter().map(|category| Shown::new(&category.id, &category.label)).collect(),
            items: chance.shuffle(items.iter().map(|item| Shown::new(&item.id, &item.text)).collect()),
        },
        Body::Flashcard { .. } => Presented::Flashcard,
        Body::Reflection { prompts, .. } => Presented::Reflection { prompts: prompts.clone() },
        Body::Info { body } => Presented::Info { text: body.clone() },
    }
}

/// Pinned options keep the last places; they were written to be read last.
fn shuffled_options(options: &[ChoiceOption], chance: &mut Chance) -> Vec<Shown> {
    let shown = |option: &ChoiceOption| Shown::new(&option.id, &option.text);
    let (pinned, free): (Vec<&ChoiceOption>, Vec<&ChoiceOption>) = options.iter().partition(|option| option.pinned);
    let mut order = chance.shuffle(free.into_iter().map(shown).collect());
    order.extend(pinned.into_iter().map(shown));
    order
}

impl Shown {
    fn new(id: &str, text: &str) -> Self {
        Self { id: id.to_owned(), text: text.to_owned() }
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014): a shuffle wants good mixing and the same result everywhere, not secrecy.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Fisher and Yates.
    fn shuffle<T>(&mut self, mut parts: Vec<T>) -> Vec<T> {
        for last in (1..parts.len()).rev() {
            let pick = (self.next() % (last as u64 + 1)) as usize;
            parts.swap(last, pick);
        }
        parts
    }

    /// A shuffle that never leaves the order as it was, because that order is the key.
    fn derange<T: Clone + PartialEq>(&mut self, parts: Vec<T>) -> Vec<T> {
        let mut shuffled = self.shuffle(parts.clone());
        if shuffled == parts && parts.len() > 1 {
            shuffled.rotate_left(1);
        }
        shuffled
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn question(body: &str) -> Question {
        let text = format!(
            r#"{{"id":"q","concepts":["c"],"difficulty":1,"stem":"?","explanation":"SECRET",
            "source":{{"kind":"general","reference":"r"}},"body":{body}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn ordering() -> Question {
        question(
            r#"{"type":"ordering","items":[{"id":"a","text":"1","feedback":"SECRET"},
            {"id":"b","text":"2","feedback":"SECRET"},{"id":"c","text":"3","feedback":"SECRET"}]}"#,
        )
    }

    fn single() -> Question {
        question(
            r#"{"type":"single","options":[{"id":"k","text":"key","correct":true,"feedback":"SECRET"},
            {"id":"x","text":"one","feedback":"SECRET"},{"id":"y","text":"two","feedback":"SECRET"},
            {"id":"p","text":"pinned","feedback":"SECRET","pinned":true}]}"#,
        )
    }

    proptest! {
        #[test]
        fn an_ordering_is_never_shown_in_its_right_order(seed: u64) {
            let Presented::Order { items } = present(&ordering(), seed) else { panic!("not an ordering") };
            let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
            prop_assert_ne!(ids, ["a", "b", "c"]);
        }

        #[test]
        fn nothing_secret_is_shown_and_the_pinned_stays_last(seed: u64) {
            let shown = present(&single(), seed);
            prop_assert!(!serde_json::to_string(&shown).unwrap().contains("SECRET"));
            prop_assert_eq!(&shown, &present(&single(), seed));
            let Presented::Choice { options, several } = shown else { panic!("not a choice") };
            prop_assert!(!several);
            prop_assert_eq!(&options.last().unwrap().id, "p");
        }
    }

    #[test]
    fn every_place_is_equally_likely_for_the_key() {
        let mut places = [0_u32; 3];
        for seed in 0..3000 {
            let Presented::Choice { options, .. } = present(&single(), seed) else { panic!("not a choice") };
            places[options.iter().position(|option| option.id == "k").unwrap()] += 1;
        }
        assert!(places.iter().all(|count| (900..1100).contains(count)), "{places:?}");
    }
}
