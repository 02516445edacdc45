use crate::words::{ordered, words};
use crate::{Choice, Document, Fields, RankOptions, RankedDocument, Scoring};
use std::collections::{BTreeMap, BTreeSet};

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// One document as the scoring sees it.
struct Searched {
    length: u32,
    found: BTreeMap<String, u32>,
}

pub fn rank(documents: &[Document], options: &RankOptions) -> Vec<RankedDocument> {
    let query: BTreeSet<String> = words(&options.query).map(str::to_lowercase).collect();
    let fields = options.fields.unwrap_or(Fields::all());
    let searched: Vec<_> = documents
        .iter()
        .map(|document| {
            let mut one = Searched {
                length: 0,
                found: BTreeMap::new(),
            };
            for word in parts(document, fields)
                .flat_map(words)
                .map(str::to_lowercase)
            {
                one.length += 1;
                if query.contains(&word) {
                    *one.found.entry(word).or_insert(0) += 1;
                }
            }
            one
        })
        .collect();
    let scores: Vec<f64> = match options.scoring.unwrap_or(Scoring::Bm25) {
        Scoring::Occurrences => searched
            .iter()
            .map(|one| f64::from(one.found.values().sum::<u32>()))
            .collect(),
        Scoring::Bm25 => bm25(&query, &searched),
    };

    let mut ranking: Vec<_> = documents
        .iter()
        .zip(searched)
        .zip(scores)
        .enumerate()
        .map(|(position, ((document, one), score))| RankedDocument {
            id: document.id.clone(),
            position: position as u32,
            score,
            matches: ordered(one.found),
        })
        .collect();
    ranking.sort_by(|one, other| other.score.total_cmp(&one.score));
    choose(ranking, options.choice)
}

fn parts(document: &Document, fields: Fields) -> impl Iterator<Item = &str> {
    let title = document
        .title
        .as_deref()
        .filter(|_| fields.contains(Fields::TITLE));
    let text = Some(document.text.as_str()).filter(|_| fields.contains(Fields::TEXT));
    title.into_iter().chain(text)
}

fn bm25(query: &BTreeSet<String>, searched: &[Searched]) -> Vec<f64> {
    let count = searched.len() as f64;
    let mean = searched
        .iter()
        .map(|one| f64::from(one.length))
        .sum::<f64>()
        / count;
    let rarity: BTreeMap<&String, f64> = query
        .iter()
        .map(|word| {
            let holders = searched
                .iter()
                .filter(|one| one.found.contains_key(word))
                .count() as f64;
            (word, (1.0 + (count - holders + 0.5) / (holders + 0.5)).ln())
        })
        .collect();
    let score = |one: &Searched| {
        let norm = K1 * (1.0 - B + B * f64::from(one.length) / mean);
        let weigh = |(word, &times): (&String, &u32)| {
            let times = f64::from(times);
            rarity[word] * times * (K1 + 1.0) / (times + norm)
        };
        one.found.iter().map(weigh).sum::<f64>()
    };
    searched.iter().map(score).collect()
}

fn choose(mut ranking: Vec<RankedDocument>, choice: Option<Choice>) -> Vec<RankedDocument> {
    if let Some(Choice::Everything) = choice {
        return ranking;
    }
    ranking.retain(|one| !one.matches.is_empty());
    match choice {
        Some(Choice::Best(most)) => ranking.truncate(most as usize),
        Some(Choice::AtLeast(least)) => ranking.retain(|one| one.score >= least),
        Some(Choice::Everything) | None => {}
    }
    ranking
}
