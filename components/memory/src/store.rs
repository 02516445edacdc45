//! The one file of the graph. It is replaced as a whole, so that a reader sees the old or the new one.
//!
//! A change makes a ticket, a file of its own; removes all other tickets; reads the graph; writes the new
//! one into its ticket; and renames that to be the graph. Once its ticket is removed, the rename fails. Of
//! two changes at once that is so for one, or it reads what the other wrote: whoever made its ticket later
//! saw the earlier ticket and removed it, or that was the graph already. This rests on no clock, and on no
//! end of a call that was killed. Taking turns only saves work.

use crate::exports::wassette_edge::memory::knowledge_graph::Graph;
use crate::lines;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{Error, ErrorKind, Write};
use std::thread::sleep;
use std::time::{Duration, Instant};

const FOLDER: &str = "/memory";
const FILE: &str = "/memory/graph.jsonl";
/// Whoever made it has its turn.
const TURN: &str = "/memory/.graph.jsonl.turn";
/// What the names of tickets begin with.
const TICKET: &str = ".graph.jsonl.ticket-";
/// How long one turn may last, many times what a change takes. A killed call does not end its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// Less than the 30 s that a call has by default, so that it can say why it failed.
const GIVE_UP: Duration = Duration::from_secs(20);

pub fn read() -> Result<Graph, String> {
    parse(&text()?)
}

/// Changes the graph, after every change that was answered before. When `apply` fails, nothing is changed.
pub fn change<T>(apply: impl Fn(&mut Graph) -> Result<T, String>) -> Result<T, String> {
    // First, so that a person who is asked is asked about the folder.
    fs::create_dir_all(FOLDER).map_err(failed)?;
    let start = Instant::now();
    let mut turn = None;
    let mut since = start;
    while start.elapsed() < GIVE_UP {
        if takes_turn()? {
            let outcome = attempt(&apply);
            // Who was overtaken has no turn any more: it is another's.
            if !matches!(outcome, Ok(None)) {
                let _ = fs::remove_file(TURN);
            }
            if let Some(done) = outcome.transpose() {
                return done;
            }
        }
        let began = fs::metadata(TURN).and_then(|turn| turn.modified()).ok();
        if began.is_none() || began != turn {
            turn = began;
            since = Instant::now();
        } else if since.elapsed() > PATIENCE {
            found(fs::remove_file(TURN))?;
        }
        sleep(Duration::from_millis(20 + random() % 60));
    }
    Err(format!(
        "{FILE}: other calls change it all the time; nothing was changed, try again"
    ))
}

fn takes_turn() -> Result<bool, String> {
    match File::create_new(TURN) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        made => made.map(|_| true).map_err(failed),
    }
}

/// `None`: another change came between, and nothing was changed.
fn attempt<T>(apply: impl Fn(&mut Graph) -> Result<T, String>) -> Result<Option<T>, String> {
    let name = format!("{TICKET}{:016x}", random());
    let mut mine = Ticket::new(&name)?;
    for entry in fs::read_dir(FOLDER).map_err(failed)? {
        let entry = entry.map_err(failed)?.file_name();
        let other = entry.to_string_lossy();
        if other.starts_with(TICKET) && other != name {
            found(fs::remove_file(format!("{FOLDER}/{other}")))?;
        }
    }
    let before = text()?;
    let mut graph = parse(&before)?;
    let answer = apply(&mut graph)?;
    let after = lines::write(&graph);
    let replaced = after == before || mine.becomes_graph(&after)?;
    Ok(replaced.then_some(answer))
}

struct Ticket {
    path: String,
    file: File,
}

impl Ticket {
    fn new(name: &str) -> Result<Ticket, String> {
        let path = format!("{FOLDER}/{name}");
        let file = File::create_new(&path).map_err(failed)?;
        Ok(Ticket { path, file })
    }

    /// Whether the ticket was still there.
    fn becomes_graph(&mut self, text: &str) -> Result<bool, String> {
        self.file.write_all(text.as_bytes()).map_err(failed)?;
        self.file.sync_all().map_err(failed)?;
        found(fs::rename(&self.path, FILE))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // Renamed or removed it is not there; else the next change removes it.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether what was to be moved or removed was there.
fn found(outcome: std::io::Result<()>) -> Result<bool, String> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        other => other.map(|()| true).map_err(failed),
    }
}

fn random() -> u64 {
    RandomState::new().hash_one(())
}

fn text() -> Result<String, String> {
    match fs::read_to_string(FILE) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(failed),
    }
}

fn parse(text: &str) -> Result<Graph, String> {
    lines::parse(text).map_err(|error| format!("{FILE}, {error}"))
}

fn failed(error: Error) -> String {
    // WASI's number for a path that no preopened directory holds.
    if error.raw_os_error() == Some(76) {
        return format!("{FILE}: no drive was granted");
    }
    format!("{FILE}: {error}")
}
