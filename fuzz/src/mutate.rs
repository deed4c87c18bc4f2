//! Builds and mutates bodies. Both favour the bytes and lengths at which the crate branches.

use std::sync::LazyLock;

use crate::case::CHOICES;
use crate::numbers::Numbers;

/// Turns `input` into another input of at most `max` bytes. At times the caller's `otherwise`
/// mutates the body.
pub fn mutate(
    input: &mut Vec<u8>,
    max: usize,
    numbers: &mut Numbers,
    otherwise: impl FnOnce(&mut Numbers, &mut Vec<u8>, usize),
) {
    input.resize(input.len().max(CHOICES), 0);
    let mut body = input.split_off(CHOICES);
    let share = *numbers.pick(&[2, 4, 16]);
    for choice in &mut *input {
        if numbers.one_in(share) {
            *choice = numbers.byte();
        }
    }
    match numbers.below(8) {
        0..4 if numbers.one_in(12) => body = many_keys(numbers),
        0..4 => body = random(numbers),
        4 => body.clone_from(numbers.pick(&VECTORS)),
        5 => {
            let at = numbers.below(body.len() + 1);
            let piece = *numbers.pick(PIECES);
            body.splice(at..at, spell(numbers, piece));
        }
        6 => {
            let segments: Vec<_> = body.split(|&byte| byte == b'&').collect();
            let again = numbers.pick(&segments).to_vec();
            body.push(b'&');
            body.extend(again);
        }
        _ => otherwise(numbers, &mut body, max.saturating_sub(CHOICES)),
    }
    input.extend(body);
    input.truncate(max);
}

/// The bodies of the test vectors.
static VECTORS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let lines = include_str!("../../tests/vectors/template.jsonl").lines();
    let bodies = lines.map(|line| {
        let vector: serde_json::Value = serde_json::from_str(line).unwrap();
        vector["body"].as_str().unwrap().as_bytes().to_vec()
    });
    bodies.collect()
});

/// Pairs of keys with the same FNV-1a hash, which the crate uses to find duplicates.
static COLLISIONS: LazyLock<Vec<[&[u8]; 2]>> = LazyLock::new(|| {
    let lines = include_str!("../../tests/vectors/fnv-1a-collisions.txt").lines();
    let pairs = lines.map(|line| {
        let (one, other) = line.split_once('\t').unwrap();
        [one.as_bytes(), other.as_bytes()]
    });
    pairs.collect()
});

/// Tokens of forms, UTF-8 and JSON, and near misses.
const PIECES: &[&[u8]] = &[
    b"&",
    b"=",
    b"&&",
    b"==",
    b"&=",
    b"=&",
    b"a=1&",
    b"a&",
    b"=b&",
    b"a=b=c&",
    b"+",
    b"%",
    b"%%",
    b"%4",
    b"%4g",
    b"%g4",
    b"%+4",
    b"%41",
    b"%3D%26",
    b"%2b",
    b"%00",
    b"%22",
    b"%5C",
    b"%7F",
    b"%C3%A9",
    b"%c3",
    b"%E3%81%82",
    b"%E3%81",
    b"%F0%9F%98%80",
    b"%F0%9F%98",
    b"%FF",
    b"\"",
    b"\\",
    b"\0",
    b"\x08\t\n\x0C\r",
    b"\x1F",
    b"\x7F",
    b"\xC3\xA9",
    b"\xC3",
    b"\xE3\x81\x82",
    b"\xE3\x81",
    b"\xED\xA0\x80",
    b"\xF0\x9F\x98\x80",
    b"\xF0\x9F\x98",
    b"\xF4\x90\x80\x80",
    b"\xFF",
    b"\xEF\xBF\xBD",
    b"the quick brown fox jumps over it",
    b"&long-enough=value&",
];

/// Lengths of the crate's blocks, runs of `%XX` and chunks.
const EDGES: &[usize] = &[16, 32, 48, 64, 256, 256 + 64];

