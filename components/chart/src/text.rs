//! Writing: the shapes of `glyphs` at any size and angle.

use crate::canvas::{Canvas, Colour, Point, point};
use crate::glyphs::{CEDILLA, OGONEK, UNKNOWN, composed, shape};

/// Between two characters, in units of the grid.
const GAP: f64 = 3.4;
const SPACE: f64 = 1.5;
const DIGIT: f64 = 7.0;
const BASELINE: f64 = 16.0;
const CAPITAL: f64 = 12.0;
const CURVE_STEPS: u32 = 6;

/// How large and how bold.
#[derive(Clone, Copy)]
pub struct Font {
    /// Pixels that a unit of the grid has.
    scale: f64,
    /// Pixels.
    weight: f64,
}

pub const SMALL: Font = Font {
    scale: 0.75,
    weight: 1.2,
};
pub const NORMAL: Font = Font {
    scale: 0.875,
    weight: 1.35,
};
pub const TITLE: Font = Font {
    scale: 1.25,
    weight: 2.3,
};
pub const FIGURE: Font = Font {
    scale: 1.75,
    weight: 2.8,
};

/// Which part of the text its place is.
#[derive(Clone, Copy)]
pub enum Align {
    Left,
    Middle,
    Right,
}

/// The strokes of a character from x = 0 on, and how wide it is.
struct Glyph {
    strokes: Vec<Vec<Point>>,
    width: f64,
}

impl Font {
    /// Of a capital letter, in pixels.
    pub fn height(&self) -> f64 {
        CAPITAL * self.scale
    }

    /// In pixels.
    pub fn width(&self, text: &str) -> f64 {
        let widths: f64 = text.chars().map(|one| glyph(one).width + GAP).sum();
        (widths - GAP).max(0.0) * self.scale
    }

    /// The text, or as much of its beginning as fits with an ellipsis.
    pub fn fitted(&self, text: &str, width: f64) -> String {
        let ellipsis = self.width("…") + GAP * self.scale;
        let (mut used, mut kept) = (0.0, 0);
        for (at, character) in text.char_indices() {
            used += (glyph(character).width + GAP) * self.scale;
            if used + ellipsis <= width {
                kept = at + character.len_utf8();
            }
            if used - GAP * self.scale > width {
                return format!("{}…", text[..kept].trim_end());
            }
        }
        text.to_owned()
    }

    /// Writes with the baseline at `at`, turned by `angle`, in radians against the clock.
    pub fn write(
        &self,
        canvas: &mut Canvas,
        text: &str,
        at: Point,
        align: Align,
        angle: f64,
        colour: Colour,
    ) {
        let (sin, cos) = angle.sin_cos();
        let mut pen = match align {
            Align::Left => 0.0,
            Align::Middle => -self.width(text) / 2.0,
            Align::Right => -self.width(text),
        };
        for character in text.chars() {
            let glyph = glyph(character);
            for stroke in &glyph.strokes {
                let place = |one: &Point| {
                    let (x, y) = (pen + one.x * self.scale, (one.y - BASELINE) * self.scale);
                    point(at.x + x * cos + y * sin, at.y - x * sin + y * cos)
                };
                let placed: Vec<Point> = stroke.iter().map(place).collect();
                let dot = if placed.len() == 1 { 1.45 } else { 1.0 };
                canvas.stroke(&placed, self.weight * dot, colour);
            }
            pen += (glyph.width + GAP) * self.scale;
        }
    }
}

fn glyph(character: char) -> Glyph {
    if character.is_whitespace() || character.is_control() {
        return Glyph {
            strokes: vec![],
            width: SPACE,
        };
    }
    let (letter, mark) = match composed(character) {
        Some((letter, mark)) => (letter, Some(mark)),
        None => (character, None),
    };
    let mut strokes = parsed(shape(letter).unwrap_or(UNKNOWN));
    let mut width = extent(&strokes);
    if let Some(mark) = mark {
        let mut above = parsed(mark);
        let raised = letter.is_uppercase() && mark != CEDILLA && mark != OGONEK;
        let middle = (width - extent(&above)) / 2.0;
        for place in above.iter_mut().flatten() {
            place.x += if mark == OGONEK { width - 2.0 } else { middle };
            place.y -= if raised { 4.0 } else { 0.0 };
        }
        strokes.append(&mut above);
        // A mark may be wider than an i: the i moves into its middle.
        let left = strokes
            .iter()
            .flatten()
            .map(|one| one.x)
            .fold(0.0, f64::min);
        strokes.iter_mut().flatten().for_each(|one| one.x -= left);
        width -= 2.0 * left;
    }
    if character.is_ascii_digit() {
        width = DIGIT;
    }
    Glyph { strokes, width }
}

fn extent(strokes: &[Vec<Point>]) -> f64 {
    strokes
        .iter()
        .flatten()
        .map(|one| one.x)
        .fold(0.0, f64::max)
}

fn parsed(shape: &str) -> Vec<Vec<Point>> {
    shape.split(" / ").map(outline).collect()
}

/// One stroke with its curves as short lines.
fn outline(stroke: &str) -> Vec<Point> {
    let mut points: Vec<Point> = vec![];
    let mut control: Option<Point> = None;
    for token in stroke.split(' ') {
        let digits = token.trim_start_matches('~');
        let digit = |at| {
            f64::from(
                digits[at..=at]
                    .chars()
                    .next()
                    .and_then(|d| d.to_digit(36))
                    .unwrap_or(0),
            )
        };
        let next = point(digit(0), digit(1));
        if !token.starts_with('~') {
            match control.take() {
                Some(bend) => curve(&mut points, bend, next),
                None => points.push(next),
            }
        } else if let Some(bend) = control.replace(next) {
            curve(
                &mut points,
                bend,
                point((bend.x + next.x) / 2.0, (bend.y + next.y) / 2.0),
            );
        }
    }
    points
}

fn curve(points: &mut Vec<Point>, bend: Point, to: Point) {
    let Some(&from) = points.last() else { return };
    for step in 1..=CURVE_STEPS {
        let t = f64::from(step) / f64::from(CURVE_STEPS);
        let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
        points.push(point(
            a * from.x + b * bend.x + c * to.x,
            a * from.y + b * bend.y + c * to.y,
        ));
    }
}
