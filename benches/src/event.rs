//! The whole event of a request as Chrome sends it.

use std::borrow::Cow;
use std::cell::Cell;

use formevent::{Event, Options};
use serde::{Serialize, Serializer};

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
