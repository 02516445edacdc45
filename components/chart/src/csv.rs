//! Tables of comma-separated values (RFC 4180): a line of names, then a label and numbers on each line.

use crate::Series;

/// The labels of the first column, and the other columns.
pub struct Sheet {
    pub labels: Vec<String>,
    pub series: Vec<Series>,
}

pub fn read(text: &str) -> Result<Sheet, String> {
    let mut records = records(text)?.into_iter();
    let Some((_, names)) = records.next() else {
        return Err("data: empty".to_owned());
    };
    if names.len() < 2 {
        return Err(
            "data, line 1: one column; a column of labels and one of numbers are needed".to_owned(),
        );
    }
    let column = |name: String| Series {
        name,
        values: vec![],
    };
    let mut sheet = Sheet {
        labels: vec![],
        series: names.into_iter().skip(1).map(column).collect(),
    };
    for (line, record) in records {
        let (expected, found) = (sheet.series.len() + 1, record.len());
        if found != expected {
            return Err(format!(
                "data, line {line}: {found} values, but line 1 has {expected}"
            ));
        }
        let mut cells = record.into_iter();
        sheet.labels.extend(cells.next());
        for (series, cell) in sheet.series.iter_mut().zip(cells) {
            match cell.parse::<f64>() {
                Ok(value) if value.is_finite() => series.values.push(value),
                _ => {
                    let name = &series.name;
                    return Err(format!(
                        "data, line {line}, column {name}: not a number: {cell:?}"
                    ));
                }
            }
        }
    }
    if sheet.labels.is_empty() {
        return Err("data: no line after the names".to_owned());
    }
    Ok(sheet)
}

/// The lines that are not empty, each with its number from 1, and their cells without the space around them.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let separator = ['\t', ';', ',']
        .into_iter()
        .find(|&one| first.contains(one))
        .unwrap_or(',');
    let mut records = vec![];
    let (mut cells, mut cell) = (vec![], String::new());
    let (mut quoted, mut line, mut began) = (false, 1, 1);
    let mut characters = text.chars().chain(['\n']).peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            // The last of all is our own.
            '\n' if quoted && characters.peek().is_some() => {
                line += 1;
                cell.push(' ');
            }
            '\n' if quoted => {
                return Err(format!(
                    "data, line {began}: a quotation mark is not closed"
                ));
            }
            '\n' => {
                cells.push(std::mem::take(&mut cell).trim().to_owned());
                let record = std::mem::take(&mut cells);
                if record.iter().any(|one| !one.is_empty()) {
                    records.push((began, record));
                }
                line += 1;
                began = line;
            }
            one if one == separator && !quoted => {
                cells.push(std::mem::take(&mut cell).trim().to_owned());
            }
            other => cell.push(other),
        }
    }
    Ok(records)
}
