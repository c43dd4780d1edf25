//! A list of who belongs where, as an administrator sends it: CSV (RFC 4180) with the columns `account` and `unit`.
//!
//! Every fault at once with its line and column, because a list of a thousand people is not mended one error at a
//! time. A semicolon separates as well as a comma: that is what spreadsheets write here.

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub account: Field,
    /// Names of units from the organisation down, with `/` between.
    pub unit: Field,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub text: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// What is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub column: usize,
    pub detail: String,
}

/// More people do not fit into one list.
pub const MOST_ROWS: usize = 20_000;

/// The rows that could be read, and every fault.
pub fn parse(text: &str) -> (Vec<Row>, Vec<Fault>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut faults = Vec::new();
    let separator = if text.lines().next().is_some_and(|line| line.contains(';')) { ';' } else { ',' };
    let mut records = records(text, separator, &mut faults).into_iter();
    let Some(places) = records.next().and_then(|header| places(&header, &mut faults)) else {
        if faults.is_empty() {
            faults.push(Fault { line: 1, column: 1, detail: "begin with the line `account,unit`".to_owned() });
        }
        return (Vec::new(), faults);
    };
    let rows: Vec<Row> = records.filter_map(|record| row(record, places, &mut faults)).collect();
    if let Some(extra) = rows.get(MOST_ROWS) {
        let detail = format!("a list holds at most {MOST_ROWS} people; send the rest in another one");
        faults.push(fault(&extra.account, detail));
    }
    (rows, faults)
}

/// Where the two columns stand, and how many there are.
fn places(header: &[Field], faults: &mut Vec<Fault>) -> Option<(usize, usize, usize)> {
    for field in header.iter().filter(|field| !matches!(field.text.as_str(), "account" | "unit")) {
        faults.push(fault(field, format!("there is no column `{}`; use `account` and `unit`", field.text)));
    }
    let mut place = |name: &str| {
        let found = header.iter().position(|field| field.text == name);
        if found.is_none() {
            faults.push(Fault { line: 1, column: 1, detail: format!("the first line has no column `{name}`") });
        }
        found
    };
    let (account, unit) = (place("account"), place("unit"));
    Some((account?, unit?, header.len()))
}

fn row(record: Vec<Field>, (account, unit, width): (usize, usize, usize), faults: &mut Vec<Fault>) -> Option<Row> {
    if record.len() != width {
        let detail = format!("this line has {} values where the first line has {width}", record.len());
        faults.extend(record.first().map(|first| fault(first, detail)));
        return None;
    }
    let (account, unit) = (record.get(account)?.clone(), record.get(unit)?.clone());
    for (field, name) in [(&account, "account"), (&unit, "unit")] {
        if field.text.is_empty() {
            faults.push(fault(field, format!("`{name}` is empty")));
        }
    }
    Some(Row { account, unit })
}

fn fault(field: &Field, detail: String) -> Fault {
    Fault { line: field.line, column: field.column, detail }
}

/// Records with their fields; empty lines are passed over.
pub(super) fn records(text: &str, separator: char, faults: &mut Vec<Fault>) -> Vec<Vec<Field>> {
    let mut reader = Reader { rest: text.chars().peekable(), line: 1, column: 1 };
    let mut records = Vec::new();
    while reader.rest.peek().is_some() {
        let record = reader.record(separator, faults);
        if record.len() > 1 || record.iter().any(|field| !field.text.is_empty()) {
            records.push(record);
        }
    }
    records
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    column: usize,
}

impl Reader<'_> {
    fn record(&mut self, separator: char, faults: &mut Vec<Fault>) -> Vec<Field> {
        let mut fields = Vec::new();
        loop {
            let (line, column) = (self.line, self.column);
            let text = if self.rest.peek() == Some(&'"') { self.quoted(faults) } else { String::new() };
            let text = text + &self.plain(separator);
            fields.push(Field { text: text.trim().to_owned(), line, column });
            match self.take() {
                Some(c) if c == separator => {}
                _ => return fields,
            }
        }
    }

    /// Up to a separator or the end of the line.
    fn plain(&mut self, separator: char) -> String {
        let mut text = String::new();
        while self.rest.peek().is_some_and(|c| *c != separator && *c != '\n') {
            text.extend(self.take());
        }
        text
    }

    /// What stands between quotes; a doubled quote is one.
    fn quoted(&mut self, faults: &mut Vec<Fault>) -> String {
        let (line, column) = (self.line, self.column);
        let mut text = String::new();
        self.take();
        while let Some(c) = self.take() {
            match c {
                '"' if self.rest.peek() == Some(&'"') => text.extend(self.take()),
                '"' => return text,
                other => text.push(other),
            }
        }
        faults.push(Fault { line, column, detail: "this quote is never closed".to_owned() });
        text
    }

    fn take(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        (self.line, self.column) = if c == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        Some(c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let (rows, faults) = parse(text);
        assert_eq!(faults, [], "{text}");
        rows.into_iter().map(|row| (row.account.text, row.unit.text)).collect()
    }

    #[test]
    fn columns_stand_in_any_order_with_comma_or_semicolon() {
        let expected = [("amina".to_owned(), "Sundvik/Oppvekst".to_owned()), ("ola".to_owned(), "Sundvik".to_owned())];
        assert_eq!(read("account,unit\namina,Sundvik/Oppvekst\nola,Sundvik\n"), expected);
        assert_eq!(read("\u{feff}unit;account\r\nSundvik/Oppvekst;amina\r\n\r\nSundvik; ola"), expected);
    }

    #[test]
    fn quotes_keep_separators_and_lines() {
        let expected = [("ola".to_owned(), "Sundvik/Plan, bygg og \"kart\"".to_owned())];
        assert_eq!(read("account,unit\nola,\"Sundvik/Plan, bygg og \"\"kart\"\"\"\n"), expected);
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let places = |text: &str| -> Vec<(usize, usize)> {
            parse(text).1.into_iter().map(|fault| (fault.line, fault.column)).collect()
        };
        assert_eq!(places("account,unit\nola\n,x\nkari,\n"), [(2, 1), (3, 1), (4, 6)]);
        assert_eq!(places("account,team\n"), [(1, 9), (1, 1)]);
        assert_eq!(places(""), [(1, 1)]);
        assert_eq!(places("account,unit\nola,\"x\n"), [(2, 5)]);
    }
}
