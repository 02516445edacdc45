//! Pixels, and the few shapes that charts are made of, with smooth edges. Coordinates are pixels; y grows
//! downwards, and a pixel's middle lies at a half.

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

pub fn point(x: f64, y: f64) -> Point {
    Point { x, y }
}

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// This colour with so much of another, from 0 to 1.
    pub fn mixed(self, other: Colour, share: f64) -> Colour {
        let mix = |one: u8, two: u8| f64::from(one) + (f64::from(two) - f64::from(one)) * share;
        let [r, g, b] = [0, 1, 2].map(|at| mix(self.0[at], other.0[at]).round() as u8);
        Colour([r, g, b])
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

pub struct Canvas {
    pub width: usize,
    pub height: usize,
    /// Three bytes a pixel, row after row.
    pub pixels: Vec<u8>,
    /// How much of each pixel the shape at hand covers; empty between two shapes.
    mask: Vec<u8>,
}

impl Canvas {
    pub fn new(width: usize, height: usize, background: Colour) -> Canvas {
        Canvas {
            width,
            height,
            pixels: background.0.repeat(width * height),
            mask: vec![0; width * height],
        }
    }

    /// Straight lines from point to point with round ends and joints; one point alone is a dot.
    pub fn stroke(&mut self, points: &[Point], width: f64, colour: Colour) {
        let mut touched = self.nothing();
        let half = width / 2.0;
        let alone = points
            .iter()
            .zip(points)
            .take(usize::from(points.len() == 1));
        for (&from, &to) in alone.chain(points.iter().zip(points.iter().skip(1))) {
            let reach = Area {
                left: from.x.min(to.x) - half,
                top: from.y.min(to.y) - half,
                right: from.x.max(to.x) + half,
                bottom: from.y.max(to.y) + half,
            };
            self.cover_segment(reach, &mut touched, &Segment::new(from, to), half);
        }
        self.paint(&touched, colour);
    }

    /// A rectangle. `radius` rounds its two upper corners, or the lower ones if negative.
    pub fn fill(&mut self, area: Area, radius: f64, colour: Colour) {
        let mut touched = self.nothing();
        let round = radius.abs();
        let (left, right) = (area.left + round, area.right - round);
        let corner = if radius >= 0.0 {
            area.top + round
        } else {
            area.bottom - round
        };
        self.cover(area, &mut touched, |at| {
            let inside_x = (at.x - area.left).min(area.right - at.x);
            let inside_y = (at.y - area.top).min(area.bottom - at.y);
            let beyond_x = (left - at.x).max(at.x - right).max(0.0);
            let beyond_y = if radius >= 0.0 {
                corner - at.y
            } else {
                at.y - corner
            };
            if round > 0.0 && beyond_x > 0.0 && beyond_y > 0.0 {
                round - beyond_x.hypot(beyond_y)
            } else {
                inside_x.min(inside_y)
            }
        });
        self.paint(&touched, colour);
    }

    /// A ring around `centre`, each pixel in the colour that `colour_at` gives for its place, relative to
    /// the centre.
    pub fn ring(
        &mut self,
        centre: Point,
        inner: f64,
        outer: f64,
        colour_at: impl Fn(f64, f64) -> Colour,
    ) {
        let rows = range(centre.y - outer, centre.y + outer, self.height);
        let columns = range(centre.x - outer, centre.x + outer, self.width);
        for y in rows {
            for x in columns.clone() {
                let (dx, dy) = (x as f64 + 0.5 - centre.x, y as f64 + 0.5 - centre.y);
                let from_middle = dx.hypot(dy);
                let covered = share((outer - from_middle).min(from_middle - inner));
                if covered > 0.0 {
                    self.blend(y * self.width + x, colour_at(dx, dy), covered);
                }
            }
        }
    }

    fn nothing(&self) -> [usize; 4] {
        [self.width, self.height, 0, 0]
    }

    /// Adds a thick line to the mask, in steps along its own axes: there are many of them in a chart.
    fn cover_segment(
        &mut self,
        reach: Area,
        touched: &mut [usize; 4],
        segment: &Segment,
        half: f64,
    ) {
        let (rows, columns) = self.reached(reach, touched);
        let outside = half + 0.5;
        let inside = half - 0.5;
        for y in rows {
            let row = y * self.width;
            let (mut along, mut across) =
                segment.place(columns.start as f64 + 0.5, y as f64 + 0.5);
            for cell in &mut self.mask[row..][columns.clone()] {
                let beyond = if along < 0.0 { along } else { along - segment.length };
                let distance = if along < 0.0 || beyond > 0.0 {
                    (beyond * beyond + across * across).sqrt()
                } else {
                    across.abs()
                };
                if distance < outside {
                    let covered = if distance <= inside {
                        255
                    } else {
                        (share(half - distance) * 255.0 + 0.5) as u8
                    };
                    if *cell < covered {
                        *cell = covered;
                    }
                }
                along += segment.ux;
                across -= segment.uy;
            }
        }
    }

    /// The pixels of an area, which are added to what was touched.
    fn reached(
        &self,
        reach: Area,
        [left, top, right, bottom]: &mut [usize; 4],
    ) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let rows = range(reach.top, reach.bottom, self.height);
        let columns = range(reach.left, reach.right, self.width);
        *left = columns.start.min(*left);
        *top = rows.start.min(*top);
        *right = columns.end.max(*right);
        *bottom = rows.end.max(*bottom);
        (rows, columns)
    }

    /// Adds a shape to the mask. `inside` is how far a place is within its edge, negative outside.
    fn cover(&mut self, reach: Area, touched: &mut [usize; 4], inside: impl Fn(Point) -> f64) {
        let (rows, columns) = self.reached(reach, touched);
        for y in rows {
            for x in columns.clone() {
                let covered = share(inside(point(x as f64 + 0.5, y as f64 + 0.5)));
                let cell = &mut self.mask[y * self.width + x];
                *cell = (*cell).max((covered * 255.0).round() as u8);
            }
        }
    }

    /// Colours what the mask holds and empties it.
    fn paint(&mut self, &[left, top, right, bottom]: &[usize; 4], colour: Colour) {
        for y in top..bottom {
            for at in y * self.width + left..y * self.width + right {
                match std::mem::take(&mut self.mask[at]) {
                    0 => {}
                    255 => self.pixels[at * 3..at * 3 + 3].copy_from_slice(&colour.0),
                    covered => self.blend(at, colour, f64::from(covered) / 255.0),
                }
            }
        }
    }

    fn blend(&mut self, at: usize, colour: Colour, covered: f64) {
        let pixel = &mut self.pixels[at * 3..at * 3 + 3];
        let below = Colour([pixel[0], pixel[1], pixel[2]]);
        pixel.copy_from_slice(&below.mixed(colour, covered).0);
    }
}

/// Pixels that a span touches, edges included, within the picture.
fn range(from: f64, to: f64, end: usize) -> std::ops::Range<usize> {
    let clamp = |at: f64| at.clamp(0.0, end as f64) as usize;
    clamp((from - 1.0).floor())..clamp((to + 1.0).ceil())
}

/// Of a pixel whose middle is so far within an edge.
fn share(inside: f64) -> f64 {
    (inside + 0.5).clamp(0.0, 1.0)
}

/// From point to point, as an axis of its own.
struct Segment {
    from: Point,
    /// The direction, of length 1; that of a dot does not matter.
    ux: f64,
    uy: f64,
    length: f64,
}

impl Segment {
    fn new(from: Point, to: Point) -> Segment {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length = dx.hypot(dy);
        let (ux, uy) = if length > 0.0 {
            (dx / length, dy / length)
        } else {
            (1.0, 0.0)
        };
        Segment { from, ux, uy, length }
    }

    /// How far along the axis a place is, and how far beside it.
    fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = (x - self.from.x, y - self.from.y);
        (x * self.ux + y * self.uy, y * self.ux - x * self.uy)
    }
}
