//! A chart of a table whose kind and title the person chooses.

use crate::answer::{Answer, text};
use crate::csv::{self, Sheet};
use crate::table::Across;
use crate::wassette_edge::mcp::client::{
    Answer as Said, Choice, ElicitError, Field, Form, Input, SingleInput, TextInput, Value, elicit,
};
use crate::{Slice, ToolResult, draw_bars, draw_lines, draw_pie};

const BARS: &str = "bars";
const LINES: &str = "lines";
const PIE: &str = "pie";
const MAX_TITLE: u32 = 120;

pub fn ask(data: &str) -> Result<ToolResult, String> {
    let sheet = csv::read(data)?;
    // Asked first, and nothing drawn before: with the answer the call begins anew.
    let chosen = match elicit(&form(&sheet)) {
        Ok(Said::Accepted(values)) => Some(values),
        Ok(Said::Declined) => return Err("the person does not want a chart".to_owned()),
        Ok(Said::Cancelled) => return Err("the person gave no answer".to_owned()),
        Err(ElicitError::Unsupported) => None,
        Err(error) => return Err(format!("the person could not be asked: {}", error.name())),
    };
    let said = |wanted: &str| {
        let (_, value) = chosen.iter().flatten().find(|(name, _)| name == wanted)?;
        match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    };
    let title = said("title").unwrap_or_default();
    let kind = said("kind").unwrap_or_else(|| BARS.to_owned());
    let mut result = draw(sheet, &kind, title)?.into_result();
    if chosen.is_none() {
        let note = "The client shows no forms, so nobody was asked, and bars were drawn.";
        result.content.push(text(note.to_owned(), vec![]));
    }
    Ok(result)
}

/// Bars, unless it is another kind that is known.
fn draw(sheet: Sheet, kind: &str, title: String) -> Result<Answer, String> {
    let Sheet { labels, series } = sheet;
    match kind {
        LINES => draw_lines(title, Some(Across::Labels(labels)), series, None),
        PIE => {
            let values = series
                .into_iter()
                .next()
                .map(|one| one.values)
                .unwrap_or_default();
            let slices = labels.into_iter().zip(values);
            let slices = slices
                .map(|(label, value)| Slice { label, value })
                .collect();
            draw_pie(title, slices, None)
        }
        _ => draw_bars(title, labels, series, None),
    }
}

fn form(sheet: &Sheet) -> Form {
    let mut choices = vec![choice(BARS, "Bars"), choice(LINES, "Lines")];
    let parts = sheet.series.len() == 1 && sheet.series[0].values.iter().all(|&value| value >= 0.0);
    if parts {
        choices.push(choice(PIE, "A pie"));
    }
    let (rows, series) = (sheet.labels.len(), sheet.series.len());
    Form {
        message: format!("How do you want to see these numbers? Rows: {rows}, series: {series}."),
        fields: vec![
            Field {
                name: "kind".to_owned(),
                title: Some("Kind of chart".to_owned()),
                description: None,
                required: true,
                input: Input::Single(SingleInput {
                    choices,
                    default: Some(BARS.to_owned()),
                }),
            },
            Field {
                name: "title".to_owned(),
                title: Some("Title".to_owned()),
                description: Some("Stands above the chart; may be left out".to_owned()),
                required: false,
                input: Input::Text(TextInput {
                    min_length: None,
                    max_length: Some(MAX_TITLE),
                    format: None,
                    default: None,
                }),
            },
        ],
    }
}

fn choice(value: &str, title: &str) -> Choice {
    Choice {
        value: value.to_owned(),
        title: Some(title.to_owned()),
    }
}
