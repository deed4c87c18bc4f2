//! The rules once more, written to be obviously right and with nothing taken from the crate:
//! whole copies, one step after another, `serde_json` for every string.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(unreachable_pub, reason = "a module of several tests")]

use formevent::{Duplicates, Options, Rules};

/// A key, a value and the offset of the segment.
pub type Pair = (Vec<u8>, Vec<u8>, usize);
/// An offset, the text, and the reason's name.
pub type Dropped = (usize, Vec<u8>, &'static str);

/// What the options of a case are, in the open.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub rules: Rules,
    pub decode: bool,
    pub duplicates: Duplicates,
}

impl Case {
    pub fn all() -> impl Iterator<Item = Case> {
        use Duplicates::{First, Group, Keep, Last};
        [Rules::Template, Rules::Whatwg].into_iter().flat_map(|rules| {
            [false, true].into_iter().flat_map(move |decode| {
                [Keep, First, Last, Group].map(|duplicates| Case { rules, decode, duplicates })
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

/// The text that is written, and where in `raw` it is not UTF-8 if it is not.
pub fn text(raw: &[u8], decoded: bool) -> (String, Option<usize>) {
    let bytes: Vec<(u8, usize)> =
        if decoded { decode(raw) } else { raw.iter().copied().zip(0..).collect() };
    let plain: Vec<u8> = bytes.iter().map(|&(byte, _)| byte).collect();
    let bad = std::str::from_utf8(&plain).err().map(|error| bytes[error.valid_up_to()].1);
    (String::from_utf8_lossy(&plain).into_owned(), bad)
}

/// The names and values that are written, in order.
pub fn members(body: &[u8], case: Case) -> Vec<(String, Vec<String>)> {
    let mut members: Vec<(String, Vec<String>)> = Vec::new();
    for (key, value, _) in split(body, case.rules).0 {
        let (key, value) = (text(&key, case.decode).0, text(&value, case.decode).0);
        let earlier = members.iter_mut().find(|(name, _)| *name == key);
        match (case.duplicates, earlier) {
            (Duplicates::Keep, _) | (_, None) => members.push((key, vec![value])),
            (Duplicates::First, Some(_)) => {}
            (Duplicates::Last, Some((_, values))) => *values = vec![value],
            (Duplicates::Group, Some((_, values))) => values.push(value),
        }
    }
    members
}

pub fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// An object of members that are JSON already.
pub fn object(members: impl IntoIterator<Item = (String, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(name, value)| format!("{}:{value}", string(&name))).collect();
    format!("{{{}}}", members.join(","))
}

pub fn json(body: &[u8], case: Case) -> String {
    object(members(body, case).into_iter().map(|(name, values)| {
        let value = match values.as_slice() {
            [value] => string(value),
            values => serde_json::to_string(values).unwrap(),
        };
        (name, value)
    }))
}

/// Where a body is not UTF-8 in what is written of it, looking at the pairs in order.
pub fn invalid_utf8(body: &[u8], case: Case) -> Option<usize> {
    split(body, case.rules).0.iter().find_map(|(key, value, offset)| {
        let in_key = text(key, case.decode).1.map(|bad| offset + bad);
        in_key.or_else(|| text(value, case.decode).1.map(|bad| offset + key.len() + 1 + bad))
    })
}
