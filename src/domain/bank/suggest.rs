//! «Did you mean …?»: the known word nearest to an unknown one.

/// Longer words are not names, and comparing them costs.
const LONGEST: usize = 64;

/// The nearest of `known`, if it is near enough to be a slip: one edit in three letters.
pub(super) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let letters: Vec<char> = word.to_lowercase().chars().take(LONGEST + 1).collect();
    if letters.len() > LONGEST {
        return None;
    }
    let most = (letters.len() / 3).max(1);
    let distances = known.into_iter().filter_map(|name| Some((distance(&letters, name, most)?, name)));
    distances.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// Levenshtein distance, or `None` as soon as it must exceed `most`.
fn distance(letters: &[char], name: &str, most: usize) -> Option<usize> {
    let other: Vec<char> = name.chars().flat_map(char::to_lowercase).take(LONGEST + most + 1).collect();
    if letters.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in letters.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, candidate) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != candidate);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
        if row.iter().min().is_some_and(|least| *least > most) {
            return None;
        }
    }
    row.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_finds_none() {
        let known = ["options", "explanation", "id"];
        let cases = [
            ("optoins", Some("options")),
            ("Explanasjon", Some("explanation")),
            ("ID", Some("id")),
            ("tolerance", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }
}
