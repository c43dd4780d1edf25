//! Marking of the types whose parts are moved: `matching`, `ordering` and `categorise`.
//!
//! Parts with the same text look the same to the learner, so either may stand where the other belongs.

use super::marking::{Feedback, Judged, MarkFault, check_ids};
use super::response::{PairChoice, Placement};
use super::{Category, Pair, Part, Placed};

/// The share of left sides that got their right side. A left side left alone is wrong.
pub(super) fn mark_matching(pairs: &[Pair], extra_right: &[Part], chosen: &[PairChoice]) -> Result<Judged, MarkFault> {
    let own = pairs.iter().map(|pair| (pair.right_id.as_str(), pair.right.as_str()));
    let rights: Vec<(&str, &str)> =
        own.chain(extra_right.iter().map(|part| (part.id.as_str(), part.text.as_str()))).collect();
    check_ids(chosen.iter().map(|c| c.left.as_str()), pairs.iter().map(|pair| pair.left_id.as_str()))?;
    check_ids(chosen.iter().map(|c| c.right.as_str()), rights.iter().map(|(id, _)| *id))?;

    let text_of = |right: &str| rights.iter().find(|(id, _)| *id == right).map(|(_, text)| *text);
    let mut feedback = Vec::new();
    let mut hits = 0;
    for pair in pairs {
        let Some(choice) = chosen.iter().find(|choice| choice.left == pair.left_id) else { continue };
        let right = text_of(&choice.right) == Some(pair.right.as_str());
        hits += usize::from(right);
        feedback.push(Feedback::on(&pair.left_id, Some(right), &pair.feedback));
        let extra = extra_right.iter().find(|part| !right && part.id == choice.right);
        feedback.extend(extra.map(|part| Feedback::on(&part.id, Some(false), &part.feedback)));
    }
    Ok(Judged::new(hits, pairs.len(), feedback))
}

/// The share of pairs of items that stand in the right order to each other, so that one item out of place does not
/// spoil the rest. An item's own feedback says whether it stands at its own place.
pub(super) fn mark_ordering(items: &[Part], order: &[String]) -> Result<Judged, MarkFault> {
    check_ids(order.iter().map(String::as_str), items.iter().map(|item| item.id.as_str()))?;
    if let Some(missing) = items.iter().find(|item| !order.contains(&item.id)) {
        return Err(MarkFault::MissingPart(missing.id.clone()));
    }

    let places = right_places(items, order);
    let in_order = |at: usize| places[at + 1..].iter().filter(|later| places[at] < **later).count();
    let concordant = (0..places.len()).map(in_order).sum();
    let own_place = places.iter().enumerate().map(|(at, place)| at == *place);
    let feedback =
        items.iter().zip(own_place).map(|(item, right)| Feedback::on(&item.id, Some(right), &item.feedback)).collect();
    Ok(Judged::new(concordant, items.len() * items.len().saturating_sub(1) / 2, feedback))
}

/// Where each item of `order` belongs. Of items with the same text, the first given belongs to the first place.
fn right_places(items: &[Part], order: &[String]) -> Vec<usize> {
    let mut places = Vec::with_capacity(order.len());
    for given in order.iter().filter_map(|id| items.iter().find(|item| item.id == *id)) {
        let place = (0..items.len()).find(|at| items[*at].text == given.text && !places.contains(at));
        places.extend(place);
    }
    places
}