/// Builds a body from a few keys, tokens and steps, drawn anew for each body. Bodies that use all of
/// them would be alike.
fn random(numbers: &mut Numbers) -> Vec<u8> {
    let len = match numbers.below(64) {
        0 => numbers.below(6_000),
        1..24 => numbers.below(300),
        _ => (numbers.pick(EDGES) * (1 + numbers.below(3)) + numbers.below(9)).saturating_sub(4),
    };
    let mut pieces: Vec<&[u8]> = Vec::new();
    for _ in 0..=numbers.below(6) {
        pieces.push(*numbers.pick::<&[u8]>(PIECES));
    }
    let keys = keys(numbers);
    let longest = *numbers.pick(&[1, 4, 40, 300]);
    let filler = *numbers.pick(b"xxxxx +%\"\x01\xE9");
    let few: Vec<usize> = (0..=numbers.below(4)).map(|_| numbers.below(8)).collect();
    let mut body = Vec::new();
    while body.len() < len {
        match numbers.pick(&few) {
            0..3 => {
                let key = numbers.pick(&keys);
                body.extend(spell(numbers, key));
                body.extend(*numbers.pick(&[&b"=1&"[..], b"=&", b"=", b"&"]));
            }
            3 => {
                // Pads up to an edge or just before it.
                let edge = *numbers.pick(EDGES);
                let end = (body.len() / edge + 1) * edge - numbers.below(6);
                body.resize(end.max(body.len()), filler);
            }
            4 => {
                // The crate decodes 16 `%XX` at once: repeats about a multiple of that.
                let escapes = [&b"%41"[..], b"%E3%81%82", b"%7e", b"%FF", b"%4"];
                let unit =
                    *if numbers.one_in(2) { numbers.pick(&escapes) } else { numbers.pick(&pieces) };
                let times = (16 * numbers.below(4) + numbers.below(4)).max(2) - 1;
                body.extend(unit.repeat(times));
            }
            _ => {
                body.extend(*numbers.pick(&pieces));
                body.resize(body.len() + numbers.below(longest), filler);
            }
        }
    }
    body.truncate(len);
    body
}

/// Builds a body with about as many keys as the crate's small table holds, or more. Repeats one key
/// at times.
fn many_keys(numbers: &mut Numbers) -> Vec<u8> {
    let many = *numbers.pick(&[30, 31, 32, 33, 80]);
    let again = numbers.below(many);
    let mut body = Vec::new();
    for key in (0..many).chain([again; 2].into_iter().take(numbers.below(3))) {
        body.extend(spell(numbers, format!("k{key:x}").as_bytes()));
        body.extend(*numbers.pick(&[&b"=&"[..], b"=1&", b"=1&&", b"=+&"]));
    }
    body
}

/// Draws a few keys. Some draws include two keys with the same hash.
fn keys(numbers: &mut Numbers) -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = Vec::new();
    if numbers.one_in(3) {
        keys.extend(numbers.pick(&COLLISIONS).map(<[u8]>::to_vec));
    }
    for _ in 0..=numbers.below(3) {
        let longest = *numbers.pick(&[3, 12, 40]);
        let len = numbers.below(longest);
        let letters = ["a", "b", " ", "\u{E9}", "\u{FFFD}"];
        keys.push((0..len).map(|_| *numbers.pick(&letters)).collect::<String>().into_bytes());
    }
    keys
}

/// Spells `text` in one of many ways. Most are equal after decoding and repair.
fn spell(numbers: &mut Numbers, text: &[u8]) -> Vec<u8> {
    let share = *numbers.pick(&[1, 2, 8, usize::MAX, usize::MAX]);
    let mut spelled = Vec::new();
    let mut rest = text;
    while let [byte, behind @ ..] = rest {
        rest = behind;
        if !numbers.one_in(share) {
            spelled.push(*byte);
        } else if let (0xEF, [0xBF, 0xBD, behind @ ..]) = (*byte, behind) {
            rest = behind;
            spelled.extend(*numbers.pick(&[&b"\xFF"[..], b"\x80", b"%FE", b"%ff", b"%EF%BF%BD"]));
        } else if *byte == b' ' && numbers.one_in(2) {
            spelled.push(b'+');
        } else if numbers.one_in(2) {
            spelled.extend(format!("%{byte:02x}").bytes());
        } else {
            spelled.extend(format!("%{byte:02X}").bytes());
        }
    }
    spelled
}
