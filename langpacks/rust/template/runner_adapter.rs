//! Each function whose name begins with `run_` is an algorithm: described, validated, queued and served.

use serde::Serialize;

/// What there is in a text.
#[derive(Serialize)]
pub struct Counted {
    words: usize,
    characters: usize,
}

/// Counts words and characters.
///
/// * `text` - what to count
/// * `times` - how often the text counts {@minimum 1} {@default 1}
pub fn run___ALGO__(text: &str, times: usize) -> Counted {
    Counted {
        words: text.split_whitespace().count() * times,
        characters: text.chars().count() * times,
    }
}