/// The share of items put in their category. An item left alone is wrong; a category may take any number of items.
pub(super) fn mark_categorise(
    categories: &[Category],
    items: &[Placed],
    placements: &[Placement],
) -> Result<Judged, MarkFault> {
    check_ids(placements.iter().map(|p| p.item.as_str()), items.iter().map(|item| item.id.as_str()))?;
    let named = |id: &str| categories.iter().find(|category| category.id == id);
    if let Some(unknown) = placements.iter().find(|placement| named(&placement.category).is_none()) {
        return Err(MarkFault::UnknownPart(unknown.category.clone()));
    }

    let mut feedback = Vec::new();
    let mut hits = 0;
    for item in items {
        let Some(placement) = placements.iter().find(|placement| placement.item == item.id) else { continue };
        let right = named(&placement.category).is_some_and(|category| category.name == item.category);
        hits += usize::from(right);
        feedback.push(Feedback::on(&item.id, Some(right), &item.feedback));
    }
    Ok(Judged::new(hits, items.len(), feedback))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use num_rational::Ratio;
    use proptest::prelude::*;

    fn part(id: &str, text: &str) -> Part {
        Part { id: id.into(), text: text.into(), feedback: format!("about {id}") }
    }

    /// Items `a`, `b`, … with those texts.
    fn items(texts: &[&str]) -> Vec<Part> {
        ('a'..='z').zip(texts).map(|(id, text)| part(&id.to_string(), text)).collect()
    }

    fn hats() -> Vec<Pair> {
        let pair = |left: &str, right_id: &str, right: &str| Pair {
            left_id: left.into(),
            left: left.into(),
            right_id: right_id.into(),
            right: right.into(),
            feedback: format!("about {left}"),
        };
        vec![pair("white", "1", "facts"), pair("red", "2", "feelings"), pair("pink", "3", "feelings")]
    }

    fn pairs(chosen: &[(&str, &str)]) -> Vec<PairChoice> {
        chosen.iter().map(|(left, right)| PairChoice { left: (*left).into(), right: (*right).into() }).collect()
    }

    fn told(judged: &Judged) -> Vec<(&str, bool)> {
        judged.feedback.iter().map(|f| (f.part.as_deref().unwrap(), f.correct.unwrap())).collect()
    }

    #[test]
    fn a_pair_counts_when_the_right_side_reads_right() {
        let extra = [part("4", "money")];
        let check = |chosen: &[(&str, &str)], right: i64, told_of: &[(&str, bool)]| {
            let judged = mark_matching(&hats(), &extra, &pairs(chosen)).unwrap();
            assert_eq!((judged.score, told(&judged)), (Ratio::new(right, 3), told_of.to_vec()));
        };
        let all = [("white", true), ("red", true), ("pink", true)];
        check(&[("red", "2"), ("white", "1"), ("pink", "3")], 3, &all);
        check(&[("red", "3"), ("white", "1"), ("pink", "2")], 3, &all);
        check(&[("white", "2"), ("red", "1")], 0, &[("white", false), ("red", false)]);
        check(&[("white", "4")], 0, &[("white", false), ("4", false)]);
        check(&[], 0, &[]);
    }

    #[test]
    fn a_side_used_twice_or_unknown_is_a_fault() {
        let check = |chosen: &[(&str, &str)], fault: MarkFault| {
            assert_eq!(mark_matching(&hats(), &[], &pairs(chosen)).err(), Some(fault));
        };
        check(&[("red", "1"), ("red", "2")], MarkFault::RepeatedPart("red".into()));
        check(&[("red", "1"), ("white", "1")], MarkFault::RepeatedPart("1".into()));
        check(&[("blue", "1")], MarkFault::UnknownPart("blue".into()));
        check(&[("red", "4")], MarkFault::UnknownPart("4".into()));
    }

    #[test]
    fn an_order_is_worth_its_concordant_pairs() {
        let check = |order: &str, right: i64, own_places: [bool; 4]| {
            let order: Vec<String> = order.chars().map(String::from).collect();
            let judged = mark_ordering(&items(&["seek", "study", "wait", "wait"]), &order).unwrap();
            let told_of: Vec<_> = ["a", "b", "c", "d"].into_iter().zip(own_places).collect();
            assert_eq!((judged.score, told(&judged)), (Ratio::new(right, 6), told_of), "{order:?}");
        };
        check("abcd", 6, [true; 4]);
        check("abdc", 6, [true; 4]);
        check("bacd", 5, [false, false, true, true]);
        check("cdba", 1, [false; 4]);
        check("bcda", 3, [false; 4]);
    }

    #[test]
    fn an_order_names_every_item_once() {
        let check = |order: &[&str], fault: MarkFault| {
            let order: Vec<String> = order.iter().map(|id| (*id).into()).collect();
            assert_eq!(mark_ordering(&items(&["x", "y"]), &order).err(), Some(fault));
        };
        check(&["a"], MarkFault::MissingPart("b".into()));
        check(&["a", "a"], MarkFault::RepeatedPart("a".into()));
        check(&["a", "b", "c"], MarkFault::UnknownPart("c".into()));
        assert_eq!(mark_ordering(&items(&["x"]), &["a".into()]).unwrap().score, Ratio::from_integer(1));
    }

    #[test]
    fn an_item_counts_in_its_own_category() {
        let category = |name: &str, id: &str| Category { name: name.into(), id: id.into(), label: "".into() };
        let categories = [category("human", "h"), category("struktur", "s")];
        let placed = |id: &str, category: &str| Placed {
            id: id.into(),
            text: id.into(),
            category: category.into(),
            feedback: "".into(),
        };
        let items = [placed("a", "human"), placed("b", "human"), placed("c", "struktur")];
        let mark = |chosen: &[(&str, &str)]| {
            let chosen = chosen.iter().map(|(item, to)| Placement { item: (*item).into(), category: (*to).into() });
            mark_categorise(&categories, &items, &chosen.collect::<Vec<_>>())
        };
        let judged = mark(&[("c", "s"), ("b", "s"), ("a", "h")]).unwrap();
        assert_eq!((judged.score, told(&judged)), (Ratio::new(2, 3), vec![("a", true), ("b", false), ("c", true)]));
        assert_eq!(mark(&[]).unwrap().score, Ratio::from_integer(0));
        assert_eq!(mark(&[("a", "human")]).err(), Some(MarkFault::UnknownPart("human".into())));
        assert_eq!(mark(&[("a", "h"), ("a", "s")]).err(), Some(MarkFault::RepeatedPart("a".into())));
        assert_eq!(mark(&[("x", "h")]).err(), Some(MarkFault::UnknownPart("x".into())));
    }

    proptest! {
        #[test]
        fn an_order_and_its_reverse_share_the_score(
            order in Just((0..7).collect::<Vec<usize>>()).prop_shuffle(),
        ) {
            let items = items(&["a", "b", "c", "d", "e", "f", "g"]);
            let score = |order: &mut dyn Iterator<Item = &usize>| {
                let order: Vec<String> = order.map(|at| items[*at].id.clone()).collect();
                mark_ordering(&items, &order).unwrap().score
            };
            let one = Ratio::from_integer(1);
            prop_assert_eq!(score(&mut order.iter()) + score(&mut order.iter().rev()), one);
            prop_assert_eq!(score(&mut (0..7).collect::<Vec<_>>().iter()), one);
        }
    }
}
