//! Which file of a course folder is what.

use super::SourceFile;
use super::code::Code;
use super::formats::yaml;
use super::node::Node;
use super::problem::Report;
use std::collections::HashSet;

const COURSE: &str = "course.yaml";
const CONCEPTS: &str = "concepts.yaml";

/// The part a file has in a course, in the order they are read and reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Course,
    Concepts,
    Chapter(u8),
    Unknown,
}

impl Part {
    pub fn of(path: &str) -> Self {
        match path {
            COURSE => Self::Course,
            CONCEPTS => Self::Concepts,
            _ => chapter_number(path).map_or(Self::Unknown, Self::Chapter),
        }
    }
}

fn chapter_number(path: &str) -> Option<u8> {
    let number = path.strip_prefix("chapter-")?.strip_suffix(".yaml")?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|number| is_number && *number > 0)
}

/// The trees of a course folder; `None` for what is missing or cannot be read at all, which is reported.
#[derive(Default)]
pub(super) struct Sources<'f> {
    pub course: Option<Node>,
    pub concepts: Option<Node>,
    /// The number in the name, the path and the tree.
    pub chapters: Vec<(u8, &'f str, Node)>,
}

pub(super) fn read<'f>(files: &'f [SourceFile], report: &mut Report) -> Sources<'f> {
    let mut sources = Sources::default();
    let mut paths: HashSet<&str> = HashSet::new();
    for file in files {
        let path = file.path.as_str();
        report.enter(path);
        if !paths.insert(path) {
            report.whole_file(path, Code::DuplicateFile, &[path]);
            continue;
        }
        match Part::of(path) {
            Part::Course => sources.course = yaml::read(&file.text, report),
            Part::Concepts => sources.concepts = yaml::read(&file.text, report),
            Part::Chapter(number) => {
                let top = yaml::read(&file.text, report);
                sources.chapters.extend(top.map(|top| (number, path, top)));
            }
            Part::Unknown => report.whole_file(path, Code::UnknownFile, &[path]),
        }
    }
    for needed in [COURSE, CONCEPTS].into_iter().filter(|needed| !paths.contains(needed)) {
        report.whole_file(needed, Code::MissingFile, &[needed]);
    }
    sources.chapters.sort_by_key(|(number, path, _)| (*number, *path));
    sources
}

#[cfg(test)]
mod tests {
    use super::Part;

    #[test]
    fn a_file_is_known_by_its_name() {
        let cases = [
            ("course.yaml", Part::Course),
            ("concepts.yaml", Part::Concepts),
            ("chapter-1.yaml", Part::Chapter(1)),
            ("chapter-08.yaml", Part::Chapter(8)),
            ("chapter-0.yaml", Part::Unknown),
            ("chapter-+1.yaml", Part::Unknown),
            ("chapter-256.yaml", Part::Unknown),
            ("chapter-1.yml", Part::Unknown),
            ("sub/course.yaml", Part::Unknown),
        ];
        for (path, part) in cases {
            assert_eq!(Part::of(path), part, "{path}");
        }
    }
}
