/// A glob pattern, split at its slashes.
pub struct Pattern {
    parts: Vec<Vec<char>>,
    /// Whether it is compared with the name alone.
    name_only: bool,
}

impl Pattern {
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split('/').filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            return Err("the pattern is empty".to_owned());
        }
        Ok(Self {
            name_only: !text.contains('/') && text != "**",
            parts: parts.iter().map(|part| part.chars().collect()).collect(),
        })
    }

    /// `path` holds the names from the directory of the search down to the file's own.
    pub fn fits(&self, path: &[&str]) -> bool {
        let path = match path {
            [.., name] if self.name_only => std::slice::from_ref(name),
            _ => path,
        };
        fits_path(&self.parts, path)
    }
}

fn fits_path(parts: &[Vec<char>], path: &[&str]) -> bool {
    // One row of the usual table: which beginnings of the path fit the parts so far.
    let mut reached = vec![false; path.len() + 1];
    reached[0] = true;
    for part in parts {
        let mut next = vec![false; path.len() + 1];
        if part[..] == ['*', '*'] {
            let mut any = false;
            for (now, before) in next.iter_mut().zip(&reached) {
                any |= *before;
                *now = any;
            }
        } else {
            for (at, name) in path.iter().enumerate() {
                next[at + 1] = reached[at] && fits_name(part, name);
            }
        }
        reached = next;
    }
    reached[path.len()]
}

/// Walks both sides once, and goes back to the last `*` when they part.
fn fits_name(pattern: &[char], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, n));
            p += 1;
        } else if let Some(next) = fits_character(pattern, p, name[n]) {
            p = next;
            n += 1;
        } else if let Some((after, from)) = star {
            star = Some((after, from + 1));
            (p, n) = (after, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&character| character == '*')
}

/// Where the pattern goes on after one character that fits.
fn fits_character(pattern: &[char], at: usize, character: char) -> Option<usize> {
    match *pattern.get(at)? {
        '?' => Some(at + 1),
        '[' => match class(pattern, at) {
            Some((end, fits)) => fits(character).then_some(end),
            None => (character == '[').then_some(at + 1),
        },
        literal => (literal == character).then_some(at + 1),
    }
}

/// A class such as `[a-z0]` or `[!a]`: the place after it and its test. `None` without a closing bracket.
fn class(pattern: &[char], at: usize) -> Option<(usize, impl Fn(char) -> bool)> {
    let negated = matches!(pattern.get(at + 1), Some('!' | '^'));
    let start = at + 1 + usize::from(negated);
    // A bracket in the first place stands for itself.
    let end = (start + 1..pattern.len()).find(|&place| pattern[place] == ']')?;
    let members = &pattern[start..end];
    let fits = move |character| {
        let mut inside = false;
        let mut rest = members;
        while let [first, after @ ..] = rest {
            (inside, rest) = match after {
                ['-', last, after @ ..] => (inside || (*first..=*last).contains(&character), after),
                _ => (inside || *first == character, after),
            };
        }
        inside != negated
    };
    Some((end + 1, fits))
}
