//! What a tool answers with: the image, a summary in words, and the numbers as JSON.

use crate::canvas::Canvas;
use crate::json;
use crate::number::{plain, rounded};
use crate::pie::percentage;
use crate::style::Style;
use crate::table::{Across, Table};
use crate::wassette_edge::mcp::content::{Annotations, Block, Media, Role, TextContent};
use crate::{Series, Slice, ToolResult, png};

/// Everything that is said of one drawn chart.
pub struct Answer {
    pub image: Vec<u8>,
    pub summary: String,
    /// A JSON object.
    pub numbers: String,
}

impl Answer {
    pub fn of_table(kind: &str, table: &Table, style: &Style, canvas: &Canvas) -> Answer {
        let extremes: Vec<Extremes> = table.series.iter().map(Extremes::of).collect();
        let count = table.across.len();
        let places = if kind == "bar" {
            "categories"
        } else {
            "points"
        };
        let mut summary = format!("{}{count} {places}.", opening(kind, &table.title));
        for (at, (series, extreme)) in table.series.iter().zip(&extremes).enumerate() {
            let name = match series.name.trim() {
                "" => format!("series {}", at + 1),
                name => name.to_owned(),
            };
            let Extremes { least, most, total } = extreme;
            summary += &format!(
                "\n- {name}: min {} ({}), max {} ({}), total {}",
                plain(series.values[*least]),
                table.across.label(*least),
                plain(series.values[*most]),
                table.across.label(*most),
                plain(*total),
            );
        }
        let across = match &table.across {
            Across::Labels(labels) => json::array(labels.iter().map(|one| json::string(one))),
            Across::Numbers(numbers) => json::array(numbers.iter().map(|&one| json::number(one))),
        };
        let series = table
            .series
            .iter()
            .zip(&extremes)
            .map(|(one, extreme)| extreme.json(one, table));
        let members = [
            ("kind", json::string(kind)),
            ("title", json::string(&table.title)),
            (if kind == "bar" { "categories" } else { "x" }, across),
            ("series", json::array(series)),
            ("image", size(style)),
        ];
        Answer {
            image: png::encode(canvas),
            summary,
            numbers: json::object(&members),
        }
    }

    pub fn of_slices(title: &str, slices: &[Slice], style: &Style, canvas: &Canvas) -> Answer {
        let sum: f64 = slices.iter().map(|one| one.value).sum();
        let total = rounded(sum);
        let mut summary = format!(
            "{}{} slices, total {}.",
            opening("pie", title),
            slices.len(),
            plain(total)
        );
        for Slice { label, value } in slices {
            summary += &format!(
                "\n- {label}: {} ({})",
                plain(*value),
                percentage(value / sum)
            );
        }
        let parts = slices.iter().map(|Slice { label, value }| {
            json::object(&[
                ("label", json::string(label)),
                ("value", json::number(*value)),
                ("share", json::number(rounded(value / sum))),
            ])
        });
        let members = [
            ("kind", json::string("pie")),
            ("title", json::string(title)),
            ("slices", json::array(parts)),
            ("total", json::number(total)),
            ("image", size(style)),
        ];
        Answer {
            image: png::encode(canvas),
            summary,
            numbers: json::object(&members),
        }
    }

    pub fn into_result(self) -> ToolResult {
        ToolResult {
            structured: Some(self.numbers),
            content: vec![image(self.image), text(self.summary, vec![Role::Assistant])],
            is_error: false,
        }
    }
}

pub fn image(data: Vec<u8>) -> Block {
    Block::Image(Media {
        data,
        mime_type: "image/png".to_owned(),
        annotations: None,
    })
}

/// An empty audience is everybody.
pub fn text(text: String, audience: Vec<Role>) -> Block {
    let annotations = (!audience.is_empty()).then_some(Annotations {
        audience,
        priority: None,
        last_modified: None,
    });
    Block::Text(TextContent { text, annotations })
}

fn opening(kind: &str, title: &str) -> String {
    let name = match kind {
        "bar" => "Bar chart",
        "line" => "Line chart",
        _ => "Pie chart",
    };
    match title.trim() {
        "" => format!("{name}, "),
        title => format!("{name} “{title}”, "),
    }
}

fn size(style: &Style) -> String {
    json::object(&[
        ("width", style.width.to_string()),
        ("height", style.height.to_string()),
    ])
}

/// Positions of the first least and the first greatest value, and the sum.
struct Extremes {
    least: usize,
    most: usize,
    total: f64,
}

impl Extremes {
    fn of(Series { values, .. }: &Series) -> Extremes {
        let (mut least, mut most) = (0, 0);
        for at in 1..values.len() {
            least = if values[at] < values[least] {
                at
            } else {
                least
            };
            most = if values[at] > values[most] { at } else { most };
        }
        Extremes {
            least,
            most,
            total: rounded(values.iter().sum()),
        }
    }

    fn json(&self, Series { name, values }: &Series, table: &Table) -> String {
        let extreme = |at: usize| {
            let place = match &table.across {
                Across::Labels(labels) => json::string(&labels[at]),
                Across::Numbers(numbers) => json::number(numbers[at]),
            };
            json::object(&[("value", json::number(values[at])), ("at", place)])
        };
        json::object(&[
            ("name", json::string(name)),
            (
                "values",
                json::array(values.iter().map(|&one| json::number(one))),
            ),
            ("min", extreme(self.least)),
            ("max", extreme(self.most)),
            ("total", json::number(self.total)),
        ])
    }
}
