//! Bars beside each other, or on top of each other.

use crate::canvas::{Area, Canvas, point};
use crate::number::{Scale, short};
use crate::plot::{self, Below, Frame};
use crate::style::Style;
use crate::table::Table;
use crate::text::{Align, SMALL};

/// Of the room of a category that is left free.
const FREE: f64 = 0.28;
const MAX_BAR: f64 = 90.0;
const ROUND: f64 = 3.0;

pub fn draw(table: &Table, style: &Style) -> Canvas {
    let mut canvas = style.canvas();
    let count = table.across.len();
    let names: Vec<&str> = table.series.iter().map(|one| one.name.as_str()).collect();
    let top = plot::title(&mut canvas, style, &table.title);
    let top = plot::legend(&mut canvas, style, top, &names);

    let (least, most) = reach(table, style.stacked);
    let scale = Scale::around(least, most, plot::steps_up(style));
    let labels = (0..count).map(|at| table.across.label(at)).collect();
    let middle = |at: usize| (at as f64 + 0.5) / count as f64;
    let frame = plot::axes(&mut canvas, style, top, scale, &Below::Each(labels), middle);

    let slot = frame.area.width() / count as f64;
    let beside = if style.stacked { 1 } else { table.series.len() };
    let width = (slot * (1.0 - FREE) / beside as f64).min(MAX_BAR);
    for at in 0..count {
        let left = frame.area.left + slot * middle(at) * count as f64 - width * beside as f64 / 2.0;
        let (mut above, mut below) = (0.0, 0.0);
        for (position, series) in table.series.iter().enumerate() {
            let value = series.values[at];
            let stack = if value < 0.0 { &mut below } else { &mut above };
            let from = if style.stacked { *stack } else { 0.0 };
            *stack += value;
            let shift = if style.stacked {
                0.0
            } else {
                width * position as f64
            };
            let across = (left + shift, left + shift + width);
            bar(
                &mut canvas,
                style,
                &frame,
                across,
                (from, from + value),
                position,
            );
        }
    }
    if !style.stacked {
        figures(&mut canvas, style, &frame, table, width, slot);
    }
    let zero = frame.y(0.0).round() + 0.5;
    let ends = [point(frame.area.left, zero), point(frame.area.right, zero)];
    canvas.stroke(&ends, 1.0, style.axis);
    canvas
}

/// What the bars reach from and to; 0 is always within.
fn reach(table: &Table, stacked: bool) -> (f64, f64) {
    let reached: Vec<f64> = if stacked {
        let ends = |at: usize| {
            let values = || table.series.iter().map(move |one| one.values[at]);
            [
                values().filter(|one| *one < 0.0).sum(),
                values().filter(|one| *one > 0.0).sum(),
            ]
        };
        (0..table.across.len()).flat_map(ends).collect()
    } else {
        table.values().collect()
    };
    let least = reached.iter().copied().fold(0.0, f64::min);
    (least, reached.into_iter().fold(0.0, f64::max))
}

fn bar(
    canvas: &mut Canvas,
    style: &Style,
    frame: &Frame,
    (left, right): (f64, f64),
    (from, to): (f64, f64),
    position: usize,
) {
    let (start, end) = (frame.y(from), frame.y(to));
    let gap = ((right - left) * 0.06).min(2.0);
    let area = Area {
        left: left + gap / 2.0,
        top: start.min(end),
        right: right - gap / 2.0,
        bottom: start.max(end),
    };
    if area.height() <= 0.0 {
        return;
    }
    let round = ROUND.min(area.width() / 3.0).min(area.height());
    let round = if style.stacked { 0.0 } else { round };
    canvas.fill(
        area,
        if to < from { -round } else { round },
        style.colour(position),
    );
}

/// Writes each value at the end of its bar, if they all fit.
fn figures(
    canvas: &mut Canvas,
    style: &Style,
    frame: &Frame,
    table: &Table,
    width: f64,
    slot: f64,
) {
    let series = table.series.len();
    let room = if series == 1 { slot } else { width };
    if table
        .values()
        .any(|value| SMALL.width(&short(value)) + 6.0 > room)
    {
        return;
    }
    for (position, one) in table.series.iter().enumerate() {
        for (at, &value) in one.values.iter().enumerate() {
            let beside = (position as f64 + 0.5 - series as f64 / 2.0) * width;
            let x = frame.area.left + slot * (at as f64 + 0.5) + beside;
            let end = frame.y(value).round() + 0.5;
            let baseline = if value < 0.0 {
                end + 6.0 + SMALL.height()
            } else {
                end - 6.0
            };
            // Below the area stand the labels.
            if baseline < frame.area.bottom + 6.0 {
                SMALL.write(
                    canvas,
                    &short(value),
                    point(x, baseline),
                    Align::Middle,
                    0.0,
                    style.ink,
                );
            }
        }
    }
}
