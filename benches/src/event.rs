//! The whole event of a request as Chrome sends it.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fs;
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use base64::prelude::{BASE64_STANDARD, Engine};
use formevent::{Event, Options, Preset};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::subjects::{WHATWG, split};
use crate::{FORMEVENT, Subject};

pub(crate) const RAW: &[Subject] = &[
    Subject { name: FORMEVENT, write: raw },
    Subject { name: "serde_json", write: raw_serde_json },
];

pub(crate) const DECODE: &[Subject] = &[
    Subject { name: FORMEVENT, write: decode },
    Subject { name: "serde_json", write: decode_serde_json },
];

const STAGE: &str = "prod";
const SOURCE_IP: &str = "203.0.113.57";
const USER_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 \
                          (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const HEADERS: [(&str, &str); 12] = [
    ("Host", "api.example.com"),
    ("Cache-Control", "max-age=0"),
    ("sec-ch-ua", r#""Google Chrome";v="141", "Not?A_Brand";v="8", "Chromium";v="141""#),
    ("Origin", "https://www.example.com"),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Upgrade-Insecure-Requests", "1"),
    ("User-Agent", USER_AGENT),
    (
        "Accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,\
         */*;q=0.8",
    ),
    ("Sec-Fetch-Site", "same-site"),
    ("Referer", "https://www.example.com/contact?from=footer"),
    ("Accept-Language", "en-GB,en;q=0.9,ja;q=0.8"),
    ("Cookie", "session=0f6c1e5ab7d94c9e; theme=dark; consent=%7B%22ads%22%3Afalse%7D"),
];

fn raw(body: &[u8], out: &mut Vec<u8>) {
    formevent(body, Options::new(), out);
}

fn decode(body: &[u8], out: &mut Vec<u8>) {
    formevent(body, WHATWG, out);
}

fn formevent(body: &[u8], options: Options, out: &mut Vec<u8>) {
    Event::new(body)
        .options(options)
        .headers(HEADERS)
        .stage(STAGE)
        .source_ip(SOURCE_IP)
        .user_agent(USER_AGENT)
        .append_to_vec(out)
        .unwrap();
}

fn raw_serde_json(body: &[u8], out: &mut Vec<u8>) {
    serde_json(split(body), out);
}

fn decode_serde_json(body: &[u8], out: &mut Vec<u8>) {
    serde_json(form_urlencoded::parse(body), out);
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", bound = "")]
struct Derived<'a, P: Iterator<Item = Pair<'a>>> {
    headers: Members<std::array::IntoIter<(&'a str, &'a str), 12>>,
    querystring: Members<P>,
    stage: &'a str,
    source_ip: &'a str,
    user_agent: &'a str,
}

type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Serializes the items of an iterator as an object, once.
struct Members<I>(Cell<Option<I>>);

impl<I, K: Serialize, V: Serialize> Serialize for Members<I>
where
    I: Iterator<Item = (K, V)>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.take().into_iter().flatten())
    }
}

fn serde_json<'a>(pairs: impl Iterator<Item = Pair<'a>>, out: &mut Vec<u8>) {
    let event = Derived {
        headers: Members(Cell::new(Some(HEADERS.into_iter()))),
        querystring: Members(Cell::new(Some(pairs))),
        stage: STAGE,
        source_ip: SOURCE_IP,
        user_agent: USER_AGENT,
    };
    serde_json::to_writer(out, &event).unwrap();
}

/// The other shapes, each beside a program that fills the same document as a `serde_json::Value`.
pub(crate) const SHAPES: [(&str, &[Subject]); 8] = {
    macro_rules! subjects {
        ($($name:literal $preset:ident)+) => {
            [$(($name, &[
                Subject { name: FORMEVENT, write: |body, out| shape(Preset::$preset, body, out) },
                Subject { name: "serde_json", write: |body, out| value(Preset::$preset, body, out) },
            ])),+]
        };
    }
    subjects! {
        "flat" Flat "flat-raw" FlatRaw "data" Data "serverless" Serverless
        "passthrough" Passthrough "raw-body" Raw "proxy-v1" ProxyV1 "proxy-v2" ProxyV2
    }
};

