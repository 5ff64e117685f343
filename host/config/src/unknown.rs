//! What to say of a name that nobody knows.

/// Says that a name is not known, and which one may have been meant.
pub(crate) fn unknown(name: &str, known: &[&str]) -> String {
    let near = known.iter().min_by_key(|word| distance(name, word)).filter(|word| distance(name, word) <= 3);
    match near {
        Some(word) => format!("unknown, did you mean {word}?"),
        None => format!("unknown, expected one of {}", known.join(", ")),
    }
}

/// Edit distance of two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
