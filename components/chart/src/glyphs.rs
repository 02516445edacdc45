//! The shapes of the characters: strokes on a grid, drawn for this component.
//!
//! A point is two digits of base 36, x and y. Capitals stand between y = 4 and the baseline at 16 (`g`),
//! small letters begin at 8, descenders end at 20 (`k`). `~` marks a control point of a quadratic curve;
//! between two of them lies a point in their middle. `/` lifts the pen, and a point alone is a dot.

/// What stands for a character that has no shape here.
pub const UNKNOWN: &str = "04 64 6g 0g 04";

/// Marks above small letters, and the two below; capitals have the former 4 higher.
pub const GRAVE: &str = "04 26";
pub const ACUTE: &str = "06 24";
pub const CIRCUMFLEX: &str = "06 24 46";
pub const TILDE: &str = "06 ~13 25 ~37 44";
pub const DIAERESIS: &str = "05 / 35";
pub const RING: &str = "05 ~03 ~33 ~37 ~07 05";
pub const CARON: &str = "04 26 44";
pub const DOUBLE_ACUTE: &str = "06 24 / 36 54";
pub const BREVE: &str = "04 ~07 ~47 44";
pub const MACRON: &str = "05 45";
pub const DOT: &str = "05";
pub const CEDILLA: &str = "1g 1h ~3h 3j ~3k 0k";
pub const OGONEK: &str = "2g ~0i 0j ~0k 2k";

