//! Builds shapes: JSON documents with holes.

use serde_json::{Map, Value};

use crate::numbers::Numbers;
use crate::subject;

/// Names of members and plain strings. Some are escaped, and some look like holes.
const TEXTS: &[&str] =
    &["", "a", "stage", "$$", "$$pairs", "é\"\\\n\u{1}", "$$extra.x", "\u{1F600}"];

/// Returns a document whose arrays and objects nest at most `depth` levels.
pub fn document(numbers: &mut Numbers, depth: usize) -> Value {
    match numbers.below(if depth == 0 { 6 } else { 10 }) {
        0 => Value::Null,
        1 => numbers.one_in(2).into(),
        2 => (*numbers.pick(&[0, 5, -12, i64::MAX])).into(),
        3 => (*numbers.pick(TEXTS)).into(),
        4 => (*numbers.pick(&["$extra.x", "$extra.y.z"])).into(),
        5 => (*numbers.pick(subject::HOLES)).into(),
        6..8 => (0..numbers.below(4)).map(|_| document(numbers, depth - 1)).collect(),
        _ => {
            let mut members = Map::new();
            for _ in 0..numbers.below(5) {
                let name = (*numbers.pick(TEXTS)).to_owned();
                members.insert(name, document(numbers, depth - 1));
            }
            members.into()
        }
    }
}