const METHOD: &str = "POST";
const PATH: &str = "/contact";
const QUERY: &str = "from=footer";
const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";
const TIME: u64 = 1_583_348_638_390;

fn shape(preset: Preset, body: &[u8], out: &mut Vec<u8>) {
    Event::new(body)
        .options(preset.options())
        .shape(preset.shape())
        .headers(HEADERS)
        .stage(STAGE)
        .source_ip(SOURCE_IP)
        .user_agent(USER_AGENT)
        .method(METHOD)
        .path(PATH)
        .query_string(QUERY)
        .request_id(REQUEST_ID)
        .time_epoch(TIME)
        .append_to_vec(out)
        .unwrap();
}

fn value(preset: Preset, body: &[u8], out: &mut Vec<u8>) {
    static DOCUMENTS: LazyLock<HashMap<Preset, Value>> = LazyLock::new(|| {
        let documents = Preset::ALL.iter().map(|&preset| {
            let file = format!("{}/../shapes/{preset}.json", env!("CARGO_MANIFEST_DIR"));
            let mut file: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            (preset, file["shape"].take())
        });
        documents.collect()
    });
    let mut document = DOCUMENTS[&preset].clone();
    fill(&mut document, preset, body);
    serde_json::to_writer(out, &document).unwrap();
}

fn fill(value: &mut Value, preset: Preset, body: &[u8]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, preset, body)),
        Value::Object(members) => members.values_mut().for_each(|item| fill(item, preset, body)),
        Value::String(text) => {
            *value = match text.as_str() {
                "$pairs" if preset.decode() => object(form_urlencoded::parse(body)),
                "$pairs" => object(split(body)),
                "$body" => String::from_utf8_lossy(body).into(),
                "$bodyBase64" => BASE64_STANDARD.encode(body).into(),
                "$isBase64Encoded" => (preset == Preset::ProxyV2).into(),
                "$headers" => object(HEADERS.into_iter()),
                "$combinedHeaders" => object(
                    HEADERS.iter().map(|(name, value)| (name.to_lowercase(), (*value).to_owned())),
                ),
                "$multiValueHeaders" => lists(HEADERS.into_iter()),
                "$stage" => STAGE.into(),
                "$sourceIp" => SOURCE_IP.into(),
                "$userAgent" => USER_AGENT.into(),
                "$method" => METHOD.into(),
                "$path" => PATH.into(),
                "$queryString" => QUERY.into(),
                "$queryStringParameters" | "$combinedQueryStringParameters" => {
                    object(form_urlencoded::parse(QUERY.as_bytes()))
                }
                "$multiValueQueryStringParameters" => {
                    lists(form_urlencoded::parse(QUERY.as_bytes()))
                }
                "$requestId" => REQUEST_ID.into(),
                "$time" => {
                    let time = UNIX_EPOCH + Duration::from_millis(TIME);
                    humantime::format_rfc3339_millis(time).to_string().into()
                }
                "$timeEpoch" => TIME.into(),
                text => text.strip_prefix('$').unwrap_or(text).into(),
            }
        }
        _ => {}
    }
}

fn object<'a, T: Into<Cow<'a, str>>>(members: impl Iterator<Item = (T, T)>) -> Value {
    let members = members.map(|(name, value)| (name.into().into_owned(), value.into().into()));
    Value::Object(members.collect())
}

fn lists<'a, T: Into<Cow<'a, str>>>(members: impl Iterator<Item = (T, T)>) -> Value {
    let members =
        members.map(|(name, value)| (name.into().into_owned(), vec![value.into()].into()));
    Value::Object(members.collect())
}
