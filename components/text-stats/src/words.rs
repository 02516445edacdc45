use crate::WordCount;
use std::collections::BTreeMap;

/// The words of a text: runs of letters and digits, joined by single apostrophes or hyphens.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = &rest[rest.find(char::is_alphanumeric)?..];
        let (word, after) = rest.split_at(word_length(rest));
        rest = after;
        Some(word)
    })
}

fn word_length(text: &str) -> usize {
    let mut length = 0;
    let mut joined = false;
    for (at, character) in text.char_indices() {
        if character.is_alphanumeric() {
            length = at + character.len_utf8();
            joined = false;
        } else if matches!(character, '\'' | '\u{2019}' | '-') && !joined {
            joined = true;
        } else {
            break;
        }
    }
    length
}

/// Counts in order: most frequent first, then alphabetical.
pub fn ordered(counts: BTreeMap<String, u32>) -> Vec<WordCount> {
    let mut list: Vec<_> = counts
        .into_iter()
        .map(|(word, count)| WordCount { word, count })
        .collect();
    list.sort_by_key(|entry| std::cmp::Reverse(entry.count));
    list
}
