//! The file of answers: comma-separated, with a header that names the columns, fields quoted where need be.

use std::collections::HashMap;

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// As it stands in the file; it is only handed back.
    pub row: String,
    pub user: String,
    pub item: String,
    pub concepts: Vec<String>,
    pub correct: bool,
    /// When, in milliseconds; `None` where no time passes.
    pub t_ms: Option<i64>,
    pub train_pos: i64,
    pub guess: f64,
    pub mem: bool,
    pub feedback: bool,
}

/// All rows, or the first fault with its line.
pub fn read(text: &str) -> Result<Vec<Row>, String> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, header) = lines.next().ok_or("the file is empty")?;
    let names = fields(header.trim_start_matches('\u{feff}'));
    let columns: HashMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (name.trim(), place)).collect();
    lines
        .map(|(number, line)| row(&columns, &fields(line)).map_err(|fault| format!("line {}: {fault}", number + 1)))
        .collect()
}

fn row(columns: &HashMap<&str, usize>, fields: &[String]) -> Result<Row, String> {
    let field = |name: &str| {
        let place = columns.get(name).ok_or_else(|| format!("the header names no column {name}"))?;
        fields.get(*place).map(|text| text.trim()).ok_or_else(|| format!("{name} is missing"))
    };
    let number = |name: &str| {
        let text = field(name)?;
        text.parse::<f64>().map_err(|_| format!("{name} is {text:?}, which is no number"))
    };
    let yes = |name: &str| match field(name)?.to_ascii_lowercase().as_str() {
        "1" | "1.0" | "true" => Ok(true),
        "0" | "0.0" | "false" => Ok(false),
        other => Err(format!("{name} is {other:?}; 1 or 0 is expected")),
    };
    let t_ms = if field("t_sec")?.is_empty() { None } else { Some((number("t_sec")? * 1_000.0).round() as i64) };
    let concepts = field("concepts")?.split(';').map(str::trim).filter(|name| !name.is_empty());
    Ok(Row {
        row: field("row")?.to_owned(),
        user: field("user")?.to_owned(),
        item: field("item")?.to_owned(),
        concepts: concepts.map(str::to_owned).collect(),
        correct: yes("correct")?,
        t_ms,
        train_pos: number("train_pos")? as i64,
        guess: number("guess")?,
        mem: yes("mem")?,
        feedback: yes("feedback")?,
    })
}

/// The fields of a line; a quote inside quotes is doubled.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}
