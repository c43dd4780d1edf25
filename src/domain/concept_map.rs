//! The concepts of a course as a map: what comes before what, and how far along each lies.

use super::bank::Concept;
use std::collections::HashMap;

/// One concept comes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge<'a> {
    pub from: &'a str,
    pub to: &'a str,
}

/// Every prerequisite that the course has, in the order of the concepts that ask for it.
pub fn edges(concepts: &[Concept]) -> Vec<Edge<'_>> {
    let known = |slug: &str| concepts.iter().any(|concept| concept.slug == slug);
    concepts
        .iter()
        .flat_map(|concept| {
            let before = concept.prerequisites.iter().filter(|slug| known(slug));
            before.map(|from| Edge { from, to: &concept.slug })
        })
        .collect()
}

/// For each concept the length of the longest way to it: 0 where nothing comes before.
pub fn layers(concepts: &[Concept]) -> Vec<usize> {
    let places: HashMap<&str, usize> =
        concepts.iter().enumerate().map(|(place, concept)| (concept.slug.as_str(), place)).collect();
    let edges: Vec<(usize, usize)> = edges(concepts).iter().map(|edge| (places[edge.from], places[edge.to])).collect();
    let mut layers = vec![0; concepts.len()];
    // No way is longer than there are concepts, so a circle, which a sound bank does not have, ends as well.
    for _ in 0..concepts.len() {
        let mut moved = false;
        for (from, to) in &edges {
            if layers[*to] <= layers[*from] && layers[*from] + 1 < concepts.len() {
                layers[*to] = layers[*from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::text::Localised;

    fn concept(slug: &str, prerequisites: &[&str]) -> Concept {
        Concept {
            slug: slug.to_owned(),
            chapter: 1,
            name: Localised::nb(slug),
            definition: Localised::nb(slug),
            prerequisites: prerequisites.iter().map(|slug| (*slug).to_owned()).collect(),
            sources: Vec::new(),
        }
    }

    #[test]
    fn a_concept_lies_beyond_all_that_comes_before_it() {
        let concepts = [concept("c", &["a", "b"]), concept("a", &[]), concept("b", &["a"]), concept("alone", &[])];
        assert_eq!(layers(&concepts), [2, 0, 1, 0]);
        assert_eq!(edges(&concepts)[0], Edge { from: "a", to: "c" });
        assert_eq!(edges(&concepts).len(), 3);
    }

    #[test]
    fn what_is_not_in_the_course_is_no_edge_and_a_circle_ends() {
        assert_eq!(layers(&[concept("a", &["elsewhere"])]), [0]);
        assert!(edges(&[concept("a", &["elsewhere"])]).is_empty());
        assert_eq!(layers(&[concept("a", &["b"]), concept("b", &["a"])]).len(), 2);
    }
}