/// `None` for a character that is unknown.
pub fn shape(character: char) -> Option<&'static str> {
    Some(match character {
        '!' => "04 0c / 0g",
        '"' | '“' | '”' => "04 07 / 34 37",
        '#' => "34 2g / 74 6g / 08 98 / 0c 9c",
        '$' => "87 ~75 45 ~05 08 ~0a 4a ~8a 8d ~8f 4f ~1f 0d / 43 4h",
        '%' => "94 2g / 06 ~04 ~44 ~49 ~09 06 / 7e ~7b ~bb ~bg ~7g 7e",
        '&' => "9g 27 ~24 44 ~64 66 ~68 49 ~0b 0d ~0g 3g ~7g 9b",
        '\'' | '‘' | '’' => "04 07",
        '(' => "33 ~07 0b ~0f 3j",
        ')' => "03 ~37 3b ~3f 0j",
        '*' => "34 3a / 05 69 / 65 09",
        '+' => "47 4f / 0b 8b",
        ',' | '‚' => "1f 1g 0j",
        '„' => "1f 1g 0j / 5f 5g 4j",
        '-' | '\u{2010}' | '\u{2011}' => "0b 4b",
        '.' => "0g",
        '/' => "53 0i",
        '0' => "0a ~04 ~74 ~7g ~0g 0a",
        '1' => "17 44 4g",
        '2' => "07 ~04 44 ~74 77 ~79 5b 0g 7g",
        '3' => "06 ~14 34 ~74 77 ~7a 3a ~7a 7d ~7g 3g ~0g 0d",
        '4' => "5g 54 0c 7c",
        '5' => "64 14 0a ~19 39 ~79 7c ~7g 3g ~1g 0e",
        '6' => "65 ~54 44 ~04 0b 0c ~09 ~79 ~7g ~0g 0c",
        '7' => "04 74 2g",
        '8' => "17 ~14 ~64 ~6a ~1a 17 / 0d ~0a ~7a ~7g ~0g 0d",
        '9' => "1f ~2g 3g ~7g 79 78 ~7b ~0b ~04 ~74 78",
        ':' => "0a / 0g",
        ';' => "1a / 1f 1g 0j",
        '<' => "76 0b 7g",
        '=' => "09 89 / 0d 8d",
        '>' => "06 7b 0g",
        '?' => "06 ~04 34 ~64 67 ~69 3b 3c / 3g",
        '@' => "8b ~88 ~38 ~3e ~8e 8b / 88 8c ~8e 9e ~be bb ~b4 64 ~04 0b ~0i 6i 9i",
        'A' => "0g 54 ag / 1d 9d",
        'B' => "0a 4a ~8a 8d ~8g 4g 0g 04 44 ~74 77 ~7a 4a",
        'C' => "97 ~84 54 ~04 0a ~0g 5g ~8g 9d",
        'D' => "04 0g 4g ~9g 9a ~94 44 04",
        'E' => "74 04 0g 7g / 0a 6a",
        'F' => "74 04 0g / 0a 6a",
        'G' => "97 ~84 54 ~04 0a ~0g 5g ~9g 9b 5b",
        'H' => "04 0g / 84 8g / 0a 8a",
        'I' => "04 0g",
        'J' => "54 5c ~5g 2g ~0g 0d",
        'K' => "04 0g / 84 0b / 38 8g",
        'L' => "04 0g 7g",
        'M' => "0g 04 5d a4 ag",
        'N' => "0g 04 8g 84",
        'O' => "0a ~04 ~a4 ~ag ~0g 0a",
        'P' => "0g 04 44 ~84 ~8b 4b 0b",
        'Q' => "0a ~04 ~a4 ~ag ~0g 0a / 6d ah",
        'R' => "0g 04 44 ~84 ~8b 4b 0b / 4b 8g",
        'S' => "87 ~74 44 ~04 07 ~0a 4a ~8a 8d ~8g 4g ~1g 0d",
        'T' => "04 84 / 44 4g",
        'U' => "04 0b ~0g 4g ~8g 8b 84",
        'V' => "04 5g a4",
        'W' => "04 3g 75 bg e4",
        'X' => "04 8g / 84 0g",
        'Y' => "04 4a 84 / 4a 4g",
        'Z' => "04 84 0g 8g",
        '[' => "33 03 0j 3j",
        '\\' => "03 5i",
        ']' => "03 33 3j 0j",
        '^' => "0a 34 6a",
        '_' => "0i 8i",
        '`' => GRAVE,
        'a' => "0a ~18 38 ~68 6b 6g / 6c 3c ~0c 0e ~0g 2g ~6g 6d",
        'b' => "04 0g / 0c ~08 ~68 ~6g ~0g 0c",
        'c' => "6a ~58 38 ~08 0c ~0g 3g ~5g 6e",
        'd' => "64 6g / 6c ~68 ~08 ~0g ~6g 6c",
        'e' => "0c 6c ~68 38 ~08 0c ~0g 3g ~5g 6e",
        'f' => "54 ~24 27 2g / 08 58",
        'g' => "6c ~68 ~08 ~0g ~6g 6c / 68 6h ~6k 3k ~1k 0j",
        'h' => "04 0g / 0b ~08 38 ~68 6b 6g",
        'i' => "08 0g / 05",
        'j' => "28 2h ~2k 0k / 25",
        'k' => "04 0g / 58 0d / 2b 6g",
        'l' => "04 0e ~0g 2g",
        'm' => "08 0g / 0b ~08 28 ~58 5b 5g / 5b ~58 78 ~a8 ab ag",
        'n' => "08 0g / 0b ~08 38 ~68 6b 6g",
        'o' => "0c ~08 ~78 ~7g ~0g 0c",
        'p' => "08 0k / 0c ~08 ~68 ~6g ~0g 0c",
        'q' => "68 6k / 6c ~68 ~08 ~0g ~6g 6c",
        'r' => "08 0g / 0c ~08 48",
        's' => "69 ~58 38 ~08 0a ~0c 3c ~6c 6e ~6g 3g ~1g 0f",
        't' => "25 2d ~2g 5g / 08 58",
        'u' => "08 0d ~0g 3g ~6g 6d / 68 6g",
        'v' => "08 3g 68",
        'w' => "08 2g 59 8g a8",
        'x' => "08 6g / 68 0g",
        'y' => "08 3g / 68 3g ~2k 0k",
        'z' => "08 68 0g 6g",
        '{' => "43 ~23 27 ~2b 0b ~2b 2f ~2j 4j",
        '|' => "03 0j",
        '}' => "03 ~23 27 ~2b 4b ~2b 2f ~2j 0j",
        '~' => "0c ~29 4b ~6d 8a",
        '£' => "76 ~64 54 ~24 27 2d ~2g 0g 7g / 0a 5a",
        '€' => "97 ~84 64 ~24 2a ~2g 6g ~8g 9d / 09 69 / 0c 6c",
        '¥' => "04 4a 84 / 4a 4g / 1b 7b / 1d 7d",
        '°' => "05 ~03 ~43 ~47 ~07 05",
        '±' => "45 4d / 09 89 / 0g 8g",
        '²' => "05 ~03 23 ~43 45 09 49",
        '³' => "03 43 25 ~45 47 ~49 29 ~09 08",
        '¹' => "04 23 29",
        '×' => "07 7e / 77 0e",
        '÷' => "0b 8b / 47 / 4f",
        'µ' | 'μ' => "08 0k / 0d ~0g 3g ~6g 6d / 68 6g",
        '·' | '•' => "0b",
        '–' => "0b 7b",
        '—' => "0b bb",
        '−' => "0b 7b",
        '…' => "0g / 4g / 8g",
        '«' => "38 0b 3e / 78 4b 7e",
        '»' => "08 3b 0e / 48 7b 4e",
        '‹' => "38 0b 3e",
        '›' => "08 3b 0e",
        '¡' => "08 / 0c 0k",
        '¿' => "38 / 3c 3d ~0f 0h ~0k 3k ~6k 6i",
        'ß' => "0g 07 ~04 34 ~64 67 ~69 3a ~6a 6d ~6g 3g 2g",
        'æ' => "0a ~18 28 ~58 5b 5d ~5g 2g ~0g 0e ~0c 3c ac ~a8 88 ~58 5c ~5g 8g ~ag ae",
        'Æ' => "0g 64 c4 / 64 6g cg / 6a ba / 2c 6c",
        'œ' => "0c ~08 ~68 ~6g ~0g 0c / 6c cc ~c8 98 ~68 6c ~6g 9g ~bg ce",
        'Œ' => "c4 54 ~04 0a ~0g 5g cg / 64 6g / 6a ba",
        'ø' => "0c ~08 ~78 ~7g ~0g 0c / 0g 78",
        'Ø' => "0a ~04 ~a4 ~ag ~0g 0a / 0g a4",
        'ð' => "0c ~08 ~78 ~7g ~0g 0c / 7c ~74 14 / 17 55",
        'Ð' => "24 2g 6g ~bg ba ~b4 64 24 / 0a 5a",
        'þ' => "04 0k / 0c ~08 ~68 ~6g ~0g 0c",
        'Þ' => "04 0g / 07 47 ~87 ~8d 4d 0d",
        'ł' => "24 2e ~2g 4g / 0b 48",
        'Ł' => "24 2g 9g / 0b 68",
        'đ' => "64 6g / 6c ~68 ~08 ~0g ~6g 6c / 36 86",
        'ı' => "08 0g",
        _ => return None,
    })
}

