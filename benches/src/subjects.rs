//! Subjects that convert a body to the JSON object of its pairs.

use std::borrow::Cow;

use formevent::{Options, Rules, Transcoder};
use serde::Serializer as _;
use serde_json::{Map, Serializer, Value};

use crate::bodies::KIB;
use crate::{FORMEVENT, MEMCPY, Subject};

/// By the template's rules, without decoding.
pub(crate) const RAW: &[Subject] = &[
    Subject { name: FORMEVENT, write: raw },
    Subject { name: "split+serde_json", write: split_serde_json },
    Subject { name: MEMCPY, write: memcpy },
];

/// By the URL Standard's rules, with decoding. `serde_qs` is missing, since it sorts the keys.
pub(crate) const DECODE: &[Subject] = &[
    Subject { name: FORMEVENT, write: decode },
    Subject { name: "form_urlencoded+serde_json", write: form_urlencoded_serde_json },
    Subject { name: "form_urlencoded+map", write: form_urlencoded_map },
    Subject { name: "serde_urlencoded", write: serde_urlencoded },
    Subject { name: "serde_html_form", write: serde_html_form },
    Subject { name: "ada-url", write: ada_url },
    Subject { name: MEMCPY, write: memcpy },
];

/// The same for bodies with repeated keys or invalid UTF-8: only the peers that accept them.
pub(crate) const DECODE_ANY: &[Subject] = &[
    Subject { name: FORMEVENT, write: decode },
    Subject { name: "form_urlencoded+serde_json", write: form_urlencoded_serde_json },
    Subject { name: MEMCPY, write: memcpy },
];

/// formevent alone, for ever longer bodies.
pub(crate) const RAW_ALONE: &[Subject] = &[
    Subject { name: FORMEVENT, write: raw },
    Subject { name: CHUNKS, write: |body, out| transcode(Options::new(), body, out) },
    Subject { name: MEMCPY, write: memcpy },
];
pub(crate) const DECODE_ALONE: &[Subject] = &[
    Subject { name: FORMEVENT, write: decode },
    Subject { name: CHUNKS, write: |body, out| transcode(WHATWG, body, out) },
];

const CHUNKS: &str = "in chunks of 64 KiB";

pub(crate) const WHATWG: Options = Options::new().rules(Rules::Whatwg).decode(true);

fn raw(body: &[u8], out: &mut Vec<u8>) {
    Options::new().append_to_vec(body, out).unwrap();
}

fn decode(body: &[u8], out: &mut Vec<u8>) {
    WHATWG.append_to_vec(body, out).unwrap();
}

fn transcode(options: Options, body: &[u8], out: &mut Vec<u8>) {
    let mut transcoder = Transcoder::new(options);
    for chunk in body.chunks(64 * KIB) {
        out.extend_from_slice(transcoder.push(chunk).unwrap());
    }
    out.extend_from_slice(transcoder.finish().unwrap());
}

fn memcpy(body: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(body);
}

/// The template's pairs, in the code that you would write first.
pub(crate) fn split(body: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    body.split(|&byte| byte == b'&').filter_map(|segment| {
        let mut parts = segment.split(|&byte| byte == b'=');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(key), Some(value), None) if !key.is_empty() => {
                Some((String::from_utf8_lossy(key), String::from_utf8_lossy(value)))
            }
            _ => None,
        }
    })
}

fn split_serde_json(body: &[u8], out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, (key, value)) in split(body).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, &key).unwrap();
        out.push(b':');
        serde_json::to_writer(&mut *out, &value).unwrap();
    }
    out.push(b'}');
}

fn form_urlencoded_serde_json(body: &[u8], out: &mut Vec<u8>) {
    Serializer::new(out).collect_map(form_urlencoded::parse(body)).unwrap();
}

fn form_urlencoded_map(body: &[u8], out: &mut Vec<u8>) {
    let pairs = form_urlencoded::parse(body);
    let map: Map<_, _> =
        pairs.map(|(key, value)| (key.into_owned(), Value::String(value.into_owned()))).collect();
    serde_json::to_writer(out, &map).unwrap();
}

fn serde_urlencoded(body: &[u8], out: &mut Vec<u8>) {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body).unwrap();
    Serializer::new(out).collect_map(pairs).unwrap();
}

fn serde_html_form(body: &[u8], out: &mut Vec<u8>) {
    let pairs: Vec<(String, String)> = serde_html_form::from_bytes(body).unwrap();
    Serializer::new(out).collect_map(pairs).unwrap();
}

fn ada_url(body: &[u8], out: &mut Vec<u8>) {
    let pairs = ada_url::UrlSearchParams::parse(str::from_utf8(body).unwrap()).unwrap();
    Serializer::new(out).collect_map(pairs.entries()).unwrap();
}
