//! Charts as PNG images, drawn here: nothing is asked of the host but to pass on what the client is told.

mod answer;
mod ask;
mod bars;
mod canvas;
mod csv;
mod glyphs;
mod json;
mod lines;
mod number;
mod pie;
mod plot;
mod png;
mod progress;
mod prompts;
mod resources;
mod style;
mod table;
mod text;

use answer::Answer;
use progress::Progress;
use style::Style;
use table::{Across, Table};

wit_bindgen::generate!({ path: "wit", world: "chart", generate_all });

struct Component;

export!(Component);

impl Guest for Component {
    fn bar_chart(
        title: String,
        categories: Vec<String>,
        series: Vec<Series>,
        options: Option<Options>,
    ) -> Result<ToolResult, String> {
        draw_bars(title, categories, series, options).map(Answer::into_result)
    }

    fn line_chart(
        title: String,
        x: Option<XAxis>,
        series: Vec<Series>,
        options: Option<Options>,
    ) -> Result<ToolResult, String> {
        let across = x.map(|x| match x {
            XAxis::Numbers(numbers) => Across::Numbers(numbers),
            XAxis::Labels(labels) => Across::Labels(labels),
        });
        draw_lines(title, across, series, options).map(Answer::into_result)
    }

    fn pie_chart(
        title: String,
        slices: Vec<Slice>,
        options: Option<Options>,
    ) -> Result<ToolResult, String> {
        draw_pie(title, slices, options).map(Answer::into_result)
    }

    fn ask_chart(data: String) -> Result<ToolResult, String> {
        ask::ask(&data)
    }
}

fn draw_bars(
    title: String,
    categories: Vec<String>,
    series: Vec<Series>,
    options: Option<Options>,
) -> Result<Answer, String> {
    let style = Style::new(options)?;
    let table = Table::of_bars(title, categories, series)?;
    let canvas = bars::draw(&table, &style);
    Ok(Answer::of_table("bar", &table, &style, &canvas))
}

/// Without `across` the points are numbered from 1.
fn draw_lines(
    title: String,
    across: Option<Across>,
    series: Vec<Series>,
    options: Option<Options>,
) -> Result<Answer, String> {
    let style = Style::new(options)?.without_stack()?;
    let across = across.unwrap_or_else(|| {
        let points = series.first().map_or(0, |one| one.values.len());
        Across::Numbers((1..=points).map(|at| at as f64).collect())
    });
    let table = Table::of_lines(title, across, series)?;
    let mut progress = Progress::new(table.count(), table.series.len() + 2);
    progress.step("checked the numbers");
    let canvas = lines::draw(&table, &style, &mut progress);
    let answer = Answer::of_table("line", &table, &style, &canvas);
    progress.step("wrote the image");
    Ok(answer)
}

fn draw_pie(title: String, slices: Vec<Slice>, options: Option<Options>) -> Result<Answer, String> {
    let style = Style::new(options)?.without_axes()?;
    table::check_slices(&slices)?;
    let canvas = pie::draw(&title, &slices, &style);
    Ok(Answer::of_slices(&title, &slices, &style, &canvas))
}
