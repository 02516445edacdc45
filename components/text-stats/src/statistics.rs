use crate::words::{ordered, words};
use crate::Stats;
use std::collections::BTreeMap;

const TOP_WORDS: usize = 10;

pub fn analyze(text: &str) -> Stats {
    let mut counts = BTreeMap::new();
    let mut longest: Option<(&str, usize)> = None;
    let mut total = 0_u32;
    let mut letters = 0;
    for word in words(text) {
        let length = word.chars().count();
        total += 1;
        letters += length;
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
        if longest.is_none_or(|(_, most)| length > most) {
            longest = Some((word, length));
        }
    }
    let distinct_words = counts.len() as u32;
    let mut top_words = ordered(counts);
    top_words.truncate(TOP_WORDS);

    Stats {
        bytes: text.len() as u32,
        characters: text.chars().count() as u32,
        words: total,
        distinct_words,
        lines: text.lines().count() as u32,
        sentences: sentences(text),
        mean_word_length: if total == 0 {
            0.0
        } else {
            letters as f64 / f64::from(total)
        },
        longest_word: longest.map(|(word, _)| word.to_owned()),
        top_words,
    }
}

/// A full stop inside a number or a name, as in `3.14`, ends nothing.
fn sentences(text: &str) -> u32 {
    let mut count = 0;
    let mut open = false;
    let mut previous = '\0';
    let mut characters = text
        .chars()
        .filter(|&character| character != '\r')
        .peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied().unwrap_or(' ');
        let ends = matches!(character, '.' | '!' | '?') && !next.is_alphanumeric()
            || matches!(character, '。' | '！' | '？')
            || (previous, character) == ('\n', '\n');
        if ends && open {
            count += 1;
            open = false;
        }
        open |= character.is_alphanumeric();
        previous = character;
    }
    count + u32::from(open)
}
