//! The numbers of a chart, checked before anything is drawn.

use crate::number::{TINY, plain};
use crate::{Series, Slice};

const MAX_SERIES: usize = 10;
const MAX_BARS: usize = 500;
const MAX_POINTS: usize = 20_000;
const MAX_SLICES: usize = 20;
/// Up to here a step of one still shows in an `f64`.
const MAX_VALUE: f64 = 1e15;

/// What stands along the horizontal axis.
pub enum Across {
    Labels(Vec<String>),
    Numbers(Vec<f64>),
}

/// At least one series, each with a value for each place of `across`, of which there is at least one.
pub struct Table {
    pub title: String,
    pub across: Across,
    pub series: Vec<Series>,
}

impl Across {
    pub fn len(&self) -> usize {
        match self {
            Across::Labels(labels) => labels.len(),
            Across::Numbers(numbers) => numbers.len(),
        }
    }

    pub fn label(&self, position: usize) -> String {
        match self {
            Across::Labels(labels) => labels[position].clone(),
            Across::Numbers(numbers) => plain(numbers[position]),
        }
    }
}

impl Table {
    pub fn of_bars(
        title: String,
        labels: Vec<String>,
        series: Vec<Series>,
    ) -> Result<Table, String> {
        if labels.is_empty() {
            return Err("categories: empty".to_owned());
        }
        let table = Table {
            title,
            across: Across::Labels(labels),
            series,
        };
        table.check("categories")?;
        let bars = table.count();
        if bars > MAX_BARS {
            return Err(format!("series: {bars} bars; {MAX_BARS} at most"));
        }
        Ok(table)
    }

    pub fn of_lines(title: String, across: Across, series: Vec<Series>) -> Result<Table, String> {
        if let Across::Numbers(numbers) = &across {
            finite("x", numbers)?;
            let falls = numbers.windows(2).position(|pair| pair[0] >= pair[1]);
            if let Some(at) = falls {
                let [before, after] = [numbers[at], numbers[at + 1]];
                return Err(format!(
                    "x[{}]: {after} is not larger than {before} before it",
                    at + 1
                ));
            }
            if let [first, .., last] = numbers.as_slice()
                && last - first <= TINY
            {
                return Err("x: all numbers are almost the same".to_owned());
            }
        }
        let table = Table {
            title,
            across,
            series,
        };
        table.check("x")?;
        let points = table.count();
        if points > MAX_POINTS {
            return Err(format!("series: {points} points; {MAX_POINTS} at most"));
        }
        Ok(table)
    }

    pub fn count(&self) -> usize {
        self.series.iter().map(|one| one.values.len()).sum()
    }

    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.series
            .iter()
            .flat_map(|one| one.values.iter().copied())
    }

    fn check(&self, across: &str) -> Result<(), String> {
        let expected = self.across.len();
        match self.series.len() {
            0 => return Err("series: empty".to_owned()),
            many if many > MAX_SERIES => {
                return Err(format!("series: {many}; {MAX_SERIES} at most"));
            }
            _ => {}
        }
        for (at, Series { values, .. }) in self.series.iter().enumerate() {
            if values.is_empty() {
                return Err(format!("series[{at}].values: empty"));
            }
            if values.len() != expected {
                let found = values.len();
                return Err(format!(
                    "series[{at}].values: {found} numbers, but {across} has {expected}"
                ));
            }
            finite(&format!("series[{at}].values"), values)?;
        }
        Ok(())
    }
}

pub fn check_slices(slices: &[Slice]) -> Result<(), String> {
    if slices.is_empty() {
        return Err("slices: empty".to_owned());
    }
    if slices.len() > MAX_SLICES {
        return Err(format!(
            "slices: {}; {MAX_SLICES} at most: put small ones together",
            slices.len()
        ));
    }
    let values: Vec<f64> = slices.iter().map(|one| one.value).collect();
    finite("slices", &values)?;
    if let Some(at) = values.iter().position(|&value| value < 0.0) {
        return Err(format!("slices[{at}]: negative: {}", values[at]));
    }
    if values.iter().all(|&value| value == 0.0) {
        return Err("slices: all are 0".to_owned());
    }
    Ok(())
}

fn finite(name: &str, values: &[f64]) -> Result<(), String> {
    match values.iter().position(|value| !(value.abs() <= MAX_VALUE)) {
        Some(at) if values[at].is_finite() => {
            Err(format!("{name}[{at}]: larger than {MAX_VALUE:e}"))
        }
        Some(at) => Err(format!("{name}[{at}]: not a finite number")),
        None => Ok(()),
    }
}
