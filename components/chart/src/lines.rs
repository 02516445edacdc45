//! Lines through points.

use crate::canvas::{Canvas, Point, point};
use crate::number::Scale;
use crate::plot::{self, Below};
use crate::progress::Progress;
use crate::style::Style;
use crate::table::{Across, Table};

const LINE: f64 = 2.4;
const DOT: f64 = 7.0;
/// Points closer than this, in pixels, have no dots.
const DOTS_APART: f64 = 14.0;
/// A range that begins this near to zero, compared with its end, begins at zero.
const NEAR_ZERO: f64 = 0.4;
/// Of the width, on either side of evenly spaced points.
const INSET: f64 = 0.02;

pub fn draw(table: &Table, style: &Style, progress: &mut Progress) -> Canvas {
    let mut canvas = style.canvas();
    let names: Vec<&str> = table.series.iter().map(|one| one.name.as_str()).collect();
    let top = plot::title(&mut canvas, style, &table.title);
    let top = plot::legend(&mut canvas, style, top, &names);

    let (least, most) = reach(table);
    let scale = Scale::around(least, most, plot::steps_up(style));
    let count = table.across.len();
    let evenly = |at: usize| {
        if count == 1 {
            0.5
        } else {
            INSET + at as f64 / (count - 1) as f64 * (1.0 - 2.0 * INSET)
        }
    };
    let (below, numbers) = match &table.across {
        Across::Labels(labels) => (Below::Some(labels.clone()), None),
        Across::Numbers(_) if count == 1 => (Below::Some(vec![table.across.label(0)]), None),
        Across::Numbers(numbers) => {
            let steps = (style.width as f64 / 110.0).max(2.0);
            let whole = numbers.iter().all(|one| one.fract() == 0.0);
            let marks = Scale::within(numbers[0], numbers[count - 1], steps, whole);
            (Below::Marks(marks), Some((marks, numbers)))
        }
    };
    let along = |at: usize| match &numbers {
        Some((marks, numbers)) => marks.share(numbers[at]),
        None => evenly(at),
    };
    let frame = plot::axes(&mut canvas, style, top, scale, &below, along);

    for (position, series) in table.series.iter().enumerate() {
        let place = |(at, &value): (usize, &f64)| {
            point(
                frame.area.left + along(at) * frame.area.width(),
                frame.y(value),
            )
        };
        let points: Vec<Point> = series.values.iter().enumerate().map(place).collect();
        let colour = style.colour(position);
        canvas.stroke(&thinned(&points), LINE, colour);
        let apart = frame.area.width() / count as f64;
        if apart >= DOTS_APART {
            for &at in &points {
                canvas.stroke(&[at], DOT + 2.5, style.background);
                canvas.stroke(&[at], DOT, colour);
            }
        }
        progress.step(&format!(
            "drew {} of {} series",
            position + 1,
            table.series.len()
        ));
    }
    canvas
}

fn reach(table: &Table) -> (f64, f64) {
    let least = table.values().fold(f64::INFINITY, f64::min);
    let most = table.values().fold(f64::NEG_INFINITY, f64::max);
    let begins_near = |near: f64, far: f64| near >= 0.0 && near <= far * NEAR_ZERO;
    if begins_near(least, most) {
        (0.0, most)
    } else if begins_near(-most, -least) {
        (least, 0.0)
    } else {
        (least, most)
    }
}

/// Of the points within one column of pixels the first, the highest, the lowest and the last: the others
/// lie on what is drawn anyway.
fn thinned(points: &[Point]) -> Vec<Point> {
    let mut kept = vec![];
    for column in points.chunk_by(|one, other| one.x.floor() == other.x.floor()) {
        let by_height = |&one: &usize, &other: &usize| column[one].y.total_cmp(&column[other].y);
        let mut chosen = vec![0, column.len() - 1];
        chosen.extend((0..column.len()).min_by(by_height));
        chosen.extend((0..column.len()).max_by(by_height));
        chosen.sort_unstable();
        chosen.dedup();
        kept.extend(chosen.into_iter().map(|at| column[at]));
    }
    kept
}
