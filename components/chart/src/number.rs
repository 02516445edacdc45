//! Numbers as people read them, and the steps of an axis.

/// Where the powers of ten end that divide exactly enough.
pub const TINY: f64 = 1e-280;

/// From 0.00002 to 4.1T in a few characters.
pub fn short(value: f64) -> String {
    let size = value.abs();
    let (divisor, suffix) = unit(size);
    let scaled = value / divisor;
    if size >= 1e15 || (size > 0.0 && size < 0.001) {
        return minus(&format!("{value:.2e}"));
    }
    let decimals = match scaled.abs() {
        large if large >= 10_000.0 => 0,
        large if large >= 100.0 => 1,
        large if large >= 1.0 => 2,
        _ => 4,
    };
    let text = format!("{scaled:.decimals$}");
    let trimmed = if decimals > 0 {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{}{suffix}", grouped(trimmed))
}

/// `12345.5` as `12,345.5`, with a true minus; four digits stay together, as in a year.
fn grouped(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", text),
    };
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && whole.len() > 4 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

fn unit(size: f64) -> (f64, &'static str) {
    match size {
        _ if size >= 1e12 => (1e12, "T"),
        _ if size >= 1e9 => (1e9, "B"),
        _ if size >= 1e6 => (1e6, "M"),
        _ => (1.0, ""),
    }
}

fn minus(text: &str) -> String {
    text.replace('-', "−")
}

/// All digits, which is also what JSON calls a number.
pub fn plain(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-6 {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// Without what binary fractions leave in the last digits of a sum.
pub fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// An axis from `low` to `high` in even steps of 1, 2 or 5 times a power of ten.
#[derive(Clone, Copy)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    step: f64,
}

impl Scale {
    /// Whole steps around the values: about so many of them.
    pub fn around(least: f64, most: f64, steps: f64) -> Scale {
        let size = least.abs().max(most.abs());
        let (least, most) = match most - least {
            span if span > (size * 1e-9).max(TINY) => (least, most),
            _ if size <= TINY => (0.0, 1.0),
            _ => (least - size / 2.0, most + size / 2.0),
        };
        let step = nice_step(most - least, steps);
        // A hair: 0.3 / 0.1 is less than 3.
        let low = (least / step + 1e-9).floor() * step;
        let high = (most / step - 1e-9).ceil() * step;
        Scale { low, high, step }
    }

    /// Just the values, with marks at whole steps between them; between `whole` numbers none of less than 1.
    pub fn within(least: f64, most: f64, steps: f64, whole: bool) -> Scale {
        let step = nice_step(most - least, steps);
        Scale {
            low: least,
            high: most,
            step: if whole { step.max(1.0) } else { step },
        }
    }

    /// Where a value stands, from 0 to 1.
    pub fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The marks and what is written beside them, all in the same unit and with as many decimals.
    pub fn marks(&self) -> Vec<(f64, String)> {
        let first = (self.low / self.step - 1e-9).ceil();
        let last = (self.high / self.step + 1e-9).floor();
        let values: Vec<f64> = (0..=(last - first).clamp(0.0, 100.0) as u32)
            .map(|at| (first + f64::from(at)) * self.step)
            .collect();
        let size = self.low.abs().max(self.high.abs());
        let decimals_of = |divisor: f64| (-(self.step / divisor).log10() - 1e-9).ceil().max(0.0);
        // Small steps between large numbers: no unit.
        let (divisor, suffix) = match unit(size) {
            (divisor, _) if decimals_of(divisor) > 3.0 => (1.0, ""),
            unit => unit,
        };
        let decimals = decimals_of(divisor);
        let write = |&value: &f64| {
            if value.abs() < self.step / 2.0 {
                return (0.0, "0".to_owned());
            }
            if size >= 1e15 || decimals > 6.0 {
                return (value, minus(&format!("{:e}", rounded(value))));
            }
            let text = format!("{:.*}", decimals as usize, value / divisor);
            (value, grouped(&text) + suffix)
        };
        values.iter().map(write).collect()
    }
}

fn nice_step(span: f64, steps: f64) -> f64 {
    let raw = span / steps;
    let power = 10_f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= raw * 0.999);
    factor.unwrap_or(10.0) * power
}
