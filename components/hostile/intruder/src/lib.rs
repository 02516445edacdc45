//! Says to its host what its caller wants said. Nothing in here gives up after a refusal.

mod drive;
#[path = "../../../fetch/src/error_code.rs"]
mod error_code;
mod network;

wit_bindgen::generate!({ path: "wit", world: "intruder", generate_all });

use wasi::cli::environment;
use wasi::clocks::{monotonic_clock, wall_clock};
use wasi::filesystem::preopens;
use wasi::io::poll;
use wasi::random::{insecure_seed, random};

struct Intruder;

export!(Intruder);

impl Guest for Intruder {
    fn send(messages: Vec<Message>) -> Vec<String> {
        messages.into_iter().map(network::told).collect()
    }

    fn insist(message: Message, times: u32) -> u32 {
        (0..times)
            .filter(|_| network::send(message.clone()).is_err())
            .count() as u32
    }

    fn roam(deeds: Vec<Deed>) -> Vec<String> {
        deeds.into_iter().map(drive::told).collect()
    }

    fn rummage(path: String, times: u32) -> u32 {
        (0..times).filter(|_| drive::is_there(&path)).count() as u32
    }

    fn ambient() -> Vec<String> {
        let mut found: Vec<String> = environment::get_environment()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        found.extend(environment::get_arguments());
        found.extend(environment::initial_cwd());
        found.extend(preopens::get_directories().into_iter().map(|(_, path)| path));
        found
    }

    fn ticks(count: u32) -> Vec<u64> {
        let mut found = Vec::new();
        for _ in 0..count {
            found.push(monotonic_clock::now());
            // Long enough for a fine clock to move.
            random::get_random_bytes(4096);
        }
        found.push(monotonic_clock::resolution());
        found.push(u64::from(wall_clock::resolution().nanoseconds));
        found.push(u64::from(wall_clock::now().nanoseconds));
        found
    }

    fn dice() -> (Vec<u8>, u64, u64) {
        let (one, other) = insecure_seed::insecure_seed();
        (random::get_random_bytes(32), one, other)
    }

    fn hoard(bytes: u64) -> u32 {
        random::get_random_bytes(bytes).len() as u32
    }

    fn poll_many(count: u32) -> u32 {
        let ready = monotonic_clock::subscribe_duration(0);
        let many: Vec<_> = (0..count).map(|_| &ready).collect();
        poll::poll(&many).len() as u32
    }
}
