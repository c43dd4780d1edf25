//! Circles among the prerequisites: concepts that each must be learned before the other.

use super::code::Code;
use super::concepts::ConceptDraft;
use super::problem::Report;
use std::collections::HashMap;

/// A tangle of concepts has more circles than anyone reads; mending some of them undoes the others.
const MOST_CIRCLES: usize = 20;

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    Never,
    /// On the path that is being followed.
    Open,
    Done,
}

/// A concept on the path, and the next of its prerequisites to follow.
struct Step {
    concept: usize,
    next: usize,
}

/// Reports each circle once, at the prerequisite that closes it. Without recursion: a chain may be long.
pub(super) fn check(concepts: &[ConceptDraft], report: &mut Report) {
    let mut index: HashMap<&str, usize> = HashMap::new();
    for (number, concept) in concepts.iter().enumerate() {
        index.entry(&concept.slug.value).or_insert(number);
    }
    let mut visits = vec![Visit::Never; concepts.len()];
    let mut circles = 0;
    for start in 0..concepts.len() {
        let mut path = if visits[start] == Visit::Never { vec![Step { concept: start, next: 0 }] } else { Vec::new() };
        while let Some(Step { concept, next }) = path.last_mut() {
            visits[*concept] = Visit::Open;
            let Some(prerequisite) = concepts[*concept].prerequisites.get(*next) else {
                visits[*concept] = Visit::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let Some(&target) = index.get(prerequisite.value.as_str()) else { continue };
            match visits[target] {
                Visit::Never => path.push(Step { concept: target, next: 0 }),
                Visit::Open if circles < MOST_CIRCLES => {
                    circles += 1;
                    report.on(&prerequisite.spot, Code::PrerequisiteCircle, &[&shown(&path, target, concepts)]);
                }
                Visit::Open | Visit::Done => {}
            }
        }
    }
}

/// `a → b → a`
fn shown(path: &[Step], target: usize, concepts: &[ConceptDraft]) -> String {
    let circle = path.iter().map(|step| step.concept).skip_while(|concept| *concept != target).chain([target]);
    circle.map(|concept| concepts[concept].slug.value.as_str()).collect::<Vec<_>>().join(" → ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::domain::bank::fixture::{COURSE, files};
    use crate::domain::bank::{Code, read};

    /// The circles among concepts `(slug, prerequisites)`.
    fn circles(concepts: &[(String, String)]) -> Vec<String> {
        let one = |(slug, before): &(String, String)| {
            format!("  - {{slug: {slug}, name: n, definition: d, chapter: 1, prerequisites: [{before}]}}\n")
        };
        let text = format!("concepts:\n{}", concepts.iter().map(one).collect::<String>());
        let (_, problems) = read(&files(&[("course.yaml", COURSE), ("concepts.yaml", &text)]));
        assert!(problems.iter().all(|problem| problem.code == Code::PrerequisiteCircle), "{problems:?}");
        problems.into_iter().map(|problem| problem.message.en.unwrap()).collect()
    }

    fn check(concepts: &[(&str, &str)], expected: &[&str]) {
        let owned: Vec<_> = concepts.iter().map(|(slug, before)| ((*slug).into(), (*before).into())).collect();
        let expected: Vec<String> =
            expected.iter().map(|circle| format!("The prerequisites form a circle: {circle}.")).collect();
        assert_eq!(circles(&owned), expected, "{concepts:?}");
    }

    #[test]
    fn every_circle_is_reported_whole_and_once() {
        check(&[("a", ""), ("b", "a"), ("c", "a, b")], &[]);
        check(&[("a", "a")], &["a → a"]);
        check(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a, b")], &["a → b → c → a"]);
        check(&[("a", "b, c"), ("b", "a"), ("c", "a")], &["a → b → a", "a → c → a"]);
        check(&[("a", ""), ("x", "y"), ("y", "x, a")], &["x → y → x"]);
    }

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let name = |n: usize| format!("c{n}");
        let chain: Vec<_> = (0..1_000).map(|n| (name(n), name((n + 1) % 1_000))).collect();
        assert_eq!(circles(&chain).len(), 1);
    }
}
