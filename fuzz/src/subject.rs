//! The only module that calls formevent. Translates the model's types to the crate's and back.

use std::borrow::Cow;

use formevent::de::ErrorKind;
use formevent::{Dropped, Duplicates, Error, ReceivedEvent, Rules, Shape, ShapeErrorKind, Utf8};

use formevent::multipart::{Files, Form, Limits, Multipart};
use serde::Deserialize;

use crate::model;
use crate::oracle::{self, shape::Request};
use crate::{oracle_event, oracle_multipart};

pub const HOLES: &[&str] = Shape::HOLES;

/// The modes that the crate supports.
pub const DUPLICATES: &[model::Duplicates] = &[
    model::Duplicates::Keep,
    model::Duplicates::First,
    model::Duplicates::Last,
    model::Duplicates::Group,
    model::Duplicates::Arrays,
];

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
            model::Duplicates::Arrays => Duplicates::Arrays,
        })
        .utf8(if options.strict { Utf8::Strict } else { Utf8::Replace })
        .max_bytes(options.max_bytes)
        .max_pairs(options.max_pairs)
        .max_output(options.max_output)
        .max_held(options.max_held)
}

fn error(error: Error) -> model::Error {
    match error {
        Error::TooManyBytes { max } => model::Error::TooManyBytes { max },
        Error::TooManyPairs { max, offset } => model::Error::TooManyPairs { max, offset },
        Error::TooMuchOutput { max, offset } => model::Error::TooMuchOutput { max, offset },
        Error::InvalidUtf8 { input, offset } => {
            model::Error::InvalidUtf8 { input: format!("{input:?}"), offset }
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
            Ok(formevent::Pair { key, value, offset, .. }) => {
                pairs.push(model::Pair { key, value, offset });
            }
            Err(Dropped { text, offset, reason, .. }) => {
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
    options(by).append_to_vec(body, out).map_err(error)
}

pub fn append_string(text: &[u8], out: &mut Vec<u8>) {
    formevent::append_json_string(text, out);
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
    (own.to_string().map_err(error), serde_json::to_string(&own))
}

/// Reads an event's JSON and writes it again.
pub fn receive(json: &str) -> serde_json::Result<String> {
    serde_json::from_str::<ReceivedEvent>(json).and_then(|event| serde_json::to_string(&event))
}

/// Parses a shape. An error is its offset, and whether the text is not JSON.
pub fn shape(text: &str) -> Result<Shape, (usize, bool)> {
    text.parse().map_err(|error: formevent::ShapeError| {
        let is_json = !matches!(error.kind, ShapeErrorKind::NotJson { .. });
        (error.offset, !is_json)
    })
}

/// Appends an event in a shape.
pub fn append_event(
    request: &Request,
    shape: &Shape,
    by: &model::Options,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    oracle_event::event(request, shape, options(by)).append_to_vec(out)
}

/// The oracle's own options, which have no limits.
pub fn case(by: &model::Options) -> oracle::Case {
    let duplicates = DUPLICATES.iter().position(|it| *it == by.duplicates).unwrap();
    oracle::Case {
        rules: rules(by.rules),
        decode: by.decode,
        duplicates: Duplicates::ALL[duplicates],
    }
}

/// Converts a body in chunks. Both methods report each dropped segment's offset and reason.
pub struct Transcoder(formevent::Transcoder);

impl Transcoder {
    pub fn new(by: &model::Options) -> Transcoder {
        Transcoder(formevent::Transcoder::new(options(by)))
    }

    pub fn push(
        &mut self,
        chunk: &[u8],
        mut dropped: impl FnMut(usize, &'static str),
    ) -> Result<Vec<u8>, model::Error> {
        let report = |it: Dropped<'_>| dropped(it.offset, it.reason.as_str());
        self.0.push_with(chunk, report).map(<[u8]>::to_vec).map_err(error)
    }

    pub fn finish(
        &mut self,
        mut dropped: impl FnMut(usize, &'static str),
    ) -> Result<Vec<u8>, model::Error> {
        let report = |it: Dropped<'_>| dropped(it.offset, it.reason.as_str());
        self.0.finish_with(report).map(<[u8]>::to_vec).map_err(error)
    }
}

/// Compares all scanners of this machine.
pub fn check_scanners(body: &[u8]) {
    formevent::check_scanners(body);
}

/// Why a body does not fit a type: it was refused, or the field, the offset and whether the field comes again.
#[derive(Debug, PartialEq, Eq)]
pub enum Unfit {
    Refused(model::Error),
    Field(String, usize, bool),
}

/// Reads a body as a type.
pub fn read<'b, T: Deserialize<'b>>(body: &'b [u8], by: &model::Options) -> Result<T, Unfit> {
    options(by).deserialize(body).map_err(|unfit| {
        assert!(!unfit.to_string().is_empty());
        let field = unfit.field().unwrap_or_default().to_owned();
        let (offset, again) =
            (unfit.offset().unwrap_or_default(), unfit.kind() == ErrorKind::Repeated);
        assert!(unfit.text().is_none_or(|text| text.len() <= 40));
        match Error::try_from(unfit) {
            Ok(refused) => Unfit::Refused(error(refused)),
            Err(_) => Unfit::Field(field, offset, again),
        }
    })
}

pub fn record(body: &[u8], by: &model::Options) -> Result<model::Record, Unfit> {
    #[derive(Deserialize)]
    struct Record {
        #[serde(rename = "a")]
        text: Option<String>,
        #[serde(rename = "k1")]
        number: Option<u8>,
        #[serde(rename = "b", default)]
        list: Vec<String>,
    }
    let Record { text, number, list } = read(body, by)?;
    Ok(model::Record { text, number, list })
}

/// Limits on the bytes, the parts, the headers of a part and its text.
pub type MultipartLimits = [usize; 4];

/// The parts of a body, or the offset of the error.
pub fn multipart(
    body: &[u8],
    boundary: &str,
    [bytes, parts, header, text]: MultipartLimits,
) -> Result<Vec<oracle_multipart::Part>, usize> {
    let limits = Limits::new().max_bytes(bytes).max_parts(parts);
    let limits = limits.max_header_bytes(header).max_text_bytes(text);
    let mut all = Vec::new();
    let mut end = 0;
    for part in Multipart::new(body, boundary).unwrap().limits(limits) {
        let part = part.map_err(|error| {
            assert!(!error.to_string().is_empty());
            error.offset().expect("errors of a body have an offset")
        })?;
        // Slices of the body, one behind the other.
        assert!(end < part.offset && part.offset + part.headers.len() + 2 == part.body_offset);
        end = part.body_offset + part.body.len();
        assert_eq!(body[part.offset..][..part.headers.len()].as_ptr(), part.headers.as_ptr());
        assert_eq!(body[part.body_offset..end].as_ptr(), part.body.as_ptr());
        assert!(part.headers().count() >= 1 && !part.to_string().is_empty());
        assert_eq!(part.decode_name(), oracle_multipart::name_text(part.name));
        all.push(oracle_multipart::Part::from(&part));
    }
    Ok(all)
}

/// The event of a multipart form, and the offsets and reasons of its dropped parts. `None` if it is refused.
pub fn multipart_event(
    body: &[u8],
    boundary: &str,
    by: &model::Options,
) -> Option<(Result<String, Error>, Vec<(usize, &'static str)>)> {
    let form = Form::new(Multipart::new(body, boundary).unwrap(), Files::Drop).ok()?;
    let options = options(by);
    let json = form.event().options(options).to_string();
    if let Err(error) = &json {
        let offset = error.offset().unwrap();
        assert!(form.part_at(offset).is_some() || offset > form.as_urlencoded().len());
    }
    let dropped = form.dropped(&options).map(|it| (it.part.offset, it.reason)).collect();
    Some((json, dropped))
}

/// The event of a urlencoded form.
pub fn urlencoded_event(body: &[u8], by: &model::Options) -> Result<String, Error> {
    formevent::Event::new(body).options(options(by)).to_string()
}
