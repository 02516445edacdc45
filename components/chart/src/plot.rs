//! What charts have in common: the title, the legend, and the two axes around the area that is drawn in.

use crate::canvas::{Area, Canvas, point};
use crate::number::Scale;
use crate::style::Style;
use crate::text::{Align, NORMAL, SMALL, TITLE};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

pub const MARGIN: f64 = 28.0;
const SWATCH: f64 = 12.0;
const MAX_LABEL: f64 = 130.0;
/// Of the height that a slanted label and that the legend may have.
const LABEL_SHARE: f64 = 0.24;
const LEGEND_SHARE: f64 = 0.22;
/// Of one name in the legend: the widest with which the rows are few enough.
const NAMES: [f64; 7] = [220.0, 160.0, 110.0, 80.0, 50.0, 30.0, 20.0];
const ROW: f64 = 22.0;
/// Between two labels.
const APART: f64 = 14.0;

/// Draws the title and returns where the rest begins.
pub fn title(canvas: &mut Canvas, style: &Style, text: &str) -> f64 {
    if text.trim().is_empty() {
        return MARGIN;
    }
    let baseline = (MARGIN + TITLE.height()).floor() + 0.5;
    let fitted = TITLE.fitted(text.trim(), style.width as f64 - 2.0 * MARGIN);
    TITLE.write(
        canvas,
        &fitted,
        point(MARGIN, baseline),
        Align::Left,
        0.0,
        style.ink,
    );
    baseline + 20.0
}

/// Draws the names in rows and returns where the rest begins. A single series without a name has none.
pub fn legend(canvas: &mut Canvas, style: &Style, top: f64, names: &[&str]) -> f64 {
    if names.iter().all(|name| name.trim().is_empty()) {
        return top;
    }
    let rows = (style.height as f64 * LEGEND_SHARE / ROW).floor();
    let first = top.floor() + SWATCH - 0.5;
    let mut entries = vec![];
    for most in NAMES {
        entries.clear();
        let (mut x, mut baseline) = (MARGIN, first);
        for name in names {
            let name = NORMAL.fitted(name.trim(), most);
            let width = SWATCH + 7.0 + NORMAL.width(&name);
            if x > MARGIN && x + width > style.width as f64 - MARGIN {
                (x, baseline) = (MARGIN, baseline + ROW);
            }
            entries.push((name, x, baseline));
            x += width + 22.0;
        }
        if baseline < first + rows * ROW {
            break;
        }
    }
    let mut last = first;
    for (at, (name, x, baseline)) in entries.iter().enumerate() {
        swatch(canvas, style, *x, *baseline, at);
        let beside = point(x + SWATCH + 7.0, *baseline);
        NORMAL.write(canvas, name, beside, Align::Left, 0.0, style.muted);
        last = *baseline;
    }
    last + 12.0
}

pub fn swatch(canvas: &mut Canvas, style: &Style, x: f64, baseline: f64, position: usize) {
    let bottom = baseline.floor() + 1.0;
    let area = Area {
        left: x,
        top: bottom - SWATCH,
        right: x + SWATCH,
        bottom,
    };
    canvas.fill(area, 2.0, style.colour(position));
}

/// How the labels below the axis are written.
pub enum Below {
    /// One below each place, side by side if there is room, otherwise slanted.
    Each(Vec<String>),
    /// Along a line, where one may stand for its neighbours.
    Some(Vec<String>),
    /// Marks of a scale.
    Marks(Scale),
}

/// The area between the axes and its vertical scale.
pub struct Frame {
    pub area: Area,
    pub scale: Scale,
}

impl Frame {
    pub fn y(&self, value: f64) -> f64 {
        self.area.bottom - self.scale.share(value) * self.area.height()
    }
}

/// Steps that leave every mark some room.
pub fn steps_up(style: &Style) -> f64 {
    (style.height as f64 / 75.0).clamp(3.0, 10.0)
}

