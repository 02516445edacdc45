//! Size and colours of a picture, from the caller's options.

use crate::canvas::{Canvas, Colour};
use crate::{Options, Theme};

const WIDTHS: std::ops::RangeInclusive<u16> = 400..=1600;
const HEIGHTS: std::ops::RangeInclusive<u16> = 300..=1200;
const DEFAULT_SIZE: (u16, u16) = (960, 540);

/// Neighbours differ in lightness too, for eyes that see fewer colours.
pub const PALETTE: [(&str, Colour); 10] = [
    ("blue", Colour([0x3b, 0x6f, 0xd4])),
    ("orange", Colour([0xf2, 0x8e, 0x2b])),
    ("green", Colour([0x2a, 0x9d, 0x6f])),
    ("red", Colour([0xd9, 0x48, 0x4f])),
    ("violet", Colour([0x8a, 0x5c, 0xc9])),
    ("teal", Colour([0x1f, 0xa9, 0xbd])),
    ("pink", Colour([0xe0, 0x7a, 0xb5])),
    ("olive", Colour([0xa9, 0x9c, 0x2f])),
    ("brown", Colour([0x93, 0x6a, 0x4c])),
    ("grey", Colour([0x74, 0x80, 0x8d])),
];

/// What an option that is absent means is decided here, once.
pub struct Style {
    pub width: usize,
    pub height: usize,
    pub background: Colour,
    /// Of the title and of figures.
    pub ink: Colour,
    /// Of what explains.
    pub muted: Colour,
    pub grid: Colour,
    pub axis: Colour,
    pub x_label: Option<String>,
    pub y_label: Option<String>,
    pub stacked: bool,
}

impl Style {
    pub fn new(options: Option<Options>) -> Result<Style, String> {
        let options = options.unwrap_or(Options {
            width: None,
            height: None,
            theme: None,
            x_label: None,
            y_label: None,
            stacked: None,
        });
        let size = |name, given: Option<u16>, default, allowed: std::ops::RangeInclusive<u16>| {
            let pixels = given.unwrap_or(default);
            if allowed.contains(&pixels) {
                return Ok(usize::from(pixels));
            }
            let (least, most) = (allowed.start(), allowed.end());
            Err(format!("options.{name}: {least} to {most}, not {pixels}"))
        };
        let dark = options.theme == Some(Theme::Dark);
        let either = |light, on_dark| Colour(if dark { on_dark } else { light });
        Ok(Style {
            width: size("width", options.width, DEFAULT_SIZE.0, WIDTHS)?,
            height: size("height", options.height, DEFAULT_SIZE.1, HEIGHTS)?,
            background: either([0xff, 0xff, 0xff], [0x17, 0x1a, 0x1f]),
            ink: either([0x1d, 0x23, 0x2b], [0xf0, 0xf2, 0xf5]),
            muted: either([0x53, 0x5d, 0x69], [0xa9, 0xb2, 0xbd]),
            grid: either([0xe6, 0xe9, 0xed], [0x2d, 0x32, 0x3a]),
            axis: either([0x93, 0x9c, 0xa6], [0x6c, 0x75, 0x80]),
            x_label: options.x_label.filter(|text| !text.trim().is_empty()),
            y_label: options.y_label.filter(|text| !text.trim().is_empty()),
            stacked: options.stacked.unwrap_or(false),
        })
    }

    pub fn canvas(&self) -> Canvas {
        Canvas::new(self.width, self.height, self.background)
    }

    /// Of the series or slice at a position; a second round through the palette is paler.
    pub fn colour(&self, position: usize) -> Colour {
        let (_, colour) = PALETTE[position % PALETTE.len()];
        let paler = position / PALETTE.len() % 2 == 1;
        colour.mixed(self.background, if paler { 0.5 } else { 0.0 })
    }

    pub fn without_stack(self) -> Result<Style, String> {
        if self.stacked {
            return Err("options.stacked: for bars only".to_owned());
        }
        Ok(self)
    }

    pub fn without_axes(self) -> Result<Style, String> {
        if self.x_label.is_some() || self.y_label.is_some() {
            return Err("options.x-label and options.y-label: a pie has no axes".to_owned());
        }
        self.without_stack()
    }
}
