//! How far a large chart has come, for clients that ask.

use crate::wassette_edge::mcp::client;

/// Values from which on a chart is worth reports.
const LARGE: usize = 2_000;

pub struct Progress {
    done: u32,
    /// `None` for a chart that is done before anybody could read a report.
    steps: Option<u32>,
}

impl Progress {
    pub fn new(values: usize, steps: usize) -> Progress {
        Progress {
            done: 0,
            steps: (values >= LARGE).then_some(steps as u32),
        }
    }

    pub fn step(&mut self, message: &str) {
        let Some(steps) = self.steps else { return };
        self.done += 1;
        client::progress(f64::from(self.done), Some(f64::from(steps)), Some(message));
    }
}
