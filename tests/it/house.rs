//! The house holds its shape: layers name only what is below them, files stay readable.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// What the files of a folder must not name, outside comments.
const LAYERS: [(&str, &[&str]); 5] = [
    ("src/vocab", &["crate::domain", "crate::store", "crate::app", "crate::api", "crate::clock", "async "]),
    (
        "src/domain",
        &["sea_orm", "poem", "tokio", "async fn", "::now(", "crate::store", "crate::app", "crate::api", "crate::clock"],
    ),
    ("src/store", &["poem", "crate::app", "crate::api"]),
    ("src/app", &["poem", "sea_orm", "crate::api"]),
    ("src/api", &["sea_orm", "store::entity"]),
];

#[test]
fn every_layer_names_only_what_is_below_it() {
    for (folder, forbidden) in LAYERS {
        for path in sources(&root().join(folder)) {
            for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for name in forbidden {
                    assert!(!code.contains(name), "{}:{} names {name}", path.display(), number + 1);
                }
            }
        }
    }
}

#[test]
fn one_call_is_unsafe() {
    let mut found = Vec::new();
    for path in ["src", "migration"].iter().flat_map(|folder| sources(&root().join(folder))) {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let blocks = code.filter(|line| line.contains("unsafe ")).count();
        found.extend((blocks > 0).then(|| (path.strip_prefix(root()).unwrap().to_owned(), blocks)));
    }
    assert_eq!(found, [(PathBuf::from("src/store/paced.rs"), 1)]);
}

#[test]
fn only_the_memory_model_names_the_fsrs_crate() {
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let names_it = text.lines().any(|line| line.contains("fsrs::"));
        let may = path.starts_with(root().join("src/domain/memory"));
        assert!(may || !names_it, "{} names the fsrs crate", path.display());
    }
}

#[test]
fn every_file_says_why_it_exists_and_none_is_too_long() {
    let mut files = sources(&root().join("src"));
    files.extend(sources(&root().join("migration/src")));
    files.extend(sources(&root().join("tests")));
    assert!(files.len() > 80);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//!"), "{} does not say what lives there", path.display());
        assert!(text.lines().count() <= 500, "{} has {} lines", path.display(), text.lines().count());
        let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_wide = |line: &str| line.chars().count() > 120 && !path.starts_with(root().join("tests"));
        assert!(!shipped.lines().any(is_wide), "{} has a line over 120", path.display());
    }
}

#[test]
fn migrations_name_no_entity() {
    for path in sources(&root().join("migration/src")) {
        assert!(!fs::read_to_string(&path).unwrap().contains("laerd::"), "{}", path.display());
    }
}

/// Study days are the learner's; where the server stands is in no rule.
#[test]
fn nobody_asks_for_the_zone_of_the_server() {
    for path in sources(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        for name in ["TimeZone::system", "Zoned::now", "TimeZone::try_system"] {
            assert!(!text.contains(name), "{} names {name}", path.display());
        }
    }
}
