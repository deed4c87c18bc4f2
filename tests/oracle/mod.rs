//! The rules once more, written to be obviously right and sharing no code with the crate: whole
//! copies, one step after another, `serde_json` for every string.

#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(unreachable_pub, reason = "a module of several tests")]

pub mod shape;

use formevent::{Duplicates, Options, Rules};

/// How many times slower the tests run than natively: the longest of them divide their cases by it.
pub const SLOWDOWN: u32 = if cfg!(target_family = "wasm") { 10 } else { 1 };

/// A key, a value and the offset of the segment.
pub type Pair = (Vec<u8>, Vec<u8>, usize);
/// An offset, the text, and the reason's name.
pub type Dropped = (usize, Vec<u8>, &'static str);

/// Options whose settings can be read.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub rules: Rules,
    pub decode: bool,
    pub duplicates: Duplicates,
}

impl Case {
    pub fn all() -> impl Iterator<Item = Case> {
        [Rules::Template, Rules::Whatwg].into_iter().flat_map(|rules| {
            [false, true].into_iter().flat_map(move |decode| {
                Duplicates::ALL.iter().map(move |&duplicates| Case { rules, decode, duplicates })
            })
        })
    }

    pub fn options(self) -> Options {
        Options::new().rules(self.rules).decode(self.decode).duplicates(self.duplicates)
    }
}

pub fn split(body: &[u8], rules: Rules) -> (Vec<Pair>, Vec<Dropped>) {
    let (mut pairs, mut dropped) = (Vec::new(), Vec::new());
    let mut offset = 0;
    for segment in body.split(|&byte| byte == b'&') {
        let parts: Vec<&[u8]> = segment.split(|&byte| byte == b'=').collect();
        match (rules, parts.as_slice()) {
            _ if segment.is_empty() => {}
            (Rules::Whatwg, parts) => {
                pairs.push((parts[0].to_vec(), parts[1..].join(&b'='), offset));
            }
            (Rules::Template, [_]) => dropped.push((offset, segment.to_vec(), "no-equals")),
            (Rules::Template, [b"", _]) => dropped.push((offset, segment.to_vec(), "empty-key")),
            (Rules::Template, [key, value]) => {
                pairs.push((key.to_vec(), value.to_vec(), offset));
            }
            (Rules::Template, _) => dropped.push((offset, segment.to_vec(), "many-equals")),
            (rules, _) => unreachable!("{rules}"),
        }
        offset += segment.len() + 1;
    }
    (pairs, dropped)
}

/// Each decoded byte with the offset in `raw` that it comes from.
fn decode(raw: &[u8]) -> Vec<(u8, usize)> {
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        let hex = raw.get(at + 1..at + 3).and_then(|hex| {
            let hex = std::str::from_utf8(hex).ok()?;
            // `from_str_radix` takes a sign as well.
            if hex.starts_with(['+', '-']) { None } else { u8::from_str_radix(hex, 16).ok() }
        });
        match (raw[at], hex) {
            (b'%', Some(byte)) => {
                decoded.push((byte, at));
                at += 3;
            }
            (b'+', _) => {
                decoded.push((b' ', at));
                at += 1;
            }
            (byte, _) => {
                decoded.push((byte, at));
                at += 1;
            }
        }
    }
    decoded
}

/// The text as it is written, and the offset in `raw` of the first invalid UTF-8.
pub fn text(raw: &[u8], decoded: bool) -> (String, Option<usize>) {
    let bytes: Vec<(u8, usize)> =
        if decoded { decode(raw) } else { raw.iter().copied().zip(0..).collect() };
    let plain: Vec<u8> = bytes.iter().map(|&(byte, _)| byte).collect();
    let bad = std::str::from_utf8(&plain).err().map(|error| bytes[error.valid_up_to()].1);
    (String::from_utf8_lossy(&plain).into_owned(), bad)
}

/// The keys and values as they are written, in order.
pub fn members(body: &[u8], case: Case) -> Vec<(String, Vec<String>)> {
    let mut members: Vec<(String, Vec<String>)> = Vec::new();
    for (key, value, _) in split(body, case.rules).0 {
        let (key, value) = (text(&key, case.decode).0, text(&value, case.decode).0);
        let earlier = members.iter_mut().find(|(name, _)| *name == key);
        match (case.duplicates, earlier) {
            (Duplicates::Keep, _) | (_, None) => members.push((key, vec![value])),
            (Duplicates::First, Some(_)) => {}
            (Duplicates::Last, Some((_, values))) => *values = vec![value],
            (Duplicates::Group | Duplicates::Arrays, Some((_, values))) => values.push(value),
            (duplicates, _) => unreachable!("{duplicates}"),
        }
    }
    members
}

pub fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// An object of members whose values are JSON already.
pub fn object(members: impl IntoIterator<Item = (String, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(name, value)| format!("{}:{value}", string(&name))).collect();
    format!("{{{}}}", members.join(","))
}

pub fn json(body: &[u8], case: Case) -> String {
    object(members(body, case).into_iter().map(|(name, values)| {
        let value = match values.as_slice() {
            [value] if case.duplicates != Duplicates::Arrays => string(value),
            values => serde_json::to_string(values).unwrap(),
        };
        (name, value)
    }))
}

/// The offset of the first invalid UTF-8 in a key or a value of the body.
pub fn invalid_utf8(body: &[u8], case: Case) -> Option<usize> {
    split(body, case.rules).0.iter().find_map(|(key, value, offset)| {
        let in_key = text(key, case.decode).1.map(|bad| offset + bad);
        in_key.or_else(|| text(value, case.decode).1.map(|bad| offset + key.len() + 1 + bad))
    })
}