/// A letter with a mark as the letter and the mark.
pub fn composed(character: char) -> Option<(char, &'static str)> {
    let marked: &[(&str, &str, &'static str)] = &[
        ("ÀÈÌÒÙàèìòù", "AEIOUaeıou", GRAVE),
        ("ÁÉÍÓÚÝáéíóúýĆŃŚŹćńśź", "AEIOUYaeıouyCNSZcnsz", ACUTE),
        ("ÂÊÎÔÛâêîôûĈĉŵŷ", "AEIOUaeıouCcwy", CIRCUMFLEX),
        ("ÃÑÕãñõ", "ANOano", TILDE),
        ("ÄËÏÖÜŸäëïöüÿ", "AEIOUYaeıouy", DIAERESIS),
        ("ÅåŮů", "AaUu", RING),
        ("ČĎĚŇŘŠŽčěňřšž", "CDENRSZcenrsz", CARON),
        ("ŐŰőű", "OUou", DOUBLE_ACUTE),
        ("ĂĞăğ", "AGag", BREVE),
        ("ĀĒĪŌŪāēīōū", "AEIOUaeıou", MACRON),
        ("İŻĖżė", "IZEze", DOT),
        ("ÇŞçş", "CScs", CEDILLA),
        ("ĄĘąę", "AEae", OGONEK),
    ];
    marked.iter().find_map(|(whole, letters, mark)| {
        let at = whole.chars().position(|one| one == character)?;
        Some((letters.chars().nth(at)?, *mark))
    })
}
