//! Builds multipart bodies, most of them well-formed or nearly so.

use crate::numbers::Numbers;

const BOUNDARIES: &[&str] = &[
    "x",
    "-",
    "--",
    "a b",
    "----WebKitFormBoundary7MA4YWxkTrZu0gW",
    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
];

/// Headers of a part, right and wrong. The first is the usual one.
const HEADERS: &[&str] = &[
    "Content-Disposition: form-data; name=\"a\"",
    "content-disposition:form-data;name=a",
    "Content-Disposition: form-data; name=\"%22%0D%0A%25\"; filename=\"b%22\"",
    "Content-Disposition: form-data; filename=b; name=\"\"",
    "Content-Disposition: form-data; name=\"\\\"; filename=\"\"",
    "Content-Disposition: form-data; name=\"name=b;\"; x; filename=c",
    "Content-Disposition: form-data; name=a; filename=b; filename*=UTF-8''c",
    "Content-Disposition: form-data; name=a; filename*=UTF-8''c",
    "Content-Disposition: form-data; name=a; NAME=b",
    "Content-Disposition: attachment; name=a",
    "Content-Disposition: form-data; name=\"\u{E9}\"",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Type: text/plain; charset=latin1",
    "Content-Transfer-Encoding: 8BIT",
    "Content-Transfer-Encoding: base64",
    "X: \t y \t",
    " folded",
    "X :y",
    "X",
    ":",
    "",
];

/// Text around boundaries, and what nearly is one.
const PIECES: &[&[u8]] = &[
    b"\r\n", b"\r", b"\n", b"--", b"-", b" ", b"\t", b"\"", b"\\", b";", b"=", b":", b"%", b"&",
    b"+", b"x", b"\xFF",
];

/// A boundary, and a body of parts whose names and contents are taken from `raw`.
pub fn build(numbers: &mut Numbers, raw: &[u8]) -> (&'static str, Vec<u8>) {
    let boundary = *numbers.pick(BOUNDARIES);
    let mut body = b"\r\n".repeat(numbers.below(4) / 3);
    for _ in 0..numbers.below(5) {
        body.extend(format!("--{boundary}{}\r\n", numbers.pick(&["", "", "", " \t"])).bytes());
        let headers = if numbers.one_in(2) { 1 } else { numbers.below(4) };
        for index in 0..headers {
            let usual = index == 0 && !numbers.one_in(4);
            body.extend(numbers.pick(if usual { &HEADERS[..7] } else { HEADERS }).bytes());
            body.extend(b"\r\n");
        }
        body.extend(b"\r\n");
        content(numbers, raw, boundary, &mut body);
        body.extend(b"\r\n");
    }
    body.extend(
        format!("--{boundary}--{}", numbers.pick(&["\r\n", "\r\n", "", " \r\n\r\n"])).bytes(),
    );
    if numbers.one_in(2) {
        for _ in 0..=numbers.below(3) {
            spoil(numbers, boundary, &mut body);
        }
    }
    (boundary, body)
}

fn content(numbers: &mut Numbers, raw: &[u8], boundary: &str, body: &mut Vec<u8>) {
    let nearly = format!("\r\n--{boundary}");
    let nearly = &nearly.as_bytes()[..numbers.below(nearly.len())];
    match numbers.below(4) {
        0 => body.extend(numbers.part(raw)),
        1 => {
            // Up to the edge of a group of blocks that are searched together.
            let len = 128 * (1 + numbers.below(4)) + numbers.below(9);
            let filler = *numbers.pick(&[&b"a"[..], b"\r", b"-", b"\r\n--", nearly]);
            body.extend(filler.iter().cycle().take(len));
            body.extend(numbers.part(nearly));
        }
        _ => {
            for _ in 0..numbers.below(6) {
                body.extend(*numbers.pick(PIECES));
                body.extend(numbers.part(nearly));
            }
        }
    }
}

/// Inserts a piece, removes some bytes, or repeats them elsewhere.
fn spoil(numbers: &mut Numbers, boundary: &str, body: &mut Vec<u8>) {
    let at = numbers.below(body.len() + 1);
    match numbers.below(4) {
        0 => {
            let piece = *numbers.pick(PIECES);
            body.splice(at..at, piece.iter().copied());
        }
        1 => {
            let end = (at + numbers.below(5)).min(body.len());
            body.drain(at..end);
        }
        2 => {
            let part = numbers.part(body).to_vec();
            body.splice(at..at, part);
        }
        _ => {
            let line = format!("{}--{boundary}", numbers.pick(&["\r\n", "\n", "\r"]));
            body.splice(at..at, line.bytes());
        }
    }
}
