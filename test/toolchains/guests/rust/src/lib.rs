//! The world `system` in Rust, with WASI through the standard library.

wit_bindgen::generate!({ world: "system", path: "../../wit", generate_all });

use exports::toolchain::corpus::{clock, counters, files, settings, values};
use std::cell::Cell;
use values::{Everything, Shape};

struct Guest;

impl values::Guest for Guest {
    fn echo(value: Everything) -> Everything {
        value
    }

    fn echo_shapes(value: Vec<Shape>) -> Vec<Shape> {
        value
    }

    fn echo_nested(value: Option<Option<String>>) -> Option<Option<String>> {
        value
    }

    fn divide(dividend: i64, divisor: i64) -> Result<i64, String> {
        dividend.checked_div(divisor).ok_or_else(|| "division by zero".into())
    }

    fn sorted(mut texts: Vec<String>) -> Vec<String> {
        texts.sort();
        texts
    }

    fn area(shape: Shape) -> f64 {
        match shape {
            Shape::Circle(radius) => std::f64::consts::PI * radius * radius,
            Shape::Polygon(points) => {
                let next = points.iter().cycle().skip(1);
                let cross = points.iter().zip(next).map(|(here, there)| {
                    f64::from(here.x) * there.y - f64::from(there.x) * here.y
                });
                cross.sum::<f64>().abs() / 2.0
            }
            Shape::Nothing | Shape::Label(_) => 0.0,
        }
    }

    fn check(good: bool) -> Result<(), ()> {
        good.then_some(()).ok_or(())
    }

    fn many(
        a: u32, b: String, c: u64, d: f64, e: String, f: Vec<u32>, g: bool, h: char, i: i8,
        j: Option<u32>, k: String,
    ) -> String {
        let f = f.iter().map(u32::to_string).collect::<Vec<_>>().join("+");
        let j = j.map_or("none".into(), |j| j.to_string());
        format!("{a} {b} {c} {d} {e} {f} {g} {h} {i} {j} {k}")
    }
}

struct Counter(Cell<u32>);

impl counters::GuestCounter for Counter {
    fn new(start: u32) -> Self {
        Counter(Cell::new(start))
    }

    fn add(&self, amount: u32) -> u32 {
        self.0.set(self.0.get() + amount);
        self.0.get()
    }

    fn merge(one: counters::Counter, other: counters::Counter) -> counters::Counter {
        let sum = one.get::<Counter>().0.get() + other.get::<Counter>().0.get();
        counters::Counter::new(Counter(Cell::new(sum)))
    }
}

impl counters::Guest for Guest {
    type Counter = Counter;

    fn value_of(counter: counters::CounterBorrow) -> u32 {
        counter.get::<Counter>().0.get()
    }
}

impl clock::Guest for Guest {
    fn now() -> u64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| since.as_secs())
    }

    fn random(length: u32) -> Vec<u8> {
        use std::hash::{BuildHasher, RandomState};
        (0..length).map(|i| RandomState::new().hash_one(i) as u8).collect()
    }

    fn print(text: String) {
        println!("{text}");
    }
}

impl files::Guest for Guest {
    fn keep(path: String, text: String) -> Result<(u64, String), String> {
        let path = format!("/{path}");
        let kept = std::fs::write(&path, text).and_then(|()| std::fs::read_to_string(&path));
        let kept = kept.map_err(|error| error.to_string())?;
        Ok((kept.len() as u64, kept.lines().next().unwrap_or_default().into()))
    }
}

impl settings::Guest for Guest {
    fn setting(key: String) -> Option<String> {
        wasi::config::store::get(&key).ok().flatten()
    }
}

export!(Guest);
