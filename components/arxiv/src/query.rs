//! The query language of arXiv's catalogue.

const FIELDS: [&str; 9] = [
    "ti:", "au:", "abs:", "co:", "jr:", "cat:", "rn:", "id:", "all:",
];

pub fn written(
    query: &str,
    categories: &[String],
    date_from: Option<&str>,
) -> Result<String, String> {
    let mut conditions = Vec::new();
    if is_written(query) {
        conditions.push(format!("({})", query.trim()));
    } else {
        conditions.extend(words(query).map(|word| format!("all:{word}")));
    }
    if !categories.is_empty() {
        for category in categories {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-' || c == '*';
            if category.is_empty() || !category.chars().all(fits) {
                return Err(format!("categories: {category:?} is no category"));
            }
        }
        let any: Vec<_> = categories
            .iter()
            .map(|category| format!("cat:{category}"))
            .collect();
        conditions.push(format!("({})", any.join(" OR ")));
    }
    if let Some(date) = date_from {
        conditions.push(format!(
            "submittedDate:[{}0000 TO 999912312359]",
            day(date)?
        ));
    }
    if conditions.is_empty() {
        return Err("query: no word to look for".to_owned());
    }
    Ok(conditions.join(" AND "))
}

/// Whether somebody wrote it in the language already.
fn is_written(query: &str) -> bool {
    query
        .split(|c: char| c.is_whitespace() || c == '(')
        .any(|word| FIELDS.iter().any(|field| word.starts_with(field)))
}

/// The words without the characters that mean something in the language.
fn words(query: &str) -> impl Iterator<Item = String> {
    query
        .split(|c: char| c.is_whitespace() || "\"()[]:,;".contains(c))
        .filter(|word| !word.is_empty() && !["AND", "OR", "ANDNOT"].contains(word))
        .map(str::to_owned)
}

/// `2026-01-31` as `20260131`.
fn day(date: &str) -> Result<String, String> {
    let wrong = || format!("date-from: {date:?} is no day such as 2026-01-31");
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else {
        return Err(wrong());
    };
    let number = |part: &str, length: usize, least: u32, most: u32| {
        let digits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        digits
            && part
                .parse()
                .is_ok_and(|value: u32| (least..=most).contains(&value))
    };
    if number(year, 4, 1991, 9999) && number(month, 2, 1, 12) && number(day, 2, 1, 31) {
        Ok(parts.concat())
    } else {
        Err(wrong())
    }
}
