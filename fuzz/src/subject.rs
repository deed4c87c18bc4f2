//! The only module that calls formevent. Translates the model's types to the crate's and back.

use std::borrow::Cow;

use formevent::{Duplicates, Error, EventBuf, Rules, Stream};

use crate::model;

/// The modes that the crate supports.
pub const DUPLICATES: &[model::Duplicates] = &[
    model::Duplicates::Keep,
    model::Duplicates::First,
    model::Duplicates::Last,
    model::Duplicates::Group,
];

/// Whether a stream writes whole segments and rejects segments longer than `max_held`, as
/// [`model::transcode`] does. If not, `stream` compares without `max_held` and `max_bytes`.
pub const WHOLE_SEGMENTS: bool = false;

fn rules(rules: model::Rules) -> Rules {
    match rules {
        model::Rules::Template => Rules::Template,
        model::Rules::Whatwg => Rules::Whatwg,
    }
}

fn options(options: &model::Options) -> formevent::Options {
    formevent::Options::new()
        .rules(rules(options.rules))
        .decode(options.decode)
        .duplicates(match options.duplicates {
            model::Duplicates::Keep => Duplicates::Keep,
            model::Duplicates::First => Duplicates::First,
            model::Duplicates::Last => Duplicates::Last,
            model::Duplicates::Group => Duplicates::Group,
            model::Duplicates::Arrays => unreachable!("not among DUPLICATES"),
        })
        .strict_utf8(options.strict)
        .max_bytes(options.max_bytes)
        .max_pairs(options.max_pairs)
        .max_output(options.max_output)
}

fn error(error: Error) -> model::Error {
    match error {
        Error::TooManyBytes { max } => model::Error::TooManyBytes { max },
        Error::TooManyPairs { max, offset } => model::Error::TooManyPairs { max, offset },
        Error::TooMuchOutput { max, offset } => model::Error::TooMuchOutput { max, offset },
        Error::InvalidUtf8 { part, offset } => {
            model::Error::InvalidUtf8 { input: format!("{part:?}"), offset }
        }
        Error::MemberExists { name } => model::Error::MemberExists { name },
        Error::TooMuchHeld { max, offset } => model::Error::TooMuchHeld { max, offset },
        error => panic!("{error}"),
    }
}

pub fn split(body: &[u8], by: model::Rules) -> (Vec<model::Pair<'_>>, Vec<model::Dropped<'_>>) {
    let (mut pairs, mut dropped) = (Vec::new(), Vec::new());
    for segment in rules(by).segments(body) {
        match segment {
            Ok(formevent::Pair { key, value, offset }) => {
                pairs.push(model::Pair { key, value, offset });
            }
            Err(formevent::Dropped { text, offset, reason }) => {
                dropped.push(model::Dropped { text, offset, reason: reason.as_str() });
            }
        }
    }
    (pairs, dropped)
}

/// Parses `body` as the URL Standard does.
pub fn parse(body: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    Rules::Whatwg.pairs(body).map(|pair| (pair.decode_key(), pair.decode_value()))
}

pub fn append_object(
    body: &[u8],
    by: &model::Options,
    out: &mut Vec<u8>,
) -> Result<(), model::Error> {
    options(by).write_json(body, out).map_err(error)
}

pub fn append_string(text: &[u8], out: &mut Vec<u8>) {
    formevent::write_string(text, out);
}

/// Writes the event with the crate's own writer and with serde.
pub fn event(
    event: &model::Event<'_>,
    by: &model::Options,
) -> (Result<String, model::Error>, serde_json::Result<String>) {
    let mut own = formevent::Event::new(event.body)
        .options(options(by))
        .stage(event.stage)
        .source_ip(event.source_ip)
        .user_agent(event.user_agent);
    for &(name, value) in &event.headers {
        own = own.header(name, value);
    }
    for &(name, value) in &event.extra {
        own = own.extra(name, value);
    }
    (own.to_json().map_err(error), serde_json::to_string(&own))
}

/// Reads an event's JSON and writes it again.
pub fn receive(json: &str) -> serde_json::Result<String> {
    serde_json::from_str::<EventBuf>(json).and_then(|event| serde_json::to_string(&event))
}

/// Converts a body in chunks. Both methods report each dropped segment's offset and reason.
pub struct Transcoder(Stream);

impl Transcoder {
    pub fn new(by: &model::Options) -> Transcoder {
        Transcoder(Stream::new(options(by)))
    }

    pub fn push(
        &mut self,
        chunk: &[u8],
        mut dropped: impl FnMut(usize, &'static str),
    ) -> Result<Vec<u8>, model::Error> {
        let json = self.0.push(chunk).map(<[u8]>::to_vec).map_err(error);
        self.0.dropped().iter().for_each(|(offset, reason)| dropped(*offset, reason.as_str()));
        json
    }

    pub fn finish(
        &mut self,
        mut dropped: impl FnMut(usize, &'static str),
    ) -> Result<Vec<u8>, model::Error> {
        let json = self.0.finish().map(<[u8]>::to_vec).map_err(error);
        self.0.dropped().iter().for_each(|(offset, reason)| dropped(*offset, reason.as_str()));
        json
    }
}

/// Compares all scanners of this machine.
pub fn check_scanners(body: &[u8]) {
    formevent::check_scanners(body);
}
