//! Forms with files, beside multer, the parser of axum and others.

use std::cell::RefCell;

use formevent::multipart::{Files, Form, Multipart};
use formevent::{Options, Rules};
use multer::bytes::Bytes;
use serde::Serializer as _;
use serde_json::Serializer;

use crate::{Case, FORMEVENT, Subject};

/// Each part's name and the length of its content.
const PARTS: &[Subject] =
    &[Subject { name: FORMEVENT, write: parts }, Subject { name: "multer", write: multer_parts }];

/// The object of the fields.
const JSON: &[Subject] = &[
    Subject { name: FORMEVENT, write: json },
    Subject { name: "multer+serde_json", write: multer_json },
];

/// As Chrome makes it.
const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
const MIB: usize = 1 << 20;

pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let nearly = format!("\r\n--{}", &BOUNDARY[..BOUNDARY.len() - 1]);
    // Half of these positions have the first and the last byte of a delimiter at its distance; or a sixth of them, and
    // its first three bytes.
    let ends = ["\n".repeat(40), "W".repeat(40)].concat();
    let starts = ["\n--".repeat(13), "W".repeat(40)].concat();
    let line = "2026-11-30,17:00,Ada Lovelace,12.50\r\n";
    let repeated = |unit: &str| unit.bytes().cycle().take(MIB).collect::<Vec<_>>();
    [
        Case::new("fields", fields(), PARTS),
        Case::new("fields-json", fields(), JSON),
        Case::new("file", with_file(&random(MIB)), PARTS),
        Case::new("small-files", small_files(), PARTS),
        Case::new("lines", with_file(&repeated(line)), PARTS),
        Case::new("nearly-boundaries", with_file(&repeated(&nearly)), PARTS),
        Case::new("first-and-last-bytes", with_file(&repeated(&ends)), PARTS),
        Case::new("starts-and-last-bytes", with_file(&repeated(&starts)), PARTS),
        Case::new("line-feeds", with_file(&repeated("\n")), PARTS),
    ]
    .into_iter()
}

fn push(body: &mut Vec<u8>, parameters: &str, content: &[u8]) {
    body.extend(
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {parameters}\r\n\r\n").bytes(),
    );
    body.extend(content);
    body.extend(b"\r\n");
}

fn close(mut body: Vec<u8>) -> Vec<u8> {
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

/// A form of twelve fields.
fn fields() -> Vec<u8> {
    const FIELDS: [(&str, &str); 12] = [
        ("firstName", "Ada"),
        ("lastName", "Lovelace"),
        ("email", "ada@example.com"),
        ("phone", "+44 20 7946 0958"),
        ("company", "Analytical Engines Ltd."),
        ("street", "12 St James's Square"),
        ("city", "London"),
        ("postcode", "SW1Y 4JH"),
        ("country", "GB"),
        ("age", "36"),
        ("newsletter", "on"),
        ("message", "Hello, is the large model in stock again? Please call me back!"),
    ];
    let mut body = Vec::new();
    for (name, value) in FIELDS {
        push(&mut body, &format!("name=\"{name}\""), value.as_bytes());
    }
    close(body)
}

fn with_file(content: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    push(&mut body, "name=\"name\"", b"Ada");
    push(&mut body, "name=\"cv\"; filename=\"cv.pdf\"\r\nContent-Type: application/pdf", content);
    close(body)
}

fn small_files() -> Vec<u8> {
    let mut body = Vec::new();
    for content in random(64 << 10).chunks(1 << 10) {
        let parameters = "name=\"files\"; filename=\"a.png\"\r\nContent-Type: image/png";
        push(&mut body, parameters, content);
    }
    close(body)
}

/// Bytes as those of compressed files (xorshift64).
fn random(len: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn answer(name: &[u8], len: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(name);
    out.extend_from_slice(&len.to_le_bytes());
}

fn parts(body: &[u8], out: &mut Vec<u8>) {
    for part in Multipart::new(body, BOUNDARY).unwrap() {
        let part = part.unwrap();
        answer(part.name, part.body.len(), out);
    }
}

fn multer_parts(body: &[u8], out: &mut Vec<u8>) {
    each_of_multer(body, |name, content| answer(name.as_bytes(), content.len(), out));
}

fn json(body: &[u8], out: &mut Vec<u8>) {
    let form = Form::new(Multipart::new(body, BOUNDARY).unwrap(), Files::Drop).unwrap();
    let options = Options::new().rules(Rules::Whatwg).decode(true);
    options.append_to_vec(form.as_urlencoded(), out).unwrap();
}

fn multer_json(body: &[u8], out: &mut Vec<u8>) {
    let mut pairs = Vec::new();
    each_of_multer(body, |name, content| {
        pairs.push((name.to_owned(), str::from_utf8(&content).unwrap().to_owned()));
    });
    Serializer::new(out).collect_map(pairs).unwrap();
}

fn each_of_multer(body: &[u8], mut each: impl FnMut(&str, Bytes)) {
    thread_local! {
        /// A server has the body as `Bytes`, so the copy is not timed.
        static BODY: RefCell<(usize, Bytes)> = const { RefCell::new((0, Bytes::new())) };
    }
    let bytes = BODY.with_borrow_mut(|(address, bytes)| {
        if *address != body.as_ptr().addr() || bytes.len() != body.len() {
            (*address, *bytes) = (body.as_ptr().addr(), Bytes::copy_from_slice(body));
        }
        bytes.clone()
    });
    let chunks = futures::stream::iter([Ok::<_, multer::Error>(bytes)]);
    let mut parts = multer::Multipart::new(chunks, BOUNDARY);
    futures::executor::block_on(async {
        while let Some(part) = parts.next_field().await.unwrap() {
            let name = part.name().unwrap().to_owned();
            each(&name, part.bytes().await.unwrap());
        }
    });
}