/// Draws grid, marks and labels. `place` says how far along the axis, from 0 to 1, each label stands.
pub fn axes(
    canvas: &mut Canvas,
    style: &Style,
    top: f64,
    scale: Scale,
    below: &Below,
    place: impl Fn(usize) -> f64,
) -> Frame {
    let marks = scale.marks();
    let widest = marks
        .iter()
        .map(|(_, text)| SMALL.width(text))
        .fold(0.0, f64::max);
    let beside = if style.y_label.is_some() { 24.0 } else { 0.0 };
    let left = (MARGIN + beside + widest + 10.0).ceil();
    let right = style.width as f64 - MARGIN;
    let (texts, places): (Vec<String>, Vec<f64>) = match below {
        Below::Each(labels) | Below::Some(labels) => {
            let most = MAX_LABEL.min(style.height as f64 * LABEL_SHARE);
            let fitted =
                |(at, text): (usize, &String)| (SMALL.fitted(text.trim(), most), place(at));
            labels.iter().enumerate().map(fitted).unzip()
        }
        Below::Marks(scale) => scale
            .marks()
            .into_iter()
            .map(|(at, text)| (text, scale.share(at)))
            .unzip(),
    };
    let along = move |share: f64| left + share * (right - left);
    let slot = match places.as_slice() {
        [first, second, ..] => (second - first) * (right - left),
        _ => right - left,
    };
    let longest = texts
        .iter()
        .map(|text| SMALL.width(text))
        .fold(0.0, f64::max);
    let slanted = matches!(below, Below::Each(_)) && longest + APART / 2.0 > slot;
    let needed = if slanted {
        SMALL.height() + 7.0
    } else {
        longest + APART
    };
    // Bars of which each has room have a label each.
    let every = if slanted || !matches!(below, Below::Each(_)) {
        (needed / slot).ceil()
    } else {
        1.0
    };
    let room = if slanted {
        longest * FRAC_PI_4.sin() + 8.0
    } else {
        SMALL.height()
    };
    let name = if style.x_label.is_some() { 26.0 } else { 0.0 };
    let bottom = (style.height as f64 - MARGIN + 6.0 - name - room - 10.0).floor();
    let area = Area {
        left,
        top: (top + 14.0).ceil(),
        right,
        bottom,
    };
    let frame = Frame { area, scale };

    for (value, text) in &marks {
        let y = frame.y(*value).round() + 0.5;
        let colour = if *value == 0.0 {
            style.axis
        } else {
            style.grid
        };
        canvas.stroke(&[point(left, y), point(right, y)], 1.0, colour);
        let baseline = (y + SMALL.height() / 2.0).floor() + 0.5;
        SMALL.write(
            canvas,
            text,
            point(left - 10.0, baseline),
            Align::Right,
            0.0,
            style.muted,
        );
    }
    for (text, share) in texts.iter().zip(&places).step_by((every as usize).max(1)) {
        let x = along(*share);
        if slanted {
            let fitted = SMALL.fitted(text, (x - 6.0) / FRAC_PI_4.cos());
            let at = point(x + 4.0, bottom + 14.0);
            SMALL.write(canvas, &fitted, at, Align::Right, FRAC_PI_4, style.muted);
        } else {
            let half = SMALL.width(text) / 2.0;
            let within = x.min(style.width as f64 - 6.0 - half);
            let at = point(within, bottom + 12.5 + SMALL.height());
            SMALL.write(canvas, text, at, Align::Middle, 0.0, style.muted);
        }
    }
    if let Some(text) = &style.x_label {
        let fitted = NORMAL.fitted(text, right - left);
        let at = point((left + right) / 2.0, style.height as f64 - 18.5);
        NORMAL.write(canvas, &fitted, at, Align::Middle, 0.0, style.muted);
    }
    if let Some(text) = &style.y_label {
        let fitted = NORMAL.fitted(text, bottom - area.top);
        let at = point(MARGIN + NORMAL.height(), (area.top + bottom) / 2.0);
        NORMAL.write(canvas, &fitted, at, Align::Middle, FRAC_PI_2, style.muted);
    }
    frame
}
