//! What a target makes of the fuzzer's bytes: the first ones choose, the rest is the body.

#![allow(dead_code, reason = "each target takes what it needs")]

use crate::oracle::Case;

/// One of the ways to convert, and the rest.
pub fn case(data: &[u8]) -> Option<(Case, &[u8])> {
    let (&choice, rest) = data.split_first()?;
    let case = Case::all().nth(usize::from(choice) % Case::all().count())?;
    Some((case, rest))
}

/// A number below 2,048, and the rest.
pub fn number(data: &[u8]) -> Option<(usize, &[u8])> {
    let (&[low, high], rest) = data.split_first_chunk()?;
    Some((usize::from(u16::from_le_bytes([low, high % 8])), rest))
}

/// A few bytes, and the rest.
pub fn text(data: &[u8]) -> (&[u8], &[u8]) {
    let Some((&length, rest)) = data.split_first() else { return (data, data) };
    rest.split_at(usize::from(length).min(rest.len()))
}
