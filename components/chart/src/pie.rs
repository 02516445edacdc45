//! A ring of slices, clockwise from the top, with the total in its middle and a list beside it.

use crate::Slice;
use crate::canvas::{Canvas, Colour, point};
use crate::number::short;
use crate::plot::{self, MARGIN};
use crate::style::Style;
use crate::text::{Align, FIGURE, NORMAL, SMALL};
use std::f64::consts::TAU;

/// Of the outer radius.
const HOLE: f64 = 0.58;
/// Between two slices that both have room for it, in pixels.
const GAP: f64 = 2.0;
const MAX_ROW: f64 = 28.0;
const MIN_ROW: f64 = 16.0;
/// Narrower pictures have no room for the values beside the shares.
const ROOM_FOR_VALUES: usize = 560;

pub fn draw(title: &str, slices: &[Slice], style: &Style) -> Canvas {
    let mut canvas = style.canvas();
    let top = plot::title(&mut canvas, style, title) + 6.0;
    let total: f64 = slices.iter().map(|one| one.value).sum();
    let (width, height) = (style.width as f64, style.height as f64);
    let radius = ((height - MARGIN - top).min(width * 0.42) / 2.0).floor();
    let middle = (top + height - MARGIN) / 2.0;
    let centre = point((MARGIN + radius + width * 0.03).floor(), middle.floor());

    let mut ends = vec![0.0];
    for slice in slices {
        ends.push(ends.last().copied().unwrap_or(0.0) + slice.value / total * TAU);
    }
    let of_turn = |dx: f64, dy: f64| {
        let turn = dx.atan2(-dy).rem_euclid(TAU);
        let at = ends[1..].partition_point(|&end| end <= turn);
        style.colour(at.min(slices.len() - 1))
    };
    canvas.ring(centre, radius * HOLE, radius, |dx, dy| {
        // Four samples smooth the edges between two slices.
        let [a, b, c, d] = [(-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25)]
            .map(|(right, down)| of_turn(dx + right, dy + down));
        a.mixed(b, 0.5).mixed(c.mixed(d, 0.5), 0.5)
    });
    let spoke = |turn: f64, from_middle: f64| {
        point(
            centre.x + turn.sin() * from_middle,
            centre.y - turn.cos() * from_middle,
        )
    };
    let wide: Vec<bool> = ends
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) * radius > 8.0)
        .collect();
    for at in 0..slices.len() {
        let before = (at + slices.len() - 1) % slices.len();
        if slices.len() > 1 && wide[at] && wide[before] {
            let line = [
                spoke(ends[at], radius * HOLE - 1.0),
                spoke(ends[at], radius + 1.0),
            ];
            canvas.stroke(&line, GAP, style.background);
        }
    }

    let figure = short(total);
    let font = if FIGURE.width(&figure) < radius * HOLE * 1.4 {
        FIGURE
    } else {
        NORMAL
    };
    let at = point(
        centre.x,
        (centre.y + font.height() / 2.0 - 6.0).floor() + 0.5,
    );
    font.write(&mut canvas, &figure, at, Align::Middle, 0.0, style.ink);
    let below = point(centre.x, at.y + 20.0);
    SMALL.write(&mut canvas, "total", below, Align::Middle, 0.0, style.muted);

    list(
        &mut canvas,
        style,
        slices,
        total,
        (centre.x + radius + width * 0.05, top),
    );
    canvas
}

/// Colour, name, value and share of each slice.
fn list(canvas: &mut Canvas, style: &Style, slices: &[Slice], total: f64, (left, top): (f64, f64)) {
    let right = style.width as f64 - MARGIN;
    let bottom = style.height as f64 - MARGIN;
    let row = ((bottom - top) / slices.len() as f64).clamp(MIN_ROW, MAX_ROW);
    let fits = (((bottom - top) / row) as usize).max(1);
    let shown = if slices.len() > fits {
        fits - 1
    } else {
        slices.len()
    };
    let rows = slices.len().min(fits) as f64;
    let mut baseline = ((top + bottom) / 2.0 - rows * row / 2.0 + row / 2.0 + 5.0).floor() + 0.5;

    let percent = |value: f64| percentage(value / total);
    let widest = |texts: &mut dyn Iterator<Item = String>| {
        texts.map(|text| NORMAL.width(&text)).fold(0.0, f64::max)
    };
    let of_share = widest(&mut slices.iter().map(|one| percent(one.value)));
    let values = style.width >= ROOM_FOR_VALUES;
    let of_value = if values {
        16.0 + widest(&mut slices.iter().map(|one| short(one.value)))
    } else {
        0.0
    };
    let name_left = left + 20.0;
    let most = right - of_share - of_value - 24.0 - name_left;
    let names = slices
        .iter()
        .map(|one| NORMAL.fitted(one.label.trim(), most));
    let of_name = widest(&mut names.clone());
    let value_right = name_left + of_name + of_value + 8.0;
    let mut write = |text: &str, x: f64, y: f64, align: Align, colour: Colour| {
        NORMAL.write(canvas, text, point(x, y), align, 0.0, colour);
    };
    for (slice, name) in slices.iter().zip(names).take(shown) {
        write(&name, name_left, baseline, Align::Left, style.muted);
        if values {
            write(
                &short(slice.value),
                value_right,
                baseline,
                Align::Right,
                style.ink,
            );
        }
        let share = percent(slice.value);
        write(
            &share,
            value_right + 16.0 + of_share,
            baseline,
            Align::Right,
            style.muted,
        );
        baseline += row;
    }
    if shown < slices.len() {
        let more = format!("and {} more", slices.len() - shown);
        write(&more, name_left, baseline, Align::Left, style.muted);
    }
    for at in 0..shown {
        plot::swatch(
            canvas,
            style,
            left,
            baseline - row * (shown - at) as f64,
            at,
        );
    }
}

pub fn percentage(share: f64) -> String {
    match share * 100.0 {
        none if none == 0.0 => "0%".to_owned(),
        little if little < 0.1 => "<0.1%".to_owned(),
        percent => format!("{percent:.1}%"),
    }
}
