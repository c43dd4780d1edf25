//! The learner's own word on which note asks which question: CSV with the columns `note` (guid or id) and `question`.

use crate::domain::roster::{Fault, Field, records};

/// Notes with the questions they ask, or every fault of the list.
pub fn list(text: &str) -> Result<Vec<(String, String)>, Vec<Fault>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator = if text.lines().next().is_some_and(|line| line.contains(';')) { ';' } else { ',' };
    let mut faults = Vec::new();
    let mut records = records(text, separator, &mut faults).into_iter();
    let header: Vec<String> = records.next().into_iter().flatten().map(|field| field.text).collect();
    if header != ["note", "question"] {
        faults.push(Fault { line: 1, column: 1, detail: "begin with the line `note,question`".to_owned() });
        return Err(faults);
    }
    let mut pairs = Vec::new();
    for record in records {
        match record.as_slice() {
            [note, question] if !note.text.is_empty() && !question.text.is_empty() => {
                pairs.push((note.text.clone(), question.text.clone()));
            }
            other => faults.extend(other.first().map(fault)),
        }
    }
    if faults.is_empty() { Ok(pairs) } else { Err(faults) }
}

fn fault(at: &Field) -> Fault {
    let detail = "write the guid or the id of a note, a comma, and the id of a question".to_owned();
    Fault { line: at.line, column: at.column, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_or_every_fault_is_told() {
        let pairs = vec![("a,b".to_owned(), "K1-01".to_owned()), ("17".to_owned(), "K1-02".to_owned())];
        assert_eq!(list("note,question\n\"a,b\",K1-01\n\n17, K1-02\n"), Ok(pairs.clone()));
        assert_eq!(list("\u{feff}note;question\r\na,b;K1-01\r\n17;K1-02"), Ok(pairs));
        let lines = |text: &str| list(text).unwrap_err().into_iter().map(|fault| fault.line).collect::<Vec<_>>();
        assert_eq!(lines("note,question\na\n,K1-01\nb,K1-01,x\nc,K1-01"), [2, 3, 4]);
        assert_eq!((lines("guid,question\na,b"), lines("")), (vec![1], vec![1]));
    }
}
